/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The EndpointSlice controller: which pod event queues which service, and the sync's prologue and epilogue. What a sync
 * writes is decided in slice_packing.
 * Source: pkg/controller/endpointslice/endpointslice_controller.go, staging endpointslice/util/controller_utils.go.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_ENDPOINT_SLICE_CONTROLLER_H
#define EPSIM_CLUSTER_CONTROLLERS_ENDPOINT_SLICE_CONTROLLER_H

#include "cluster/controllers/controller.h"

extern const struct controller_ops endpoint_slice_controller_ops;

/* The informers show a new version of a pod (`before` is what they showed until now), a service, a slice. */
void endpoint_slice_controller_pod_seen(struct cluster *cluster, uint32_t pod,
                                        const struct pod_view *before);
void endpoint_slice_controller_service_seen(struct cluster *cluster, uint32_t service,
                                            const struct service_spec *before);
void endpoint_slice_controller_slice_seen(struct cluster *cluster, const struct log_record *record);

/* Lists anew the pods that the informer shows and the service selects. */
void endpoint_slice_controller_find_members(struct cluster *cluster, uint32_t service);

#endif
