/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic's kinds of events: name, handler, what it is. `a` is the client or the request, `b` a
 * request's generation.
 */
#ifndef EPSIM_TRAFFIC_EVENTS_H
#define EPSIM_TRAFFIC_EVENTS_H

/* The first kind that is traffic's; the cluster's are below. */
#define TRAFFIC_EVENT_BASE 64

#define TRAFFIC_EVENTS(X)                                                                        \
    X(TRAFFIC_GENERATE, client_generate, "a client draws its next requests")                     \
    X(TRAFFIC_RESOLVE, resolver_start, "a request starts whose name may be in a cache")          \
    X(TRAFFIC_PICK, connection_pick, "the name is resolved: the node picks an endpoint")         \
    X(TRAFFIC_SYN, connection_syn, "a connection attempt reaches the pod")                       \
    X(TRAFFIC_ARRIVE, exchange_arrive, "a request reaches the server")                           \
    X(TRAFFIC_DONE, exchange_done, "the server has answered")                                    \
    X(TRAFFIC_LIMIT, request_limit, "the client, or its kernel, gives up")                       \
    X(TRAFFIC_BEGIN, session_begin, "an attempt of a client with sessions starts")               \
    X(TRAFFIC_RELEASE, pool_release, "a kept connection is free, or gone; a: it, b: generation") \
    X(TRAFFIC_ITERATE, users_iterate, "a virtual user begins anew; a: client, b: user")          \
    X(TRAFFIC_ERROR_STEP, program_error_step, "an app's share of errors changes; a: app, b: step")

enum traffic_event {
    TRAFFIC_EVENT_BEFORE_FIRST = TRAFFIC_EVENT_BASE - 1,
#define X(kind, handler, doc) kind,
    TRAFFIC_EVENTS(X)
#undef X
    TRAFFIC_EVENT_END
};

#endif
