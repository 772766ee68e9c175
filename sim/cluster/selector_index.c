/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/selector_index.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"

void selector_index_init(struct selector_index *index, struct arena *arena, struct blocks *blocks)
{
    memset(index, 0, sizeof(*index));
    index->arena = arena;
    index->blocks = blocks;
    index_table_init(&index->table, arena);
}

static uint64_t bucket_hash(const char *ns, const char *key, const char *value)
{
    return hash_combine(hash_string(ns),
                        key == NULL ? 0 : hash_combine(hash_string(key), hash_string(value)));
}

/* ID_NONE: nobody has been filed there. */
static uint32_t find_bucket(const struct selector_index *index, const char *ns, const char *key,
                            const char *value)
{
    const uint64_t hash = bucket_hash(ns, key, value);
    uint32_t cursor;
    uint32_t at = index_table_find(&index->table, hash, &cursor);

    for (; at != ID_NONE; at = index_table_next(&index->table, hash, &cursor)) {
        const struct selector_bucket *b = &index->buckets[at];
        if (strcmp(b->ns, ns) == 0 && (b->key == NULL) == (key == NULL) &&
            (key == NULL || (strcmp(b->key, key) == 0 && strcmp(b->value, value) == 0)))
            return at;
    }
    return ID_NONE;
}

static uint32_t obtain_bucket(struct selector_index *index, const char *ns, const char *key,
                              const char *value)
{
    uint32_t at = find_bucket(index, ns, key, value);

    if (at != ID_NONE)
        return at;
    at = index->bucket_count++;
    ARENA_GROW(index->arena, index->buckets, &index->bucket_capacity, index->bucket_count);
    index->buckets[at] = (struct selector_bucket){.ns = ns, .key = key, .value = value};
    index_table_add(&index->table, bucket_hash(ns, key, value), at);
    return at;
}

/* The bucket of the label that the fewest ask for. */
static uint32_t choose_bucket(struct selector_index *index, const char *ns,
                              const struct selector *selector)
{
    const struct selector_requirement *best = NULL;
    uint32_t best_count = 0;

    for (uint32_t i = 0; i < selector->count; i++) {
        const struct selector_requirement *r = &selector->items[i];
        uint32_t at;
        uint32_t count;
        if (r->operator_ != SELECTOR_IN || r->value_count != 1)
            continue;
        at = find_bucket(index, ns, r->key, r->values[0]);
        count = at == ID_NONE ? 0 : index->buckets[at].count;
        if (best == NULL || count < best_count) {
            best = r;
            best_count = count;
        }
    }
    return best == NULL ? obtain_bucket(index, ns, NULL, NULL)
                        : obtain_bucket(index, ns, best->key, best->values[0]);
}

static void take_out(struct selector_bucket *bucket, uint32_t service)
{
    uint32_t at = 0;

    while (at < bucket->count && bucket->services[at] != service)
        at++;
    EP_REQUIRE(at < bucket->count);
    bucket->services[at] = bucket->services[--bucket->count];
}

void selector_index_set(struct selector_index *index, uint32_t service, const char *ns,
                        const struct selector *selector)
{
    struct selector_bucket *bucket;
    uint32_t at;

    index->generation++;
    ARENA_GROW(index->arena, index->homes, &index->home_capacity, service + 1);
    if (index->homes[service] != 0)
        take_out(&index->buckets[index->homes[service] - 1], service);
    index->homes[service] = 0;
    ARENA_GROW(index->arena, index->selectors, &index->selector_capacity, service + 1);
    index->selectors[service] = selector;
    if (selector == NULL || selector->is_null)
        return;
    at = choose_bucket(index, ns, selector);
    bucket = &index->buckets[at];
    ARENA_GROW(index->arena, bucket->services, &bucket->capacity, bucket->count + 1);
    bucket->services[bucket->count++] = service;
    index->homes[service] = at + 1;
}

static void widen(const struct selector_index *index, struct service_set *set, uint32_t more)
{
    uint32_t *wider;
    uint32_t capacity = set->capacity == 0 ? 16 : set->capacity;

    while (capacity < set->count + more)
        capacity *= 2;
    if (capacity == set->capacity)
        return;
    wider = blocks_alloc(index->blocks, capacity * sizeof(uint32_t));
    if (set->count > 0)
        memcpy(wider, set->services, set->count * sizeof(uint32_t));
    selector_index_release(index, set);
    set->services = wider;
    set->capacity = capacity;
}

/* Into its place; nearly always behind the last one, or there already. */
static void insert(struct service_set *set, uint32_t service)
{
    uint32_t at = set->count;

    while (at > 0 && set->services[at - 1] > service)
        at--;
    if (at > 0 && set->services[at - 1] == service)
        return;
    memmove(&set->services[at + 1], &set->services[at],
            (set->count - at) * sizeof(set->services[0]));
    set->services[at] = service;
    set->count++;
}

static void add_bucket(const struct selector_index *index, struct service_set *set, const char *ns,
                       const char *key, const char *value)
{
    const uint32_t at = find_bucket(index, ns, key, value);

    if (at == ID_NONE || index->buckets[at].count == 0)
        return;
    widen(index, set, index->buckets[at].count);
    for (uint32_t i = 0; i < index->buckets[at].count; i++)
        insert(set, index->buckets[at].services[i]);
}

static void add_labels(const struct selector_index *index, struct service_set *set, const char *ns,
                       const struct label_set *labels)
{
    for (uint32_t i = 0; labels != NULL && i < labels->count; i++)
        add_bucket(index, set, ns, labels->items[i].key, labels->items[i].value);
}

struct service_set selector_index_find(const struct selector_index *index, const char *ns,
                                       const struct label_set *a, const struct label_set *b)
{
    struct service_set set = {NULL, 0, 0};

    add_bucket(index, &set, ns, NULL, NULL);
    add_labels(index, &set, ns, a);
    if (b != a)
        add_labels(index, &set, ns, b);
    return set;
}

/* Whether the set says what the memo does. */
static bool is_as_found(const struct selector_index *index, const struct selector_memo *memo,
                        const char *ns)
{
    struct service_set set = selector_index_find(index, ns, memo->labels, NULL);
    const bool is_same = memo->service == ID_NONE
                             ? set.count == 0
                             : set.count == 1 && set.services[0] == memo->service;

    selector_index_release(index, &set);
    return is_same;
}

struct service_set selector_index_find_again(const struct selector_index *index,
                                             struct selector_memo *memo, const char *ns,
                                             const struct label_set *labels)
{
    struct service_set set;

    if (labels != NULL && memo->labels == labels && memo->generation == index->generation) {
        EP_INVARIANT(is_as_found(index, memo, ns));
        return (struct service_set){&memo->service, memo->service == ID_NONE ? 0 : 1, 0};
    }
    set = selector_index_find(index, ns, labels, NULL);
    if (set.count <= 1)
        *memo = (struct selector_memo){
            .labels = labels,
            .generation = index->generation,
            .service = set.count == 0 ? ID_NONE : set.services[0],
            .is_selected =
                set.count == 1 && labels_match(index->selectors[set.services[0]], labels),
        };
    return set;
}

static bool matches(const struct selector_index *index, uint32_t service,
                    const struct label_set *labels)
{
    const struct selector *selector = index->selectors[service];

    return selector != NULL && labels_match(selector, labels);
}

bool selector_index_selects(const struct selector_index *index, const struct selector_memo *memo,
                            uint32_t service, const struct label_set *labels)
{
    if (memo->labels != labels || memo->generation != index->generation || memo->service != service)
        return matches(index, service, labels);
    EP_INVARIANT(memo->is_selected == matches(index, service, labels));
    return memo->is_selected;
}

void selector_index_release(const struct selector_index *index, struct service_set *set)
{
    if (set->capacity > 0) /* else it is a memo's */
        blocks_free(index->blocks, set->services, set->capacity * sizeof(uint32_t));
    set->services = NULL;
    set->capacity = 0;
}
