/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/port_maps.h"

#include <string.h>

#include "base/hash.h"

static uint64_t key_of(const struct endpoint_port *ports, uint32_t count)
{
    uint64_t key = count;

    for (uint32_t i = 0; i < count; i++)
        key = hash_combine(hash_combine(key, hash_string(ports[i].name)),
                           (uint64_t)ports[i].number << 8 | ports[i].protocol);
    return key;
}

static const struct port_map *intern(struct cluster *cluster, const struct endpoint_port *ports,
                                     uint32_t count)
{
    uint64_t key = key_of(ports, count);
    struct port_map *map;

    for (uint32_t i = 0; i < cluster->port_map_count; i++) {
        if (cluster->port_maps[i]->key == key)
            return cluster->port_maps[i];
    }
    map = arena_alloc(cluster->arena, sizeof(*map) + count * sizeof(*ports));
    map->count = count;
    map->key = key;
    if (count > 0)
        memcpy(map->ports, ports, count * sizeof(*ports));
    ARENA_GROW(cluster->arena, cluster->port_maps, &cluster->port_map_capacity,
               cluster->port_map_count + 1);
    cluster->port_maps[cluster->port_map_count++] = map;
    return map;
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
            ports[count++] = (struct endpoint_port){port->name == NULL ? "" : port->name, number,
                                                    (uint8_t)port->protocol};
    }
    map = intern(cluster, ports, count);
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
        ports[i] = (struct endpoint_port){port->name == NULL ? "" : port->name, port->number,
                                          (uint8_t)port->protocol};
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
