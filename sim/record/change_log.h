/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The account of every change: when it was in effect on which node, and what that adds up to.
 *
 * The instants per node are kept until every node has the change and no request that was picked before that can still
 * be under way; then their memory serves the next change. Rows are kept only where they are to be written.
 */
#ifndef EPSIM_RECORD_CHANGE_LOG_H
#define EPSIM_RECORD_CHANGE_LOG_H

#include "cluster/cluster.h"
#include "stats/histogram.h"
#include "world/spec.h"

#define CHANGE_LOG_PAIRS_MAX \
    1000000u /* rows of propagation.csv kept with record.propagation: auto */

/* When a change passed the stages on one node; NS_NEVER where it has not arrived. */
struct change_times {
    sim_ns t_delivered_ns;
    sim_ns t_sync_start_ns;
    sim_ns t_sync_end_ns;
};

struct change_account {
    const struct news *news;
    struct change_times *nodes; /* by node; NULL once all nodes have had it for long */
    uint32_t reached_count;
    bool is_everywhere;
    sim_ns t_last_ns;         /* when the last node so far had it */
    sim_ns latency_ns[5];     /* first, p50, p90, p99, last; once it is everywhere */
    uint32_t next_everywhere; /* the next change that reached all nodes, + 1 */
};

/* A row of propagation.csv. */
struct change_pair {
    uint32_t change;
    uint32_t node;
    struct change_times times;
};

/* What the summary needs; over pairs of effective change and node, the cause not before the warm-up's end. */
struct propagation_stats {
    uint64_t effective_count;
    struct histogram latency;
    struct histogram stages[STAGE_COUNT];
    struct histogram
        to_endpoints; /* cause to stored Endpoints version, once a change that they tell */
    struct histogram to_slices; /* cause to stored slice version, once a change */
};

struct change_log_setup {
    struct arena *arena;
    const struct cluster *cluster;
    sim_ns warmup_ns;
    sim_ns longest_request_ns; /* no request is under way for longer */
    bool keeps_rows;
    enum record_propagation propagation;
};

struct change_log {
    struct change_log_setup setup;
    struct change_account *accounts; /* by change number - 1 */
    uint32_t account_count;
    uint32_t account_capacity;
    struct change_times **free_blocks; /* node_count entries each */
    uint32_t free_count;
    uint32_t free_capacity;
    uint32_t first_everywhere; /* queue of changes that reached all nodes, + 1; 0: none */
    uint32_t last_everywhere;
    sim_ns *scratch_ns;
    uint32_t node_count;
    struct propagation_stats stats;
    struct change_pair *pairs;
    uint32_t pair_count;
    uint32_t pair_capacity;
    uint64_t pair_total; /* pairs that the rows were chosen from */
    uint64_t hash_bound; /* pairs whose hash is not above it are kept */
};

void change_log_init(struct change_log *log, const struct change_log_setup *setup);

void change_log_store(struct change_log *log, const struct news *news);
void change_log_apply(struct change_log *log, const struct news *news,
                      const struct applied_change *applied);

/* When `node` had a stored change: false if it has not yet. Of changes that it has had for long, all instants are 0. */
bool change_log_find(const struct change_log *log, const struct news *news, uint32_t node,
                     struct change_times *times);

/* After the run: accounts for the changes that are not yet everywhere. */
void change_log_finish(struct change_log *log);

/* Lengths of the stages of a change on a node, from detect on; they sum to t_sync_end - t_cause. */
void change_log_stages(const struct news *news, const struct change_times *times,
                       sim_ns stages_ns[STAGE_COUNT]);

#endif
