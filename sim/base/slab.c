/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/slab.h"

#include "base/error.h"

#include <string.h>

void slab_init(struct slab *slab, struct arena *arena, size_t element_bytes)
{
    *slab = (struct slab){.arena = arena, .element_bytes = element_bytes};
}

uint32_t slab_alloc(struct slab *slab)
{
    slab->live_count++;
    if (slab->free_count > 0) {
        const uint32_t index = slab->free_list[--slab->free_count];

        memset(slab_at(slab, index), 0, slab->element_bytes);
        return index;
    }

    const uint32_t index = slab->used_count;
    const uint32_t chunk = index >> SLAB_CHUNK_BITS;

    EP_REQUIRE(index < ID_NONE);
    if (index % SLAB_CHUNK_COUNT == 0) {
        ARENA_GROW(slab->arena, slab->chunks, &slab->chunk_capacity, chunk + 1);
        slab->chunks[chunk] = arena_alloc(slab->arena, SLAB_CHUNK_COUNT * slab->element_bytes);
    }
    slab->used_count++;
    return index;
}

void slab_free(struct slab *slab, uint32_t index)
{
    EP_REQUIRE(index < slab->used_count && slab->live_count > 0);
    slab->live_count--;
    ARENA_GROW(slab->arena, slab->free_list, &slab->free_capacity, slab->free_count + 1);
    slab->free_list[slab->free_count++] = index;
}
