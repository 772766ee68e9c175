/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/watch_bytes.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/endpoint_items.h"
#include "cluster/hints.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

#define SUFFIX_BYTES 5u /* that the API server puts behind a generateName */

static enum wire_kind slice_kind(const struct cluster *cluster)
{
    return cluster->spec->version_minor < 21 ? WIRE_SLICE_V1BETA1 : WIRE_SLICE_V1;
}

static void add(struct wire_size *sum, struct wire_size size)
{
    sum->json += size.json;
    sum->protobuf += size.protobuf;
}

static void take(struct wire_size *sum, struct wire_size size)
{
    sum->json -= size.json;
    sum->protobuf -= size.protobuf;
}

/* What both kinds say of a pod, or of an address without one. */
static struct wire_address address_of(const struct cluster *cluster, uint32_t pod,
                                      const struct endpoint_target *target, uint64_t pod_version)
{
    const struct pod *p = cluster->pods[pod];

    return (struct wire_address){
        .ip = target->ip,
        .node_name = target->node_name,
        .zone = target->zone,
        .pod_name = target->has_pod ? p->bare_name : NULL,
        .pod_ns = p->ns,
        .pod_version = pod_version,
    };
}

static struct wire_size endpoint_size(const struct cluster *cluster, const struct slice_endpoint *e)
{
    const struct hint_set *hints = hints_get(cluster, e->hints);
    struct wire_address a = address_of(cluster, e->pod, e->target, e->pod_version);

    a.has_serving = (e->known & CONDITION_SERVING) != 0;
    a.is_ready = e->is_ready;
    a.is_serving = e->is_serving;
    a.is_terminating = e->is_terminating;
    if (hints != NULL) {
        a.hint_zones = hints->zones;
        a.hint_zone_count = hints->zone_count;
    }
    return wire_size_address(slice_kind(cluster), &a);
}

static uint64_t conditions_size(const struct slice_endpoint *e)
{
    const struct wire_address a = {
        .has_serving = (e->known & CONDITION_SERVING) != 0,
        .is_ready = e->is_ready,
        .is_serving = e->is_serving,
        .is_terminating = e->is_terminating,
    };

    return wire_size_conditions(&a);
}

static struct wire_size ports_size(enum wire_kind kind, const struct port_map *ports)
{
    struct wire_size sum = {0, 0};

    for (uint32_t i = 0; ports != NULL && i < ports->count; i++) {
        struct wire_port port = {ports->ports[i].name, ports->ports[i].number,
                                 ports->ports[i].protocol};
        add(&sum, wire_size_port(kind, &port));
    }
    return sum;
}

/* The sums over a content's entries. */
struct sums {
    struct wire_size size;
    uint64_t hash;
};

static uint64_t endpoint_hash(const struct cluster *cluster, const struct slice_endpoint *e)
{
    const uint64_t flags =
        (uint64_t)e->is_ready << 2 | (uint64_t)e->is_serving << 1 | (uint64_t)e->is_terminating;

    return hash_combine(cluster->pods[e->pod]->hash, flags);
}

static void add_endpoint(const struct cluster *cluster, struct sums *sums,
                         const struct slice_endpoint *e)
{
    add(&sums->size, endpoint_size(cluster, e));
    sums->hash += endpoint_hash(cluster, e);
}

static void take_endpoint(const struct cluster *cluster, struct sums *sums,
                          const struct slice_endpoint *e)
{
    take(&sums->size, endpoint_size(cluster, e));
    sums->hash -= endpoint_hash(cluster, e);
}

/* One state of an endpoint replaces another; mostly they differ in conditions alone. */
static void replace_endpoint(const struct cluster *cluster, struct sums *sums,
                             const struct slice_endpoint *before,
                             const struct slice_endpoint *after)
{
    if (before->pod != after->pod || before->target != after->target ||
        before->pod_version != after->pod_version || before->hints != after->hints ||
        before->known != after->known) {
        take_endpoint(cluster, sums, before);
        add_endpoint(cluster, sums, after);
        return;
    }
    sums->size.json += conditions_size(after) - conditions_size(before);
    sums->hash += endpoint_hash(cluster, after) - endpoint_hash(cluster, before);
}

/*
 * The sums over after's endpoints, from those over before's: both are gone through side by side, and what is equal in
 * both costs a comparison. Any order gives the right sums; the usual one (some gone, new ones at the end) gives them
 * quickly.
 */
static struct sums sums_of_slice(const struct cluster *cluster, const struct slice_content *before,
                                 const struct slice_content *after)
{
    const struct slice_difference known = service_table_difference(before, after);
    const uint32_t count = before == NULL ? 0 : before->count - known.last;
    const uint32_t after_count = after->count - known.last;
    struct sums sums = {{0, 0}, 0};
    uint32_t i = known.first;

    if (before != NULL)
        sums = (struct sums){before->item_size, before->endpoint_hash};
    for (uint32_t k = known.first; k < after_count; k++) {
        const uint32_t left = count - i < after_count - k ? count - i : after_count - k;
        const uint32_t common =
            left == 0 ? 0 : service_table_common(&before->endpoints[i], &after->endpoints[k], left);
        i += common;
        k += common;
        if (k == after_count)
            break;
        while (i < count && before->endpoints[i].pod != after->endpoints[k].pod)
            take_endpoint(cluster, &sums, &before->endpoints[i++]);
        if (i < count)
            replace_endpoint(cluster, &sums, &before->endpoints[i++], &after->endpoints[k]);
        else
            add_endpoint(cluster, &sums, &after->endpoints[k]);
    }
    while (before != NULL && i < count)
        take_endpoint(cluster, &sums, &before->endpoints[i++]);
    return sums;
}

static const struct label_set *labels_of_service(const struct service *s)
{
    return s == NULL ? NULL : &s->spec->meta.labels;
}

static bool is_same_size(struct wire_size a, struct wire_size b)
{
    return a.json == b.json && a.protobuf == b.protobuf;
}

/* Whether what is known of the metadata holds for this version. */
static bool is_known(const struct metadata_size *known, const struct label_set *labels,
                     uint64_t resource_version, bool is_managed)
{
    return known->digit_count == wire_size_digits(resource_version) && known->labels == labels &&
           known->is_managed == is_managed;
}

static struct metadata_size known_now(const struct label_set *labels, uint64_t resource_version,
                                      bool is_managed, struct wire_size size)
{
    return (struct metadata_size){labels, wire_size_digits(resource_version), is_managed, size};
}

static struct wire_size slice_metadata(const struct cluster *cluster, const struct slice *slice)
{
    const struct service *s = slice->service == ID_NONE ? NULL : &cluster->services[slice->service];
    const struct label own[] = {
        {"endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"},
        {"kubernetes.io/service-name", s == NULL ? "" : s->bare_name}};
    const struct label_set own_labels = {own, 2};
    const size_t name_bytes = slice->spec == NULL ? strlen(slice->name) : 0;
    struct wire_object object = {
        .name = slice->name,
        .ns = s == NULL ? "default" : s->ns,
        .resource_version = cluster->resource_version,
        .labels = &own_labels,
        .more_labels = labels_of_service(s),
        .has_trigger = true,
        .owner = s == NULL ? NULL : s->bare_name,
        .is_managed = slice->spec == NULL,
    };
    char prefix[264];

    if (name_bytes > SUFFIX_BYTES && name_bytes < sizeof prefix) {
        memcpy(prefix, slice->name, name_bytes - SUFFIX_BYTES);
        prefix[name_bytes - SUFFIX_BYTES] = '\0';
        object.generate_name = prefix;
    }
    return wire_size_metadata(slice_kind(cluster), &object);
}

void watch_bytes_set_slice(const struct cluster *cluster, uint32_t index,
                           struct slice_content *content, const struct slice_content *before)
{
    struct slice *slice = cluster->slices[index];
    const struct label_set *labels =
        labels_of_service(slice->service == ID_NONE ? NULL : &cluster->services[slice->service]);
    const bool is_managed = slice->spec == NULL;
    const struct sums sums = sums_of_slice(cluster, before, content);
    struct wire_size size;

    if (!is_known(&slice->metadata, labels, cluster->resource_version, is_managed))
        slice->metadata = known_now(labels, cluster->resource_version, is_managed,
                                    slice_metadata(cluster, slice));
    EP_INVARIANT(is_same_size(slice->metadata.size, slice_metadata(cluster, slice)));
    content->item_size = sums.size;
    content->endpoint_hash = sums.hash;
    size = ports_size(slice_kind(cluster), content->ports);
    add(&size, content->item_size);
    size = wire_size_object(slice_kind(cluster), slice->metadata.size, size, 0);
    size = wire_size_event(size);
    content->bytes = size.protobuf;
    content->json_bytes = size.json;
}

struct wire_size watch_bytes_of_item(const struct cluster *cluster,
                                     const struct endpoints_item *item)
{
    struct wire_address a = address_of(cluster, item->pod, item->target, item->pod_version);

    a.zone = NULL;
    return wire_size_address(WIRE_ENDPOINTS, &a);
}

static void add_item(struct sums *sums, const struct endpoints_item *item)
{
    add(&sums->size, item->size);
    sums->hash += item->hash;
}

static void take_item(struct sums *sums, const struct endpoints_item *item)
{
    take(&sums->size, item->size);
    sums->hash -= item->hash;
}

/* From those of the version before: what both have in the same order costs next to nothing. */
static struct sums sums_of_endpoints(const struct endpoints_content *before,
                                     const struct endpoints_content *after)
{
    struct sums sums = {{0, 0}, 0};
    uint32_t count = before == NULL ? 0 : before->count;
    uint32_t i = 0;
    uint32_t k = 0;

    if (before != NULL)
        sums = (struct sums){before->item_size, before->item_hash};
    while (k < after->count || i < count) {
        const uint32_t left = count - i < after->count - k ? count - i : after->count - k;
        const uint32_t common =
            left == 0 ? 0 : endpoint_items_common(&before->items[i], &after->items[k], left);
        i += common;
        k += common;
        /* one more or one less in the middle of a sorted list */
        if (i + 1 < count && k < after->count && before->items[i + 1] == after->items[k]) {
            take_item(&sums, before->items[i++]);
            continue;
        }
        if (k < after->count)
            add_item(&sums, after->items[k++]);
        if (i < count && (k == after->count || before->items[i] != after->items[k]))
            take_item(&sums, before->items[i++]);
    }
    return sums;
}

/* The ports of its subsets; neighbours with the same ones count once. */
static struct wire_size subset_ports_size(const struct endpoints_content *content,
                                          uint32_t *subset_count)
{
    const uint32_t last = content->count == 0 ? 0 : content->items[content->count - 1]->subset;
    struct wire_size sum = {0, 0};

    *subset_count = 0;
    for (uint32_t i = 0; i < content->count; i++) {
        if (i > 0 && content->items[i]->ports == content->items[i - 1]->ports)
            continue;
        (*subset_count)++;
        add(&sum, ports_size(WIRE_ENDPOINTS, content->items[i]->ports));
        if (content->items[i]->subset == last)
            break; /* and so do all behind it */
    }
    return sum;
}

static struct wire_size endpoints_metadata(const struct cluster *cluster,
                                           const struct endpoints_object *e, bool is_managed)
{
    const struct wire_object object = {
        .name = e->bare_name,
        .ns = e->ns,
        .resource_version = cluster->resource_version,
        .labels = labels_of_service(e->service == ID_NONE ? NULL : &cluster->services[e->service]),
        .has_trigger = true,
        .is_managed = is_managed,
    };

    return wire_size_metadata(WIRE_ENDPOINTS, &object);
}

void watch_bytes_set_endpoints(const struct cluster *cluster, uint32_t index,
                               struct endpoints_content *content,
                               const struct endpoints_content *before)
{
    struct endpoints_object *e = cluster->endpoints[index];
    const struct label_set *labels =
        labels_of_service(e->service == ID_NONE ? NULL : &cluster->services[e->service]);
    const bool is_managed = content->labels == NULL ||
                            cluster->services[e->service].endpoints_labels == content->labels;
    const struct sums sums = content->is_summed
                                 ? (struct sums){content->item_size, content->item_hash}
                                 : sums_of_endpoints(before, content);
    uint32_t subset_count;
    struct wire_size size = subset_ports_size(content, &subset_count);

    if (!is_known(&e->metadata, labels, cluster->resource_version, is_managed))
        e->metadata = known_now(labels, cluster->resource_version, is_managed,
                                endpoints_metadata(cluster, e, is_managed));
    EP_INVARIANT(is_same_size(e->metadata.size, endpoints_metadata(cluster, e, is_managed)));
    content->item_size = sums.size;
    content->item_hash = sums.hash;
    content->is_summed = true;
    add(&size, sums.size);
    size = wire_size_event(wire_size_object(WIRE_ENDPOINTS, e->metadata.size, size, subset_count));
    content->bytes = size.protobuf;
    content->json_bytes = size.json;
}
