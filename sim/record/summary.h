/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all replications of a run amount to.
 *
 * Replications are added in their order, so that equal runs give equal bits however many threads there were. Nothing
 * here grows with their number: figures keep mean and variance, tables grow with the names that occur.
 */
#ifndef EPSIM_RECORD_SUMMARY_H
#define EPSIM_RECORD_SUMMARY_H

#include "record/figure.h"
#include "record/host_moves.h"
#include "record/name_index.h"

/* A row of traffic.csv: summed over the replications. */
struct summary_row {
    uint32_t client; /* index in the scenario */
    const char *service;
    const char *pod; /* "": no endpoint was chosen */
    uint64_t counts[OUTCOME_COUNT];
    struct histogram latency;
};

struct summary_pod {
    const char *name;
    uint32_t service;      /* index */
    uint64_t latest_count; /* of the replication being added */
    uint64_t latest_ok_count;
    struct figure requests; /* of the replications in which it had any */
    struct figure ok;
};

struct summary_service {
    const char *name;
    uint64_t latest_count;
    uint64_t latest_ok_count;
    struct figure requests;
    struct figure ok;
    struct moments max_over_mean; /* over the pods that had a request */
    struct moments jain;
};

/* Requests lost alike. */
struct summary_loss {
    uint8_t outcome;
    uint8_t pod_state; /* POD_STATE_COUNT: no pod was chosen */
    uint8_t stage;
    uint8_t cause;
    const char *node; /* the node of all of them; NULL: several */
    uint64_t latest_count;
    struct figure count;
    sim_ns max_stale_ns;
};

struct summary {
    struct arena *arena;
    const struct world_spec *spec;
    uint32_t replication_count; /* added so far */
    bool is_partial;            /* the run was interrupted */
    uint64_t fingerprint;       /* sum over the replications */
    sim_ns until_ns;
    struct figure figures[FIGURE_COUNT];
    uint64_t counts[OUTCOME_COUNT]; /* pooled, for thresholds */
    struct histogram latency;
    struct histogram propagation;
    struct expectation_log expectations;
    uint64_t pair_kept_count; /* rows of propagation.csv, and what they were chosen from */
    uint64_t pair_total_count;
    struct name_index row_map;
    struct summary_row *rows;
    uint32_t row_count;
    uint32_t row_capacity;
    struct name_index service_map;
    struct summary_service *services;
    uint32_t service_count;
    uint32_t service_capacity;
    struct name_index pod_map; /* by service and pod */
    struct summary_pod *pods;
    uint32_t pod_count;
    uint32_t pod_capacity;
    const struct host_move *host_moves; /* of replication 0 */
    uint32_t host_move_count;
    struct summary_loss *losses;
    uint32_t loss_count;
    uint32_t loss_capacity;
};

/* An empty summary; memory is the arena's, which must outlive the replications'. */
void summary_init(struct summary *summary, struct arena *arena, const struct world_spec *spec);

/* Adds the next replication. Copies all that it keeps. */
void summary_add(struct summary *summary, const struct recorder_totals *totals);

/* Sorts the tables: rows by client, service and pod, services and pods by name, losses by count. No summary_add after. */
void summary_finish(struct summary *summary);

/* Requests of a row. */
uint64_t summary_row_total(const struct summary_row *row);

/* "refused" ...; "" of no pod; pending pods count as starting. */
const char *summary_pod_state_name(uint32_t pod_state);

#endif
