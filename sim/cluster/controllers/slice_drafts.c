/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The slices that a sync plans with. Those of a service of thousands of endpoints are many, and one pod's flip concerns
 * one of them.
 */
#include <string.h>

#include "cluster/controllers/slice_plan.h"

/* A narrow plan compares endpoints with each touched pod. */
#define NARROW_MAX 4u

static bool is_of_family(const struct slice *slice, enum ip_family family)
{
    return slice->seen != NULL && slice->seen->manager == SLICE_MANAGED &&
           slice->is_ipv6 == (family == IP_FAMILY_V6);
}

static struct slice_draft draft_of(const struct slice_plan *plan, uint32_t index)
{
    const struct cluster *cluster = plan->cluster;
    const struct slice *slice = cluster->slices[index];

    return (struct slice_draft){
        .slice = index,
        .before = slice->seen,
        .ports = slice->seen->ports,
        .count = plan->is_quick ? slice->seen->count : 0,
        .is_owned = slice->owner_uid == cluster->services[plan->service].uid,
        .fate = FATE_DELETE, /* until a group of ports claims it */
    };
}

static const struct service_member *touched_member(const struct slice_plan *plan, uint32_t i)
{
    return &plan->cluster->services[plan->service].members[plan->touched.places[i]];
}

static void alloc_drafts(struct slice_plan *plan, uint32_t count)
{
    plan->draft_room = count;
    plan->drafts =
        blocks_alloc_raw(&plan->cluster->blocks, plan->draft_room * sizeof(*plan->drafts));
}

/* Marks the drafts in which touched members have their endpoints, and those members' pods. */
static void mark_touched(struct slice_plan *plan)
{
    struct cluster *cluster = plan->cluster;

    cluster->scratch_mark += UINT64_C(1) << 32;
    ARENA_GROW(cluster->arena, cluster->scratch, &cluster->scratch_capacity, cluster->pod_count);
    for (uint32_t i = 0; i < plan->touched.count; i++) {
        const struct service_member *member = touched_member(plan, i);
        const uint32_t home = member->homes[plan->family];
        cluster->scratch[member->pod] = cluster->scratch_mark;
        for (uint32_t k = 0; home != ID_NONE && k < plan->draft_count; k++) {
            if (plan->drafts[k].slice == home)
                plan->drafts[k].is_touched = true;
        }
    }
}

static void collect_all(struct slice_plan *plan)
{
    const struct cluster *cluster = plan->cluster;
    const struct service *s = &cluster->services[plan->service];

    alloc_drafts(plan, s->slice_count + plan->room);
    for (uint32_t i = 0; i < s->slice_count; i++) {
        if (is_of_family(cluster->slices[s->slices[i]], plan->family))
            plan->drafts[plan->draft_count++] = draft_of(plan, s->slices[i]);
    }
    if (plan->is_quick)
        mark_touched(plan);
}

/* Few members are touched, and each that is to be an endpoint is one already. */
static bool may_be_narrow(const struct slice_plan *plan)
{
    const struct service *s = &plan->cluster->services[plan->service];

    if (!plan->is_quick || plan->touched.count > NARROW_MAX)
        return false;
    for (uint32_t i = 0; i < plan->desired_count; i++) {
        if (s->members[plan->places[i]].homes[plan->family] == ID_NONE)
            return false;
    }
    return true;
}

/* Adds the slice where it belongs: numbers are given in order of making. */
static void add_draft(struct slice_plan *plan, uint32_t slice)
{
    uint32_t at = plan->draft_count;

    for (uint32_t i = 0; i < plan->draft_count; i++) {
        if (plan->drafts[i].slice == slice)
            return;
    }
    for (; at > 0 && plan->drafts[at - 1].slice > slice; at--)
        plan->drafts[at] = plan->drafts[at - 1];
    plan->drafts[at] = draft_of(plan, slice);
    plan->drafts[at].is_touched = true;
    plan->draft_count++;
}

void slice_drafts_collect(struct slice_plan *plan)
{
    plan->is_narrow = may_be_narrow(plan);
    if (!plan->is_narrow) {
        collect_all(plan);
        return;
    }
    alloc_drafts(plan, NARROW_MAX);
    for (uint32_t i = 0; i < plan->touched.count; i++) {
        const uint32_t home = touched_member(plan, i)->homes[plan->family];
        if (home != ID_NONE && is_of_family(plan->cluster->slices[home], plan->family))
            add_draft(plan, home);
    }
}

void slice_drafts_widen(struct slice_plan *plan)
{
    slice_drafts_free(plan);
    plan->is_narrow = false;
    plan->draft_count = 0;
    memset(plan->placed_in, 0, plan->room * sizeof(*plan->placed_in));
    collect_all(plan);
}

void slice_drafts_free(struct slice_plan *plan)
{
    struct blocks *blocks = &plan->cluster->blocks;

    for (uint32_t i = 0; i < plan->draft_count; i++) {
        if (plan->drafts[i].endpoints != NULL)
            blocks_free(blocks, plan->drafts[i].endpoints,
                        plan->max_per_slice * sizeof(struct slice_endpoint));
    }
    blocks_free(blocks, plan->drafts, plan->draft_room * sizeof(*plan->drafts));
}

uint32_t slice_drafts_next_touched(const struct slice_plan *plan,
                                   const struct slice_content *content, uint32_t i)
{
    const uint32_t *places = plan->touched.places;
    uint32_t next = content->count;

    if (!plan->is_narrow) {
        const uint64_t *marks = plan->cluster->scratch;
        while (i < content->count &&
               marks[content->endpoints[i].pod] != plan->cluster->scratch_mark)
            i++;
        return i;
    }
    for (uint32_t k = 0; k < plan->touched.count; k++) {
        const uint32_t pod = plan->cluster->services[plan->service].members[places[k]].pod;
        uint32_t at = i;
        while (at < next && content->endpoints[at].pod != pod)
            at++;
        next = at;
    }
    return next;
}
