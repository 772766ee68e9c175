/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Token buckets, exact in integer nanoseconds.
 * Source: client-go flowcontrol (golang.org/x/time/rate): a bucket of `burst` tokens refilled at `rate`; a caller that
 * waits reserves its token at once, so waiters are served in order.
 */
#ifndef EPSIM_CLUSTER_RATE_LIMITER_H
#define EPSIM_CLUSTER_RATE_LIMITER_H

#include "base/units.h"

#include <stdbool.h>

struct rate_limiter {
    sim_ns token_ns;    /* time to refill one token; 0: no limit */
    sim_ns capacity_ns; /* burst * token_ns */
    sim_ns credit_ns;   /* tokens at `as_of_ns`, as time; negative while callers wait */
    sim_ns as_of_ns;
};

/* A full bucket. rate_per_s > 0, burst >= 1. */
void rate_limiter_init(struct rate_limiter *limiter, double rate_per_s, uint32_t burst);

/* The instant >= now at which the next caller may go on; takes its token. */
sim_ns rate_limiter_reserve(struct rate_limiter *limiter, sim_ns now_ns);

/* Takes a token if there is a whole one now. */
bool rate_limiter_try(struct rate_limiter *limiter, sim_ns now_ns);

/* When there will be a token to try for, at the earliest now. */
sim_ns rate_limiter_ready_ns(struct rate_limiter *limiter, sim_ns now_ns);

#endif
