/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/garbage_collector.h"

#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/api_server.h"
#include "cluster/events.h"

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
