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

#endif
