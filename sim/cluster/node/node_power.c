/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/node_power.h"

#include "base/error.h"
#include "cluster/accounts.h"
#include "cluster/control_plane.h"
#include "cluster/controllers/node_controller.h"
#include "cluster/event_book.h"
#include "cluster/events.h"
#include "cluster/load_balancer.h"
#include "cluster/node/kubelet.h"
#include "cluster/node/prober.h"
#include "cluster/node/status_manager.h"

#define STATUS_PERIOD_NS (10 * NS_PER_S) /* the status manager's reconcile */

static bool has_containers(const struct pod *p)
{
    return p->kubelet_state > KUBELET_NONE && p->kubelet_state < KUBELET_GONE;
}

/* The API will hold the pod for not Ready, if this lasts. */
static void open_news(struct cluster *cluster, uint32_t pod)
{
    if (cluster->pods[pod]->stored.is_ready)
        accounts_open(cluster, pod, CHANGE_UNREADY, CAUSE_NODE);
}

static void lose_pod(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    bool had_process = p->kubelet_state == KUBELET_RUNNING || p->kubelet_state == KUBELET_STOPPING;

    if (had_process) {
        p->ended_ns = cluster->kernel->now_ns;
        p->last_started_ns = p->container_started_ns;
        cluster->app_ops->on_vanish(cluster->app, pod);
    }
    accounts_undone(cluster, pod, CHANGE_READY);
    event_book_take_back(cluster, EVENT_ABOUT_POD, pod);
    p->kubelet_state = KUBELET_LOST;
    p->is_listening = false;
    p->is_hung = false;
    p->is_refusing_probes = false;
    p->is_restarting = false;
    prober_remove_pod(cluster, pod);
    kubelet_update_state(cluster, pod);
    open_news(cluster, pod);
}

void node_power_off(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];

    if (node->health.is_dead)
        return;
    node->health.is_dead = true;
    node->health.was_dead = true;
    cluster->app_ops->on_power(cluster->app, index, true);
    control_plane_cut_node(cluster, index, true);
    load_balancer_node_changed(cluster, index);
    if (cluster->spec->has_kubelet)
        node_controller_silent(cluster, index);
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        if (cluster->pods[pod]->node == index && has_containers(cluster->pods[pod]))
            lose_pod(cluster, pod);
    }
}

/* Its kubelet finds nothing of the pod on its machine. */
static void find_pod(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    p->first_prober = ID_NONE; /* the workers of the kubelet before are stopped */
    p->has_readiness = false;
    p->has_startup = false;
    p->is_started = false;
    p->is_status_running = false;
    if (!p->stored.exists) {
        p->kubelet_state = KUBELET_GONE;
        kubelet_update_state(cluster, pod);
        return;
    }
    if (p->is_kubelet_ready)
        p->ready_changed_ns = cluster->kernel->now_ns;
    p->is_kubelet_ready = false;
    accounts_detected(cluster, pod, CHANGE_UNREADY, cluster->kernel->now_ns);
    p->is_stop_asked |= p->stored.is_deleting;
    p->kubelet_state = p->is_stop_asked ? KUBELET_WAITING : KUBELET_STARTING;
    kubelet_update_state(cluster, pod);
    model_schedule(cluster, cluster->kernel->now_ns + kubelet_draw(cluster, HOP_KUBELET_SYNC, pod),
                   CLUSTER_KUBELET_SYNC, pod, 0);
}

void node_power_on(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];

    if (!node->health.is_dead)
        return;
    node->health.is_dead = false;
    event_book_post(cluster, EVENT_NODE_STARTING, index, (struct event_detail){0});
    cluster->app_ops->on_power(cluster->app, index, false);
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        if (cluster->pods[pod]->node == index && cluster->pods[pod]->kubelet_state == KUBELET_LOST)
            find_pod(cluster, pod);
    }
    control_plane_cut_node(cluster, index, false);
    if (cluster->spec->has_kubelet)
        node_controller_heard(cluster, index);
    node->health.was_dead = false;
    load_balancer_node_changed(cluster, index);
}

void node_power_cut(struct cluster *cluster, uint32_t index, bool is_cut)
{
    struct node *node = &cluster->nodes[index];

    if (node->health.is_dead || !cluster->spec->has_kubelet)
        return;
    if (is_cut)
        node_controller_silent(cluster, index);
    else
        node_controller_heard(cluster, index);
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        const struct pod *p = cluster->pods[pod];
        if (p->stored.node != index || !p->stored.exists || p->is_pinned)
            continue;
        if (is_cut)
            open_news(cluster, pod);
        else if (!p->stored.is_ready && p->is_kubelet_ready)
            accounts_open(cluster, pod, CHANGE_READY, CAUSE_NODE);
        else
            accounts_undone(cluster, pod, CHANGE_UNREADY);
    }
    if (!is_cut)
        model_schedule(cluster, node_power_status_ns(cluster, index), CLUSTER_NODE_RECONCILE, index,
                       node->health.generation);
}

sim_ns node_power_status_ns(const struct cluster *cluster, uint32_t index)
{
    sim_ns now_ns = cluster->kernel->now_ns;
    sim_ns passed_ns =
        (now_ns - (sim_ns)(cluster->nodes[index].hash % STATUS_PERIOD_NS)) % STATUS_PERIOD_NS;

    return now_ns + STATUS_PERIOD_NS - (passed_ns + STATUS_PERIOD_NS) % STATUS_PERIOD_NS;
}

void node_power_reconcile(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    if (generation != cluster->nodes[index].health.generation)
        return;
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        const struct pod *p = cluster->pods[pod];
        if (p->node != index || !p->stored.exists || p->is_pinned || !p->has_status ||
            p->stored.is_ready == p->is_kubelet_ready)
            continue;
        accounts_detected(cluster, pod, CHANGE_READY, cluster->kernel->now_ns);
        status_manager_update(cluster, pod);
    }
}
