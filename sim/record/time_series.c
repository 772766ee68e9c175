/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/time_series.h"

#include <stdlib.h>
#include <string.h>

#define BIN_COUNT_TARGET 900
#define BIN_MIN_NS (100 * NS_PER_MS)

/* In the order of their names, which is the order of rows at one instant. */
enum metric {
    METRIC_BIN,
    METRIC_CONNECTIONS,
    METRIC_CONNECTIONS_FAILED,
    METRIC_POD_CREATED,
    METRIC_POD_DELETED,
    METRIC_POD_IMAGE,
    METRIC_POD_NODE,
    METRIC_POD_OWNER,
    METRIC_POD_STATE,
    METRIC_REQUESTS,
    METRIC_TIMELINE,
    METRIC_COUNT
};

static const char *const metric_names[METRIC_COUNT] = {
    "bin_s",    "connections", "connections_failed", "pod_created", "pod_deleted", "pod_image",
    "pod_node", "pod_owner",   "pod_state",          "requests",    "timeline",
};

struct row {
    sim_ns at_ns;
    const char *key;
    const char *text; /* NULL: the number */
    uint64_t number;
    uint32_t metric;
    uint32_t order; /* of equal instant, metric and key */
};

struct row_list {
    struct arena *arena;
    struct row *rows;
    uint32_t count;
    uint32_t capacity;
};

sim_ns time_series_bin_width_ns(sim_ns until_ns)
{
    static const int steps[] = {2, 5, 10};
    sim_ns decade_ns = BIN_MIN_NS;
    sim_ns width_ns = BIN_MIN_NS;

    for (uint32_t i = 0; width_ns < (until_ns - 1) / BIN_COUNT_TARGET + 1; i++) {
        width_ns = decade_ns * steps[i % 3];
        if (i % 3 == 2)
            decade_ns = width_ns;
    }
    return width_ns;
}

void time_series_init(struct time_series *series, struct arena *arena,
                      const struct cluster *cluster, const struct world_spec *spec)
{
    *series = (struct time_series){.arena = arena, .cluster = cluster, .spec = spec};
    series->bin_ns = time_series_bin_width_ns(spec->until_ns);
    series->bin_count = (uint32_t)(spec->until_ns / series->bin_ns) + 1;
    series->bins = ARENA_NEW_ARRAY(arena, series->bin_count, struct time_series_bin);
    series->current = &series->bins[0];
    for (uint32_t pod = 0; pod < cluster_pod_count(cluster); pod++)
        time_series_add_pod_state(series, 0, pod, cluster_pod_state(cluster, pod));
}

static struct time_series_bin *bin_at(struct time_series *series, sim_ns at_ns)
{
    if (EP_LIKELY(at_ns >= series->current_from_ns &&
                  at_ns - series->current_from_ns < series->bin_ns))
        return series->current;
    EP_REQUIRE(at_ns >= 0);

    uint32_t bin = (uint32_t)(at_ns / series->bin_ns);

    if (bin >= series->bin_count)
        bin = series->bin_count - 1;
    series->current = &series->bins[bin];
    series->current_from_ns = bin * series->bin_ns;
    return series->current;
}

static void count_pod(struct time_series *series, struct time_series_counts *counts, uint32_t pod)
{
    if (EP_UNLIKELY(pod >= counts->capacity))
        ARENA_GROW(series->arena, counts->by_pod, &counts->capacity, pod + 1);
    counts->by_pod[pod]++;
}

void time_series_add_request(struct time_series *series, const struct request_result *result)
{
    bin_at(series, result->t_start_ns)->requests[result->outcome]++;
    if (result->pod == ID_NONE || result->t_sent_ns == NS_NEVER)
        return;

    struct time_series_bin *bin = bin_at(series, result->t_sent_ns);

    count_pod(series, &bin->connections, result->pod);
    if (result->outcome != OUTCOME_OK)
        count_pod(series, &bin->failed, result->pod);
}

static void add_mark(struct time_series *series, struct time_series_mark mark)
{
    ARENA_GROW(series->arena, series->marks, &series->mark_capacity, series->mark_count + 1);
    series->marks[series->mark_count++] = mark;
}

void time_series_add_pod_state(struct time_series *series, sim_ns at_ns, uint32_t pod,
                               enum pod_state state)
{
    add_mark(series, (struct time_series_mark){.at_ns = at_ns, .what = pod, .state = state});
}

void time_series_add_entry(struct time_series *series, sim_ns at_ns, uint32_t entry)
{
    add_mark(series,
             (struct time_series_mark){.at_ns = at_ns, .what = entry, .state = POD_STATE_COUNT});
}

static void add_row(struct row_list *list, sim_ns at_ns, enum metric metric, const char *key,
                    uint64_t number)
{
    ARENA_GROW(list->arena, list->rows, &list->capacity, list->count + 1);
    list->rows[list->count] = (struct row){
        .at_ns = at_ns, .metric = metric, .key = key, .number = number, .order = list->count};
    list->count++;
}

static void add_text(struct row_list *list, sim_ns at_ns, enum metric metric, const char *key,
                     const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    add_row(list, at_ns, metric, key, 0);
    list->rows[list->count - 1].text = text;
}

/* What does not change about a pod, at the instant at which it is first seen. */
static void add_pod(const struct time_series *series, struct row_list *list, sim_ns at_ns,
                    uint32_t pod)
{
    const struct cluster *cluster = series->cluster;
    const char *name = cluster_pod_name(cluster, pod);
    const uint32_t node = cluster_pod_node(cluster, pod);

    add_text(list, at_ns, METRIC_POD_CREATED, name,
             news_cause_name(cluster_pod_created_cause(cluster, pod)));
    add_text(list, at_ns, METRIC_POD_DELETED, name,
             news_cause_name(cluster_pod_deleted_cause(cluster, pod)));
    add_text(list, at_ns, METRIC_POD_IMAGE, name, cluster_pod_image(cluster, pod));
    add_text(list, at_ns, METRIC_POD_OWNER, name, cluster_pod_owner(cluster, pod));
    if (node != ID_NONE)
        add_text(list, at_ns, METRIC_POD_NODE, name, cluster_node_name(cluster, node));
}

/* Whether anybody connected to it: an address outside that nobody asks is not worth a row. */
static bool is_used(const struct time_series *series, uint32_t pod)
{
    for (uint32_t i = 0; i < series->bin_count; i++) {
        const struct time_series_counts *counts = &series->bins[i].connections;

        if (pod < counts->capacity && counts->by_pod[pod] > 0)
            return true;
    }
    return false;
}

static void add_marks(const struct time_series *series, struct row_list *list)
{
    bool *is_known = ARENA_NEW_ARRAY(series->arena, cluster_pod_count(series->cluster), bool);

    for (uint32_t i = 0; i < series->mark_count; i++) {
        const struct time_series_mark *mark = &series->marks[i];

        if (mark->state == POD_STATE_COUNT) {
            add_row(list, mark->at_ns, METRIC_TIMELINE, series->spec->timeline[mark->what].label,
                    mark->what);
            continue;
        }
        if (mark->state == POD_STATE_EXTERNAL && !is_used(series, mark->what))
            continue;
        if (!is_known[mark->what])
            add_pod(series, list, mark->at_ns, mark->what);
        is_known[mark->what] = true;
        add_text(list, mark->at_ns, METRIC_POD_STATE, cluster_pod_name(series->cluster, mark->what),
                 observer_pod_state_name((enum pod_state)mark->state));
    }
}

static void add_counts(const struct time_series *series, struct row_list *list, sim_ns at_ns,
                       enum metric metric, const struct time_series_counts *counts)
{
    if (cluster_pod_count(series->cluster) > TIME_SERIES_PODS_MAX)
        return;
    for (uint32_t pod = 0; pod < counts->capacity; pod++)
        if (counts->by_pod[pod] > 0)
            add_row(list, at_ns, metric, cluster_pod_name(series->cluster, pod),
                    counts->by_pod[pod]);
}

static void add_bins(const struct time_series *series, struct row_list *list)
{
    for (uint32_t i = 0; i < series->bin_count; i++) {
        const struct time_series_bin *bin = &series->bins[i];
        const sim_ns at_ns = i * series->bin_ns;

        for (uint32_t outcome = 0; outcome < OUTCOME_COUNT; outcome++)
            if (bin->requests[outcome] > 0)
                add_row(list, at_ns, METRIC_REQUESTS, observer_outcome_name((enum outcome)outcome),
                        bin->requests[outcome]);
        add_counts(series, list, at_ns, METRIC_CONNECTIONS, &bin->connections);
        add_counts(series, list, at_ns, METRIC_CONNECTIONS_FAILED, &bin->failed);
    }
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;

    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    if (a->metric != b->metric)
        return a->metric < b->metric ? -1 : 1;

    const int by_key = strcmp(a->key, b->key);

    return by_key != 0 ? by_key : (a->order > b->order) - (a->order < b->order);
}

static void put_row(const struct row *row, struct out *out)
{
    out_seconds(out, row->at_ns);
    out_char(out, ',');
    out_str(out, metric_names[row->metric]);
    out_char(out, ',');
    out_csv(out, row->key);
    out_char(out, ',');
    if (row->text != NULL)
        out_csv(out, row->text);
    else if (row->metric == METRIC_BIN)
        out_seconds(out, (sim_ns)row->number);
    else
        out_u64(out, row->number);
    out_char(out, '\n');
}

void time_series_write(struct time_series *series, struct out *out)
{
    struct row_list list = {.arena = series->arena};

    add_row(&list, 0, METRIC_BIN, "", (uint64_t)series->bin_ns);
    add_marks(series, &list);
    add_bins(series, &list);
    qsort(list.rows, list.count, sizeof(list.rows[0]), compare_rows);
    out_str(out, "t_s,metric,key,value\n");
    for (uint32_t i = 0; i < list.count; i++)
        put_row(&list.rows[i], out);
}
