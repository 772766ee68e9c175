/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A patch of an object that the run has made, put over the object as it is now.
 */
#ifndef EPSIM_WORLD_PARTIAL_APPLY_H
#define EPSIM_WORLD_PARTIAL_APPLY_H

#include "world/spec.h"

struct cluster;

/* Carries out `apply`, of which is_partial is set; nothing happens if there is no such object by then. What is made for it
 * is the arena's, which must live as long as the cluster. */
void partial_apply(struct arena *arena, struct cluster *cluster, const struct apply_spec *apply);

#endif
