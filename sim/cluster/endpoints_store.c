/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/endpoints_store.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/api_log.h"
#include "cluster/api_server.h"
#include "cluster/dns.h"
#include "cluster/endpoint_items.h"
#include "cluster/endpoint_targets.h"
#include "cluster/names.h"
#include "cluster/object_labels.h"
#include "cluster/port_maps.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"
#include "cluster/watch_bytes.h"

uint32_t endpoints_store_obtain(struct cluster *cluster, const char *ns, const char *name)
{
    const uint32_t service = service_views_obtain(cluster, ns, name);
    struct endpoints_object *object;

    if (cluster->services[service].endpoints != ID_NONE)
        return cluster->services[service].endpoints;
    ARENA_GROW(cluster->arena, cluster->endpoints, &cluster->endpoints_capacity,
               cluster->endpoints_count + 1);
    object = ARENA_NEW(cluster->arena, struct endpoints_object);
    object->ns = ns;
    object->bare_name = name;
    object->name = names_display(cluster->arena, ns, name);
    object->hash = names_hash("endpoints", ns, name);
    object->service = service;
    cluster->services[service].endpoints = cluster->endpoints_count;
    cluster->endpoints[cluster->endpoints_count] = object;
    return cluster->endpoints_count++;
}

static size_t content_bytes(uint32_t count)
{
    return sizeof(struct endpoints_content) + count * sizeof(struct endpoints_item *);
}

struct endpoints_content *endpoints_store_new_content(struct cluster *cluster, uint32_t count)
{
    struct endpoints_content *content = blocks_alloc_raw(&cluster->blocks, content_bytes(count));

    memset(content, 0, sizeof(*content)); /* the caller fills in the items */
    content->count = count;
    content->capacity = count;
    content->trigger_ns = NS_NEVER;
    return content;
}

struct endpoints_content *endpoints_store_hold(struct endpoints_content *content)
{
    if (content != NULL)
        content->reference_count++;
    return content;
}

void endpoints_store_release(struct cluster *cluster, struct endpoints_content *content)
{
    if (content == NULL)
        return;
    EP_REQUIRE(content->reference_count > 0);
    if (--content->reference_count == 0)
        blocks_free(&cluster->blocks, content, content_bytes(content->capacity));
}

bool endpoints_store_same_subsets(const struct endpoints_content *a,
                                  const struct endpoints_content *b, bool with_version)
{
    if (a->count != b->count || (a->is_summed && b->is_summed && a->item_hash != b->item_hash))
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        i += endpoint_items_common(&a->items[i], &b->items[i], a->count - i);
        if (i < a->count && !endpoint_items_equal(a->items[i], b->items[i], with_version))
            return false;
    }
    return true;
}

bool endpoints_store_equal(const struct endpoints_content *a, const struct endpoints_content *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->trigger_ns == b->trigger_ns && a->capacity_note == b->capacity_note &&
           object_labels_equal(a->labels, b->labels) &&
           object_labels_equal(a->annotations, b->annotations) &&
           endpoints_store_same_subsets(a, b, true);
}

/* Proxies read Endpoints: its changes are theirs. */
static void tell_proxies(struct cluster *cluster, uint32_t endpoints, uint64_t position,
                         const struct endpoints_stamp *stamp)
{
    struct resource_log *log = &cluster->logs[RESOURCE_ENDPOINTS];
    uint32_t service = cluster->endpoints[endpoints]->service;
    uint32_t first = cluster->change_count;

    if (stamp->sync_step == UINT64_MAX)
        accounts_service_delivered(cluster, service); /* by hand: nobody stands between */
    service_table_store_endpoints(cluster, endpoints, stamp->sync_ns, stamp->sync_step,
                                  stamp->write_ns);
    api_server_record(log, position)->first_change = first;
    api_server_record(log, position)->change_count = cluster->change_count - first;
}

void endpoints_store_put(struct cluster *cluster, uint32_t endpoints,
                         struct endpoints_content *content, const struct endpoints_stamp *stamp)
{
    struct endpoints_object *object = cluster->endpoints[endpoints];
    struct endpoints_content *before = object->stored;
    struct log_record *record;

    if (before == NULL) {
        object->created_ns = cluster->is_started ? cluster->kernel->now_ns : -NS_PER_HOUR;
        object->uid = object->create_count == 0 ? object->hash
                                                : hash_combine(object->hash, object->create_count);
        object->create_count++;
    }
    object->version++;
    object->stored = endpoints_store_hold(content);
    cluster->resource_version++;
    if (content != NULL) {
        content->resource_version = cluster->resource_version;
        watch_bytes_set_endpoints(cluster, endpoints, content, before);
    }
    record = api_log_append(cluster, RESOURCE_ENDPOINTS, endpoints, object->version);
    record->view.endpoints = endpoints_store_hold(content);
    record->is_for_nodes = api_log_is_for_nodes(cluster, object->service);
    record->bytes = content != NULL ? content->bytes : (before != NULL ? before->bytes : 0);
    if (cluster->rules.proxies_read_endpoints)
        tell_proxies(cluster, endpoints, cluster->logs[RESOURCE_ENDPOINTS].next - 1, stamp);
    api_log_tell_endpoints(cluster, endpoints, before);
    accounts_endpoints_stored(cluster, object->service, stamp->sync_step);
    endpoints_store_release(cluster, before);
    api_log_wake_readers(cluster, RESOURCE_ENDPOINTS);
}

/* The pod that a targetRef names, else the address as an entry of its own. */
uint32_t endpoints_store_address(struct cluster *cluster, const char *ns,
                                 const struct address_spec *address)
{
    for (uint32_t i = cluster->pod_count; address->target_pod != NULL && i-- > 0;) {
        if (strcmp(cluster->pods[i]->ns, ns) == 0 && /* the last of that name */
            strcmp(cluster->pods[i]->bare_name, address->target_pod) == 0)
            return i;
    }
    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        const struct pod *p = cluster->pods[i];
        if (p->stored.exists && p->ip_text != NULL && strcmp(p->ip_text, address->ip) == 0)
            return i;
    }
    return dns_obtain_address(cluster, address->ip, -1);
}

/* As written: the API server does not put hand-written subsets into canonical form. */
static struct endpoints_content *content_of_spec(struct cluster *cluster,
                                                 const struct endpoints_spec *spec)
{
    struct endpoints_content *content;
    uint32_t room = 0;
    uint32_t count = 0;

    for (uint32_t s = 0; s < spec->subset_count; s++)
        room += spec->subsets[s].address_count;
    content = endpoints_store_new_content(cluster, room);
    for (uint32_t s = 0; s < spec->subset_count; s++) {
        const struct subset_spec *subset = &spec->subsets[s];
        for (uint32_t i = 0; i < subset->address_count; i++) {
            uint32_t pod = endpoints_store_address(cluster, spec->meta.ns, &subset->addresses[i]);
            const struct endpoints_item item = {
                .target = endpoint_targets_by_hand(cluster, pod, &subset->addresses[i]),
                .pod = pod,
                .subset = (uint16_t)s,
                .is_ready = subset->addresses[i].is_ready,
                .ports = port_maps_of_subset(cluster, subset),
            };
            content->items[count++] = endpoint_items_intern(cluster, &item);
        }
    }
    return content;
}

/* Labels and annotations of the manifest; the two that the controller writes are fields of the content. */
static void set_metadata(struct cluster *cluster, struct endpoints_content *content,
                         const struct endpoints_spec *spec)
{
    const char *note = labels_get(&spec->meta.annotations, ANNOTATION_CAPACITY);
    struct label_set *annotations = ARENA_NEW(cluster->arena, struct label_set);

    *annotations = labels_with(cluster->arena, &spec->meta.annotations, ANNOTATION_CAPACITY, NULL);
    content->labels = &spec->meta.labels;
    content->annotations = annotations;
    if (note != NULL)
        content->capacity_note =
            strcmp(note, "truncated") == 0 ? CAPACITY_TRUNCATED : CAPACITY_WARNING;
}

void endpoints_store_apply(struct cluster *cluster, uint32_t endpoints,
                           const struct endpoints_spec *spec, enum cause cause)
{
    struct endpoints_object *object = cluster->endpoints[endpoints];
    struct endpoints_content *content = spec == NULL ? NULL : content_of_spec(cluster, spec);
    bool is_new = object->stored == NULL;

    if (spec != NULL)
        set_metadata(cluster, content, spec);
    if (endpoints_store_equal(content, object->stored)) {
        if (content != NULL)
            endpoints_store_release(cluster, endpoints_store_hold(content));
        return; /* the API server drops a write that changes nothing */
    }
    accounts_endpoints_edited(cluster, object->service, object->stored, content, cause);
    endpoints_store_put(
        cluster, endpoints, content,
        &(struct endpoints_stamp){cluster->kernel->now_ns, UINT64_MAX, cluster->kernel->now_ns});
    if (is_new && spec != NULL && spec->meta.has_creation)
        object->created_ns = spec->meta.created_ns;
}
