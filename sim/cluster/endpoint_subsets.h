/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The canonical form of Endpoints: addresses that share a set of ports are one subset; a pod may be in several, with a
 * part of its ports in each.
 * Source: pkg/api/v1/endpoints/util.go (RepackSubsets), endpoints_controller.go (truncateEndpoints).
 */
#ifndef EPSIM_CLUSTER_ENDPOINT_SUBSETS_H
#define EPSIM_CLUSTER_ENDPOINT_SUBSETS_H

#include "cluster/model.h"

#define ENDPOINTS_MAX 1000u

/* The content of these items, whose `ports` are all that each address has; of an address and port that come twice the one
 * that is not ready counts. `items` are reordered. */
struct endpoints_content *endpoint_subsets_repack(struct cluster *cluster,
                                                  struct endpoints_item *items, uint32_t count);

/* Keeps at most 1000 addresses: ready ones before the others, of each subset in proportion, the first by IP as a string.
 * False if there are no more. */
bool endpoint_subsets_truncate(struct endpoints_content *content);

#endif
