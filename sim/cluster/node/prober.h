/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probe workers: one a container and kind of probe.
 * Source: pkg/kubelet/prober/worker.go and prober_manager.go: an attempt at once when the kubelet adds the pod and then
 * every period. What a worker knows of its container it has from the pod's last status: attempts are no-ops until that
 * shows a container, until initialDelaySeconds have passed, and, but for startup probes, until the container is started.
 * The result flips when enough equal ones have come. A container that the status shows as ended has failed at once. After a
 * liveness or startup failure the worker is on hold until there is a new container.
 * Attempts that cannot change anything are not simulated; those that can fall on exactly the ticks of the real worker. A
 * program that answers nothing makes an attempt last its timeout.
 */
#ifndef EPSIM_CLUSTER_NODE_PROBER_H
#define EPSIM_CLUSTER_NODE_PROBER_H

#include "cluster/model.h"

/* The workers of a pod whose kubelet adds it now. */
void prober_add_pod(struct cluster *cluster, uint32_t pod);

/* Workers that have long been running, for the converged start: `is_ready` is what readiness probes report, the others
 * have passed; phases are random. */
void prober_add_settled_pod(struct cluster *cluster, uint32_t pod, bool is_ready);

/* Whether the program answers may have changed, or there is another status now: the next tick may matter. */
void prober_wake(struct cluster *cluster, uint32_t pod);

/* The status that is being made shows the container of the pod's start_count: new to the workers if it is another. */
void prober_see_container(struct cluster *cluster, uint32_t pod);
/* From now on the program answers http well, or not: the news of what its probes will come to begins. */
void prober_answers(struct cluster *cluster, uint32_t pod, bool is_well);

/* The kubelet has made a status in which the container is started and not ready: probe at once. */
void prober_trigger(struct cluster *cluster, uint32_t pod);

/* All containers with a readiness probe, or a startup probe, have passed it (true if none has one). */
bool prober_is_ready(const struct cluster *cluster, uint32_t pod);
bool prober_has_started(const struct cluster *cluster, uint32_t pod);

/* The pod is being deleted: liveness and startup probes end. The pod is gone from the node: all do. */
void prober_stop_restarts(struct cluster *cluster, uint32_t pod);
void prober_remove_pod(struct cluster *cluster, uint32_t pod);

/* A container is being killed because its probe has failed: the kubelet's Event of it. */
void prober_post_kill(struct cluster *cluster, uint32_t pod);

/* The Events of probes that have been failing since before the start. */
void prober_tell_failing(struct cluster *cluster);

/* Events. */
void prober_tick(struct cluster *cluster, uint32_t index, uint64_t generation);
void prober_timed_out(struct cluster *cluster, uint32_t index, uint64_t generation);

#endif
