/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How changes spread to nodes: changes.csv and propagation.csv in memory.
 */
#ifndef EPSIM_REPORT_SPREAD_DATA_H
#define EPSIM_REPORT_SPREAD_DATA_H

#include "base/arena.h"
#include "base/error.h"
#include "cluster/news.h"

struct spread_change {
    uint64_t number;
    const char *service;
    const char *pod; /* its IP where there is no pod */
    const char *kind;
    const char *cause;
    bool is_effective;
    bool has_reached_all; /* when the run ended */
    sim_ns cause_ns;
    sim_ns stages_ns[STAGE_WATCH_NODE]; /* up to the stored slice */
    sim_ns stored_ns;
    sim_ns first_ns; /* latencies from the cause; NS_NEVER: not everywhere */
    sim_ns p50_ns;
    sim_ns last_ns;
    uint32_t node_count;
};

/* A change reached a node. */
struct spread_pair {
    uint32_t change; /* index */
    uint32_t node;
    sim_ns stages_ns[STAGE_COUNT];
    sim_ns total_ns;
};

struct spread_data {
    struct spread_change *changes; /* by number */
    uint32_t change_count;
    uint32_t change_capacity;
    struct spread_pair *pairs; /* of effective changes; by change, then as in the file */
    uint32_t pair_count;
    uint32_t pair_capacity;
    const char **nodes; /* names, in the order in which they were met */
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t *node_slots; /* hash table of names: node + 1 */
    uint32_t node_slot_count;
    bool is_sample; /* of the pairs not all are in the file */
};

/* From `folder` into the arena. Files that are missing are empty. */
enum status spread_data_load(struct spread_data *spread, struct arena *arena, const char *folder,
                             struct error *err) EP_MUST_CHECK;

/* How many of the changes are effective. */
uint32_t spread_data_effective_count(const struct spread_data *spread);

#endif
