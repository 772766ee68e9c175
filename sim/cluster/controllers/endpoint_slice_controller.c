/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/endpoint_slice_controller.h"

#include <string.h>

#include "cluster/accounts.h"
#include "cluster/controllers/mirroring_controller.h"
#include "cluster/controllers/slice_packing.h"
#include "cluster/controllers/slice_standing.h"
#include "cluster/service_members.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"
#include "cluster/trigger_times.h"

#define SLICE_CHANGE_DELAY_NS NS_PER_S

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool has_same_addresses(const struct pod_view *a, const struct pod_view *b)
{
    if (a->has_ip != b->has_ip)
        return false;
    if (!a->has_ip || a->addresses == b->addresses)
        return true;
    if (a->addresses->count != b->addresses->count)
        return false;
    for (uint32_t i = 0; i < a->addresses->count; i++) {
        if (!is_same_text(a->addresses->ips[i], b->addresses->ips[i]))
            return false;
    }
    return true;
}

/* Pod updates that matter to a service: deletion, readiness, addresses; or labels. Every update of a pod that is being
 * deleted counts as a change (two decoded timestamps are never the same pointer). */
static bool has_pod_changed(const struct pod_view *before, const struct pod_view *after)
{
    return after->is_deleting || before->is_deleting || before->is_ready != after->is_ready ||
           !has_same_addresses(before, after);
}

static bool concerns(const struct service *s, const struct pod_view *before,
                     const struct pod_view *after, bool does_match)
{
    bool did_match = before->exists && (before->labels == after->labels
                                            ? does_match
                                            : labels_match(&s->seen->selector, before->labels));
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
    struct pod *p = cluster->pods[pod];
    struct service_set set =
        before->exists && before->labels != p->seen.labels
            ? selector_index_find(&cluster->seen_selectors, p->ns, before->labels, p->seen.labels)
            : selector_index_find_again(&cluster->seen_selectors, &p->seen_services, p->ns,
                                        p->seen.labels);

    accounts_pod_delivered(cluster, pod, p->seen.version);
    service_members_touch(cluster, pod);
    for (uint32_t i = 0; i < set.count; i++) {
        const struct service *s = &cluster->services[set.services[i]];
        const bool does_match = service_views_selects(cluster, s, p);
        if (p->seen.exists && does_match)
            service_members_add(cluster, set.services[i], pod);
        if (concerns(s, before, &p->seen, does_match))
            enqueue(cluster, set.services[i]);
    }
    selector_index_release(&cluster->seen_selectors, &set);
}

void endpoint_slice_controller_find_members(struct cluster *cluster, uint32_t service)
{
    const struct service *s = &cluster->services[service];

    for (uint32_t i = 0; s->seen != NULL && i < cluster->pod_count; i++) {
        const struct pod *p = cluster->pods[i];
        if (p->seen.exists && strcmp(p->ns, s->ns) == 0 &&
            labels_match(&s->seen->selector, p->seen.labels))
            service_members_add(cluster, service, i);
    }
}

void endpoint_slice_controller_service_seen(struct cluster *cluster, uint32_t service,
                                            const struct service_spec *before)
{
    endpoint_slice_controller_find_members(cluster, service);
    accounts_service_delivered(cluster, service);
    controller_enqueue(cluster, CONTROLLER_ENDPOINT_SLICE, service);
    controller_enqueue(cluster, CONTROLLER_ENDPOINTS, service);
    mirroring_controller_service_seen(cluster, service, before);
}

/* Whether the controller did not write this version itself. 1.20 goes by resource version; and there the event of a new
 * slice comes before the answer to its writer has been noted. */
static bool is_unexpected(const struct cluster *cluster, const struct slice *slice,
                          const struct log_record *record, bool is_new)
{
    if (record->view.slice == NULL)
        return slice->tracked_version != 0 && !slice->is_tracked_deleted;
    if (!cluster->rules.has_slice_tracker)
        return is_new || slice->tracked_version != record->version;
    return slice->tracked_version == 0 ||
           (!slice->is_tracked_deleted &&
            record->view.slice->generation > slice->tracked_generation);
}

/* A slice of the controller that somebody else has changed: its service is looked at again after a second. */
static void enqueue_owner(struct cluster *cluster, const struct slice *slice)
{
    sim_ns batch_ns = cluster->spec->controller_manager.endpointslice_batch_ns;

    if (slice->service != ID_NONE)
        controller_enqueue_after(cluster, CONTROLLER_ENDPOINT_SLICE, slice->service,
                                 batch_ns > SLICE_CHANGE_DELAY_NS ? batch_ns
                                                                  : SLICE_CHANGE_DELAY_NS);
}

void endpoint_slice_controller_slice_seen(struct cluster *cluster, const struct log_record *record)
{
    struct slice *slice = cluster->slices[record->object];
    struct slice_content *before = slice->seen;
    const struct slice_content *now = record->view.slice;
    bool was_managed = before != NULL && before->manager == SLICE_MANAGED;
    bool is_managed = now != NULL && now->manager == SLICE_MANAGED;

    slice->seen = service_table_hold(record->view.slice);
    slice->seen_version = record->version;
    slice->is_seen_deleted = now == NULL;
    if (before != NULL && now != NULL && was_managed != is_managed)
        enqueue_owner(cluster, slice);
    else if ((now == NULL ? was_managed : is_managed) &&
             is_unexpected(cluster, slice, record, before == NULL))
        enqueue_owner(cluster, slice);
    mirroring_controller_slice_seen(cluster, record, before);
    if (now == NULL) {
        slice->tracked_version = 0;
        slice->is_tracked_deleted = false;
    }
    slice_standing_update(cluster, slice);
    service_table_release(cluster, before);
}

static void forget_slice(struct cluster *cluster, struct slice *slice)
{
    slice->tracked_version = 0;
    slice->is_tracked_deleted = false;
    slice_standing_update(cluster, slice);
}

/* The Service is gone. Its slices are the garbage collector's, by owner reference. */
static void forget_service(struct cluster *cluster, struct service *s)
{
    for (uint32_t i = 0; i < s->slice_count; i++) {
        struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->manager == SLICE_MANAGED)
            forget_slice(cluster, slice);
    }
    trigger_times_forget(s, TRIGGER_ENDPOINT_SLICE);
}

static bool sync_service(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    struct service *s = &cluster->services[worker->key];
    sim_ns trigger_ns;

    s->sync_count++;
    *units = s->member_count;
    if (s->seen == NULL) {
        forget_service(cluster, s);
        return true;
    }
    if (s->seen->selector.is_null ||
        (s->seen->type == SERVICE_EXTERNAL_NAME && cluster->rules.skips_external_names))
        return true;
    /* the tracker: the informer does not show yet what this controller has already written */
    if (cluster->rules.has_slice_tracker && slice_standing_is_ahead(cluster, s))
        return false;
    trigger_ns = trigger_times_take(cluster, s, TRIGGER_ENDPOINT_SLICE);
    slice_packing_plan(cluster, worker, worker->key, trigger_ns);
    return true;
}

static void slice_written(struct cluster *cluster, const struct write *write)
{
    struct slice *slice = cluster->slices[write->object];

    slice->tracked_version = slice->version;
    slice->tracked_generation = slice->generation;
    slice->is_tracked_deleted = write->op == OP_DELETE_SLICE;
    slice_standing_update(cluster, slice);
}

static void service_synced(struct cluster *cluster, const struct worker *worker)
{
    /* of a Service that is gone the garbage collector tells it */
    if (!cluster->rules.proxies_read_endpoints && cluster->services[worker->key].seen != NULL)
        accounts_sync_done(cluster, worker->key, worker->sync_step);
}

static void forget_tracked(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->slice_count; i++)
        forget_slice(cluster, cluster->slices[i]);
    for (uint32_t i = 0; i < cluster->service_count; i++)
        trigger_times_forget(&cluster->services[i], TRIGGER_ENDPOINT_SLICE);
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
