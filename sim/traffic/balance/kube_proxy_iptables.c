/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kube-proxy, iptables mode: rule i of N matches with probability 1/(N-i), so every connection gets
 * a uniform, independent choice. The kernel rounds those probabilities to 31 bits: a bias below
 * 3e-7 at N = 1000, left out.
 */
#include "traffic/balance/policy.h"

static uint32_t pick_uniformly(const struct policy_input *input)
{
    return (uint32_t)random_below(input->random, input->table->count);
}

const struct policy policy_kube_proxy_iptables = {
    .name = "kube-proxy",
    .doc = "kube-proxy's choice on the client's node: uniform and independent for every connection",
    .source = "kubernetes pkg/proxy/iptables/proxier.go, statistic mode random",
    .pick = pick_uniformly,
};
