/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs gnuplot on a script, if it is there, and never for long.
 */
#ifndef EPSIM_REPORT_GNUPLOT_H
#define EPSIM_REPORT_GNUPLOT_H

#include "base/units.h"

#include <stdbool.h>

#define GNUPLOT_SCRIPTS_MAX 16u

/* Where gnuplot is, by PATH. False if nowhere. */
bool gnuplot_find(char *path, size_t size);

/*
 * Runs the gnuplot at `path` on the scripts in `folder`, in two processes where there are several.
 * False if it cannot be started, fails, is told to stop, or is not done within timeout_s seconds
 * (it is killed then); `message` gets why, on one line.
 */
struct gnuplot_job {
    const char *path;
    const char *folder;
    const char *const *scripts;
    uint32_t script_count;    /* at most GNUPLOT_SCRIPTS_MAX */
    const char *theme;        /* a word of letters; NULL: the scripts' own */
    const volatile int *stop; /* not 0: give up; may be NULL */
    int timeout_s;
};
bool gnuplot_run(const struct gnuplot_job *job, char *message, size_t size);

#endif
