/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random numbers whose luck is nobody else's.
 *
 * A stream is named, not shared: random_key() hashes (seed, replication, purpose, the entity's
 * stable name), and random_at(key, n) is the little generator of the n-th thing that this entity
 * does (request number, attempt count, object version). Drawing more or fewer numbers for one thing
 * never shifts another's.
 * Generator: splitmix64 (Steele, Lea, Flood 2014) started at a mixed counter. Variates: ziggurat
 * with constant tables (Marsaglia & Tsang 2000), log and exp from base/exact_math.h.
 */
#ifndef EPSIM_ENGINE_RANDOM_H
#define EPSIM_ENGINE_RANDOM_H

#include "base/hash.h"

struct random {
    uint64_t state;
};

/* What a stream is for. Part of every key: append only, never reorder. */
enum random_purpose {
    RANDOM_ARRIVAL = 1,
    RANDOM_CLIENT_NODE,
    RANDOM_DNS,
    RANDOM_NETWORK,
    RANDOM_DEMAND,
    RANDOM_PICK,
    RANDOM_RETRY,
    RANDOM_API_WRITE,
    RANDOM_WATCH_CONTROLLER,
    RANDOM_WATCH_NODE,
    RANDOM_CONTROLLER_SYNC,
    RANDOM_PROXY_SYNC,
    RANDOM_PROXY_PHASE,
    RANDOM_SCHEDULER_BIND,
    RANDOM_IMAGE_PULL,
    RANDOM_CONTAINER_START,
    RANDOM_CONTAINER_STOP,
    RANDOM_SANDBOX_TEARDOWN,
    RANDOM_PLEG,
    RANDOM_PLEG_PHASE,
    RANDOM_KUBELET_SYNC,
    RANDOM_PROBE_PHASE,
    RANDOM_APP_STARTUP,
    RANDOM_SLICE_PACKING,
    RANDOM_TIMELINE,
    RANDOM_APP_ERROR,
    RANDOM_USER, /* free for tests */
};

static inline uint64_t random_key(uint64_t seed, uint64_t replication, enum random_purpose purpose,
                                  uint64_t name_hash)
{
    return hash_combine(hash_combine(hash_combine(seed, replication), (uint64_t)purpose),
                        name_hash);
}

static inline struct random random_at(uint64_t key, uint64_t n)
{
    struct random r = {hash_mix(key + n * UINT64_C(0xD1342543DE82EF95))};
    return r;
}

static inline uint64_t random_next(struct random *r)
{
    r->state += UINT64_C(0x9E3779B97F4A7C15);
    return hash_mix(r->state);
}

/* Uniform in [0, 1), 53 bits. */
static inline double random_unit(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

/* Uniform in 0 .. n-1; n > 0. Bias below n / 2^64 (128-bit product). */
uint64_t random_below(struct random *r, uint64_t n);

/* Exponential with mean 1, and standard normal. */
double random_exponential(struct random *r);
double random_normal(struct random *r);

/*
 * A bucket of 0 .. n-1, uniform over keys, that moves for only 1/(n+1) of the keys when n grows by
 * one (jump consistent hash, Lamping & Veach 2014): adding a node leaves the other requests where
 * they were.
 */
uint32_t random_jump(uint64_t key, uint32_t n);

#endif
