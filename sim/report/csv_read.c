/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/csv_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

static void put(struct csv_read *csv, char c)
{
    if (csv->used == csv->capacity) {
        const size_t capacity = csv->capacity == 0 ? 256 : 2 * csv->capacity;
        char *text = realloc(csv->text, capacity);

        if (text == NULL) {
            fprintf(stderr, "epsim: out of memory: %zu bytes asked for\n", capacity);
            abort();
        }
        csv->text = text;
        csv->capacity = capacity;
    }
    csv->text[csv->used++] = c;
}

static enum status begin_field(struct csv_read *csv, struct error *err)
{
    if (csv->field_count == CSV_READ_FIELDS_MAX)
        return error_set(err, STATUS_INVALID, "%s:%llu: more than %d fields", csv->path,
                         (unsigned long long)csv->line + 1, CSV_READ_FIELDS_MAX);
    csv->starts[csv->field_count++] = csv->used;
    return STATUS_OK;
}

/* Behind an opening quote: up to and with the closing one. Returns the character after it. */
static int read_quoted(struct csv_read *csv)
{
    for (;;) {
        int c = getc_unlocked(csv->file);

        if (c == EOF)
            return EOF;
        if (c == '\n')
            csv->line++;
        if (c == '"') {
            c = getc_unlocked(csv->file);
            if (c != '"')
                return c;
        }
        put(csv, (char)c);
    }
}

/* A record from its first character `c` on. */
static enum status read_record(struct csv_read *csv, int c, struct error *err)
{
    enum status status;

    csv->used = 0;
    csv->field_count = 0;
    status = begin_field(csv, err);
    for (; status == STATUS_OK && c != '\n' && c != EOF; c = getc_unlocked(csv->file)) {
        if (c == '"' && csv->starts[csv->field_count - 1] == csv->used) {
            c = read_quoted(csv);
            if (c == '\n' || c == EOF)
                break;
        }
        if (c == ',') {
            put(csv, '\0');
            status = begin_field(csv, err);
            continue;
        }
        if (c != '\r')
            put(csv, (char)c);
    }
    put(csv, '\0');
    csv->line++;
    if (status == STATUS_OK && ferror(csv->file))
        return error_set(err, STATUS_IO, "%s: %s", csv->path, strerror(errno));
    return status;
}

enum status csv_read_open(struct csv_read *csv, const char *path, struct error *err)
{
    enum status status;
    int c;

    *csv = (struct csv_read){.path = path};
    csv->file = fopen(path, "r");
    if (csv->file == NULL)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    c = getc_unlocked(csv->file);
    if (c == EOF) {
        csv_read_close(csv);
        return error_set(err, STATUS_INVALID, "%s: empty, expected a header", path);
    }
    status = read_record(csv, c, err);
    if (status != STATUS_OK) {
        csv_read_close(csv);
        return status;
    }
    csv->header = csv->text;
    csv->text = NULL;
    csv->capacity = 0;
    csv->column_count = csv->field_count;
    memcpy(csv->header_starts, csv->starts, sizeof csv->starts);
    return STATUS_OK;
}

enum status csv_read_find_column(const struct csv_read *csv, const char *name, uint32_t *column,
                                 struct error *err)
{
    for (uint32_t i = 0; i < csv->column_count; i++) {
        if (strcmp(csv->header + csv->header_starts[i], name) == 0) {
            *column = i;
            return STATUS_OK;
        }
    }
    return error_set(err, STATUS_INVALID, "%s:1: no column %s", csv->path, name);
}

enum status csv_read_next(struct csv_read *csv, bool *has_record, struct error *err)
{
    const int c = getc_unlocked(csv->file);
    enum status status;

    *has_record = false;
    if (c == EOF && ferror(csv->file))
        return error_set(err, STATUS_IO, "%s: %s", csv->path, strerror(errno));
    if (c == EOF)
        return STATUS_OK;
    status = read_record(csv, c, err);
    if (status == STATUS_OK && csv->field_count != csv->column_count)
        status = error_set(err, STATUS_INVALID, "%s:%llu: expected %u fields, got %u", csv->path,
                           (unsigned long long)csv->line, csv->column_count, csv->field_count);
    *has_record = status == STATUS_OK;
    return status;
}

const char *csv_read_field(const struct csv_read *csv, uint32_t column)
{
    EP_REQUIRE(column < csv->field_count);
    return csv->text + csv->starts[column];
}

enum status csv_read_seconds(const struct csv_read *csv, uint32_t column, sim_ns *ns,
                             struct error *err)
{
    const char *text = csv_read_field(csv, column);
    char with_unit[DURATION_TEXT_MAX];
    const size_t length = strlen(text);

    if (length > 0 && length + 2 <= sizeof with_unit && strspn(text, "-0123456789.") == length) {
        memcpy(with_unit, text, length);
        memcpy(with_unit + length, "s", 2);
        if (duration_parse(with_unit, ns))
            return STATUS_OK;
    }
    return error_set(err, STATUS_INVALID, "%s:%llu: expected seconds, got \"%s\"", csv->path,
                     (unsigned long long)csv->line, text);
}

void csv_read_close(struct csv_read *csv)
{
    if (csv->file != NULL)
        fclose(csv->file);
    free(csv->text);
    free(csv->header);
    *csv = (struct csv_read){.path = csv->path};
}
