/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every lost request is explained, and rightly: stage, staleness and change of each are worked out again from the rows of
 * changes.csv and propagation.csv, by the rule of the design and with code of its own, for the scenarios of the
 * repository and for random ones. The groups of `epsim why` add up to the number lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../unit/csv_table.h"
#include "experiment/experiment.h"
#include "report/why_failures.h"

#define RANDOM_WORLDS 25u

static char folder[] = "/tmp/epsim-explained-XXXXXX";
static char home[1024];

static int set_up(void **state)
{
    (void)state;
    return getcwd(home, sizeof(home)) != NULL && mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? 0 : -1;
}

/* The rows of one result. */
struct rows {
    char path[200];
    struct csv_table requests;
    struct csv_table changes;
    struct csv_table pairs;
    uint32_t *first_pair; /* by row of changes */
};

static void run_scenario(struct rows *rows, const char *file,
                         const struct scenario_options *options)
{
    struct experiment_options run = {.jobs = 1, .folder = rows->path};
    struct experiment *experiment;
    struct scenario scenario;
    struct out diagnostics;
    struct error err = {.text = ""};

    snprintf(rows->path, sizeof(rows->path), "%s/result", folder);
    out_open_memory(&diagnostics);
    if (scenario_load(&scenario, file, options, &diagnostics, &err) != STATUS_OK)
        fail_msg("%s: %s\n%s", file, err.text, out_text(&diagnostics));
    if (experiment_run(&experiment, &scenario, &run, &err) != STATUS_OK ||
        experiment_finish(experiment, &err) != STATUS_OK)
        fail_msg("%s: %s", file, err.text);
    experiment_free(experiment);
    scenario_free(&scenario);
    out_discard(&diagnostics);
}

static void read_rows(struct rows *rows)
{
    uint32_t at = 0;

    rows->requests = csv_table_read(rows->path, "requests.csv");
    rows->changes = csv_table_read(rows->path, "changes.csv");
    rows->pairs = csv_table_read(rows->path, "propagation.csv");
    rows->first_pair = ARENA_NEW_ARRAY(&rows->changes.arena, rows->changes.row_count + 1, uint32_t);
    for (uint32_t i = 0; i < rows->changes.row_count; i++) {
        while (at < rows->pairs.row_count && csv_table_u64(&rows->pairs, at, "change") <
                                                 csv_table_u64(&rows->changes, i, "change"))
            at++;
        rows->first_pair[i] = at;
    }
}

static void free_rows(struct rows *rows)
{
    arena_deinit(&rows->requests.arena);
    arena_deinit(&rows->changes.arena);
    arena_deinit(&rows->pairs.arena);
}

/* Row of propagation.csv of the change on the node, or UINT32_MAX. */
static uint32_t pair_of(const struct rows *rows, uint32_t change, const char *node)
{
    const uint64_t number = csv_table_u64(&rows->changes, change, "change");

    for (uint32_t i = rows->first_pair[change];
         i < rows->pairs.row_count && csv_table_u64(&rows->pairs, i, "change") == number; i++)
        if (strcmp(csv_table_cell(&rows->pairs, i, "node"), node) == 0)
            return i;
    return UINT32_MAX;
}

static sim_ns in_effect_ns(const struct rows *rows, uint32_t change, const char *node)
{
    const uint32_t pair = pair_of(rows, change, node);

    if (pair == UINT32_MAX)
        return NS_NEVER;
    return csv_table_ns(&rows->changes, change, "t_cause_s") +
           csv_table_ns(&rows->pairs, pair, "total_s");
}

/* The oldest effective change to the pod, caused by the pick and not in effect on the node then. */
static uint32_t to_blame(const struct rows *rows, uint32_t request)
{
    const sim_ns pick_ns = csv_table_ns(&rows->requests, request, "t_pick_s");
    const char *node = csv_table_cell(&rows->requests, request, "node");
    uint32_t found = UINT32_MAX;
    sim_ns found_ns = NS_NEVER;

    for (uint32_t i = 0; i < rows->changes.row_count; i++) {
        const sim_ns cause_ns = csv_table_ns(&rows->changes, i, "t_cause_s");

        if (strcmp(csv_table_cell(&rows->changes, i, "effective"), "true") != 0 ||
            csv_table_u64(&rows->changes, i, "nodes") == 0 || cause_ns > pick_ns ||
            cause_ns >= found_ns ||
            strcmp(csv_table_cell(&rows->changes, i, "pod"),
                   csv_table_cell(&rows->requests, request, "pod")) != 0 ||
            strcmp(csv_table_cell(&rows->changes, i, "service"),
                   csv_table_cell(&rows->requests, request, "service")) != 0 ||
            in_effect_ns(rows, i, node) <= pick_ns)
            continue;
        found = i;
        found_ns = cause_ns;
    }
    return found;
}

static const char *stage_at(const struct rows *rows, uint32_t change, uint32_t request)
{
    static const char *const borders[][2] = {
        {"detect", "t_detect_s"}, {"status", "t_status_s"}, {"watch_controller", "t_enqueue_s"},
        {"queue", "t_sync_s"},    {"sync", "t_write_s"},    {"store", "t_stored_s"},
    };
    const sim_ns pick_ns = csv_table_ns(&rows->requests, request, "t_pick_s");
    const uint32_t pair = pair_of(rows, change, csv_table_cell(&rows->requests, request, "node"));
    sim_ns at_ns = csv_table_ns(&rows->changes, change, "t_stored_s");

    for (size_t i = 0; i < EP_COUNT_OF(borders); i++)
        if (pick_ns < csv_table_ns(&rows->changes, change, borders[i][1]))
            return borders[i][0];
    if (pair == UINT32_MAX)
        return "watch_node"; /* it never arrived: nothing later is known */
    at_ns += csv_table_ns(&rows->pairs, pair, "watch_node_s");
    if (pick_ns < at_ns)
        return "watch_node";
    at_ns += csv_table_ns(&rows->pairs, pair, "proxy_wait_s");
    return pick_ns < at_ns ? "proxy_wait" : "proxy_sync";
}

static bool is_of_a_headless_service(const struct rows *rows, uint32_t request)
{
    const char *number = csv_table_cell(&rows->requests, request, "change");

    for (uint32_t i = 0; i < rows->changes.row_count; i++)
        if (strcmp(csv_table_cell(&rows->changes, i, "change"), number) == 0)
            return csv_table_u64(&rows->changes, i, "nodes") == 0;
    return false;
}

/* One loss against what the rows give. Returns whether a change was to blame. */
static bool check_loss(const struct rows *rows, uint32_t request)
{
    const char *id = csv_table_cell(&rows->requests, request, "id");
    const char *stage = csv_table_cell(&rows->requests, request, "stage");
    const sim_ns stale_ns = csv_table_ns(&rows->requests, request, "stale_s");
    const sim_ns pick_ns = csv_table_ns(&rows->requests, request, "t_pick_s");
    uint32_t change;

    if (pick_ns == NS_NEVER || csv_table_cell(&rows->requests, request, "pod")[0] == '\0') {
        assert_int_equal(stale_ns, 0);
        return false;
    }
    change = to_blame(rows, request);
    if (change == UINT32_MAX) {
        if (stale_ns != 0 && !is_of_a_headless_service(rows, request))
            fail_msg("%s is said to be %lld ns stale; no row is to blame", id, (long long)stale_ns);
        return false;
    }
    if (strcmp(csv_table_cell(&rows->requests, request, "change"),
               csv_table_cell(&rows->changes, change, "change")) != 0)
        fail_msg("%s blames change \"%s\" instead of %s", id,
                 csv_table_cell(&rows->requests, request, "change"),
                 csv_table_cell(&rows->changes, change, "change"));
    if (stale_ns != pick_ns - csv_table_ns(&rows->changes, change, "t_cause_s"))
        fail_msg("%s: staleness %lld ns", id, (long long)stale_ns);
    if (strcmp(stage, stage_at(rows, change, request)) != 0)
        fail_msg("%s: stage %s instead of %s", id, stage, stage_at(rows, change, request));
    assert_string_equal(csv_table_cell(&rows->requests, request, "cause"),
                        csv_table_cell(&rows->changes, change, "cause"));
    return true;
}

/* The groups that `why` shows, and the summary. */
static void check_sum(const struct rows *rows)
{
    struct result result;
    struct why_data data;
    struct why_groups groups;
    struct error err = {.text = ""};
    uint64_t sum = 0;
    double losses = 0;

    if (result_open(&result, rows->path, &err) != STATUS_OK ||
        why_data_load(&data, &result, NULL, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    why_failures_group(&data, &groups);
    for (uint32_t i = 0; i < groups.count; i++)
        sum += groups.rows[i].count;
    for (uint32_t i = 0; i < data.loss_count; i++)
        losses += data.losses[i].count;
    assert_int_equal(sum, rows->requests.row_count);
    assert_int_equal(sum, (uint64_t)(data.lost_count + 0.5));
    assert_int_equal(sum, (uint64_t)(losses + 0.5));
    result_close(&result);
}

/* Runs and checks; adds to the numbers of losses, and of those with a change to blame. */
static void check(const char *file, const struct scenario_options *options, uint64_t counts[2])
{
    struct rows rows;

    run_scenario(&rows, file, options);
    read_rows(&rows);
    for (uint32_t i = 0; i < rows.requests.row_count; i++)
        counts[1] += check_loss(&rows, i);
    counts[0] += rows.requests.row_count;
    check_sum(&rows);
    free_rows(&rows);
}

static void test_losses_of_the_scenarios_are_explained_by_the_rows(void **state)
{
    static const char *const names[] = {
        "rolling-update", "rolling-update-prestop", "kill-pod",      "relabel-quarantine",
        "scale-up",       "external-service",       "external-name", "endpoints-wrong-name",
        "headless",       "online-boutique",
    };
    uint64_t counts[2] = {0, 0};

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(names); i++) {
        char file[1200];

        snprintf(file, sizeof(file), "%s/scenarios/%s.yaml", home, names[i]);
        check(file, &(struct scenario_options){.sets = NULL}, counts);
    }
    print_message("%llu losses, %llu with a change to blame\n", (unsigned long long)counts[0],
                  (unsigned long long)counts[1]);
    assert_true(counts[0] > 1000 && counts[1] > 250);
}

/* ---- random worlds, by their text ---- */

static uint64_t pick(uint64_t *random, uint64_t below)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % below;
}

static void put_timeline(FILE *file, uint64_t *random)
{
    fprintf(file, "  timeline:\n");
    for (uint32_t i = 0; i < 6; i++) {
        const unsigned at_ms = 5000 + (unsigned)pick(random, 30000);

        switch (pick(random, 5)) {
        case 0:
            fprintf(file,
                    "    - {at: %ums, set: {target: deployment/kubia, image: \"kubia:v%u\"}}\n",
                    at_ms, (unsigned)pick(random, 4));
            break;
        case 1:
            fprintf(file, "    - {at: %ums, scale: {target: deployment/kubia, replicas: %u}}\n",
                    at_ms, (unsigned)pick(random, 9));
            break;
        case 2:
            fprintf(
                file,
                "    - {at: %ums, label: {selector: \"app=kubia\", mode: one, set: {app: q}}}\n",
                at_ms);
            break;
        default:
            fprintf(file, "    - {at: %ums, kill: {selector: \"app=kubia\", mode: one%s}}\n", at_ms,
                    pick(random, 4) == 0 ? ", force: true" : "");
            break;
        }
    }
}

static void put_workload(FILE *file, uint64_t *random)
{
    fprintf(file,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: kubia}\nspec:\n"
            "  replicas: %u\n  selector: {matchLabels: {app: kubia}}\n  template:\n"
            "    metadata: {labels: {app: kubia}}\n    spec:\n"
            "      terminationGracePeriodSeconds: %u\n      containers:\n"
            "        - name: main\n          image: \"kubia:v0\"\n"
            "          ports: [{containerPort: 8080}]\n",
            1 + (unsigned)pick(random, 6), 3 + (unsigned)pick(random, 6));
    if (pick(random, 3) > 0)
        fprintf(file,
                "          readinessProbe: {periodSeconds: %u, failureThreshold: %u, "
                "tcpSocket: {port: 8080}}\n",
                1 + (unsigned)pick(random, 3), 1 + (unsigned)pick(random, 3));
    if (pick(random, 2) == 0)
        fprintf(file, "          lifecycle: {preStop: {sleep: {seconds: %u}}}\n",
                1 + (unsigned)pick(random, 3));
    fprintf(file, "---\napiVersion: v1\nkind: Service\nmetadata: {name: kubia}\n"
                  "spec: {selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}\n");
}

static void write_world(const char *path, uint64_t seed)
{
    static const char *const signals[] = {"exit", "drain", "ignore"};
    static const char *const versions[] = {"1.20", "1.24", "1.28", "1.34"};
    uint64_t random = seed * UINT64_C(0x9E3779B97F4A7C15);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file,
            "apiVersion: epsim/v1\nkind: Scenario\nmetadata: {name: random}\nspec:\n"
            "  seed: %llu\n  until: 60s\n  warmup: %us\n  cluster:\n    version: \"%s\"\n"
            "    nodes: %u\n    proxy: {mode: iptables, iptables: {minSyncPeriod: %ums}}\n",
            (unsigned long long)seed, (unsigned)pick(&random, 3), versions[pick(&random, 4)],
            1 + (unsigned)pick(&random, 6), 1 + (unsigned)pick(&random, 4000));
    if (pick(&random, 3) == 0)
        fprintf(file, "    controllerManager: {extraArgs: "
                      "{endpointslice-updates-batch-period: 500ms}}\n");
    fprintf(file,
            "  apps:\n    - {match: {image: \"kubia:*\"}, onSIGTERM: %s, startup: %ums, "
            "serviceTime: {exponential: {mean: %ums}}}\n"
            "  clients:\n    - {name: c, target: http://kubia, rate: %u, timeout: %ums}\n",
            signals[pick(&random, 3)], 100 + (unsigned)pick(&random, 3000),
            2 + (unsigned)pick(&random, 60), 50 + (unsigned)pick(&random, 200),
            500 + (unsigned)pick(&random, 2500));
    put_timeline(file, &random);
    put_workload(file, &random);
    assert_int_equal(fclose(file), 0);
}

static void test_losses_of_random_worlds_are_explained_by_the_rows(void **state)
{
    uint64_t counts[2] = {0, 0};
    char path[200];

    (void)state;
    snprintf(path, sizeof(path), "%s/random.yaml", folder);
    for (uint64_t seed = 1; seed <= RANDOM_WORLDS; seed++) {
        write_world(path, seed);
        check(path, &(struct scenario_options){.sets = NULL}, counts);
    }
    print_message("%llu losses, %llu with a change to blame\n", (unsigned long long)counts[0],
                  (unsigned long long)counts[1]);
    assert_true(counts[0] > 1000 && counts[1] > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_of_the_scenarios_are_explained_by_the_rows),
        cmocka_unit_test(test_losses_of_random_worlds_are_explained_by_the_rows),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
