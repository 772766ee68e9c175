/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What else the API server and a cloud give to a Service when it is stored: node ports, the port of health checks, and the
 * address of its load balancer.
 * Source: pkg/registry/core/service/portallocator and storage/alloc.go; KEP-3668 (the range's first 86 ports are left to
 * those who ask for one).
 */
#ifndef EPSIM_CLUSTER_NODE_PORTS_H
#define EPSIM_CLUSTER_NODE_PORTS_H

#include "cluster/model.h"

/* The range of service-node-port-range, and its first port that is given without being asked for. */
#define NODE_PORT_MIN 30000u
#define NODE_PORT_DYNAMIC 30086u
#define NODE_PORT_MAX 32767u

/* Sets the ports of the service by its spec as stored now: as given, else as they were, else new ones, drawn by the names
 * of service and port. A type that has none gives them back. */
void node_ports_assign(struct cluster *cluster, struct service *service);

/* The node port of the spec's port of that index, 0: none. */
uint16_t node_ports_get(const struct service *service, uint32_t port);

/* The address of its load balancer at now_ns; NULL: none, or not yet. A cluster without cluster.loadBalancer gives none. */
const char *node_ports_balancer_ip(struct arena *arena, const struct cluster *cluster,
                                   const struct service *service, sim_ns now_ns);

#endif
