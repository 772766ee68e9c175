/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/scheduler.h"

#include "base/hash.h"
#include "cluster/api_server.h"

/* By node: pods of the same replica set that the book has there. */
static void count_siblings(const struct cluster *cluster, uint32_t owner, uint32_t *siblings)
{
    const struct replica_set *rs;

    if (owner == ID_NONE)
        return;
    rs = cluster->replica_sets[owner];
    for (uint32_t i = 0; i < rs->pod_count; i++) {
        const struct pod *p = cluster->pods[rs->pods[i]];
        if (p->is_scheduled)
            siblings[p->scheduled_node]++;
    }
}

uint32_t scheduler_choose(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    size_t bytes = cluster->node_count * sizeof(uint32_t);
    uint32_t *siblings = blocks_alloc(&cluster->blocks, bytes);
    uint32_t best = ID_NONE;

    count_siblings(cluster, p->owner, siblings);
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        const struct node *node = &cluster->nodes[n];
        if (node->spec->is_unschedulable || node->assigned_count >= node->spec->pod_capacity)
            continue;
        if (best == ID_NONE || siblings[n] < siblings[best] ||
            (siblings[n] == siblings[best] && node->assigned_count < cluster->nodes[best].assigned_count))
            best = n;
    }
    blocks_free(&cluster->blocks, siblings, bytes);
    if (best != ID_NONE) {
        p->is_scheduled = true;
        p->scheduled_node = best;
        cluster->nodes[best].assigned_count++;
    }
    return best;
}

static void leave(struct cluster *cluster, struct pod *p)
{
    if (!p->is_scheduled)
        return;
    p->is_scheduled = false;
    cluster->nodes[p->scheduled_node].assigned_count--;
    for (uint32_t i = 0; i < cluster->unschedulable_count; i++) {
        uint32_t waiting = cluster->unschedulable[i];
        const struct pod_view *view = &cluster->pods[waiting]->stored;
        cluster->unschedulable[i] = cluster->unschedulable[--cluster->unschedulable_count];
        scheduler_pod_seen(cluster, waiting, view);
        return;
    }
}

void scheduler_pod_seen(struct cluster *cluster, uint32_t pod, const struct pod_view *view)
{
    struct pod *p = cluster->pods[pod];
    uint32_t index;
    uint32_t node;

    if (!view->exists || view->phase == PHASE_SUCCEEDED || view->phase == PHASE_FAILED) {
        leave(cluster, p);
        return;
    }
    if (view->node != ID_NONE || view->is_deleting || p->is_scheduled || p->is_pinned)
        return;
    node = scheduler_choose(cluster, pod);
    if (node == ID_NONE) {
        model_append(cluster->arena, &cluster->unschedulable, &cluster->unschedulable_count,
                     &cluster->unschedulable_capacity, pod);
        return;
    }
    api_server_new_write(cluster, OP_BIND_POD, pod, &index)->view.pod.node = node;
    api_server_submit(cluster, index, hash_string("kube-scheduler"), cluster->kernel->now_ns);
}
