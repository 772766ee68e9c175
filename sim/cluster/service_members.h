/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pods that the controllers have seen a service's selector match, in the order in which they were first seen, and
 * for each controller which of them it has heard of since its last sync: a sync looks at those only. All of it is the
 * simulator's own bookkeeping: what a sync writes, and how long it takes in simulated time, goes by all members.
 */
#ifndef EPSIM_CLUSTER_SERVICE_MEMBERS_H
#define EPSIM_CLUSTER_SERVICE_MEMBERS_H

#include "cluster/model.h"

/* The pod is a member from now on, if it is not yet; a new one counts as touched. */
void service_members_add(struct cluster *cluster, uint32_t service, uint32_t pod);

/* News of the pod has come: it is touched in every service of which it is a member. */
void service_members_touch(struct cluster *cluster, uint32_t pod);

/* Whether nothing but the touched members can have changed for that controller since service_members_clear. */
bool service_members_is_complete(const struct service *service, enum trigger_reader reader);

/* The touched members' places, ascending; good until the next call of this module. */
struct touched_members {
    const uint32_t *places;
    uint32_t count;
};
struct touched_members service_members_touched(struct service *service, enum trigger_reader reader);

/* That controller has looked at all members as they are now. */
void service_members_clear(struct service *service, enum trigger_reader reader);

/* That controller has to look at all members again. */
void service_members_forget(struct service *service, enum trigger_reader reader);

/* Forgets the touched members (by the slices' controller) whose pods are gone: they keep their places, marked, until
 * service_members_compact moves the others up. Only before it clears. */
void service_members_prune(struct cluster *cluster, uint32_t service);
void service_members_compact(struct cluster *cluster, uint32_t service);

/* The pod's place among the members, ID_NONE: it is none. */
uint32_t service_members_place(const struct cluster *cluster, uint32_t service, uint32_t pod);

#endif
