/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rollout-timeline: pods as bars through their states, and where new connections went.
 */
#ifndef EPSIM_REPORT_ROLLOUT_PLOT_H
#define EPSIM_REPORT_ROLLOUT_PLOT_H

#include "report/chart.h"
#include "report/run_data.h"

/* Fills an initialised chart; false where there is nothing to show. */
bool rollout_plot_make(const struct run_data *data, struct chart *chart);

#endif
