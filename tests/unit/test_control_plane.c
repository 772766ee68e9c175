/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/control_plane.h"
#include "cluster/watches.h"
#include "support/fixture.h"

#define AT_NS (60 * NS_PER_S)
#define LEASE_NS (15 * NS_PER_S)
#define TRY_MOST_NS (4400 * NS_PER_MS) /* retry period 2 s, jitter 1.2 */

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

/* Kills pod 0 at AT_NS; the instant at which its slice stopped calling it ready, NS_NEVER if it has not. */
static sim_ns told_ns(struct fixture *f, sim_ns until_ns)
{
    const struct news *news;

    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, until_ns);
    news = fixture_change(f, 0, CHANGE_TERMINATING);
    if (news == NULL)
        news = fixture_change(f, 0, CHANGE_REMOVE);
    return news == NULL ? NS_NEVER : news->t_stored_ns;
}

static void test_nothing_is_reconciled_while_the_controller_manager_is_dead(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, true);
    assert_true(told_ns(f, 10 * NS_PER_MIN) == NS_NEVER);
    assert_int_equal(fixture_count_versions(f, OBJECT_POD, WRITE_CREATE), 0);
}

static void test_a_restarted_controller_manager_waits_for_the_lease_then_syncs(void **state)
{
    struct fixture *f = *state;
    sim_ns at_ns;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, true);
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, false);
    at_ns = told_ns(f, 10 * NS_PER_MIN);
    assert_in_range(at_ns, AT_NS + LEASE_NS, AT_NS + LEASE_NS + TRY_MOST_NS + NS_PER_MS);
    assert_int_equal(fixture_count_pods(f, 0), 3);
}

static void test_without_election_it_goes_on_once_it_has_listed(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.controller_manager.has_no_election = true;
    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, true);
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, false);
    assert_in_range(told_ns(f, 2 * NS_PER_MIN), AT_NS, AT_NS + NS_PER_MS);
}

static void test_a_standby_takes_over_when_the_lease_has_run_out(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.controller_manager.replicas = 2;
    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, true);
    /* the last renewal was up to 2 s before */
    assert_in_range(told_ns(f, 10 * NS_PER_MIN), AT_NS + LEASE_NS - 2 * NS_PER_S,
                    AT_NS + LEASE_NS + TRY_MOST_NS + NS_PER_MS);
}

static void test_a_cut_shorter_than_the_renew_deadline_only_delays(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_cut_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, true);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, AT_NS + 5 * NS_PER_S);
    assert_null(fixture_change(f, 0, CHANGE_TERMINATING));
    cluster_cut_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, false);
    fixture_run(f, AT_NS + 10 * NS_PER_S);
    assert_true(fixture_change(f, 0, CHANGE_REMOVE) != NULL ||
                fixture_change(f, 0, CHANGE_TERMINATING) != NULL);
    assert_true(control_plane_leads(f->cluster, LEASE_CONTROLLER_MANAGER));
}

static void test_a_cut_longer_than_the_renew_deadline_ends_the_leader(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_cut_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, true);
    fixture_run(f, AT_NS + 9900 * NS_PER_MS);
    assert_true(control_plane_leads(f->cluster, LEASE_CONTROLLER_MANAGER));
    fixture_run(f, AT_NS + 12 * NS_PER_S);
    assert_false(control_plane_leads(f->cluster, LEASE_CONTROLLER_MANAGER));
    cluster_cut_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, false);
    assert_in_range(told_ns(f, 10 * NS_PER_MIN), AT_NS + (12 + 15) * NS_PER_S,
                    AT_NS + (12 + 15) * NS_PER_S + TRY_MOST_NS + NS_PER_MS);
}

static void test_nothing_is_stored_while_the_api_server_is_dead(void **state)
{
    struct fixture *f = *state;
    uint32_t before;

    fixture_start(f);
    fixture_close(f, 0);
    fixture_run(f, 500 * NS_PER_MS);
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, true);
    before = f->versions.count;
    assert_false(cluster_api_is_up(f->cluster));
    fixture_run(f, AT_NS); /* the probe has failed: the status cannot be written */
    assert_int_equal(f->versions.count, before);
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, false);
    fixture_run(f, AT_NS + 2 * NS_PER_MIN);
    assert_non_null(fixture_change(f, 0, CHANGE_UNREADY));
    /* the status manager's period */
    assert_in_range(fixture_change(f, 0, CHANGE_UNREADY)->t_status_ns, AT_NS,
                    AT_NS + 10 * NS_PER_S);
}

static void test_a_short_death_of_the_api_server_leaves_the_leaders(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, true);
    fixture_run(f, AT_NS + 3 * NS_PER_S);
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, false);
    assert_true(control_plane_leads(f->cluster, LEASE_CONTROLLER_MANAGER));
    /* tries at most 0.8 (1 + 1), 1.6 (1 + 1), ... apart: the third is there */
    assert_in_range(told_ns(f, 10 * NS_PER_MIN), AT_NS + 3 * NS_PER_S, AT_NS + 12 * NS_PER_S);
}

static void test_a_cut_node_errs_alone_and_catches_up(void **state)
{
    struct fixture *f = *state;
    uint32_t reached = 0;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_cut_node(f->cluster, 1, true);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, AT_NS + 20 * NS_PER_S);
    for (uint32_t i = 0; i < f->applied.count; i++)
        assert_int_not_equal(f->applied.items[i].applied.node, 1);
    cluster_cut_node(f->cluster, 1, false);
    fixture_run(f, AT_NS + 30 * NS_PER_S);
    for (uint32_t i = 0; i < f->applied.count; i++)
        reached += f->applied.items[i].applied.node == 1;
    assert_true(reached > 0);
}

static void test_a_cut_kubelet_hears_of_its_pods_later(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_cut_node(f->cluster, f->cluster->pods[0]->node, true);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, AT_NS + 20 * NS_PER_S);
    assert_int_equal(f->sigterms.count, 0);
    cluster_cut_node(f->cluster, f->cluster->pods[0]->node, false);
    fixture_run(f, AT_NS + 40 * NS_PER_S);
    assert_int_equal(f->sigterms.count, 1);
    assert_in_range(f->sigterms.items[0].at_ns, AT_NS + 20 * NS_PER_S, AT_NS + 21 * NS_PER_S);
}

static void test_pods_are_made_once_though_creates_were_refused(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_API_WRITE, 50 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, AT_NS);
    commands_scale_deployment(f->cluster, 0, 9);
    fixture_run(f, AT_NS + 120 * NS_PER_MS); /* the first creates are under way */
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, true);
    fixture_run(f, AT_NS + 4 * NS_PER_S);
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, false);
    fixture_run(f, AT_NS + 3 * NS_PER_MIN);
    assert_int_equal(fixture_count_pods(f, 0), 9);
    assert_int_equal(f->cluster->replica_sets[0]->stored.status_ready, 9);
}

static void test_a_new_template_survives_a_restart_between_plan_and_write(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_CONTROLLER_SYNC, 100 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, AT_NS);
    assert_true(commands_set_image(f->cluster, 0, NULL, "luksa/kubia:v2"));
    fixture_run(f, AT_NS + 50 * NS_PER_MS); /* its replica set is planned, not created */
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, true);
    cluster_fail_components(f->cluster, COMPONENT_CONTROLLER_MANAGER, false);
    fixture_run(f, AT_NS + 5 * NS_PER_MIN);
    assert_int_equal(f->cluster->replica_set_count, 2);
    assert_int_equal(f->cluster->replica_sets[1]->stored.status_ready, 3);
    assert_int_equal(fixture_count_pods(f, 0), 0);
}

static void test_a_dead_scheduler_binds_nothing(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_fail_components(f->cluster, COMPONENT_SCHEDULER, true);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, AT_NS + NS_PER_MIN);
    assert_int_equal(f->cluster->pods[3]->stored.node, ID_NONE);
    cluster_fail_components(f->cluster, COMPONENT_SCHEDULER, false);
    fixture_run(f, AT_NS + NS_PER_MIN + LEASE_NS + TRY_MOST_NS + NS_PER_S);
    assert_int_not_equal(f->cluster->pods[3]->stored.node, ID_NONE);
}

static void test_a_slow_api_server_takes_longer_to_store_and_to_tell(void **state)
{
    struct fixture *f = *state;
    const struct news *news;

    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    fixture_hop(f, HOP_WATCH_CONTROLLER, NS_PER_MS);
    fixture_start(f);
    fixture_run(f, AT_NS);
    cluster_slow_components(f->cluster, COMPONENT_API_SERVER, 10);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, AT_NS + NS_PER_S);
    news = fixture_change(f, 0, CHANGE_TERMINATING);
    assert_non_null(news);
    assert_int_equal(news->t_enqueue_ns - news->t_status_ns, 10 * NS_PER_MS);
    assert_int_equal(news->t_stored_ns - news->t_write_ns, 40 * NS_PER_MS);
}

static void test_reconnects_are_backed_off(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(watches_reconnect_ns(f->cluster, i, 0, AT_NS, AT_NS), AT_NS);
        assert_in_range(watches_reconnect_ns(f->cluster, i, 0, AT_NS, AT_NS + 1),
                        AT_NS + 800 * NS_PER_MS, AT_NS + 1600 * NS_PER_MS);
        /* 0.8 + 1.6 + ... + 25.6 = 50.4 s at the least, so that after 10 min they come every 30 to 60 s */
        assert_in_range(watches_reconnect_ns(f->cluster, i, 0, AT_NS, AT_NS + 10 * NS_PER_MIN),
                        AT_NS + 10 * NS_PER_MIN, AT_NS + 11 * NS_PER_MIN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_nothing_is_reconciled_while_the_controller_manager_is_dead),
        TEST(test_a_restarted_controller_manager_waits_for_the_lease_then_syncs),
        TEST(test_without_election_it_goes_on_once_it_has_listed),
        TEST(test_a_standby_takes_over_when_the_lease_has_run_out),
        TEST(test_a_cut_shorter_than_the_renew_deadline_only_delays),
        TEST(test_a_cut_longer_than_the_renew_deadline_ends_the_leader),
        TEST(test_nothing_is_stored_while_the_api_server_is_dead),
        TEST(test_a_short_death_of_the_api_server_leaves_the_leaders),
        TEST(test_a_cut_node_errs_alone_and_catches_up),
        TEST(test_a_cut_kubelet_hears_of_its_pods_later),
        TEST(test_pods_are_made_once_though_creates_were_refused),
        TEST(test_a_new_template_survives_a_restart_between_plan_and_write),
        TEST(test_a_dead_scheduler_binds_nothing),
        TEST(test_a_slow_api_server_takes_longer_to_store_and_to_tell),
        TEST(test_reconnects_are_backed_off),
    };

    return cmocka_run_group_tests_name("control_plane", tests, NULL, NULL);
}
