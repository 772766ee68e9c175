/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Histogram of spans in nanoseconds: log-linear buckets, so that memory is small and bounded whatever is counted.
 *
 * Each power of two is cut into 128 equal buckets; a quantile is the middle of its bucket, hence within 1/256 of the
 * true value (0.39 %); below 256 ns it is exact. Count, sum, least and greatest are always exact. All is integer
 * arithmetic: equal observations give equal bits, in whatever order they came.
 * Octaves are allocated when first touched: an empty histogram costs 56 bytes.
 */
#ifndef EPSIM_STATS_HISTOGRAM_H
#define EPSIM_STATS_HISTOGRAM_H

#include "base/arena.h"
#include "base/error.h"

#define HISTOGRAM_SUB_BITS 7u
#define HISTOGRAM_SUB_COUNT (1u << HISTOGRAM_SUB_BITS)
#define HISTOGRAM_OCTAVE_COUNT \
    57u /* octave 0 holds 0..127, octave k >= 1 holds 2^(k+6) .. 2^(k+7) - 1 */

struct histogram {
    uint64_t count;
    uint64_t sum_low_ns; /* the sum's low and high 64 bits */
    uint64_t sum_high;
    sim_ns min_ns; /* of an empty histogram: NS_NEVER and -1 */
    sim_ns max_ns;
    uint64_t **octaves; /* NULL before the first observation */
    struct arena *arena;
};

void histogram_init(struct histogram *histogram, struct arena *arena);

/* Allocates what bucket (octave) needs. Of use to histogram_add only. */
void histogram_make_octave(struct histogram *histogram, uint32_t octave);

/* The octave of a value, and its bucket in there. */
static inline uint32_t histogram_octave(sim_ns value_ns)
{
    const uint32_t bits =
        63u - (uint32_t)__builtin_clzll((uint64_t)value_ns | (HISTOGRAM_SUB_COUNT >> 1));

    return bits - (HISTOGRAM_SUB_BITS - 1u);
}

static inline uint32_t histogram_bucket(sim_ns value_ns, uint32_t octave)
{
    return (uint32_t)((uint64_t)value_ns >> (octave == 0 ? 0 : octave - 1u)) &
           (HISTOGRAM_SUB_COUNT - 1u);
}

/* Counts one span >= 0. */
static inline void histogram_add(struct histogram *histogram, sim_ns value_ns)
{
    const uint32_t octave = histogram_octave(value_ns);

    EP_REQUIRE(value_ns >= 0);
    if (EP_UNLIKELY(histogram->octaves == NULL || histogram->octaves[octave] == NULL))
        histogram_make_octave(histogram, octave);
    histogram->octaves[octave][histogram_bucket(value_ns, octave)]++;
    histogram->count++;
    histogram->sum_low_ns += (uint64_t)value_ns;
    histogram->sum_high += histogram->sum_low_ns < (uint64_t)value_ns;
    if (value_ns < histogram->min_ns)
        histogram->min_ns = value_ns;
    if (value_ns > histogram->max_ns)
        histogram->max_ns = value_ns;
}

/* Counts `value_ns` `times` times. */
void histogram_add_times(struct histogram *histogram, sim_ns value_ns, uint64_t times);

/* Adds all that `other` has counted. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* The value of rank ceil(count * millionths / 10^6) (nearest rank, at least the first); 0 of an empty histogram. */
sim_ns histogram_quantile_ns(const struct histogram *histogram, uint32_t millionths);

/* The mean rounded to the nearest nanosecond (halves up); 0 of an empty histogram. */
sim_ns histogram_mean_ns(const struct histogram *histogram);

#endif
