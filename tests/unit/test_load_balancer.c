/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/load_balancer.h"
#include "cluster/node/kube_proxy.h"
#include "cluster/object_commands.h"
#include "support/fixture.h"

#define INTERVAL_NS (8 * NS_PER_S)
#define TIMEOUT_NS NS_PER_S
#define OFF_NS (100 * NS_PER_S)

/* What the balancer said, in order. */
struct verdict {
    sim_ns at_ns;
    uint32_t node;
    bool is_healthy;
};

struct rig {
    struct fixture f;
    struct verdict verdicts[32];
    uint32_t verdict_count;
};

static struct rig rig;

static void hear_verdict(void *self, sim_ns at_ns, uint32_t service, uint32_t node, bool is_healthy)
{
    struct rig *r = self;

    assert_int_equal(service, 0);
    assert_true(r->verdict_count < 32);
    r->verdicts[r->verdict_count++] = (struct verdict){at_ns, node, is_healthy};
}

static int set_up(void **state)
{
    rig = (struct rig){.verdict_count = 0};
    fixture_init(&rig.f);
    rig.f.services[0].type = SERVICE_LOAD_BALANCER;
    rig.f.services[0].is_external_local = true;
    rig.f.spec.cluster.load_balancer = (struct load_balancer_spec){
        .health_check = {INTERVAL_NS, TIMEOUT_NS, .healthy = 1, .unhealthy = 3},
        .is_there = true,
        .range = "203.0.113.0/24",
        .delay_ns = 30 * NS_PER_S,
    };
    *state = &rig.f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static void start(struct fixture *f)
{
    fixture_start(f);
    cluster_observe(f->cluster,
                    &(struct cluster_observer){.self = &rig, .balancer_judged = hear_verdict});
    cluster_use_balancer(f->cluster, 0);
}

static bool is_healthy(const struct fixture *f, uint32_t node)
{
    struct balancer_view view;

    assert_true(cluster_balancer(f->cluster, 0, &view));
    return view.is_healthy[node];
}

static uint32_t pod_on(const struct fixture *f, uint32_t node)
{
    uint32_t pod = 0;

    while (f->cluster->pods[pod]->stored.node != node)
        pod++;
    return pod;
}

static void set_policy(struct fixture *f, bool is_local)
{
    struct service_spec *spec = ARENA_NEW(&f->arena, struct service_spec);

    *spec = f->services[0];
    spec->is_external_local = is_local;
    commands_apply_service(f->cluster, spec, CAUSE_PATCH);
}

static void test_beliefs_of_a_converged_start_are_right(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 2; /* on node-1 and node-2 */
    start(f);
    assert_true(is_healthy(f, 0));
    assert_true(is_healthy(f, 1));
    assert_false(is_healthy(f, 2));
    fixture_run(f, 10 * NS_PER_MIN);
    assert_int_equal(rig.verdict_count, 0);
}

static void test_with_cluster_policy_nodes_without_endpoints_are_healthy(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 0;
    f->services[0].is_external_local = false;
    start(f);
    for (uint32_t node = 0; node < 3; node++)
        assert_true(is_healthy(f, node));
}

/* The pod is terminating and serves on: its node fails, and three checks later it is known. */
static void test_a_node_whose_endpoints_terminate_fails_after_three_checks(void **state)
{
    struct fixture *f = *state;
    uint32_t node = 1;

    f->on_sigterm = FIXTURE_IGNORE;
    start(f);
    fixture_run(f, OFF_NS);
    object_commands_cordon(f->cluster, node, true);
    cluster_delete_pod(f->cluster, pod_on(f, node), 600 * NS_PER_S, false, CAUSE_KILL);
    fixture_run(f, OFF_NS + NS_PER_S);
    assert_int_equal(cluster_route(f->cluster, node, 0, 80, ORIGIN_OUTSIDE).table->count, 1);
    assert_true(is_healthy(f, node));
    fixture_run(f, OFF_NS + NS_PER_MIN);
    assert_int_equal(rig.verdict_count, 1);
    assert_int_equal(rig.verdicts[0].node, node);
    assert_false(rig.verdicts[0].is_healthy);
    assert_in_range(rig.verdicts[0].at_ns, OFF_NS + 2 * INTERVAL_NS,
                    OFF_NS + 3 * INTERVAL_NS + 2 * NS_PER_S);
}

static void test_a_lapse_has_the_change_and_its_cause_until_it_is_noticed(void **state)
{
    struct fixture *f = *state;
    const struct balancer_lapse *lapse;
    uint32_t pod;
    uint32_t index;

    start(f);
    fixture_run(f, OFF_NS);
    assert_int_equal(cluster_balancer_lapse(f->cluster, 0, 1), ID_NONE);
    pod = pod_on(f, 1);
    object_commands_cordon(f->cluster, 1, true);
    cluster_delete_pod(f->cluster, pod, 600 * NS_PER_S, false, CAUSE_KILL);
    fixture_run(f, OFF_NS + 2 * NS_PER_S);
    index = cluster_balancer_lapse(f->cluster, 0, 1);
    assert_int_not_equal(index, ID_NONE);
    lapse = cluster_lapse(f->cluster, index);
    assert_int_equal(lapse->cause, CAUSE_KILL);
    assert_int_equal(lapse->change, fixture_change(f, pod, CHANGE_TERMINATING)->change);
    assert_in_range(lapse->since_ns, OFF_NS, OFF_NS + 2 * NS_PER_S);
    fixture_run(f, OFF_NS + NS_PER_MIN);
    assert_int_equal(cluster_balancer_lapse(f->cluster, 0, 1), ID_NONE);
}

static void test_a_dead_node_is_known_after_the_timeout_of_the_third_check(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_external_local = false;
    start(f);
    fixture_run(f, OFF_NS);
    cluster_fail_node(f->cluster, 2, true);
    assert_int_equal(cluster_lapse(f->cluster, cluster_balancer_lapse(f->cluster, 0, 2))->cause,
                     CAUSE_NODE);
    fixture_run(f, OFF_NS + 5 * INTERVAL_NS);
    assert_int_equal(rig.verdict_count, 1);
    assert_int_equal(rig.verdicts[0].node, 2);
    assert_in_range(rig.verdicts[0].at_ns, OFF_NS + 2 * INTERVAL_NS + TIMEOUT_NS,
                    OFF_NS + 3 * INTERVAL_NS + TIMEOUT_NS);
    cluster_fail_node(f->cluster, 2, false);
    fixture_run(f, OFF_NS + 6 * INTERVAL_NS);
    assert_int_equal(rig.verdict_count, 2);
    assert_true(rig.verdicts[1].is_healthy);
}

static void test_an_answer_in_between_begins_the_count_anew(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_external_local = false;
    start(f);
    for (uint32_t i = 0; i < 5; i++) { /* two checks fail, one passes */
        fixture_run(f, OFF_NS + (sim_ns)(3 * i) * INTERVAL_NS);
        cluster_fail_node(f->cluster, 0, true);
        fixture_run(f, OFF_NS + (sim_ns)(3 * i + 2) * INTERVAL_NS);
        cluster_fail_node(f->cluster, 0, false);
    }
    assert_int_equal(rig.verdict_count, 0);
}

static void test_a_proxy_that_is_behind_for_two_sync_periods_fails(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_external_local = false;
    f->spec.cluster.proxy.sync_ns = 30 * NS_PER_S;
    fixture_hop(f, HOP_PROXY_SYNC, 100 * NS_PER_S);
    start(f);
    fixture_run(f, OFF_NS);
    cluster_delete_pod(f->cluster, pod_on(f, 0), 0, false, CAUSE_KILL);
    fixture_run(f, OFF_NS + 59 * NS_PER_S);
    assert_true(kube_proxy_is_healthy(f->cluster, 0));
    fixture_run(f, OFF_NS + 90 * NS_PER_S);
    assert_false(kube_proxy_is_healthy(f->cluster, 0));
    assert_false(is_healthy(f, 0));
}

static void test_there_is_none_before_it_has_its_address(void **state)
{
    struct fixture *f = *state;
    struct balancer_view view;

    f->services[0].type = SERVICE_CLUSTER_IP;
    start(f);
    assert_false(cluster_balancer(f->cluster, 0, &view));
    fixture_run(f, OFF_NS);
    f->services[0].type = SERVICE_LOAD_BALANCER;
    set_policy(f, false);
    fixture_run(f, OFF_NS + 30 * NS_PER_S - 1);
    assert_false(cluster_balancer(f->cluster, 0, &view));
    fixture_run(f, OFF_NS + 30 * NS_PER_S);
    assert_true(cluster_balancer(f->cluster, 0, &view));
    assert_int_equal(rig.verdict_count, 0); /* it has asked nobody yet */
    fixture_run(f, OFF_NS + 40 * NS_PER_S);
    assert_int_equal(rig.verdict_count, 3);
    f->services[0].type = SERVICE_NODE_PORT;
    set_policy(f, false);
    assert_false(cluster_balancer(f->cluster, 0, &view));
}

static void test_a_policy_that_becomes_local_is_followed(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 1; /* on node-1 */
    f->services[0].is_external_local = false;
    start(f);
    fixture_run(f, OFF_NS);
    set_policy(f, true);
    fixture_run(f, OFF_NS + 4 * INTERVAL_NS);
    assert_true(is_healthy(f, 0));
    assert_false(is_healthy(f, 1));
    assert_false(is_healthy(f, 2));
    assert_int_equal(rig.verdict_count, 2);
}

/* Checks of one node are an interval apart, and nodes have phases of their own. */
static void test_phases_belong_to_nodes(void **state)
{
    struct fixture *f = *state;
    sim_ns first_ns[2];

    for (uint32_t run = 0; run < 2; run++) {
        if (run == 1) {
            tear_down(state);
            set_up(state);
            fixture_nodes(f, 5); /* more nodes change nobody's phase */
        }
        f->services[0].is_external_local = false;
        start(f);
        fixture_run(f, OFF_NS);
        cluster_fail_node(f->cluster, 0, true);
        cluster_fail_node(f->cluster, 1, true);
        fixture_run(f, OFF_NS + 5 * INTERVAL_NS);
        assert_int_equal(rig.verdict_count, 2);
        assert_int_not_equal(rig.verdicts[0].at_ns, rig.verdicts[1].at_ns);
        first_ns[run] = rig.verdicts[0].at_ns;
    }
    assert_int_equal(first_ns[0], first_ns[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_beliefs_of_a_converged_start_are_right),
        TEST(test_with_cluster_policy_nodes_without_endpoints_are_healthy),
        TEST(test_a_node_whose_endpoints_terminate_fails_after_three_checks),
        TEST(test_a_lapse_has_the_change_and_its_cause_until_it_is_noticed),
        TEST(test_a_dead_node_is_known_after_the_timeout_of_the_third_check),
        TEST(test_an_answer_in_between_begins_the_count_anew),
        TEST(test_a_proxy_that_is_behind_for_two_sync_periods_fails),
        TEST(test_there_is_none_before_it_has_its_address),
        TEST(test_a_policy_that_becomes_local_is_followed),
        TEST(test_phases_belong_to_nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
