/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * node-heatmap: how stale each node is over time.
 */
#ifndef EPSIM_REPORT_HEATMAP_PLOT_H
#define EPSIM_REPORT_HEATMAP_PLOT_H

#include "report/chart.h"
#include "report/run_data.h"

/* Fills an initialised chart; false where there is nothing to show. */
bool heatmap_plot_make(const struct run_data *data, struct chart *chart);

#endif
