/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/hints.h"
#include "support/fixture.h"

#define SERVICE 1u /* "hand", whose slices a test writes; 0 is the fixture's own */

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

static const struct endpoint_table *table_on(struct fixture *f, uint32_t node, uint32_t service)
{
    return cluster_applied_table(f->cluster, node, service, 80);
}

/* A pod of the fixture's Deployment on each of three nodes. */
static uint32_t pod_on(const struct fixture *f, uint32_t node)
{
    uint32_t pod = 0;

    while (f->cluster->pods[pod]->stored.node != node)
        pod++;
    return pod;
}

/* --- policies --- */

static void test_local_policy_keeps_to_the_node(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_internal_local = true;
    fixture_start(f);
    for (uint32_t node = 0; node < 3; node++) {
        assert_int_equal(table_on(f, node, 0)->count, 1);
        assert_int_equal(table_on(f, node, 0)->endpoints[0].pod, pod_on(f, node));
    }
}

static void test_local_policy_drops_where_there_is_none_on_the_node(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_internal_local = true;
    f->workloads[0].replicas = 2;
    fixture_start(f);
    fixture_run(f, NS_PER_S);
    assert_int_equal(table_on(f, 2, 0)->count, 0);
    assert_int_equal(table_on(f, 2, 0)->if_empty, EMPTY_DROPS);
}

static void test_local_policy_rejects_where_there_is_none_at_all(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_internal_local = true;
    f->workloads[0].replicas = 0;
    fixture_start(f);
    assert_int_equal(table_on(f, 0, 0)->count, 0);
    assert_int_equal(table_on(f, 0, 0)->if_empty, EMPTY_REJECTS);
}

static void test_local_policy_falls_back_to_the_node_s_terminating_ones(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_internal_local = true;
    f->containers[0].pre_stop_ns = 20 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 1);
    fixture_run(f, 15 * NS_PER_S);
    for (uint32_t node = 0; node < 3; node++) {
        assert_int_equal(table_on(f, node, 0)->count, 1); /* two of them terminate */
        assert_int_equal(table_on(f, node, 0)->endpoints[0].pod, pod_on(f, node));
    }
    fixture_run(f, NS_PER_MIN);
    uint32_t served = 0;
    for (uint32_t node = 0; node < 3; node++) {
        served += table_on(f, node, 0)->count;
        assert_true(table_on(f, node, 0)->count == 1 ||
                    table_on(f, node, 0)->if_empty == EMPTY_DROPS);
    }
    assert_int_equal(served, 1);
}

/* --- rules that are not there --- */

static void test_a_port_that_the_service_does_not_list_has_no_rule(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 81)->count, 0);
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 81)->if_empty, EMPTY_VANISHES);
}

static void test_a_service_of_another_proxy_has_no_rule(void **state)
{
    static const struct label label = {"service.kubernetes.io/service-proxy-name", "mine"};
    struct fixture *f = *state;

    f->services[0].meta.labels = (struct label_set){&label, 1};
    fixture_start(f);
    assert_int_equal(table_on(f, 0, 0)->count, 0);
    assert_int_equal(table_on(f, 0, 0)->if_empty, EMPTY_VANISHES);
}

static void test_unready_pods_that_are_published_are_used(void **state)
{
    struct fixture *f = *state;

    f->services[0].publish_not_ready = true;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    fixture_close(f, 1);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(table_on(f, 0, 0)->count, 3);
}

/* --- hints, in a slice written by hand: 10.0.0.1 ... of zones --- */

static const char *const zone_a[] = {"a"};
static const char *const zone_b[] = {"b"};
static const char *const node_1[] = {"node-1"};
static const char *const node_2[] = {"node-2"};

static struct address_spec address(const char *ip, const char *const *zone, const char *const *node)
{
    return (struct address_spec){
        .ip = ip,
        .is_ready = true,
        .hint_zones = zone,
        .hint_zone_count = zone != NULL,
        .hint_nodes = node,
        .hint_node_count = node != NULL,
    };
}

/* Service "hand" with one slice of these addresses; nodes 1 and 2 in zones a and b, node 3 in none. */
static void start_by_hand(struct fixture *f, const struct address_spec *addresses, uint32_t count)
{
    struct slice_spec *slices = ARENA_NEW_ARRAY(&f->arena, 2, struct slice_spec);
    static const struct endpoint_port_spec port = {.number = 8080};

    f->nodes[0].zone = "a";
    f->nodes[1].zone = "b";
    f->services[1] = (struct service_spec){
        .meta = {.name = "hand", .ns = "default"},
        .selector = {.is_null = true},
        .ports = &f->service_ports[0],
        .port_count = 1,
    };
    f->spec.cluster.service_count = 2;
    slices[0] = (struct slice_spec){
        .meta = {.name = "hand-1", .ns = "default"},
        .service = "hand",
        .content = {addresses, count, &port, 1},
    };
    slices[1] = slices[0];
    slices[1].meta.name = "hand-2";
    f->spec.cluster.slices = slices;
    f->spec.cluster.slice_count = 1;
    fixture_start(f);
}

static void test_a_zone_uses_the_endpoints_meant_for_it(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", zone_a, NULL),
                                        address("10.0.0.2", zone_b, NULL),
                                        address("10.0.0.3", zone_b, NULL)};
    struct fixture *f = *state;

    start_by_hand(f, list, 3);
    assert_int_equal(table_on(f, 0, SERVICE)->count, 1);
    assert_int_equal(table_on(f, 1, SERVICE)->count, 2);
    assert_string_equal(cluster_pod_ip(f->cluster, table_on(f, 0, SERVICE)->endpoints[0].pod),
                        "10.0.0.1");
    assert_int_equal(table_on(f, 2, SERVICE)->count, 3); /* a node without a zone */
}

static void test_one_ready_endpoint_without_hints_switches_them_off(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", zone_a, NULL),
                                        address("10.0.0.2", zone_b, NULL),
                                        address("10.0.0.3", NULL, NULL)};
    struct fixture *f = *state;

    start_by_hand(f, list, 3);
    for (uint32_t node = 0; node < 3; node++)
        assert_int_equal(table_on(f, node, SERVICE)->count, 3);
}

static void test_an_unready_endpoint_without_hints_does_not(void **state)
{
    struct address_spec list[] = {address("10.0.0.1", zone_a, NULL),
                                  address("10.0.0.2", zone_b, NULL),
                                  address("10.0.0.3", NULL, NULL)};
    struct fixture *f = *state;

    list[2].is_ready = false;
    start_by_hand(f, list, 3);
    assert_int_equal(table_on(f, 0, SERVICE)->count, 1);
}

static void test_a_zone_without_endpoints_uses_all(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", zone_b, NULL),
                                        address("10.0.0.2", zone_b, NULL)};
    struct fixture *f = *state;

    start_by_hand(f, list, 2);
    assert_int_equal(table_on(f, 0, SERVICE)->count, 2);
}

static void test_hints_of_nodes_go_before_those_of_zones(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", zone_a, node_1),
                                        address("10.0.0.2", zone_a, node_2)};
    struct fixture *f = *state;

    start_by_hand(f, list, 2);
    assert_int_equal(table_on(f, 0, SERVICE)->count, 1);
    assert_int_equal(table_on(f, 1, SERVICE)->count, 1);
    assert_string_equal(cluster_pod_ip(f->cluster, table_on(f, 1, SERVICE)->endpoints[0].pod),
                        "10.0.0.2");
    assert_int_equal(table_on(f, 2, SERVICE)->count, 2);
}

static void test_before_1_34_hints_of_nodes_are_not_followed(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", zone_a, node_1),
                                        address("10.0.0.2", zone_a, node_2)};
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 33;
    start_by_hand(f, list, 2);
    assert_int_equal(table_on(f, 0, SERVICE)->count, 2);
}

static void test_before_1_24_no_hints_are_followed(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", zone_a, NULL),
                                        address("10.0.0.2", zone_b, NULL)};
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 23;
    start_by_hand(f, list, 2);
    assert_int_equal(table_on(f, 0, SERVICE)->count, 2);
}

static void test_nodes_of_one_zone_share_one_list(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", zone_a, NULL),
                                        address("10.0.0.2", zone_b, NULL)};
    struct fixture *f = *state;

    f->nodes[2].zone = "a";
    start_by_hand(f, list, 2);
    assert_ptr_equal(table_on(f, 0, SERVICE), table_on(f, 2, SERVICE));
}

static void test_an_address_in_two_slices_is_one_endpoint(void **state)
{
    const struct address_spec list[] = {address("10.0.0.1", NULL, NULL),
                                        address("10.0.0.2", NULL, NULL)};
    struct fixture *f = *state;

    start_by_hand(f, list, 2);
    commands_apply_slice(f->cluster, &f->spec.cluster.slices[1]);
    fixture_run(f, 10 * NS_PER_S);
    assert_int_equal(table_on(f, 0, SERVICE)->count, 2);
}

/* --- hints as such --- */

static void test_equal_hints_are_one_number(void **state)
{
    struct fixture *f = *state;
    uint16_t first;

    fixture_start(f);
    first = hints_of(f->cluster, "a", NULL);
    assert_int_equal(hints_of(f->cluster, NULL, NULL), 0);
    assert_int_not_equal(first, 0);
    assert_int_equal(hints_of(f->cluster, "a", NULL), first);
    assert_int_not_equal(hints_of(f->cluster, NULL, "a"), first);
    assert_true(hints_has_zone(hints_get(f->cluster, first), "a"));
    assert_false(hints_has_node(hints_get(f->cluster, first), "a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_local_policy_keeps_to_the_node),
        TEST(test_local_policy_drops_where_there_is_none_on_the_node),
        TEST(test_local_policy_rejects_where_there_is_none_at_all),
        TEST(test_local_policy_falls_back_to_the_node_s_terminating_ones),
        TEST(test_a_port_that_the_service_does_not_list_has_no_rule),
        TEST(test_a_service_of_another_proxy_has_no_rule),
        TEST(test_unready_pods_that_are_published_are_used),
        TEST(test_a_zone_uses_the_endpoints_meant_for_it),
        TEST(test_one_ready_endpoint_without_hints_switches_them_off),
        TEST(test_an_unready_endpoint_without_hints_does_not),
        TEST(test_a_zone_without_endpoints_uses_all),
        TEST(test_hints_of_nodes_go_before_those_of_zones),
        TEST(test_before_1_34_hints_of_nodes_are_not_followed),
        TEST(test_before_1_24_no_hints_are_followed),
        TEST(test_nodes_of_one_zone_share_one_list),
        TEST(test_an_address_in_two_slices_is_one_endpoint),
        TEST(test_equal_hints_are_one_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
