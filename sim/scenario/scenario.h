/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scenario file and its manifests, read, checked and typed.
 */
#ifndef EPSIM_SCENARIO_SCENARIO_H
#define EPSIM_SCENARIO_SCENARIO_H

#include "base/error.h"
#include "base/out.h"
#include "world/spec.h"

/* A file that the scenario was read from. */
struct scenario_input {
    const char *path; /* as given or as the scenario names it; "-" for standard input */
    char sha256[65];
};

struct scenario {
    struct world_spec spec;
    const struct scenario_input *inputs;
    uint32_t input_count;
    const char *const
        *warnings; /* "file:line:col: path: text", one line each; for standard error */
    uint32_t warning_count;
    const char *
        resolved; /* the text of scenario.resolved.yaml: all defaults filled in, manifests inlined */
    const char *report; /* what is made of every field of the manifests; "" unless asked for */
    struct arena arena; /* owns all of the above */
};

/* What the command line overrides. */
struct scenario_options {
    const char *const *sets; /* --set path=value, in order */
    uint32_t set_count;
    bool has_seed;
    uint64_t seed; /* --seed */
    bool has_until;
    sim_ns until_ns; /* --until */
    bool wants_report;
    bool is_only_look; /* nothing will be written: inputs are left out and `resolved` is "" */
};

/*
 * Reads `path` ("-": standard input) and what it refers to. On STATUS_INVALID, err->text is short ("3 errors in ...") and
 * `diagnostics` has got all errors, each "file:line:col: path: what is wrong; what was expected", with the source line and
 * a caret below. A file that cannot be read is STATUS_INVALID too (with a place where a scenario names it).
 * Free with scenario_free, whatever the status.
 */
enum status scenario_load(struct scenario *scenario, const char *path,
                          const struct scenario_options *options, struct out *diagnostics,
                          struct error *err) EP_MUST_CHECK;

void scenario_free(struct scenario *scenario);

#endif
