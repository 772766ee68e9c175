/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Quantiles of stages do not add up to the quantile of the whole. So each panel takes the pairs
 * whose total lies around the quantile and gives the mean of each stage over these: that does.
 */
#include "report/waterfall_plot.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/chart_time.h"

#define LEFT 250.0
#define RIGHT (CHART_WIDE - 220.0)
#define ROW_HEIGHT 36.0
#define TOP 70.0

/* The pairs of ranks around one quantile. */
struct band {
    const char *name; /* "p50" */
    const char *words;
    uint32_t percent;
    uint32_t per_mille; /* half of its width, of all pairs */
    uint32_t count;
    double stages_s[STAGE_COUNT];
    double total_s;
    uint32_t worst; /* the stage that takes most */
};

static const char *const meanings[STAGE_COUNT] = {
    [STAGE_DETECT] = "cause to the kubelet's notice",
    [STAGE_STATUS] = "to the pod's status stored",
    [STAGE_WATCH_CONTROLLER] = "to the controller's informer",
    [STAGE_QUEUE] = "in the controller's queue",
    [STAGE_SYNC] = "the controller's sync",
    [STAGE_STORE] = "to the slice stored",
    [STAGE_WATCH_NODE] = "to the node's kube-proxy",
    [STAGE_PROXY_WAIT] = "kube-proxy waits before its sync",
    [STAGE_PROXY_SYNC] = "kube-proxy's sync",
};

/* Ties are broken by the order of the file, so that the choice is the same everywhere. */
static int compare_pairs(const void *left, const void *right)
{
    const struct spread_pair *a = *(const struct spread_pair *const *)left;
    const struct spread_pair *b = *(const struct spread_pair *const *)right;

    if (a->total_ns != b->total_ns)
        return a->total_ns < b->total_ns ? -1 : 1;
    return (a > b) - (a < b);
}

static void measure(struct band *band, const struct spread_pair *const *sorted, uint32_t count)
{
    const uint32_t half = (uint32_t)((uint64_t)count * band->per_mille / 1000);
    const uint32_t rank = (uint32_t)(((uint64_t)count * band->percent + 99) / 100);
    const uint32_t middle = rank == 0 ? 0 : rank - 1;
    const uint32_t first = middle < half ? 0 : middle - half;
    const uint32_t last = middle + half >= count ? count - 1 : middle + half;
    sim_ns sums_ns[STAGE_COUNT] = {0};

    for (uint32_t i = first; i <= last; i++) {
        for (uint32_t stage = 0; stage < STAGE_COUNT; stage++)
            sums_ns[stage] += sorted[i]->stages_ns[stage];
    }
    band->count = last - first + 1;
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++) {
        band->stages_s[stage] = chart_time_seconds(sums_ns[stage]) / band->count;
        band->total_s += band->stages_s[stage];
        if (band->stages_s[stage] > band->stages_s[band->worst])
            band->worst = stage;
    }
}

static const char *seconds_text(struct chart *chart, double seconds)
{
    return chart_span(chart, (sim_ns)(seconds * 1e9 + 0.5));
}

static void add_value(struct chart *chart, struct chart_panel *panel, const struct band *band,
                      uint32_t stage, double end)
{
    const double share = band->total_s > 0 ? 100.0 * band->stages_s[stage] / band->total_s : 0.0;
    const char *percent = share <= 0.0  ? ""
                          : share < 0.5 ? "  <1 %"
                                        : arena_printf(chart->arena, "  %.0f %%", share);
    struct chart_text *text = chart_add_text(
        chart, panel,
        arena_printf(chart->arena, "%s%s", seconds_text(chart, band->stages_s[stage]), percent),
        (struct chart_at){.x = end, .y = stage + 0.5, .is_x_data = true, .is_y_data = true});

    text->size = CHART_SMALL;
    text->shift = 10.0;
    if (stage == band->worst)
        text->color = CHART_VERMILLION;
}

static void add_names(struct chart *chart, struct chart_panel *panel)
{
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++) {
        const struct chart_at at = {.x = panel->left - 14.0, .y = stage + 0.5, .is_y_data = true};
        struct chart_text *text =
            chart_add_text(chart, panel, news_stage_name((enum stage)stage), at);

        text->anchor = CHART_RIGHT;
    }
}

/* Each stage begins where the one before it ends. */
static void add_stairs(struct chart *chart, struct chart_panel *panel, const struct band *band)
{
    static const struct chart_style worst_style = {
        .color = CHART_VERMILLION, .edge = CHART_INK, .fill = CHART_SOLID};
    static const struct chart_style style = {
        .color = CHART_BLUE, .edge = CHART_INK, .fill = CHART_HATCH};
    struct chart_layer *worst = chart_add_layer(
        chart, panel, CHART_BOXES, arena_printf(chart->arena, "%s_most", band->name), &worst_style);
    struct chart_layer *others = chart_add_layer(
        chart, panel, CHART_BOXES, arena_printf(chart->arena, "%s_others", band->name), &style);
    double begin = 0.0;

    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++) {
        const double end = begin + band->stages_s[stage];
        const double box[4] = {begin, end, stage + 0.14, stage + 0.86};

        if (stage + 1 < STAGE_COUNT) {
            const struct chart_at from = {end, stage + 0.5, true, true};
            const struct chart_at to = {end, stage + 1.5, true, true};
            struct chart_line *line = chart_add_line(chart, panel, from, to);

            line->style = (struct chart_style){.color = CHART_GREY, .width = 1.2};
        }
        chart_add_box(chart, stage == band->worst ? worst : others, box);
        add_value(chart, panel, band, stage, end);
        begin = end;
    }
}

static void add_panel(struct chart *chart, const struct band *band, double top, double most_s,
                      bool is_last)
{
    struct chart_panel *panel =
        chart_add_panel(chart, (const double[4]){LEFT, top, RIGHT, top + STAGE_COUNT * ROW_HEIGHT});
    const struct chart_at at = {.x = LEFT, .y = top - 24.0};

    panel->y = (struct chart_axis){.min = 0.0, .max = STAGE_COUNT, .is_reversed = true};
    panel->x = (struct chart_axis){.min = 0.0, .has_grid = true, .has_no_labels = !is_last};
    chart_scale(chart, &panel->x, most_s, 8, true);
    if (is_last)
        panel->x.title = "Time since the cause (s)";
    chart_add_text(chart, panel,
                   arena_printf(chart->arena, "%s: %s in all, most of it %s (%s)", band->words,
                                seconds_text(chart, band->total_s),
                                news_stage_name((enum stage)band->worst), meanings[band->worst]),
                   at);
    add_names(chart, panel);
    add_stairs(chart, panel, band);
    chart_add_titles(chart, panel);
    chart->height = panel->bottom + 95.0;
}

static void put_words(const struct run_data *data, struct chart *chart, const struct band bands[2])
{
    struct out caption;

    out_open_memory(&caption);
    out_printf(&caption,
               "stage-waterfall: How long each stage of a change's way to a node takes, above for "
               "the typical pair of change and node (%" PRIu32 " pair%s around the median), below "
               "for the slow ones (%" PRIu32 " pair%s around the 99th percentile). Each bar begins "
               "where the one before it ends, and the last one ends when the rules are in effect: "
               "the stages add up. The stage to blame is solid, the others are hatched.\n",
               bands[0].count, bands[0].count == 1 ? "" : "s", bands[1].count,
               bands[1].count == 1 ? "" : "s");
    out_printf(&caption,
               "How to read it: a shorter %s would have sped up the typical change most, a shorter "
               "%s the slow ones. Values are means over the pairs of each panel (the quantiles of "
               "single stages, in summary.txt, do not add up); n = %" PRIu32 " pairs%s.\n",
               news_stage_name((enum stage)bands[0].worst),
               news_stage_name((enum stage)bands[1].worst), data->spread.pair_count,
               data->spread.is_sample ? ", a sample" : "");
    chart_time_caption(&caption, data, NULL);
    chart->caption = arena_strdup(chart->arena, out_text(&caption));
    out_discard(&caption);
    chart->alt = arena_printf(
        chart->arena,
        "Bars of nine stages one after the other. Typically %s in all, %s of it %s; at the 99th "
        "percentile %s, %s of it %s.",
        seconds_text(chart, bands[0].total_s),
        seconds_text(chart, bands[0].stages_s[bands[0].worst]),
        news_stage_name((enum stage)bands[0].worst), seconds_text(chart, bands[1].total_s),
        seconds_text(chart, bands[1].stages_s[bands[1].worst]),
        news_stage_name((enum stage)bands[1].worst));
}

static void put_table(struct chart *chart, const struct band bands[2])
{
    static const char *const columns[] = {"stage", "from where to where", "around p50 (s)",
                                          "around p99 (s)"};

    chart_table_begin(chart, columns, EP_COUNT_OF(columns));
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++) {
        chart_table_cell(chart, news_stage_name((enum stage)stage));
        chart_table_cell(chart, meanings[stage]);
        for (uint32_t i = 0; i < 2; i++)
            chart_table_cell(chart, arena_printf(chart->arena, "%.6g", bands[i].stages_s[stage]));
    }
    chart_table_cell(chart, "all");
    chart_table_cell(chart, "cause to rules in effect");
    for (uint32_t i = 0; i < 2; i++)
        chart_table_cell(chart, arena_printf(chart->arena, "%.6g", bands[i].total_s));
}

bool waterfall_plot_make(const struct run_data *data, struct chart *chart)
{
    const struct spread_data *spread = &data->spread;
    struct band bands[2] = {
        {.name = "p50", .words = "Typical (p50)", .percent = 50, .per_mille = 25},
        {.name = "p99", .words = "Slow (p99)", .percent = 99, .per_mille = 5}};
    const struct spread_pair **sorted;

    if (spread->pair_count == 0)
        return false;
    sorted = ARENA_NEW_ARRAY(chart->arena, spread->pair_count, const struct spread_pair *);
    for (uint32_t i = 0; i < spread->pair_count; i++)
        sorted[i] = &spread->pairs[i];
    qsort(sorted, spread->pair_count, sizeof sorted[0], compare_pairs);
    for (uint32_t i = 0; i < 2; i++)
        measure(&bands[i], sorted, spread->pair_count);
    for (uint32_t i = 0; i < 2; i++)
        add_panel(chart, &bands[i], TOP + i * (STAGE_COUNT * ROW_HEIGHT + 80.0), bands[1].total_s,
                  i == 1);
    put_words(data, chart, bands);
    put_table(chart, bands);
    return true;
}
