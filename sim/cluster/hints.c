/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/hints.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"

static uint64_t key_of(const struct hint_set *set)
{
    uint64_t key = set->zone_count;

    for (uint32_t i = 0; i < set->zone_count; i++)
        key = hash_combine(key, hash_string(set->zones[i]));
    for (uint32_t i = 0; i < set->node_count; i++)
        key = hash_combine(key, hash_string(set->nodes[i]));
    return key;
}

uint16_t hints_intern(struct cluster *cluster, const struct hint_set *set)
{
    uint64_t key = key_of(set);

    if (set->zone_count == 0 && set->node_count == 0)
        return 0;
    for (uint32_t i = 0; i < cluster->hint_set_count; i++) {
        if (cluster->hint_sets[i].key == key)
            return (uint16_t)(i + 1);
    }
    EP_REQUIRE(cluster->hint_set_count < UINT16_MAX);
    ARENA_GROW(cluster->arena, cluster->hint_sets, &cluster->hint_set_capacity,
               cluster->hint_set_count + 1);
    cluster->hint_sets[cluster->hint_set_count] = *set;
    cluster->hint_sets[cluster->hint_set_count++].key = key;
    return (uint16_t)cluster->hint_set_count;
}

uint16_t hints_of(struct cluster *cluster, const char *zone, const char *node)
{
    const char **names = ARENA_NEW_ARRAY(cluster->arena, 2, const char *);
    struct hint_set set = {
        .zone_count = zone != NULL,
        .node_count = node != NULL,
        .zones = names,
        .nodes = names + 1,
    };

    names[0] = zone;
    names[1] = node;
    return hints_intern(cluster, &set);
}

const struct hint_set *hints_get(const struct cluster *cluster, uint16_t hints)
{
    EP_REQUIRE(hints <= cluster->hint_set_count);
    return hints == 0 ? NULL : &cluster->hint_sets[hints - 1];
}

static bool has_name(const char *const *names, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

bool hints_has_zone(const struct hint_set *set, const char *zone)
{
    return set != NULL && has_name(set->zones, set->zone_count, zone);
}

bool hints_has_node(const struct hint_set *set, const char *node)
{
    return set != NULL && has_name(set->nodes, set->node_count, node);
}
