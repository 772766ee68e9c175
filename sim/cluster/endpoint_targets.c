/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/endpoint_targets.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/node_objects.h"

#define REGION_LABEL "topology.kubernetes.io/region"

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same(const struct endpoint_target *a, const struct endpoint_target *b)
{
    return is_same_text(a->ip, b->ip) && is_same_text(a->hostname, b->hostname) &&
           is_same_text(a->node_name, b->node_name) && is_same_text(a->zone, b->zone) &&
           is_same_text(a->region, b->region) && is_same_text(a->pod_name, b->pod_name) &&
           a->has_pod == b->has_pod;
}

const struct endpoint_target *endpoint_targets_intern(struct cluster *cluster, uint32_t pod,
                                                      const struct endpoint_target *wanted)
{
    struct pod *p = cluster->pods[pod];
    struct endpoint_target *target;

    for (target = p->targets; target != NULL; target = target->next) {
        if (is_same(target, wanted))
            return target;
    }
    target = ARENA_NEW(cluster->arena, struct endpoint_target);
    *target = *wanted;
    target->identity = hash_combine(hash_string(target->ip),
                                    target->hostname == NULL ? 0 : hash_string(target->hostname));
    target->next = p->targets;
    p->targets = target;
    return target;
}

const char *endpoint_targets_ip(const struct pod_view *view, enum ip_family family)
{
    for (uint32_t i = 0; view->has_ip && i < view->addresses->count; i++) {
        bool is_v6 = strchr(view->addresses->ips[i], ':') != NULL;
        if (is_v6 == (family == IP_FAMILY_V6))
            return view->addresses->ips[i];
    }
    return NULL;
}

/* hostname if the pod has one and its subdomain is the service. */
static const char *hostname_of(const struct service *service, const struct pod *p)
{
    const struct pod_spec *spec = p->spec;

    if (spec->hostname == NULL || spec->hostname[0] == '\0' || spec->subdomain == NULL ||
        strcmp(spec->subdomain, service->bare_name) != 0 || strcmp(p->ns, service->ns) != 0)
        return NULL;
    return spec->hostname;
}

const struct endpoint_target *endpoint_targets_for_slice(struct cluster *cluster,
                                                         const struct service *service,
                                                         uint32_t pod, const char *ip)
{
    const struct pod *p = cluster->pods[pod];
    const struct node_spec *node = node_objects_get_seen(cluster, node_objects_of(&p->seen));
    const struct endpoint_target wanted = {
        .ip = ip,
        .hostname = hostname_of(service, p),
        .node_name = node_objects_name(cluster, node_objects_of(&p->seen)),
        .zone = node == NULL ? NULL : node->zone,
        .region = node == NULL || cluster->rules.has_slice_v1
                      ? NULL
                      : labels_get(&node->labels, REGION_LABEL),
        .has_pod = true,
    };

    return endpoint_targets_intern(cluster, pod, &wanted);
}

const struct endpoint_target *endpoint_targets_for_endpoints(struct cluster *cluster,
                                                             const struct service *service,
                                                             uint32_t pod, const char *ip)
{
    const struct pod *p = cluster->pods[pod];
    const struct endpoint_target wanted = {
        .ip = ip,
        .hostname = hostname_of(service, p),
        .node_name = node_objects_name(cluster, node_objects_of(&p->seen)),
        .has_pod = true,
    };

    return endpoint_targets_intern(cluster, pod, &wanted);
}

const struct endpoint_target *endpoint_targets_by_hand(struct cluster *cluster, uint32_t pod,
                                                       const struct address_spec *address)
{
    const char *named = address->target_pod;
    const struct endpoint_target wanted = {
        .ip = address->ip,
        .hostname = address->hostname,
        .node_name = address->node_name,
        .zone = address->zone,
        .pod_name =
            named != NULL && strcmp(named, cluster->pods[pod]->bare_name) != 0 ? named : NULL,
        .has_pod = named != NULL,
    };

    return endpoint_targets_intern(cluster, pod, &wanted);
}

uint64_t endpoint_targets_identity(const struct cluster *cluster, uint32_t pod,
                                   const struct endpoint_target *target, bool with_pod)
{
    return with_pod && target->has_pod ? hash_combine(target->identity, cluster->pods[pod]->hash)
                                       : target->identity;
}
