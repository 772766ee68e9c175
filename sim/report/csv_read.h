/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads RFC 4180 files record by record; columns are found by the names in the first record.
 */
#ifndef EPSIM_REPORT_CSV_READ_H
#define EPSIM_REPORT_CSV_READ_H

#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>

#define CSV_READ_FIELDS_MAX 64

struct csv_read {
    FILE *file;
    const char *path; /* the caller's; for messages */
    uint64_t line;    /* of the record's end, from 1 */
    char *text;       /* the record, each field ended by NUL */
    size_t used;
    size_t capacity;
    size_t starts[CSV_READ_FIELDS_MAX]; /* of the fields in text */
    uint32_t field_count;
    char *header;
    size_t header_starts[CSV_READ_FIELDS_MAX];
    uint32_t column_count;
};

/* Opens `path`, which must outlive the reader, and reads the header. STATUS_IO if it cannot. */
enum status csv_read_open(struct csv_read *csv, const char *path, struct error *err) EP_MUST_CHECK;

/* Index of a column. STATUS_INVALID if the file has none of that name. */
enum status csv_read_find_column(const struct csv_read *csv, const char *name, uint32_t *column,
                                 struct error *err) EP_MUST_CHECK;

/* The next record into the reader; *has_record is false at the end. STATUS_INVALID if its fields
 * are not as many as the header's. */
enum status csv_read_next(struct csv_read *csv, bool *has_record, struct error *err) EP_MUST_CHECK;

/* A field of the current record, valid until the next. */
const char *csv_read_field(const struct csv_read *csv, uint32_t column);

/* A field that holds exact decimal seconds. STATUS_INVALID with its place if it does not. */
enum status csv_read_seconds(const struct csv_read *csv, uint32_t column, sim_ns *ns,
                             struct error *err) EP_MUST_CHECK;

void csv_read_close(struct csv_read *csv);

#endif
