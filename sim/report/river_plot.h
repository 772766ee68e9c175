/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * traffic-per-pod: requests sent to each pod over time, stacked, a panel a service.
 */
#ifndef EPSIM_REPORT_RIVER_PLOT_H
#define EPSIM_REPORT_RIVER_PLOT_H

#include "report/chart.h"
#include "report/run_data.h"

/* Fills an initialised chart; false where there is nothing to show. */
bool river_plot_make(const struct run_data *data, struct chart *chart);

#endif
