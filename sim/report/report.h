/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Figures and a page made from a result folder's files alone: nothing is simulated again.
 *
 * A figure NAME is plots/NAME.dat, plots/NAME.gp (`gnuplot NAME.gp` in that folder draws it without
 * epsim), plots/NAME.txt (its caption: what it shows, of which run) and, where gnuplot is
 * installed, NAME.svg and NAME.png. The page is report.html, with the same figures in it.
 */
#ifndef EPSIM_REPORT_REPORT_H
#define EPSIM_REPORT_REPORT_H

#include "base/error.h"

#include <stdbool.h>

#define REPORT_FIGURES_MAX 8

struct report_options {
    const volatile int *stop; /* not 0: no further figure is drawn; may be NULL */
    bool has_no_page;         /* no report.html */
    bool has_no_figures;      /* nothing in plots/; the page has its own */
    bool has_no_images;       /* .dat, .gp and .txt only */
    const char *version;      /* of the program that made the results; NULL: this one */
    const char *theme;        /* of the images; NULL: "screen" */
};

struct report_result {
    const char *figures[REPORT_FIGURES_MAX]; /* names, static */
    uint32_t figure_count;
    bool has_images; /* all of them were drawn */
    bool has_page;
    char hint[1024]; /* why they were not and what to do; "" where nothing is to be said */
};

/* "screen", "paper", "slides" or "dark". */
bool report_has_theme(const char *name);

/*
 * Draws all figures of the results in `folder` and writes the page. STATUS_IO if a file is missing, cannot be read or
 * written; STATUS_INVALID if `folder` holds no results. That gnuplot is missing or fails is no
 * error but a hint.
 */
enum status report_draw(const char *folder, const struct report_options *options,
                        struct report_result *result, struct error *err) EP_MUST_CHECK;

#endif
