/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What figures over simulated time share: the part of the run that is drawn, its axis, the
 * timeline's entries as thin lines with short names.
 */
#ifndef EPSIM_REPORT_CHART_TIME_H
#define EPSIM_REPORT_CHART_TIME_H

#include "report/chart.h"
#include "report/run_data.h"

/* The part of the run that is drawn. */
struct chart_window {
    sim_ns from_ns;
    sim_ns to_ns;
    bool
        is_zoomed; /* nothing happens outside: no pod changes, nothing is lost, no timeline entry */
};

struct chart_window chart_time_window(const struct run_data *data);

/* Room in units that the names of the timeline's entries take above a panel from left to right. */
double chart_time_marks_height(const struct run_data *data, const struct chart_window *window,
                               double left, double right);

/* Range, ticks and warm-up of the x axis; has_title: its title says what part is drawn. */
void chart_time_axis(struct chart *chart, struct chart_panel *panel, const struct run_data *data,
                     const struct chart_window *window, bool has_title);

/* A dashed line at each timeline entry within the window; has_labels: with as many names above the
 * panel as find room. */
void chart_time_marks(struct chart *chart, struct chart_panel *panel, const struct run_data *data,
                      const struct chart_window *window, bool has_labels);

/* The last lines of a caption: which run it is. `window` may be NULL. */
void chart_time_caption(struct out *caption, const struct run_data *data,
                        const struct chart_window *window);

double chart_time_seconds(sim_ns ns);

#endif
