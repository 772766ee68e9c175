/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a controller's slices stand between its writes and its informer: counted in their services, so that a sync need not
 * look at each of them. A slice is *ahead* while the informer shows it older than the controller knows that it has
 * written it, and *off* while the informer shows it otherwise than the last sync has left it.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_SLICE_STANDING_H
#define EPSIM_CLUSTER_CONTROLLERS_SLICE_STANDING_H

#include "cluster/model.h"

/* To be called when the slice's seen, tracked_* or planned_id have changed. A slice of no service stands nowhere. */
void slice_standing_update(struct cluster *cluster, struct slice *slice);

/* Whether some slice of the service is ahead, or off. */
bool slice_standing_is_ahead(const struct cluster *cluster, const struct service *service);
bool slice_standing_is_off(const struct cluster *cluster, const struct service *service);

#endif
