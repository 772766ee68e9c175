/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the scripts of all figures share: terminals, fonts, the axis of time, the timeline's marks,
 * texts in quotes. The bytes depend on the data alone: no date, no path, no locale.
 */
#ifndef EPSIM_REPORT_PLOT_SCRIPT_H
#define EPSIM_REPORT_PLOT_SCRIPT_H

#include "base/out.h"
#include "report/run_data.h"

/* Share of the canvas's width that is left and right of the axes. */
struct plot_margins {
    double left;
    double right;
};

/* The part of the run that is drawn. */
struct plot_window {
    sim_ns from_ns;
    sim_ns to_ns;
    bool
        is_zoomed; /* nothing happens outside: no pod changes, nothing is lost, no timeline entry */
};

struct plot_window plot_script_window(const struct run_data *data);

/* Opens the loop over PNG and SVG. `about` is a comment line: what the figure shows. */
void plot_script_begin(struct out *out, const struct run_data *data, const char *name,
                       const char *about);
void plot_script_end(struct out *out);

/* Range and ticks of the time axis, and the warm-up where it is in view. */
void plot_script_time_axis(struct out *out, const struct run_data *data,
                           const struct plot_window *window);

/* Its title, which says what part of the run is drawn. */
void plot_script_time_title(struct out *out, const struct run_data *data,
                            const struct plot_window *window);

/* How many rows of labels the timeline's entries within the window take above the graph: at most 3.
 */
uint32_t plot_script_mark_rows(const struct run_data *data, const struct plot_window *window,
                               const struct plot_margins *margins);

/* A dashed line at each timeline entry within the window; has_labels: with as many labels above the
 * graph as find room. */
void plot_script_marks(struct out *out, const struct run_data *data,
                       const struct plot_window *window, const struct plot_margins *margins,
                       bool has_labels);

/* The upper edge of the uppermost graph, and one line of text above all: `what`, of which run, with
 * what result. */
void plot_script_head(struct out *out, const struct run_data *data, const char *what,
                      uint32_t mark_rows);

/* 'text' with quotes doubled: gnuplot takes nothing in it for a command. */
void plot_script_quote(struct out *out, const char *text);

/* Seconds as gnuplot reads them. */
void plot_script_seconds(struct out *out, sim_ns ns);

/* The last lines of a caption: which run it is. */
void plot_script_caption_run(struct out *out, const struct run_data *data,
                             const struct plot_window *window);

#endif
