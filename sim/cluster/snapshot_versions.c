/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Single objects at the instant at which a version of them is stored.
 */
#include "cluster/model.h"
#include "cluster/snapshot_build.h"

const struct snapshot_endpoints *snapshot_endpoints_at(struct arena *arena,
                                                       const struct cluster *cluster,
                                                       uint32_t endpoints)
{
    struct snapshot_endpoints *result = ARENA_NEW(arena, struct snapshot_endpoints);

    *result = snapshot_build_endpoints(arena, cluster, cluster->endpoints[endpoints]);
    return result;
}

const struct snapshot_slice *snapshot_slice_at(struct arena *arena, const struct cluster *cluster,
                                               uint32_t slice)
{
    struct snapshot_slice *result = ARENA_NEW(arena, struct snapshot_slice);

    *result = snapshot_build_slice(arena, cluster, cluster->slices[slice],
                                   cluster->slices[slice]->stored);
    return result;
}
