/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* madvise */
/*
 * Blocks come zeroed from calloc and double in size, so that few are needed. The first are small: calloc touches all of
 * what it has had before, and a short run should not pay for pages that it never looks at. Requests that would waste much of a block get one of their own, placed behind the
 * newest.
 *
 * The first touch of a page costs as much as hundreds of instructions, on a virtual machine
 * thousands: where an arena has grown to megabytes, the system is asked for large pages.
 */
#include "base/arena.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK_MIN_BYTES ((size_t)8 << 10)
#define BLOCK_MAX_BYTES ((size_t)8 << 20)
#define LARGE_PAGES_BYTES ((size_t)2 << 20) /* of a block, from which on large pages pay */
#define ALIGN_BYTES ((size_t)16)

struct arena_block {
    struct arena_block *older;
    size_t bytes; /* behind this header */
};

_Static_assert(sizeof(struct arena_block) % ALIGN_BYTES == 0,
               "memory behind the header is aligned");

static char *block_start(struct arena_block *block)
{
    return (char *)(block + 1);
}

/* A wish: that it cannot be had is no error. */
static void ask_for_large_pages(const struct arena_block *block, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t start = (uintptr_t)block & ~(page_bytes - 1);

    (void)madvise((void *)start, (uintptr_t)block + bytes - start, MADV_HUGEPAGE);
#else
    (void)block;
    (void)bytes;
#endif
}

static struct arena_block *block_new(struct arena *arena, size_t bytes)
{
    struct arena_block *block = calloc(1, sizeof *block + bytes);

    if (block == NULL) {
        fprintf(stderr, "epsim: out of memory: %zu more bytes asked for, %zu in use\n", bytes,
                arena->total_bytes);
        abort();
    }
    if (bytes >= LARGE_PAGES_BYTES)
        ask_for_large_pages(block, sizeof *block + bytes);
    block->bytes = bytes;
    arena->total_bytes += sizeof *block + bytes;
    return block;
}

static void block_free_chain(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *older = block->older;

        free(block);
        block = older;
    }
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

void arena_deinit(struct arena *arena)
{
    block_free_chain(arena->blocks);
    arena_init(arena);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->blocks;

    if (kept == NULL)
        return;
    block_free_chain(kept->older);
    kept->older = NULL;
    memset(block_start(kept), 0, (size_t)(arena->next - block_start(kept)));
    arena->next = block_start(kept);
    arena->end = arena->next + kept->bytes;
    arena->total_bytes = sizeof *kept + kept->bytes;
}

/* Memory for a request that does not fit into the newest block. */
void *arena_alloc_slowly(struct arena *arena, size_t bytes)
{
    size_t block_bytes = arena->blocks != NULL ? 2 * arena->blocks->bytes : BLOCK_MIN_BYTES;
    struct arena_block *block;

    EP_REQUIRE(bytes <= SIZE_MAX / 4);
    if (block_bytes > BLOCK_MAX_BYTES)
        block_bytes = BLOCK_MAX_BYTES;
    if (bytes > block_bytes / 4 && arena->blocks != NULL) {
        block = block_new(arena, bytes);
        block->older = arena->blocks->older;
        arena->blocks->older = block;
        return block_start(block);
    }
    block = block_new(arena, bytes > block_bytes ? bytes : block_bytes);
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block_start(block) + bytes;
    arena->end = block_start(block) + block->bytes;
    return block_start(block);
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    return arena_alloc_close(arena, bytes == 0 ? 1 : bytes, ALIGN_BYTES);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    if (text == NULL)
        return NULL;

    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, text, length);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    char small[256];
    va_list args;

    va_start(args, format);
    const int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    EP_REQUIRE(length >= 0);
    if ((size_t)length < sizeof small)
        return arena_strndup(arena, small, (size_t)length);

    char *text = arena_alloc(arena, (size_t)length + 1);

    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void *arena_grow(struct arena *arena, void *array, uint32_t *capacity, uint32_t need,
                 size_t element_bytes)
{
    const uint32_t old_capacity = *capacity;
    uint64_t new_capacity = 2 * (uint64_t)old_capacity;

    if (need <= old_capacity)
        return array;
    if (new_capacity < 8)
        new_capacity = 8;
    if (new_capacity < need)
        new_capacity = need;
    if (new_capacity > UINT32_MAX)
        new_capacity = UINT32_MAX;

    void *bigger = arena_alloc(arena, (size_t)new_capacity * element_bytes);

    if (old_capacity > 0)
        memcpy(bigger, array, old_capacity * element_bytes);
    *capacity = (uint32_t)new_capacity;
    return bigger;
}
