/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How alike two words are: for "did you mean".
 */
#ifndef EPSIM_BASE_TEXT_H
#define EPSIM_BASE_TEXT_H

#include "base/units.h"

/*
 * Insertions, deletions, substitutions and swaps of neighbours that turn a into b (optimal string
 * alignment: Damerau 1964, each place edited once). A letter of the other case costs half; the sum
 * is rounded up. Words longer than 63 bytes are as far apart as the longer one is long, unless
 * equal.
 */
uint32_t text_distance(const char *a, const char *b);

/* The candidate nearest to `name` (the first of equals), or NULL if none is within max(1, length of
 * name / 3). */
const char *text_nearest(const char *name, const char *const *candidates, uint32_t count);

#endif
