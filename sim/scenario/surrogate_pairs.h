/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON writes a character beyond 16 bits as two escapes (\uD83D\uDE00), and libyaml refuses each half.
 * They are joined to one escape of YAML's (\U0001F600) before it sees them. That is two characters
 * fewer: in the rest of such a line, columns in messages are that much too small.
 */
#ifndef EPSIM_SCENARIO_SURROGATE_PAIRS_H
#define EPSIM_SCENARIO_SURROGATE_PAIRS_H

#include "base/arena.h"

/* The text (a NUL behind its *length bytes) with its pairs joined, or itself if there are none. */
const char *surrogate_pairs_join(struct arena *arena, const char *text, size_t *length);

#endif
