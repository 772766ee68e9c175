/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/timeline.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/commands.h"
#include "cluster/faults.h"
#include "cluster/object_commands.h"
#include "engine/random.h"
#include "world/expectation.h"
#include "world/partial_apply.h"
#include "world/reversals.h"

struct pending {
    sim_ns nominal_ns; /* without jitter, NS_NEVER: not (or no more) due */
    sim_ns due_ns;
    uint32_t done_count;
    uint64_t key;
};

struct timeline {
    struct arena *arena;
    const struct world_spec *spec;
    struct pending *pending;   /* by entry */
    struct target_list chosen; /* pods of the entry that is carried out */
    struct reversals reversals;
    struct expectation_result expectation; /* of the last entry that was one */
    uint32_t carried_out_count;
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
    reversals_init(&timeline->reversals, arena);
    timeline->pending = ARENA_NEW_ARRAY(arena, spec->timeline_count, struct pending);
    for (uint32_t i = 0; i < spec->timeline_count; i++) {
        const struct timeline_entry *e = &spec->timeline[i];
        uint64_t name_hash =
            e->name != NULL ? hash_string(e->name) : hash_combine(hash_string("entry"), i);
        timeline->pending[i].key = random_key(spec->seed, replication, RANDOM_TIMELINE, name_hash);
        if (e->clock == CLOCK_AT)
            set_due(timeline, i, e->at_ns);
        else
            set_due(timeline, i, e->clock == CLOCK_EVERY ? e->from_ns : NS_NEVER);
    }
    return timeline;
}

/* Whether it is a command, and nobody answers it now: people repeat it until somebody does. */
static bool does_wait(const struct timeline *timeline, uint32_t entry)
{
    return timeline->is_api_down && targets_need_api(&timeline->spec->timeline[entry]);
}

sim_ns timeline_next_ns(const struct timeline *timeline)
{
    sim_ns next_ns = timeline->reversals.next_ns;

    for (uint32_t i = 0; i < timeline->spec->timeline_count; i++) {
        if (does_wait(timeline, i))
            continue;
        if (timeline->pending[i].due_ns < next_ns)
            next_ns = timeline->pending[i].due_ns;
    }
    return next_ns;
}

/* The pods that the entry means now; they are in timeline->chosen. */
static const struct target_list *choose_pods(struct timeline *timeline,
                                             const struct cluster *cluster, uint32_t entry)
{
    const struct pending *p = &timeline->pending[entry];

    targets_choose(&timeline->chosen, timeline->arena, cluster,
                   &timeline->spec->timeline[entry].target, hash_combine(p->key, p->done_count),
                   timeline->spec->timeline[entry].is_forced);
    return &timeline->chosen;
}

/* An entry with `for`: what it is about to change will be as it is now. */
static void note_reversal(struct timeline *timeline, const struct cluster *cluster, uint32_t entry,
                          const struct target_list *pods)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];

    if (e->for_ns > 0)
        reversals_note(&timeline->reversals, cluster, e, pods, cluster_now_ns(cluster) + e->for_ns);
}

static void act_on_pod(struct cluster *cluster, const struct timeline_entry *e, uint32_t pod)
{
    sim_ns grace_ns = e->has_grace ? e->grace_ns : -1;

    switch (e->verb) {
    case VERB_KILL:
        cluster_delete_pod(cluster, pod, grace_ns, e->is_forced, CAUSE_KILL);
        break;
    case VERB_DELETE:
        cluster_delete_pod(cluster, pod, grace_ns, e->is_forced, CAUSE_DELETE);
        break;
    case VERB_LABEL:
        commands_label_pod(cluster, pod, &e->set_labels, e->remove_labels, e->remove_label_count);
        break;
    case VERB_CRASH:
        faults_crash(cluster, pod);
        break;
    case VERB_READY:
        (void)faults_set_ready(cluster, pod, e->is_on);
        break;
    case VERB_FAIL:
        faults_hang(cluster, pod, e->is_on);
        break;
    default:
        (void)faults_slow_pod(cluster, pod, e->factor);
        break;
    }
}

/* Verbs on pods. */
static void act_on_pods(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct target_list *pods = choose_pods(timeline, cluster, entry);

    note_reversal(timeline, cluster, entry, pods);
    for (uint32_t i = 0; i < pods->count; i++)
        act_on_pod(cluster, &timeline->spec->timeline[entry], pods->pods[i]);
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

void timeline_apply_object(struct arena *arena, struct cluster *cluster,
                           const struct apply_spec *object, enum cause cause)
{
    uint32_t pod;

    if (object->is_partial) {
        partial_apply(arena, cluster, object);
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
            commands_patch_pod(cluster, pod, object->pod, (object->mask & APPLY_STATUS) != 0,
                               object->is_touched);
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
        timeline_apply_object(timeline->arena, cluster, &e->objects[i], cause);
}

static void delete_target(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];
    const struct target_spec *target = &e->target;
    uint32_t found;

    if (target->kind == NULL || strcmp(target->kind, "pod") == 0) {
        act_on_pods(timeline, cluster, entry);
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

void timeline_mend_components(struct cluster *cluster, const struct timeline_entry *e)
{
    act_on_components(cluster, e, !e->is_on);
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
    else if (e->verb == VERB_SLOW)
        (void)faults_slow_node(cluster, node, e->factor);
    else if (e->verb == VERB_FAIL)
        cluster_fail_node(cluster, node, e->is_on);
    else
        cluster_cut_node(cluster, node, true);
}

static void act_on_deployment(struct cluster *cluster, const struct timeline_entry *e)
{
    uint32_t deployment = e->target.name == NULL
                              ? ID_NONE
                              : cluster_find_deployment(cluster, e->target.ns, e->target.name);

    switch (e->verb) {
    case VERB_SET_IMAGE:
        if (deployment != ID_NONE)
            (void)commands_set_image(cluster, deployment, e->container, e->image);
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
    case VERB_ROLLOUT_UNDO:
        if (deployment != ID_NONE)
            (void)object_commands_undo(cluster, deployment, e->to_revision);
        break;
    case VERB_ROLLOUT_PAUSE:
    case VERB_ROLLOUT_RESUME:
        if (deployment != ID_NONE)
            object_commands_pause(cluster, deployment, e->verb == VERB_ROLLOUT_PAUSE);
        break;
    default:
        EP_REQUIRE(false); /* the verbs on pods have gone another way */
    }
}

static void act(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];

    switch (e->verb) {
    case VERB_SCALE:
        scale(cluster, e);
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
    case VERB_EXPECT:
        timeline->expectation = expectation_check(cluster, e);
        break;
    case VERB_ANNOTATE:
        break; /* no annotation that a person may set later is read by anyone here */
    default:
        act_on_deployment(cluster, e);
    }
}

static bool is_on_pods(const struct timeline_entry *e)
{
    switch (e->verb) {
    case VERB_KILL:
    case VERB_LABEL:
    case VERB_CRASH:
    case VERB_READY:
        return true;
    case VERB_FAIL:
    case VERB_SLOW:
        return e->target.components == 0 &&
               (e->target.kind == NULL || strcmp(e->target.kind, "node") != 0);
    default:
        return false;
    }
}

static void carry_out(struct timeline *timeline, struct cluster *cluster, uint32_t entry)
{
    const struct timeline_entry *e = &timeline->spec->timeline[entry];

    if (is_on_pods(e)) {
        act_on_pods(timeline, cluster, entry);
        return;
    }
    note_reversal(timeline, cluster, entry, NULL);
    act(timeline, cluster, entry);
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

/* Once the API server answers again, what has waited for it is due. */
static void look_at_api(struct timeline *timeline, const struct cluster *cluster, sim_ns now_ns)
{
    bool was_down = timeline->is_api_down;

    timeline->is_api_down = !cluster_api_is_up(cluster);
    reversals_set_api(&timeline->reversals, timeline->is_api_down, now_ns);
    for (uint32_t i = 0; was_down && !timeline->is_api_down && i < timeline->spec->timeline_count;
         i++) {
        struct pending *p = &timeline->pending[i];
        if (p->due_ns < now_ns)
            p->due_ns = now_ns;
    }
}

uint32_t timeline_run_one(struct timeline *timeline, struct cluster *cluster, sim_ns now_ns)
{
    if (timeline->reversals.next_ns <= now_ns) {
        reversals_run(&timeline->reversals, cluster, now_ns);
        look_at_api(timeline, cluster, now_ns);
    }
    for (uint32_t i = 0; i < timeline->spec->timeline_count; i++) {
        if (timeline->pending[i].due_ns > now_ns || does_wait(timeline, i))
            continue;
        cluster_set_origin(cluster, ++timeline->carried_out_count);
        carry_out(timeline, cluster, i);
        cluster_set_origin(cluster, 0);
        look_at_api(timeline, cluster, now_ns);
        rearm(timeline, i, now_ns);
        return i;
    }
    return ID_NONE;
}

struct expectation_result timeline_expectation(const struct timeline *timeline)
{
    return timeline->expectation;
}
