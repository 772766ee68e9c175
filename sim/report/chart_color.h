/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the roles of colours look like, on light and on dark ground. Data are in Okabe and Ito's
 * colours (those that the colour-blind tell apart) or in paler ones for large areas; heat is in
 * viridis' colours, whose lightness runs one way: on light ground from light to dark, on dark
 * ground from dark to light, so that "nothing" is next to "little".
 */
#ifndef EPSIM_REPORT_CHART_COLOR_H
#define EPSIM_REPORT_CHART_COLOR_H

#include "report/chart.h"

#define CHART_COLOR_HEAT_STEPS 16u

/* A role's name, as in scripts and style sheets: "ink". */
const char *chart_color_name(enum chart_color color);

/* "#1a1a1a". */
const char *chart_color_value(enum chart_color color, bool is_dark);

/* A step of the heat's scale, from 0 to CHART_COLOR_HEAT_STEPS - 1. */
const char *chart_color_heat(uint32_t step, bool is_dark);

#endif
