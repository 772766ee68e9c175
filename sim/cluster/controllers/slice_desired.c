/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The endpoints that a service's slices should list, of all its members or of the touched ones.
 */
#include "base/error.h"
#include "base/hash.h"
#include "cluster/controllers/slice_packing.h"
#include "cluster/controllers/slice_plan.h"
#include "cluster/endpoint_targets.h"
#include "cluster/node_objects.h"
#include "cluster/port_maps.h"
#include "cluster/service_views.h"

bool slice_desired_is_candidate(const struct cluster *cluster, const struct service *s,
                                const struct pod *p)
{
    const struct pod_view *view = &p->seen;

    if (!view->exists || !view->has_ip || !service_views_selects(cluster, s, p))
        return false;
    if (view->is_deleting && !cluster->rules.has_terminating_endpoints &&
        !s->seen->publish_not_ready)
        return false;
    return slice_packing_has_live_phase(cluster, p);
}

static struct slice_endpoint make_endpoint(struct cluster *cluster, const struct service *s,
                                           uint32_t pod, const char *ip)
{
    const struct pod_view *view = &cluster->pods[pod]->seen;
    const bool has_all = cluster->rules.has_terminating_endpoints;

    return (struct slice_endpoint){
        .target = endpoint_targets_for_slice(cluster, s, pod, ip),
        .pod_version = cluster->rules.compares_pod_version ? view->resource_version : 0,
        .pod = pod,
        .is_serving = view->is_ready,
        .is_terminating = has_all && view->is_deleting,
        .is_ready = s->seen->publish_not_ready || (view->is_ready && !view->is_deleting),
        .known =
            has_all ? CONDITION_READY | CONDITION_SERVING | CONDITION_TERMINATING : CONDITION_READY,
    };
}

static void add_group(struct slice_plan *plan, const struct port_map *ports)
{
    for (uint32_t i = 0; i < plan->group_count; i++) {
        if (plan->groups[i]->key == ports->key)
            return;
    }
    plan->groups[plan->group_count++] = ports;
}

uint64_t slice_desired_identity(const struct slice_plan *plan, uint32_t pod,
                                const struct endpoint_target *target, const struct port_map *ports)
{
    return hash_combine(endpoint_targets_identity(plan->cluster, pod, target,
                                                  plan->cluster->rules.tells_same_address),
                        ports->key);
}

uint32_t *slice_desired_slot(const struct slice_plan *plan, uint64_t identity)
{
    uint32_t at = (uint32_t)identity & plan->table_mask;

    while (plan->table[at] != 0 && plan->identities[plan->table[at] - 1] != identity)
        at = (at + 1) & plan->table_mask;
    return &plan->table[at];
}

/* One of two endpoints with one address stays, by chance: Go's map order again. */
static bool wins(const struct slice_plan *plan, const struct slice_endpoint *one,
                 const struct slice_endpoint *other)
{
    const struct service *s = &plan->cluster->services[plan->service];
    uint64_t key = hash_combine(s->hash, s->sync_count);

    return hash_combine(key, plan->cluster->pods[one->pod]->hash) >
           hash_combine(key, plan->cluster->pods[other->pod]->hash);
}

static void add_desired(struct slice_plan *plan, uint32_t place, struct slice_endpoint endpoint,
                        const struct port_map *ports)
{
    uint64_t identity = slice_desired_identity(plan, endpoint.pod, endpoint.target, ports);
    uint32_t *slot = slice_desired_slot(plan, identity);

    if (*slot != 0) {
        plan->has_collision = true;
        if (!wins(plan, &endpoint, &plan->desired[*slot - 1]))
            return;
        plan->desired[*slot - 1] = endpoint;
        plan->places[*slot - 1] = place;
        return;
    }
    plan->desired[plan->desired_count] = endpoint;
    plan->desired_ports[plan->desired_count] = ports;
    plan->identities[plan->desired_count] = identity;
    plan->places[plan->desired_count] = place;
    *slot = ++plan->desired_count;
}

/* False: the pod's Node is unknown. */
static bool add_member(struct slice_plan *plan, uint32_t place, const struct port_map *ports)
{
    struct cluster *cluster = plan->cluster;
    const struct service *s = &cluster->services[plan->service];
    const uint32_t pod = s->members[place].pod;
    const struct pod_view *view = &cluster->pods[pod]->seen;
    const char *ip;

    if (node_objects_get_seen(cluster, node_objects_of(view)) == NULL &&
        (!cluster->rules.skips_lost_nodes || !s->seen->publish_not_ready)) {
        plan->has_lost_pods = true;
        return false;
    }
    ip = endpoint_targets_ip(view, plan->family);
    if (ip != NULL)
        add_desired(plan, place, make_endpoint(cluster, s, pod, ip), ports);
    return true;
}

static bool collect_all(struct slice_plan *plan)
{
    struct cluster *cluster = plan->cluster;
    const struct service *s = &cluster->services[plan->service];
    const struct pod_spec *last_spec = NULL;
    const struct port_map *ports = NULL;

    for (uint32_t i = 0; i < s->member_end; i++) {
        struct service_member *member = &s->members[i];
        const struct pod *p = cluster->pods[member->pod];
        bool is_candidate = !member->is_gone && slice_desired_is_candidate(cluster, s, p);
        if (!plan->is_check) {
            member->is_candidate = is_candidate;
            member->ports = NULL;
            member->homes[plan->family] = ID_NONE;
        }
        if (!is_candidate)
            continue;
        if (p->spec != last_spec)
            ports = port_maps_of_pod(cluster, s->seen, p->spec);
        EP_REQUIRE(ports != NULL);
        last_spec = p->spec;
        if (!plan->is_check)
            member->ports = ports;
        add_group(plan, ports);
        if (!add_member(plan, i, ports) && !cluster->rules.skips_lost_nodes)
            return false;
    }
    return true;
}

static void collect_touched(struct slice_plan *plan)
{
    struct cluster *cluster = plan->cluster;
    const struct service *s = &cluster->services[plan->service];

    add_group(plan, s->baseline.ports);
    for (uint32_t i = 0; i < plan->touched.count; i++) {
        const struct service_member *member = &s->members[plan->touched.places[i]];
        if (!member->is_gone && slice_desired_is_candidate(cluster, s, cluster->pods[member->pod]))
            (void)add_member(plan, plan->touched.places[i], s->baseline.ports);
    }
}

bool slice_desired_collect(struct slice_plan *plan)
{
    if (!plan->is_quick)
        return collect_all(plan);
    collect_touched(plan);
    return true;
}
