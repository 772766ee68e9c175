/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ziggurat: the area under the density f is cut into 256 layers of one size. Layer i > 0 is the
 * rectangle from 0 to edge[i], between the heights f(edge[i]) and f(edge[i + 1]); layer 0 is the
 * rectangle under f(edge[1]) with the tail beyond edge[1] attached. A point of layer i left of
 * edge[i + 1] is under f for sure; nearly all are. One number serves all: 53 bits for place and
 * sign, 8 for the layer.
 */
#include "engine/random.h"

#include "base/exact_math.h"
#include "base/units.h"
#include "engine/ziggurat_tables.h"

#define UNIT_SHIFT 11

__extension__ typedef unsigned __int128 uint128;

uint64_t random_below(struct random *r, uint64_t n)
{
    return (uint64_t)((uint128)random_next(r) * n >> 64);
}

/* Uniform in (0, 1]: its logarithm is finite. */
static double unit_above_zero(struct random *r)
{
    return (double)((int64_t)(random_next(r) >> UNIT_SHIFT) + 1) * 0x1p-53;
}

double random_exponential(struct random *r)
{
    double tail_start =
        0.0; /* beyond the last edge the distribution starts afresh: it has no memory */

    for (;;) {
        const uint64_t bits = random_next(r);
        const unsigned layer = (unsigned)(bits % ZIGGURAT_LAYER_COUNT);
        const double x =
            (double)(int64_t)(bits >> UNIT_SHIFT) * 0x1p-53 * ziggurat_exponential_edges[layer];

        if (EP_LIKELY(x < ziggurat_exponential_edges[layer + 1]))
            return tail_start + x;
        if (layer == 0) {
            tail_start += ziggurat_exponential_edges[1];
            continue;
        }

        const double low = exact_exp(-ziggurat_exponential_edges[layer]);
        const double high = exact_exp(-ziggurat_exponential_edges[layer + 1]);

        if (low + random_unit(r) * (high - low) < exact_exp(-x))
            return tail_start + x;
    }
}

/* A normal variate given that it is beyond `start` (Marsaglia 1964). */
static double normal_tail(struct random *r, double start)
{
    for (;;) {
        const double x = -exact_log(unit_above_zero(r)) / start;
        const double y = -exact_log(unit_above_zero(r));

        if (y + y > x * x)
            return start + x;
    }
}

double random_normal(struct random *r)
{
    for (;;) {
        const uint64_t bits = random_next(r);
        const unsigned layer = (unsigned)(bits % ZIGGURAT_LAYER_COUNT);
        const double edge = ziggurat_normal_edges[layer];
        const double next_edge = ziggurat_normal_edges[layer + 1];
        /* uniform in [-1, 1) times the edge: the sign comes without a jump */
        const double x = (double)(int64_t)(bits >> UNIT_SHIFT << UNIT_SHIFT) * 0x1p-63 * edge;

        if (EP_LIKELY(x < next_edge && x > -next_edge))
            return x;
        if (layer == 0) {
            const double tail = normal_tail(r, next_edge);

            return x < 0 ? -tail : tail;
        }

        const double low = exact_exp(-0.5 * edge * edge);
        const double high = exact_exp(-0.5 * next_edge * next_edge);

        if (low + random_unit(r) * (high - low) < exact_exp(-0.5 * x * x))
            return x;
    }
}

/*
 * The bucket is the last j < n that the key jumped to; it jumps to j with probability 1/(j+1), whatever
 * it did before. So it jumps somewhere in the octave q .. 2q-1, q a power of two, with probability
 * 1/2, and its last jump there is uniform in it; the last one before a jump to b is uniform in
 * 0 .. b-1, where below q means that there is none left in this octave. One bit an octave then tells
 * where to look, from the highest one, in constant time.
 */
uint32_t random_jump(uint64_t key, uint32_t n)
{
    struct random r = {hash_mix(key)};
    const uint64_t bits = random_next(&r);
    uint32_t octaves = n > 1 ? (uint32_t)bits & (UINT32_MAX >> __builtin_clz(n - 1)) : 0;

    while (octaves != 0) {
        const unsigned top = 31u - (unsigned)__builtin_clz(octaves);
        const uint32_t q = 1u << top;
        struct random octave = random_at(bits, top);
        uint32_t bucket = q + ((uint32_t)(random_next(&octave) >> 32) & (q - 1));

        while (bucket >= n)
            bucket = (uint32_t)random_below(&octave, bucket);
        if (bucket >= q)
            return bucket;
        octaves ^= q;
    }
    return 0;
}
