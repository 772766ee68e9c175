/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/why_files.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "report/csv_read.h"

#define COLUMNS_MAX 24u
#define NO_COLUMN UINT32_MAX

/* ---- tables ---- */

/* A CSV file with the columns that are read of it, by position in `names`. */
struct table {
    struct csv_read csv;
    uint32_t columns[COLUMNS_MAX];
};

static enum status open_table(struct why_data *data, struct table *table, const char *file,
                              const char *const *names, struct error *err)
{
    enum status status = csv_read_open(&table->csv, result_path(data->result, file), err);

    for (uint32_t i = 0; names[i] != NULL && status == STATUS_OK; i++) {
        EP_REQUIRE(i < COLUMNS_MAX);
        status = csv_read_find_column(&table->csv, names[i], &table->columns[i], err);
    }
    return status;
}

static const char *cell(const struct table *table, uint32_t column)
{
    return csv_read_field(&table->csv, table->columns[column]);
}

/* An instant or a length; NS_NEVER if the cell is empty. */
static enum status cell_ns(const struct table *table, uint32_t column, sim_ns *ns,
                           struct error *err)
{
    *ns = NS_NEVER;
    if (cell(table, column)[0] == '\0')
        return STATUS_OK;
    return csv_read_seconds(&table->csv, table->columns[column], ns, err);
}

static uint32_t cell_u32(const struct table *table, uint32_t column)
{
    return (uint32_t)strtoul(cell(table, column), NULL, 10);
}

/* The number of a word among those of an enum; `count` if it is none of them. */
static uint8_t find_word(const char *word, uint32_t count, const char *(*name)(uint32_t))
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(word, name(i)) == 0)
            return (uint8_t)i;
    }
    return (uint8_t)count;
}

static const char *outcome_word(uint32_t i)
{
    return observer_outcome_name((enum outcome)i);
}
static const char *state_word(uint32_t i)
{
    return observer_pod_state_name((enum pod_state)i);
}
static const char *stage_word(uint32_t i)
{
    return news_stage_name((enum stage)i);
}
static const char *cause_word(uint32_t i)
{
    return news_cause_name((enum cause)i);
}
static const char *kind_word(uint32_t i)
{
    return news_kind_name((enum change_kind)i);
}

static enum status refuse_word(const struct table *table, uint32_t column, struct error *err)
{
    return error_set(err, STATUS_INVALID, "%s:%llu: \"%s\" is not a word of this column",
                     table->csv.path, (unsigned long long)table->csv.line, cell(table, column));
}

/* ---- changes.csv ---- */

static enum status read_change(struct why_data *data, const struct table *table,
                               struct why_change *change, struct error *err)
{
    enum status status = STATUS_OK;

    *change = (struct why_change){
        .number = cell_u32(table, 0),
        .service = arena_strdup(data->arena, cell(table, 1)),
        .pod = why_files_pod(data, cell(table, 2)),
        .ip = arena_strdup(data->arena, cell(table, 3)),
        .kind = find_word(cell(table, 4), CHANGE_KIND_COUNT, kind_word),
        .is_effective = strcmp(cell(table, 5), "true") == 0,
        .cause = find_word(cell(table, 6), CAUSE_COUNT, cause_word),
        .rv = arena_strdup(data->arena, cell(table, 14)),
        .node_count = cell_u32(table, 15),
    };
    if (change->kind == CHANGE_KIND_COUNT)
        return refuse_word(table, 4, err);
    if (change->cause == CAUSE_COUNT)
        return refuse_word(table, 6, err);
    for (uint32_t i = 0; i < WHY_BORDERS && status == STATUS_OK; i++)
        status = cell_ns(table, 7 + i, &change->borders_ns[i], err);
    for (uint32_t i = 0; i < 5 && status == STATUS_OK; i++)
        status = cell_ns(table, 16 + i, &change->latency_ns[i], err);
    return status;
}

enum status why_files_load_changes(struct why_data *data, struct error *err)
{
    static const char *const names[] = {
        "change",    "service",    "pod",        "ip",         "kind",        "effective",
        "cause",     "t_cause_s",  "t_detect_s", "t_status_s", "t_enqueue_s", "t_sync_s",
        "t_write_s", "t_stored_s", "rv",         "nodes",      "lat_first_s", "lat_p50_s",
        "lat_p90_s", "lat_p99_s",  "lat_last_s", NULL};
    struct table table;
    bool has_record = true;
    enum status status = open_table(data, &table, "changes.csv", names, err);

    while (status == STATUS_OK && has_record) {
        status = csv_read_next(&table.csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        ARENA_GROW(data->arena, data->changes, &data->change_capacity, data->change_count + 1);
        status = read_change(data, &table, &data->changes[data->change_count], err);
        data->change_count++;
    }
    csv_read_close(&table.csv);
    return status;
}

/* ---- propagation.csv ---- */

static enum status read_pair(struct why_data *data, const struct table *table,
                             struct why_pair *pair, struct error *err)
{
    enum status status = STATUS_OK;

    *pair = (struct why_pair){
        .change = cell_u32(table, 0),
        .node = why_files_name(&data->node_names, data->arena, cell(table, 1)),
    };
    for (uint32_t i = 0; i < STAGE_COUNT && status == STATUS_OK; i++)
        status = cell_ns(table, 2 + i, &pair->stages_ns[i], err);
    if (status == STATUS_OK)
        status = cell_ns(table, 2 + STAGE_COUNT, &pair->total_ns, err);
    return status;
}

/* Both files go by the number of the change. */
static void link_pairs(struct why_data *data)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < data->change_count; i++) {
        struct why_change *change = &data->changes[i];

        while (at < data->pair_count && data->pairs[at].change < change->number)
            at++;
        change->first_pair = at;
        while (at < data->pair_count && data->pairs[at].change == change->number)
            at++;
        change->pair_count = at - change->first_pair;
    }
}

enum status why_files_load_pairs(struct why_data *data, struct error *err)
{
    static const char *const names[] = {
        "change",       "node",    "detect_s", "status_s",     "watch_controller_s",
        "queue_s",      "sync_s",  "store_s",  "watch_node_s", "proxy_wait_s",
        "proxy_sync_s", "total_s", NULL};
    struct table table;
    bool has_record = true;
    enum status status = open_table(data, &table, "propagation.csv", names, err);

    while (status == STATUS_OK && has_record) {
        status = csv_read_next(&table.csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        ARENA_GROW(data->arena, data->pairs, &data->pair_capacity, data->pair_count + 1);
        status = read_pair(data, &table, &data->pairs[data->pair_count], err);
        data->pair_count++;
    }
    csv_read_close(&table.csv);
    link_pairs(data);
    return status;
}

/* ---- requests.csv ---- */

static enum status read_request(struct why_data *data, const struct table *table,
                                struct why_request *request, struct error *err)
{
    const char *state = cell(table, 11);
    enum status status;

    *request = (struct why_request){
        .id = arena_strdup(data->arena, cell(table, 0)),
        .client = arena_strdup(data->arena, cell(table, 3)),
        .node = why_files_name(&data->node_names, data->arena, cell(table, 4)),
        .service = arena_strdup(data->arena, cell(table, 5)),
        .pod = why_files_pod(data, cell(table, 6)[0] != '\0' ? cell(table, 6) : cell(table, 7)),
        .ip = arena_strdup(data->arena, cell(table, 7)),
        .outcome = find_word(cell(table, 8), OUTCOME_COUNT, outcome_word),
        .attempts = cell_u32(table, 9),
        .pod_state = find_word(state, POD_STATE_COUNT, state_word),
        .stage = find_word(cell(table, 13), STAGE_COUNT, stage_word),
        .cause = find_word(cell(table, 14), CAUSE_COUNT, cause_word),
        .change = cell_u32(table, 15),
    };
    request->unnoticed_ns = NS_NEVER;
    if (request->outcome == OUTCOME_COUNT)
        return refuse_word(table, 8, err);
    if (request->pod_state == POD_STATE_COUNT && state[0] != '\0')
        return refuse_word(table, 11, err);
    if (request->cause == CAUSE_COUNT)
        return refuse_word(table, 14, err);
    status = cell_ns(table, 1, &request->t_ns, err);
    if (status == STATUS_OK)
        status = cell_ns(table, 2, &request->pick_ns, err);
    if (status == STATUS_OK)
        status = cell_ns(table, 10, &request->latency_ns, err);
    if (status == STATUS_OK)
        status = cell_ns(table, 12, &request->stale_ns, err);
    if (status == STATUS_OK && table->columns[16] != NO_COLUMN)
        status = cell_ns(table, 16, &request->unnoticed_ns, err);
    if (request->unnoticed_ns != NS_NEVER) {
        request->emptied_by = request->change;
        request->change = 0; /* its node had applied it */
    }
    return status;
}

/* Keeps what was lost, and what was asked for. */
static enum status take_request(struct why_data *data, const struct table *table,
                                const char *asked_id, struct error *err)
{
    const bool is_asked = asked_id != NULL && strcmp(cell(table, 0), asked_id) == 0;
    const bool is_lost = strcmp(cell(table, 8), "ok") != 0;
    struct why_request request;
    enum status status;

    data->row_count++;
    if (data->first_id == NULL)
        data->first_id = arena_strdup(data->arena, cell(table, 0));
    if (!is_asked && !is_lost)
        return STATUS_OK;
    status = read_request(data, table, &request, err);
    if (status == STATUS_OK && is_asked) {
        data->has_asked = true;
        data->asked = request;
    }
    if (status == STATUS_OK && is_lost) {
        ARENA_GROW(data->arena, data->requests, &data->request_capacity, data->request_count + 1);
        data->requests[data->request_count++] = request;
    }
    return status;
}

enum status why_files_load_requests(struct why_data *data, const char *asked_id, struct error *err)
{
    static const char *const names[] = {"id",        "t_s",       "t_pick_s", "client",  "node",
                                        "service",   "pod",       "ip",       "outcome", "attempts",
                                        "latency_s", "pod_state", "stale_s",  "stage",   "cause",
                                        "change",    NULL};
    struct table table;
    char last_id[256] = "";
    bool has_record = true;
    enum status status = open_table(data, &table, "requests.csv", names, err);
    struct error none;

    /* results of earlier versions do without */
    if (status == STATUS_OK &&
        csv_read_find_column(&table.csv, "balancer_s", &table.columns[16], &none) != STATUS_OK)
        table.columns[16] = NO_COLUMN;

    while (status == STATUS_OK && has_record) {
        status = csv_read_next(&table.csv, &has_record, err);
        if (status != STATUS_OK || !has_record)
            break;
        snprintf(last_id, sizeof(last_id), "%s", cell(&table, 0));
        status = take_request(data, &table, asked_id, err);
    }
    csv_read_close(&table.csv);
    data->last_id = arena_strdup(data->arena, last_id);
    return status;
}

/* ---- events.jsonl ---- */

/* A length or an instant by its text: a double would not hold all nanoseconds. */
static sim_ns member_ns(const char *line, const char *key)
{
    char quoted[40];
    char digits[DURATION_TEXT_MAX];
    const char *at;
    size_t length;
    sim_ns ns = 0;

    snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    at = strstr(line, quoted);
    if (at == NULL)
        return 0;
    at += strlen(quoted);
    length = strspn(at, "-0123456789.");
    if (length + 2 > sizeof(digits))
        return 0;
    memcpy(digits, at, length);
    memcpy(digits + length, "s", 2);
    return duration_parse(digits, &ns) ? ns : 0;
}

static const char *member_text(struct why_data *data, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : arena_strdup(data->arena, text);
}

static void take_pod_facts(struct why_data *data, uint32_t pod, const char *line,
                           const json_t *object)
{
    struct why_pod *facts = &data->pods[pod];

    if (json_object_get(object, "node") != NULL)
        facts->node = member_text(data, object, "node");
    if (json_object_get(object, "image") == NULL)
        return;
    facts->image = member_text(data, object, "image");
    facts->owner = member_text(data, object, "owner");
    facts->grace_ns = member_ns(line, "grace_s");
    facts->prestop_ns = member_ns(line, "prestop_s");
    facts->probe_period_ns = member_ns(line, "probe_period_s");
    facts->probe_failures = (uint32_t)json_number_value(json_object_get(object, "probe_failures"));
}

static void take_event(struct why_data *data, const char *line, const json_t *object)
{
    const char *text = member_text(data, object, "entry");
    const char *pod_name = json_string_value(json_object_get(object, "pod"));
    struct why_event *ev;

    ARENA_GROW(data->arena, data->events, &data->event_capacity, data->event_count + 1);
    ev = &data->events[data->event_count];
    *ev = (struct why_event){
        .id = data->event_count + 1,
        .cause = (uint32_t)json_number_value(json_object_get(object, "cause")),
        .at_ns = member_ns(line, "t_s"),
        .what = member_text(data, object, "what"),
        .text = text[0] != '\0' ? text : member_text(data, object, "why"),
        .pod = pod_name == NULL ? ID_NONE : why_files_pod(data, pod_name),
        .change = (uint32_t)json_number_value(json_object_get(object, "change")),
        .next = ID_NONE,
    };
    data->event_count++;
    if (ev->pod == ID_NONE || strcmp(ev->what, "change") == 0)
        return;
    take_pod_facts(data, ev->pod, line, object);
    if (data->pods[ev->pod].first_event == ID_NONE)
        data->pods[ev->pod].first_event = ev->id - 1;
    else
        data->events[data->pods[ev->pod].last_event].next = ev->id - 1;
    data->pods[ev->pod].last_event = ev->id - 1;
}

enum status why_files_load_events(struct why_data *data, struct error *err)
{
    const char *path = result_path(data->result, "events.jsonl");
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    unsigned long number = 0;
    enum status status = STATUS_OK;

    if (file == NULL)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    while (status == STATUS_OK && getline(&line, &capacity, file) > 0) {
        json_t *object = json_loads(line, JSON_DECODE_INT_AS_REAL, NULL);

        number++;
        if (json_is_object(object))
            take_event(data, line, object);
        else
            status = error_set(err, STATUS_INVALID, "%s:%lu: not a JSON object", path, number);
        json_decref(object);
    }
    free(line);
    fclose(file);
    return status;
}
