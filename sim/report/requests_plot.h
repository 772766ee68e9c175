/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figure requests-by-outcome: all requests over time, and below, on a scale of their own, only the
 * lost ones.
 */
#ifndef EPSIM_REPORT_REQUESTS_PLOT_H
#define EPSIM_REPORT_REQUESTS_PLOT_H

#include "base/out.h"
#include "report/run_data.h"

/* Fills the three files of the figure. */
void requests_plot_put(const struct run_data *data, struct out *dat, struct out *gp,
                       struct out *caption);

#endif
