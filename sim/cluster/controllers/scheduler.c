/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/scheduler.h"

#include "base/hash.h"
#include "cluster/api_server.h"
#include "cluster/control_plane.h"
#include "cluster/event_book.h"
#include "cluster/events.h"

/* scheduler's queue of pods that failed: podInitialBackoffSeconds, podMaxBackoffSeconds */
#define BACKOFF_FIRST_NS NS_PER_S
#define BACKOFF_MOST_NS (10 * NS_PER_S)

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

static void enter(struct cluster *cluster, uint32_t pod, uint32_t node)
{
    cluster->pods[pod]->is_scheduled = true;
    cluster->pods[pod]->scheduled_node = node;
    cluster->nodes[node].assigned_count++;
}

uint32_t scheduler_choose(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];
    size_t bytes = cluster->node_count * sizeof(uint32_t);
    uint32_t *siblings = blocks_alloc(&cluster->blocks, bytes);
    uint32_t best = ID_NONE;

    count_siblings(cluster, p->owner, siblings);
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        const struct node *node = &cluster->nodes[n];
        if (node->is_cordoned || node->health.is_avoided || node->spec->is_unschedulable ||
            node->assigned_count >= node->spec->pod_capacity)
            continue;
        if (best == ID_NONE || siblings[n] < siblings[best] ||
            (siblings[n] == siblings[best] &&
             node->assigned_count < cluster->nodes[best].assigned_count))
            best = n;
    }
    blocks_free(&cluster->blocks, siblings, bytes);
    if (best != ID_NONE)
        enter(cluster, pod, best);
    return best;
}

/* Binds the pod, or false if no node has room. */
static bool place(struct cluster *cluster, uint32_t pod)
{
    uint32_t node = scheduler_choose(cluster, pod);
    uint32_t index;
    sim_ns bind_ns;

    if (node == ID_NONE) {
        event_book_no_node(cluster, pod);
        return false;
    }
    bind_ns = model_draw(cluster, HOP_SCHEDULER_BIND, cluster->pods[pod]->hash,
                         cluster->pods[pod]->bind_failure_count);
    if (EP_UNLIKELY(cluster->control.bind_factor != 1.0))
        bind_ns = (sim_ns)((double)bind_ns * cluster->control.bind_factor);
    api_server_new_write(cluster, OP_BIND_POD, pod, &index)->view.pod.node = node;
    api_server_submit(cluster, index, hash_string("kube-scheduler"),
                      cluster->kernel->now_ns + bind_ns);
    return true;
}

/* Takes `count` waiting pods from the place `at` of the queue; the others keep their order. */
static void leave_queue(struct cluster *cluster, uint32_t at, uint32_t count)
{
    cluster->unschedulable_count -= count;
    for (; at < cluster->unschedulable_count; at++)
        cluster->unschedulable[at] = cluster->unschedulable[at + count];
}

static uint32_t place_in_queue(const struct cluster *cluster, uint32_t pod)
{
    uint32_t at = 0;

    while (at < cluster->unschedulable_count && cluster->unschedulable[at] != pod)
        at++;
    return at;
}

void scheduler_retry(struct cluster *cluster)
{
    uint32_t placed = 0;

    while (placed < cluster->unschedulable_count && place(cluster, cluster->unschedulable[placed]))
        placed++;
    leave_queue(cluster, 0, placed);
}

/* A pod is gone: who waits for room tries again, in order. */
static void forget(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    uint32_t at = place_in_queue(cluster, pod);

    if (at < cluster->unschedulable_count)
        leave_queue(cluster, at, 1);
    if (!p->is_scheduled)
        return;
    p->is_scheduled = false;
    cluster->nodes[p->scheduled_node].assigned_count--;
    scheduler_retry(cluster);
}

void scheduler_pod_seen(struct cluster *cluster, uint32_t pod, const struct pod_view *view)
{
    const struct pod *p = cluster->pods[pod];

    if (!view->exists || view->phase == PHASE_SUCCEEDED || view->phase == PHASE_FAILED) {
        forget(cluster, pod);
        return;
    }
    if (view->node != ID_NONE && !p->is_scheduled)
        enter(cluster, pod, view->node); /* somebody else has bound it */
    if (view->is_deleting || p->is_scheduled || p->is_pinned)
        return;
    if (place_in_queue(cluster, pod) < cluster->unschedulable_count || place(cluster, pod))
        return;
    model_append(cluster->arena, &cluster->unschedulable, &cluster->unschedulable_count,
                 &cluster->unschedulable_capacity, pod);
}

/* Taken out of the book again; it waits before the next try, longer each time. */
void scheduler_bind_failed(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    sim_ns backoff_ns = BACKOFF_FIRST_NS;

    if (!p->is_scheduled)
        return;
    p->is_scheduled = false;
    cluster->nodes[p->scheduled_node].assigned_count--;
    for (uint32_t i = 0; i < p->bind_failure_count && backoff_ns < BACKOFF_MOST_NS; i++)
        backoff_ns *= 2;
    p->bind_failure_count++;
    model_schedule(cluster,
                   cluster->kernel->now_ns +
                       (backoff_ns < BACKOFF_MOST_NS ? backoff_ns : BACKOFF_MOST_NS),
                   CLUSTER_SCHEDULE_RETRY, pod, 0);
}

void scheduler_try_again(struct cluster *cluster, uint32_t pod)
{
    if (control_plane_leads(cluster, LEASE_SCHEDULER))
        scheduler_pod_seen(cluster, pod, &cluster->pods[pod]->stored);
}

void scheduler_restart(struct cluster *cluster)
{
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        if (cluster->pods[pod]->stored.version > 0)
            scheduler_pod_seen(cluster, pod, &cluster->pods[pod]->stored);
    }
}
