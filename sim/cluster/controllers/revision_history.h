/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The revisions of a Deployment: its replica sets, numbered in the order in which each was last the new one.
 * Source: pkg/controller/deployment/util (MaxRevision) and sync.go (cleanupDeployment).
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_REVISION_HISTORY_H
#define EPSIM_CLUSTER_CONTROLLERS_REVISION_HISTORY_H

#include "cluster/model.h"

/* The highest among its replica sets, 0: it has none. */
uint32_t revision_history_last(const struct cluster *cluster, const struct deployment *d);

/* Of the old replica sets without pods that are not being deleted: that of the lowest revision, ID_NONE if there is none. */
uint32_t revision_history_oldest_empty(const struct cluster *cluster, const struct deployment *d);

#endif
