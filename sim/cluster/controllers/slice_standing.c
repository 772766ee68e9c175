/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/slice_standing.h"

#include "base/error.h"

static bool is_ahead(const struct slice *slice)
{
    if (slice->manager != SLICE_MANAGED || slice->tracked_version == 0)
        return false;
    if (slice->is_tracked_deleted)
        return slice->seen != NULL;
    return slice->seen == NULL || slice->seen->generation < slice->tracked_generation;
}

static bool is_off(const struct slice *slice)
{
    const bool is_managed = slice->seen != NULL && slice->seen->manager == SLICE_MANAGED;

    return is_managed ? slice->seen->id != slice->planned_id : slice->planned_id != 0;
}

void slice_standing_update(struct cluster *cluster, struct slice *slice)
{
    struct service *s;

    if (slice->service == ID_NONE)
        return;
    s = &cluster->services[slice->service];
    s->ahead_count -= slice->is_ahead;
    s->off_count -= slice->is_off;
    slice->is_ahead = is_ahead(slice);
    slice->is_off = is_off(slice);
    s->ahead_count += slice->is_ahead;
    s->off_count += slice->is_off;
}

/* Whether the counts are what a look at each slice gives. */
static bool are_counts_right(const struct cluster *cluster, const struct service *s)
{
    uint32_t ahead_count = 0;
    uint32_t off_count = 0;

    for (uint32_t i = 0; i < s->slice_count; i++) {
        ahead_count += is_ahead(cluster->slices[s->slices[i]]);
        off_count += is_off(cluster->slices[s->slices[i]]);
    }
    return ahead_count == s->ahead_count && off_count == s->off_count;
}

bool slice_standing_is_ahead(const struct cluster *cluster, const struct service *service)
{
    EP_INVARIANT(are_counts_right(cluster, service));
    return service->ahead_count > 0;
}

bool slice_standing_is_off(const struct cluster *cluster, const struct service *service)
{
    EP_INVARIANT(are_counts_right(cluster, service));
    return service->off_count > 0;
}
