/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <cmocka.h>

#include "csv_table.h"
#include "experiment/experiment.h"
#include "fake_world.h"
#include "record/summary.h"

#define REPLICATIONS 7u

static const char *const all_files[] = {
    "changes.csv",  "propagation.csv",  "requests.csv", "timeseries.csv",         "traffic.csv",
    "summary.json", "replications.csv", "summary.txt",  "scenario.resolved.yaml", "manifest.json",
};

/* Each test in an empty folder of its own. */
static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/epsim-experiment-XXXXXX");

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    *state = folder;
    return 0;
}

static int leave_folder(void **state)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static struct scenario scenario_of(const struct world_spec *spec)
{
    static const struct scenario_input inputs[] = {{.path = "fake.yaml", .sha256 = "00"}};

    return (struct scenario){
        .spec = *spec, .resolved = "kind: Scenario\n", .inputs = inputs, .input_count = 1};
}

/* Runs and finishes into `options->folder`. */
static uint64_t run_into(const struct world_spec *spec, const struct experiment_options *options)
{
    const struct scenario scenario = scenario_of(spec);
    struct experiment *experiment = NULL;
    struct error err = {.text = ""};
    uint64_t fingerprint;

    if (experiment_run(&experiment, &scenario, options, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    if (experiment_finish(experiment, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    fingerprint = experiment_fingerprint(experiment);
    experiment_free(experiment);
    return fingerprint;
}

static bool exists(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static void assert_same_file(const char *left, const char *right, const char *name)
{
    struct arena arena;

    arena_init(&arena);

    const char *a = csv_table_text(&arena, left, name);
    const char *b = csv_table_text(&arena, right, name);

    assert_non_null(a);
    assert_non_null(b);
    assert_string_equal(a, b);
    arena_deinit(&arena);
}

static void test_bytes_do_not_depend_on_the_number_of_threads(void **state)
{
    const struct world_spec spec = fake_spec(1);
    struct experiment_options options = {.replications = REPLICATIONS, .jobs = 1, .folder = "one"};
    const uint64_t alone = run_into(&spec, &options);

    (void)state;
    options.jobs = 4;
    options.folder = "four";
    assert_true(run_into(&spec, &options) == alone);
    for (size_t i = 0; i < EP_COUNT_OF(all_files); i++)
        assert_same_file("one", "four", all_files[i]);
}

static void test_memory_does_not_grow_with_replications(void **state)
{
    const struct world_spec spec = fake_spec(2);
    const struct scenario scenario = scenario_of(&spec);
    size_t bytes[2];
    struct error err;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        const struct experiment_options options = {
            .replications = i == 0 ? 20 : 80, .jobs = 2, .has_no_folder = true};
        struct experiment *experiment;

        assert_int_equal(experiment_run(&experiment, &scenario, &options, &err), STATUS_OK);
        bytes[i] = experiment_get_summary(experiment)->arena->total_bytes;
        experiment_free(experiment);
    }
    assert_int_equal(bytes[0], bytes[1]); /* a replication of its own would take 100 KB */
}

static json_t *load_summary(const char *folder)
{
    char path[256];
    json_error_t error;
    json_t *json;

    snprintf(path, sizeof(path), "%s/summary.json", folder);
    json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        fail_msg("%s: %s", path, error.text);
    return json;
}

static json_int_t integer_at(json_t *json, const char *first, const char *second)
{
    return json_integer_value(json_object_get(json_object_get(json, first), second));
}

static void test_summary_adds_up_to_the_tables(void **state)
{
    const struct world_spec spec = fake_spec(3);
    const struct experiment_options options = {.folder = "out"};
    json_t *json;
    const char *outcome;
    json_t *value;
    json_int_t failed = 0;
    uint64_t requests = 0;

    (void)state;
    run_into(&spec, &options);
    json = load_summary("out");
    json_object_foreach(json_object_get(json_object_get(json, "requests"), "failed_by"), outcome,
                        value) failed += json_integer_value(value);
    assert_int_equal(failed, integer_at(json, "requests", "failed"));
    assert_int_equal(integer_at(json, "requests", "total"),
                     integer_at(json, "requests", "ok") + failed +
                         integer_at(json, "requests", "in_flight"));

    struct csv_table traffic = csv_table_read("out", "traffic.csv");

    for (uint32_t i = 0; i < traffic.row_count; i++)
        requests += csv_table_u64(&traffic, i, "requests");
    assert_int_equal(requests, integer_at(json, "requests", "ok") + failed);
    assert_string_equal(json_string_value(json_object_get(json, "scenario")), "fake");
    arena_deinit(&traffic.arena);
    json_decref(json);
}

static void test_services_hold_the_requests_of_their_pods(void **state)
{
    const struct world_spec spec = fake_spec(4);
    const struct experiment_options options = {.folder = "out"};
    json_int_t sum = 0;
    uint64_t rows = 0;
    const char *pod;
    json_t *value;
    json_t *json;
    json_t *service;

    (void)state;
    run_into(&spec, &options);
    json = load_summary("out");
    service = json_object_get(json_object_get(json, "services"), "shop/cart");
    json_object_foreach(json_object_get(service, "per_pod"), pod, value)
    {
        assert_true(strncmp(pod, "shop/cart-", 10) == 0);
        sum += json_integer_value(value);
    }

    struct csv_table traffic = csv_table_read("out", "traffic.csv");

    for (uint32_t i = 0; i < traffic.row_count; i++)
        if (strncmp(csv_table_cell(&traffic, i, "pod"), "shop/", 5) == 0)
            rows += csv_table_u64(&traffic, i, "requests");
    assert_true(rows > 0);
    assert_int_equal(sum, rows);
    assert_true(json_real_value(json_object_get(service, "jain")) > 0.9);
    arena_deinit(&traffic.arena);
    json_decref(json);
}

static void test_replications_are_pooled_with_their_interval(void **state)
{
    const struct world_spec spec = fake_spec(5);
    const struct experiment_options options = {
        .replications = REPLICATIONS, .jobs = 2, .folder = "out"};
    struct moments moments = {.count = 0};
    uint64_t fingerprint = 0;
    char hex[17];
    json_t *json;
    json_t *failed;

    (void)state;
    run_into(&spec, &options);

    struct csv_table rows = csv_table_read("out", "replications.csv");

    assert_int_equal(rows.row_count, REPLICATIONS);
    for (uint32_t i = 0; i < rows.row_count; i++) {
        assert_int_equal(csv_table_u64(&rows, i, "replication"), i);
        interval_add(&moments, (double)csv_table_u64(&rows, i, "requests.failed"));
        fingerprint += strtoull(csv_table_cell(&rows, i, "fingerprint"), NULL, 16);
    }
    json = load_summary("out");
    failed = json_object_get(json_object_get(json, "requests"), "failed");
    assert_true(json_number_value(json_object_get(failed, "mean")) - moments.mean < 1e-5);
    assert_true(moments.mean - json_number_value(json_object_get(failed, "mean")) < 1e-5);
    assert_int_equal(json_integer_value(json_object_get(failed, "n")), REPLICATIONS);
    assert_true(json_number_value(json_array_get(json_object_get(failed, "ci95"), 0)) <
                moments.mean);
    assert_true(json_number_value(json_array_get(json_object_get(failed, "ci95"), 1)) >
                moments.mean);
    snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)fingerprint);
    assert_string_equal(json_string_value(json_object_get(json, "fingerprint")), hex);
    arena_deinit(&rows.arena);
    json_decref(json);
}

static void test_row_files_are_those_of_the_first_replication(void **state)
{
    static const char *const names[] = {"changes.csv", "propagation.csv", "requests.csv",
                                        "timeseries.csv", "endpoints.jsonl"};
    const struct world_spec spec = fake_spec(6);
    struct experiment_options options = {.folder = "one"};

    (void)state;
    run_into(&spec, &options);
    options = (struct experiment_options){.replications = 3, .jobs = 3, .folder = "three"};
    run_into(&spec, &options);
    for (size_t i = 0; i < EP_COUNT_OF(names); i++)
        assert_same_file("one", "three", names[i]);
}

static void test_default_folder_and_latest(void **state)
{
    const struct world_spec spec = fake_spec(7);
    const struct experiment_options options = {.replications = 1};
    char target[64] = "";

    (void)state;
    run_into(&spec, &options);
    run_into(&spec, &options); /* the same inputs find the same place */
    assert_true(readlink("results/fake/latest", target, sizeof(target) - 1) > 0);
    assert_int_equal(strlen(target), strlen("7-01234567"));
    assert_true(strncmp(target, "7-", 2) == 0);
    assert_true(exists("results/fake/latest/manifest.json"));
    assert_int_equal(system("test $(ls -A results/fake | wc -l) = 2"), 0);
}

static void test_interrupted_single_run_is_kept_up_to_there(void **state)
{
    const struct world_spec spec = fake_spec(8);
    const struct scenario scenario = scenario_of(&spec);
    const volatile int stop = 1;
    const struct experiment_options options = {.folder = "out", .stop = &stop};
    struct experiment *experiment;
    struct error err;
    json_t *json;

    (void)state;
    assert_int_equal(experiment_run(&experiment, &scenario, &options, &err), STATUS_OK);
    assert_true(experiment_is_partial(experiment));
    assert_int_equal(experiment_finish(experiment, &err), STATUS_OK);
    experiment_free(experiment);
    json = load_summary("out");
    assert_true(json_is_true(json_object_get(json, "partial")));
    assert_true(json_number_value(json_object_get(json, "until_s")) < 20);
    json_decref(json);
}

/* Stops after `left` calls. */
struct stopper {
    volatile int stop;
    int left;
};

static void count_down(void *self, const struct experiment_progress *now)
{
    struct stopper *stopper = self;

    assert_true(now->done_ns <= now->total_ns);
    if (--stopper->left == 0)
        stopper->stop = 1;
}

static void test_interrupted_replications_keep_the_complete_ones(void **state)
{
    const struct world_spec spec = fake_spec(9);
    struct stopper stopper = {.left = 350}; /* a replication has 100 steps */
    const struct experiment_options options = {.replications = REPLICATIONS,
                                               .jobs = 1,
                                               .folder = "out",
                                               .stop = &stopper.stop,
                                               .self = &stopper,
                                               .progress = count_down};

    (void)state;
    run_into(&spec, &options);

    struct csv_table rows = csv_table_read("out", "replications.csv");
    json_t *json = load_summary("out");

    assert_int_equal(rows.row_count, 3);
    assert_int_equal(json_integer_value(json_object_get(json, "replications")), 3);
    assert_true(json_is_true(json_object_get(json, "partial")));
    arena_deinit(&rows.arena);
    json_decref(json);
}

static void test_interrupt_before_the_first_replication_leaves_nothing(void **state)
{
    const struct world_spec spec = fake_spec(10);
    const struct scenario scenario = scenario_of(&spec);
    const volatile int stop = 1;
    const struct experiment_options options = {.replications = 3, .stop = &stop};
    struct experiment *experiment;
    struct error err;

    (void)state;
    assert_int_equal(experiment_run(&experiment, &scenario, &options, &err), STATUS_INTERRUPTED);
    assert_null(experiment);
    assert_false(exists("results"));
}

static void test_unfinished_experiment_leaves_nothing(void **state)
{
    const struct world_spec spec = fake_spec(11);
    const struct scenario scenario = scenario_of(&spec);
    const struct experiment_options options = {.folder = "deep/out"};
    struct experiment *experiment;
    struct error err;

    (void)state;
    assert_int_equal(experiment_run(&experiment, &scenario, &options, &err), STATUS_OK);
    assert_true(exists(experiment_folder(experiment)));
    experiment_free(experiment);
    assert_false(exists("deep"));
}

static void test_full_disk_is_an_error_and_leaves_nothing(void **state)
{
    const struct world_spec spec = fake_spec(12);
    const struct scenario scenario = scenario_of(&spec);
    const struct experiment_options options = {.folder = "out"};
    struct experiment *experiment;
    struct error err = {.text = ""};
    struct rlimit before;
    struct rlimit small;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 8192, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);

    const enum status status = experiment_run(&experiment, &scenario, &options, &err);

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, STATUS_IO);
    assert_non_null(strstr(err.text, "File too large"));
    assert_int_equal(system("test -z \"$(ls -A)\""), 0);
}

static void test_thresholds_are_judged_on_pooled_observations(void **state)
{
    static const struct threshold_spec thresholds[] = {
        {.metric_name = "http_req_failed",
         .expression = "rate<0.5",
         .metric = THRESHOLD_HTTP_REQ_FAILED,
         .aggregate = AGGREGATE_RATE,
         .comparison = COMPARE_LT,
         .limit = 0.5},
        {.metric_name = "http_req_failed",
         .expression = "rate<0.1",
         .metric = THRESHOLD_HTTP_REQ_FAILED,
         .aggregate = AGGREGATE_RATE,
         .comparison = COMPARE_LT,
         .limit = 0.1},
        {.metric_name = "http_req_duration",
         .expression = "p(99)<3s",
         .metric = THRESHOLD_HTTP_REQ_DURATION,
         .aggregate = AGGREGATE_PERCENTILE,
         .percentile = 99,
         .comparison = COMPARE_LT,
         .limit = 3},
    };
    struct world_spec spec = fake_spec(13);
    const struct experiment_options options = {.replications = 2, .has_no_folder = true};
    struct experiment *experiment;
    struct error err;

    (void)state;
    spec.thresholds = thresholds;
    spec.threshold_count = EP_COUNT_OF(thresholds);

    const struct scenario scenario = scenario_of(&spec);

    assert_int_equal(experiment_run(&experiment, &scenario, &options, &err), STATUS_OK);
    assert_int_equal(experiment_failed_threshold_count(experiment), 1); /* a quarter fails */
    assert_non_null(strstr(experiment_summary(experiment), "FAILED  http_req_failed: rate<0.1"));
    assert_non_null(strstr(experiment_summary(experiment), "ok      http_req_duration: p(99)<3s"));
    experiment_free(experiment);
}

static void test_page_fits(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        const struct world_spec spec = fake_spec(seed);
        const struct scenario scenario = scenario_of(&spec);
        const struct experiment_options options = {.replications = (uint32_t)(1 + seed % 2),
                                                   .has_no_folder = true};
        struct experiment *experiment;
        struct error err;
        uint32_t lines = 0;

        assert_int_equal(experiment_run(&experiment, &scenario, &options, &err), STATUS_OK);
        for (const char *line = experiment_summary(experiment); *line != '\0'; lines++) {
            uint32_t columns = 0;

            for (; *line != '\n'; line++)
                columns += ((unsigned char)*line & 0xC0u) != 0x80u;
            assert_in_range(columns, 0, 80);
            line++;
        }
        assert_in_range(lines, 20, 45);
        assert_true(strncmp(experiment_summary(experiment), "lost ", 5) == 0);
        experiment_free(experiment);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bytes_do_not_depend_on_the_number_of_threads,
                                        enter_folder, leave_folder),
        cmocka_unit_test(test_memory_does_not_grow_with_replications),
        cmocka_unit_test_setup_teardown(test_summary_adds_up_to_the_tables, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(test_services_hold_the_requests_of_their_pods, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(test_replications_are_pooled_with_their_interval,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_row_files_are_those_of_the_first_replication,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_default_folder_and_latest, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_interrupted_single_run_is_kept_up_to_there,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_interrupted_replications_keep_the_complete_ones,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_interrupt_before_the_first_replication_leaves_nothing,
                                        enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_unfinished_experiment_leaves_nothing, enter_folder,
                                        leave_folder),
        cmocka_unit_test_setup_teardown(test_full_disk_is_an_error_and_leaves_nothing, enter_folder,
                                        leave_folder),
        cmocka_unit_test(test_thresholds_are_judged_on_pooled_observations),
        cmocka_unit_test(test_page_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
