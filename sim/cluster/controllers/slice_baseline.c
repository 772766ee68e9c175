/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a sync of slices may look at the touched members only: the last one left a state in which every other endpoint is
 * where it should be, and nothing has changed that all endpoints depend on. Anything unusual (several groups of ports,
 * unknown Nodes, hints, one address twice, slices that somebody else wrote) is looked at in full.
 */
#include <string.h>

#include "cluster/controllers/slice_plan.h"
#include "cluster/controllers/slice_standing.h"
#include "cluster/controllers/topology_hints.h"
#include "cluster/endpoint_targets.h"
#include "cluster/node_objects.h"
#include "cluster/port_maps.h"
#include "cluster/service_addresses.h"

/* More than this part of all: looking at all is no slower. */
#define TOUCHED_PART 4u

static bool is_same_service(const struct cluster *cluster, const struct service *s)
{
    const struct slice_baseline *b = &s->baseline;

    return b->uid == s->uid && b->cluster_ip == s->cluster_ip &&
           b->family_count == s->family_count &&
           memcmp(b->families, s->families, sizeof(b->families)) == 0 &&
           b->node_news == cluster->node_news;
}

/* Where versions do not tell two pods of one address apart: whether the pod keeps the identity that it has. */
static bool has_kept_identity(const struct cluster *cluster, const struct service *s,
                              const struct service_member *member)
{
    const struct pod *p = cluster->pods[member->pod];

    for (uint32_t family = 0; family < IP_FAMILY_COUNT; family++) {
        const char *ip = endpoint_targets_ip(&p->seen, (enum ip_family)family);
        const struct slice_content *content;
        uint32_t at = 0;
        if (ip == NULL || !service_addresses_has_slices_of(s, (enum ip_family)family))
            continue;
        if (member->homes[family] == ID_NONE)
            return false;
        content = cluster->slices[member->homes[family]]->seen;
        while (at < content->count && content->endpoints[at].pod != member->pod)
            at++;
        if (at == content->count || strcmp(content->endpoints[at].target->ip, ip) != 0)
            return false;
    }
    return true;
}

/* Whether the member, if it is to be an endpoint, is one like all others. */
static bool is_plain(struct cluster *cluster, const struct service *s,
                     struct service_member *member)
{
    const struct pod *p = cluster->pods[member->pod];

    if (member->ports == NULL)
        member->ports = port_maps_of_pod(cluster, s->seen, p->spec);
    return member->ports == s->baseline.ports &&
           node_objects_get_seen(cluster, node_objects_of(&p->seen)) != NULL &&
           (cluster->rules.tells_same_address || has_kept_identity(cluster, s, member));
}

bool slice_baseline_holds(struct cluster *cluster, struct service *s)
{
    struct touched_members touched;
    uint32_t candidate_count = s->baseline.candidate_count;

    if (!s->baseline.is_valid || !service_members_is_complete(s, TRIGGER_ENDPOINT_SLICE) ||
        !is_same_service(cluster, s) || topology_hints_concern(cluster, s) ||
        slice_standing_is_off(cluster, s))
        return false;
    touched = service_members_touched(s, TRIGGER_ENDPOINT_SLICE);
    if (touched.count > s->member_count / TOUCHED_PART + 1)
        return false;
    for (uint32_t i = 0; i < touched.count; i++) {
        struct service_member *member = &s->members[touched.places[i]];
        const bool is_candidate =
            slice_desired_is_candidate(cluster, s, cluster->pods[member->pod]);
        if (is_candidate && !is_plain(cluster, s, member))
            return false;
        candidate_count += (uint32_t)is_candidate - (uint32_t)member->is_candidate;
    }
    return candidate_count > 0; /* else there is a placeholder to think of */
}

void slice_baseline_set(const struct cluster *cluster, struct service *s,
                        const struct port_map *ports, bool is_plain)
{
    struct slice_baseline *b = &s->baseline;

    *b = (struct slice_baseline){
        .ports = ports,
        .cluster_ip = s->cluster_ip,
        .uid = s->uid,
        .node_news = cluster->node_news,
        .family_count = s->family_count,
        .is_valid = is_plain,
    };
    memcpy(b->families, s->families, sizeof(b->families));
    for (uint32_t i = 0; i < s->member_end; i++)
        b->candidate_count += s->members[i].is_candidate;
}

void slice_baseline_move(const struct cluster *cluster, struct service *s)
{
    const struct touched_members touched = service_members_touched(s, TRIGGER_ENDPOINT_SLICE);

    for (uint32_t i = 0; i < touched.count; i++) {
        struct service_member *member = &s->members[touched.places[i]];
        const bool is_candidate =
            slice_desired_is_candidate(cluster, s, cluster->pods[member->pod]);
        s->baseline.candidate_count += (uint32_t)is_candidate - (uint32_t)member->is_candidate;
        member->is_candidate = is_candidate;
    }
}
