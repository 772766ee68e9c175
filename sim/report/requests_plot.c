/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where one request in a thousand fails, it would be a hair's breadth on a scale of all requests:
 * hence two panels.
 */
#include "report/requests_plot.h"

#include <inttypes.h>

#include "report/plot_script.h"

#define BARS_MAX 140 /* across the figure */

static const struct plot_margins margins = {.left = 0.075, .right = 0.03};

struct outcome_style {
    const char *fill;
    const char *color;
    const char *meaning;
};

static const struct outcome_style styles[OUTCOME_COUNT] = {
    [OUTCOME_OK] = {"solid 1.0 noborder", "#8fd8c2", "a response"},
    [OUTCOME_REFUSED] = {"solid 1.0 border lc rgb '#000000'", "#D55E00",
                         "nobody listened at the address"},
    [OUTCOME_TIMEOUT] = {"pattern 4 border lc rgb '#000000'", "#0072B2",
                         "no connection came about"},
    [OUTCOME_RESET] = {"pattern 5 border lc rgb '#000000'", "#CC79A7",
                       "an established connection died"},
    [OUTCOME_NO_ENDPOINTS] = {"pattern 1 border lc rgb '#000000'", "#E69F00",
                              "the table of the node had no endpoint"},
    [OUTCOME_OVERLOAD] = {"solid 1.0 border lc rgb '#000000'", "#56B4E9",
                          "the queue of the server was full"},
    [OUTCOME_ERROR] = {"pattern 2 border lc rgb '#000000'", "#000000",
                       "the application answered 5xx"},
    [OUTCOME_DNS] = {"solid 1.0 border lc rgb '#000000'", "#999999", "the name did not resolve"},
    [OUTCOME_DEADLINE] = {"solid 1.0 border lc rgb '#000000'", "#F0E442",
                          "the client gave up waiting"},
};

/* A bar of the figure. */
struct bar {
    sim_ns from_ns;
    sim_ns to_ns;
    uint64_t counts[OUTCOME_COUNT];
};

struct chart {
    const struct run_data *data;
    struct plot_window window;
    struct arena arena;
    sim_ns width_ns; /* of a bar: whole bins */
    struct bar *bars;
    uint32_t bar_count;
    uint64_t totals[OUTCOME_COUNT]; /* over the run */
    uint64_t lost_count;
    uint64_t most_lost; /* in one bar */
};

static void make_bars(struct chart *chart)
{
    const struct run_data *data = chart->data;
    const sim_ns span_ns = chart->window.to_ns - chart->window.from_ns;
    const sim_ns bins = (span_ns / data->bin_ns + BARS_MAX - 1) / BARS_MAX;
    const sim_ns first_ns = chart->window.from_ns / data->bin_ns * data->bin_ns;

    chart->width_ns = (bins < 1 ? 1 : bins) * data->bin_ns;
    chart->bar_count =
        (uint32_t)((chart->window.to_ns - first_ns + chart->width_ns - 1) / chart->width_ns);
    chart->bars = ARENA_NEW_ARRAY(&chart->arena, chart->bar_count, struct bar);
    for (uint32_t i = 0; i < chart->bar_count; i++) {
        chart->bars[i].from_ns = first_ns + (sim_ns)i * chart->width_ns;
        chart->bars[i].to_ns = chart->bars[i].from_ns + chart->width_ns;
        if (chart->bars[i].to_ns > data->until_ns)
            chart->bars[i].to_ns = data->until_ns;
    }
    for (uint32_t i = 0; i < data->requests.count; i++) {
        const struct run_count *row = &data->requests.rows[i];
        const sim_ns bar = (row->at_ns - first_ns) / chart->width_ns;

        chart->totals[row->what] += row->count;
        if (row->at_ns >= first_ns && bar < (sim_ns)chart->bar_count)
            chart->bars[bar].counts[row->what] += row->count;
    }
}

static uint64_t lost_in(const struct bar *bar)
{
    uint64_t lost = 0;

    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++)
        lost += bar->counts[outcome];
    return lost;
}

static void sum_up(struct chart *chart)
{
    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++)
        chart->lost_count += chart->totals[outcome];
    for (uint32_t i = 0; i < chart->bar_count; i++) {
        if (lost_in(&chart->bars[i]) > chart->most_lost)
            chart->most_lost = lost_in(&chart->bars[i]);
    }
}

/* ---- the data ---- */

static void put_box(struct out *dat, const struct bar *bar, double low, double high)
{
    out_seconds(dat, bar->from_ns);
    out_char(dat, ' ');
    out_seconds(dat, bar->to_ns);
    out_printf(dat, " %.9g %.9g\n", low, high);
}

static void put_data(const struct chart *chart, struct out *dat)
{
    out_str(dat,
            "# Boxes: from_s to_s low high. all_ok and all_lost: requests a second, one upon the "
            "other; the other "
            "blocks: lost requests\n# in the box's time, one upon the other.\n\n\n# all_ok\n");
    for (uint32_t i = 0; i < chart->bar_count; i++) {
        const struct bar *bar = &chart->bars[i];

        put_box(dat, bar, 0.0,
                (double)bar->counts[OUTCOME_OK] / ((double)(bar->to_ns - bar->from_ns) / 1e9));
    }
    if (chart->lost_count > 0)
        out_str(dat, "\n\n# all_lost\n");
    for (uint32_t i = 0; i < chart->bar_count; i++) {
        const struct bar *bar = &chart->bars[i];
        const double seconds = (double)(bar->to_ns - bar->from_ns) / 1e9;
        const double ok_per_s = (double)bar->counts[OUTCOME_OK] / seconds;

        if (lost_in(bar) > 0)
            put_box(dat, bar, ok_per_s, ok_per_s + (double)lost_in(bar) / seconds);
    }
    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++) {
        if (chart->totals[outcome] == 0)
            continue;
        out_printf(dat, "\n\n# %s\n", observer_outcome_name((enum outcome)outcome));
        for (uint32_t i = 0; i < chart->bar_count; i++) {
            uint64_t below = 0;

            for (uint32_t other = OUTCOME_OK + 1; other < outcome; other++)
                below += chart->bars[i].counts[other];
            if (chart->bars[i].counts[outcome] > 0)
                put_box(dat, &chart->bars[i], (double)below,
                        (double)(below + chart->bars[i].counts[outcome]));
        }
    }
}

/* ---- the script ---- */

static void put_upper_panel(const struct chart *chart, struct out *gp)
{
    static const char using[] = "using (0.5*($1+$2)):(0.5*($3+$4)):1:2:3:4 with boxxyerror";

    plot_script_head(gp, chart->data, "requests by their outcome",
                     plot_script_mark_rows(chart->data, &chart->window, &margins));
    out_str(
        gp,
        "set bmargin at screen 0.56\n"
        "set xtics format ''\nunset xlabel\nset yrange [0:*]\nset ytics auto\n"
        "set ylabel 'All requests (1/s)' offset 0.5,0\n"
        "set key at screen 0.97, screen 0.965 right center horizontal reverse Left samplen 2 width "
        "1\n");
    plot_script_marks(gp, chart->data, &chart->window, &margins, true);
    out_printf(
        gp,
        "plot 'requests-by-outcome.dat' index 'all_ok' %s fs solid 1.0 border lc rgb '%s' lc rgb "
        "'%s' "
        "title 'ok: %" PRIu64 "'",
        using, styles[OUTCOME_OK].color, styles[OUTCOME_OK].color, chart->totals[OUTCOME_OK]);
    if (chart->lost_count > 0)
        out_printf(gp,
                   ", \\\n     '' index 'all_lost' %s fs solid 1.0 border lc rgb '#D55E00' lc rgb "
                   "'#D55E00' "
                   "title 'lost: %" PRIu64 "'",
                   using, chart->lost_count);
    out_char(gp, '\n');
}

static void put_lower_panel(const struct chart *chart, struct out *gp)
{
    const char *comma = "plot";

    out_str(gp, "unset label\nunset arrow\n"
                "set tmargin at screen 0.5\nset bmargin at screen 0.17\nset xtics format '%g'\n");
    plot_script_time_title(gp, chart->data, &chart->window);
    out_str(gp, "set ylabel 'Lost requests in ");
    out_seconds(gp, chart->width_ns);
    out_str(
        gp,
        " s' offset 0.5,0\nset key at screen 0.5, screen 0.045 center center horizontal maxcols 2 "
        "reverse Left samplen 2 width 2\n");
    out_printf(gp, "set yrange [0:%.9g]\n",
               chart->most_lost == 0 ? 1.0 : 1.15 * (double)chart->most_lost);
    out_str(gp, chart->most_lost < 5 ? "set ytics 1\n" : "set ytics auto\n");
    plot_script_marks(gp, chart->data, &chart->window, &margins, false);
    if (chart->lost_count == 0)
        out_str(gp, "set label 'no request was lost' at graph 0.5, graph 0.5 center\n");
    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++) {
        const char *name = observer_outcome_name((enum outcome)outcome);

        if (chart->totals[outcome] == 0)
            continue;
        out_printf(
            gp,
            "%s 'requests-by-outcome.dat' index '%s' using (0.5*($1+$2)):(0.5*($3+$4)):1:2:3:4 "
            "with boxxyerror "
            "fs %s lc rgb '%s' title '%s: %" PRIu64 " (%s)'",
            comma, name, styles[outcome].fill, styles[outcome].color, name, chart->totals[outcome],
            styles[outcome].meaning);
        comma = ", \\\n    ";
    }
    out_str(gp, chart->lost_count == 0 ? "plot NaN notitle\n" : "\n");
}

static void put_script(const struct chart *chart, struct out *gp)
{
    plot_script_begin(gp, chart->data, "requests-by-outcome",
                      "requests by their outcome over time");
    out_printf(gp,
               "set multiplot\nset lmargin at screen %.3f\nset rmargin at screen %.3f\n"
               "set border 3\nset grid lc rgb '#dddddd' lw 1 dt 1\nset ytics out nomirror\n",
               margins.left, 1.0 - margins.right);
    plot_script_time_axis(gp, chart->data, &chart->window);
    put_upper_panel(chart, gp);
    put_lower_panel(chart, gp);
    out_str(gp, "unset multiplot\n");
    plot_script_end(gp);
}

static void put_caption(const struct chart *chart, struct out *caption)
{
    out_str(
        caption,
        "requests-by-outcome: requests by the time at which they started and by their final "
        "outcome. Above all of "
        "them, lost ones on top; below only the lost ones, on a scale of their own, one outcome "
        "upon the other. "
        "Dashed lines are entries of the timeline. A bar is ");
    out_seconds(caption, chart->width_ns);
    out_str(caption, " s wide.\n");
    plot_script_caption_run(caption, chart->data, &chart->window);
}

void requests_plot_put(const struct run_data *data, struct out *dat, struct out *gp,
                       struct out *caption)
{
    struct chart chart = {.data = data, .window = plot_script_window(data)};

    arena_init(&chart.arena);
    make_bars(&chart);
    sum_up(&chart);
    put_data(&chart, dat);
    put_script(&chart, gp);
    put_caption(&chart, caption);
    arena_deinit(&chart.arena);
}
