/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of endpoint ports, interned: equal lists are one pointer.
 */
#ifndef EPSIM_CLUSTER_PORT_MAPS_H
#define EPSIM_CLUSTER_PORT_MAPS_H

#include "cluster/model.h"

/* What a service's ports are in pods of that spec: integer targets as they are, named ones looked up; a port that the pod
 * lacks is left out. */
const struct port_map *port_maps_of_pod(struct cluster *cluster, const struct service_spec *service,
                                        const struct pod_spec *pod);

/* The ports of a hand-written subset. */
const struct port_map *port_maps_of_subset(struct cluster *cluster,
                                           const struct subset_spec *subset);

/* No ports. */
const struct port_map *port_maps_empty(struct cluster *cluster);

/* The number of the port of that name ("" for unnamed), 0 if there is none. */
uint16_t port_maps_number(const struct port_map *map, const char *name);

#endif
