/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "csv_table.h"
#include "fake_world.h"
#include "record/recorder.h"

#define SEEDS 25u

/* A recorded run, its files in a folder of its own. */
struct run {
    struct arena arena;
    struct world_spec spec;
    struct world *world;
    struct recorder *recorder;
    struct recorder_totals totals;
    char folder[64];
};

static void run_record(struct run *run, const struct world_spec *spec)
{
    struct error err;

    arena_init(&run->arena);
    run->spec = *spec;
    snprintf(run->folder, sizeof(run->folder), "/tmp/epsim-recorder-XXXXXX");
    assert_non_null(mkdtemp(run->folder));
    run->world = world_new(&run->arena, &run->spec, 0);
    run->recorder = recorder_new(&run->arena, run->world, run->folder);
    assert_true(world_run(run->world, run->spec.until_ns, NULL));
    assert_int_equal(recorder_finish(run->recorder, &err), STATUS_OK);
    run->totals = recorder_get_totals(run->recorder);
}

static void run_clean(struct run *run)
{
    static const char *const names[] = {"changes.csv", "propagation.csv", "requests.csv",
                                        "timeseries.csv"};
    char path[128];

    for (size_t i = 0; i < EP_COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", run->folder, names[i]);
        unlink(path);
    }
    rmdir(run->folder);
    arena_deinit(&run->arena);
}

/* The stage of a change at an instant, from its row and its row for a node (ID_NONE: it has not reached the node). */
static const char *stage_from_rows(const struct csv_table *changes, uint32_t change,
                                   const struct csv_table *pairs, uint32_t pair, sim_ns at_ns)
{
    static const char *const borders[] = {"t_detect_s", "t_status_s", "t_enqueue_s",
                                          "t_sync_s",   "t_write_s",  "t_stored_s"};
    static const char *const names[] = {"detect", "status", "watch_controller",
                                        "queue",  "sync",   "store"};
    sim_ns border_ns = csv_table_ns(changes, change, "t_stored_s");

    for (uint32_t i = 0; i < EP_COUNT_OF(borders); i++)
        if (at_ns < csv_table_ns(changes, change, borders[i]))
            return names[i];
    if (pair == ID_NONE)
        return "watch_node";
    border_ns += csv_table_ns(pairs, pair, "watch_node_s");
    if (at_ns < border_ns)
        return "watch_node";
    return at_ns < border_ns + csv_table_ns(pairs, pair, "proxy_wait_s") ? "proxy_wait"
                                                                         : "proxy_sync";
}

static uint32_t find_pair(const struct csv_table *pairs, const char *change, const char *node)
{
    for (uint32_t i = 0; i < pairs->row_count; i++)
        if (strcmp(csv_table_cell(pairs, i, "change"), change) == 0 &&
            strcmp(csv_table_cell(pairs, i, "node"), node) == 0)
            return i;
    return ID_NONE;
}

/* Row of the oldest effective change that the request's node had not applied at the pick; *pair: its row there. */
static uint32_t blame_from_rows(const struct csv_table *changes, const struct csv_table *pairs,
                                const struct csv_table *requests, uint32_t request, uint32_t *pair)
{
    const sim_ns pick_ns = csv_table_ns(requests, request, "t_pick_s");
    uint32_t blamed = ID_NONE;

    for (uint32_t i = 0; i < changes->row_count; i++) {
        const sim_ns cause_ns = csv_table_ns(changes, i, "t_cause_s");
        uint32_t at;

        if (strcmp(csv_table_cell(changes, i, "effective"), "true") != 0 || cause_ns > pick_ns ||
            strcmp(csv_table_cell(changes, i, "pod"), csv_table_cell(requests, request, "pod")) !=
                0 ||
            strcmp(csv_table_cell(changes, i, "service"),
                   csv_table_cell(requests, request, "service")) != 0)
            continue;
        at = find_pair(pairs, csv_table_cell(changes, i, "change"),
                       csv_table_cell(requests, request, "node"));
        if (at != ID_NONE && cause_ns + csv_table_ns(pairs, at, "total_s") <= pick_ns)
            continue;
        if (blamed != ID_NONE && csv_table_ns(changes, blamed, "t_cause_s") <= cause_ns)
            continue;
        blamed = i;
        *pair = at;
    }
    return blamed;
}

/* A cause under way at the pick that came to nothing (or not yet to a change), as the history has it. */
static const struct news *void_news(const struct run *run, uint64_t number)
{
    const struct request_result *request = &run->world->requests[number - 1];

    for (uint32_t i = request->news; i != ID_NONE; i = run->world->cluster.news[i].next) {
        const struct news *news = &run->world->cluster.news[i];

        if ((news->state == NEWS_OPEN || news->is_undone) && news->t_cause_ns <= request->t_pick_ns)
            return news;
    }
    return NULL;
}

static uint64_t request_number(const struct csv_table *requests, uint32_t row)
{
    return strtoull(strchr(csv_table_cell(requests, row, "id"), '/') + 1, NULL, 10);
}

/* Counts of each kind of blame, so that the test knows that it has seen them. */
struct blame_counts {
    uint32_t stages[STAGE_COUNT];
    uint32_t nothing;
    uint32_t voids;
};

/* The row files of one run. */
struct run_tables {
    struct csv_table changes;
    struct csv_table pairs;
    struct csv_table requests;
};

static void check_request(const struct run *run, const struct run_tables *tables, uint32_t row,
                          struct blame_counts *seen)
{
    const struct csv_table *changes = &tables->changes;
    const struct csv_table *pairs = &tables->pairs;
    const struct csv_table *requests = &tables->requests;
    const char *stage = csv_table_cell(requests, row, "stage");
    const char *cause = csv_table_cell(requests, row, "cause");
    const sim_ns stale_ns = csv_table_ns(requests, row, "stale_s");
    const sim_ns pick_ns = csv_table_ns(requests, row, "t_pick_s");
    const struct news *news = NULL;
    uint32_t pair = ID_NONE;
    const uint32_t change = blame_from_rows(changes, pairs, requests, row, &pair);

    if (change != ID_NONE) {
        assert_string_equal(stage, stage_from_rows(changes, change, pairs, pair, pick_ns));
        assert_string_equal(cause, csv_table_cell(changes, change, "cause"));
        assert_int_equal(stale_ns, pick_ns - csv_table_ns(changes, change, "t_cause_s"));
        for (uint32_t i = 0; i < STAGE_COUNT; i++)
            seen->stages[i] += strcmp(stage, news_stage_name((enum stage)i)) == 0;
        return;
    }
    assert_int_equal(stale_ns, 0);
    news = pick_ns == NS_NEVER ? NULL : void_news(run, request_number(requests, row));
    assert_string_equal(stage,
                        news == NULL ? "none" : news_stage_name(news_stage_at(news, pick_ns)));
    assert_string_equal(cause, news == NULL ? "" : news_cause_name((enum cause)news->cause));
    seen->nothing += news == NULL;
    seen->voids += news != NULL;
}

static void test_attribution_is_what_the_rows_give(void **state)
{
    struct blame_counts seen = {.nothing = 0};

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world_spec spec = fake_spec(seed);
        struct run run;

        run_record(&run, &spec);

        struct run_tables tables = {.changes = csv_table_read(run.folder, "changes.csv"),
                                    .pairs = csv_table_read(run.folder, "propagation.csv"),
                                    .requests = csv_table_read(run.folder, "requests.csv")};

        assert_true(tables.requests.row_count > 0);
        for (uint32_t i = 0; i < tables.requests.row_count; i++)
            check_request(&run, &tables, i, &seen);
        arena_deinit(&tables.changes.arena);
        arena_deinit(&tables.pairs.arena);
        arena_deinit(&tables.requests.arena);
        run_clean(&run);
    }
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++)
        assert_true(seen.stages[stage] > 0);
    assert_true(seen.nothing > 0 && seen.voids > 0);
}

static void test_rows_come_in_the_order_of_settled_outcomes(void **state)
{
    struct world_spec spec = fake_spec(3);
    struct run run;
    sim_ns last_ns = 0;

    (void)state;
    spec.record_requests = RECORD_REQUESTS_ALL;
    run_record(&run, &spec);

    struct csv_table requests = csv_table_read(run.folder, "requests.csv");
    uint64_t ok = 0;

    for (uint32_t i = 0; i < requests.row_count; i++) {
        const sim_ns end_ns =
            csv_table_ns(&requests, i, "t_s") + csv_table_ns(&requests, i, "latency_s");

        assert_true(end_ns >= last_ns);
        last_ns = end_ns;
        ok += strcmp(csv_table_cell(&requests, i, "outcome"), "ok") == 0;
    }
    assert_int_equal(ok, run.totals.traffic->counts[OUTCOME_OK]);
    assert_int_equal(requests.row_count, traffic_tally_row_total(run.totals.traffic->counts));
    arena_deinit(&requests.arena);
    run_clean(&run);
}

static void test_requests_of_the_warm_up_are_not_counted(void **state)
{
    struct world_spec spec = fake_spec(4);
    struct run run;
    uint64_t counted = 0;

    (void)state;
    spec.warmup_ns = 10 * NS_PER_S;
    run_record(&run, &spec);
    for (uint32_t i = 0; i < FAKE_REQUESTS; i++)
        counted += run.world->requests[i].t_start_ns >= spec.warmup_ns &&
                   run.world->requests[i].t_end_ns <= spec.until_ns;
    assert_int_equal(traffic_tally_row_total(run.totals.traffic->counts), counted);

    struct csv_table changes = csv_table_read(run.folder, "changes.csv");

    assert_true(changes.row_count > 0);
    for (uint32_t i = 0; i < changes.row_count; i++)
        assert_true(csv_table_ns(&changes, i, "t_cause_s") >= spec.warmup_ns);
    arena_deinit(&changes.arena);
    run_clean(&run);
}

static void test_tables_add_up(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world_spec spec = fake_spec(seed);
        struct run run;
        uint64_t by_row[OUTCOME_COUNT] = {0};
        uint64_t lost_in_groups = 0;
        uint64_t latencies = 0;
        uint64_t failed;

        run_record(&run, &spec);
        for (const struct tally_row *row = run.totals.traffic->first_row; row != NULL;
             row = row->next) {
            for (uint32_t i = 0; i < OUTCOME_COUNT; i++)
                by_row[i] += row->counts[i];
            latencies += row->latency.count;
        }
        assert_memory_equal(by_row, run.totals.traffic->counts, sizeof(by_row));
        assert_int_equal(latencies, by_row[OUTCOME_OK]);
        for (uint32_t i = 0; i < run.totals.losses->group_count; i++)
            lost_in_groups += run.totals.losses->groups[i].count;
        failed = traffic_tally_row_total(by_row) - by_row[OUTCOME_OK];
        assert_int_equal(lost_in_groups, failed);

        struct csv_table requests = csv_table_read(run.folder, "requests.csv");
        struct csv_table series = csv_table_read(run.folder, "timeseries.csv");
        uint64_t in_bins = 0;

        assert_int_equal(requests.row_count, failed);
        for (uint32_t i = 0; i < series.row_count; i++)
            if (strcmp(csv_table_cell(&series, i, "metric"), "requests") == 0)
                in_bins += csv_table_u64(&series, i, "value");
        assert_int_equal(in_bins, traffic_tally_row_total(by_row));
        arena_deinit(&requests.arena);
        arena_deinit(&series.arena);
        run_clean(&run);
    }
}

static void test_stages_sum_to_the_total(void **state)
{
    static const char *const stages[] = {"detect_s",     "status_s",     "watch_controller_s",
                                         "queue_s",      "sync_s",       "store_s",
                                         "watch_node_s", "proxy_wait_s", "proxy_sync_s"};
    struct world_spec spec = fake_spec(5);
    struct run run;

    (void)state;
    run_record(&run, &spec);

    struct csv_table pairs = csv_table_read(run.folder, "propagation.csv");
    const struct propagation_stats *stats = &run.totals.changes->stats;

    assert_true(pairs.row_count > 20);
    for (uint32_t i = 0; i < pairs.row_count; i++) {
        sim_ns sum_ns = 0;

        for (uint32_t stage = 0; stage < EP_COUNT_OF(stages); stage++) {
            assert_true(csv_table_ns(&pairs, i, stages[stage]) >= 0);
            sum_ns += csv_table_ns(&pairs, i, stages[stage]);
        }
        assert_int_equal(sum_ns, csv_table_ns(&pairs, i, "total_s"));
    }
    uint64_t stage_sum = 0;

    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++) {
        assert_int_equal(stats->stages[stage].count, stats->latency.count);
        stage_sum += stats->stages[stage].sum_low_ns;
    }
    assert_int_equal(stage_sum, stats->latency.sum_low_ns);
    arena_deinit(&pairs.arena);
    run_clean(&run);
}

static void test_latencies_of_a_change_are_those_of_its_nodes(void **state)
{
    struct world_spec spec = fake_spec(6);
    struct run run;
    uint32_t full_count = 0;

    (void)state;
    run_record(&run, &spec);

    struct csv_table changes = csv_table_read(run.folder, "changes.csv");
    struct csv_table pairs = csv_table_read(run.folder, "propagation.csv");

    for (uint32_t i = 0; i < changes.row_count; i++) {
        sim_ns times_ns[FAKE_NODES_MAX];
        uint32_t count = 0;

        for (uint32_t row = 0; row < pairs.row_count; row++)
            if (strcmp(csv_table_cell(&pairs, row, "change"),
                       csv_table_cell(&changes, i, "change")) == 0)
                times_ns[count++] = csv_table_ns(&pairs, row, "total_s");
        if (count < spec.cluster.node_count) { /* not yet everywhere: empty cells */
            assert_string_equal(csv_table_cell(&changes, i, "lat_first_s"), "");
            assert_string_equal(csv_table_cell(&changes, i, "lat_last_s"), "");
            continue;
        }
        qsort(times_ns, count, sizeof(times_ns[0]), fake_compare_times);
        assert_int_equal(csv_table_ns(&changes, i, "lat_first_s"), times_ns[0]);
        assert_int_equal(csv_table_ns(&changes, i, "lat_p50_s"),
                         times_ns[1]); /* rank ceil(3 * 0.5) = 2 */
        assert_int_equal(csv_table_ns(&changes, i, "lat_p90_s"), times_ns[2]);
        assert_int_equal(csv_table_ns(&changes, i, "lat_last_s"), times_ns[2]);
        full_count++;
    }
    assert_true(full_count > 3 && full_count < changes.row_count);
    arena_deinit(&changes.arena);
    arena_deinit(&pairs.arena);
    run_clean(&run);
}

static void test_propagation_is_sorted_by_change_and_node_name(void **state)
{
    struct world_spec spec = fake_spec(7);
    struct run run;

    (void)state;
    run_record(&run, &spec);

    struct csv_table pairs = csv_table_read(run.folder, "propagation.csv");
    bool has_node_10_first = false;

    for (uint32_t i = 1; i < pairs.row_count; i++) {
        const uint64_t before = csv_table_u64(&pairs, i - 1, "change");
        const uint64_t now = csv_table_u64(&pairs, i, "change");

        assert_true(before <= now);
        if (before == now)
            assert_true(strcmp(csv_table_cell(&pairs, i - 1, "node"),
                               csv_table_cell(&pairs, i, "node")) < 0);
        has_node_10_first |=
            strcmp(csv_table_cell(&pairs, i - 1, "node"), "node-10") == 0 && before == now;
    }
    assert_true(has_node_10_first);
    arena_deinit(&pairs.arena);
    run_clean(&run);
}

static void test_time_series_is_sorted_and_begins_with_the_pods(void **state)
{
    struct world_spec spec = fake_spec(8);
    struct run run;
    uint32_t ready_at_start = 0;
    bool has_entry = false;

    (void)state;
    run_record(&run, &spec);

    struct csv_table series = csv_table_read(run.folder, "timeseries.csv");

    for (uint32_t i = 0; i < series.row_count; i++) {
        const char *metric = csv_table_cell(&series, i, "metric");

        if (i > 0 && csv_table_ns(&series, i - 1, "t_s") == csv_table_ns(&series, i, "t_s"))
            assert_true(strcmp(csv_table_cell(&series, i - 1, "metric"), metric) <= 0);
        if (i > 0)
            assert_true(csv_table_ns(&series, i - 1, "t_s") <= csv_table_ns(&series, i, "t_s"));
        ready_at_start += csv_table_ns(&series, i, "t_s") == 0 && strcmp(metric, "pod_state") == 0;
        has_entry |= strcmp(metric, "timeline") == 0 &&
                     csv_table_ns(&series, i, "t_s") == 5 * NS_PER_S &&
                     strcmp(csv_table_cell(&series, i, "key"), "set image deployment/kubia") == 0;
    }
    assert_int_equal(ready_at_start, FAKE_PODS);
    assert_true(has_entry);
    arena_deinit(&series.arena);
    run_clean(&run);
}

static void test_fingerprint_does_not_depend_on_what_is_recorded(void **state)
{
    struct world_spec spec = fake_spec(9);
    struct run run;
    struct arena arena;
    struct error err;

    (void)state;
    spec.record_requests = RECORD_REQUESTS_ALL;
    run_record(&run, &spec);
    spec.record_requests = RECORD_REQUESTS_NONE;
    spec.record_propagation = RECORD_PROPAGATION_NONE;
    arena_init(&arena);

    struct world *world = world_new(&arena, &spec, 0);
    struct recorder *recorder = recorder_new(&arena, world, NULL);

    assert_true(world_run(world, spec.until_ns, NULL));
    assert_int_equal(recorder_finish(recorder, &err), STATUS_OK);
    assert_int_equal(recorder_fingerprint(recorder), run.totals.fingerprint);
    arena_deinit(&arena);
    run_clean(&run);
}

/* Told by name: a history of the same names under other indices hashes alike, another end does not. */
static void test_fingerprint_tells_requests_apart(void **state)
{
    struct world_spec spec = fake_spec(10);
    uint64_t fingerprints[3];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        struct arena arena;
        struct error err;

        arena_init(&arena);

        struct world *world = world_new(&arena, &spec, 0);
        struct recorder *recorder = recorder_new(&arena, world, NULL);

        if (i == 2)
            world->requests[17].t_end_ns++;
        assert_true(world_run(world, spec.until_ns, NULL));
        assert_int_equal(recorder_finish(recorder, &err), STATUS_OK);
        fingerprints[i] = recorder_fingerprint(recorder);
        arena_deinit(&arena);
    }
    assert_true(fingerprints[0] == fingerprints[1]);
    assert_true(fingerprints[0] != fingerprints[2]);
}

static void test_a_folder_that_is_not_there_is_an_error(void **state)
{
    struct world_spec spec = fake_spec(11);
    struct arena arena;
    struct error err = {.status = STATUS_OK};

    (void)state;
    arena_init(&arena);

    struct world *world = world_new(&arena, &spec, 0);
    struct recorder *recorder = recorder_new(&arena, world, "/tmp/epsim-no-such-folder/below");

    assert_true(world_run(world, spec.until_ns, NULL));
    assert_int_equal(recorder_finish(recorder, &err), STATUS_IO);
    assert_non_null(strstr(err.text, "/tmp/epsim-no-such-folder/below/requests.csv"));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribution_is_what_the_rows_give),
        cmocka_unit_test(test_rows_come_in_the_order_of_settled_outcomes),
        cmocka_unit_test(test_requests_of_the_warm_up_are_not_counted),
        cmocka_unit_test(test_tables_add_up),
        cmocka_unit_test(test_stages_sum_to_the_total),
        cmocka_unit_test(test_latencies_of_a_change_are_those_of_its_nodes),
        cmocka_unit_test(test_propagation_is_sorted_by_change_and_node_name),
        cmocka_unit_test(test_time_series_is_sorted_and_begins_with_the_pods),
        cmocka_unit_test(test_fingerprint_does_not_depend_on_what_is_recorded),
        cmocka_unit_test(test_fingerprint_tells_requests_apart),
        cmocka_unit_test(test_a_folder_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
