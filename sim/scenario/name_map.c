/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing, at most half full.
 */
#include "scenario/name_map.h"

#include <string.h>

#include "base/hash.h"

#define SLOTS_MIN 16u

void name_map_init(struct name_map *map, struct arena *arena)
{
    *map = (struct name_map){.arena = arena};
}

/* The slot that holds `name`, or the free one where it belongs. */
static struct name_map_slot *find_slot(const struct name_map *map, const char *name, size_t length,
                                       uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (map->slot_count - 1);

    while (map->slots[at].name != NULL) {
        if (map->slots[at].hash == hash && strncmp(map->slots[at].name, name, length) == 0 &&
            map->slots[at].name[length] == '\0')
            break;
        at = (at + 1) & (map->slot_count - 1);
    }
    return &map->slots[at];
}

uint32_t name_map_get_bytes(const struct name_map *map, const char *text, size_t length)
{
    if (map->slot_count == 0)
        return ID_NONE;

    const struct name_map_slot *slot = find_slot(map, text, length, hash_bytes(text, length));

    return slot->name != NULL ? slot->value : ID_NONE;
}

uint32_t name_map_get(const struct name_map *map, const char *name)
{
    return name_map_get_bytes(map, name, strlen(name));
}

static void double_slots(struct name_map *map)
{
    const struct name_map_slot *old_slots = map->slots;
    const uint32_t old_count = map->slot_count;

    map->slot_count = old_count == 0 ? SLOTS_MIN : 2 * old_count;
    map->slots = ARENA_NEW_ARRAY(map->arena, map->slot_count, struct name_map_slot);
    for (uint32_t i = 0; i < old_count; i++) {
        if (old_slots[i].name != NULL)
            *find_slot(map, old_slots[i].name, strlen(old_slots[i].name), old_slots[i].hash) =
                old_slots[i];
    }
}

void name_map_put(struct name_map *map, const char *name, uint32_t value)
{
    if (2 * (map->count + 1) > map->slot_count)
        double_slots(map);

    const size_t length = strlen(name);
    const uint64_t hash = hash_bytes(name, length);
    struct name_map_slot *slot = find_slot(map, name, length, hash);

    if (slot->name == NULL)
        map->count++;
    *slot = (struct name_map_slot){name, hash, value};
}
