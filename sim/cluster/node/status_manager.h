/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kubelet to API: one writer a node, statuses one after another, each as it is when its turn comes.
 * Source: pkg/kubelet/status/status_manager.go. The last status of a deleted pod is followed by its final DELETE.
 */
#ifndef EPSIM_CLUSTER_NODE_STATUS_MANAGER_H
#define EPSIM_CLUSTER_NODE_STATUS_MANAGER_H

#include "cluster/model.h"

/* The pod's status has changed: it is written as soon as the node's writer is free. */
void status_manager_update(struct cluster *cluster, uint32_t pod);

/* The writer's request was answered, or not: then it is sent again in the manager's next period, or with the next news. */
void status_manager_write_done(struct cluster *cluster, const struct write *write, bool is_stored);

/* Event: that period has come. */
void status_manager_retry(struct cluster *cluster, uint32_t index);

#endif
