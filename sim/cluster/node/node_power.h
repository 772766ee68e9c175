/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A node's machine loses its power, and gets it back. Its programs vanish without a word: nothing is reset, packets to its
 * pods are lost. When it starts again its kubelet lists its pods and starts their containers anew; they keep their
 * addresses here, which a real network would often not let them.
 */
#ifndef EPSIM_CLUSTER_NODE_NODE_POWER_H
#define EPSIM_CLUSTER_NODE_NODE_POWER_H

#include "cluster/model.h"

/* Nothing if it is off, or on, already. */
void node_power_off(struct cluster *cluster, uint32_t index);
void node_power_on(struct cluster *cluster, uint32_t index);

/* The node is cut off from the API or no more, by a partition: its lease, its pods as the API will come to see them, and
 * what its kubelet has to put right. After control_plane_cut_node. */
void node_power_cut(struct cluster *cluster, uint32_t index, bool is_cut);

/* Event: the kubelet's status manager finds statuses in the API that are not its own. */
void node_power_reconcile(struct cluster *cluster, uint32_t index, uint64_t generation);

/* When the node's kubelet next looks at its Node, once in 10 s. */
sim_ns node_power_status_ns(const struct cluster *cluster, uint32_t index);

#endif
