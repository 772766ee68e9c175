/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scheduler: one pod at a time, in the order in which its watch shows them, to the node with the fewest pods of the
 * same replica set, then the fewest pods at all, then the first by order. An approximation of kube-scheduler's default
 * spreading (PodTopologySpread's system default and balanced allocation); resources and taints are not modelled.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_SCHEDULER_H
#define EPSIM_CLUSTER_CONTROLLERS_SCHEDULER_H

#include "cluster/model.h"

/* The node for a pod, by the scheduler's own book; ID_NONE if none has room. Enters the choice in the book. */
uint32_t scheduler_choose(struct cluster *cluster, uint32_t pod);

/* The scheduler's watch shows a version of a pod. */
void scheduler_pod_seen(struct cluster *cluster, uint32_t pod, const struct pod_view *view);

/* The API server did not answer a binding: the pod waits 1 s, doubling to 10 s. Event: that is over. */
void scheduler_bind_failed(struct cluster *cluster, uint32_t pod);
void scheduler_try_again(struct cluster *cluster, uint32_t pod);

/* A new process has listed all pods: it binds those that nobody has bound. */
void scheduler_restart(struct cluster *cluster);

/* There may be room now: the pods that wait try again, in order. */
void scheduler_retry(struct cluster *cluster);

#endif
