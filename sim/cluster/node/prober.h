/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Readiness probe workers: one a container with a probe.
 * Source: pkg/kubelet/prober/worker.go: an attempt at once when the kubelet adds the pod and then every period; attempts are
 * no-ops until there is a status and initialDelaySeconds have passed; the result flips when enough equal ones have come.
 * Attempts that cannot change anything are not simulated; those that can fall on exactly the ticks of the real worker.
 */
#ifndef EPSIM_CLUSTER_NODE_PROBER_H
#define EPSIM_CLUSTER_NODE_PROBER_H

#include "cluster/model.h"

/* The workers of a pod whose kubelet adds it now. */
void prober_add_pod(struct cluster *cluster, uint32_t pod);

/* Workers that have long been running with success, for the converged start; phases are random. */
void prober_add_ready_pod(struct cluster *cluster, uint32_t pod);

/* Whether the program answers may have changed, or there is a status now: the next tick may matter. */
void prober_wake(struct cluster *cluster, uint32_t pod);

/* From now on the program answers http well, or not: the news of what its probes will come to begins. */
void prober_answers(struct cluster *cluster, uint32_t pod, bool is_well);

/* The kubelet has made a status in which the container is started and not ready: probe at once. */
void prober_trigger(struct cluster *cluster, uint32_t pod);

/* All containers with a probe have passed it (true if none has one). */
bool prober_is_ready(const struct cluster *cluster, uint32_t pod);

/* The pod is gone from the node. */
void prober_remove_pod(struct cluster *cluster, uint32_t pod);

/* Event. */
void prober_tick(struct cluster *cluster, uint32_t index, uint64_t generation);

#endif
