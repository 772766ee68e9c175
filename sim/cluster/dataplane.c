/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a node's rules do with connections.
 */
#include "cluster/dataplane.h"

#include "cluster/accounts.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

struct node_route cluster_route(struct cluster *cluster, uint32_t node, uint32_t service,
                                uint16_t port, enum origin origin)
{
    static const struct endpoint_table none = {.if_empty = EMPTY_VANISHES};
    const struct kube_proxy *proxy = &cluster->nodes[node].proxy;
    const struct service_version *version =
        service_views_version(&cluster->services[service], proxy->applied[PROXY_SERVICES]);
    const struct service_port *service_port;
    struct choice_query query;
    bool is_local;

    if (EP_UNLIKELY(version == NULL || !version->is_proxied))
        return (struct node_route){.table = &none};
    service_port = service_views_port(version->spec, port);
    if (EP_UNLIKELY(service_port == NULL))
        return (struct node_route){.table = &none};
    is_local = origin == ORIGIN_OUTSIDE   ? version->spec->is_external_local
               : origin == ORIGIN_CLUSTER ? version->spec->is_internal_local
                                          : false;
    query = (struct choice_query){
        .policy = is_local ? CHOICE_LOCAL : CHOICE_CLUSTER,
        .name = service_port->name == NULL ? "" : service_port->name,
        .node = node,
    };
    return (struct node_route){
        .table = service_table_get(cluster, service, &query, proxy->applied[PROXY_SLICES]),
        .affinity_ns =
            version->spec->affinity == AFFINITY_CLIENT_IP ? version->spec->affinity_timeout_ns : 0,
    };
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
