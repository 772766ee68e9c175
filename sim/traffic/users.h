/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Virtual users: closed loops. Each sends a request, waits for its end, thinks, and begins anew, so that a slow service
 * gets fewer requests (and its worst moments fewer observations: coordinated omission).
 *
 * How many there are follows the stages as k6's constant-vus and ramping-vus do: between two targets users come, or go, at
 * even distances, the last one at the stage's end; a user that goes ends what it does within the graceful time.
 * Users have numbers from 1; the highest go first. User u's request k has number u * 10^9 + k.
 */
#ifndef EPSIM_TRAFFIC_USERS_H
#define EPSIM_TRAFFIC_USERS_H

#include "engine/kernel.h"
#include "traffic/observer.h"

struct client;
struct traffic;

#define USERS_NUMBER_STEP UINT64_C(1000000000)

/* A user's time from from_ns to before until_ns; NS_NEVER: to the end. */
struct users_stay {
    sim_ns from_ns;
    sim_ns until_ns;
};

/* The stay of user `user` at at_ns, or the next one after; false: there is none. */
bool users_stay_at(const struct client *client, uint32_t user, sim_ns at_ns,
                   struct users_stay *stay);

/* When a request of the user that started at start_ns is broken off; NS_NEVER: never. Also for user 0, nobody. */
sim_ns users_interrupt_ns(const struct client *client, uint32_t user, sim_ns start_ns);

/* Makes the users and schedules their first requests. */
void users_start(struct traffic *traffic, uint32_t client);

/* Event: a user begins an iteration, if it is its time; a: client, b: user. */
void users_iterate(struct traffic *traffic, const struct event *ev);

/* The user's request has this result. */
void users_iteration_done(struct traffic *traffic, uint32_t client, uint32_t user,
                          const struct request_result *result);

#endif
