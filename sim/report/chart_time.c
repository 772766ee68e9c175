/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart_time.h"

#include <inttypes.h>
#include <string.h>

#define LABEL_ROWS 3
#define LABEL_HEIGHT 30.0
#define LABEL_MAX 48 /* letters of an entry's name */

double chart_time_seconds(sim_ns ns)
{
    return (double)ns / (double)NS_PER_S;
}

/* ---- the window ---- */

static void widen(struct chart_window *window, sim_ns at_ns)
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
static void pad(struct chart_window *window, const struct run_data *data)
{
    const sim_ns tenth_ns = (window->to_ns - window->from_ns) / 10;
    const sim_ns pad_ns = ns_max(ns_max(tenth_ns, 2 * data->bin_ns), NS_PER_S);

    window->from_ns = ns_max(0, window->from_ns - pad_ns) / NS_PER_S * NS_PER_S;
    window->to_ns = (window->to_ns + pad_ns + NS_PER_S - 1) / NS_PER_S * NS_PER_S;
    if (window->to_ns > data->until_ns)
        window->to_ns = data->until_ns;
}

struct chart_window chart_time_window(const struct run_data *data)
{
    const struct chart_window whole = {.from_ns = 0, .to_ns = data->until_ns};
    struct chart_window window = {.from_ns = NS_NEVER, .to_ns = 0, .is_zoomed = true};

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

/* ---- the axis ---- */

static void add_warmup(struct chart *chart, struct chart_panel *panel, const struct run_data *data,
                       const struct chart_window *window)
{
    const sim_ns to_ns = data->warmup_ns < window->to_ns ? data->warmup_ns : window->to_ns;
    const double share =
        (double)(to_ns - window->from_ns) / (double)(window->to_ns - window->from_ns);
    const double edge = panel->left + share * (panel->right - panel->left);
    struct chart_text *text;

    if (data->warmup_ns <= window->from_ns)
        return;
    panel->has_pale = true;
    panel->pale_to = chart_time_seconds(to_ns);
    text = chart_add_text(chart, panel, "warm-up, not counted",
                          (struct chart_at){.x = edge - 14.0, .y = panel->bottom - 12.0});
    text->color = CHART_SOFT;
    text->size = CHART_SMALL;
    text->is_upright = true;
}

void chart_time_axis(struct chart *chart, struct chart_panel *panel, const struct run_data *data,
                     const struct chart_window *window, bool has_title)
{
    panel->x.min = chart_time_seconds(window->from_ns);
    panel->x.max = chart_time_seconds(window->to_ns);
    panel->x.has_grid = true;
    panel->x.has_no_labels = !has_title;
    chart_tick_axis(chart, &panel->x, panel->right - panel->left > 800.0 ? 10 : 4);
    if (has_title && window->is_zoomed)
        panel->x.title = arena_printf(
            chart->arena, "Simulated time (s); the run is 0 to %.10g s, quiet outside this part",
            chart_time_seconds(data->until_ns));
    else if (has_title)
        panel->x.title = "Simulated time (s)";
    add_warmup(chart, panel, data, window);
}

/* ---- the timeline's entries ---- */

/*
 * Names above the graph are placed from the last to the first: one that would run into the next
 * goes above it, so that no line crosses a name. Where each row's leftmost name so far begins.
 */
struct label_rows {
    sim_ns begin_ns[LABEL_ROWS];
};

static const struct label_rows no_labels = {{NS_NEVER, NS_NEVER, NS_NEVER}};

/* Where a name goes. */
struct label_place {
    int row;       /* -1: no room */
    bool is_right; /* it ends at its line */
};

static bool is_within(const struct chart_window *window, const struct run_mark *mark)
{
    return mark->at_ns >= window->from_ns && mark->at_ns <= window->to_ns;
}

static size_t label_length(const struct run_mark *mark)
{
    size_t length = strlen(mark->label);

    if (length <= LABEL_MAX)
        return length;
    length = LABEL_MAX;
    while (length > 0 && ((unsigned char)mark->label[length] & 0xc0) == 0x80)
        length--; /* not within a letter */
    return length;
}

static struct label_place place_label(const struct chart_window *window, double width,
                                      const struct run_mark *mark, struct label_rows *rows)
{
    const double letter = chart_text_width("n", CHART_SMALL);
    const double units = letter * (double)(label_length(mark) + 12); /* with the time behind it */
    const sim_ns width_ns = (sim_ns)(units / width * (double)(window->to_ns - window->from_ns));
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

double chart_time_marks_height(const struct run_data *data, const struct chart_window *window,
                               double left, double right)
{
    struct label_rows rows = no_labels;
    int count = 0;

    for (uint32_t i = data->mark_count; i > 0; i--) {
        if (is_within(window, &data->marks[i - 1])) {
            const int row = place_label(window, right - left, &data->marks[i - 1], &rows).row;

            count = row + 1 > count ? row + 1 : count;
        }
    }
    return LABEL_HEIGHT * count;
}

static void add_label(struct chart *chart, struct chart_panel *panel, const struct run_mark *mark,
                      const struct label_place *place, double x)
{
    const char *cut = strlen(mark->label) > LABEL_MAX ? "…" : "";
    const char *text = arena_printf(chart->arena, "%.*s%s at %.10g s", (int)label_length(mark),
                                    mark->label, cut, chart_time_seconds(mark->at_ns));
    const struct chart_at at = {.x = place->is_right ? x - 6.0 : x + 6.0,
                                .y = panel->top - 15.0 - LABEL_HEIGHT * place->row};
    struct chart_text *added = chart_add_text(chart, panel, text, at);

    added->size = CHART_SMALL;
    added->anchor = place->is_right ? CHART_RIGHT : CHART_LEFT;
}

void chart_time_marks(struct chart *chart, struct chart_panel *panel, const struct run_data *data,
                      const struct chart_window *window, bool has_labels)
{
    struct label_rows rows = no_labels;
    const double width = panel->right - panel->left;

    for (uint32_t i = data->mark_count; i > 0; i--) {
        const struct run_mark *mark = &data->marks[i - 1];
        double top = panel->top;
        double x;
        struct chart_line *line;
        struct label_place place;

        if (!is_within(window, mark))
            continue;
        x = panel->left + width * (double)(mark->at_ns - window->from_ns) /
                              (double)(window->to_ns - window->from_ns);
        place = place_label(window, width, mark, &rows);
        if (has_labels && place.row >= 0) {
            add_label(chart, panel, mark, &place, x);
            top -= LABEL_HEIGHT * (place.row + 1) - 4.0;
        }
        line = chart_add_line(chart, panel, (struct chart_at){.x = x, .y = panel->bottom},
                              (struct chart_at){.x = x, .y = top});
        line->style.dash = CHART_DASHED;
    }
}

/* ---- the caption ---- */

static uint64_t count_lost(const struct run_data *data)
{
    uint64_t lost = 0;

    for (uint32_t outcome = OUTCOME_OK + 1; outcome < OUTCOME_COUNT; outcome++)
        lost += run_data_outcome_count(data, (enum outcome)outcome);
    return lost;
}

void chart_time_caption(struct out *caption, const struct run_data *data,
                        const struct chart_window *window)
{
    const uint64_t total = run_data_request_count(data);

    out_str(caption, "Scenario ");
    out_str(caption, data->scenario);
    out_printf(caption, ", seed %" PRIu64 ", n = %" PRIu64 " requests, %" PRIu64 " of them lost",
               data->seed, total, count_lost(data));
    if (data->replications > 1)
        out_printf(caption, "; replication 0 of %" PRIu64, data->replications);
    out_str(caption, data->is_partial ? "; the run was interrupted.\n" : ".\n");
    if (window == NULL || !window->is_zoomed)
        return;
    out_str(caption, "Drawn are ");
    out_seconds(caption, window->from_ns);
    out_str(caption, " s to ");
    out_seconds(caption, window->to_ns);
    out_str(caption, " s of 0 s to ");
    out_seconds(caption, data->until_ns);
    out_str(caption, " s: outside, no pod changes its state and no request is lost.\n");
}
