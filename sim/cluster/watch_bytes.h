/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a watch event of a version weighs: the objects' part of wire_size.h. A version's size follows from the one
 * before: only what differs is counted anew.
 */
#ifndef EPSIM_CLUSTER_WATCH_BYTES_H
#define EPSIM_CLUSTER_WATCH_BYTES_H

#include "cluster/model.h"

/* Fills in the sizes of a version that is about to be stored; `before` is the one that it replaces, NULL: none. */
void watch_bytes_set_slice(const struct cluster *cluster, uint32_t index,
                           struct slice_content *content, const struct slice_content *before);
/* Fills in item_hash too. */
void watch_bytes_set_endpoints(const struct cluster *cluster, uint32_t index,
                               struct endpoints_content *content,
                               const struct endpoints_content *before);

/* The part of one entry of Endpoints. */
struct wire_size watch_bytes_of_item(const struct cluster *cluster,
                                     const struct endpoints_item *item);

#endif
