/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/mirroring_controller.h"

#include <string.h>

#include "cluster/accounts.h"
#include "cluster/names.h"
#include "cluster/service_table.h"

#define SUBSET_MAX 1000u

void mirroring_controller_seen(struct cluster *cluster, uint32_t endpoints)
{
    const struct endpoints_object *object = cluster->endpoints[endpoints];

    accounts_service_delivered(cluster, object->service);
    controller_enqueue(cluster, CONTROLLER_MIRRORING, object->service);
}

void mirroring_controller_service_seen(struct cluster *cluster, uint32_t service)
{
    if (cluster->services[service].endpoints != ID_NONE)
        controller_enqueue(cluster, CONTROLLER_MIRRORING, service);
}

static bool is_to_be_mirrored(const struct cluster *cluster, const struct service *s)
{
    const struct endpoints_object *object = cluster->endpoints[s->endpoints];
    const char *skip;

    if (s->seen == NULL || !s->seen->selector.is_null || object->seen == NULL)
        return false;
    if (object->spec == NULL)
        return true; /* left over from the time when the Service had a selector */
    skip = labels_get(&object->spec->meta.labels, "endpointslice.kubernetes.io/skip-mirror");
    if (skip != NULL && strcmp(skip, "true") == 0)
        return false;
    return labels_get(&object->spec->meta.annotations,
                      "control-plane.alpha.kubernetes.io/leader") == NULL;
}

/* The slice of the group that starts at item `first`: ready addresses first. *next: where the next group starts. */
static struct slice_content *mirror_group(struct cluster *cluster,
                                          const struct endpoints_content *from, uint32_t first,
                                          uint32_t *next)
{
    struct slice_content *content;
    uint32_t count = 0;

    for (*next = first; *next < from->count && from->items[*next].ports == from->items[first].ports;
         ++*next)
        count += count < SUBSET_MAX;
    content = service_table_new_content(cluster, ID_NONE, count);
    content->ports = from->items[first].ports;
    count = 0;
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = first; i < *next && count < content->count; i++) {
            bool is_ready = from->items[i].is_ready;
            if (is_ready != (round == 0))
                continue;
            /* conditions serving and terminating stay unset: readers take serving for true, terminating for false */
            content->endpoints[count++] = (struct slice_endpoint){
                .pod = from->items[i].pod,
                .is_ready = is_ready || !cluster->rules.mirrors_not_ready,
                .is_serving = true,
            };
        }
    }
    return content;
}

static bool is_same(const struct slice_content *a, const struct slice_content *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->endpoints[i].pod != b->endpoints[i].pod ||
            a->endpoints[i].is_ready != b->endpoints[i].is_ready)
            return false;
    }
    return true;
}

/* The mirrored slice with these ports that the informer shows and that is not taken yet; ID_NONE: none. */
static uint32_t find_slice(const struct cluster *cluster, const struct service *s,
                           const struct port_map *ports)
{
    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->manager == SLICE_MIRRORED && slice->seen != NULL && slice->seen->ports == ports)
            return s->slices[i];
    }
    return ID_NONE;
}

static void plan_group(struct cluster *cluster, struct worker *worker,
                       struct slice_content *content, uint8_t group)
{
    uint32_t found = find_slice(cluster, &cluster->services[worker->key], content->ports);
    struct write *w;

    if (found != ID_NONE && is_same(cluster->slices[found]->seen, content)) {
        service_table_release(cluster, service_table_hold(content));
        return;
    }
    if (found == ID_NONE) {
        uint32_t made = names_new_slice(cluster, worker->key);
        cluster->slices[made]->manager = SLICE_MIRRORED;
        content->slice = made;
        w = controller_plan(cluster, CONTROLLER_MIRRORING, worker, OP_CREATE_SLICE, made);
    } else {
        content->slice = found;
        w = controller_plan(cluster, CONTROLLER_MIRRORING, worker, OP_UPDATE_SLICE, found);
        w->expected_version = cluster->slices[found]->seen_version;
    }
    w->group = group;
    w->view.slice = content;
}

static bool has_ports(const struct endpoints_content *content, const struct port_map *ports)
{
    for (uint32_t i = 0; content != NULL && i < content->count; i++) {
        if (content->items[i].ports == ports)
            return true;
    }
    return false;
}

static bool is_stale(const struct cluster *cluster, const struct service *s)
{
    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->manager == SLICE_MIRRORED && slice->tracked_version > slice->seen_version)
            return true;
    }
    return false;
}

static bool sync_service(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    const struct service *s = &cluster->services[worker->key];
    const struct endpoints_content *from = NULL;
    uint8_t group = 0;

    *units = 0;
    if (s->endpoints == ID_NONE)
        return true;
    if (cluster->rules.has_slice_tracker && is_stale(cluster, s))
        return false;
    if (is_to_be_mirrored(cluster, s))
        from = cluster->endpoints[s->endpoints]->seen;
    for (uint32_t first = 0; from != NULL && first < from->count;) {
        struct slice_content *content = mirror_group(cluster, from, first, &first);
        plan_group(cluster, worker, content, group++);
    }
    s = &cluster->services[worker->key];
    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->manager == SLICE_MIRRORED && slice->seen != NULL &&
            !has_ports(from, slice->seen->ports))
            controller_plan(cluster, CONTROLLER_MIRRORING, worker, OP_DELETE_SLICE, s->slices[i])
                ->group = group++;
    }
    return true;
}

static void slice_written(struct cluster *cluster, const struct write *write)
{
    cluster->slices[write->object]->tracked_version = cluster->slices[write->object]->version;
}

static void service_synced(struct cluster *cluster, const struct worker *worker)
{
    const struct service *s = &cluster->services[worker->key];

    if (s->seen == NULL || s->seen->selector.is_null)
        accounts_sync_done(cluster, worker->key, worker->sync_step);
}

static uint64_t service_hash(const struct cluster *cluster, uint32_t key)
{
    return cluster->services[key].hash;
}

const struct controller_ops mirroring_controller_ops = {
    .name = "endpoint_slice_mirroring",
    .backoff_base_ns = NS_PER_S,
    .backoff_max_ns = 100 * NS_PER_S,
    .sync = sync_service,
    .written = slice_written,
    .succeeded = service_synced,
    .key_hash = service_hash,
};
