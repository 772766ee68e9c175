/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/fingerprint.h"

#include "base/error.h"

/* One salt a kind of observation, so that equal fields of two kinds do not hash alike. */
#define SALT_VERSION UINT64_C(0x7665727369) /* letters of the word, for want of a better number */
#define SALT_STATE UINT64_C(0x7374617465)
#define SALT_SYNC UINT64_C(0x73796e63)

void fingerprint_init(struct fingerprint *fingerprint, struct arena *arena,
                      const struct cluster *cluster, const struct traffic_spec *traffic)
{
    *fingerprint = (struct fingerprint){.arena = arena, .cluster = cluster};
    fingerprint->client_hashes = ARENA_NEW_ARRAY(arena, traffic->client_count, uint64_t);
    for (uint32_t i = 0; i < traffic->client_count; i++)
        fingerprint->client_hashes[i] = hash_string(traffic->clients[i].name);
    fingerprint_learn_pods(fingerprint);
}

void fingerprint_learn_pods(struct fingerprint *fingerprint)
{
    const uint32_t count = cluster_pod_count(fingerprint->cluster);

    ARENA_GROW(fingerprint->arena, fingerprint->pod_hashes, &fingerprint->pod_capacity, count);
    for (uint32_t pod = fingerprint->pod_count; pod < count; pod++)
        fingerprint->pod_hashes[pod] = cluster_pod_hash(fingerprint->cluster, pod);
    fingerprint->pod_count = count;
}

/* Three facts about a thing at an instant. */
static uint64_t hash_of(uint64_t salt, uint64_t name_hash, uint64_t fact, sim_ns at_ns)
{
    return hash_combine(hash_combine(salt, name_hash), hash_combine(fact, (uint64_t)at_ns));
}

void fingerprint_add_version(struct fingerprint *fingerprint, const struct stored_version *version)
{
    const uint64_t fact = hash_combine(version->content_hash, (uint64_t)version->verb);

    fingerprint->sum += hash_of(SALT_VERSION, version->name_hash, fact, version->at_ns);
}

void fingerprint_add_pod_state(struct fingerprint *fingerprint, sim_ns at_ns, uint32_t pod,
                               enum pod_state state)
{
    fingerprint->sum +=
        hash_of(SALT_STATE, cluster_pod_hash(fingerprint->cluster, pod), (uint64_t)state, at_ns);
}

void fingerprint_add_sync(struct fingerprint *fingerprint, sim_ns at_ns, uint32_t node,
                          uint64_t applied_hash)
{
    fingerprint->sum +=
        hash_of(SALT_SYNC, cluster_node_hash(fingerprint->cluster, node), applied_hash, at_ns);
}
