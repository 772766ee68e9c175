/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/faults.h"

#include "cluster/accounts.h"
#include "cluster/node/prober.h"
#include "cluster/node/restarts.h"

static bool has_process(const struct pod *p)
{
    return p->kubelet_state == KUBELET_RUNNING || p->kubelet_state == KUBELET_STOPPING;
}

void faults_crash(struct cluster *cluster, uint32_t pod)
{
    (void)restarts_crash(cluster, pod);
}

/* Whether its readiness probes pass has changed, or may have. */
static void tell_probes(struct cluster *cluster, uint32_t pod, bool passes)
{
    const struct pod *p = cluster->pods[pod];

    if (p->has_readiness && !p->is_pinned) {
        if (passes && p->is_kubelet_ready)
            accounts_undone(cluster, pod, CHANGE_UNREADY);
        else if (passes && p->is_listening)
            accounts_open(cluster, pod, CHANGE_READY, CAUSE_PROBE);
        else if (!passes && p->is_kubelet_ready)
            accounts_open(cluster, pod, CHANGE_UNREADY, CAUSE_PROBE);
        else if (!passes)
            accounts_undone(cluster, pod, CHANGE_READY);
    }
    prober_wake(cluster, pod);
}

bool faults_set_ready(struct cluster *cluster, uint32_t pod, bool is_ready)
{
    struct pod *p = cluster->pods[pod];
    bool was_ready = !p->is_refusing_probes;

    if (!has_process(p) || was_ready == is_ready)
        return was_ready;
    p->is_refusing_probes = !is_ready;
    if (!p->is_hung)
        tell_probes(cluster, pod, is_ready);
    return was_ready;
}

void faults_hang(struct cluster *cluster, uint32_t pod, bool is_hung)
{
    struct pod *p = cluster->pods[pod];

    if (!has_process(p) || p->is_hung == is_hung)
        return;
    p->is_hung = is_hung;
    cluster->app_ops->on_hang(cluster->app, pod, is_hung);
    if (has_process(p) && !p->is_refusing_probes)
        tell_probes(cluster, pod, !is_hung);
}

double faults_slow_pod(struct cluster *cluster, uint32_t pod, double factor)
{
    struct pod *p = cluster->pods[pod];
    double before = p->slowness > 0 ? p->slowness : 1;

    p->slowness = factor;
    cluster->app_ops->set_slowness(cluster->app, pod, factor);
    return before;
}

double faults_slow_node(struct cluster *cluster, uint32_t node, double factor)
{
    struct node *n = &cluster->nodes[node];
    double before = n->proxy.slowness > 0 ? n->proxy.slowness : 1;

    n->proxy.slowness = factor;
    return before;
}
