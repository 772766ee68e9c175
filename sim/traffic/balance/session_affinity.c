/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A connection looks up its client's address in one hash table for all lists of a service port on a node: walking the
 * lists, as the kernel does, would cost endpoints times 100.
 */
#include "traffic/balance/session_affinity.h"

#include "base/error.h"
#include "base/hash.h"

#define NONE UINT32_MAX
#define BUCKETS_MIN 64u

/* An address in an endpoint's list. */
struct entry {
    uint64_t address;
    sim_ns seen_ns;
    uint32_t list;  /* index in the table */
    uint32_t older; /* of the list */
    uint32_t newer;
    uint32_t next; /* in the bucket, or of the free ones */
};

/* An endpoint's. */
struct recent_list {
    struct endpoint endpoint;
    uint32_t oldest;
    uint32_t newest;
    uint32_t count;
};

/* The lists of one service port on one node. */
struct port_lists {
    struct port_lists *next;
    uint32_t node;
    uint32_t service;
    uint16_t port;
    const struct endpoint_table *table; /* that the lists are of */
    uint32_t serial;
    struct recent_list *lists;
    struct recent_list *spare; /* as many: for the next table */
    uint32_t list_count;
    uint32_t list_capacity;
    uint32_t spare_capacity;
    struct entry *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
    uint32_t free_entry;
    uint32_t *buckets; /* a power of two of them */
    uint32_t bucket_count;
    uint32_t used_count;
};

struct affinity_lists {
    struct arena *arena;
    struct port_lists **ports; /* buckets by node, service and port */
    uint32_t port_bucket_count;
};

struct affinity_lists *session_affinity_new(struct arena *arena)
{
    struct affinity_lists *affinity = ARENA_NEW(arena, struct affinity_lists);

    affinity->arena = arena;
    affinity->port_bucket_count = 1024;
    affinity->ports = ARENA_NEW_ARRAY(arena, affinity->port_bucket_count, struct port_lists *);
    return affinity;
}

/* --- entries --- */

static uint32_t *bucket_of(struct port_lists *p, uint64_t address)
{
    return &p->buckets[hash_combine(address, 0) & (p->bucket_count - 1)];
}

static void set_buckets(struct arena *arena, struct port_lists *p, uint32_t count)
{
    p->buckets = ARENA_NEW_ARRAY(arena, count, uint32_t);
    p->bucket_count = count;
    for (uint32_t i = 0; i < count; i++)
        p->buckets[i] = NONE;
}

static void link_entry(struct port_lists *p, uint32_t entry)
{
    uint32_t *bucket = bucket_of(p, p->entries[entry].address);

    p->entries[entry].next = *bucket;
    *bucket = entry;
}

/* At most one entry a bucket on average. */
static void make_room(struct arena *arena, struct port_lists *p)
{
    if (p->used_count < p->bucket_count)
        return;
    set_buckets(arena, p, 2 * p->bucket_count);
    for (uint32_t list = 0; list < p->list_count; list++) {
        for (uint32_t e = p->lists[list].oldest; e != NONE; e = p->entries[e].newer)
            link_entry(p, e);
    }
}

static void unlink_from_list(struct port_lists *p, uint32_t entry)
{
    struct entry *e = &p->entries[entry];
    struct recent_list *list = &p->lists[e->list];

    if (e->older == NONE)
        list->oldest = e->newer;
    else
        p->entries[e->older].newer = e->newer;
    if (e->newer == NONE)
        list->newest = e->older;
    else
        p->entries[e->newer].older = e->older;
    list->count--;
}

static void append_to_list(struct port_lists *p, uint32_t entry, uint32_t list_index)
{
    struct entry *e = &p->entries[entry];
    struct recent_list *list = &p->lists[list_index];

    e->list = list_index;
    e->older = list->newest;
    e->newer = NONE;
    if (list->newest == NONE)
        list->oldest = entry;
    else
        p->entries[list->newest].newer = entry;
    list->newest = entry;
    list->count++;
}

static void remove_entry(struct port_lists *p, uint32_t entry)
{
    uint32_t *link = bucket_of(p, p->entries[entry].address);

    while (*link != entry)
        link = &p->entries[*link].next;
    *link = p->entries[entry].next;
    unlink_from_list(p, entry);
    p->entries[entry].next = p->free_entry;
    p->free_entry = entry;
    p->used_count--;
}

static uint32_t new_entry(struct arena *arena, struct port_lists *p, uint64_t address)
{
    uint32_t entry = p->free_entry;

    if (entry != NONE) {
        p->free_entry = p->entries[entry].next;
    } else {
        ARENA_GROW(arena, p->entries, &p->entry_capacity, p->entry_count + 1);
        entry = p->entry_count++;
    }
    make_room(arena, p);
    p->entries[entry] = (struct entry){.address = address};
    link_entry(p, entry);
    p->used_count++;
    return entry;
}

/* --- lists --- */

static struct port_lists *obtain(struct affinity_lists *affinity,
                                 const struct affinity_query *query)
{
    uint64_t key = hash_combine((uint64_t)query->node << 32 | query->service, query->port);
    struct port_lists **bucket = &affinity->ports[key & (affinity->port_bucket_count - 1)];
    struct port_lists *p = *bucket;

    while (p != NULL &&
           (p->node != query->node || p->service != query->service || p->port != query->port))
        p = p->next;
    if (p != NULL)
        return p;
    p = ARENA_NEW(affinity->arena, struct port_lists);
    *p = (struct port_lists){.next = *bucket,
                             .node = query->node,
                             .service = query->service,
                             .port = query->port,
                             .free_entry = NONE};
    set_buckets(affinity->arena, p, BUCKETS_MIN);
    *bucket = p;
    return p;
}

/* Where the endpoint is in the lists, NONE if it is new. `from` is where the one before was: both are in one order. */
static uint32_t find_list(const struct port_lists *p, const struct endpoint *endpoint,
                          uint32_t from)
{
    for (uint32_t k = 0; k < p->list_count; k++) {
        uint32_t at = (from + k) % p->list_count;
        if (p->lists[at].endpoint.pod == endpoint->pod &&
            p->lists[at].endpoint.port == endpoint->port)
            return at;
    }
    return NONE;
}

static void swap_lists(struct port_lists *p, uint32_t count)
{
    struct recent_list *lists = p->lists;
    uint32_t capacity = p->list_capacity;

    p->lists = p->spare;
    p->spare = lists;
    p->list_capacity = p->spare_capacity;
    p->spare_capacity = capacity;
    p->list_count = count;
}

/* The node has other rules now: lists of endpoints that are gone go, those that stay move to their new places. */
static void follow_table(struct arena *arena, struct port_lists *p,
                         const struct endpoint_table *table)
{
    uint32_t from = 0;

    ARENA_GROW(arena, p->spare, &p->spare_capacity, table->count);
    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t at = find_list(p, &table->endpoints[i], from);
        p->spare[i] =
            (struct recent_list){.endpoint = table->endpoints[i], .oldest = NONE, .newest = NONE};
        if (at == NONE)
            continue;
        from = at;
        p->spare[i] = p->lists[at];
        p->lists[at].count = 0;
    }
    for (uint32_t i = 0; i < p->list_count; i++) {
        while (p->lists[i].count > 0)
            remove_entry(p, p->lists[i].oldest);
    }
    swap_lists(p, table->count);
    for (uint32_t i = 0; i < p->list_count; i++) {
        for (uint32_t e = p->lists[i].oldest; e != NONE; e = p->entries[e].newer)
            p->entries[e].list = i;
    }
    p->table = table;
    p->serial = table->serial;
}

static struct port_lists *lists_for(struct affinity_lists *affinity,
                                    const struct affinity_query *query)
{
    struct port_lists *p = obtain(affinity, query);

    /* A table's memory may be another table's later: its serial number tells. */
    if (p->table != query->table || p->serial != query->table->serial)
        follow_table(affinity->arena, p, query->table);
    return p;
}

uint32_t session_affinity_find(struct affinity_lists *affinity, const struct affinity_query *query)
{
    struct port_lists *p = lists_for(affinity, query);
    uint32_t first = ID_NONE;

    for (uint32_t e = *bucket_of(p, query->address); e != NONE; e = p->entries[e].next) {
        const struct entry *entry = &p->entries[e];
        if (entry->address == query->address &&
            entry->seen_ns >= query->now_ns - query->timeout_ns && entry->list < first)
            first = entry->list;
    }
    return first;
}

void session_affinity_keep(struct affinity_lists *affinity, const struct affinity_query *query,
                           uint32_t index)
{
    struct port_lists *p = lists_for(affinity, query);
    uint32_t found = *bucket_of(p, query->address);

    EP_REQUIRE(index < p->list_count);
    while (found != NONE &&
           (p->entries[found].address != query->address || p->entries[found].list != index))
        found = p->entries[found].next;
    if (found == NONE) {
        if (p->lists[index].count == SESSION_AFFINITY_LIST_MAX)
            remove_entry(p, p->lists[index].oldest);
        found = new_entry(affinity->arena, p, query->address);
    } else {
        unlink_from_list(p, found);
    }
    p->entries[found].seen_ns = query->now_ns;
    append_to_list(p, found, index);
}
