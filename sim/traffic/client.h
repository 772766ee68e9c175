/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clients: open-loop loads that draw their requests in batches.
 *
 * All that a request draws is keyed by its client's name and its number, so batches, policies and
 * other clients change nobody's luck.
 */
#ifndef EPSIM_TRAFFIC_CLIENT_H
#define EPSIM_TRAFFIC_CLIENT_H

#include "cluster/dataplane.h"
#include "engine/kernel.h"
#include "traffic/balance/policy.h"
#include "traffic/spec.h"

struct pool;
struct request;
struct retry_budget;
struct traffic;
struct user;

/* The most that traffic->batch_count may be. */
#define CLIENT_BATCH_MAX 64u

struct client {
    const struct client_spec *spec;
    const struct policy *policy;
    const uint32_t *nodes; /* where its requests come from; each is one source address */
    uint32_t node_count;
    uint32_t service; /* whose name it asks for, ID_NONE: a host outside */
    uint32_t host;    /* that host */
    bool has_cache;   /* its look-ups may be answered by a cache near it */
    uint32_t entry;   /* inside: the node that its target names, ID_NONE: it names none */
    bool enters;      /* traffic/entry.h: its connections are routed by another node than its own */
    bool may_balance; /* traffic/entry.h: through its service's load balancer, while there is one */
    uint32_t
        *healthy; /* of its nodes, as the balancer believed at belief_count; NULL: not asked yet */
    uint32_t healthy_count;
    uint32_t belief_count;
    sim_ns timeout_ns;
    sim_ns *icmp_full_ns; /* by node: when its bucket of ICMP answers is full; NULL: never asked */
    uint64_t arrival_key;
    uint64_t node_key;
    uint64_t dns_key;
    uint64_t network_key;
    uint64_t demand_key;
    uint64_t pick_key;
    uint64_t balancer_key;
    uint64_t error_key;
    uint64_t identity_key;
    uint64_t retry_key;
    uint64_t think_key;
    bool has_sessions; /* kept connections, retries or virtual users */
    bool has_users;
    struct pool *pools;           /* of each address: see client_pool; NULL: not asked yet */
    struct retry_budget *budgets; /* by node; NULL: not asked yet */
    struct user *users;           /* from 1 */
    uint32_t user_count;
    uint64_t tries_key;
    uint64_t rotation_key;
    struct dns_entry
        *dns_entries; /* by node and identity; NULL: it keeps no answers, or has none yet */
    uint64_t next_number;
    sim_ns next_start_ns;
    double gap_ns;           /* even: between two requests */
    struct distribution gap; /* else */
    double exposure;         /* ramping: the rate's integral up to the last start drawn */
    struct ramp *ramps;      /* ramping: its stages, and the last rate for ever */
    uint32_t ramp_count;
};

/* Looks up nodes, service and port by name, and the first arrival. */
void client_init(struct client *client, struct traffic *traffic, const struct client_spec *spec);

/* Event: draws the next batch, and schedules itself again if the run goes on behind it. */
void client_generate(struct traffic *traffic, const struct event *ev);

/* The node that a request, or virtual user, of that number comes from: consistent hashing, so that one more node takes its
 * share and moves no other. */
uint32_t client_node(const struct client *client, uint64_t number);

/* The index of the pool of connections that the request's client address has; makes the pools. A virtual user has one of
 * its own. */
uint32_t client_pool(struct client *client, struct traffic *traffic, const struct request *request,
                     uint32_t user);
/* How many addresses it has on each node, and the one of the request of that number, from 0. */
uint32_t client_identity_count(const struct client *client);
uint32_t client_identity(const struct client *client, uint64_t number);

/* The source address of the request of that number from that node: a number of its own. */
uint64_t client_address(const struct client *client, uint32_t node, uint64_t number);

/*
 * Whether the kernel of the client's node answers a REJECT to this client now: ICMP errors are
 * limited per address to a burst of 6 and one a second (net/ipv4/icmp.c, icmp_ratelimit). True
 * takes one answer out of the bucket.
 */
bool client_takes_icmp_token(struct client *client, struct traffic *traffic, uint32_t node);

#endif
