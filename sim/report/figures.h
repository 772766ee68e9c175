/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All figures of a run, in the order in which they are shown.
 */
#ifndef EPSIM_REPORT_FIGURES_H
#define EPSIM_REPORT_FIGURES_H

#include "report/chart.h"
#include "report/run_data.h"

#define FIGURES_MAX 8u

struct figures {
    struct chart charts[FIGURES_MAX]; /* those that have something to show */
    uint32_t count;
    const char *left_out[FIGURES_MAX]; /* the others, and why: static texts in pairs */
    const char *reasons[FIGURES_MAX];
    uint32_t left_out_count;
};

/* Memory is the arena's, which must outlive them. */
void figures_make(struct figures *figures, struct arena *arena, const struct run_data *data);

/* The i-th name of all there may be; NULL past the last. */
const char *figures_name(uint32_t i);

#endif
