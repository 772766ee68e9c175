/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the 64-bit hash of a name to a small number. Two names with one hash would be taken for one: with a million
 * names, one chance in ten million.
 */
#ifndef EPSIM_RECORD_NAME_INDEX_H
#define EPSIM_RECORD_NAME_INDEX_H

#include "base/arena.h"

struct name_index_slot {
    uint64_t hash;
    uint32_t number; /* + 1; 0: free */
};

struct name_index {
    struct arena *arena;
    struct name_index_slot *slots; /* capacity is a power of two, at most half full */
    uint32_t capacity;
    uint32_t count;
};

void name_index_init(struct name_index *map, struct arena *arena);

/* The number of `hash`; one not seen before gets `next`. */
uint32_t name_index_number(struct name_index *map, uint64_t hash, uint32_t next);

#endif
