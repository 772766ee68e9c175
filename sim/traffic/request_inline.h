/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hot paths of requests' records: taken and given back, and lists of servers. Included by
 * parts.h only.
 */
#ifndef EPSIM_TRAFFIC_REQUEST_INLINE_H
#define EPSIM_TRAFFIC_REQUEST_INLINE_H

#include "traffic/parts.h"

/* A record from fresh memory, in request.c. */
uint32_t request_new_beyond(struct traffic *traffic);

/* A record in which only the generation means something yet. Moves the records: look them up again.
 * */
static inline uint32_t request_new(struct traffic *traffic)
{
    const uint32_t index = traffic->free_request;

    if (EP_UNLIKELY(index == REQUEST_NONE))
        return request_new_beyond(traffic);
    traffic->free_request = traffic_request(traffic, index)->next;
    return index;
}

static inline void request_free(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);

    request->generation++;
    request->state = REQUEST_FREE;
    request->next = traffic->free_request;
    traffic->free_request = index;
}

/* `a` if `is_a`, else `b`, without a jump, which compilers prefer to a conditional move. */
static inline uint32_t request_choose(bool is_a, uint32_t a, uint32_t b)
{
    return b ^ ((a ^ b) & -(uint32_t)is_a);
}

/* Adds the request to its pod's server. Nobody's record takes what has no neighbour to go to:
 * whether there is one is more than processors can guess. */
static inline void request_link(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    struct server *server = &traffic->servers[request->pod];
    const uint32_t newest = server->newest_request;

    request->previous = newest;
    request->next = REQUEST_NONE;
    traffic_request(traffic, newest)->next = index;
    server->oldest_request = request_choose(newest == REQUEST_NONE, index, server->oldest_request);
    server->newest_request = index;
    server->connection_count++;
}

/* Takes it off. */
static inline void request_unlink(struct traffic *traffic, uint32_t index)
{
    const struct request *request = traffic_request(traffic, index);
    struct server *server = &traffic->servers[request->pod];
    const uint32_t previous = request->previous;
    const uint32_t next = request->next;

    traffic_request(traffic, previous)->next = next;
    traffic_request(traffic, next)->previous = previous;
    server->oldest_request = request_choose(previous == REQUEST_NONE, next, server->oldest_request);
    server->newest_request = request_choose(next == REQUEST_NONE, previous, server->newest_request);
    server->connection_count--;
    if (EP_UNLIKELY(server->is_crowded) && server->connection_count <= server->concurrency / 2)
        server->is_crowded = server->is_counting;
}

#endif
