/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The node controller: notices that a node's lease is no longer renewed, makes its pods not Ready, taints it and, long
 * after, deletes its pods.
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go, pkg/controller/tainteviction. A kubelet renews its
 * lease every 10 s; the controller looks every 5 s and dates by its own clock what it sees. Nothing is simulated while all
 * is well: renewals and passes fall on ticks of random phases, which are worked out when a node falls silent.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_NODE_CONTROLLER_H
#define EPSIM_CLUSTER_CONTROLLERS_NODE_CONTROLLER_H

#include "cluster/model.h"

/* Draws the phase of its passes; no node has fallen silent. */
void node_controller_init(struct cluster *cluster);

/* No renewal of the node's lease reaches the API from now on; they do again. */
void node_controller_silent(struct cluster *cluster, uint32_t index);
void node_controller_heard(struct cluster *cluster, uint32_t index);

/* Events; void if the node's health has another generation by then. */
void node_controller_pass(struct cluster *cluster, uint32_t index, uint64_t generation);
void node_controller_step(struct cluster *cluster, uint32_t index, uint64_t generation);
void node_controller_taint(struct cluster *cluster, uint32_t index, uint64_t generation);
void node_controller_taint_seen(struct cluster *cluster, uint32_t index, uint64_t generation);
void node_controller_no_execute(struct cluster *cluster, uint32_t index, uint64_t generation);
void node_controller_evict(struct cluster *cluster, uint32_t index, uint64_t generation);
void node_controller_ready(struct cluster *cluster, uint32_t index, uint64_t generation);
void node_controller_untaint(struct cluster *cluster, uint32_t index, uint64_t generation);

#endif
