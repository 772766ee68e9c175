/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows are counted from the top; the y axis runs downwards. State is told thrice, by colour, by
 * pattern and by the bar's height (what can serve is tall), so that the figure survives a grey
 * copy.
 */
#include "report/rollout_plot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/plot_script.h"

#define ROWS_MAX 40
#define FONT_SIZE_MAX 14
#define LEAST_ROWS 9.0
#define BARS_MAX 100         /* of connections, across the figure */
#define GROUP_GAP 0.9        /* rows that a heading takes */
#define CONNECTIONS_MAX 0.66 /* height of the densest bin, in rows */

#define MARKS_MAX 500     /* of lost requests, across the figure, a pod */
#define NAME_CHARS_MAX 40 /* longer names keep their end */
#define CHAR_SHARE 0.0069 /* of a name, of the canvas's width, in the largest font */
#define MARK_RISE 0.2     /* of the marks of lost requests above the middle of a bar, in rows */
#define RIGHT_MARGIN 0.115

/* How a state is drawn. */
struct state_style {
    double half_height; /* in rows */
    const char *fill;   /* gnuplot's fill style */
    const char *color;
    const char *title;
};

static const struct state_style styles[POD_STATE_GONE] = {
    [POD_STATE_PENDING] = {0.16, "solid 1.0 border lc rgb '#666666'", "#ffffff", "pending"},
    [POD_STATE_STARTING] = {0.26, "pattern 4 border lc rgb '#0072B2'", "#56B4E9", "starting"},
    [POD_STATE_READY] = {0.40, "solid 1.0 border lc rgb '#00694d'", "#8fd8c2", "Ready"},
    [POD_STATE_UNREADY] = {0.32, "pattern 2 border lc rgb '#8a7f00'", "#d8c800", "unready"},
    [POD_STATE_TERMINATING] = {0.32, "pattern 5 border lc rgb '#a06d00'", "#E69F00", "terminating"},
    [POD_STATE_STOPPED] = {0.10, "solid 1.0 border lc rgb '#444444'", "#c8c8c8", "process stopped"},
};

struct rollout {
    const struct run_data *data;
    struct plot_window window;
    struct plot_margins margins;
    bool is_cut;    /* there are more pods than rows */
    uint32_t *rows; /* pods, from the top */
    uint32_t row_count;
    double *pod_y;   /* middle of the pod's bar; negative: not drawn */
    double *group_y; /* of the heading above a row; negative: none */
    double bottom_y;
    struct arena arena;
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
        ARENA_NEW_ARRAY(&rollout->arena, data->pod_count, struct candidate);
    uint32_t count = list_candidates(rollout, candidates);
    double y = 0.0;

    if (count > ROWS_MAX) {
        qsort(candidates, count, sizeof candidates[0], compare_interest);
        count = ROWS_MAX;
        rollout->is_cut = true;
    }
    if (count > 0)
        qsort(candidates, count, sizeof candidates[0], compare_place);
    rollout->rows = ARENA_NEW_ARRAY(&rollout->arena, count, uint32_t);
    rollout->group_y = ARENA_NEW_ARRAY(&rollout->arena, count, double);
    rollout->pod_y = ARENA_NEW_ARRAY(&rollout->arena, data->pod_count, double);
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

/* ---- the data ---- */

static void put_box(struct out *dat, const sim_ns span_ns[2], double low, double high)
{
    out_seconds(dat, span_ns[0]);
    out_char(dat, ' ');
    out_seconds(dat, span_ns[1]);
    out_printf(dat, " %.6g %.6g\n", low, high);
}

static bool has_state(const struct rollout *rollout, enum pod_state state)
{
    for (uint32_t i = 0; i < rollout->data->span_count; i++) {
        const struct run_span *span = &rollout->data->spans[i];

        if (span->state == state && rollout->pod_y[span->pod] >= 0.0)
            return true;
    }
    return false;
}

static void put_spans(const struct rollout *rollout, struct out *dat)
{
    for (uint32_t state = 0; state < POD_STATE_GONE; state++) {
        if (!has_state(rollout, (enum pod_state)state))
            continue;
        out_printf(dat, "# %s\n", observer_pod_state_name((enum pod_state)state));
        for (uint32_t i = 0; i < rollout->data->span_count; i++) {
            const struct run_span *span = &rollout->data->spans[i];
            const double y = rollout->pod_y[span->pod];

            if (span->state == (enum pod_state)state && y >= 0.0)
                put_box(dat, (const sim_ns[2]){span->from_ns, span->to_ns},
                        y - styles[state].half_height, y + styles[state].half_height);
        }
        out_str(dat, "\n\n");
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
    const struct plot_window *window = &rollout->window;
    const sim_ns bins =
        ((window->to_ns - window->from_ns) / data->bin_ns + BARS_MAX - 1) / BARS_MAX;
    uint32_t *row_of = ARENA_NEW_ARRAY(&rollout->arena, data->pod_count, uint32_t);

    bars->from_ns = window->from_ns / data->bin_ns * data->bin_ns;
    bars->width_ns = (bins < 1 ? 1 : bins) * data->bin_ns;
    bars->count = (uint32_t)((window->to_ns - bars->from_ns - 1) / bars->width_ns) + 1;
    bars->counts = ARENA_NEW_ARRAY(&rollout->arena, rollout->row_count * bars->count, uint64_t);
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
static bool put_connections(struct rollout *rollout, struct out *dat)
{
    struct connection_bars bars = {.most = 0};

    count_connections(rollout, &bars);
    if (bars.most == 0)
        return false;
    out_str(dat, "# connections\n");
    for (uint32_t i = 0; i < rollout->row_count * bars.count; i++) {
        const sim_ns from_ns = bars.from_ns + i % bars.count * bars.width_ns;
        const double bottom =
            rollout->pod_y[rollout->rows[i / bars.count]] + styles[POD_STATE_READY].half_height;

        if (bars.counts[i] > 0)
            put_box(dat, (const sim_ns[2]){from_ns, from_ns + bars.width_ns},
                    bottom - CONNECTIONS_MAX * (double)bars.counts[i] / (double)bars.most, bottom);
    }
    out_str(dat, "\n\n");
    return true;
}

/* Marks that would fall on each other are drawn once. */
static bool put_losses(struct rollout *rollout, struct out *dat)
{
    const struct run_data *data = rollout->data;
    const sim_ns step_ns = (rollout->window.to_ns - rollout->window.from_ns) / MARKS_MAX;
    sim_ns *next_ns = ARENA_NEW_ARRAY(&rollout->arena, data->pod_count, sim_ns);
    bool has_losses = false;

    for (uint32_t i = 0; i < data->lost.count; i++) {
        const struct run_count *row = &data->lost.rows[i];

        if (rollout->pod_y[row->what] < 0.0 || row->at_ns < next_ns[row->what])
            continue;
        if (!has_losses)
            out_str(dat, "# lost\n");
        has_losses = true;
        next_ns[row->what] = row->at_ns + step_ns;
        out_seconds(dat, row->at_ns);
        out_printf(dat, " %.6g\n", rollout->pod_y[row->what] - MARK_RISE);
    }
    if (has_losses)
        out_str(dat, "\n\n");
    return has_losses;
}

/* ---- the script ---- */

/* The end of a name, which tells it from its neighbours, where it is too long. */
static const char *name_end(const char *name)
{
    const size_t length = strlen(name);

    return length <= NAME_CHARS_MAX ? name : name + (length - NAME_CHARS_MAX);
}

static const char *heading(const struct run_pod *pod)
{
    return pod->image[0] != '\0' ? pod->image : pod->owner[0] != '\0' ? pod->owner : "pods";
}

/* Of names and numbers of rows: smaller where there are many. */
static int font_size(const struct rollout *rollout)
{
    return rollout->row_count <= 14 ? FONT_SIZE_MAX : rollout->row_count <= 26 ? 11 : 9;
}

/* Room for the longest name. */
static double left_margin(const struct rollout *rollout)
{
    size_t longest = 14;

    for (uint32_t i = 0; i < rollout->row_count; i++) {
        const struct run_pod *pod = &rollout->data->pods[rollout->rows[i]];
        const size_t name = strlen(name_end(pod->name));
        const size_t image = strlen(name_end(heading(pod)));

        longest = name > longest ? name : longest;
        longest = image > longest ? image : longest;
    }
    return 0.02 + CHAR_SHARE * (double)longest * font_size(rollout) / FONT_SIZE_MAX;
}

static void put_left_label(struct out *gp, const char *text, double y, const char *style)
{
    out_str(gp, "set label ");
    if (name_end(text) != text)
        out_str(gp, "'…'.");
    plot_script_quote(gp, name_end(text));
    out_printf(gp, " at graph -0.01, first %.6g right %s\n", y, style);
}

/* Names of pods on the left below the heading of their group, their connections on the right. */
static void put_rows(const struct rollout *rollout, struct out *gp)
{
    const int size = font_size(rollout);
    char font[32];
    char grey[64];

    snprintf(font, sizeof font, "font ',%d'", size);
    snprintf(grey, sizeof grey, "font ',%d' textcolor rgb '#666666'", size);
    out_str(gp, "unset ytics\n");
    for (uint32_t i = 0; i < rollout->row_count; i++) {
        const struct run_pod *pod = &rollout->data->pods[rollout->rows[i]];
        const double y = rollout->pod_y[rollout->rows[i]];

        if (rollout->group_y[i] >= 0.0)
            put_left_label(gp, heading(pod), rollout->group_y[i], grey);
        put_left_label(gp, pod->name, y, font);
        out_printf(gp, "set label '%" PRIu64 "' at screen 0.935, first %.6g right %s\n",
                   pod->connection_count, y, font);
        out_printf(gp, "set label '%" PRIu64 "' at screen 0.985, first %.6g right font ',%d'%s\n",
                   pod->lost_count, y, size,
                   pod->lost_count > 0 ? " textcolor rgb '#D55E00'" : " textcolor rgb '#888888'");
    }
    out_str(gp, "set label 'new conn.' at screen 0.935, graph 1 right offset character 0,0.8\n"
                "set label 'lost' at screen 0.985, graph 1 right offset character 0,0.8\n");
}

/* Crosses with an outline that keeps them apart from any ground, in colour and in grey. */
static void put_marks(const struct rollout *rollout, struct out *gp, const char *comma)
{
    static const struct {
        double size;
        double width;
        const char *color;
        const char *title;
    } layers[3] = {{1.4, 6.0, "#ffffff", "notitle"},
                   {1.3, 4.0, "#000000", "notitle"},
                   {1.2, 1.8, "#D55E00", "title 'lost request'"}};
    const double scale = (double)font_size(rollout) / FONT_SIZE_MAX;

    for (uint32_t i = 0; i < EP_COUNT_OF(layers); i++)
        out_printf(gp,
                   "%s 'rollout-timeline.dat' index 'lost' using 1:2 with points pt 2 ps %.2f "
                   "lw %.2f lc rgb '%s' %s",
                   i == 0 ? comma : ", \\\n    ", layers[i].size * scale, layers[i].width * scale,
                   layers[i].color, layers[i].title);
}

static void put_plot(const struct rollout *rollout, struct out *gp, bool has_connections,
                     bool has_losses)
{
    const char *comma = "plot";

    for (uint32_t state = 0; state < POD_STATE_GONE; state++) {
        if (!has_state(rollout, (enum pod_state)state))
            continue;
        out_printf(
            gp,
            "%s 'rollout-timeline.dat' index '%s' using (0.5*($1+$2)):(0.5*($3+$4)):1:2:3:4 with "
            "boxxyerror "
            "fs %s lc rgb '%s' title '%s'",
            comma, observer_pod_state_name((enum pod_state)state), styles[state].fill,
            styles[state].color, styles[state].title);
        comma = ", \\\n    ";
    }
    if (has_connections) {
        out_printf(
            gp,
            "%s 'rollout-timeline.dat' index 'connections' using "
            "(0.5*($1+$2)):(0.5*($3+$4)):1:2:3:4 "
            "with boxxyerror fs solid 1.0 border lc rgb '#123d52' lc rgb '#123d52' title 'new "
            "connections'",
            comma);
        comma = ", \\\n    ";
    }
    if (has_losses)
        put_marks(rollout, gp, comma);
    if (strcmp(comma, "plot") == 0)
        out_str(gp, "plot NaN notitle");
    out_char(gp, '\n');
}

static void put_script(const struct rollout *rollout, struct out *gp, bool has_connections,
                       bool has_losses)
{
    char what[80] = "pods, and where new connections went";

    if (rollout->is_cut)
        snprintf(what, sizeof what, "%d of %" PRIu32 " pods, and where new connections went",
                 ROWS_MAX, rollout->data->pod_count);
    plot_script_begin(gp, rollout->data, "rollout-timeline",
                      "pods through their states, and where new connections went");
    out_printf(
        gp,
        "set lmargin at screen %.3f\nset rmargin at screen %.3f\n"
        "set bmargin at screen 0.165\n"
        "set yrange [%.6g:0]\nset border 3\nset grid xtics lc rgb '#dddddd' lw 1 dt 1\nset grid "
        "noy\n"
        "set key at screen 0.5, screen 0.043 center center horizontal maxcols 4 reverse Left "
        "samplen 2 width 3 spacing 1.25\n",
        rollout->margins.left, 1.0 - rollout->margins.right, rollout->bottom_y);
    plot_script_head(gp, rollout->data, what,
                     plot_script_mark_rows(rollout->data, &rollout->window, &rollout->margins));
    plot_script_time_axis(gp, rollout->data, &rollout->window);
    plot_script_marks(gp, rollout->data, &rollout->window, &rollout->margins, true);
    put_rows(rollout, gp);
    plot_script_time_title(gp, rollout->data, &rollout->window);
    put_plot(rollout, gp, has_connections, has_losses);
    plot_script_end(gp);
}

static void put_caption(const struct rollout *rollout, struct out *caption)
{
    out_str(caption,
            "rollout-timeline: each bar is a pod through its states, pods grouped by image and "
            "owner in the order of their creation; it ends where the pod's address is gone. The "
            "dark bars inside show how many new connections the nodes' proxies sent to it, the "
            "crosses where such a connection's request was lost; the numbers on the right are sums "
            "over the run. Dashed lines are entries of the timeline.\n");
    if (rollout->is_cut)
        out_printf(
            caption,
            "Of %" PRIu32
            " pods, at most %d are drawn: those that lost most requests, then those whose state "
            "changed.\n",
            rollout->data->pod_count, ROWS_MAX);
    plot_script_caption_run(caption, rollout->data, &rollout->window);
}

void rollout_plot_put(const struct run_data *data, struct out *dat, struct out *gp,
                      struct out *caption)
{
    struct rollout rollout = {.data = data, .window = plot_script_window(data)};
    bool has_connections;
    bool has_losses;

    arena_init(&rollout.arena);
    arrange(&rollout);
    rollout.margins = (struct plot_margins){.left = left_margin(&rollout), .right = RIGHT_MARGIN};
    out_str(dat, "# Boxes: from_s to_s y_low y_high. lost: t_s y. y counts rows of pods from the "
                 "top.\n\n\n");
    put_spans(&rollout, dat);
    has_connections = put_connections(&rollout, dat);
    has_losses = put_losses(&rollout, dat);
    put_script(&rollout, gp, has_connections, has_losses);
    put_caption(&rollout, caption);
    arena_deinit(&rollout.arena);
}
