/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario_rig.h"

#define CLIENT     \
    "  clients:\n" \
    "    - {name: shoppers, target: http://kubia, rate: 200}\n"

static struct rig rig;

static const struct world_spec *load(const char *text)
{
    rig_load(&rig, text);
    if (rig.status != STATUS_OK)
        print_message("%s%s\n", rig.messages, rig.err.text);
    assert_int_equal(rig.status, STATUS_OK);
    return &rig.scenario.spec;
}

static int free_scenario(void **state)
{
    (void)state;
    scenario_free(&rig.scenario);
    return 0;
}

static bool same_distribution(const struct distribution *a, const struct distribution *b)
{
    if (a->kind != b->kind || a->value_ns != b->value_ns || a->a != b->a || a->b != b->b ||
        a->part_count != b->part_count)
        return false;
    for (uint32_t i = 0; i < a->part_count; i++) {
        if (!same_distribution(&a->parts[i], &b->parts[i]))
            return false;
    }
    return true;
}

static void test_an_empty_spec_has_the_documented_defaults(void **state)
{
    const struct world_spec *spec = load(SCENARIO_HEAD);

    (void)state;
    assert_string_equal(spec->name, "s");
    assert_null(spec->question);
    assert_int_equal(spec->seed, 1);
    assert_int_equal(spec->until_ns, 5 * NS_PER_MIN);
    assert_int_equal(spec->warmup_ns, 0);
    assert_int_equal(spec->epoch_s, 1767225600); /* 2026-01-01 */
    assert_int_equal(spec->cluster.version_minor, 34);
    assert_int_equal(spec->cluster.node_count, 3);
    assert_string_equal(spec->cluster.nodes[2].name, "node-3");
    assert_int_equal(spec->cluster.nodes[2].pod_capacity, 110);
    assert_false(spec->cluster.is_cold_start);
    assert_true(spec->cluster.has_kubelet);
    assert_int_equal(spec->cluster.gone_address, GONE_ADDRESS_DROP);
    assert_string_equal(spec->cluster.cluster_domain, "cluster.local");
    assert_int_equal(spec->record_requests, RECORD_REQUESTS_FAILED);
    assert_int_equal(spec->record_propagation, RECORD_PROPAGATION_AUTO);
}

static void test_components_have_upstream_defaults(void **state)
{
    const struct cluster_spec *cluster = &load(SCENARIO_HEAD)->cluster;

    (void)state;
    assert_int_equal(cluster->proxy.min_sync_ns, NS_PER_S);
    assert_int_equal(cluster->proxy.sync_ns, 30 * NS_PER_S);
    assert_int_equal(cluster->controller_manager.endpointslice_batch_ns, 0);
    assert_int_equal(cluster->controller_manager.endpointslice_workers, 5);
    assert_int_equal(cluster->controller_manager.endpoint_workers, 5);
    assert_int_equal(cluster->controller_manager.endpoint_batch_ns, 0);
    assert_int_equal(cluster->controller_manager.deployment_workers, 5);
    assert_int_equal(cluster->controller_manager.replicaset_workers, 5);
    assert_int_equal(cluster->controller_manager.max_endpoints_per_slice, 100);
    assert_true(cluster->controller_manager.api_qps == 20);
    assert_int_equal(cluster->controller_manager.api_burst, 30);
}

static void test_the_default_app_comes_last(void **state)
{
    const struct traffic_spec *traffic =
        &load(SCENARIO_HEAD "spec:\n  apps:\n    - {match: {image: a}, concurrency: 3}\n")->traffic;
    const struct app_spec *app = &traffic->apps[1];
    const struct distribution mean_10ms = distribution_exponential(10 * NS_PER_MS);

    (void)state;
    assert_int_equal(traffic->app_count, 2);
    assert_string_equal(traffic->apps[0].match_image, "a");
    assert_int_equal(traffic->apps[0].concurrency, 3);
    assert_null(app->match_image);
    assert_int_equal(app->startup.value_ns, NS_PER_S);
    assert_true(same_distribution(&app->service_time, &mean_10ms));
    assert_int_equal(app->concurrency, 100);
    assert_int_equal(app->queue, 1000);
    assert_int_equal(app->on_sigterm, ON_SIGTERM_EXIT);
    assert_true(app->error_ratio == 0);
    assert_null(app->listen);
}

static void test_an_app_without_match_is_the_default(void **state)
{
    const struct traffic_spec *traffic =
        &load(SCENARIO_HEAD "spec:\n  apps: [{queue: 7}]\n")->traffic;

    (void)state;
    assert_int_equal(traffic->app_count, 1);
    assert_int_equal(traffic->apps[0].queue, 7);
}

static void test_a_client_has_the_documented_defaults(void **state)
{
    const struct client_spec *client =
        load(SCENARIO_HEAD "spec:\n" CLIENT SERVICE_KUBIA)->traffic.clients;

    (void)state;
    assert_string_equal(client->name, "shoppers");
    assert_string_equal(client->target, "http://kubia");
    assert_string_equal(client->service, "kubia");
    assert_string_equal(client->service_ns, "default");
    assert_int_equal(client->port, 80);
    assert_true(client->rate_per_s == 200);
    assert_int_equal(client->arrivals, ARRIVALS_POISSON);
    assert_null(client->from_nodes);
    assert_int_equal(client->timeout_ns, 10 * NS_PER_S);
}

static void test_the_table_of_hops_says_what_the_code_does(void **state)
{
    struct distribution latency[HOP_COUNT];
    struct arena arena;
    const struct world_spec *spec;

    (void)state;
    /* Every hop given in the text that the table shows: the loader must come to the same. */
    char text[4096] = SCENARIO_HEAD "spec:\n  cluster:\n    latency:\n";

    for (int i = 0; i < HOP_COUNT; i++) {
        const size_t used = strlen(text);

        snprintf(text + used, sizeof text - used, "      %s: %s\n", spec_hops[i].key,
                 spec_hops[i].default_text);
    }
    spec = load(text);
    arena_init(&arena);
    spec_default_latency(&arena, latency);
    for (int i = 0; i < HOP_COUNT; i++) {
        if (!same_distribution(&latency[i], &spec->cluster.latency[i]))
            fail_msg("%s", spec_hops[i].key);
    }
    arena_deinit(&arena);
}

static void test_every_distribution_is_read(void **state)
{
    const struct distribution *latency =
        load(
            SCENARIO_HEAD
            "spec:\n"
            "  cluster:\n"
            "    latency:\n"
            "      api.write: {lognormal: {mean: 4ms, cv: 0.5}}\n"
            "      watch.node: {uniform: {min: 1ms, max: 2ms}}\n"
            "      watch.controller: {normal: {mean: 3ms, sd: 1ms}}\n"
            "      scheduler.bind: {gamma: {shape: 2, scale: 1ms}}\n"
            "      image.pull: {weibull: {shape: 0.7, scale: 2s}}\n"
            "      container.start: {pareto: {min: 1s, alpha: 2.5}}\n"
            "      container.stop: {constant: 5ms}\n"
            "      kubelet.sync: {mixture: [{w: 9, constant: 1ms}, {w: 1, exponential: {mean: 1s}}]}\n"
            "      controller.sync: {affine: {base: 1ms, per: {uniform: {min: 0s, max: 1us}}}}\n"
            "      dns.query: 0s\n")
            ->cluster.latency;

    (void)state;
    assert_int_equal(latency[HOP_API_WRITE].kind, DISTRIBUTION_LOGNORMAL);
    assert_int_equal(latency[HOP_WATCH_NODE].kind, DISTRIBUTION_UNIFORM);
    assert_true(latency[HOP_WATCH_NODE].b == 2e6);
    assert_int_equal(latency[HOP_WATCH_CONTROLLER].kind, DISTRIBUTION_NORMAL);
    assert_int_equal(latency[HOP_SCHEDULER_BIND].kind, DISTRIBUTION_GAMMA);
    assert_true(latency[HOP_SCHEDULER_BIND].a == 2);
    assert_int_equal(latency[HOP_IMAGE_PULL].kind, DISTRIBUTION_WEIBULL);
    assert_int_equal(latency[HOP_CONTAINER_START].kind, DISTRIBUTION_PARETO);
    assert_true(latency[HOP_CONTAINER_START].b == 2.5);
    assert_int_equal(latency[HOP_CONTAINER_STOP].value_ns, 5 * NS_PER_MS);
    assert_int_equal(latency[HOP_KUBELET_SYNC].kind, DISTRIBUTION_MIXTURE);
    assert_int_equal(latency[HOP_KUBELET_SYNC].part_count, 2);
    assert_true(latency[HOP_KUBELET_SYNC].weights[0] == 0.9);
    assert_int_equal(latency[HOP_CONTROLLER_SYNC].kind, DISTRIBUTION_AFFINE);
    assert_int_equal(latency[HOP_CONTROLLER_SYNC].parts[1].kind, DISTRIBUTION_UNIFORM);
    assert_true(distribution_is_zero(&latency[HOP_DNS_QUERY]));
}

static void test_nodes_are_named_and_counted(void **state)
{
    const struct cluster_spec *cluster =
        &load(SCENARIO_HEAD
              "spec:\n  cluster:\n    nodes: [{name: node-2, zone: a}, {zone: b, count: 3}]\n")
             ->cluster;

    (void)state;
    assert_int_equal(cluster->node_count, 4);
    assert_string_equal(cluster->nodes[0].name, "node-2");
    assert_string_equal(cluster->nodes[0].zone, "a");
    assert_string_equal(cluster->nodes[1].name, "node-1");
    assert_string_equal(cluster->nodes[2].name, "node-3"); /* node-2 is taken */
    assert_string_equal(cluster->nodes[3].zone, "b");
}

static void test_node_manifests_win(void **state)
{
    const struct cluster_spec *cluster =
        &load(SCENARIO_HEAD
              "spec:\n  cluster: {nodes: 7}\n"
              "---\n{apiVersion: v1, kind: Node, metadata: {name: a1, labels: "
              "{topology.kubernetes.io/zone: z}}, status: {allocatable: {pods: \"30\"}}}\n")
             ->cluster;

    (void)state;
    assert_int_equal(cluster->node_count, 1);
    assert_string_equal(cluster->nodes[0].name, "a1");
    assert_string_equal(cluster->nodes[0].zone, "z");
    assert_int_equal(cluster->nodes[0].pod_capacity, 30);
}

static void test_a_proxy_configuration_may_be_pasted(void **state)
{
    const struct cluster_spec *cluster =
        &load(SCENARIO_HEAD "spec:\n"
                            "  cluster:\n"
                            "    proxy:\n"
                            "      apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
                            "      kind: KubeProxyConfiguration\n"
                            "      conntrack: {maxPerCore: 32768}\n"
                            "      iptables: {minSyncPeriod: 0s, syncPeriod: 1m, "
                            "masqueradeAll: false}\n")
             ->cluster;

    (void)state;
    assert_int_equal(cluster->proxy.min_sync_ns, NS_PER_S); /* 0 counts as unset */
    assert_int_equal(cluster->proxy.sync_ns, NS_PER_MIN);
    assert_int_equal(rig.scenario.warning_count, 2);
    assert_true(rig_warns(&rig, "s.yaml:8:7: spec.cluster.proxy.conntrack: not modelled, ignored"));
}

static void test_flags_may_be_in_quotes(void **state)
{
    const struct controller_manager_spec *manager =
        &load(SCENARIO_HEAD "spec:\n"
                            "  cluster:\n"
                            "    controllerManager:\n"
                            "      extraArgs:\n"
                            "        concurrent-service-endpoint-syncs: \"9\"\n"
                            "        endpointslice-updates-batch-period: 500ms\n"
                            "        kube-api-qps: 12.5\n")
             ->cluster.controller_manager;

    (void)state;
    assert_int_equal(manager->endpointslice_workers, 9);
    assert_int_equal(manager->endpointslice_batch_ns, 500 * NS_PER_MS);
    assert_true(manager->api_qps == 12.5);
}

static void test_targets_are_taken_apart(void **state)
{
    const struct client_spec *clients =
        load(SCENARIO_HEAD
             "spec:\n"
             "  clients:\n"
             "    - {name: a, target: \"http://kubia.shop:8080/cart\", rate: 1}\n"
             "    - {name: b, target: \"https://kubia.shop.svc\", rate: 30, timeUnit: 1m}\n"
             "    - {name: c, target: \"kubia.shop.svc.cluster.local\", rate: 1, arrivals: even}\n")
            ->traffic.clients;

    (void)state;
    assert_string_equal(clients[0].service, "kubia");
    assert_string_equal(clients[0].service_ns, "shop");
    assert_int_equal(clients[0].port, 8080);
    assert_int_equal(clients[1].port, 443);
    assert_true(clients[1].rate_per_s == 0.5);
    assert_string_equal(clients[2].service_ns, "shop");
    assert_int_equal(clients[2].arrivals, ARRIVALS_EVEN);
    assert_true(
        rig_warns(&rig, "no Service kubia in namespace shop; the requests will end in dns"));
}

static void test_arrivals_may_be_a_distribution_and_nodes_a_list(void **state)
{
    const struct client_spec *client =
        load(SCENARIO_HEAD
             "spec:\n"
             "  clients:\n"
             "    - {name: a, target: kubia, rate: 1, arrivals: {uniform: {min: 1ms, max: 3ms}},\n"
             "       from: {nodes: [node-3, node-1]}}\n" SERVICE_KUBIA)
            ->traffic.clients;

    (void)state;
    assert_int_equal(client->arrivals, ARRIVALS_DISTRIBUTION);
    assert_int_equal(client->gap.kind, DISTRIBUTION_UNIFORM);
    assert_int_equal(client->from_node_count, 2);
    assert_string_equal(client->from_nodes[0], "node-3");
}

static void test_targets_of_every_kind(void **state)
{
    const struct client_spec *clients =
        load(
            SCENARIO_HEAD
            "spec:\n  cluster: {externalHosts: [{host: db.corp, addresses: [203.0.113.7], ttl: 1m}]}\n  clients:\n"
            "    - {name: a, target: \"http://api.example.com\", rate: 1}\n"
            "    - {name: b, target: \"http://db.corp:5432\", rate: 1}\n"
            "    - {name: c, target: \"http://headless:8080\", rate: 1}\n"
            "    - {name: d, target: \"http://outside\", rate: 1}\n"
            "    - {name: e, target: \"http://by-hand.default.svc.cluster.local\", rate: 1}\n"
            "    - {name: f, target: \"http://web-0.headless.default.svc.cluster.local\", rate: 1}\n"
            "---\n{apiVersion: v1, kind: Service, metadata: {name: headless}, spec: {clusterIP: None, selector: {a: b}}}\n"
            "---\n{apiVersion: v1, kind: Service, metadata: {name: outside}, spec: {type: ExternalName, externalName: x.y}}\n"
            "---\n{apiVersion: v1, kind: Service, metadata: {name: by-hand}, spec: {ports: [{port: 80}]}}\n")
            ->traffic.clients;

    (void)state;
    assert_string_equal(clients[0].service, "api.example.com");
    assert_null(clients[0].service_ns);
    assert_string_equal(clients[1].service, "db.corp");
    assert_null(clients[1].service_ns);
    assert_int_equal(clients[1].port, 5432);
    for (int i = 2; i < 5; i++)
        assert_string_equal(clients[i].service_ns, "default");
    assert_string_equal(clients[4].service, "by-hand");
    assert_string_equal(clients[5].service, "headless");
    assert_string_equal(clients[5].pod_label, "web-0");
    assert_int_equal(rig.scenario.spec.cluster.external_hosts[0].ttl_ns, NS_PER_MIN);
    assert_int_equal(rig.scenario.spec.cluster.external_hosts[0].latency_ns, 10 * NS_PER_MS);
}

/* ndots:5 and the search path default.svc.cluster.local, svc.cluster.local, cluster.local. */
static void test_names_are_tried_with_the_search_path(void **state)
{
    static const struct {
        const char *host;
        uint32_t tries;
        uint32_t most;
    } cases[] = {
        {"kubia", 1, 4},
        {"kubia.shop", 2, 4},
        {"kubia.shop.svc", 3, 4},
        {"kubia.shop.svc.cluster.local", 4, 4},
        {"kubia.shop.svc.cluster.local.", 1, 1},
        {"web-0.kubia.shop.svc.cluster.local", 1, 4},
        {"api.example.com", 4, 4},
        {"api.example.com.", 1, 1},
        {"a.b.c.d.example.com", 1, 4},
    };

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(cases); i++) {
        char text[512];
        const struct client_spec *client;

        snprintf(text, sizeof text,
                 SCENARIO_HEAD "spec:\n  clients: [{name: a, target: \"http://%s\", rate: 1}]\n"
                               "---\n{apiVersion: v1, kind: Service, metadata: {name: kubia, "
                               "namespace: shop}, spec: {clusterIP: None, selector: {a: b}}}\n",
                 cases[i].host);
        scenario_free(&rig.scenario); /* the one before */
        client = load(text)->traffic.clients;
        assert_int_equal(client->try_count, cases[i].tries);
        assert_int_equal(client->try_count_max, cases[i].most);
    }
}

static void test_a_client_may_keep_answers_of_dns(void **state)
{
    const struct client_spec *clients =
        load(SCENARIO_HEAD "spec:\n  clients:\n"
                           "    - {name: a, target: \"http://kubia\", rate: 1}\n"
                           "    - {name: b, target: \"http://kubia\", rate: 1, dns: {cache: ttl}}\n"
                           "    - {name: c, target: \"http://kubia\", rate: 1, dns: {cache: 30s}}\n"
                           "    - {name: d, target: \"http://kubia\", rate: 1, dns: {cache: "
                           "forever, negative: 2s}}\n" SERVICE_KUBIA)
            ->traffic.clients;

    (void)state;
    assert_false(clients[0].has_dns_cache);
    assert_true(clients[1].has_dns_cache);
    assert_int_equal(clients[1].dns_keep_ns, 0);
    assert_int_equal(clients[1].dns_keep_denial_ns, 0);
    assert_int_equal(clients[2].dns_keep_ns, 30 * NS_PER_S);
    assert_int_equal(clients[2].dns_keep_denial_ns, 10 * NS_PER_S);
    assert_int_equal(clients[3].dns_keep_ns, NS_NEVER);
    assert_int_equal(clients[3].dns_keep_denial_ns, 2 * NS_PER_S);
}

static void test_a_rate_may_ramp(void **state)
{
    const struct client_spec *client =
        load(
            SCENARIO_HEAD
            "spec:\n  clients:\n    - {name: a, target: \"http://kubia\", executor: ramping-arrival-rate, "
            "timeUnit: 1m, startRate: 60, stages: [{duration: 30s, target: 600}, {duration: 0s, target: 0}]}\n" SERVICE_KUBIA)
            ->traffic.clients;

    (void)state;
    assert_int_equal(client->executor, EXECUTOR_RAMPING_ARRIVAL_RATE);
    assert_true(client->start_rate_per_s == 1);
    assert_int_equal(client->stage_count, 2);
    assert_int_equal(client->stages[0].duration_ns, 30 * NS_PER_S);
    assert_true(client->stages[0].target_per_s == 10);
    assert_int_equal(client->stages[1].duration_ns, 0);
}

static void test_without_a_kubelet_every_pod_is_pinned(void **state)
{
    static const char pod[] =
        "---\n{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}\n";
    char text[1024];

    (void)state;
    snprintf(text, sizeof text, "%sspec: {cluster: {kubelet: none}}\n%s", SCENARIO_HEAD, pod);
    assert_false(load(text)->cluster.has_kubelet);
    assert_true(rig.scenario.spec.cluster.pods[0].is_pinned);
    scenario_free(&rig.scenario);
    snprintf(text, sizeof text, "%s%s", SCENARIO_HEAD, pod);
    assert_true(load(text)->cluster.has_kubelet);
    assert_false(rig.scenario.spec.cluster.pods[0].is_pinned);
}

static void test_thresholds_are_k6s(void **state)
{
    const struct world_spec *spec =
        load(SCENARIO_HEAD "spec:\n"
                           "  thresholds:\n"
                           "    http_req_failed: [\"rate<0.001\"]\n"
                           "    http_req_duration: [\"p(99.9) <= 250\", \"avg<1.5s\"]\n"
                           "    http_reqs: [\"count>=1000\", \"rate != 5\"]\n"
                           "    propagation: [\"p(99)<5s\", \"max<1m\"]\n");
    const struct threshold_spec *t = spec->thresholds;

    (void)state;
    assert_int_equal(spec->threshold_count, 7);
    assert_string_equal(t[0].metric_name, "http_req_failed");
    assert_string_equal(t[0].expression, "rate<0.001");
    assert_int_equal(t[0].aggregate, AGGREGATE_RATE);
    assert_int_equal(t[0].comparison, COMPARE_LT);
    assert_true(t[0].limit == 0.001);
    assert_int_equal(t[1].aggregate, AGGREGATE_PERCENTILE);
    assert_true(t[1].percentile == 99.9);
    assert_int_equal(t[1].comparison, COMPARE_LE);
    assert_true(t[1].limit == 0.25); /* bare numbers are k6's milliseconds */
    assert_true(t[2].limit == 1.5);
    assert_int_equal(t[3].comparison, COMPARE_GE);
    assert_int_equal(t[4].comparison, COMPARE_NE);
    assert_int_equal(t[5].metric, THRESHOLD_PROPAGATION);
    assert_true(t[6].limit == 60);
}

static void test_manifests_alone_get_a_client_for_each_service(void **state)
{
    const struct world_spec *spec = load(
        "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop},\n"
        " spec: {selector: {app: web}, ports: [{port: 8080}]}}\n" SERVICE_KUBIA DEPLOYMENT_KUBIA);

    (void)state;
    assert_int_equal(spec->traffic.client_count, 2);
    assert_string_equal(spec->traffic.clients[0].target, "http://web.shop:8080");
    assert_string_equal(spec->traffic.clients[0].service_ns, "shop");
    assert_string_equal(spec->traffic.clients[1].target, "http://kubia");
    assert_true(spec->traffic.clients[1].rate_per_s == 100);
    assert_int_equal(spec->cluster.node_count, 3);
    assert_true(rig_warns(&rig, "no Scenario: the default cluster"));
}

static void test_manifests_are_read_relative_to_the_scenario(void **state)
{
    const char *text = SCENARIO_HEAD "spec:\n  manifests: [../" /* folder */;
    char scenario[256];
    const char *folder = strrchr(rig_folder, '/') + 1;

    (void)state;
    snprintf(scenario, sizeof scenario, "%s%s/again.yaml]\n", text, folder);
    rig_write("again.yaml", DEPLOYMENT_KUBIA, strlen(DEPLOYMENT_KUBIA));
    rig_write("s.yaml", scenario, strlen(scenario));
    snprintf(scenario, sizeof scenario, "%s/s.yaml", rig_folder);
    rig_load_file(&rig, scenario, NULL);
    assert_int_equal(rig.status, STATUS_OK);
    assert_int_equal(rig.scenario.spec.cluster.workload_count, 1);
    assert_int_equal(rig.scenario.input_count, 2);
    assert_int_equal(strlen(rig.scenario.inputs[1].sha256), 64);
}

static void test_seed_and_until_of_the_command_line_win(void **state)
{
    const struct scenario_options options = {
        .has_seed = true, .seed = UINT64_MAX, .has_until = true, .until_ns = 90 * NS_PER_S};
    const char *text = SCENARIO_HEAD "spec: {seed: 42, until: 3m}\n";

    (void)state;
    rig_write("s.yaml", text, strlen(text));
    rig_load_file(&rig, "s.yaml", &options);
    assert_int_equal(rig.status, STATUS_OK);
    assert_true(rig.scenario.spec.seed == UINT64_MAX);
    assert_int_equal(rig.scenario.spec.until_ns, 90 * NS_PER_S);
    assert_non_null(strstr(rig.scenario.resolved, "seed: 18446744073709551615\n"));
    assert_non_null(strstr(rig.scenario.resolved, "until: 1m30s\n"));
}

static void test_json_is_yaml(void **state)
{
    const struct world_spec *spec = load(
        "{\"apiVersion\": \"epsim/v1\", \"kind\": \"Scenario\", \"spec\": {\"seed\": 7, \"question\": \"a\\/b\"}}");

    (void)state;
    assert_int_equal(spec->seed, 7);
    assert_string_equal(spec->question, "a/b");
}

static void test_an_unreadable_file_is_invalid_input(void **state)
{
    (void)state;
    rig_load_file(&rig, "not-here.yaml", NULL);
    assert_int_equal(rig.status, STATUS_INVALID);
    assert_string_equal(rig.err.text, "not-here.yaml: No such file or directory");
}

#define TEST(name) cmocka_unit_test_teardown(name, free_scenario)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_empty_spec_has_the_documented_defaults),
        TEST(test_components_have_upstream_defaults),
        TEST(test_the_default_app_comes_last),
        TEST(test_an_app_without_match_is_the_default),
        TEST(test_a_client_has_the_documented_defaults),
        TEST(test_the_table_of_hops_says_what_the_code_does),
        TEST(test_every_distribution_is_read),
        TEST(test_nodes_are_named_and_counted),
        TEST(test_node_manifests_win),
        TEST(test_a_proxy_configuration_may_be_pasted),
        TEST(test_flags_may_be_in_quotes),
        TEST(test_targets_are_taken_apart),
        TEST(test_arrivals_may_be_a_distribution_and_nodes_a_list),
        TEST(test_targets_of_every_kind),
        TEST(test_names_are_tried_with_the_search_path),
        TEST(test_a_client_may_keep_answers_of_dns),
        TEST(test_a_rate_may_ramp),
        TEST(test_without_a_kubelet_every_pod_is_pinned),
        TEST(test_thresholds_are_k6s),
        TEST(test_manifests_alone_get_a_client_for_each_service),
        TEST(test_manifests_are_read_relative_to_the_scenario),
        TEST(test_seed_and_until_of_the_command_line_win),
        TEST(test_json_is_yaml),
        TEST(test_an_unreadable_file_is_invalid_input),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
