/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/endpoint_subsets.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/endpoint_items.h"
#include "cluster/endpoints_store.h"
#include "cluster/port_maps.h"

static void sort(const struct cluster *cluster, struct endpoints_item *items, uint32_t count)
{
    for (uint32_t gap = count / 2; gap > 0; gap /= 2) {
        for (uint32_t i = gap; i < count; i++) {
            struct endpoints_item item = items[i];
            uint32_t j = i;
            for (; j >= gap && endpoint_items_compare(cluster, &item, &items[j - gap]) < 0;
                 j -= gap)
                items[j] = items[j - gap];
            items[j] = item;
        }
    }
}

/* Of sorted items; not ready wins. */
static uint32_t drop_doubles(const struct cluster *cluster, struct endpoints_item *items,
                             uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || endpoint_items_compare(cluster, &items[kept - 1], &items[i]) != 0)
            items[kept++] = items[i];
        else if (!items[i].is_ready)
            items[kept - 1] = items[i];
    }
    return kept;
}

/* One port, and all addresses that have it. */
struct column {
    struct endpoint_port port;
    struct endpoints_item *items;
    uint32_t count;
    uint64_t hash; /* of the addresses and their readiness */
    bool has_port; /* false: addresses without any */
    bool is_done;
};

struct table {
    struct cluster *cluster;
    struct column *columns;
    uint32_t count;
    uint32_t row_count; /* room in each column */
};

static bool is_same_port(const struct endpoint_port *a, const struct endpoint_port *b)
{
    return a->number == b->number && a->protocol == b->protocol && strcmp(a->name, b->name) == 0 &&
           ((a->app_protocol == NULL) == (b->app_protocol == NULL)) &&
           (a->app_protocol == NULL || strcmp(a->app_protocol, b->app_protocol) == 0);
}

static size_t column_bytes(const struct table *table)
{
    return (table->row_count + 1) * sizeof(struct endpoints_item);
}

/* `port` NULL: the addresses without ports. */
static struct column *column_of(struct table *table, const struct endpoint_port *port)
{
    struct column *column;

    for (uint32_t i = 0; i < table->count; i++) {
        column = &table->columns[i];
        if (port == NULL ? !column->has_port
                         : column->has_port && is_same_port(&column->port, port))
            return column;
    }
    column = &table->columns[table->count++];
    *column = (struct column){.has_port = port != NULL};
    if (port != NULL)
        column->port = *port;
    column->items = blocks_alloc(&table->cluster->blocks, column_bytes(table));
    return column;
}

static void fill_columns(struct table *table, const struct endpoints_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct port_map *ports = items[i].ports;
        struct column *column;
        for (uint32_t k = 0; k < ports->count; k++) {
            column = column_of(table, &ports->ports[k]);
            column->items[column->count++] = items[i];
        }
        if (ports->count == 0) {
            column = column_of(table, NULL);
            column->items[column->count++] = items[i];
        }
    }
    for (uint32_t i = 0; i < table->count; i++) {
        struct column *column = &table->columns[i];
        sort(table->cluster, column->items, column->count);
        column->count = drop_doubles(table->cluster, column->items, column->count);
        for (uint32_t k = 0; k < column->count; k++) {
            const struct endpoints_item *item = &column->items[k];
            uint64_t uid = item->target->has_pod ? table->cluster->pods[item->pod]->uid : 0;
            column->hash += hash_combine(hash_combine(hash_string(item->target->ip), uid),
                                         item->is_ready ? 2 : 1);
        }
    }
}

/* By the hashes of their ports, those without ports first: any order that is always the same does. */
static void sort_columns(struct table *table)
{
    for (uint32_t i = 1; i < table->count; i++) {
        struct column column = table->columns[i];
        uint32_t j = i;
        for (; j > 0; j--) {
            const struct column *before = &table->columns[j - 1];
            if (!before->has_port ||
                (column.has_port && port_maps_compare_ports(&column.port, &before->port) >= 0))
                break;
            table->columns[j] = *before;
        }
        table->columns[j] = column;
    }
}

/* The ports of all columns with the same addresses as column `first`; marks them as done. */
static const struct port_map *take_group(struct table *table, uint32_t first)
{
    size_t bytes = (table->count + 1) * sizeof(struct endpoint_port);
    struct endpoint_port *ports = blocks_alloc(&table->cluster->blocks, bytes);
    const struct column *column = &table->columns[first];
    const struct port_map *map;
    uint32_t count = 0;

    for (uint32_t i = first; i < table->count; i++) {
        struct column *other = &table->columns[i];
        if (other->is_done || other->hash != column->hash || other->count != column->count)
            continue;
        other->is_done = true;
        if (other->has_port)
            ports[count++] = other->port;
    }
    map = port_maps_canonical(table->cluster, ports, count);
    blocks_free(&table->cluster->blocks, ports, bytes);
    return map;
}

static struct endpoints_content *gather(struct table *table)
{
    struct endpoints_content *content;
    uint32_t total = 0;
    uint32_t count = 0;
    uint16_t subset = 0;

    for (uint32_t i = 0; i < table->count; i++)
        total += table->columns[i].count;
    content = endpoints_store_new_content(table->cluster, total);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct column *column = &table->columns[i];
        const struct port_map *ports;
        if (column->is_done)
            continue;
        ports = take_group(table, i);
        for (uint32_t k = 0; k < column->count; k++) {
            struct endpoints_item item = column->items[k];
            item.subset = subset;
            item.ports = ports;
            content->items[count++] = endpoint_items_intern(table->cluster, &item);
        }
        subset++;
    }
    content->count = count;
    return content;
}

/* All addresses have the same ports: the usual case. */
static struct endpoints_content *pack_one(struct cluster *cluster, struct endpoints_item *items,
                                          uint32_t count)
{
    struct endpoints_content *content;
    const struct port_map *ports;
    size_t bytes = (items[0].ports->count + 1) * sizeof(struct endpoint_port);
    struct endpoint_port *copy = blocks_alloc(&cluster->blocks, bytes);

    memcpy(copy, items[0].ports->ports, items[0].ports->count * sizeof(*copy));
    ports = port_maps_canonical(cluster, copy, items[0].ports->count);
    blocks_free(&cluster->blocks, copy, bytes);
    sort(cluster, items, count);
    count = drop_doubles(cluster, items, count);
    content = endpoints_store_new_content(cluster, count);
    for (uint32_t i = 0; i < count; i++) {
        items[i].subset = 0;
        items[i].ports = ports;
        content->items[i] = endpoint_items_intern(cluster, &items[i]);
    }
    return content;
}

struct endpoints_content *endpoint_subsets_repack(struct cluster *cluster,
                                                  struct endpoints_item *items, uint32_t count)
{
    struct table table = {.cluster = cluster, .row_count = count};
    struct endpoints_content *content;
    bool is_one = true;
    uint32_t room = 1;

    for (uint32_t i = 0; i < count; i++) {
        is_one &= items[i].ports == items[0].ports;
        room += items[i].ports->count;
    }
    if (count == 0)
        return endpoints_store_new_content(cluster, 0);
    if (is_one)
        return pack_one(cluster, items, count);
    table.columns = blocks_alloc(&cluster->blocks, room * sizeof(struct column));
    fill_columns(&table, items, count);
    sort_columns(&table);
    content = gather(&table);
    for (uint32_t i = 0; i < table.count; i++)
        blocks_free(&cluster->blocks, table.columns[i].items, column_bytes(&table));
    blocks_free(&cluster->blocks, table.columns, room * sizeof(struct column));
    return content;
}

/* ceil(part / total * budget), computed as the original computes it. */
static uint32_t share(uint32_t part, uint32_t total, uint32_t budget)
{
    double exact = (double)part / (double)total * (double)budget;
    uint32_t whole = (uint32_t)exact;

    return (double)whole < exact ? whole + 1 : whole;
}

bool endpoint_subsets_truncate(struct endpoints_content *content)
{
    uint32_t ready = 0;
    uint32_t kept = 0;
    uint32_t left;
    uint32_t budget;
    bool is_ready_cut;

    if (content->count <= ENDPOINTS_MAX)
        return false;
    content->is_summed = false;
    for (uint32_t i = 0; i < content->count; i++)
        ready += content->items[i]->is_ready;
    is_ready_cut = ready > ENDPOINTS_MAX;
    budget = is_ready_cut ? ENDPOINTS_MAX : ENDPOINTS_MAX - ready;
    left = budget;
    for (uint32_t first = 0, next; first < content->count; first = next) {
        uint32_t part = 0;
        uint32_t room;
        for (next = first;
             next < content->count && content->items[next]->subset == content->items[first]->subset;
             next++)
            part += content->items[next]->is_ready == is_ready_cut;
        room = share(part, is_ready_cut ? ready : content->count - ready, budget);
        room = room < left ? room : left;
        for (uint32_t i = first; i < next; i++) {
            bool is_cut_kind = content->items[i]->is_ready == is_ready_cut;
            if (is_cut_kind ? room == 0 : is_ready_cut)
                continue;
            room -= is_cut_kind;
            left -= is_cut_kind;
            content->items[kept++] = content->items[i];
        }
    }
    content->count = kept;
    return true;
}
