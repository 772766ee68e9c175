/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/status_manager.h"

#include "cluster/api_server.h"
#include "cluster/events.h"

#define SYNC_PERIOD_NS (10 * NS_PER_S) /* status_manager.go: syncPeriod */

static sim_ns whole_seconds(sim_ns at_ns)
{
    return at_ns - at_ns % NS_PER_S; /* at_ns >= 0 */
}

static void submit(struct cluster *cluster, struct node *node, uint32_t write)
{
    sim_ns leave_ns = rate_limiter_reserve(&node->status_limiter, cluster->kernel->now_ns);

    node->is_writing_status = true;
    api_server_submit(cluster, write, node->hash, leave_ns);
}

static void write_next(struct cluster *cluster, struct node *node)
{
    while (!node->is_writing_status && !node->is_status_waiting &&
           node->dirty_head < node->dirty_count) {
        uint32_t pod = node->dirty_pods[node->dirty_head++];
        struct pod *p = cluster->pods[pod];
        uint32_t index;
        struct write *w;
        p->is_status_dirty = false;
        if (!p->stored.exists)
            continue; /* the pod's source has dropped it: no status to keep */
        w = api_server_new_write(cluster, OP_POD_STATUS, pod, &index);
        w->view.pod.phase = p->phase;
        w->view.pod.has_ip = p->kubelet_has_ip;
        w->view.pod.is_ready = p->is_kubelet_ready;
        w->view.pod.is_started = p->is_started;
        w->view.pod.container = p->container;
        w->view.pod.restart_count = p->status_start > 1 ? p->status_start - 1 : 0;
        w->view.pod.started_ns = p->status_started_ns;
        w->view.pod.last_started_ns = p->status_last_started_ns;
        w->view.pod.ended_ns = p->status_ended_ns;
        w->view.pod.ready_since_ns = whole_seconds(p->ready_changed_ns);
        w->view.pod.is_deleting = p->is_terminal; /* the last one: the final delete follows */
        submit(cluster, node, index);
    }
    if (node->dirty_head == node->dirty_count) {
        node->dirty_head = 0;
        node->dirty_count = 0;
    }
}

static void mark_dirty(struct cluster *cluster, struct node *node, uint32_t pod)
{
    if (cluster->pods[pod]->is_status_dirty)
        return;
    cluster->pods[pod]->is_status_dirty = true;
    model_append(cluster->arena, &node->dirty_pods, &node->dirty_count, &node->dirty_capacity, pod);
}

void status_manager_update(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    struct node *node = &cluster->nodes[p->node];

    mark_dirty(cluster, node, pod);
    node->is_status_waiting = false; /* any news makes it try all that waits */
    write_next(cluster, node);
}

void status_manager_retry(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];

    node->is_status_waiting = false;
    write_next(cluster, node);
}

/* What was not written stays to be done; the manager looks at it once in its period. */
static void keep_for_later(struct cluster *cluster, struct node *node, uint32_t pod)
{
    sim_ns phase_ns = (sim_ns)(node->hash % (uint64_t)SYNC_PERIOD_NS);
    sim_ns passed_ns = (cluster->kernel->now_ns - phase_ns + SYNC_PERIOD_NS) % SYNC_PERIOD_NS;

    mark_dirty(cluster, node, pod);
    if (!node->is_status_waiting)
        model_schedule(cluster, cluster->kernel->now_ns + SYNC_PERIOD_NS - passed_ns,
                       CLUSTER_STATUS_RETRY, node->index, 0);
    node->is_status_waiting = true;
}

void status_manager_write_done(struct cluster *cluster, const struct write *write, bool is_stored)
{
    struct node *node = &cluster->nodes[cluster->pods[write->object]->node];
    uint32_t index;

    node->is_writing_status = false;
    if (!is_stored) {
        keep_for_later(cluster, node, write->object);
        return;
    }
    if (write->op == OP_POD_STATUS && write->view.pod.is_deleting) {
        api_server_new_write(cluster, OP_FINISH_POD, write->object, &index);
        submit(cluster, node, index);
        return;
    }
    write_next(cluster, node);
}
