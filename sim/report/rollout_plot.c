/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows are counted from the top; the y axis runs downwards. State is told thrice, by colour, by
 * pattern and by the bar's height (what can serve is tall), so that the figure survives a grey
 * copy.
 */
#include "report/rollout_plot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart_time.h"

#define ROWS_MAX 60
#define LEAST_ROWS 3.5
#define BARS_MAX 100         /* of connections, across the figure */
#define GROUP_GAP 0.9        /* rows that a heading takes */
#define CONNECTIONS_MAX 0.66 /* height of the densest bin, in rows */
#define MARKS_MAX 500        /* of lost requests, across the figure, a pod */
#define NAME_LETTERS_MAX 40  /* longer names keep their end */
#define MARK_RISE 0.2        /* of the marks of lost requests above the middle of a bar, in rows */
#define NUMBERS_WIDTH 190.0  /* of the two columns on the right */

/* How a state is drawn. */
struct state_style {
    double half_height; /* in rows */
    struct chart_style style;
    const char *title;
};

static const struct state_style styles[POD_STATE_COUNT] = {
    [POD_STATE_PENDING] = {0.16, {CHART_BACK, CHART_SOFT, CHART_SOLID, 0, 0}, "pending"},
    [POD_STATE_STARTING] = {0.26, {CHART_SKY, CHART_BLUE, CHART_HATCH, 0, 0}, "starting"},
    [POD_STATE_READY] = {0.40, {CHART_READY, CHART_READY_EDGE, CHART_SOLID, 0, 0}, "Ready"},
    [POD_STATE_UNREADY] = {0.32, {CHART_YELLOW, CHART_YELLOW, CHART_CROSS, 0, 0}, "unready"},
    [POD_STATE_TERMINATING] = {0.32,
                               {CHART_ORANGE, CHART_ORANGE, CHART_BACK_HATCH, 0, 0},
                               "terminating"},
    [POD_STATE_STOPPED] = {0.10, {CHART_GREY, CHART_SOFT, CHART_SOLID, 0, 0}, "process stopped"},
    [POD_STATE_EXTERNAL] = {0.40,
                            {CHART_PALE, CHART_SOFT, CHART_SOLID, 0, 0},
                            "outside the cluster"},
};

struct rollout {
    const struct run_data *data;
    struct chart *chart;
    struct chart_window window;
    bool is_cut;    /* there are more pods than rows */
    uint32_t *rows; /* pods, from the top */
    uint32_t row_count;
    double *pod_y;   /* middle of the pod's bar; negative: not drawn */
    double *group_y; /* of the heading above a row; negative: none */
    double bottom_y;
};

/* ---- which pods, and where ---- */

struct candidate {
    uint32_t pod;
    uint32_t group; /* the first pod of the same owner and image */
    uint64_t lost_count;
    bool has_changed;
};

static int compare_interest(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;

    if (a->lost_count != b->lost_count)
        return a->lost_count > b->lost_count ? -1 : 1;
    if (a->has_changed != b->has_changed)
        return a->has_changed ? -1 : 1;
    return (a->pod > b->pod) - (a->pod < b->pod);
}

static int compare_place(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->pod > b->pod) - (a->pod < b->pod);
}

static bool is_same_group(const struct run_pod *a, const struct run_pod *b)
{
    return strcmp(a->owner, b->owner) == 0 && strcmp(a->image, b->image) == 0;
}

/* The groups are few: owners of pods. */
static uint32_t find_group(const struct run_data *data, const struct candidate *earlier,
                           uint32_t count, uint32_t pod)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t group = earlier[i].group;

        if (earlier[i].pod == group && is_same_group(&data->pods[group], &data->pods[pod]))
            return group;
    }
    return pod;
}

static uint32_t list_candidates(const struct rollout *rollout, struct candidate *candidates)
{
    const struct run_data *data = rollout->data;
    uint32_t count = 0;

    for (uint32_t pod = 0; pod < data->pod_count; pod++) {
        const struct run_pod *row = &data->pods[pod];

        if (row->from_ns == NS_NEVER || row->from_ns > rollout->window.to_ns ||
            row->to_ns < rollout->window.from_ns)
            continue;
        candidates[count] = (struct candidate){
            .pod = pod, .lost_count = row->lost_count, .has_changed = row->has_changed};
        candidates[count].group = find_group(data, candidates, count, pod);
        count++;
    }
    return count;
}

static void arrange(struct rollout *rollout)
{
    const struct run_data *data = rollout->data;
    struct candidate *candidates =
        ARENA_NEW_ARRAY(rollout->chart->arena, data->pod_count, struct candidate);
    uint32_t count = list_candidates(rollout, candidates);
    double y = 0.0;

    if (count > ROWS_MAX) {
        qsort(candidates, count, sizeof candidates[0], compare_interest);
        count = ROWS_MAX;
        rollout->is_cut = true;
    }
    if (count > 0)
        qsort(candidates, count, sizeof candidates[0], compare_place);
    rollout->rows = ARENA_NEW_ARRAY(rollout->chart->arena, count, uint32_t);
    rollout->group_y = ARENA_NEW_ARRAY(rollout->chart->arena, count, double);
    rollout->pod_y = ARENA_NEW_ARRAY(rollout->chart->arena, data->pod_count, double);
    for (uint32_t pod = 0; pod < data->pod_count; pod++)
        rollout->pod_y[pod] = -1.0;
    for (uint32_t i = 0; i < count; i++) {
        rollout->group_y[i] = -1.0;
        if (i == 0 || candidates[i].group != candidates[i - 1].group) {
            y += GROUP_GAP;
            rollout->group_y[i] = y - 0.15;
        }
        rollout->rows[i] = candidates[i].pod;
        y += i == 0 || rollout->group_y[i] >= 0.0 ? 0.75 : 1.0;
        rollout->pod_y[candidates[i].pod] = y;
    }
    rollout->row_count = count;
    rollout->bottom_y = y + 0.6 < LEAST_ROWS ? LEAST_ROWS : y + 0.6;
}

/* ---- the layers ---- */

static void add_box(struct rollout *rollout, struct chart_layer *layer, const sim_ns span_ns[2],
                    const double heights[2])
{
    chart_add_box(rollout->chart, layer,
                  (const double[4]){chart_time_seconds(span_ns[0]), chart_time_seconds(span_ns[1]),
                                    heights[0], heights[1]});
}

static void add_spans(struct rollout *rollout, struct chart_panel *panel, enum pod_state state)
{
    const double half = styles[state].half_height;
    struct chart_layer *layer = NULL;

    for (uint32_t i = 0; i < rollout->data->span_count; i++) {
        const struct run_span *span = &rollout->data->spans[i];
        const double y = rollout->pod_y[span->pod];

        if (span->state != state || y < 0.0)
            continue;
        if (layer == NULL)
            layer = chart_add_layer(rollout->chart, panel, CHART_BOXES,
                                    observer_pod_state_name(state), &styles[state].style);
        layer->title = styles[state].title;
        add_box(rollout, layer, (const sim_ns[2]){span->from_ns, span->to_ns},
                (const double[2]){y - half, y + half});
    }
}

/* New connections of one drawn pod in one bar's time. */
struct connection_bars {
    sim_ns from_ns;
    sim_ns width_ns; /* whole bins */
    uint32_t count;
    uint64_t *counts; /* by row, then by bar */
    uint64_t most;
};

static void count_connections(struct rollout *rollout, struct connection_bars *bars)
{
    const struct run_data *data = rollout->data;
    const struct chart_window *window = &rollout->window;
    const sim_ns bins =
        ((window->to_ns - window->from_ns) / data->bin_ns + BARS_MAX - 1) / BARS_MAX;
    uint32_t *row_of = ARENA_NEW_ARRAY(rollout->chart->arena, data->pod_count, uint32_t);

    bars->from_ns = window->from_ns / data->bin_ns * data->bin_ns;
    bars->width_ns = (bins < 1 ? 1 : bins) * data->bin_ns;
    bars->count = (uint32_t)((window->to_ns - bars->from_ns - 1) / bars->width_ns) + 1;
    bars->counts =
        ARENA_NEW_ARRAY(rollout->chart->arena, rollout->row_count * bars->count, uint64_t);
    for (uint32_t row = 0; row < rollout->row_count; row++)
        row_of[rollout->rows[row]] = row;
    for (uint32_t i = 0; i < data->connections.count; i++) {
        const struct run_count *row = &data->connections.rows[i];
        const sim_ns bar = (row->at_ns - bars->from_ns) / bars->width_ns;
        uint64_t *sum;

        if (rollout->pod_y[row->what] < 0.0 || row->at_ns < bars->from_ns ||
            bar >= (sim_ns)bars->count)
            continue;
        sum = &bars->counts[row_of[row->what] * bars->count + (uint32_t)bar];
        *sum += row->count;
        bars->most = *sum > bars->most ? *sum : bars->most;
    }
}

/* They stand on the lower edge of a Ready pod's bar. */
static void add_connections(struct rollout *rollout, struct chart_panel *panel)
{
    static const struct chart_style style = {.color = CHART_DEEP, .edge = CHART_NO_COLOR};
    struct connection_bars bars = {.most = 0};
    struct chart_layer *layer;

    count_connections(rollout, &bars);
    layer = chart_add_layer(rollout->chart, panel, CHART_BOXES, "connections", &style);
    layer->title = "new connections";
    for (uint32_t i = 0; i < rollout->row_count * bars.count; i++) {
        const sim_ns from_ns = bars.from_ns + i % bars.count * bars.width_ns;
        const double bottom =
            rollout->pod_y[rollout->rows[i / bars.count]] + styles[POD_STATE_READY].half_height;
        const double height = CONNECTIONS_MAX * (double)bars.counts[i] / (double)bars.most;

        if (bars.counts[i] > 0)
            add_box(rollout, layer, (const sim_ns[2]){from_ns, from_ns + bars.width_ns},
                    (const double[2]){bottom - height, bottom});
    }
}

/* Marks that would fall on each other are drawn once. */
static void add_losses(struct rollout *rollout, struct chart_panel *panel, double scale)
{
    const struct chart_style style = {.color = CHART_VERMILLION, .width = scale};
    const struct run_data *data = rollout->data;
    const sim_ns step_ns = (rollout->window.to_ns - rollout->window.from_ns) / MARKS_MAX;
    sim_ns *next_ns = ARENA_NEW_ARRAY(rollout->chart->arena, data->pod_count, sim_ns);
    struct chart_layer *layer =
        chart_add_layer(rollout->chart, panel, CHART_CROSSES, "lost", &style);

    layer->title = "lost request";
    for (uint32_t i = 0; i < data->lost.count; i++) {
        const struct run_count *row = &data->lost.rows[i];

        if (rollout->pod_y[row->what] < 0.0 || row->at_ns < next_ns[row->what])
            continue;
        next_ns[row->what] = row->at_ns + step_ns;
        chart_add_point(rollout->chart, layer, chart_time_seconds(row->at_ns),
                        rollout->pod_y[row->what] - MARK_RISE);
    }
}

/* ---- names and numbers ---- */

/* The end of a name, which tells it from its neighbours, where it is too long. */
static const char *shorten(const struct rollout *rollout, const char *name)
{
    const size_t length = strlen(name);
    const char *end = name;

    if (length <= NAME_LETTERS_MAX)
        return name;
    end += length - NAME_LETTERS_MAX;
    while (((unsigned char)*end & 0xc0) == 0x80)
        end++;
    return arena_printf(rollout->chart->arena, "…%s", end);
}

static bool is_outside(const struct rollout *rollout, const struct run_pod *pod)
{
    for (uint32_t i = 0; i < rollout->data->span_count; i++) {
        const struct run_span *span = &rollout->data->spans[i];

        if (&rollout->data->pods[span->pod] == pod)
            return span->state == POD_STATE_EXTERNAL;
    }
    return false;
}

static const char *heading(const struct rollout *rollout, const struct run_pod *pod)
{
    if (pod->image[0] != '\0')
        return pod->image;
    if (pod->owner[0] != '\0')
        return pod->owner;
    return is_outside(rollout, pod) ? "addresses outside" : "pods without an image";
}

/* Of names and numbers of rows: smaller where there are many. */
static enum chart_size text_size(const struct rollout *rollout)
{
    return rollout->row_count <= 14   ? CHART_NORMAL
           : rollout->row_count <= 26 ? CHART_SMALL
                                      : CHART_TINY;
}

/* Room for the longest name. */
static double left_margin(const struct rollout *rollout)
{
    double widest = 120.0;

    for (uint32_t i = 0; i < rollout->row_count; i++) {
        const struct run_pod *pod = &rollout->data->pods[rollout->rows[i]];
        const double name = chart_text_width(shorten(rollout, pod->name), text_size(rollout));
        const double image =
            chart_text_width(shorten(rollout, heading(rollout, pod)), text_size(rollout));

        widest = name > widest ? name : widest;
        widest = image > widest ? image : widest;
    }
    return 36.0 + 1.06 * widest; /* a browser may have a wider font than gnuplot */
}

static void add_name(struct rollout *rollout, struct chart_panel *panel, const char *name, double y,
                     enum chart_color color)
{
    struct chart_text *text =
        chart_add_text(rollout->chart, panel, shorten(rollout, name),
                       (struct chart_at){.x = panel->left - 14.0, .y = y, .is_y_data = true});

    text->anchor = CHART_RIGHT;
    text->size = text_size(rollout);
    text->color = color;
}

static void add_number(struct rollout *rollout, struct chart_panel *panel, uint64_t number,
                       const struct chart_at *at)
{
    struct chart_text *text = chart_add_text(
        rollout->chart, panel, arena_printf(rollout->chart->arena, "%" PRIu64, number), *at);

    text->anchor = CHART_RIGHT;
    text->size = text_size(rollout);
}

static void add_column_head(struct rollout *rollout, struct chart_panel *panel, const char *name,
                            double x)
{
    struct chart_text *text = chart_add_text(rollout->chart, panel, name,
                                             (struct chart_at){.x = x, .y = panel->top - 14.0});

    text->anchor = CHART_RIGHT;
    text->size = CHART_SMALL;
}

/* Names of pods on the left below the heading of their group, their connections on the right. */
static void add_rows(struct rollout *rollout, struct chart_panel *panel)
{
    const double width = rollout->chart->width;

    for (uint32_t i = 0; i < rollout->row_count; i++) {
        const struct run_pod *pod = &rollout->data->pods[rollout->rows[i]];
        struct chart_at at = {.x = width - 90.0, .y = rollout->pod_y[rollout->rows[i]]};

        at.is_y_data = true;
        if (rollout->group_y[i] >= 0.0)
            add_name(rollout, panel, heading(rollout, pod), rollout->group_y[i], CHART_SOFT);
        add_name(rollout, panel, pod->name, at.y, CHART_INK);
        add_number(rollout, panel, pod->connection_count, &at);
        at.x = width - 18.0;
        add_number(rollout, panel, pod->lost_count, &at);
        panel->texts->color = pod->lost_count > 0 ? CHART_VERMILLION : CHART_GREY;
    }
    add_column_head(rollout, panel, "new conn.", width - 90.0);
    add_column_head(rollout, panel, "lost", width - 18.0);
}

/* ---- words ---- */

static void put_caption(const struct rollout *rollout, struct out *caption)
{
    out_str(caption,
            "rollout-timeline: Each bar is a pod through its states, pods grouped by image and "
            "owner in the order of their creation; it ends where the pod's address is gone. The "
            "solid bars inside show how many new connections the nodes' proxies sent to it, the "
            "crosses where such a connection's request was lost; the numbers on the right are sums "
            "over the run. Dashed lines are entries of the timeline.\n"
            "How to read it: a solid bar that runs on to the right of a pod's bar is traffic to a "
            "process that has stopped, from nodes that do not know it yet.\n");
    if (rollout->is_cut)
        out_printf(
            caption,
            "Of %" PRIu32
            " pods, at most %d are drawn: those that lost most requests, then those whose state "
            "changed.\n",
            rollout->data->pod_count, ROWS_MAX);
    chart_time_caption(caption, rollout->data, &rollout->window);
}

static void put_words(struct rollout *rollout)
{
    struct chart *chart = rollout->chart;
    uint64_t lost = 0;
    struct out caption;

    for (uint32_t pod = 0; pod < rollout->data->pod_count; pod++)
        lost += rollout->data->pods[pod].lost_count;
    out_open_memory(&caption);
    put_caption(rollout, &caption);
    chart->caption = arena_strdup(chart->arena, out_text(&caption));
    out_discard(&caption);
    chart->alt = arena_printf(chart->arena,
                              "Bars of %" PRIu32
                              " pods from %.10g s to %.10g s with their states and the connections "
                              "sent to them; %" PRIu64 " requests to them were lost.",
                              rollout->row_count, chart_time_seconds(rollout->window.from_ns),
                              chart_time_seconds(rollout->window.to_ns), lost);
}

static void put_table(struct rollout *rollout)
{
    static const char *const columns[] = {"pod",         "image",           "first seen (s)",
                                          "gone at (s)", "new connections", "lost"};
    struct chart *chart = rollout->chart;

    chart_table_begin(chart, columns, EP_COUNT_OF(columns));
    for (uint32_t i = 0; i < rollout->row_count; i++) {
        const struct run_pod *pod = &rollout->data->pods[rollout->rows[i]];

        chart_table_cell(chart, pod->name);
        chart_table_cell(chart, pod->image);
        chart_table_cell(chart,
                         arena_printf(chart->arena, "%.10g", chart_time_seconds(pod->from_ns)));
        chart_table_cell(chart,
                         pod->to_ns >= rollout->data->until_ns
                             ? ""
                             : arena_printf(chart->arena, "%.10g", chart_time_seconds(pod->to_ns)));
        chart_table_cell(chart, arena_printf(chart->arena, "%" PRIu64, pod->connection_count));
        chart_table_cell(chart, arena_printf(chart->arena, "%" PRIu64, pod->lost_count));
    }
}

/* ---- the figure ---- */

static double row_height(const struct rollout *rollout)
{
    static const double heights[CHART_SIZE_COUNT] = {54.0, 33.0, 22.0};

    return heights[text_size(rollout)];
}

static struct chart_panel *make_panel(struct rollout *rollout)
{
    struct chart *chart = rollout->chart;
    const double left = left_margin(rollout);
    const double right = CHART_WIDE - NUMBERS_WIDTH;
    const double top = 44.0 + chart_time_marks_height(rollout->data, &rollout->window, left, right);
    const double bottom = top + rollout->bottom_y * row_height(rollout);
    struct chart_panel *panel = chart_add_panel(chart, (const double[4]){left, top, right, bottom});

    panel->y = (struct chart_axis){.min = 0.0, .max = rollout->bottom_y, .is_reversed = true};
    return panel;
}

bool rollout_plot_make(const struct run_data *data, struct chart *chart)
{
    static const enum pod_state states[] = {
        POD_STATE_EXTERNAL, POD_STATE_PENDING,     POD_STATE_STARTING, POD_STATE_READY,
        POD_STATE_UNREADY,  POD_STATE_TERMINATING, POD_STATE_STOPPED};
    struct rollout rollout = {.data = data, .chart = chart, .window = chart_time_window(data)};
    struct chart_panel *panel;

    arrange(&rollout);
    if (rollout.row_count == 0)
        return false;
    panel = make_panel(&rollout);
    chart_time_axis(chart, panel, data, &rollout.window, true);
    chart_time_marks(chart, panel, data, &rollout.window, true);
    add_rows(&rollout, panel);
    for (uint32_t i = 0; i < EP_COUNT_OF(states); i++)
        add_spans(&rollout, panel, states[i]);
    add_connections(&rollout, panel);
    add_losses(&rollout, panel, row_height(&rollout) / 54.0);
    chart->height = chart_add_legend(chart, panel);
    chart_add_titles(chart, panel);
    put_words(&rollout);
    put_table(&rollout);
    return true;
}
