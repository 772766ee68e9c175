/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON Merge Patch on trees.
 * Source: RFC 7386.
 */
#ifndef EPSIM_SCENARIO_MERGE_PATCH_H
#define EPSIM_SCENARIO_MERGE_PATCH_H

#include "scenario/yaml_tree.h"

/* `target` (NULL: nothing) with the patch merged in. What the patch says keeps its places in the patch. */
const struct item *merge_patch_apply(struct arena *arena, const struct item *target,
                                     const struct item *patch);

/* The patch that takes `patch` back from where it was merged into `target`. */
const struct item *merge_patch_invert(struct arena *arena, const struct item *target,
                                      const struct item *patch);

#endif
