/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "cluster/commands.h"
#include "cluster/event_book.h"
#include "cluster/faults.h"
#include "cluster/object_commands.h"
#include "cluster/snapshot.h"
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

static void start(struct fixture *f)
{
    const struct cluster_setup setup = {
        .arena = &f->arena, .kernel = &f->kernel, .spec = &f->spec.cluster, .seed = f->spec.seed};

    f->cluster = cluster_new(&setup);
    cluster_keep_events(f->cluster, 1767225600);
    fixture_begin(f);
}

static const struct snapshot_event *events(struct fixture *f, uint32_t *count)
{
    static const struct snapshot_query all = {.node = ID_NONE};

    return snapshot_events(&f->arena, f->cluster, &all, count);
}

/* The n-th of that reason (from 0), NULL: there are not so many. */
static const struct snapshot_event *find(struct fixture *f, const char *reason, uint32_t n)
{
    uint32_t count;
    const struct snapshot_event *list = events(f, &count);

    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(list[i].reason, reason) == 0 && n-- == 0)
            return &list[i];
    }
    return NULL;
}

static void test_none_are_kept_unless_asked_for(void **state)
{
    struct fixture *f = *state;
    uint32_t count;

    fixture_start(f);
    commands_scale_deployment(f->cluster, 0, 5);
    fixture_run(f, 10 * NS_PER_S);
    (void)events(f, &count);
    assert_int_equal(count, 0);
    assert_null(f->cluster->event_book);
}

static void test_a_converged_start_posts_nothing(void **state)
{
    struct fixture *f = *state;
    uint32_t count;

    start(f);
    fixture_run(f, 10 * NS_PER_S);
    (void)events(f, &count);
    assert_int_equal(count, 0);
}

static void scale_in(struct fixture *f, uint32_t minor)
{
    f->spec.cluster.version_minor = minor;
    start(f);
    commands_scale_deployment(f->cluster, 0, 5);
    fixture_run(f, 10 * NS_PER_S);
}

static void test_a_scaling_is_told_in_its_versions_words(void **state)
{
    static const struct {
        uint32_t minor;
        const char *end;
    } cases[] = {{20, " to 5"}, {30, " to 5 from 3"}, {34, " from 3 to 5"}};

    for (size_t i = 0; i < 3; i++) {
        struct fixture *f = *state;
        const struct snapshot_event *ev;
        size_t length;

        fixture_deinit(f);
        fixture_init(f);
        scale_in(f, cases[i].minor);
        ev = find(f, "ScalingReplicaSet", 0);
        assert_non_null(ev);
        assert_string_equal(ev->component, "deployment-controller");
        assert_string_equal(ev->about_kind, "Deployment");
        assert_int_equal(strncmp(ev->message, "Scaled up replica set kubia-", 28), 0);
        length = strlen(ev->message);
        assert_string_equal(ev->message + length - strlen(cases[i].end), cases[i].end);
        assert_true(ev->has_reporter == (cases[i].minor >= 25));
    }
}

static void test_a_new_pod_is_scheduled_and_its_container_made(void **state)
{
    static const char *const reasons[] = {"Scheduled", "Pulled", "Created", "Started", "Unhealthy"};
    struct fixture *f = *state;

    scale_in(f, 34);
    for (size_t i = 0; i < 5; i++) {
        const struct snapshot_event *ev = find(f, reasons[i], 1);
        assert_non_null(ev);
        assert_string_equal(ev->about_kind, "Pod");
        assert_null(find(f, reasons[i], 2));
    }
    assert_string_equal(find(f, "Scheduled", 0)->action, "Binding");
    assert_string_equal(find(f, "Started", 0)->about_field, "spec.containers{main}");
    assert_null(strstr(find(f, "Started", 0)->message, ":"));
    assert_non_null(strstr(find(f, "Created", 0)->message, "Created container: "));
}

static void test_what_is_yet_to_come_is_not_there(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_CONTAINER_START, 5 * NS_PER_S);
    start(f);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, 3 * NS_PER_S);
    assert_non_null(find(f, "Pulled", 0));
    assert_null(find(f, "Created", 0));
    commands_scale_deployment(f->cluster, 0,
                              3); /* the pod is stopped before its container has started */
    fixture_run(f, 10 * NS_PER_S);
    assert_non_null(find(f, "SuccessfulDelete", 0));
    assert_null(find(f, "Created", 0));
}

static void test_probes_that_fail_are_counted(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_event *ev;

    start(f);
    fixture_run(f, 10 * NS_PER_S);
    fixture_close(f, 0);
    fixture_run(f, 40 * NS_PER_S +
                       1); /* every second; no attempt after the third would change anything */
    ev = find(f, "Unhealthy", 0);
    assert_non_null(ev);
    assert_true(ev->is_warning);
    assert_int_equal(ev->count,
                     25); /* then the kubelet's tokens for the pod are used up: one in 5 min */
    assert_non_null(strstr(ev->message, "connect: connection refused"));
    fixture_listen(f, 0);
    fixture_run(f, 600 * NS_PER_S);
    assert_int_equal(find(f, "Unhealthy", 0)->count, 25);
}

static void test_many_alike_are_combined(void **state)
{
    struct fixture *f = *state;
    uint32_t count = 0;

    f->nodes[0].pod_capacity = 200;
    start(f);
    commands_scale_deployment(f->cluster, 0, 63);
    fixture_run(f, 10 * NS_PER_S);
    while (find(f, "SuccessfulCreate", count) != NULL)
        count++;
    assert_int_equal(count, 10); /* nine by themselves, and one for the rest */
    assert_int_equal(strncmp(find(f, "SuccessfulCreate", 9)->message,
                             "(combined from similar events): Created pod: ", 45),
                     0);
    assert_int_equal(find(f, "SuccessfulCreate", 9)->count, 16); /* 25 tokens in all */
}

static void test_an_hour_later_they_are_gone(void **state)
{
    struct fixture *f = *state;
    uint32_t count;

    scale_in(f, 34);
    fixture_run(f, NS_PER_HOUR - NS_PER_S);
    (void)events(f, &count);
    assert_true(count > 0);
    fixture_run(f, NS_PER_HOUR + 10 * NS_PER_S);
    (void)events(f, &count);
    assert_int_equal(count, 0);
}

static void test_a_crash_loop_backs_off(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_event *ev;

    start(f);
    for (sim_ns at_ns = 5 * NS_PER_S; at_ns < 100 * NS_PER_S; at_ns += 5 * NS_PER_S) {
        fixture_run(f, at_ns);
        (void)faults_crash(f->cluster, 0);
    }
    ev = find(f, "BackOff", 0);
    assert_non_null(ev);
    assert_true(ev->count > 2);
    assert_non_null(strstr(ev->message, "Back-off restarting failed container main in pod kubia-"));
    assert_true(find(f, "Started", 0)->count > 1);
}

static void test_no_node_says_why(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_event *ev;

    start(f);
    object_commands_cordon(f->cluster, 0, true);
    object_commands_cordon(f->cluster, 1, true);
    object_commands_cordon(f->cluster, 2, true);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, 30 * NS_PER_S);
    ev = find(f, "FailedScheduling", 0);
    assert_non_null(ev);
    assert_string_equal(
        ev->message, "0/3 nodes are available: 3 node(s) were unschedulable. no new claims to "
                     "deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful "
                     "for scheduling.");
    assert_non_null(find(f, "NodeNotSchedulable", 2));
    assert_string_equal(find(f, "NodeNotSchedulable", 0)->meta.ns, "default");
}

/* What the API server and the pods do in a run with a crash and a scaling. */
static uint64_t run_hash(struct fixture *f, bool has_events)
{
    uint64_t hash = 0;

    fixture_deinit(f);
    fixture_init(f);
    fixture_hop(f, HOP_CONTAINER_START, NS_PER_S);
    if (has_events)
        start(f);
    else
        fixture_start(f);
    fixture_run(f, 5 * NS_PER_S);
    faults_crash(f->cluster, 0);
    fixture_close(f, 1);
    commands_scale_deployment(f->cluster, 0, 7);
    fixture_run(f, 60 * NS_PER_S);
    for (uint32_t i = 0; i < f->versions.count; i++)
        hash = hash_combine(hash, f->versions.items[i].content_hash +
                                      (uint64_t)f->versions.items[i].at_ns);
    for (uint32_t i = 0; i < f->states.count; i++)
        hash = hash_combine(hash, (uint64_t)f->states.items[i].at_ns + f->states.items[i].state);
    return hash_combine(hash, f->kernel.executed_count);
}

static void test_looking_changes_nothing(void **state)
{
    struct fixture *f = *state;
    const uint64_t seen = run_hash(f, true);

    assert_true(seen == run_hash(f, false));
}

static void test_names_tell_the_instant(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_event *created;
    const struct snapshot_event *started;

    scale_in(f, 34);
    created = find(f, "Created", 0);
    started = find(f, "Started", 0);
    assert_string_equal(created->about_name, started->about_name);
    assert_string_not_equal(created->meta.name, started->meta.name); /* though at one instant */
    assert_non_null(strstr(created->meta.name, ".188672")); /* 1767225600 s in hexadecimal ns */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_none_are_kept_unless_asked_for),
        TEST(test_a_converged_start_posts_nothing),
        TEST(test_a_scaling_is_told_in_its_versions_words),
        TEST(test_a_new_pod_is_scheduled_and_its_container_made),
        TEST(test_what_is_yet_to_come_is_not_there),
        TEST(test_probes_that_fail_are_counted),
        TEST(test_many_alike_are_combined),
        TEST(test_an_hour_later_they_are_gone),
        TEST(test_a_crash_loop_backs_off),
        TEST(test_no_node_says_why),
        TEST(test_looking_changes_nothing),
        TEST(test_names_tell_the_instant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
