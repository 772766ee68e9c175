/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What lies around a single attempt: retries, kept connections, virtual users. Only clients that have any of it have
 * sessions; the requests of the others never come here.
 *
 *   begin --> (kept connection, or a new one) --> attempt --> settle --> next attempt, or the outcome
 *
 * A retry is a new record with the same number, so that a server may still be busy with the attempt that its client has
 * given up. An attempt's draws are keyed by the request's number and its own; the first one's as if there were no others.
 */
#ifndef EPSIM_TRAFFIC_SESSION_H
#define EPSIM_TRAFFIC_SESSION_H

#include "engine/kernel.h"
#include "traffic/observer.h"

struct traffic;
struct request;

/* Beside the request of the same index. */
struct session {
    sim_ns t_attempt_ns; /* the attempt's start */
    sim_ns t_sent_ns;    /* it was given a kept connection; else not filled in */
    sim_ns dns_ns;       /* its name lookup takes so long */
    uint32_t link;       /* its connection (traffic/connection_pool.h), 0: none, or not kept */
    uint32_t pool;
    uint32_t previous_waiting;
    uint32_t next_waiting;
    uint32_t user;    /* virtual user, from 1; 0: none */
    uint32_t attempt; /* from 0 */
    bool is_reused;   /* the connection was there before */
};

/* A new request of a client with sessions, in which all but the limit is filled in; schedules its start. */
void session_add(struct traffic *traffic, uint32_t index, sim_ns dns_ns, uint32_t user);

/* Event: an attempt starts. */
void session_begin(struct traffic *traffic, const struct event *ev);

/* The attempt needs a connection of its own: looks up the name. */
void session_resolve(struct traffic *traffic, uint32_t index);

/* The attempt's result. Fills in what a session knows better; false: it is not the request's last. Moves the records. */
bool session_settle(struct traffic *traffic, uint32_t index, struct request_result *result);

/* `key` for the attempt's draws. */
uint64_t session_key(const struct traffic *traffic, const struct request *request, uint64_t key);

#endif
