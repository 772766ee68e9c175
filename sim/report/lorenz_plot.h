/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lorenz: how evenly requests are spread over a service's pods.
 */
#ifndef EPSIM_REPORT_LORENZ_PLOT_H
#define EPSIM_REPORT_LORENZ_PLOT_H

#include "report/chart.h"
#include "report/run_data.h"

/* Fills an initialised chart; false where there is nothing to show. */
bool lorenz_plot_make(const struct run_data *data, struct chart *chart);

#endif
