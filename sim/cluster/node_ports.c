/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node_ports.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/service_addresses.h"

#define ATTEMPTS_MAX 100000u /* far more than there are ports */

static bool has_node_ports(const struct service_spec *spec)
{
    return spec->type == SERVICE_NODE_PORT || spec->type == SERVICE_LOAD_BALANCER;
}

static bool has_health_check(const struct service_spec *spec)
{
    return spec->type == SERVICE_LOAD_BALANCER && spec->is_external_local;
}

static bool is_given(const struct service_spec *spec, uint16_t number)
{
    for (uint32_t i = 0; i < spec->port_count; i++) {
        if (spec->ports[i].node_port == number)
            return true;
    }
    return spec->health_check_port == number;
}

static bool has_port(const struct service *service, uint16_t number)
{
    for (uint32_t i = 0; i < service->node_port_count; i++) {
        if (service->node_ports[i] == number)
            return true;
    }
    return service->health_check_port == number;
}

/* By a service that exists, or by a manifest of the start that asks for it. */
static bool is_taken(const struct cluster *cluster, uint16_t number)
{
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        if (cluster->services[i].exists && has_port(&cluster->services[i], number))
            return true;
    }
    for (uint32_t i = 0; i < cluster->spec->service_count; i++) {
        if (is_given(&cluster->spec->services[i], number))
            return true;
    }
    return false;
}

static uint16_t draw(const struct cluster *cluster, uint64_t key)
{
    const uint32_t span = NODE_PORT_MAX - NODE_PORT_DYNAMIC + 1;

    for (uint32_t attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const uint16_t number = (uint16_t)(NODE_PORT_DYNAMIC + hash_combine(key, attempt) % span);

        if (!is_taken(cluster, number))
            return number;
    }
    return 0; /* the range is used up: the API server would refuse the Service */
}

static bool is_same_port(const struct service_port *a, const struct service_port *b)
{
    return a->port == b->port && a->protocol == b->protocol;
}

/* The node port that the same port of the Service had before. */
static uint16_t former_port(const struct service *service, const struct service_port *port)
{
    for (uint32_t i = 0; i < service->node_port_count; i++) {
        if (is_same_port(&service->node_ports_of->ports[i], port))
            return service->node_ports[i];
    }
    return 0;
}

static uint64_t key_of(const struct service *service, const struct service_port *port)
{
    return hash_combine(service->hash, hash_combine(port->port, (uint64_t)port->protocol));
}

void node_ports_assign(struct cluster *cluster, struct service *service)
{
    const struct service_spec *spec = service->spec;
    uint16_t *ports;

    if (spec->type != SERVICE_LOAD_BALANCER)
        service->balancer_since_ns = NS_NEVER;
    else if (service->balancer_since_ns == NS_NEVER)
        service->balancer_since_ns =
            cluster->is_started ? cluster->kernel->now_ns : service->created_ns;
    if (!has_health_check(spec))
        service->health_check_port = 0;
    else if (spec->health_check_port != 0)
        service->health_check_port = spec->health_check_port;
    else if (service->health_check_port == 0)
        service->health_check_port =
            draw(cluster, hash_combine(service->hash, hash_string("healthCheckNodePort")));
    if (!has_node_ports(spec)) {
        service->node_port_count = 0;
        return;
    }
    ports = ARENA_NEW_ARRAY(cluster->arena, spec->port_count, uint16_t);
    for (uint32_t i = 0; i < spec->port_count; i++)
        ports[i] = spec->ports[i].node_port != 0 ? spec->ports[i].node_port
                                                 : former_port(service, &spec->ports[i]);
    service->node_ports = ports;
    service->node_ports_of = spec;
    service->node_port_count = spec->port_count;
    for (uint32_t i = 0; i < spec->port_count; i++) {
        if (ports[i] == 0)
            ports[i] = draw(cluster, key_of(service, &spec->ports[i]));
    }
}

uint16_t node_ports_get(const struct service *service, uint32_t port)
{
    return port < service->node_port_count ? service->node_ports[port] : 0;
}

const char *node_ports_balancer_ip(struct arena *arena, const struct cluster *cluster,
                                   const struct service *service, sim_ns now_ns)
{
    const struct load_balancer_spec *balancer = &cluster->spec->load_balancer;

    if (service->balancer_since_ns == NS_NEVER)
        return NULL;
    if (service->spec->load_balancer_ip != NULL)
        return service->spec->load_balancer_ip;
    if (!balancer->is_there || now_ns < service->balancer_since_ns + balancer->delay_ns)
        return NULL;
    return service_addresses_of_range(arena, balancer->range,
                                      hash_combine(service->hash, hash_string("loadBalancer")));
}
