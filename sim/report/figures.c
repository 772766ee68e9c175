/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/figures.h"

#include "report/ccdf_plot.h"
#include "report/heatmap_plot.h"
#include "report/lorenz_plot.h"
#include "report/requests_plot.h"
#include "report/river_plot.h"
#include "report/rollout_plot.h"
#include "report/waterfall_plot.h"

/* A figure: its file's name, what it shows, and why there may be nothing to show. */
struct figure_kind {
    const char *name;
    const char *about;
    const char *reason;
    bool (*make)(const struct run_data *data, struct chart *chart);
};

static const struct figure_kind kinds[] = {
    {"rollout-timeline", "pods through their states, and where new connections went",
     "there was no pod", rollout_plot_make},
    {"requests-by-outcome", "requests by their outcome over time", "there was no request",
     requests_plot_make},
    {"propagation-ccdf", "how long changes take to reach the nodes",
     "no effective change reached a node, or none was recorded", ccdf_plot_make},
    {"stage-waterfall", "which stage of a change's way takes the time",
     "no effective change reached a node, or none was recorded", waterfall_plot_make},
    {"traffic-per-pod", "requests to each pod over time",
     "no request reached a pod, or there were more than 1,000 pods", river_plot_make},
    {"node-heatmap", "how stale each node is over time",
     "no effective change reached a node, or none was recorded", heatmap_plot_make},
    {"lorenz", "how evenly requests are spread over pods", "no service had two pods with requests",
     lorenz_plot_make},
};
_Static_assert(EP_COUNT_OF(kinds) <= FIGURES_MAX, "figures.h: FIGURES_MAX");

void figures_make(struct figures *figures, struct arena *arena, const struct run_data *data)
{
    *figures = (struct figures){.count = 0};
    for (uint32_t i = 0; i < EP_COUNT_OF(kinds); i++) {
        struct chart *chart = &figures->charts[figures->count];

        chart_init(chart, arena, kinds[i].name, kinds[i].about);
        if (kinds[i].make(data, chart)) {
            figures->count++;
            continue;
        }
        figures->left_out[figures->left_out_count] = kinds[i].name;
        figures->reasons[figures->left_out_count++] = kinds[i].reason;
    }
}

const char *figures_name(uint32_t i)
{
    return i < EP_COUNT_OF(kinds) ? kinds[i].name : NULL;
}
