/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart_gnuplot.h"

#include <math.h>
#include <string.h>

#include "report/chart_color.h"

#define PAPER_CM_PER_UNIT 0.011125 /* 1600 units are 17.8 cm: both columns of a page */

/* 'text' with quotes doubled: gnuplot takes nothing in it for a command. */
static void put_quoted(struct out *out, const char *text)
{
    out_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            out_char(out, '\'');
        out_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
    }
    out_char(out, '\'');
}

static const char *color(enum chart_color role)
{
    return chart_color_name(role);
}

/* ---- the head: themes and terminals ---- */

static void put_colors(struct out *gp, bool is_dark)
{
    for (uint32_t role = 0; role < CHART_COLOR_COUNT; role++)
        out_printf(gp, "%s%s = '%s'", role % 5 == 0 ? (role == 0 ? "    " : "\n    ") : "; ",
                   chart_color_name((enum chart_color)role),
                   chart_color_value((enum chart_color)role, is_dark));
    out_str(gp, "\n    set palette defined (");
    for (uint32_t step = 0; step < CHART_COLOR_HEAT_STEPS; step++)
        out_printf(gp, "%s%u '%s'", step == 0 ? "" : ", ", step, chart_color_heat(step, is_dark));
    out_str(gp, ")\n");
}

static void put_theme(struct out *gp)
{
    out_str(gp, "if (!exists(\"theme\")) theme = 'screen' # or paper, slides, dark\n"
                "if (theme eq 'dark') {\n");
    put_colors(gp, true);
    out_str(gp, "} else {\n");
    put_colors(gp, false);
    out_str(gp, "}\n"
                "large = theme eq 'paper' || theme eq 'slides'\n"
                "zoom = theme eq 'slides' ? 1.2 : 1.0\n"
                "letter = (large ? 23.0 : 20.0)*zoom # height in pixels\n"
                "bold = large ? 1.3 : 1.0 # of lines\n"
                "normal = sprintf(',%.3g', 0.75*letter)\n"
                "small = sprintf(',%.3g', 0.75*letter*0.8)\n"
                "tiny = sprintf(',%.3g', 0.75*letter*0.63)\n");
}

static void put_terminals(const struct chart *chart, struct out *gp)
{
    const double width = chart->width;
    const double height = chart->height;

    out_printf(gp,
               "do for [format in (theme eq 'paper' ? 'png svg pdf' : 'png svg')] {\n"
               "if (format eq 'svg') {\n"
               "    set terminal svg size %g*zoom,%g*zoom dynamic font "
               "'sans-serif,'.sprintf('%%.3g', letter) background back noenhanced\n"
               "}\n"
               "if (format eq 'png') {\n"
               "    if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
               "        set terminal pngcairo size %g*zoom,%g*zoom font 'sans-serif'.normal "
               "background back noenhanced\n"
               "    } else {\n"
               "        set terminal png size %g*zoom,%g*zoom font 'sans-serif'.normal "
               "noenhanced\n"
               "    }\n"
               "}\n",
               width, height, width, height, width, height);
    out_printf(gp,
               "if (format eq 'pdf') {\n"
               "    normal = ',7'; small = ',5.7'; tiny = ',4.6'; bold = 0.7\n"
               "    set terminal pdfcairo size %.2fcm,%.2fcm font 'sans-serif'.normal fontscale 1 "
               "background back noenhanced\n"
               "}\n"
               "set output '%s.'.format\n"
               "set multiplot\nunset key\n",
               width * PAPER_CM_PER_UNIT, height * PAPER_CM_PER_UNIT, chart->name);
}

/* ---- places ---- */

static void put_x(const struct chart *chart, struct out *gp, double units)
{
    out_printf(gp, "screen %.5g", units / chart->width);
}

static void put_y(const struct chart *chart, struct out *gp, double units)
{
    out_printf(gp, "screen %.5g", 1.0 - units / chart->height);
}

static void put_at(const struct chart *chart, struct out *gp, const struct chart_at *at)
{
    if (at->is_x_data)
        out_printf(gp, "first %.10g", at->x);
    else
        put_x(chart, gp, at->x);
    out_str(gp, ", ");
    if (at->is_y_data)
        out_printf(gp, "first %.10g", at->y);
    else
        put_y(chart, gp, at->y);
}

static const char *dash_type(enum chart_dash dash)
{
    static const char *const types[] = {"1", "(10,6)", "(3,5)", "(14,5,3,5)"};

    return types[dash];
}

/* ---- axes ---- */

static void put_axis(struct out *gp, const struct chart_axis *axis, char letter)
{
    const bool is_reversed = axis->is_reversed;

    out_printf(gp, "set %crange [%.10g:%.10g]\n", letter, is_reversed ? axis->max : axis->min,
               is_reversed ? axis->min : axis->max);
    out_printf(gp, "%s logscale %c\n", axis->is_log ? "set" : "unset", letter);
    if (axis->tick_count == 0) {
        out_printf(gp, "unset %ctics\n", letter);
        return;
    }
    out_printf(gp, "set %ctics (", letter);
    for (uint32_t i = 0; i < axis->tick_count; i++) {
        if (i > 0)
            out_str(gp, ", ");
        put_quoted(gp, axis->has_no_labels ? "" : axis->ticks[i].label);
        out_printf(gp, " %.10g", axis->ticks[i].at);
    }
    out_str(gp, ") out nomirror textcolor rgb ink\n");
}

static void put_grid(struct out *gp, const struct chart_panel *panel)
{
    out_str(gp, "unset grid\n");
    if (panel->x.has_grid || panel->y.has_grid)
        out_printf(gp, "set grid %s %s lc rgb faint lw bold dt 1\n",
                   panel->x.has_grid ? "xtics" : "noxtics",
                   panel->y.has_grid ? "ytics" : "noytics");
}

static void put_frame(const struct chart *chart, const struct chart_panel *panel, struct out *gp)
{
    out_printf(gp,
               "set lmargin at screen %.5g\nset rmargin at screen %.5g\n"
               "set tmargin at screen %.5g\nset bmargin at screen %.5g\n"
               "set border 3 lc rgb ink\n",
               panel->left / chart->width, panel->right / chart->width,
               1.0 - panel->top / chart->height, 1.0 - panel->bottom / chart->height);
    put_axis(gp, &panel->x, 'x');
    put_axis(gp, &panel->y, 'y');
    put_grid(gp, panel);
    if (panel->has_pale)
        out_printf(gp,
                   "set object rectangle from graph 0, graph 0 to first %.10g, graph 1 behind "
                   "fs solid 1.0 noborder fc rgb pale\n",
                   panel->pale_to);
}

/* ---- texts and lines ---- */

static void put_text(const struct chart *chart, const struct chart_text *text, struct out *gp)
{
    static const char *const anchors[] = {"left", "center", "right"};
    static const char *const sizes[CHART_SIZE_COUNT] = {"normal", "small", "tiny"};

    out_str(gp, "set label ");
    put_quoted(gp, text->text);
    out_str(gp, " at ");
    put_at(chart, gp, &text->at);
    out_printf(gp, " %s font %s textcolor rgb %s%s", anchors[text->anchor], sizes[text->size],
               color(text->color), text->is_upright ? " rotate by 90" : "");
    if (text->shift != 0.0 || text->lift != 0.0)
        out_printf(gp, " offset screen %.5g, screen %.5g", text->shift / chart->width,
                   text->lift / chart->height);
    out_str(gp, " front\n");
}

static void put_line(const struct chart *chart, const struct chart_line *line, struct out *gp)
{
    out_str(gp, "set arrow from ");
    put_at(chart, gp, &line->from);
    out_str(gp, " to ");
    put_at(chart, gp, &line->to);
    out_printf(gp, " nohead lw %g*bold dt %s lc rgb %s front\n", line->style.width,
               dash_type(line->style.dash), color(line->style.color));
}

/* ---- layers ---- */

static void put_index(const struct chart *chart, const char *name, struct out *gp)
{
    out_printf(gp, "'%s.dat' index '%s' using ", chart->name, name);
}

static void put_fill(const struct chart_style *style, struct out *gp)
{
    static const char *const fills[] = {"solid 1.0", "pattern 4", "pattern 5", "pattern 2",
                                        "empty"};

    out_printf(gp, "fs %s ", fills[style->fill]);
    out_printf(gp, "border lc rgb %s",
               color(style->edge == CHART_NO_COLOR ? style->color : style->edge));
}

/* Crosses have an outline that keeps them apart from any ground, in colour and in grey. */
static void put_crosses(const struct chart *chart, const struct chart_layer *layer, struct out *gp)
{
    static const struct {
        double size;
        double width;
        const char *color;
    } coats[3] = {{1.3, 6.0, "back"}, {1.25, 4.0, "ink"}, {1.2, 1.9, NULL}};

    for (uint32_t i = 0; i < EP_COUNT_OF(coats); i++) {
        const bool is_last = i + 1 == EP_COUNT_OF(coats);

        if (i > 0)
            out_str(gp, ", \\\n    ");
        put_index(chart, layer->name, gp);
        out_printf(gp, "1:2 with points pt 2 ps %g*zoom*%g lw %g*bold lc rgb %s", coats[i].size,
                   layer->style.width, coats[i].width * layer->style.width,
                   is_last ? color(layer->style.color) : coats[i].color);
        out_str(gp, " notitle");
    }
}

static void put_layer(const struct chart *chart, const struct chart_layer *layer, struct out *gp)
{
    if (layer->kind == CHART_CROSSES) {
        put_crosses(chart, layer, gp);
        return;
    }
    put_index(chart, layer->name, gp);
    if (layer->kind == CHART_BOXES) {
        out_str(gp, "(0.5*($1+$2)):(0.5*($3+$4)):1:2:3:4 with boxxyerror ");
        put_fill(&layer->style, gp);
        out_printf(gp, " lc rgb %s lw %s*bold", color(layer->style.color),
                   layer->style.edge == CHART_NO_COLOR ? "0.4" : "0.8");
    } else {
        out_printf(gp, "1:2 with lines lw %g*bold dt %s lc rgb %s", layer->style.width,
                   dash_type(layer->style.dash), color(layer->style.color));
    }
    out_str(gp, " notitle");
}

static void put_heat(const struct chart *chart, const struct chart_panel *panel, struct out *gp)
{
    const struct chart_heat *heat = panel->heat;

    out_printf(gp, "set cbrange [0:%.10g]\nset cblabel ", heat->most);
    put_quoted(gp, heat->title);
    out_str(gp, " offset 1,0 textcolor rgb ink\nset cbtics (");
    for (uint32_t i = 0; i < heat->tick_count; i++)
        out_printf(gp, "%s'%s' %.10g", i == 0 ? "" : ", ", heat->ticks[i].label, heat->ticks[i].at);
    out_str(gp, ") textcolor rgb ink\n"
                "set colorbox vertical user origin screen ");
    out_printf(gp, "%.5g, screen %.5g size screen %.5g, screen %.5g front\n",
               (panel->right + 30) / chart->width, 1.0 - panel->bottom / chart->height,
               24 / chart->width, (panel->bottom - panel->top) / chart->height);
}

/* ---- the legend ---- */

static void put_swatch(const struct chart *chart, const struct chart_layer *layer,
                       const double at[2], struct out *gp)
{
    struct chart_at from = {.x = at[0], .y = at[1]};
    struct chart_at to = {.x = at[0] + CHART_SWATCH_WIDTH, .y = at[1]};

    if (layer->kind == CHART_CURVE) {
        put_line(chart, &(struct chart_line){.from = from, .to = to, .style = layer->style}, gp);
        return;
    }
    if (layer->kind == CHART_CROSSES) {
        from.x += CHART_SWATCH_WIDTH / 2;
        out_str(gp, "set label '' at ");
        put_at(chart, gp, &from);
        out_printf(gp, " point pt 2 ps 1.3*zoom lw 2.4*bold lc rgb %s front\n",
                   color(layer->style.color));
        return;
    }
    from.y += 8.0;
    to.y -= 8.0;
    out_str(gp, "set object rectangle from ");
    put_at(chart, gp, &from);
    out_str(gp, " to ");
    put_at(chart, gp, &to);
    out_printf(gp, " fc rgb %s lw 0.8*bold ", color(layer->style.color));
    put_fill(&layer->style, gp);
    out_str(gp, " front\n");
}

static void put_legend(const struct chart *chart, const struct chart_panel *panel, struct out *gp)
{
    uint32_t i = 0;

    for (const struct chart_layer *layer = panel->layers; layer != NULL; layer = layer->next) {
        struct chart_text text = {.text = layer->title};
        double at[2];

        if (!chart_is_in_legend(panel, layer))
            continue;
        chart_legend_place(panel, i++, &at[0], &at[1]);
        put_swatch(chart, layer, at, gp);
        text.at = (struct chart_at){.x = at[0] + CHART_SWATCH_GAP, .y = at[1]};
        put_text(chart, &text, gp);
    }
}

static void put_plot(const struct chart *chart, const struct chart_panel *panel, struct out *gp)
{
    const char *comma = "plot ";

    if (panel->heat != NULL) {
        put_heat(chart, panel, gp);
        out_str(gp, comma);
        put_index(chart, panel->heat->name, gp);
        out_str(gp, "1:2:3 with image notitle");
        comma = ", \\\n    ";
    }
    for (const struct chart_layer *layer = panel->layers; layer != NULL; layer = layer->next) {
        if (layer->row_count == 0)
            continue;
        out_str(gp, comma);
        put_layer(chart, layer, gp);
        comma = ", \\\n    ";
    }
    out_str(gp, strcmp(comma, "plot ") == 0 ? "plot NaN notitle\n" : "\n");
}

static void put_panel(const struct chart *chart, const struct chart_panel *panel, struct out *gp)
{
    out_str(gp, "unset label\nunset arrow\nunset object\n");
    put_frame(chart, panel, gp);
    for (const struct chart_line *line = panel->lines; line != NULL; line = line->next)
        put_line(chart, line, gp);
    for (const struct chart_text *text = panel->texts; text != NULL; text = text->next)
        put_text(chart, text, gp);
    put_legend(chart, panel, gp);
    put_plot(chart, panel, gp);
}

void chart_gnuplot_put_script(const struct chart *chart, const char *origin, struct out *gp)
{
    out_printf(gp, "# %s: %s\n# of ", chart->name, chart->about);
    for (const char *at = origin; *at != '\0'; at++)
        out_char(gp, (unsigned char)*at < ' ' ? ' ' : *at);
    out_printf(gp,
               "\n# \"gnuplot %s.gp\" in this folder draws %s.png and %s.svg;\n"
               "# gnuplot -e \"theme='dark'\" %s.gp in other colours.\n"
               "reset\nset encoding utf8\nset decimalsign '.'\n",
               chart->name, chart->name, chart->name, chart->name);
    put_theme(gp);
    put_terminals(chart, gp);
    for (const struct chart_panel *panel = chart->panels; panel != NULL; panel = panel->next)
        put_panel(chart, panel, gp);
    out_str(gp, "unset multiplot\nset output\n}\n");
}

/* ---- data ---- */

static void put_cells(const struct chart_heat *heat, struct out *dat)
{
    const double step_x = (heat->to_x - heat->from_x) / heat->column_count;
    const double step_y = (heat->to_y - heat->from_y) / heat->row_count;

    out_printf(dat, "\n\n# %s\n", heat->name);
    for (uint32_t row = 0; row < heat->row_count; row++) {
        for (uint32_t column = 0; column < heat->column_count; column++) {
            const double value = heat->values[row * heat->column_count + column];

            out_printf(dat, "%.8g %.8g ", heat->from_x + (column + 0.5) * step_x,
                       heat->from_y + (row + 0.5) * step_y);
            if (isnan(value))
                out_str(dat, "NaN\n");
            else
                out_printf(dat, "%.6g\n", value);
        }
    }
}

/* A gap in a curve is an empty line. */
static void put_row(const double *values, uint32_t width, struct out *dat)
{
    for (uint32_t i = 0; i < width && !isnan(values[0]); i++)
        out_printf(dat, "%s%.10g", i == 0 ? "" : " ", values[i]);
    out_char(dat, '\n');
}

void chart_gnuplot_put_data(const struct chart *chart, struct out *dat)
{
    out_printf(dat,
               "# %s. Blocks of boxes: from_x to_x low_y high_y; of curves and crosses: x y; "
               "of heat: x y value.\n",
               chart->name);
    for (const struct chart_panel *panel = chart->panels; panel != NULL; panel = panel->next) {
        if (panel->heat != NULL)
            put_cells(panel->heat, dat);
        for (const struct chart_layer *layer = panel->layers; layer != NULL; layer = layer->next) {
            const uint32_t width = layer->kind == CHART_BOXES ? 4 : 2;

            if (layer->row_count == 0)
                continue;
            out_printf(dat, "\n\n# %s\n", layer->name);
            for (uint32_t i = 0; i < layer->row_count; i++)
                put_row(&layer->values[(size_t)width * i], width, dat);
        }
    }
}
