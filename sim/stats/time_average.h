/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time average of a level (pods ready, requests in a queue): the integral of the level over time by its span.
 * The integral is an integer, so the order of additions does not matter.
 */
#ifndef EPSIM_STATS_TIME_AVERAGE_H
#define EPSIM_STATS_TIME_AVERAGE_H

#include "base/units.h"

struct time_average {
    sim_ns start_ns;
    sim_ns last_ns; /* when the level was last set */
    int64_t level;
    int64_t area; /* level * ns up to last_ns; good for a mean level of 1,000 over 100 days */
    int64_t max_level;
};

void time_average_init(struct time_average *average, sim_ns start_ns, int64_t level);

/* From at_ns >= the last call's on, the level is `level`. */
void time_average_set(struct time_average *average, sim_ns at_ns, int64_t level);

/* Over [start, at_ns]; the level itself where that span is empty. */
double time_average_mean(const struct time_average *average, sim_ns at_ns);

#endif
