/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/api_server.h"
#include "cluster/commands.h"
#include "cluster/controllers/deployment_controller.h"
#include "cluster/object_commands.h"
#include "support/fixture.h"

#define ROLLED_NS (10 * NS_PER_S)

/* Ten replicas, 3 more and 2 fewer allowed; two replica sets share ten API writes easily. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    f.workloads[0].replicas = 10;
    f.workloads[0].max_surge = (struct int_or_percent){false, 3};
    f.workloads[0].max_unavailable = (struct int_or_percent){false, 2};
    f.spec.cluster.controller_manager.api_qps = 1e6;
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static void assert_limits(const struct workload_spec *spec, uint32_t replicas, uint32_t surge,
                          uint32_t unavailable)
{
    uint32_t got_surge;
    uint32_t got_unavailable;

    deployment_controller_limits(spec, replicas, &got_surge, &got_unavailable);
    assert_int_equal(got_surge, surge);
    assert_int_equal(got_unavailable, unavailable);
}

static void test_surge_is_rounded_up_and_unavailable_down(void **state)
{
    const struct workload_spec spec = {.max_surge = {true, 25}, .max_unavailable = {true, 25}};

    (void)state;
    assert_limits(&spec, 10, 3, 2);
    assert_limits(&spec, 1, 1, 0);
    assert_limits(&spec, 3, 1, 0);
    assert_limits(&spec, 4, 1, 1);
}

static void test_if_both_come_to_nothing_one_may_be_unavailable(void **state)
{
    const struct workload_spec numbers = {.max_surge = {false, 0}, .max_unavailable = {false, 0}};
    const struct workload_spec percent = {.max_surge = {true, 0}, .max_unavailable = {true, 1}};

    (void)state;
    assert_limits(&numbers, 10, 0, 1);
    assert_limits(&percent, 10, 0, 1);
}

static void test_no_more_may_be_unavailable_than_there_are(void **state)
{
    const struct workload_spec spec = {.max_surge = {false, 1}, .max_unavailable = {false, 7}};

    (void)state;
    assert_limits(&spec, 5, 1, 5);
}

static uint32_t replicas_of(const struct fixture *f, uint32_t replica_set)
{
    return f->cluster->replica_sets[replica_set]->stored.replicas;
}

/* A rollout whose new pods never get ready: it stops with 8 old and 5 new ones. */
static void start_stuck_rollout(struct fixture *f)
{
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    f->startup_ns = NS_PER_HOUR;
    commands_restart(f->cluster, 0);
    fixture_run(f, ROLLED_NS + 5 * NS_PER_S);
    assert_int_equal(replicas_of(f, 0), 8);
    assert_int_equal(replicas_of(f, 1), 5);
}

static void test_the_first_step_makes_three_new_and_leaves_eight_old(void **state)
{
    struct fixture *f = *state;
    uint32_t sizes[8];
    uint32_t count = 0;

    f->workloads[0].max_surge = (struct int_or_percent){true, 25};
    f->workloads[0].max_unavailable = (struct int_or_percent){true, 25};
    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    fixture_hop(f, HOP_WATCH_CONTROLLER, 1 * NS_PER_MS);
    f->startup_ns = NS_PER_HOUR;
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    fixture_run(f, ROLLED_NS + 5 * NS_PER_MS);
    assert_int_equal(replicas_of(f, 1), 3);
    assert_int_equal(replicas_of(f, 0), 10);
    fixture_run(f, ROLLED_NS + 9 * NS_PER_MS); /* the next write of the same sync */
    assert_int_equal(replicas_of(f, 1), 3);
    assert_int_equal(replicas_of(f, 0), 8);
    for (uint32_t i = 0; i < f->versions.count; i++) {
        if (f->versions.items[i].kind == OBJECT_REPLICA_SET && count < 8)
            sizes[count++] = (uint32_t)((f->versions.items[i].at_ns - ROLLED_NS) / NS_PER_MS);
    }
    assert_int_equal(count, 2);
    assert_int_equal(sizes[0], 5);
    assert_int_equal(sizes[1], 9);
}

static uint32_t count_ready(const struct fixture *f)
{
    uint32_t ready = 0;

    for (uint32_t pod = 0; pod < f->cluster->pod_count; pod++) {
        const struct pod_view *view = &f->cluster->pods[pod]->stored;
        ready += view->exists && view->is_ready && !view->is_deleting;
    }
    return ready;
}

static void test_a_rollout_keeps_within_surge_and_unavailable_and_completes(void **state)
{
    struct fixture *f = *state;

    spec_default_latency(&f->arena, f->spec.cluster.latency);
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    for (sim_ns ms = 0; ms < 60000; ms += 5) {
        uint32_t total = 0;
        fixture_run(f, ROLLED_NS + ms * NS_PER_MS);
        for (uint32_t rs = 0; rs < f->cluster->replica_set_count; rs++)
            total += replicas_of(f, rs);
        assert_in_range(total, 8, 13);
        assert_true(count_ready(f) >= 8);
    }
    assert_int_equal(replicas_of(f, 0), 0);
    assert_int_equal(replicas_of(f, 1), 10);
    assert_int_equal(fixture_count_pods(f, 1), 10);
    assert_int_equal(f->cluster->deployments[0].stored.status_updated, 10);
    assert_int_equal(f->cluster->deployments[0].stored.status_available, 10);
}

static void test_unhealthy_old_pods_go_first(void **state)
{
    struct fixture *f = *state;

    start_stuck_rollout(f);
    commands_restart(f->cluster, 0);
    fixture_run(f, ROLLED_NS + 6 * NS_PER_S);
    assert_int_equal(replicas_of(f, 0), 8); /* all available: stay */
    assert_int_equal(replicas_of(f, 1), 0);
    assert_int_equal(replicas_of(f, 2), 5);
}

static void test_recreate_waits_until_the_last_old_pod_is_gone(void **state)
{
    struct fixture *f = *state;
    sim_ns last_gone_ns = 0;

    f->workloads[0].strategy = STRATEGY_RECREATE;
    f->on_sigterm = FIXTURE_DRAIN;
    f->drain_ns = 7 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(cluster_pod_count(f->cluster), 20);
    for (uint32_t pod = 0; pod < 10; pod++) {
        sim_ns gone_ns = fixture_reached_ns(f, pod, POD_STATE_GONE);
        last_gone_ns = gone_ns > last_gone_ns ? gone_ns : last_gone_ns;
    }
    assert_int_equal(last_gone_ns, ROLLED_NS + 7 * NS_PER_S);
    for (uint32_t pod = 10; pod < 20; pod++) {
        assert_true(fixture_reached_ns(f, pod, POD_STATE_STARTING) >= last_gone_ns);
        assert_int_equal(cluster_pod_created_cause(f->cluster, pod), CAUSE_ROLLOUT);
    }
}

/* The example of the Kubernetes manual: 10 to 15 in mid-rollout adds 3 to the old and 2 to the new. */
static void test_scaling_up_in_mid_rollout_is_spread_in_proportion(void **state)
{
    struct fixture *f = *state;

    start_stuck_rollout(f);
    commands_scale_deployment(f->cluster, 0, 15);
    fixture_run(f, ROLLED_NS + 5 * NS_PER_S + 1);
    assert_int_equal(replicas_of(f, 0), 11);
    assert_int_equal(replicas_of(f, 1), 7);
}

static void test_scaling_down_in_mid_rollout_is_spread_in_proportion(void **state)
{
    struct fixture *f = *state;
    struct deployment_view view;

    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    f->startup_ns = 3 * NS_PER_S;
    commands_restart(f->cluster, 0);
    fixture_run(f, ROLLED_NS + NS_PER_S);
    view = f->cluster->deployments[0].stored;
    view.is_paused = true; /* so that it stays where it is while its new pods get ready */
    api_server_put_deployment(f->cluster, 0, view, WRITE_UPDATE);
    fixture_run(f, ROLLED_NS + 20 * NS_PER_S);
    assert_int_equal(replicas_of(f, 0), 8);
    assert_int_equal(f->cluster->replica_sets[1]->stored.status_available, 5);
    commands_scale_deployment(f->cluster, 0, 5); /* 8 in all: 8 * 8/13 and 5 * 8/13 */
    fixture_run(f, ROLLED_NS + 30 * NS_PER_S);
    assert_int_equal(replicas_of(f, 0), 5);
    assert_int_equal(replicas_of(f, 1), 3);
}

static void test_scaling_to_nothing_in_mid_rollout_leaves_nothing(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_WATCH_CONTROLLER, NS_PER_S);
    f->startup_ns = NS_PER_HOUR;
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    fixture_run(f, ROLLED_NS + 20 * NS_PER_S);
    assert_int_equal(replicas_of(f, 0) + replicas_of(f, 1), 13);
    commands_scale_deployment(f->cluster, 0, 0);
    fixture_run(f, ROLLED_NS + 21 * NS_PER_S); /* one sync */
    assert_int_equal(replicas_of(f, 0), 0);
    assert_int_equal(replicas_of(f, 1), 0);
}

static void test_scaling_from_nothing_tells_the_cause_scale(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 0;
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_scale_deployment(f->cluster, 0, 2);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(cluster_pod_created_cause(f->cluster, 0), CAUSE_SCALE);
    assert_int_equal(cluster_pod_created_cause(f->cluster, 1), CAUSE_SCALE);
}

static void test_a_roll_back_uses_the_old_replica_set_again(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    assert_true(commands_set_image(f->cluster, 0, NULL, "kubia:v2"));
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(replicas_of(f, 1), 10);
    assert_true(commands_set_image(f->cluster, 0, NULL, "kubia:v1"));
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(f->cluster->replica_set_count, 2);
    assert_int_equal(replicas_of(f, 0), 10);
    assert_int_equal(replicas_of(f, 1), 0);
    assert_string_equal(cluster_pod_image(f->cluster, cluster_pod_count(f->cluster) - 1),
                        "kubia:v1");
}

static void test_a_paused_deployment_scales_but_does_not_roll(void **state)
{
    struct fixture *f = *state;
    struct deployment_view view;

    f->workloads[0].is_paused = true;
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(f->cluster->replica_set_count, 1);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(replicas_of(f, 0), 4);
    view = f->cluster->deployments[0].stored;
    view.is_paused = false;
    api_server_put_deployment(f->cluster, 0, view, WRITE_UPDATE);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(replicas_of(f, 1), 4);
}

static void test_a_pod_counts_only_after_min_ready_seconds(void **state)
{
    struct fixture *f = *state;
    sim_ns ready_ns;

    f->workloads[0].replicas = 1;
    f->workloads[0].max_surge = (struct int_or_percent){false, 1};
    f->workloads[0].max_unavailable = (struct int_or_percent){false, 0};
    f->workloads[0].min_ready_ns = 20 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    fixture_run(f, 2 * NS_PER_MIN);
    ready_ns = fixture_reached_ns(f, 1, POD_STATE_READY);
    /* the transition is kept in whole seconds */
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_TERMINATING),
                     ready_ns / NS_PER_S * NS_PER_S + 20 * NS_PER_S);
}

static void test_nothing_waits_for_the_proxies(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_PROXY_SYNC, NS_PER_HOUR);
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(replicas_of(f, 0), 0);
    assert_int_equal(fixture_count_pods(f, 1), 10);
    assert_int_equal(f->applied.count, 0);
}

static void test_a_hundred_restarts_that_outrun_the_informers_end_with_the_last(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_WATCH_CONTROLLER,
                20 * NS_PER_S); /* the informers do not show that old sets are empty */
    fixture_start(f);
    for (uint32_t i = 0; i < 100; i++) {
        fixture_run(f, ROLLED_NS + (sim_ns)i * 100 * NS_PER_MS);
        commands_restart(f->cluster, 0);
    }
    fixture_run(f, 10 * NS_PER_MIN);
    assert_int_equal(replicas_of(f, f->cluster->replica_set_count - 1), 10);
    assert_int_equal(fixture_count_pods(f, f->cluster->replica_set_count - 1), 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Revisions 1, 2 and 3 by restarts. */
static void roll_twice(struct fixture *f)
{
    fixture_start(f);
    fixture_run(f, ROLLED_NS);
    commands_restart(f->cluster, 0);
    fixture_run(f, ROLLED_NS + NS_PER_MIN);
    commands_restart(f->cluster, 0);
    fixture_run(f, ROLLED_NS + 2 * NS_PER_MIN);
}

static void test_undo_goes_back_to_the_last_but_one_which_becomes_the_newest(void **state)
{
    struct fixture *f = *state;

    roll_twice(f);
    assert_true(object_commands_undo(f->cluster, 0, 0));
    fixture_run(f, ROLLED_NS + 3 * NS_PER_MIN);
    assert_int_equal(f->cluster->replica_sets[1]->stored.replicas, 10);
    assert_int_equal(f->cluster->replica_sets[1]->revision, 4);
    assert_int_equal(f->cluster->replica_sets[2]->stored.replicas, 0);
    assert_true(object_commands_undo(f->cluster, 0, 0)); /* and forth */
    fixture_run(f, ROLLED_NS + 4 * NS_PER_MIN);
    assert_int_equal(f->cluster->replica_sets[2]->stored.replicas, 10);
    assert_int_equal(f->cluster->replica_sets[2]->revision, 5);
}

static void test_undo_goes_back_to_the_revision_that_is_named(void **state)
{
    struct fixture *f = *state;

    roll_twice(f);
    assert_true(object_commands_undo(f->cluster, 0, 1));
    fixture_run(f, ROLLED_NS + 3 * NS_PER_MIN);
    assert_int_equal(f->cluster->replica_sets[0]->stored.replicas, 10);
    assert_int_equal(f->cluster->replica_sets[0]->revision, 4);
    assert_false(object_commands_undo(f->cluster, 0, 1)); /* that number is no more */
    assert_false(object_commands_undo(f->cluster, 0, 9));
}

static void test_old_replica_sets_beyond_the_history_limit_go_the_oldest_first(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].revision_history_limit = 1;
    roll_twice(f);
    assert_false(f->cluster->replica_sets[0]->stored.exists);
    assert_true(f->cluster->replica_sets[1]->stored.exists);
    assert_true(f->cluster->replica_sets[2]->stored.exists);
    assert_false(object_commands_undo(f->cluster, 0, 1));
    assert_true(object_commands_undo(f->cluster, 0, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_surge_is_rounded_up_and_unavailable_down),
        TEST(test_if_both_come_to_nothing_one_may_be_unavailable),
        TEST(test_no_more_may_be_unavailable_than_there_are),
        TEST(test_the_first_step_makes_three_new_and_leaves_eight_old),
        TEST(test_a_rollout_keeps_within_surge_and_unavailable_and_completes),
        TEST(test_unhealthy_old_pods_go_first),
        TEST(test_recreate_waits_until_the_last_old_pod_is_gone),
        TEST(test_scaling_up_in_mid_rollout_is_spread_in_proportion),
        TEST(test_scaling_down_in_mid_rollout_is_spread_in_proportion),
        TEST(test_scaling_to_nothing_in_mid_rollout_leaves_nothing),
        TEST(test_scaling_from_nothing_tells_the_cause_scale),
        TEST(test_a_roll_back_uses_the_old_replica_set_again),
        TEST(test_a_paused_deployment_scales_but_does_not_roll),
        TEST(test_a_pod_counts_only_after_min_ready_seconds),
        TEST(test_nothing_waits_for_the_proxies),
        TEST(test_a_hundred_restarts_that_outrun_the_informers_end_with_the_last),
        TEST(test_undo_goes_back_to_the_last_but_one_which_becomes_the_newest),
        TEST(test_undo_goes_back_to_the_revision_that_is_named),
        TEST(test_old_replica_sets_beyond_the_history_limit_go_the_oldest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
