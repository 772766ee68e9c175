/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/api_log.h"
#include "cluster/api_server.h"
#include "cluster/commands.h"
#include "support/fixture.h"

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* Stores another version of the pod now: its phase is as good as any other change. */
static void touch(struct fixture *f, uint32_t pod)
{
    struct pod_view view = f->cluster->pods[pod]->stored;

    api_server_put_pod(f->cluster, pod, &view, WRITE_UPDATE);
}

static void test_a_version_reaches_the_informer_after_the_hop(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_WATCH_CONTROLLER, 7 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, NS_PER_S);
    touch(f, 0);
    fixture_run(f, NS_PER_S + 7 * NS_PER_MS - 1);
    assert_int_equal(f->cluster->pods[0]->seen.version, f->cluster->pods[0]->stored.version - 1);
    fixture_run(f, NS_PER_S + 7 * NS_PER_MS);
    assert_int_equal(f->cluster->pods[0]->seen.version, f->cluster->pods[0]->stored.version);
}

static void test_versions_of_a_resource_arrive_in_order_whatever_their_draws(void **state)
{
    struct fixture *f = *state;
    uint64_t last = 0;

    f->spec.cluster.latency[HOP_WATCH_CONTROLLER] = distribution_exponential(100 * NS_PER_MS);
    fixture_start(f);
    for (uint32_t i = 0; i < 200; i++)
        touch(f, i % 3);
    for (sim_ns ms = 0; ms < 2000; ms++) {
        uint64_t next;
        fixture_run(f, ms * NS_PER_MS);
        next = f->cluster->readers[READER_PODS].next;
        assert_true(next >= last);
        for (uint32_t pod = 0; pod < 3; pod++)
            assert_true(f->cluster->pods[pod]->seen.resource_version <=
                        f->cluster->resource_version);
        last = next;
    }
    assert_int_equal(last, f->cluster->logs[RESOURCE_PODS].next);
}

static void test_resources_are_not_ordered_among_each_other(void **state)
{
    struct fixture *f = *state;
    bool has_overtaken = false;

    f->spec.cluster.latency[HOP_WATCH_CONTROLLER] = distribution_exponential(100 * NS_PER_MS);
    fixture_start(f);
    for (uint32_t i = 0; i < 20 && !has_overtaken; i++) {
        sim_ns now_ns = (sim_ns)(i + 1) * 10 * NS_PER_S;
        fixture_run(f, now_ns);
        touch(f, 0);
        commands_scale_deployment(f->cluster, 0, 3 + (i + 1) % 2);
        for (sim_ns ms = 0; ms < 1000 && !has_overtaken; ms++) {
            fixture_run(f, now_ns + ms * NS_PER_MS);
            has_overtaken = f->cluster->deployments[0].seen.version ==
                                f->cluster->deployments[0].stored.version &&
                            f->cluster->pods[0]->seen.version < f->cluster->pods[0]->stored.version;
        }
    }
    assert_true(has_overtaken);
}

static void test_a_log_keeps_only_what_some_cursor_still_needs(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    for (uint32_t i = 0; i < 10000; i++) {
        touch(f, i % 3);
        fixture_run(f, (sim_ns)i * NS_PER_MS);
    }
    assert_true(f->cluster->logs[RESOURCE_PODS].next > 10000);
    assert_true(f->cluster->logs[RESOURCE_PODS].capacity <= 128);
}

static void test_a_log_grows_while_a_cursor_is_behind_and_loses_nothing(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_WATCH_CONTROLLER, NS_PER_S);
    fixture_start(f);
    for (uint32_t i = 0; i < 1000; i++)
        touch(f, i % 3);
    assert_true(f->cluster->logs[RESOURCE_PODS].capacity >= 1000);
    fixture_run(f, NS_PER_S);
    for (uint32_t pod = 0; pod < 3; pod++)
        assert_int_equal(f->cluster->pods[pod]->seen.version,
                         f->cluster->pods[pod]->stored.version);
}

static void test_the_slice_log_waits_for_the_slowest_node(void **state)
{
    struct fixture *f = *state;
    struct resource_log *log;
    uint64_t start;

    fixture_start(f);
    fixture_run(f, 0);
    log = &f->cluster->logs[RESOURCE_SLICES];
    start = log->next;
    cluster_partition_node(f->cluster, 1, 0, 200 * NS_PER_S);
    for (uint32_t i = 1; i <= 100; i++) {
        fixture_run(f, (sim_ns)i * NS_PER_S);
        fixture_close(f, 0);
        fixture_run(f, (sim_ns)i * NS_PER_S + 1);
        commands_scale_deployment(f->cluster, 0, 3 + i % 2); /* a pod comes or goes */
    }
    assert_true(log->next - start > 100);
    assert_true(log->first <= start);
    fixture_run(f, 400 * NS_PER_S);
    for (uint32_t node = 0; node < 3; node++)
        assert_int_equal(f->cluster->nodes[node].proxy.applied[PROXY_SLICES], log->next);
}

static void test_every_stored_version_is_told_with_a_rising_resource_version(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, NS_PER_S);
    commands_restart(f->cluster, 0);
    fixture_run(f, NS_PER_MIN);
    assert_true(f->versions.count > 20);
    for (uint32_t i = 1; i < f->versions.count; i++) {
        assert_true(f->versions.items[i].resource_version >
                    f->versions.items[i - 1].resource_version);
        assert_true(f->versions.items[i].at_ns >= f->versions.items[i - 1].at_ns);
    }
}

static void test_the_converged_start_is_no_observation(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    assert_int_equal(f->versions.count, 0);
    assert_int_equal(f->states.count, 0);
    assert_int_equal(f->changes.count, 0);
    assert_int_equal(f->dropped.count, 0);
}

static void test_a_slice_version_tells_its_bytes_and_its_watchers(void **state)
{
    struct fixture *f = *state;
    const struct stored_version *slice = NULL;

    f->workloads[0].replicas = 100;
    fixture_start(f);
    fixture_run(f, NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_S + NS_PER_MS);
    for (uint32_t i = 0; i < f->versions.count && slice == NULL; i++) {
        if (f->versions.items[i].kind == OBJECT_SLICE)
            slice = &f->versions.items[i];
    }
    assert_non_null(slice);
    assert_int_equal(slice->verb, WRITE_UPDATE);
    assert_int_equal(slice->watcher_count, 3);
    assert_in_range(slice->bytes, 11000,
                    14000); /* names are short here: test_wire_size has the measured ones */
}

static void test_watchers_are_served_one_after_another(void **state)
{
    (void)state;
    assert_int_equal(api_log_watcher_ns(0), 40000);
    assert_int_equal(api_log_watcher_ns(10 * 1024), 50000); /* 1 us a KB */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_version_reaches_the_informer_after_the_hop),
        TEST(test_versions_of_a_resource_arrive_in_order_whatever_their_draws),
        TEST(test_resources_are_not_ordered_among_each_other),
        TEST(test_a_log_keeps_only_what_some_cursor_still_needs),
        TEST(test_a_log_grows_while_a_cursor_is_behind_and_loses_nothing),
        TEST(test_the_slice_log_waits_for_the_slowest_node),
        TEST(test_every_stored_version_is_told_with_a_rising_resource_version),
        TEST(test_the_converged_start_is_no_observation),
        TEST(test_a_slice_version_tells_its_bytes_and_its_watchers),
        cmocka_unit_test(test_watchers_are_served_one_after_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
