/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When what a sync writes has begun: the annotation last-change-trigger-time. Kept for each service and controller, by the
 * last transitions of its pods' Ready conditions and the Service's creation; nothing else counts.
 * Source: staging endpointslice/util/trigger_time_tracker.go.
 */
#ifndef EPSIM_CLUSTER_TRIGGER_TIMES_H
#define EPSIM_CLUSTER_TRIGGER_TIMES_H

#include "cluster/model.h"

#define TRIGGER_UNKNOWN INT64_MIN

/* A sync of that controller lists the service's pods now: the oldest change since its last sync, NS_NEVER if there is
 * none; the Service's creation at the first sync. */
sim_ns trigger_times_take(struct cluster *cluster, struct service *service,
                          enum trigger_reader reader);

/* The Service is gone. */
void trigger_times_forget(struct service *service, enum trigger_reader reader);

#endif
