/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/run_data.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "report/csv_read.h"
#include "report/file_read.h"

#define PATH_BYTES 1200

/* ---- summary.json ---- */

static double json_number(const json_t *summary, const char *key, double otherwise)
{
    const json_t *value = json_object_get(summary, key);

    if (json_is_object(value))
        value = json_object_get(value, "mean");
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static enum status load_summary(struct run_data *data, const char *folder, struct error *err)
{
    const char *path = arena_printf(&data->arena, "%s/summary.json", folder);
    json_error_t json_err;
    json_t *summary;
    const char *text;
    enum status status = file_read_text(&data->arena, path, &text, err);

    if (status != STATUS_OK)
        return status;
    summary = json_loads(text, JSON_DECODE_INT_AS_REAL, &json_err);
    if (summary == NULL)
        return error_set(err, STATUS_INVALID, "%s:%d:%d: %s", path, json_err.line, json_err.column,
                         json_err.text);
    data->scenario =
        arena_strdup(&data->arena, json_string_value(json_object_get(summary, "scenario")));
    data->seed = file_read_u64(text, "seed");
    data->replications = (uint64_t)json_number(summary, "replications", 1.0);
    data->until_ns = (sim_ns)(json_number(summary, "until_s", 0.0) * 1e9 + 0.5);
    data->warmup_ns = (sim_ns)(json_number(summary, "warmup_s", 0.0) * 1e9 + 0.5);
    /* Of several replications it is a mean, while the rows are those of one. */
    if (data->replications == 1)
        data->in_flight_count =
            (uint64_t)json_number(json_object_get(summary, "requests"), "in_flight", 0.0);
    data->is_partial = json_is_true(json_object_get(summary, "partial"));
    json_decref(summary);
    if (data->scenario == NULL || data->until_ns <= 0)
        return error_set(err, STATUS_INVALID,
                         "%s: not a summary of epsim: no scenario or no until_s", path);
    return STATUS_OK;
}

/* ---- pods by name ---- */

static void rehash(struct run_data *data)
{
    const uint32_t slot_count = data->pod_slot_count == 0 ? 64 : 4 * data->pod_slot_count;

    data->pod_slots = ARENA_NEW_ARRAY(&data->arena, slot_count, uint32_t);
    data->pod_slot_count = slot_count;
    for (uint32_t pod = 0; pod < data->pod_count; pod++) {
        uint32_t slot = (uint32_t)hash_string(data->pods[pod].name) & (slot_count - 1);

        while (data->pod_slots[slot] != 0)
            slot = (slot + 1) & (slot_count - 1);
        data->pod_slots[slot] = pod + 1;
    }
}

/* The slot of a name: of its pod, or an empty one. */
static uint32_t find_slot(const struct run_data *data, const char *name)
{
    uint32_t slot = (uint32_t)hash_string(name) & (data->pod_slot_count - 1);

    while (data->pod_slots[slot] != 0 &&
           strcmp(data->pods[data->pod_slots[slot] - 1].name, name) != 0)
        slot = (slot + 1) & (data->pod_slot_count - 1);
    return slot;
}

uint32_t run_data_find_pod(const struct run_data *data, const char *name)
{
    uint32_t slot;

    if (data->pod_slot_count == 0)
        return ID_NONE;
    slot = find_slot(data, name);
    return data->pod_slots[slot] == 0 ? ID_NONE : data->pod_slots[slot] - 1;
}

/* Index of the pod; a new one if its name was not met before. */
static uint32_t find_pod(struct run_data *data, const char *name)
{
    uint32_t slot;

    if (2 * data->pod_count >= data->pod_slot_count)
        rehash(data);
    slot = find_slot(data, name);
    if (data->pod_slots[slot] != 0)
        return data->pod_slots[slot] - 1;
    ARENA_GROW(&data->arena, data->pods, &data->pod_capacity, data->pod_count + 1);
    data->pods[data->pod_count] = (struct run_pod){
        .name = arena_strdup(&data->arena, name), .image = "", .owner = "", .from_ns = NS_NEVER};
    data->pod_slots[slot] = data->pod_count + 1;
    return data->pod_count++;
}

/* ---- timeseries.csv ---- */

/* A row of the file. */
struct row {
    sim_ns at_ns;
    const char *metric;
    const char *key;
    const char *value;
};

static void add_count(struct run_data *data, struct run_counts *counts, struct run_count row)
{
    ARENA_GROW(&data->arena, counts->rows, &counts->capacity, counts->count + 1);
    counts->rows[counts->count++] = row;
}

static enum pod_state find_state(const char *name)
{
    for (uint32_t state = 0; state < POD_STATE_COUNT; state++) {
        if (strcmp(observer_pod_state_name((enum pod_state)state), name) == 0)
            return (enum pod_state)state;
    }
    return POD_STATE_COUNT;
}

static uint32_t find_outcome(const char *name)
{
    for (uint32_t outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        if (strcmp(observer_outcome_name((enum outcome)outcome), name) == 0)
            return outcome;
    }
    return ID_NONE;
}

/* Until close_spans fills it in, to_ns is the order of the rows: several states may be reached at
 * one instant. */
static void take_state(struct run_data *data, const struct row *row)
{
    const enum pod_state state = find_state(row->value);
    const uint32_t pod = find_pod(data, row->key);

    if (state == POD_STATE_COUNT)
        return;
    if (data->pods[pod].from_ns == NS_NEVER)
        data->pods[pod].from_ns = row->at_ns;
    data->pods[pod].changed_ns = row->at_ns;
    data->pods[pod].has_changed = data->pods[pod].has_changed || row->at_ns > 0;
    ARENA_GROW(&data->arena, data->spans, &data->span_capacity, data->span_count + 1);
    data->spans[data->span_count] = (struct run_span){
        .pod = pod, .state = state, .from_ns = row->at_ns, .to_ns = data->span_count};
    data->span_count++;
}

static void take_pod_count(struct run_data *data, struct run_counts *counts, const struct row *row)
{
    const struct run_count count = {.at_ns = row->at_ns,
                                    .what = find_pod(data, row->key),
                                    .count = strtoull(row->value, NULL, 10)};

    add_count(data, counts, count);
}

static void take_outcome(struct run_data *data, const struct row *row)
{
    const uint32_t outcome = find_outcome(row->key);

    if (outcome != ID_NONE)
        add_count(data, &data->requests,
                  (struct run_count){.at_ns = row->at_ns,
                                     .what = outcome,
                                     .count = strtoull(row->value, NULL, 10)});
}

static void take_mark(struct run_data *data, const struct row *row)
{
    ARENA_GROW(&data->arena, data->marks, &data->mark_capacity, data->mark_count + 1);
    data->marks[data->mark_count++] =
        (struct run_mark){.at_ns = row->at_ns, .label = arena_strdup(&data->arena, row->key)};
}

/* What a pod is: said once, beside its first state. */
static void take_pod_text(struct run_data *data, const struct row *row)
{
    const uint32_t pod = find_pod(data, row->key);
    const char *text = arena_strdup(&data->arena, row->value);

    if (strcmp(row->metric, "pod_image") == 0)
        data->pods[pod].image = text;
    else
        data->pods[pod].owner = text;
}

/* Metrics of other names are for other readers. */
static void take_row(struct run_data *data, const struct row *row)
{
    if (strcmp(row->metric, "connections") == 0)
        take_pod_count(data, &data->connections, row);
    else if (strcmp(row->metric, "connections_failed") == 0)
        take_pod_count(data, &data->failed, row);
    else if (strcmp(row->metric, "requests") == 0)
        take_outcome(data, row);
    else if (strcmp(row->metric, "pod_state") == 0)
        take_state(data, row);
    else if (strcmp(row->metric, "timeline") == 0)
        take_mark(data, row);
    else if (strcmp(row->metric, "bin_s") == 0)
        data->bin_ns = (sim_ns)(strtod(row->value, NULL) * 1e9 + 0.5);
    else if (strcmp(row->metric, "pod_image") == 0 || strcmp(row->metric, "pod_owner") == 0)
        take_pod_text(data, row);
}

static enum status load_series(struct run_data *data, const char *folder, struct error *err)
{
    static const char *const names[4] = {"t_s", "metric", "key", "value"};
    const char *path = arena_printf(&data->arena, "%s/timeseries.csv", folder);
    struct csv_read csv;
    uint32_t columns[4];
    bool has_record = true;
    enum status status = csv_read_open(&csv, path, err);

    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < 4 && status == STATUS_OK; i++)
        status = csv_read_find_column(&csv, names[i], &columns[i], err);
    while (status == STATUS_OK && has_record) {
        struct row row;

        status = csv_read_next(&csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        status = csv_read_seconds(&csv, columns[0], &row.at_ns, err);
        row.metric = csv_read_field(&csv, columns[1]);
        row.key = csv_read_field(&csv, columns[2]);
        row.value = csv_read_field(&csv, columns[3]);
        if (status == STATUS_OK)
            take_row(data, &row);
    }
    csv_read_close(&csv);
    if (status == STATUS_OK && data->bin_ns <= 0)
        status = error_set(err, STATUS_INVALID, "%s: no row bin_s", path);
    return status;
}

/* ---- requests.csv ---- */

/* Picks that failed, each at its instant. The file may be missing or hold other requests too. */
static enum status load_losses(struct run_data *data, const char *folder, struct error *err)
{
    const char *path = arena_printf(&data->arena, "%s/requests.csv", folder);
    struct csv_read csv;
    uint32_t pick = 0;
    uint32_t pod = 0;
    uint32_t outcome = 0;
    bool has_record = true;
    enum status status = csv_read_open(&csv, path, err);

    if (status != STATUS_OK)
        return status == STATUS_IO && errno == ENOENT ? STATUS_OK : status;
    status = csv_read_find_column(&csv, "t_pick_s", &pick, err);
    if (status == STATUS_OK)
        status = csv_read_find_column(&csv, "pod", &pod, err);
    if (status == STATUS_OK)
        status = csv_read_find_column(&csv, "outcome", &outcome, err);
    while (status == STATUS_OK && has_record) {
        struct run_count loss = {.count = 1};

        status = csv_read_next(&csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        if (strcmp(csv_read_field(&csv, outcome), "ok") == 0 ||
            csv_read_field(&csv, pod)[0] == '\0' || csv_read_field(&csv, pick)[0] == '\0')
            continue;
        status = csv_read_seconds(&csv, pick, &loss.at_ns, err);
        loss.what = find_pod(data, csv_read_field(&csv, pod));
        if (status == STATUS_OK && data->pods[loss.what].from_ns != NS_NEVER)
            add_count(data, &data->lost, loss);
    }
    csv_read_close(&csv);
    return status;
}

/* ---- what follows from the rows ---- */

static int compare_spans(const void *left, const void *right)
{
    const struct run_span *a = left;
    const struct run_span *b = right;

    if (a->pod != b->pod)
        return a->pod < b->pod ? -1 : 1;
    if (a->from_ns != b->from_ns)
        return a->from_ns < b->from_ns ? -1 : 1;
    return (a->to_ns > b->to_ns) - (a->to_ns < b->to_ns);
}

static void close_spans(struct run_data *data)
{
    if (data->span_count > 0)
        qsort(data->spans, data->span_count, sizeof data->spans[0], compare_spans);
    for (uint32_t i = 0; i < data->span_count; i++) {
        struct run_span *span = &data->spans[i];
        const bool is_last = i + 1 == data->span_count || span[1].pod != span->pod;

        span->to_ns = is_last ? data->until_ns : span[1].from_ns;
        if (is_last)
            data->pods[span->pod].to_ns =
                span->state == POD_STATE_GONE ? span->from_ns : data->until_ns;
    }
}

static void count_pods(struct run_data *data)
{
    if (data->lost.count == 0) {
        for (uint32_t i = 0; i < data->failed.count; i++) {
            struct run_count loss = data->failed.rows[i];

            loss.at_ns += data->bin_ns / 2;
            add_count(data, &data->lost, loss);
        }
    }
    for (uint32_t i = 0; i < data->connections.count; i++)
        data->pods[data->connections.rows[i].what].connection_count +=
            data->connections.rows[i].count;
    for (uint32_t i = 0; i < data->lost.count; i++)
        data->pods[data->lost.rows[i].what].lost_count += data->lost.rows[i].count;
}

enum status run_data_load(struct run_data *data, const char *folder, struct error *err)
{
    enum status status;

    *data = (struct run_data){.scenario = NULL};
    arena_init(&data->arena);
    if (strlen(folder) > PATH_BYTES)
        return error_set(err, STATUS_IO, "%.80s...: the path is too long", folder);
    status = load_summary(data, folder, err);
    if (status == STATUS_OK)
        status = load_series(data, folder, err);
    if (status == STATUS_OK)
        status = load_losses(data, folder, err);
    if (status == STATUS_OK)
        status = traffic_rows_load(&data->traffic, &data->arena, folder, err);
    if (status == STATUS_OK)
        status = spread_data_load(&data->spread, &data->arena, folder, err);
    if (status != STATUS_OK)
        return status;
    close_spans(data);
    count_pods(data);
    return STATUS_OK;
}

void run_data_free(struct run_data *data)
{
    arena_deinit(&data->arena);
}

uint64_t run_data_request_count(const struct run_data *data)
{
    uint64_t sum = data->in_flight_count;

    for (uint32_t i = 0; i < data->requests.count; i++)
        sum += data->requests.rows[i].count;
    return sum;
}

uint64_t run_data_outcome_count(const struct run_data *data, enum outcome outcome)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < data->requests.count; i++) {
        if (data->requests.rows[i].what == (uint32_t)outcome)
            sum += data->requests.rows[i].count;
    }
    return sum;
}
