/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hops' defaults stand twice below, as text for people and as arguments; test_spec and test_scenario_load check
 * that both say the same.
 */
#include "cluster/spec.h"

#include <string.h>

#define MEASURED "measured on Kubernetes 1.20.2 with etcd 3.4"
#define ASSUMED "assumption"

const struct hop_info spec_hops[HOP_COUNT] = {
    [HOP_API_WRITE] = {"api.write", "{lognormal: {p50: 4ms, p99: 14ms}}",
                       "a write sent to the API server until it is stored", MEASURED},
    [HOP_WATCH_CONTROLLER] = {"watch.controller", "{lognormal: {p50: 500us, p99: 5ms}}",
                              "an object stored until a controller's informer has it", MEASURED},
    [HOP_WATCH_NODE] =
        {"watch.node", "{lognormal: {p50: 3ms, p99: 40ms}}",
         "an object stored until a node's kubelet or kube-proxy has it, beside the time that the API "
         "server takes to serve the watchers before it",
         MEASURED},
    [HOP_CONTROLLER_SYNC] =
        {"controller.sync", "{affine: {base: 2.4ms, per: 27us}}",
         "one sync of a controller's worker; `per` is for each pod that it looks at", MEASURED},
    [HOP_PROXY_SYNC] =
        {"proxy.sync", "{affine: {base: 60ms, per: 0s}}",
         "kube-proxy's rules read, made and written in iptables mode; `per` is for each service",
         "measured on kube-proxy 1.20 with a handful of services"},
    [HOP_SCHEDULER_BIND] = {"scheduler.bind", "{lognormal: {p50: 5ms, p99: 30ms}}",
                            "a pod in the scheduler's queue until its binding is sent", ASSUMED},
    [HOP_IMAGE_PULL] = {"image.pull", "0s",
                        "pulling an image that the node may have (0s: always cached)", ASSUMED},
    [HOP_CONTAINER_START] = {"container.start", "{lognormal: {p50: 700ms, p99: 2s}}",
                             "the sandbox, network and container of a pod until its process runs",
                             ASSUMED},
    [HOP_CONTAINER_STOP] = {"container.stop", "{lognormal: {p50: 10ms, p99: 100ms}}",
                            "a container's process ended until the runtime has told its kubelet",
                            ASSUMED},
    [HOP_SANDBOX_TEARDOWN] = {"sandbox.teardown", "{lognormal: {p50: 200ms, p99: 1s}}",
                              "the last container ended until the pod's address is gone", ASSUMED},
    [HOP_KUBELET_PLEG] =
        {"kubelet.pleg", "{lognormal: {p50: 10ms, p99: 100ms}}",
         "one relist of the containers, every second from the end of the one before", ASSUMED},
    [HOP_KUBELET_SYNC] = {"kubelet.sync", "{lognormal: {p50: 2ms, p99: 20ms}}",
                          "the kubelet's pod worker from waking up to acting", ASSUMED},
    [HOP_DNS_QUERY] = {"dns.query", "{lognormal: {p50: 300us, p99: 5ms}}",
                       "one query to the cluster's DNS", ASSUMED},
    [HOP_NETWORK_RTT] = {"network.rtt", "{lognormal: {p50: 300us, p99: 2ms}}",
                         "there and back between two pods, or a node and a pod", ASSUMED},
};

void spec_default_latency(struct arena *arena, struct distribution latency[HOP_COUNT])
{
    latency[HOP_API_WRITE] = distribution_lognormal_quantiles(4 * NS_PER_MS, 14 * NS_PER_MS);
    latency[HOP_WATCH_CONTROLLER] =
        distribution_lognormal_quantiles(500 * NS_PER_US, 5 * NS_PER_MS);
    latency[HOP_WATCH_NODE] = distribution_lognormal_quantiles(3 * NS_PER_MS, 40 * NS_PER_MS);
    latency[HOP_CONTROLLER_SYNC] = distribution_affine(
        arena, distribution_constant(2400 * NS_PER_US), distribution_constant(27 * NS_PER_US));
    latency[HOP_PROXY_SYNC] =
        distribution_affine(arena, distribution_constant(60 * NS_PER_MS), distribution_constant(0));
    latency[HOP_SCHEDULER_BIND] = distribution_lognormal_quantiles(5 * NS_PER_MS, 30 * NS_PER_MS);
    latency[HOP_IMAGE_PULL] = distribution_constant(0);
    latency[HOP_CONTAINER_START] = distribution_lognormal_quantiles(700 * NS_PER_MS, 2 * NS_PER_S);
    latency[HOP_CONTAINER_STOP] = distribution_lognormal_quantiles(10 * NS_PER_MS, 100 * NS_PER_MS);
    latency[HOP_SANDBOX_TEARDOWN] = distribution_lognormal_quantiles(200 * NS_PER_MS, NS_PER_S);
    latency[HOP_KUBELET_PLEG] = distribution_lognormal_quantiles(10 * NS_PER_MS, 100 * NS_PER_MS);
    latency[HOP_KUBELET_SYNC] = distribution_lognormal_quantiles(2 * NS_PER_MS, 20 * NS_PER_MS);
    latency[HOP_DNS_QUERY] = distribution_lognormal_quantiles(300 * NS_PER_US, 5 * NS_PER_MS);
    latency[HOP_NETWORK_RTT] = distribution_lognormal_quantiles(300 * NS_PER_US, 2 * NS_PER_MS);
}

bool spec_has_gate(const struct controller_manager_spec *spec, const char *name, bool default_on)
{
    for (uint32_t i = 0; i < spec->gate_count; i++) {
        if (strcmp(spec->gates[i].name, name) == 0)
            return spec->gates[i].is_on;
    }
    return default_on;
}

/* What the flag calls a controller: the old name, or the one that it has had since 1.28. */
static bool is_name_of(const char *word, const char *name)
{
    static const char *const names[][2] = {
        {"endpoint", "endpoints-controller"},
        {"endpointslice", "endpointslice-controller"},
        {"endpointslicemirroring", "endpointslice-mirroring-controller"},
        {"deployment", "deployment-controller"},
        {"replicaset", "replicaset-controller"},
        {"replicationcontroller", "replicationcontroller-controller"},
        {"nodelifecycle", "node-lifecycle-controller"},
        {"garbagecollector", "garbage-collector-controller"},
    };

    if (strcmp(word, name) == 0)
        return true;
    for (size_t i = 0; i < EP_COUNT_OF(names); i++) {
        if (strcmp(name, names[i][0]) == 0)
            return strcmp(word, names[i][1]) == 0;
    }
    return false;
}

bool spec_has_controller(const struct controller_manager_spec *spec, const char *name)
{
    bool has_star = spec->controller_count == 0;

    for (uint32_t i = 0; i < spec->controller_count; i++) {
        const char *word = spec->controllers[i];
        if (is_name_of(word, name))
            return true;
        if (word[0] == '-' && is_name_of(word + 1, name))
            return false;
        has_star |= strcmp(word, "*") == 0;
    }
    return has_star;
}
