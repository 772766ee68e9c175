/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A figure as data: panels with axes, layers of boxes, lines, points or heat, texts, and the words
 * that go with it. It is drawn twice from this one description: by gnuplot (chart_gnuplot.h) and
 * as SVG within the report (chart_svg.h), so that both show the same.
 *
 * Lengths are units of the canvas, from its upper left corner; a wide figure is 1600 units across.
 * Colours are roles, which a theme gives their values. What is told by colour is told by pattern,
 * dash or marker too.
 */
#ifndef EPSIM_REPORT_CHART_H
#define EPSIM_REPORT_CHART_H

#include "base/arena.h"
#include "base/out.h"

#define CHART_WIDE 1600.0
#define CHART_NARROW 1100.0

enum chart_color {
    CHART_INK,
    CHART_SOFT,  /* of texts that matter less */
    CHART_FAINT, /* of grid lines */
    CHART_BACK,
    CHART_PALE, /* of areas that are not counted */
    CHART_READY,
    CHART_READY_EDGE,
    CHART_DEEP, /* of traffic on top of CHART_READY */
    CHART_VERMILLION,
    CHART_BLUE,
    CHART_SKY,
    CHART_ORANGE,
    CHART_YELLOW,
    CHART_GREEN,
    CHART_PURPLE,
    CHART_GREY,
    CHART_COLOR_COUNT,
    CHART_NO_COLOR = CHART_COLOR_COUNT
};

enum chart_fill {
    CHART_SOLID,
    CHART_HATCH,
    CHART_BACK_HATCH,
    CHART_CROSS,
    CHART_OPEN
};
enum chart_dash {
    CHART_UNBROKEN,
    CHART_DASHED,
    CHART_DOTTED,
    CHART_DASH_DOT
};
enum chart_size {
    CHART_NORMAL,
    CHART_SMALL,
    CHART_TINY,
    CHART_SIZE_COUNT
};
enum chart_anchor {
    CHART_LEFT,
    CHART_CENTER,
    CHART_RIGHT
};

struct chart_style {
    enum chart_color color;
    enum chart_color edge; /* of boxes; CHART_NO_COLOR: none */
    enum chart_fill fill;  /* of boxes */
    enum chart_dash dash;  /* of lines */
    double width;          /* of lines, in units */
};

enum chart_kind {
    CHART_BOXES,  /* from, to, low, high */
    CHART_CURVE,  /* x, y: joined in order; NAN, NAN: a gap */
    CHART_CROSSES /* x, y */
};

struct chart_layer {
    struct chart_layer *next;
    enum chart_kind kind;
    struct chart_style style;
    const char *name;  /* of its block in the .dat file; unique within the figure */
    const char *title; /* in the legend; NULL: none */
    double *values;    /* 4 or 2 a row */
    uint32_t row_count;
    uint32_t capacity; /* in values */
};

struct chart_tick {
    double at;
    const char *label;
};

/* Cells of equal size, row by row from low y; NAN: nothing there. */
struct chart_heat {
    const char *name;
    const char *title; /* of the scale */
    double from_x;
    double to_x;
    double from_y;
    double to_y;
    double most; /* the scale's end; it begins at 0 */
    const struct chart_tick *ticks;
    uint32_t tick_count;
    double *values;
    uint32_t column_count;
    uint32_t row_count;
};

struct chart_axis {
    double min;
    double max;
    bool is_log;
    bool is_reversed; /* of y: min is on top */
    bool has_grid;
    bool has_no_labels;
    const char *title; /* NULL: none */
    double title_gap;  /* of y: from the axis to the middle of its title; 0: the usual */
    struct chart_tick *ticks;
    uint32_t tick_count;
};

/* A place: each coordinate in units, or on the panel's axis. */
struct chart_at {
    double x;
    double y;
    bool is_x_data;
    bool is_y_data;
};

struct chart_text {
    struct chart_text *next;
    const char *text;
    struct chart_at at;
    double shift; /* from there to the right, in units */
    double lift;  /* and upwards */
    enum chart_anchor anchor;
    enum chart_size size;
    enum chart_color color;
    bool is_upright; /* reads from bottom to top */
};

struct chart_line {
    struct chart_line *next;
    struct chart_at from;
    struct chart_at to;
    struct chart_style style;
};

struct chart_panel {
    struct chart_panel *next;
    double left;
    double top;
    double right;
    double bottom;
    struct chart_axis x;
    struct chart_axis y;
    bool has_pale; /* up to pale_to on x, nothing is counted */
    double pale_to;
    double legend_x; /* its left edge */
    double legend_y; /* middle of its first line */
    double legend_width;
    uint32_t legend_columns; /* 0: no legend */
    struct chart_layer *layers;
    struct chart_layer *last_layer;
    struct chart_heat *heat; /* below the layers; NULL: none */
    struct chart_text *texts;
    struct chart_line *lines;
};

/* The numbers behind the figure, for those who cannot or would not see it. */
struct chart_table {
    const char *const *columns;
    uint32_t column_count;
    const char **cells; /* row by row */
    uint32_t cell_count;
    uint32_t capacity;
    uint32_t left_out; /* cells past CHART_TABLE_ROWS_MAX rows */
};

#define CHART_TABLE_ROWS_MAX 250u

struct chart {
    struct arena *arena;
    const char *name;  /* "rollout-timeline" */
    const char *about; /* one line, for the script's comment and for headings */
    double width;
    double height;
    struct chart_panel *panels;
    struct chart_panel *last_panel;
    const char *caption; /* paragraphs ended by newlines: what is drawn, how to read it */
    const char *alt;     /* what is to be seen, in a sentence or two */
    struct chart_table table;
};

void chart_init(struct chart *chart, struct arena *arena, const char *name, const char *about);

/* Edges in units: left, top, right, bottom. */
struct chart_panel *chart_add_panel(struct chart *chart, const double edges[4]);

struct chart_layer *chart_add_layer(struct chart *chart, struct chart_panel *panel,
                                    enum chart_kind kind, const char *name,
                                    const struct chart_style *style);
void chart_add_box(struct chart *chart, struct chart_layer *layer, const double box[4]);
void chart_add_point(struct chart *chart, struct chart_layer *layer, double x, double y);

/* The texts' and lines' defaults are zeroes: normal size, ink, from the left. */
struct chart_text *chart_add_text(struct chart *chart, struct chart_panel *panel, const char *text,
                                  struct chart_at at);
struct chart_line *chart_add_line(struct chart *chart, struct chart_panel *panel,
                                  struct chart_at from, struct chart_at to);

/* Range and ticks of 1, 2 or 5 times a power of ten, about `target` of them; of a logarithmic axis
 * the powers of ten. `max` is widened to the last tick where is_widened. */
void chart_scale(struct chart *chart, struct chart_axis *axis, double max, uint32_t target,
                 bool is_widened);

/* Ticks alone, within the range that the axis has. */
void chart_tick_axis(struct chart *chart, struct chart_axis *axis, uint32_t target);

/* The titles of axes as texts, below and left of the panel; after all else is known. */
void chart_add_titles(struct chart *chart, struct chart_panel *panel);

/* An estimate in units, of the widest theme. */
double chart_text_width(const char *text, enum chart_size size);

/* Height of a letter in units: of the report's and of the widest theme. */
double chart_text_height(enum chart_size size);

#define CHART_LEGEND_LINE 34.0
#define CHART_SWATCH_WIDTH 40.0
#define CHART_SWATCH_GAP 52.0 /* from the swatch's left edge to its words */

/* Whether a layer is in its panel's legend. */
bool chart_is_in_legend(const struct chart_panel *panel, const struct chart_layer *layer);

/* The left edge and the middle of the legend's i-th swatch. */
void chart_legend_place(const struct chart_panel *panel, uint32_t i, double *x, double *y);

/* Places a legend of as many columns as its words allow below the panel; returns its lower edge. */
double chart_add_legend(struct chart *chart, struct chart_panel *panel);

void chart_table_begin(struct chart *chart, const char *const *columns, uint32_t column_count);
void chart_table_cell(struct chart *chart, const char *text); /* copied */

/* "0.44 s", "12.3 ms": three significant digits, in the arena. */
const char *chart_span(struct chart *chart, sim_ns span_ns);

#endif
