/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/api_log.h"
#include "cluster/api_server.h"
#include "cluster/commands.h"
#include "cluster/service_table.h"
#include "support/fixture.h"

#define START_NS (10 * NS_PER_S)
#define SYNC_NS (200 * NS_PER_MS)

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    fixture_nodes(&f, 1);
    fixture_hop(&f, HOP_PROXY_SYNC, SYNC_NS);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* Stores a slice version in which the first endpoint's readiness is turned over. */
static void store_change(struct fixture *f)
{
    const struct slice_content *before = f->cluster->slices[0]->stored;
    struct slice_content *after = service_table_new_content(f->cluster, 0, before->count);
    uint32_t index;
    struct write *w = api_server_new_write(f->cluster, OP_UPDATE_SLICE, 0, &index);

    after->ports = before->ports;
    after->labels = before->labels;
    after->manager = before->manager;
    f->cluster->slices[0]->tracked_generation =
        UINT32_MAX; /* its controller takes it for its own */
    memcpy(after->endpoints, before->endpoints, before->count * sizeof(after->endpoints[0]));
    after->endpoints[0].is_ready = !after->endpoints[0].is_ready;
    after->endpoints[0].is_serving = after->endpoints[0].is_ready;
    w->view.slice = after;
    api_server_store(f->cluster, index);
}

/* Changes every 10 ms for 10 s from START_NS on. */
static void store_many(struct fixture *f)
{
    for (sim_ns ms = 0; ms <= 10000; ms += 10) {
        fixture_run(f, START_NS + ms * NS_PER_MS);
        store_change(f);
    }
    fixture_run(f, START_NS + NS_PER_MIN);
}

static void test_the_new_runner_syncs_once_in_min_interval_and_sync(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    store_many(f);
    assert_int_equal(f->syncs.count, 10);
    for (uint32_t i = 0; i < 9; i++)
        assert_int_equal(f->syncs.items[i].at_ns - SYNC_NS,
                         START_NS + (sim_ns)i * 1200 * NS_PER_MS);
}

static void test_the_old_runner_has_a_burst(void **state)
{
    /* a token a second, taken by the first change after its return; measured on a real 1.20 proxy (validation/proxy.sh) */
    const sim_ns expected_ms[] = {0, 200, 1000, 2000, 3000, 4000, 5000};
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 33;
    fixture_start(f);
    store_many(f);
    for (uint32_t i = 0; i < EP_COUNT_OF(expected_ms); i++)
        assert_int_equal(f->syncs.items[i].at_ns - SYNC_NS, START_NS + expected_ms[i] * NS_PER_MS);
}

static void test_the_last_change_is_applied_though_nothing_follows(void **state)
{
    struct fixture *f = *state;

    for (uint32_t minor = 33; minor <= 34; minor++) {
        fixture_deinit(f);
        (void)set_up(state);
        f->spec.cluster.version_minor = minor;
        fixture_start(f);
        store_many(f);
        assert_int_equal(f->cluster->nodes[0].proxy.applied[PROXY_SLICES],
                         f->cluster->logs[RESOURCE_SLICES].next);
    }
}

static void test_a_sync_takes_what_was_delivered_by_its_start(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_WATCH_NODE, 50 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, START_NS);
    store_change(f);
    fixture_run(f, START_NS + 100 * NS_PER_MS); /* the sync has run for 50 ms */
    store_change(f);
    fixture_run(f, START_NS + 250 * NS_PER_MS);
    assert_int_equal(f->applied.count, 1);
    assert_int_equal(f->applied.items[0].applied.t_delivered_ns, START_NS + 50 * NS_PER_MS);
    assert_int_equal(f->applied.items[0].applied.t_sync_end_ns, START_NS + 250 * NS_PER_MS);
    fixture_run(f, START_NS + 10 * NS_PER_S);
    assert_int_equal(f->applied.count, 2);
    assert_int_equal(f->applied.items[1].applied.t_delivered_ns, START_NS + 150 * NS_PER_MS);
    assert_int_equal(f->applied.items[1].applied.t_sync_start_ns, START_NS + 1250 * NS_PER_MS);
}

static void test_tables_change_when_the_sync_ends_and_not_before(void **state)
{
    struct fixture *f = *state;
    const struct endpoint_table *table;

    fixture_hop(f, HOP_WATCH_NODE, 50 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, START_NS);
    store_change(f);
    fixture_run(f, START_NS + 250 * NS_PER_MS - 1);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 3);
    fixture_run(f, START_NS + 250 * NS_PER_MS);
    table = cluster_applied_table(f->cluster, 0, 0, 80);
    assert_int_equal(table->count, 2);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_not_equal(table->endpoints[i].pod,
                             f->cluster->slices[0]->stored->endpoints[0].pod);
}

static void test_a_cut_off_node_errs_alone_and_catches_up(void **state)
{
    struct fixture *f = *state;

    fixture_nodes(f, 3);
    fixture_start(f);
    fixture_run(f, START_NS);
    cluster_partition_node(f->cluster, 1, START_NS, START_NS + 30 * NS_PER_S);
    store_change(f);
    fixture_run(f, START_NS + 29 * NS_PER_S);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 2);
    assert_int_equal(cluster_applied_table(f->cluster, 1, 0, 80)->count, 3);
    assert_int_equal(cluster_applied_table(f->cluster, 2, 0, 80)->count, 2);
    assert_int_equal(f->applied.count, 2);
    fixture_run(f, START_NS + 31 * NS_PER_S);
    assert_int_equal(cluster_applied_table(f->cluster, 1, 0, 80)->count, 2);
    assert_int_equal(f->applied.count, 3);
    assert_int_equal(f->applied.items[2].applied.node, 1);
    assert_int_equal(f->applied.items[2].applied.t_delivered_ns, START_NS + 30 * NS_PER_S);
}

static void test_a_cut_that_is_set_before_the_clock_starts_holds(void **state)
{
    struct fixture *f = *state;
    struct cluster_setup setup = {
        .arena = &f->arena, .kernel = &f->kernel, .spec = &f->spec.cluster};

    f->cluster = cluster_new(&setup);
    cluster_partition_node(f->cluster, 0, 0, NS_PER_MIN);
    fixture_begin(f);
    fixture_run(f, START_NS);
    store_change(f);
    fixture_run(f, 50 * NS_PER_S);
    assert_int_equal(f->applied.count, 0);
    fixture_run(f, 70 * NS_PER_S);
    assert_int_equal(f->applied.count, 1);
}

static void test_without_partial_syncs_a_quiet_proxy_syncs_every_period(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 26;
    fixture_start(f);
    fixture_run(f, 5 * NS_PER_MIN);
    assert_in_range(f->syncs.items[0].at_ns - SYNC_NS, 0, 30 * NS_PER_S - 1);
    assert_int_equal(f->syncs.count, 10);
    for (uint32_t i = 1; i < f->syncs.count; i++) /* from the end of the last one */
        assert_int_equal(f->syncs.items[i].at_ns - f->syncs.items[i - 1].at_ns,
                         30 * NS_PER_S + SYNC_NS);
}

static void test_with_partial_syncs_it_syncs_once_an_hour(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, 10 * NS_PER_HOUR);
    assert_in_range(f->syncs.count, 9, 10);
}

static void test_watchers_are_served_one_after_another_in_any_order(void **state)
{
    enum {
        NODES = 200
    };
    struct fixture *f = *state;
    bool is_taken[NODES] = {false};
    sim_ns watcher_ns;

    fixture_nodes(f, NODES);
    fixture_hop(f, HOP_WATCH_NODE, 3 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, START_NS);
    store_change(f);
    watcher_ns = api_log_watcher_ns(f->cluster->slices[0]->stored->bytes);
    fixture_run(f, START_NS + 5 * NS_PER_S);
    assert_int_equal(f->applied.count, NODES);
    for (uint32_t i = 0; i < NODES; i++) {
        sim_ns rank_ns = f->applied.items[i].applied.t_delivered_ns - START_NS - 3 * NS_PER_MS;
        assert_int_equal(rank_ns % watcher_ns, 0);
        assert_in_range(rank_ns / watcher_ns, 0, NODES - 1);
        is_taken[rank_ns / watcher_ns] = true;
    }
    assert_true(is_taken[0] || is_taken[1] || is_taken[2] ||
                is_taken[3]); /* spread over the whole range */
    assert_true(is_taken[NODES - 1] || is_taken[NODES - 2] || is_taken[NODES - 3] ||
                is_taken[NODES - 4]);
}

static void test_deliveries_to_a_node_keep_the_order_of_the_log(void **state)
{
    struct fixture *f = *state;
    sim_ns last_ns = 0;

    f->spec.cluster.latency[HOP_WATCH_NODE] = distribution_exponential(100 * NS_PER_MS);
    fixture_start(f);
    store_many(f);
    assert_int_equal(f->applied.count, 1001);
    for (uint32_t i = 0; i < f->applied.count; i++) {
        assert_true(f->applied.items[i].applied.t_delivered_ns >= last_ns);
        last_ns = f->applied.items[i].applied.t_delivered_ns;
    }
}

static void test_another_node_changes_nobodys_draws(void **state)
{
    struct fixture *f = *state;
    sim_ns alone_ns[3];

    for (uint32_t nodes = 3; nodes <= 4; nodes++) {
        fixture_deinit(f);
        (void)set_up(state);
        fixture_nodes(f, nodes);
        spec_default_latency(&f->arena, f->spec.cluster.latency);
        fixture_hop(f, HOP_WATCH_NODE, 0); /* the rank among the watchers depends on their number */
        fixture_start(f);
        fixture_run(f, START_NS);
        store_change(f);
        fixture_run(f, START_NS + NS_PER_S);
        for (uint32_t i = 0; i < f->applied.count; i++) {
            const struct applied_change *applied = &f->applied.items[i].applied;
            if (nodes == 3)
                alone_ns[applied->node] = applied->t_sync_end_ns;
            else if (applied->node < 3)
                assert_int_equal(applied->t_sync_end_ns, alone_ns[applied->node]);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_new_runner_syncs_once_in_min_interval_and_sync),
        TEST(test_the_old_runner_has_a_burst),
        TEST(test_the_last_change_is_applied_though_nothing_follows),
        TEST(test_a_sync_takes_what_was_delivered_by_its_start),
        TEST(test_tables_change_when_the_sync_ends_and_not_before),
        TEST(test_a_cut_off_node_errs_alone_and_catches_up),
        TEST(test_a_cut_that_is_set_before_the_clock_starts_holds),
        TEST(test_without_partial_syncs_a_quiet_proxy_syncs_every_period),
        TEST(test_with_partial_syncs_it_syncs_once_an_hour),
        TEST(test_watchers_are_served_one_after_another_in_any_order),
        TEST(test_deliveries_to_a_node_keep_the_order_of_the_log),
        TEST(test_another_node_changes_nobodys_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
