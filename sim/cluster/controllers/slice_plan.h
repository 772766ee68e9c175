/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One sync of the slices of a service and address family while it is being planned. Private to slice_packing and
 * slice_hints.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_SLICE_PLAN_H
#define EPSIM_CLUSTER_CONTROLLERS_SLICE_PLAN_H

#include "cluster/controllers/controller.h"
#include "cluster/service_members.h"
#include "engine/random.h"

enum draft_fate {
    FATE_UNCHANGED,
    FATE_UPDATE,
    FATE_CREATE,
    FATE_DELETE,
    FATE_GONE, /* its object has another draft's content now */
    FATE_COUNT
};

/* A slice while it is being planned. */
struct slice_draft {
    uint32_t slice; /* ID_NONE: to be created */
    const struct slice_content *before;
    struct slice_endpoint *endpoints; /* room for the largest slice */
    uint32_t count;
    uint32_t first; /* endpoints at its beginning that are there before too, and no more ... */
    uint32_t last;  /* ... and others at its end */
    const struct port_map *ports;
    bool is_touched;  /* a touched member has its endpoint here */
    bool is_owned;    /* by the Service as it is now */
    bool is_recycled; /* new content under an old name: no version is expected */
    enum draft_fate fate;
};

struct slice_plan {
    struct cluster *cluster;
    uint32_t service;
    enum ip_family family;
    uint32_t max_per_slice;
    struct slice_endpoint *desired;
    const struct port_map **desired_ports;
    uint64_t *identities;
    uint32_t *places; /* of each desired endpoint's pod among the members */
    uint32_t desired_count;
    uint32_t *table; /* by identity: index in desired + 1; 0: none */
    uint32_t table_mask;
    uint32_t *placed_in;            /* draft + 1, 0: none yet */
    const struct port_map **groups; /* one a key, the first met */
    uint32_t group_count;
    struct slice_draft *drafts;
    uint32_t draft_count;
    uint32_t draft_room;
    uint32_t room;                  /* in each of the arrays */
    struct touched_members touched; /* while is_quick */
    bool is_quick;  /* desired holds touched members only; the baseline tells the rest */
    bool is_narrow; /* drafts are only those slices in which touched members stand, which are few */
    bool is_check;  /* made to be compared with: it leaves no trace */
    bool has_collision; /* two pods have one identity */
    bool has_lost_pods; /* left out because their Nodes are unknown */
    struct random luck; /* Go's map order */
};

/* --- slice_desired.c --- */

/* ShouldPodBeInEndpoints. */
bool slice_desired_is_candidate(const struct cluster *cluster, const struct service *s,
                                const struct pod *p);

/* The identity of an endpoint of slices with those ports: no two are equal. */
uint64_t slice_desired_identity(const struct slice_plan *plan, uint32_t pod,
                                const struct endpoint_target *target, const struct port_map *ports);

/* Where the identity is or would be in the table. */
uint32_t *slice_desired_slot(const struct slice_plan *plan, uint64_t identity);

/* Fills desired with what the informers show. False: a pod's Node is unknown, and the version gives up all of it. */
bool slice_desired_collect(struct slice_plan *plan);

/* --- slice_drafts.c --- */

/* Fills drafts with the slices that the informer shows, in order of their making; those where touched members stand are
 * marked. Of a quick plan for few members that all stand somewhere it takes no others: is_narrow. */
void slice_drafts_collect(struct slice_plan *plan);

/* Takes the others too, and forgets what has been placed. */
void slice_drafts_widen(struct slice_plan *plan);

void slice_drafts_free(struct slice_plan *plan);

/* Of a quick plan: the place of the first touched member's endpoint from the i-th on, the count if there is none. */
uint32_t slice_drafts_next_touched(const struct slice_plan *plan,
                                   const struct slice_content *content, uint32_t i);

/* --- slice_baseline.c --- */

/* Whether the service's next sync may look at the touched members only. */
bool slice_baseline_holds(struct cluster *cluster, struct service *s);

/* After a sync that looked at all; is_plain: all candidates have these ports, no two one identity, all Nodes are known. */
void slice_baseline_set(const struct cluster *cluster, struct service *s,
                        const struct port_map *ports, bool is_plain);

/* After one that looked at the touched members. */
void slice_baseline_move(const struct cluster *cluster, struct service *s);

#endif
