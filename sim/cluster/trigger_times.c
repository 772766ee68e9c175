/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/trigger_times.h"

#include "cluster/service_members.h"
#include "cluster/service_views.h"

static sim_ns whole_seconds(sim_ns at_ns)
{
    sim_ns rest_ns = at_ns % NS_PER_S;

    return rest_ns < 0 ? at_ns - rest_ns - NS_PER_S : at_ns - rest_ns;
}

/* Notes the member's transition; the earlier of it, if it is new, and `changed_ns`. */
static sim_ns take_member(const struct cluster *cluster, const struct service *service,
                          struct service_member *member, enum trigger_reader reader,
                          sim_ns changed_ns)
{
    const struct pod *p = cluster->pods[member->pod];
    const struct pod_view *view = &p->seen;
    sim_ns known_ns = member->trigger_ns[reader];

    member->trigger_ns[reader] = TRIGGER_UNKNOWN;
    if (!view->exists || !service_views_selects(cluster, service, p) ||
        view->ready_since_ns == NS_NEVER)
        return changed_ns; /* not listed, or it does not say: forgotten */
    member->trigger_ns[reader] = view->ready_since_ns;
    return view->ready_since_ns > known_ns && view->ready_since_ns < changed_ns
               ? view->ready_since_ns
               : changed_ns;
}

sim_ns trigger_times_take(struct cluster *cluster, struct service *service,
                          enum trigger_reader reader)
{
    sim_ns created_ns = whole_seconds(service->created_ns);
    bool was_known = service->has_trigger[reader];
    sim_ns changed_ns = NS_NEVER;

    if (was_known && service_members_is_complete(service, reader)) {
        const struct touched_members touched = service_members_touched(service, reader);
        for (uint32_t i = 0; i < touched.count; i++)
            changed_ns = take_member(cluster, service, &service->members[touched.places[i]], reader,
                                     changed_ns);
    } else {
        for (uint32_t i = 0; i < service->member_end; i++)
            changed_ns = take_member(cluster, service, &service->members[i], reader, changed_ns);
    }
    if (created_ns > service->trigger_service_ns[reader] && created_ns < changed_ns)
        changed_ns = created_ns;
    service->has_trigger[reader] = true;
    service->trigger_service_ns[reader] = created_ns;
    if (!cluster->is_started)
        return NS_NEVER; /* what is there at the start was written long ago, for whatever reason */
    return was_known ? changed_ns : created_ns;
}

void trigger_times_forget(struct service *service, enum trigger_reader reader)
{
    service->has_trigger[reader] = false;
    service->trigger_service_ns[reader] = TRIGGER_UNKNOWN;
    for (uint32_t i = 0; i < service->member_end; i++)
        service->members[i].trigger_ns[reader] = TRIGGER_UNKNOWN;
    service_members_forget(service, reader);
}
