/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libepsim for programs that embed it: run a scenario file, get its result folder and a few figures.
 *
 *   struct epsim_result result;
 *   char message[1024];
 *   if (epsim_run("rollout.yaml", NULL, &result, message, sizeof message) != EPSIM_OK)
 *       fputs(message, stderr);
 *
 * Nothing is global: runs may go on in several threads at once. Link with -lepsim -lgsl -lgslcblas -lyaml -lm -pthread.
 */
#ifndef EPSIM_EPSIM_H
#define EPSIM_EPSIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The program's exit statuses. */
enum epsim_status {
    EPSIM_OK = 0,
    EPSIM_FAILED = 1,       /* something could not be read or written */
    EPSIM_INVALID = 2,      /* the scenario, or what was asked for */
    EPSIM_THRESHOLD = 99,   /* the run is complete; a threshold or an expectation failed */
    EPSIM_INTERRUPTED = 130 /* stopped by `stop`; what was complete is kept, marked as partial */
};

/* All zero: the scenario's own seed, one replication, results in results/<scenario>/<seed>-<digest>. */
struct epsim_options {
    const char *folder; /* where the results go; must be absent, empty or an earlier result */
    int has_no_folder;  /* not 0: write nothing */
    int has_seed;       /* not 0: `seed` replaces the scenario's */
    uint64_t seed;
    uint32_t replications;    /* 0 counts as 1 */
    uint32_t jobs;            /* threads; 0: one a processor */
    const volatile int *stop; /* becomes not 0 (in a signal handler, say): stop soon; may be NULL */
};

/* Means over the replications. */
struct epsim_result {
    uint64_t fingerprint; /* equal inputs give equal fingerprints, on any machine */
    double requests;      /* counted ones that have an outcome */
    double failed;
    double latency_p99_s;
    double propagation_p99_s; /* from the cause of a change to its effect on a node */
    char folder[1024];        /* where the results are; "" if nothing was written */
};

/* "0.1.0" */
const char *epsim_version(void);

/*
 * Runs the scenario file at `path`. `options` may be NULL. *result is filled in with EPSIM_OK, EPSIM_THRESHOLD and
 * (as far as the run came) EPSIM_INTERRUPTED. `message` (message_bytes > 0) gets what is wrong, "" if nothing is.
 */
enum epsim_status epsim_run(const char *path, const struct epsim_options *options,
                            struct epsim_result *result, char *message, size_t message_bytes);

#ifdef __cplusplus
}
#endif

#endif
