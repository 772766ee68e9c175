/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/slice_packing.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/controllers/topology_hints.h"
#include "cluster/names.h"
#include "cluster/port_maps.h"
#include "cluster/service_table.h"

/* A slice while it is being planned. */
struct draft {
    uint32_t slice; /* ID_NONE: to be created */
    const struct slice_content *before;
    struct slice_endpoint *endpoints; /* room for the largest slice */
    uint32_t count;
    const struct port_map *ports;
    enum draft_fate {
        FATE_UNCHANGED,
        FATE_UPDATE,
        FATE_CREATE,
        FATE_DELETE
    } fate;
};

struct plan {
    struct cluster *cluster;
    uint32_t service;
    uint32_t max_per_slice;
    struct slice_endpoint
        *desired; /* those not yet placed are [0, desired_count) of the current group */
    const struct port_map **desired_ports;
    uint32_t desired_count;
    struct draft *drafts;
    uint32_t draft_count;
    struct random luck; /* Go's map order */
};

/* ShouldPodBeInEndpoints. */
static bool is_candidate(const struct cluster *cluster, const struct service *s,
                         const struct pod_view *view)
{
    if (!view->exists || !view->has_ip || !labels_match(&s->seen->selector, view->labels))
        return false;
    if (view->phase == PHASE_SUCCEEDED || view->phase == PHASE_FAILED)
        return false;
    return !view->is_deleting || cluster->rules.has_terminating_endpoints ||
           s->seen->publish_not_ready;
}

static struct slice_endpoint make_endpoint(const struct service *s, uint32_t pod,
                                           const struct pod_view *view)
{
    return (struct slice_endpoint){
        .pod = pod,
        .is_serving = view->is_ready,
        .is_terminating = view->is_deleting,
        .is_ready = s->seen->publish_not_ready || (view->is_ready && !view->is_deleting),
    };
}

/* Fills desired with what the informers show; forgets pods that are gone. */
static void collect_desired(struct plan *plan)
{
    struct cluster *cluster = plan->cluster;
    struct service *s = &cluster->services[plan->service];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < s->pod_count; i++) {
        uint32_t pod = s->pods[i];
        const struct pod_view *view = &cluster->pods[pod]->seen;
        if (!view->exists)
            continue;
        s->pods[kept++] = pod;
        if (!is_candidate(cluster, s, view))
            continue;
        plan->desired[plan->desired_count] = make_endpoint(s, pod, view);
        plan->desired_ports[plan->desired_count++] =
            port_maps_of_pod(cluster, s->seen, cluster->pods[pod]->spec);
    }
    s->pod_count = kept;
}

static void collect_drafts(struct plan *plan)
{
    struct cluster *cluster = plan->cluster;
    const struct service *s = &cluster->services[plan->service];

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->seen == NULL || slice->manager != SLICE_MANAGED)
            continue;
        plan->drafts[plan->draft_count++] = (struct draft){
            .slice = s->slices[i],
            .before = slice->seen,
            .ports = slice->seen->ports,
            .fate = FATE_DELETE, /* until a group of ports claims it */
        };
    }
}

static struct slice_endpoint *new_room(const struct plan *plan)
{
    return blocks_alloc(&plan->cluster->blocks,
                        plan->max_per_slice * sizeof(struct slice_endpoint));
}

/* Step 1 for one slice: keeps what is still desired. `found` by pod tells where in desired, or UINT32_MAX. */
static void keep_desired(struct plan *plan, struct draft *draft, bool *is_placed)
{
    uint64_t mark = plan->cluster->scratch_mark;
    bool has_changed = false;

    draft->endpoints = new_room(plan);
    for (uint32_t i = 0; i < draft->before->count; i++) {
        const struct slice_endpoint *old = &draft->before->endpoints[i];
        uint64_t found = plan->cluster->scratch[old->pod];
        uint32_t at = (uint32_t)found;
        const struct slice_endpoint *wanted;
        if ((found & ~(uint64_t)UINT32_MAX) != mark || is_placed[at] ||
            plan->desired_ports[at] != draft->ports) {
            has_changed = true;
            continue;
        }
        wanted = &plan->desired[at];
        is_placed[at] = true;
        has_changed |= wanted->is_ready != old->is_ready || wanted->is_serving != old->is_serving ||
                       wanted->is_terminating != old->is_terminating;
        draft->endpoints[draft->count] = *wanted;
        draft->endpoints[draft->count++].hints = old->hints;
    }
    if (!has_changed)
        draft->fate = FATE_UNCHANGED;
    else
        draft->fate = draft->count == 0 ? FATE_DELETE : FATE_UPDATE;
}

/* Takes a random one of the endpoints that are left. */
static struct slice_endpoint pop_any(struct plan *plan, struct slice_endpoint *left,
                                     uint32_t *left_count)
{
    uint32_t at = (uint32_t)random_below(&plan->luck, *left_count);
    struct slice_endpoint taken = left[at];

    left[at] = left[--*left_count];
    return taken;
}

static void fill(struct plan *plan, struct draft *draft, struct slice_endpoint *left,
                 uint32_t *left_count)
{
    while (*left_count > 0 && draft->count < plan->max_per_slice)
        draft->endpoints[draft->count++] = pop_any(plan, left, left_count);
}

/* Step 2: tops up the slices that are written anyway, the fullest first. */
static void top_up(struct plan *plan, const struct port_map *ports, struct slice_endpoint *left,
                   uint32_t *left_count)
{
    while (*left_count > 0) {
        struct draft *fullest = NULL;
        for (uint32_t i = 0; i < plan->draft_count; i++) {
            struct draft *d = &plan->drafts[i];
            if (d->fate == FATE_UPDATE && d->ports == ports && d->count < plan->max_per_slice &&
                (fullest == NULL || d->count > fullest->count))
                fullest = d;
        }
        if (fullest == NULL)
            return;
        fill(plan, fullest, left, left_count);
    }
}

/* Step 3: the unchanged slice that takes the whole rest and has the least room left, else a new one. */
static struct draft *choose_home(struct plan *plan, const struct port_map *ports,
                                 uint32_t left_count)
{
    struct draft *best = NULL;
    struct draft *fresh;

    for (uint32_t i = 0; left_count < plan->max_per_slice && i < plan->draft_count; i++) {
        struct draft *d = &plan->drafts[i];
        if (d->fate == FATE_UNCHANGED && d->ports == ports &&
            d->count + left_count <= plan->max_per_slice &&
            (best == NULL || d->count > best->count))
            best = d;
    }
    if (best != NULL) {
        best->fate = FATE_UPDATE;
        return best;
    }
    fresh = &plan->drafts[plan->draft_count++];
    *fresh = (struct draft){
        .slice = ID_NONE, .ports = ports, .endpoints = new_room(plan), .fate = FATE_CREATE};
    return fresh;
}

static void place_group(struct plan *plan, const struct port_map *ports, const bool *is_placed)
{
    size_t bytes = (plan->desired_count + 1) * sizeof(struct slice_endpoint);
    struct slice_endpoint *left = blocks_alloc(&plan->cluster->blocks, bytes);
    uint32_t left_count = 0;

    for (uint32_t i = 0; i < plan->desired_count; i++) {
        if (!is_placed[i] && plan->desired_ports[i] == ports)
            left[left_count++] = plan->desired[i];
    }
    top_up(plan, ports, left, &left_count);
    while (left_count > 0)
        fill(plan, choose_home(plan, ports, left_count), left, &left_count);
    blocks_free(&plan->cluster->blocks, left, bytes);
}

static bool is_desired_group(const struct plan *plan, const struct port_map *ports)
{
    for (uint32_t i = 0; i < plan->desired_count; i++) {
        if (plan->desired_ports[i] == ports)
            return true;
    }
    return false;
}

static void pack(struct plan *plan)
{
    struct cluster *cluster = plan->cluster;
    size_t placed_bytes = plan->desired_count + 1;
    bool *is_placed = blocks_alloc(&cluster->blocks, placed_bytes);

    cluster->scratch_mark += UINT64_C(1) << 32;
    ARENA_GROW(cluster->arena, cluster->scratch, &cluster->scratch_capacity, cluster->pod_count);
    for (uint32_t i = 0; i < plan->desired_count; i++)
        cluster->scratch[plan->desired[i].pod] = cluster->scratch_mark | i;
    for (uint32_t i = 0; i < plan->draft_count; i++) {
        if (is_desired_group(plan, plan->drafts[i].ports))
            keep_desired(plan, &plan->drafts[i], is_placed);
    }
    for (uint32_t m = 0; m < cluster->port_map_count; m++) {
        if (is_desired_group(plan, cluster->port_maps[m]))
            place_group(plan, cluster->port_maps[m], is_placed);
    }
    blocks_free(&cluster->blocks, is_placed, placed_bytes);
}

/* A service without endpoints keeps one slice that says so. */
static void add_placeholder(struct plan *plan)
{
    uint32_t deleted = 0;

    for (uint32_t i = 0; i < plan->draft_count; i++) {
        if (plan->drafts[i].fate == FATE_CREATE)
            return;
        deleted += plan->drafts[i].fate == FATE_DELETE;
    }
    if (deleted != plan->draft_count)
        return;
    if (plan->draft_count == 1 && plan->drafts[0].before->count == 0 &&
        plan->drafts[0].ports->count == 0) {
        plan->drafts[0].fate = FATE_UNCHANGED;
        return;
    }
    plan->drafts[plan->draft_count++] = (struct draft){.slice = ID_NONE,
                                                       .ports = port_maps_empty(plan->cluster),
                                                       .endpoints = new_room(plan),
                                                       .fate = FATE_CREATE};
}

/* Each slice to be deleted takes over the content of one to be created: an update instead of two writes. */
static void recycle(struct plan *plan)
{
    uint32_t last = plan->draft_count;

    for (uint32_t i = 0; i < plan->draft_count; i++) {
        struct draft *dying = &plan->drafts[i];
        struct draft *born;
        if (dying->fate != FATE_DELETE)
            continue;
        while (last > 0 && plan->drafts[last - 1].fate != FATE_CREATE)
            last--;
        if (last == 0)
            return;
        born = &plan->drafts[--last];
        born->slice = dying->slice;
        born->before = dying->before;
        born->fate = FATE_UPDATE;
        dying->fate = FATE_UNCHANGED;
        dying->count = 0;
        dying->slice = ID_NONE;
    }
}

static void plan_write(struct plan *plan, struct worker *worker, struct draft *draft, uint8_t group)
{
    struct cluster *cluster = plan->cluster;
    enum write_op op = OP_DELETE_SLICE;
    struct slice_content *content = NULL;
    struct write *w;

    if (draft->fate == FATE_CREATE)
        draft->slice = names_new_slice(cluster, plan->service);
    if (draft->fate != FATE_DELETE) {
        op = draft->fate == FATE_CREATE ? OP_CREATE_SLICE : OP_UPDATE_SLICE;
        content = service_table_new_content(cluster, draft->slice, draft->count);
        content->ports = draft->ports;
        memcpy(content->endpoints, draft->endpoints, draft->count * sizeof(struct slice_endpoint));
    }
    w = controller_plan(cluster, CONTROLLER_ENDPOINT_SLICE, worker, op, draft->slice);
    w->group = group;
    w->view.slice = content;
    if (op != OP_CREATE_SLICE)
        w->expected_version = cluster->slices[draft->slice]->seen_version;
}

static void plan_writes(struct plan *plan, struct worker *worker)
{
    static const enum draft_fate order[] = {FATE_CREATE, FATE_UPDATE, FATE_DELETE};
    uint8_t group = 0;

    for (uint32_t k = 0; k < EP_COUNT_OF(order); k++) {
        for (uint32_t i = 0; i < plan->draft_count; i++) {
            if (plan->drafts[i].fate == order[k])
                plan_write(plan, worker, &plan->drafts[i], group++); /* one after another */
        }
    }
}

/* Hints may make it necessary to write slices that have not changed. */
static void set_hints(struct plan *plan)
{
    static const enum draft_fate order[] = {FATE_CREATE, FATE_UPDATE, FATE_UNCHANGED};
    size_t bytes = (plan->draft_count + 1) * (sizeof(struct hinted_slice) + sizeof(uint32_t));
    struct hinted_slice *slices = blocks_alloc(&plan->cluster->blocks, bytes);
    uint32_t *drafts = (uint32_t *)(slices + plan->draft_count + 1);
    uint32_t count = 0;

    for (uint32_t k = 0; k < EP_COUNT_OF(order); k++) {
        for (uint32_t i = 0; i < plan->draft_count; i++) {
            const struct draft *d = &plan->drafts[i];
            if (d->fate != order[k] || d->endpoints == NULL)
                continue;
            slices[count] =
                (struct hinted_slice){d->endpoints, d->count, d->fate != FATE_UNCHANGED};
            drafts[count++] = i;
        }
    }
    topology_hints_set(plan->cluster, plan->cluster->services[plan->service].seen, slices, count);
    for (uint32_t i = 0; i < count; i++) {
        if (slices[i].is_written && plan->drafts[drafts[i]].fate == FATE_UNCHANGED)
            plan->drafts[drafts[i]].fate = FATE_UPDATE;
    }
    blocks_free(&plan->cluster->blocks, slices, bytes);
}

void slice_packing_plan(struct cluster *cluster, struct worker *worker, uint32_t service)
{
    struct service *s = &cluster->services[service];
    struct plan plan = {
        .cluster = cluster,
        .service = service,
        .max_per_slice = cluster->spec->controller_manager.max_endpoints_per_slice,
        .luck = random_at(
            random_key(cluster->seed, cluster->replication, RANDOM_SLICE_PACKING, s->hash),
            s->sync_count),
    };
    uint32_t pods = s->pod_count + 1;
    uint32_t room = s->slice_count + pods + 1;

    plan.desired = blocks_alloc(&cluster->blocks, pods * sizeof(*plan.desired));
    plan.desired_ports = blocks_alloc(&cluster->blocks, pods * sizeof(*plan.desired_ports));
    plan.drafts = blocks_alloc(&cluster->blocks, room * sizeof(*plan.drafts));
    collect_desired(&plan);
    collect_drafts(&plan);
    pack(&plan);
    add_placeholder(&plan);
    recycle(&plan);
    if (topology_hints_concern(cluster, s))
        set_hints(&plan);
    plan_writes(&plan, worker);
    for (uint32_t i = 0; i < plan.draft_count; i++)
        blocks_free(&cluster->blocks, plan.drafts[i].endpoints,
                    plan.max_per_slice * sizeof(struct slice_endpoint));
    blocks_free(&cluster->blocks, plan.drafts, room * sizeof(*plan.drafts));
    blocks_free(&cluster->blocks, plan.desired_ports, pods * sizeof(*plan.desired_ports));
    blocks_free(&cluster->blocks, plan.desired, pods * sizeof(*plan.desired));
}
