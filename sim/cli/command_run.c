/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/duration.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "experiment/experiment.h"
#include "report/report.h"

#define REPLICATIONS_MAX 1000000
#define JOBS_MAX 1024

static const struct option table[] = {
    {"output", 'o', "DIR",
     "write the results into DIR, which must be absent,\nempty or an earlier result"},
    {"seed", '\0', "NUMBER", "seed of all randomness (default: the scenario's,\nor 1)"},
    {"replications", 'N', "COUNT", "run COUNT replications with streams of their own\n(default 1)"},
    {"jobs", 'j', "COUNT", "use COUNT threads (default: one a processor);\nnever changes a result"},
    {"until", '\0', "DURATION", "stop at this simulated time, such as 90s or 5m"},
    {"set", '\0', "PATH=VALUE", "override a field of the scenario (repeatable)"},
    {"no-plots", '\0', NULL, "write no figures (report.html has its own)"},
    {"expect-fingerprint", '\0', "HEX",
     "exit with status 4 unless the run's fingerprint\nis HEX (16 digits)"},
    CONSOLE_OPTIONS,
};

/* All that the command line asks for. */
struct request {
    const char *path;
    struct scenario_options scenario;
    struct experiment_options experiment;
    bool has_plots;
    bool has_expected;
    uint64_t expected_fingerprint;
};

static enum status read_fingerprint(const char *text, uint64_t *fingerprint, struct error *err)
{
    size_t digits = 0;

    while (isxdigit((unsigned char)text[digits]))
        digits++;
    if (digits != 16 || text[digits] != '\0')
        return error_set(err, STATUS_INVALID,
                         "--expect-fingerprint: expected 16 hexadecimal digits, got \"%s\"", text);
    *fingerprint = strtoull(text, NULL, 16);
    return STATUS_OK;
}

static enum status read_until(const char *text, sim_ns *until_ns, struct error *err)
{
    if (!duration_parse(text, until_ns) || *until_ns <= 0)
        return error_set(err, STATUS_INVALID,
                         "--until: expected a duration above 0 such as 90s or 5m, got \"%s\"",
                         text);
    return STATUS_OK;
}

static uint32_t processor_count(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > JOBS_MAX ? JOBS_MAX : (uint32_t)count;
}

static enum status read_numbers(struct request *request, const struct options *options,
                                struct error *err)
{
    uint64_t replications = 1;
    uint64_t jobs = processor_count();
    enum status status;

    status = options_u64(options, "seed", (struct option_range){0, UINT64_MAX},
                         &request->scenario.seed, err);
    if (status == STATUS_OK)
        status = options_u64(options, "replications", (struct option_range){1, REPLICATIONS_MAX},
                             &replications, err);
    if (status == STATUS_OK)
        status = options_u64(options, "jobs", (struct option_range){1, JOBS_MAX}, &jobs, err);
    request->experiment.replications = (uint32_t)replications;
    request->experiment.jobs = (uint32_t)jobs;
    return status;
}

static enum status read_request(struct request *request, const struct options *options,
                                struct error *err)
{
    const char *expected = options_value(options, "expect-fingerprint");
    const char *until = options_value(options, "until");
    enum status status = command_needs_operand(&command_run, options, err);

    if (status == STATUS_OK && options->operand_count > 1)
        status = error_set(err, STATUS_INVALID, "one FILE at a time, got \"%s\" and \"%s\"",
                           options->operands[0], options->operands[1]);
    if (status != STATUS_OK)
        return status;
    *request = (struct request){.path = options->operands[0],
                                .has_plots = !options_has(options, "no-plots")};
    request->scenario.sets = options_values(options, "set", &request->scenario.set_count);
    request->scenario.wants_report = true;
    request->scenario.has_seed = options_has(options, "seed");
    request->scenario.has_until = until != NULL;
    request->has_expected = expected != NULL;
    request->experiment.folder = options_value(options, "output");
    status = read_numbers(request, options, err);
    if (status == STATUS_OK && until != NULL)
        status = read_until(until, &request->scenario.until_ns, err);
    if (status == STATUS_OK && expected != NULL)
        status = read_fingerprint(expected, &request->expected_fingerprint, err);
    return status;
}

static void show_progress(void *self, const struct experiment_progress *now)
{
    const struct progress_state state = {
        .done_ns = now->done_ns, .total_ns = now->total_ns, .event_count = now->event_count};

    progress_show(self, &state);
}

/* Reads the scenario; what is wrong with it goes to standard error. */
static enum status load(const struct console *console, const struct request *request,
                        struct scenario *scenario, struct error *err)
{
    struct out diagnostics;
    enum status status;

    out_open_memory(&diagnostics);
    status = scenario_load(scenario, request->path, &request->scenario, &diagnostics, err);
    fwrite(diagnostics.buffer, 1, diagnostics.used, stderr);
    out_discard(&diagnostics);
    for (uint32_t i = 0; status == STATUS_OK && i < scenario->warning_count; i++)
        console_warning(console, "%s", scenario->warnings[i]);
    return status;
}

/* The page, and figures where they are wanted, in the folder that is still being written. They are
 * worth a warning, never the run. */
static void draw(const struct console *console, const struct request *request,
                 const struct experiment *experiment, struct report_result *result)
{
    const struct report_options options = {.stop = request->experiment.stop,
                                           .has_no_figures = !request->has_plots ||
                                                             experiment_is_partial(experiment)};
    struct error err = {.status = STATUS_OK};

    if (report_draw(experiment_folder(experiment), &options, result, &err) != STATUS_OK)
        console_warning(console, "no report: %s", err.text);
    else if (result->hint[0] != '\0')
        console_warning(console, "%s", result->hint);
}

static void say_where(const struct console *console, const struct experiment *experiment,
                      const struct report_result *drawn)
{
    char names[512] = "";
    size_t used = 0;

    for (uint32_t i = 0; i < drawn->figure_count; i++) {
        const int length =
            snprintf(names + used, sizeof names - used, "%s %s.%s", i == 0 ? "; plots/ has" : ",",
                     drawn->figures[i], drawn->has_images ? "png" : "gp");

        if (length < 0 || (size_t)length >= sizeof names - used)
            break;
        used += (size_t)length;
    }
    console_note(console, "results in %s", experiment_result_folder(experiment));
    if (drawn->has_page)
        console_note(console, "report.html there shows them on one page%s", names);
}

/* What the run's outcome means for the exit status, the gravest first. */
static enum status judge(const struct request *request, const struct experiment *experiment,
                         struct error *err)
{
    const uint64_t fingerprint = experiment_fingerprint(experiment);
    const uint32_t failed_count = experiment_failed_threshold_count(experiment);
    const uint32_t expectation_count = experiment_failed_expectation_count(experiment);

    if (experiment_is_partial(experiment))
        return error_set(err, STATUS_INTERRUPTED, "interrupted: the results are partial");
    if (request->has_expected && fingerprint != request->expected_fingerprint)
        return error_set(err, STATUS_FINGERPRINT,
                         "fingerprint: expected %016" PRIx64 ", got %016" PRIx64,
                         request->expected_fingerprint, fingerprint);
    if (failed_count > 0 && expectation_count > 0)
        return error_set(err, STATUS_THRESHOLD,
                         "%" PRIu32 " threshold%s and %" PRIu32 " expectation%s failed",
                         failed_count, failed_count == 1 ? "" : "s", expectation_count,
                         expectation_count == 1 ? "" : "s");
    if (expectation_count > 0)
        return error_set(err, STATUS_THRESHOLD, "%" PRIu32 " expectation%s failed",
                         expectation_count, expectation_count == 1 ? "" : "s");
    if (failed_count > 0)
        return error_set(err, STATUS_THRESHOLD, "%" PRIu32 " threshold%s failed", failed_count,
                         failed_count == 1 ? "" : "s");
    return STATUS_OK;
}

/* From a finished simulation to results in place. */
static enum status publish(const struct console *console, const struct request *request,
                           struct experiment *experiment, struct error *err)
{
    struct report_result figures = {.figure_count = 0};
    const char *summary = experiment_summary(experiment);
    enum status status;

    draw(console, request, experiment, &figures);
    status = experiment_finish(experiment, err);
    if (status != STATUS_OK)
        return status;
    status = console_data(summary, strlen(summary), err);
    say_where(console, experiment, &figures);
    return status == STATUS_OK ? judge(request, experiment, err) : status;
}

static void say_how_it_went(const struct console *console, const struct experiment *experiment,
                            const struct progress *progress)
{
    const double wall_s = progress_elapsed_s(progress);

    console_detail(console, "fingerprint %016" PRIx64 "; %" PRIu64 " events in %.3f s",
                   experiment_fingerprint(experiment), progress->last.event_count, wall_s);
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct request request;
    struct scenario scenario;
    struct experiment *experiment = NULL;
    struct progress progress;
    enum status status = read_request(&request, options, err);

    if (status != STATUS_OK)
        return status;
    status = load(console, &request, &scenario, err);
    if (status == STATUS_OK) {
        request.experiment.stop = interrupt_watch();
        request.experiment.self = &progress;
        request.experiment.progress = show_progress;
        progress_start(&progress, console->progress);
        status = experiment_run(&experiment, &scenario, &request.experiment, err);
        progress_end(&progress);
        if (status == STATUS_OK)
            say_how_it_went(console, experiment, &progress);
    }
    if (status == STATUS_OK)
        status = publish(console, &request, experiment, err);
    if (experiment != NULL)
        experiment_free(experiment);
    scenario_free(&scenario);
    return status;
}

const struct command command_run = {
    .name = "run",
    .line = "simulate; print the summary, write results and figures",
    .usage = "epsim run FILE [OPTION]...   (or epsim FILE [OPTION]...)",
    .examples = "  epsim run scenarios/rolling-update.yaml\n"
                "  epsim run rollout.yaml -o out --seed 7\n"
                "  epsim run rollout.yaml -N 100 -j 4          means and 95 % intervals\n"
                "  epsim run rollout.yaml --set deployment/kubia:spec.replicas=5\n"
                "  kubectl get deploy,svc -o yaml | epsim run -\n",
    .text = "FILE holds a Scenario and the manifests it is about, or manifests alone;\n"
            "\"-\" is standard input. The summary goes to standard output, all else to\n"
            "standard error. Results go to results/SCENARIO/SEED-DIGEST, where the same\n"
            "inputs always find the same place; results/SCENARIO/latest is the newest.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
