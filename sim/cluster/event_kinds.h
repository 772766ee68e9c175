/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The numbers of the cluster's event kinds.
 */
#ifndef EPSIM_CLUSTER_EVENT_KINDS_H
#define EPSIM_CLUSTER_EVENT_KINDS_H

#include "cluster/events.h"

#define CLUSTER_EVENT_ENUM(name, handler, doc) name,
enum cluster_event {
    CLUSTER_EVENTS(CLUSTER_EVENT_ENUM) CLUSTER_EVENT_COUNT
};
#undef CLUSTER_EVENT_ENUM

#endif
