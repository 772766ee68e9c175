/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From hashes to indices: a table with open addressing. It keeps no keys: who looks something up checks what it finds,
 * and goes on to the next entry of the same hash if that is not it. Entries are never taken out.
 */
#ifndef EPSIM_BASE_INDEX_TABLE_H
#define EPSIM_BASE_INDEX_TABLE_H

#include "base/arena.h"

struct index_entry {
    uint64_t hash;
    uint32_t index_plus_1; /* 0: free */
};

struct index_table {
    struct arena *arena;
    struct index_entry *entries;
    uint32_t mask; /* a power of two, less 1 */
    uint32_t count;
};

/* Empty; it grows in the arena, which owns it. */
void index_table_init(struct index_table *table, struct arena *arena);

/* Files the index under the hash; the same pair twice is found twice. */
void index_table_add(struct index_table *table, uint64_t hash, uint32_t index);

/* The first entry of that hash; *cursor is for index_table_next. ID_NONE: there is none. */
uint32_t index_table_find(const struct index_table *table, uint64_t hash, uint32_t *cursor);
uint32_t index_table_next(const struct index_table *table, uint64_t hash, uint32_t *cursor);

#endif
