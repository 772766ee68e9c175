/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Endpoints controller: one Endpoints object beside each Service with a selector.
 * Source: pkg/controller/endpoint/endpoints_controller.go; pkg/api/v1/endpoints/util.go (canonical form).
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_ENDPOINTS_CONTROLLER_H
#define EPSIM_CLUSTER_CONTROLLERS_ENDPOINTS_CONTROLLER_H

#include "cluster/controllers/controller.h"

extern const struct controller_ops endpoints_controller_ops;

/* The informer shows a version of an Endpoints object: a deleted one is rebuilt. */
void endpoints_controller_seen(struct cluster *cluster, uint32_t endpoints);

#endif
