/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * requests-by-outcome: all requests over time, and the lost ones on a scale of their own.
 */
#ifndef EPSIM_REPORT_REQUESTS_PLOT_H
#define EPSIM_REPORT_REQUESTS_PLOT_H

#include "report/chart.h"
#include "report/run_data.h"

/* Fills an initialised chart; false where there is nothing to show. */
bool requests_plot_make(const struct run_data *data, struct chart *chart);

#endif
