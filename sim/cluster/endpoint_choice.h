/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which of a service's endpoints new connections may get on a node: ready ones, those of the node alone (Local
 * policies), those whose hints name the node or its zone; if there are none, those that terminate and still serve.
 *
 *   state of the slices --> one choice a port and policy --> by node, where nodes differ
 *
 * Lists are built at the first pick that needs them and shared by all nodes for which they are the same.
 * Source: pkg/proxy/topology.go (CategorizeEndpoints), endpointslicecache.go (same address and port twice).
 */
#ifndef EPSIM_CLUSTER_ENDPOINT_CHOICE_H
#define EPSIM_CLUSTER_ENDPOINT_CHOICE_H

#include "cluster/model.h"

enum choice_policy {
    CHOICE_CLUSTER, /* what the Cluster policy allows, hints followed */
    CHOICE_LOCAL,   /* endpoints of the node itself */
    CHOICE_ADDRESSES, /* all ready addresses, whatever their ports: as DNS answers for a headless service */
    CHOICE_HOST, /* of those, the one of a host name, or of an address with dashes for dots */
};

struct choice_query {
    enum choice_policy policy;
    const char
        *name;     /* of the Service's port, "" for unnamed; of the host; NULL: CHOICE_ADDRESSES */
    uint32_t node; /* who asks; of no account for addresses */
};

/* A service in one of its states. */
struct state_view {
    const struct service *service;
    struct service_state *state;
};

/* The list for the query in that state of the service; never NULL, and as long-lived as the state. */
const struct endpoint_table *endpoint_choice_get(struct cluster *cluster, struct state_view view,
                                                 const struct choice_query *query);

/* Whether a ready endpoint is on the node in that state of the service. */
bool endpoint_choice_has_local(struct cluster *cluster, struct state_view view, uint32_t node);

/* Frees all lists of the state. */
void endpoint_choice_free(struct cluster *cluster, struct service_state *state);

/* Whether new connections may go to the endpoint under the Cluster policy without hints, where `ready_count` of the
 * service's endpoints are ready. NULL is none. */
bool endpoint_choice_is_usable(const struct slice_endpoint *endpoint, uint32_t ready_count,
                               bool has_fallback);

/* The node that the endpoint is on, ID_NONE if nobody knows. */
uint32_t endpoint_choice_node(const struct cluster *cluster, uint32_t pod);

/* The name that DNS has for the endpoint within its service: the host name of a pod whose subdomain is the service's name,
 * else the address with dashes. Returns `buffer`, or the pod's own string. */
const char *endpoint_choice_host(const struct cluster *cluster, const struct service *service,
                                 const struct slice_endpoint *endpoint, char buffer[64]);

#endif
