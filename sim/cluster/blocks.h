/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Variable-sized memory that is given back: free lists by powers of two over an arena, for the contents of versions that
 * every reader has passed.
 */
#ifndef EPSIM_CLUSTER_BLOCKS_H
#define EPSIM_CLUSTER_BLOCKS_H

#include "base/arena.h"

#define BLOCKS_CLASS_COUNT 28

struct blocks {
    struct arena *arena;
    void *free_lists[BLOCKS_CLASS_COUNT];
};

void blocks_init(struct blocks *blocks, struct arena *arena);

/* Zeroed memory of at least `bytes`. */
void *blocks_alloc(struct blocks *blocks, size_t bytes);

/* The same with whatever it contains. */
void *blocks_alloc_raw(struct blocks *blocks, size_t bytes);

/* Gives back what blocks_alloc(…, bytes) returned, with the same `bytes`. NULL is fine. */
void blocks_free(struct blocks *blocks, void *memory, size_t bytes);

#endif
