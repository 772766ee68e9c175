/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory by lifetime: an arena hands out blocks that are all freed together.
 * One for a scenario, one for a replication. Out of memory aborts with a message.
 */
#ifndef EPSIM_BASE_ARENA_H
#define EPSIM_BASE_ARENA_H

#include "base/units.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    char *next;                 /* free space of the newest block */
    char *end;
    size_t total_bytes; /* asked of the system so far */
};

void arena_init(struct arena *arena);

/* Frees all that was allocated from it; the arena may be used again. */
void arena_deinit(struct arena *arena);

/* Forgets all allocations but keeps one block for reuse. */
void arena_reset(struct arena *arena);

/* `bytes` of zeroed memory aligned to 16; bytes may be 0. Never NULL. */
void *arena_alloc(struct arena *arena, size_t bytes);

/* A copy of `text` (NULL stays NULL), and of its first `length` bytes with a NUL behind. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);

/* printf into fresh arena memory. */
char *arena_printf(struct arena *arena, const char *format, ...) EP_PRINTF(2, 3);

/*
 * Makes room in a growing array: if `need` elements exceed *capacity, moves the first *capacity
 * elements to a block of at least twice the size. The old block stays in the arena until it is
 * freed (so pointers into the old copy go stale but never dangle). Returns the array to use. New
 * elements are zeroed.
 */
void *arena_grow(struct arena *arena, void *array, uint32_t *capacity, uint32_t need,
                 size_t element_bytes);

/* What arena_alloc_close does where the newest block has no room. */
void *arena_alloc_slowly(struct arena *arena, size_t bytes);

/*
 * `bytes` (at least 1) of zeroed memory, as close behind the last piece as `align_bytes` (a power of two, at most 16)
 * allows: for millions of small ones.
 */
static inline void *arena_alloc_close(struct arena *arena, size_t bytes, size_t align_bytes)
{
    const size_t room = (size_t)(arena->end - arena->next);
    const size_t padding = -(uintptr_t)arena->next & (align_bytes - 1);
    char *memory;

    if (EP_UNLIKELY(room < padding || room - padding < bytes))
        return arena_alloc_slowly(arena, bytes);
    memory = arena->next + padding;
    arena->next = memory + bytes;
    return memory;
}

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_NEW_ARRAY(arena, count, type) \
    ((type *)arena_alloc((arena), (size_t)(count) * sizeof(type)))
#define ARENA_GROW(arena, array, capacity, need) \
    ((array) = arena_grow((arena), (array), (capacity), (need), sizeof(*(array))))

#endif
