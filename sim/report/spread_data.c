/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/spread_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "report/csv_read.h"

/* ---- changes.csv ---- */

enum change_column {
    COLUMN_CHANGE,
    COLUMN_SERVICE,
    COLUMN_POD,
    COLUMN_IP,
    COLUMN_KIND,
    COLUMN_EFFECTIVE,
    COLUMN_CAUSE,
    COLUMN_T_CAUSE,
    COLUMN_T_DETECT,
    COLUMN_T_STATUS,
    COLUMN_T_ENQUEUE,
    COLUMN_T_SYNC,
    COLUMN_T_WRITE,
    COLUMN_T_STORED,
    COLUMN_NODES,
    COLUMN_FIRST,
    COLUMN_P50,
    COLUMN_LAST,
    CHANGE_COLUMN_COUNT
};

static const char *const change_columns[CHANGE_COLUMN_COUNT] = {
    "change",    "service",    "pod",        "ip",          "kind",        "effective",
    "cause",     "t_cause_s",  "t_detect_s", "t_status_s",  "t_enqueue_s", "t_sync_s",
    "t_write_s", "t_stored_s", "nodes",      "lat_first_s", "lat_p50_s",   "lat_last_s",
};

/* An empty field is NS_NEVER. */
static enum status read_instant(const struct csv_read *csv, uint32_t column, sim_ns *at_ns,
                                struct error *err)
{
    *at_ns = NS_NEVER;
    if (csv_read_field(csv, column)[0] == '\0')
        return STATUS_OK;
    return csv_read_seconds(csv, column, at_ns, err);
}

/* From the instants along the way to the lengths of the stages up to the stored slice. */
static enum status read_way(struct spread_change *change, const struct csv_read *csv,
                            const uint32_t *columns, struct error *err)
{
    sim_ns before_ns = change->cause_ns;

    for (uint32_t i = 0; i < STAGE_WATCH_NODE; i++) {
        sim_ns at_ns;
        const enum status status = read_instant(csv, columns[COLUMN_T_DETECT + i], &at_ns, err);

        if (status != STATUS_OK)
            return status;
        if (at_ns == NS_NEVER || at_ns < before_ns)
            at_ns = before_ns;
        change->stages_ns[i] = at_ns - before_ns;
        before_ns = at_ns;
    }
    change->stored_ns = before_ns;
    return STATUS_OK;
}

static enum status take_change(struct spread_data *spread, struct arena *arena,
                               const struct csv_read *csv, const uint32_t *columns,
                               struct error *err)
{
    const char *pod = csv_read_field(csv, columns[COLUMN_POD]);
    struct spread_change change = {
        .number = strtoull(csv_read_field(csv, columns[COLUMN_CHANGE]), NULL, 10),
        .service = arena_strdup(arena, csv_read_field(csv, columns[COLUMN_SERVICE])),
        .pod = arena_strdup(arena, pod[0] != '\0' ? pod : csv_read_field(csv, columns[COLUMN_IP])),
        .kind = arena_strdup(arena, csv_read_field(csv, columns[COLUMN_KIND])),
        .cause = arena_strdup(arena, csv_read_field(csv, columns[COLUMN_CAUSE])),
        .is_effective = strcmp(csv_read_field(csv, columns[COLUMN_EFFECTIVE]), "true") == 0,
        .node_count = (uint32_t)strtoul(csv_read_field(csv, columns[COLUMN_NODES]), NULL, 10),
    };
    enum status status = csv_read_seconds(csv, columns[COLUMN_T_CAUSE], &change.cause_ns, err);

    if (status == STATUS_OK)
        status = read_way(&change, csv, columns, err);
    if (status == STATUS_OK)
        status = read_instant(csv, columns[COLUMN_FIRST], &change.first_ns, err);
    if (status == STATUS_OK)
        status = read_instant(csv, columns[COLUMN_P50], &change.p50_ns, err);
    if (status == STATUS_OK)
        status = read_instant(csv, columns[COLUMN_LAST], &change.last_ns, err);
    if (status != STATUS_OK)
        return status;
    change.has_reached_all = change.last_ns != NS_NEVER;
    ARENA_GROW(arena, spread->changes, &spread->change_capacity, spread->change_count + 1);
    spread->changes[spread->change_count++] = change;
    return STATUS_OK;
}

static bool is_missing(enum status status)
{
    return status == STATUS_IO && errno == ENOENT;
}

static enum status load_changes(struct spread_data *spread, struct arena *arena, const char *folder,
                                struct error *err)
{
    const char *path = arena_printf(arena, "%s/changes.csv", folder);
    uint32_t columns[CHANGE_COLUMN_COUNT];
    struct csv_read csv;
    bool has_record = true;
    enum status status = csv_read_open(&csv, path, err);

    if (status != STATUS_OK)
        return is_missing(status) ? STATUS_OK : status;
    for (uint32_t i = 0; i < CHANGE_COLUMN_COUNT && status == STATUS_OK; i++)
        status = csv_read_find_column(&csv, change_columns[i], &columns[i], err);
    while (status == STATUS_OK) {
        status = csv_read_next(&csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        status = take_change(spread, arena, &csv, columns, err);
    }
    csv_read_close(&csv);
    return status;
}

/* ---- propagation.csv ---- */

static void rehash(struct spread_data *spread, struct arena *arena)
{
    const uint32_t slot_count = spread->node_slot_count == 0 ? 64 : 4 * spread->node_slot_count;

    spread->node_slots = ARENA_NEW_ARRAY(arena, slot_count, uint32_t);
    spread->node_slot_count = slot_count;
    for (uint32_t node = 0; node < spread->node_count; node++) {
        uint32_t slot = (uint32_t)hash_string(spread->nodes[node]) & (slot_count - 1);

        while (spread->node_slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        spread->node_slots[slot] = node + 1;
    }
}

static uint32_t find_node(struct spread_data *spread, struct arena *arena, const char *name)
{
    uint32_t slot;

    if (2 * spread->node_count >= spread->node_slot_count)
        rehash(spread, arena);
    slot = (uint32_t)hash_string(name) & (spread->node_slot_count - 1);
    while (spread->node_slots[slot] != 0) {
        if (strcmp(spread->nodes[spread->node_slots[slot] - 1], name) == 0)
            return spread->node_slots[slot] - 1;
        slot = (slot + 1) & (spread->node_slot_count - 1);
    }
    ARENA_GROW(arena, spread->nodes, &spread->node_capacity, spread->node_count + 1);
    spread->nodes[spread->node_count] = arena_strdup(arena, name);
    spread->node_slots[slot] = spread->node_count + 1;
    return spread->node_count++;
}

/* The change of a row: rows are sorted as the changes are. */
static bool find_change(const struct spread_data *spread, uint64_t number, uint32_t *change)
{
    while (*change < spread->change_count && spread->changes[*change].number < number)
        (*change)++;
    return *change < spread->change_count && spread->changes[*change].number == number;
}

static enum status read_pair(struct spread_pair *pair, const struct csv_read *csv,
                             const uint32_t *columns, struct error *err)
{
    enum status status = STATUS_OK;

    for (uint32_t stage = 0; stage < STAGE_COUNT && status == STATUS_OK; stage++) {
        status = csv_read_seconds(csv, columns[2 + stage], &pair->stages_ns[stage], err);
        pair->total_ns += pair->stages_ns[stage];
    }
    return status;
}

static enum status find_pair_columns(const struct csv_read *csv, uint32_t columns[2 + STAGE_COUNT],
                                     struct error *err)
{
    enum status status = csv_read_find_column(csv, "change", &columns[0], err);

    if (status == STATUS_OK)
        status = csv_read_find_column(csv, "node", &columns[1], err);
    for (uint32_t stage = 0; stage < STAGE_COUNT && status == STATUS_OK; stage++) {
        char name[64];

        snprintf(name, sizeof name, "%s_s", news_stage_name((enum stage)stage));
        status = csv_read_find_column(csv, name, &columns[2 + stage], err);
    }
    return status;
}

static enum status load_pairs(struct spread_data *spread, struct arena *arena, const char *folder,
                              struct error *err)
{
    const char *path = arena_printf(arena, "%s/propagation.csv", folder);
    uint32_t columns[2 + STAGE_COUNT];
    uint32_t change = 0;
    struct csv_read csv;
    bool has_record = true;
    enum status status = csv_read_open(&csv, path, err);

    if (status != STATUS_OK)
        return is_missing(status) ? STATUS_OK : status;
    status = find_pair_columns(&csv, columns, err);
    while (status == STATUS_OK) {
        struct spread_pair pair = {.total_ns = 0};

        status = csv_read_next(&csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        if (!find_change(spread, strtoull(csv_read_field(&csv, columns[0]), NULL, 10), &change))
            continue;
        pair.change = change;
        pair.node = find_node(spread, arena, csv_read_field(&csv, columns[1]));
        if (!spread->changes[change].is_effective)
            continue;
        status = read_pair(&pair, &csv, columns, err);
        ARENA_GROW(arena, spread->pairs, &spread->pair_capacity, spread->pair_count + 1);
        spread->pairs[spread->pair_count++] = pair;
    }
    csv_read_close(&csv);
    return status;
}

uint32_t spread_data_effective_count(const struct spread_data *spread)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < spread->change_count; i++)
        count += spread->changes[i].is_effective;
    return count;
}

enum status spread_data_load(struct spread_data *spread, struct arena *arena, const char *folder,
                             struct error *err)
{
    uint64_t expected = 0;
    enum status status;

    *spread = (struct spread_data){.changes = NULL};
    status = load_changes(spread, arena, folder, err);
    if (status == STATUS_OK)
        status = load_pairs(spread, arena, folder, err);
    for (uint32_t i = 0; i < spread->change_count; i++) {
        const struct spread_change *change = &spread->changes[i];

        if (change->is_effective && change->has_reached_all)
            expected += change->node_count;
    }
    spread->is_sample = spread->pair_count < expected;
    return status;
}
