/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One scenario, one or many replications on threads, one result.
 *
 * Each replication is a world of its own on one thread; what it amounts to is pooled in the order of the replications,
 * so that no byte depends on the number of threads, and memory does not grow with the number of replications.
 *
 * Life: experiment_run simulates and writes all data into a work folder; figures may then be added to
 * experiment_folder(); experiment_finish seals the manifest and moves the folder into place; experiment_free removes
 * what was not finished.
 */
#ifndef EPSIM_EXPERIMENT_EXPERIMENT_H
#define EPSIM_EXPERIMENT_EXPERIMENT_H

#include "scenario/scenario.h"

struct experiment;

struct experiment_progress {
    sim_ns done_ns; /* simulated, over all replications */
    sim_ns total_ns;
    uint64_t event_count;
};

struct experiment_options {
    uint32_t replications;    /* 0 counts as 1 */
    uint32_t jobs;            /* threads; 0: one a processor */
    const char *folder;       /* -o; NULL: results/<scenario>/<seed>-<digest> */
    bool has_no_folder;       /* keep nothing on disk; then `folder` is not looked at */
    const volatile int *stop; /* not 0: stop soon and keep what is complete; may be NULL */
    void *self;
    /* Called now and then, by one thread at a time; may be NULL. */
    void (*progress)(void *self, const struct experiment_progress *now);
};

/*
 * Runs all replications; *experiment is the caller's to free, NULL unless STATUS_OK. The scenario must outlive it.
 * STATUS_INVALID: options.folder is not to be overwritten. STATUS_IO: something could not be written; nothing is left.
 * STATUS_INTERRUPTED: stopped before anything was complete; nothing is left. A single run that was stopped is kept up
 * to that instant; of several the replications before the first incomplete one.
 */
enum status experiment_run(struct experiment **experiment, const struct scenario *scenario,
                           const struct experiment_options *options,
                           struct error *err) EP_MUST_CHECK;

/* The work folder: where figures may still be added before experiment_finish. "" without a folder. */
const char *experiment_folder(const struct experiment *experiment);

/* Where the result is (or will be) in the end. */
const char *experiment_result_folder(const struct experiment *experiment);

/* The text of summary.txt. */
const char *experiment_summary(const struct experiment *experiment);

/* Writes manifest.json and moves the result into place. */
enum status experiment_finish(struct experiment *experiment, struct error *err) EP_MUST_CHECK;

uint64_t experiment_fingerprint(const struct experiment *experiment);
bool experiment_is_partial(const struct experiment *experiment);
uint32_t experiment_failed_threshold_count(const struct experiment *experiment);

/* `expect` entries of which a check failed. */
uint32_t experiment_failed_expectation_count(const struct experiment *experiment);

/* What the replications amount to, for those who compare. */
const struct summary *experiment_get_summary(const struct experiment *experiment);

void experiment_free(struct experiment *experiment); /* may be NULL */

#endif
