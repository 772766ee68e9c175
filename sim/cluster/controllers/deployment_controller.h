/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Deployment controller: rolls from old replica sets to the new one, scales, keeps status.
 * Source: pkg/controller/deployment: sync.go (scaling, new replica set), rolling.go, recreate.go, util/deployment_util.go.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_DEPLOYMENT_CONTROLLER_H
#define EPSIM_CLUSTER_CONTROLLERS_DEPLOYMENT_CONTROLLER_H

#include "cluster/controllers/controller.h"

extern const struct controller_ops deployment_controller_ops;

/* The informers show a new version of a deployment, of a replica set; a pod has gone (Recreate waits for that). */
void deployment_controller_seen(struct cluster *cluster, uint32_t deployment);
void deployment_controller_replica_set_seen(struct cluster *cluster, uint32_t replica_set);
void deployment_controller_pod_gone(struct cluster *cluster, uint32_t pod);

/* A number or a percentage of `replicas`, rounded up or down as Kubernetes rounds it. */
uint32_t deployment_controller_resolve(struct int_or_percent value, uint32_t replicas,
                                       bool is_rounded_up);

/* maxSurge (up) and maxUnavailable (down) in pods; if both come to 0, maxUnavailable is 1. */
void deployment_controller_limits(const struct workload_spec *spec, uint32_t replicas,
                                  uint32_t *surge, uint32_t *unavailable);

/* A new replica set of the deployment for a template, not stored yet. */
uint32_t deployment_controller_make_replica_set(struct cluster *cluster, uint32_t deployment,
                                                const struct pod_spec *pod_template,
                                                uint64_t template_key);

#endif
