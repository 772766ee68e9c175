/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * timeseries.csv: requests and connections in bins of time, pods' states and timeline entries at their instants.
 *
 * A bin is a 900th of the run, rounded up to 1, 2 or 5 times a power of ten and at least 0.1 s: enough for a figure
 * across a page, and files stay small however long the run. Counts lie bin by bin, since almost all that comes in
 * belongs to the bin of the moment.
 */
#ifndef EPSIM_RECORD_TIME_SERIES_H
#define EPSIM_RECORD_TIME_SERIES_H

#include "base/out.h"
#include "cluster/cluster.h"
#include "traffic/observer.h"
#include "world/spec.h"

/* With more pods than this, connections are not written: no figure could show them. */
#define TIME_SERIES_PODS_MAX 1000u

struct time_series_counts {
    uint32_t *by_pod;
    uint32_t capacity;
};

struct time_series_bin {
    uint64_t requests[OUTCOME_COUNT];
    struct time_series_counts connections;
    struct time_series_counts failed;
};

/* Something at an instant: a pod's state, or a timeline entry. */
struct time_series_mark {
    sim_ns at_ns;
    uint32_t what;  /* pod, or index of the entry */
    uint32_t state; /* enum pod_state, or POD_STATE_COUNT for a timeline entry */
};

struct time_series {
    struct arena *arena;
    const struct cluster *cluster;
    const struct world_spec *spec;
    sim_ns bin_ns;
    struct time_series_bin *bins;
    uint32_t bin_count;
    struct time_series_bin *current; /* holds current_from_ns .. + bin_ns - 1 */
    sim_ns current_from_ns;
    struct time_series_mark *marks;
    uint32_t mark_count;
    uint32_t mark_capacity;
};

/* Width of a bin for a run of until_ns. */
sim_ns time_series_bin_width_ns(sim_ns until_ns);

/* Begins with the states of the pods that are there, at 0. */
void time_series_init(struct time_series *series, struct arena *arena,
                      const struct cluster *cluster, const struct world_spec *spec);

void time_series_add_request(struct time_series *series, const struct request_result *result);
void time_series_add_pod_state(struct time_series *series, sim_ns at_ns, uint32_t pod,
                               enum pod_state state);
void time_series_add_entry(struct time_series *series, sim_ns at_ns, uint32_t entry);

/* The file, by time, then metric, then key. */
void time_series_write(struct time_series *series, struct out *out);

#endif
