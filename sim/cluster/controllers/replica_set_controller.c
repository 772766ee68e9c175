/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/replica_set_controller.h"

#include <string.h>

#include "base/error.h"
#include "cluster/controllers/pod_ranking.h"
#include "cluster/names.h"

#define BURST_REPLICAS 500u
#define EXPECTATIONS_TIMEOUT_NS (5 * NS_PER_MIN)

static bool is_active(const struct pod_view *view)
{
    return view->exists && !view->is_deleting && view->phase != PHASE_SUCCEEDED &&
           view->phase != PHASE_FAILED;
}

void replica_set_controller_scaled(struct replica_set *rs, uint32_t before, uint32_t after,
                                   enum cause cause)
{
    if (after > before)
        rs->pending_up += after - before;
    else
        rs->pending_up -= before - after < rs->pending_up ? before - after : rs->pending_up;
    if (after != before)
        rs->cause = (uint8_t)cause;
}

static bool can_adopt(const struct cluster *cluster, const struct replica_set *rs, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    return is_active(&p->seen) && p->seen.owner == ID_NONE && strcmp(p->ns, rs->ns) == 0 &&
           labels_match(&rs->selector, p->seen.labels);
}

static void add_orphan(struct cluster *cluster, struct replica_set *rs, uint32_t pod)
{
    model_append(cluster->arena, &rs->orphans, &rs->orphan_count, &rs->orphan_capacity, pod);
}

/* A pod that belongs to nobody, or to nobody any more: getPodReplicaSets. */
static void offer_orphan(struct cluster *cluster, uint32_t pod)
{
    cluster->pods[pod]->is_released = false;
    for (uint32_t i = 0; i < cluster->replica_set_count; i++) {
        struct replica_set *rs = cluster->replica_sets[i];
        if (!rs->seen.exists || !can_adopt(cluster, rs, pod))
            continue;
        add_orphan(cluster, rs, pod);
        controller_enqueue(cluster, CONTROLLER_REPLICA_SET, i);
    }
}

void replica_set_controller_pod_seen(struct cluster *cluster, uint32_t pod,
                                     const struct pod_view *before)
{
    const struct pod_view *after = &cluster->pods[pod]->seen;
    uint32_t owner = before->exists ? before->owner : after->owner;
    struct replica_set *rs;

    if (after->owner != ID_NONE)
        cluster->pods[pod]->adopter = 0;
    if (after->exists && after->owner == ID_NONE &&
        (!before->exists || before->owner != ID_NONE || before->labels != after->labels))
        offer_orphan(cluster, pod);
    if (after->owner != ID_NONE && after->owner != owner)
        controller_enqueue(cluster, CONTROLLER_REPLICA_SET, after->owner); /* adopted */
    if (owner == ID_NONE)
        return;
    rs = cluster->replica_sets[owner];
    if (!before->exists && after->exists && rs->expected_creates > 0)
        rs->expected_creates--;
    if (is_active(before) && (after->is_deleting || !after->exists) && rs->expected_deletes > 0 &&
        !before->is_deleting)
        rs->expected_deletes--;
    controller_enqueue(cluster, CONTROLLER_REPLICA_SET, owner);
}

void replica_set_controller_seen(struct cluster *cluster, uint32_t replica_set)
{
    struct replica_set *rs = cluster->replica_sets[replica_set];

    for (uint32_t pod = 0; !rs->has_looked && rs->seen.exists && pod < cluster->pod_count; pod++) {
        if (can_adopt(cluster, rs, pod))
            add_orphan(cluster, rs, pod);
    }
    rs->has_looked |= rs->seen.exists;
    controller_enqueue(cluster, CONTROLLER_REPLICA_SET, replica_set);
}

uint32_t replica_set_controller_make_pod(struct cluster *cluster, uint32_t replica_set,
                                         struct pod_view *view)
{
    struct replica_set *rs = cluster->replica_sets[replica_set];
    uint32_t pod =
        names_new_pod(cluster, rs->ns, rs->bare_name, rs->made_count++, rs->pod_template);
    struct pod *p = cluster->pods[pod];

    p->owner = replica_set;
    p->created_cause = CAUSE_START;
    if (rs->pending_up > 0) {
        rs->pending_up--;
        p->created_cause = rs->cause;
    }
    *view = (struct pod_view){
        .labels = &rs->pod_template->meta.labels,
        .node = ID_NONE,
        .owner = replica_set,
        .phase = PHASE_PENDING,
        .exists = true,
    };
    model_append(cluster->arena, &rs->pods, &rs->pod_count, &rs->pod_capacity, pod);
    return pod;
}

/* Creates in batches of 1, 2, 4, ...; a batch goes out together. */
static void plan_creates(struct cluster *cluster, struct worker *worker, uint32_t count,
                         uint8_t *group)
{
    struct replica_set *rs = cluster->replica_sets[worker->key];
    uint32_t batch = 1;

    rs->expected_creates += count;
    rs->expectations_since_ns = cluster->kernel->now_ns;
    while (count > 0) {
        uint32_t now = batch < count ? batch : count;
        for (uint32_t i = 0; i < now; i++) {
            struct pod_view view;
            uint32_t pod = replica_set_controller_make_pod(cluster, worker->key, &view);
            struct write *w =
                controller_plan(cluster, CONTROLLER_REPLICA_SET, worker, OP_CREATE_POD, pod);
            w->group = *group;
            w->origin = cluster->pods[pod]->created_cause == CAUSE_START ? 0 : rs->origin;
            w->view.pod = view;
        }
        (*group)++;
        count -= now;
        batch *= 2;
    }
}

/* The active pods of a sync; those to be deleted come first once they are ranked. */
struct active_pods {
    uint32_t *pods;
    uint32_t count;
};

static void plan_deletes(struct cluster *cluster, struct worker *worker, struct active_pods active,
                         uint32_t count, uint8_t *group)
{
    struct replica_set *rs = cluster->replica_sets[worker->key];

    if (count < active.count)
        pod_ranking_sort(cluster, worker->key, active.pods, active.count);
    rs->expected_deletes += count;
    rs->expectations_since_ns = cluster->kernel->now_ns;
    for (uint32_t i = 0; i < count; i++) {
        struct write *w =
            controller_plan(cluster, CONTROLLER_REPLICA_SET, worker, OP_DELETE_POD, active.pods[i]);
        w->group = *group;
        w->cause =
            rs->cause == CAUSE_ROLLOUT ? CAUSE_ROLLOUT : CAUSE_SCALE; /* or adopted: too many */
        w->origin = rs->origin;
    }
    (*group)++;
}

static bool has_pending_expectations(const struct cluster *cluster, const struct replica_set *rs)
{
    if (rs->expected_creates == 0 && rs->expected_deletes == 0)
        return false;
    return cluster->kernel->now_ns - rs->expectations_since_ns < EXPECTATIONS_TIMEOUT_NS;
}

/* Adopts what belongs to nobody: it is counted from now on. Returns how many pods there are in `active` then. */
static uint32_t adopt(struct cluster *cluster, struct worker *worker, uint32_t *active,
                      uint32_t count, uint8_t *group)
{
    struct replica_set *rs = cluster->replica_sets[worker->key];

    for (uint32_t i = 0; i < rs->orphan_count; i++) {
        const uint32_t pod = rs->orphans[i];
        struct write *w;
        if (!can_adopt(cluster, rs, pod) || cluster->pods[pod]->adopter != 0)
            continue;
        cluster->pods[pod]->adopter = worker->key + 1;
        w = controller_plan(cluster, CONTROLLER_REPLICA_SET, worker, OP_ADOPT_POD, pod);
        w->group = (*group)++;
        w->view.pod.owner = worker->key;
        model_append(cluster->arena, &rs->pods, &rs->pod_count, &rs->pod_capacity, pod);
        active[count++] = pod;
    }
    rs->orphan_count = 0;
    return count;
}

/* Claims: what it owns and still matches is counted; what no longer matches is released. Returns the active pods. */
static uint32_t claim(struct cluster *cluster, struct worker *worker, uint32_t *active,
                      uint8_t *group)
{
    struct replica_set *rs = cluster->replica_sets[worker->key];
    uint32_t kept = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < rs->pod_count; i++) {
        struct pod *p = cluster->pods[rs->pods[i]];
        bool is_unseen = !p->seen.exists && p->seen.version == 0 && !p->is_lost;
        bool is_adopted = p->adopter == worker->key + 1 && p->seen.owner == ID_NONE;
        if (!is_unseen && (!p->seen.exists || (p->seen.owner != worker->key && !is_adopted)))
            continue;
        rs->pods[kept++] = rs->pods[i];
        if (!is_active(&p->seen))
            continue;
        if (labels_match(&rs->selector, p->seen.labels)) {
            active[count++] = rs->pods[kept - 1];
        } else if (!p->is_released) {
            p->is_released = true;
            controller_plan(cluster, CONTROLLER_REPLICA_SET, worker, OP_RELEASE_POD,
                            rs->pods[kept - 1])
                ->group = (*group)++;
        }
    }
    rs->pod_count = kept;
    return count;
}

static void plan_status(struct cluster *cluster, struct worker *worker, const uint32_t *active,
                        uint32_t count, uint8_t group)
{
    struct replica_set *rs = cluster->replica_sets[worker->key];
    sim_ns soonest_ns = NS_NEVER;
    uint32_t ready = 0;
    uint32_t available = 0;
    struct write *w;

    for (uint32_t i = 0; i < count; i++) {
        const struct pod_view *view = &cluster->pods[active[i]]->seen;
        sim_ns due_ns = view->ready_since_ns + rs->min_ready_ns;
        if (!view->is_ready)
            continue;
        ready++;
        if (rs->min_ready_ns == 0 || due_ns <= cluster->kernel->now_ns)
            available++;
        else if (due_ns < soonest_ns)
            soonest_ns = due_ns;
    }
    if (soonest_ns != NS_NEVER)
        controller_enqueue_after(cluster, CONTROLLER_REPLICA_SET, worker->key,
                                 soonest_ns - cluster->kernel->now_ns);
    if (rs->seen.status_replicas == count && rs->seen.status_ready == ready &&
        rs->seen.status_available == available)
        return;
    w = controller_plan(cluster, CONTROLLER_REPLICA_SET, worker, OP_REPLICA_SET_STATUS,
                        worker->key);
    w->group = group;
    w->view.replica_set.status_replicas = count;
    w->view.replica_set.status_ready = ready;
    w->view.replica_set.status_available = available;
}

static bool sync_replica_set(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    struct replica_set *rs = cluster->replica_sets[worker->key];
    uint32_t *active;
    uint32_t count;
    uint32_t room;
    uint8_t group = 0;

    if (!rs->seen.exists)
        return true;
    room = rs->pod_count + rs->orphan_count + 1;
    *units = rs->pod_count;
    active = blocks_alloc(&cluster->blocks, room * sizeof(*active));
    count = claim(cluster, worker, active, &group);
    count = adopt(cluster, worker, active, count, &group);
    if (!has_pending_expectations(cluster, rs)) {
        rs->expected_creates = 0;
        rs->expected_deletes = 0;
        if (count < rs->seen.replicas) {
            uint32_t missing = rs->seen.replicas - count;
            plan_creates(cluster, worker, missing < BURST_REPLICAS ? missing : BURST_REPLICAS,
                         &group);
        } else if (count > rs->seen.replicas) {
            uint32_t surplus = count - rs->seen.replicas;
            plan_deletes(cluster, worker, (struct active_pods){active, count},
                         surplus < BURST_REPLICAS ? surplus : BURST_REPLICAS, &group);
        }
    }
    plan_status(cluster, worker, active, count, group);
    blocks_free(&cluster->blocks, active, room * sizeof(*active));
    return true;
}

/* What it expected to see does not come: a create that failed is made up for by the next sync, with a new pod. */
static void write_refused(struct cluster *cluster, const struct write *write)
{
    uint32_t owner = cluster->pods[write->object]->owner;
    struct replica_set *rs = owner == ID_NONE ? NULL : cluster->replica_sets[owner];

    if (write->op == OP_RELEASE_POD)
        cluster->pods[write->object]->is_released = false;
    if (write->op == OP_ADOPT_POD) { /* the next attempt looks at it again */
        cluster->pods[write->object]->adopter = 0;
        add_orphan(cluster, cluster->replica_sets[write->view.pod.owner], write->object);
    }
    if (write->op == OP_CREATE_POD && rs != NULL && rs->expected_creates > 0) {
        rs->expected_creates--;
        rs->pending_up += cluster->pods[write->object]->created_cause != CAUSE_START;
    }
    if (write->op == OP_DELETE_POD && rs != NULL && rs->expected_deletes > 0)
        rs->expected_deletes--;
}

/* A new process: it knows nothing of what was asked for, and lists. */
static void forget_expectations(struct cluster *cluster)
{
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++)
        cluster->pods[pod]->adopter = 0;
    for (uint32_t i = 0; i < cluster->replica_set_count; i++) {
        struct replica_set *rs = cluster->replica_sets[i];
        rs->expected_creates = 0;
        rs->expected_deletes = 0;
        rs->has_looked = false;
        for (uint32_t k = 0; k < rs->pod_count; k++)
            cluster->pods[rs->pods[k]]->is_released = false;
    }
}

static uint64_t replica_set_hash(const struct cluster *cluster, uint32_t key)
{
    return cluster->replica_sets[key]->hash;
}

const struct controller_ops replica_set_controller_ops = {
    .name = "replicaset",
    .backoff_base_ns = 5 * NS_PER_MS,
    .backoff_max_ns = 1000 * NS_PER_S,
    .sync = sync_replica_set,
    .refused = write_refused,
    .restarted = forget_expectations,
    .key_hash = replica_set_hash,
};
