/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/ccdf_plot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart_time.h"

#define LEFT 185.0
#define RIGHT (CHART_NARROW - 50.0)
#define TOP 40.0
#define BOTTOM 640.0
#define LOG_FROM 40.0   /* longest over median: from here on, x is logarithmic */
#define STEP_SHARE 1.02 /* smaller steps of y than this are not drawn, the tail aside */
#define TAIL_COUNT 100u /* of the longest, each is drawn */

/* Totals of pairs, sorted. */
struct sample {
    sim_ns *totals_ns;
    uint32_t count;
};

enum sample_kind {
    SAMPLE_ALL,
    SAMPLE_JOINING,
    SAMPLE_LEAVING,
    SAMPLE_COUNT
};

struct ccdf {
    const struct run_data *data;
    struct chart *chart;
    struct sample samples[SAMPLE_COUNT];
    bool has_kinds; /* both joining and leaving endpoints: a curve each */
};

static int compare_ns(const void *left, const void *right)
{
    const sim_ns a = *(const sim_ns *)left;
    const sim_ns b = *(const sim_ns *)right;

    return (a > b) - (a < b);
}

/* Whether an endpoint starts to get connections by it, or stops. */
static bool is_joining(const struct spread_change *change)
{
    return strcmp(change->kind, "add") == 0 || strcmp(change->kind, "ready") == 0;
}

static bool belongs(const struct spread_change *change, enum sample_kind kind)
{
    return kind == SAMPLE_ALL || is_joining(change) == (kind == SAMPLE_JOINING);
}

static void gather(struct ccdf *ccdf, enum sample_kind kind)
{
    const struct spread_data *spread = &ccdf->data->spread;
    struct sample *sample = &ccdf->samples[kind];

    sample->totals_ns = ARENA_NEW_ARRAY(ccdf->chart->arena, spread->pair_count, sim_ns);
    for (uint32_t i = 0; i < spread->pair_count; i++) {
        if (belongs(&spread->changes[spread->pairs[i].change], kind))
            sample->totals_ns[sample->count++] = spread->pairs[i].total_ns;
    }
    if (sample->count > 0)
        qsort(sample->totals_ns, sample->count, sizeof sample->totals_ns[0], compare_ns);
}

/* The least total that `percent` of the pairs do not exceed. */
static sim_ns quantile_ns(const struct sample *sample, uint32_t percent)
{
    const uint64_t rank = ((uint64_t)sample->count * percent + 99) / 100;

    return sample->totals_ns[rank == 0 ? 0 : rank - 1];
}

/* Steps down: at each total, from the share that took at least so long to that which took longer. */
static void add_curve(struct ccdf *ccdf, struct chart_panel *panel, enum sample_kind kind)
{
    static const char *const names[SAMPLE_COUNT] = {"all", "joining", "leaving"};
    static const char *const titles[SAMPLE_COUNT] = {"all", "joining", "leaving"};
    static const struct chart_style styles[SAMPLE_COUNT] = {
        {.color = CHART_INK, .width = 3.5},
        {.color = CHART_GREEN, .dash = CHART_DASHED, .width = 3.0},
        {.color = CHART_VERMILLION, .dash = CHART_DASH_DOT, .width = 3.0}};
    const struct sample *sample = &ccdf->samples[kind];
    struct chart_layer *layer =
        chart_add_layer(ccdf->chart, panel, CHART_CURVE, names[kind], &styles[kind]);
    double drawn = 1.0;

    layer->title =
        arena_printf(ccdf->chart->arena, "%s (n = %" PRIu32 ")", titles[kind], sample->count);
    chart_add_point(ccdf->chart, layer, panel->x.min, 1.0);
    for (uint32_t i = 0; i < sample->count; i++) {
        const double share = (double)(sample->count - 1 - i) / sample->count;
        const double x = chart_time_seconds(sample->totals_ns[i]);
        const bool is_last = i + 1 == sample->count;

        if (!is_last && sample->totals_ns[i + 1] == sample->totals_ns[i])
            continue;
        if (!is_last && sample->count - i > TAIL_COUNT && drawn < share * STEP_SHARE)
            continue;
        chart_add_point(ccdf->chart, layer, x, drawn);
        drawn = is_last ? panel->y.min : share;
        chart_add_point(ccdf->chart, layer, x, drawn);
    }
}

static void add_quantile(struct ccdf *ccdf, struct chart_panel *panel, uint32_t percent)
{
    struct chart *chart = ccdf->chart;
    const sim_ns at_ns = quantile_ns(&ccdf->samples[SAMPLE_ALL], percent);
    const double share = (100.0 - percent) / 100.0;
    const struct chart_at corner = {.x = chart_time_seconds(at_ns),
                                    .y = share < panel->y.min ? panel->y.min : share,
                                    .is_x_data = true,
                                    .is_y_data = true};
    struct chart_at foot = corner;
    struct chart_at wall = corner;
    struct chart_text *text;

    wall.x = panel->left;
    wall.is_x_data = false;
    foot.y = panel->bottom;
    foot.is_y_data = false;
    chart_add_line(chart, panel, wall, corner)->style.dash = CHART_DOTTED;
    chart_add_line(chart, panel, foot, corner)->style.dash = CHART_DOTTED;
    wall.x += 8.0;
    /* a letter's height above its line */
    text = chart_add_text(
        chart, panel,
        arena_printf(chart->arena, "p%" PRIu32 ": %s", percent, chart_span(chart, at_ns)), wall);
    text->size = CHART_SMALL;
    text->lift = 13.0;
}

static void scale_axes(struct ccdf *ccdf, struct chart_panel *panel)
{
    const struct sample *all = &ccdf->samples[SAMPLE_ALL];
    const double longest = chart_time_seconds(all->totals_ns[all->count - 1]);
    const double median = chart_time_seconds(quantile_ns(all, 50));
    const double least = chart_time_seconds(all->totals_ns[0]);

    panel->y = (struct chart_axis){.min = 0.1, .max = 1.0, .is_log = true, .has_grid = true};
    while (panel->y.min * all->count > 1.0 && panel->y.min > 1e-6)
        panel->y.min /= 10.0;
    if (panel->y.min > 0.01)
        panel->y.min = 0.01; /* p99 is marked */
    panel->y.title = "Share of changes and nodes that take longer";
    panel->y.title_gap = 140.0;
    chart_tick_axis(ccdf->chart, &panel->y, 5);
    panel->x.has_grid = true;
    panel->x.title = "Time from the cause to rules in effect (s)";
    panel->x.is_log = longest > LOG_FROM * median && least > 0.0;
    panel->x.min = panel->x.is_log ? least / 1.5 : 0.0;
    chart_scale(ccdf->chart, &panel->x, longest * 1.04, 7, false);
}

static void put_words(struct ccdf *ccdf)
{
    const struct spread_data *spread = &ccdf->data->spread;
    const struct sample *all = &ccdf->samples[SAMPLE_ALL];
    struct chart *chart = ccdf->chart;
    struct out caption;

    out_open_memory(&caption);
    out_str(&caption,
            "propagation-ccdf: For each time on the x axis, the share of pairs of effective change "
            "and node that took longer, from the cause (a process stops, a pod is deleted, ...) "
            "until that node's rules were in effect. Dotted lines mark how long half, 90 % and 99 "
            "% of them took at most.\n");
    if (ccdf->has_kinds)
        out_str(&caption, "Endpoints that join (add, ready) and those that leave (terminating, "
                          "unready, remove, edit) have a curve each: the second is the time "
                          "during which connections still go to a pod that is going.\n");
    out_printf(&caption,
               "n = %" PRIu32 " pairs of %" PRIu32 " effective changes and %" PRIu32
               " nodes%s; quantiles are exact ranks of these.\n",
               all->count, spread_data_effective_count(spread), spread->node_count,
               spread->is_sample ? " (a sample: the file does not hold all)" : "");
    chart_time_caption(&caption, ccdf->data, NULL);
    chart->caption = arena_strdup(chart->arena, out_text(&caption));
    out_discard(&caption);
    chart->alt = arena_printf(
        chart->arena,
        "Falling curve of the time that changes take to reach nodes: half within %s, 90 %% within "
        "%s, 99 %% within %s, all within %s.",
        chart_span(chart, quantile_ns(all, 50)), chart_span(chart, quantile_ns(all, 90)),
        chart_span(chart, quantile_ns(all, 99)), chart_span(chart, all->totals_ns[all->count - 1]));
}

static void put_table(struct ccdf *ccdf)
{
    static const char *const columns[] = {"share of pairs", "all (s)", "join (s)", "leave (s)"};
    static const uint32_t percents[] = {1, 10, 25, 50, 75, 90, 95, 99, 100};
    struct chart *chart = ccdf->chart;

    chart_table_begin(chart, columns, ccdf->has_kinds ? 4 : 2);
    for (uint32_t i = 0; i < EP_COUNT_OF(percents); i++) {
        chart_table_cell(chart, arena_printf(chart->arena, "%" PRIu32 " %%", percents[i]));
        for (uint32_t kind = 0; kind < (ccdf->has_kinds ? SAMPLE_COUNT : 1); kind++)
            chart_table_cell(
                chart,
                arena_printf(chart->arena, "%.6g",
                             chart_time_seconds(quantile_ns(&ccdf->samples[kind], percents[i]))));
    }
}

bool ccdf_plot_make(const struct run_data *data, struct chart *chart)
{
    struct ccdf ccdf = {.data = data, .chart = chart};
    struct chart_panel *panel;

    if (data->spread.pair_count == 0)
        return false;
    for (uint32_t kind = 0; kind < SAMPLE_COUNT; kind++)
        gather(&ccdf, (enum sample_kind)kind);
    ccdf.has_kinds =
        ccdf.samples[SAMPLE_JOINING].count > 0 && ccdf.samples[SAMPLE_LEAVING].count > 0;
    chart->width = CHART_NARROW;
    panel = chart_add_panel(chart, (const double[4]){LEFT, TOP, RIGHT, BOTTOM});
    scale_axes(&ccdf, panel);
    for (uint32_t kind = 0; kind < (ccdf.has_kinds ? SAMPLE_COUNT : 1); kind++)
        add_curve(&ccdf, panel, (enum sample_kind)kind);
    add_quantile(&ccdf, panel, 50);
    add_quantile(&ccdf, panel, 90);
    add_quantile(&ccdf, panel, 99);
    chart->height = chart_add_legend(chart, panel);
    chart_add_titles(chart, panel);
    put_words(&ccdf);
    put_table(&ccdf);
    return true;
}
