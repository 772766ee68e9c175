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
#include "cluster/snapshot_build.h"

#define API_SERVICE_IP "10.96.0.1"
#define API_SERVER_IP "192.168.99.103"
#define API_SERVER_PORT 8443
#define MANAGED_ENDPOINTS_MINOR 33U /* endpoints.kubernetes.io/managed-by */

/* --- the API server's own service --- */

static const struct label api_labels[] = {{"component", "apiserver"}, {"provider", "kubernetes"}};
static const struct service_port api_service_ports[] = {
    {.name = "https", .port = 443, .target = {.number = API_SERVER_PORT}}};
static const struct service_spec api_service_spec = {
    .meta = {.name = "kubernetes",
             .ns = "default",
             .labels = {.items = api_labels, .count = 2},
             .created_ns = -NS_PER_HOUR},
    .cluster_ip = API_SERVICE_IP,
    .selector = {.is_null = true},
    .ports = api_service_ports,
    .port_count = 1,
};
static const struct snapshot_port api_ports[] = {{.name = "https", .number = API_SERVER_PORT}};
static const struct snapshot_address api_addresses[] = {
    {.ip = API_SERVER_IP, .is_ready = true, .is_serving = true}};
static const struct snapshot_subset api_subset = {
    .addresses = api_addresses, .count = 1, .ready_count = 1, .ports = api_ports, .port_count = 1};

static bool has_own_kubernetes(const struct cluster *cluster)
{
    return cluster_find_service(cluster, "default", "kubernetes") != ID_NONE;
}

static struct snapshot_meta api_meta(struct arena *arena, const char *kind)
{
    const uint64_t hash = names_hash(kind, "default", "kubernetes");

    return (struct snapshot_meta){.ns = "default",
                                  .name = "kubernetes",
                                  .uid = snapshot_uid(arena, hash),
                                  .hash = hash,
                                  .resource_version = 200,
                                  .created_ns = -NS_PER_HOUR,
                                  .labels = {.items = api_labels, .count = 2}};
}

/* --- services --- */

static sim_ns service_creation_ns(const struct cluster *cluster, const struct service *s)
{
    if (s->spec->meta.has_creation)
        return s->spec->meta.created_ns;
    return cluster->spec->is_cold_start ? 0 : -NS_PER_HOUR;
}

static bool is_headless(const struct service_spec *spec)
{
    return spec->cluster_ip != NULL && strcmp(spec->cluster_ip, "None") == 0;
}

/* Does the node's proxy, or the API, have this service? */
static bool is_there(const struct cluster *cluster, const struct service *s,
                     const struct snapshot_query *query)
{
    if (query->node == ID_NONE)
        return snapshot_build_is_wanted(query, s->hash, s->position != UINT64_MAX);
    return s->position <= cluster->nodes[query->node].proxy.applied[PROXY_SERVICES] &&
           s->spec->type != SERVICE_EXTERNAL_NAME && !is_headless(s->spec);
}

static struct snapshot_meta service_meta(struct arena *arena, const struct cluster *cluster,
                                         const struct service *s, uint64_t hash)
{
    const struct object_meta *meta = &s->spec->meta;

    return (struct snapshot_meta){.ns = meta->ns,
                                  .name = meta->name,
                                  .uid = snapshot_uid(arena, hash),
                                  .hash = hash,
                                  .created_ns = service_creation_ns(cluster, s),
                                  .labels = meta->labels,
                                  .annotations = meta->annotations};
}

const struct snapshot_service *snapshot_services(struct arena *arena, const struct cluster *cluster,
                                                 const struct snapshot_query *query,
                                                 uint32_t *count)
{
    struct snapshot_service *list =
        ARENA_NEW_ARRAY(arena, cluster->service_count + 1, struct snapshot_service);

    *count = 0;
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *s = &cluster->services[i];

        if (!is_there(cluster, s, query))
            continue;
        list[*count] = (struct snapshot_service){
            .meta = service_meta(arena, cluster, s, s->hash),
            .spec = s->spec,
            .cluster_ip =
                s->spec->type == SERVICE_EXTERNAL_NAME ? NULL : names_cluster_ip(arena, cluster, i),
        };
        list[*count].meta.resource_version = 1000 + s->position;
        *count += snapshot_matches(query, &list[*count].meta);
    }
    list[*count] = (struct snapshot_service){.meta = api_meta(arena, "service"),
                                             .spec = &api_service_spec,
                                             .cluster_ip = API_SERVICE_IP};
    *count += !has_own_kubernetes(cluster) && snapshot_matches(query, &list[*count].meta) &&
              snapshot_build_is_wanted(query, list[*count].meta.hash, true);
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}

/* --- slices --- */

/* The contents of a service's slices that stand in the API, or that a node's proxy has applied; some may be NULL. */
struct contents {
    struct slice_content *const *items;
    uint32_t count;
};

static struct contents contents_of(struct arena *arena, const struct cluster *cluster,
                                   const struct service *s, uint32_t node)
{
    struct slice_content **items;

    if (node != ID_NONE) {
        const struct service_state *state = s->newest;

        while (state != NULL && state->position > cluster->nodes[node].proxy.applied[PROXY_SLICES])
            state = state->older;
        return state == NULL ? (struct contents){NULL, 0}
                             : (struct contents){state->slices, state->slice_count};
    }
    items = ARENA_NEW_ARRAY(arena, s->slice_count, struct slice_content *);
    for (uint32_t i = 0; i < s->slice_count; i++)
        items[i] = cluster->slices[s->slices[i]]->stored;
    return (struct contents){items, s->slice_count};
}

static const struct snapshot_port *ports_of(struct arena *arena, const struct service_spec *spec,
                                            const struct port_map *map, uint32_t *count)
{
    struct snapshot_port *ports = ARENA_NEW_ARRAY(arena, spec->port_count, struct snapshot_port);

    *count = 0;
    for (uint32_t i = 0; map != NULL && i < spec->port_count; i++) {
        const struct service_port *port = &spec->ports[i];

        if (map->numbers[i] != 0)
            ports[(*count)++] = (struct snapshot_port){.name = port->name == NULL ? "" : port->name,
                                                       .number = map->numbers[i],
                                                       .protocol = port->protocol};
    }
    return ports;
}

static struct snapshot_address address_of(struct arena *arena, const struct cluster *cluster,
                                          const struct slice_endpoint *e)
{
    const struct pod *p = cluster->pods[e->pod];
    struct snapshot_address address = {.ip = p->ip,
                                       .is_ready = e->is_ready,
                                       .is_serving = e->is_serving,
                                       .is_terminating = e->is_terminating};

    if (p->state == POD_STATE_EXTERNAL)
        return address;
    address.pod = p->bare_name;
    address.pod_uid = snapshot_uid(arena, p->uid);
    address.hostname = p->spec->hostname;
    if (p->stored.node != ID_NONE) {
        address.node = cluster->nodes[p->stored.node].name;
        address.zone = cluster->nodes[p->stored.node].spec->zone;
    }
    return address;
}

static struct snapshot_slice describe_slice(struct arena *arena, const struct cluster *cluster,
                                            const struct service *s,
                                            const struct slice_content *content)
{
    const struct slice *slice = cluster->slices[content->slice];
    struct snapshot_address *addresses =
        ARENA_NEW_ARRAY(arena, content->count, struct snapshot_address);
    struct snapshot_slice result = {.meta = service_meta(arena, cluster, s, slice->hash),
                                    .service = s->spec->meta.name,
                                    .addresses = addresses,
                                    .address_count = content->count};
    struct snapshot_meta *meta = &result.meta;

    meta->generate_name = arena_printf(arena, "%s-", s->spec->meta.name);
    meta->name =
        arena_printf(arena, "%s%s", meta->generate_name, names_suffix(arena, slice->hash, 5));
    meta->resource_version = content->resource_version;
    meta->created_ns = slice->created_ns;
    meta->labels = labels_with(arena, &meta->labels, "endpointslice.kubernetes.io/managed-by",
                               "endpointslice-controller.k8s.io");
    meta->labels = labels_with(arena, &meta->labels, "kubernetes.io/service-name", result.service);
    meta->annotations = (struct label_set){NULL, 0};
    meta->owner_kind = "Service";
    meta->owner_name = result.service;
    meta->owner_uid = snapshot_uid(arena, s->hash);
    result.ports = ports_of(arena, s->spec, content->ports, &result.port_count);
    for (uint32_t i = 0; i < content->count; i++)
        addresses[i] = address_of(arena, cluster, &content->endpoints[i]);
    return result;
}

static struct snapshot_slice api_slice(struct arena *arena)
{
    struct snapshot_slice slice = {.meta = api_meta(arena, "endpointslice"),
                                   .service = "kubernetes",
                                   .ports = api_ports,
                                   .port_count = 1,
                                   .addresses = api_addresses,
                                   .address_count = 1};
    const struct label_set none = {NULL, 0};

    slice.meta.labels = labels_with(arena, &none, "kubernetes.io/service-name", "kubernetes");
    return slice;
}

const struct snapshot_slice *snapshot_slices(struct arena *arena, const struct cluster *cluster,
                                             const struct snapshot_query *query, uint32_t *count)
{
    struct snapshot_slice *list =
        ARENA_NEW_ARRAY(arena, cluster->slice_count + 1, struct snapshot_slice);

    *count = 0;
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *s = &cluster->services[i];
        const struct contents contents = contents_of(arena, cluster, s, query->node);

        for (uint32_t k = 0; k < contents.count; k++) {
            const struct slice_content *content = contents.items[k];

            if (content == NULL ||
                !is_there(cluster, s, &(struct snapshot_query){.node = query->node}))
                continue;
            if (!snapshot_build_is_wanted(query, cluster->slices[content->slice]->hash, true))
                continue;
            list[*count] = describe_slice(arena, cluster, s, content);
            *count += snapshot_matches(query, &list[*count].meta);
        }
    }
    list[*count] = api_slice(arena);
    *count += !has_own_kubernetes(cluster) && snapshot_matches(query, &list[*count].meta) &&
              snapshot_build_is_wanted(query, list[*count].meta.hash, true);
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}

/* --- endpoints --- */

static int compare_addresses(const void *a, const void *b)
{
    const struct snapshot_address *one = a;
    const struct snapshot_address *other = b;

    if (one->is_ready != other->is_ready)
        return one->is_ready ? -1 : 1;
    return strcmp(one->ip, other->ip);
}

/* All addresses of the contents with those ports. The Endpoints controller leaves out what is being deleted. */
static struct snapshot_subset subset_of(struct arena *arena, const struct cluster *cluster,
                                        const struct service *s, const struct contents *contents,
                                        const struct port_map *ports)
{
    struct snapshot_subset subset = {0};
    struct snapshot_address *addresses = NULL;
    uint32_t capacity = 0;

    for (uint32_t i = 0; i < contents->count; i++) {
        const struct slice_content *content = contents->items[i];

        for (uint32_t k = 0; content != NULL && content->ports == ports && k < content->count;
             k++) {
            const struct slice_endpoint *e = &content->endpoints[k];

            if (e->is_terminating && !s->spec->publish_not_ready)
                continue;
            ARENA_GROW(arena, addresses, &capacity, subset.count + 1);
            addresses[subset.count++] = address_of(arena, cluster, e);
            subset.ready_count += e->is_ready;
        }
    }
    if (subset.count > 1)
        qsort(addresses, subset.count, sizeof *addresses, compare_addresses);
    subset.addresses = addresses;
    subset.ports = ports_of(arena, s->spec, ports, &subset.port_count);
    return subset;
}

static bool is_first_with_ports(const struct contents *contents, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++) {
        if (contents->items[i] != NULL && contents->items[i]->ports == contents->items[at]->ports)
            return false;
    }
    return true;
}

/* The Endpoints of a service, from its slices. */
static struct snapshot_endpoints endpoints_of(struct arena *arena, const struct cluster *cluster,
                                              const struct service *s, uint32_t node)
{
    const uint64_t hash = names_hash("endpoints", s->spec->meta.ns, s->spec->meta.name);
    const struct contents contents = contents_of(arena, cluster, s, node);
    struct snapshot_subset *subsets =
        ARENA_NEW_ARRAY(arena, contents.count, struct snapshot_subset);
    struct snapshot_endpoints result = {.meta = service_meta(arena, cluster, s, hash),
                                        .subsets = subsets};

    result.meta.annotations = (struct label_set){NULL, 0};
    if (cluster->spec->version_minor >= MANAGED_ENDPOINTS_MINOR)
        result.meta.labels =
            labels_with(arena, &result.meta.labels, "endpoints.kubernetes.io/managed-by",
                        "endpoint-controller");
    for (uint32_t i = 0; i < contents.count; i++) {
        const struct slice_content *content = contents.items[i];

        if (content == NULL)
            continue;
        if (content->resource_version > result.meta.resource_version)
            result.meta.resource_version = content->resource_version;
        if (content->ports == NULL || !is_first_with_ports(&contents, i))
            continue;
        subsets[result.subset_count] = subset_of(arena, cluster, s, &contents, content->ports);
        result.subset_count += subsets[result.subset_count].count > 0;
    }
    return result;
}

const struct snapshot_endpoints *snapshot_endpoints(struct arena *arena,
                                                    const struct cluster *cluster,
                                                    const struct snapshot_query *query,
                                                    uint32_t *count)
{
    const struct snapshot_query there = {.node = query->node};
    struct snapshot_endpoints *list =
        ARENA_NEW_ARRAY(arena, cluster->service_count + 1, struct snapshot_endpoints);

    *count = 0;
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *s = &cluster->services[i];

        if (!is_there(cluster, s, &there) || s->slice_count == 0 || /* no controller has made any */
            !snapshot_build_is_named(query, s->spec->meta.ns, s->spec->meta.name))
            continue;
        list[*count] = endpoints_of(arena, cluster, s, query->node);
        *count += snapshot_matches(query, &list[*count].meta) &&
                  snapshot_build_is_wanted(query, list[*count].meta.hash, true);
    }
    list[*count] = (struct snapshot_endpoints){
        .meta = api_meta(arena, "endpoints"), .subsets = &api_subset, .subset_count = 1};
    *count += !has_own_kubernetes(cluster) && snapshot_matches(query, &list[*count].meta) &&
              snapshot_build_is_wanted(query, list[*count].meta.hash, true);
    snapshot_build_sort(list, *count, sizeof *list);
    return list;
}
