/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/plot_script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CANVAS_WIDTH 1600
#define CANVAS_HEIGHT 1000
#define LABEL_ROWS 3
#define LABEL_CHAR_PIXELS 9.5 /* of the labels' font, on average */

void plot_script_quote(struct out *out, const char *text)
{
    out_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            out_char(out, '\'');
        out_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
    }
    out_char(out, '\'');
}

void plot_script_seconds(struct out *out, sim_ns ns)
{
    out_seconds(out, ns);
}

/* ---- the window ---- */

static void widen(struct plot_window *window, sim_ns at_ns)
{
    if (at_ns < window->from_ns)
        window->from_ns = at_ns;
    if (at_ns > window->to_ns)
        window->to_ns = at_ns;
}

static sim_ns ns_max(sim_ns a, sim_ns b)
{
    return a > b ? a : b;
}

/* Widened by a tenth on both sides, to whole seconds. */
static void pad(struct plot_window *window, const struct run_data *data)
{
    const sim_ns tenth_ns = (window->to_ns - window->from_ns) / 10;
    const sim_ns pad_ns = ns_max(ns_max(tenth_ns, 2 * data->bin_ns), NS_PER_S);

    window->from_ns = ns_max(0, window->from_ns - pad_ns) / NS_PER_S * NS_PER_S;
    window->to_ns = (window->to_ns + pad_ns + NS_PER_S - 1) / NS_PER_S * NS_PER_S;
    if (window->to_ns > data->until_ns)
        window->to_ns = data->until_ns;
}

struct plot_window plot_script_window(const struct run_data *data)
{
    const struct plot_window whole = {.from_ns = 0, .to_ns = data->until_ns};
    struct plot_window window = {.from_ns = NS_NEVER, .to_ns = 0, .is_zoomed = true};

    for (uint32_t i = 0; i < data->span_count; i++) {
        if (data->spans[i].from_ns > 0)
            widen(&window, data->spans[i].from_ns);
    }
    for (uint32_t i = 0; i < data->mark_count; i++)
        widen(&window, data->marks[i].at_ns);
    for (uint32_t i = 0; i < data->requests.count; i++) {
        const struct run_count *row = &data->requests.rows[i];

        if (row->what != OUTCOME_OK)
            widen(&window, row->at_ns);
    }
    if (window.from_ns == NS_NEVER)
        return whole;
    pad(&window, data);
    if (window.to_ns - window.from_ns > data->until_ns / 4 * 3)
        return whole;
    return window;
}

/* ---- parts of a script ---- */

void plot_script_begin(struct out *out, const struct run_data *data, const char *name,
                       const char *about)
{
    out_printf(out, "# %s: %s\n# of ", name, about);
    out_str(out, data->scenario);
    out_printf(out,
               ", seed %" PRIu64 ". \"gnuplot %s.gp\" in this folder draws %s.png and %s.svg.\n",
               data->seed, name, name, name);
    out_printf(out,
               "reset\n"
               "set encoding utf8\n"
               "set decimalsign '.'\n"
               "do for [format in \"png svg\"] {\n"
               "if (format eq \"svg\") {\n"
               "    set terminal svg size %d,%d dynamic font 'sans-serif,17' background '#ffffff' "
               "noenhanced\n"
               "} else {\n"
               "    if (strstrt(GPVAL_TERMINALS, \"pngcairo\") > 0) {\n"
               "        set terminal pngcairo size %d,%d font 'sans-serif,14' noenhanced\n"
               "    } else {\n"
               "        set terminal png size %d,%d font 'sans-serif,14' noenhanced\n"
               "    }\n"
               "}\n"
               "set output '%s.'.format\n",
               CANVAS_WIDTH, CANVAS_HEIGHT, CANVAS_WIDTH, CANVAS_HEIGHT, CANVAS_WIDTH,
               CANVAS_HEIGHT, name);
}

void plot_script_end(struct out *out)
{
    out_str(out, "set output\n}\n");
}

/* Greys out the part of the window in which requests are not counted. */
static void put_warmup(struct out *out, const struct run_data *data,
                       const struct plot_window *window)
{
    if (data->warmup_ns <= window->from_ns)
        return;
    out_str(out, "set object rectangle from graph 0, graph 0 to first ");
    plot_script_seconds(out, data->warmup_ns);
    out_str(out, ", graph 1 behind fs solid 1.0 noborder fc rgb '#eeeeee'\n"
                 "set label 'warm-up, not counted' at first ");
    plot_script_seconds(out, data->warmup_ns);
    out_str(out,
            ", graph 0.02 left rotate by 90 offset character -1,0 front textcolor rgb '#555555'\n");
}

void plot_script_time_axis(struct out *out, const struct run_data *data,
                           const struct plot_window *window)
{
    out_str(out, "set xrange [");
    plot_script_seconds(out, window->from_ns);
    out_char(out, ':');
    plot_script_seconds(out, window->to_ns);
    out_str(out, "]\nset xtics out nomirror\nset mxtics\n");
    put_warmup(out, data, window);
}

void plot_script_time_title(struct out *out, const struct run_data *data,
                            const struct plot_window *window)
{
    out_str(out, "set xlabel 'Simulated time (s)");
    if (window->is_zoomed) {
        out_str(out, "; the run is 0 to ");
        out_seconds(out, data->until_ns);
        out_str(out, " s, quiet outside this part");
    }
    out_str(out, "'\n");
}

/*
 * Labels above the graph are placed from the last to the first: one that would run into the next
 * goes above it, so that no line crosses a label. Where each row's leftmost label so far begins.
 */
struct label_rows {
    sim_ns begin_ns[LABEL_ROWS];
};

/* Where a label goes. */
struct label_place {
    int row;       /* -1: no room */
    bool is_right; /* it ends at its line */
};

static struct label_place place_label(const struct plot_window *window,
                                      const struct plot_margins *margins,
                                      const struct run_mark *mark, struct label_rows *rows)
{
    const double pixels = (1.0 - margins->left - margins->right) * CANVAS_WIDTH;
    const double ns_per_char =
        (double)(window->to_ns - window->from_ns) / pixels * LABEL_CHAR_PIXELS;
    const size_t char_count = strlen(mark->label) + 12; /* with the time behind it */
    const sim_ns width_ns = (sim_ns)(ns_per_char * (double)char_count);
    const bool is_right =
        mark->at_ns + width_ns > window->to_ns && mark->at_ns - width_ns >= window->from_ns;
    const sim_ns from_ns = is_right ? mark->at_ns - width_ns : mark->at_ns;

    for (int row = 0; row < LABEL_ROWS; row++) {
        if (from_ns + width_ns <= rows->begin_ns[row]) {
            rows->begin_ns[row] = from_ns;
            return (struct label_place){.row = row, .is_right = is_right};
        }
    }
    return (struct label_place){.row = -1};
}

static bool is_within(const struct plot_window *window, const struct run_mark *mark)
{
    return mark->at_ns >= window->from_ns && mark->at_ns <= window->to_ns;
}

uint32_t plot_script_mark_rows(const struct run_data *data, const struct plot_window *window,
                               const struct plot_margins *margins)
{
    struct label_rows rows = {{NS_NEVER, NS_NEVER, NS_NEVER}};
    uint32_t count = 0;

    for (uint32_t i = data->mark_count; i > 0; i--) {
        if (is_within(window, &data->marks[i - 1])) {
            const int row = place_label(window, margins, &data->marks[i - 1], &rows).row;

            count = row + 1 > (int)count ? (uint32_t)(row + 1) : count;
        }
    }
    return count;
}

/* Upper edge of the graph that the labels stand on, as a share of the canvas's height. */
static double graph_top(uint32_t mark_rows)
{
    return 0.935 - 0.03 * mark_rows;
}

static void put_label(struct out *out, const struct run_mark *mark, struct label_place place,
                      double top)
{
    out_str(out, "set label ");
    plot_script_quote(out, mark->label);
    out_str(out, ".' at ");
    plot_script_seconds(out, mark->at_ns);
    out_str(out, " s' at first ");
    plot_script_seconds(out, mark->at_ns);
    out_printf(out, ", screen %.3f %s offset character %s,0\n", top + 0.017 + 0.028 * place.row,
               place.is_right ? "right" : "left", place.is_right ? "-0.4" : "0.4");
}

/* Up to its label, or to the edge of the graph. */
static void put_line(struct out *out, const struct run_mark *mark, const char *end)
{
    out_str(out, "set arrow from first ");
    plot_script_seconds(out, mark->at_ns);
    out_str(out, ", graph 0 to first ");
    plot_script_seconds(out, mark->at_ns);
    out_printf(out, ", %s nohead lw 1.5 dt (10,6) lc rgb '#000000' front\n", end);
}

void plot_script_marks(struct out *out, const struct run_data *data,
                       const struct plot_window *window, const struct plot_margins *margins,
                       bool has_labels)
{
    const double top = graph_top(plot_script_mark_rows(data, window, margins));
    struct label_rows rows = {{NS_NEVER, NS_NEVER, NS_NEVER}};

    for (uint32_t i = data->mark_count; i > 0; i--) {
        const struct run_mark *mark = &data->marks[i - 1];
        struct label_place place;
        char end[32] = "graph 1";

        if (!is_within(window, mark))
            continue;
        place = place_label(window, margins, mark, &rows);
        if (has_labels && place.row >= 0) {
            snprintf(end, sizeof end, "screen %.3f", top + 0.026 + 0.028 * place.row);
            put_label(out, mark, place, top);
        }
        put_line(out, mark, end);
    }
}

static uint64_t count_lost(const struct run_data *data)
{
    uint64_t lost = 0;

    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++)
        lost += run_data_outcome_count(data, (enum outcome)outcome);
    return lost;
}

void plot_script_head(struct out *out, const struct run_data *data, const char *what,
                      uint32_t mark_rows)
{
    const uint64_t total = run_data_request_count(data);

    out_printf(out, "set tmargin at screen %.3f\nset label ", graph_top(mark_rows));
    plot_script_quote(out, data->scenario);
    out_str(out, ".");
    plot_script_quote(out, ": ");
    out_str(out, ".");
    plot_script_quote(out, what);
    out_printf(out, ".'; %" PRIu64 " of %" PRIu64 " requests lost (seed %" PRIu64 "%s)'",
               count_lost(data), total, data->seed, data->is_partial ? ", interrupted" : "");
    out_str(out, " at screen 0.012, screen 0.972 left font ',16'\n");
}

void plot_script_caption_run(struct out *out, const struct run_data *data,
                             const struct plot_window *window)
{
    const uint64_t total = run_data_request_count(data);

    out_str(out, "Scenario ");
    out_str(out, data->scenario);
    out_printf(out, ", seed %" PRIu64 ", n = %" PRIu64 " requests, %" PRIu64 " of them lost",
               data->seed, total, count_lost(data));
    if (data->replications > 1)
        out_printf(out, "; replication 0 of %" PRIu64, data->replications);
    out_str(out, data->is_partial ? "; the run was interrupted.\n" : ".\n");
    if (!window->is_zoomed)
        return;
    out_str(out, "Drawn are ");
    out_seconds(out, window->from_ns);
    out_str(out, " s to ");
    out_seconds(out, window->to_ns);
    out_str(out, " s of 0 s to ");
    out_seconds(out, data->until_ns);
    out_str(out, " s: outside, no pod changes its state and no request is lost.\n");
}
