/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/slice_packing.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/controllers/slice_plan.h"
#include "cluster/controllers/slice_standing.h"
#include "cluster/controllers/topology_hints.h"
#include "cluster/names.h"
#include "cluster/object_labels.h"
#include "cluster/port_maps.h"
#include "cluster/service_addresses.h"
#include "cluster/service_table.h"

bool slice_packing_has_live_phase(const struct cluster *cluster, const struct pod *pod)
{
    uint8_t phase = pod->seen.phase;
    const char *policy = pod->spec->restart_policy;

    if (cluster->rules.has_phase_rule || policy == NULL || strcmp(policy, "Never") == 0)
        return phase != PHASE_SUCCEEDED && phase != PHASE_FAILED;
    return strcmp(policy, "OnFailure") != 0 || phase != PHASE_SUCCEEDED;
}

static struct slice_endpoint *new_room(const struct slice_plan *plan)
{
    return blocks_alloc_raw(&plan->cluster->blocks,
                            plan->max_per_slice * sizeof(struct slice_endpoint));
}

/* Whether the endpoint says something else than before. Hints are another matter. */
static bool differs(const struct slice_endpoint *a, const struct slice_endpoint *b)
{
    return a->target != b->target || a->pod_version != b->pod_version ||
           a->is_ready != b->is_ready || a->is_serving != b->is_serving ||
           a->is_terminating != b->is_terminating || a->known != b->known || a->pod != b->pod;
}

/* Of a quick plan: keeps the endpoints from the i-th on up to the next touched one, whose place it returns. */
static uint32_t keep_run(const struct slice_plan *plan, struct slice_draft *draft, uint32_t i)
{
    const uint32_t end = slice_drafts_next_touched(plan, draft->before, i);

    memcpy(&draft->endpoints[draft->count], &draft->before->endpoints[i],
           (end - i) * sizeof(struct slice_endpoint));
    draft->count += end - i;
    draft->last = end - i;
    return end;
}

/* What stands in the draft from here on is not what stood there. */
static void note_change(struct slice_draft *draft, bool *has_changed)
{
    if (!*has_changed)
        draft->first = draft->count;
    *has_changed = true;
    draft->last = 0;
}

/* Step 1 for one slice: keeps what is still desired. */
static void keep_desired(struct slice_plan *plan, struct slice_draft *draft)
{
    bool has_changed = false;

    draft->endpoints = new_room(plan);
    draft->count = 0;
    for (uint32_t i = 0; i < draft->before->count; i++) {
        const struct slice_endpoint *old;
        uint32_t at;
        if (plan->is_quick)
            i = keep_run(plan, draft, i);
        if (i == draft->before->count)
            break;
        old = &draft->before->endpoints[i];
        at = *slice_desired_slot(plan,
                                 slice_desired_identity(plan, old->pod, old->target, draft->ports));
        if (at == 0 || plan->placed_in[at - 1] != 0 || draft->count == plan->max_per_slice) {
            note_change(draft, &has_changed);
            continue;
        }
        plan->placed_in[at - 1] = (uint32_t)(draft - plan->drafts) + 1;
        if (differs(&plan->desired[at - 1], old))
            note_change(draft, &has_changed);
        draft->endpoints[draft->count] = plan->desired[at - 1];
        draft->endpoints[draft->count++].hints = old->hints;
    }
    if (!has_changed) {
        draft->first = draft->count;
        draft->last = 0;
    }
    if (has_changed)
        draft->fate = draft->count == 0 ? FATE_DELETE : FATE_UPDATE;
    else
        draft->fate = object_labels_equal(draft->before->labels,
                                          plan->cluster->services[plan->service].slice_labels)
                          ? FATE_UNCHANGED
                          : FATE_UPDATE;
}

/* An unchanged slice of a quick plan is looked at only when it has to be. */
static void load(struct slice_plan *plan, struct slice_draft *draft)
{
    if (draft->endpoints != NULL)
        return;
    draft->endpoints = new_room(plan);
    memcpy(draft->endpoints, draft->before->endpoints,
           draft->before->count * sizeof(struct slice_endpoint));
    draft->first = draft->count;
}

/* Takes a random one of the endpoints that are left. */
static uint32_t pop_any(struct slice_plan *plan, uint32_t *left, uint32_t *left_count)
{
    uint32_t at = (uint32_t)random_below(&plan->luck, *left_count);
    uint32_t taken = left[at];

    left[at] = left[--*left_count];
    return taken;
}

static void fill(struct slice_plan *plan, struct slice_draft *draft, uint32_t *left,
                 uint32_t *left_count)
{
    load(plan, draft);
    draft->last = 0;
    while (*left_count > 0 && draft->count < plan->max_per_slice) {
        uint32_t taken = pop_any(plan, left, left_count);
        plan->placed_in[taken] = (uint32_t)(draft - plan->drafts) + 1;
        draft->endpoints[draft->count++] = plan->desired[taken];
    }
}

/* Step 2: tops up the slices that are written anyway, the fullest first. */
static void top_up(struct slice_plan *plan, const struct port_map *ports, uint32_t *left,
                   uint32_t *left_count)
{
    while (*left_count > 0) {
        struct slice_draft *fullest = NULL;
        for (uint32_t i = 0; i < plan->draft_count; i++) {
            struct slice_draft *d = &plan->drafts[i];
            if (d->fate == FATE_UPDATE && d->ports->key == ports->key &&
                d->count < plan->max_per_slice && (fullest == NULL || d->count > fullest->count))
                fullest = d;
        }
        if (fullest == NULL)
            return;
        fill(plan, fullest, left, left_count);
    }
}

/* Step 3: the unchanged slice that takes the whole rest and has the least room left, else a new one. */
static struct slice_draft *choose_home(struct slice_plan *plan, const struct port_map *ports,
                                       uint32_t left_count)
{
    struct slice_draft *best = NULL;
    struct slice_draft *fresh;

    for (uint32_t i = 0; left_count < plan->max_per_slice && i < plan->draft_count; i++) {
        struct slice_draft *d = &plan->drafts[i];
        if (d->fate == FATE_UNCHANGED && d->ports->key == ports->key &&
            d->count + left_count <= plan->max_per_slice &&
            (best == NULL || d->count > best->count))
            best = d;
    }
    if (best != NULL) {
        best->fate = FATE_UPDATE;
        return best;
    }
    fresh = &plan->drafts[plan->draft_count++];
    *fresh = (struct slice_draft){
        .slice = ID_NONE, .ports = ports, .endpoints = new_room(plan), .fate = FATE_CREATE};
    return fresh;
}

static void place_group(struct slice_plan *plan, const struct port_map *ports)
{
    size_t bytes = (plan->desired_count + 1) * sizeof(uint32_t);
    uint32_t *left = blocks_alloc(&plan->cluster->blocks, bytes); /* of desired */
    uint32_t left_count = 0;

    for (uint32_t i = 0; i < plan->desired_count; i++) {
        if (plan->placed_in[i] == 0 && plan->desired_ports[i]->key == ports->key)
            left[left_count++] = i;
    }
    top_up(plan, ports, left, &left_count);
    while (left_count > 0 && !plan->is_narrow)
        fill(plan, choose_home(plan, ports, left_count), left, &left_count);
    blocks_free(&plan->cluster->blocks, left, bytes);
}

static bool is_desired_group(const struct slice_plan *plan, const struct port_map *ports)
{
    for (uint32_t i = 0; i < plan->group_count; i++) {
        if (plan->groups[i]->key == ports->key)
            return true;
    }
    return false;
}

static void pack(struct slice_plan *plan)
{
    for (uint32_t i = 0; i < plan->draft_count; i++) {
        struct slice_draft *draft = &plan->drafts[i];
        if (!draft->is_owned || !is_desired_group(plan, draft->ports))
            continue;
        if (!plan->is_quick || draft->is_touched)
            keep_desired(plan, draft);
        else
            draft->fate = FATE_UNCHANGED;
    }
    for (uint32_t i = 0; i < plan->group_count; i++)
        place_group(plan, plan->groups[i]);
}

/* What a service without endpoints keeps says so already. Its owner is not looked at. */
static bool is_placeholder(const struct slice_plan *plan, const struct slice_draft *draft)
{
    return plan->cluster->rules.keeps_placeholder && draft->before->count == 0 &&
           draft->before->ports->count == 0 &&
           object_labels_equal(draft->before->labels,
                               plan->cluster->services[plan->service].slice_labels);
}

/* A service without endpoints keeps one slice that says so. */
static void add_placeholder(struct slice_plan *plan)
{
    uint32_t deleted = 0;

    for (uint32_t i = 0; i < plan->draft_count; i++) {
        if (plan->drafts[i].fate == FATE_CREATE)
            return;
        deleted += plan->drafts[i].fate == FATE_DELETE;
    }
    if (deleted != plan->draft_count)
        return;
    if (plan->draft_count == 1 && is_placeholder(plan, &plan->drafts[0])) {
        plan->drafts[0].fate = FATE_GONE;
        return;
    }
    plan->drafts[plan->draft_count++] =
        (struct slice_draft){.slice = ID_NONE,
                             .ports = port_maps_empty(plan->cluster),
                             .endpoints = new_room(plan),
                             .fate = FATE_CREATE};
}

/* Each slice to be deleted takes over the content of one to be created: an update instead of two writes. */
static void recycle(struct slice_plan *plan)
{
    uint32_t last = plan->draft_count;

    for (uint32_t i = 0; i < plan->draft_count; i++) {
        struct slice_draft *dying = &plan->drafts[i];
        struct slice_draft *born;
        if (dying->fate != FATE_DELETE || !dying->is_owned)
            continue;
        while (last > 0 && plan->drafts[last - 1].fate != FATE_CREATE)
            last--;
        if (last == 0)
            return;
        born = &plan->drafts[--last];
        born->slice = dying->slice;
        born->before = dying->before;
        born->fate = FATE_UPDATE;
        born->is_recycled = true;
        dying->fate = FATE_GONE;
    }
}

static struct slice_content *content_of(struct slice_plan *plan, const struct slice_draft *draft,
                                        sim_ns trigger_ns)
{
    struct slice_content *content =
        service_table_new_content(plan->cluster, draft->slice, draft->count);

    content->ports = draft->ports;
    content->labels = plan->cluster->services[plan->service].slice_labels;
    if (draft->before != NULL && !draft->is_recycled)
        content->annotations = object_labels_untimed(plan->cluster, draft->before->annotations);
    if (plan->is_quick && draft->before != NULL && !draft->is_recycled) { /* there are no hints */
        content->base_id = draft->before->id;
        content->base_first = draft->first;
        content->base_last = draft->last;
    }
    content->trigger_ns = trigger_ns;
    content->manager = SLICE_MANAGED;
    content->is_packed = true;
    memcpy(content->endpoints, draft->endpoints, draft->count * sizeof(struct slice_endpoint));
    return content;
}

/* The sync leaves that content in the slice; NULL: none. */
static void leave(struct cluster *cluster, uint32_t slice, const struct slice_content *content)
{
    cluster->slices[slice]->planned_id = content == NULL ? 0 : content->id;
    slice_standing_update(cluster, cluster->slices[slice]);
}

static void plan_write(struct slice_plan *plan, struct worker *worker, struct slice_draft *draft,
                       sim_ns trigger_ns)
{
    struct cluster *cluster = plan->cluster;
    struct slice_content *content = NULL;
    enum write_op op = OP_DELETE_SLICE;
    struct write *w;

    if (draft->fate == FATE_CREATE)
        draft->slice = names_new_slice(cluster, plan->service, plan->family == IP_FAMILY_V6);
    if (draft->fate != FATE_DELETE) {
        op = draft->fate == FATE_CREATE ? OP_CREATE_SLICE : OP_UPDATE_SLICE;
        content = content_of(plan, draft, trigger_ns);
    }
    w = controller_plan(cluster, CONTROLLER_ENDPOINT_SLICE, worker, op, draft->slice);
    w->group = (uint8_t)worker->write_count; /* one after another */
    w->segment = (uint8_t)plan->family;
    w->view.slice = content;
    leave(cluster, draft->slice, content);
    if (op == OP_UPDATE_SLICE && !draft->is_recycled)
        w->expected_version = cluster->slices[draft->slice]->seen_version;
}

static void plan_writes(struct slice_plan *plan, struct worker *worker, sim_ns trigger_ns)
{
    static const enum draft_fate order[] = {FATE_CREATE, FATE_UPDATE, FATE_DELETE};

    uint32_t counts[FATE_COUNT] = {0};

    for (uint32_t i = 0; i < plan->draft_count; i++)
        counts[plan->drafts[i].fate]++;
    for (uint32_t k = 0; k < EP_COUNT_OF(order); k++) {
        for (uint32_t i = 0; counts[order[k]] > 0 && i < plan->draft_count; i++) {
            if (plan->drafts[i].fate != order[k])
                continue;
            counts[order[k]]--;
            plan_write(plan, worker, &plan->drafts[i], trigger_ns);
        }
    }
}

/* Where the endpoints are, and which slices stay as they are: the next sync starts from there. */
static void remember(const struct slice_plan *plan)
{
    struct cluster *cluster = plan->cluster;
    const struct service *s = &cluster->services[plan->service];

    for (uint32_t i = 0; i < plan->touched.count; i++)
        s->members[plan->touched.places[i]].homes[plan->family] = ID_NONE;
    for (uint32_t i = 0; i < plan->desired_count; i++) {
        if (plan->placed_in[i] != 0)
            s->members[plan->places[i]].homes[plan->family] =
                plan->drafts[plan->placed_in[i] - 1].slice;
    }
    for (uint32_t i = 0; !plan->is_quick && i < plan->draft_count; i++) {
        const struct slice_draft *d = &plan->drafts[i];
        if (d->fate == FATE_UNCHANGED)
            leave(cluster, d->slice, d->before);
    }
}

/* Hints may make it necessary to write slices that have not changed. */
static void set_hints(struct slice_plan *plan)
{
    static const enum draft_fate order[] = {FATE_CREATE, FATE_UPDATE, FATE_UNCHANGED};
    size_t bytes = (plan->draft_count + 1) * (sizeof(struct hinted_slice) + sizeof(uint32_t));
    struct hinted_slice *slices = blocks_alloc(&plan->cluster->blocks, bytes);
    uint32_t *drafts = (uint32_t *)(slices + plan->draft_count + 1);
    uint32_t count = 0;

    for (uint32_t k = 0; k < EP_COUNT_OF(order); k++) {
        for (uint32_t i = 0; i < plan->draft_count; i++) {
            const struct slice_draft *d = &plan->drafts[i];
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

static void alloc_plan(struct slice_plan *plan)
{
    struct cluster *cluster = plan->cluster;
    const struct service *s = &cluster->services[plan->service];
    uint32_t buckets = 4;

    plan->room = (plan->is_quick ? plan->touched.count : s->member_count) + 2;
    while (buckets < 2 * plan->room)
        buckets *= 2;
    plan->table_mask = buckets - 1;
    plan->table = blocks_alloc(&cluster->blocks, buckets * sizeof(*plan->table));
    plan->desired = blocks_alloc_raw(&cluster->blocks, plan->room * sizeof(*plan->desired));
    plan->desired_ports =
        blocks_alloc_raw(&cluster->blocks, plan->room * sizeof(*plan->desired_ports));
    plan->identities = blocks_alloc_raw(&cluster->blocks, plan->room * sizeof(*plan->identities));
    plan->groups = blocks_alloc_raw(&cluster->blocks, plan->room * sizeof(*plan->groups));
    plan->places = blocks_alloc_raw(&cluster->blocks, plan->room * sizeof(*plan->places));
    plan->placed_in = blocks_alloc(&cluster->blocks, plan->room * sizeof(*plan->placed_in));
}

static void free_plan(struct slice_plan *plan)
{
    struct blocks *blocks = &plan->cluster->blocks;

    slice_drafts_free(plan);
    blocks_free(blocks, plan->placed_in, plan->room * sizeof(*plan->placed_in));
    blocks_free(blocks, plan->places, plan->room * sizeof(*plan->places));
    blocks_free(blocks, plan->groups, plan->room * sizeof(*plan->groups));
    blocks_free(blocks, plan->identities, plan->room * sizeof(*plan->identities));
    blocks_free(blocks, plan->desired_ports, plan->room * sizeof(*plan->desired_ports));
    blocks_free(blocks, plan->desired, plan->room * sizeof(*plan->desired));
    blocks_free(blocks, plan->table, (plan->table_mask + 1) * sizeof(*plan->table));
}

static void init_plan(struct slice_plan *plan, struct cluster *cluster, uint32_t service,
                      enum ip_family family)
{
    struct service *s = &cluster->services[service];
    uint64_t key = random_key(cluster->seed, cluster->replication, RANDOM_SLICE_PACKING, s->hash);

    *plan = (struct slice_plan){
        .cluster = cluster,
        .service = service,
        .family = family,
        .max_per_slice = cluster->spec->controller_manager.max_endpoints_per_slice,
        .luck = random_at(family == IP_FAMILY_V6 ? hash_mix(key) : key, s->sync_count),
    };
}

/* Whether a narrow plan needs no other slices: it has placed all, and none goes. */
static bool is_narrow_enough(const struct slice_plan *plan)
{
    for (uint32_t i = 0; i < plan->desired_count; i++) {
        if (plan->placed_in[i] == 0)
            return false;
    }
    for (uint32_t i = 0; i < plan->draft_count; i++) {
        if (plan->drafts[i].fate != FATE_UNCHANGED && plan->drafts[i].fate != FATE_UPDATE)
            return false;
    }
    return true;
}

/* Which slices get which endpoints. False: a pod's Node is unknown, and the version gives up all of it. */
static bool make_drafts(struct slice_plan *plan)
{
    alloc_plan(plan);
    if (!slice_desired_collect(plan))
        return false;
    slice_drafts_collect(plan);
    pack(plan);
    if (plan->is_narrow && !is_narrow_enough(plan)) {
        slice_drafts_widen(plan);
        pack(plan);
    }
    if (!plan->is_narrow) { /* else there are endpoints, and no slice goes */
        add_placeholder(plan);
        recycle(plan);
    }
    return true;
}

/* The first draft from the i-th on that is not to stay as it is. */
static uint32_t next_changed(const struct slice_plan *plan, uint32_t i)
{
    while (i < plan->draft_count && plan->drafts[i].fate == FATE_UNCHANGED)
        i++;
    return i;
}

/* Whether two plans come to the same writes. */
static bool is_same_plan(const struct slice_plan *a, const struct slice_plan *b)
{
    uint32_t i = next_changed(a, 0);
    uint32_t j = next_changed(b, 0);

    for (; i < a->draft_count && j < b->draft_count;
         i = next_changed(a, i + 1), j = next_changed(b, j + 1)) {
        const struct slice_draft *x = &a->drafts[i];
        const struct slice_draft *y = &b->drafts[j];
        bool is_written = x->fate == FATE_UPDATE || x->fate == FATE_CREATE;
        if (x->fate != y->fate || x->slice != y->slice || x->ports->key != y->ports->key ||
            x->before != y->before || (is_written && x->count != y->count))
            return false;
        for (uint32_t k = 0; is_written && k < x->count; k++) {
            if (differs(&x->endpoints[k], &y->endpoints[k]) ||
                x->endpoints[k].hints != y->endpoints[k].hints)
                return false;
        }
    }
    return i == a->draft_count && j == b->draft_count && a->has_lost_pods == b->has_lost_pods;
}

/* The reference that a quick plan is held against: all members, looked at anew. */
static bool is_as_in_full(const struct slice_plan *quick)
{
    struct slice_plan full;
    bool is_same;

    init_plan(&full, quick->cluster, quick->service, quick->family);
    full.is_check = true;
    is_same = make_drafts(&full) && is_same_plan(quick, &full);
    free_plan(&full);
    return is_same;
}

/* Plans one family's writes; false if it has looked at something that the next sync has to look at again. */
static bool plan_family(struct cluster *cluster, struct worker *worker, struct slice_plan *plan,
                        sim_ns trigger_ns)
{
    bool is_plain;

    if (plan->is_quick)
        plan->touched =
            service_members_touched(&cluster->services[plan->service], TRIGGER_ENDPOINT_SLICE);
    if (make_drafts(plan)) {
        EP_INVARIANT(!plan->is_quick || is_as_in_full(plan));
        if (topology_hints_concern(cluster, &cluster->services[plan->service]))
            set_hints(plan);
        plan_writes(plan, worker, trigger_ns);
        remember(plan);
    }
    worker->fails_at_end |= plan->has_lost_pods;
    is_plain =
        plan->is_quick || (plan->group_count == 1 && !plan->has_collision && !plan->has_lost_pods);
    return is_plain;
}

/* Slices of a family that the Service has no more. */
static void delete_others(struct cluster *cluster, struct worker *worker, uint32_t service)
{
    const struct service *s = &cluster->services[service];
    const bool has_family[IP_FAMILY_COUNT] = {
        service_addresses_has_slices_of(s, IP_FAMILY_V4),
        service_addresses_has_slices_of(s, IP_FAMILY_V6),
    };

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        struct write *w;
        if (slice->seen == NULL || slice->seen->manager != SLICE_MANAGED ||
            has_family[slice->is_ipv6 ? IP_FAMILY_V6 : IP_FAMILY_V4])
            continue;
        w = controller_plan(cluster, CONTROLLER_ENDPOINT_SLICE, worker, OP_DELETE_SLICE,
                            s->slices[i]);
        w->group = (uint8_t)worker->write_count;
        w->segment = (uint8_t)(IP_FAMILY_COUNT + i % 128);
    }
}

/* Slices that no family claims keep nothing of what an earlier sync has left there. */
static void forget_plans(struct cluster *cluster, const struct service *s)
{
    for (uint32_t i = 0; i < s->slice_count; i++)
        leave(cluster, s->slices[i], NULL);
}

void slice_packing_plan(struct cluster *cluster, struct worker *worker, uint32_t service,
                        sim_ns trigger_ns)
{
    struct service *s = &cluster->services[service];
    const enum ip_family first = service_addresses_first_family(s);
    const bool is_quick = slice_baseline_holds(cluster, s);
    const struct port_map *ports = NULL;
    bool is_plain = true;

    (void)object_labels_of_slices(cluster, s);
    service_members_prune(cluster, service);
    if (!is_quick)
        forget_plans(cluster, s);
    for (uint32_t i = 0; i < IP_FAMILY_COUNT; i++) {
        enum ip_family family = i == 0 ? first : (enum ip_family)(1 - first);
        struct slice_plan plan;
        if (!service_addresses_has_slices_of(s, family))
            continue;
        init_plan(&plan, cluster, service, family);
        plan.is_quick = is_quick;
        is_plain &= plan_family(cluster, worker, &plan, trigger_ns);
        ports = plan.group_count == 1 ? plan.groups[0] : NULL;
        free_plan(&plan);
    }
    if (is_quick) { /* no slice is off, so that none is left of another family */
        slice_baseline_move(cluster, s);
    } else {
        delete_others(cluster, worker, service);
        slice_baseline_set(cluster, s, ports, is_plain && ports != NULL);
    }
    service_members_clear(s, TRIGGER_ENDPOINT_SLICE);
    service_members_compact(cluster, service);
}
