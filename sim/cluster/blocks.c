/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/blocks.h"

#include <string.h>

#include "base/error.h"

#define SMALLEST_BYTES ((size_t)16)

static uint32_t size_class(size_t bytes)
{
    uint32_t class = 0;

    while ((SMALLEST_BYTES << class) < bytes)
        class ++;
    EP_REQUIRE(class < BLOCKS_CLASS_COUNT);
    return class;
}

void blocks_init(struct blocks *blocks, struct arena *arena)
{
    memset(blocks, 0, sizeof(*blocks));
    blocks->arena = arena;
}

void *blocks_alloc(struct blocks *blocks, size_t bytes)
{
    uint32_t class = size_class(bytes);
    void *memory = blocks->free_lists[class];

    if (memory == NULL)
        return arena_alloc(blocks->arena, SMALLEST_BYTES << class);
    memcpy(&blocks->free_lists[class], memory, sizeof(void *));
    memset(memory, 0, SMALLEST_BYTES << class);
    return memory;
}

void blocks_free(struct blocks *blocks, void *memory, size_t bytes)
{
    uint32_t class = size_class(bytes);

    if (memory == NULL)
        return;
    memcpy(memory, &blocks->free_lists[class], sizeof(void *));
    blocks->free_lists[class] = memory;
}
