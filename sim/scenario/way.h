/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A way into a tree as it was written: where to point at, also for what is not there.
 */
#ifndef EPSIM_SCENARIO_WAY_H
#define EPSIM_SCENARIO_WAY_H

#include "scenario/yaml_tree.h"

#define WAY_STEPS_MAX 12u

/* Not to be copied: each step points at the one before. */
struct way {
    struct path steps[WAY_STEPS_MAX];
    uint32_t count;
    const struct item *item; /* the last one that is there */
};

/* `root` is the object's, or NULL. */
void way_start(struct way *way, const struct path *root, const struct item *tree);

/* One step further; `item` is NULL where nothing is written. */
void way_push(struct way *way, struct path step, const struct item *item);

/* Names with dots between them: "spec.template.spec". */
void way_enter(struct way *way, struct arena *arena, const char *names);

void way_enter_element(struct way *way, uint32_t index);

#endif
