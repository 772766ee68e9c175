/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/controllers/pod_ranking.h"
#include "support/fixture.h"

/* Eight pods of one replica set, alike but for what a test changes: all on different nodes, Running, Ready since the same
 * second, created in the same second. The clock is at 1 h. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    fixture_nodes(&f, 8);
    f.workloads[0].replicas = 8;
    fixture_start(&f);
    f.kernel.now_ns = NS_PER_HOUR;
    for (uint32_t pod = 0; pod < 8; pod++)
        f.cluster->pods[pod]->uid = 1000 + pod;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static struct pod *pod_at(struct fixture *f, uint32_t pod)
{
    return f->cluster->pods[pod];
}

/* Whether a goes before b, whichever comes first in the list. */
static void assert_first(struct fixture *f, uint32_t a, uint32_t b)
{
    uint32_t forwards[2] = {a, b};
    uint32_t backwards[2] = {b, a};

    pod_ranking_sort(f->cluster, 0, forwards, 2);
    pod_ranking_sort(f->cluster, 0, backwards, 2);
    assert_int_equal(forwards[0], a);
    assert_int_equal(backwards[0], a);
}

static void test_a_pod_without_node_goes_before_all_others(void **state)
{
    struct fixture *f = *state;

    pod_at(f, 5)->seen.node = ID_NONE;
    pod_at(f, 2)->seen.phase = PHASE_PENDING;
    pod_at(f, 2)->seen.is_ready = false;
    assert_first(f, 5, 2);
}

static void test_a_pending_pod_goes_before_a_running_one(void **state)
{
    struct fixture *f = *state;

    pod_at(f, 5)->seen.phase = PHASE_PENDING;
    pod_at(f, 2)->seen.is_ready = false;
    assert_first(f, 5, 2);
}

static void test_an_unready_pod_goes_before_a_ready_one(void **state)
{
    struct fixture *f = *state;

    pod_at(f, 5)->seen.is_ready = false;
    assert_first(f, 5, 2);
    assert_first(f, 5, 7);
}

static const struct label cost_low = {"controller.kubernetes.io/pod-deletion-cost", "-5"};
static const struct label cost_high = {"controller.kubernetes.io/pod-deletion-cost", "100"};

static void give_cost(struct fixture *f, uint32_t pod, const struct label *cost)
{
    struct pod_spec *spec = ARENA_NEW(&f->arena, struct pod_spec);

    *spec = *pod_at(f, pod)->spec;
    spec->meta.annotations = (struct label_set){cost, 1};
    pod_at(f, pod)->spec = spec;
}

static void test_the_lower_deletion_cost_goes_first(void **state)
{
    struct fixture *f = *state;

    give_cost(f, 5, &cost_low);
    give_cost(f, 0, &cost_high);
    assert_first(f, 5, 2);
    assert_first(f, 2, 0);
}

static void test_before_1_22_there_is_no_deletion_cost(void **state)
{
    struct fixture *f = *state;

    f->cluster->rules.has_log_scale_down = false;
    give_cost(f, 5, &cost_low);
    pod_at(f, 2)->seen.ready_since_ns = 0;
    assert_first(f, 2, 5);
}

static void test_a_pod_with_more_siblings_on_its_node_goes_first(void **state)
{
    struct fixture *f = *state;

    pod_at(f, 5)->seen.node = pod_at(f, 6)->seen.node;
    assert_first(f, 5, 2);
    assert_first(f, 6, 2);
}

static void test_siblings_are_pods_of_all_sets_of_the_deployment(void **state)
{
    struct fixture *f = *state;
    struct replica_set *other = f->cluster->replica_sets[model_add_replica_set(f->cluster)];
    struct replica_set *own = f->cluster->replica_sets[0];

    *other = *own;
    other->pods = own->pods + 4; /* four pods each */
    other->pod_count = 4;
    own->pod_count = 4;
    pod_at(f, 4)->seen.node = pod_at(f, 2)->seen.node;
    other->deployment = ID_NONE; /* a stranger's pods do not count */
    assert_first(f, 0, 2);
    other->deployment = own->deployment;
    assert_first(f, 2, 0);
}

static void test_ages_are_compared_by_powers_of_two(void **state)
{
    struct fixture *f = *state;

    pod_at(f, 5)->seen.ready_since_ns = NS_PER_HOUR - 100 * NS_PER_S;
    pod_at(f, 2)->seen.ready_since_ns = NS_PER_HOUR - 300 * NS_PER_S;
    assert_first(f, 5, 2);
}

static void test_within_a_power_of_two_the_smaller_uid_goes_first(void **state)
{
    struct fixture *f = *state;

    /* 2^36 ns is 68.7 s and 2^37 ns 137.4 s */
    pod_at(f, 5)->seen.ready_since_ns = NS_PER_HOUR - 70 * NS_PER_S;
    pod_at(f, 2)->seen.ready_since_ns = NS_PER_HOUR - 130 * NS_PER_S;
    assert_first(f, 2, 5);
}

static void test_before_1_22_the_newest_goes_first(void **state)
{
    struct fixture *f = *state;

    f->cluster->rules.has_log_scale_down = false;
    pod_at(f, 5)->seen.ready_since_ns = NS_PER_HOUR - 70 * NS_PER_S;
    pod_at(f, 2)->seen.ready_since_ns = NS_PER_HOUR - 130 * NS_PER_S;
    assert_first(f, 5, 2);
}

static void test_a_pod_ready_just_now_is_younger_than_any_other(void **state)
{
    struct fixture *f = *state;

    pod_at(f, 5)->seen.ready_since_ns = NS_PER_HOUR;
    pod_at(f, 2)->seen.ready_since_ns = NS_PER_HOUR - 1;
    assert_first(f, 5, 2);
}

static void test_pods_ready_in_the_same_second_go_by_their_creation(void **state)
{
    struct fixture *f = *state;

    pod_at(f, 5)->created_ns = NS_PER_HOUR - 100 * NS_PER_S;
    pod_at(f, 2)->created_ns = NS_PER_HOUR - 300 * NS_PER_S;
    assert_first(f, 5, 2);
}

static void test_a_sort_of_many_keeps_every_pod(void **state)
{
    struct fixture *f = *state;
    uint32_t pods[8] = {3, 1, 7, 0, 5, 2, 6, 4};
    uint32_t seen = 0;

    pod_at(f, 6)->seen.is_ready = false;
    pod_at(f, 1)->seen.node = ID_NONE;
    pod_ranking_sort(f->cluster, 0, pods, 8);
    assert_int_equal(pods[0], 1);
    assert_int_equal(pods[1], 6);
    for (uint32_t i = 0; i < 8; i++)
        seen |= 1u << pods[i];
    assert_int_equal(seen, 0xFF);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_pod_without_node_goes_before_all_others),
        TEST(test_a_pending_pod_goes_before_a_running_one),
        TEST(test_an_unready_pod_goes_before_a_ready_one),
        TEST(test_the_lower_deletion_cost_goes_first),
        TEST(test_before_1_22_there_is_no_deletion_cost),
        TEST(test_a_pod_with_more_siblings_on_its_node_goes_first),
        TEST(test_siblings_are_pods_of_all_sets_of_the_deployment),
        TEST(test_ages_are_compared_by_powers_of_two),
        TEST(test_within_a_power_of_two_the_smaller_uid_goes_first),
        TEST(test_before_1_22_the_newest_goes_first),
        TEST(test_a_pod_ready_just_now_is_younger_than_any_other),
        TEST(test_pods_ready_in_the_same_second_go_by_their_creation),
        TEST(test_a_sort_of_many_keeps_every_pod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
