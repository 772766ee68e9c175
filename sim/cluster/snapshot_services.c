/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services, their Endpoints and EndpointSlices: as the API holds them, and as one node's proxy has them in effect. A
 * proxy keeps no Endpoints and nothing of headless or ExternalName services; its Endpoints are what its slices say.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cluster/model.h"
#include "cluster/names.h"
#include "cluster/service_views.h"
#include "cluster/snapshot_build.h"

#define MANAGED_ENDPOINTS_MINOR 33U /* endpoints.kubernetes.io/managed-by */

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

static struct snapshot_service describe_service(struct arena *arena, const struct service *s,
                                                const struct service_spec *spec)
{
    struct snapshot_service service = {
        .meta = meta_of(arena, s->ns, s->bare_name, s->hash),
        .spec = spec,
        .cluster_ip =
            spec->type == SERVICE_EXTERNAL_NAME || s->cluster_ip == NULL || s->cluster_ip[0] == '\0'
                ? NULL
                : s->cluster_ip,
    };

    service.meta.resource_version = s->resource_version;
    service.meta.uid = snapshot_build_uid(arena, &spec->meta, s->hash);
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
        list[*count] = describe_service(arena, s, spec);
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
                                          .protocol = (enum protocol)map->ports[i].protocol};
    return ports;
}

static struct snapshot_address address_of_pod(struct arena *arena, const struct cluster *cluster,
                                              uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];
    struct snapshot_address address = {.ip = p->ip_text};

    if (p->kubelet_state == KUBELET_EXTERNAL)
        return address;
    address.pod = p->bare_name;
    address.pod_uid = snapshot_build_uid(arena, &p->spec->meta, p->uid);
    address.hostname = p->spec->hostname;
    if (p->stored.node != ID_NONE) {
        address.node = cluster->nodes[p->stored.node].name;
        address.zone = cluster->nodes[p->stored.node].spec->zone;
    }
    return address;
}

/* What was written by hand says of an address no more than its manifest. */
static void keep_to_manifest(struct snapshot_address *address, const struct subset_spec *subset)
{
    const struct address_spec *found = NULL;

    for (uint32_t i = 0; found == NULL && i < subset->address_count; i++) {
        if (strcmp(subset->addresses[i].ip, address->ip) == 0)
            found = &subset->addresses[i];
    }
    address->zone = NULL;
    if (found == NULL || found->target_pod == NULL)
        address->pod = NULL;
    address->hostname = found == NULL ? NULL : found->hostname;
    address->node = found == NULL ? NULL : found->node_name;
}

static struct snapshot_address address_of_endpoint(struct arena *arena,
                                                   const struct cluster *cluster,
                                                   const struct slice *slice,
                                                   const struct slice_endpoint *e)
{
    struct snapshot_address address = address_of_pod(arena, cluster, e->pod);

    if (slice->spec != NULL)
        keep_to_manifest(&address, &slice->spec->content);
    address.is_ready = e->is_ready;
    address.is_serving = e->is_serving;
    address.is_terminating = e->is_terminating;
    return address;
}

/* --- slices --- */

static void label(struct arena *arena, struct snapshot_meta *meta, const char *key,
                  const char *value)
{
    meta->labels = labels_with(arena, &meta->labels, key, value);
}

static void label_headless(struct arena *arena, struct snapshot_meta *meta, const struct service *s)
{
    if (service_views_is_headless(s->spec))
        label(arena, meta, "service.kubernetes.io/headless", "");
}

/* What its controller writes on a slice: the labels of the service, or of the Endpoints that it mirrors. */
static void label_slice(struct arena *arena, const struct cluster *cluster,
                        const struct slice *slice, struct snapshot_meta *meta)
{
    const struct service *s = &cluster->services[slice->service];
    const bool is_mirrored = slice->manager == SLICE_MIRRORED;
    const struct endpoints_object *mirrored =
        is_mirrored && s->endpoints != ID_NONE ? cluster->endpoints[s->endpoints] : NULL;

    meta->generate_name = arena_printf(arena, "%s-", s->bare_name);
    meta->owner_kind = is_mirrored ? "Endpoints" : "Service";
    meta->owner_name = s->bare_name;
    meta->owner_uid = snapshot_uid(arena, mirrored != NULL ? mirrored->hash : s->hash);
    if (!is_mirrored)
        meta->labels = s->spec->meta.labels;
    else if (mirrored != NULL && mirrored->spec != NULL)
        meta->labels = mirrored->spec->meta.labels;
    label(arena, meta, "endpointslice.kubernetes.io/managed-by",
          is_mirrored ? "endpointslicemirroring-controller.k8s.io"
                      : "endpointslice-controller.k8s.io");
    label(arena, meta, "kubernetes.io/service-name", s->bare_name);
    label_headless(arena, meta, s);
}

/* The name of the service that a slice is for, NULL: none. */
static const char *service_of(const struct cluster *cluster, const struct slice *slice)
{
    if (slice->spec != NULL)
        return slice->spec->service;
    return slice->service == ID_NONE ? NULL : cluster->services[slice->service].bare_name;
}

static const char *namespace_of(const struct cluster *cluster, const struct slice *slice)
{
    return slice->spec != NULL ? slice->spec->meta.ns : cluster->services[slice->service].ns;
}

struct snapshot_slice snapshot_build_slice(struct arena *arena, const struct cluster *cluster,
                                           const struct slice *slice,
                                           const struct slice_content *content)
{
    struct snapshot_address *addresses =
        ARENA_NEW_ARRAY(arena, content != NULL ? content->count : 0, struct snapshot_address);
    struct snapshot_slice result = {
        .meta = meta_of(arena, namespace_of(cluster, slice), slice->name, slice->hash),
        .service = service_of(cluster, slice),
        .addresses = addresses,
        .address_count = content != NULL ? content->count : 0};
    struct snapshot_meta *meta = &result.meta;

    meta->created_ns = slice->created_ns;
    if (slice->spec == NULL) {
        label_slice(arena, cluster, slice, meta);
    } else {
        meta->labels = slice->spec->meta.labels;
        meta->annotations = slice->spec->meta.annotations;
        if (slice->spec->meta.has_creation)
            meta->created_ns = slice->spec->meta.created_ns;
        if (result.service != NULL)
            label(arena, meta, "kubernetes.io/service-name", result.service);
    }
    if (content == NULL)
        return result;
    meta->resource_version = content->resource_version;
    if (content->ports != NULL)
        result.ports = ports_of(arena, content->ports, &result.port_count);
    for (uint32_t i = 0; i < content->count; i++)
        addresses[i] = address_of_endpoint(arena, cluster, slice, &content->endpoints[i]);
    result.is_ipv6 = content->count > 0 && strchr(addresses[0].ip, ':') != NULL;
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
        !snapshot_build_is_named(query, namespace_of(cluster, slice), slice->name))
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

        for (uint32_t k = 0; state != NULL && k < state->slice_count; k++) {
            if (state->slices[k] != NULL)
                add_slice(arena, cluster, query, state->slices[k], &list);
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
};

struct endpoints_build {
    struct arena *arena;
    struct part *parts; /* a subset each */
    uint32_t count;
    uint32_t capacity;
};

static struct part *part_with(struct endpoints_build *build, const struct port_map *ports)
{
    for (uint32_t i = 0; i < build->count; i++) {
        if (build->parts[i].ports == ports)
            return &build->parts[i];
    }
    ARENA_GROW(build->arena, build->parts, &build->capacity, build->count + 1);
    build->parts[build->count].ports = ports;
    return &build->parts[build->count++];
}

static void add_address(struct endpoints_build *build, const struct port_map *ports,
                        const struct snapshot_address *address)
{
    struct part *part = part_with(build, ports);

    ARENA_GROW(build->arena, part->addresses, &part->capacity, part->count + 1);
    part->addresses[part->count++] = *address;
    part->ready_count += address->is_ready;
}

static int compare_addresses(const void *a, const void *b)
{
    const struct snapshot_address *one = a;
    const struct snapshot_address *other = b;

    if (one->is_ready != other->is_ready)
        return one->is_ready ? -1 : 1;
    return strcmp(one->ip, other->ip);
}

static void finish(const struct endpoints_build *build, struct snapshot_endpoints *endpoints)
{
    struct snapshot_subset *subsets =
        ARENA_NEW_ARRAY(build->arena, build->count, struct snapshot_subset);

    for (uint32_t i = 0; i < build->count; i++) {
        const struct part *part = &build->parts[i];

        qsort(part->addresses, part->count, sizeof *part->addresses, compare_addresses);
        subsets[i].addresses = part->addresses;
        subsets[i].count = part->count;
        subsets[i].ready_count = part->ready_count;
        subsets[i].ports = ports_of(build->arena, part->ports, &subsets[i].port_count);
    }
    endpoints->subsets = subsets;
    endpoints->subset_count = build->count;
}

/* The manifest's subset that has the address, NULL if there is none. */
static const struct subset_spec *subset_of(const struct endpoints_spec *spec, const char *ip)
{
    for (uint32_t s = 0; s < spec->subset_count; s++) {
        for (uint32_t i = 0; i < spec->subsets[s].address_count; i++) {
            if (strcmp(spec->subsets[s].addresses[i].ip, ip) == 0)
                return &spec->subsets[s];
        }
    }
    return NULL;
}

static void add_items(struct endpoints_build *build, const struct cluster *cluster,
                      const struct endpoints_object *object)
{
    for (uint32_t i = 0; object->stored != NULL && i < object->stored->count; i++) {
        const struct endpoints_item *item = &object->stored->items[i];
        struct snapshot_address address = address_of_pod(build->arena, cluster, item->pod);
        const struct subset_spec *subset =
            object->spec == NULL ? NULL : subset_of(object->spec, address.ip);

        if (subset != NULL)
            keep_to_manifest(&address, subset);
        address.is_ready = item->is_ready;
        add_address(build, item->ports, &address);
    }
}

/* As the API holds it. */
struct snapshot_endpoints snapshot_build_endpoints(struct arena *arena,
                                                   const struct cluster *cluster,
                                                   const struct endpoints_object *object)
{
    struct endpoints_build build = {.arena = arena};
    struct snapshot_endpoints result = {
        .meta = meta_of(arena, object->ns, object->bare_name, object->hash)};
    struct snapshot_meta *meta = &result.meta;
    const struct service *s =
        object->service == ID_NONE ? NULL : &cluster->services[object->service];

    meta->created_ns = whole_seconds(object->created_ns);
    if (object->stored != NULL)
        meta->resource_version = object->stored->resource_version;
    if (object->spec != NULL) {
        meta->labels = object->spec->meta.labels;
        meta->annotations = object->spec->meta.annotations;
        if (object->spec->meta.has_creation)
            meta->created_ns = object->spec->meta.created_ns;
    } else if (s != NULL) {
        meta->labels = s->spec->meta.labels;
        if (cluster->spec->version_minor >= MANAGED_ENDPOINTS_MINOR)
            label(arena, meta, "endpoints.kubernetes.io/managed-by", "endpoint-controller");
        label_headless(arena, meta, s);
    }
    if (object->stored != NULL && object->stored->is_truncated)
        meta->annotations = labels_with(arena, &meta->annotations,
                                        "endpoints.kubernetes.io/over-capacity", "truncated");
    add_items(&build, cluster, object);
    finish(&build, &result);
    return result;
}

/* As a node's proxy has it, from its slices; what is being deleted is in no Endpoints. */
static struct snapshot_endpoints believed_endpoints(struct arena *arena,
                                                    const struct cluster *cluster,
                                                    const struct service *s, uint32_t node)
{
    struct endpoints_build build = {.arena = arena};
    struct snapshot_endpoints result = {
        .meta = meta_of(arena, s->ns, s->bare_name, names_hash("endpoints", s->ns, s->bare_name))};
    const struct service_state *state = state_on_node(cluster, s, node);

    result.meta.created_ns = whole_seconds(
        s->endpoints == ID_NONE ? s->created_ns : cluster->endpoints[s->endpoints]->created_ns);
    result.meta.labels = s->spec->meta.labels;
    for (uint32_t i = 0; state != NULL && i < state->slice_count; i++) {
        const struct slice_content *content = state->slices[i];

        for (uint32_t k = 0; content != NULL && k < content->count; k++) {
            const struct slice_endpoint *e = &content->endpoints[k];
            const struct snapshot_address address =
                address_of_endpoint(arena, cluster, cluster->slices[content->slice], e);

            if (content->ports != NULL && (!e->is_terminating || e->is_ready))
                add_address(&build, content->ports, &address);
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
