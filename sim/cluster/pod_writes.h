/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes of pods, by controllers, the scheduler and kubelets, as the API server carries them out.
 */
#ifndef EPSIM_CLUSTER_POD_WRITES_H
#define EPSIM_CLUSTER_POD_WRITES_H

#include "cluster/model.h"

/* Stores what the write says of its pod. False if the API server refuses it; a pod that is gone refuses nothing. */
bool pod_writes_store(struct cluster *cluster, const struct write *w);

#endif
