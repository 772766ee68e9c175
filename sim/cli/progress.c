/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>

#define BAR_CELLS 24
#define SHOW_EVERY_S 0.1
#define FIRST_SHOWN_S 0.3 /* most runs are over by then: no flicker */

double progress_elapsed_s(const struct progress *progress)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - progress->start.tv_sec) +
           1e-9 * (double)(now.tv_nsec - progress->start.tv_nsec);
}

void progress_start(struct progress *progress, enum console_progress mode)
{
    *progress = (struct progress){.mode = mode, .last_shown_s = FIRST_SHOWN_S - SHOW_EVERY_S};
    clock_gettime(CLOCK_MONOTONIC, &progress->start);
}

static double share_done(const struct progress_state *state)
{
    return state->total_ns > 0 ? (double)state->done_ns / (double)state->total_ns : 1.0;
}

void progress_format(const struct progress_state *state, double elapsed, char *text, size_t size)
{
    const double share = share_done(state);
    const double events_per_s = elapsed > 0.0 ? (double)state->event_count / elapsed : 0.0;
    char remaining[32] = "-";

    if (share > 0.0)
        snprintf(remaining, sizeof remaining, "%.0f s", elapsed * (1.0 - share) / share);
    snprintf(text, size, "%3.0f %%  simulated %.0f of %.0f s  %.2f M events/s  ETA %s",
             100.0 * share, (double)state->done_ns / 1e9, (double)state->total_ns / 1e9,
             events_per_s / 1e6, remaining);
}

static void show_bar(struct progress *progress, const struct progress_state *state, double elapsed)
{
    char bar[BAR_CELLS + 1];
    char text[128];
    const int full = (int)(share_done(state) * BAR_CELLS);

    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', full > BAR_CELLS ? BAR_CELLS : (size_t)(full > 0 ? full : 0));
    bar[BAR_CELLS] = '\0';
    progress_format(state, elapsed, text, sizeof text);
    fprintf(stderr, "\r[%s] %s\033[K", bar, text);
    fflush(stderr);
    progress->last_shown_s = elapsed;
    progress->has_bar = true;
}

void progress_show(struct progress *progress, const struct progress_state *state)
{
    const double elapsed = progress_elapsed_s(progress);
    const int tenth = (int)(share_done(state) * 10.0);

    progress->last = *state;
    if (progress->mode == CONSOLE_PROGRESS_BAR &&
        elapsed >= progress->last_shown_s + SHOW_EVERY_S) {
        show_bar(progress, state, elapsed);
        return;
    }
    if (progress->mode == CONSOLE_PROGRESS_PLAIN && tenth > progress->last_tenth) {
        char text[128];

        progress_format(state, elapsed, text, sizeof text);
        fprintf(stderr, "epsim: %s\n", text);
        progress->last_tenth = tenth;
    }
}

void progress_end(struct progress *progress)
{
    if (!progress->has_bar)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->has_bar = false;
}
