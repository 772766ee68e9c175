/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A figure as an SVG element within an HTML page, drawn without gnuplot: the same bytes everywhere.
 * Colours are the page's variables (--c-ink, ..., --h-0, ...), so that it follows a dark page.
 */
#ifndef EPSIM_REPORT_CHART_SVG_H
#define EPSIM_REPORT_CHART_SVG_H

#include "report/chart.h"

void chart_svg_put(const struct chart *chart, struct out *out);

/* The declarations of the colours' variables, for a style sheet. */
void chart_svg_put_colors(struct out *out, bool is_dark);

/* Text with &, <, > and both quotes as entities; control characters as spaces. */
void chart_svg_put_escaped(struct out *out, const char *text);

#endif
