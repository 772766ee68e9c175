/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/revision_history.h"

uint32_t revision_history_last(const struct cluster *cluster, const struct deployment *d)
{
    uint32_t last = 0;

    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        if (cluster->replica_sets[d->replica_sets[i]]->revision > last)
            last = cluster->replica_sets[d->replica_sets[i]]->revision;
    }
    return last;
}

uint32_t revision_history_oldest_empty(const struct cluster *cluster, const struct deployment *d)
{
    uint32_t oldest = ID_NONE;

    for (uint32_t i = 0; i < d->replica_set_count; i++) {
        uint32_t id = d->replica_sets[i];
        const struct replica_set *rs = cluster->replica_sets[id];
        if (!rs->seen.exists || rs->is_cleaned || rs->template_key == d->seen.template_key ||
            rs->seen.replicas > 0 || rs->seen.status_replicas > 0)
            continue;
        if (oldest == ID_NONE || rs->revision < cluster->replica_sets[oldest]->revision)
            oldest = id;
    }
    return oldest;
}
