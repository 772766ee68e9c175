/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random numbers whose luck is nobody else's.
 *
 * A stream is named, not shared: random_key() hashes (seed, replication, purpose, the entity's
 * stable name), and random_at(key, n) is the little generator of the n-th thing that this entity
 * does (request number, attempt count, object version). Drawing more or fewer numbers for one thing
 * never shifts another's.
 * Generator: splitmix64 (Steele, Lea, Flood 2014). Steps from thing to thing and from number to
 * number are two odd constants; a key's streams would have to be 2^45 things apart, or 10^5 numbers
 * long, for one to meet another. Variates: ziggurat with constant tables (Marsaglia & Tsang 2000).
 */
#ifndef EPSIM_ENGINE_RANDOM_H
#define EPSIM_ENGINE_RANDOM_H

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "engine/ziggurat_tables.h"

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
    RANDOM_POD_WORKER = 40,
    RANDOM_NODE_LEASE = 41,
    RANDOM_NODE_MONITOR = 42,
    RANDOM_PROBE_ERROR = 50,
    RANDOM_RETRY_DRAWS,
    RANDOM_THINK,
    RANDOM_VU_NODE,
    RANDOM_IDENTITY = 64,
    RANDOM_DNS_TRIES,
    RANDOM_DNS_ROTATION,
    RANDOM_LOAD_BALANCER,
    RANDOM_BALANCER_PICK,
    RANDOM_LEASE = 96,
    RANDOM_RECONNECT,
    RANDOM_WATCH_LIFE,
    RANDOM_WATCH_AGE,
};

static inline uint64_t random_key(uint64_t seed, uint64_t replication, enum random_purpose purpose,
                                  uint64_t name_hash)
{
    return hash_combine(hash_combine(hash_combine(seed, replication), (uint64_t)purpose),
                        name_hash);
}

static inline struct random random_at(uint64_t key, uint64_t n)
{
    return (struct random){key + n * UINT64_C(0xD1342543DE82EF95)};
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
static inline uint64_t random_below(struct random *r, uint64_t n);

/* Exponential with mean 1, and standard normal. */
static inline double random_exponential(struct random *r);
static inline double random_normal(struct random *r);

/* e^x within 10^-15 of itself, as good as draws need and a third of exact_exp's time. An x beyond
 * -700 and 700 counts as these. */
static inline double random_exp(double x);

/*
 * A bucket of 0 .. n-1, uniform over keys, that moves for only 1/(n+1) of the keys when n grows by
 * one (jump consistent hash, Lamping & Veach 2014): adding a node leaves the other requests where
 * they were.
 */
uint32_t random_jump(uint64_t key, uint32_t n);

/* --- private part --- */

#define RANDOM_UNIT_SHIFT 11
#define RANDOM_EXP_STEPS 64

__extension__ typedef unsigned __int128 random_uint128;

/* 2^(i/64). */
extern const double random_powers_of_two[RANDOM_EXP_STEPS];

/* What follows a first number whose point is not under the curve for sure. */
double random_exponential_slow(struct random *r, uint64_t bits);
double random_normal_slow(struct random *r, uint64_t bits);

static inline uint64_t random_below(struct random *r, uint64_t n)
{
    return (uint64_t)((random_uint128)random_next(r) * n >> 64);
}

/* Uniform in [0, 1) times the layer's edge. */
static inline double random_exponential_point(uint64_t bits)
{
    const double unit = (double)(int64_t)(bits >> RANDOM_UNIT_SHIFT) * 0x1p-53;

    return unit * ziggurat_exponential_edges[bits % ZIGGURAT_LAYER_COUNT];
}

static inline double random_exponential(struct random *r)
{
    const uint64_t bits = random_next(r);
    const double x = random_exponential_point(bits);

    if (EP_LIKELY(x < ziggurat_exponential_edges[bits % ZIGGURAT_LAYER_COUNT + 1]))
        return x;
    return random_exponential_slow(r, bits);
}

/* Uniform in [-1, 1) times the layer's edge: the sign comes without a jump. */
static inline double random_normal_point(uint64_t bits)
{
    const double unit = (double)(int64_t)(bits >> RANDOM_UNIT_SHIFT << RANDOM_UNIT_SHIFT) * 0x1p-63;

    return unit * ziggurat_normal_edges[bits % ZIGGURAT_LAYER_COUNT];
}

static inline double random_normal(struct random *r)
{
    const uint64_t bits = random_next(r);
    const double x = random_normal_point(bits);

    if (EP_LIKELY(fabs(x) < ziggurat_normal_edges[bits % ZIGGURAT_LAYER_COUNT + 1]))
        return x;
    return random_normal_slow(r, bits);
}

/*
 * x = k ln(2)/64 + r with |r| <= ln(2)/128: 2^(k/64) from a table and by bits, e^r - 1 by its
 * series up to r^5. Adding 1.5 * 2^52 rounds to the integer k and leaves it in the lowest bits.
 */
static inline double random_exp(double x)
{
    const double cut = EP_LIKELY(fabs(x) < 700.0) ? x : x < 0 ? -700.0 : 700.0;
    const double rounded = cut * 0x1.71547652b82fep+6 + 0x1.8p52;
    const double k = rounded - 0x1.8p52;
    const double r = (cut - k * 0x1.62e42fefp-7) - k * 0x1.473de6af278edp-40;
    const double series =
        r + r * r * ((1.0 / 2 + r * (1.0 / 6)) + r * r * (1.0 / 24 + r * (1.0 / 120)));
    uint64_t bits;
    uint64_t power_bits;
    double power;

    memcpy(&bits, &rounded, sizeof bits);
    memcpy(&power_bits, &random_powers_of_two[bits % RANDOM_EXP_STEPS], sizeof power_bits);
    power_bits += bits / RANDOM_EXP_STEPS << 52;
    memcpy(&power, &power_bits, sizeof power);
    return power + power * series;
}

#endif
