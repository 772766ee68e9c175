/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/endpoint_slice_controller.h"

#include <string.h>

#include "cluster/accounts.h"
#include "cluster/controllers/mirroring_controller.h"
#include "cluster/controllers/slice_packing.h"
#include "cluster/service_table.h"

static void add_member(struct cluster *cluster, uint32_t service, uint32_t pod)
{
    struct service *s = &cluster->services[service];

    for (uint32_t i = s->pod_count; i-- > 0;) {
        if (s->pods[i] == pod)
            return;
    }
    model_append(cluster->arena, &s->pods, &s->pod_count, &s->pod_capacity, pod);
}

/* Pod updates that matter to a service: deletion, readiness, addresses; or labels. Every update of a pod that is being
 * deleted counts as a change (two decoded timestamps are never the same pointer). */
static bool has_pod_changed(const struct pod_view *before, const struct pod_view *after)
{
    return after->is_deleting || before->is_deleting || before->is_ready != after->is_ready ||
           before->has_ip != after->has_ip;
}

static bool concerns(const struct service *s, const struct pod_view *before,
                     const struct pod_view *after)
{
    const struct selector *selector = &s->seen->selector;
    bool did_match = before->exists && labels_match(selector, before->labels);
    bool does_match = labels_match(selector, after->labels);
    bool has_labels_changed;

    if (!before->exists || !after->exists)
        return did_match || does_match;
    has_labels_changed = !labels_equal(before->labels, after->labels);
    if (has_pod_changed(before, after))
        return does_match || (has_labels_changed && did_match);
    return has_labels_changed && did_match != does_match;
}

/* A pod event queues the service in both controllers, each after its own batch period. */
static void enqueue(struct cluster *cluster, uint32_t service)
{
    const struct controller_manager_spec *spec = &cluster->spec->controller_manager;

    controller_enqueue_after(cluster, CONTROLLER_ENDPOINT_SLICE, service,
                             spec->endpointslice_batch_ns);
    controller_enqueue_after(cluster, CONTROLLER_ENDPOINTS, service, spec->endpoint_batch_ns);
}

void endpoint_slice_controller_pod_seen(struct cluster *cluster, uint32_t pod,
                                        const struct pod_view *before)
{
    const struct pod *p = cluster->pods[pod];

    accounts_pod_delivered(cluster, pod, p->seen.version);
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *s = &cluster->services[i];
        if (s->seen == NULL || s->seen->selector.is_null || strcmp(s->ns, p->ns) != 0)
            continue;
        if (p->seen.exists && labels_match(&s->seen->selector, p->seen.labels))
            add_member(cluster, i, pod);
        if (concerns(s, before, &p->seen))
            enqueue(cluster, i);
    }
}

void endpoint_slice_controller_find_members(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];

    s->pod_count = 0;
    for (uint32_t i = 0; s->seen != NULL && i < cluster->pod_count; i++) {
        const struct pod *p = cluster->pods[i];
        if (p->seen.exists && strcmp(p->ns, s->ns) == 0 &&
            labels_match(&s->seen->selector, p->seen.labels))
            model_append(cluster->arena, &s->pods, &s->pod_count, &s->pod_capacity, i);
    }
}

void endpoint_slice_controller_service_seen(struct cluster *cluster, uint32_t service)
{
    endpoint_slice_controller_find_members(cluster, service);
    accounts_service_delivered(cluster, service);
    controller_enqueue(cluster, CONTROLLER_ENDPOINT_SLICE, service);
    controller_enqueue(cluster, CONTROLLER_ENDPOINTS, service);
    mirroring_controller_service_seen(cluster, service);
}

void endpoint_slice_controller_slice_seen(struct cluster *cluster, const struct log_record *record)
{
    struct slice *slice = cluster->slices[record->object];
    struct slice_content *before = slice->seen;

    slice->seen = service_table_hold(record->view.slice);
    slice->seen_version = record->version;
    slice->is_seen_deleted = record->view.slice == NULL;
    service_table_release(cluster, before);
}

/* The tracker: true while the informer does not show what this controller has already written. */
static bool is_stale(const struct cluster *cluster, const struct service *s)
{
    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->tracked_version > slice->seen_version)
            return true;
    }
    return false;
}

/* The Service is gone. Its slices are the garbage collector's, by owner reference; here they go with this sync. */
static void collect_garbage(struct cluster *cluster, struct worker *worker)
{
    const struct service *s = &cluster->services[worker->key];
    uint8_t group = 0;

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->seen == NULL || slice->manager != SLICE_MANAGED)
            continue;
        controller_plan(cluster, CONTROLLER_ENDPOINT_SLICE, worker, OP_DELETE_SLICE, s->slices[i])
            ->group = group++;
    }
}

static bool sync_service(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    struct service *s = &cluster->services[worker->key];

    s->sync_count++;
    *units = s->pod_count;
    if (s->seen == NULL) {
        collect_garbage(cluster, worker);
        return true;
    }
    if (s->seen->selector.is_null || s->seen->type == SERVICE_EXTERNAL_NAME)
        return true;
    if (cluster->rules.has_slice_tracker && is_stale(cluster, s))
        return false;
    slice_packing_plan(cluster, worker, worker->key);
    return true;
}

static void slice_written(struct cluster *cluster, const struct write *write)
{
    struct slice *slice = cluster->slices[write->object];

    slice->tracked_version = slice->version;
}

static void service_synced(struct cluster *cluster, const struct worker *worker)
{
    if (!cluster->rules.proxies_read_endpoints)
        accounts_sync_done(cluster, worker->key, worker->sync_step);
}

static void forget_tracked(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->slice_count; i++)
        cluster->slices[i]->tracked_version = 0;
}

static uint64_t service_hash(const struct cluster *cluster, uint32_t key)
{
    return cluster->services[key].hash;
}

const struct controller_ops endpoint_slice_controller_ops = {
    .name = "endpoint_slice",
    .backoff_base_ns = NS_PER_S,
    .backoff_max_ns = 1000 * NS_PER_S,
    .sync = sync_service,
    .written = slice_written,
    .restarted = forget_tracked,
    .succeeded = service_synced,
    .key_hash = service_hash,
};
