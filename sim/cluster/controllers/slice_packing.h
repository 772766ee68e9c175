/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which slices a sync of one service writes: its desired endpoints are packed into the existing slices with the fewest
 * writes, each address family by itself. Slices are never compacted or rebalanced.
 * Source: staging endpointslice/reconciler.go: reconcileByPortMapping (three steps), placeholder, recycling of slices.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_SLICE_PACKING_H
#define EPSIM_CLUSTER_CONTROLLERS_SLICE_PACKING_H

#include "cluster/controllers/controller.h"

/* Plans creates, then updates, then deletes of the service's slices from what the informers show now; all that it writes
 * carries the trigger time (NS_NEVER: none). Marks the worker if the attempt fails after that: a pod's Node is unknown. */
void slice_packing_plan(struct cluster *cluster, struct worker *worker, uint32_t service,
                        sim_ns trigger_ns);

/* Whether the pod's phase lets it be an endpoint: by its restart policy before 1.22. */
bool slice_packing_has_live_phase(const struct cluster *cluster, const struct pod *pod);

#endif
