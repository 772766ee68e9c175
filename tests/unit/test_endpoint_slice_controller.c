/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/api_server.h"
#include "cluster/commands.h"
#include "support/fixture.h"

#define START_NS (10 * NS_PER_S)

/* Instead of the Deployment `count` pods of nobody: what goes is not replaced. */
static void use_bare_pods(struct fixture *f, uint32_t count)
{
    struct pod_spec *pods = ARENA_NEW_ARRAY(&f->arena, count, struct pod_spec);

    for (uint32_t i = 0; i < count; i++) {
        pods[i] = f->workloads[0].pod_template;
        pods[i].meta.name = arena_printf(&f->arena, "kubia-%u", (unsigned)i);
    }
    f->spec.cluster.pods = pods;
    f->spec.cluster.pod_count = count;
    f->spec.cluster.workload_count = 0;
}

/* Ten such pods. Those that are deleted stay for 5 s, terminating. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    f.on_sigterm = FIXTURE_DRAIN;
    f.drain_ns = 5 * NS_PER_S;
    use_bare_pods(&f, 10);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* Stores a version of the pod that differs by what the caller has changed; returns how many syncs it led to. */
static uint32_t syncs_after(struct fixture *f, uint32_t pod, const struct pod_view *view)
{
    uint32_t before = f->cluster->services[0].sync_count;

    api_server_put_pod(f->cluster, pod, view, WRITE_UPDATE);
    fixture_run(f, f->kernel.now_ns + NS_PER_MS);
    return f->cluster->services[0].sync_count - before;
}

static void test_only_what_endpoints_are_made_of_wakes_the_controller(void **state)
{
    struct fixture *f = *state;
    struct label extra[2] = {{"app", "kubia"}, {"colour", "blue"}};
    struct label_set labels = {extra, 2};
    struct pod_view view;

    fixture_start(f);
    fixture_run(f, START_NS);
    view = f->cluster->pods[0]->stored;
    assert_int_equal(syncs_after(f, 0, &view), 0); /* nothing of note */
    view.phase = PHASE_SUCCEEDED;
    assert_int_equal(syncs_after(f, 0, &view), 0);
    view.phase = PHASE_RUNNING;
    view.labels = &labels; /* matches as before */
    assert_int_equal(syncs_after(f, 0, &view), 0);
    view.is_ready = false;
    assert_int_equal(syncs_after(f, 0, &view), 1);
    view.has_ip = false;
    assert_int_equal(syncs_after(f, 0, &view), 1);
}

static void test_every_version_of_a_terminating_pod_wakes_it(void **state)
{
    struct fixture *f = *state;
    struct pod_view view;

    fixture_start(f);
    fixture_run(f, START_NS);
    view = f->cluster->pods[0]->stored;
    view.is_deleting = true;
    assert_int_equal(syncs_after(f, 0, &view), 1);
    assert_int_equal(syncs_after(f, 0, &view),
                     1); /* two decoded timestamps are never the same pointer */
}

static void test_a_label_that_ends_or_begins_the_match_wakes_it(void **state)
{
    struct fixture *f = *state;
    struct label other = {"app", "other"};
    struct label_set labels = {&other, 1};
    struct pod_view view;
    const struct label_set *own;

    fixture_start(f);
    fixture_run(f, START_NS);
    view = f->cluster->pods[0]->stored;
    own = view.labels;
    view.labels = &labels;
    assert_int_equal(syncs_after(f, 0, &view), 1);
    assert_null(fixture_listed(f, 0, 0));
    view.is_ready = false; /* none of the service's any more */
    assert_int_equal(syncs_after(f, 0, &view), 0);
    view.labels = own;
    assert_int_equal(syncs_after(f, 0, &view), 1);
    assert_non_null(fixture_listed(f, 0, 0));
}

static void test_the_batch_period_is_a_window_from_the_first_change(void **state)
{
    struct fixture *f = *state;
    uint32_t before;

    f->spec.cluster.controller_manager.endpointslice_batch_ns = 500 * NS_PER_MS;
    fixture_start(f);
    before = f->cluster->services[0].sync_count;
    for (uint32_t i = 0; i < 3; i++) { /* at 0, 200 and 400 ms */
        fixture_run(f, START_NS + (sim_ns)i * 200 * NS_PER_MS);
        cluster_delete_pod(f->cluster, i, -1, false, CAUSE_KILL);
    }
    fixture_run(f, START_NS + 500 * NS_PER_MS - 1);
    assert_int_equal(f->cluster->services[0].sync_count, before);
    fixture_run(f, START_NS + 500 * NS_PER_MS);
    assert_int_equal(f->cluster->services[0].sync_count, before + 1);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(fixture_change(f, i, CHANGE_TERMINATING)->t_stored_ns,
                         START_NS + 500 * NS_PER_MS);
}

static void test_changes_during_a_sync_lead_to_one_more(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_CONTROLLER_SYNC, 100 * NS_PER_MS);
    fixture_start(f);
    for (uint32_t i = 0; i < 5; i++) {
        fixture_run(f, START_NS + (sim_ns)i * 10 * NS_PER_MS);
        cluster_delete_pod(f->cluster, i, -1, false, CAUSE_KILL);
    }
    fixture_run(f, START_NS + NS_PER_S);
    assert_int_equal(fixture_change(f, 0, CHANGE_TERMINATING)->t_sync_ns, START_NS);
    for (uint32_t i = 1; i < 5; i++)
        assert_int_equal(fixture_change(f, i, CHANGE_TERMINATING)->t_sync_ns,
                         START_NS + 100 * NS_PER_MS);
}

/* The second of two kills is in the informer before the slice that the first has made. */
static sim_ns sync_of_second_kill(struct fixture *f, uint32_t minor, bool has_third)
{
    f->spec.cluster.version_minor = minor;
    fixture_hop(f, HOP_WATCH_CONTROLLER, 50 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, START_NS);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, START_NS + 20 * NS_PER_MS);
    cluster_delete_pod(f->cluster, 1, -1, false, CAUSE_KILL);
    fixture_run(f, START_NS + 200 * NS_PER_MS);
    if (has_third)
        cluster_delete_pod(f->cluster, 2, -1, false, CAUSE_KILL);
    fixture_run(f, START_NS + 4 * NS_PER_S);
    assert_non_null(fixture_change(f, 1, minor < 22 ? CHANGE_REMOVE : CHANGE_TERMINATING));
    return fixture_change(f, 1, minor < 22 ? CHANGE_REMOVE : CHANGE_TERMINATING)->t_sync_ns -
           START_NS;
}

static void test_a_stale_cache_is_tried_again_after_a_second(void **state)
{
    assert_int_equal(sync_of_second_kill(*state, 34, false), 70 * NS_PER_MS + NS_PER_S);
}

static void test_before_the_tracker_a_conflict_costs_the_same_second(void **state)
{
    assert_int_equal(sync_of_second_kill(*state, 20, false), 70 * NS_PER_MS + NS_PER_S);
}

static void test_a_further_event_cuts_the_back_off_short(void **state)
{
    assert_int_equal(sync_of_second_kill(*state, 34, true), 250 * NS_PER_MS);
}

static void test_the_wait_for_the_successful_attempt_counts_as_queue(void **state)
{
    struct fixture *f = *state;
    const struct news *news;

    (void)sync_of_second_kill(f, 34, false);
    news = fixture_change(f, 1, CHANGE_TERMINATING);
    assert_int_equal(news->t_enqueue_ns, START_NS + 70 * NS_PER_MS);
    assert_int_equal(news->t_sync_ns - news->t_enqueue_ns, NS_PER_S);
}

/* Measured on a real control plane: 3.50 s for one pod in 100 services. */
static void test_a_pod_of_a_hundred_services_takes_the_clients_budget(void **state)
{
    struct fixture *f = *state;
    struct service_spec services[100];
    sim_ns last_ns = 0;
    uint32_t writes = 0;

    for (uint32_t i = 0; i < 100; i++) {
        services[i] = f->services[0];
        services[i].meta.name = arena_printf(&f->arena, "service-%u", (unsigned)i);
    }
    f->spec.cluster.services = services;
    f->spec.cluster.service_count = 100;
    fixture_start(f);
    fixture_run(f, START_NS);
    fixture_close(f, 0);
    fixture_run(f, START_NS + 20 * NS_PER_S);
    for (uint32_t i = 0; i < f->versions.count; i++) {
        if (f->versions.items[i].kind == OBJECT_SLICE) {
            last_ns = f->versions.items[i].at_ns;
            writes++;
        }
    }
    assert_int_equal(writes, 100);
    assert_int_equal(last_ns - fixture_change(f, 0, CHANGE_UNREADY)->t_status_ns,
                     70 * NS_PER_S / 20);
}

static void test_slices_of_one_sync_are_written_one_after_another(void **state)
{
    struct fixture *f = *state;
    sim_ns at_ns[3] = {0};
    uint32_t count = 0;

    use_bare_pods(f, 6);
    f->spec.cluster.controller_manager.max_endpoints_per_slice = 2;
    f->spec.cluster.controller_manager.endpointslice_batch_ns = 100 * NS_PER_MS;
    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, START_NS);
    for (uint32_t pod = 0; pod < 6; pod++)
        cluster_delete_pod(f->cluster, pod, -1, false, CAUSE_KILL);
    fixture_run(f, START_NS + 190 * NS_PER_MS);
    for (uint32_t i = 0; i < f->versions.count; i++) {
        if (f->versions.items[i].kind == OBJECT_SLICE && count < 3)
            at_ns[count++] = f->versions.items[i].at_ns;
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(at_ns[i], START_NS + 100 * NS_PER_MS + (sim_ns)(i + 1) * 4 * NS_PER_MS);
}

static void test_a_service_without_selector_is_left_alone(void **state)
{
    struct fixture *f = *state;

    f->services[0].selector = (struct selector){.is_null = true};
    fixture_start(f);
    fixture_run(f, START_NS);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(f->cluster->slice_count, 0);
    assert_int_equal(cluster_news_count(f->cluster), 0);
}

static void test_pods_of_another_namespace_are_no_endpoints(void **state)
{
    struct fixture *f = *state;

    f->services[0].meta.ns = "elsewhere";
    fixture_start(f);
    for (uint32_t pod = 0; pod < 10; pod++)
        assert_null(fixture_listed(f, 0, pod));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_only_what_endpoints_are_made_of_wakes_the_controller),
        TEST(test_every_version_of_a_terminating_pod_wakes_it),
        TEST(test_a_label_that_ends_or_begins_the_match_wakes_it),
        TEST(test_the_batch_period_is_a_window_from_the_first_change),
        TEST(test_changes_during_a_sync_lead_to_one_more),
        TEST(test_a_stale_cache_is_tried_again_after_a_second),
        TEST(test_before_the_tracker_a_conflict_costs_the_same_second),
        TEST(test_a_further_event_cuts_the_back_off_short),
        TEST(test_the_wait_for_the_successful_attempt_counts_as_queue),
        TEST(test_a_pod_of_a_hundred_services_takes_the_clients_budget),
        TEST(test_slices_of_one_sync_are_written_one_after_another),
        TEST(test_a_service_without_selector_is_left_alone),
        TEST(test_pods_of_another_namespace_are_no_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
