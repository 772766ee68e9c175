/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/dns_cache.h"

#include <string.h>

#include "base/arena.h"

void dns_cache_keep(struct arena *arena, struct dns_entry *entry, const struct dns_answer *answer,
                    sim_ns expires_ns)
{
    entry->answer = *answer;
    entry->expires_ns = expires_ns;
    if (answer->addresses == NULL)
        return;
    ARENA_GROW(arena, entry->endpoints, &entry->capacity, answer->addresses->count + 1);
    memcpy(entry->endpoints, answer->addresses->endpoints,
           answer->addresses->count * sizeof *entry->endpoints);
    entry->table = *answer->addresses;
    entry->table.endpoints = entry->endpoints;
    entry->answer.addresses = &entry->table;
}

bool dns_cache_get(const struct dns_entry *entry, sim_ns now_ns, struct dns_answer *answer)
{
    if (entry->expires_ns <= now_ns)
        return false;
    *answer = entry->answer;
    answer->ttl_ns = entry->expires_ns - now_ns;
    answer->is_kept = true;
    return true;
}

struct dns_entry *dns_cache_entry(struct arena *arena, struct dns_cache *cache, uint64_t key)
{
    struct dns_entry **bucket = &cache->buckets[key % DNS_CACHE_BUCKETS];
    struct dns_entry *entry = *bucket;

    while (entry != NULL && entry->key != key)
        entry = entry->next;
    if (entry != NULL)
        return entry;
    entry = ARENA_NEW(arena, struct dns_entry);
    *entry = (struct dns_entry){.next = *bucket, .key = key};
    *bucket = entry;
    return entry;
}
