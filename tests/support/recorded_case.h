/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a real control plane did, step by step, made into a scenario and compared with what epsim stores.
 *
 * A case is a JSON file of tests/golden/cases: {case, namespace, config, steps: [{mutations, VERSION: {endpoints, slices or pools, writes}}]}, its objects in the form of recorded_form.h. A recording as it came
 * ({case, kubernetes, steps: [{mutations, observed, writes}]}) is brought to that form when it is opened. It becomes an
 * ordinary scenario: the nodes as manifests, cluster.kubelet none, and each mutation a timeline entry.
 */
#ifndef EPSIM_TESTS_RECORDED_CASE_H
#define EPSIM_TESTS_RECORDED_CASE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define RECORDED_STEPS_MAX 64u

/* How the scenario says it. */
enum recorded_style {
    RECORDED_STATUS_PATCHED =
        1, /* a pod's status by a patch of its own rather than in what is applied */
    RECORDED_AT_ONCE =
        2, /* all mutations of a step at one instant (waits aside), instead of one after the other */
    RECORDED_GROUPED = 4, /* objects created one after the other in one entry that applies a list */
};

/* What is not asserted, since it is random or an artefact of the recording; recorded_case_reason says why. */
enum recorded_relaxation {
    RELAX_SPREAD = 1,       /* which endpoint is in which slice */
    RELAX_SIZES = 2,        /* how full each slice is */
    RELAX_SUBSET_ORDER = 4, /* the order of several subsets */
    RELAX_SAME_ADDRESS = 8, /* which of several pods with one address a slice lists */
    RELAX_RETRY = 16,       /* when a failed sync is tried again */
    RELAX_TRIGGER = 32,     /* trigger times */
    RELAX_WRITES = 64, /* writes of steps with several mutations, or (1.32) of forced deletes */
};

struct recorded_case {
    json_t *json;
    const char *name;
    const char *ns;
    size_t step_count;
    char version[8];                      /* the one that is replayed, "1.20" */
    double settled_s[RECORDED_STEPS_MAX]; /* when the step's result is looked at */
    double begun_s[RECORDED_STEPS_MAX];
    json_t *slice_names; /* "web-#1" to epsim's name */
    json_t *step_names;  /* epsim's names of all slices at the step before */
    size_t written;      /* steps whose writes were compared */
    unsigned relaxed;    /* by the comparisons so far; of enum recorded_relaxation */
};

/* Reads a case; false and a line on stderr if it cannot be read. Undone by recorded_case_close. */
bool recorded_case_open(struct recorded_case *recorded, const char *path);
void recorded_case_close(struct recorded_case *recorded);

/* Whether the case was recorded with that version; if so it is the one to be replayed. */
bool recorded_case_choose(struct recorded_case *recorded, const char *version);

/* Writes the scenario, and fills in the times of its steps. `style` is of enum recorded_style. */
bool recorded_case_write(struct recorded_case *recorded, const char *path, unsigned style);

/* Writes a scenario of nothing but the n-th (from 0) of the mutations that the API server refused; false: there are fewer. */
bool recorded_case_write_refused(const struct recorded_case *recorded, size_t n, const char *path);

/* Whether a step's mutations name slices: they need the names that epsim gave those of the steps before. */
bool recorded_case_names_slices(const struct recorded_case *recorded, size_t step);

/* What the case says of a step in the chosen version. */
json_t *recorded_case_observed(const struct recorded_case *recorded, size_t step);

/* Writes the file of tests/golden/cases; another version's steps that `path` already holds are kept. */
bool recorded_case_save(const struct recorded_case *recorded, const char *path);

/* A recording as it came in the form of a case; a new reference. */
json_t *recorded_case_of_recording(const json_t *recording);

/* The nodes of a case that names none: node-a, -b and -c, one a zone, in one region. A new reference. */
json_t *recorded_case_nodes(void);

/* The relaxations that apply to a case of that name from that step (from 0) on. */
unsigned recorded_case_relaxations(const char *name, size_t step);
const char *recorded_case_reason(enum recorded_relaxation relaxation);

/*
 * Compares a step with what epsim's API holds at its end (a list of Endpoints and EndpointSlices as JSON). Returns a
 * description of the differences, to be freed, or NULL if there are none. Steps in their order.
 */
char *recorded_case_compare(struct recorded_case *recorded, size_t step, const json_t *objects);

/*
 * Compares a step's writes, and their order, with the lines of endpoints.jsonl of that time. NULL if they agree or if the
 * step's writes depend on timing.
 */
char *recorded_case_compare_writes(struct recorded_case *recorded, size_t step,
                                   const json_t *versions);

#endif
