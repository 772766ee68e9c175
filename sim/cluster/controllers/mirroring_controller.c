/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/mirroring_controller.h"

#include <string.h>

#include "cluster/accounts.h"
#include "cluster/endpoint_subsets.h"
#include "cluster/endpoints_store.h"
#include "cluster/names.h"
#include "cluster/object_labels.h"
#include "cluster/port_maps.h"
#include "cluster/service_table.h"

#define SUBSET_MAX 1000u

/* Neither labelled to be skipped nor used as a lock. */
static bool should_mirror(const struct endpoints_content *content)
{
    const char *skip;

    if (content == NULL)
        return false;
    skip = content->labels == NULL ? NULL : labels_get(content->labels, LABEL_SKIP_MIRROR);
    return (skip == NULL || strcmp(skip, "true") != 0) &&
           (content->annotations == NULL ||
            labels_get(content->annotations, ANNOTATION_LEADER) == NULL);
}

void mirroring_controller_seen(struct cluster *cluster, uint32_t endpoints,
                               const struct endpoints_content *before)
{
    const struct endpoints_object *object = cluster->endpoints[endpoints];

    if (!should_mirror(object->seen) && !should_mirror(before))
        return;
    accounts_service_delivered(cluster, object->service);
    controller_enqueue(cluster, CONTROLLER_MIRRORING, object->service);
}

void mirroring_controller_service_seen(struct cluster *cluster, uint32_t service,
                                       const struct service_spec *before)
{
    const struct service_spec *now = cluster->services[service].seen;
    bool is_null = now != NULL && now->selector.is_null;
    bool was_null = before != NULL && before->selector.is_null;
    bool has_changed;

    if (now == NULL || before == NULL)
        has_changed = is_null || was_null;
    else
        has_changed = cluster->rules.cleans_mirrors ? is_null != was_null : is_null;
    if (has_changed)
        controller_enqueue(cluster, CONTROLLER_MIRRORING, service);
}

void mirroring_controller_slice_seen(struct cluster *cluster, const struct log_record *record,
                                     const struct slice_content *before)
{
    struct slice *slice = cluster->slices[record->object];
    const struct slice_content *now = record->view.slice;
    bool is_ours = (now == NULL ? before : now) != NULL &&
                   (now == NULL ? before : now)->manager == SLICE_MIRRORED;
    bool is_unexpected;

    if (!is_ours || slice->service == ID_NONE)
        return;
    if (now == NULL)
        is_unexpected = slice->tracked_version != 0 && !slice->is_tracked_deleted;
    else if (cluster->rules.has_slice_tracker)
        is_unexpected = slice->tracked_version == 0 || now->generation > slice->tracked_generation;
    else
        is_unexpected = slice->tracked_version != record->version;
    if (now ==
        NULL) { /* the tracker forgets it before its Endpoints are queued, maybe to be synced at once */
        slice->tracked_version = 0;
        slice->is_tracked_deleted = false;
    }
    if (is_unexpected)
        controller_enqueue_after(cluster, CONTROLLER_MIRRORING, slice->service,
                                 cluster->spec->controller_manager.mirroring_batch_ns);
}

/* One slice that should be: the addresses of one subset and family. */
struct wanted {
    struct slice_content *content;
    bool is_ipv6;
};

struct plan {
    struct cluster *cluster;
    struct worker *worker;
    uint32_t service;
    const struct endpoints_content *from;
    struct endpoints_content *repacked; /* what `from` is, if it is not the stored content */
    const struct label_set *labels;
    const struct label_set *annotations;
    struct wanted *wanted;
    uint32_t wanted_count;
    uint32_t *creates; /* of wanted: those that need an object */
    uint32_t create_count;
    uint32_t *deletes; /* slices */
    uint32_t delete_count;
};

static bool is_v6(const struct endpoints_item *item)
{
    return strchr(item->target->ip, ':') != NULL;
}

/* The slice of the family of items [first, next): ready addresses first, `room` at most. NULL: none. */
static struct slice_content *mirror_family(const struct plan *plan, uint32_t first, uint32_t next,
                                           bool is_ipv6)
{
    const struct endpoints_content *from = plan->from;
    uint32_t limit = plan->cluster->spec->controller_manager.mirroring_max;
    uint32_t left = limit == 0 ? SUBSET_MAX : limit;
    struct slice_content *content = service_table_new_content(
        plan->cluster, ID_NONE, left < next - first ? left : next - first);
    uint32_t count = 0;

    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = first; i < next && left > 0; i++) {
            const struct endpoints_item *item = from->items[i];
            if (item->is_ready != (round == 0))
                continue;
            left--; /* addresses of the other family count too */
            if (is_v6(item) != is_ipv6)
                continue;
            content->endpoints[count++] = (struct slice_endpoint){
                .target = item->target,
                .pod_version = item->pod_version,
                .pod = item->pod,
                .is_ready = item->is_ready || !plan->cluster->rules.mirrors_not_ready,
                .is_serving =
                    true, /* unset: readers take serving for true, terminating for false */
                .known = CONDITION_READY,
            };
        }
    }
    service_table_shrink(content, count);
    if (count == 0) {
        service_table_release(plan->cluster, service_table_hold(content));
        return NULL;
    }
    content->ports = port_maps_sliced(plan->cluster, from->items[first]->ports);
    content->manager = SLICE_MIRRORED;
    content->labels = plan->labels;
    content->annotations = plan->annotations;
    return content;
}

static bool lists(const struct slice_content *content, const struct slice_endpoint *endpoint)
{
    for (uint32_t i = 0; i < content->count; i++) {
        if (content->endpoints[i].target == endpoint->target &&
            content->endpoints[i].pod == endpoint->pod)
            return true;
    }
    return false;
}

/* One content of what two subsets with the same ports say. */
static struct slice_content *joined(struct cluster *cluster, struct slice_content *one,
                                    struct slice_content *other)
{
    struct slice_content *both =
        service_table_new_content(cluster, ID_NONE, one->count + other->count);
    uint32_t count = one->count;

    memcpy(both->endpoints, one->endpoints, one->count * sizeof(*one->endpoints));
    for (uint32_t i = 0; i < other->count; i++) {
        if (!lists(one, &other->endpoints[i]))
            both->endpoints[count++] = other->endpoints[i];
    }
    service_table_shrink(both, count);
    both->ports = one->ports;
    both->manager = one->manager;
    both->labels = one->labels;
    both->annotations = one->annotations;
    service_table_release(cluster, service_table_hold(one));
    service_table_release(cluster, service_table_hold(other));
    return both;
}

/* Adds what a subset says of a family, to what one before it with the same ports said. */
static void add_wanted(struct plan *plan, struct slice_content *content, bool is_ipv6)
{
    for (uint32_t i = 0; i < plan->wanted_count; i++) {
        struct wanted *before = &plan->wanted[i];
        if (before->is_ipv6 == is_ipv6 && before->content->ports->key == content->ports->key) {
            before->content = joined(plan->cluster, before->content, content);
            return;
        }
    }
    plan->wanted[plan->wanted_count++] = (struct wanted){content, is_ipv6};
}

static void collect_wanted(struct plan *plan)
{
    const struct endpoints_content *from = plan->from;

    for (uint32_t first = 0, next; from != NULL && first < from->count; first = next) {
        for (next = first;
             next < from->count && from->items[next]->subset == from->items[first]->subset;)
            next++;
        for (uint32_t family = 0; family < IP_FAMILY_COUNT; family++) {
            struct slice_content *content =
                mirror_family(plan, first, next, family == IP_FAMILY_V6);
            if (content != NULL)
                add_wanted(plan, content, family == IP_FAMILY_V6);
        }
    }
}

/* Endpoints in any order. */
static bool has_same_endpoints(const struct slice_content *a, const struct slice_content *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct slice_endpoint *e = &a->endpoints[i];
        uint32_t k = i; /* usually in the same place */
        for (uint32_t step = 0; step < b->count; step++, k = (k + 1) % b->count) {
            if (b->endpoints[k].target == e->target && b->endpoints[k].pod == e->pod)
                break;
        }
        if (b->endpoints[k].target != e->target || b->endpoints[k].pod != e->pod ||
            b->endpoints[k].is_ready != e->is_ready)
            return false;
    }
    return true;
}

static bool is_right(const struct plan *plan, const struct slice_content *stored,
                     const struct slice_content *wanted)
{
    if (!has_same_endpoints(stored, wanted))
        return false;
    return !plan->cluster->rules.mirrors_metadata ||
           (object_labels_equal(stored->labels, wanted->labels) &&
            object_labels_equal(stored->annotations, wanted->annotations));
}

static void plan_content(const struct plan *plan, enum write_op op, uint32_t slice,
                         struct slice_content *content)
{
    struct write *w;

    content->slice = slice;
    w = controller_plan(plan->cluster, CONTROLLER_MIRRORING, plan->worker, op, slice);
    w->group = (uint8_t)plan->worker->write_count;
    w->view.slice = content;
}

/* The first existing slice of the group is kept, rewritten if it is not right; further ones go. */
static void match_existing(struct plan *plan, uint32_t at)
{
    const struct service *s = &plan->cluster->services[plan->service];
    struct wanted *wanted = &plan->wanted[at];
    const uint64_t key = wanted->content->ports->key; /* the content goes with the first match */
    bool has_home = false;

    for (uint32_t i = 0; i < s->slice_count; i++) {
        struct slice *slice = plan->cluster->slices[s->slices[i]];
        if (slice->seen == NULL || slice->seen->manager != SLICE_MIRRORED ||
            slice->is_ipv6 != wanted->is_ipv6 || slice->seen->ports->key != key)
            continue;
        if (has_home) {
            plan->deletes[plan->delete_count++] = s->slices[i];
            continue;
        }
        has_home = true;
        if (is_right(plan, slice->seen, wanted->content))
            service_table_release(plan->cluster, service_table_hold(wanted->content));
        else
            plan_content(plan, OP_UPDATE_SLICE, s->slices[i], wanted->content);
        wanted->content = NULL;
    }
    if (!has_home)
        plan->creates[plan->create_count++] = at;
}

static bool is_wanted_group(const struct plan *plan, const struct slice *slice,
                            const uint64_t *keys)
{
    for (uint32_t i = 0; i < plan->wanted_count; i++) {
        if (keys[i] == slice->seen->ports->key && plan->wanted[i].is_ipv6 == slice->is_ipv6)
            return true;
    }
    return false;
}

/* Slices of groups that are not wanted any more. */
static void collect_deletes(struct plan *plan, const uint64_t *keys)
{
    const struct service *s = &plan->cluster->services[plan->service];

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = plan->cluster->slices[s->slices[i]];
        if (slice->seen != NULL && slice->seen->manager == SLICE_MIRRORED &&
            !is_wanted_group(plan, slice, keys))
            plan->deletes[plan->delete_count++] = s->slices[i];
    }
}

/* A slice to be deleted takes over what one of its family would be created for. */
static void recycle(struct plan *plan)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < plan->delete_count; i++) {
        uint32_t slice = plan->deletes[i];
        uint32_t at = plan->create_count;
        while (at > 0 &&
               plan->wanted[plan->creates[at - 1]].is_ipv6 != plan->cluster->slices[slice]->is_ipv6)
            at--;
        if (at == 0) {
            plan->deletes[kept++] = slice;
            continue;
        }
        plan_content(plan, OP_UPDATE_SLICE, slice, plan->wanted[plan->creates[at - 1]].content);
        plan->creates[at - 1] = plan->creates[--plan->create_count];
    }
    plan->delete_count = kept;
}

static void plan_creates(struct plan *plan)
{
    const struct endpoints_object *object =
        plan->cluster->endpoints[plan->cluster->services[plan->service].endpoints];

    for (uint32_t i = 0; i < plan->create_count; i++) {
        struct wanted *wanted = &plan->wanted[plan->creates[i]];
        uint32_t made = names_new_slice(plan->cluster, plan->service, wanted->is_ipv6);
        plan->cluster->slices[made]->manager = SLICE_MIRRORED;
        plan->cluster->slices[made]->owner_uid = object->uid;
        plan_content(plan, OP_CREATE_SLICE, made, wanted->content);
    }
}

static void plan_deletes(struct plan *plan)
{
    for (uint32_t i = 0; i < plan->delete_count; i++) {
        struct write *w = controller_plan(plan->cluster, CONTROLLER_MIRRORING, plan->worker,
                                          OP_DELETE_SLICE, plan->deletes[i]);
        w->group = (uint8_t)plan->worker->write_count;
    }
}

/* What the plan's slices are to be, against what the informer shows. */
static void reconcile(struct plan *plan)
{
    const struct service *s = &plan->cluster->services[plan->service];
    struct blocks *blocks = &plan->cluster->blocks;
    uint32_t room = 2 * (plan->from == NULL ? 0 : plan->from->count) + 1;
    uint32_t slices = s->slice_count + 1;
    uint64_t *keys = blocks_alloc(blocks, room * sizeof(*keys));

    plan->wanted = blocks_alloc(blocks, room * sizeof(*plan->wanted));
    plan->creates = blocks_alloc(blocks, room * sizeof(*plan->creates));
    plan->deletes = blocks_alloc(blocks, slices * sizeof(*plan->deletes));
    collect_wanted(plan);
    for (uint32_t i = 0; i < plan->wanted_count; i++)
        keys[i] = plan->wanted[i].content->ports->key;
    for (uint32_t i = 0; i < plan->wanted_count; i++)
        match_existing(plan, i);
    collect_deletes(plan, keys);
    recycle(plan);
    plan_creates(plan);
    plan_deletes(plan);
    blocks_free(blocks, plan->deletes, slices * sizeof(*plan->deletes));
    blocks_free(blocks, plan->creates, room * sizeof(*plan->creates));
    blocks_free(blocks, plan->wanted, room * sizeof(*plan->wanted));
    blocks_free(blocks, keys, room * sizeof(*keys));
}

static bool is_stale(const struct cluster *cluster, const struct service *s)
{
    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->manager != SLICE_MIRRORED || slice->tracked_version == 0)
            continue;
        if (slice->is_tracked_deleted
                ? slice->seen != NULL
                : slice->seen == NULL || slice->seen->generation < slice->tracked_generation)
            return true;
    }
    return false;
}

static void forget_service(struct cluster *cluster, const struct service *s)
{
    for (uint32_t i = 0; i < s->slice_count; i++) {
        struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->manager != SLICE_MIRRORED)
            continue;
        slice->tracked_version = 0;
        slice->is_tracked_deleted = false;
    }
}

/* Labels and annotations of all slices that mirror these Endpoints. */
static void set_metadata(struct plan *plan)
{
    struct cluster *cluster = plan->cluster;
    struct label_set *labels = ARENA_NEW(cluster->arena, struct label_set);
    struct label_set *annotations = ARENA_NEW(cluster->arena, struct label_set);

    *labels = object_labels_of_mirror(cluster, cluster->services[plan->service].bare_name,
                                      plan->from->labels);
    if (cluster->rules.mirrors_metadata)
        *annotations = object_labels_mirrored(cluster, plan->from->annotations);
    plan->labels = labels;
    plan->annotations = annotations;
}

/* Subsets are brought to the canonical form first, from the version on that does so. */
static void repack(struct plan *plan)
{
    const struct endpoints_content *from = plan->from;
    size_t bytes = (from->count + 1) * sizeof(struct endpoints_item);
    struct endpoints_item *items;

    if (from->count == 0 || !plan->cluster->rules.repacks_mirrored)
        return;
    items = blocks_alloc(&plan->cluster->blocks, bytes);
    for (uint32_t i = 0; i < from->count; i++)
        items[i] = *from->items[i];
    plan->repacked = endpoint_subsets_repack(plan->cluster, items, from->count);
    plan->from = plan->repacked;
    blocks_free(&plan->cluster->blocks, items, bytes);
}

static bool sync_service(struct cluster *cluster, struct worker *worker, uint64_t *units)
{
    const struct service *s = &cluster->services[worker->key];
    struct plan plan = {.cluster = cluster, .worker = worker, .service = worker->key};

    *units = 0;
    if (s->endpoints == ID_NONE)
        return true;
    plan.from = cluster->endpoints[s->endpoints]->seen;
    if (s->seen == NULL || !should_mirror(plan.from))
        plan.from = NULL;
    if (plan.from != NULL && !s->seen->selector.is_null) {
        if (!cluster->rules.cleans_mirrors)
            return true; /* what was mirrored before it had a selector stays for ever */
        plan.from = NULL;
    }
    if (plan.from == NULL)
        forget_service(cluster, s);
    else if (cluster->rules.has_slice_tracker && is_stale(cluster, s))
        return false;
    if (plan.from != NULL) {
        set_metadata(&plan);
        repack(&plan);
    }
    reconcile(&plan);
    if (plan.repacked != NULL)
        endpoints_store_release(cluster, endpoints_store_hold(plan.repacked));
    return true;
}

static void slice_written(struct cluster *cluster, const struct write *write)
{
    struct slice *slice = cluster->slices[write->object];

    slice->tracked_version = slice->version;
    slice->tracked_generation = slice->generation;
    slice->is_tracked_deleted = write->op == OP_DELETE_SLICE;
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
