/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where one request in a thousand fails, it would be a hair's breadth on a scale of all requests:
 * hence two panels.
 */
#include "report/requests_plot.h"

#include <inttypes.h>

#include "report/chart_time.h"

#define BARS_MAX 140 /* across the figure */
#define LEFT 130.0
#define RIGHT (CHART_WIDE - 40.0)
#define UPPER_HEIGHT 330.0
#define LOWER_HEIGHT 330.0

struct outcome_style {
    struct chart_style style;
    const char *meaning;
};

static const struct outcome_style styles[OUTCOME_COUNT] = {
    [OUTCOME_OK] = {{CHART_READY, CHART_NO_COLOR, CHART_SOLID, 0, 0}, "a response"},
    [OUTCOME_REFUSED] = {{CHART_VERMILLION, CHART_INK, CHART_SOLID, 0, 0},
                         "nobody listened at the address"},
    [OUTCOME_TIMEOUT] = {{CHART_BLUE, CHART_INK, CHART_HATCH, 0, 0}, "no connection came about"},
    [OUTCOME_RESET] = {{CHART_PURPLE, CHART_INK, CHART_BACK_HATCH, 0, 0},
                       "an established connection died"},
    [OUTCOME_NO_ENDPOINTS] = {{CHART_ORANGE, CHART_INK, CHART_CROSS, 0, 0},
                              "the node's table had no endpoint"},
    [OUTCOME_OVERLOAD] = {{CHART_SKY, CHART_INK, CHART_SOLID, 0, 0}, "the server's queue was full"},
    [OUTCOME_ERROR] = {{CHART_INK, CHART_INK, CHART_CROSS, 0, 0}, "the application answered 5xx"},
    [OUTCOME_DNS] = {{CHART_GREY, CHART_INK, CHART_SOLID, 0, 0}, "the name did not resolve"},
    [OUTCOME_DEADLINE] = {{CHART_YELLOW, CHART_INK, CHART_SOLID, 0, 0},
                          "the client gave up waiting"},
};

/* A bar of the figure. */
struct bar {
    sim_ns from_ns;
    sim_ns to_ns;
    uint64_t counts[OUTCOME_COUNT];
};

struct tally {
    const struct run_data *data;
    struct chart *chart;
    struct chart_window window;
    sim_ns width_ns; /* of a bar: whole bins */
    struct bar *bars;
    uint32_t bar_count;
    uint64_t totals[OUTCOME_COUNT]; /* over the run */
    uint64_t lost_count;
    uint64_t most_lost; /* in one bar */
    double most_per_s;
};

static void make_bars(struct tally *tally)
{
    const struct run_data *data = tally->data;
    const sim_ns span_ns = tally->window.to_ns - tally->window.from_ns;
    const sim_ns bins = (span_ns / data->bin_ns + BARS_MAX - 1) / BARS_MAX;
    const sim_ns first_ns = tally->window.from_ns / data->bin_ns * data->bin_ns;

    tally->width_ns = (bins < 1 ? 1 : bins) * data->bin_ns;
    tally->bar_count =
        (uint32_t)((tally->window.to_ns - first_ns + tally->width_ns - 1) / tally->width_ns);
    tally->bars = ARENA_NEW_ARRAY(tally->chart->arena, tally->bar_count, struct bar);
    for (uint32_t i = 0; i < tally->bar_count; i++) {
        tally->bars[i].from_ns = first_ns + (sim_ns)i * tally->width_ns;
        tally->bars[i].to_ns = tally->bars[i].from_ns + tally->width_ns;
        if (tally->bars[i].to_ns > data->until_ns)
            tally->bars[i].to_ns = data->until_ns;
    }
    for (uint32_t i = 0; i < data->requests.count; i++) {
        const struct run_count *row = &data->requests.rows[i];
        const sim_ns bar = (row->at_ns - first_ns) / tally->width_ns;

        tally->totals[row->what] += row->count;
        if (row->at_ns >= first_ns && bar < (sim_ns)tally->bar_count)
            tally->bars[bar].counts[row->what] += row->count;
    }
}

static uint64_t lost_in(const struct bar *bar)
{
    uint64_t lost = 0;

    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++)
        lost += bar->counts[outcome];
    return lost;
}

static void sum_up(struct tally *tally)
{
    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++)
        tally->lost_count += tally->totals[outcome];
    for (uint32_t i = 0; i < tally->bar_count; i++) {
        if (lost_in(&tally->bars[i]) > tally->most_lost)
            tally->most_lost = lost_in(&tally->bars[i]);
    }
}

/* ---- the panels ---- */

static void add_box(const struct tally *tally, struct chart_layer *layer, const struct bar *bar,
                    const double heights[2])
{
    chart_add_box(tally->chart, layer,
                  (const double[4]){chart_time_seconds(bar->from_ns),
                                    chart_time_seconds(bar->to_ns), heights[0], heights[1]});
}

static void add_upper_layers(struct tally *tally, struct chart_panel *panel)
{
    static const struct chart_style lost_style = {.color = CHART_VERMILLION,
                                                  .edge = CHART_VERMILLION};
    struct chart *chart = tally->chart;
    struct chart_layer *ok =
        chart_add_layer(chart, panel, CHART_BOXES, "all_ok", &styles[OUTCOME_OK].style);
    struct chart_layer *lost = chart_add_layer(chart, panel, CHART_BOXES, "all_lost", &lost_style);

    ok->title = arena_printf(chart->arena, "ok: %" PRIu64, tally->totals[OUTCOME_OK]);
    lost->title = arena_printf(chart->arena, "lost: %" PRIu64, tally->lost_count);
    for (uint32_t i = 0; i < tally->bar_count; i++) {
        const struct bar *bar = &tally->bars[i];
        const double seconds = chart_time_seconds(bar->to_ns - bar->from_ns);
        const double ok_per_s = (double)bar->counts[OUTCOME_OK] / seconds;
        const double all_per_s = ok_per_s + (double)lost_in(bar) / seconds;

        if (ok_per_s > 0.0)
            add_box(tally, ok, bar, (const double[2]){0.0, ok_per_s});
        if (lost_in(bar) > 0)
            add_box(tally, lost, bar, (const double[2]){ok_per_s, all_per_s});
        tally->most_per_s = all_per_s > tally->most_per_s ? all_per_s : tally->most_per_s;
    }
}

static struct chart_panel *add_upper(struct tally *tally)
{
    struct chart *chart = tally->chart;
    const double top =
        44.0 + chart_time_marks_height(tally->data, &tally->window, LEFT, RIGHT - 330.0);
    struct chart_panel *panel =
        chart_add_panel(chart, (const double[4]){LEFT, top, RIGHT, top + UPPER_HEIGHT});

    add_upper_layers(tally, panel);
    panel->y.title = "All requests (1/s)";
    panel->y.has_grid = true;
    chart_scale(chart, &panel->y, tally->most_per_s, 5, true);
    chart_time_axis(chart, panel, tally->data, &tally->window, tally->lost_count == 0);
    chart_time_marks(chart, panel, tally->data, &tally->window, true);
    panel->legend_x = RIGHT - 420.0;
    panel->legend_y = 20.0;
    panel->legend_width = 420.0;
    panel->legend_columns = tally->lost_count == 0 ? 0 : 2;
    chart_add_titles(chart, panel);
    return panel;
}

static void add_outcome(struct tally *tally, struct chart_panel *panel, uint32_t outcome)
{
    struct chart *chart = tally->chart;
    const char *name = observer_outcome_name((enum outcome)outcome);
    struct chart_layer *layer =
        chart_add_layer(chart, panel, CHART_BOXES, name, &styles[outcome].style);

    layer->title = arena_printf(chart->arena, "%s: %" PRIu64 " (%s)", name, tally->totals[outcome],
                                styles[outcome].meaning);
    for (uint32_t i = 0; i < tally->bar_count; i++) {
        uint64_t below = 0;

        for (uint32_t other = OUTCOME_OK + 1; other < outcome; other++)
            below += tally->bars[i].counts[other];
        if (tally->bars[i].counts[outcome] > 0)
            add_box(
                tally, layer, &tally->bars[i],
                (const double[2]){(double)below, (double)(below + tally->bars[i].counts[outcome])});
    }
}

static void add_lower(struct tally *tally, const struct chart_panel *upper)
{
    struct chart *chart = tally->chart;
    const double top = upper->bottom + 50.0;
    struct chart_panel *panel =
        chart_add_panel(chart, (const double[4]){LEFT, top, RIGHT, top + LOWER_HEIGHT});

    panel->y.title =
        arena_printf(chart->arena, "Lost requests in %.10g s", chart_time_seconds(tally->width_ns));
    panel->y.has_grid = true;
    chart_scale(chart, &panel->y, tally->most_lost < 4 ? 4.0 : (double)tally->most_lost,
                tally->most_lost < 8 ? 4 : 5, true);
    chart_time_axis(chart, panel, tally->data, &tally->window, true);
    chart_time_marks(chart, panel, tally->data, &tally->window, false);
    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++) {
        if (tally->totals[outcome] > 0)
            add_outcome(tally, panel, outcome);
    }
    chart->height = chart_add_legend(chart, panel);
    chart_add_titles(chart, panel);
}

/* A single panel: there is nothing to show on a scale of its own. */
static void say_nothing_is_lost(struct tally *tally, struct chart_panel *panel)
{
    const char *words = arena_printf(tally->chart->arena, "no request was lost; ok: %" PRIu64,
                                     tally->totals[OUTCOME_OK]);
    struct chart_text *text =
        chart_add_text(tally->chart, panel, words, (struct chart_at){.x = RIGHT, .y = 20.0});

    text->anchor = CHART_RIGHT;
    tally->chart->height = panel->bottom + 90.0;
}

/* ---- words ---- */

static void put_words(struct tally *tally)
{
    struct chart *chart = tally->chart;
    struct out caption;

    out_open_memory(&caption);
    out_str(&caption,
            "requests-by-outcome: Requests by the time at which they started and by their final "
            "outcome. ");
    if (tally->lost_count > 0)
        out_str(&caption,
                "Above all of them, lost ones on top; below only the lost ones, on a scale of "
                "their own, one outcome upon the other. ");
    out_str(&caption, "Dashed lines are entries of the timeline. A bar is ");
    out_seconds(&caption, tally->width_ns);
    out_str(&caption, " s wide.\n");
    chart_time_caption(&caption, tally->data, &tally->window);
    chart->caption = arena_strdup(chart->arena, out_text(&caption));
    out_discard(&caption);
    chart->alt = arena_printf(chart->arena,
                              "Requests a second over time: %" PRIu64 " answered, %" PRIu64
                              " lost, at most %" PRIu64 " within %.10g s.",
                              tally->totals[OUTCOME_OK], tally->lost_count, tally->most_lost,
                              chart_time_seconds(tally->width_ns));
}

static void put_table(struct tally *tally)
{
    static const char *const columns[] = {"from (s)", "to (s)", "ok", "lost", "lost as"};
    struct chart *chart = tally->chart;

    chart_table_begin(chart, columns, EP_COUNT_OF(columns));
    for (uint32_t i = 0; i < tally->bar_count; i++) {
        const struct bar *bar = &tally->bars[i];
        const char *kinds = "";

        for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++) {
            if (bar->counts[outcome] > 0)
                kinds = arena_printf(chart->arena, "%s%s%" PRIu64 " %s", kinds,
                                     kinds[0] == '\0' ? "" : ", ", bar->counts[outcome],
                                     observer_outcome_name((enum outcome)outcome));
        }
        chart_table_cell(chart,
                         arena_printf(chart->arena, "%.10g", chart_time_seconds(bar->from_ns)));
        chart_table_cell(chart,
                         arena_printf(chart->arena, "%.10g", chart_time_seconds(bar->to_ns)));
        chart_table_cell(chart, arena_printf(chart->arena, "%" PRIu64, bar->counts[OUTCOME_OK]));
        chart_table_cell(chart, arena_printf(chart->arena, "%" PRIu64, lost_in(bar)));
        chart_table_cell(chart, kinds);
    }
}

bool requests_plot_make(const struct run_data *data, struct chart *chart)
{
    struct tally tally = {.data = data, .chart = chart, .window = chart_time_window(data)};
    struct chart_panel *upper;

    if (data->requests.count == 0)
        return false;
    make_bars(&tally);
    sum_up(&tally);
    upper = add_upper(&tally);
    if (tally.lost_count > 0)
        add_lower(&tally, upper);
    else
        say_nothing_is_lost(&tally, upper);
    put_words(&tally);
    put_table(&tally);
    return true;
}
