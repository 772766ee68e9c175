/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/targets.h"

#include <string.h>

#include "base/hash.h"

/* Without the namespace that names outside the default one begin with. */
static const char *bare_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash == NULL ? name : slash + 1;
}

static bool is_owned_by(const struct cluster *cluster, uint32_t pod,
                        const struct target_spec *target)
{
    const char *owner = strcmp(target->kind, "deployment") == 0
                            ? cluster_pod_deployment(cluster, pod)
                            : cluster_pod_owner(cluster, pod);

    return owner != NULL && strcmp(bare_name(owner), target->name) == 0;
}

/* A pod that is being deleted already is a target only to those who force it. */
static bool is_target(const struct cluster *cluster, uint32_t pod, const struct target_spec *target,
                      bool is_forced)
{
    if (!(is_forced ? cluster_pod_exists(cluster, pod) : cluster_pod_is_live(cluster, pod)) ||
        strcmp(cluster_pod_namespace(cluster, pod), target->ns) != 0)
        return false;
    if (target->kind == NULL || target->name == NULL)
        return labels_match(&target->selector, cluster_pod_labels(cluster, pod));
    if (strcmp(target->kind, "pod") == 0)
        return strcmp(bare_name(cluster_pod_name(cluster, pod)), target->name) == 0;
    return is_owned_by(cluster, pod, target);
}

static uint32_t wanted_count(const struct target_spec *target, uint32_t found)
{
    uint32_t wanted = found;

    if (target->mode == MODE_ONE)
        wanted = 1;
    else if (target->mode == MODE_FIXED)
        wanted = target->value;
    else if (target->mode == MODE_FIXED_PERCENT)
        wanted = (uint32_t)((uint64_t)found * target->value / 100);
    return wanted < found ? wanted : found;
}

/* NOLINTNEXTLINE(readability-function-size): whom, among whom, by which luck */
void targets_choose(struct target_list *list, struct arena *arena, const struct cluster *cluster,
                    const struct target_spec *target, uint64_t key, bool is_forced)
{
    uint32_t count = cluster_pod_count(cluster);
    uint32_t most = wanted_count(target, count); /* no more than these need to be kept in order */
    uint32_t found = 0;
    uint32_t *chosen = ARENA_GROW(arena, list->pods, &list->capacity, count + 1);

    for (uint32_t pod = 0; pod < count; pod++) {
        uint32_t at = found < most ? found : most;
        if (!is_target(cluster, pod, target, is_forced))
            continue;
        found++;
        while (target->mode != MODE_ALL && at > 0 &&
               hash_combine(key, cluster_pod_hash(cluster, chosen[at - 1])) >
                   hash_combine(key, cluster_pod_hash(cluster, pod))) {
            chosen[at] = chosen[at - 1];
            at--;
        }
        chosen[at] = pod;
    }
    list->count = wanted_count(target, found);
}

bool targets_need_api(const struct timeline_entry *entry)
{
    switch (entry->verb) {
    case VERB_CRASH:
    case VERB_READY:
    case VERB_FAIL:
    case VERB_PARTITION:
    case VERB_SLOW:
    case VERB_EXPECT:
        return false;
    case VERB_PATCH:
        return !(entry->object_count > 0 && entry->objects[0].kind == APPLY_EXTERNAL_HOST);
    default:
        return true;
    }
}
