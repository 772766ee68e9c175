/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pool of equal records named by small indices, with a free list. Records never move, so a
 * pointer stays good until its index is freed. Memory is the arena's.
 */
#ifndef EPSIM_BASE_SLAB_H
#define EPSIM_BASE_SLAB_H

#include "base/arena.h"

#define SLAB_CHUNK_BITS 8u
#define SLAB_CHUNK_COUNT (1u << SLAB_CHUNK_BITS)

struct slab {
    struct arena *arena;
    char **chunks;
    uint32_t *free_list; /* stack of freed indices */
    size_t element_bytes;
    uint32_t chunk_capacity;
    uint32_t free_count;
    uint32_t free_capacity;
    uint32_t used_count; /* indices ever handed out */
    uint32_t live_count; /* handed out and not freed */
};

void slab_init(struct slab *slab, struct arena *arena, size_t element_bytes);

/* Index of a zeroed record. */
uint32_t slab_alloc(struct slab *slab);

/* Gives a record back; its contents stay readable until the index is handed out again. */
void slab_free(struct slab *slab, uint32_t index);

static inline void *slab_at(const struct slab *slab, uint32_t index)
{
    return slab->chunks[index >> SLAB_CHUNK_BITS] +
           (size_t)(index & (SLAB_CHUNK_COUNT - 1u)) * slab->element_bytes;
}

#define SLAB_AT(slab, index, type) ((type *)slab_at((slab), (index)))

#endif
