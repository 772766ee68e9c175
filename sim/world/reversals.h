/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `for`: what an entry has changed is taken back after a time. What was there is noted before the entry is carried out.
 */
#ifndef EPSIM_WORLD_REVERSALS_H
#define EPSIM_WORLD_REVERSALS_H

#include "cluster/model.h"
#include "world/targets.h"

struct reversal;

struct reversals {
    struct arena *arena;
    struct reversal *items; /* those that are due, in the order in which they were noted */
    uint32_t count;
    uint32_t capacity;
    sim_ns next_ns;   /* the earliest, NS_NEVER: none */
    bool is_api_down; /* what needs the API waits */
};

void reversals_init(struct reversals *reversals, struct arena *arena);

/* Notes what `entry` is about to change, to be taken back at due_ns. `pods`: those that it has chosen, if it acts on pods. */
void reversals_note(struct reversals *reversals, const struct cluster *cluster,
                    const struct timeline_entry *entry, const struct target_list *pods,
                    sim_ns due_ns);

/* Takes back all that is due by now_ns. */
void reversals_run(struct reversals *reversals, struct cluster *cluster, sim_ns now_ns);

/* Whether the API server answers has changed, or has not, at now_ns. */
void reversals_set_api(struct reversals *reversals, bool is_down, sim_ns now_ns);

#endif
