/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/version_rules.h"

struct version_rules version_rules_of(uint32_t minor)
{
    return (struct version_rules){
        .has_slice_tracker = minor >= 21,
        .has_readiness_trigger = minor >= 21,
        .has_terminating_endpoints = minor >= 22,
        .has_log_scale_down = minor >= 22,
        .has_terminating_fallback = minor >= 26,
        .has_zone_hints = minor >= 24,
        .has_traffic_distribution = minor >= 31,
        .has_node_hints = minor >= 34,
        .has_terminal_phase = minor >= 27,
        .has_partial_sync = minor >= 27,
        .node_grace_ns = (minor >= 32 ? 50 : 40) * NS_PER_S,
        .kubelet_qps = minor >= 27 ? 50 : 5,
        .kubelet_burst = minor >= 27 ? 100 : 10,
        .has_trigger_reset = minor >= 30,
        .has_old_runner = minor < 34,
        .has_endpoints_tracker = minor >= 31,
        .has_truncation = minor >= 22,
        .has_capacity_warning = minor == 21,
        .mirrors_not_ready = minor >= 22,
        .mirrors_metadata = minor >= 21,
        .repacks_mirrored = minor >= 25,
        .cleans_mirrors = minor >= 23,
        .has_phase_rule = minor >= 22,
        .has_tolerate_unready = minor < 22,
        .compares_pod_version = minor < 24,
        .keeps_placeholder = minor >= 25,
        .skips_lost_nodes = minor >= 25,
        .tells_same_address = minor >= 27,
        .skips_external_names = minor >= 27,
        .has_slice_v1 = minor >= 21,
        .sets_ip_families = minor >= 21,
        .labels_endpoints = minor >= 33,
    };
}

void version_rules_set_gates(struct version_rules *rules, uint32_t minor,
                             const struct controller_manager_spec *spec)
{
    rules->has_zone_hints =
        minor >= 21 && spec_has_gate(spec, "TopologyAwareHints", rules->has_zone_hints);
    rules->has_traffic_distribution =
        minor >= 30 &&
        spec_has_gate(spec, "ServiceTrafficDistribution", rules->has_traffic_distribution);
    rules->has_node_hints =
        minor >= 33 && spec_has_gate(spec, "PreferSameTrafficDistribution", rules->has_node_hints);
    rules->has_terminating_endpoints =
        spec_has_gate(spec, "EndpointSliceTerminatingCondition", rules->has_terminating_endpoints);
    rules->sets_ip_families = spec_has_gate(spec, "IPv6DualStack", rules->sets_ip_families);
}
