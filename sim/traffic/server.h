/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The program in a pod as its clients see it: a listening socket, a first-come-first-served queue
 * and workers.
 *
 *   arrivals --> [ queue: at most `queue` waiting ] --> [ `concurrency` workers ] --> answers
 *
 * Demands are known at arrival and nobody overtakes, so a request's departure is known at arrival
 * too. While no more connections exist than there are workers, nobody can ever have to wait, and
 * departure is arrival plus demand: known as soon as the connection is. Above that the server is
 * crowded: it then keeps the instants at which its workers become free in a heap, and counts who is
 * in the system, until half as many connections as workers are left.
 */
#ifndef EPSIM_TRAFFIC_SERVER_H
#define EPSIM_TRAFFIC_SERVER_H

#include "base/arena.h"

#include <stdbool.h>

struct app_spec;

enum server_state {
    SERVER_NONE,     /* no process yet */
    SERVER_STARTING, /* it runs and does not listen yet */
    SERVER_LISTENING,
    SERVER_DRAINING, /* it has closed its listening socket and finishes what it has */
    SERVER_STOPPED,  /* the process is gone */
};

#define SERVER_LINE_BYTES 64

/* Zeroed memory is a server without a process. What every request looks at comes first, in one line of the processor's
 * caches: there are as many servers as pods. */
struct server {
    _Alignas(SERVER_LINE_BYTES) const struct app_spec *app;
    uint32_t concurrency;
    uint32_t oldest_request; /* connections, established or about to be: traffic/request.h */
    uint32_t newest_request;
    uint32_t connection_count;
    uint16_t first_port; /* ports[0], or 0 */
    uint8_t state;       /* enum server_state */
    bool listens_on_any;
    bool is_crowded;
    bool is_hung; /* it accepts connections and answers nothing */
    bool
        is_counting; /* requests are numbered by their arrival, so each arrival has its event: always crowded */
    bool has_errors; /* its app answers 5xx at times */
    bool is_special; /* it does, or its slowness is not 1 */
    uint32_t port_count;
    uint32_t in_system_count; /* crowded: queued and in service */
    uint32_t place_count;     /* concurrency + queue */
    sim_ns
        *free_ns; /* crowded: heap of the instants at which workers become free, earliest first */
    uint32_t worker_count; /* in the heap */
    uint32_t worker_capacity;
    const uint16_t *ports; /* listened to */
    uint32_t first_link;   /* kept connections without a request: traffic/connection_pool.h */
    uint32_t start_count;
    uint32_t probe_count;   /* http probes answered by this process */
    uint32_t handled_count; /* counting: requests that this process has begun to handle */
    sim_ns hung_ns;         /* since when */
    double slowness;        /* times the demand; 0 stands for 1 */
};

_Static_assert(sizeof(struct server) == 2 * SERVER_LINE_BYTES, "a server stays small");

/* A new process with `concurrency` > 0 workers, all free. */
void server_reset(struct server *server, uint32_t concurrency, uint32_t queue);

/* Whether a connection to `port` would be accepted now. */
static inline bool server_listens(const struct server *server, uint16_t port);

static inline bool server_is_running(const struct server *server)
{
    return server->state >= SERVER_STARTING && server->state <= SERVER_DRAINING;
}

/* One more connection would be more than there are workers. */
static inline bool server_is_full(const struct server *server)
{
    return server->connection_count >= server->concurrency;
}

/* From now on the server is crowded; then server_occupy for each request in service. */
void server_crowd(struct server *server);

/* A request in service that will leave at departure_ns: at most one for each worker. */
void server_occupy(struct server *server, struct arena *arena, sim_ns departure_ns);

/* Whether the queue has a place for one more. */
static inline bool server_has_room(const struct server *server)
{
    return !server->is_crowded || server->in_system_count < server->place_count;
}

/* A request arrives that needs a worker for `demand_ns`: the instant of its departure. Needs room.
 * */
sim_ns server_enter(struct server *server, struct arena *arena, sim_ns now_ns, sim_ns demand_ns);

/* A request that has entered leaves. */
static inline void server_leave(struct server *server)
{
    if (server->is_crowded)
        server->in_system_count--;
}

/* --- private part --- */

bool server_listens_on_other(const struct server *server, uint16_t port);

static inline bool server_listens(const struct server *server, uint16_t port)
{
    if (server->state != SERVER_LISTENING)
        return false;
    return EP_LIKELY(port == server->first_port) || server_listens_on_other(server, port);
}

#endif
