/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far a run is, on standard error: a bar that is drawn over itself, or a line every tenth.
 */
#ifndef EPSIM_CLI_PROGRESS_H
#define EPSIM_CLI_PROGRESS_H

#include "cli/console.h"

#include <time.h>

/* What a run has done so far. */
struct progress_state {
    sim_ns done_ns; /* simulated, over all replications */
    sim_ns total_ns;
    uint64_t event_count;
};

struct progress {
    enum console_progress mode;
    struct timespec start;
    double last_shown_s;        /* since start; of the bar */
    int last_tenth;             /* of the plain lines */
    bool has_bar;               /* one stands on the terminal now */
    struct progress_state last; /* the latest that was to be shown */
};

void progress_start(struct progress *progress, enum console_progress mode);

/* Shows `state` if it is time to (ten times a second at most). Not to be called by two threads at
 * once. */
void progress_show(struct progress *progress, const struct progress_state *state);

/* Wall time since progress_start. */
double progress_elapsed_s(const struct progress *progress);

/* Takes the bar away. */
void progress_end(struct progress *progress);

/* The line itself, without colour or line end, for `elapsed_s` of wall time; `text` holds at least
 * 100 bytes. */
void progress_format(const struct progress_state *state, double elapsed_s, char *text, size_t size);

#endif
