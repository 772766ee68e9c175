/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/pod_ranking.h"

#include <stdlib.h>

/* A pod and the keys it is sorted by. */
struct ranked {
    const struct pod *pod;
    const struct pod_view *view;
    int64_t deletion_cost;
    uint32_t related; /* pods of the same owner on its node */
    uint32_t index;
};

/* On by default since the same version as the logarithm. */
static int64_t deletion_cost(const struct cluster *cluster, const struct pod *pod)
{
    const char *text =
        labels_get(&pod->spec->meta.annotations, "controller.kubernetes.io/pod-deletion-cost");

    return text == NULL || !cluster->rules.has_log_scale_down ? 0 : strtoll(text, NULL, 10);
}

/* The top of the order "not Ready": Pending, then Unknown, then Running. */
static int phase_rank(uint8_t phase)
{
    return phase == PHASE_PENDING ? 0 : 2;
}

/* floor(log2(age)); -1 for no age at all. */
static int age_rank(sim_ns age_ns)
{
    int rank = age_ns > 0 ? 0 : -1;

    while (age_ns > 1) {
        age_ns /= 2;
        rank++;
    }
    return rank;
}

/* Negative: a goes first. By powers of two of the age where the version has it, ties by UID. */
static int compare_age(const struct cluster *cluster, sim_ns a_ns, sim_ns b_ns, const struct pod *a,
                       const struct pod *b)
{
    sim_ns now_ns = cluster->kernel->now_ns;

    if (!cluster->rules.has_log_scale_down)
        return a_ns == b_ns ? 0 : (a_ns > b_ns ? -1 : 1); /* the later goes first */
    if (a_ns == b_ns)
        return 0;
    if (age_rank(now_ns - a_ns) != age_rank(now_ns - b_ns))
        return age_rank(now_ns - a_ns) < age_rank(now_ns - b_ns) ? -1 : 1;
    return a->uid < b->uid ? -1 : 1;
}

static int compare(const struct cluster *cluster, const struct ranked *a, const struct ranked *b)
{
    int order;

    if ((a->view->node == ID_NONE) != (b->view->node == ID_NONE))
        return a->view->node == ID_NONE ? -1 : 1;
    if (phase_rank(a->view->phase) != phase_rank(b->view->phase))
        return phase_rank(a->view->phase) - phase_rank(b->view->phase);
    if (a->view->is_ready != b->view->is_ready)
        return a->view->is_ready ? 1 : -1;
    if (a->deletion_cost != b->deletion_cost)
        return a->deletion_cost < b->deletion_cost ? -1 : 1;
    if (a->related != b->related)
        return a->related > b->related ? -1 : 1;
    if (a->view->is_ready && a->view->ready_since_ns != b->view->ready_since_ns)
        return compare_age(cluster, a->view->ready_since_ns, b->view->ready_since_ns, a->pod,
                           b->pod);
    order = compare_age(cluster, a->pod->created_ns, b->pod->created_ns, a->pod, b->pod);
    if (order != 0)
        return order;
    return a->pod->uid < b->pod->uid ? -1 : 1;
}

/* Active pods of all replica sets of the same owner on that node. */
static uint32_t count_related(const struct cluster *cluster, uint32_t replica_set, uint32_t node)
{
    uint32_t deployment = cluster->replica_sets[replica_set]->deployment;
    uint32_t related = 0;

    for (uint32_t r = 0; r < cluster->replica_set_count; r++) {
        const struct replica_set *rs = cluster->replica_sets[r];
        if (r != replica_set && (deployment == ID_NONE || rs->deployment != deployment))
            continue;
        for (uint32_t i = 0; i < rs->pod_count; i++) {
            const struct pod_view *view = &cluster->pods[rs->pods[i]]->seen;
            related += view->exists && !view->is_deleting && view->node == node;
        }
    }
    return related;
}

void pod_ranking_sort(struct cluster *cluster, uint32_t replica_set, uint32_t *pods, uint32_t count)
{
    size_t bytes = count * sizeof(struct ranked);
    struct ranked *items = blocks_alloc(&cluster->blocks, bytes);

    for (uint32_t i = 0; i < count; i++) {
        const struct pod *p = cluster->pods[pods[i]];
        items[i] = (struct ranked){
            .pod = p,
            .view = &p->seen,
            .deletion_cost = deletion_cost(cluster, p),
            .related =
                p->seen.node == ID_NONE ? 0 : count_related(cluster, replica_set, p->seen.node),
            .index = pods[i],
        };
    }
    for (uint32_t gap = count / 2; gap > 0; gap /= 2) {
        for (uint32_t i = gap; i < count; i++) {
            struct ranked item = items[i];
            uint32_t j = i;
            for (; j >= gap && compare(cluster, &item, &items[j - gap]) < 0; j -= gap)
                items[j] = items[j - gap];
            items[j] = item;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        pods[i] = items[i].index;
    blocks_free(&cluster->blocks, items, bytes);
}
