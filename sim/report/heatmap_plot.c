/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A node is stale from the cause of an effective change until its rules have it. What is drawn is
 * the time since the oldest such cause, the largest within a cell's time.
 */
#include "report/heatmap_plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart_time.h"

#define LEFT_MIN 150.0
#define RIGHT (CHART_WIDE - 170.0)
#define ROWS_MAX 60u /* more nodes are gathered */
#define COLUMNS_MAX 220
#define NAME_LETTERS_MAX 32

struct heatmap {
    const struct run_data *data;
    struct chart *chart;
    struct chart_window window;
    sim_ns from_ns; /* of the first column */
    sim_ns width_ns;
    uint32_t column_count;
    sim_ns *stale_ns; /* by node, then by column */
    uint32_t *order;  /* nodes, from the top */
    sim_ns *most_ns;  /* by node */
    sim_ns *sum_ns;   /* by node: of its cells */
    uint32_t row_count;
    bool is_gathered; /* a row is several nodes */
};

/* ---- cells ---- */

static void add_stale(struct heatmap *map, uint32_t node, sim_ns cause_ns, sim_ns end_ns)
{
    sim_ns *cells = &map->stale_ns[(size_t)node * map->column_count];
    const sim_ns first_ns = cause_ns > map->from_ns ? cause_ns - map->from_ns : 0;

    if (end_ns <= map->from_ns)
        return;
    for (sim_ns column = first_ns / map->width_ns; column < (sim_ns)map->column_count; column++) {
        const sim_ns begin_ns = map->from_ns + column * map->width_ns;
        const sim_ns last_ns =
            end_ns < begin_ns + map->width_ns ? end_ns : begin_ns + map->width_ns;

        if (begin_ns >= end_ns)
            break;
        if (last_ns - cause_ns > cells[column])
            cells[column] = last_ns - cause_ns;
        if (last_ns - cause_ns > map->most_ns[node])
            map->most_ns[node] = last_ns - cause_ns;
    }
}

/* A change that had not reached all nodes when the run ended: who lacks a row does not know it. */
static void add_unreached(struct heatmap *map, uint32_t change, const bool *has_reached)
{
    for (uint32_t node = 0; node < map->data->spread.node_count; node++) {
        if (!has_reached[node])
            add_stale(map, node, map->data->spread.changes[change].cause_ns, map->data->until_ns);
    }
}

static void fill_cells(struct heatmap *map)
{
    const struct spread_data *spread = &map->data->spread;
    bool *has_reached = ARENA_NEW_ARRAY(map->chart->arena, spread->node_count, bool);
    uint32_t pair = 0;

    for (uint32_t change = 0; change < spread->change_count; change++) {
        const struct spread_change *row = &spread->changes[change];

        memset(has_reached, 0, spread->node_count * sizeof has_reached[0]);
        for (; pair < spread->pair_count && spread->pairs[pair].change == change; pair++) {
            has_reached[spread->pairs[pair].node] = true;
            add_stale(map, spread->pairs[pair].node, row->cause_ns,
                      row->cause_ns + spread->pairs[pair].total_ns);
        }
        if (row->is_effective && !row->has_reached_all && !spread->is_sample)
            add_unreached(map, change, has_reached);
    }
}

static void make_columns(struct heatmap *map)
{
    const struct run_data *data = map->data;
    const sim_ns span_ns = map->window.to_ns - map->window.from_ns;
    const sim_ns bins = (span_ns / data->bin_ns + COLUMNS_MAX - 1) / COLUMNS_MAX;
    const uint32_t node_count = data->spread.node_count;

    map->width_ns = (bins < 1 ? 1 : bins) * data->bin_ns;
    map->from_ns = map->window.from_ns;
    map->column_count = (uint32_t)((span_ns + map->width_ns - 1) / map->width_ns);
    map->stale_ns =
        ARENA_NEW_ARRAY(map->chart->arena, (size_t)node_count * map->column_count, sim_ns);
    map->most_ns = ARENA_NEW_ARRAY(map->chart->arena, node_count, sim_ns);
    map->sum_ns = ARENA_NEW_ARRAY(map->chart->arena, node_count, sim_ns);
    fill_cells(map);
    for (uint32_t node = 0; node < node_count; node++) {
        for (uint32_t column = 0; column < map->column_count; column++)
            map->sum_ns[node] += map->stale_ns[(size_t)node * map->column_count + column];
    }
}

/* ---- rows ---- */

/* "node-2" before "node-10": runs of digits by their value. */
static int compare_names(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        const size_t digits_a = strspn(a, "0123456789");
        const size_t digits_b = strspn(b, "0123456789");

        if (digits_a > 0 && digits_b > 0) {
            const int by_digits = digits_a == digits_b ? strncmp(a, b, digits_a) : 0;

            if (digits_a != digits_b || by_digits != 0)
                return digits_a != digits_b ? (digits_a > digits_b) - (digits_a < digits_b)
                                            : by_digits;
            a += digits_a;
            b += digits_b;
            continue;
        }
        if (*a != *b)
            break;
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

struct place {
    const char *name;
    uint32_t node;
    sim_ns sum_ns; /* 0 where the order is that of names */
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;

    if (a->sum_ns != b->sum_ns)
        return a->sum_ns > b->sum_ns ? -1 : 1;
    return compare_names(a->name, b->name);
}

static void make_rows(struct heatmap *map)
{
    const struct spread_data *spread = &map->data->spread;
    struct place *places = ARENA_NEW_ARRAY(map->chart->arena, spread->node_count, struct place);

    map->is_gathered = spread->node_count > ROWS_MAX;
    map->row_count = map->is_gathered ? ROWS_MAX : spread->node_count;
    map->order = ARENA_NEW_ARRAY(map->chart->arena, spread->node_count, uint32_t);
    for (uint32_t node = 0; node < spread->node_count; node++)
        places[node] = (struct place){.name = spread->nodes[node],
                                      .node = node,
                                      .sum_ns = map->is_gathered ? map->sum_ns[node] : 0};
    qsort(places, spread->node_count, sizeof places[0], compare_places);
    for (uint32_t i = 0; i < spread->node_count; i++)
        map->order[i] = places[i].node;
}

/* The mean over the row's nodes; NAN where none is stale. */
static double cell_value(const struct heatmap *map, uint32_t row, uint32_t column)
{
    const uint64_t node_count = map->data->spread.node_count;
    const uint32_t first = (uint32_t)(row * node_count / map->row_count);
    const uint32_t end = (uint32_t)((row + 1) * node_count / map->row_count);
    sim_ns sum_ns = 0;

    for (uint32_t i = first; i < end; i++)
        sum_ns += map->stale_ns[(size_t)map->order[i] * map->column_count + column];
    return sum_ns == 0 ? NAN : chart_time_seconds(sum_ns) / (end - first);
}

static struct chart_heat *make_heat(struct heatmap *map)
{
    struct chart_heat *heat = ARENA_NEW(map->chart->arena, struct chart_heat);
    double most = 0.0;
    struct chart_axis scale = {.min = 0.0};

    heat->name = "heat";
    heat->title = map->is_gathered ? "Mean staleness (s)" : "Staleness (s)";
    heat->from_x = chart_time_seconds(map->from_ns);
    heat->to_x = chart_time_seconds(map->from_ns + (sim_ns)map->column_count * map->width_ns);
    heat->from_y = 0.0;
    heat->to_y = map->is_gathered ? (double)map->data->spread.node_count : (double)map->row_count;
    heat->column_count = map->column_count;
    heat->row_count = map->row_count;
    heat->values =
        ARENA_NEW_ARRAY(map->chart->arena, (size_t)map->row_count * map->column_count, double);
    for (uint32_t row = 0; row < map->row_count; row++) {
        for (uint32_t column = 0; column < map->column_count; column++) {
            const double value = cell_value(map, row, column);

            heat->values[(size_t)row * map->column_count + column] = value;
            most = !isnan(value) && value > most ? value : most;
        }
    }
    chart_scale(map->chart, &scale, most, map->row_count > 5 ? 5 : 3, true);
    heat->most = scale.max;
    heat->ticks = scale.ticks;
    heat->tick_count = scale.tick_count;
    return heat;
}

/* ---- the panel ---- */

static double row_height(const struct heatmap *map)
{
    if (map->is_gathered)
        return 11.0;
    return map->row_count <= 8 ? 60.0 : map->row_count <= 20 ? 32.0 : 17.0;
}

static const char *shorten(struct heatmap *map, const char *name)
{
    const size_t length = strlen(name);
    const char *end = name;

    if (length <= NAME_LETTERS_MAX)
        return name;
    end += length - NAME_LETTERS_MAX;
    while (((unsigned char)*end & 0xc0) == 0x80)
        end++;
    return arena_printf(map->chart->arena, "…%s", end);
}

static enum chart_size name_size(const struct heatmap *map)
{
    return map->row_count <= 20 ? CHART_NORMAL : CHART_TINY;
}

static double left_margin(struct heatmap *map)
{
    double widest = LEFT_MIN - 30.0;

    for (uint32_t node = 0; !map->is_gathered && node < map->data->spread.node_count; node++) {
        const double width =
            chart_text_width(shorten(map, map->data->spread.nodes[node]), name_size(map));

        widest = width > widest ? width : widest;
    }
    return 30.0 + widest;
}

static void add_names(struct heatmap *map, struct chart_panel *panel)
{
    for (uint32_t row = 0; row < map->row_count; row++) {
        const struct chart_at at = {.x = panel->left - 14.0, .y = row + 0.5, .is_y_data = true};
        struct chart_text *text = chart_add_text(
            map->chart, panel, shorten(map, map->data->spread.nodes[map->order[row]]), at);

        text->anchor = CHART_RIGHT;
        text->size = name_size(map);
    }
}

static void add_panel(struct heatmap *map)
{
    struct chart *chart = map->chart;
    const double left = left_margin(map);
    const double top = 30.0 + chart_time_marks_height(map->data, &map->window, left, RIGHT);
    const double height = map->row_count * row_height(map);
    struct chart_panel *panel = chart_add_panel(
        chart, (const double[4]){left, top, RIGHT, top + (height < 180.0 ? 180.0 : height)});

    panel->heat = make_heat(map);
    panel->y = (struct chart_axis){.min = 0.0, .max = panel->heat->to_y, .is_reversed = true};
    if (map->is_gathered) {
        chart_tick_axis(chart, &panel->y, 6);
        panel->y.title = "Nodes, the stalest on top";
        panel->y.title_gap = 110.0;
    } else {
        add_names(map, panel);
    }
    chart_time_axis(chart, panel, map->data, &map->window, true);
    chart_time_marks(chart, panel, map->data, &map->window, true);
    chart->height = panel->bottom + 95.0;
    chart_add_titles(chart, panel);
}

/* ---- words ---- */

static uint32_t stalest(const struct heatmap *map)
{
    uint32_t found = 0;

    for (uint32_t node = 1; node < map->data->spread.node_count; node++) {
        if (map->most_ns[node] > map->most_ns[found])
            found = node;
    }
    return found;
}

static void put_words(struct heatmap *map)
{
    const struct spread_data *spread = &map->data->spread;
    struct chart *chart = map->chart;
    const uint32_t worst = stalest(map);
    struct out caption;

    out_open_memory(&caption);
    out_str(&caption,
            "node-heatmap: How stale the nodes are. A node is stale from the cause of an effective "
            "change until its own rules have it; the colour is the time since the oldest cause "
            "that it does not know, the largest within a cell of ");
    out_seconds(&caption, map->width_ns);
    out_str(&caption, " s. Where there is no colour, the node knows all.\n");
    if (map->is_gathered)
        out_printf(&caption,
                   "The %" PRIu32 " nodes are sorted by their staleness and gathered into %" PRIu32
                   " rows of about %" PRIu32 "; a cell is the mean over its nodes.\n",
                   spread->node_count, map->row_count, spread->node_count / map->row_count);
    if (spread->is_sample)
        out_str(&caption, "propagation.csv holds a sample: single nodes may have been staler.\n");
    chart_time_caption(&caption, map->data, &map->window);
    chart->caption = arena_strdup(chart->arena, out_text(&caption));
    out_discard(&caption);
    chart->alt = arena_printf(
        chart->arena,
        "Map of %" PRIu32 " nodes over time, coloured where a node did not know of a change; the "
        "stalest was %s, by %s.",
        spread->node_count, spread->nodes[worst], chart_span(chart, map->most_ns[worst]));
}

static void put_table(struct heatmap *map)
{
    static const char *const columns[] = {"node", "stalest (s)", "mean over the drawn time (s)"};
    const struct spread_data *spread = &map->data->spread;
    struct chart *chart = map->chart;

    chart_table_begin(chart, columns, EP_COUNT_OF(columns));
    for (uint32_t i = 0; i < spread->node_count; i++) {
        const uint32_t node = map->order[i];

        chart_table_cell(chart, spread->nodes[node]);
        chart_table_cell(
            chart, arena_printf(chart->arena, "%.6g", chart_time_seconds(map->most_ns[node])));
        chart_table_cell(chart,
                         arena_printf(chart->arena, "%.4g",
                                      chart_time_seconds(map->sum_ns[node]) / map->column_count));
    }
}

bool heatmap_plot_make(const struct run_data *data, struct chart *chart)
{
    struct heatmap map = {.data = data, .chart = chart, .window = chart_time_window(data)};

    if (data->spread.pair_count == 0)
        return false;
    make_columns(&map);
    make_rows(&map);
    add_panel(&map);
    put_words(&map);
    put_table(&map);
    return true;
}
