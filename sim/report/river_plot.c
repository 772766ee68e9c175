/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/river_plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart_time.h"

#define LEFT 120.0
#define RIGHT (CHART_WIDE - 40.0)
#define GAP 95.0 /* between panels side by side */
#define PANELS_MAX 12u
#define BARS_MAX 120
#define SEPARATED_MAX 80u /* with more pods a panel, no line is drawn between them */
#define GROUPS_MAX 6u

static const struct chart_style group_styles[GROUPS_MAX] = {
    {CHART_BLUE, CHART_NO_COLOR, CHART_SOLID, 0, 0},
    {CHART_ORANGE, CHART_NO_COLOR, CHART_SOLID, 0, 0},
    {CHART_GREEN, CHART_NO_COLOR, CHART_SOLID, 0, 0},
    {CHART_PURPLE, CHART_NO_COLOR, CHART_HATCH, 0, 0},
    {CHART_SKY, CHART_NO_COLOR, CHART_SOLID, 0, 0},
    {CHART_GREY, CHART_NO_COLOR, CHART_SOLID, 0, 0}, /* all further groups too */
};

/* A service's pods, in the order in which they are stacked. */
struct member {
    uint32_t pod;
    uint32_t group;
    uint64_t *counts; /* by bar */
    uint64_t total;
};

struct stack {
    const struct traffic_service *service;
    struct member *members;
    uint32_t member_count;
    uint32_t groups[GROUPS_MAX]; /* the first pod of each */
    uint32_t group_count;
};

struct river {
    const struct run_data *data;
    struct chart *chart;
    struct chart_window window;
    sim_ns from_ns;
    sim_ns width_ns; /* of a bar: whole bins */
    uint32_t bar_count;
    uint64_t **counts; /* by pod; NULL: of no service */
    struct stack stacks[PANELS_MAX];
    uint32_t stack_count;
    uint32_t column_count; /* of panels */
};

/* ---- who is stacked on whom ---- */

static int compare_members(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->pod > b->pod) - (a->pod < b->pod);
}

static int compare_pods(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;

    return (a->pod > b->pod) - (a->pod < b->pod);
}

static uint32_t find_group(const struct river *river, struct stack *stack, uint32_t pod)
{
    const struct run_pod *row = &river->data->pods[pod];

    for (uint32_t i = 0; i < stack->group_count; i++) {
        const struct run_pod *first = &river->data->pods[stack->groups[i]];

        if (strcmp(first->owner, row->owner) == 0 && strcmp(first->image, row->image) == 0)
            return i;
    }
    if (stack->group_count == GROUPS_MAX)
        return GROUPS_MAX - 1;
    stack->groups[stack->group_count] = pod;
    return stack->group_count++;
}

/* Pods in the order of their creation, those of one owner and image together. */
static void gather_members(struct river *river, struct stack *stack)
{
    const struct traffic_service *service = stack->service;

    stack->members = ARENA_NEW_ARRAY(river->chart->arena, service->count, struct member);
    for (uint32_t i = 0; i < service->count; i++) {
        const char *name = river->data->traffic.rows[service->first + i].pod;
        const uint32_t pod = name[0] == '\0' ? ID_NONE : run_data_find_pod(river->data, name);

        if (pod != ID_NONE && river->counts[pod] == NULL) {
            river->counts[pod] = ARENA_NEW_ARRAY(river->chart->arena, river->bar_count, uint64_t);
            stack->members[stack->member_count++] =
                (struct member){.pod = pod, .counts = river->counts[pod]};
        }
    }
    if (stack->member_count == 0)
        return;
    qsort(stack->members, stack->member_count, sizeof stack->members[0], compare_pods);
    for (uint32_t i = 0; i < stack->member_count; i++)
        stack->members[i].group = find_group(river, stack, stack->members[i].pod);
    qsort(stack->members, stack->member_count, sizeof stack->members[0], compare_members);
}

static void count_requests(struct river *river)
{
    const struct run_data *data = river->data;

    for (uint32_t i = 0; i < data->connections.count; i++) {
        const struct run_count *row = &data->connections.rows[i];
        const sim_ns bar = (row->at_ns - river->from_ns) / river->width_ns;

        if (river->counts[row->what] != NULL && row->at_ns >= river->from_ns &&
            bar < (sim_ns)river->bar_count)
            river->counts[row->what][bar] += row->count;
    }
    for (uint32_t i = 0; i < river->stack_count; i++) {
        for (uint32_t k = 0; k < river->stacks[i].member_count; k++) {
            struct member *member = &river->stacks[i].members[k];

            for (uint32_t bar = 0; bar < river->bar_count; bar++)
                member->total += member->counts[bar];
        }
    }
}

static void gather(struct river *river)
{
    const struct run_data *data = river->data;
    const sim_ns span_ns = river->window.to_ns - river->window.from_ns;
    const sim_ns bins = (span_ns / data->bin_ns + BARS_MAX - 1) / BARS_MAX;

    river->from_ns = river->window.from_ns / data->bin_ns * data->bin_ns;
    river->width_ns = (bins < 1 ? 1 : bins) * data->bin_ns;
    river->bar_count =
        (uint32_t)((river->window.to_ns - river->from_ns + river->width_ns - 1) / river->width_ns);
    river->counts = ARENA_NEW_ARRAY(river->chart->arena, data->pod_count, uint64_t *);
    for (uint32_t i = 0; i < data->traffic.service_count && river->stack_count < PANELS_MAX; i++) {
        struct stack *stack = &river->stacks[river->stack_count];

        stack->service = &data->traffic.services[i];
        gather_members(river, stack);
        if (stack->member_count > 0)
            river->stack_count++;
    }
    count_requests(river);
    river->column_count = river->stack_count <= 3 ? 1 : river->stack_count <= 6 ? 2 : 3;
}

/* ---- drawing ---- */

static sim_ns bar_end_ns(const struct river *river, uint32_t bar)
{
    const sim_ns end_ns = river->from_ns + (bar + 1) * river->width_ns;

    return end_ns > river->data->until_ns ? river->data->until_ns : end_ns;
}

/* Adds one pod on top of `heights`, and a line along its upper edge. */
static void add_member(struct river *river, const struct member *member, double *heights,
                       struct chart_layer *boxes, struct chart_layer *edges)
{
    for (uint32_t bar = 0; bar < river->bar_count; bar++) {
        const double from = chart_time_seconds(river->from_ns + bar * river->width_ns);
        const double to = chart_time_seconds(bar_end_ns(river, bar));
        const double low = heights[bar];

        if (to <= from)
            continue;
        heights[bar] += (double)member->counts[bar] / (to - from);
        if (member->counts[bar] > 0)
            chart_add_box(river->chart, boxes, (const double[4]){from, to, low, heights[bar]});
        if (edges == NULL)
            continue;
        if (member->counts[bar] == 0) {
            chart_add_point(river->chart, edges, NAN, NAN);
            continue;
        }
        chart_add_point(river->chart, edges, from, heights[bar]);
        chart_add_point(river->chart, edges, to, heights[bar]);
    }
    if (edges != NULL)
        chart_add_point(river->chart, edges, NAN, NAN);
}

static const char *group_title(const struct river *river, const struct stack *stack, uint32_t group)
{
    const struct run_pod *pod = &river->data->pods[stack->groups[group]];
    uint32_t count = 0;

    for (uint32_t i = 0; i < stack->member_count; i++)
        count += stack->members[i].group == group;
    if (group == GROUPS_MAX - 1)
        return arena_printf(river->chart->arena, "others (%" PRIu32 ")", count);
    if (pod->image[0] == '\0' && pod->owner[0] == '\0')
        return arena_printf(river->chart->arena, "addresses outside (%" PRIu32 ")", count);
    return arena_printf(river->chart->arena, "%s (%" PRIu32 " pod%s)",
                        pod->image[0] != '\0' ? pod->image : pod->owner, count,
                        count == 1 ? "" : "s");
}

static double add_layers(struct river *river, struct chart_panel *panel, const struct stack *stack,
                         uint32_t index)
{
    static const struct chart_style edge_style = {.color = CHART_BACK, .width = 1.6};
    struct chart *chart = river->chart;
    double *heights = ARENA_NEW_ARRAY(chart->arena, river->bar_count, double);
    struct chart_layer *boxes[GROUPS_MAX];
    struct chart_layer *edges = NULL;
    double most = 0.0;

    for (uint32_t group = 0; group < stack->group_count; group++) {
        boxes[group] = chart_add_layer(
            chart, panel, CHART_BOXES,
            arena_printf(chart->arena, "panel-%" PRIu32 "-group-%" PRIu32, index, group),
            &group_styles[group]);
        boxes[group]->title = group_title(river, stack, group);
    }
    if (stack->member_count <= SEPARATED_MAX)
        edges = chart_add_layer(chart, panel, CHART_CURVE,
                                arena_printf(chart->arena, "panel-%" PRIu32 "-edges", index),
                                &edge_style);
    for (uint32_t i = 0; i < stack->member_count; i++)
        add_member(river, &stack->members[i], heights, boxes[stack->members[i].group],
                   i + 1 < stack->member_count ? edges : NULL);
    for (uint32_t bar = 0; bar < river->bar_count; bar++)
        most = heights[bar] > most ? heights[bar] : most;
    return most;
}

/* Where the index-th panel of the grid is. */
static struct chart_panel *place_panel(struct river *river, uint32_t index)
{
    static const double heights[4] = {0.0, 560.0, 330.0, 230.0};
    const uint32_t columns = river->column_count;
    const uint32_t rows = (river->stack_count + columns - 1) / columns;
    const double width = (RIGHT - LEFT - GAP * (columns - 1)) / columns;
    const double left = LEFT + (width + GAP) * (index % columns);
    const double marks =
        columns > 1 ? 0.0 : chart_time_marks_height(river->data, &river->window, LEFT, RIGHT);
    const double height = heights[rows > 3 ? 3 : rows];
    const uint32_t row = index / columns;
    const double top = 50.0 + marks + row * (height + 62.0);

    return chart_add_panel(river->chart, (const double[4]){left, top, left + width, top + height});
}

static void add_name(struct river *river, struct chart_panel *panel, const struct stack *stack)
{
    const char *name =
        arena_printf(river->chart->arena, "%s (%" PRIu32 " pod%s)", stack->service->name,
                     stack->member_count, stack->member_count == 1 ? "" : "s");
    const struct chart_at at = {.x = panel->right, .y = panel->top - 15.0};
    struct chart_text *text = chart_add_text(river->chart, panel, name, at);

    text->size = CHART_SMALL;
    text->anchor = CHART_RIGHT;
}

static void add_panel(struct river *river, uint32_t index)
{
    struct chart *chart = river->chart;
    const struct stack *stack = &river->stacks[index];
    const uint32_t columns = river->column_count;
    struct chart_panel *panel = place_panel(river, index);
    const bool is_high = panel->bottom - panel->top > 300.0;
    const bool is_lowest = index + columns >= river->stack_count;

    panel->y = (struct chart_axis){.min = 0.0, .has_grid = true};
    chart_scale(chart, &panel->y, add_layers(river, panel, stack, index), is_high ? 5 : 3, true);
    if (index % columns == 0)
        panel->y.title = is_high ? "Requests sent to each pod (1/s)" : "Requests (1/s)";
    chart_time_axis(chart, panel, river->data, &river->window, is_lowest);
    if (columns > 1 && is_lowest)
        panel->x.title = "Simulated time (s)";
    chart_time_marks(chart, panel, river->data, &river->window, columns == 1 && index == 0);
    chart->height = panel->bottom + 95.0 > chart->height ? panel->bottom + 95.0 : chart->height;
    if (river->stack_count > 1)
        add_name(river, panel, stack);
    else
        chart->height = chart_add_legend(chart, panel);
    chart_add_titles(chart, panel);
}

/* ---- words ---- */

static void put_words(struct river *river)
{
    struct chart *chart = river->chart;
    const uint32_t service_count = river->data->traffic.service_count;
    uint32_t pod_count = 0;
    struct out caption;

    for (uint32_t i = 0; i < river->stack_count; i++)
        pod_count += river->stacks[i].member_count;
    out_open_memory(&caption);
    out_str(&caption,
            "traffic-per-pod: Requests by the pod that they were sent to last, one pod stacked "
            "upon the other, those of one image and owner in one colour and in the order of their "
            "creation. Failed requests are in it. Dashed lines are entries of the timeline. A bar "
            "is ");
    out_seconds(&caption, river->width_ns);
    out_str(&caption, " s wide.\n");
    if (river->stack_count > 1)
        out_printf(&caption,
                   "A panel is a service, the busiest first, each on a scale of its "
                   "own%s. The second colour of a panel is a second set of pods.\n",
                   service_count > river->stack_count ? "; services past the twelfth are left out"
                                                      : "");
    chart_time_caption(&caption, river->data, &river->window);
    chart->caption = arena_strdup(chart->arena, out_text(&caption));
    out_discard(&caption);
    chart->alt = arena_printf(chart->arena,
                              "Stacked requests a second over time to %" PRIu32 " pod%s of %" PRIu32
                              " service%s.",
                              pod_count, pod_count == 1 ? "" : "s", river->stack_count,
                              river->stack_count == 1 ? "" : "s");
}

static void put_table(struct river *river)
{
    static const char *const columns[] = {"service", "pod", "image", "requests in the drawn time"};
    struct chart *chart = river->chart;

    chart_table_begin(chart, columns, EP_COUNT_OF(columns));
    for (uint32_t i = 0; i < river->stack_count; i++) {
        for (uint32_t k = 0; k < river->stacks[i].member_count; k++) {
            const struct member *member = &river->stacks[i].members[k];

            chart_table_cell(chart, river->stacks[i].service->name);
            chart_table_cell(chart, river->data->pods[member->pod].name);
            chart_table_cell(chart, river->data->pods[member->pod].image);
            chart_table_cell(chart, arena_printf(chart->arena, "%" PRIu64, member->total));
        }
    }
}

bool river_plot_make(const struct run_data *data, struct chart *chart)
{
    struct river river = {.data = data, .chart = chart, .window = chart_time_window(data)};

    if (data->connections.count == 0)
        return false;
    gather(&river);
    if (river.stack_count == 0)
        return false;
    chart->height = 0.0;
    for (uint32_t i = 0; i < river.stack_count; i++)
        add_panel(&river, i);
    put_words(&river);
    put_table(&river);
    return true;
}
