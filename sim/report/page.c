/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/page.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "report/chart_svg.h"
#include "report/file_read.h"
#include "report/page_html.h"
#include "report/page_tables.h"
#include "report/why_failures.h"

#define SCENARIO_BYTES_MAX (256u << 10) /* of it, more is left to the file */

struct page {
    const struct page_source *source;
    struct arena *arena;
    struct out *out;
    json_t *summary;
    const char *summary_text;
    const char *resolved;
    const char *model; /* what was made of the manifests; "" where the results do not say */
};

/* ---- reading ---- */

/* A file that may be missing is "". */
static enum status read_optional(const struct page *page, const char *name, const char **text,
                                 struct error *err)
{
    const char *path = arena_printf(page->arena, "%s/%s", page->source->folder, name);
    const enum status status = file_read_text(page->arena, path, text, err);

    if (status == STATUS_IO && errno == ENOENT) {
        *text = "";
        return STATUS_OK;
    }
    return status;
}

static enum status read_files(struct page *page, struct error *err)
{
    const char *json;
    enum status status = read_optional(page, "summary.json", &json, err);

    if (status == STATUS_OK)
        status = read_optional(page, "summary.txt", &page->summary_text, err);
    if (status == STATUS_OK)
        status = read_optional(page, "scenario.resolved.yaml", &page->resolved, err);
    if (status == STATUS_OK)
        status = read_optional(page, "model.txt", &page->model, err);
    if (status != STATUS_OK)
        return status;
    page->summary = json_loads(json, JSON_DECODE_INT_AS_REAL, NULL);
    if (!json_is_object(page->summary))
        return error_set(err, STATUS_INVALID, "%s/summary.json: not JSON", page->source->folder);
    return STATUS_OK;
}

static const json_t *find(const struct page *page, const char *first, const char *second)
{
    const json_t *object = json_object_get(page->summary, first);

    return second == NULL ? object : json_object_get(object, second);
}

static const char *text_of(const struct page *page, const char *key)
{
    const json_t *value = json_object_get(page->summary, key);

    return json_is_string(value) ? json_string_value(value) : "";
}

/* ---- the top ---- */

/* The summary's first paragraph, its lines joined. */
static const char *answer_of(const struct page *page)
{
    const char *end = strstr(page->summary_text, "\n(asked:");
    const char *blank = strstr(page->summary_text, "\n\n");
    char *answer;

    if (end == NULL || (blank != NULL && blank < end))
        end = blank;
    if (end == NULL)
        return page->summary_text;
    answer = arena_strndup(page->arena, page->summary_text, (size_t)(end - page->summary_text));
    for (char *at = answer; *at != '\0'; at++) {
        if (*at == '\n')
            *at = ' ';
    }
    return answer;
}

static void put_fact(const struct page *page, const char *name, const char *value, const char *more)
{
    struct out *out = page->out;

    if (value[0] == '\0')
        return;
    out_str(out, "<div>");
    page_html_put(out, "dt", name);
    out_str(out, "<dd>");
    page_html_put_text(out, value);
    if (more[0] != '\0')
        page_html_put(out, "small", more);
    out_str(out, "</dd></div>\n");
}

static void put_facts(const struct page *page)
{
    struct arena *arena = page->arena;
    const struct run_data *data = page->source->data;
    const json_t *latency = find(page, "requests", "latency_s");
    const json_t *spread = find(page, "propagation", "latency_s");
    const bool has_changes = data->spread.pair_count > 0;

    out_str(page->out, "<dl class=\"facts\">\n");
    put_fact(page, "Requests", page_tables_figure(arena, find(page, "requests", "total"), false),
             "");
    put_fact(page, "Lost", page_tables_figure(arena, find(page, "requests", "failed"), false), "");
    put_fact(page, "Latency, median",
             page_tables_figure(arena, json_object_get(latency, "p50"), true),
             arena_printf(arena, "p99 %s",
                          page_tables_figure(arena, json_object_get(latency, "p99"), true)));
    if (has_changes)
        put_fact(page, "Change to rules, median",
                 page_tables_figure(arena, json_object_get(spread, "p50"), true),
                 arena_printf(arena, "p99 %s",
                              page_tables_figure(arena, json_object_get(spread, "p99"), true)));
    put_fact(page, "Simulated", arena_printf(arena, "%.10g s", (double)data->until_ns / 1e9),
             data->warmup_ns > 0 ? arena_printf(arena, "the first %.10g s not counted",
                                                (double)data->warmup_ns / 1e9)
                                 : "");
    put_fact(page, "Seed", arena_printf(arena, "%" PRIu64, data->seed),
             data->replications > 1
                 ? arena_printf(arena, "%" PRIu64 " replications: means and 95 %% intervals",
                                data->replications)
                 : "");
    out_str(page->out, "</dl>\n");
}

static const struct {
    const char *id;
    const char *name;
} sections[] = {
    {"figures", "Figures"},       {"losses", "Losses"},         {"changes", "Changes"},
    {"traffic", "Traffic"},       {"thresholds", "Thresholds"}, {"model", "What was modelled"},
    {"scenario", "The scenario"}, {"again", "Run it again"},
};

static void put_head(const struct page *page)
{
    struct out *out = page->out;
    const char *question = text_of(page, "question");
    const char *scenario = page->source->data->scenario;

    out_str(out,
            "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
            "<meta charset=\"utf-8\"/>\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
            "<title>");
    page_html_put_text(out, scenario);
    out_str(out, " · epsim</title>\n");
    page_html_put_style(out);
    out_str(out, "</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the answer</a>\n"
                 "<header>\n<p class=\"kicker\">epsim · ");
    page_html_put_text(out, scenario);
    out_str(out, "</p>\n");
    page_html_put(out, "h1", question[0] != '\0' ? question : scenario);
    out_str(out, "<nav aria-label=\"Sections\">\n<ul>\n");
    for (uint32_t i = 0; i < EP_COUNT_OF(sections); i++)
        out_printf(out, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].name);
    out_str(out, "</ul>\n</nav>\n</header>\n<main id=\"main\">\n");
    out_printf(out, "<p class=\"answer%s\">",
               json_array_size(find(page, "losses", NULL)) == 0 ? " fine" : "");
    page_html_put_sentence(out, answer_of(page));
    out_str(out, "</p>\n");
    if (page->source->data->is_partial)
        page_html_put(out, "p",
                      "The run was interrupted: what follows covers the time until then.");
    put_facts(page);
}

static void begin_section(const struct page *page, uint32_t section)
{
    out_printf(
        page->out, "<section id=\"%s\" aria-labelledby=\"%s-head\">\n<h2 id=\"%s-head\">%s</h2>\n",
        sections[section].id, sections[section].id, sections[section].id, sections[section].name);
}

static void end_section(const struct page *page)
{
    out_str(page->out, "</section>\n");
}

/* ---- figures ---- */

static void put_chart_table(const struct page *page, const struct chart *chart)
{
    const struct chart_table *table = &chart->table;
    struct out *out = page->out;

    if (table->column_count == 0)
        return;
    out_str(out, "<details>\n<summary>The data of this figure as a table</summary>\n");
    page_html_begin_table(out, arena_printf(page->arena, "Data of %s", chart->name), table->columns,
                          table->column_count);
    for (uint32_t i = 0; i < table->cell_count; i++) {
        const uint32_t column = i % table->column_count;

        if (column == 0)
            page_html_begin_row(out, table->cells[i]);
        else
            page_html_put_cell(out, table->cells[i]);
        if (column + 1 == table->column_count)
            page_html_end_row(out);
    }
    page_html_end_table(out);
    if (table->left_out > 0)
        page_html_put(out, "p",
                      arena_printf(page->arena, "%" PRIu32 " more rows are left out here.",
                                   table->left_out / table->column_count));
    out_str(out, "</details>\n");
}

static void put_figure(const struct page *page, const struct chart *chart)
{
    struct out *out = page->out;
    const char *caption = strchr(chart->caption, ':');

    out_str(out, "<figure>\n<h3>");
    out_char(out, (char)(chart->about[0] - 'a' + 'A')); /* all begin with a small letter */
    page_html_put_text(out, chart->about + 1);
    out_str(out, "</h3>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    page_html_put_text(out, chart->name);
    out_str(out, "\">\n");
    chart_svg_put(chart, out);
    out_str(out, "</div>\n<figcaption>\n");
    page_html_put_lines(out, caption == NULL ? chart->caption : caption + 2);
    put_chart_table(page, chart);
    out_str(out, "</figcaption>\n</figure>\n");
}

static void put_figures(const struct page *page)
{
    const struct figures *figures = page->source->figures;

    begin_section(page, 0);
    if (page->source->data->replications > 1)
        page_html_put(
            page->out, "p",
            "The figures show replication 0; intervals over all are in the facts above and "
            "in summary.txt.");
    for (uint32_t i = 0; i < figures->count; i++)
        put_figure(page, &figures->charts[i]);
    for (uint32_t i = 0; i < figures->left_out_count; i++)
        page_html_put(page->out, "p",
                      arena_printf(page->arena, "Not drawn: %s (%s).", figures->left_out[i],
                                   figures->reasons[i]));
    end_section(page);
}

/* ---- the rest ---- */

static void put_folded(const struct page *page, const char *summary, const char *text)
{
    out_str(page->out, "<details>\n");
    page_html_put(page->out, "summary", summary);
    out_str(page->out, "<pre tabindex=\"0\"><code>");
    page_html_put_text(page->out, text);
    out_str(page->out, "</code></pre>\n</details>\n");
}

static void put_model(const struct page *page)
{
    struct out *out = page->out;

    begin_section(page, 5);
    page_html_put(
        out, "p",
        "Controllers, kubelets, probes and kube-proxies follow the algorithms of "
        "Kubernetes; each knows only what has reached it. The lengths of hops are drawn "
        "from distributions, which the resolved scenario below shows. Processors, memory, "
        "disks and packet loss do not exist.");
    if (page->model[0] != '\0')
        put_folded(page, "What was made of each field of the manifests", page->model);
    else
        page_html_put(out, "p",
                      "The results do not say what was made of the manifests' fields; "
                      "\"epsim validate\" on the scenario does.");
    end_section(page);
}

static void put_scenario(const struct page *page)
{
    const char *text = page->resolved;

    begin_section(page, 6);
    page_html_put(page->out, "p", "With all defaults filled in and manifests inlined.");
    if (strlen(text) > SCENARIO_BYTES_MAX) {
        text = arena_strndup(page->arena, text, SCENARIO_BYTES_MAX);
        page_html_put(page->out, "p", "It is long: this is its beginning.");
    }
    put_folded(page, "scenario.resolved.yaml", text);
    end_section(page);
}

static void put_again(const struct page *page)
{
    const struct run_data *data = page->source->data;
    struct out *out = page->out;
    const char *command =
        data->replications > 1
            ? arena_printf(page->arena,
                           "epsim run scenario.resolved.yaml -N %" PRIu64
                           " --expect-fingerprint %s",
                           data->replications, text_of(page, "fingerprint"))
            : arena_printf(page->arena, "epsim run scenario.resolved.yaml --expect-fingerprint %s",
                           text_of(page, "fingerprint"));

    begin_section(page, 7);
    page_html_put(out, "p", "In the folder of these results; other bytes anywhere would be a bug:");
    out_str(out, "<pre tabindex=\"0\"><code>");
    page_html_put_text(out, command);
    out_str(out, "</code></pre>\n<dl class=\"facts\">\n");
    put_fact(page, "Version", page->source->version, "");
    put_fact(page, "Seed", arena_printf(page->arena, "%" PRIu64, data->seed), "");
    put_fact(page, "Fingerprint", text_of(page, "fingerprint"), "");
    out_str(out, "</dl>\n");
    end_section(page);
}

/* What `epsim why` prints of the losses: an example of each kind, and what would have saved them. */
static void put_why(const struct page *page)
{
    const json_t *count = json_object_get(page->summary, "replications");
    struct result result;
    struct why_data data;
    struct error err;
    struct out text;

    if (json_array_size(find(page, "losses", NULL)) == 0)
        return;
    result_open_unfinished(&result, page->source->folder, text_of(page, "scenario"),
                           (uint64_t)json_number_value(count));
    out_open_memory(&text);
    if (why_data_load(&data, &result, NULL, &err) == STATUS_OK) { /* else the table has to do */
        const struct why_page plain = {.out = &text, .has_color = false};

        why_failures_put(&plain, &data);
        out_str(page->out, "<details open=\"open\"><summary>Why, and what would have saved them"
                           "</summary>\n<pre tabindex=\"0\">");
        page_html_put_text(page->out, out_text(&text));
        out_str(page->out, "</pre></details>\n");
    }
    out_discard(&text);
    result_close(&result);
}

static void put_tables(const struct page *page)
{
    begin_section(page, 1);
    page_tables_put_losses(page->out, page->summary);
    put_why(page);
    end_section(page);
    begin_section(page, 2);
    page_tables_put_changes(page->out, page->source->data, page->arena);
    end_section(page);
    begin_section(page, 3);
    page_tables_put_traffic(page->out, page->source->data, page->summary, page->arena);
    end_section(page);
    begin_section(page, 4);
    page_tables_put_thresholds(page->out, page->summary, page->arena);
    end_section(page);
}

enum status page_put(const struct page_source *source, struct arena *arena, struct out *out,
                     struct error *err)
{
    struct page page = {.source = source, .arena = arena, .out = out};
    const enum status status = read_files(&page, err);

    if (status == STATUS_OK) {
        put_head(&page);
        put_figures(&page);
        put_tables(&page);
        put_model(&page);
        put_scenario(&page);
        put_again(&page);
        out_str(out, "</main>\n</body>\n</html>\n");
    }
    json_decref(page.summary);
    return status;
}
