/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_world.h"
#include "record/change_log.h"

#define NODES 5u
#define CHANGES (CHANGE_LOG_PAIRS_MAX / NODES + 10000u)

/* Change `number`, caused a second after the one before, stored at once. */
static struct news news_of(uint32_t number)
{
    const sim_ns at_ns = (sim_ns)number * NS_PER_S;

    return (struct news){.change = number,
                         .pod = number % FAKE_PODS,
                         .state = NEWS_STORED,
                         .is_effective = true,
                         .node_count = NODES,
                         .t_cause_ns = at_ns,
                         .t_detect_ns = at_ns,
                         .t_status_ns = at_ns,
                         .t_enqueue_ns = at_ns,
                         .t_sync_ns = at_ns,
                         .t_write_ns = at_ns,
                         .t_stored_ns = at_ns};
}

static void apply_everywhere(struct change_log *log, const struct news *news)
{
    for (uint32_t node = 0; node < NODES; node++)
        change_log_apply(log, news,
                         &(struct applied_change){.node = node,
                                                  .t_delivered_ns = news->t_stored_ns + 1,
                                                  .t_sync_start_ns = news->t_stored_ns + 2,
                                                  .t_sync_end_ns = news->t_stored_ns + 3 + node});
}

/* A log of `count` changes on all nodes; no request takes longer than 10 s. */
static struct change_log log_of(struct arena *arena, uint32_t count,
                                enum record_propagation propagation)
{
    struct world_spec spec = fake_spec(1);
    struct news *news = ARENA_NEW_ARRAY(arena, count, struct news);
    struct change_log log;

    spec.cluster.node_count = NODES;
    change_log_init(&log,
                    &(struct change_log_setup){.arena = arena,
                                               .cluster = world_cluster(world_new(arena, &spec, 0)),
                                               .longest_request_ns = 10 * NS_PER_S,
                                               .keeps_rows = true,
                                               .propagation = propagation});
    for (uint32_t i = 0; i < count; i++) {
        news[i] = news_of(i + 1);
        change_log_store(&log, &news[i]);
        apply_everywhere(&log, &news[i]);
    }
    change_log_finish(&log);
    return log;
}

static void test_past_a_million_pairs_half_are_kept(void **state)
{
    struct arena arena;
    struct change_log log;

    (void)state;
    arena_init(&arena);
    log = log_of(&arena, CHANGES, RECORD_PROPAGATION_AUTO);
    assert_int_equal(log.pair_total, CHANGES * NODES);
    assert_in_range(log.pair_count, log.pair_total * 49 / 100, log.pair_total * 51 / 100);
    assert_int_equal(log.stats.latency.count, log.pair_total); /* statistics are of all */
    arena_deinit(&arena);
}

static void test_all_keeps_all(void **state)
{
    struct arena arena;
    struct change_log log;

    (void)state;
    arena_init(&arena);
    log = log_of(&arena, CHANGES, RECORD_PROPAGATION_ALL);
    assert_int_equal(log.pair_count, CHANGES * NODES);
    arena_deinit(&arena);
}

static void test_none_keeps_none(void **state)
{
    struct arena arena;
    struct change_log log;

    (void)state;
    arena_init(&arena);
    log = log_of(&arena, 100, RECORD_PROPAGATION_NONE);
    assert_int_equal(log.pair_count, 0);
    assert_int_equal(log.stats.latency.count, 100 * NODES);
    arena_deinit(&arena);
}

/* The last 11 changes are still known to the nanosecond; of the older ones only that every node has them. */
static void test_instants_are_kept_as_long_as_a_request_may_ask(void **state)
{
    struct change_times times;
    struct arena arena;
    struct change_log log;

    (void)state;
    arena_init(&arena);
    log = log_of(&arena, 100, RECORD_PROPAGATION_NONE);
    for (uint32_t number = 1; number <= 100; number++) {
        assert_true(change_log_find(&log, log.accounts[number - 1].news, 4, &times));
        assert_int_equal(times.t_sync_end_ns, number < 90 ? 0 : (sim_ns)number * NS_PER_S + 7);
    }
    assert_int_equal(log.free_count, 0); /* taken back and handed out again */
    arena_deinit(&arena);
}

static void test_a_change_on_some_nodes_counts_there(void **state)
{
    struct world_spec spec = fake_spec(1);
    const struct news news = news_of(1);
    struct change_times times;
    struct arena arena;
    struct change_log log;

    (void)state;
    spec.cluster.node_count = NODES;
    arena_init(&arena);
    change_log_init(
        &log, &(struct change_log_setup){.arena = &arena,
                                         .cluster = world_cluster(world_new(&arena, &spec, 0))});
    change_log_store(&log, &news);
    change_log_apply(&log, &news,
                     &(struct applied_change){.node = 3,
                                              .t_delivered_ns = news.t_stored_ns + 10,
                                              .t_sync_start_ns = news.t_stored_ns + 30,
                                              .t_sync_end_ns = news.t_stored_ns + 60});
    change_log_finish(&log);
    assert_true(change_log_find(&log, &news, 3, &times));
    assert_false(change_log_find(&log, &news, 2, &times));
    assert_int_equal(log.stats.effective_count, 1);
    assert_int_equal(log.stats.latency.count, 1);
    assert_int_equal(log.stats.stages[STAGE_DETECT].count, 1);
    assert_int_equal(log.stats.stages[STAGE_PROXY_SYNC].max_ns, 30);
    assert_false(log.accounts[0].is_everywhere);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_past_a_million_pairs_half_are_kept),
        cmocka_unit_test(test_all_keeps_all),
        cmocka_unit_test(test_none_keeps_none),
        cmocka_unit_test(test_instants_are_kept_as_long_as_a_request_may_ask),
        cmocka_unit_test(test_a_change_on_some_nodes_counts_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
