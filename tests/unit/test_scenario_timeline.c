/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario_rig.h"

static struct rig rig;

/* The entries of a timeline whose lines are given. */
static const struct timeline_entry *load(const char *lines)
{
    char text[8192];

    snprintf(text, sizeof text, "%sspec:\n  until: 3m\n  timeline:\n%s%s", SCENARIO_HEAD, lines,
             DEPLOYMENT_KUBIA);
    rig_load(&rig, text);
    if (rig.status != STATUS_OK)
        print_message("%s%s\n", rig.messages, rig.err.text);
    assert_int_equal(rig.status, STATUS_OK);
    return rig.scenario.spec.timeline;
}

static int free_scenario(void **state)
{
    (void)state;
    scenario_free(&rig.scenario);
    return 0;
}

static void test_set_image(void **state)
{
    const struct timeline_entry *e =
        load("    - {at: 60s, set: {target: deployment/kubia, image: \"luksa/kubia:v2\"}}\n");

    (void)state;
    assert_int_equal(e->clock, CLOCK_AT);
    assert_int_equal(e->at_ns, 60 * NS_PER_S);
    assert_int_equal(e->verb, VERB_SET_IMAGE);
    assert_string_equal(e->target.kind, "deployment");
    assert_string_equal(e->target.name, "kubia");
    assert_string_equal(e->target.ns, "default");
    assert_string_equal(e->image, "luksa/kubia:v2");
    assert_null(e->container);
    assert_string_equal(e->label, "set image deployment/kubia");
    assert_string_equal(e->place, "s.yaml:6");
    assert_null(e->name);
}

static void test_a_container_may_be_named_in_three_ways(void **state)
{
    const struct timeline_entry *e =
        load("    - {at: 1s, set: {target: deploy/kubia, image: {nodejs: \"a:1\"}}}\n"
             "    - {at: 2s, set: {target: deploy/kubia, image: \"nodejs=a:2\"}}\n"
             "    - {at: 3s, set: {target: deploy/kubia, image: \"a:3\", container: nodejs}}\n");

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_string_equal(e[i].container, "nodejs");
    assert_string_equal(e[0].image, "a:1");
    assert_string_equal(e[1].image, "a:2");
    assert_string_equal(e[2].image, "a:3");
}

static void test_scale(void **state)
{
    const struct timeline_entry *e =
        load("    - {at: 1s, scale: {target: deployment/kubia, replicas: 0}}\n");

    (void)state;
    assert_int_equal(e->verb, VERB_SCALE);
    assert_int_equal(e->count, 0);
    assert_string_equal(e->label, "scale deployment/kubia to 0");
}

static void test_rollout_restart_has_three_forms(void **state)
{
    const struct timeline_entry *e =
        load("    - {at: 1s, rollout: {restart: deployment/kubia}}\n"
             "    - {at: 2s, rollout: {target: deployment/kubia, action: restart}}\n"
             "    - {at: 3s, rollout: {target: deployment/kubia, restart: true}}\n");

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(e[i].verb, VERB_ROLLOUT_RESTART);
        assert_string_equal(e[i].target.name, "kubia");
        assert_string_equal(e[i].label, "restart deployment/kubia");
    }
}

static void test_spawn_from_a_deployment_or_in_place(void **state)
{
    const struct timeline_entry *e = load(
        "    - {at: 1s, spawn: {deployment: kubia}}\n"
        "    - {at: 2s, spawn: {count: 3, manifest: {apiVersion: v1, kind: Pod, metadata: {name: x, labels: {app: "
        "kubia}}, spec: {containers: [{name: c, image: i}]}}}}\n"
        "    - {at: 3s, spawn: {template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}\n");

    (void)state;
    assert_int_equal(e[0].count, 1);
    assert_null(e[0].pod);
    assert_string_equal(e[0].target.name, "kubia");
    assert_int_equal(e[1].count, 3);
    assert_string_equal(e[1].pod->meta.name, "x");
    assert_string_equal(labels_get(&e[1].pod->meta.labels, "app"), "kubia");
    assert_string_equal(e[2].pod->containers[0].image, "i");
    assert_string_equal(labels_get(&e[2].pod->meta.labels, "a"), "b");
}

static void test_kill_has_modes_grace_and_force(void **state)
{
    const struct timeline_entry *e = load(
        "    - {at: 1s, kill: {selector: \"app=kubia\"}}\n"
        "    - {at: 2s, kill: {selector: {app: kubia}, mode: fixed, value: 2, grace: 5s}}\n"
        "    - {at: 3s, kill: {selector: \"app in (kubia)\", mode: fixed-percent, value: 50, force: true}}\n"
        "    - {at: 4s, kill: {target: pod/kubia-abc, namespace: shop}}\n");
    const struct label app[] = {{"app", "kubia"}};
    const struct label_set labels = {app, 1};

    (void)state;
    assert_int_equal(e[0].target.mode, MODE_ALL);
    assert_null(e[0].target.kind);
    assert_true(labels_match(&e[0].target.selector, &labels));
    assert_false(e[0].has_grace);
    assert_int_equal(e[1].target.mode, MODE_FIXED);
    assert_int_equal(e[1].target.value, 2);
    assert_true(labels_match(&e[1].target.selector, &labels));
    assert_true(e[1].has_grace);
    assert_int_equal(e[1].grace_ns, 5 * NS_PER_S);
    assert_string_equal(e[1].label, "kill 2 app=kubia");
    assert_int_equal(e[2].target.mode, MODE_FIXED_PERCENT);
    assert_true(e[2].is_forced);
    assert_string_equal(e[2].label, "kill 50% app=kubia");
    assert_string_equal(e[3].target.kind, "pod");
    assert_string_equal(e[3].target.name, "kubia-abc");
    assert_string_equal(e[3].target.ns, "shop");
    assert_true(e[3].target.selector.is_null);
}

static void test_label_sets_and_removes(void **state)
{
    const struct timeline_entry *e = load(
        "    - {at: 1s, label: {selector: \"app=kubia\", mode: one, set: {app: quarantine, x: \"\"}, remove: [tier]}}\n");

    (void)state;
    assert_int_equal(e->verb, VERB_LABEL);
    assert_int_equal(e->target.mode, MODE_ONE);
    assert_string_equal(labels_get(&e->set_labels, "app"), "quarantine");
    assert_string_equal(labels_get(&e->set_labels, "x"), "");
    assert_int_equal(e->remove_label_count, 1);
    assert_string_equal(e->remove_labels[0], "tier");
    assert_string_equal(e->label, "label one app=kubia");
}

static void test_every_has_the_whole_run_as_default(void **state)
{
    const struct timeline_entry *e = load(
        "    - {every: 5s, spawn: {deployment: kubia}}\n"
        "    - {every: 1s, from: 10s, until: 20s, jitter: 300ms, spawn: {deployment: kubia}}\n");

    (void)state;
    assert_int_equal(e[0].clock, CLOCK_EVERY);
    assert_int_equal(e[0].from_ns, 0);
    assert_int_equal(e[0].until_ns, 3 * NS_PER_MIN);
    assert_int_equal(e[1].every_ns, NS_PER_S);
    assert_int_equal(e[1].from_ns, 10 * NS_PER_S);
    assert_int_equal(e[1].until_ns, 20 * NS_PER_S);
    assert_int_equal(e[1].jitter_ns, 300 * NS_PER_MS);
}

static void test_after_names_another_entry_wherever_it_stands(void **state)
{
    const struct timeline_entry *e =
        load("    - {after: update, plus: 5s, kill: {selector: \"app=kubia\"}}\n"
             "    - {name: update, at: 60s, rollout: {restart: deployment/kubia}}\n");

    (void)state;
    assert_int_equal(e[0].clock, CLOCK_AFTER);
    assert_int_equal(e[0].after, 1);
    assert_int_equal(e[0].plus_ns, 5 * NS_PER_S);
    assert_string_equal(e[1].name, "update");
    assert_int_equal(e[1].after, ID_NONE);
}

static void test_an_entry_past_the_end_is_a_warning(void **state)
{
    (void)state;
    (void)load("    - {at: 10m, rollout: {restart: deployment/kubia}}\n");
    assert_true(rig_warns(
        &rig, "s.yaml:6:8: spec.timeline[0].at: later than spec.until, so it never happens"));
}

#define TEST(name) cmocka_unit_test_teardown(name, free_scenario)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_set_image),
        TEST(test_a_container_may_be_named_in_three_ways),
        TEST(test_scale),
        TEST(test_rollout_restart_has_three_forms),
        TEST(test_spawn_from_a_deployment_or_in_place),
        TEST(test_kill_has_modes_grace_and_force),
        TEST(test_label_sets_and_removes),
        TEST(test_every_has_the_whole_run_as_default),
        TEST(test_after_names_another_entry_wherever_it_stands),
        TEST(test_an_entry_past_the_end_is_a_warning),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
