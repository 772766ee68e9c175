/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `expect`: what an entry finds in the API at its instant, and whether that is as it says.
 */
#ifndef EPSIM_WORLD_EXPECTATION_H
#define EPSIM_WORLD_EXPECTATION_H

#include "cluster/run.h"
#include "world/spec.h"

struct expectation_result {
    bool has_value; /* false: there is no such object */
    int64_t value;
    bool is_ok;
};

/* Fields as `get` shows them: replicas, those asked for; ready, available and updated, the status; ready of a pod, its
 * ready containers; endpoints, the ready addresses of the Endpoints object, or of the slices where there is none. */
struct expectation_result expectation_check(const struct cluster *cluster,
                                            const struct timeline_entry *entry);

#endif
