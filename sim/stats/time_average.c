/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/time_average.h"

#include "base/error.h"

void time_average_init(struct time_average *average, sim_ns start_ns, int64_t level)
{
    *average = (struct time_average){
        .start_ns = start_ns, .last_ns = start_ns, .level = level, .max_level = level};
}

void time_average_set(struct time_average *average, sim_ns at_ns, int64_t level)
{
    EP_REQUIRE(at_ns >= average->last_ns);
    average->area += average->level * (at_ns - average->last_ns);
    average->last_ns = at_ns;
    average->level = level;
    if (level > average->max_level)
        average->max_level = level;
}

double time_average_mean(const struct time_average *average, sim_ns at_ns)
{
    EP_REQUIRE(at_ns >= average->last_ns);
    if (at_ns == average->start_ns)
        return (double)average->level;

    const int64_t area = average->area + average->level * (at_ns - average->last_ns);

    return (double)area / (double)(at_ns - average->start_ns);
}
