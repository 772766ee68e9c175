/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A figure as a gnuplot script and its data. The bytes depend on the figure alone: no date, no
 * path, no locale. The theme is chosen when the script runs (gnuplot -e "theme='dark'" NAME.gp),
 * so that one script serves all.
 */
#ifndef EPSIM_REPORT_CHART_GNUPLOT_H
#define EPSIM_REPORT_CHART_GNUPLOT_H

#include "report/chart.h"

#define CHART_GNUPLOT_THEMES "screen", "paper", "slides", "dark"

/* `origin` is a comment: of which run. */
void chart_gnuplot_put_script(const struct chart *chart, const char *origin, struct out *gp);
void chart_gnuplot_put_data(const struct chart *chart, struct out *dat);

#endif
