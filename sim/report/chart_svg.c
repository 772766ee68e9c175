/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart_svg.h"

#include <math.h>
#include <string.h>

#include "base/exact_math.h"
#include "report/chart_color.h"

#define TICK_LENGTH 9.0

void chart_svg_put_escaped(struct out *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            out_str(out, "&amp;");
            break;
        case '<':
            out_str(out, "&lt;");
            break;
        case '>':
            out_str(out, "&gt;");
            break;
        case '"':
            out_str(out, "&quot;");
            break;
        case '\'':
            out_str(out, "&#39;");
            break;
        default:
            out_char(out, (unsigned char)*text < ' ' && *text != '\n' ? ' ' : *text);
        }
    }
}

void chart_svg_put_colors(struct out *out, bool is_dark)
{
    for (uint32_t role = 0; role < CHART_COLOR_COUNT; role++)
        out_printf(out, "--c-%s:%s;", chart_color_name((enum chart_color)role),
                   chart_color_value((enum chart_color)role, is_dark));
    for (uint32_t step = 0; step < CHART_COLOR_HEAT_STEPS; step++)
        out_printf(out, "--h-%u:%s;", step, chart_color_heat(step, is_dark));
}

/* One decimal: a tenth of a unit is finer than any screen. */
static void put_length(struct out *out, double length)
{
    const bool is_negative = length < 0.0;
    const int64_t tenths = (int64_t)((is_negative ? -length : length) * 10.0 + 0.5);

    if (is_negative && tenths > 0)
        out_char(out, '-');
    out_i64(out, tenths / 10);
    if (tenths % 10 != 0) {
        out_char(out, '.');
        out_i64(out, tenths % 10);
    }
}

static void put_attribute(struct out *out, const char *name, double length)
{
    out_printf(out, " %s=\"", name);
    put_length(out, length);
    out_char(out, '"');
}

static void put_color(struct out *out, const char *attribute, enum chart_color color)
{
    if (color == CHART_NO_COLOR)
        out_printf(out, " %s=\"none\"", attribute);
    else
        out_printf(out, " %s=\"var(--c-%s)\"", attribute, chart_color_name(color));
}

/* ---- from data to units ---- */

/* Share of the axis, 0 at min. */
static double share(const struct chart_axis *axis, double value)
{
    if (axis->is_log) {
        if (!(value > 0.0))
            return 0.0;
        return exact_log(value / axis->min) / exact_log(axis->max / axis->min);
    }
    return (value - axis->min) / (axis->max - axis->min);
}

static double to_x(const struct chart_panel *panel, double x)
{
    return panel->left + share(&panel->x, x) * (panel->right - panel->left);
}

static double to_y(const struct chart_panel *panel, double y)
{
    const double of_height = share(&panel->y, y) * (panel->bottom - panel->top);

    return panel->y.is_reversed ? panel->top + of_height : panel->bottom - of_height;
}

static double place_x(const struct chart_panel *panel, const struct chart_at *at)
{
    return at->is_x_data ? to_x(panel, at->x) : at->x;
}

static double place_y(const struct chart_panel *panel, const struct chart_at *at)
{
    return at->is_y_data ? to_y(panel, at->y) : at->y;
}

/* ---- texts, lines ---- */

struct text_place {
    double x;
    double y; /* of the middle of its letters */
    enum chart_anchor anchor;
    enum chart_size size;
    enum chart_color color;
    bool is_upright;
};

static void put_text(struct out *out, const char *text, const struct text_place *place)
{
    static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    static const char *const classes[CHART_SIZE_COUNT] = {"", " class=\"s\"", " class=\"t\""};
    const double drop = 0.35 * chart_text_height(place->size);

    out_str(out, "<text");
    put_attribute(out, "x", place->is_upright ? place->x + drop : place->x);
    put_attribute(out, "y", place->is_upright ? place->y : place->y + drop);
    out_str(out, anchors[place->anchor]);
    out_str(out, classes[place->size]);
    if (place->color != CHART_INK)
        put_color(out, "fill", place->color);
    if (place->is_upright) {
        out_str(out, " transform=\"rotate(-90 ");
        put_length(out, place->x + drop);
        out_char(out, ' ');
        put_length(out, place->y);
        out_str(out, ")\"");
    }
    out_char(out, '>');
    chart_svg_put_escaped(out, text);
    out_str(out, "</text>\n");
}

static void put_stroke(struct out *out, const struct chart_style *style)
{
    static const char *const dashes[] = {"", " stroke-dasharray=\"10 6\"",
                                         " stroke-dasharray=\"3 5\"",
                                         " stroke-dasharray=\"14 5 3 5\""};

    put_color(out, "stroke", style->color);
    put_attribute(out, "stroke-width", style->width);
    out_str(out, dashes[style->dash]);
}

static void put_segment(struct out *out, const double ends[4], const struct chart_style *style)
{
    out_str(out, "<path d=\"M");
    put_length(out, ends[0]);
    out_char(out, ' ');
    put_length(out, ends[1]);
    out_char(out, 'L');
    put_length(out, ends[2]);
    out_char(out, ' ');
    put_length(out, ends[3]);
    out_str(out, "\" fill=\"none\"");
    put_stroke(out, style);
    out_str(out, "/>\n");
}

/* ---- axes ---- */

static void put_grid(const struct chart_panel *panel, struct out *out)
{
    const struct chart_style style = {.color = CHART_FAINT, .width = 1.0};

    if (panel->has_pale) {
        out_str(out, "<rect");
        put_attribute(out, "x", panel->left);
        put_attribute(out, "y", panel->top);
        put_attribute(out, "width", to_x(panel, panel->pale_to) - panel->left);
        put_attribute(out, "height", panel->bottom - panel->top);
        put_color(out, "fill", CHART_PALE);
        out_str(out, "/>\n");
    }
    for (uint32_t i = 0; panel->x.has_grid && i < panel->x.tick_count; i++) {
        const double x = to_x(panel, panel->x.ticks[i].at);

        put_segment(out, (const double[4]){x, panel->top, x, panel->bottom}, &style);
    }
    for (uint32_t i = 0; panel->y.has_grid && i < panel->y.tick_count; i++) {
        const double y = to_y(panel, panel->y.ticks[i].at);

        put_segment(out, (const double[4]){panel->left, y, panel->right, y}, &style);
    }
}

static void put_ticks(const struct chart_panel *panel, struct out *out)
{
    const struct chart_style style = {.color = CHART_INK, .width = 1.5};

    for (uint32_t i = 0; i < panel->x.tick_count; i++) {
        const double x = to_x(panel, panel->x.ticks[i].at);

        put_segment(out, (const double[4]){x, panel->bottom, x, panel->bottom + TICK_LENGTH},
                    &style);
        if (!panel->x.has_no_labels)
            put_text(
                out, panel->x.ticks[i].label,
                &(struct text_place){.x = x, .y = panel->bottom + 28.0, .anchor = CHART_CENTER});
    }
    for (uint32_t i = 0; i < panel->y.tick_count; i++) {
        const double y = to_y(panel, panel->y.ticks[i].at);

        put_segment(out, (const double[4]){panel->left - TICK_LENGTH, y, panel->left, y}, &style);
        if (!panel->y.has_no_labels)
            put_text(out, panel->y.ticks[i].label,
                     &(struct text_place){.x = panel->left - 16.0, .y = y, .anchor = CHART_RIGHT});
    }
    put_segment(out, (const double[4]){panel->left, panel->top, panel->left, panel->bottom},
                &style);
    put_segment(out, (const double[4]){panel->left, panel->bottom, panel->right, panel->bottom},
                &style);
}

/* ---- layers ---- */

/* Patterns of one figure have its name in theirs: a page holds many. */
static void put_fill(struct out *out, const struct chart *chart, const struct chart_style *style)
{
    static const char *const names[] = {"", "hatch", "back", "cross", ""};

    if (style->fill == CHART_SOLID)
        put_color(out, "fill", style->color);
    else if (style->fill == CHART_OPEN)
        put_color(out, "fill", CHART_BACK);
    else
        out_printf(out, " fill=\"url(#%s-%s-%s)\"", chart->name, names[style->fill],
                   chart_color_name(style->color));
    put_color(out, "stroke", style->edge == CHART_NO_COLOR ? style->color : style->edge);
    out_printf(out, " stroke-width=\"%s\"", style->edge == CHART_NO_COLOR ? "0.5" : "1");
}

static void put_pattern(struct out *out, const struct chart *chart, const struct chart_style *style)
{
    static const char *const names[] = {"", "hatch", "back", "cross", ""};
    static const char *const paths[] = {"", "M-3 13L13-3M-3 3L3-3M7 13L13 7",
                                        "M-3-3L13 13M-3 7L3 13M7-3L13 3", "M-3-3L13 13M-3 13L13-3",
                                        ""};

    out_printf(out,
               "<pattern id=\"%s-%s-%s\" width=\"10\" height=\"10\" "
               "patternUnits=\"userSpaceOnUse\"><rect width=\"10\" height=\"10\"",
               chart->name, names[style->fill], chart_color_name(style->color));
    put_color(out, "fill", CHART_BACK);
    out_printf(out, "/><path d=\"%s\" fill=\"none\" stroke-width=\"2.2\"", paths[style->fill]);
    put_color(out, "stroke", style->color);
    out_str(out, "/></pattern>\n");
}

static bool has_pattern(const struct chart_layer *layer)
{
    return layer->kind == CHART_BOXES && layer->row_count > 0 && layer->style.fill != CHART_SOLID &&
           layer->style.fill != CHART_OPEN;
}

/* Each pattern once. */
static void put_patterns(struct out *out, const struct chart *chart)
{
    bool is_put[CHART_OPEN + 1][CHART_COLOR_COUNT] = {{false}};

    out_str(out, "<defs>\n");
    for (const struct chart_panel *panel = chart->panels; panel != NULL; panel = panel->next) {
        for (const struct chart_layer *layer = panel->layers; layer != NULL; layer = layer->next) {
            if (!has_pattern(layer) || is_put[layer->style.fill][layer->style.color])
                continue;
            is_put[layer->style.fill][layer->style.color] = true;
            put_pattern(out, chart, &layer->style);
        }
    }
    out_str(out, "</defs>\n");
}

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static void put_rect_path(struct out *out, const double edges[4])
{
    out_char(out, 'M');
    put_length(out, edges[0]);
    out_char(out, ' ');
    put_length(out, edges[1]);
    out_char(out, 'H');
    put_length(out, edges[2]);
    out_char(out, 'V');
    put_length(out, edges[3]);
    out_char(out, 'H');
    put_length(out, edges[0]);
    out_char(out, 'z');
}

static void put_boxes(struct out *out, const struct chart *chart, const struct chart_panel *panel,
                      const struct chart_layer *layer)
{
    out_str(out, "<path d=\"");
    for (uint32_t i = 0; i < layer->row_count; i++) {
        const double *box = &layer->values[4 * (size_t)i];
        const double from = clamp(to_x(panel, box[0]), panel->left, panel->right);
        const double to = clamp(to_x(panel, box[1]), panel->left, panel->right);
        const double low = clamp(to_y(panel, box[2]), panel->top, panel->bottom);
        const double high = clamp(to_y(panel, box[3]), panel->top, panel->bottom);

        if (to > from)
            put_rect_path(out, (const double[4]){from, low, to, high});
    }
    out_char(out, '"');
    put_fill(out, chart, &layer->style);
    out_str(out, "/>\n");
}

static void put_curve(struct out *out, const struct chart_panel *panel,
                      const struct chart_layer *layer)
{
    bool is_begin = true;

    out_str(out, "<path d=\"");
    for (uint32_t i = 0; i < layer->row_count; i++) {
        const bool is_gap = isnan(layer->values[2 * (size_t)i]);

        if (!is_gap)
            out_char(out, is_begin ? 'M' : 'L');
        is_begin = is_gap;
        if (is_gap)
            continue;
        put_length(out, to_x(panel, layer->values[2 * (size_t)i]));
        out_char(out, ' ');
        put_length(out, to_y(panel, layer->values[2 * (size_t)i + 1]));
    }
    out_str(out, "\" fill=\"none\" stroke-linejoin=\"round\"");
    put_stroke(out, &layer->style);
    out_str(out, "/>\n");
}

static void put_cross(struct out *out, double x, double y, double half)
{
    out_char(out, 'M');
    put_length(out, x - half);
    out_char(out, ' ');
    put_length(out, y - half);
    out_char(out, 'L');
    put_length(out, x + half);
    out_char(out, ' ');
    put_length(out, y + half);
    out_char(out, 'M');
    put_length(out, x - half);
    out_char(out, ' ');
    put_length(out, y + half);
    out_char(out, 'L');
    put_length(out, x + half);
    out_char(out, ' ');
    put_length(out, y - half);
}

static void put_crosses(struct out *out, const struct chart_panel *panel,
                        const struct chart_layer *layer)
{
    static const double widths[3] = {6.5, 4.5, 2.2};
    const enum chart_color colors[3] = {CHART_BACK, CHART_INK, layer->style.color};

    for (uint32_t coat = 0; coat < 3; coat++) {
        out_str(out, "<path d=\"");
        for (uint32_t i = 0; i < layer->row_count; i++)
            put_cross(out, to_x(panel, layer->values[2 * (size_t)i]),
                      to_y(panel, layer->values[2 * (size_t)i + 1]), 6.0 * layer->style.width);
        out_str(out, "\" fill=\"none\"");
        put_stroke(out, &(struct chart_style){.color = colors[coat],
                                              .width = widths[coat] * layer->style.width});
        out_str(out, "/>\n");
    }
}

static void put_layer(struct out *out, const struct chart *chart, const struct chart_panel *panel,
                      const struct chart_layer *layer)
{
    if (layer->row_count == 0)
        return;
    if (layer->kind == CHART_BOXES)
        put_boxes(out, chart, panel, layer);
    else if (layer->kind == CHART_CURVE)
        put_curve(out, panel, layer);
    else
        put_crosses(out, panel, layer);
}

/* ---- heat ---- */

/* -1: nothing there. */
static int heat_step(const struct chart_heat *heat, double value)
{
    const double step = value / heat->most * CHART_COLOR_HEAT_STEPS;

    if (isnan(value))
        return -1;
    return step >= CHART_COLOR_HEAT_STEPS ? (int)CHART_COLOR_HEAT_STEPS - 1 : (int)step;
}

/* Cells of one step side by side are one rectangle. */
static void put_heat_step(struct out *out, const struct chart_panel *panel, int step)
{
    const struct chart_heat *heat = panel->heat;
    const double step_x = (heat->to_x - heat->from_x) / heat->column_count;
    const double step_y = (heat->to_y - heat->from_y) / heat->row_count;

    for (uint32_t row = 0; row < heat->row_count; row++) {
        const double *values = &heat->values[(size_t)row * heat->column_count];
        const double low = to_y(panel, heat->from_y + row * step_y);
        const double high = to_y(panel, heat->from_y + (row + 1) * step_y);

        for (uint32_t column = 0; column < heat->column_count; column++) {
            const uint32_t first = column;

            while (column < heat->column_count && heat_step(heat, values[column]) == step)
                column++;
            if (column > first)
                put_rect_path(out,
                              (const double[4]){clamp(to_x(panel, heat->from_x + first * step_x),
                                                      panel->left, panel->right),
                                                low,
                                                clamp(to_x(panel, heat->from_x + column * step_x),
                                                      panel->left, panel->right),
                                                high});
        }
    }
}

static void put_scale(struct out *out, const struct chart_panel *panel)
{
    const struct chart_heat *heat = panel->heat;
    const double x = panel->right + 30.0;
    const double step = (panel->bottom - panel->top) / CHART_COLOR_HEAT_STEPS;

    for (uint32_t i = 0; i < CHART_COLOR_HEAT_STEPS; i++) {
        out_str(out, "<rect");
        put_attribute(out, "x", x);
        put_attribute(out, "y", panel->bottom - (i + 1) * step);
        put_attribute(out, "width", 24.0);
        put_attribute(out, "height", step + 0.5);
        out_printf(out, " fill=\"var(--h-%u)\"/>\n", i);
    }
    for (uint32_t i = 0; i < heat->tick_count; i++) {
        const double y =
            panel->bottom - heat->ticks[i].at / heat->most * (panel->bottom - panel->top);

        put_text(out, heat->ticks[i].label, &(struct text_place){.x = x + 34.0, .y = y});
    }
    put_text(out, heat->title,
             &(struct text_place){.x = x + 100.0,
                                  .y = (panel->top + panel->bottom) / 2,
                                  .anchor = CHART_CENTER,
                                  .is_upright = true});
}

static void put_heat(struct out *out, const struct chart_panel *panel)
{
    for (int step = 0; step < (int)CHART_COLOR_HEAT_STEPS; step++) {
        out_str(out, "<path d=\"");
        put_heat_step(out, panel, step);
        out_printf(out, "\" fill=\"var(--h-%d)\"/>\n", step);
    }
    put_scale(out, panel);
}

/* ---- legend ---- */

static void put_swatch(struct out *out, const struct chart *chart, const struct chart_layer *layer,
                       const double at[2])
{
    if (layer->kind == CHART_CURVE) {
        put_segment(out, (const double[4]){at[0], at[1], at[0] + CHART_SWATCH_WIDTH, at[1]},
                    &layer->style);
        return;
    }
    if (layer->kind == CHART_CROSSES) {
        struct chart_style style = layer->style;

        style.width = 2.5;
        out_str(out, "<path d=\"");
        put_cross(out, at[0] + CHART_SWATCH_WIDTH / 2, at[1], 7.0);
        out_str(out, "\" fill=\"none\"");
        put_stroke(out, &style);
        out_str(out, "/>\n");
        return;
    }
    out_str(out, "<rect");
    put_attribute(out, "x", at[0]);
    put_attribute(out, "y", at[1] - 8.0);
    put_attribute(out, "width", CHART_SWATCH_WIDTH);
    put_attribute(out, "height", 16.0);
    put_fill(out, chart, &layer->style);
    out_str(out, "/>\n");
}

static void put_legend(struct out *out, const struct chart *chart, const struct chart_panel *panel)
{
    uint32_t i = 0;

    for (const struct chart_layer *layer = panel->layers; layer != NULL; layer = layer->next) {
        double at[2];

        if (!chart_is_in_legend(panel, layer))
            continue;
        chart_legend_place(panel, i++, &at[0], &at[1]);
        put_swatch(out, chart, layer, at);
        put_text(out, layer->title,
                 &(struct text_place){.x = at[0] + CHART_SWATCH_GAP, .y = at[1]});
    }
}

static void put_panel(struct out *out, const struct chart *chart, const struct chart_panel *panel)
{
    put_grid(panel, out);
    if (panel->heat != NULL)
        put_heat(out, panel);
    for (const struct chart_layer *layer = panel->layers; layer != NULL; layer = layer->next)
        put_layer(out, chart, panel, layer);
    put_ticks(panel, out);
    for (const struct chart_line *line = panel->lines; line != NULL; line = line->next)
        put_segment(out,
                    (const double[4]){place_x(panel, &line->from), place_y(panel, &line->from),
                                      place_x(panel, &line->to), place_y(panel, &line->to)},
                    &line->style);
    for (const struct chart_text *text = panel->texts; text != NULL; text = text->next)
        put_text(out, text->text,
                 &(struct text_place){.x = place_x(panel, &text->at) + text->shift,
                                      .y = place_y(panel, &text->at) - text->lift,
                                      .anchor = text->anchor,
                                      .size = text->size,
                                      .color = text->color,
                                      .is_upright = text->is_upright});
    put_legend(out, chart, panel);
}

void chart_svg_put(const struct chart *chart, struct out *out)
{
    out_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\"%s viewBox=\"0 0 %g %g\" role=\"img\" "
               "aria-labelledby=\"%s-alt\">\n<title id=\"%s-alt\">",
               chart->width < CHART_WIDE ? " class=\"narrow\"" : "", chart->width, chart->height,
               chart->name, chart->name);
    chart_svg_put_escaped(out, chart->alt);
    out_str(out, "</title>\n");
    put_patterns(out, chart);
    for (const struct chart_panel *panel = chart->panels; panel != NULL; panel = panel->next)
        put_panel(out, chart, panel);
    out_str(out, "</svg>\n");
}
