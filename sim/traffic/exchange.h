/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Request and answer on an established connection.
 *
 * As long as a server has no more connections than workers, a connection costs one event: the
 * answer. What could make that wrong, the end of the program and too many connections, finds the
 * connection on the server's list and gives it the events that it then needs. Results are the same
 * either way.
 */
#ifndef EPSIM_TRAFFIC_EXCHANGE_H
#define EPSIM_TRAFFIC_EXCHANGE_H

#include "engine/kernel.h"

struct traffic;

/* Somebody listens, or will when the SYN arrives unless that program ends: the connection is on its
 * server's list, and the request follows as soon as the client knows. */
void exchange_establish(struct traffic *traffic, uint32_t index);

/* Event: the request reaches a crowded server, which queues it or sheds it. */
void exchange_arrive(struct traffic *traffic, const struct event *ev);

/* Event: the server has answered. */
void exchange_done(struct traffic *traffic, const struct event *ev);

/* The pod's program closes its listening socket: SYNs that are still under way will find nobody.
 * One that arrives at this very instant came first. */
void exchange_recall(struct traffic *traffic, uint32_t pod);

/* The pod's program ends: so does every connection to it. */
void exchange_reset_all(struct traffic *traffic, uint32_t pod);

/* The pod's program begins to drain: requests that are still under way on connections that were there before, and without
 * one as the server sees it, meet an RST. */
void exchange_cut_kept(struct traffic *traffic, uint32_t pod);

/* The pod's machine has vanished: nothing more comes back, and nobody says so. */
void exchange_lose_all(struct traffic *traffic, uint32_t pod);

/* The pod's program answers nothing from now on; it goes on where it was. Requests that have arrived keep their places;
 * those that come meanwhile are accepted by its kernel and wait. */
void exchange_hold_all(struct traffic *traffic, uint32_t pod);
void exchange_go_on(struct traffic *traffic, uint32_t pod);

#endif
