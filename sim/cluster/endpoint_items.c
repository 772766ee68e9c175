/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/endpoint_items.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/watch_bytes.h"

/* Older wordings of a pod (each of its versions is one, where versions are told) are not worth a long search. */
#define SEARCH_MAX 8u
#define STRIDE 32u

bool endpoint_items_equal(const struct endpoints_item *a, const struct endpoints_item *b,
                          bool with_version)
{
    return a == b || (a->target == b->target && a->pod == b->pod && a->is_ready == b->is_ready &&
                      a->ports == b->ports && a->subset == b->subset &&
                      (!with_version || a->pod_version == b->pod_version));
}

const struct endpoints_item *endpoint_items_intern(struct cluster *cluster,
                                                   const struct endpoints_item *wanted)
{
    struct pod *p = cluster->pods[wanted->pod];
    struct endpoints_item *item = p->items;

    for (uint32_t i = 0; item != NULL && i < SEARCH_MAX; i++, item = item->next) {
        if (endpoint_items_equal(item, wanted, true))
            return item;
    }
    item = ARENA_NEW(cluster->arena, struct endpoints_item);
    *item = *wanted;
    item->hash = hash_combine(p->hash, (uint64_t)item->is_ready);
    item->size = watch_bytes_of_item(cluster, item);
    item->next = p->items;
    p->items = item;
    return item;
}

uint32_t endpoint_items_common(const struct endpoints_item *const *a,
                               const struct endpoints_item *const *b, uint32_t count)
{
    uint32_t i = 0;

    while (i + STRIDE <= count && memcmp(&a[i], &b[i], STRIDE * sizeof(*a)) == 0)
        i += STRIDE;
    while (i < count && a[i] == b[i])
        i++;
    return i;
}

int endpoint_items_compare(const struct cluster *cluster, const struct endpoints_item *a,
                           const struct endpoints_item *b)
{
    int order = strcmp(a->target->ip, b->target->ip);
    uint64_t uid_a = a->target->has_pod ? cluster->pods[a->pod]->uid : 0;
    uint64_t uid_b = b->target->has_pod ? cluster->pods[b->pod]->uid : 0;

    if (order != 0)
        return order;
    return uid_a < uid_b ? -1 : uid_a > uid_b;
}
