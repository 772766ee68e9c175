/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kube-proxy on every node: cursors into the logs of services and slices, a position that is in effect, and a timer.
 * Delivery of the k-th version is max(delivery of the one before, dispatched(k) + a draw), computed when the node wakes;
 * a sync takes all that is delivered by its start.
 */
#ifndef EPSIM_CLUSTER_NODE_KUBE_PROXY_H
#define EPSIM_CLUSTER_NODE_KUBE_PROXY_H

#include "cluster/model.h"

/* All nodes' proxies, up to date with what is stored and idle for long. */
void kube_proxy_init(struct cluster *cluster);

/* A version was stored: nodes that sleep set their clocks. */
void kube_proxy_version_stored(struct cluster *cluster);

/* Between from_ns and until_ns (NS_NEVER: for good) nothing reaches the node's watches; it arrives when they are back. */
void kube_proxy_partition(struct cluster *cluster, uint32_t node, sim_ns from_ns, sim_ns until_ns);

/* The node's watches broke or are back: an idle proxy sets its clock again. */
void kube_proxy_watch_changed(struct cluster *cluster, uint32_t index);

/* What its healthz says: no update has waited for longer than two sync periods to come into effect. */
bool kube_proxy_is_healthy(const struct cluster *cluster, uint32_t index);

/* Events. */
void kube_proxy_wake(struct cluster *cluster, uint32_t index, uint64_t generation);
void kube_proxy_done(struct cluster *cluster, uint32_t index);

#endif
