/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/watch_upkeep.h"

#include "cluster/api_log.h"
#include "cluster/api_server.h"

#define BOOKMARK_PERIOD_NS (60 * NS_PER_S)
#define BOOKMARK_BEFORE_END_NS (2 * NS_PER_S)
#define WATCH_SHORTEST_NS (300 * NS_PER_S)

static enum wire_kind kind_of(const struct cluster *cluster)
{
    if (cluster->rules.proxies_read_endpoints)
        return WIRE_ENDPOINTS;
    return cluster->spec->version_minor < 21 ? WIRE_SLICE_V1BETA1 : WIRE_SLICE_V1;
}

/* --- bookmarks --- */

/* How long the proxy's watch number `ordinal` lasts. */
static sim_ns watch_lasts_ns(const struct cluster *cluster, const struct node *node,
                             uint64_t ordinal)
{
    struct random r = random_at(
        random_key(cluster->seed, cluster->replication, RANDOM_WATCH_LIFE, node->hash), ordinal);

    return WATCH_SHORTEST_NS + (sim_ns)random_below(&r, (uint64_t)WATCH_SHORTEST_NS);
}

/* Those of one watch, that begins at begin_ns, within [from_ns, until_ns). */
static uint64_t bookmarks_of_watch(sim_ns begin_ns, sim_ns lasts_ns, sim_ns from_ns,
                                   sim_ns until_ns)
{
    const sim_ns last_ns = begin_ns + lasts_ns - BOOKMARK_BEFORE_END_NS;
    uint64_t count = last_ns >= from_ns && last_ns < until_ns;

    for (sim_ns at_ns = begin_ns + BOOKMARK_PERIOD_NS; at_ns < last_ns; at_ns += BOOKMARK_PERIOD_NS)
        count += at_ns >= from_ns && at_ns < until_ns;
    return count;
}

static uint64_t bookmarks_of_node(const struct cluster *cluster, const struct node *node,
                                  sim_ns from_ns, sim_ns until_ns)
{
    struct random r =
        random_at(random_key(cluster->seed, cluster->replication, RANDOM_WATCH_AGE, node->hash), 0);
    sim_ns lasts_ns = watch_lasts_ns(cluster, node, 0);
    sim_ns begin_ns = -(sim_ns)random_below(&r, (uint64_t)lasts_ns);
    uint64_t ordinal = 0;
    uint64_t count = 0;

    while (begin_ns < until_ns) {
        count += bookmarks_of_watch(begin_ns, lasts_ns, from_ns, until_ns);
        begin_ns += lasts_ns;
        lasts_ns = watch_lasts_ns(cluster, node, ++ordinal);
    }
    return count;
}

struct wire_size watch_upkeep_bookmarks(const struct cluster *cluster, sim_ns from_ns,
                                        sim_ns until_ns, uint64_t *count)
{
    const struct wire_size one = wire_size_bookmark(kind_of(cluster), cluster->resource_version);

    *count = 0;
    for (uint32_t n = 0; n < cluster->node_count; n++)
        *count += bookmarks_of_node(cluster, &cluster->nodes[n], from_ns, until_ns);
    return (struct wire_size){*count * one.json, *count * one.protobuf};
}

/* --- lists --- */

static void add_events(const struct cluster *cluster, struct wire_size *events, uint32_t *count)
{
    for (uint32_t i = 0; !cluster->rules.proxies_read_endpoints && i < cluster->slice_count; i++) {
        const struct slice *slice = cluster->slices[i];

        if (slice->stored == NULL || slice->is_deleted ||
            !api_log_is_for_nodes(cluster, slice->service))
            continue;
        events->json += slice->stored->json_bytes;
        events->protobuf += slice->stored->bytes;
        ++*count;
    }
    for (uint32_t i = 0; cluster->rules.proxies_read_endpoints && i < cluster->endpoints_count;
         i++) {
        const struct endpoints_object *object = cluster->endpoints[i];

        if (object->stored == NULL || !api_log_is_for_nodes(cluster, object->service))
            continue;
        events->json += object->stored->json_bytes;
        events->protobuf += object->stored->bytes;
        ++*count;
    }
}

void watch_upkeep_resume(struct cluster *cluster, uint32_t node, sim_ns at_ns)
{
    const enum resource resource = model_proxy_log(cluster, PROXY_SLICES);
    const uint64_t seen = cluster->nodes[node].proxy.taken[PROXY_SLICES];
    struct wire_size events = {0, 0};
    uint32_t count = 0;

    if (!cluster->nodes[node].must_list && !api_log_is_too_old(cluster, resource, seen, at_ns))
        return;
    cluster->nodes[node].must_list = false;
    add_events(cluster, &events, &count);

    const struct wire_size list =
        wire_size_list(kind_of(cluster), events, count, cluster->resource_version);

    for (uint32_t i = 0; i < cluster->observer_count; i++) {
        const struct cluster_observer *o = &cluster->observers[i];

        if (o->proxy_listed != NULL)
            o->proxy_listed(o->self, at_ns, node, list.protobuf, list.json);
    }
}
