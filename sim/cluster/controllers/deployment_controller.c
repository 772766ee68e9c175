/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/deployment_controller.h"

#include <string.h>

#include "base/error.h"
#include "cluster/controllers/revision_history.h"
#include "cluster/names.h"

uint32_t deployment_controller_resolve(struct int_or_percent value, uint32_t replicas,
                                       bool is_rounded_up)
{
    uint64_t product = (uint64_t)(value.value < 0 ? 0 : value.value) * replicas;

    if (!value.is_percent)
        return (uint32_t)(value.value < 0 ? 0 : value.value);
    return (uint32_t)(is_rounded_up ? (product + 99) / 100 : product / 100);
}

void deployment_controller_limits(const struct workload_spec *spec, uint32_t replicas,
                                  uint32_t *surge, uint32_t *unavailable)
{
    *surge = deployment_controller_resolve(spec->max_surge, replicas, true);
    *unavailable = deployment_controller_resolve(spec->max_unavailable, replicas, false);
    if (spec->strategy == STRATEGY_RECREATE)
        *surge = 0;
    else if (*surge == 0 && *unavailable == 0)
        *unavailable = 1;
    if (*unavailable > replicas)
        *unavailable = replicas;
}

void deployment_controller_seen(struct cluster *cluster, uint32_t deployment)
{
    controller_enqueue(cluster, CONTROLLER_DEPLOYMENT, deployment);
}

void deployment_controller_replica_set_seen(struct cluster *cluster, uint32_t replica_set)
{
    uint32_t deployment = cluster->replica_sets[replica_set]->deployment;

    if (deployment != ID_NONE)
        controller_enqueue(cluster, CONTROLLER_DEPLOYMENT, deployment);
}

void deployment_controller_pod_gone(struct cluster *cluster, uint32_t pod)
{
    uint32_t owner = cluster->pods[pod]->owner;
    uint32_t deployment = owner == ID_NONE ? ID_NONE : cluster->replica_sets[owner]->deployment;

    if (deployment != ID_NONE &&
        cluster->deployments[deployment].spec->strategy == STRATEGY_RECREATE)
        controller_enqueue(cluster, CONTROLLER_DEPLOYMENT, deployment);
}

/* One replica set in a sync: what the informer shows, and what the sync makes of it. */
struct member {
    uint32_t id;
    uint32_t replicas; /* as planned so far */
    uint32_t available;
    int64_t share; /* of a scaling in mid-rollout */
    bool is_new;
};

struct rollout {
    struct cluster *cluster;
    struct worker *worker;
    struct deployment *deployment;
    uint32_t wanted; /* spec.replicas */
    uint32_t surge;
    uint32_t unavailable;
    struct member *members; /* in order of creation; old ones without pods are left out */
    uint32_t *order;        /* of a scaling in mid-rollout: the largest first */
    uint32_t capacity;      /* of both: all replica sets and a new one */
    uint32_t count;
    uint32_t new_member; /* index, ID_NONE if it has to be made */
    uint8_t group;
    bool is_scaling; /* the cause of what follows: a scaling, not a rollout */
};

static uint32_t total_replicas(const struct rollout *r)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < r->count; i++)
        total += r->members[i].replicas;
    return total;
}

static uint32_t total_available(const struct rollout *r)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < r->count; i++)
        total += r->members[i].available;
    return total;
}

/* The deployment's selector and the hash that tells the replica set's own pods. */
static struct selector selector_with_hash(struct arena *arena, const struct selector *selector,
                                          const char *hash_text)
{
    struct label_set none = {NULL, 0};
    struct label_set labels = labels_with(arena, &none, "pod-template-hash", hash_text);
    struct selector own = labels_selector(arena, &labels);
    struct selector_requirement *items =
        ARENA_NEW_ARRAY(arena, selector->count + 1, struct selector_requirement);

    items[0] = own.items[0];
    if (selector->count > 0)
        memcpy(items + 1, selector->items, selector->count * sizeof(*items));
    return (struct selector){.items = items, .count = selector->count + 1, .is_null = false};
}

uint32_t deployment_controller_make_replica_set(struct cluster *cluster, uint32_t deployment,
                                                const struct pod_spec *pod_template,
                                                uint64_t template_key)
{
    struct deployment *d = &cluster->deployments[deployment];
    uint32_t id = model_add_replica_set(cluster);
    struct replica_set *rs = cluster->replica_sets[id];
    const char *hash_text;
    struct pod_spec *labelled = ARENA_NEW(cluster->arena, struct pod_spec);

    rs->ns = d->spec->meta.ns;
    rs->bare_name = names_replica_set(cluster->arena, d->bare_name, template_key);
    rs->name = names_display(cluster->arena, rs->ns, rs->bare_name);
    rs->hash = names_hash("replicaset", rs->ns, rs->bare_name);
    rs->template_key = template_key;
    rs->source_template = pod_template;
    rs->revision = revision_history_last(cluster, d) + 1;
    rs->deployment = deployment;
    rs->min_ready_ns = d->spec->min_ready_ns;
    hash_text = rs->bare_name + strlen(d->bare_name) + 1;
    *labelled = *pod_template;
    labelled->meta.labels =
        labels_with(cluster->arena, &pod_template->meta.labels, "pod-template-hash", hash_text);
    rs->pod_template = labelled;
    rs->selector = selector_with_hash(cluster->arena, &d->spec->selector, hash_text);
    model_append(cluster->arena, &d->replica_sets, &d->replica_set_count, &d->replica_set_capacity,
                 id);
    return id;
}

static void collect(struct rollout *r)
{
    const struct deployment *d = r->deployment;

    r->new_member = ID_NONE;
    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        const struct replica_set *rs = r->cluster->replica_sets[d->replica_sets[i]];
        bool is_new = rs->seen.exists && rs->template_key == d->seen.template_key;
        if (!rs->seen.exists ||
            (!is_new && rs->seen.replicas == 0 && rs->seen.status_replicas == 0))
            continue;
        if (is_new)
            r->new_member = r->count;
        r->members[r->count++] = (struct member){
            .id = d->replica_sets[i],
            .replicas = rs->seen.replicas,
            .available = rs->seen.status_available,
            .is_new = is_new,
        };
    }
}

/* A rollout keeps to its own count; pods that come because the count has changed from nothing come by scaling. */
static enum cause cause_of_scale(const struct rollout *r, const struct replica_set *rs)
{
    bool is_from_nothing = total_replicas(r) == 0 && rs->seen.desired != r->wanted;

    return r->is_scaling || is_from_nothing ? CAUSE_SCALE : CAUSE_ROLLOUT;
}

static void plan_scale(struct rollout *r, uint32_t member, uint32_t replicas)
{
    struct member *m = &r->members[member];
    const struct replica_set *rs = r->cluster->replica_sets[m->id];
    struct write *w =
        controller_plan(r->cluster, CONTROLLER_DEPLOYMENT, r->worker, OP_SCALE_REPLICA_SET, m->id);

    w->group = r->group++;
    w->cause = (uint8_t)cause_of_scale(r, rs);
    w->origin = r->deployment->seen.origin;
    /* a second write of the same sync builds on the answer to the first */
    w->expected_version = m->replicas == rs->seen.replicas ? rs->seen.version : UINT64_MAX;
    w->scaled_from = m->replicas;
    w->view.replica_set.replicas = replicas;
    w->view.replica_set.desired = r->wanted;
    m->replicas = replicas;
}

/* NewRSNewReplicas: as many as the surge allows. */
static uint32_t new_replicas(const struct rollout *r, uint32_t current)
{
    uint32_t cap = r->wanted + r->surge;
    uint32_t total = total_replicas(r);
    uint32_t room = total >= cap ? 0 : cap - total;
    uint32_t missing = r->wanted > current ? r->wanted - current : 0;

    if (r->deployment->spec->strategy == STRATEGY_RECREATE)
        return r->wanted;
    return current + (room < missing ? room : missing);
}

/* The one whose create never reached the API, ID_NONE: there is none. */
static uint32_t find_lost(const struct rollout *r)
{
    const struct deployment *d = r->deployment;

    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        const struct replica_set *rs = r->cluster->replica_sets[d->replica_sets[i]];
        if (rs->is_lost && rs->template_key == d->seen.template_key)
            return d->replica_sets[i];
    }
    return ID_NONE;
}

static void plan_new_replica_set(struct rollout *r)
{
    uint32_t deployment = (uint32_t)(r->deployment - r->cluster->deployments);
    uint32_t replicas = new_replicas(r, 0);
    uint32_t id = find_lost(r);
    bool is_first = r->deployment->replica_set_count == (id != ID_NONE);
    struct write *w;

    if (id == ID_NONE)
        id = deployment_controller_make_replica_set(r->cluster, deployment,
                                                    r->deployment->seen.pod_template,
                                                    r->deployment->seen.template_key);
    r->cluster->replica_sets[id]->is_lost = false;
    w = controller_plan(r->cluster, CONTROLLER_DEPLOYMENT, r->worker, OP_CREATE_REPLICA_SET, id);

    w->group = r->group++;
    w->cause = is_first ? CAUSE_APPLY : CAUSE_ROLLOUT;
    w->origin = r->deployment->seen.origin;
    w->view.replica_set.replicas = replicas;
    w->view.replica_set.desired = r->wanted;
    EP_REQUIRE(r->count < r->capacity);
    r->new_member = r->count;
    r->members[r->count++] = (struct member){.id = id, .replicas = replicas, .is_new = true};
}

/* cleanupUnhealthyReplicas: pods that are not available go first, from the oldest set. Returns how many. */
static uint32_t cleanup_unhealthy(struct rollout *r, uint32_t room)
{
    uint32_t gone = 0;

    for (uint32_t i = 0; i < r->count && gone < room; i++) {
        struct member *m = &r->members[i];
        uint32_t unhealthy = m->replicas > m->available ? m->replicas - m->available : 0;
        uint32_t n = unhealthy < room - gone ? unhealthy : room - gone;
        if (m->is_new || n == 0)
            continue;
        plan_scale(r, i, m->replicas - n);
        gone += n;
    }
    return gone;
}

static void scale_down_old(struct rollout *r)
{
    uint32_t min_available = r->wanted - r->unavailable;
    uint32_t total = total_replicas(r);
    const struct member *fresh = &r->members[r->new_member];
    uint32_t new_unavailable =
        fresh->replicas > fresh->available ? fresh->replicas - fresh->available : 0;
    uint32_t available;
    uint32_t can;

    if (total <= min_available + new_unavailable)
        return;
    cleanup_unhealthy(r, total - min_available - new_unavailable);
    available = total_available(r);
    can = available > min_available ? available - min_available : 0;
    for (uint32_t i = 0; i < r->count && can > 0; i++) {
        struct member *m = &r->members[i];
        uint32_t n = m->replicas < can ? m->replicas : can;
        if (m->is_new || n == 0)
            continue;
        plan_scale(r, i, m->replicas - n);
        can -= n;
    }
}

/* It has been made already, only the informer does not show it yet: the create would be answered by 409 AlreadyExists. */
static bool is_new_one_unseen(const struct rollout *r)
{
    const struct deployment *d = r->deployment;

    for (uint32_t i = 0; r->new_member == ID_NONE && i < d->replica_set_count; i++) {
        const struct replica_set *rs = r->cluster->replica_sets[d->replica_sets[i]];
        if (rs->template_key == d->seen.template_key && rs->seen.version == 0 && !rs->is_lost)
            return true;
    }
    return false;
}

static void roll(struct rollout *r)
{
    struct member *fresh;
    uint32_t target;

    if (is_new_one_unseen(r))
        return;
    if (r->new_member == ID_NONE)
        plan_new_replica_set(r);
    fresh = &r->members[r->new_member];
    target = fresh->replicas > r->wanted ? r->wanted : new_replicas(r, fresh->replicas);
    if (target != fresh->replicas) {
        plan_scale(r, r->new_member, target);
        return;
    }
    scale_down_old(r);
}

static bool has_old_pods(const struct rollout *r)
{
    const struct deployment *d = r->deployment;

    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        const struct replica_set *rs = r->cluster->replica_sets[d->replica_sets[i]];
        if (rs->template_key == d->seen.template_key)
            continue;
        for (uint32_t k = 0; k < rs->pod_count; k++) {
            const struct pod_view *view = &r->cluster->pods[rs->pods[k]]->seen;
            if (view->exists && view->phase != PHASE_SUCCEEDED && view->phase != PHASE_FAILED)
                return true;
        }
    }
    return false;
}

static void recreate(struct rollout *r)
{
    bool has_scaled = false;

    for (uint32_t i = 0; i < r->count; i++) {
        if (!r->members[i].is_new && r->members[i].replicas > 0) {
            plan_scale(r, i, 0);
            has_scaled = true;
        }
    }
    if (has_scaled || has_old_pods(r) || is_new_one_unseen(r))
        return;
    if (r->new_member == ID_NONE)
        plan_new_replica_set(r);
    else if (r->members[r->new_member].replicas != r->wanted)
        plan_scale(r, r->new_member, r->wanted);
}

static bool is_scaling_event(const struct rollout *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const struct replica_set *rs = r->cluster->replica_sets[r->members[i].id];
        if (rs->seen.replicas > 0 && rs->seen.desired != r->wanted)
            return true;
    }
    return false;
}

static uint32_t count_active(const struct rollout *r, uint32_t *only)
{
    uint32_t active = 0;

    for (uint32_t i = 0; i < r->count; i++) {
        if (r->members[i].replicas > 0) {
            active++;
            *only = i;
        }
    }
    return active;
}

/* A replica set's share of the change, in proportion to its size: round half away from zero. */
static int64_t proportion(const struct rollout *r, uint32_t member, int64_t to_add, int64_t added)
{
    const struct replica_set *rs = r->cluster->replica_sets[r->members[member].id];
    int64_t size = r->members[member].replicas;
    int64_t before = rs->seen.desired == 0 ? (int64_t)r->wanted : (int64_t)rs->seen.desired;
    uint32_t surge_before =
        deployment_controller_resolve(r->deployment->spec->max_surge, (uint32_t)before, true);
    int64_t max_before = before + (int64_t)surge_before;
    int64_t target =
        (2 * size * ((int64_t)r->wanted + (int64_t)r->surge) + max_before) / (2 * max_before);
    int64_t share = target - size;
    int64_t left = to_add - added;

    if (r->wanted == 0)
        return -size;
    if (to_add > 0)
        return share < left ? share : left;
    return share > left ? share : left;
}

/* In mid-rollout the change is spread over the active sets, the largest first (ties: newer first when growing). */
static void scale_proportionally(struct rollout *r)
{
    uint32_t *order = r->order;
    int64_t total = (int64_t)total_replicas(r);
    int64_t allowed = r->wanted == 0 ? 0 : (int64_t)r->wanted + (int64_t)r->surge;
    int64_t to_add = allowed - total;
    int64_t added = 0;
    uint32_t count = 0;

    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t at = count;
        if (r->members[i].replicas == 0)
            continue;
        while (at > 0 &&
               (to_add > 0 ? r->members[order[at - 1]].replicas <= r->members[i].replicas
                           : r->members[order[at - 1]].replicas < r->members[i].replicas)) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
        count++;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct member *m = &r->members[order[i]];
        m->share = to_add == 0 ? 0 : proportion(r, order[i], to_add, added);
        added += m->share;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct member *m = &r->members[order[i]];
        int64_t target = (int64_t)m->replicas + m->share + (i == 0 ? to_add - added : 0);
        plan_scale(r, order[i], target < 0 ? 0 : (uint32_t)target); /* also renews the annotation */
    }
}

/* The new set has all the pods asked for, and had them before the number changed. */
static bool is_saturated(const struct rollout *r)
{
    const struct replica_set_view *seen;

    if (r->new_member == ID_NONE)
        return false;
    seen = &r->cluster->replica_sets[r->members[r->new_member].id]->seen;
    return seen->replicas == r->wanted && seen->desired == r->wanted &&
           seen->status_available == r->wanted;
}

static void scale(struct rollout *r)
{
    uint32_t only = r->new_member;
    uint32_t active = count_active(r, &only);

    r->is_scaling = true;
    if (active <= 1 && only != ID_NONE) {
        plan_scale(r, only, r->wanted);
        return;
    }
    if (is_saturated(r)) {
        for (uint32_t i = 0; i < r->count; i++) {
            if (!r->members[i].is_new && r->members[i].replicas > 0)
                plan_scale(r, i, 0);
        }
        return;
    }
    if (r->deployment->spec->strategy == STRATEGY_ROLLING_UPDATE)
        scale_proportionally(r);
}

static void plan_status(struct rollout *r)
{
    const struct deployment_view *seen = &r->deployment->seen;
    struct deployment_view status = {0};
    struct write *w;

    for (uint32_t i = 0; i < r->count; i++) {
        const struct replica_set *rs = r->cluster->replica_sets[r->members[i].id];
        status.status_replicas += rs->seen.status_replicas;
        status.status_ready += rs->seen.status_ready;
        status.status_available += rs->seen.status_available;
        if (r->members[i].is_new)
            status.status_updated = rs->seen.status_replicas;
    }
    if (seen->status_replicas == status.status_replicas &&
        seen->status_ready == status.status_ready &&
        seen->status_available == status.status_available &&
        seen->status_updated == status.status_updated)
        return;
    w = controller_plan(r->cluster, CONTROLLER_DEPLOYMENT, r->worker, OP_DEPLOYMENT_STATUS,
                        r->worker->key);
    w->group = r->group++;
    w->view.deployment = status;
}

/* The replica set that is the new one again, as after an undo, gets the next revision. The annotation is told with the
 * next write of it. */
static void renew_revision(struct rollout *r)
{
    uint32_t last = revision_history_last(r->cluster, r->deployment);
    struct replica_set *rs;

    if (r->new_member == ID_NONE)
        return;
    rs = r->cluster->replica_sets[r->members[r->new_member].id];
    if (rs->revision < last)
        rs->revision = last + 1;
}

/* cleanupDeployment: once the rollout is complete, old replica sets beyond the history's limit go, the oldest first. */
static void clean_up(struct rollout *r)
{
    const struct deployment *d = r->deployment;
    const struct deployment_view *seen = &d->seen;
    uint32_t old = 0;

    if (r->new_member == ID_NONE || r->group > 0 || seen->status_updated != r->wanted ||
        seen->status_replicas != r->wanted || seen->status_available != r->wanted)
        return;
    for (uint32_t i = 0; i < d->replica_set_count; i++)
        old += r->cluster->replica_sets[d->replica_sets[i]]->seen.exists &&
               !r->cluster->replica_sets[d->replica_sets[i]]->is_cleaned;
    old--; /* the new one */
    for (uint32_t limit = d->spec->revision_history_limit; old > limit; old--) {
        uint32_t oldest = revision_history_oldest_empty(r->cluster, r->deployment);
        if (oldest == ID_NONE)
            return;
        r->cluster->replica_sets[oldest]->is_cleaned = true;
        controller_plan(r->cluster, CONTROLLER_DEPLOYMENT, r->worker, OP_DELETE_REPLICA_SET, oldest)
            ->group = r->group;
    }
}

static void plan(struct rollout *r)
{
    const struct deployment *d = r->deployment;

    deployment_controller_limits(d->spec, r->wanted, &r->surge, &r->unavailable);
    collect(r);
    if (is_scaling_event(r))
        scale(r);
    else if (d->seen.is_paused)
        ; /* neither rolls nor makes a replica set */
    else if (d->spec->strategy == STRATEGY_RECREATE)
        recreate(r);
    else
        roll(r);
    renew_revision(r);
    plan_status(r);
    clean_up(r);
}

static bool sync_deployment(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    struct deployment *d = &cluster->deployments[worker->key];
    struct rollout r = {
        .cluster = cluster, .worker = worker, .deployment = d, .wanted = d->seen.replicas};
    size_t bytes;

    *units = 0;
    if (!d->seen.exists)
        return true;
    r.capacity = d->replica_set_count + 1;
    bytes = r.capacity * sizeof(*r.members);
    r.members = blocks_alloc(&cluster->blocks, bytes);
    r.order = blocks_alloc(&cluster->blocks, r.capacity * sizeof(*r.order));
    plan(&r);
    blocks_free(&cluster->blocks, r.order, r.capacity * sizeof(*r.order));
    blocks_free(&cluster->blocks, r.members, bytes);
    return true;
}

static uint64_t deployment_hash(const struct cluster *cluster, uint32_t key)
{
    return cluster->deployments[key].hash;
}

const struct controller_ops deployment_controller_ops = {
    .name = "deployment",
    .backoff_base_ns = 5 * NS_PER_MS,
    .backoff_max_ns = 1000 * NS_PER_S,
    .sync = sync_deployment,
    .key_hash = deployment_hash,
};
