/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services, their Endpoints and EndpointSlices: as the API holds them, and as one node's proxy has them in effect. A
 * proxy keeps no Endpoints and nothing of headless or ExternalName services; its Endpoints are what its slices say.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cluster/hints.h"
#include "cluster/model.h"
#include "cluster/names.h"
#include "cluster/node_ports.h"
#include "cluster/object_labels.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"
#include "cluster/snapshot_build.h"

static sim_ns whole_seconds(sim_ns at_ns)
{
    return at_ns / NS_PER_S * NS_PER_S;
}

static struct snapshot_meta meta_of(struct arena *arena, const char *ns, const char *name,
                                    uint64_t hash)
{
    return (struct snapshot_meta){
        .ns = ns, .name = name, .uid = snapshot_uid(arena, hash), .hash = hash};
}

/* --- services --- */

/* The service as the API holds it, or as the node's proxy has it in effect; NULL if it does not. */
static const struct service_spec *spec_of(const struct cluster *cluster, const struct service *s,
                                          uint32_t node)
{
    const struct service_spec *spec;

    if (node == ID_NONE)
        return s->exists ? s->spec : NULL;
    spec = service_views_at(s, cluster->nodes[node].proxy.applied[PROXY_SERVICES]);
    if (spec == NULL || !service_views_is_proxied(spec))
        return NULL;
    return spec;
}

static struct snapshot_service describe_service(struct arena *arena, const struct cluster *cluster,
                                                const struct service *s,
                                                const struct service_spec *spec)
{
    uint16_t *node_ports = ARENA_NEW_ARRAY(arena, spec->port_count, uint16_t);
    struct snapshot_service service = {
        .meta = meta_of(arena, s->ns, s->bare_name, s->hash),
        .spec = spec,
        .cluster_ip =
            spec->type == SERVICE_EXTERNAL_NAME || s->cluster_ip == NULL || s->cluster_ip[0] == '\0'
                ? NULL
                : s->cluster_ip,
    };

    for (uint32_t i = 0; i < spec->port_count; i++)
        node_ports[i] = spec == s->spec ? node_ports_get(s, i) : spec->ports[i].node_port;
    service.node_ports = node_ports;
    service.health_check_port = s->health_check_port;
    service.balancer_ip = node_ports_balancer_ip(arena, cluster, s, cluster->kernel->now_ns);
    service.other_cluster_ip = s->other_cluster_ip;
    service.family_count = s->family_count;
    for (uint32_t i = 0; i < s->family_count; i++)
        service.families[i] = s->families[i];
    service.meta.resource_version = s->resource_version;
    service.meta.uid = snapshot_build_uid(arena, &spec->meta, s->uid);
    service.meta.created_ns = whole_seconds(s->created_ns);
    service.meta.labels = spec->meta.labels;
    service.meta.annotations = spec->meta.annotations;
    return service;
}

const struct snapshot_service *snapshot_services(struct arena *arena, const struct cluster *cluster,
                                                 const struct snapshot_query *query,
                                                 uint32_t *count)
{
    struct snapshot_service *list =
        ARENA_NEW_ARRAY(arena, cluster->service_count, struct snapshot_service);

    *count = 0;
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *s = &cluster->services[i];
        const struct service_spec *spec =
            query->hash != 0 && query->hash == s->hash ? s->spec : spec_of(cluster, s, query->node);

        if (spec == NULL || !snapshot_build_is_wanted(query, s->hash, true) ||
            !snapshot_build_is_named(query, s->ns, s->bare_name))
            continue;
        list[*count] = describe_service(arena, cluster, s, spec);
        *count += snapshot_matches(query, &list[*count].meta);
    }
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}

/* --- addresses and ports --- */

static const struct snapshot_port *ports_of(struct arena *arena, const struct port_map *map,
                                            uint32_t *count)
{
    struct snapshot_port *ports = ARENA_NEW_ARRAY(arena, map->count, struct snapshot_port);

    *count = map->count;
    for (uint32_t i = 0; i < map->count; i++)
        ports[i] = (struct snapshot_port){.name = map->ports[i].name,
                                          .number = map->ports[i].number,
                                          .protocol = (enum protocol)map->ports[i].protocol,
                                          .app_protocol = map->ports[i].app_protocol};
    return ports;
}

static struct snapshot_address address_of_target(struct arena *arena, const struct cluster *cluster,
                                                 uint32_t pod, const struct endpoint_target *target)
{
    const struct pod *p = cluster->pods[pod];
    struct snapshot_address address = {
        .ip = target->ip,
        .hostname = target->hostname,
        .node = target->node_name,
        .zone = target->zone,
        .region = target->region,
    };

    if (!target->has_pod)
        return address;
    address.pod = target->pod_name != NULL ? target->pod_name : p->bare_name;
    address.pod_uid = snapshot_build_uid(arena, &p->spec->meta, p->uid);
    return address;
}

static struct snapshot_address address_of_endpoint(struct arena *arena,
                                                   const struct cluster *cluster,
                                                   const struct slice_endpoint *e)
{
    struct snapshot_address address = address_of_target(arena, cluster, e->pod, e->target);
    const struct hint_set *hints = hints_get(cluster, e->hints);

    if (hints != NULL) {
        address.hint_zones = hints->zones;
        address.hint_zone_count = hints->zone_count;
        address.hint_nodes = hints->nodes;
        address.hint_node_count = hints->node_count;
    }
    address.pod_version = e->pod_version;
    address.known = e->known;
    address.is_ready = e->is_ready;
    address.is_serving = e->is_serving;
    address.is_terminating = e->is_terminating;
    return address;
}

/* --- slices --- */

/* Who owns a slice that a controller has made. */
static void own_slice(struct arena *arena, const struct cluster *cluster, const struct slice *slice,
                      struct snapshot_meta *meta)
{
    const struct service *s = &cluster->services[slice->service];

    meta->generate_name = arena_printf(arena, "%s-", s->bare_name);
    meta->owner_kind = slice->manager == SLICE_MIRRORED ? "Endpoints" : "Service";
    meta->owner_name = s->bare_name;
    meta->owner_uid = slice->manager == SLICE_MANAGED && s->exists && s->uid == slice->owner_uid
                          ? snapshot_build_uid(arena, &s->spec->meta, slice->owner_uid)
                          : snapshot_uid(arena, slice->owner_uid);
}

static void time_trigger(struct snapshot_meta *meta, sim_ns trigger_ns)
{
    meta->has_trigger = trigger_ns != NS_NEVER;
    meta->trigger_ns = meta->has_trigger ? trigger_ns : 0;
}

struct snapshot_slice snapshot_build_slice(struct arena *arena, const struct cluster *cluster,
                                           const struct slice *slice,
                                           const struct slice_content *content)
{
    struct snapshot_address *addresses =
        ARENA_NEW_ARRAY(arena, content != NULL ? content->count : 0, struct snapshot_address);
    struct snapshot_slice result = {.meta = meta_of(arena, slice->ns, slice->name, slice->hash),
                                    .addresses = addresses,
                                    .address_count = content != NULL ? content->count : 0,
                                    .is_ipv6 = slice->is_ipv6};
    struct snapshot_meta *meta = &result.meta;

    meta->created_ns = slice->created_ns;
    if (slice->uid != NULL)
        meta->uid = slice->uid;
    if (slice->manager != SLICE_BY_HAND)
        own_slice(arena, cluster, slice, meta);
    if (content == NULL)
        return result;
    meta->resource_version = content->resource_version;
    if (content->labels != NULL)
        meta->labels = *content->labels;
    if (content->annotations != NULL)
        meta->annotations = *content->annotations;
    result.service = labels_get(&meta->labels, LABEL_SERVICE_NAME);
    time_trigger(meta, content->trigger_ns);
    if (content->ports != NULL)
        result.ports = ports_of(arena, content->ports, &result.port_count);
    for (uint32_t i = 0; i < content->count; i++)
        addresses[i] = address_of_endpoint(arena, cluster, &content->endpoints[i]);
    return result;
}

/* A service's slices on a node whose proxy has applied the log up to some position; some may be NULL. */
static const struct service_state *state_on_node(const struct cluster *cluster,
                                                 const struct service *s, uint32_t node)
{
    const struct service_state *state = s->newest;

    while (state != NULL && state->position > cluster->nodes[node].proxy.applied[PROXY_SLICES])
        state = state->older;
    return state;
}

static uint32_t slice_count(const struct cluster *cluster, const struct service *s,
                            const struct service_state *state)
{
    return state == NULL ? 0 : service_table_slice_count(cluster, s, state);
}

struct slice_list {
    struct snapshot_slice *items;
    uint32_t count;
    uint32_t capacity;
};

static void add_slice(struct arena *arena, const struct cluster *cluster,
                      const struct snapshot_query *query, const struct slice_content *content,
                      struct slice_list *list)
{
    const struct slice *slice = cluster->slices[content->slice];

    if (!snapshot_build_is_wanted(query, slice->hash, true) ||
        !snapshot_build_is_named(query, slice->ns, slice->name))
        return;
    ARENA_GROW(arena, list->items, &list->capacity, list->count + 1);
    list->items[list->count] = snapshot_build_slice(arena, cluster, slice, content);
    list->count += snapshot_matches(query, &list->items[list->count].meta);
}

const struct snapshot_slice *snapshot_slices(struct arena *arena, const struct cluster *cluster,
                                             const struct snapshot_query *query, uint32_t *count)
{
    struct slice_list list = {.count = 0};

    for (uint32_t i = 0; query->node == ID_NONE && i < cluster->slice_count; i++) {
        if (cluster->slices[i]->stored != NULL)
            add_slice(arena, cluster, query, cluster->slices[i]->stored, &list);
    }
    for (uint32_t i = 0; query->node != ID_NONE && !cluster->rules.proxies_read_endpoints &&
                         i < cluster->service_count;
         i++) {
        const struct service *s = &cluster->services[i];
        const struct service_state *state = spec_of(cluster, s, query->node) == NULL
                                                ? NULL
                                                : state_on_node(cluster, s, query->node);

        for (uint32_t k = 0; k < slice_count(cluster, s, state); k++) {
            const struct slice_content *content = service_table_slice(cluster, s, state, k);
            if (content != NULL)
                add_slice(arena, cluster, query, content, &list);
        }
    }
    *count = list.count;
    snapshot_build_sort(list.items, list.count, sizeof *list.items);
    return list.items;
}

/* --- endpoints --- */

/* Endpoints as they are put together. */
struct part {
    const struct port_map *ports;
    struct snapshot_address *addresses;
    uint32_t count;
    uint32_t ready_count;
    uint32_t capacity;
    uint16_t subset;
};

struct endpoints_build {
    struct arena *arena;
    struct part *parts; /* a subset each */
    bool is_sorted;     /* addresses by their strings */
    uint32_t count;
    uint32_t capacity;
};

static struct part *part_with(struct endpoints_build *build, const struct port_map *ports,
                              uint16_t subset)
{
    for (uint32_t i = 0; i < build->count; i++) {
        if (build->parts[i].ports == ports && build->parts[i].subset == subset)
            return &build->parts[i];
    }
    ARENA_GROW(build->arena, build->parts, &build->capacity, build->count + 1);
    build->parts[build->count].ports = ports;
    build->parts[build->count].subset = subset;
    return &build->parts[build->count++];
}

static void add_address(struct endpoints_build *build, const struct port_map *ports,
                        uint16_t subset, const struct snapshot_address *address)
{
    struct part *part = part_with(build, ports, subset);

    ARENA_GROW(build->arena, part->addresses, &part->capacity, part->count + 1);
    part->addresses[part->count++] = *address;
    part->ready_count += address->is_ready;
}

static int compare_addresses(const void *a, const void *b)
{
    const struct snapshot_address *one = a;
    const struct snapshot_address *other = b;

    return strcmp(one->ip, other->ip);
}

/* Ready ones first, each kind in the order that it has. */
static void put_ready_first(const struct endpoints_build *build, struct part *part)
{
    struct snapshot_address *ordered =
        ARENA_NEW_ARRAY(build->arena, part->count, struct snapshot_address);
    uint32_t next[2] = {part->ready_count, 0}; /* of those not ready, of the ready ones */

    for (uint32_t i = 0; i < part->count; i++)
        ordered[next[part->addresses[i].is_ready]++] = part->addresses[i];
    part->addresses = ordered;
}

static void finish(const struct endpoints_build *build, struct snapshot_endpoints *endpoints)
{
    struct snapshot_subset *subsets =
        ARENA_NEW_ARRAY(build->arena, build->count, struct snapshot_subset);

    for (uint32_t i = 0; i < build->count; i++) {
        struct part *part = &build->parts[i];

        if (build->is_sorted)
            qsort(part->addresses, part->count, sizeof *part->addresses, compare_addresses);
        put_ready_first(build, part);
        subsets[i].addresses = part->addresses;
        subsets[i].count = part->count;
        subsets[i].ready_count = part->ready_count;
        subsets[i].ports = ports_of(build->arena, part->ports, &subsets[i].port_count);
    }
    endpoints->subsets = subsets;
    endpoints->subset_count = build->count;
}

static void add_items(struct endpoints_build *build, const struct cluster *cluster,
                      const struct endpoints_content *content)
{
    for (uint32_t i = 0; i < content->count; i++) {
        const struct endpoints_item *item = content->items[i];
        struct snapshot_address address =
            address_of_target(build->arena, cluster, item->pod, item->target);

        address.pod_version = item->pod_version;
        address.is_ready = item->is_ready;
        add_address(build, item->ports, item->subset, &address);
    }
}

/* As the API holds it. */
struct snapshot_endpoints snapshot_build_endpoints(struct arena *arena,
                                                   const struct cluster *cluster,
                                                   const struct endpoints_object *object)
{
    struct endpoints_build build = {.arena = arena};
    struct snapshot_endpoints result = {
        .meta = meta_of(arena, object->ns, object->bare_name, object->uid)};
    struct snapshot_meta *meta = &result.meta;
    const struct endpoints_content *content = object->stored;

    meta->hash = object->hash;
    meta->created_ns = whole_seconds(object->created_ns);
    if (content == NULL)
        return result;
    meta->resource_version = content->resource_version;
    if (content->labels != NULL)
        meta->labels = *content->labels;
    if (content->annotations != NULL)
        meta->annotations = *content->annotations;
    if (content->capacity_note != CAPACITY_FINE)
        meta->annotations =
            labels_with(arena, &meta->annotations, ANNOTATION_CAPACITY,
                        content->capacity_note == CAPACITY_WARNING ? "warning" : "truncated");
    time_trigger(meta, content->trigger_ns);
    add_items(&build, cluster, content);
    finish(&build, &result);
    return result;
}

/* As a node's proxy has it, from its slices; what is being deleted is in no Endpoints. */
static struct snapshot_endpoints believed_endpoints(struct arena *arena,
                                                    const struct cluster *cluster,
                                                    const struct service *s, uint32_t node)
{
    struct endpoints_build build = {.arena = arena, .is_sorted = true};
    struct snapshot_endpoints result = {
        .meta = meta_of(arena, s->ns, s->bare_name, names_hash("endpoints", s->ns, s->bare_name))};
    const struct service_state *state = state_on_node(cluster, s, node);

    result.meta.created_ns = whole_seconds(
        s->endpoints == ID_NONE ? s->created_ns : cluster->endpoints[s->endpoints]->created_ns);
    result.meta.labels = s->spec->meta.labels;
    for (uint32_t i = 0; i < slice_count(cluster, s, state); i++) {
        const struct slice_content *content = service_table_slice(cluster, s, state, i);

        for (uint32_t k = 0; content != NULL && k < content->count; k++) {
            const struct slice_endpoint *e = &content->endpoints[k];
            const struct snapshot_address address = address_of_endpoint(arena, cluster, e);

            if (content->ports != NULL && (!e->is_terminating || e->is_ready))
                add_address(&build, content->ports, 0, &address);
        }
        if (content != NULL && content->resource_version > result.meta.resource_version)
            result.meta.resource_version = content->resource_version;
    }
    finish(&build, &result);
    return result;
}

/* Every service that the proxy has, with or without endpoints. */
static uint32_t list_believed(struct arena *arena, const struct cluster *cluster,
                              const struct snapshot_query *query, struct snapshot_endpoints *list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *s = &cluster->services[i];

        if (spec_of(cluster, s, query->node) == NULL ||
            !snapshot_build_is_named(query, s->ns, s->bare_name))
            continue;
        list[count] = believed_endpoints(arena, cluster, s, query->node);
        count += snapshot_matches(query, &list[count].meta);
    }
    return count;
}

const struct snapshot_endpoints *snapshot_endpoints(struct arena *arena,
                                                    const struct cluster *cluster,
                                                    const struct snapshot_query *query,
                                                    uint32_t *count)
{
    const bool is_believed = query->node != ID_NONE;
    struct snapshot_endpoints *list =
        ARENA_NEW_ARRAY(arena, is_believed ? cluster->service_count : cluster->endpoints_count,
                        struct snapshot_endpoints);

    *count = is_believed ? list_believed(arena, cluster, query, list) : 0;
    for (uint32_t i = 0; !is_believed && i < cluster->endpoints_count; i++) {
        const struct endpoints_object *object = cluster->endpoints[i];

        if (!snapshot_build_is_wanted(query, object->hash, object->stored != NULL) ||
            !snapshot_build_is_named(query, object->ns, object->bare_name))
            continue;
        list[*count] = snapshot_build_endpoints(arena, cluster, object);
        *count += snapshot_matches(query, &list[*count].meta);
    }
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}
