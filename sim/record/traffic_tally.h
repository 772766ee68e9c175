/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests counted per client, service and pod, with their latencies.
 *
 * This is on the path of every request. Finding the row is two table looks; the latencies of ok requests are put
 * aside and counted a few dozen at a time, with their memory fetched ahead: with 10,000 pods each would else wait
 * three times for main memory.
 */
#ifndef EPSIM_RECORD_TRAFFIC_TALLY_H
#define EPSIM_RECORD_TRAFFIC_TALLY_H

#include "stats/histogram.h"
#include "traffic/observer.h"

#define TRAFFIC_TALLY_BATCH 32u

struct tally_row {
    struct histogram latency; /* of ok requests; its count is their number */
    uint32_t client;
    uint32_t service;               /* ID_NONE: the name did not resolve */
    uint32_t pod;                   /* ID_NONE: none was chosen */
    uint64_t counts[OUTCOME_COUNT]; /* [OUTCOME_OK] only after traffic_tally_flush */
    struct tally_row *next;         /* in order of the first request */
};

struct tally_lane;

struct tally_sample {
    struct tally_row *row;
    sim_ns latency_ns;
};

struct traffic_tally {
    struct arena *arena;
    struct histogram latency;       /* of all ok requests; only after traffic_tally_flush */
    uint64_t counts[OUTCOME_COUNT]; /* [OUTCOME_OK] only after traffic_tally_flush */
    uint64_t retry_count;           /* attempts beyond the requests' first ones */
    uint64_t retried_count;         /* requests that had such */
    uint64_t saved_count;           /* of these, the ok ones */
    uint64_t reused_count;          /* requests whose last attempt went over a kept connection */
    struct tally_row *first_row;
    struct tally_row *last_row;
    uint32_t row_count;
    uint32_t client_count;
    struct tally_lane **lanes; /* by client: of the service that it asked last */
    uint32_t batch_count;
    struct tally_sample batch[TRAFFIC_TALLY_BATCH];
};

void traffic_tally_init(struct traffic_tally *tally, struct arena *arena, uint32_t client_count);

/* Counts a settled request. */
void traffic_tally_add(struct traffic_tally *tally, const struct request_result *result);

/* Counts what was put aside, and adds up the rows. Before anything is read, and seldom. */
void traffic_tally_flush(struct traffic_tally *tally);

/* All requests of a row. */
uint64_t traffic_tally_row_total(const uint64_t counts[OUTCOME_COUNT]);

#endif
