/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stage-waterfall: which stage of a change's way to a node takes the time, typically and at worst.
 */
#ifndef EPSIM_REPORT_WATERFALL_PLOT_H
#define EPSIM_REPORT_WATERFALL_PLOT_H

#include "report/chart.h"
#include "report/run_data.h"

/* Fills an initialised chart; false where there is nothing to show. */
bool waterfall_plot_make(const struct run_data *data, struct chart *chart);

#endif
