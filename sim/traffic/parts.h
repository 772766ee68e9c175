/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What traffic is made of; only this layer and its tests include it.
 *
 * The way of a request:  client -> connection -> exchange
 *   client.c      draws requests in batches, each with its start, node, name lookup and round trip
 *   connection.c  table and policy pick an endpoint; a SYN finds somebody, nobody, or nothing
 *   exchange.c    the request reaches the server, is served, and answered
 *   request.c     the record, its outcome, the client's patience
 *   program.c     the lives of the programs in pods: what the kubelet does to them
 */
#ifndef EPSIM_TRAFFIC_PARTS_H
#define EPSIM_TRAFFIC_PARTS_H

#include "base/arena.h"
#include "traffic/balance/session_affinity.h"
#include "traffic/client.h"
#include "traffic/draws.h"
#include "traffic/request.h"
#include "traffic/server.h"
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
    struct server *servers; /* by pod */
    struct client *clients;
    uint32_t client_count;
    uint32_t server_capacity;
    uint32_t batch_count; /* requests a client draws at once; results do not depend on it */
    uint32_t observer_count;
    sim_ns warmup_ns;
    sim_ns until_ns;
    uint64_t unanswered_count; /* counted requests whose end lies behind until_ns */
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

#include "traffic/request_inline.h"

#endif
