/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figure rollout-timeline: a bar a pod through its states; in the bar where new connections
 * arrived, on it where they were lost.
 */
#ifndef EPSIM_REPORT_ROLLOUT_PLOT_H
#define EPSIM_REPORT_ROLLOUT_PLOT_H

#include "base/out.h"
#include "report/run_data.h"

/* Fills the three files of the figure. */
void rollout_plot_put(const struct run_data *data, struct out *dat, struct out *gp,
                      struct out *caption);

#endif
