/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A request on its way: one small record from its draw to its end.
 *
 *   RESOLVING --> DIRECT -----------------> (outcome)   nobody will have to wait
 *       |  \         |
 *       |   SYN --> FLIGHT --> SERVED ----> (outcome)
 *       |    |
 *  REJECTED SILENT   LATE                patience will end first
 *
 * A connection needs no event of its own where nothing can change its fate unseen: see connection.h
 * and exchange.h. Indices name records; 0 is nobody's. A record that is given back gets a new
 * generation, which makes events that are still under way for it void.
 */
#ifndef EPSIM_TRAFFIC_REQUEST_H
#define EPSIM_TRAFFIC_REQUEST_H

#include "engine/kernel.h"
#include "traffic/observer.h"

struct traffic;

#define REQUEST_NONE 0u

enum request_state {
    REQUEST_FREE,      /* no request */
    REQUEST_RESOLVING, /* until its pick */
    REQUEST_WAITING,   /* in line for a kept connection */
    REQUEST_REJECTED,  /* no endpoints, and no answer that says so: until somebody gives up */
    REQUEST_SYN,       /* a SYN is under way, and nobody listens as yet */
    REQUEST_SILENT,    /* no connection will come about: until the client or its kernel gives up */
    REQUEST_FLIGHT,    /* on the server's list; its SYN arrives half a round trip after the pick */
    REQUEST_PARKED, /* the same, or it has arrived: the program answers nothing and has not seen it */
    REQUEST_HELD,   /* queued or in service at a program that answers nothing any more */
    REQUEST_DIRECT, /* as FLIGHT, and its departure is known already */
    REQUEST_SERVED, /* on the server's list, queued or in service; its departure is known */
    REQUEST_LATE,   /* nothing will come in time: until the client gives up */
    REQUEST_LOST,   /* nothing will come: until the client's kernel gives up */
};

struct request {
    uint64_t number;
    sim_ns t_start_ns;
    sim_ns t_limit_ns; /* the last instant at which an answer is of use to the client */
    sim_ns t_pick_ns;  /* of the last pick, NS_NEVER before it */
    sim_ns rtt_ns;
    union {
        double demand_unit;    /* before: its demand, if that is exponential with mean 1 */
        sim_ns t_departure_ns; /* DIRECT and SERVED */
    };
    uint32_t client;
    uint32_t node;
    uint32_t pod;
    uint32_t news;     /* without a pod: the lapse of cluster_balancer_lapse */
    uint32_t previous; /* on the server's list */
    uint32_t next;     /* there, or on the list of free records */
    uint32_t generation;
    uint16_t port; /* in the pod */
    uint8_t state; /* enum request_state */
    uint8_t syn_index : 4;
    uint8_t has_limit : 1;   /* an event waits for the client's patience to end */
    uint8_t is_settled : 1;  /* its outcome is known, but the server still has it */
    uint8_t has_session : 1; /* traffic/session.h */
    uint8_t is_error : 1;    /* the program answers 5xx; known when its demand is */
};

_Static_assert(sizeof(struct request) == 80, "a request stays small");

/* A SYN and a request go there in the smaller half, answers come back in the larger one. */
static inline sim_ns request_there_ns(const struct request *request)
{
    return request->rtt_ns / 2;
}

static inline sim_ns request_back_ns(const struct request *request)
{
    return request->rtt_ns - request->rtt_ns / 2;
}

static inline struct event request_event(uint16_t kind, uint32_t index,
                                         const struct request *request)
{
    return (struct event){.kind = kind, .a = index, .b = request->generation};
}

/* When the SYN that found somebody listening reached the pod, and when the request follows. */
static inline sim_ns request_syn_ns(const struct request *request)
{
    return request->t_pick_ns + request_there_ns(request);
}

static inline sim_ns request_arrival_ns(const struct request *request)
{
    return request->t_pick_ns + request->rtt_ns + request_there_ns(request);
}

/* Whether it is on its server's list. */
static inline bool request_is_linked(const struct request *request)
{
    return request->state >= REQUEST_FLIGHT && request->state <= REQUEST_SERVED;
}

/* The outcome is `outcome`, now, and the client knows by t_end_ns: tells the observers. The record
 * stays. */
void request_settle(struct traffic *traffic, struct request *request, enum outcome outcome,
                    sim_ns t_end_ns);

/* An answer is on its way back: the outcome, if it arrives in time; else the client's limit. Off
 * the server's list. */
void request_answer(struct traffic *traffic, uint32_t index, enum outcome outcome);

/* The client, or its kernel, will give up at at_ns, unless something happens before. */
void request_set_limit(struct traffic *traffic, uint32_t index, sim_ns at_ns);

/* Event: it gives up. */
void request_limit(struct traffic *traffic, const struct event *ev);

#endif
