/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The resolved text, and --set, which changes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario_rig.h"

static struct rig rig;

static int free_scenario(void **state)
{
    (void)state;
    scenario_free(&rig.scenario);
    return 0;
}

static const char *resolve_with(const char *text, const char *const *sets)
{
    rig_load_with(&rig, text, sets);
    if (rig.status != STATUS_OK)
        print_message("%s%s\n", rig.messages, rig.err.text);
    assert_int_equal(rig.status, STATUS_OK);
    return rig.scenario.resolved;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static const char rich[] = SCENARIO_HEAD
    "metadata: {name: \"true\", annotations: {a: \"5\"}}\n"
    "spec:\n"
    "  question: \"why: #1 \\\"quoted\\\"\\nand a second line\"\n"
    "  epoch: 2020-02-29T12:00:00Z\n"
    "  cluster:\n"
    "    version: \"1.30\"\n"
    "    nodes: [{name: a1, zone: a}, {count: 2}]\n"
    "    latency: {api.write: &slow {lognormal: {p50: 2ms, p99: 6ms}}, proxy.sync: 0s, image.pull: *slow}\n"
    "  apps:\n"
    "    - {match: {image: \"luksa/*\"}, startup: {mixture: [{w: 1, constant: 1s}, {w: 2, uniform: {min: 0s, max: 1s}}]}}\n"
    "  clients:\n"
    "    - {name: shoppers, target: http://kubia, rate: 0.5, arrivals: {constant: 10ms}, from: {nodes: [a1]}}\n"
    "    - {name: ramp, target: http://kubia, executor: ramping-arrival-rate, stages: [{duration: 1m, target: 5}]}\n"
    "  timeline:\n"
    "    - {name: \"null\", at: 10s, label: {selector: {app: kubia}, set: {app: \"1\"}, remove: [x]}}\n"
    "    - {every: 5s, spawn: {template: {spec: {containers: [{name: c, image: i}]}}}}\n"
    "    - {at: 11s, apply: [{apiVersion: v1, kind: Service, metadata: {name: x}, spec: {ports: [{port: 80}]}}]}\n"
    "    - {at: 12s, for: 5s, patch: {target: service/x, patch: {metadata: {labels: {a: ~, \"b\": \"2\"}}}}}\n"
    "  thresholds: {http_req_failed: [\"rate<0.1\"]}\n"
    "  record: {requests: all}\n" SERVICE_KUBIA DEPLOYMENT_KUBIA
    "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: \"multi\\nline\", \"8080\": x, b: 0x1F, c: ~}}\n";

static void test_the_resolved_text_resolves_to_itself(void **state)
{
    char *first = strdup(resolve_with(rich, NULL));

    (void)state;
    scenario_free(&rig.scenario);
    assert_string_equal(resolve_with(first, NULL), first);
    assert_string_equal(rig.scenario.spec.question, "why: #1 \"quoted\"\nand a second line");
    assert_string_equal(rig.scenario.spec.name, "true");
    assert_int_equal(rig.scenario.spec.cluster.node_count, 3);
    assert_int_equal(rig.scenario.spec.epoch_s, 1582977600);
    assert_int_equal(rig.scenario.spec.timeline_count, 4);
    assert_string_equal(rig.scenario.spec.timeline[0].name, "null");
    free(first);
}

static void test_the_resolved_text_has_all_defaults(void **state)
{
    const char *resolved = resolve_with(SCENARIO_HEAD, NULL);

    (void)state;
    assert_true(has(resolved, "  seed: 1\n  until: 5m\n  warmup: 0s\n"));
    assert_true(has(resolved, "    version: \"1.34\"\n    nodes: 3\n"));
    assert_true(has(resolved, "        kube-api-qps: 20\n"));
    assert_true(has(resolved, "      serviceTime:\n"));
    for (int i = 0; i < HOP_COUNT; i++)
        assert_true(has(resolved, spec_hops[i].key));
}

static void test_manifests_are_inlined_and_their_files_forgotten(void **state)
{
    const char *resolved;

    (void)state;
    rig_write("again.yaml", DEPLOYMENT_KUBIA, strlen(DEPLOYMENT_KUBIA));
    resolved = resolve_with(SCENARIO_HEAD "spec: {manifests: [again.yaml]}\n" SERVICE_KUBIA, NULL);
    assert_false(has(resolved, "manifests:"));
    assert_false(has(resolved, "again.yaml"));
    assert_true(has(resolved, "kind: Deployment\n"));
}

static void test_set_reaches_every_part(void **state)
{
    static const char *const sets[] = {"spec.until=1m",
                                       "spec.clients[name=shoppers].rate=500",
                                       "spec.clients[0].timeout=3s",
                                       "spec.cluster.nodes={}",
                                       "spec.cluster.nodes=[{name: a1}]",
                                       "spec.cluster.latency.api\\.write=7ms",
                                       "spec.record.propagation=all",
                                       "spec.thresholds.http_reqs=[\"count>5\"]",
                                       "deployment/kubia:spec.replicas=5",
                                       "svc/kubia:spec.ports[0].targetPort=9090",
                                       NULL};
    const struct world_spec *spec = &rig.scenario.spec;
    const char *resolved = resolve_with(rich, sets);

    (void)state;
    assert_int_equal(spec->until_ns, NS_PER_MIN);
    assert_true(spec->traffic.clients[0].rate_per_s == 500);
    assert_int_equal(spec->traffic.clients[0].timeout_ns, 3 * NS_PER_S);
    assert_int_equal(spec->cluster.node_count, 1);
    assert_int_equal(spec->cluster.latency[HOP_API_WRITE].value_ns, 7 * NS_PER_MS);
    assert_int_equal(spec->cluster.latency[HOP_IMAGE_PULL].kind,
                     DISTRIBUTION_LOGNORMAL); /* an alias of the old one */
    assert_int_equal(spec->record_propagation, RECORD_PROPAGATION_ALL);
    assert_int_equal(spec->threshold_count, 2);
    assert_int_equal(spec->cluster.workloads[0].replicas, 5);
    assert_int_equal(spec->cluster.services[0].ports[0].target.number, 9090);
    assert_true(has(resolved, "replicas: 5\n"));
}

static void test_set_makes_what_is_not_there(void **state)
{
    static const char *const sets[] = {
        "spec.seed=9", "spec.clients=[{name: a, target: kubia, rate: 1}]", "spec.apps[0].queue=3",
        "service/kubia:metadata.labels.example\\.com/x=y", NULL};
    const char *resolved = resolve_with(SCENARIO_HEAD "spec: {apps: []}\n" SERVICE_KUBIA, sets + 3);

    (void)state;
    assert_true(has(resolved, "example.com/x: \"y\"\n"));
    scenario_free(&rig.scenario);
    rig_load_with(&rig, SCENARIO_HEAD SERVICE_KUBIA, sets);
    assert_int_equal(rig.status, STATUS_INVALID);
    assert_true(rig_says(&rig, "--set \"spec.apps[0].queue=3\": an index where there is nothing"));
    scenario_free(&rig.scenario);
    (void)resolve_with(SCENARIO_HEAD SERVICE_KUBIA, (const char *const[]){sets[0], sets[1], NULL});
    assert_int_equal(rig.scenario.spec.seed, 9);
    assert_int_equal(rig.scenario.spec.traffic.client_count, 1);
}

static void test_a_later_set_wins(void **state)
{
    static const char *const sets[] = {"spec.seed=2", "spec.seed=3", NULL};

    (void)state;
    (void)resolve_with(SCENARIO_HEAD, sets);
    assert_int_equal(rig.scenario.spec.seed, 3);
}

static void test_set_works_on_manifests_alone(void **state)
{
    static const char *const sets[] = {"spec.until=30s", "spec.cluster.nodes=5", NULL};

    (void)state;
    (void)resolve_with(SERVICE_KUBIA DEPLOYMENT_KUBIA, sets);
    assert_int_equal(rig.scenario.spec.until_ns, 30 * NS_PER_S);
    assert_int_equal(rig.scenario.spec.cluster.node_count, 5);
    assert_int_equal(rig.scenario.spec.traffic.client_count, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, free_scenario)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_resolved_text_resolves_to_itself),
        TEST(test_the_resolved_text_has_all_defaults),
        TEST(test_manifests_are_inlined_and_their_files_forgotten),
        TEST(test_set_reaches_every_part),
        TEST(test_set_makes_what_is_not_there),
        TEST(test_a_later_set_wins),
        TEST(test_set_works_on_manifests_alone),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
