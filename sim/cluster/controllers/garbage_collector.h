/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The garbage collector, as far as EndpointSlices go: those whose owner is gone are deleted, some time after its watch has
 * told it. Not if --controllers says -garbagecollector.
 * Source: pkg/controller/garbagecollector (attemptToDeleteItem: a live look at the item, then the delete).
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_GARBAGE_COLLECTOR_H
#define EPSIM_CLUSTER_CONTROLLERS_GARBAGE_COLLECTOR_H

#include "cluster/model.h"

/* The owner of that UID is gone: its slices follow. */
void garbage_collector_owner_gone(struct cluster *cluster, uint32_t service, uint64_t uid);

/* A slice was stored whose owner may be gone already. */
void garbage_collector_slice_stored(struct cluster *cluster, uint32_t slice);

/* Event: its worker has come to the slice. */
void garbage_collector_collect(struct cluster *cluster, uint32_t slice);

#endif
