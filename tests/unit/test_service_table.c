/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

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

static bool has_pod(const struct endpoint_table *table, uint32_t pod)
{
    for (uint32_t i = 0; i < table->count; i++) {
        if (table->endpoints[i].pod == pod)
            return true;
    }
    return false;
}

static void test_endpoints_are_sorted_by_address_and_port_as_text(void **state)
{
    struct fixture *f = *state;
    const struct endpoint_table *table;

    fixture_nodes(f, 1);
    f->workloads[0].replicas = 100; /* 10.244.0.2 ... 10.244.0.101 */
    fixture_start(f);
    table = cluster_applied_table(f->cluster, 0, 0, 80);
    assert_int_equal(table->count, 100);
    for (uint32_t i = 1; i < 100; i++) {
        char before[32];
        char after[32];
        snprintf(before, sizeof(before), "%s:8080",
                 cluster_pod_ip(f->cluster, table->endpoints[i - 1].pod));
        snprintf(after, sizeof(after), "%s:8080",
                 cluster_pod_ip(f->cluster, table->endpoints[i].pod));
        assert_true(strcmp(before, after) < 0);
        assert_int_equal(table->endpoints[i].port, 8080);
    }
    assert_string_equal(cluster_pod_ip(f->cluster, table->endpoints[0].pod),
                        "10.244.0.100"); /* "100:" before "10:" */
}

static void test_nodes_that_have_applied_the_same_share_one_table(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    assert_ptr_equal(cluster_applied_table(f->cluster, 0, 0, 80),
                     cluster_applied_table(f->cluster, 2, 0, 80));
}

static void test_unready_endpoints_are_not_used(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    fixture_close(f, 1);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 2);
    assert_false(has_pod(cluster_applied_table(f->cluster, 0, 0, 80), 1));
    fixture_listen(f, 1);
    fixture_run(f, 30 * NS_PER_S);
    assert_true(has_pod(cluster_applied_table(f->cluster, 0, 0, 80), 1));
}

/* All pods are terminating and still serve. */
static void terminate_all(struct fixture *f)
{
    f->containers[0].pre_stop_ns = 20 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 0);
    fixture_run(f, 15 * NS_PER_S);
}

static void test_without_ready_endpoints_serving_terminating_ones_are_used(void **state)
{
    struct fixture *f = *state;

    terminate_all(f);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 3);
    fixture_close(f, 2); /* and no others */
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 2);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 0);
}

static void test_one_ready_endpoint_ends_the_fallback(void **state)
{
    struct fixture *f = *state;

    terminate_all(f);
    commands_spawn(f->cluster, 0, 1);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 1);
    assert_true(has_pod(cluster_applied_table(f->cluster, 0, 0, 80), 3));
}

static void test_before_1_26_there_is_no_fallback(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 25;
    terminate_all(f);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 0);
    assert_non_null(fixture_listed(f, 0, 0)); /* though the slices tell of them */
}

static void test_a_node_that_is_behind_keeps_the_table_of_its_position(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_partition_node(f->cluster, 2, 0, 20 * NS_PER_MIN);
    for (uint32_t i = 0; i < 50; i++) {
        commands_scale_deployment(f->cluster, 0, 4 + i % 2);
        fixture_run(f, (sim_ns)(20 + 10 * i) * NS_PER_S);
    }
    for (uint32_t pod = 0; pod < 3; pod++)
        assert_true(has_pod(cluster_applied_table(f->cluster, 2, 0, 80), pod));
    assert_int_equal(cluster_applied_table(f->cluster, 2, 0, 80)->count, 3);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 5);
    fixture_run(f, 21 * NS_PER_MIN);
    assert_ptr_equal(cluster_applied_table(f->cluster, 2, 0, 80),
                     cluster_applied_table(f->cluster, 0, 0, 80));
}

static void test_states_that_no_node_can_use_are_forgotten(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    for (uint32_t i = 0; i < 100; i++) {
        fixture_run(f, (sim_ns)(10 + 10 * i) * NS_PER_S);
        fixture_close(f, 0);
        fixture_run(f, (sim_ns)(15 + 10 * i) * NS_PER_S);
        fixture_listen(f, 0);
    }
    assert_in_range(f->cluster->services[0].state_count, 1, 20);
}

static void test_each_service_port_has_its_own_endpoints(void **state)
{
    struct fixture *f = *state;
    const struct service_port ports[3] = {
        {"web", 80, {NULL, 8080}, 0, PROTOCOL_TCP, NULL},
        {"admin", 81, {"admin", 0}, 0, PROTOCOL_TCP, NULL},
        {"none", 82, {"none", 0}, 0, PROTOCOL_TCP, NULL},
    };
    struct container_port declared[2] = {{NULL, 8080, PROTOCOL_TCP}, {"admin", 9000, PROTOCOL_TCP}};

    f->containers[0].ports = declared;
    f->containers[0].port_count = 2;
    f->services[0].ports = ports;
    f->services[0].port_count = 3;
    fixture_start(f);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->endpoints[0].port, 8080);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 81)->endpoints[0].port, 9000);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 82)->count, 0);
}

static void test_a_service_without_endpoints_has_an_empty_table(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 0;
    fixture_start(f);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 0);
}

static void test_every_table_is_what_the_stored_slices_say_once_all_is_quiet(void **state)
{
    struct fixture *f = *state;

    spec_default_latency(&f->arena, f->spec.cluster.latency);
    f->workloads[0].replicas = 8;
    f->spec.cluster.controller_manager.max_endpoints_per_slice = 3;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    commands_restart(f->cluster, 0);
    fixture_run(f, 20 * NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 11);
    fixture_run(f, 5 * NS_PER_MIN);
    for (uint32_t node = 0; node < 3; node++) {
        const struct endpoint_table *table = cluster_applied_table(f->cluster, node, 0, 80);
        assert_int_equal(table->count, 11);
        for (uint32_t pod = 0; pod < cluster_pod_count(f->cluster); pod++)
            assert_int_equal(has_pod(table, pod), f->cluster->pods[pod]->stored.exists);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_endpoints_are_sorted_by_address_and_port_as_text),
        TEST(test_nodes_that_have_applied_the_same_share_one_table),
        TEST(test_unready_endpoints_are_not_used),
        TEST(test_without_ready_endpoints_serving_terminating_ones_are_used),
        TEST(test_one_ready_endpoint_ends_the_fallback),
        TEST(test_before_1_26_there_is_no_fallback),
        TEST(test_a_node_that_is_behind_keeps_the_table_of_its_position),
        TEST(test_states_that_no_node_can_use_are_forgotten),
        TEST(test_each_service_port_has_its_own_endpoints),
        TEST(test_a_service_without_endpoints_has_an_empty_table),
        TEST(test_every_table_is_what_the_stored_slices_say_once_all_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
