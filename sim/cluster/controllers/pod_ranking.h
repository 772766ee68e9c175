/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which pods a scale-down deletes first.
 * Source: pkg/controller/controller_utils.go ActivePodsWithRanks.Less: eight keys, the first difference decides.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_POD_RANKING_H
#define EPSIM_CLUSTER_CONTROLLERS_POD_RANKING_H

#include "cluster/model.h"

/* Sorts pods of the replica set, those to be deleted first in front, by what the informers show now. */
void pod_ranking_sort(struct cluster *cluster, uint32_t replica_set, uint32_t *pods,
                      uint32_t count);

#endif
