/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A service's addresses in the order in which Endpoints list them, kept from one sync of Endpoints to the next, so that a
 * sync moves those only whose pods have changed. For services whose pods all have the same ports: one subset.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_ENDPOINT_ORDER_H
#define EPSIM_CLUSTER_CONTROLLERS_ENDPOINT_ORDER_H

#include "cluster/model.h"

/* Makes the entry of a member's pod as the informer shows it; false: it is not listed. `ports` are the pod's own. */
typedef bool endpoint_order_maker(struct cluster *cluster, const struct service *s, uint32_t pod,
                                  struct endpoints_item *item);

/* Brings the order up to date with the touched members. False: it cannot, the sync has to look at all; then nothing has
 * happened. */
bool endpoint_order_update(struct cluster *cluster, uint32_t service, endpoint_order_maker *make);

/* The whole content has been made anew, of `count` entries, all with these ports or not (NULL). */
void endpoint_order_set(struct cluster *cluster, uint32_t service,
                        const struct endpoints_content *content, uint32_t count,
                        const struct port_map *ports);

/* The content that the order makes: all of it, or where there are too many and they are to be cut, the first that are
 * ready. is_cut tells which. */
struct endpoints_content *endpoint_order_content(struct cluster *cluster, const struct service *s,
                                                 bool *is_cut);

/* Whether some entries may have no nodeName. */
bool endpoint_order_may_have_lost(const struct service *s);

#endif
