/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/controllers/topology_hints.h"
#include "cluster/hints.h"
#include "support/fixture.h"

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    for (uint32_t i = 0; i < 3; i++) {
        static const char *const zones[] = {"a", "b", "c"};

        f.nodes[i].zone = zones[i];
        f.nodes[i].milli_cpu = 4000;
    }
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* --- shares: KEP-2433's examples --- */

static bool share_equally(uint32_t zone_count, uint32_t endpoint_count)
{
    struct zone_share zones[4] = {{.name = "a", .milli_cpu = 1000},
                                  {.name = "b", .milli_cpu = 1000},
                                  {.name = "c", .milli_cpu = 1000},
                                  {.name = "d", .milli_cpu = 1000}};

    return topology_hints_share(zones, zone_count, endpoint_count);
}

static void test_three_equal_zones_share_three_or_six_endpoints_and_not_four_or_five(void **state)
{
    (void)state;
    assert_false(share_equally(3, 2)); /* more zones than endpoints */
    assert_true(share_equally(3, 3));
    assert_false(share_equally(3, 4)); /* least 2 each: 6 */
    assert_false(share_equally(3, 5));
    assert_true(share_equally(3, 6));
    assert_false(share_equally(1, 6));
}

static void test_shares_follow_the_processors(void **state)
{
    struct zone_share zones[] = {{.name = "a", .milli_cpu = 20000},
                                 {.name = "b", .milli_cpu = 16000},
                                 {.name = "c", .milli_cpu = 14000}};

    (void)state;
    assert_true(topology_hints_share(zones, 3, 25)); /* 40, 32 and 28 % */
    assert_int_equal((int)(zones[0].want * 1000 + 0.5), 10000);
    assert_int_equal((int)(zones[1].want * 1000 + 0.5), 8000);
    assert_int_equal(zones[0].least, 9); /* 10 / 1.2 = 8.3 */
    assert_int_equal(zones[2].least, 6); /* 7 / 1.2 = 5.8 */
    assert_int_equal(zones[0].most, 9 + 25 - (9 + 7 + 6));
}

/* --- slices --- */

static const struct hint_set *hints_of_pod(const struct fixture *f, uint32_t pod)
{
    const struct slice_endpoint *e = fixture_listed(f, 0, pod);

    assert_non_null(e);
    return hints_get(f->cluster, e->hints);
}

/* How many endpoints are meant for the zone. */
static uint32_t count_for(const struct fixture *f, const char *zone)
{
    uint32_t count = 0;

    for (uint32_t pod = 0; pod < f->cluster->pod_count; pod++) {
        const struct slice_endpoint *e = fixture_listed(f, 0, pod);
        count += e != NULL && hints_has_zone(hints_get(f->cluster, e->hints), zone);
    }
    return count;
}

static void test_without_a_word_there_are_no_hints(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    assert_null(hints_of_pod(f, 0));
}

static void test_topology_aware_routing_shares_by_processors(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_topology_aware = true;
    f->workloads[0].replicas = 6; /* two a zone */
    f->nodes[2].milli_cpu = 8000; /* c deserves half of them */
    fixture_start(f);
    /* want 1.5, 1.5 and 3; least 2, 2 and 3: more than six */
    assert_int_equal(count_for(f, "a") + count_for(f, "b") + count_for(f, "c"), 0);
    commands_scale_deployment(f->cluster, 0, 12);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(count_for(f, "a"), 3);
    assert_int_equal(count_for(f, "b"), 3);
    assert_int_equal(count_for(f, "c"), 6); /* four of its own, one of each other */
}

static void test_a_control_plane_node_does_not_count(void **state)
{
    static const struct label label = {"node-role.kubernetes.io/control-plane", ""};
    struct fixture *f = *state;

    f->services[0].is_topology_aware = true;
    f->nodes[2].labels = (struct label_set){&label, 1};
    f->nodes[2].zone = NULL;
    f->workloads[0].replicas = 2; /* on node-1 and node-2 */
    fixture_start(f);
    assert_int_equal(count_for(f, "a"), 1);
    assert_int_equal(count_for(f, "b"), 1);
}

static void test_a_node_without_a_zone_switches_it_off(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_topology_aware = true;
    f->nodes[2].zone = NULL;
    fixture_start(f);
    assert_int_equal(count_for(f, "a"), 0);
}

static void test_prefer_close_means_each_endpoint_for_its_zone(void **state)
{
    struct fixture *f = *state;

    f->services[0].distribution = TRAFFIC_SAME_ZONE;
    fixture_start(f);
    for (uint32_t pod = 0; pod < 3; pod++) {
        const char *zone = f->nodes[f->cluster->pods[pod]->stored.node].zone;
        assert_true(hints_has_zone(hints_of_pod(f, pod), zone));
        assert_int_equal(hints_of_pod(f, pod)->zone_count, 1);
        assert_int_equal(hints_of_pod(f, pod)->node_count, 0);
    }
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 1);
}

static void test_prefer_same_node_names_the_node_too(void **state)
{
    struct fixture *f = *state;

    f->services[0].distribution = TRAFFIC_SAME_NODE;
    fixture_start(f);
    for (uint32_t pod = 0; pod < 3; pod++)
        assert_true(hints_has_node(hints_of_pod(f, pod),
                                   f->nodes[f->cluster->pods[pod]->stored.node].name));
}

static void test_versions_before_know_no_distribution(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 30;
    f->services[0].distribution = TRAFFIC_SAME_ZONE;
    fixture_start(f);
    assert_null(hints_of_pod(f, 0));
}

static void test_an_unready_endpoint_loses_its_hints(void **state)
{
    struct fixture *f = *state;

    f->services[0].distribution = TRAFFIC_SAME_ZONE;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    fixture_close(f, 1);
    fixture_run(f, 20 * NS_PER_S);
    assert_null(hints_of_pod(f, 1));
    assert_non_null(hints_of_pod(f, 0));
}

static void test_hints_that_are_no_longer_wanted_are_taken_off(void **state)
{
    struct fixture *f = *state;
    struct service_spec *after = ARENA_NEW(&f->arena, struct service_spec);

    f->services[0].distribution = TRAFFIC_SAME_ZONE;
    fixture_start(f);
    fixture_run(f, NS_PER_S);
    *after = f->services[0];
    after->distribution = TRAFFIC_ANYWHERE;
    commands_apply_service(f->cluster, after, CAUSE_PATCH);
    fixture_run(f, 10 * NS_PER_S);
    assert_null(hints_of_pod(f, 0));
    assert_int_equal(cluster_applied_table(f->cluster, 0, 0, 80)->count, 3);
}

/* Three zones of one node each and six endpoints, two a zone; zone c's node goes. Its two pods become unready, and what
 * is left is shared by two zones: two each. */
static void test_a_zone_whose_nodes_are_not_ready_gets_no_hints(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_topology_aware = true;
    f->workloads[0].replicas = 6;
    fixture_start(f);
    assert_int_equal(count_for(f, "c"), 2);
    cluster_fail_node(f->cluster, 2, true);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(count_for(f, "c"), 0);
    assert_int_equal(count_for(f, "a"), 2);
    assert_int_equal(count_for(f, "b"), 2);
}

/* When it is back, with its pods unready as yet or gone for good, the zone has less than its share: all is done anew. */
static void test_a_zone_that_comes_back_is_given_hints_again(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_topology_aware = true;
    f->workloads[0].replicas = 6;
    fixture_start(f);
    cluster_fail_node(f->cluster, 2, true);
    fixture_run(f, 2 * NS_PER_MIN);
    cluster_fail_node(f->cluster, 2, false);
    fixture_run(f, 4 * NS_PER_MIN);
    assert_int_equal(count_for(f, "a"), 2);
    assert_int_equal(count_for(f, "c"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_equal_zones_share_three_or_six_endpoints_and_not_four_or_five),
        cmocka_unit_test(test_shares_follow_the_processors),
        TEST(test_without_a_word_there_are_no_hints),
        TEST(test_topology_aware_routing_shares_by_processors),
        TEST(test_a_control_plane_node_does_not_count),
        TEST(test_a_node_without_a_zone_switches_it_off),
        TEST(test_prefer_close_means_each_endpoint_for_its_zone),
        TEST(test_prefer_same_node_names_the_node_too),
        TEST(test_versions_before_know_no_distribution),
        TEST(test_an_unready_endpoint_loses_its_hints),
        TEST(test_hints_that_are_no_longer_wanted_are_taken_off),
        TEST(test_a_zone_whose_nodes_are_not_ready_gets_no_hints),
        TEST(test_a_zone_that_comes_back_is_given_hints_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
