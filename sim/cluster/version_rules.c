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
        .kubelet_qps = minor >= 27 ? 50 : 5,
        .kubelet_burst = minor >= 27 ? 100 : 10,
        .has_trigger_reset = minor >= 30,
        .has_old_runner = minor < 34,
        .has_endpoints_tracker = minor >= 31,
        .has_truncation = minor >= 22,
        .mirrors_not_ready = minor >= 22,
    };
}
