/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/name_index.h"

#include "base/error.h"

#define START_CAPACITY 16u

void name_index_init(struct name_index *map, struct arena *arena)
{
    *map = (struct name_index){.arena = arena};
}

/* Where `hash` is, or the free slot where it would go. */
static struct name_index_slot *find_slot(const struct name_index *map, uint64_t hash)
{
    uint32_t i = (uint32_t)(hash >> 32) & (map->capacity - 1);

    while (map->slots[i].number != 0 && map->slots[i].hash != hash)
        i = (i + 1) & (map->capacity - 1);
    return &map->slots[i];
}

static void grow(struct name_index *map)
{
    const struct name_index old = *map;

    map->capacity = old.capacity == 0 ? START_CAPACITY : 2 * old.capacity;
    EP_REQUIRE(map->capacity > old.capacity);
    map->slots = ARENA_NEW_ARRAY(map->arena, map->capacity, struct name_index_slot);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].number != 0)
            *find_slot(map, old.slots[i].hash) = old.slots[i];
}

uint32_t name_index_number(struct name_index *map, uint64_t hash, uint32_t next)
{
    if (2 * map->count >= map->capacity)
        grow(map);

    struct name_index_slot *slot = find_slot(map, hash);

    if (slot->number == 0) {
        *slot = (struct name_index_slot){.hash = hash, .number = next + 1};
        map->count++;
    }
    return slot->number - 1;
}
