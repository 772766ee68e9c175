/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.thresholds: k6's expressions, "p(99)<5s".
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define THRESHOLDS_MAX 1000u

static const struct {
    const char *name;
    const char *aggregates; /* "p" stands for p(N) */
    enum threshold_metric metric;
    bool is_time;
} metrics[] = {
    {"http_req_failed", "rate", THRESHOLD_HTTP_REQ_FAILED, false},
    {"http_req_duration", "avg min med max p", THRESHOLD_HTTP_REQ_DURATION, true},
    {"http_reqs", "count rate", THRESHOLD_HTTP_REQS, false},
    {"propagation", "avg min med max p", THRESHOLD_PROPAGATION, true},
};

/* An expression while it is read. */
struct threshold_reader {
    struct load *load;
    const struct item *item;
    const struct path *path;
    const char *at;
    size_t metric; /* index of metrics[] */
};

static bool fail(struct threshold_reader *reader, const char *message)
{
    diagnostics_error(&reader->load->diagnostics, yaml_tree_place(reader->item), reader->path,
                      "%s: %s", check_describe(reader->load->scratch, reader->item), message);
    return false;
}

static void skip_blanks(struct threshold_reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

/* "avg, min, med, max or p(N)" */
static const char *aggregate_names(struct arena *arena, const char *words)
{
    char buffer[160];
    const struct field field = {.type = FIELD_ENUM, .values = words};
    const char *text = fields_expected(&field, buffer);
    const size_t length = strlen(text);

    return arena_printf(arena, "%s%s", text,
                        length > 1 && strcmp(text + length - 2, " p") == 0 ? "(N)" : "");
}

static bool read_percentile(struct threshold_reader *reader, struct threshold_spec *threshold)
{
    char *end = NULL;

    threshold->aggregate = AGGREGATE_PERCENTILE;
    if (*reader->at != '(' || reader->at[1] < '0' || reader->at[1] > '9')
        return fail(reader, "p needs its percentage, as in p(99)");
    threshold->percentile = strtod(reader->at + 1, &end);
    if (*end != ')' || !(threshold->percentile >= 0 && threshold->percentile <= 100))
        return fail(reader, "expected a percentage from 0 to 100, as in p(99.9)");
    reader->at = end + 1;
    return true;
}

static bool read_aggregate(struct threshold_reader *reader, struct threshold_spec *threshold)
{
    static const struct {
        const char *name;
        enum threshold_aggregate aggregate;
    } aggregates[] = {{"rate", AGGREGATE_RATE}, {"count", AGGREGATE_COUNT}, {"avg", AGGREGATE_AVG},
                      {"min", AGGREGATE_MIN},   {"med", AGGREGATE_MED},     {"max", AGGREGATE_MAX}};
    struct arena *arena = reader->load->scratch;
    const char *known = metrics[reader->metric].aggregates;
    char buffer[64];

    skip_blanks(reader);

    const size_t length = strspn(reader->at, "abcdefghijklmnopqrstuvwxyz_");
    const char *word = arena_strndup(arena, reader->at, length);

    reader->at += length;
    if (!fields_has_word(known, word)) {
        const char *suggestion = length > 0 ? fields_suggest_word(known, word, buffer) : NULL;

        if (suggestion != NULL)
            return fail(reader, arena_printf(arena, "unknown aggregate %.40s; did you mean %s?",
                                             word, suggestion));
        return fail(reader, arena_printf(arena, "%s has no aggregate \"%.40s\"; expected %s",
                                         metrics[reader->metric].name, word,
                                         aggregate_names(arena, known)));
    }
    if (strcmp(word, "p") == 0)
        return read_percentile(reader, threshold);
    for (size_t i = 0; i < EP_COUNT_OF(aggregates); i++) {
        if (strcmp(word, aggregates[i].name) == 0)
            threshold->aggregate = aggregates[i].aggregate;
    }
    return true;
}

static bool read_comparison(struct threshold_reader *reader, struct threshold_spec *threshold)
{
    static const struct {
        const char *text;
        enum comparison comparison;
    } comparisons[] = {{"<=", COMPARE_LE}, {">=", COMPARE_GE}, {"===", COMPARE_EQ},
                       {"==", COMPARE_EQ}, {"!=", COMPARE_NE}, {"<", COMPARE_LT},
                       {">", COMPARE_GT}};

    skip_blanks(reader);
    for (size_t i = 0; i < EP_COUNT_OF(comparisons); i++) {
        if (strncmp(reader->at, comparisons[i].text, strlen(comparisons[i].text)) != 0)
            continue;
        threshold->comparison = comparisons[i].comparison;
        reader->at += strlen(comparisons[i].text);
        return true;
    }
    return fail(reader, "expected a comparison: <, <=, >, >=, == or !=");
}

static bool read_limit(struct threshold_reader *reader, struct threshold_spec *threshold)
{
    const bool is_duration_metric = metrics[reader->metric].is_time;
    struct arena *arena = reader->load->scratch;
    sim_ns span_ns = 0;
    const char *text;
    size_t length;

    skip_blanks(reader);
    length = strlen(reader->at);
    while (length > 0 && strchr(" \t", reader->at[length - 1]) != NULL)
        length--;
    text = arena_strndup(arena, reader->at, length);

    const struct item *number = yaml_tree_scalar(arena, (struct place){0}, text);

    if (is_duration_metric && value_duration(number, &span_ns)) {
        threshold->limit = (double)span_ns / (double)NS_PER_S;
        return true;
    }
    if (!value_number(number, &threshold->limit))
        return fail(reader, is_duration_metric ? "expected a limit such as 200ms or 1.5s"
                                               : "expected a limit that is a number such as 0.001");
    if (!is_duration_metric)
        return true;
    if (threshold->metric != THRESHOLD_HTTP_REQ_DURATION && threshold->limit != 0)
        return fail(reader, "the limit has no unit; expected a duration such as 5s");
    threshold->limit /= 1000; /* k6's milliseconds */
    return true;
}

static bool read_threshold(struct load *load, const struct item *item, const struct path *path,
                           size_t metric, struct threshold_spec *threshold)
{
    struct threshold_reader reader = {load, item, path, item->text, metric};

    if (item->kind != ITEM_STRING) {
        check_refuse(&load->checker, item, path, "an expression in quotes such as \"rate<0.001\"");
        return false;
    }
    *threshold = (struct threshold_spec){.metric_name = metrics[metric].name,
                                         .expression = load_text(load, item->text),
                                         .metric = metrics[metric].metric};
    return read_aggregate(&reader, threshold) && read_comparison(&reader, threshold) &&
           read_limit(&reader, threshold);
}

void load_thresholds(struct load *load, const struct item *map, const struct path *path)
{
    struct threshold_spec *thresholds = NULL;
    uint32_t capacity = 0;
    uint32_t count = 0;

    for (size_t metric = 0; metric < EP_COUNT_OF(metrics); metric++) {
        const struct item *list = yaml_tree_get(map, metrics[metric].name);
        const struct path list_path = {.parent = path, .key = metrics[metric].name};

        if (list == NULL)
            continue;
        if (list->kind != ITEM_LIST || list->count > THRESHOLDS_MAX) {
            check_refuse(&load->checker, list, &list_path,
                         "a list of expressions such as [\"rate<0.001\"]");
            continue;
        }
        for (uint32_t i = 0; i < list->count; i++) {
            const struct path way = {.parent = &list_path, .index = i};

            ARENA_GROW(load->arena, thresholds, &capacity, count + 1);
            if (read_threshold(load, list->entries[i].value, &way, metric, &thresholds[count]))
                count++;
        }
    }
    load->spec->thresholds = thresholds;
    load->spec->threshold_count = count;
}
