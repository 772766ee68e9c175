/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario_rig.h"

static struct rig rig;

static const struct cluster_spec *load(const char *manifests)
{
    char text[8192];

    snprintf(text, sizeof text, "%s---\n%s", SCENARIO_HEAD, manifests);
    rig_load(&rig, text);
    if (rig.status != STATUS_OK)
        print_message("%s%s\n", rig.messages, rig.err.text);
    assert_int_equal(rig.status, STATUS_OK);
    return &rig.scenario.spec.cluster;
}

static int free_scenario(void **state)
{
    (void)state;
    scenario_free(&rig.scenario);
    return 0;
}

static void test_a_deployment_has_kubernetes_defaults(void **state)
{
    const struct workload_spec *w = load(DEPLOYMENT_KUBIA)->workloads;
    const struct pod_spec *pod = &w->pod_template;

    (void)state;
    assert_int_equal(w->kind, WORKLOAD_DEPLOYMENT);
    assert_string_equal(w->meta.name, "kubia");
    assert_string_equal(w->meta.ns, "default");
    assert_false(w->meta.has_creation);
    assert_int_equal(w->meta.created_ns, -NS_PER_HOUR);
    assert_int_equal(w->replicas, 3);
    assert_int_equal(w->strategy, STRATEGY_ROLLING_UPDATE);
    assert_true(w->max_surge.is_percent && w->max_unavailable.is_percent);
    assert_int_equal(w->max_surge.value, 25);
    assert_int_equal(w->min_ready_ns, 0);
    assert_int_equal(w->progress_deadline_ns, 600 * NS_PER_S);
    assert_int_equal(w->revision_history_limit, 10);
    assert_true(labels_match(&w->selector, &pod->meta.labels));
    assert_int_equal(pod->grace_ns, 30 * NS_PER_S);
    assert_string_equal(pod->restart_policy, "Always");
    assert_int_equal(pod->containers[0].ports[0].number, 8080);
    assert_int_equal(pod->containers[0].readiness.kind, PROBE_NONE);
    assert_null(pod->node_name);
}

static void test_old_versions_take_the_templates_labels(void **state)
{
    const struct cluster_spec *cluster = load(
        "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n"
        "spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}}\n"
        "---\napiVersion: v1\nkind: ReplicationController\nmetadata: {name: b}\n"
        "spec: {replicas: 2, template: {metadata: {labels: {app: b}}, spec: {containers: [{name: c, image: i}]}}}\n");

    (void)state;
    assert_int_equal(cluster->workload_count, 2);
    assert_int_equal(cluster->workloads[0].replicas, 1);
    assert_int_equal(cluster->workloads[0].selector.count, 1);
    assert_int_equal(cluster->workloads[0].max_surge.value, 1);
    assert_int_equal(cluster->workloads[1].kind, WORKLOAD_REPLICATION_CONTROLLER);
    assert_string_equal(cluster->workloads[1].selector.items[0].values[0], "b");
}

/* The only container of a pod with these lines in it. */
static const struct container_spec *load_container(const char *lines)
{
    char text[2048];

    snprintf(
        text, sizeof text,
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: c\n      image: i\n"
        "      ports: [{name: http, containerPort: 8080}]\n%s",
        lines);
    return load(text)->pods[0].containers;
}

static void test_a_probe_has_kubernetes_defaults(void **state)
{
    const struct probe_spec *p =
        &load_container("      readinessProbe: {httpGet: {path: /, port: http}}\n")->readiness;

    (void)state;
    assert_int_equal(p->kind, PROBE_HTTP);
    assert_string_equal(p->port.name, "http");
    assert_int_equal(p->initial_delay_ns, 0);
    assert_int_equal(p->period_ns, 10 * NS_PER_S);
    assert_int_equal(p->timeout_ns, NS_PER_S);
    assert_int_equal(p->success_threshold, 1);
    assert_int_equal(p->failure_threshold, 3);
}

static void test_probes_of_every_kind(void **state)
{
    const struct container_spec *c =
        load_container("      readinessProbe: {exec: {command: [ls]}, periodSeconds: 1}\n"
                       "      livenessProbe: {tcpSocket: {port: 8080}}\n"
                       "      startupProbe: {grpc: {port: 9090}, failureThreshold: 30}\n");

    (void)state;
    assert_int_equal(c->readiness.kind, PROBE_EXEC);
    assert_int_equal(c->readiness.period_ns, NS_PER_S);
    assert_int_equal(c->liveness.kind, PROBE_TCP);
    assert_int_equal(c->startup.kind, PROBE_GRPC);
    assert_int_equal(c->startup.port.number, 9090);
    assert_int_equal(c->startup.failure_threshold, 30);
    assert_true(rig_warns(
        &rig,
        "not modelled, ignored: spec.containers[].livenessProbe, spec.containers[].startupProbe"));
}

static void test_pre_stop_sleeps_however_it_is_written(void **state)
{
    static const struct {
        const char *hook;
        sim_ns span_ns;
    } cases[] = {
        {"{sleep: {seconds: 5}}", 5 * NS_PER_S},
        {"{exec: {command: [sleep, \"5\"]}}", 5 * NS_PER_S},
        {"{exec: {command: [/bin/sleep, 2.5s]}}", 2500 * NS_PER_MS},
        {"{exec: {command: [/bin/sh, -c, sleep 10]}}", 10 * NS_PER_S},
        {"{exec: {command: [bash, -ec, \"exec sleep 1m\"]}}", NS_PER_MIN},
    };

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(cases); i++) {
        char lines[200];

        snprintf(lines, sizeof lines,
                 "      lifecycle: {preStop: %s}\n  terminationGracePeriodSeconds: 90\n",
                 cases[i].hook);
        assert_int_equal(load_container(lines)->pre_stop_ns, cases[i].span_ns);
        assert_int_equal(rig.scenario.warning_count, 0);
        scenario_free(&rig.scenario);
    }
    (void)load_container("");
}

static void test_other_hooks_take_no_time_and_are_warned_of(void **state)
{
    (void)state;
    assert_int_equal(
        load_container("      lifecycle: {preStop: {exec: {command: [nginx, -s, quit]}}}\n")
            ->pre_stop_ns,
        0);
    assert_true(
        rig_warns(&rig, "lifecycle.preStop: only sleeping is modelled; taken as done in no time"));
}

static void test_a_service_refers_to_ports_by_number_or_name(void **state)
{
    const struct service_spec *s =
        load(
            "apiVersion: v1\nkind: Service\nmetadata: {name: kubia, namespace: shop}\n"
            "spec:\n  type: NodePort\n  selector: {app: kubia}\n  clusterIP: 10.96.0.7\n"
            "  ports: [{name: a, port: 80}, {name: b, port: 443, targetPort: https, nodePort: 30443, protocol: UDP}]\n")
            ->services;

    (void)state;
    assert_string_equal(s->meta.ns, "shop");
    assert_int_equal(s->type, SERVICE_NODE_PORT);
    assert_string_equal(s->cluster_ip, "10.96.0.7");
    assert_int_equal(s->ports[0].target.number, 80);
    assert_null(s->ports[0].target.name);
    assert_string_equal(s->ports[1].target.name, "https");
    assert_int_equal(s->ports[1].node_port, 30443);
    assert_int_equal(s->ports[1].protocol, PROTOCOL_UDP);
    assert_false(s->selector.is_null);
}

static void test_services_of_every_kind(void **state)
{
    const struct cluster_spec *cluster = load(
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}], sessionAffinity: ClientIP}}\n"
        "---\n{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {clusterIP: None, selector: {a: b}}}\n"
        "---\n{apiVersion: v1, kind: Service, metadata: {name: c, namespace: shop}, spec: {type: ExternalName, "
        "externalName: x.y}}\n");

    (void)state;
    assert_true(cluster->services[0].selector.is_null);
    assert_int_equal(cluster->services[0].affinity, AFFINITY_CLIENT_IP);
    assert_int_equal(cluster->services[0].affinity_timeout_ns, 3 * NS_PER_HOUR);
    assert_string_equal(cluster->services[1].cluster_ip, "None");
    assert_int_equal(cluster->services[2].type, SERVICE_EXTERNAL_NAME);
    assert_string_equal(cluster->services[2].external_name, "x.y");
    assert_string_equal(cluster->services[2].meta.ns, "shop");
}

static void test_endpoints_have_ready_and_other_addresses(void **state)
{
    const struct cluster_spec *cluster = load(
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: a, namespace: shop}\nsubsets:\n"
        "  - addresses: [{ip: 11.11.11.11}, {ip: 22.22.22.22, nodeName: n, targetRef: {kind: Pod, name: p}}]\n"
        "    notReadyAddresses: [{ip: 33.33.33.33, hostname: h}]\n"
        "    ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]\n"
        "  - {addresses: [{ip: \"2001:db8::1\"}], ports: [{port: 81}]}\n");
    const struct endpoints_spec *endpoints = cluster->endpoints;

    (void)state;
    assert_int_equal(cluster->endpoints_count, 1);
    assert_string_equal(endpoints->meta.ns, "shop");
    assert_int_equal(endpoints->subset_count, 2);
    assert_int_equal(endpoints->subsets[0].address_count, 3);
    assert_string_equal(endpoints->subsets[0].addresses[1].target_pod, "p");
    assert_string_equal(endpoints->subsets[0].addresses[1].node_name, "n");
    assert_true(endpoints->subsets[0].addresses[1].is_ready);
    assert_false(endpoints->subsets[0].addresses[2].is_ready);
    assert_string_equal(endpoints->subsets[0].addresses[2].hostname, "h");
    assert_int_equal(endpoints->subsets[0].port_count, 2);
    assert_int_equal(endpoints->subsets[0].ports[1].protocol, PROTOCOL_UDP);
    assert_int_equal(endpoints->subsets[1].ports[0].number, 81);
}

static void test_a_slice_serves_the_service_of_its_label(void **state)
{
    const struct slice_spec *slices =
        load(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
            "metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\naddressType: IPv4\n"
            "endpoints: [{addresses: [11.11.11.11]}, {addresses: [22.22.22.22], conditions: {ready: false}}]\n"
            "ports: [{port: 80}]\n---\n"
            "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: b}, addressType: IPv4}\n")
            ->slices;

    (void)state;
    assert_string_equal(slices[0].service, "a");
    assert_int_equal(slices[0].content.address_count, 2);
    assert_true(slices[0].content.addresses[0].is_ready);
    assert_false(slices[0].content.addresses[1].is_ready);
    assert_null(slices[1].service);
}

/* As a dump of a cluster has them: the Service's controller makes them anew. */
static void test_endpoints_of_a_service_with_a_selector_are_left_out(void **state)
{
    const struct cluster_spec *cluster = load(
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {a: b}, ports: [{port: 80}]}}\n---\n"
        "{apiVersion: v1, kind: Endpoints, metadata: {name: a}, subsets: [{addresses: [{ip: 11.11.11.11}]}]}\n---\n"
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: {name: a-x, labels: "
        "{endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}}\n");

    (void)state;
    assert_int_equal(cluster->endpoints_count, 0);
    assert_int_equal(cluster->slice_count, 0);
    assert_true(rig_warns(
        &rig,
        "endpoints/a: a controller makes this of the Service's pods; the manifest is left out "
        "(2 such objects)"));
}

static void test_external_names_in_a_circle_are_warned_of(void **state)
{
    (void)state;
    (void)load(
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ExternalName, externalName: "
        "b.default.svc.cluster.local}}\n---\n"
        "{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {type: ExternalName, externalName: "
        "a.default.svc.cluster.local}}\n");
    assert_true(rig_warns(&rig, "service/a: its externalName leads in a circle"));
    assert_true(rig_warns(&rig, "service/b: its externalName leads in a circle"));
}

static void test_an_unknown_version_is_a_warning(void **state)
{
    (void)state;
    (void)load(
        "{apiVersion: v2, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}\n");
    assert_int_equal(rig.scenario.spec.cluster.service_count, 1);
    assert_true(rig_warns(&rig, "service/a: apiVersion: unknown version v2, read as v1"));
}

static void test_a_pod_starts_in_its_status(void **state)
{
    const struct pod_spec *pod =
        load(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: n, containers: [{name: c, image: i}]}, "
            "status: {phase: Running, podIP: 10.0.0.9, conditions: [{type: Ready, status: \"True\"}]}}\n")
            ->pods;

    (void)state;
    assert_true(pod->has_status && pod->status_ready);
    assert_string_equal(pod->status_phase, "Running");
    assert_string_equal(pod->ip, "10.0.0.9");
    assert_false(pod->is_pinned);
    assert_false(rig_warns(&rig, "not modelled"));
}

static void test_lists_are_taken_apart(void **state)
{
    const struct cluster_spec *cluster = load(
        "apiVersion: v1\nkind: List\nitems:\n"
        "  - {apiVersion: v1, kind: Node, metadata: {name: a1}}\n"
        "  - {apiVersion: v1, kind: PodList, items: [{apiVersion: v1, kind: Pod, metadata: {name: p}, "
        "spec: {containers: [{name: c, image: i}]}}]}\n");

    (void)state;
    assert_int_equal(cluster->node_count, 1);
    assert_int_equal(cluster->pod_count, 1);
}

static void test_what_is_not_modelled_is_one_warning_an_object_or_kind(void **state)
{
    (void)state;
    (void)load(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n"
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n---\n"
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n"
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {tolerations: [], containers: [{name: c, image: "
        "i, env: []}, {name: d, image: i, env: []}]}}\n");
    assert_int_equal(rig.scenario.warning_count, 2);
    assert_true(
        rig_warns(&rig, "configmap/a: kind ConfigMap is not modelled, ignored (2 objects)"));
    assert_true(
        rig_warns(&rig, "pod/p: not modelled, ignored: spec.tolerations, spec.containers[].env"));
}

static void test_a_misspelt_field_of_a_manifest_is_a_warning(void **state)
{
    (void)state;
    (void)load_container("      readinesProbe: {httpGet: {port: 8080}}\n");
    assert_true(
        rig_warns(&rig, "readinesProbe: unknown field, ignored; did you mean readinessProbe?"));
}

static void test_nulls_of_manifests_count_as_absent(void **state)
{
    const struct workload_spec *w =
        load("apiVersion: apps/v1\nkind: ReplicaSet\n"
             "metadata: {name: a, creationTimestamp: null}\nstatus: {}\nspec:\n"
             "  replicas: null\n  selector: {matchLabels: {app: a}}\n"
             "  template: {metadata: {creationTimestamp: null, labels: {app: a}},\n"
             "    spec: {containers: [{name: c, image: i, ports: null}]}}\n")
            ->workloads;

    (void)state;
    assert_int_equal(w->replicas, 1);
    assert_int_equal(rig.scenario.warning_count, 0);
}

static void test_creation_counts_from_the_epoch(void **state)
{
    const struct pod_spec *pod =
        load(
            "{apiVersion: v1, kind: Pod, metadata: {name: p, creationTimestamp: \"2025-12-31T23:59:00Z\"}, "
            "spec: {containers: [{name: c, image: i}]}}\n")
            ->pods;

    (void)state;
    assert_true(pod->meta.has_creation);
    assert_int_equal(pod->meta.created_ns, -60 * NS_PER_S);
}

static void test_the_template_hash_covers_what_is_not_modelled(void **state)
{
    char with_env[2048];
    uint64_t hash;
    uint64_t same;

    (void)state;
    hash = load(DEPLOYMENT_KUBIA)->workloads[0].pod_template.template_hash;
    scenario_free(&rig.scenario);
    same = load("# moved by a line\n" DEPLOYMENT_KUBIA)->workloads[0].pod_template.template_hash;
    assert_true(hash == same);
    scenario_free(&rig.scenario);
    snprintf(with_env, sizeof with_env, "%s      dnsPolicy: Default\n", DEPLOYMENT_KUBIA);
    assert_false(hash == load(with_env)->workloads[0].pod_template.template_hash);
}

#define TEST(name) cmocka_unit_test_teardown(name, free_scenario)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_deployment_has_kubernetes_defaults),
        TEST(test_old_versions_take_the_templates_labels),
        TEST(test_a_probe_has_kubernetes_defaults),
        TEST(test_probes_of_every_kind),
        TEST(test_pre_stop_sleeps_however_it_is_written),
        TEST(test_other_hooks_take_no_time_and_are_warned_of),
        TEST(test_a_service_refers_to_ports_by_number_or_name),
        TEST(test_services_of_every_kind),
        TEST(test_endpoints_have_ready_and_other_addresses),
        TEST(test_a_slice_serves_the_service_of_its_label),
        TEST(test_endpoints_of_a_service_with_a_selector_are_left_out),
        TEST(test_external_names_in_a_circle_are_warned_of),
        TEST(test_an_unknown_version_is_a_warning),
        TEST(test_a_pod_starts_in_its_status),
        TEST(test_lists_are_taken_apart),
        TEST(test_what_is_not_modelled_is_one_warning_an_object_or_kind),
        TEST(test_a_misspelt_field_of_a_manifest_is_a_warning),
        TEST(test_nulls_of_manifests_count_as_absent),
        TEST(test_creation_counts_from_the_epoch),
        TEST(test_the_template_hash_covers_what_is_not_modelled),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
