/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a result's CSV file back in a test: cells by column name. No quoted cells.
 */
#ifndef EPSIM_TESTS_CSV_TABLE_H
#define EPSIM_TESTS_CSV_TABLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define CSV_TABLE_COLUMNS_MAX 128u

struct csv_table {
    struct arena arena;
    char **cells;
    uint32_t column_count;
    uint32_t row_count; /* without the header, which is row 0 of cells */
};

static char *csv_table_text(struct arena *arena, const char *folder, const char *name)
{
    FILE *file = fopen(arena_printf(arena, "%s/%s", folder, name), "r");
    size_t used = 0;
    size_t capacity = (size_t)16 << 20;
    char *text = arena_alloc(arena, capacity);

    if (file == NULL)
        return NULL;
    used = fread(text, 1, capacity - 1, file);
    fclose(file);
    text[used] = '\0';
    return text;
}

/* Free with arena_deinit(&table.arena). */
static inline struct csv_table csv_table_read(const char *folder, const char *name)
{
    struct csv_table table = {.row_count = 0};
    uint32_t capacity = 0;
    uint32_t count = 0;
    char *text;

    arena_init(&table.arena);
    text = csv_table_text(&table.arena, folder, name);
    if (text == NULL)
        return table;
    while (*text != '\0') {
        const size_t length = strcspn(text, ",\n");
        const char end = text[length];

        text[length] = '\0';
        ARENA_GROW(&table.arena, table.cells, &capacity, count + 1);
        table.cells[count++] = text;
        if (end == '\n' && table.column_count == 0)
            table.column_count = count;
        text += length + (end != '\0');
    }
    if (table.column_count > 0)
        table.row_count = count / table.column_count - 1;
    return table;
}

/* The cell of a row (from 0) and a column; NULL if there is no such column. */
static inline const char *csv_table_cell(const struct csv_table *table, uint32_t row,
                                         const char *column)
{
    for (uint32_t i = 0; i < table->column_count; i++)
        if (strcmp(table->cells[i], column) == 0)
            return table->cells[(row + 1) * table->column_count + i];
    return NULL;
}

/* Exact decimal seconds as nanoseconds; NS_NEVER for an empty cell. */
static inline sim_ns csv_table_ns(const struct csv_table *table, uint32_t row, const char *column)
{
    const char *cell = csv_table_cell(table, row, column);
    char *end;
    sim_ns value_ns;
    sim_ns unit_ns = NS_PER_S / 10;

    if (cell == NULL || cell[0] == '\0')
        return NS_NEVER;
    value_ns = (sim_ns)strtoll(cell, &end, 10) * NS_PER_S;
    if (*end == '.')
        for (end++; *end != '\0'; end++, unit_ns /= 10)
            value_ns += (*end - '0') * unit_ns;
    return value_ns;
}

static inline uint64_t csv_table_u64(const struct csv_table *table, uint32_t row,
                                     const char *column)
{
    return strtoull(csv_table_cell(table, row, column), NULL, 10);
}

#endif
