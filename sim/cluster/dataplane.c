/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a node's rules do with connections.
 */
#include "cluster/dataplane.h"

#include "cluster/accounts.h"
#include "cluster/node_routes.h"

struct node_route cluster_route(struct cluster *cluster, uint32_t node, uint32_t service,
                                uint16_t port, enum origin origin)
{
    return node_routes_get(cluster, node, service, port, origin);
}

const struct endpoint_table *cluster_applied_table(struct cluster *cluster, uint32_t node,
                                                   uint32_t service, uint16_t port)
{
    return cluster_route(cluster, node, service, port, ORIGIN_CLUSTER).table;
}

sim_ns cluster_external_latency_ns(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod]->external_latency_ns;
}

uint32_t cluster_pick_news(const struct cluster *cluster, uint32_t node, uint32_t service,
                           uint32_t pod)
{
    return accounts_pick(cluster, node, service, pod);
}
