/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the API server fills in when a Service is stored: its address families and cluster IPs.
 * Source: pkg/registry/core/service/storage (ip families, allocation), KEP-563.
 */
#ifndef EPSIM_CLUSTER_SERVICE_ADDRESSES_H
#define EPSIM_CLUSTER_SERVICE_ADDRESSES_H

#include "cluster/model.h"

/* Sets families and addresses of the service by its spec as stored now; an address that it has already stays. */
void service_addresses_assign(struct cluster *cluster, struct service *service);

/* The family of its Endpoints, and of its first slices: the first of its families, else that of its ClusterIP. */
enum ip_family service_addresses_first_family(const struct service *service);

/* Whether the EndpointSlice controller makes slices of that family: the Service's families; where the API server has set
 * none, that of the ClusterIP, and both for a service without one. */
bool service_addresses_has_slices_of(const struct service *service, enum ip_family family);

/* service-cluster-ip-range has two ranges. */
bool service_addresses_is_dual(const struct cluster *cluster);

/* The address of an IPv4 or IPv6 range that the hash tells. */
const char *service_addresses_of_range(struct arena *arena, const char *range, uint64_t hash);

#endif
