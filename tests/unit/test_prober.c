/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "support/fixture.h"

#define CREATED_NS (10 * NS_PER_S)
#define KUBELET_SYNC_NS (2 * NS_PER_MS)
#define START_NS (700 * NS_PER_MS)
#define RELIST_NS (10 * NS_PER_MS)

/* One node, no pod yet; the first is created at CREATED_NS. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    fixture_nodes(&f, 1);
    f.workloads[0].replicas = 0;
    fixture_hop(&f, HOP_KUBELET_SYNC, KUBELET_SYNC_NS);
    fixture_hop(&f, HOP_CONTAINER_START, START_NS);
    fixture_hop(&f, HOP_KUBELET_PLEG, RELIST_NS);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* The worker is made when the kubelet adds the pod, the container runs later. */
static const sim_ns origin_ns = CREATED_NS + KUBELET_SYNC_NS;
static const sim_ns started_ns = CREATED_NS + KUBELET_SYNC_NS + START_NS;

/* Creates the pod and runs on to `until_ns`. Returns when the kubelet made its first status with the container in it:
 * after the end of the first relist that began after the container's start. */
static sim_ns run_one_pod(struct fixture *f, sim_ns until_ns)
{
    sim_ns relist_ns;

    fixture_start(f);
    relist_ns = f->cluster->nodes[0].relist_start_ns;
    fixture_run(f, CREATED_NS);
    commands_scale_deployment(f->cluster, 0, 1);
    fixture_run(f, until_ns);
    while (relist_ns < started_ns)
        relist_ns += RELIST_NS + NS_PER_S; /* the period runs from the end of the one before */
    return relist_ns + RELIST_NS + KUBELET_SYNC_NS;
}

/* The first tick of a ticker at or after at_ns. */
static sim_ns tick_from(sim_ns ticker_ns, sim_ns period_ns, sim_ns at_ns)
{
    while (ticker_ns < at_ns)
        ticker_ns += period_ns;
    return ticker_ns;
}

static void test_a_program_that_listens_early_is_ready_with_the_first_status(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->startup_ns = 0;
    status_ns = run_one_pod(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_READY), status_ns);
}

static void test_the_immediate_run_restarts_the_ticker_from_1_30(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->startup_ns = 3300 * NS_PER_MS;
    status_ns = run_one_pod(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_READY),
                     tick_from(status_ns, NS_PER_S, started_ns + f->startup_ns));
}

static void test_before_1_30_the_ticker_goes_on_from_the_pods_admission(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 29;
    f->startup_ns = 3300 * NS_PER_MS;
    (void)run_one_pod(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_READY),
                     tick_from(origin_ns, NS_PER_S, started_ns + f->startup_ns));
}

static void test_before_1_21_no_status_brings_a_probe_with_it(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->spec.cluster.version_minor = 20;
    f->containers[0].readiness.period_ns = 10 * NS_PER_S;
    f->startup_ns = 0;
    status_ns = run_one_pod(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_READY),
                     tick_from(origin_ns, 10 * NS_PER_S, status_ns));
}

static void test_attempts_before_the_initial_delay_do_nothing(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->startup_ns = 0;
    f->containers[0].readiness.initial_delay_ns = 5 * NS_PER_S;
    status_ns = run_one_pod(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_READY),
                     tick_from(status_ns, NS_PER_S, started_ns + 5 * NS_PER_S));
}

static void test_the_success_threshold_counts_successes_in_a_row(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->startup_ns = 0;
    f->containers[0].readiness.success_threshold = 3;
    status_ns = run_one_pod(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_READY), status_ns + 2 * NS_PER_S);
}

static void test_the_third_failure_in_a_row_makes_a_pod_unready(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;
    uint32_t status_writes;

    f->startup_ns = 0;
    status_ns = run_one_pod(f, 30 * NS_PER_S);
    status_writes = f->versions.count;
    fixture_run(f, status_ns + 20 * NS_PER_S + 1); /* just after an attempt */
    fixture_close(f, 0);
    fixture_run(f, status_ns + 23 * NS_PER_S - 1);
    assert_true(f->cluster->pods[0]->is_kubelet_ready);
    fixture_run(f, status_ns + 23 * NS_PER_S);
    assert_false(f->cluster->pods[0]->is_kubelet_ready);
    assert_true(f->versions.count > status_writes); /* and its status is written at once */
    assert_false(f->cluster->pods[0]->stored.is_ready);
}

/* Period 10 s, three failures, which begin just after an attempt: not Ready after 30 s. */
static void test_default_probes_take_thirty_seconds_at_worst(void **state)
{
    struct fixture *f = *state;
    const struct news *news;
    sim_ns status_ns;

    f->startup_ns = 0;
    f->containers[0].readiness.period_ns = 10 * NS_PER_S;
    status_ns = run_one_pod(f, 30 * NS_PER_S);
    fixture_run(f, status_ns + 50 * NS_PER_S + 1);
    fixture_close(f, 0);
    fixture_run(f, 5 * NS_PER_MIN);
    news = fixture_change(f, 0, CHANGE_UNREADY);
    assert_int_equal(news->t_detect_ns - news->t_cause_ns, 30 * NS_PER_S - 1);
}

static void test_a_success_in_between_starts_the_count_anew(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->startup_ns = 0;
    status_ns = run_one_pod(f, 20 * NS_PER_S);
    fixture_run(f, status_ns + 20 * NS_PER_S + 1);
    fixture_close(f, 0); /* ticks 21 and 22 fail, 23 succeeds */
    fixture_run(f, status_ns + 22 * NS_PER_S + 1);
    fixture_listen(f, 0);
    fixture_run(f, status_ns + 23 * NS_PER_S + 1);
    fixture_close(f, 0);
    fixture_run(f, status_ns + 26 * NS_PER_S - 1);
    assert_true(f->cluster->pods[0]->is_kubelet_ready);
    fixture_run(f, status_ns + 26 * NS_PER_S);
    assert_false(f->cluster->pods[0]->is_kubelet_ready);
}

/* The sync that follows the flip probes at once, and that restarts the ticker. */
static void test_a_recovered_program_is_ready_at_the_next_tick(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->startup_ns = 0;
    status_ns = run_one_pod(f, 20 * NS_PER_S);
    fixture_run(f, status_ns + 20 * NS_PER_S + 1);
    fixture_close(f, 0);
    fixture_run(f, status_ns + 25 * NS_PER_S + 1);
    fixture_listen(f, 0);
    fixture_run(f, status_ns + 25 * NS_PER_S + KUBELET_SYNC_NS - 1);
    assert_false(f->cluster->pods[0]->is_kubelet_ready);
    fixture_run(f, status_ns + 25 * NS_PER_S + KUBELET_SYNC_NS);
    assert_true(f->cluster->pods[0]->is_kubelet_ready);
    assert_int_equal(fixture_change(f, 0, CHANGE_READY)->cause, CAUSE_SCALE); /* the first one */
}

/* No status shows the end before the sandbox is gone: until then attempts fail like any others. */
static void test_attempts_after_the_end_of_a_deleted_pods_program_count_to_the_threshold(
    void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->startup_ns = 0;
    fixture_hop(f, HOP_SANDBOX_TEARDOWN, 10 * NS_PER_S);
    status_ns = run_one_pod(f, 20 * NS_PER_S);
    fixture_run(f, status_ns + 20 * NS_PER_S + 1 - KUBELET_SYNC_NS);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, status_ns + 23 * NS_PER_S - 1);
    assert_int_equal(f->cluster->pods[0]->kubelet_state, KUBELET_STOPPED);
    assert_true(f->cluster->pods[0]->is_kubelet_ready);
    fixture_run(f, status_ns + 23 * NS_PER_S);
    assert_false(f->cluster->pods[0]->is_kubelet_ready);
}

static void test_probing_goes_on_while_the_pod_terminates(void **state)
{
    struct fixture *f = *state;
    const struct slice_endpoint *listed;
    sim_ns status_ns;

    f->startup_ns = 0;
    f->on_sigterm = FIXTURE_DRAIN;
    f->drain_ns = 20 * NS_PER_S;
    status_ns = run_one_pod(f, 20 * NS_PER_S);
    fixture_run(f, status_ns + 20 * NS_PER_S + 1 - KUBELET_SYNC_NS);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, status_ns + 23 * NS_PER_S - 1);
    listed = fixture_listed(f, 0, 0);
    assert_true(listed->is_terminating && listed->is_serving && !listed->is_ready);
    fixture_run(f, status_ns + 23 * NS_PER_S);
    listed = fixture_listed(f, 0, 0);
    assert_true(listed->is_terminating && !listed->is_serving && !listed->is_ready);
}

static void test_a_pod_is_ready_when_each_of_its_containers_is(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->containers[1] = f->containers[0];
    f->containers[1].name = "sidecar";
    f->containers[1].readiness.port.number = 9090;
    f->workloads[0].pod_template.container_count = 2;
    fixture_hop(f, HOP_CONTAINER_START, START_NS / 2); /* one after another */
    f->startup_ns = 0;
    f->deaf_port = 9090;
    status_ns = run_one_pod(f, 30 * NS_PER_S);
    assert_false(f->cluster->pods[0]->is_kubelet_ready);
    f->deaf_port = 0;
    fixture_listen(f, 0);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_READY),
                     tick_from(status_ns, NS_PER_S, 30 * NS_PER_S));
}

static void test_without_a_probe_a_pod_is_ready_once_it_is_seen_running(void **state)
{
    struct fixture *f = *state;
    sim_ns status_ns;

    f->containers[0].readiness.kind = PROBE_NONE;
    f->startup_ns = 20 * NS_PER_S; /* long before it listens */
    status_ns = run_one_pod(f, NS_PER_MIN);
    assert_int_equal(f->cluster->pods[0]->first_prober, ID_NONE);
    assert_true(f->cluster->pods[0]->stored.is_ready);
    assert_int_equal(fixture_change(f, 0, CHANGE_ADD)->t_status_ns, status_ns);
    assert_true(fixture_change(f, 0, CHANGE_ADD)->is_effective);
}

static void test_phases_of_pods_that_have_long_been_there_are_spread_over_the_period(void **state)
{
    struct fixture *f = *state;
    uint32_t by_quarter[4] = {0};

    f->workloads[0].replicas = 100;
    f->containers[0].readiness.period_ns = 10 * NS_PER_S;
    fixture_start(f);
    for (uint32_t pod = 0; pod < 100; pod++) {
        const struct prober *prober =
            SLAB_AT(&f->cluster->probers, f->cluster->pods[pod]->first_prober, struct prober);
        assert_in_range(-prober->origin_ns, 0, 10 * NS_PER_S - 1);
        by_quarter[-prober->origin_ns / (2500 * NS_PER_MS)]++;
    }
    for (uint32_t i = 0; i < 4; i++)
        assert_in_range(by_quarter[i], 10, 45);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_program_that_listens_early_is_ready_with_the_first_status),
        TEST(test_the_immediate_run_restarts_the_ticker_from_1_30),
        TEST(test_before_1_30_the_ticker_goes_on_from_the_pods_admission),
        TEST(test_before_1_21_no_status_brings_a_probe_with_it),
        TEST(test_attempts_before_the_initial_delay_do_nothing),
        TEST(test_the_success_threshold_counts_successes_in_a_row),
        TEST(test_the_third_failure_in_a_row_makes_a_pod_unready),
        TEST(test_default_probes_take_thirty_seconds_at_worst),
        TEST(test_a_success_in_between_starts_the_count_anew),
        TEST(test_a_recovered_program_is_ready_at_the_next_tick),
        TEST(test_attempts_after_the_end_of_a_deleted_pods_program_count_to_the_threshold),
        TEST(test_probing_goes_on_while_the_pod_terminates),
        TEST(test_a_pod_is_ready_when_each_of_its_containers_is),
        TEST(test_without_a_probe_a_pod_is_ready_once_it_is_seen_running),
        TEST(test_phases_of_pods_that_have_long_been_there_are_spread_over_the_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
