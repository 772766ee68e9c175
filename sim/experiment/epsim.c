/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "epsim/epsim.h"

#include <stdio.h>

#include "base/version.h"
#include "experiment/experiment.h"
#include "record/summary.h"

const char *epsim_version(void)
{
    return version_text();
}

static enum epsim_status status_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EPSIM_OK;
    case STATUS_INVALID:
        return EPSIM_INVALID;
    case STATUS_INTERRUPTED:
        return EPSIM_INTERRUPTED;
    case STATUS_THRESHOLD:
        return EPSIM_THRESHOLD;
    case STATUS_IO:
    case STATUS_FINGERPRINT:
        break;
    }
    return EPSIM_FAILED;
}

static void fill_result(struct epsim_result *result, const struct experiment *experiment)
{
    const struct summary *summary = experiment_get_summary(experiment);

    *result = (struct epsim_result){
        .fingerprint = experiment_fingerprint(experiment),
        .requests =
            summary->figures[FIGURE_OK].moments.mean + summary->figures[FIGURE_FAILED].moments.mean,
        .failed = summary->figures[FIGURE_FAILED].moments.mean,
        .latency_p99_s = summary->figures[FIGURE_LATENCY + 3].moments.mean,
        .propagation_p99_s = summary->figures[FIGURE_PROPAGATION + 3].moments.mean,
    };
    snprintf(result->folder, sizeof(result->folder), "%s", experiment_result_folder(experiment));
}

/* Simulates a scenario and moves its results into place. */
static enum status run_scenario(const struct scenario *scenario,
                                const struct epsim_options *options, struct epsim_result *result,
                                struct error *err)
{
    const struct experiment_options wanted = {
        .replications = options->replications,
        .jobs = options->jobs,
        .folder = options->folder,
        .has_no_folder = options->has_no_folder != 0,
        .stop = options->stop,
    };
    struct experiment *experiment;
    enum status status = experiment_run(&experiment, scenario, &wanted, err);

    if (status != STATUS_OK)
        return status;
    status = experiment_finish(experiment, err);
    if (status == STATUS_OK) {
        fill_result(result, experiment);
        if (experiment_is_partial(experiment))
            status = error_set(err, STATUS_INTERRUPTED, "interrupted: the results are partial");
        else if (experiment_failed_threshold_count(experiment) > 0)
            status = error_set(err, STATUS_THRESHOLD, "a threshold failed");
        else if (experiment_failed_expectation_count(experiment) > 0)
            status = error_set(err, STATUS_THRESHOLD, "an expectation failed");
    }
    experiment_free(experiment);
    return status;
}

enum epsim_status epsim_run(const char *path, const struct epsim_options *options,
                            struct epsim_result *result, char *message, size_t message_bytes)
{
    const struct epsim_options defaults = {.folder = NULL};
    const struct epsim_options *wanted = options != NULL ? options : &defaults;
    const struct scenario_options overrides = {
        .has_seed = wanted->has_seed != 0, .seed = wanted->seed, .wants_report = true};
    struct error err = {.text = ""};
    struct scenario scenario;
    struct out diagnostics;
    enum status status;

    *result = (struct epsim_result){.fingerprint = 0};
    out_open_memory(&diagnostics);
    status = scenario_load(&scenario, path, &overrides, &diagnostics, &err);
    if (status == STATUS_OK)
        status = run_scenario(&scenario, wanted, result, &err);
    if (message_bytes > 0) /* the scenario's faults first, each with its place */
        snprintf(message, message_bytes, "%s%s",
                 status == STATUS_INVALID ? out_text(&diagnostics) : "", err.text);
    out_discard(&diagnostics);
    scenario_free(&scenario);
    return status_of(status);
}
