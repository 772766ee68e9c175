/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole table of fields of a Scenario as one text, for the manual.
 */
#ifndef EPSIM_SCENARIO_EXPLAIN_MANUAL_H
#define EPSIM_SCENARIO_EXPLAIN_MANUAL_H

#include "base/out.h"

enum explain_format {
    EXPLAIN_MARKDOWN, /* docs/fields.md */
    EXPLAIN_MAN,      /* epsim-scenario(5) */
};

/* All fields of the Scenario, of distributions and hops: a section for each map, an entry for each field. */
void explain_manual_write(struct out *out, enum explain_format format);

#endif
