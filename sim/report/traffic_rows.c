/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/traffic_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/csv_read.h"

/* A row of the file; the name stands for the service's index until all are known. */
struct line {
    const char *service;
    const char *pod;
    uint64_t requests;
    uint64_t ok;
};

struct lines {
    struct line *lines;
    uint32_t count;
    uint32_t capacity;
};

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left;
    const struct line *b = right;
    const int by_service = strcmp(a->service, b->service);

    return by_service != 0 ? by_service : strcmp(a->pod, b->pod);
}

static int compare_services(const void *left, const void *right)
{
    const struct traffic_service *a = left;
    const struct traffic_service *b = right;

    if (a->requests != b->requests)
        return a->requests > b->requests ? -1 : 1;
    return strcmp(a->name, b->name);
}

static enum status read_lines(struct lines *lines, struct arena *arena, const char *path,
                              struct error *err)
{
    static const char *const names[4] = {"service", "pod", "requests", "ok"};
    uint32_t columns[4];
    struct csv_read csv;
    bool has_record = true;
    enum status status = csv_read_open(&csv, path, err);

    if (status != STATUS_OK)
        return status == STATUS_IO && errno == ENOENT ? STATUS_OK : status;
    for (uint32_t i = 0; i < 4 && status == STATUS_OK; i++)
        status = csv_read_find_column(&csv, names[i], &columns[i], err);
    while (status == STATUS_OK) {
        status = csv_read_next(&csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        ARENA_GROW(arena, lines->lines, &lines->capacity, lines->count + 1);
        lines->lines[lines->count++] = (struct line){
            .service = arena_strdup(arena, csv_read_field(&csv, columns[0])),
            .pod = arena_strdup(arena, csv_read_field(&csv, columns[1])),
            .requests = strtoull(csv_read_field(&csv, columns[2]), NULL, 10),
            .ok = strtoull(csv_read_field(&csv, columns[3]), NULL, 10),
        };
    }
    csv_read_close(&csv);
    return status;
}

/* Lines of one service and pod, of several clients, become one row. */
static void merge(struct traffic_rows *traffic, struct arena *arena, const struct lines *lines)
{
    traffic->services = ARENA_NEW_ARRAY(arena, lines->count, struct traffic_service);
    traffic->rows = ARENA_NEW_ARRAY(arena, lines->count, struct traffic_row);
    for (uint32_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->lines[i];
        const bool is_new_service =
            i == 0 || strcmp(line->service, lines->lines[i - 1].service) != 0;
        struct traffic_service *service;
        struct traffic_row *row;

        if (is_new_service)
            traffic->services[traffic->service_count++] =
                (struct traffic_service){.name = line->service, .first = traffic->count};
        if (is_new_service || strcmp(line->pod, lines->lines[i - 1].pod) != 0)
            traffic->rows[traffic->count++] = (struct traffic_row){.pod = line->pod};
        row = &traffic->rows[traffic->count - 1];
        service = &traffic->services[traffic->service_count - 1];
        row->requests += line->requests;
        row->ok += line->ok;
        service->requests += line->requests;
        service->ok += line->ok;
        service->count = traffic->count - service->first;
    }
}

enum status traffic_rows_load(struct traffic_rows *traffic, struct arena *arena, const char *folder,
                              struct error *err)
{
    struct lines lines = {.lines = NULL};
    enum status status;

    *traffic = (struct traffic_rows){.rows = NULL};
    status = read_lines(&lines, arena, arena_printf(arena, "%s/traffic.csv", folder), err);
    if (status != STATUS_OK || lines.count == 0)
        return status;
    qsort(lines.lines, lines.count, sizeof lines.lines[0], compare_lines);
    merge(traffic, arena, &lines);
    qsort(traffic->services, traffic->service_count, sizeof traffic->services[0], compare_services);
    for (uint32_t i = 0; i < traffic->service_count; i++) {
        const struct traffic_service *service = &traffic->services[i];

        for (uint32_t row = 0; row < service->count; row++)
            traffic->rows[service->first + row].service = i;
    }
    return STATUS_OK;
}

static int compare_values(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

struct traffic_evenness traffic_rows_evenness(double *values, uint32_t count)
{
    double sum = 0.0;
    double squares = 0.0;
    double ranked = 0.0;

    if (count > 0)
        qsort(values, count, sizeof values[0], compare_values);
    for (uint32_t i = 0; i < count; i++) {
        sum += values[i];
        squares += values[i] * values[i];
        ranked += (i + 1.0) * values[i];
    }
    if (!(sum > 0.0))
        return (struct traffic_evenness){.jain = 1.0, .gini = 0.0};
    return (struct traffic_evenness){.jain = sum * sum / (count * squares),
                                     .gini = 2.0 * ranked / (count * sum) - (count + 1.0) / count};
}
