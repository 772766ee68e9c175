/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/port_maps.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/md5.h"

static uint64_t hash_of_port(const struct endpoint_port *port)
{
    uint64_t hash =
        hash_combine(hash_string(port->name), (uint64_t)port->number << 8 | port->protocol);

    return port->app_protocol == NULL ? hash : hash_combine(hash, hash_string(port->app_protocol));
}

static struct port_map *intern(struct cluster *cluster, const struct endpoint_port *ports,
                               uint32_t count)
{
    uint64_t key = count;
    uint64_t hash = count;
    struct port_map *map;

    for (uint32_t i = 0; i < count; i++) {
        key += hash_mix(hash_of_port(&ports[i]));
        hash = hash_combine(hash, hash_of_port(&ports[i]));
    }
    for (uint32_t i = 0; i < cluster->port_map_count; i++) {
        if (cluster->port_maps[i]->hash == hash)
            return cluster->port_maps[i];
    }
    map = arena_alloc(cluster->arena, sizeof(*map) + count * sizeof(*ports));
    map->count = count;
    map->key = key;
    map->hash = hash;
    map->sliced = NULL;
    if (count > 0)
        memcpy(map->ports, ports, count * sizeof(*ports));
    ARENA_GROW(cluster->arena, cluster->port_maps, &cluster->port_map_capacity,
               cluster->port_map_count + 1);
    cluster->port_maps[cluster->port_map_count++] = map;
    return map;
}

static const char *const protocols[] = {"TCP", "UDP", "SCTP"};

/* The digest by which the Endpoints controller sorts ports: of Go's dump of the struct. */
static void digest_port(const struct endpoint_port *port, unsigned char digest[MD5_BYTES])
{
    char text[512];
    int length =
        snprintf(text, sizeof text,
                 "(v1.EndpointPort){Name:(string)%s Port:(int32)%u Protocol:(v1.Protocol)%s "
                 "AppProtocol:(*string)%s}",
                 port->name, (unsigned)port->number, protocols[port->protocol],
                 port->app_protocol == NULL ? "<nil>" : port->app_protocol);

    md5_digest(text, length < (int)sizeof text ? (size_t)length : sizeof text - 1, digest);
}

/* The same for slices: discovery's struct has its fields in another order, behind pointers. */
static void digest_sliced(const struct cluster *cluster, const struct endpoint_port *port,
                          unsigned char digest[MD5_BYTES])
{
    char text[512];
    int length = snprintf(
        text, sizeof text,
        "(%s.EndpointPort){Name:(*string)%s Protocol:(*v1.Protocol)%s Port:(*int32)%u "
        "AppProtocol:(*string)%s}",
        cluster->rules.has_slice_v1 ? "v1" : "v1beta1", port->name, protocols[port->protocol],
        (unsigned)port->number, port->app_protocol == NULL ? "<nil>" : port->app_protocol);

    md5_digest(text, length < (int)sizeof text ? (size_t)length : sizeof text - 1, digest);
}

int port_maps_compare_ports(const struct endpoint_port *a, const struct endpoint_port *b)
{
    unsigned char one[MD5_BYTES];
    unsigned char other[MD5_BYTES];

    digest_port(a, one);
    digest_port(b, other);
    return memcmp(one, other, MD5_BYTES);
}

static int compare_sliced(const struct cluster *cluster, const struct endpoint_port *a,
                          const struct endpoint_port *b)
{
    unsigned char one[MD5_BYTES];
    unsigned char other[MD5_BYTES];

    digest_sliced(cluster, a, one);
    digest_sliced(cluster, b, other);
    return memcmp(one, other, MD5_BYTES);
}

const struct port_map *port_maps_canonical(struct cluster *cluster, struct endpoint_port *ports,
                                           uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct endpoint_port port = ports[i];
        uint32_t j = i;
        for (; j > 0 && port_maps_compare_ports(&port, &ports[j - 1]) < 0; j--)
            ports[j] = ports[j - 1];
        ports[j] = port;
    }
    return intern(cluster, ports, count);
}

const struct port_map *port_maps_sliced(struct cluster *cluster, const struct port_map *map)
{
    size_t bytes = (map->count + 1) * sizeof(struct endpoint_port);
    struct endpoint_port *ports;
    struct port_map *given;

    if (map->count < 2)
        return map;
    if (map->sliced != NULL)
        return map->sliced;
    ports = blocks_alloc(&cluster->blocks, bytes);
    memcpy(ports, map->ports, map->count * sizeof(*ports));
    for (uint32_t i = 1; i < map->count; i++) {
        struct endpoint_port port = ports[i];
        uint32_t j = i;
        for (; j > 0 && compare_sliced(cluster, &port, &ports[j - 1]) < 0; j--)
            ports[j] = ports[j - 1];
        ports[j] = port;
    }
    given = intern(cluster, map->ports, map->count); /* the same, not const */
    given->sliced = intern(cluster, ports, map->count);
    blocks_free(&cluster->blocks, ports, bytes);
    return given->sliced;
}

static uint16_t resolve(const struct service_port *port, const struct pod_spec *pod)
{
    if (port->target.name == NULL)
        return port->target.number;
    for (uint32_t c = 0; c < pod->container_count; c++) {
        for (uint32_t i = 0; i < pod->containers[c].port_count; i++) {
            const struct container_port *candidate = &pod->containers[c].ports[i];
            if (candidate->name != NULL && strcmp(candidate->name, port->target.name) == 0 &&
                candidate->protocol == port->protocol)
                return candidate->number;
        }
    }
    return 0;
}

const struct port_map *port_maps_of_pod(struct cluster *cluster, const struct service_spec *service,
                                        const struct pod_spec *pod)
{
    size_t bytes = (service->port_count + 1) * sizeof(struct endpoint_port);
    struct endpoint_port *ports = blocks_alloc(&cluster->blocks, bytes);
    const struct port_map *map;
    uint32_t count = 0;

    for (uint32_t i = 0; i < service->port_count; i++) {
        const struct service_port *port = &service->ports[i];
        uint16_t number = resolve(port, pod);
        if (number != 0)
            ports[count++] = (struct endpoint_port){
                .name = port->name == NULL ? "" : port->name,
                .app_protocol = port->app_protocol,
                .number = number,
                .protocol = (uint8_t)port->protocol,
            };
    }
    map = port_maps_sliced(cluster, intern(cluster, ports, count));
    blocks_free(&cluster->blocks, ports, bytes);
    return map;
}

const struct port_map *port_maps_of_subset(struct cluster *cluster,
                                           const struct subset_spec *subset)
{
    size_t bytes = (subset->port_count + 1) * sizeof(struct endpoint_port);
    struct endpoint_port *ports = blocks_alloc(&cluster->blocks, bytes);
    const struct port_map *map;

    for (uint32_t i = 0; i < subset->port_count; i++) {
        const struct endpoint_port_spec *port = &subset->ports[i];
        ports[i] = (struct endpoint_port){
            .name = port->name == NULL ? "" : port->name,
            .app_protocol = port->app_protocol,
            .number = port->number,
            .protocol = (uint8_t)port->protocol,
        };
    }
    map = intern(cluster, ports, subset->port_count);
    blocks_free(&cluster->blocks, ports, bytes);
    return map;
}

const struct port_map *port_maps_empty(struct cluster *cluster)
{
    return intern(cluster, NULL, 0);
}

uint16_t port_maps_number(const struct port_map *map, const char *name)
{
    for (uint32_t i = 0; i < map->count; i++) {
        if (map->ports[i].name == name || strcmp(map->ports[i].name, name) == 0)
            return map->ports[i].number;
    }
    return 0;
}
