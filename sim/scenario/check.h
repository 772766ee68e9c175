/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tree against the table of fields: reports what does not fit, and makes a copy that does, in the table's order and
 * with all defaults filled in. What was wrong has its default in the copy, or is not there, so that the code that
 * reads the copy need not look again and everything else is still checked.
 */
#ifndef EPSIM_SCENARIO_CHECK_H
#define EPSIM_SCENARIO_CHECK_H

#include "scenario/diagnostics.h"
#include "scenario/fields.h"
#include "scenario/yaml_tree.h"

struct checker {
    struct arena *arena;
    struct diagnostics *diagnostics;
    bool is_manifest;          /* what is not known is collected below instead of refused */
    const char **not_modelled; /* "spec.template.spec.volumes" */
    uint32_t not_modelled_count;
    uint32_t not_modelled_capacity;
    struct place first_not_modelled;
    int distribution_depth; /* of distributions within distributions */
};

/* The copy of `map` that fits `set`; never NULL. */
const struct item *check_map(struct checker *checker, const struct item *map,
                             const struct field_set *set, const struct path *path);

/* The copy of one value, NULL (and reported) if it does not fit. */
const struct item *check_value(struct checker *checker, const struct field *field,
                               const struct item *value, const struct path *path);

/* "got X; expected Y" at the item's place. */
void check_refuse(struct checker *checker, const struct item *item, const struct path *path,
                  const char *expected);

/* What an item is, in a message: "\"abc\"", "5", "a list", "no value". */
const char *check_describe(struct arena *arena, const struct item *item);

#endif
