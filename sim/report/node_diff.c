/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/node_diff.h"

#include <stdlib.h>
#include <string.h>

#define COLUMN_COUNT 5u
#define GAP 3u

/* One address of one service, as either side has it; NULL: it has not. */
struct row {
    const char *ns;
    const char *service;
    const char *address; /* "10.244.0.2:8080" */
    const char *state[2];
};

struct rows {
    struct arena arena;
    struct row *items;
    uint32_t count;
    uint32_t capacity;
};

enum side {
    SIDE_API,
    SIDE_NODE
};

static const char *state_of(const struct snapshot_address *address)
{
    if (address->is_terminating)
        return address->is_serving ? "terminating, serving" : "terminating";
    return address->is_ready ? "ready" : "not ready";
}

static const char *address_text(struct arena *arena, const struct snapshot_slice *slice,
                                const struct snapshot_address *address)
{
    const bool is_ipv6 = strchr(address->ip, ':') != NULL;
    const char *text = arena_printf(arena, is_ipv6 ? "[%s]" : "%s", address->ip);

    for (uint32_t i = 0; i < slice->port_count; i++)
        text = arena_printf(arena, "%s%c%u", text, i == 0 ? ':' : ',', slice->ports[i].number);
    return text;
}

static bool is_proxied(const struct snapshot_service *services, uint32_t count,
                       const struct snapshot_slice *slice)
{
    for (uint32_t i = 0; i < count; i++) {
        if (slice->service != NULL && strcmp(services[i].meta.name, slice->service) == 0 &&
            strcmp(services[i].meta.ns, slice->meta.ns) == 0)
            return services[i].cluster_ip != NULL && strcmp(services[i].cluster_ip, "None") != 0;
    }
    return false;
}

static void add_side(struct rows *rows, const struct cluster *cluster, uint32_t node,
                     enum side side)
{
    const struct snapshot_query all = {.node = ID_NONE};
    const struct snapshot_query query = {.node = node};
    uint32_t service_count;
    uint32_t count;
    const struct snapshot_service *services =
        snapshot_services(&rows->arena, cluster, &all, &service_count);
    const struct snapshot_slice *slices = snapshot_slices(&rows->arena, cluster, &query, &count);

    for (uint32_t i = 0; i < count; i++) {
        /* what a node still has of a Service that is gone is a difference too */
        if (side == SIDE_API && !is_proxied(services, service_count, &slices[i]))
            continue;
        for (uint32_t k = 0; k < slices[i].address_count; k++) {
            struct row row = {.ns = slices[i].meta.ns,
                              .service = slices[i].service != NULL ? slices[i].service : "",
                              .address =
                                  address_text(&rows->arena, &slices[i], &slices[i].addresses[k])};

            row.state[side] = state_of(&slices[i].addresses[k]);
            ARENA_GROW(&rows->arena, rows->items, &rows->capacity, rows->count + 1);
            rows->items[rows->count++] = row;
        }
    }
}

static int compare_keys(const struct row *a, const struct row *b)
{
    int order = strcmp(a->ns, b->ns);

    if (order == 0)
        order = strcmp(a->service, b->service);
    return order != 0 ? order : strcmp(a->address, b->address);
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    const int order = compare_keys(a, b);

    if (order != 0)
        return order;
    return (a->state[SIDE_API] == NULL) - (b->state[SIDE_API] == NULL);
}

/* Sorted: both sides' word on an address stand together. Keeps those that differ. */
static void keep_differences(struct rows *rows)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        struct row row = rows->items[i];

        if (i + 1 < rows->count && compare_keys(&row, &rows->items[i + 1]) == 0 &&
            row.state[SIDE_NODE] == NULL && rows->items[i + 1].state[SIDE_API] == NULL)
            row.state[SIDE_NODE] = rows->items[++i].state[SIDE_NODE];
        if (row.state[SIDE_API] == NULL || row.state[SIDE_NODE] == NULL ||
            strcmp(row.state[SIDE_API], row.state[SIDE_NODE]) != 0)
            rows->items[kept++] = row;
    }
    rows->count = kept;
}

static const char *cell(const struct row *row, uint32_t column)
{
    static const char *const heads[COLUMN_COUNT] = {"NAMESPACE", "SERVICE", "ADDRESS", "API",
                                                    "NODE"};
    const char *text;

    if (row == NULL)
        return heads[column];
    if (column < 3)
        return column == 0 ? row->ns : column == 1 ? row->service : row->address;
    text = row->state[column - 3];
    return text != NULL ? text : "-";
}

static void write_row(struct out *out, const struct row *row, const size_t *widths)
{
    for (uint32_t column = 0; column < COLUMN_COUNT; column++) {
        const char *text = cell(row, column);

        out_str(out, text);
        for (size_t i = strlen(text); column + 1 < COLUMN_COUNT && i < widths[column] + GAP; i++)
            out_char(out, ' ');
    }
    out_char(out, '\n');
}

uint32_t node_diff_write(struct out *out, const struct cluster *cluster, uint32_t node)
{
    struct rows rows = {.count = 0};
    size_t widths[COLUMN_COUNT] = {0};
    uint32_t count;

    arena_init(&rows.arena);
    add_side(&rows, cluster, ID_NONE, SIDE_API);
    add_side(&rows, cluster, node, SIDE_NODE);
    if (rows.count > 1)
        qsort(rows.items, rows.count, sizeof *rows.items, compare_rows);
    keep_differences(&rows);
    count = rows.count;
    for (uint32_t column = 0; column < COLUMN_COUNT; column++) {
        widths[column] = strlen(cell(NULL, column));
        for (uint32_t i = 0; i < count; i++) {
            const size_t width = strlen(cell(&rows.items[i], column));

            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    if (count > 0)
        write_row(out, NULL, widths);
    for (uint32_t i = 0; i < count; i++)
        write_row(out, &rows.items[i], widths);
    arena_deinit(&rows.arena);
    return count;
}
