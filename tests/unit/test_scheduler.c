/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static uint32_t count_on(const struct fixture *f, uint32_t node)
{
    uint32_t count = 0;

    for (uint32_t pod = 0; pod < f->cluster->pod_count; pod++)
        count += f->cluster->pods[pod]->stored.exists && cluster_pod_node(f->cluster, pod) == node;
    return count;
}

static void test_pods_of_a_set_are_spread_over_the_nodes(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 9;
    fixture_start(f);
    for (uint32_t node = 0; node < 3; node++)
        assert_int_equal(count_on(f, node), 3);
    fixture_run(f, NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 15);
    fixture_run(f, NS_PER_MIN);
    for (uint32_t node = 0; node < 3; node++)
        assert_int_equal(count_on(f, node), 5);
}

static void test_siblings_weigh_more_than_the_load_of_others(void **state)
{
    struct fixture *f = *state;

    fixture_nodes(f, 2);
    f->workloads[0].replicas = 1; /* on node-1 */
    fixture_add_other(f, 3);      /* on node-2, node-1, node-2 */
    fixture_start(f);
    assert_int_equal(count_on(f, 1), 2);
    fixture_run(f, NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 2);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(cluster_pod_node(f->cluster, 4), 1);
}

static void test_a_cordoned_node_gets_nothing(void **state)
{
    struct fixture *f = *state;

    f->nodes[1].is_unschedulable = true;
    f->workloads[0].replicas = 6;
    fixture_start(f);
    assert_int_equal(count_on(f, 1), 0);
    assert_int_equal(count_on(f, 0), 3);
}

static void test_binding_takes_its_hop_and_a_write(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_SCHEDULER_BIND, 5 * NS_PER_MS);
    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    commands_spawn(f->cluster, 0, 1);
    fixture_run(f, 10 * NS_PER_S + 9 * NS_PER_MS - 1);
    assert_int_equal(cluster_pod_node(f->cluster, 3), ID_NONE);
    fixture_run(f, 10 * NS_PER_S + 9 * NS_PER_MS);
    assert_int_not_equal(cluster_pod_node(f->cluster, 3), ID_NONE);
}

/* Three nodes with room for two pods each. */
static void start_full(struct fixture *f)
{
    for (uint32_t i = 0; i < 3; i++)
        f->nodes[i].pod_capacity = 2;
    f->workloads[0].replicas = 6;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
}

static void test_a_pod_waits_until_there_is_room(void **state)
{
    struct fixture *f = *state;

    start_full(f);
    commands_spawn(f->cluster, 0, 1);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(cluster_pod_node(f->cluster, 6), ID_NONE);
    commands_scale_deployment(f->cluster, 0, 5);
    fixture_run(f, 30 * NS_PER_S);
    assert_int_not_equal(cluster_pod_node(f->cluster, 6), ID_NONE);
}

static void test_pods_that_wait_are_placed_in_their_order(void **state)
{
    struct fixture *f = *state;

    start_full(f);
    commands_spawn(f->cluster, 0, 3); /* 6, 7, 8 */
    for (uint32_t i = 0; i < 3; i++) {
        fixture_run(f, (sim_ns)(20 + 10 * i) * NS_PER_S);
        commands_scale_deployment(f->cluster, 0, 5 - i);
        fixture_run(f, (sim_ns)(29 + 10 * i) * NS_PER_S);
        for (uint32_t pod = 6; pod < 9; pod++)
            assert_int_equal(cluster_pod_node(f->cluster, pod) != ID_NONE, pod <= 6 + i);
    }
}

static void test_a_waiting_pod_that_was_deleted_takes_nobodys_room(void **state)
{
    struct fixture *f = *state;

    start_full(f);
    commands_spawn(f->cluster, 0, 2); /* 6 and 7 */
    fixture_run(f, 20 * NS_PER_S);
    cluster_delete_pod(f->cluster, 6, -1, false, CAUSE_KILL);
    fixture_run(f, 21 * NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 5);
    fixture_run(f, 30 * NS_PER_S);
    assert_int_not_equal(cluster_pod_node(f->cluster, 7), ID_NONE);
}

static void test_a_waiting_pod_is_in_the_queue_once_whatever_happens_to_it(void **state)
{
    struct fixture *f = *state;
    struct label label = {"colour", "blue"};
    struct label_set labels = {&label, 1};

    start_full(f);
    commands_spawn(f->cluster, 0, 2); /* 6 and 7 */
    fixture_run(f, 20 * NS_PER_S);
    commands_label_pod(f->cluster, 6, &labels, NULL, 0);
    fixture_run(f, 21 * NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, 30 * NS_PER_S);
    assert_int_not_equal(cluster_pod_node(f->cluster, 6), ID_NONE);
    assert_int_not_equal(cluster_pod_node(f->cluster, 7), ID_NONE);
}

static void test_a_terminating_pod_keeps_its_place_until_it_is_gone(void **state)
{
    struct fixture *f = *state;

    f->on_sigterm = FIXTURE_DRAIN;
    f->drain_ns = 8 * NS_PER_S;
    start_full(f);
    commands_spawn(f->cluster, 0, 1);
    commands_scale_deployment(f->cluster, 0, 5);
    fixture_run(f, 18 * NS_PER_S - 1);
    assert_int_equal(cluster_pod_node(f->cluster, 6), ID_NONE);
    fixture_run(f, 18 * NS_PER_S);
    assert_int_not_equal(cluster_pod_node(f->cluster, 6), ID_NONE);
}

static void test_a_pod_that_names_its_node_takes_room_there(void **state)
{
    struct fixture *f = *state;
    struct pod_spec spec;

    fixture_nodes(f, 1);
    f->nodes[0].pod_capacity = 4;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    spec = f->workloads[0].pod_template;
    spec.meta.name = "solo";
    spec.node_name = "node-1";
    commands_apply_pod(f->cluster, &spec, CAUSE_APPLY);
    fixture_run(f, 20 * NS_PER_S);
    commands_spawn(f->cluster, 0, 1);
    fixture_run(f, 30 * NS_PER_S);
    assert_int_equal(cluster_pod_node(f->cluster, 4), ID_NONE);
    cluster_delete_pod(f->cluster, 3, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(cluster_pod_node(f->cluster, 4), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pods_of_a_set_are_spread_over_the_nodes),
        TEST(test_siblings_weigh_more_than_the_load_of_others),
        TEST(test_a_cordoned_node_gets_nothing),
        TEST(test_binding_takes_its_hop_and_a_write),
        TEST(test_a_pod_waits_until_there_is_room),
        TEST(test_pods_that_wait_are_placed_in_their_order),
        TEST(test_a_waiting_pod_that_was_deleted_takes_nobodys_room),
        TEST(test_a_waiting_pod_is_in_the_queue_once_whatever_happens_to_it),
        TEST(test_a_terminating_pod_keeps_its_place_until_it_is_gone),
        TEST(test_a_pod_that_names_its_node_takes_room_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
