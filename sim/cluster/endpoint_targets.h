/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What endpoints say of their pods besides conditions: address, host name, node, zone. Equal ones are one pointer.
 * Source: staging endpointslice/utils.go (podToEndpoint), endpoints_controller.go (podToEndpointAddressForService).
 */
#ifndef EPSIM_CLUSTER_ENDPOINT_TARGETS_H
#define EPSIM_CLUSTER_ENDPOINT_TARGETS_H

#include "cluster/model.h"

/* The pod's target that says what `wanted` says; its strings stay the caller's. */
const struct endpoint_target *endpoint_targets_intern(struct cluster *cluster, uint32_t pod,
                                                      const struct endpoint_target *wanted);

/* The pod's address of that family in that version, NULL if it has none. */
const char *endpoint_targets_ip(const struct pod_view *view, enum ip_family family);

/* As the EndpointSlice controller has it: with the zone of the Node that its informer shows. */
const struct endpoint_target *endpoint_targets_for_slice(struct cluster *cluster,
                                                         const struct service *service,
                                                         uint32_t pod, const char *ip);

/* As the Endpoints controller has it: without. */
const struct endpoint_target *endpoint_targets_for_endpoints(struct cluster *cluster,
                                                             const struct service *service,
                                                             uint32_t pod, const char *ip);

/* As a manifest has it. */
const struct endpoint_target *endpoint_targets_by_hand(struct cluster *cluster, uint32_t pod,
                                                       const struct address_spec *address);

/* Whether two endpoints are one to a controller: address and host name, and the pod too if `with_pod`. */
uint64_t endpoint_targets_identity(const struct cluster *cluster, uint32_t pod,
                                   const struct endpoint_target *target, bool with_pod);

#endif
