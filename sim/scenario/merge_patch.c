/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/merge_patch.h"

#include <string.h>

/* A map with room for `count` entries, at the place of `like`, as if somebody had written it. */
static struct item *new_map(struct arena *arena, const struct item *like, uint32_t count,
                            struct item_entry **entries)
{
    struct item *map = ARENA_NEW(arena, struct item);

    *entries = ARENA_NEW_ARRAY(arena, count, struct item_entry);
    *map = (struct item){.kind = ITEM_MAP,
                         .source = like->source,
                         .line = like->line,
                         .column = like->column,
                         .entries = *entries};
    return map;
}

static void set_place(struct item *map, const struct item *like)
{
    map->source = like->source;
    map->line = like->line;
    map->column = like->column;
}

const struct item *merge_patch_apply(struct arena *arena, const struct item *target,
                                     const struct item *patch)
{
    const bool is_map = target != NULL && target->kind == ITEM_MAP;
    const uint32_t own_count = is_map ? target->count : 0;
    struct item_entry *entries;
    struct item *merged;

    if (patch->kind != ITEM_MAP)
        return patch;
    merged = new_map(arena, is_map && !target->is_default ? target : patch,
                     own_count + patch->count, &entries);
    for (uint32_t i = 0; i < own_count; i++) {
        const struct item_entry *own = &target->entries[i];
        const struct item *change = yaml_tree_get(patch, own->key->text);

        if (change == NULL)
            entries[merged->count++] = *own;
        else if (change->kind != ITEM_NULL)
            entries[merged->count++] =
                (struct item_entry){own->key, merge_patch_apply(arena, own->value, change)};
        else
            set_place(merged, change); /* whoever misses it shall look there */
    }
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct item_entry *change = &patch->entries[i];

        if (change->value->kind != ITEM_NULL &&
            (!is_map || yaml_tree_get(target, change->key->text) == NULL))
            entries[merged->count++] =
                (struct item_entry){change->key, merge_patch_apply(arena, NULL, change->value)};
    }
    return merged;
}

const struct item *merge_patch_invert(struct arena *arena, const struct item *target,
                                      const struct item *patch)
{
    struct item_entry *entries;
    struct item *inverse;

    if (target == NULL || target->kind == ITEM_NULL)
        return yaml_tree_scalar(arena, yaml_tree_place(patch), "null");
    if (patch->kind != ITEM_MAP || target->kind != ITEM_MAP)
        return target;
    inverse = new_map(arena, patch, patch->count, &entries);
    for (uint32_t i = 0; i < patch->count; i++) {
        const struct item_entry *change = &patch->entries[i];

        entries[inverse->count++] = (struct item_entry){
            change->key,
            merge_patch_invert(arena, yaml_tree_get(target, change->key->text), change->value)};
    }
    return inverse;
}
