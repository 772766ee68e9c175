/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/tab_text.h"

#include <string.h>

#define COLUMNS_MAX 64U

struct line {
    const char *start;
    size_t length;
    uint32_t cell_count;
};

struct tabbed {
    struct out *out;
    const struct line *lines;
    uint32_t min_width;
    uint32_t padding;
    uint32_t widths[COLUMNS_MAX];
    uint32_t column; /* columns whose width is known */
};

uint32_t tab_text_width(const char *text, size_t length)
{
    uint32_t width = 0;

    for (size_t i = 0; i < length; i++)
        width += ((unsigned char)text[i] & 0xC0U) != 0x80U;
    return width;
}

/* The n-th cell of a line, and its length. */
static const char *cell_of(const struct line *line, uint32_t n, size_t *length)
{
    const char *at = line->start;
    const char *end = line->start + line->length;
    const char *tab = memchr(at, '\t', (size_t)(end - at));

    for (; n > 0; n--) {
        at = tab + 1;
        tab = memchr(at, '\t', (size_t)(end - at));
    }
    *length = (size_t)((tab != NULL ? tab : end) - at);
    return at;
}

static void write_lines(struct tabbed *t, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        for (uint32_t c = 0; c < t->lines[i].cell_count; c++) {
            size_t length;
            const char *cell = cell_of(&t->lines[i], c, &length);

            out_bytes(t->out, cell, length);
            for (uint32_t w = tab_text_width(cell, length); c < t->column && w < t->widths[c]; w++)
                out_char(t->out, ' ');
        }
        out_char(t->out, '\n');
    }
}

static bool has_column(const struct line *line, uint32_t column)
{
    return column + 1 < line->cell_count;
}

/* Lines [from, to) all have the columns whose widths are known; finds the blocks of the next column. */
static void format(struct tabbed *t, uint32_t from, uint32_t to) // NOLINT(misc-no-recursion)
{
    const uint32_t column = t->column;

    for (uint32_t i = from; i < to; i++) {
        uint32_t width = t->min_width;

        if (column >= COLUMNS_MAX || !has_column(&t->lines[i], column))
            continue;
        write_lines(t, from, i);
        from = i;
        for (; i < to && has_column(&t->lines[i], column); i++) {
            size_t length;
            const char *cell = cell_of(&t->lines[i], column, &length);
            const uint32_t wanted = tab_text_width(cell, length) + t->padding;

            if (wanted > width)
                width = wanted;
        }
        t->widths[t->column++] = width;
        format(t, from, i);
        t->column--;
        from = i;
        i--;
    }
    write_lines(t, from, to);
}

void tab_text_write(struct out *out, const char *text, uint32_t min_width, uint32_t padding)
{
    struct tabbed t = {.out = out, .min_width = min_width, .padding = padding};
    struct arena arena;
    struct line *lines = NULL;
    uint32_t capacity = 0;
    uint32_t count = 0;

    arena_init(&arena);
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");

        ARENA_GROW(&arena, lines, &capacity, count + 1);
        lines[count] = (struct line){.start = text, .length = length, .cell_count = 1};
        for (size_t i = 0; i < length; i++)
            lines[count].cell_count += text[i] == '\t';
        count++;
        text += length + (text[length] == '\n' ? 1 : 0);
    }
    t.lines = lines;
    format(&t, 0, count);
    arena_deinit(&arena);
}
