/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kept connections: each client address has a pool of them.
 *
 *   a request starts --> an idle connection, the one that was used last
 *                   \--> a new one, if there are fewer than perClient
 *                    \-> waits in line until one of them is free
 *
 * The last used first is what HTTP clients do (Go's net/http, Transport.queueForIdleConn). A connection stays with the pod
 * that was picked when it was opened (conntrack), whatever the node's table says since. It ends
 *   - by the client, between two requests: after maxRequests, maxAge, or an idleTimeout; after a request that failed or
 *     whose client gave up (HTTP/1.1: the answer might still come);
 *   - by the server, between two requests: after its keepAliveTimeout, when it drains, when its process ends. The client
 *     knows half a round trip later; a request that it sends before meets an RST (`reset`);
 *   - by neither, if the machine is gone: requests then go into the void until their clients give up.
 * Ends by the clock need no event: who looks at an idle connection sees what has become of it.
 */
#ifndef EPSIM_TRAFFIC_CONNECTION_POOL_H
#define EPSIM_TRAFFIC_CONNECTION_POOL_H

#include "engine/kernel.h"
#include "traffic/observer.h"

struct traffic;

/* Zeroed memory is an empty pool. Links by index, 0 is nobody's. */
struct pool {
    uint32_t last_used; /* stack of idle ones */
    uint32_t link_count;
    uint32_t first_waiting; /* requests in line */
    uint32_t last_waiting;
};

/* A connection, or an attempt to open one. */
struct link {
    sim_ns t_pick_ns;
    sim_ns t_opened_ns;  /* the client knew that it was there */
    sim_ns t_free_ns;    /* the client has had the last answer */
    sim_ns t_idle_ns;    /* the server had sent it */
    sim_ns t_closed_ns;  /* the client knows that the server has closed it; NS_NEVER */
    sim_ns back_ns;      /* half of the last round trip */
    uint64_t generation; /* of the record */
    uint32_t pool;
    uint32_t client;
    uint32_t node; /* that it goes through, from outside; else the client's */
    uint32_t pod;
    uint32_t news;
    uint32_t request_count;
    uint32_t next_idle; /* below it on the stack; or on the list of free records */
    uint32_t previous;  /* of the server's idle ones */
    uint32_t next;
    uint16_t port;
    bool is_open;
    bool is_at_server; /* on that list */
    bool is_silent;    /* the other end has vanished */
};

/* A request wants a connection now. */
void pool_connect(struct traffic *traffic, uint32_t index);

/* The request's attempt has come to this, which the client knows by t_end: its connection is free then, or gone. Fills in
 * pick, news and the like. */
void pool_settle(struct traffic *traffic, uint32_t index, struct request_result *result);

/* Event: a connection is free, or has ended; a: link, b: generation. */
void pool_release(struct traffic *traffic, const struct event *ev);

/* The pod's program closes its idle connections, now; or its machine has vanished with them. */
void pool_close_idle(struct traffic *traffic, uint32_t pod);
void pool_lose_idle(struct traffic *traffic, uint32_t pod);

/* The request waits, on an established connection, for somebody who is not there any more: until its client gives up, or
 * the client's kernel, which sends it again for 924.6 s (Linux, tcp_retries2 = 15). Off the server's list. */
void pool_meet_silence(struct traffic *traffic, uint32_t index);

/* Whether the request has come on a connection that was there before. */
bool pool_is_reused(const struct traffic *traffic, uint32_t index);

#endif
