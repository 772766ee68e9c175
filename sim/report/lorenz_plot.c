/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/lorenz_plot.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/chart_time.h"

#define LEFT 140.0
#define TOP 40.0
#define SIDE 560.0
#define SERVICES_MAX 6u

/* A service's pods, or the same by the second. */
struct spread_curve {
    const char *label;
    double *values; /* sorted by traffic_rows_evenness */
    uint32_t count;
    struct traffic_evenness evenness;
};

struct lorenz {
    const struct run_data *data;
    struct chart *chart;
    struct spread_curve curves[SERVICES_MAX + 1];
    uint32_t curve_count;
    uint32_t left_out; /* services */
    bool has_rates;    /* the second curve is by the second */
    double *ready_s;   /* by pod */
};

/* Seconds in which each pod was Ready and requests were counted. */
static void measure_ready(struct lorenz *lorenz)
{
    const struct run_data *data = lorenz->data;

    lorenz->ready_s = ARENA_NEW_ARRAY(lorenz->chart->arena, data->pod_count, double);
    for (uint32_t i = 0; i < data->span_count; i++) {
        const struct run_span *span = &data->spans[i];
        const sim_ns from_ns = span->from_ns > data->warmup_ns ? span->from_ns : data->warmup_ns;

        if ((span->state == POD_STATE_READY || span->state == POD_STATE_EXTERNAL) &&
            span->to_ns > from_ns)
            lorenz->ready_s[span->pod] += chart_time_seconds(span->to_ns - from_ns);
    }
}

/* Requests of each pod; per_second: divided by the time for which it was Ready. */
static void add_service(struct lorenz *lorenz, const struct traffic_service *service,
                        bool is_per_second)
{
    const struct run_data *data = lorenz->data;
    struct spread_curve *curve = &lorenz->curves[lorenz->curve_count];

    curve->values = ARENA_NEW_ARRAY(lorenz->chart->arena, service->count, double);
    curve->count = 0;
    for (uint32_t i = 0; i < service->count; i++) {
        const struct traffic_row *row = &data->traffic.rows[service->first + i];
        double value = (double)row->requests;

        if (row->pod[0] == '\0')
            continue;
        if (is_per_second) {
            const uint32_t pod = run_data_find_pod(data, row->pod);
            const double seconds = pod == ID_NONE ? 0.0 : lorenz->ready_s[pod];

            if (!(seconds > 0.0))
                continue;
            value /= seconds;
        }
        curve->values[curve->count++] = value;
    }
    if (curve->count < 2)
        return;
    curve->label = is_per_second ? "per second of being Ready" : service->name;
    curve->evenness = traffic_rows_evenness(curve->values, curve->count);
    lorenz->curve_count++;
}

/* One service: also by the second, which takes out that some pods were there for longer. */
static void gather(struct lorenz *lorenz)
{
    const struct traffic_rows *traffic = &lorenz->data->traffic;

    for (uint32_t i = 0; i < traffic->service_count; i++) {
        if (lorenz->curve_count == SERVICES_MAX) {
            lorenz->left_out = traffic->service_count - i;
            break;
        }
        add_service(lorenz, &traffic->services[i], false);
    }
    if (lorenz->curve_count == 1 && lorenz->data->replications == 1) {
        for (uint32_t i = 0; i < traffic->service_count && lorenz->curve_count == 1; i++)
            add_service(lorenz, &traffic->services[i], true);
        lorenz->has_rates = lorenz->curve_count == 2;
        if (lorenz->has_rates)
            lorenz->curves[0].label = "requests";
    }
}

static void add_curve(struct lorenz *lorenz, struct chart_panel *panel, uint32_t index)
{
    static const struct chart_style styles[SERVICES_MAX + 1] = {
        {.color = CHART_BLUE, .width = 3.5},
        {.color = CHART_VERMILLION, .dash = CHART_DASHED, .width = 3.5},
        {.color = CHART_GREEN, .dash = CHART_DASH_DOT, .width = 3.0},
        {.color = CHART_PURPLE, .dash = CHART_DOTTED, .width = 3.5},
        {.color = CHART_ORANGE, .width = 2.0},
        {.color = CHART_SKY, .dash = CHART_DASHED, .width = 2.0},
        {.color = CHART_INK, .dash = CHART_DASH_DOT, .width = 2.0}};
    struct chart *chart = lorenz->chart;
    const struct spread_curve *curve = &lorenz->curves[index];
    struct chart_layer *layer =
        chart_add_layer(chart, panel, CHART_CURVE,
                        arena_printf(chart->arena, "curve-%" PRIu32, index), &styles[index]);
    double sum = 0.0;
    double so_far = 0.0;

    layer->title =
        arena_printf(chart->arena, "%s: Jain %.3f, Gini %.3f (n = %" PRIu32 ")", curve->label,
                     curve->evenness.jain, curve->evenness.gini, curve->count);
    for (uint32_t i = 0; i < curve->count; i++)
        sum += curve->values[i];
    chart_add_point(chart, layer, 0.0, 0.0);
    for (uint32_t i = 0; i < curve->count; i++) {
        so_far += curve->values[i];
        chart_add_point(chart, layer, (i + 1.0) / curve->count, so_far / sum);
    }
}

static struct chart_panel *make_panel(struct lorenz *lorenz)
{
    static const struct chart_style equal_style = {
        .color = CHART_GREY, .dash = CHART_DOTTED, .width = 2.0};
    struct chart *chart = lorenz->chart;
    struct chart_panel *panel;
    struct chart_layer *equal;

    chart->width = CHART_NARROW;
    panel = chart_add_panel(chart, (const double[4]){LEFT, TOP, CHART_NARROW - 60.0, TOP + SIDE});
    panel->x = (struct chart_axis){
        .min = 0.0, .has_grid = true, .title = "Share of pods, the least loaded first"};
    panel->y =
        (struct chart_axis){.min = 0.0, .has_grid = true, .title = "Share of their requests"};
    chart_scale(chart, &panel->x, 1.0, 5, true);
    chart_scale(chart, &panel->y, 1.0, 5, true);
    equal = chart_add_layer(chart, panel, CHART_CURVE, "equal", &equal_style);
    equal->title = "all pods alike: Jain 1, Gini 0";
    chart_add_point(chart, equal, 0.0, 0.0);
    chart_add_point(chart, equal, 1.0, 1.0);
    return panel;
}

static void put_words(struct lorenz *lorenz)
{
    struct chart *chart = lorenz->chart;
    const struct spread_curve *first = &lorenz->curves[0];
    struct out caption;

    out_open_memory(&caption);
    out_str(&caption,
            "lorenz: What share of the requests the least loaded share of pods got, over the "
            "counted part of the run. On the dotted line all pods are alike; the further a curve "
            "sags below it, the more a few pods do. Jain's index is 1 where all are alike and 1/n "
            "where one does all; Gini's coefficient is twice the area between the curves.\n");
    if (lorenz->has_rates)
        out_str(&caption, "Pods that were there for only a part of the run got fewer requests for "
                          "that reason alone: the second curve divides by the time for which a "
                          "pod was Ready.\n");
    if (lorenz->left_out > 0)
        out_printf(&caption, "Of the services, the %u with most requests are drawn.\n",
                   SERVICES_MAX);
    if (lorenz->data->replications > 1)
        out_str(&caption, "Requests are summed over all replications.\n");
    chart_time_caption(&caption, lorenz->data, NULL);
    chart->caption = arena_strdup(chart->arena, out_text(&caption));
    out_discard(&caption);
    chart->alt = arena_printf(chart->arena,
                              "Lorenz curve of requests over the %" PRIu32
                              " pods of %s: Jain's index %.3f, Gini's coefficient %.3f.",
                              first->count, lorenz->data->traffic.services[0].name,
                              first->evenness.jain, first->evenness.gini);
}

static void put_table(struct lorenz *lorenz)
{
    static const char *const columns[] = {"what", "pods", "least", "most", "Jain", "Gini"};
    struct chart *chart = lorenz->chart;

    chart_table_begin(chart, columns, EP_COUNT_OF(columns));
    for (uint32_t i = 0; i < lorenz->curve_count; i++) {
        const struct spread_curve *curve = &lorenz->curves[i];

        chart_table_cell(chart, curve->label);
        chart_table_cell(chart, arena_printf(chart->arena, "%" PRIu32, curve->count));
        chart_table_cell(chart, arena_printf(chart->arena, "%.6g", curve->values[0]));
        chart_table_cell(chart,
                         arena_printf(chart->arena, "%.6g", curve->values[curve->count - 1]));
        chart_table_cell(chart, arena_printf(chart->arena, "%.4f", curve->evenness.jain));
        chart_table_cell(chart, arena_printf(chart->arena, "%.4f", curve->evenness.gini));
    }
}

bool lorenz_plot_make(const struct run_data *data, struct chart *chart)
{
    struct lorenz lorenz = {.data = data, .chart = chart};
    struct chart_panel *panel;

    measure_ready(&lorenz);
    gather(&lorenz);
    if (lorenz.curve_count == 0)
        return false;
    panel = make_panel(&lorenz);
    for (uint32_t i = 0; i < lorenz.curve_count; i++)
        add_curve(&lorenz, panel, i);
    chart->height = chart_add_legend(chart, panel);
    chart_add_titles(chart, panel);
    put_words(&lorenz);
    put_table(&lorenz);
    return true;
}
