/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/hash.h"
#include "base/version.h"
#include "experiment/pool.h"
#include "record/manifest.h"
#include "record/result_folder.h"
#include "record/summary_files.h"
#include "record/summary_text.h"
#include "record/threshold.h"

#define RESULTS_ROOT "results"
#define PATH_BYTES 1024

struct experiment {
    const struct scenario *scenario;
    struct arena arena;
    struct summary summary;
    struct result_folder folder;
    bool has_folder;
    uint32_t digest;
    uint64_t event_count;
    struct out replications_file; /* with several replications */
    bool has_replications_file;
    struct out text; /* summary.txt */
};

static double clock_s(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All that decides the result's bytes: the resolved scenario (with its seed and end), -N, the program's version. */
static uint32_t digest_of(const struct scenario *scenario, uint32_t replication_count)
{
    const uint64_t inputs = hash_combine(hash_string(scenario->resolved), scenario->spec.seed);
    const uint64_t run = hash_combine(replication_count, hash_string(version_text()));

    return (uint32_t)(hash_combine(inputs, run) >> 32);
}

static enum status open_file(const struct experiment *experiment, struct out *out, const char *name,
                             struct error *err)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof(path), "%s/%s", experiment->folder.work_path,
             name); /* fits: RESULT_FOLDER_PATH_MAX */
    return out_open(out, path, err);
}

static enum status open_folder(struct experiment *experiment,
                               const struct experiment_options *options, uint32_t replication_count,
                               struct error *err)
{
    const struct world_spec *spec = &experiment->scenario->spec;
    const struct result_place place = {.root = RESULTS_ROOT,
                                       .scenario = spec->name,
                                       .seed = spec->seed,
                                       .digest = experiment->digest};
    enum status status;

    if (options->has_no_folder)
        return STATUS_OK;
    status = result_folder_open(&experiment->folder, options->folder, &place, err);
    if (status != STATUS_OK)
        return status;
    experiment->has_folder = true;
    if (replication_count == 1)
        return STATUS_OK;
    status = open_file(experiment, &experiment->replications_file, "replications.csv", err);
    if (status == STATUS_OK) {
        experiment->has_replications_file = true;
        summary_files_put_replication_header(&experiment->replications_file);
    }
    return status;
}

static enum status take_replication(void *self, const struct recorder_totals *totals,
                                    struct error *err)
{
    struct experiment *experiment = self;

    (void)err;
    summary_add(&experiment->summary, totals);
    experiment->event_count += totals->event_count;
    if (experiment->has_replications_file)
        summary_files_put_replication(&experiment->summary, totals->fingerprint,
                                      &experiment->replications_file);
    return STATUS_OK;
}

static enum status write_resolved(const struct experiment *experiment, struct error *err)
{
    struct out out;
    const enum status status = open_file(experiment, &out, "scenario.resolved.yaml", err);

    if (status != STATUS_OK)
        return status;
    out_str(&out, experiment->scenario->resolved);
    return out_close(&out, err);
}

/* What is to be known of the scenario, and what was made of its manifests. */
static enum status write_model(const struct experiment *experiment, struct error *err)
{
    const struct scenario *scenario = experiment->scenario;
    struct out out;
    const enum status status = open_file(experiment, &out, "model.txt", err);

    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < scenario->warning_count; i++) {
        out_str(&out, "warning: ");
        out_str(&out, scenario->warnings[i]);
        out_char(&out, '\n');
    }
    if (scenario->warning_count > 0)
        out_char(&out, '\n');
    if (scenario->report != NULL && scenario->report[0] != '\0')
        out_str(&out, scenario->report);
    else
        out_str(&out, "No manifest was looked at.\n");
    return out_close(&out, err);
}

static enum status write_text(const struct experiment *experiment, struct error *err)
{
    struct out out;
    const enum status status = open_file(experiment, &out, "summary.txt", err);

    if (status != STATUS_OK)
        return status;
    out_bytes(&out, experiment->text.buffer, experiment->text.used);
    return out_close(&out, err);
}

/* A file that the summary is put into. */
static enum status write_summary_file(const struct experiment *experiment, const char *name,
                                      void (*put)(const struct summary *, struct out *),
                                      struct error *err)
{
    struct out out;
    const enum status status = open_file(experiment, &out, name, err);

    if (status != STATUS_OK)
        return status;
    put(&experiment->summary, &out);
    return out_close(&out, err);
}

static enum status write_timing(const struct experiment *experiment, double start_s,
                                struct error *err)
{
    struct rusage usage;
    struct manifest_timing timing = {.wall_s = clock_s(CLOCK_MONOTONIC) - start_s,
                                     .cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID),
                                     .event_count = experiment->event_count};

    if (getrusage(RUSAGE_SELF, &usage) == 0)
        timing.peak_memory_bytes = (uint64_t)usage.ru_maxrss * 1024;
    return manifest_write_timing(&timing, experiment->folder.work_path, err);
}

static enum status write_files(struct experiment *experiment, double start_s, struct error *err)
{
    enum status status = STATUS_OK;

    if (!experiment->has_folder)
        return STATUS_OK;
    if (experiment->has_replications_file) {
        experiment->has_replications_file = false;
        status = out_close(&experiment->replications_file, err);
    }
    if (status == STATUS_OK)
        status = write_resolved(experiment, err);
    if (status == STATUS_OK)
        status = write_model(experiment, err);
    if (status == STATUS_OK)
        status = write_summary_file(experiment, "summary.json", summary_files_put_json, err);
    if (status == STATUS_OK)
        status = write_summary_file(experiment, "traffic.csv", summary_files_put_traffic, err);
    if (status == STATUS_OK)
        status = write_text(experiment, err);
    if (status == STATUS_OK)
        status = write_timing(experiment, start_s, err);
    return status;
}

/* Simulates and pools; afterwards the summary is complete. */
static enum status simulate(struct experiment *experiment, const struct experiment_options *options,
                            uint32_t replication_count, struct error *err)
{
    const struct pool_task task = {
        .spec = &experiment->scenario->spec,
        .replication_count = replication_count,
        .job_count = options->jobs,
        .row_folder = experiment->has_folder ? experiment->folder.work_path : NULL,
        .stop = options->stop,
        .progress_self = options->self,
        .progress = options->progress,
        .self = experiment,
        .take = take_replication,
    };
    bool is_stopped = false;
    const enum status status = pool_run(&task, &is_stopped, err);

    if (status != STATUS_OK)
        return status;
    if (experiment->summary.replication_count == 0)
        return error_set(err, STATUS_INTERRUPTED,
                         "interrupted before a replication was complete: no results");
    experiment->summary.is_partial = is_stopped;
    summary_finish(&experiment->summary);
    summary_text_put(&experiment->summary, &experiment->text);
    out_text(&experiment->text); /* ends it with a NUL */
    return STATUS_OK;
}

enum status experiment_run(struct experiment **experiment, const struct scenario *scenario,
                           const struct experiment_options *options, struct error *err)
{
    const uint32_t replication_count = options->replications == 0 ? 1 : options->replications;
    const double start_s = clock_s(CLOCK_MONOTONIC);
    struct experiment *made = calloc(1, sizeof(*made));
    enum status status;

    EP_REQUIRE(made != NULL);
    *experiment = NULL;
    made->scenario = scenario;
    made->digest = digest_of(scenario, replication_count);
    arena_init(&made->arena);
    out_open_memory(&made->text);
    summary_init(&made->summary, &made->arena, &scenario->spec);
    status = open_folder(made, options, replication_count, err);
    if (status == STATUS_OK)
        status = simulate(made, options, replication_count, err);
    if (status == STATUS_OK)
        status = write_files(made, start_s, err);
    if (status != STATUS_OK) {
        experiment_free(made);
        return status;
    }
    *experiment = made;
    return STATUS_OK;
}

const char *experiment_folder(const struct experiment *experiment)
{
    return experiment->folder.work_path;
}

const char *experiment_result_folder(const struct experiment *experiment)
{
    return experiment->folder.final_path;
}

const char *experiment_summary(const struct experiment *experiment)
{
    return experiment->text.buffer;
}

enum status experiment_finish(struct experiment *experiment, struct error *err)
{
    const struct manifest manifest = {
        .scenario = experiment->scenario,
        .summary = &experiment->summary,
        .version = version_text(),
        .digest = experiment->digest,
    };
    enum status status;

    if (!experiment->has_folder)
        return STATUS_OK;
    status = manifest_write(&manifest, experiment->folder.work_path, err);
    if (status == STATUS_OK)
        status = result_folder_commit(&experiment->folder, err);
    return status;
}

uint64_t experiment_fingerprint(const struct experiment *experiment)
{
    return experiment->summary.fingerprint;
}

bool experiment_is_partial(const struct experiment *experiment)
{
    return experiment->summary.is_partial;
}

uint32_t experiment_failed_threshold_count(const struct experiment *experiment)
{
    const struct world_spec *spec = &experiment->scenario->spec;
    uint32_t count = 0;

    for (uint32_t i = 0; i < spec->threshold_count; i++)
        count += !threshold_judge(&experiment->summary, &spec->thresholds[i]).is_ok;
    return count;
}

uint32_t experiment_failed_expectation_count(const struct experiment *experiment)
{
    return expectation_log_failed_count(&experiment->summary.expectations);
}

const struct summary *experiment_get_summary(const struct experiment *experiment)
{
    return &experiment->summary;
}

void experiment_free(struct experiment *experiment)
{
    if (experiment == NULL)
        return;
    if (experiment->has_replications_file)
        out_discard(&experiment->replications_file);
    if (experiment->has_folder)
        result_folder_discard(&experiment->folder);
    out_discard(&experiment->text);
    arena_deinit(&experiment->arena);
    free(experiment);
}
