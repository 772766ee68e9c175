/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Draws for many requests at once: the same numbers as one by one, for less than half the time. One
 * kind of distribution after the other is what processors guess right, and draws that wait for
 * nothing of each other overlap.
 */
#ifndef EPSIM_TRAFFIC_DRAWS_H
#define EPSIM_TRAFFIC_DRAWS_H

#include "engine/distribution.h"

/* No draw is longer (36 years), so that sums of a few cannot overflow. */
#define DRAWS_MAX_NS (NS_NEVER / 8)

/* The n-th draw of the stream `key`. */
sim_ns draws_one_ns(const struct distribution *distribution, uint64_t key, uint64_t n);

/* Draws number first, first + 1, ... of the stream `key`. */
void draws_fill(sim_ns *spans_ns, uint32_t count, const struct distribution *distribution,
                uint64_t key, uint64_t first);

/* Exponential draws with mean 1: draws_scaled_ns makes of each what draws_one_ns draws for a
 * distribution that is exponential with mean `mean_ns`. */
void draws_fill_units(double *units, uint32_t count, uint64_t key, uint64_t first);

static inline sim_ns draws_scaled_ns(double mean_ns, double unit);

/* --- private part --- */

/* As distribution_draw rounds. */
static inline sim_ns draws_round_ns(double x)
{
    if (EP_UNLIKELY(!(x < (double)DRAWS_MAX_NS)))
        return DRAWS_MAX_NS;

    return (sim_ns)(x + 0.5);
}

static inline sim_ns draws_scaled_ns(double mean_ns, double unit)
{
    return draws_round_ns(mean_ns * unit);
}

#endif
