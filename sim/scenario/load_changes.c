/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the timeline does to objects. There are no trees in the world, so apply and patch are worked out here: the
 * entries are gone through in the order of their times, each object's tree as it is by then is kept, and what comes of
 * it is typed. Scaling, images and cordons change the trees too, so that a later patch does not undo them.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load_entry.h"
#include "scenario/merge_patch.h"

/* --- the objects as they are by then --- */

struct step {
    sim_ns at_ns;
    uint32_t entry;
    bool is_revert;
};

struct state {
    struct object object; /* tree NULL: not there */
};

struct changes {
    struct load *load;
    struct timeline_entry *entries;
    const struct item *list; /* of entries, checked */
    const struct path *path;
    struct name_map names; /* "Kind/ns/name" to index of states */
    struct state *states;
    uint32_t state_count;
    uint32_t state_capacity;
    const struct item **inverses; /* by entry: what takes it back */
};

static struct state *add_state(struct changes *changes, const char *full_name,
                               const struct object *object)
{
    const uint32_t index = changes->state_count++;

    ARENA_GROW(changes->load->scratch, changes->states, &changes->state_capacity,
               changes->state_count);
    changes->states[index] = (struct state){.object = *object};
    name_map_put(&changes->names, full_name, index);
    return &changes->states[index];
}

static const struct item *host_tree(const struct load *load, const char *name)
{
    const struct item *spec = yaml_tree_get(load->scenario, "spec");
    const struct item *hosts = yaml_tree_get(yaml_tree_get(spec, "cluster"), "externalHosts");
    const uint32_t index = name_map_get(&load->host_names, name);
    const struct place place = yaml_tree_place(spec);

    if (index != ID_NONE)
        return hosts->entries[index].value;
    return yaml_tree_with(load->scratch, yaml_tree_empty(load->scratch, place, ITEM_MAP),
                          yaml_tree_string(load->scratch, place, "host"),
                          yaml_tree_string(load->scratch, place, name));
}

/* The state of the entry's target; tree NULL if it is not there. */
static struct state *find_state(struct changes *changes, const struct target_spec *target)
{
    struct load *load = changes->load;
    const char *kind = load_kind_of(target->kind);
    const bool is_bare = strcmp(kind, "Node") == 0 || strcmp(kind, "Host") == 0;
    const char *full_name =
        arena_printf(load->scratch, "%s/%s/%s", kind, is_bare ? "" : target->ns, target->name);
    const uint32_t known = name_map_get(&changes->names, full_name);
    const struct object *object;
    struct object other = {.kind = kind, .ns = is_bare ? "" : target->ns, .name = target->name};

    if (known != ID_NONE)
        return &changes->states[known];
    object = load_find_object(load, kind, other.ns, target->name);
    if (object != NULL)
        return add_state(changes, full_name, object);
    other.root = (struct path){
        .key = arena_printf(load->scratch, "%s/%s", target->kind, target->name), .is_object = true};
    if (strcmp(kind, "Host") == 0)
        other.tree = host_tree(load, target->name);
    return add_state(changes, full_name, &other);
}

/* --- patches --- */

/* {KEY: value} at the entry's place. */
static const struct item *wrap(struct changes *changes, const struct item *value, const char *key)
{
    struct arena *arena = changes->load->scratch;
    const struct place place = yaml_tree_place(value);

    return yaml_tree_with(arena, yaml_tree_empty(arena, place, ITEM_MAP),
                          yaml_tree_string(arena, place, key), value);
}

/* set image as a patch; NULL if the container is not found. */
static const struct item *image_patch(struct changes *changes, const struct timeline_entry *entry,
                                      const struct item *tree)
{
    struct arena *arena = changes->load->scratch;
    const struct item *spec =
        yaml_tree_get(yaml_tree_get(yaml_tree_get(tree, "spec"), "template"), "spec");
    const struct item *list = yaml_tree_get(spec, "containers");

    for (uint32_t i = 0; list != NULL && list->kind == ITEM_LIST && i < list->count; i++) {
        const struct item *container = list->entries[i].value;
        const struct item *name = yaml_tree_get(container, "name");
        const struct place place = yaml_tree_place(list);

        if (container->kind != ITEM_MAP ||
            (entry->container != NULL && (name == NULL || name->kind != ITEM_STRING ||
                                          strcmp(name->text, entry->container) != 0)))
            continue;
        container = yaml_tree_with(arena, container, yaml_tree_string(arena, place, "image"),
                                   yaml_tree_string(arena, place, entry->image));
        list = yaml_tree_with_element(arena, list, i, container);
        return wrap(
            changes,
            wrap(changes, wrap(changes, wrap(changes, list, "containers"), "spec"), "template"),
            "spec");
    }
    return NULL;
}

/* A patch without what its subresource does not reach. */
static const struct item *reachable(struct changes *changes, const struct item *verb,
                                    const struct path *path)
{
    struct arena *arena = changes->load->scratch;
    const struct item *patch = yaml_tree_get(verb, "patch");
    const bool is_status = yaml_tree_get(verb, "subresource") != NULL;
    struct item *copy = ARENA_NEW(arena, struct item);
    struct item_entry *entries = ARENA_NEW_ARRAY(arena, patch->count, struct item_entry);
    const struct path patch_path = key_path(path, "patch");

    *copy = *patch;
    copy->count = 0;
    copy->entries = entries;
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct item *key = patch->entries[i].key;
        const struct path way = key_path(&patch_path, key->text);

        if ((strcmp(key->text, "status") == 0) == is_status)
            entries[copy->count++] = patch->entries[i];
        else
            diagnostics_warning(&changes->load->diagnostics, yaml_tree_place(key), &way,
                                is_status
                                    ? "not part of the status, ignored"
                                    : "ignored; the status changes with subresource: status only");
    }
    return copy;
}

/* The entry as a merge patch of its target, NULL if it is none. */
static const struct item *patch_of(struct changes *changes, uint32_t index, const struct item *tree)
{
    struct arena *arena = changes->load->scratch;
    const struct timeline_entry *entry = &changes->entries[index];
    const struct item *map = changes->list->entries[index].value;
    const struct place place = yaml_tree_place(map);
    const struct path way = {.parent = changes->path, .index = index, .name = entry->name};
    const struct path patch_path = key_path(&way, "patch");

    switch (entry->verb) {
    case VERB_SCALE:
        return wrap(changes,
                    wrap(changes,
                         yaml_tree_scalar(arena, place, arena_printf(arena, "%u", entry->count)),
                         "replicas"),
                    "spec");
    case VERB_SET_IMAGE:
        return entry->image != NULL ? image_patch(changes, entry, tree) : NULL;
    case VERB_CORDON:
    case VERB_DRAIN:
    case VERB_UNCORDON:
        return wrap(
            changes,
            wrap(changes,
                 yaml_tree_scalar(arena, place, entry->verb == VERB_UNCORDON ? "false" : "true"),
                 "unschedulable"),
            "spec");
    case VERB_PATCH:
        return yaml_tree_get(yaml_tree_get(map, "patch"), "patch") != NULL &&
                       yaml_tree_get(yaml_tree_get(map, "patch"), "patch")->kind == ITEM_MAP
                   ? reachable(changes, yaml_tree_get(map, "patch"), &patch_path)
                   : NULL; /* reported */
    default:
        return NULL;
    }
}

/* --- what a patch touches --- */

static bool has_any(const struct item *map, const char *keys)
{
    for (uint32_t i = 0; map != NULL && map->kind == ITEM_MAP && i < map->count; i++) {
        if (fields_has_word(keys, map->entries[i].key->text))
            return true;
    }
    return false;
}

/* Of enum apply_mask; *is_whole if it is more than these tell. */
static uint32_t mask_of(const char *kind, const struct item *patch, bool *is_whole)
{
    const struct item *spec = yaml_tree_get(patch, "spec");
    uint32_t mask =
        has_any(yaml_tree_get(patch, "metadata"), "labels annotations") ? APPLY_LABELS : 0;

    *is_whole = false;
    if (fields_has_word("Deployment ReplicaSet ReplicationController", kind)) {
        mask |= has_any(spec, "replicas") ? APPLY_REPLICAS : 0;
        mask |= has_any(spec, "template") ? APPLY_TEMPLATE : 0;
        mask |= has_any(spec, "paused") ? APPLY_PAUSED : 0;
        mask |=
            has_any(spec, "strategy minReadySeconds progressDeadlineSeconds revisionHistoryLimit")
                ? APPLY_STRATEGY
                : 0;
        *is_whole = has_any(spec, "selector");
    } else if (strcmp(kind, "Pod") == 0) {
        mask |= has_any(patch, "status") ? APPLY_STATUS : 0;
        mask |= has_any(patch, "spec") ? APPLY_TEMPLATE : 0;
    } else {
        *is_whole =
            has_any(patch, "spec subsets endpoints ports addressType addresses ttl latency");
    }
    return mask;
}

/* --- typing --- */

/* The object of a kind that has no manifest. */
static void type_host(struct load *load, const struct object *object, struct apply_spec *typed)
{
    const struct item *map =
        check_map(&load->checker, object->tree, &fields_external_host, &object->root);

    typed->kind = APPLY_EXTERNAL_HOST;
    typed->external_host = load_external_host(load, map, &object->root);
}

/* The state as it is now, typed, with what the patch touched; NULL if that is nothing. `before`: its tree's hash then. */
static const struct apply_spec *type_state(struct changes *changes, struct state *state,
                                           const struct item *patch, uint64_t before)
{
    struct load *load = changes->load;
    bool is_whole = false;
    const uint32_t mask = mask_of(state->object.kind, patch, &is_whole);
    const bool is_touched = mask != 0 && before != yaml_tree_hash(state->object.tree);
    struct apply_spec *typed;

    load->diagnostics.is_repeating = true;
    if (strcmp(state->object.kind, "Host") == 0) {
        typed = ARENA_NEW(load->arena, struct apply_spec);
        type_host(load, &state->object, typed);
        state->object.is_modelled = true;
    } else {
        typed = load_typed(load, &state->object, 1);
    }
    load->diagnostics.is_repeating = false;
    typed->mask = is_whole ? APPLY_ALL : mask;
    typed->is_touched = is_touched;
    return state->object.is_modelled && (is_whole || mask != 0) ? typed : NULL;
}

static void check_identity(struct changes *changes, const struct state *state,
                           const struct item *patch, const struct path *path)
{
    const struct item *meta = yaml_tree_get(patch, "metadata");
    const struct item *items[] = {yaml_tree_get(patch, "kind"), yaml_tree_get(meta, "name"),
                                  yaml_tree_get(meta, "namespace"), yaml_tree_get(patch, "host")};
    const char *values[] = {state->object.kind, state->object.name, state->object.ns,
                            state->object.name};

    for (size_t i = 0; i < EP_COUNT_OF(items); i++) {
        if (items[i] == NULL || items[i]->kind == ITEM_LIST || items[i]->kind == ITEM_MAP)
            continue;
        if (items[i]->kind == ITEM_NULL || strcmp(items[i]->text, values[i]) != 0)
            diagnostics_error(&changes->load->diagnostics, yaml_tree_place(items[i]), path,
                              "a patch cannot change which object it is");
    }
}

/* --- steps --- */

static void refuse_absent(struct changes *changes, uint32_t index, const struct path *way)
{
    const struct timeline_entry *entry = &changes->entries[index];
    const struct item *map = changes->list->entries[index].value;
    const struct path verb_path = key_path(way, "patch");
    const struct path target_path = key_path(&verb_path, "target");
    const struct item *target = yaml_tree_get(yaml_tree_get(map, "patch"), "target");
    const bool is_pod = strcmp(entry->target.kind, "pod") == 0;

    diagnostics_error(&changes->load->diagnostics, yaml_tree_place(target), &target_path,
                      is_pod ? "%s/%s is no manifest's; a patch of it cannot be taken back"
                             : "%s/%s is not there by then",
                      entry->target.kind, entry->target.name);
}

/* Controllers change Endpoints and slices as they like, and make pods. */
static bool is_partial(const struct load *load, const struct state *state,
                       const struct timeline_entry *entry)
{
    const bool is_known = state->object.tree != NULL;

    if (entry->for_ns > 0 || entry->target.kind == NULL)
        return false;
    if (strcmp(entry->target.kind, "pod") == 0)
        return !is_known && !load_is_known(load, "Pod", entry->target.ns, entry->target.name);
    return strcmp(entry->target.kind, "endpointslice") == 0 ||
           strcmp(entry->target.kind, "endpoints") == 0;
}

static void run_partial(struct changes *changes, uint32_t index, struct state *state)
{
    struct load *load = changes->load;
    struct timeline_entry *entry = &changes->entries[index];
    const struct path way = {.parent = changes->path, .index = index, .name = entry->name};
    const struct path verb_path = key_path(&way, "patch");
    const struct item *patch = patch_of(changes, index, NULL);
    struct object object = state->object;
    struct apply_spec *typed;

    if (patch == NULL)
        return;
    check_identity(changes, state, patch, &verb_path);
    if (strcmp(object.kind, "Pod") == 0)
        load_check_pod_patch(load, &object, patch);
    object.tree =
        merge_patch_apply(load->scratch, load_partial_stand_in(load, &object, patch), patch);
    load->diagnostics.is_repeating = true;
    typed = load_typed(load, &object, 1);
    load->diagnostics.is_repeating = false;
    load_partial_describe(load, patch, typed);
    entry->objects = typed;
    entry->object_count = typed->mask != 0 && object.is_modelled;
    if (typed->mask == 0)
        diagnostics_warning(&load->diagnostics, yaml_tree_place(patch), &verb_path,
                            "changes nothing that is modelled");
    if (state->object.tree != NULL)
        state->object.tree = merge_patch_apply(load->scratch, state->object.tree, patch);
}

static void run_patch(struct changes *changes, uint32_t index)
{
    struct timeline_entry *entry = &changes->entries[index];
    const struct path way = {.parent = changes->path, .index = index, .name = entry->name};
    const struct path verb_path = key_path(&way, "patch");
    struct load *load = changes->load;
    struct arena *arena = load->scratch;
    struct state *state = find_state(changes, &entry->target);
    const struct object old = state->object;
    const struct item *patch;
    uint64_t before;

    if (entry->verb == VERB_PATCH && is_partial(load, state, entry)) {
        run_partial(changes, index, state);
        return;
    }
    if (state->object.tree == NULL) {
        if (entry->verb == VERB_PATCH)
            refuse_absent(changes, index, &way);
        return;
    }
    patch = patch_of(changes, index, state->object.tree);
    if (patch == NULL)
        return;
    if (entry->for_ns > 0)
        changes->inverses[index] = merge_patch_invert(arena, state->object.tree, patch);
    before = yaml_tree_hash(state->object.tree);
    state->object.tree = merge_patch_apply(arena, state->object.tree, patch);
    if (entry->verb != VERB_PATCH)
        return;
    check_identity(changes, state, patch, &verb_path);
    load_check_immutable(load, &old, &state->object, patch);
    entry->objects = type_state(changes, state, patch, before);
    entry->object_count = entry->objects != NULL;
    if (entry->objects == NULL)
        diagnostics_warning(&changes->load->diagnostics, yaml_tree_place(patch), &verb_path,
                            "changes nothing that is modelled");
}

static void run_revert(struct changes *changes, uint32_t index)
{
    struct timeline_entry *entry = &changes->entries[index];
    struct state *state;
    uint64_t before;

    if (changes->inverses[index] == NULL)
        return;
    state = find_state(changes, &entry->target);
    if (state->object.tree == NULL)
        return; /* deleted meanwhile */
    before = yaml_tree_hash(state->object.tree);
    state->object.tree =
        merge_patch_apply(changes->load->scratch, state->object.tree, changes->inverses[index]);
    if (entry->verb == VERB_PATCH && entry->object_count > 0)
        entry->reverts = type_state(changes, state, changes->inverses[index], before);
}

static void run_apply(struct changes *changes, uint32_t index)
{
    struct load *load = changes->load;
    struct timeline_entry *entry = &changes->entries[index];
    const struct object_list *list = &load->applied[index];
    const struct apply_spec *typed;
    struct apply_spec *objects;

    load->diagnostics.is_repeating = true;
    typed = load_typed(load, list->items, list->count);
    load->diagnostics.is_repeating = false;
    objects = ARENA_NEW_ARRAY(load->arena, list->count, struct apply_spec);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct object *object = &list->items[i];
        const char *full_name =
            arena_printf(load->scratch, "%s/%s/%s", object->kind, object->ns, object->name);
        const uint32_t known = name_map_get(&changes->names, full_name);
        const struct object *before =
            known == ID_NONE ? load_find_object(load, object->kind, object->ns, object->name)
                             : NULL;
        const struct object old = known != ID_NONE ? changes->states[known].object
                                  : before != NULL ? *before
                                                   : (struct object){.tree = NULL};

        if (old.tree != NULL)
            load_check_immutable(load, &old, object, object->tree);
        if (known != ID_NONE)
            changes->states[known].object = *object;
        else
            (void)add_state(changes, full_name, object);
        if (object->is_modelled)
            objects[entry->object_count++] = typed[i];
    }
    entry->objects = objects;
}

/* A pod that is deleted with grace is there until its kubelet, or somebody by force, takes it away. */
static void run_delete(struct changes *changes, const struct timeline_entry *entry)
{
    const bool is_graceful = strcmp(entry->target.kind, "pod") == 0 && !entry->is_forced &&
                             !(entry->has_grace && entry->grace_ns == 0);
    struct state *state = find_state(changes, &entry->target);

    if (!is_graceful)
        state->object.tree = NULL;
}

static void run_step(struct changes *changes, const struct step *step)
{
    const struct timeline_entry *entry = &changes->entries[step->entry];

    if (step->is_revert)
        run_revert(changes, step->entry);
    else if (entry->verb == VERB_APPLY)
        run_apply(changes, step->entry);
    else if (entry->verb == VERB_DELETE && entry->target.name != NULL)
        run_delete(changes, entry);
    else if (entry->target.name != NULL && entry->label != NULL)
        run_patch(changes, step->entry);
}

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left;
    const struct step *b = right;

    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    if (a->is_revert != b->is_revert)
        return a->is_revert ? -1 : 1;
    return (a->entry > b->entry) - (a->entry < b->entry);
}

/* When the entry runs first; entries that wait for each other in a circle are reported already. */
static sim_ns first_time_ns(const struct timeline_entry *entries, uint32_t count, uint32_t index)
{
    sim_ns sum_ns = 0;

    for (uint32_t steps = 0; steps <= count; steps++) {
        const struct timeline_entry *entry = &entries[index];

        if (entry->clock != CLOCK_AFTER)
            return sum_ns + (entry->clock == CLOCK_AT ? entry->at_ns : entry->from_ns);
        if (entry->after == ID_NONE || sum_ns > NS_NEVER / 2)
            return sum_ns;
        sum_ns += entry->plus_ns;
        index = entry->after;
    }
    return sum_ns;
}

void load_changes(struct load *load, const struct item *list, const struct path *path,
                  struct timeline_entry *entries)
{
    struct changes changes = {.load = load, .entries = entries, .list = list, .path = path};
    struct step *steps = ARENA_NEW_ARRAY(load->scratch, 2 * (size_t)list->count, struct step);
    uint32_t step_count = 0;

    name_map_init(&changes.names, load->scratch);
    changes.inverses = ARENA_NEW_ARRAY(load->scratch, list->count, const struct item *);
    for (uint32_t i = 0; i < list->count; i++) {
        const sim_ns at_ns = first_time_ns(entries, list->count, i);

        steps[step_count++] = (struct step){.at_ns = at_ns, .entry = i};
        if (entries[i].for_ns > 0)
            steps[step_count++] = (struct step){at_ns + entries[i].for_ns, i, true};
    }
    if (step_count > 0)
        qsort(steps, step_count, sizeof *steps, compare_steps);
    for (uint32_t i = 0; i < step_count; i++)
        run_step(&changes, &steps[i]);
}
