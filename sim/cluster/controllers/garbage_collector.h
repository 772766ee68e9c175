/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The garbage collector: EndpointSlices, ReplicaSets and pods whose owner is gone are deleted, some time after its watch has
 * told it. Not if --controllers says -garbagecollector.
 * Source: pkg/controller/garbagecollector (attemptToDeleteItem: a live look at the item, then the delete; its client has
 * twice the QPS of the others, startGarbageCollectorController).
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_GARBAGE_COLLECTOR_H
#define EPSIM_CLUSTER_CONTROLLERS_GARBAGE_COLLECTOR_H

#include "cluster/model.h"

/* Its client. */
void garbage_collector_init(struct cluster *cluster);

/* The owner of that UID is gone: its slices follow. */
void garbage_collector_owner_gone(struct cluster *cluster, uint32_t service, uint64_t uid);

/* A slice was stored whose owner may be gone already. */
void garbage_collector_slice_stored(struct cluster *cluster, uint32_t slice);

/* Event: its worker has come to the slice. */
void garbage_collector_collect(struct cluster *cluster, uint32_t slice);

/* A Deployment, a ReplicaSet is gone: its ReplicaSets, its pods follow (propagationPolicy Background). */
void garbage_collector_deployment_gone(struct cluster *cluster, uint32_t deployment);
void garbage_collector_replica_set_gone(struct cluster *cluster, uint32_t replica_set);

/* A pod was stored whose owner may be gone already. */
void garbage_collector_pod_stored(struct cluster *cluster, uint32_t pod);

/* Event: a worker has come to the next step of a dependant; `what` is the step and, above its 8 bits, the timeline entry
 * that it goes back to. */
void garbage_collector_step(struct cluster *cluster, uint32_t object, uint64_t what);

#endif
