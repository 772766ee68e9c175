/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/why_data.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/hash.h"
#include "report/csv_read.h"
#include "report/file_read.h"
#include "report/why_files.h"

/* ---- names ---- */

static void init_names(struct why_names *names, struct arena *arena)
{
    *names = (struct why_names){.count = 0};
    name_index_init(&names->map, arena);
}

uint32_t why_files_name(struct why_names *names, struct arena *arena, const char *name)
{
    const uint32_t number = name_index_number(&names->map, hash_string(name), names->count);

    if (number < names->count)
        return number;
    ARENA_GROW(arena, names->names, &names->capacity, names->count + 1);
    names->names[names->count++] = arena_strdup(arena, name);
    return number;
}

/* A pod by name; one not met before has no event. */
uint32_t why_files_pod(struct why_data *data, const char *name)
{
    const uint32_t known_count = data->pod_names.count;
    uint32_t pod;

    if (name[0] == '\0')
        return ID_NONE;
    pod = why_files_name(&data->pod_names, data->arena, name);
    if (pod < known_count)
        return pod;
    ARENA_GROW(data->arena, data->pods, &data->pod_capacity, pod + 1);
    data->pods[pod] = (struct why_pod){
        .owner = "", .image = "", .node = "", .first_event = ID_NONE, .last_event = ID_NONE};
    return pod;
}

/* ---- summary.json ---- */

static double mean_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_object(value))
        value = json_object_get(value, "mean");
    return json_number_value(value);
}

static const char *string_of(struct why_data *data, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : arena_strdup(data->arena, text);
}

static void take_losses(struct why_data *data, const json_t *losses)
{
    for (size_t i = 0; i < json_array_size(losses); i++) {
        const json_t *row = json_array_get(losses, i);

        ARENA_GROW(data->arena, data->losses, &data->loss_capacity, data->loss_count + 1);
        data->losses[data->loss_count++] = (struct why_loss){
            .outcome = string_of(data, row, "outcome"),
            .pod_state = string_of(data, row, "pod_state"),
            .stage = string_of(data, row, "stage"),
            .cause = string_of(data, row, "cause"),
            .count = mean_number(row, "count"),
            .max_stale_s = mean_number(row, "max_stale_s"),
        };
    }
}

static enum status load_summary(struct why_data *data, struct error *err)
{
    const char *path = result_path(data->result, "summary.json");
    json_error_t where;
    json_t *summary;
    const json_t *requests;
    const json_t *rows;
    const char *text;
    enum status status = file_read_text(data->arena, path, &text, err);

    if (status != STATUS_OK)
        return status;
    summary = json_loads(text, JSON_DECODE_INT_AS_REAL, &where);
    if (summary == NULL)
        return error_set(err, STATUS_INVALID, "%s:%d:%d: %s", path, where.line, where.column,
                         where.text);
    requests = json_object_get(summary, "requests");
    rows = json_object_get(summary, "propagation_rows");
    data->lost_count = mean_number(requests, "failed");
    data->total_count = mean_number(requests, "total");
    data->slowest_ok_ns =
        (sim_ns)(mean_number(json_object_get(requests, "latency_s"), "max") * 1e9 + 0.5);
    data->until_ns = (sim_ns)(mean_number(summary, "until_s") * 1e9 + 0.5);
    data->is_sampled = mean_number(rows, "kept") < mean_number(rows, "total");
    take_losses(data, json_object_get(summary, "losses"));
    json_decref(summary);
    return STATUS_OK;
}

/* ---- all ---- */

enum status why_data_load(struct why_data *data, struct result *result, const char *asked_id,
                          struct error *err)
{
    enum status status;

    *data = (struct why_data){.result = result, .arena = &result->arena};
    init_names(&data->node_names, data->arena);
    init_names(&data->pod_names, data->arena);
    status = load_summary(data, err);
    if (status == STATUS_OK && result_has(result, "events.jsonl"))
        status = why_files_load_events(data, err);
    if (status == STATUS_OK)
        status = why_files_load_changes(data, err);
    if (status == STATUS_OK)
        status = why_files_load_pairs(data, err);
    if (status == STATUS_OK)
        status = why_files_load_requests(data, asked_id, err);
    return status;
}

/* ---- looking things up ---- */

const char *why_data_pod(const struct why_data *data, uint32_t pod)
{
    return pod == ID_NONE ? "" : data->pod_names.names[pod];
}

const char *why_data_node(const struct why_data *data, uint32_t node)
{
    return data->node_names.names[node];
}

const struct why_change *why_data_change(const struct why_data *data, uint32_t number)
{
    uint32_t low = 0;
    uint32_t high = data->change_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (data->changes[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < data->change_count && data->changes[low].number == number ? &data->changes[low]
                                                                           : NULL;
}

const struct why_pair *why_data_pair(const struct why_data *data, uint32_t number, uint32_t node)
{
    const struct why_change *change = why_data_change(data, number);

    for (uint32_t i = 0; change != NULL && i < change->pair_count; i++) {
        const struct why_pair *pair = &data->pairs[change->first_pair + i];

        if (pair->node == node)
            return pair;
    }
    return NULL;
}

const struct why_event *why_data_last(const struct why_data *data, uint32_t pod, const char *what,
                                      sim_ns at_ns)
{
    const struct why_event *found = NULL;

    if (pod == ID_NONE)
        return NULL;
    for (uint32_t i = data->pods[pod].first_event; i != ID_NONE; i = data->events[i].next) {
        const struct why_event *ev = &data->events[i];

        if (ev->at_ns <= at_ns && strcmp(ev->what, what) == 0)
            found = ev;
    }
    return found;
}

sim_ns why_data_last_ns(const struct why_data *data, uint32_t pod, const char *what, sim_ns at_ns)
{
    const struct why_event *ev = why_data_last(data, pod, what, at_ns);

    return ev == NULL ? NS_NEVER : ev->at_ns;
}

const struct why_event *why_data_event(const struct why_data *data, uint32_t id)
{
    return id >= 1 && id <= data->event_count ? &data->events[id - 1] : NULL;
}
