/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fingerprint of a run: the sum mod 2^64 of a hash of every observation.
 *
 * A sum, so that the order in which observations of one instant come does not matter; names, never indices, so that
 * neither do tables. What is recorded, and whether, has no influence.
 */
#ifndef EPSIM_RECORD_FINGERPRINT_H
#define EPSIM_RECORD_FINGERPRINT_H

#include "base/arena.h"
#include "base/hash.h"
#include "cluster/cluster.h"
#include "traffic/observer.h"
#include "traffic/spec.h"

struct fingerprint {
    uint64_t sum;
    struct arena *arena;
    const struct cluster *cluster;
    uint64_t *client_hashes;
    uint64_t *pod_hashes; /* a copy, so that a request costs one look */
    uint32_t pod_count;
    uint32_t pod_capacity;
};

void fingerprint_init(struct fingerprint *fingerprint, struct arena *arena,
                      const struct cluster *cluster, const struct traffic_spec *traffic);

void fingerprint_add_version(struct fingerprint *fingerprint, const struct stored_version *version);
void fingerprint_add_pod_state(struct fingerprint *fingerprint, sim_ns at_ns, uint32_t pod,
                               enum pod_state state);
void fingerprint_add_sync(struct fingerprint *fingerprint, sim_ns at_ns, uint32_t node,
                          uint64_t applied_hash);

/* Copies the names' hashes of pods that are new. Of use to fingerprint_add_request only. */
void fingerprint_learn_pods(struct fingerprint *fingerprint);

/* The hash of a request: its facts, each times an odd constant of its own, added up and mixed. Two
 * requests that differ in one fact never have the same sum. */
static inline void fingerprint_add_request(struct fingerprint *fingerprint,
                                           const struct request_result *result)
{
    uint64_t pod_hash = 0;

    if (result->pod != ID_NONE) {
        if (EP_UNLIKELY(result->pod >= fingerprint->pod_count))
            fingerprint_learn_pods(fingerprint);
        pod_hash = fingerprint->pod_hashes[result->pod];
    }

    fingerprint->sum += hash_mix(fingerprint->client_hashes[result->client] +
                                 result->number * UINT64_C(0x9E3779B97F4A7C15) +
                                 (uint64_t)result->t_end_ns * UINT64_C(0xD1342543DE82EF95) +
                                 (pod_hash + result->outcome) * UINT64_C(0xAF251AF3B0F025B5));
}

#endif
