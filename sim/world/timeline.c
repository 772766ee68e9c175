/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/timeline.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/commands.h"
#include "cluster/object_commands.h"
#include "engine/random.h"
#include "world/partial_apply.h"

struct pending {
    sim_ns nominal_ns; /* without jitter, NS_NEVER: not (or no more) due */
    sim_ns due_ns;
    sim_ns revert_ns; /* when its last execution is taken back, NS_NEVER */
    uint32_t done_count;
    uint64_t key;
};

struct timeline {
    struct arena *arena;
    const struct world_spec *spec;
    struct pending *pending; /* by entry */
    uint32_t *chosen;        /* pods of the entry that is carried out */
    uint32_t chosen_capacity;
    bool is_api_down; /* commands wait */
};

static void set_due(struct timeline *timeline, uint32_t entry, sim_ns nominal_ns)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    struct pending *p = &timeline->pending[entry];
    struct random r = random_at(p->key, p->done_count);

    p->nominal_ns = nominal_ns;
    p->due_ns = nominal_ns;
    if (nominal_ns != NS_NEVER && e->clock == CLOCK_EVERY && e->jitter_ns > 0)
        p->due_ns += (sim_ns)random_below(&r, (uint64_t)e->jitter_ns);
}

struct timeline *timeline_new(struct arena *arena, const struct world_spec *spec,
                              uint64_t replication)
{
    struct timeline *timeline = ARENA_NEW(arena, struct timeline);

    timeline->arena = arena;
    timeline->spec = spec;
    timeline->pending = ARENA_NEW_ARRAY(arena, spec->timeline_count, struct pending);
    for (uint32_t i = 0; i < spec->timeline_count; i++) {
        const struct timeline_entry *e = &spec->timeline[i];
        uint64_t name_hash =
            e->name != NULL ? hash_string(e->name) : hash_combine(hash_string("entry"), i);
        timeline->pending[i].key = random_key(spec->seed, replication, RANDOM_TIMELINE, name_hash);
        timeline->pending[i].revert_ns = NS_NEVER;
        if (e->clock == CLOCK_AT)
            set_due(timeline, i, e->at_ns);
        else
            set_due(timeline, i, e->clock == CLOCK_EVERY ? e->from_ns : NS_NEVER);
    }
    return timeline;
}

/* Whether it is a command, and nobody answers it now: people repeat it until somebody does. Faults need no API. */
static bool does_wait(const struct timeline *timeline, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];

    switch (e->verb) {
    case VERB_CRASH:
    case VERB_READY:
    case VERB_FAIL:
    case VERB_PARTITION:
    case VERB_SLOW:
    case VERB_EXPECT:
        return false;
    case VERB_PATCH:
        return timeline->is_api_down &&
               !(e->object_count > 0 && e->objects[0].kind == APPLY_EXTERNAL_HOST);
    default:
        return timeline->is_api_down;
    }
}

sim_ns timeline_next_ns(const struct timeline *timeline)
{
    sim_ns next_ns = NS_NEVER;

    for (uint32_t i = 0; i < timeline->spec->timeline_count; i++) {
        if (does_wait(timeline, i))
            continue;
        if (timeline->pending[i].due_ns < next_ns)
            next_ns = timeline->pending[i].due_ns;
        if (timeline->pending[i].revert_ns < next_ns)
            next_ns = timeline->pending[i].revert_ns;
    }
    return next_ns;
}

/* Without the namespace that names outside the default one begin with. */
static const char *bare_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash == NULL ? name : slash + 1;
}

static bool is_owned_by(const struct cluster *cluster, uint32_t pod,
                        const struct target_spec *target)
{
    const char *owner = strcmp(target->kind, "deployment") == 0
                            ? cluster_pod_deployment(cluster, pod)
                            : cluster_pod_owner(cluster, pod);

    return owner != NULL && strcmp(bare_name(owner), target->name) == 0;
}

/* A pod that is being deleted already is a target only to those who force it. */
static bool is_target(const struct cluster *cluster, uint32_t pod, const struct target_spec *target,
                      bool is_forced)
{
    if (!(is_forced ? cluster_pod_exists(cluster, pod) : cluster_pod_is_live(cluster, pod)) ||
        strcmp(cluster_pod_namespace(cluster, pod), target->ns) != 0)
        return false;
    if (target->kind == NULL || target->name == NULL)
        return labels_match(&target->selector, cluster_pod_labels(cluster, pod));
    if (strcmp(target->kind, "pod") == 0)
        return strcmp(bare_name(cluster_pod_name(cluster, pod)), target->name) == 0;
    return is_owned_by(cluster, pod, target);
}

static uint32_t wanted_count(const struct target_spec *target, uint32_t found)
{
    uint32_t wanted = found;

    if (target->mode == MODE_ONE)
        wanted = 1;
    else if (target->mode == MODE_FIXED)
        wanted = target->value;
    else if (target->mode == MODE_FIXED_PERCENT)
        wanted = (uint32_t)((uint64_t)found * target->value / 100);
    return wanted < found ? wanted : found;
}

/* The pods meant, at most as many as the mode asks for: those whose names hash lowest, so that a pod elsewhere changes
 * nobody's luck. Returns their number; they are in timeline->chosen. */
static uint32_t choose_pods(struct timeline *timeline, const struct cluster *cluster,
                            uint32_t entry)
{
    const struct target_spec *target = &timeline->spec->timeline[entry].target;
    const struct pending *p = &timeline->pending[entry];
    uint64_t key = hash_combine(p->key, p->done_count);
    uint32_t count = cluster_pod_count(cluster);
    uint32_t most = wanted_count(target, count); /* no more than these need to be kept in order */
    const bool is_forced = timeline->spec->timeline[entry].is_forced;
    uint32_t found = 0;
    uint32_t *chosen =
        ARENA_GROW(timeline->arena, timeline->chosen, &timeline->chosen_capacity, count + 1);

    for (uint32_t pod = 0; pod < count; pod++) {
        uint32_t at = found < most ? found : most;
        if (!is_target(cluster, pod, target, is_forced))
            continue;
        found++;
        while (target->mode != MODE_ALL && at > 0 &&
               hash_combine(key, cluster_pod_hash(cluster, chosen[at - 1])) >
                   hash_combine(key, cluster_pod_hash(cluster, pod))) {
            chosen[at] = chosen[at - 1];
            at--;
        }
        chosen[at] = pod;
    }
    return wanted_count(target, found);
}

static void kill_pods(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    uint32_t count = choose_pods(timeline, cluster, entry);

    for (uint32_t i = 0; i < count; i++)
        cluster_delete_pod(cluster, timeline->chosen[i], e->has_grace ? e->grace_ns : -1,
                           e->is_forced, CAUSE_KILL);
}

static void label_pods(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    uint32_t count = choose_pods(timeline, cluster, entry);

    for (uint32_t i = 0; i < count; i++)
        commands_label_pod(cluster, timeline->chosen[i], &e->set_labels, e->remove_labels,
                           e->remove_label_count);
}

static void scale(struct cluster *cluster, const struct timeline_entry *e)
{
    uint32_t deployment = cluster_find_deployment(cluster, e->target.ns, e->target.name);
    uint32_t replica_set = cluster_find_replica_set(cluster, e->target.ns, e->target.name);

    if (strcmp(e->target.kind, "deployment") == 0) {
        if (deployment != ID_NONE)
            commands_scale_deployment(cluster, deployment, e->count);
    } else if (replica_set != ID_NONE) {
        commands_scale_replica_set(cluster, replica_set, e->count);
    }
}

static void apply_one(struct timeline *timeline, struct cluster *cluster,
                      const struct apply_spec *object, enum cause cause)
{
    uint32_t pod;

    if (object->is_partial) {
        partial_apply(timeline->arena, cluster, object);
        return;
    }
    switch (object->kind) {
    case APPLY_SERVICE:
        commands_apply_service(cluster, object->service, cause);
        break;
    case APPLY_ENDPOINTS:
        commands_apply_endpoints(cluster, object->endpoints, cause);
        break;
    case APPLY_SLICE:
        commands_apply_slice(cluster, object->slice);
        break;
    case APPLY_WORKLOAD:
        object_commands_apply_workload(cluster, object->workload, object->mask);
        break;
    case APPLY_POD:
        pod = cluster_find_pod(cluster, object->pod->meta.ns, object->pod->meta.name);
        if (pod == ID_NONE || !cluster_pod_exists(cluster, pod))
            commands_apply_pod(cluster, object->pod, cause);
        else
            commands_patch_pod(cluster, pod, object->pod, (object->mask & APPLY_STATUS) != 0);
        break;
    case APPLY_NODE:
        commands_apply_node(cluster, object->node);
        break;
    case APPLY_EXTERNAL_HOST:
        commands_set_host(cluster, object->external_host);
        break;
    }
}

static void apply_all(struct timeline *timeline, struct cluster *cluster,
                      const struct timeline_entry *e, enum cause cause)
{
    for (uint32_t i = 0; i < e->object_count; i++)
        apply_one(timeline, cluster, &e->objects[i], cause);
}

static void delete_target(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    const struct target_spec *target = &e->target;
    uint32_t count;
    uint32_t found;

    if (target->kind == NULL || strcmp(target->kind, "pod") == 0) {
        count = choose_pods(timeline, cluster, entry);
        for (uint32_t i = 0; i < count; i++)
            cluster_delete_pod(cluster, timeline->chosen[i], e->has_grace ? e->grace_ns : -1,
                               e->is_forced, CAUSE_DELETE);
    } else if (strcmp(target->kind, "service") == 0) {
        commands_delete_service(cluster, target->ns, target->name);
    } else if (strcmp(target->kind, "endpointslice") == 0) {
        commands_delete_slice(cluster, target->ns, target->name);
    } else if (strcmp(target->kind, "node") == 0) {
        commands_delete_node(cluster, target->name);
    } else if (strcmp(target->kind, "endpoints") == 0) {
        commands_delete_endpoints(cluster, target->ns, target->name);
    } else if (strcmp(target->kind, "deployment") == 0) {
        found = cluster_find_deployment(cluster, target->ns, target->name);
        if (found != ID_NONE)
            object_commands_delete_deployment(cluster, found);
    } else {
        found = cluster_find_replica_set(cluster, target->ns, target->name);
        if (found != ID_NONE)
            object_commands_delete_replica_set(cluster, found);
    }
}

/* Faults of the control plane, or their end. */
static void act_on_components(struct cluster *cluster, const struct timeline_entry *e, bool is_on)
{
    if (e->verb == VERB_FAIL)
        cluster_fail_components(cluster, e->target.components, is_on);
    else if (e->verb == VERB_PARTITION)
        cluster_cut_components(cluster, e->target.components, is_on);
    else
        cluster_slow_components(cluster, e->target.components, is_on ? e->factor : 1.0);
}

/* Verbs on a node. */
static void act_on_node(struct cluster *cluster, const struct timeline_entry *e)
{
    uint32_t node = cluster_find_node(cluster, e->target.name);

    if (node == ID_NONE)
        return;
    if (e->verb == VERB_CORDON || e->verb == VERB_UNCORDON)
        object_commands_cordon(cluster, node, e->verb == VERB_CORDON);
    else if (e->verb == VERB_DRAIN)
        object_commands_drain(cluster, node, e->has_grace ? e->grace_ns : -1);
    else
        cluster_cut_node(cluster, node, true);
}

static void carry_out(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    uint32_t deployment = e->target.name == NULL
                              ? ID_NONE
                              : cluster_find_deployment(cluster, e->target.ns, e->target.name);

    switch (e->verb) {
    case VERB_SET_IMAGE:
        if (deployment != ID_NONE)
            (void)commands_set_image(cluster, deployment, e->container, e->image);
        break;
    case VERB_SCALE:
        scale(cluster, e);
        break;
    case VERB_ROLLOUT_RESTART:
        if (deployment != ID_NONE)
            commands_restart(cluster, deployment);
        break;
    case VERB_SPAWN:
        if (e->pod != NULL)
            commands_spawn_spec(cluster, e->pod, e->count);
        else if (deployment != ID_NONE)
            commands_spawn(cluster, deployment, e->count);
        break;
    case VERB_KILL:
        kill_pods(timeline, cluster, entry);
        break;
    case VERB_LABEL:
        label_pods(timeline, cluster, entry);
        break;
    case VERB_APPLY:
        apply_all(timeline, cluster, e, CAUSE_APPLY);
        break;
    case VERB_PATCH:
        apply_all(timeline, cluster, e, CAUSE_PATCH);
        break;
    case VERB_DELETE:
        delete_target(timeline, cluster, entry);
        break;
    case VERB_ROLLOUT_UNDO:
        if (deployment != ID_NONE)
            object_commands_undo(cluster, deployment);
        break;
    case VERB_ROLLOUT_PAUSE:
    case VERB_ROLLOUT_RESUME:
        if (deployment != ID_NONE)
            object_commands_pause(cluster, deployment, e->verb == VERB_ROLLOUT_PAUSE);
        break;
    case VERB_PARTITION:
    case VERB_FAIL:
    case VERB_SLOW:
        if (e->target.components != 0) {
            act_on_components(cluster, e, e->is_on);
            break;
        }
        act_on_node(cluster, e);
        break;
    case VERB_CORDON:
    case VERB_UNCORDON:
    case VERB_DRAIN:
        act_on_node(cluster, e);
        break;
    case VERB_ANNOTATE:
        break; /* no annotation that a person may set later is read by anyone here */
    default:
        EP_REQUIRE(false); /* the loader makes no other */
    }
}

/* Sets the clocks of the entries that wait for this one's first execution, and its own next one. */
static void rearm(struct timeline *timeline, uint32_t entry, sim_ns now_ns)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    struct pending *p = &timeline->pending[entry];
    sim_ns next_ns = NS_NEVER;

    if (p->done_count++ == 0) {
        for (uint32_t i = 0; i < timeline->spec->timeline_count; i++) {
            const struct timeline_entry *other = &timeline->spec->timeline[i];
            if (other->clock == CLOCK_AFTER && other->after == entry)
                set_due(timeline, i, now_ns + other->plus_ns);
        }
    }
    if (e->clock == CLOCK_EVERY && p->nominal_ns <= e->until_ns - e->every_ns)
        next_ns = p->nominal_ns + e->every_ns;
    set_due(timeline, entry, next_ns);
}

static uint32_t find_node(const struct cluster *cluster, const struct target_spec *target)
{
    return target->name == NULL ? ID_NONE : cluster_find_node(cluster, target->name);
}

/* `for` is over: the object of a patch as it would be without it, a cordon lifted, a fault mended. */
static void take_back(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    uint32_t node = e->verb == VERB_CORDON || e->verb == VERB_PARTITION
                        ? find_node(cluster, &e->target)
                        : ID_NONE;

    timeline->pending[entry].revert_ns = NS_NEVER;
    for (uint32_t i = 0; e->verb == VERB_PATCH && i < e->object_count; i++)
        apply_one(timeline, cluster, &e->reverts[i], CAUSE_PATCH);
    if (e->target.components != 0)
        act_on_components(cluster, e, !e->is_on);
    else if (node != ID_NONE && e->verb == VERB_PARTITION)
        cluster_cut_node(cluster, node, false);
    else if (node != ID_NONE)
        object_commands_cordon(cluster, node, false);
}

/* Once the API server answers again, what has waited for it is due. */
static void look_at_api(struct timeline *timeline, const struct cluster *cluster, sim_ns now_ns)
{
    bool was_down = timeline->is_api_down;

    timeline->is_api_down = !cluster_api_is_up(cluster);
    for (uint32_t i = 0; was_down && !timeline->is_api_down && i < timeline->spec->timeline_count;
         i++) {
        struct pending *p = &timeline->pending[i];
        if (p->due_ns < now_ns)
            p->due_ns = now_ns;
        if (p->revert_ns < now_ns)
            p->revert_ns = now_ns;
    }
}

uint32_t timeline_run_one(struct timeline *timeline, struct cluster *cluster, sim_ns now_ns)
{
    for (uint32_t i = 0; i < timeline->spec->timeline_count; i++) {
        if (timeline->pending[i].revert_ns <= now_ns && !does_wait(timeline, i)) {
            take_back(timeline, cluster, i);
            look_at_api(timeline, cluster, now_ns);
        }
    }
    for (uint32_t i = 0; i < timeline->spec->timeline_count; i++) {
        const struct timeline_entry *e = &timeline->spec->timeline[i];
        if (timeline->pending[i].due_ns > now_ns || does_wait(timeline, i))
            continue;
        carry_out(timeline, cluster, i);
        look_at_api(timeline, cluster, now_ns);
        if (e->for_ns > 0)
            timeline->pending[i].revert_ns = now_ns + e->for_ns;
        rearm(timeline, i, now_ns);
        return i;
    }
    return ID_NONE;
}
