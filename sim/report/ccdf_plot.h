/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * propagation-ccdf: what share of (effective change, node) pairs took longer than so long.
 */
#ifndef EPSIM_REPORT_CCDF_PLOT_H
#define EPSIM_REPORT_CCDF_PLOT_H

#include "report/chart.h"
#include "report/run_data.h"

/* Fills an initialised chart; false where there is nothing to show. */
bool ccdf_plot_make(const struct run_data *data, struct chart *chart);

#endif
