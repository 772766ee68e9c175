/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pod's program ends although nobody deletes the pod: it crashes, or a liveness or startup probe has failed. The kubelet
 * starts its container again, as the pod's restartPolicy says.
 * Source: kuberuntime_manager.go (computePodActions, doBackOff), client-go util/flowcontrol/backoff.go, pod_workers.go
 * (completeWork): the first restart is at once, the next waits until 10 s, 20 s, 40 s ... 300 s after the last end; the
 * doubling is forgotten once a container has run for 10 minutes. A sync that comes too early is tried again 10 s to 15 s
 * later, at a tick of the worker's one-second clock. A container killed for its probe waits for the end before the last one.
 */
#ifndef EPSIM_CLUSTER_NODE_RESTARTS_H
#define EPSIM_CLUSTER_NODE_RESTARTS_H

#include "cluster/model.h"

/* The pod's program ends now, with an exit status other than 0 and its connections reset. False if none runs. */
bool restarts_crash(struct cluster *cluster, uint32_t pod);

/* From kubelet_process_ended, for a pod that is not being stopped; p->ended_ns is set. */
void restarts_process_ended(struct cluster *cluster, uint32_t pod);

/* Events. `start` is the start_count of the process that they are about: void if there is another by now. */
void restarts_death_seen(struct cluster *cluster, uint32_t pod, uint64_t start);
void restarts_sync(struct cluster *cluster, uint32_t pod, uint64_t start);
void restarts_started(struct cluster *cluster, uint32_t pod, uint64_t start);
void restarts_kill(struct cluster *cluster, uint32_t pod, uint64_t start);
void restarts_killed(struct cluster *cluster, uint32_t pod, uint64_t start);

#endif
