/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a kernel sends a connection's SYNs, counted from the first, and when it gives up. Linux from
 * 6.5 on with its defaults (tcp_syn_linear_timeouts 4, tcp_syn_retries 6), without timer slack.
 */
#ifndef EPSIM_TRAFFIC_SYN_SCHEDULE_H
#define EPSIM_TRAFFIC_SYN_SCHEDULE_H

#include "base/units.h"

#define SYN_SCHEDULE_COUNT 11u
#define SYN_SCHEDULE_GIVE_UP_NS (131 * NS_PER_S)

/* The instant of SYN number `index` < SYN_SCHEDULE_COUNT, from 0, after the first. */
static inline sim_ns syn_schedule_ns(uint32_t index)
{
    static const uint8_t seconds[SYN_SCHEDULE_COUNT] = {0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67};

    return seconds[index] * NS_PER_S;
}

#endif
