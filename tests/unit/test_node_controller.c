/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fixture.h"

#define FAILED_NS NS_PER_MIN

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

/* A pod of that node. */
static uint32_t pod_on(const struct fixture *f, uint32_t node)
{
    for (uint32_t pod = 0; pod < f->cluster->pod_count; pod++) {
        if (f->cluster->pods[pod]->stored.node == node)
            return pod;
    }
    fail();
    return 0;
}

/* From the failure of one node, under many seeds, to its pod's patch. */
static void run_seeds(struct fixture *f, uint32_t minor, sim_ns *least_ns, sim_ns *most_ns)
{
    *least_ns = NS_NEVER;
    *most_ns = 0;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        const struct pod *p;
        sim_ns took_ns = 0;
        fixture_deinit(f);
        fixture_init(f);
        f->spec.seed = seed;
        f->spec.cluster.version_minor = minor;
        fixture_start(f);
        fixture_run(f, FAILED_NS);
        cluster_fail_node(f->cluster, 1, true);
        p = f->cluster->pods[pod_on(f, 1)];
        while (p->stored.is_ready) {
            took_ns += NS_PER_S / 4;
            fixture_run(f, FAILED_NS + took_ns);
        }
        *least_ns = took_ns < *least_ns ? took_ns : *least_ns;
        *most_ns = took_ns > *most_ns ? took_ns : *most_ns;
    }
}

/* The grace, less up to 10 s of the lease's age, and up to 10 s of two passes: kubernetes-model, section 5.6. */
static void test_with_a_grace_of_40_s_pods_are_patched_after_30_s_to_50_s(void **state)
{
    sim_ns least_ns;
    sim_ns most_ns;

    run_seeds(*state, 31, &least_ns, &most_ns);
    assert_true(least_ns >= 30 * NS_PER_S && least_ns < 34 * NS_PER_S);
    assert_true(most_ns <= 50 * NS_PER_S && most_ns > 41 * NS_PER_S);
}

static void test_from_1_32_the_grace_is_50_s_and_it_takes_40_s_to_60_s(void **state)
{
    sim_ns least_ns;
    sim_ns most_ns;

    run_seeds(*state, 32, &least_ns, &most_ns);
    assert_true(least_ns >= 40 * NS_PER_S && least_ns < 44 * NS_PER_S);
    assert_true(most_ns <= 60 * NS_PER_S && most_ns > 51 * NS_PER_S);
}

static void fail_node(struct fixture *f, sim_ns until_ns)
{
    fixture_start(f);
    fixture_run(f, FAILED_NS);
    cluster_fail_node(f->cluster, 1, true);
    fixture_run(f, until_ns);
}

static void test_the_news_is_of_cause_node_and_detect_ends_with_the_pass(void **state)
{
    struct fixture *f = *state;
    const struct news *news;
    uint32_t pod;

    fixture_hop(f, HOP_API_WRITE, 10 * NS_PER_MS);
    fail_node(f, FAILED_NS + 2 * NS_PER_MIN);
    pod = pod_on(f, 1);
    news = fixture_change(f, pod, CHANGE_UNREADY);
    assert_int_equal(news->cause, CAUSE_NODE);
    assert_int_equal(news->t_cause_ns, FAILED_NS);
    assert_int_equal((news->t_detect_ns - f->cluster->pass_phase_ns) % (5 * NS_PER_S), 0);
    assert_int_equal(news->t_status_ns - news->t_detect_ns, 20 * NS_PER_MS); /* node, then pod */
    assert_int_equal(f->cluster->pods[pod]->state, POD_STATE_GONE);
}

/* 20 a second after a burst of 30: the node's status, its taint, a hundred pods. */
static void test_pods_of_a_node_are_patched_one_after_another_by_a_limited_client(void **state)
{
    struct fixture *f = *state;
    const struct news *last;

    fixture_nodes(f, 2);
    f->workloads[0].replicas = 200;
    f->nodes[0].pod_capacity = 500;
    f->nodes[1].pod_capacity = 500;
    fail_node(f, FAILED_NS + 2 * NS_PER_MIN);
    last = &f->changes.items[f->changes.count - 1];
    assert_int_equal(last->t_status_ns - last->t_detect_ns, (1 + 1 + 100 - 30) * NS_PER_S / 20);
}

static void test_pods_are_deleted_after_300_s_and_stay_terminating(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns patched_ns;

    fail_node(f, FAILED_NS + 2 * NS_PER_MIN);
    p = f->cluster->pods[pod_on(f, 1)];
    patched_ns = f->cluster->nodes[1].health.changed_ns;
    fixture_run(f, patched_ns + 304 * NS_PER_S);
    assert_false(p->stored.is_deleting);
    fixture_run(f, patched_ns + 307 * NS_PER_S);
    assert_true(p->stored.is_deleting);
    fixture_run(f, patched_ns + 20 * NS_PER_MIN);
    assert_true(p->stored.exists);
    assert_int_equal(fixture_count_pods(f, 0), 3); /* replaced */
}

static void test_the_scheduler_avoids_the_node(void **state)
{
    struct fixture *f = *state;

    fail_node(f, FAILED_NS + 20 * NS_PER_MIN);
    for (uint32_t pod = 3; pod < f->cluster->pod_count; pod++)
        assert_int_not_equal(f->cluster->pods[pod]->stored.node, 1);
}

static void test_if_every_node_is_silent_nobody_is_evicted(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, FAILED_NS);
    for (uint32_t n = 0; n < 3; n++)
        cluster_fail_node(f->cluster, n, true);
    fixture_run(f, FAILED_NS + 20 * NS_PER_MIN);
    assert_false(f->cluster->pods[0]->stored.is_ready);
    assert_false(f->cluster->pods[0]->stored.is_deleting);
}

static void test_a_node_that_is_back_in_time_is_never_missed(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;

    fail_node(f, FAILED_NS + 20 * NS_PER_S);
    p = f->cluster->pods[pod_on(f, 1)];
    cluster_fail_node(f->cluster, 1, false);
    fixture_run(f, FAILED_NS + 5 * NS_PER_MIN);
    assert_false(f->cluster->nodes[1].health.is_unknown);
    assert_true(p->stored.is_ready);
    assert_int_equal(p->stored.restart_count, 1);
    assert_int_equal(f->cluster->pod_count, 3);
}

static void test_a_node_that_is_back_after_the_eviction_ends_its_old_pods(void **state)
{
    struct fixture *f = *state;
    uint32_t pod;

    fail_node(f, FAILED_NS + 8 * NS_PER_MIN);
    pod = pod_on(f, 1);
    assert_true(f->cluster->pods[pod]->stored.is_deleting);
    cluster_fail_node(f->cluster, 1, false);
    fixture_run(f, FAILED_NS + 10 * NS_PER_MIN);
    assert_false(f->cluster->pods[pod]->stored.exists);
    assert_false(f->cluster->nodes[1].health.is_unknown);
    assert_false(f->cluster->nodes[1].health.has_no_execute);
    assert_false(f->cluster->nodes[1].health.is_avoided);
}

static void test_a_partitioned_nodes_pods_are_ready_again_soon_after_it(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;

    fixture_start(f);
    fixture_run(f, FAILED_NS);
    cluster_cut_node(f->cluster, 1, true);
    fixture_run(f, FAILED_NS + 2 * NS_PER_MIN);
    p = f->cluster->pods[pod_on(f, 1)];
    assert_false(p->stored.is_ready);
    assert_int_equal(p->state, POD_STATE_READY); /* it serves all the time */
    cluster_cut_node(f->cluster, 1, false);
    fixture_run(f, FAILED_NS + 3 * NS_PER_MIN);
    assert_true(p->stored.is_ready);
    assert_int_equal(p->stored.restart_count, 0);
    assert_false(f->cluster->nodes[1].health.is_unknown);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_with_a_grace_of_40_s_pods_are_patched_after_30_s_to_50_s),
        T(test_from_1_32_the_grace_is_50_s_and_it_takes_40_s_to_60_s),
        T(test_the_news_is_of_cause_node_and_detect_ends_with_the_pass),
        T(test_pods_of_a_node_are_patched_one_after_another_by_a_limited_client),
        T(test_pods_are_deleted_after_300_s_and_stay_terminating),
        T(test_the_scheduler_avoids_the_node),
        T(test_if_every_node_is_silent_nobody_is_evicted),
        T(test_a_node_that_is_back_in_time_is_never_missed),
        T(test_a_node_that_is_back_after_the_eviction_ends_its_old_pods),
        T(test_a_partitioned_nodes_pods_are_ready_again_soon_after_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
