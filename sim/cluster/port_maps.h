/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of endpoint ports, interned: equal lists are one pointer.
 */
#ifndef EPSIM_CLUSTER_PORT_MAPS_H
#define EPSIM_CLUSTER_PORT_MAPS_H

#include "cluster/model.h"

/* What a service's ports are in pods of that spec: integer targets as they are, named ones looked up; a port that the pod
 * lacks is left out. In the order in which slices list them. */
const struct port_map *port_maps_of_pod(struct cluster *cluster, const struct service_spec *service,
                                        const struct pod_spec *pod);

/* The ports of a hand-written subset. */
const struct port_map *port_maps_of_subset(struct cluster *cluster,
                                           const struct subset_spec *subset);

/* The ports in the order in which Endpoints list them (by MD5 of Go's dump of each); sorts `ports` in place. */
const struct port_map *port_maps_canonical(struct cluster *cluster, struct endpoint_port *ports,
                                           uint32_t count);

/*
 * The ports in the order in which slices list them: by MD5 of Go's dump of discovery's struct, another in v1beta1
 * (1.20) than in v1. Source: k8s.io/endpointslice v0.32.3 utils, NewPortMapKey; recorded cases c25, c27, c55.
 */
const struct port_map *port_maps_sliced(struct cluster *cluster, const struct port_map *map);

/* The order in Endpoints: negative, 0 or positive. */
int port_maps_compare_ports(const struct endpoint_port *a, const struct endpoint_port *b);

/* No ports. */
const struct port_map *port_maps_empty(struct cluster *cluster);

/* The number of the port of that name ("" for unnamed), 0 if there is none. */
uint16_t port_maps_number(const struct port_map *map, const char *name);

#endif
