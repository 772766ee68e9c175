/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a real control plane did, step by step, made into a scenario and compared with what epsim stores.
 *
 * A case is JSON: {case, kubernetes, namespace, nodes, config, steps: [{mutations, rejected, observed: {endpoints,
 * endpointSlices}, writes}]}. It becomes an ordinary scenario: the nodes as manifests, cluster.kubelet none, and each
 * mutation a timeline entry.
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
        2, /* all mutations of a step at one instant (waits aside), instead of 10 ms apart */
    RECORDED_GROUPED = 4, /* objects created one after the other in one entry that applies a list */
};

struct recorded_case {
    json_t *json;
    const char *name;
    const char *ns;
    size_t step_count;
    double settled_s[RECORDED_STEPS_MAX]; /* when the step's result is looked at */
    double begun_s[RECORDED_STEPS_MAX];
    json_t *slice_names; /* "web-#1" to epsim's name */
};

/* Reads a case; false and a line on stderr if it cannot be read. Undone by recorded_case_close. */
bool recorded_case_open(struct recorded_case *recorded, const char *path);
void recorded_case_close(struct recorded_case *recorded);

/* Writes the scenario, and fills in the times of its steps. `style` is of enum recorded_style. */
bool recorded_case_write(struct recorded_case *recorded, const char *path, unsigned style);

/*
 * Compares a step with what `epsim get endpoints,endpointslices -A -o json` printed at its end. Returns a description
 * of the differences, to be freed, or NULL if there are none.
 */
char *recorded_case_compare(struct recorded_case *recorded, size_t step, const json_t *list);

/*
 * Compares a step's writes with the versions that endpoints.jsonl holds of that time (an array of its lines). NULL if
 * they agree or if the step's writes depend on timing; see recorded_case_has_writes.
 */
char *recorded_case_compare_writes(const struct recorded_case *recorded, size_t step,
                                   const json_t *versions);
bool recorded_case_has_writes(const struct recorded_case *recorded, size_t step);

#endif
