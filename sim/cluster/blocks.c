/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/blocks.h"

#include <string.h>

#include "base/error.h"

#define SMALLEST_BYTES ((size_t)16)

static uint32_t size_class(size_t bytes)
{
    uint32_t class;

    if (bytes <= SMALLEST_BYTES)
        return 0;
    class = 60 - (uint32_t)__builtin_clzll(bytes - 1); /* of 17 .. 32 bytes: 1 */
    EP_REQUIRE(class < BLOCKS_CLASS_COUNT);
    return class;
}

void blocks_init(struct blocks *blocks, struct arena *arena)
{
    memset(blocks, 0, sizeof(*blocks));
    blocks->arena = arena;
}

/* NULL if nothing of the class has been given back. */
static void *take(struct blocks *blocks, uint32_t class)
{
    void *memory = blocks->free_lists[class];

    if (memory != NULL)
        memcpy(&blocks->free_lists[class], memory, sizeof(void *));
    return memory;
}

void *blocks_alloc_raw(struct blocks *blocks, size_t bytes)
{
    uint32_t class = size_class(bytes);
    void *memory = take(blocks, class);

    return memory == NULL ? arena_alloc(blocks->arena, SMALLEST_BYTES << class) : memory;
}

void *blocks_alloc(struct blocks *blocks, size_t bytes)
{
    uint32_t class = size_class(bytes);
    void *memory = take(blocks, class);

    if (memory == NULL)
        return arena_alloc(blocks->arena, SMALLEST_BYTES << class);
    return memset(memory, 0, bytes);
}

void blocks_free(struct blocks *blocks, void *memory, size_t bytes)
{
    uint32_t class = size_class(bytes);

    if (memory == NULL)
        return;
    memcpy(memory, &blocks->free_lists[class], sizeof(void *));
    blocks->free_lists[class] = memory;
}
