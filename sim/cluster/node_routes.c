/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node_routes.h"

#include "base/error.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

void node_routes_init(struct cluster *cluster)
{
    cluster->routes =
        ARENA_NEW_ARRAY(cluster->arena, cluster->node_count + 1, struct node_route_memo);
}

void node_routes_forget(struct cluster *cluster, uint32_t node)
{
    cluster->routes[node].table = NULL;
}

static struct node_route find_route(struct cluster *cluster, uint32_t node, uint32_t service,
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

struct node_route node_routes_get(struct cluster *cluster, uint32_t node, uint32_t service,
                                  uint16_t port, enum origin origin)
{
    struct node_route_memo *memo = &cluster->routes[node];
    struct node_route route;

    if (EP_LIKELY(memo->table != NULL && memo->service == service && memo->port == port &&
                  memo->origin == (uint8_t)origin)) {
        EP_INVARIANT(find_route(cluster, node, service, port, origin).table == memo->table);
        return (struct node_route){memo->table, memo->affinity_ns};
    }
    route = find_route(cluster, node, service, port, origin);
    *memo =
        (struct node_route_memo){route.table, route.affinity_ns, service, port, (uint8_t)origin};
    return route;
}
