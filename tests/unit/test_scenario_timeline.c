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
    char text[16384];

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

static void test_rollout_undo_pause_and_resume(void **state)
{
    const struct timeline_entry *e =
        load("    - {at: 1s, rollout: {undo: deployment/kubia}}\n"
             "    - {at: 2s, rollout: {pause: deployment/kubia}}\n"
             "    - {at: 3s, rollout: {target: deployment/kubia, action: resume}}\n");

    (void)state;
    assert_int_equal(e[0].verb, VERB_ROLLOUT_UNDO);
    assert_int_equal(e[0].to_revision, 0);
    assert_int_equal(e[1].verb, VERB_ROLLOUT_PAUSE);
    assert_int_equal(e[2].verb, VERB_ROLLOUT_RESUME);
    assert_string_equal(e[2].label, "resume deployment/kubia");
}

static void test_nodes(void **state)
{
    const struct timeline_entry *e =
        load("    - {at: 1s, cordon: {target: node/node-1}}\n"
             "    - {at: 2s, drain: {target: no/node-2, grace: 1s}}\n"
             "    - {at: 7s, for: 1m, partition: {target: node/node-3}}\n");

    (void)state;
    assert_int_equal(e[0].verb, VERB_CORDON);
    assert_string_equal(e[0].target.kind, "node");
    assert_int_equal(e[1].verb, VERB_DRAIN);
    assert_true(e[1].has_grace);
    assert_string_equal(e[1].label, "drain node/node-2");
    assert_int_equal(e[2].verb, VERB_PARTITION);
    assert_int_equal(e[2].for_ns, NS_PER_MIN);
}

#define SERVICE(ns, port)                                                                     \
    "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: " ns "}, spec: {ports: " \
    "[{port: " port "}]}}"

static void test_apply_takes_an_object_a_list_or_a_file(void **state)
{
    const struct timeline_entry *e;

    (void)state;
    rig_write("more.yaml", SERVICE("c", "3") "\n---\n" SERVICE("d", "4"),
              2 * strlen(SERVICE("c", "3")) + 5);
    e = load("    - {at: 1s, apply: " SERVICE(
        "a", "1") "}\n"
                  "    - {at: 2s, apply: [" SERVICE("b", "2") "]}\n"
                                                              "    - {at: 3s, apply: more.yaml}\n");
    assert_int_equal(unlink("more.yaml"), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(e[i].verb, VERB_APPLY);
    assert_int_equal(e[0].object_count, 1);
    assert_int_equal(e[0].objects[0].kind, APPLY_SERVICE);
    assert_int_equal(e[0].objects[0].mask, APPLY_ALL);
    assert_string_equal(e[0].objects[0].service->meta.ns, "a");
    assert_int_equal(e[1].objects[0].service->ports[0].port, 2);
    assert_int_equal(e[2].object_count, 2);
    assert_int_equal(e[2].objects[1].service->ports[0].port, 4);
    assert_string_equal(e[0].label, "apply service/db");
    assert_string_equal(e[2].label, "apply 2 objects");
    assert_null(strstr(rig.scenario.resolved, "more.yaml")); /* the file's objects stand there */
}

static void test_a_patch_is_merged_into_the_object_as_it_is_by_then(void **state)
{
    const struct timeline_entry *e = load(
        "    - {at: 9s, patch: {target: deployment/kubia, patch: {spec: {template: {metadata: {labels: {x: y}}}}}}}\n"
        "    - {at: 3s, scale: {target: deployment/kubia, replicas: 7}}\n"
        "    - {at: 4s, set: {target: deployment/kubia, image: \"luksa/kubia:v2\"}}\n"
        "    - {at: 5s, patch: {target: deployment/kubia, patch: {spec: {paused: true, minReadySeconds: 4}}}}\n");
    const struct workload_spec *first = e[3].objects[0].workload;
    const struct workload_spec *second = e[0].objects[0].workload;

    (void)state;
    assert_int_equal(e[3].objects[0].mask, APPLY_PAUSED | APPLY_STRATEGY);
    assert_int_equal(first->replicas, 7);
    assert_string_equal(first->pod_template.containers[0].image, "luksa/kubia:v2");
    assert_true(first->is_paused);
    assert_null(labels_get(&first->pod_template.meta.labels, "x"));
    assert_int_equal(e[0].objects[0].mask, APPLY_TEMPLATE);
    assert_true(second->is_paused);
    assert_string_equal(labels_get(&second->pod_template.meta.labels, "x"), "y");
    assert_string_equal(labels_get(&second->pod_template.meta.labels, "app"), "kubia");
    assert_true(first->pod_template.template_hash != second->pod_template.template_hash);
}

static void test_a_patch_may_remove_and_is_taken_back(void **state)
{
    const struct timeline_entry *e = load(
        "    - {at: 1s, apply: {apiVersion: v1, kind: Service, metadata: {name: db}, spec: {selector: {a: b}, ports: "
        "[{port: 80}]}}}\n"
        "    - {at: 2s, for: 10s, patch: {target: service/db, patch: {spec: {selector: null}}}}\n"
        "    - {at: 3s, patch: {target: service/db, patch: {spec: {ports: [{port: 81}]}}}}\n");

    (void)state;
    assert_false(e[0].objects[0].service->selector.is_null);
    assert_true(e[1].objects[0].service->selector.is_null);
    assert_int_equal(e[1].objects[0].mask, APPLY_ALL);
    assert_true(e[2].objects[0].service->selector.is_null);
    assert_false(e[1].reverts[0].service->selector.is_null);
    assert_int_equal(e[1].reverts[0].service->ports[0].port, 81); /* what changed meanwhile stays */
}

static void test_a_status_changes_by_its_subresource_only(void **state)
{
    const struct timeline_entry *e = load(
        "    - {at: 1s, apply: {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: "
        "i}]}, status: {phase: Running, conditions: [{type: Ready, status: \"True\"}]}}}\n"
        "    - {at: 2s, patch: {target: pod/p, subresource: status, patch: {status: {conditions: [{type: Ready, status: "
        "\"False\"}]}}}}\n"
        "    - {at: 3s, patch: {target: pod/p, patch: {status: {phase: Failed}, metadata: {labels: {a: b}}}}}\n");

    (void)state;
    assert_true(e[0].objects[0].pod->has_status && e[0].objects[0].pod->status_ready);
    assert_int_equal(e[1].objects[0].mask, APPLY_STATUS);
    assert_false(e[1].objects[0].pod->status_ready);
    assert_int_equal(e[2].objects[0].mask, APPLY_LABELS);
    assert_string_equal(e[2].objects[0].pod->status_phase, "Running");
    assert_true(rig_warns(&rig, "the status changes with subresource: status only"));
}

static void test_a_host_outside_moves_by_patch(void **state)
{
    const struct timeline_entry *e = load(
        "    - {at: 1s, patch: {target: host/api.example.com, patch: {addresses: [198.51.100.1]}}}\n"
        "    - {at: 2s, patch: {target: host/api.example.com, patch: {latency: 70ms}}}\n");

    (void)state;
    assert_int_equal(e[0].objects[0].kind, APPLY_EXTERNAL_HOST);
    assert_string_equal(e[0].objects[0].external_host->addresses[0], "198.51.100.1");
    assert_int_equal(e[0].objects[0].external_host->latency_ns, 10 * NS_PER_MS);
    assert_string_equal(e[1].objects[0].external_host->addresses[0], "198.51.100.1");
    assert_int_equal(e[1].objects[0].external_host->latency_ns, 70 * NS_PER_MS);
}

static void test_delete_has_grace_and_force(void **state)
{
    const struct timeline_entry *e =
        load("    - {at: 1s, delete: {target: deployment/kubia, grace: 2s}}\n"
             "    - {at: 2s, delete: {target: pod/any, force: true}}\n");

    (void)state;
    assert_int_equal(e[0].verb, VERB_DELETE);
    assert_true(e[0].has_grace);
    assert_int_equal(e[0].grace_ns, 2 * NS_PER_S);
    assert_true(e[1].is_forced);
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
        TEST(test_rollout_undo_pause_and_resume),
        TEST(test_nodes),
        TEST(test_apply_takes_an_object_a_list_or_a_file),
        TEST(test_a_patch_is_merged_into_the_object_as_it_is_by_then),
        TEST(test_a_patch_may_remove_and_is_taken_back),
        TEST(test_a_status_changes_by_its_subresource_only),
        TEST(test_a_host_outside_moves_by_patch),
        TEST(test_delete_has_grace_and_force),
        TEST(test_an_entry_past_the_end_is_a_warning),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
