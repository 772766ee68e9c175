/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the sources of snapshots share. Private to them.
 */
#ifndef EPSIM_CLUSTER_SNAPSHOT_BUILD_H
#define EPSIM_CLUSTER_SNAPSHOT_BUILD_H

#include "cluster/snapshot.h"

struct endpoints_object;
struct slice;
struct slice_content;

/* A slice with that content (NULL: deleted, its metadata alone), and Endpoints as the API holds them. */
struct snapshot_slice snapshot_build_slice(struct arena *arena, const struct cluster *cluster,
                                           const struct slice *slice,
                                           const struct slice_content *content);
struct snapshot_endpoints snapshot_build_endpoints(struct arena *arena,
                                                   const struct cluster *cluster,
                                                   const struct endpoints_object *object);

/* The UID that the manifest gives (NULL: there is none), or one that tells `hash`. */
const char *snapshot_build_uid(struct arena *arena, const struct object_meta *meta, uint64_t hash);

/* A Node's UID. */
const char *snapshot_build_node_uid(struct arena *arena, uint64_t node_hash);

/* Is an object of that hash asked for, given whether the API holds it? */
bool snapshot_build_is_wanted(const struct snapshot_query *query, uint64_t hash, bool exists);

/* Is that namespace and name asked for? */
bool snapshot_build_is_named(const struct snapshot_query *query, const char *ns, const char *name);

/* By namespace and name; each object begins with its metadata. */
void snapshot_build_sort(void *objects, uint32_t count, size_t object_bytes);

#endif
