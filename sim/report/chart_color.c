/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/chart_color.h"

struct color_row {
    const char *name;
    const char *light;
    const char *dark;
};

static const struct color_row rows[CHART_COLOR_COUNT] = {
    [CHART_INK] = {"ink", "#1a1a1a", "#e6e6e6"},
    [CHART_SOFT] = {"soft", "#5a5a5a", "#a9b1ba"},
    [CHART_FAINT] = {"faint", "#dddddd", "#3a424b"},
    [CHART_BACK] = {"back", "#ffffff", "#14181d"},
    [CHART_PALE] = {"pale", "#eeeeee", "#232a32"},
    [CHART_READY] = {"ready", "#8fd8c2", "#1f6b58"},
    [CHART_READY_EDGE] = {"ready_edge", "#00694d", "#8fd8c2"},
    [CHART_DEEP] = {"deep", "#123d52", "#cfe8f5"},
    [CHART_VERMILLION] = {"vermillion", "#d55e00", "#ff7f2a"},
    [CHART_BLUE] = {"blue", "#0072b2", "#3d9fdb"},
    [CHART_SKY] = {"sky", "#56b4e9", "#7cc7f2"},
    [CHART_ORANGE] = {"orange", "#e69f00", "#e69f00"},
    [CHART_YELLOW] = {"yellow", "#d8c800", "#f0e442"},
    [CHART_GREEN] = {"green", "#009e73", "#26bf92"},
    [CHART_PURPLE] = {"purple", "#cc79a7", "#dd98c0"},
    [CHART_GREY] = {"grey", "#9a9a9a", "#8d959e"},
};

/* Viridis, from its light to its dark end, in steps of a fifteenth. */
static const char *const heat[CHART_COLOR_HEAT_STEPS] = {
    "#fde725", "#d2e21b", "#a5db36", "#7ad151", "#54c568", "#35b779", "#22a884", "#1f988b",
    "#23888e", "#2a788e", "#31688e", "#39568c", "#414487", "#472f7d", "#481a6c", "#440154",
};

const char *chart_color_name(enum chart_color color)
{
    EP_REQUIRE(color < CHART_COLOR_COUNT);
    return rows[color].name;
}

const char *chart_color_value(enum chart_color color, bool is_dark)
{
    EP_REQUIRE(color < CHART_COLOR_COUNT);
    return is_dark ? rows[color].dark : rows[color].light;
}

const char *chart_color_heat(uint32_t step, bool is_dark)
{
    EP_REQUIRE(step < CHART_COLOR_HEAT_STEPS);
    return heat[is_dark ? CHART_COLOR_HEAT_STEPS - 1 - step : step];
}
