/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The future event list as a radix ladder (after the radix heap of Ahuja, Mehlhorn, Orlin, Tarjan
 * 1990 and the ladder queue of Tang, Goh, Thng 2005). Included by kernel_inline.h, the benches and
 * the tests of the list only.
 *
 *   bottom     [ . . e e e e e e . . ]   sorted array: all entries before bottom_end_ns, earliest
 * at `first`
 *   level 0    256 slots of 1 ns         |
 *   level 1    256 slots of 256 ns       |  entries from bottom_end_ns on, unsorted within a slot:
 *   ...                                  |  chunks of 15 entries in the order of their arrival
 *   level 7    256 slots of 2^56 ns      |
 *
 * An entry's level is the highest base-256 digit in which its time differs from reference_ns, its
 * slot that digit. When the bottom is empty, the first slot in use is sorted into it if it is
 * short, else spread over the levels below. A slot's entries arrive in scheduling order, so those
 * of a 1 ns slot need no sorting, and all sorts are stable: equal times keep their order without a
 * look at it.
 *
 * Invariants: every entry in the levels is at or after bottom_end_ns >= reference_ns; every entry
 * of the bottom is at or before bottom_end_ns, and those at it came before those in the levels; the
 * levels above the lowest one in use hold later times than it does.
 */
#ifndef EPSIM_ENGINE_EVENT_LIST_INLINE_H
#define EPSIM_ENGINE_EVENT_LIST_INLINE_H

#include "engine/event_list.h"

#define EVENT_LIST_DIGIT_BITS 8u
#define EVENT_LIST_LEVEL_COUNT 8u
#define EVENT_LIST_SLOT_COUNT 256u
#define EVENT_LIST_CHUNK_BYTES 256u
#define EVENT_LIST_CHUNK_ENTRIES 15u
#define EVENT_LIST_BOTTOM_ENTRIES 128u

/* A piece of a slot's list. Lists are circular: the last chunk's `next` is the first. All but the
 * last are full. */
struct event_chunk {
    struct event_chunk *next;
    uint64_t unused;
    struct event_entry entries[EVENT_LIST_CHUNK_ENTRIES];
};

_Static_assert(sizeof(struct event_chunk) == EVENT_LIST_CHUNK_BYTES,
               "a chunk's end is the next one's start");

struct event_list {
    uint64_t bottom_end_ns;
    uint64_t reference_ns;
    uint32_t first; /* the bottom is bottom[first .. last) */
    uint32_t last;
    uint32_t used_levels; /* a bit each; may be set for a level that has become empty */
    uint64_t used_slots[EVENT_LIST_LEVEL_COUNT][EVENT_LIST_SLOT_COUNT / 64];
    struct event_chunk *free_chunks;
    struct arena *arena;
    /* Where the slot's next entry goes. Chunks are aligned to their size, so an aligned pointer
     * means that the last chunk is full, or NULL that there is none. An empty slot often keeps a
     * chunk: whether a slot is in use is more than processors can guess, so that putting does not
     * ask. */
    struct event_entry *write[EVENT_LIST_LEVEL_COUNT][EVENT_LIST_SLOT_COUNT];
    struct event_entry bottom[EVENT_LIST_BOTTOM_ENTRIES];
};

/* Slow paths, in event_list.c. */
struct event_entry *event_list_add_chunk(struct event_list *list, unsigned level, unsigned slot);
void event_list_insert(struct event_list *list, uint64_t at_ns, uint64_t order);
bool event_list_refill(struct event_list *list, sim_ns until_ns);

/* Puts an entry into the levels. */
static inline void event_list_put(struct event_list *list, struct event_entry entry)
{
    const uint64_t difference = (entry.at_ns ^ list->reference_ns) | 1;
    const unsigned level = (63u - (unsigned)__builtin_clzll(difference)) / EVENT_LIST_DIGIT_BITS;
    const unsigned slot =
        (unsigned)(entry.at_ns >> (EVENT_LIST_DIGIT_BITS * level)) % EVENT_LIST_SLOT_COUNT;
    struct event_entry *to = list->write[level][slot];

    if ((uintptr_t)to % EVENT_LIST_CHUNK_BYTES == 0)
        to = event_list_add_chunk(list, level, slot);
    *to = entry;
    list->write[level][slot] = to + 1;
    list->used_slots[level][slot / 64] |= UINT64_C(1) << slot % 64;
    list->used_levels |= 1u << level;
}

/* Adds an entry: not before the last one popped, and with a larger sequence number than all before
 * it. */
static inline void event_list_push(struct event_list *list, struct event_entry entry)
{
    if (entry.at_ns >= list->bottom_end_ns)
        event_list_put(list, entry);
    else
        event_list_insert(list, entry.at_ns, entry.order);
}

/* The earliest entry if it is due by until_ns, else NULL. Changes nothing that a caller could see.
 * */
static inline const struct event_entry *event_list_peek(struct event_list *list, sim_ns until_ns)
{
    if (EP_UNLIKELY(list->first == list->last) && !event_list_refill(list, until_ns))
        return NULL;

    const struct event_entry *const earliest = &list->bottom[list->first];

    return (sim_ns)earliest->at_ns <= until_ns ? earliest : NULL;
}

/* Takes the entry that event_list_peek has just found. */
static inline struct event_entry event_list_pop(struct event_list *list)
{
    return list->bottom[list->first++];
}

#endif
