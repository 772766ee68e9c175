/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the sources of snapshots share. Private to them.
 */
#ifndef EPSIM_CLUSTER_SNAPSHOT_BUILD_H
#define EPSIM_CLUSTER_SNAPSHOT_BUILD_H

#include "cluster/snapshot.h"

/* Is an object of that hash asked for, given whether the API holds it? */
bool snapshot_build_is_wanted(const struct snapshot_query *query, uint64_t hash, bool exists);

/* Is that namespace and name asked for? */
bool snapshot_build_is_named(const struct snapshot_query *query, const char *ns, const char *name);

/* By namespace and name; each object begins with its metadata. */
void snapshot_build_sort(void *objects, uint32_t count, size_t object_bytes);

#endif
