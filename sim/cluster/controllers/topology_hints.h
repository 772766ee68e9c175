/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hints that the EndpointSlice controller writes on endpoints: by processors a zone (topology-aware routing, an
 * annotation), or each endpoint's own zone or node (trafficDistribution).
 * Source: staging endpointslice/topologycache (topologycache.go, sliceinfo.go, utils.go), trafficdist/trafficdist.go;
 * KEP-2433, KEP-4444.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_TOPOLOGY_HINTS_H
#define EPSIM_CLUSTER_CONTROLLERS_TOPOLOGY_HINTS_H

#include "cluster/model.h"

/* A slice that is being planned, with the hints that its endpoints have had. */
struct hinted_slice {
    struct slice_endpoint *endpoints;
    uint32_t count;
    bool is_written; /* created or updated anyway; set if its hints make it so */
};

/* Whether the service is to have hints, or may have some that are to be taken off: if not, there is nothing to set. */
bool topology_hints_concern(const struct cluster *cluster, struct service *service);

/* Sets the hints of a service's slices of one address family, in the order created, updated, unchanged. */
void topology_hints_set(struct cluster *cluster, const struct service_spec *service,
                        struct hinted_slice *slices, uint32_t count);

/* A node has become Ready, or is no longer: services whose hints have become wrong for it are synced again once the
 * controller knows. Only those: some zone has less than its least share of the hints, or nobody knows the zones any more.
 * `draw` tells this change from others of the node. */
void topology_hints_node_changed(struct cluster *cluster, uint32_t node, uint64_t draw);

/* A zone's share of the endpoints. */
struct zone_share {
    const char *name;
    double want;
    uint32_t least;
    uint32_t most;
    uint32_t given; /* endpoints with its hint so far */
    uint64_t milli_cpu;
};

/*
 * The shares of `endpoint_count` ready endpoints by the zones' milli_cpu: fills in want, least and most. False if no
 * allocation would do: more zones than endpoints, or some zone would get over 20 % too much load.
 */
bool topology_hints_share(struct zone_share *zones, uint32_t zone_count, uint32_t endpoint_count);

#endif
