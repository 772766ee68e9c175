/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Session affinity by client address, as kube-proxy's iptables rules and the kernel's `recent` match make it: on each
 * node a list for every endpoint of a service port, of at most 100 client addresses and when each was last seen.
 *
 *   new connection --> lists in the order of the endpoints: the first that has the address --> that endpoint
 *                  \-> in none (or too long ago): the policy's pick, whose list then has it
 *
 * Either way the address becomes the newest of its list; past 100 the oldest falls out. Lists go with their endpoints.
 * Source: pkg/proxy/iptables/proxier.go (--rcheck --seconds --reap, --set), net/netfilter/xt_recent.c (ip_list_tot).
 */
#ifndef EPSIM_TRAFFIC_BALANCE_SESSION_AFFINITY_H
#define EPSIM_TRAFFIC_BALANCE_SESSION_AFFINITY_H

#include "cluster/dataplane.h"

#define SESSION_AFFINITY_LIST_MAX 100u

struct affinity_lists; /* all nodes' lists */

/* A new connection of a client on a node to a service's port. */
struct affinity_query {
    const struct endpoint_table *table; /* what the node has applied; not empty */
    uint64_t address;                   /* of the client: any number that is its own */
    sim_ns now_ns;
    sim_ns timeout_ns; /* > 0 */
    uint32_t node;
    uint32_t service;
    uint16_t port;
};

/* Memory is the arena's. Never NULL. */
struct affinity_lists *session_affinity_new(struct arena *arena);

/* The index in the table of the endpoint that the client stays with, ID_NONE: of none. */
uint32_t session_affinity_find(struct affinity_lists *affinity, const struct affinity_query *query);

/* The connection goes to table->endpoints[index]. */
void session_affinity_keep(struct affinity_lists *affinity, const struct affinity_query *query,
                           uint32_t index);

#endif
