/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kubelets: a pod's life on its node.
 * Source: pkg/kubelet (pod workers, PLEG, kuberuntime killContainer, status manager): see docs/model.md. A pod's containers
 * are one program here: they start one after another, and the last start is the pod's.
 */
#ifndef EPSIM_CLUSTER_NODE_KUBELET_H
#define EPSIM_CLUSTER_NODE_KUBELET_H

#include "cluster/model.h"

/* Limiters and relist phases of all nodes. */
void kubelet_init(struct cluster *cluster);

/* A version of a pod was stored (`before` is the one it replaces): its kubelet will hear of it. */
void kubelet_pod_stored(struct cluster *cluster, uint32_t pod, const struct pod_view *before);

/* A status or final delete of a pod was answered: stored, or not because the API server did not answer. */
void kubelet_write_done(struct cluster *cluster, const struct write *write, bool is_stored);

/* At the start: the pod is terminating, and its kubelet stops it. */
void kubelet_deletion_known(struct cluster *cluster, uint32_t pod);

/* The node's watch is back at the end of its gap: what its kubelet has missed reaches it then. */
void kubelet_watch_resumes(struct cluster *cluster, uint32_t index);

/* A container's readiness probe changed its reported result; its startup probe has passed; its liveness or startup probe
 * has failed. */
void kubelet_probe_flipped(struct cluster *cluster, uint32_t pod, bool is_ready);
void kubelet_probe_started(struct cluster *cluster, uint32_t pod);
void kubelet_probe_failed(struct cluster *cluster, uint32_t pod);

/* A draw for the pod's next step on its node. */
sim_ns kubelet_draw(struct cluster *cluster, enum hop hop, uint32_t pod);

/* Makes and starts the pod's containers one after another from from_ns on: how long that takes. */
sim_ns kubelet_start_ns(struct cluster *cluster, uint32_t pod, sim_ns from_ns);

/* A new process in the pod's container: it will listen, and the next relist sees it. */
void kubelet_container_runs(struct cluster *cluster, uint32_t pod);

/* The pod's readiness as its next status says. */
void kubelet_set_ready(struct cluster *cluster, uint32_t pod, bool is_ready);

/* The longest preStop hook, at most `grace_ns`. */
sim_ns kubelet_hook_ns(const struct pod *p, sim_ns grace_ns);

/* The program closed its socket; the program ended. */
void kubelet_process_closed(struct cluster *cluster, uint32_t pod);
void kubelet_process_ended(struct cluster *cluster, uint32_t pod);

/* The pod's state as observers know it. */
void kubelet_update_state(struct cluster *cluster, uint32_t pod);

/* The next relist of the node that starts at or after at_ns: when it ends. */
sim_ns kubelet_relist_end_ns(struct cluster *cluster, uint32_t index, sim_ns at_ns);

/* Events. */
void kubelet_pod_delivered(struct cluster *cluster, uint32_t pod, uint64_t what);
void kubelet_pod_sync(struct cluster *cluster, uint32_t pod);
void kubelet_containers_started(struct cluster *cluster, uint32_t pod);
void kubelet_process_listens(struct cluster *cluster, uint32_t pod, uint64_t start);
void kubelet_relisted(struct cluster *cluster, uint32_t pod, uint64_t start);
void kubelet_produce_status(struct cluster *cluster, uint32_t pod, uint64_t start);
void kubelet_sigterm(struct cluster *cluster, uint32_t pod, uint64_t start);
void kubelet_sigkill(struct cluster *cluster, uint32_t pod, uint64_t start);
void kubelet_containers_stopped(struct cluster *cluster, uint32_t pod);
void kubelet_sandbox_gone(struct cluster *cluster, uint32_t pod);

#endif
