/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * apply, patch and delete as they are written; load_changes.c works out what they come to.
 */
#include <string.h>

#include "scenario/load_entry.h"

#include "scenario/key_path.h"

#define PATCH_KINDS \
    "deployment replicaset replicationcontroller pod service endpoints endpointslice node host"
#define DELETE_KINDS \
    "deployment replicaset replicationcontroller pod service endpoints endpointslice node"

void load_verb_apply(struct entry_reader *reader)
{
    const struct object_list *list = &reader->load->applied[reader->index];

    reader->entry->verb = VERB_APPLY;
    reader->entry->target.selector.is_null = true;
    load_entry_label(reader, "apply",
                     list->count == 1
                         ? list->items[0].root.key
                         : arena_printf(reader->load->scratch, "%u objects", list->count));
}

void load_verb_patch(struct entry_reader *reader)
{
    const struct item *patch = yaml_tree_get(reader->map, "patch");

    reader->entry->verb = VERB_PATCH;
    reader->entry->target.selector.is_null = true;
    if (load_entry_require(reader, "target", "KIND/NAME such as service/kubia"))
        load_entry_target(reader, "target", PATCH_KINDS);
    if (patch != NULL && patch->kind != ITEM_MAP)
        load_entry_refuse(
            reader, "patch",
            "expected a map that is merged into the object, such as {spec: {replicas: 3}}");
    load_entry_label(reader, "patch", load_entry_target_text(reader));
}

void load_verb_delete(struct entry_reader *reader)
{
    reader->entry->verb = VERB_DELETE;
    reader->entry->target.selector.is_null = true;
    if (load_entry_require(reader, "target", "KIND/NAME such as service/kubia"))
        load_entry_target(reader, "target", DELETE_KINDS);
    reader->entry->has_grace = yaml_tree_get(reader->map, "grace") != NULL;
    reader->entry->grace_ns = load_get_span(reader->map, "grace");
    reader->entry->is_forced = load_get_bool(reader->map, "force");
    /* the API server removes a pod at once that is given no time; with a kubelet, kubectl gives it a second */
    if (reader->entry->has_grace && reader->entry->grace_ns == 0 &&
        !reader->load->spec->cluster.has_kubelet)
        reader->entry->is_forced = true;
    if (reader->entry->is_forced && reader->entry->grace_ns > 0)
        load_entry_refuse(reader, "grace", "does not go with force, which gives no grace");
    load_entry_label(reader, "delete", load_entry_target_text(reader));
}

static struct object_list read_applied(struct load *load, const struct item *value,
                                       const struct path *way)
{
    if (value->kind == ITEM_STRING && value->text[0] != '\0')
        return load_objects_of_file(load, value, way);
    if (value->kind == ITEM_MAP || value->kind == ITEM_LIST)
        return load_objects_of(load, value);
    check_refuse(&load->checker, value, way, "a path, a manifest or a list of manifests");
    return (struct object_list){0};
}

/* The timeline with the objects in place of the path, so that the resolved text needs no other file. */
static void inline_objects(struct load *load, uint32_t index)
{
    struct arena *arena = load->scratch;
    const struct item *spec = yaml_tree_get(load->scenario, "spec");
    const struct item *timeline = yaml_tree_get(spec, "timeline");
    const struct item *entry = timeline->entries[index].value;
    const struct item_entry *apply = yaml_tree_entry(entry, "apply");
    const struct object_list *list = &load->applied[index];
    struct item *objects = ARENA_NEW(arena, struct item);
    struct item_entry *entries = ARENA_NEW_ARRAY(arena, list->count, struct item_entry);

    for (uint32_t i = 0; i < list->count; i++)
        entries[i].value = list->items[i].tree;
    *objects = *yaml_tree_empty(arena, yaml_tree_place(apply->value), ITEM_LIST);
    objects->entries = entries;
    objects->count = list->count;
    timeline = yaml_tree_with_element(arena, timeline, index,
                                      yaml_tree_with(arena, entry, apply->key, objects));
    spec = yaml_tree_with(arena, spec, yaml_tree_entry(spec, "timeline")->key, timeline);
    load->scenario =
        yaml_tree_with(arena, load->scenario, yaml_tree_entry(load->scenario, "spec")->key, spec);
}

void load_applied_objects(struct load *load, const struct item *list, const struct path *path)
{
    load->applied = ARENA_NEW_ARRAY(load->scratch, list->count, struct object_list);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *value = yaml_tree_get(list->entries[i].value, "apply");
        const struct path way = {.parent = path, .index = i};
        const struct path apply_path = key_path(&way, "apply");

        if (value == NULL)
            continue;
        load->applied[i] = read_applied(load, value, &apply_path);
        for (uint32_t k = 0; k < load->applied[i].count; k++) {
            const struct object *object = &load->applied[i].items[k];

            name_map_put(
                &load->applied_names,
                arena_printf(load->scratch, "%s/%s/%s", object->kind, object->ns, object->name), i);
        }
        if (value->kind == ITEM_STRING)
            inline_objects(load, i);
    }
}
