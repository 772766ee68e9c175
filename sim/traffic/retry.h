/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Retries: how long a client waits before one, and whether it may still afford one.
 *
 * Waits double from retry to retry: b, 2b, 4b, ... up to a most. Jitter (Brooker, "Exponential Backoff And Jitter", 2015):
 * none waits w; equal w/2 + U(0, w/2); full U(0, w).
 *
 * The budget is Finagle's (RetryBudget and LeakyTokenBucket, as Linkerd has it, too): every request puts a share of a
 * token into a bucket, every retry takes one out, and what was put in, or taken, is forgotten after a time (10 s); a few
 * retries a second may be allowed on top. One bucket for each client on each node: that is a client process.
 */
#ifndef EPSIM_TRAFFIC_RETRY_H
#define EPSIM_TRAFFIC_RETRY_H

#include "traffic/spec.h"

struct client;
struct traffic;

#define RETRY_SLICE_COUNT 10u

/* Balance of the last `ttl`, in thousandths of a token, by slices of a tenth of it. Zeroed memory is an empty one. */
struct retry_budget {
    int64_t slices[RETRY_SLICE_COUNT];
    int64_t sum;
    int64_t latest; /* number of the slice that is being filled */
};

/* The wait before the retry that follows attempt number `attempt`, from 0, of the client's request `number`. */
sim_ns retry_wait_ns(const struct retry_spec *retry, uint64_t key, uint64_t number,
                     uint32_t attempt);

/* A request has been made. */
void retry_budget_deposit(struct client *client, struct traffic *traffic, uint32_t node);

/* True takes a token. Without a budget always true. */
bool retry_budget_take(struct client *client, struct traffic *traffic, uint32_t node);

#endif
