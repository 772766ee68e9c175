/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/garbage_collector.h"

#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/api_server.h"
#include "cluster/control_plane.h"
#include "cluster/events.h"

#define RETRY_NS NS_PER_S /* until there is a leader again */

/* The watch tells it, and it reads the slice and its owner from the API before it deletes. */
static void schedule(struct cluster *cluster, uint32_t slice)
{
    uint64_t name = hash_combine(hash_string("garbagecollector"), cluster->slices[slice]->hash);
    uint32_t version = cluster->slices[slice]->version;
    sim_ns delay_ns = model_draw(cluster, HOP_WATCH_CONTROLLER, name, version) +
                      model_draw(cluster, HOP_API_WRITE, name, 2 * (uint64_t)version) +
                      model_draw(cluster, HOP_API_WRITE, name, 2 * (uint64_t)version + 1);

    if (spec_has_controller(&cluster->spec->controller_manager, "garbagecollector"))
        model_schedule(cluster, cluster->kernel->now_ns + delay_ns, CLUSTER_COLLECT, slice, 0);
}

void garbage_collector_owner_gone(struct cluster *cluster, uint32_t service, uint64_t uid)
{
    const struct service *s = &cluster->services[service];

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->stored != NULL && slice->owner_uid == uid)
            schedule(cluster, s->slices[i]);
    }
}

/* Whether the owner that the slice names is in the API. */
static bool has_owner(const struct cluster *cluster, const struct slice *slice)
{
    const struct service *s;
    const struct endpoints_object *endpoints;

    if (slice->owner_uid == 0 || slice->service == ID_NONE)
        return true; /* by hand: nobody's */
    s = &cluster->services[slice->service];
    if (s->exists && s->uid == slice->owner_uid)
        return true;
    endpoints = s->endpoints == ID_NONE ? NULL : cluster->endpoints[s->endpoints];
    return endpoints != NULL && endpoints->stored != NULL && endpoints->uid == slice->owner_uid;
}

void garbage_collector_slice_stored(struct cluster *cluster, uint32_t slice)
{
    if (cluster->is_started && !has_owner(cluster, cluster->slices[slice]))
        schedule(cluster, slice);
}

void garbage_collector_collect(struct cluster *cluster, uint32_t slice)
{
    struct slice *s = cluster->slices[slice];
    struct write *w;
    uint32_t index;

    if (s->stored == NULL || has_owner(cluster, s))
        return;
    accounts_service_delivered(cluster, s->service);
    w = api_server_new_write(cluster, OP_DELETE_SLICE, slice, &index);
    w->sync_ns = cluster->kernel->now_ns;
    w->sync_step = ++cluster->step;
    api_server_submit(cluster, index, hash_string("garbagecollector"), cluster->kernel->now_ns);
}

/* --- ReplicaSets and pods --- */

enum step {
    STEP_REPLICA_SET_SEEN, /* the watch has told that its owner is gone */
    STEP_REPLICA_SET_READ, /* the live look at it has been answered */
    STEP_REPLICA_SET_GOES, /* its delete is stored */
    STEP_POD_SEEN,
    STEP_POD_READ,
    STEP_POD_GOES
};

static void step_at(struct cluster *cluster, enum step step, uint32_t object, uint64_t origin,
                    sim_ns at_ns)
{
    model_schedule(cluster, at_ns, CLUSTER_COLLECT_STEP, object, origin << 8 | (uint64_t)step);
}

/* A request that leaves as soon as the client's limiter lets it: when it is answered. */
static sim_ns request_ns(struct cluster *cluster, uint64_t object_hash, enum step step)
{
    const uint64_t name = hash_combine(hash_string("garbagecollector"), object_hash);

    return rate_limiter_reserve(&cluster->collector_limiter, cluster->kernel->now_ns) +
           control_plane_api_ns(cluster, model_draw(cluster, HOP_API_WRITE, name, step));
}

static void begin(struct cluster *cluster, enum step step, uint32_t object, uint64_t object_hash)
{
    const uint64_t name = hash_combine(hash_string("garbagecollector"), object_hash);

    if (spec_has_controller(&cluster->spec->controller_manager, "garbagecollector"))
        step_at(cluster, step, object, cluster->origin,
                cluster->kernel->now_ns + model_draw(cluster, HOP_WATCH_CONTROLLER, name, step));
}

void garbage_collector_deployment_gone(struct cluster *cluster, uint32_t deployment)
{
    const struct deployment *d = &cluster->deployments[deployment];

    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        if (cluster->replica_sets[d->replica_sets[i]]->stored.exists)
            begin(cluster, STEP_REPLICA_SET_SEEN, d->replica_sets[i],
                  cluster->replica_sets[d->replica_sets[i]]->hash);
    }
}

void garbage_collector_replica_set_gone(struct cluster *cluster, uint32_t replica_set)
{
    const struct replica_set *rs = cluster->replica_sets[replica_set];

    for (uint32_t i = 0; i < rs->pod_count; i++) {
        if (cluster->pods[rs->pods[i]]->stored.owner == replica_set)
            begin(cluster, STEP_POD_SEEN, rs->pods[i], cluster->pods[rs->pods[i]]->hash);
    }
}

void garbage_collector_pod_stored(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    if (p->stored.owner != ID_NONE && cluster->is_started &&
        !cluster->replica_sets[p->stored.owner]->stored.exists)
        begin(cluster, STEP_POD_SEEN, pod, p->hash);
}

static void collect_pod(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];
    const bool is_orphan = p->stored.owner == ID_NONE;

    if (!is_orphan && !cluster->replica_sets[p->stored.owner]->stored.exists)
        api_server_delete_pod(cluster, pod, p->spec->grace_ns, false, CAUSE_DELETE);
}

static void collect_replica_set(struct cluster *cluster, uint32_t replica_set)
{
    const struct replica_set *rs = cluster->replica_sets[replica_set];

    if (rs->stored.exists && !cluster->deployments[rs->deployment].stored.exists)
        api_server_put_replica_set(cluster, replica_set, rs->stored, WRITE_DELETE);
}

void garbage_collector_step(struct cluster *cluster, uint32_t object, uint64_t what)
{
    const enum step step = (enum step)(what & 0xFF);
    const uint64_t object_hash =
        step < STEP_POD_SEEN ? cluster->replica_sets[object]->hash : cluster->pods[object]->hash;
    const uint32_t origin = cluster->origin;

    if (!control_plane_leads(cluster, LEASE_CONTROLLER_MANAGER) ||
        !control_plane_reaches_api(cluster, LEASE_CONTROLLER_MANAGER)) {
        step_at(cluster, step, object, what >> 8, cluster->kernel->now_ns + RETRY_NS);
        return;
    }
    cluster->origin = (uint32_t)(what >> 8);
    switch (step) {
    case STEP_REPLICA_SET_SEEN:
    case STEP_REPLICA_SET_READ:
    case STEP_POD_SEEN:
    case STEP_POD_READ:
        step_at(cluster, (enum step)(step + 1), object, what >> 8,
                request_ns(cluster, object_hash, step));
        break;
    case STEP_REPLICA_SET_GOES:
        collect_replica_set(cluster, object);
        break;
    case STEP_POD_GOES:
        collect_pod(cluster, object);
        break;
    }
    cluster->origin = origin;
}

void garbage_collector_init(struct cluster *cluster)
{
    const struct controller_manager_spec *spec = &cluster->spec->controller_manager;

    rate_limiter_init(&cluster->collector_limiter, 2 * spec->api_qps, spec->api_burst);
}
