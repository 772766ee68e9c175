/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hash table from strings to numbers, for keys, anchors and objects of one name.
 */
#ifndef EPSIM_SCENARIO_NAME_MAP_H
#define EPSIM_SCENARIO_NAME_MAP_H

#include "base/arena.h"

#include <stdbool.h>

struct name_map_slot {
    const char *name; /* NULL: free */
    uint64_t hash;
    uint32_t value;
};

struct name_map {
    struct arena *arena;
    struct name_map_slot *slots;
    uint32_t slot_count; /* a power of two, or 0 */
    uint32_t count;
};

void name_map_init(struct name_map *map, struct arena *arena);

/* The value of `name`, or ID_NONE. */
uint32_t name_map_get(const struct name_map *map, const char *name);

/* The same of the name that is the `length` bytes at `text`. */
uint32_t name_map_get_bytes(const struct name_map *map, const char *text, size_t length);

/* Stores `value` under `name` (not copied), in place of an earlier one. */
void name_map_put(struct name_map *map, const char *name, uint32_t value);

#endif
