/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The EndpointSliceMirroring controller: hand-written Endpoints of a Service without a selector become slices.
 * Source: pkg/controller/endpointslicemirroring: reconciler.go; one slice a group of ports and address family, at most 1000
 * addresses a subset.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_MIRRORING_CONTROLLER_H
#define EPSIM_CLUSTER_CONTROLLERS_MIRRORING_CONTROLLER_H

#include "cluster/controllers/controller.h"

extern const struct controller_ops mirroring_controller_ops;

/* The informers show a version of an Endpoints object, of a Service, of a slice; `before` is what they showed until now,
 * NULL if nothing. Keys are services. */
void mirroring_controller_seen(struct cluster *cluster, uint32_t endpoints,
                               const struct endpoints_content *before);
void mirroring_controller_service_seen(struct cluster *cluster, uint32_t service,
                                       const struct service_spec *before);
void mirroring_controller_slice_seen(struct cluster *cluster, const struct log_record *record,
                                     const struct slice_content *before);

#endif
