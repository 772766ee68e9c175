/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/chart.h"
#include "report/chart_color.h"
#include "report/page_html.h"

#define CHANGES_MAX 150u
#define PODS_MAX 400u

/* ---- figures in words ---- */

static const char *number_text(struct arena *arena, double number, bool is_span)
{
    struct chart scratch = {.arena = arena};
    char buffer[32];

    if (is_span)
        return chart_span(&scratch, (sim_ns)(number * 1e9 + 0.5));
    if (number >= 1000.0)
        return arena_strdup(arena, page_html_count(buffer, (uint64_t)(number + 0.5)));
    return arena_printf(arena, "%.4g", number);
}

const char *page_tables_figure(struct arena *arena, const json_t *value, bool is_span)
{
    const json_t *interval = json_object_get(value, "ci95");

    if (json_is_number(value))
        return number_text(arena, json_number_value(value), is_span);
    if (!json_is_number(json_object_get(value, "mean")))
        return "";
    return arena_printf(
        arena, "%s (%s to %s)",
        number_text(arena, json_number_value(json_object_get(value, "mean")), is_span),
        number_text(arena, json_number_value(json_array_get(interval, 0)), is_span),
        number_text(arena, json_number_value(json_array_get(interval, 1)), is_span));
}

static const char *member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? json_string_value(value) : "";
}

/* ---- losses ---- */

void page_tables_put_losses(struct out *out, const json_t *summary)
{
    static const char *const columns[] = {"Outcome",       "Lost",      "The pod was",
                                          "News stuck in", "Caused by", "Stale at most"};
    const json_t *losses = json_object_get(summary, "losses");
    struct arena arena;

    if (json_array_size(losses) == 0) {
        page_html_put(out, "p", "No request was lost.");
        return;
    }
    arena_init(&arena);
    page_html_begin_table(out, "Lost requests by outcome, state of the pod, stage and cause",
                          columns, EP_COUNT_OF(columns));
    for (size_t i = 0; i < json_array_size(losses); i++) {
        const json_t *loss = json_array_get(losses, i);
        const char *stage = member(loss, "stage");

        page_html_begin_row(out, member(loss, "outcome"));
        page_html_put_number(out,
                             page_tables_figure(&arena, json_object_get(loss, "count"), false));
        page_html_put_cell(out, member(loss, "pod_state"));
        page_html_put_cell(out, strcmp(stage, "none") == 0 ? "nothing: the node knew" : stage);
        page_html_put_cell(out, member(loss, "cause"));
        page_html_put_number(
            out, page_tables_figure(&arena, json_object_get(loss, "max_stale_s"), true));
        page_html_end_row(out);
    }
    page_html_end_table(out);
    arena_deinit(&arena);
}

/* ---- changes ---- */

/* What the bar of a change is made of: its account up to the stored slice, then the nodes. */
static const struct {
    const char *name;
    enum chart_color color;
    uint32_t first; /* stages */
    uint32_t end;
} parts[] = {
    {"detect", CHART_SKY, STAGE_DETECT, STAGE_STATUS},
    {"API and controller (status to store)", CHART_ORANGE, STAGE_STATUS, STAGE_WATCH_NODE},
    {"nodes (watch_node to proxy_sync), half of them", CHART_BLUE, STAGE_WATCH_NODE, STAGE_COUNT},
};

static void put_key(struct out *out)
{
    out_str(out, "<ul class=\"keys\" aria-hidden=\"true\">\n");
    for (uint32_t i = 0; i < EP_COUNT_OF(parts); i++) {
        out_printf(out, "<li><span class=\"key\" style=\"background:var(--c-%s)\"></span>",
                   chart_color_name(parts[i].color));
        page_html_put_text(out, parts[i].name);
        out_str(out, "</li>\n");
    }
    out_str(out, "</ul>\n");
}

static sim_ns part_ns(const struct spread_change *change, uint32_t part)
{
    sim_ns sum_ns = 0;

    if (parts[part].first == STAGE_WATCH_NODE) {
        const sim_ns stored_ns = change->stored_ns - change->cause_ns;

        return change->p50_ns == NS_NEVER ? 0 : change->p50_ns - stored_ns;
    }
    for (uint32_t stage = parts[part].first; stage < parts[part].end; stage++)
        sum_ns += change->stages_ns[stage];
    return sum_ns;
}

/* In permille of the longest change. */
static void put_bar(struct out *out, const struct spread_change *change, sim_ns longest_ns)
{
    int64_t at = 0;

    out_str(out, "<td><svg class=\"bar\" viewBox=\"0 0 1000 70\" aria-hidden=\"true\">");
    for (uint32_t part = 0; part < EP_COUNT_OF(parts); part++) {
        const int64_t width = longest_ns == 0 ? 0 : part_ns(change, part) * 1000 / longest_ns;

        out_printf(out,
                   "<rect x=\"%" PRId64 "\" width=\"%" PRId64
                   "\" height=\"70\" fill=\"var(--c-%s)\"/>",
                   at, width, chart_color_name(parts[part].color));
        at += width;
    }
    out_str(out, "</svg></td>\n");
}

static void put_span(struct out *out, struct arena *arena, sim_ns span_ns)
{
    struct chart scratch = {.arena = arena};

    page_html_put_number(out,
                         span_ns == NS_NEVER ? "not everywhere" : chart_span(&scratch, span_ns));
}

static void put_change(struct out *out, const struct spread_change *change, struct arena *arena,
                       sim_ns longest_ns)
{
    page_html_begin_row(out, arena_printf(arena, "%" PRIu64, change->number));
    page_html_put_number(out, arena_printf(arena, "%.3f s", (double)change->cause_ns / NS_PER_S));
    page_html_put_cell(out, change->kind);
    page_html_put_cell(out, change->pod);
    page_html_put_cell(out, change->service);
    page_html_put_cell(out, change->cause);
    put_bar(out, change, longest_ns);
    for (uint32_t part = 0; part < EP_COUNT_OF(parts); part++)
        put_span(out, arena,
                 parts[part].end == STAGE_COUNT && change->p50_ns == NS_NEVER
                     ? NS_NEVER
                     : part_ns(change, part));
    put_span(out, arena, change->last_ns);
    page_html_end_row(out);
}

void page_tables_put_changes(struct out *out, const struct run_data *data, struct arena *arena)
{
    static const char *const columns[] = {"Change",
                                          "At",
                                          "Kind",
                                          "Pod",
                                          "Service",
                                          "Cause",
                                          "Way",
                                          "detect",
                                          "API and controller",
                                          "half of the nodes",
                                          "last node after"};
    const struct spread_data *spread = &data->spread;
    const uint32_t effective_count = spread_data_effective_count(spread);
    sim_ns longest_ns = 0;
    uint32_t put_count = 0;

    if (effective_count == 0) {
        page_html_put(out, "p",
                      "No effective change: the set of endpoints that may get new "
                      "connections stayed as it was.");
        return;
    }
    for (uint32_t i = 0; i < spread->change_count; i++) {
        const struct spread_change *change = &spread->changes[i];
        sim_ns sum_ns = 0;

        for (uint32_t part = 0; part < EP_COUNT_OF(parts); part++)
            sum_ns += part_ns(change, part);
        longest_ns = change->is_effective && sum_ns > longest_ns ? sum_ns : longest_ns;
    }
    page_html_put(out, "p",
                  "Effective changes: those by which the set of endpoints that may get "
                  "new connections differs. The bar is the way from the cause until half "
                  "of the nodes had it.");
    put_key(out);
    page_html_begin_table(out, "Effective changes and how long each part of their way took",
                          columns, EP_COUNT_OF(columns));
    for (uint32_t i = 0; i < spread->change_count && put_count < CHANGES_MAX; i++) {
        if (!spread->changes[i].is_effective)
            continue;
        put_change(out, &spread->changes[i], arena, longest_ns);
        put_count++;
    }
    page_html_end_table(out);
    if (put_count < effective_count)
        page_html_put(out, "p",
                      arena_printf(arena,
                                   "The first %" PRIu32 " of %" PRIu32
                                   "; all of them are in changes.csv.",
                                   put_count, effective_count));
}

/* ---- traffic ---- */

static void put_service(struct out *out, const struct run_data *data, const json_t *summary,
                        const struct traffic_service *service, struct arena *arena)
{
    static const char *const columns[] = {"Pod or address", "Requests", "ok", "lost"};
    const json_t *jain = json_object_get(
        json_object_get(json_object_get(summary, "services"), service->name), "jain");
    char buffer[32];

    page_html_put(out, "h3", service->name);
    page_html_put(
        out, "p",
        arena_printf(arena, "%s requests%s%s.", page_html_count(buffer, service->requests),
                     page_tables_figure(arena, jain, false)[0] == '\0' ? "" : "; Jain's index ",
                     page_tables_figure(arena, jain, false)));
    page_html_begin_table(out, arena_printf(arena, "Requests of %s by pod", service->name), columns,
                          EP_COUNT_OF(columns));
    for (uint32_t i = 0; i < service->count; i++) {
        const struct traffic_row *row = &data->traffic.rows[service->first + i];

        page_html_begin_row(out, row->pod[0] == '\0' ? "(none was chosen)" : row->pod);
        page_html_put_number(out, page_html_count(buffer, row->requests));
        page_html_put_number(out, page_html_count(buffer, row->ok));
        page_html_put_number(out, page_html_count(buffer, row->requests - row->ok));
        page_html_end_row(out);
    }
    page_html_end_table(out);
}

void page_tables_put_traffic(struct out *out, const struct run_data *data, const json_t *summary,
                             struct arena *arena)
{
    uint32_t put_count = 0;

    if (data->traffic.count == 0) {
        page_html_put(out, "p", "There was no traffic.");
        return;
    }
    if (data->replications > 1)
        page_html_put(out, "p", "Sums over all replications.");
    for (uint32_t i = 0; i < data->traffic.service_count; i++) {
        const struct traffic_service *service = &data->traffic.services[i];

        if (put_count + service->count > PODS_MAX && put_count > 0) {
            page_html_put(out, "p", "Further services are in traffic.csv.");
            return;
        }
        put_service(out, data, summary, service, arena);
        put_count += service->count;
    }
}

/* ---- thresholds ---- */

void page_tables_put_thresholds(struct out *out, const json_t *summary, struct arena *arena)
{
    static const char *const lists[] = {"thresholds", "expectations"};
    static const char *const columns[] = {"Expression", "Value", "Result"};
    bool has_any = false;

    for (uint32_t list = 0; list < EP_COUNT_OF(lists); list++) {
        const json_t *rows = json_object_get(summary, lists[list]);

        if (json_array_size(rows) == 0)
            continue;
        has_any = true;
        page_html_begin_table(out, list == 0 ? "Thresholds" : "Expectations", columns,
                              EP_COUNT_OF(columns));
        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *row = json_array_get(rows, i);
            const json_t *value = json_object_get(row, "value");

            page_html_begin_row(out, member(row, "expr"));
            page_html_put_number(out, json_is_number(value)
                                          ? arena_printf(arena, "%.6g", json_number_value(value))
                                          : page_tables_figure(arena, value, false));
            page_html_put_cell(out, json_is_true(json_object_get(row, "ok")) ? "held" : "failed");
            page_html_end_row(out);
        }
        page_html_end_table(out);
    }
    if (!has_any)
        page_html_put(out, "p", "The scenario sets no threshold and expects nothing.");
}
