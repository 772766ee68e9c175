/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the figures need of a result folder in memory: summary.json, timeseries.csv, requests.csv,
 * traffic.csv, changes.csv and propagation.csv.
 */
#ifndef EPSIM_REPORT_RUN_DATA_H
#define EPSIM_REPORT_RUN_DATA_H

#include "base/arena.h"
#include "base/error.h"
#include "report/spread_data.h"
#include "report/traffic_rows.h"
#include "traffic/observer.h"

/* A pod, in the order in which the files first name them: that of their creation. */
struct run_pod {
    const char *name;
    const char *image; /* "" where the files do not say */
    const char *owner;
    sim_ns from_ns;    /* its first state */
    sim_ns to_ns;      /* it is gone; until_ns where it is there to the end */
    sim_ns changed_ns; /* the last change of its state, from_ns if none */
    bool has_changed;  /* a state was reached after t = 0 */
    uint64_t connection_count;
    uint64_t lost_count; /* requests whose last pick was this pod, and which failed */
};

/* A pod was in `state` from from_ns to to_ns. By pod, then by time. */
struct run_span {
    uint32_t pod;
    enum pod_state state;
    sim_ns from_ns;
    sim_ns to_ns;
};

/* Counts of one bin. */
struct run_count {
    sim_ns at_ns;  /* the bin's begin */
    uint32_t what; /* pod, or enum outcome */
    uint64_t count;
};

/* A timeline entry that was carried out. */
struct run_mark {
    sim_ns at_ns;
    const char *label;
};

struct run_counts {
    struct run_count *rows; /* by time */
    uint32_t count;
    uint32_t capacity;
};

struct run_data {
    struct arena arena;
    const char *scenario;
    uint64_t seed;
    uint64_t replications;
    bool is_partial;
    sim_ns until_ns;  /* the scenario's end */
    sim_ns warmup_ns; /* requests that started before are in no count */
    uint64_t in_flight_count;
    sim_ns bin_ns;
    struct run_pod *pods;
    uint32_t pod_count;
    uint32_t pod_capacity;
    struct run_span *spans;
    uint32_t span_count;
    uint32_t span_capacity;
    struct run_mark *marks;
    uint32_t mark_count;
    uint32_t mark_capacity;
    struct run_counts requests;    /* what: enum outcome */
    struct run_counts connections; /* what: pod; all of the bin, failed ones too */
    struct run_counts failed;      /* what: pod; of these the failed ones */
    struct run_counts lost;        /* what: pod; exact instants of the picks that failed (bins where
                                      requests.csv has no rows), each with its count */
    uint32_t *pod_slots;           /* hash table of names: pod + 1 */
    uint32_t pod_slot_count;
    struct spread_data spread;
    struct traffic_rows traffic;
};

/* STATUS_INVALID if `folder` is no result or a file is not as expected, STATUS_IO if one cannot be
 * read. Free with run_data_free, whatever the status. */
enum status run_data_load(struct run_data *data, const char *folder,
                          struct error *err) EP_MUST_CHECK;

/* Index of a pod by its name; ID_NONE: the time series does not know it. */
uint32_t run_data_find_pod(const struct run_data *data, const char *name);

void run_data_free(struct run_data *data);

/* Requests over the run, those without an outcome at its end among them. */
uint64_t run_data_request_count(const struct run_data *data);

/* Requests of one outcome over the run. */
uint64_t run_data_outcome_count(const struct run_data *data, enum outcome outcome);

#endif
