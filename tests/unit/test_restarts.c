/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/faults.h"
#include "support/fixture.h"

#define SYNC_NS (2 * NS_PER_MS)
#define START_NS (700 * NS_PER_MS)
#define RELIST_NS (10 * NS_PER_MS)
#define STOP_NS (30 * NS_PER_MS)
#define CRASH_NS (10 * NS_PER_S)

/* One node with one pod that has been running for an hour. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    fixture_nodes(&f, 1);
    f.workloads[0].replicas = 1;
    fixture_hop(&f, HOP_KUBELET_SYNC, SYNC_NS);
    fixture_hop(&f, HOP_CONTAINER_START, START_NS);
    fixture_hop(&f, HOP_CONTAINER_STOP, STOP_NS);
    fixture_hop(&f, HOP_KUBELET_PLEG, RELIST_NS);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* When the relist that begins at or after at_ns ends. */
static sim_ns relist_end_ns(sim_ns first_start_ns, sim_ns at_ns)
{
    while (first_start_ns < at_ns)
        first_start_ns += RELIST_NS + NS_PER_S;
    return first_start_ns + RELIST_NS;
}

static const struct pod *run_crash(struct fixture *f, sim_ns *relist_ns, sim_ns until_ns)
{
    fixture_start(f);
    *relist_ns = f->cluster->nodes[0].relist_start_ns;
    fixture_run(f, CRASH_NS);
    faults_crash(f->cluster, 0);
    fixture_run(f, until_ns);
    return f->cluster->pods[0];
}

static void test_the_first_restart_is_at_once_when_the_relist_has_seen_the_end(void **state)
{
    sim_ns relist_ns;
    const struct pod *p = run_crash(*state, &relist_ns, NS_PER_MIN);

    assert_int_equal(p->container_started_ns,
                     relist_end_ns(relist_ns, CRASH_NS) + SYNC_NS + START_NS);
    assert_int_equal(p->stored.restart_count, 1);
    assert_int_equal(p->stored.container, CONTAINER_RUNNING);
    assert_true(p->stored.is_ready);
}

static void test_a_crash_is_told_with_the_sync_that_the_relist_brings(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    const struct news *news;
    sim_ns relist_ns;
    sim_ns seen_ns;

    f->containers[0].readiness.period_ns = NS_PER_HOUR; /* no probe comes first */
    fixture_start(f);
    relist_ns = f->cluster->nodes[0].relist_start_ns;
    fixture_run(f, CRASH_NS);
    faults_crash(f->cluster, 0);
    p = f->cluster->pods[0];
    assert_int_equal(p->state, POD_STATE_STOPPED);
    assert_true(cluster_pod_has_address(f->cluster, 0)); /* which answers that nobody listens */
    seen_ns = relist_end_ns(relist_ns, CRASH_NS);
    fixture_run(f, seen_ns + SYNC_NS - 1);
    assert_true(p->stored.is_ready);
    fixture_run(f, seen_ns + SYNC_NS);
    assert_false(p->stored.is_ready);
    assert_int_equal(p->stored.container, CONTAINER_ERROR);
    fixture_run(f, NS_PER_MIN);
    news = fixture_change(f, 0, CHANGE_UNREADY);
    assert_int_equal(news->cause, CAUSE_CRASH);
    assert_int_equal(news->t_cause_ns, CRASH_NS);
    assert_int_equal(news->t_detect_ns, seen_ns);
    assert_int_equal(news->t_status_ns, seen_ns + SYNC_NS);
}

static void test_a_program_that_is_back_is_a_change_of_cause_start(void **state)
{
    struct fixture *f = *state;
    const struct news *news;
    const struct pod *p;
    sim_ns relist_ns;

    p = run_crash(f, &relist_ns, NS_PER_MIN);
    news = fixture_change(f, 0, CHANGE_READY);
    assert_int_equal(news->cause, CAUSE_START);
    assert_int_equal(news->t_cause_ns, p->container_started_ns + f->startup_ns);
}

static void test_without_a_probe_it_is_ready_with_the_status_that_shows_it_running(void **state)
{
    struct fixture *f = *state;
    const struct news *news;
    const struct pod *p;
    sim_ns relist_ns;

    f->containers[0].readiness.kind = PROBE_NONE;
    p = run_crash(f, &relist_ns, NS_PER_MIN);
    news = fixture_change(f, 0, CHANGE_READY);
    assert_int_equal(news->t_cause_ns, p->container_started_ns);
    assert_int_equal(news->t_detect_ns, relist_end_ns(relist_ns, p->container_started_ns));
    assert_int_equal(news->t_status_ns, news->t_detect_ns + SYNC_NS);
}

/* Crashes each time a second after the start: the k-th restart comes no earlier than the back-off after the k-th end and
 * no later than one retry (10 s to 15 s, and the worker's clock) after that. */
static void test_restarts_back_off_from_10_s_to_300_s(void **state)
{
    static const sim_ns backoffs_ns[] = {0,
                                         10 * NS_PER_S,
                                         20 * NS_PER_S,
                                         40 * NS_PER_S,
                                         80 * NS_PER_S,
                                         160 * NS_PER_S,
                                         300 * NS_PER_S,
                                         300 * NS_PER_S};
    struct fixture *f = *state;
    const struct pod *p;

    fixture_start(f);
    fixture_run(f, CRASH_NS);
    p = f->cluster->pods[0];
    for (uint32_t i = 0; i < EP_COUNT_OF(backoffs_ns); i++) {
        sim_ns ended_ns = f->kernel.now_ns;
        sim_ns waited_ns;
        faults_crash(f->cluster, 0);
        while (p->kubelet_state != KUBELET_RUNNING)
            fixture_run(f, f->kernel.now_ns + 100 * NS_PER_MS);
        waited_ns = p->container_started_ns - START_NS - ended_ns;
        assert_true(waited_ns >= backoffs_ns[i]);
        assert_true(waited_ns <= backoffs_ns[i] + (i == 0 ? 2 : 16) * NS_PER_S);
        fixture_run(f, f->kernel.now_ns + NS_PER_S);
    }
    assert_int_equal(p->stored.restart_count, EP_COUNT_OF(backoffs_ns));
}

static void test_ten_minutes_of_good_running_forget_the_back_off(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns relist_ns;
    sim_ns again_ns;

    p = run_crash(f, &relist_ns, NS_PER_MIN);
    again_ns = p->container_started_ns - START_NS + 10 * NS_PER_MIN + 1;
    fixture_run(f, again_ns);
    faults_crash(f->cluster, 0);
    fixture_run(f, again_ns + NS_PER_MIN);
    assert_int_equal(p->backoff_ns, 10 * NS_PER_S);
    assert_true(p->container_started_ns < again_ns + 3 * NS_PER_S);
}

static void test_a_sync_that_comes_too_early_makes_the_status_crash_loop_back_off(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns relist_ns;
    bool was_in_loop = false;

    p = run_crash(f, &relist_ns, 20 * NS_PER_S);
    faults_crash(f->cluster, 0);
    fixture_run(f, 25 * NS_PER_S);
    assert_int_equal(p->stored.container, CONTAINER_ERROR);
    faults_crash(f->cluster, 0); /* nothing runs: nothing happens */
    fixture_run(f, 50 * NS_PER_S);
    faults_crash(f->cluster, 0);
    while (f->kernel.now_ns < 80 * NS_PER_S && !was_in_loop) {
        fixture_run(f, f->kernel.now_ns + NS_PER_S);
        was_in_loop = p->stored.container == CONTAINER_CRASH_LOOP;
    }
    assert_true(was_in_loop);
    assert_int_equal(p->stored.restart_count, 2);
}

static void test_with_restart_policy_never_the_pod_has_failed(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns relist_ns;

    f->workloads[0].pod_template.restart_policy = "Never";
    p = run_crash(f, &relist_ns, NS_PER_MIN);
    assert_int_equal(p->stored.phase, PHASE_FAILED);
    assert_true(p->stored.exists);
    assert_int_equal(p->stored.restart_count, 0);
    assert_int_equal(p->state, POD_STATE_GONE);
    assert_null(fixture_listed(f, 0, 0));
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_false(p->stored.exists);
}

static void test_a_pod_is_deleted_while_its_container_waits(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns relist_ns;

    (void)run_crash(f, &relist_ns, 20 * NS_PER_S);
    faults_crash(f->cluster, 0);
    fixture_run(f, 24 * NS_PER_S);
    p = f->cluster->pods[0];
    assert_int_equal(p->kubelet_state, KUBELET_WAITING);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, 26 * NS_PER_S);
    assert_false(p->stored.exists);
    assert_int_equal(f->sigterms.count, 0);
    assert_int_equal(p->start_count, 2);
}

static struct probe_spec probe(sim_ns period_ns, uint32_t failure_threshold)
{
    return (struct probe_spec){.kind = PROBE_HTTP,
                               .port = {NULL, 8080},
                               .period_ns = period_ns,
                               .timeout_ns = NS_PER_S,
                               .success_threshold = 1,
                               .failure_threshold = failure_threshold};
}

/* The tick of the pod's liveness worker at or after at_ns. */
static sim_ns liveness_tick_ns(const struct fixture *f, sim_ns at_ns)
{
    uint32_t i = f->cluster->pods[0]->first_prober;
    const struct prober *prober = SLAB_AT(&f->cluster->probers, i, struct prober);
    sim_ns tick_ns;

    while (prober->role != PROBE_LIVENESS) {
        i = prober->next;
        prober = SLAB_AT(&f->cluster->probers, i, struct prober);
    }
    tick_ns = prober->origin_ns;
    while (tick_ns < at_ns)
        tick_ns += prober->spec->period_ns;
    return tick_ns;
}

static void test_the_third_liveness_failure_restarts_the_container(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns third_ns;

    f->containers[0].liveness = probe(10 * NS_PER_S, 3);
    fixture_start(f);
    fixture_run(f, CRASH_NS);
    fixture_close(f, 0);
    third_ns = liveness_tick_ns(f, CRASH_NS) + 20 * NS_PER_S;
    p = f->cluster->pods[0];
    fixture_run(f, third_ns + SYNC_NS - 1);
    assert_int_equal(f->sigterms.count, 0);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(f->sigterms.count, 1);
    assert_int_equal(f->sigterms.items[0].at_ns, third_ns + SYNC_NS);
    /* it exits on SIGTERM; the first kill waits for nothing */
    assert_int_equal(p->container_started_ns, third_ns + SYNC_NS + STOP_NS + START_NS);
    assert_int_equal(p->stored.restart_count, 1);
    assert_int_equal(p->backoff_ns, 0);
}

/* An attempt at a program that hangs lasts its timeout; SIGTERM goes unheard, so SIGKILL comes after the grace. */
static void test_a_program_that_hangs_is_killed_after_its_grace(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns third_ns;

    f->containers[0].liveness = probe(10 * NS_PER_S, 3);
    fixture_start(f);
    fixture_run(f, CRASH_NS);
    faults_hang(f->cluster, 0, true);
    third_ns = liveness_tick_ns(f, CRASH_NS) + 20 * NS_PER_S + NS_PER_S;
    p = f->cluster->pods[0];
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(f->sigterms.count, 0);
    assert_int_equal(f->sigkills.items[0].at_ns, third_ns + SYNC_NS + 30 * NS_PER_S);
    assert_false(p->is_hung);
    assert_true(p->stored.is_ready);
}

static void test_liveness_probes_end_with_the_deletion_of_the_pod(void **state)
{
    struct fixture *f = *state;

    f->containers[0].liveness = probe(NS_PER_S, 1);
    f->on_sigterm = FIXTURE_DRAIN; /* it stops listening and goes on for long */
    f->drain_ns = 25 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, CRASH_NS);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, CRASH_NS + 24 * NS_PER_S);
    assert_int_equal(f->sigterms.count, 1);
    assert_int_equal(f->cluster->pods[0]->start_count, 1);
}

/* Startup: each second, at most 30 times. Until it passes the pod is neither probed otherwise nor ready. */
static void test_a_startup_probe_holds_the_others_back(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns relist_ns;

    f->startup_ns = 20 * NS_PER_S;
    f->containers[0].startup = probe(NS_PER_S, 30);
    f->containers[0].liveness = probe(NS_PER_S, 1); /* would kill it at once */
    p = run_crash(f, &relist_ns, CRASH_NS + 20 * NS_PER_S);
    assert_false(p->stored.is_started);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(p->start_count, 2);
    assert_true(p->stored.is_started && p->stored.is_ready);
}

static void test_a_startup_probe_that_fails_to_the_threshold_restarts_the_container(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns relist_ns;

    f->startup_ns = NS_PER_HOUR;
    f->containers[0].startup = probe(NS_PER_S, 5);
    p = run_crash(f, &relist_ns, NS_PER_MIN);
    assert_true(p->start_count > 2);
    assert_false(p->stored.is_ready);
}

static void test_a_pod_with_a_startup_probe_alone_is_ready_once_that_has_passed(void **state)
{
    struct fixture *f = *state;
    const struct pod *p;
    sim_ns relist_ns;

    f->startup_ns = 5 * NS_PER_S;
    f->containers[0].readiness.kind = PROBE_NONE;
    f->containers[0].startup = probe(NS_PER_S, 30);
    p = run_crash(f, &relist_ns, NS_PER_MIN);
    assert_true(p->stored.is_ready);
    assert_true(p->ready_changed_ns >= p->container_started_ns + f->startup_ns);
    assert_true(p->ready_changed_ns <=
                p->container_started_ns + f->startup_ns + NS_PER_S + SYNC_NS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_the_first_restart_is_at_once_when_the_relist_has_seen_the_end),
        T(test_a_crash_is_told_with_the_sync_that_the_relist_brings),
        T(test_a_program_that_is_back_is_a_change_of_cause_start),
        T(test_without_a_probe_it_is_ready_with_the_status_that_shows_it_running),
        T(test_restarts_back_off_from_10_s_to_300_s),
        T(test_ten_minutes_of_good_running_forget_the_back_off),
        T(test_a_sync_that_comes_too_early_makes_the_status_crash_loop_back_off),
        T(test_with_restart_policy_never_the_pod_has_failed),
        T(test_a_pod_is_deleted_while_its_container_waits),
        T(test_the_third_liveness_failure_restarts_the_container),
        T(test_a_program_that_hangs_is_killed_after_its_grace),
        T(test_liveness_probes_end_with_the_deletion_of_the_pod),
        T(test_a_startup_probe_holds_the_others_back),
        T(test_a_startup_probe_that_fails_to_the_threshold_restarts_the_container),
        T(test_a_pod_with_a_startup_probe_alone_is_ready_once_that_has_passed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
