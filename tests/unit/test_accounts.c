/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/api_server.h"
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

/* Hops that can be told apart in a sum. */
static void set_distinct_hops(struct fixture *f)
{
    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    fixture_hop(f, HOP_WATCH_CONTROLLER, 1 * NS_PER_MS);
    fixture_hop(f, HOP_CONTROLLER_SYNC, 2 * NS_PER_MS);
    fixture_hop(f, HOP_WATCH_NODE, 3 * NS_PER_MS);
    fixture_hop(f, HOP_PROXY_SYNC, 60 * NS_PER_MS);
    fixture_hop(f, HOP_SANDBOX_TEARDOWN,
                NS_PER_S); /* a pod is seen terminating before it is gone */
}

static uint32_t count_open(const struct fixture *f)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < cluster_news_count(f->cluster); i++)
        count += cluster_news(f->cluster, i)->state == NEWS_OPEN;
    return count;
}

static void test_a_failed_probe_passes_each_stage_at_its_own_instant(void **state)
{
    struct fixture *f = *state;
    const struct news *news;
    const struct applied_change *applied;
    const struct prober *prober;
    sim_ns tick_ns;

    set_distinct_hops(f);
    fixture_nodes(f, 1);
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    fixture_close(f, 1);
    prober = SLAB_AT(&f->cluster->probers, f->cluster->pods[1]->first_prober, struct prober);
    tick_ns = 10 * NS_PER_S + (prober->origin_ns - 10 * NS_PER_S) % NS_PER_S;
    if (tick_ns < 10 * NS_PER_S)
        tick_ns += NS_PER_S;
    fixture_run(f, 20 * NS_PER_S);
    news = fixture_change(f, 1, CHANGE_UNREADY);
    assert_non_null(news);
    assert_int_equal(news->cause, CAUSE_PROBE);
    assert_int_equal(news->t_cause_ns, 10 * NS_PER_S);
    assert_int_equal(news->t_detect_ns, tick_ns + 2 * NS_PER_S); /* the third failure */
    assert_int_equal(news->t_status_ns, news->t_detect_ns + 4 * NS_PER_MS);
    assert_int_equal(news->t_enqueue_ns, news->t_status_ns + 1 * NS_PER_MS);
    assert_int_equal(news->t_sync_ns, news->t_enqueue_ns);
    assert_int_equal(news->t_write_ns, news->t_sync_ns + 2 * NS_PER_MS);
    assert_int_equal(news->t_stored_ns, news->t_write_ns + 4 * NS_PER_MS);
    assert_int_equal(f->applied.count, 1);
    applied = &f->applied.items[0].applied;
    assert_int_equal(applied->t_delivered_ns, news->t_stored_ns + 3 * NS_PER_MS);
    assert_int_equal(applied->t_sync_start_ns, applied->t_delivered_ns);
    assert_int_equal(applied->t_sync_end_ns, applied->t_sync_start_ns + 60 * NS_PER_MS);
}

static void test_what_starts_at_the_api_has_neither_detect_nor_status(void **state)
{
    struct fixture *f = *state;
    const struct news *news;

    set_distinct_hops(f);
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, 20 * NS_PER_S);
    news = fixture_change(f, 0, CHANGE_TERMINATING);
    assert_non_null(news);
    assert_int_equal(news->cause, CAUSE_KILL);
    assert_int_equal(news->t_cause_ns, 10 * NS_PER_S);
    assert_int_equal(news->t_detect_ns, news->t_cause_ns);
    assert_int_equal(news->t_status_ns, news->t_cause_ns);
    assert_int_equal(news->t_stored_ns, news->t_cause_ns + 7 * NS_PER_MS);
}

static void test_changes_that_share_a_write_keep_accounts_of_their_own(void **state)
{
    struct fixture *f = *state;
    const struct news *first;
    const struct news *second;

    set_distinct_hops(f);
    f->spec.cluster.controller_manager.endpointslice_batch_ns = 500 * NS_PER_MS;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, 10 * NS_PER_S + 200 * NS_PER_MS);
    cluster_delete_pod(f->cluster, 1, -1, false, CAUSE_DELETE);
    fixture_run(f, 11 * NS_PER_S);
    first = fixture_change(f, 0, CHANGE_TERMINATING);
    second = fixture_change(f, 1, CHANGE_TERMINATING);
    assert_int_equal(first->resource_version, second->resource_version);
    assert_int_equal(first->t_cause_ns, 10 * NS_PER_S);
    assert_int_equal(second->t_cause_ns, 10 * NS_PER_S + 200 * NS_PER_MS);
    assert_int_equal(first->cause, CAUSE_KILL);
    assert_int_equal(second->cause, CAUSE_DELETE);
    assert_int_equal(first->t_sync_ns, second->t_sync_ns);
}

/* The first of them starts a sync before the second, which arrives at the same instant, is in the informer. */
static void test_changes_that_arrive_at_one_instant_keep_their_causes(void **state)
{
    struct fixture *f = *state;

    set_distinct_hops(f);
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    for (uint32_t pod = 0; pod < 3; pod++)
        cluster_delete_pod(f->cluster, pod, -1, false, CAUSE_KILL);
    fixture_run(f, 11 * NS_PER_S);
    for (uint32_t pod = 0; pod < 3; pod++) {
        const struct news *news = fixture_change(f, pod, CHANGE_TERMINATING);
        assert_non_null(news);
        assert_int_equal(news->cause, CAUSE_KILL);
        assert_int_equal(news->t_cause_ns, 10 * NS_PER_S);
    }
}

/* A status and a deletion of one pod are stored at the same instant and arrive one after the other. */
static void test_versions_of_a_pod_stored_at_one_instant_keep_their_causes(void **state)
{
    struct fixture *f = *state;
    struct pod_view view;
    const struct news *news;

    f->spec.cluster.latency[HOP_WATCH_CONTROLLER] = distribution_exponential(20 * NS_PER_MS);
    fixture_hop(f, HOP_SANDBOX_TEARDOWN, 5 * NS_PER_S);
    fixture_start(f);
    for (uint32_t pod = 0; pod < 3; pod++) {
        fixture_run(f, (sim_ns)(pod + 1) * 10 * NS_PER_S);
        view = f->cluster->pods[pod]->stored;
        view.is_ready = false;
        api_server_put_pod(f->cluster, pod, &view, WRITE_UPDATE);
        cluster_delete_pod(f->cluster, pod, -1, false, CAUSE_KILL);
        fixture_run(f, (sim_ns)(pod + 1) * 10 * NS_PER_S + 9 * NS_PER_S);
        news = fixture_change(f, pod, CHANGE_TERMINATING);
        assert_non_null(news);
        assert_int_equal(news->cause, CAUSE_KILL);
        assert_int_equal(news->t_cause_ns, (sim_ns)(pod + 1) * 10 * NS_PER_S);
    }
}

/* Every stage of every change on every node. */
static void assert_stages_add_up(const struct fixture *f)
{
    assert_true(f->applied.count > 0);
    for (uint32_t i = 0; i < f->applied.count; i++) {
        const struct news *n = &f->applied.items[i].news;
        const struct applied_change *a = &f->applied.items[i].applied;
        const sim_ns ends_ns[] = {
            n->t_cause_ns, n->t_detect_ns, n->t_status_ns,    n->t_enqueue_ns,    n->t_sync_ns,
            n->t_write_ns, n->t_stored_ns, a->t_delivered_ns, a->t_sync_start_ns, a->t_sync_end_ns};
        sim_ns total_ns = 0;

        for (uint32_t k = 1; k < EP_COUNT_OF(ends_ns); k++) {
            assert_true(ends_ns[k] >= ends_ns[k - 1]);
            assert_int_not_equal(ends_ns[k], NS_NEVER);
            total_ns += ends_ns[k] - ends_ns[k - 1];
        }
        assert_int_equal(total_ns, a->t_sync_end_ns - n->t_cause_ns);
    }
}

static void test_stages_of_a_rollout_add_up_and_none_is_negative(void **state)
{
    struct fixture *f = *state;

    spec_default_latency(&f->arena, f->spec.cluster.latency);
    f->workloads[0].replicas = 10;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    commands_restart(f->cluster, 0);
    fixture_run(f, 3 * NS_PER_MIN);
    /* 10 pods come, get ready, terminate and go; now and then one write tells two of it */
    assert_true(f->changes.count >= 38);
    assert_int_equal(f->applied.count, 3 * f->changes.count);
    assert_stages_add_up(f);
}

static void test_no_news_stays_open_once_all_is_quiet(void **state)
{
    struct fixture *f = *state;

    for (uint32_t minor = 20; minor <= 34; minor += 7) {
        fixture_deinit(f);
        fixture_init(f);
        f->spec.cluster.version_minor = minor;
        spec_default_latency(&f->arena, f->spec.cluster.latency);
        f->on_sigterm = minor == 27 ? FIXTURE_DRAIN : FIXTURE_EXIT;
        f->drain_ns = 5 * NS_PER_S;
        fixture_start(f);
        fixture_run(f, 10 * NS_PER_S);
        commands_restart(f->cluster, 0);
        cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
        fixture_run(f, 20 * NS_PER_S);
        commands_scale_deployment(f->cluster, 0, 1);
        fixture_run(f, NS_PER_MIN);
        cluster_delete_pod(f->cluster, 4, 0, true, CAUSE_KILL);
        fixture_run(f, 5 * NS_PER_MIN);
        assert_int_equal(count_open(f), 0);
        assert_int_equal(f->cluster->services[0].open_count, 0);
    }
}

static void test_pods_that_die_by_force_leave_no_open_news(void **state)
{
    struct fixture *f = *state;

    spec_default_latency(&f->arena, f->spec.cluster.latency);
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, 0, true, CAUSE_KILL);
    cluster_delete_pod(f->cluster, 1, -1, false, CAUSE_KILL);
    cluster_delete_pod(f->cluster, 1, 0, true, CAUSE_KILL);
    fixture_run(f, 5 * NS_PER_MIN);
    assert_int_equal(count_open(f), 0);
    assert_int_equal(fixture_change(f, 0, CHANGE_REMOVE)->cause, CAUSE_KILL);
    assert_int_equal(fixture_change(f, 0, CHANGE_REMOVE)->t_cause_ns, 10 * NS_PER_S);
    /* a sync has come between the grace of 0 and the removal: new connections ended with the first */
    assert_true(fixture_change(f, 0, CHANGE_TERMINATING)->is_effective);
    assert_false(fixture_change(f, 0, CHANGE_REMOVE)->is_effective);
}

static void test_a_cause_undone_before_anyone_noticed_makes_no_change(void **state)
{
    struct fixture *f = *state;

    f->containers[0].readiness.period_ns = 10 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    fixture_close(f, 0);
    fixture_run(f, 10 * NS_PER_S + 100 * NS_PER_MS);
    fixture_listen(f, 0);
    fixture_run(f, 3 * NS_PER_MIN);
    assert_int_equal(f->changes.count, 0);
    assert_int_equal(f->dropped.count, 1);
    assert_true(f->dropped.items[0].is_undone);
    assert_int_equal(f->dropped.items[0].kind, CHANGE_UNREADY);
    assert_int_equal(count_open(f), 0);
}

static void test_an_undone_cause_stays_the_reason_while_it_lasts(void **state)
{
    struct fixture *f = *state;
    uint32_t news;

    f->containers[0].readiness.period_ns = 10 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    assert_int_equal(cluster_pick_news(f->cluster, 0, 0, 0), ID_NONE);
    fixture_close(f, 0);
    news = cluster_pick_news(f->cluster, 0, 0, 0);
    assert_int_not_equal(news, ID_NONE);
    assert_int_equal(news_stage_at(cluster_news(f->cluster, news), 10 * NS_PER_S + 1),
                     STAGE_DETECT);
    fixture_listen(f, 0);
    assert_int_equal(cluster_pick_news(f->cluster, 0, 0, 0), ID_NONE);
}

static void test_a_pick_tells_of_news_until_its_own_node_has_applied_it(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_PROXY_SYNC, NS_PER_S);
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_partition_node(f->cluster, 2, 0, NS_PER_MIN);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, 10 * NS_PER_S + 500 * NS_PER_MS);
    for (uint32_t node = 0; node < 3; node++)
        assert_int_not_equal(cluster_pick_news(f->cluster, node, 0, 0), ID_NONE);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(cluster_pick_news(f->cluster, 0, 0, 0), ID_NONE);
    assert_int_equal(cluster_pick_news(f->cluster, 1, 0, 0), ID_NONE);
    assert_int_not_equal(cluster_pick_news(f->cluster, 2, 0, 0), ID_NONE);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(cluster_pick_news(f->cluster, 2, 0, 0), ID_NONE);
}

static void test_a_remove_after_terminating_changes_nobodys_choice(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_true(fixture_change(f, 0, CHANGE_TERMINATING)->is_effective);
    assert_false(fixture_change(f, 0, CHANGE_REMOVE)->is_effective);
}

static void test_terminating_is_not_effective_while_the_fallback_uses_the_pod(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 1;
    f->containers[0].pre_stop_ns = 10 * NS_PER_S;
    f->startup_ns = 20 * NS_PER_S; /* its successor is late */
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_false(fixture_change(f, 0, CHANGE_TERMINATING)->is_effective);
    assert_true(fixture_change(f, 0, CHANGE_REMOVE)->is_effective);
}

static void test_without_the_fallback_terminating_is_effective(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 25;
    f->workloads[0].replicas = 1;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_true(fixture_change(f, 0, CHANGE_TERMINATING)->is_effective);
    assert_false(fixture_change(f, 0, CHANGE_REMOVE)->is_effective);
}

static void test_without_terminating_endpoints_a_delete_removes(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.version_minor = 20;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_null(fixture_change(f, 0, CHANGE_TERMINATING));
    assert_int_equal(fixture_change(f, 0, CHANGE_REMOVE)->t_cause_ns, 10 * NS_PER_S);
    assert_true(fixture_change(f, 0, CHANGE_REMOVE)->is_effective);
}

static void test_a_pod_is_listed_before_it_is_ready(void **state)
{
    struct fixture *f = *state;

    f->startup_ns = 5 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, NS_PER_MIN);
    assert_false(fixture_change(f, 3, CHANGE_ADD)->is_effective);
    assert_true(fixture_change(f, 3, CHANGE_READY)->is_effective);
    assert_int_equal(fixture_change(f, 3, CHANGE_ADD)->cause, CAUSE_SCALE);
    assert_int_equal(fixture_change(f, 3, CHANGE_READY)->cause, CAUSE_SCALE);
}

static void test_a_relabelled_pod_is_removed_at_the_instant_of_the_label(void **state)
{
    struct fixture *f = *state;
    struct label label = {"app", "quarantine"};
    struct label_set labels = {&label, 1};
    const struct news *news;

    set_distinct_hops(f);
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    commands_label_pod(f->cluster, 1, &labels, NULL, 0);
    fixture_run(f, NS_PER_MIN);
    news = fixture_change(f, 1, CHANGE_REMOVE);
    assert_int_equal(news->cause, CAUSE_RELABEL);
    assert_int_equal(news->t_cause_ns, 10 * NS_PER_S);
    assert_int_equal(news->t_status_ns, 10 * NS_PER_S);
    assert_true(news->is_effective);
    assert_int_equal(count_open(f), 0);
}

static void test_the_causes_of_pods_tell_why_they_came_and_went(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(cluster_pod_created_cause(f->cluster, 3),
                     CAUSE_START); /* replaces the lost one */
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, 30 * NS_PER_S);
    assert_int_equal(cluster_pod_created_cause(f->cluster, 4), CAUSE_SCALE);
    commands_spawn(f->cluster, 0, 1);
    assert_int_equal(cluster_pod_created_cause(f->cluster, 5), CAUSE_SPAWN);
    fixture_run(f, 40 * NS_PER_S);
    commands_restart(f->cluster, 0);
    fixture_run(f, 3 * NS_PER_MIN);
    for (uint32_t pod = 6; pod < cluster_pod_count(f->cluster); pod++)
        assert_int_equal(cluster_pod_created_cause(f->cluster, pod), CAUSE_ROLLOUT);
    for (uint32_t pod = 1; pod < 5; pod++)
        assert_int_equal(cluster_pod_deleted_cause(f->cluster, pod), CAUSE_ROLLOUT);
    commands_scale_deployment(f->cluster, 0, 3);
    fixture_run(f, 4 * NS_PER_MIN);
    assert_int_equal(f->states.items[f->states.count - 1].state, POD_STATE_GONE);
    assert_int_equal(
        cluster_pod_deleted_cause(f->cluster, f->states.items[f->states.count - 1].pod),
        CAUSE_SCALE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_failed_probe_passes_each_stage_at_its_own_instant),
        TEST(test_what_starts_at_the_api_has_neither_detect_nor_status),
        TEST(test_changes_that_share_a_write_keep_accounts_of_their_own),
        TEST(test_changes_that_arrive_at_one_instant_keep_their_causes),
        TEST(test_versions_of_a_pod_stored_at_one_instant_keep_their_causes),
        TEST(test_stages_of_a_rollout_add_up_and_none_is_negative),
        TEST(test_no_news_stays_open_once_all_is_quiet),
        TEST(test_pods_that_die_by_force_leave_no_open_news),
        TEST(test_a_cause_undone_before_anyone_noticed_makes_no_change),
        TEST(test_an_undone_cause_stays_the_reason_while_it_lasts),
        TEST(test_a_pick_tells_of_news_until_its_own_node_has_applied_it),
        TEST(test_a_remove_after_terminating_changes_nobodys_choice),
        TEST(test_terminating_is_not_effective_while_the_fallback_uses_the_pod),
        TEST(test_without_the_fallback_terminating_is_effective),
        TEST(test_without_terminating_endpoints_a_delete_removes),
        TEST(test_a_pod_is_listed_before_it_is_ready),
        TEST(test_a_relabelled_pod_is_removed_at_the_instant_of_the_label),
        TEST(test_the_causes_of_pods_tell_why_they_came_and_went),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
