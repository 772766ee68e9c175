/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which slices a sync of one service writes: its desired endpoints are packed into the existing slices with the fewest
 * writes. Slices are never compacted or rebalanced.
 * Source: staging endpointslice/reconciler.go: reconcileByPortMapping (three steps), placeholder, recycling of slices.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_SLICE_PACKING_H
#define EPSIM_CLUSTER_CONTROLLERS_SLICE_PACKING_H

#include "cluster/controllers/controller.h"

/* Plans creates, then updates, then deletes of the service's slices from what the informers show now. */
void slice_packing_plan(struct cluster *cluster, struct worker *worker, uint32_t service);

#endif
