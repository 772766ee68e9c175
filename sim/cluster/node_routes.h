/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What nodes do with connections to services: the tables that their proxies have applied, and of each node what the last
 * connection was told, which the next one most often is too.
 */
#ifndef EPSIM_CLUSTER_NODE_ROUTES_H
#define EPSIM_CLUSTER_NODE_ROUTES_H

#include "cluster/model.h"

/* Needs cluster->node_count. */
void node_routes_init(struct cluster *cluster);

/* What the node's proxy has applied is another version from now on. */
void node_routes_forget(struct cluster *cluster, uint32_t node);

/* cluster_route. */
struct node_route node_routes_get(struct cluster *cluster, uint32_t node, uint32_t service,
                                  uint16_t port, enum origin origin);

#endif
