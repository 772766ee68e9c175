/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/histogram.h"

__extension__ typedef unsigned __int128
    uint128; /* sums and products beyond 64 bits; gcc and clang have it */

void histogram_init(struct histogram *histogram, struct arena *arena)
{
    *histogram = (struct histogram){.min_ns = NS_NEVER, .max_ns = -1, .arena = arena};
}

void histogram_make_octave(struct histogram *histogram, uint32_t octave)
{
    EP_REQUIRE(octave < HISTOGRAM_OCTAVE_COUNT);
    if (histogram->octaves == NULL)
        histogram->octaves = ARENA_NEW_ARRAY(histogram->arena, HISTOGRAM_OCTAVE_COUNT, uint64_t *);
    if (histogram->octaves[octave] == NULL)
        histogram->octaves[octave] =
            ARENA_NEW_ARRAY(histogram->arena, HISTOGRAM_SUB_COUNT, uint64_t);
}

static uint128 sum_of(const struct histogram *histogram)
{
    return ((uint128)histogram->sum_high << 64) | histogram->sum_low_ns;
}

static void set_sum(struct histogram *histogram, uint128 sum)
{
    histogram->sum_low_ns = (uint64_t)sum;
    histogram->sum_high = (uint64_t)(sum >> 64);
}

void histogram_add_times(struct histogram *histogram, sim_ns value_ns, uint64_t times)
{
    if (times == 0)
        return;
    histogram_add(histogram, value_ns);

    const uint32_t octave = histogram_octave(value_ns);

    histogram->octaves[octave][histogram_bucket(value_ns, octave)] += times - 1;
    histogram->count += times - 1;
    set_sum(histogram, sum_of(histogram) + (uint128)(uint64_t)value_ns * (times - 1));
}

void histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    if (other->count == 0)
        return;
    for (uint32_t octave = 0; octave < HISTOGRAM_OCTAVE_COUNT; octave++) {
        if (other->octaves[octave] == NULL)
            continue;
        histogram_make_octave(histogram, octave);
        for (uint32_t i = 0; i < HISTOGRAM_SUB_COUNT; i++)
            histogram->octaves[octave][i] += other->octaves[octave][i];
    }
    histogram->count += other->count;
    set_sum(histogram, sum_of(histogram) + sum_of(other));
    if (other->min_ns < histogram->min_ns)
        histogram->min_ns = other->min_ns;
    if (other->max_ns > histogram->max_ns)
        histogram->max_ns = other->max_ns;
}

/* The middle of a bucket: its low end plus half its width. */
static sim_ns middle_ns(uint32_t octave, uint32_t bucket)
{
    if (octave == 0)
        return (sim_ns)bucket;

    const uint32_t shift = octave - 1u;
    const uint64_t low = ((uint64_t)HISTOGRAM_SUB_COUNT + bucket) << shift;

    return (sim_ns)(low + (((uint64_t)1 << shift) >> 1));
}

static sim_ns clamp(const struct histogram *histogram, sim_ns value_ns)
{
    if (value_ns < histogram->min_ns)
        return histogram->min_ns;
    return value_ns > histogram->max_ns ? histogram->max_ns : value_ns;
}

sim_ns histogram_quantile_ns(const struct histogram *histogram, uint32_t millionths)
{
    if (histogram->count == 0)
        return 0;

    uint64_t rank = (uint64_t)(((uint128)histogram->count * millionths + 999999u) / 1000000u);

    /* the extremes are known exactly */
    if (rank <= 1)
        return histogram->min_ns;
    if (rank >= histogram->count)
        return histogram->max_ns;
    for (uint32_t octave = 0; octave < HISTOGRAM_OCTAVE_COUNT; octave++) {
        const uint64_t *buckets = histogram->octaves[octave];

        for (uint32_t i = 0; buckets != NULL && i < HISTOGRAM_SUB_COUNT; i++) {
            if (rank <= buckets[i])
                return clamp(histogram, middle_ns(octave, i));
            rank -= buckets[i];
        }
    }
    return histogram->max_ns;
}

sim_ns histogram_mean_ns(const struct histogram *histogram)
{
    if (histogram->count == 0)
        return 0;
    return (sim_ns)((sum_of(histogram) + histogram->count / 2) / histogram->count);
}
