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

/* Uniform in (0, 1]: its logarithm is finite. */
static double unit_above_zero(struct random *r)
{
    return (double)((int64_t)(random_next(r) >> RANDOM_UNIT_SHIFT) + 1) * 0x1p-53;
}

double random_exponential_slow(struct random *r, uint64_t bits)
{
    double tail_start =
        0.0; /* beyond the last edge the distribution starts afresh: it has no memory */

    for (;; bits = random_next(r)) {
        const unsigned layer = (unsigned)(bits % ZIGGURAT_LAYER_COUNT);
        const double x = random_exponential_point(bits);

        if (x < ziggurat_exponential_edges[layer + 1])
            return tail_start + x;
        if (layer == 0) {
            tail_start += ziggurat_exponential_edges[1];
            continue;
        }

        const double low = random_exp(-ziggurat_exponential_edges[layer]);
        const double high = random_exp(-ziggurat_exponential_edges[layer + 1]);

        if (low + random_unit(r) * (high - low) < random_exp(-x))
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

double random_normal_slow(struct random *r, uint64_t bits)
{
    for (;; bits = random_next(r)) {
        const unsigned layer = (unsigned)(bits % ZIGGURAT_LAYER_COUNT);
        const double edge = ziggurat_normal_edges[layer];
        const double next_edge = ziggurat_normal_edges[layer + 1];
        const double x = random_normal_point(bits);

        if (fabs(x) < next_edge)
            return x;
        if (layer == 0) {
            const double tail = normal_tail(r, next_edge);

            return x < 0 ? -tail : tail;
        }

        const double low = random_exp(-0.5 * edge * edge);
        const double high = random_exp(-0.5 * next_edge * next_edge);

        if (low + random_unit(r) * (high - low) < random_exp(-0.5 * x * x))
            return x;
    }
}

/* clang-format off */
const double random_powers_of_two[RANDOM_EXP_STEPS] = {
    0x1.0000000000000p+0, 0x1.02c9a3e778061p+0, 0x1.059b0d3158574p+0, 0x1.0874518759bc8p+0,
    0x1.0b5586cf9890fp+0, 0x1.0e3ec32d3d1a2p+0, 0x1.11301d0125b51p+0, 0x1.1429aaea92de0p+0,
    0x1.172b83c7d517bp+0, 0x1.1a35beb6fcb75p+0, 0x1.1d4873168b9aap+0, 0x1.2063b88628cd6p+0,
    0x1.2387a6e756238p+0, 0x1.26b4565e27cddp+0, 0x1.29e9df51fdee1p+0, 0x1.2d285a6e4030bp+0,
    0x1.306fe0a31b715p+0, 0x1.33c08b26416ffp+0, 0x1.371a7373aa9cbp+0, 0x1.3a7db34e59ff7p+0,
    0x1.3dea64c123422p+0, 0x1.4160a21f72e2ap+0, 0x1.44e086061892dp+0, 0x1.486a2b5c13cd0p+0,
    0x1.4bfdad5362a27p+0, 0x1.4f9b2769d2ca7p+0, 0x1.5342b569d4f82p+0, 0x1.56f4736b527dap+0,
    0x1.5ab07dd485429p+0, 0x1.5e76f15ad2148p+0, 0x1.6247eb03a5585p+0, 0x1.6623882552225p+0,
    0x1.6a09e667f3bcdp+0, 0x1.6dfb23c651a2fp+0, 0x1.71f75e8ec5f74p+0, 0x1.75feb564267c9p+0,
    0x1.7a11473eb0187p+0, 0x1.7e2f336cf4e62p+0, 0x1.82589994cce13p+0, 0x1.868d99b4492edp+0,
    0x1.8ace5422aa0dbp+0, 0x1.8f1ae99157736p+0, 0x1.93737b0cdc5e5p+0, 0x1.97d829fde4e50p+0,
    0x1.9c49182a3f090p+0, 0x1.a0c667b5de565p+0, 0x1.a5503b23e255dp+0, 0x1.a9e6b5579fdbfp+0,
    0x1.ae89f995ad3adp+0, 0x1.b33a2b84f15fbp+0, 0x1.b7f76f2fb5e47p+0, 0x1.bcc1e904bc1d2p+0,
    0x1.c199bdd85529cp+0, 0x1.c67f12e57d14bp+0, 0x1.cb720dcef9069p+0, 0x1.d072d4a07897cp+0,
    0x1.d5818dcfba487p+0, 0x1.da9e603db3285p+0, 0x1.dfc97337b9b5fp+0, 0x1.e502ee78b3ff6p+0,
    0x1.ea4afa2a490dap+0, 0x1.efa1bee615a27p+0, 0x1.f50765b6e4540p+0, 0x1.fa7c1819e90d8p+0,
};

/* clang-format on */

/*
 * The bucket is the last j < n that the key jumps to; it jumps to j with probability 1/(j+1),
 * whatever it did before. Below JUMP_FEW each j is tried, without a branch. Above, it jumps
 * somewhere in the octave q .. 2q-1, q a power of two, with probability 1/2, and its last jump there
 * is uniform in it; the last one before a jump to b is uniform in 0 .. b-1, where below q means that
 * there is none left in this octave. One bit an octave then tells where to look, from the highest
 * one, in constant time.
 */
#define JUMP_FEW 8u

static uint32_t jump_few(struct random r, uint32_t n)
{
    uint32_t bucket = 0;

    for (uint32_t j = 1; j < n; j += 2) {
        const uint64_t bits = random_next(&r);
        const uint64_t even = (uint32_t)bits;
        const uint64_t odd = bits >> 32;

        bucket += (j - bucket) & -(uint32_t)(even * (j + 1) >> 32 == 0);
        bucket += (j + 1 - bucket) & -(uint32_t)((odd * (j + 2) >> 32 == 0) & (j + 1 < n));
    }
    return bucket;
}

uint32_t random_jump(uint64_t key, uint32_t n)
{
    const struct random few = {key};

    if (n <= JUMP_FEW)
        return jump_few(few, n);

    const uint64_t bits = hash_mix(key);
    uint32_t octaves = (uint32_t)bits & (UINT32_MAX >> __builtin_clz(n - 1)) & ~(JUMP_FEW - 1);

    while (octaves != 0) {
        const unsigned top = 31u - (unsigned)__builtin_clz(octaves);
        const uint32_t q = 1u << top;
        struct random octave = random_at(bits, top);
        uint32_t bucket = q + ((uint32_t)(random_next(&octave) >> 32) & (q - 1));

        while (EP_UNLIKELY(bucket >= n))
            bucket = (uint32_t)random_below(&octave, bucket);
        if (EP_LIKELY(bucket >= q))
            return bucket;
        octaves ^= q;
    }
    return jump_few(few, JUMP_FEW);
}
