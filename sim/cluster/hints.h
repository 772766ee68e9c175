/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hints of endpoints, interned: equal ones have one number, 0 stands for none.
 * Source: discovery/v1 types.go, EndpointHints.
 */
#ifndef EPSIM_CLUSTER_HINTS_H
#define EPSIM_CLUSTER_HINTS_H

#include "cluster/model.h"

/* The number of these zones and nodes, in their order; at most 65535 different ones. The names stay the caller's. */
uint16_t hints_intern(struct cluster *cluster, const struct hint_set *set);

/* The number of "for the proxies in that zone, and on that node"; either may be NULL. */
uint16_t hints_of(struct cluster *cluster, const char *zone, const char *node);

/* NULL for 0. */
const struct hint_set *hints_get(const struct cluster *cluster, uint16_t hints);

/* Whether it names the zone, the node; false for NULL. */
bool hints_has_zone(const struct hint_set *set, const char *zone);
bool hints_has_node(const struct hint_set *set, const char *node);

#endif
