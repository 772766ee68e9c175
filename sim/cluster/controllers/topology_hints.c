/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the original walks Go maps (which zone gives, which receives, if several would), the zones' names decide here.
 */
#include "cluster/controllers/topology_hints.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/controllers/controller.h"
#include "cluster/endpoint_choice.h"
#include "cluster/hints.h"

#define OVERLOAD_THRESHOLD 0.2
#define ZONES_MAX 256u

static const struct node *node_of(const struct cluster *cluster, uint32_t pod)
{
    uint32_t node = endpoint_choice_node(cluster, pod);

    return node == ID_NONE ? NULL : &cluster->nodes[node];
}

static const char *zone_of(const struct cluster *cluster, uint32_t pod)
{
    const struct node *node = node_of(cluster, pod);

    return node == NULL ? NULL : node->spec->zone;
}

static void set_hints(struct hinted_slice *slice, uint32_t at, uint16_t hints)
{
    slice->is_written |= slice->endpoints[at].hints != hints;
    slice->endpoints[at].hints = hints;
}

static void remove_hints(struct hinted_slice *slices, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < slices[i].count; k++)
            set_hints(&slices[i], k, 0);
    }
}

/* --- trafficDistribution --- */

static uint16_t own_hints(struct cluster *cluster, const struct slice_endpoint *e, bool with_node)
{
    const struct node *node = node_of(cluster, e->pod);

    if (!e->is_ready || node == NULL)
        return 0;
    return hints_of(cluster, node->spec->zone, with_node ? node->name : NULL);
}

/* A slice is written again only if a ready endpoint's hint is missing or wrong. */
static void distribute(struct cluster *cluster, struct hinted_slice *slices, uint32_t count,
                       bool with_node)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_wrong = slices[i].is_written;
        for (uint32_t k = 0; k < slices[i].count; k++) {
            const struct slice_endpoint *e = &slices[i].endpoints[k];
            is_wrong |= e->is_ready && e->hints != own_hints(cluster, e, with_node);
        }
        for (uint32_t k = 0; is_wrong && k < slices[i].count; k++)
            set_hints(&slices[i], k, own_hints(cluster, &slices[i].endpoints[k], with_node));
        slices[i].is_written = is_wrong;
    }
}

/* --- topology-aware routing --- */

static uint32_t round_up(double x)
{
    uint32_t whole = (uint32_t)x;

    return (double)whole < x ? whole + 1 : whole;
}

bool topology_hints_share(struct zone_share *zones, uint32_t zone_count, uint32_t endpoint_count)
{
    uint64_t total = 0;
    uint32_t least = 0;

    for (uint32_t i = 0; i < zone_count; i++)
        total += zones[i].milli_cpu;
    if (zone_count < 2 || zone_count > endpoint_count || total == 0)
        return false;
    for (uint32_t i = 0; i < zone_count; i++) {
        double ratio = (double)zones[i].milli_cpu / (double)total;
        zones[i].want = ratio * endpoint_count;
        zones[i].least = round_up(zones[i].want * (1 / (1 + OVERLOAD_THRESHOLD)));
        if (zones[i].want < zones[i].least)
            zones[i].want = zones[i].least;
        least += zones[i].least;
    }
    if (least > endpoint_count)
        return false;
    for (uint32_t i = 0; i < zone_count; i++)
        zones[i].most = zones[i].least + endpoint_count - least;
    return true;
}

static bool is_control_plane(const struct node *node)
{
    return labels_get(&node->spec->labels, "node-role.kubernetes.io/control-plane") != NULL ||
           labels_get(&node->spec->labels, "node-role.kubernetes.io/master") != NULL;
}

static struct zone_share *find_zone(struct zone_share *zones, uint32_t count, const char *name)
{
    for (uint32_t i = 0; name != NULL && i < count; i++) {
        if (strcmp(zones[i].name, name) == 0)
            return &zones[i];
    }
    return NULL;
}

/* The zones of the nodes that work, by name; 0: a node says too little of itself, or there are too many zones. */
static uint32_t collect_zones(const struct cluster *cluster, struct zone_share *zones)
{
    uint32_t count = 0;

    for (uint32_t n = 0; n < cluster->node_count; n++) {
        const struct node *node = &cluster->nodes[n];
        struct zone_share *zone;
        if (is_control_plane(node) || node->health.is_unknown)
            continue;
        if (node->spec->zone == NULL || node->spec->milli_cpu == 0)
            return 0;
        zone = find_zone(zones, count, node->spec->zone);
        if (zone == NULL && count == ZONES_MAX)
            return 0;
        if (zone == NULL) {
            uint32_t at = count++;
            for (; at > 0 && strcmp(zones[at - 1].name, node->spec->zone) > 0; at--)
                zones[at] = zones[at - 1];
            zones[at] = (struct zone_share){.name = node->spec->zone};
            zone = &zones[at];
        }
        zone->milli_cpu += node->spec->milli_cpu;
    }
    return count;
}

/* Whether an unchanged slice's hints may stay; then they count. */
static bool keeps_hints(const struct cluster *cluster, const struct hinted_slice *slice,
                        struct zone_share *zones, uint32_t zone_count)
{
    uint32_t more[ZONES_MAX] = {0};

    for (uint32_t k = 0; k < slice->count; k++) {
        const struct slice_endpoint *e = &slice->endpoints[k];
        const struct hint_set *hints = hints_get(cluster, e->hints);
        const struct zone_share *zone;
        if (!e->is_ready)
            continue;
        if (hints == NULL || hints->zone_count == 0)
            return false;
        zone = find_zone(zones, zone_count, hints->zones[0]);
        if (zone == NULL)
            return false;
        more[zone - zones]++;
    }
    for (uint32_t i = 0; i < zone_count; i++) {
        if (more[i] > 0 && zones[i].given + more[i] > zones[i].most)
            return false;
    }
    for (uint32_t i = 0; i < zone_count; i++)
        zones[i].given += more[i];
    return true;
}

/* The zone that has most too many (sign 1) or too few (-1). */
static uint32_t find_most(const double *gaps, uint32_t count, double sign)
{
    uint32_t most = ID_NONE;

    for (uint32_t i = 0; i < count; i++) {
        if (gaps[i] * sign > 0 && (most == ID_NONE || gaps[i] * sign > gaps[most] * sign))
            most = i;
    }
    return most;
}

/* How many endpoints each zone gives away (positive) or gets. */
static void balance(const struct zone_share *zones, uint32_t count, int32_t *moves)
{
    double gaps[ZONES_MAX];

    for (uint32_t i = 0; i < count; i++) {
        gaps[i] = (double)zones[i].given - zones[i].want;
        moves[i] = 0;
    }
    for (;;) {
        uint32_t from = find_most(gaps, count, 1);
        uint32_t to = find_most(gaps, count, -1);
        if (from == ID_NONE || to == ID_NONE)
            return;
        if ((gaps[from] < 1 && -gaps[to] < 1) || gaps[from] < 0.5 || -gaps[to] < 0.5)
            return;
        gaps[from] -= 1;
        gaps[to] += 1;
        moves[from]++;
        moves[to]--;
    }
}

static void carry_out(struct cluster *cluster, struct hinted_slice *slice, struct zone_share *zones,
                      uint32_t zone_count, int32_t *moves)
{
    for (uint32_t k = 0; k < slice->count; k++) {
        struct slice_endpoint *e = &slice->endpoints[k];
        const struct zone_share *zone = find_zone(zones, zone_count, zone_of(cluster, e->pod));
        uint32_t to = 0;
        if (!e->is_ready || zone == NULL || moves[zone - zones] <= 0)
            continue;
        while (to < zone_count && moves[to] >= 0)
            to++;
        if (to == zone_count)
            return;
        moves[zone - zones]--;
        moves[to]++;
        e->hints = hints_of(cluster, zones[to].name, NULL);
    }
}

/* Every ready endpoint of slices that are written is first meant for its own zone; false if one has none. */
static bool start_at_home(struct cluster *cluster, struct hinted_slice *slice,
                          struct zone_share *zones, uint32_t zone_count)
{
    for (uint32_t k = 0; k < slice->count; k++) {
        struct slice_endpoint *e = &slice->endpoints[k];
        const char *name = zone_of(cluster, e->pod);
        struct zone_share *zone = find_zone(zones, zone_count, name);
        e->hints = 0;
        if (!e->is_ready)
            continue;
        if (name == NULL)
            return false;
        e->hints = hints_of(cluster, name, NULL);
        if (zone != NULL)
            zone->given++;
    }
    return true;
}

static uint32_t count_ready(const struct hinted_slice *slices, uint32_t count)
{
    uint32_t ready = 0;

    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < slices[i].count; k++)
            ready += slices[i].endpoints[k].is_ready;
    }
    return ready;
}

static void allocate(struct cluster *cluster, struct hinted_slice *slices, uint32_t count)
{
    struct zone_share zones[ZONES_MAX];
    int32_t moves[ZONES_MAX];
    uint32_t zone_count = collect_zones(cluster, zones);

    if (!topology_hints_share(zones, zone_count, count_ready(slices, count))) {
        remove_hints(slices, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!slices[i].is_written)
            slices[i].is_written = !keeps_hints(cluster, &slices[i], zones, zone_count);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (slices[i].is_written && !start_at_home(cluster, &slices[i], zones, zone_count)) {
            remove_hints(slices, count);
            return;
        }
    }
    balance(zones, zone_count, moves);
    for (uint32_t i = 0; i < count; i++) {
        if (slices[i].is_written)
            carry_out(cluster, &slices[i], zones, zone_count, moves);
    }
}

/* --- nodes that come and go --- */

/* How many of the family's endpoints are meant for each zone, into `given`; returns how many have a hint at all. */
static uint32_t count_hints(const struct cluster *cluster, const struct service *service,
                            bool is_ipv6, struct zone_share *zones, uint32_t zone_count)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < zone_count; i++)
        zones[i].given = 0;
    for (uint32_t i = 0; i < service->slice_count; i++) {
        const struct slice *slice = cluster->slices[service->slices[i]];
        const struct slice_content *content = slice->seen;

        if (slice->manager != SLICE_MANAGED || slice->is_ipv6 != is_ipv6)
            continue;
        for (uint32_t k = 0; content != NULL && k < content->count; k++) {
            const struct hint_set *hints = hints_get(cluster, content->endpoints[k].hints);
            struct zone_share *zone;

            if (hints == NULL || hints->zone_count == 0)
                continue;
            total++;
            zone = find_zone(zones, zone_count, hints->zones[0]);
            if (zone != NULL)
                zone->given++;
        }
    }
    return total;
}

/* serviceOverloaded */
static bool is_overloaded(const struct cluster *cluster, const struct service *service,
                          bool is_ipv6, struct zone_share *zones, uint32_t zone_count)
{
    const uint32_t total = count_hints(cluster, service, is_ipv6, zones, zone_count);
    uint64_t milli_cpu = 0;

    if (total == 0)
        return false;
    for (uint32_t i = 0; i < zone_count; i++)
        milli_cpu += zones[i].milli_cpu;
    if (milli_cpu == 0)
        return true;
    for (uint32_t i = 0; i < zone_count; i++) {
        const double want = (double)zones[i].milli_cpu / (double)milli_cpu * total;

        if (zones[i].given < round_up(want * (1 / (1 + OVERLOAD_THRESHOLD))) || zones[i].given == 0)
            return true;
    }
    return false;
}

void topology_hints_node_changed(struct cluster *cluster, uint32_t node, uint64_t draw)
{
    struct zone_share zones[ZONES_MAX];
    const uint32_t zone_count = collect_zones(cluster, zones);
    const uint64_t name_hash =
        hash_combine(hash_string("topology-hints"), cluster->nodes[node].hash);
    const sim_ns delay_ns = model_draw(cluster, HOP_WATCH_CONTROLLER, name_hash, draw);

    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *service = &cluster->services[i];

        if (service->seen != NULL && service->seen->is_topology_aware &&
            cluster->rules.has_zone_hints &&
            (is_overloaded(cluster, service, false, zones, zone_count) ||
             is_overloaded(cluster, service, true, zones, zone_count)))
            controller_enqueue_after(cluster, CONTROLLER_ENDPOINT_SLICE, i, delay_ns);
    }
}

bool topology_hints_concern(const struct cluster *cluster, struct service *service)
{
    if (cluster->rules.has_zone_hints &&
        (service->seen->is_topology_aware || service->seen->distribution != TRAFFIC_ANYWHERE))
        service->may_have_hints = true;
    return service->may_have_hints;
}

void topology_hints_set(struct cluster *cluster, const struct service_spec *service,
                        struct hinted_slice *slices, uint32_t count)
{
    bool with_node = service->distribution == TRAFFIC_SAME_NODE;

    if (service->is_topology_aware && cluster->rules.has_zone_hints)
        allocate(cluster, slices, count);
    else if (service->distribution != TRAFFIC_ANYWHERE && cluster->rules.has_traffic_distribution &&
             (!with_node || cluster->rules.has_node_hints))
        distribute(cluster, slices, count, with_node);
    else
        remove_hints(slices, count);
}
