/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart.h"

#include <math.h>
#include <string.h>

#define LETTER_SHARE 0.56 /* of its height, an average letter's width */
#define X_TITLE_GAP 62.0
#define Y_TITLE_GAP 88.0

void chart_init(struct chart *chart, struct arena *arena, const char *name, const char *about)
{
    *chart = (struct chart){.arena = arena,
                            .name = name,
                            .about = about,
                            .width = CHART_WIDE,
                            .height = 1000.0,
                            .caption = "",
                            .alt = ""};
}

struct chart_panel *chart_add_panel(struct chart *chart, const double edges[4])
{
    struct chart_panel *panel = ARENA_NEW(chart->arena, struct chart_panel);

    panel->left = edges[0];
    panel->top = edges[1];
    panel->right = edges[2];
    panel->bottom = edges[3];
    if (chart->last_panel != NULL)
        chart->last_panel->next = panel;
    else
        chart->panels = panel;
    chart->last_panel = panel;
    return panel;
}

struct chart_layer *chart_add_layer(struct chart *chart, struct chart_panel *panel,
                                    enum chart_kind kind, const char *name,
                                    const struct chart_style *style)
{
    struct chart_layer *layer = ARENA_NEW(chart->arena, struct chart_layer);

    layer->kind = kind;
    layer->name = name;
    layer->style = *style;
    if (panel->last_layer != NULL)
        panel->last_layer->next = layer;
    else
        panel->layers = layer;
    panel->last_layer = layer;
    return layer;
}

void chart_add_box(struct chart *chart, struct chart_layer *layer, const double box[4])
{
    EP_REQUIRE(layer->kind == CHART_BOXES);
    ARENA_GROW(chart->arena, layer->values, &layer->capacity, 4 * (layer->row_count + 1));
    memcpy(&layer->values[4 * layer->row_count], box, 4 * sizeof box[0]);
    layer->row_count++;
}

void chart_add_point(struct chart *chart, struct chart_layer *layer, double x, double y)
{
    const uint32_t used = layer->row_count;

    EP_REQUIRE(layer->kind != CHART_BOXES);
    if (isnan(x) && (used == 0 || isnan(layer->values[2 * used - 2])))
        return; /* one gap is enough: two empty lines would end gnuplot's block */
    ARENA_GROW(chart->arena, layer->values, &layer->capacity, 2 * (layer->row_count + 1));
    layer->values[2 * layer->row_count] = x;
    layer->values[2 * layer->row_count + 1] = y;
    layer->row_count++;
}

struct chart_text *chart_add_text(struct chart *chart, struct chart_panel *panel, const char *text,
                                  struct chart_at at)
{
    struct chart_text *added = ARENA_NEW(chart->arena, struct chart_text);

    added->text = arena_strdup(chart->arena, text);
    added->at = at;
    added->next = panel->texts;
    panel->texts = added;
    return added;
}

struct chart_line *chart_add_line(struct chart *chart, struct chart_panel *panel,
                                  struct chart_at from, struct chart_at to)
{
    struct chart_line *added = ARENA_NEW(chart->arena, struct chart_line);

    added->from = from;
    added->to = to;
    added->style = (struct chart_style){.color = CHART_INK, .width = 1.5};
    added->next = panel->lines;
    panel->lines = added;
    return added;
}

/* ---- axes ---- */

/* The least of 1, 2, 5, 10, ... times a power of ten that is no less than `least`. */
static double nice_step(double least)
{
    static const double factors[3] = {1.0, 2.0, 5.0};
    double decade = 1.0;

    if (!(least > 1e-12))
        return 1e-12;
    while (decade > least)
        decade /= 10.0;
    while (decade * 10.0 <= least)
        decade *= 10.0;
    for (uint32_t i = 0; i < 3; i++) {
        if (decade * factors[i] >= least * (1.0 - 1e-9))
            return decade * factors[i];
    }
    return decade * 10.0;
}

static void add_tick(struct chart *chart, struct chart_axis *axis, uint32_t *capacity, double at)
{
    ARENA_GROW(chart->arena, axis->ticks, capacity, axis->tick_count + 1);
    axis->ticks[axis->tick_count++] =
        (struct chart_tick){.at = at, .label = arena_printf(chart->arena, "%.10g", at)};
}

static void tick_decades(struct chart *chart, struct chart_axis *axis)
{
    uint32_t capacity = 0;
    double decade = 1.0;

    while (decade > axis->min)
        decade /= 10.0;
    while (decade * 1.000001 < axis->min)
        decade *= 10.0;
    while (decade <= axis->max * 1.000001) {
        add_tick(chart, axis, &capacity, decade);
        decade *= 10.0;
    }
}

void chart_tick_axis(struct chart *chart, struct chart_axis *axis, uint32_t target)
{
    const double step = nice_step((axis->max - axis->min) / (target == 0 ? 1.0 : (double)target));
    uint32_t capacity = 0;
    int64_t first;

    axis->tick_count = 0;
    axis->ticks = NULL;
    if (axis->is_log) {
        tick_decades(chart, axis);
        return;
    }
    first = (int64_t)(axis->min / step);
    for (int64_t i = first; (double)i * step <= axis->max + 1e-9 * step; i++) {
        if ((double)i * step >= axis->min - 1e-9 * step)
            add_tick(chart, axis, &capacity, (double)i * step);
    }
}

void chart_scale(struct chart *chart, struct chart_axis *axis, double max, uint32_t target,
                 bool is_widened)
{
    axis->max = max > axis->min ? max : axis->min + 1.0;
    if (is_widened && !axis->is_log) {
        const double step = nice_step((axis->max - axis->min) / (double)target);
        double steps = (double)(int64_t)((axis->max - axis->min) / step);

        while (axis->min + steps * step < axis->max * (1.0 - 1e-12))
            steps += 1.0;
        axis->max = axis->min + steps * step;
    }
    chart_tick_axis(chart, axis, target);
}

void chart_add_titles(struct chart *chart, struct chart_panel *panel)
{
    if (panel->x.title != NULL) {
        const struct chart_at at = {.x = (panel->left + panel->right) / 2,
                                    .y = panel->bottom + X_TITLE_GAP};

        chart_add_text(chart, panel, panel->x.title, at)->anchor = CHART_CENTER;
    }
    if (panel->y.title != NULL) {
        const double gap = panel->y.title_gap > 0.0 ? panel->y.title_gap : Y_TITLE_GAP;
        const struct chart_at at = {.x = panel->left - gap, .y = (panel->top + panel->bottom) / 2};
        struct chart_text *text = chart_add_text(chart, panel, panel->y.title, at);

        text->anchor = CHART_CENTER;
        text->is_upright = true;
    }
}

/* ---- the legend ---- */

bool chart_is_in_legend(const struct chart_panel *panel, const struct chart_layer *layer)
{
    return panel->legend_columns > 0 && layer->title != NULL && layer->row_count > 0;
}

void chart_legend_place(const struct chart_panel *panel, uint32_t i, double *x, double *y)
{
    const uint32_t row = i / panel->legend_columns;

    *x =
        panel->legend_x + panel->legend_width / panel->legend_columns * (i % panel->legend_columns);
    *y = panel->legend_y + CHART_LEGEND_LINE * row;
}

double chart_add_legend(struct chart *chart, struct chart_panel *panel)
{
    double widest = 1.0;
    uint32_t count = 0;
    uint32_t columns;

    panel->legend_columns = 1;
    for (const struct chart_layer *layer = panel->layers; layer != NULL; layer = layer->next) {
        double width;

        if (!chart_is_in_legend(panel, layer))
            continue;
        width = CHART_SWATCH_GAP + chart_text_width(layer->title, CHART_NORMAL) + 24.0;
        widest = width > widest ? width : widest;
        count++;
    }
    columns = (uint32_t)((chart->width - 60.0) / widest);
    columns = columns < 1 ? 1 : columns > count ? count : columns;
    if (columns > 1 && count > columns) /* full lines look better than a long one and a rest */
        columns = (count + (count + columns - 1) / columns - 1) / ((count + columns - 1) / columns);
    panel->legend_columns = columns < 1 ? 1 : columns;
    panel->legend_width = widest * panel->legend_columns;
    panel->legend_x = (chart->width - panel->legend_width) / 2 + 12.0;
    panel->legend_y = panel->bottom + 110.0;

    const uint32_t rows = (count + columns - 1) / (columns > 0 ? columns : 1);

    return panel->legend_y + CHART_LEGEND_LINE * rows;
}

/* ---- texts ---- */

double chart_text_height(enum chart_size size)
{
    static const double heights[CHART_SIZE_COUNT] = {24.0, 19.0, 15.0};

    return heights[size];
}

double chart_text_width(const char *text, enum chart_size size)
{
    uint32_t letters = 0;

    for (; *text != '\0'; text++)
        letters += ((unsigned char)*text & 0xc0) != 0x80; /* UTF-8's later bytes are no letters */
    return letters * LETTER_SHARE * chart_text_height(size);
}

const char *chart_span(struct chart *chart, sim_ns span_ns)
{
    const double seconds = (double)span_ns / (double)NS_PER_S;
    const double size = seconds < 0 ? -seconds : seconds;

    if (span_ns == 0)
        return "0 s";
    if (size < 1e-3)
        return arena_printf(chart->arena, "%.3g us", seconds * 1e6);
    if (size < 0.1)
        return arena_printf(chart->arena, "%.3g ms", seconds * 1e3);
    return arena_printf(chart->arena,
                        size < 10     ? "%.2f s"
                        : size < 1000 ? "%.1f s"
                                      : "%.0f s",
                        seconds);
}

/* ---- the table ---- */

void chart_table_begin(struct chart *chart, const char *const *columns, uint32_t column_count)
{
    chart->table = (struct chart_table){.columns = columns, .column_count = column_count};
}

void chart_table_cell(struct chart *chart, const char *text)
{
    struct chart_table *table = &chart->table;

    EP_REQUIRE(table->column_count > 0);
    if (table->cell_count >= CHART_TABLE_ROWS_MAX * table->column_count) {
        table->left_out++;
        return;
    }
    ARENA_GROW(chart->arena, table->cells, &table->capacity, table->cell_count + 1);
    table->cells[table->cell_count++] = arena_strdup(chart->arena, text);
}
