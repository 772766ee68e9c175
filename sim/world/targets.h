/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which pods a timeline entry means.
 */
#ifndef EPSIM_WORLD_TARGETS_H
#define EPSIM_WORLD_TARGETS_H

#include "cluster/run.h"
#include "world/spec.h"

/* Whether it is a command to the API server. Faults need none. */
bool targets_need_api(const struct timeline_entry *entry);

/* A list that is filled anew by each choice; zeroed before the first. */
struct target_list {
    uint32_t *pods;
    uint32_t capacity;
    uint32_t count;
};

/* The pods meant, at most as many as the mode asks for: those whose names hash lowest with `key`, so that a pod elsewhere
 * changes nobody's luck. is_forced: pods that are being deleted already as well. */
void targets_choose(struct target_list *list, struct arena *arena, const struct cluster *cluster,
                    const struct target_spec *target, uint64_t key, bool is_forced);

#endif
