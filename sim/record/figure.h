/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The summary's scalar figures: one table of their keys, in the order of summary.json and replications.csv, and what
 * is known of each over the replications.
 */
#ifndef EPSIM_RECORD_FIGURE_H
#define EPSIM_RECORD_FIGURE_H

#include "base/json_out.h"
#include "cluster/news.h"
#include "record/recorder.h"
#include "stats/interval.h"

enum figure_id {
    FIGURE_TOTAL,
    FIGURE_OK,
    FIGURE_FAILED,
    FIGURE_IN_FLIGHT,
    FIGURE_FAILED_BY, /* one an outcome from OUTCOME_REFUSED on */
    FIGURE_LATENCY = FIGURE_FAILED_BY + OUTCOME_COUNT - 1, /* mean, p50, p90, p99, max */
    FIGURE_ATTEMPTS = FIGURE_LATENCY + 5,                  /* of the requests with an outcome */
    FIGURE_RETRIED,                                        /* requests with more than one */
    FIGURE_SAVED,                                          /* of these, the ok ones */
    FIGURE_REUSED, /* requests over a connection that was there before */
    FIGURE_CHANGES,
    FIGURE_PROPAGATION,                     /* mean, p50, p90, p99, max */
    FIGURE_STAGES = FIGURE_PROPAGATION + 5, /* mean, p50, p99 a stage */
    FIGURE_TO_ENDPOINTS = FIGURE_STAGES + 3 * STAGE_COUNT,
    FIGURE_TO_SLICES = FIGURE_TO_ENDPOINTS + 5,
    FIGURE_ENDPOINTS_WRITES = FIGURE_TO_SLICES + 5,
    FIGURE_SLICE_WRITES,
    FIGURE_ENDPOINTS_BYTES,
    FIGURE_SLICE_BYTES,
    FIGURE_ENDPOINTS_JSON_BYTES,
    FIGURE_SLICE_JSON_BYTES,
    FIGURE_ENDPOINTS_EVENT_BYTES,
    FIGURE_SLICE_EVENT_BYTES,
    FIGURE_BOOKMARKS,
    FIGURE_BOOKMARK_BYTES,
    FIGURE_LISTS,
    FIGURE_LIST_BYTES,
    FIGURE_PROXY_SYNCS,
    FIGURE_EVENTS,
    FIGURE_COUNT
};

/* A figure of one replication: a count, or a span in nanoseconds. */
struct figure_value {
    bool is_known; /* false: nothing was observed (no ok request has no latency) */
    int64_t value;
};

/* A figure over the replications so far. */
struct figure {
    struct figure_value
        last; /* of the latest replication; exact, so that a single run loses nothing */
    struct moments moments; /* in the figure's own unit: a count, or seconds */
};

/* "requests.latency_s.p99". */
const char *figure_key(enum figure_id id);

/* The figure is a span in nanoseconds, given in seconds; else a count. */
bool figure_is_span(enum figure_id id);

/* All figures of one replication. */
void figure_take(const struct recorder_totals *totals, struct figure_value values[FIGURE_COUNT]);

/* Adds a replication's value. */
void figure_add(struct figure *figure, struct figure_value value, bool is_span);

/*
 * As a JSON member: of a single replication the value itself, exact, and 0 where nothing was observed; of several
 * {mean, ci95: [low, high], n}.
 */
void figure_put_json(struct json_out *json, const char *key, const struct figure *figure,
                     bool is_span, uint32_t replication_count);

/* {mean, ci95, n} of any quantity, for several replications. */
void figure_put_moments(struct json_out *json, const char *key, const struct moments *moments);

#endif
