/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replications on threads, taken in order and handed over in order.
 */
#ifndef EPSIM_EXPERIMENT_POOL_H
#define EPSIM_EXPERIMENT_POOL_H

#include "experiment/experiment.h"
#include "record/recorder.h"

/* What to run and whom to tell. */
struct pool_task {
    const struct world_spec *spec;
    uint32_t replication_count;
    uint32_t job_count;
    const char *row_folder; /* for replication 0; NULL: none */
    const volatile int *stop;
    void *progress_self;
    void (*progress)(void *self, const struct experiment_progress *now);
    void *self;
    /*
     * A replication is complete (or, if it is the only one, stopped). Called in the order of the replications, by one
     * thread at a time; the totals are gone afterwards. What it returns other than STATUS_OK ends the run.
     */
    enum status (*take)(void *self, const struct recorder_totals *totals, struct error *err);
};

/*
 * Runs all replications. `is_stopped` tells that the user stopped them: then `take` was called for the ones before
 * the first incomplete one.
 */
enum status pool_run(const struct pool_task *task, bool *is_stopped,
                     struct error *err) EP_MUST_CHECK;

#endif
