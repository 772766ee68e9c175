/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The timeline while it runs: when which entry is due next, and carrying it out.
 */
#ifndef EPSIM_WORLD_TIMELINE_H
#define EPSIM_WORLD_TIMELINE_H

#include "world/expectation.h"

struct timeline;

struct timeline *timeline_new(struct arena *arena, const struct world_spec *spec,
                              uint64_t replication);

/* The instant of the next entry, NS_NEVER if there is none. */
sim_ns timeline_next_ns(const struct timeline *timeline);

/* Carries out, at now_ns, the first entry in file order that is due; its index, ID_NONE if none is. */
uint32_t timeline_run_one(struct timeline *timeline, struct cluster *cluster, sim_ns now_ns);

/* What the entry that timeline_run_one carried out last has found, if it is an `expect`. */
struct expectation_result timeline_expectation(const struct timeline *timeline);

/* Ends what an entry has done to processes of the control plane. */
void timeline_mend_components(struct cluster *cluster, const struct timeline_entry *e);

/* kubectl apply, or the writing of a patched object: stored now. Memory that lasts is the arena's. */
void timeline_apply_object(struct arena *arena, struct cluster *cluster,
                           const struct apply_spec *object, enum cause cause);

#endif
