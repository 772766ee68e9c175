/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPU time of a whole request in a whole world: a real cluster that has converged, with its probes,
 * relists and syncs, default latencies, a connection a request, a deadline, and the recorder with
 * its statistics. Then CPU time and memory of a scenario of the user's, from its file to its
 * results. `--quick` does less of each; `--strict` exits with 1 if a limit is missed. `--row N`, for profilers, measures the
 * N-th row of requests alone.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/timing.h"
#include "experiment/experiment.h"
#include "record/recorder.h"
#include "scenario/scenario.h"

#define ROUND_COUNT 7
#define SCENARIO "scenarios/rolling-update.yaml"
#define RUN_LIMIT_MS 25.0
#define MEMORY_LIMIT_KB (16 * 1024)

/* One world: `rate` requests a second and pod, `concurrency` workers in each, 10 ms a request. */
struct row {
    const char *what;
    uint32_t node_count;
    uint32_t pod_count;
    uint32_t rate;
    uint32_t concurrency;
    double limit_ns; /* 0: none */
};

static const struct row rows[] = {
    {"70 % of a worker", 3, 100, 70, 100, 150},
    {"70 % of a worker", 1000, 10000, 70, 100, 300},
    {"70 %, one worker: queues", 3, 100, 70, 1, 0},
    {"70 % of 100 workers", 3, 100, 7000, 100, 0},
};

static const char scenario_text[] =
    "apiVersion: epsim/v1\n"
    "kind: Scenario\n"
    "metadata: {name: bench}\n"
    "spec:\n"
    "  seed: 1\n"
    "  until: 1h\n"
    "  cluster: {nodes: %u}\n"
    "  apps: [{serviceTime: {exponential: {mean: 10ms}}, concurrency: %u}]\n"
    "  clients: [{name: load, target: http://web, rate: %u, timeout: 10s}]\n"
    "---\n"
    "apiVersion: apps/v1\n"
    "kind: Deployment\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  replicas: %u\n"
    "  selector: {matchLabels: {app: web}}\n"
    "  template:\n"
    "    metadata: {labels: {app: web}}\n"
    "    spec:\n"
    "      containers:\n"
    "        - name: main\n"
    "          image: web\n"
    "          ports: [{containerPort: 8080}]\n"
    "          readinessProbe: {httpGet: {path: /, port: 8080}}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Service\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  selector: {app: web}\n"
    "  ports: [{port: 80, targetPort: 8080}]\n";

/* Ends the program: without its input there is nothing to measure. */
static void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_world: %s: %s\n", what, why);
    exit(2);
}

static void load(struct scenario *scenario, const char *path)
{
    const struct scenario_options options = {0};
    struct out diagnostics;
    struct error err = {0};

    out_open_memory(&diagnostics);
    if (scenario_load(scenario, path, &options, &diagnostics, &err) != STATUS_OK)
        fail(path, out_text(&diagnostics));
    out_discard(&diagnostics);
}

static void load_row(struct scenario *scenario, const struct row *row)
{
    char path[] = "/tmp/bench_world-XXXXXX";
    const int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    if (file == NULL)
        fail(path, "cannot be written");
    fprintf(file, scenario_text, row->node_count, row->concurrency, row->rate * row->pod_count,
            row->pod_count);
    if (fclose(file) != 0)
        fail(path, "cannot be written");
    load(scenario, path);
    unlink(path);
}

static uint64_t settled_count(const struct recorder *recorder)
{
    const struct recorder_totals totals = recorder_get_totals(recorder);
    uint64_t count = totals.traffic->batch_count;

    for (uint32_t i = 0; i < OUTCOME_COUNT; i++)
        count += totals.traffic->counts[i];
    for (const struct tally_row *r = totals.traffic->first_row; r != NULL; r = r->next)
        count += r->latency.count;
    return count;
}

/* Prints a row; true if it is within its limit. */
static bool measure_row(const struct row *row, double request_count)
{
    const double rate_per_s = (double)row->rate * row->pod_count;
    const sim_ns round_ns = (sim_ns)(1e9 * request_count / rate_per_s);
    double spans_ns[ROUND_COUNT];
    double events = 0;
    struct scenario scenario;
    struct arena arena;
    struct error err = {0};

    load_row(&scenario, row);
    arena_init(&arena);

    struct world *world = world_new(&arena, &scenario.spec, 0);
    struct recorder *recorder = recorder_new(&arena, world, NULL);

    world_run(world, NS_PER_S / 2, NULL);
    for (int i = 0; i < ROUND_COUNT; i++) {
        const uint64_t requests_before = settled_count(recorder);
        const uint64_t events_before = world_event_count(world);
        const double start_ns = timing_cpu_ns();

        world_run(world, world_now_ns(world) + round_ns, NULL);

        const double span_ns = timing_cpu_ns() - start_ns;
        const double requests = (double)(settled_count(recorder) - requests_before);

        spans_ns[i] = span_ns / requests;
        events = (double)(world_event_count(world) - events_before) / requests;
    }

    const double median_ns = timing_median(spans_ns, ROUND_COUNT);
    const bool is_met = row->limit_ns <= 0 || median_ns <= row->limit_ns;
    char limit[32] = "-";

    if (row->limit_ns > 0)
        snprintf(limit, sizeof limit, "%.0f ns", row->limit_ns);
    printf("%6u %6u  %-26s %7.1f %7.1f ns %8s %7.2f\n", row->node_count, row->pod_count, row->what,
           spans_ns[0], median_ns, limit, events);
    if (recorder_finish(recorder, &err) != STATUS_OK)
        fail("recorder", err.text);
    arena_deinit(&arena);
    scenario_free(&scenario);
    return is_met;
}

/* The whole way from the scenario's file to its result folder, without figures. */
static void run_scenario(uint32_t replications, const char *folder)
{
    const struct experiment_options options = {
        .replications = replications, .jobs = 1, .folder = folder};
    struct experiment *experiment = NULL;
    struct scenario scenario;
    struct error err = {0};

    load(&scenario, SCENARIO);
    if (experiment_run(&experiment, &scenario, &options, &err) != STATUS_OK ||
        experiment_finish(experiment, &err) != STATUS_OK)
        fail(SCENARIO, err.text);
    experiment_free(experiment);
    scenario_free(&scenario);
}

/* The most memory, in kB, that a process of its own has had, or any that was measured before. */
static long peak_kb(uint32_t replications, const char *folder)
{
    struct rusage usage;
    const pid_t child = fork();

    if (child == 0) {
        run_scenario(replications, folder);
        _exit(0);
    }

    int status = 0;

    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail(SCENARIO, "the process that was to run it failed");
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_maxrss;
}

/* One replication has no replications.csv; from a few on, memory must not grow. */
static bool measure_memory(const char *folder)
{
    static const uint32_t counts[] = {1, 5, 50};
    long peaks_kb[EP_COUNT_OF(counts)];

    for (size_t i = 0; i < EP_COUNT_OF(counts); i++) {
        peaks_kb[i] = peak_kb(counts[i], folder);
        printf("%-37s -N %-2u %8.1f MB %11.0f MB\n", SCENARIO ", memory", (unsigned)counts[i],
               (double)peaks_kb[i] / 1024, MEMORY_LIMIT_KB / 1024.0);
    }
    return peaks_kb[2] <= MEMORY_LIMIT_KB && peaks_kb[2] <= peaks_kb[1] + peaks_kb[1] / 20;
}

static bool measure_run(const char *folder, bool is_quick)
{
    const int count = is_quick ? 5 : 21;
    double spans_ms[21];

    for (int i = 0; i < count; i++) {
        const double start_ns = timing_cpu_ns();

        run_scenario(1, folder);
        spans_ms[i] = (timing_cpu_ns() - start_ns) / 1e6;
    }

    const double median_ms = timing_median(spans_ms, (size_t)count);

    printf("%-43s %8.1f ms %11.0f ms\n", SCENARIO ", CPU", median_ms, RUN_LIMIT_MS);
    return median_ms <= RUN_LIMIT_MS;
}

static void remove_folder(const char *folder)
{
    char command[64];

    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0)
        fail(folder, "cannot be removed");
}

/* Memory and CPU time of the scenario. */
static bool measure_scenario(bool is_quick)
{
    char folder[] = "/tmp/bench_world-XXXXXX";
    bool is_met;

    if (mkdtemp(folder) == NULL)
        fail(folder, "cannot be made");
    is_met = measure_memory(folder); /* first: what else ran here would count */
    is_met = measure_run(folder, is_quick) && is_met;
    remove_folder(folder);
    return is_met;
}

int main(int argc, char **argv)
{
    unsigned long only = 0;
    bool is_quick = false;
    bool is_strict = false;
    bool is_met = true;

    for (int i = 1; i < argc; i++) {
        is_quick = is_quick || strcmp(argv[i], "--quick") == 0;
        is_strict = is_strict || strcmp(argv[i], "--strict") == 0;
        if (strcmp(argv[i], "--row") == 0 && i + 1 < argc)
            only = strtoul(argv[i + 1], NULL, 10);
    }
    if (only == 0)
        is_met = measure_scenario(is_quick);
    printf("%6s %6s  %-26s %7s %10s %8s %7s\n", "nodes", "pods", "each pod's load", "least",
           "a request", "limit", "events");
    for (size_t i = 0; i < EP_COUNT_OF(rows); i++) {
        if (only == 0 || only == i + 1)
            is_met = measure_row(&rows[i], is_quick ? 200000 : 1000000) && is_met;
    }
    return is_strict && !is_met ? 1 : 0;
}
