/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ReplicaSet controller (ReplicationControllers too): keeps as many active pods as asked for.
 * Source: pkg/controller/replicaset/replica_set.go, pkg/controller/controller_utils.go: expectations, slow-start batches,
 * the ranking of pods to delete, release of pods that no longer match, status.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_REPLICA_SET_CONTROLLER_H
#define EPSIM_CLUSTER_CONTROLLERS_REPLICA_SET_CONTROLLER_H

#include "cluster/controllers/controller.h"

extern const struct controller_ops replica_set_controller_ops;

/* The informers show a new version of a pod, of a replica set. */
void replica_set_controller_pod_seen(struct cluster *cluster, uint32_t pod,
                                     const struct pod_view *before);
void replica_set_controller_seen(struct cluster *cluster, uint32_t replica_set);

/* A write changes spec.replicas: remembers why, for the causes of the pods that follow. */
void replica_set_controller_scaled(struct replica_set *rs, uint32_t before, uint32_t after,
                                   enum cause cause);

/* The next pod of the replica set, not stored yet; at the converged start also its own. */
uint32_t replica_set_controller_make_pod(struct cluster *cluster, uint32_t replica_set,
                                         struct pod_view *view);

#endif
