/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/index_table.h"

#include "base/hash.h"

#define TABLE_START 16u

void index_table_init(struct index_table *table, struct arena *arena)
{
    *table = (struct index_table){
        .arena = arena,
        .entries = ARENA_NEW_ARRAY(arena, TABLE_START, struct index_entry),
        .mask = TABLE_START - 1,
    };
}

static void put(struct index_table *table, uint64_t hash, uint32_t index_plus_1)
{
    uint32_t at = (uint32_t)hash_mix(hash) & table->mask;

    while (table->entries[at].index_plus_1 != 0)
        at = (at + 1) & table->mask;
    table->entries[at] = (struct index_entry){hash, index_plus_1};
}

void index_table_add(struct index_table *table, uint64_t hash, uint32_t index)
{
    const struct index_entry *old = table->entries;
    const uint32_t room = table->mask + 1;

    if (2 * (table->count + 1) > room) {
        table->entries = ARENA_NEW_ARRAY(table->arena, 2 * room, struct index_entry);
        table->mask = 2 * room - 1;
        for (uint32_t i = 0; i < room; i++) {
            if (old[i].index_plus_1 != 0)
                put(table, old[i].hash, old[i].index_plus_1);
        }
    }
    put(table, hash, index + 1);
    table->count++;
}

static uint32_t search(const struct index_table *table, uint64_t hash, uint32_t *cursor)
{
    for (; table->entries[*cursor].index_plus_1 != 0; *cursor = (*cursor + 1) & table->mask) {
        if (table->entries[*cursor].hash == hash)
            return table->entries[*cursor].index_plus_1 - 1;
    }
    return ID_NONE;
}

uint32_t index_table_find(const struct index_table *table, uint64_t hash, uint32_t *cursor)
{
    *cursor = (uint32_t)hash_mix(hash) & table->mask;
    return search(table, hash, cursor);
}

uint32_t index_table_next(const struct index_table *table, uint64_t hash, uint32_t *cursor)
{
    *cursor = (*cursor + 1) & table->mask;
    return search(table, hash, cursor);
}
