/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Entries of Endpoints objects: one record a pod and wording, shared by all versions that list it, so that a version of
 * a thousand addresses is a thousand pointers, and what two versions have in common is seen at a glance.
 */
#ifndef EPSIM_CLUSTER_ENDPOINT_ITEMS_H
#define EPSIM_CLUSTER_ENDPOINT_ITEMS_H

#include "cluster/model.h"

/* The shared record that says what `wanted` says (its hash, size and next are filled in). */
const struct endpoints_item *endpoint_items_intern(struct cluster *cluster,
                                                   const struct endpoints_item *wanted);

/* Whether both say the same; with_version: of the same version of the pod. */
bool endpoint_items_equal(const struct endpoints_item *a, const struct endpoints_item *b,
                          bool with_version);

/* How many records at the start of two lists of that length are the same ones. */
uint32_t endpoint_items_common(const struct endpoints_item *const *a,
                               const struct endpoints_item *const *b, uint32_t count);

/* By IP as a string, then by the pod's UID, without a pod first. */
int endpoint_items_compare(const struct cluster *cluster, const struct endpoints_item *a,
                           const struct endpoints_item *b);

#endif
