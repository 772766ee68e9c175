/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distributions as scenarios write them: a plain duration, or a map of one key.
 */
#ifndef EPSIM_SCENARIO_DISTRIBUTION_PARSE_H
#define EPSIM_SCENARIO_DISTRIBUTION_PARSE_H

#include "engine/distribution.h"
#include "scenario/check.h"

/* False, with all that is wrong reported, if `item` is no distribution. Memory is the checker's arena's. */
bool distribution_parse(struct checker *checker, const struct item *item, const struct path *path,
                        struct distribution *distribution);

/* The tree of a default such as "{exponential: {mean: 10ms}}"; every item has `place`. */
const struct item *distribution_parse_default(struct arena *arena, struct place place,
                                              const char *text);

/* True if the distribution is not affine; else false and reported: nothing is counted where it stands. */
bool distribution_parse_refuse_affine(struct checker *checker, const struct item *item,
                                      const struct path *path,
                                      const struct distribution *distribution);

#endif
