/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What traffic is made of; only this layer and its tests include it.
 *
 * The way of a request:  client -> connection -> exchange
 *   client.c      draws requests in batches, each with its start, node, name lookup and round trip
 *   connection.c  table and policy pick an endpoint; a SYN finds somebody, nobody, or nothing
 *   exchange.c    the request reaches the server, is served, and answered
 *   entry.c       of requests from outside: the node that they arrive at
 *   request.c     the record, its outcome, the client's patience
 *   program.c     the lives of the programs in pods: what the kubelet does to them
 * Around it, for clients that have any of it:
 *   session.c     attempts and what follows them     retry.c  back-off and budget
 *   pool.c        kept connections                   users.c  closed loops
 */
#ifndef EPSIM_TRAFFIC_PARTS_H
#define EPSIM_TRAFFIC_PARTS_H

#include "base/arena.h"
#include "traffic/balance/session_affinity.h"
#include "traffic/client.h"
#include "traffic/connection_pool.h"
#include "traffic/draws.h"
#include "traffic/request.h"
#include "traffic/retry.h"
#include "traffic/server.h"
#include "traffic/session.h"
#include "traffic/traffic.h"

#define TRAFFIC_OBSERVER_MAX 8u

/* No draw or limit is longer, so that sums of a few cannot overflow. */
#define TRAFFIC_SPAN_MAX_NS DRAWS_MAX_NS

struct traffic {
    struct kernel *kernel;
    struct cluster *cluster;
    struct request *requests; /* index 0 is nobody's; moves when it grows */
    uint32_t request_count;
    uint32_t request_capacity;
    uint32_t free_request; /* list through `next` */
    uint32_t server_count;
    struct session *sessions; /* beside the requests of clients that have them */
    struct link *links;       /* kept connections; index 0 is nobody's */
    uint32_t session_capacity;
    uint32_t link_count;
    uint32_t link_capacity;
    uint32_t free_link;     /* list through `next_idle` */
    struct server *servers; /* by pod */
    struct client *clients;
    uint32_t client_count;
    uint32_t server_capacity;
    uint32_t batch_count; /* requests a client draws at once; results do not depend on it */
    uint32_t observer_count;
    sim_ns warmup_ns;
    sim_ns until_ns;
    uint64_t unanswered_count; /* counted requests whose end lies behind until_ns */
    uint32_t off_count;        /* nodes whose machines are off */
    enum gone_address gone_address;
    const struct distribution *dns;
    const struct distribution *rtt;
    const struct traffic_spec *spec;
    struct arena *arena;
    uint64_t seed;
    uint64_t replication;
    struct affinity_lists *affinity; /* NULL: no pick has needed it */
    struct traffic_observer observers[TRAFFIC_OBSERVER_MAX];
};

static inline struct request *traffic_request(const struct traffic *traffic, uint32_t index)
{
    return &traffic->requests[index];
}

/* `key` for the draws of the request's attempt. */
static inline uint64_t traffic_key(const struct traffic *traffic, const struct request *request,
                                   uint64_t key)
{
    return EP_LIKELY(!request->has_session) ? key : session_key(traffic, request, key);
}

#include "traffic/request_inline.h"

#endif
