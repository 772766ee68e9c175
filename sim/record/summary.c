/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "stats/fairness.h"

#define NAME_BYTES 512 /* of a DNS name: at most 253 */

void summary_init(struct summary *summary, struct arena *arena, const struct world_spec *spec)
{
    *summary = (struct summary){.arena = arena, .spec = spec, .until_ns = spec->until_ns};
    histogram_init(&summary->latency, arena);
    expectation_log_init(&summary->expectations, arena, spec);
    histogram_init(&summary->propagation, arena);
    name_index_init(&summary->row_map, arena);
    name_index_init(&summary->service_map, arena);
    name_index_init(&summary->pod_map, arena);
}

static void add_figures(struct summary *summary, const struct recorder_totals *totals)
{
    struct figure_value values[FIGURE_COUNT];

    figure_take(totals, values);
    for (uint32_t id = 0; id < FIGURE_COUNT; id++)
        figure_add(&summary->figures[id], values[id], figure_is_span((enum figure_id)id));
}

/* The service that a client asked for, by its name in the cluster or else as the client wrote it. */
static const char *service_name(const struct recorder_totals *totals, const struct tally_row *row,
                                char buffer[NAME_BYTES])
{
    const struct client_spec *client = &totals->spec->traffic.clients[row->client];

    if (row->service != ID_NONE)
        return cluster_service_name(totals->cluster, row->service);
    if (client->service_ns == NULL)
        return client->service; /* a host outside */
    snprintf(buffer, NAME_BYTES, "%s/%s", client->service_ns, client->service);
    return buffer;
}

/* The API server's own Service is in every cluster: it is listed only if somebody asked for it. */
static bool is_api_service(const char *name)
{
    return strcmp(name, "default/kubernetes") == 0;
}

static uint32_t find_service(struct summary *summary, const char *name)
{
    const uint32_t number =
        name_index_number(&summary->service_map, hash_string(name), summary->service_count);

    if (number == summary->service_count) {
        ARENA_GROW(summary->arena, summary->services, &summary->service_capacity, number + 1);
        summary->services[number] =
            (struct summary_service){.name = arena_strdup(summary->arena, name)};
        summary->service_count++;
    }
    return number;
}

static struct summary_pod *find_pod(struct summary *summary, uint32_t service, const char *name)
{
    const uint64_t hash =
        hash_combine(hash_string(summary->services[service].name), hash_string(name));
    const uint32_t number = name_index_number(&summary->pod_map, hash, summary->pod_count);

    if (number == summary->pod_count) {
        ARENA_GROW(summary->arena, summary->pods, &summary->pod_capacity, number + 1);
        summary->pods[number] =
            (struct summary_pod){.name = arena_strdup(summary->arena, name), .service = service};
        summary->pod_count++;
    }
    return &summary->pods[number];
}

static struct summary_row *find_row(struct summary *summary, uint32_t client, uint32_t service,
                                    const char *pod)
{
    const uint64_t names =
        hash_combine(hash_string(summary->services[service].name), hash_string(pod));
    const uint32_t number =
        name_index_number(&summary->row_map, hash_combine(client, names), summary->row_count);

    if (number == summary->row_count) {
        ARENA_GROW(summary->arena, summary->rows, &summary->row_capacity, number + 1);
        summary->rows[number] = (struct summary_row){.client = client,
                                                     .service = summary->services[service].name,
                                                     .pod = arena_strdup(summary->arena, pod)};
        histogram_init(&summary->rows[number].latency, summary->arena);
        summary->row_count++;
    }
    return &summary->rows[number];
}

static void add_row(struct summary *summary, const struct recorder_totals *totals,
                    const struct tally_row *row)
{
    const uint64_t count = traffic_tally_row_total(row->counts);
    char buffer[NAME_BYTES];
    const char *pod_name = row->pod == ID_NONE ? "" : cluster_pod_name(totals->cluster, row->pod);
    const uint32_t number = find_service(summary, service_name(totals, row, buffer));
    struct summary_row *pooled = find_row(summary, row->client, number, pod_name);
    struct summary_service *service = &summary->services[number];

    for (uint32_t outcome = 0; outcome < OUTCOME_COUNT; outcome++)
        pooled->counts[outcome] += row->counts[outcome];
    histogram_merge(&pooled->latency, &row->latency);
    service->latest_count += count;
    service->latest_ok_count += row->counts[OUTCOME_OK];
    if (row->pod == ID_NONE)
        return;

    struct summary_pod *pod = find_pod(summary, number, pod_name);

    pod->latest_count += count;
    pod->latest_ok_count += row->counts[OUTCOME_OK];
}

static struct figure_value known(uint64_t count)
{
    return (struct figure_value){.is_known = true, .value = (int64_t)count};
}

/* Pods' requests in this replication, service by service: those of service i from starts[i] to ends[i]. */
struct service_loads {
    uint64_t *loads;
    uint32_t *ends;
};

static struct service_loads gather_loads(const struct summary *summary)
{
    struct service_loads gathered = {
        .loads = calloc((size_t)summary->pod_count + 1, sizeof(gathered.loads[0])),
        .ends = calloc((size_t)summary->service_count + 1, sizeof(gathered.ends[0])),
    };

    EP_REQUIRE(gathered.loads != NULL && gathered.ends != NULL);
    /* a counting sort: first how many each service has, then where each begins, then each to its place */
    for (uint32_t i = 0; i < summary->pod_count; i++)
        if (summary->pods[i].latest_count > 0)
            gathered.ends[summary->pods[i].service + 1]++;
    for (uint32_t i = 0; i < summary->service_count; i++)
        gathered.ends[i + 1] += gathered.ends[i];
    for (uint32_t i = 0; i < summary->pod_count; i++)
        if (summary->pods[i].latest_count > 0)
            gathered.loads[gathered.ends[summary->pods[i].service]++] =
                summary->pods[i].latest_count;
    return gathered;
}

/* How evenly the pods of each service were used in this replication. */
static void add_fairness(struct summary *summary)
{
    const struct service_loads gathered = gather_loads(summary);
    uint32_t start = 0;

    for (uint32_t i = 0; i < summary->service_count; i++) {
        const uint32_t count = gathered.ends[i] - start;

        if (count > 0) {
            struct summary_service *service = &summary->services[i];

            interval_add(&service->max_over_mean,
                         fairness_max_over_mean(&gathered.loads[start], count));
            interval_add(&service->jain, fairness_jain(&gathered.loads[start], count));
        }
        start = gathered.ends[i];
    }
    free(gathered.loads);
    free(gathered.ends);
}

/* Takes the replication's sums over into the figures. */
static void close_services(struct summary *summary)
{
    add_fairness(summary);
    for (uint32_t i = 0; i < summary->service_count; i++) {
        struct summary_service *service = &summary->services[i];

        figure_add(&service->requests, known(service->latest_count), false);
        figure_add(&service->ok, known(service->latest_ok_count), false);
        service->latest_count = 0;
        service->latest_ok_count = 0;
    }
    for (uint32_t i = 0; i < summary->pod_count; i++) {
        struct summary_pod *pod = &summary->pods[i];

        if (pod->latest_count == 0)
            continue;
        figure_add(&pod->requests, known(pod->latest_count), false);
        figure_add(&pod->ok, known(pod->latest_ok_count), false);
        pod->latest_count = 0;
        pod->latest_ok_count = 0;
    }
}

static struct summary_loss *find_loss(struct summary *summary,
                                      const struct attribution_group *group, const char *node)
{
    for (uint32_t i = 0; i < summary->loss_count; i++) {
        struct summary_loss *loss = &summary->losses[i];

        if (loss->outcome == group->outcome && loss->pod_state == group->pod_state &&
            loss->stage == group->stage && loss->cause == group->cause)
            return loss;
    }
    ARENA_GROW(summary->arena, summary->losses, &summary->loss_capacity, summary->loss_count + 1);

    struct summary_loss *loss = &summary->losses[summary->loss_count++];

    *loss = (struct summary_loss){.outcome = group->outcome,
                                  .pod_state = group->pod_state,
                                  .stage = group->stage,
                                  .cause = group->cause,
                                  .node = arena_strdup(summary->arena, node)};
    for (uint32_t i = 0; i < summary->replication_count; i++)
        figure_add(&loss->count, known(0), false); /* earlier replications had none */
    return loss;
}

static void add_losses(struct summary *summary, const struct recorder_totals *totals)
{
    for (uint32_t i = 0; i < totals->losses->group_count; i++) {
        const struct attribution_group *group = &totals->losses->groups[i];
        const char *node = cluster_node_name(totals->cluster, group->node);
        struct summary_loss *loss = find_loss(summary, group, node);

        loss->latest_count += group->count;
        if (group->has_many_nodes || (loss->node != NULL && strcmp(loss->node, node) != 0))
            loss->node = NULL;
        if (group->max_stale_ns > loss->max_stale_ns)
            loss->max_stale_ns = group->max_stale_ns;
    }
    for (uint32_t i = 0; i < summary->loss_count; i++) {
        figure_add(&summary->losses[i].count, known(summary->losses[i].latest_count), false);
        summary->losses[i].latest_count = 0;
    }
}

/* The names are the scenario's. */
static void copy_host_moves(struct summary *summary, const struct recorder_totals *totals)
{
    struct host_move *copy;
    const struct host_move *rows;

    if (totals->host_moves == NULL)
        return;
    rows = host_moves_list(totals->host_moves, &summary->host_move_count);
    copy = ARENA_NEW_ARRAY(summary->arena, summary->host_move_count + 1, struct host_move);
    for (uint32_t i = 0; i < summary->host_move_count; i++)
        copy[i] = rows[i];
    summary->host_moves = copy;
}

void summary_add(struct summary *summary, const struct recorder_totals *totals)
{
    add_figures(summary, totals);
    for (uint32_t outcome = 0; outcome < OUTCOME_COUNT; outcome++)
        summary->counts[outcome] += totals->traffic->counts[outcome];
    histogram_merge(&summary->latency, &totals->traffic->latency);
    histogram_merge(&summary->propagation, &totals->changes->stats.latency);

    for (uint32_t i = 0; i < cluster_service_count(totals->cluster); i++)
        if (!is_api_service(cluster_service_name(totals->cluster, i)))
            find_service(summary, cluster_service_name(totals->cluster, i));
    for (const struct tally_row *row = totals->traffic->first_row; row != NULL; row = row->next)
        add_row(summary, totals, row);
    close_services(summary);
    add_losses(summary, totals);
    expectation_log_merge(&summary->expectations, totals->expectations, summary->replication_count);

    summary->fingerprint += totals->fingerprint;
    if (summary->replication_count == 0) {
        summary->until_ns = totals->until_ns;
        copy_host_moves(summary, totals);
        summary->pair_kept_count = totals->changes->pair_count;
        summary->pair_total_count = totals->changes->pair_total;
    }
    summary->replication_count++;
}

static int compare_rows(const void *left, const void *right)
{
    const struct summary_row *a = left;
    const struct summary_row *b = right;

    if (a->client != b->client)
        return a->client < b->client ? -1 : 1;

    const int by_service = strcmp(a->service, b->service);

    return by_service != 0 ? by_service : strcmp(a->pod, b->pod);
}

static int compare_services(const void *left, const void *right)
{
    return strcmp(((const struct summary_service *)left)->name,
                  ((const struct summary_service *)right)->name);
}

static int compare_pods(const void *left, const void *right)
{
    const struct summary_pod *a = left;
    const struct summary_pod *b = right;

    if (a->service != b->service)
        return a->service < b->service ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Most first; equal counts in the order of the names' tables, so that the order never depends on the run's. */
static int compare_losses(const void *left, const void *right)
{
    const struct summary_loss *a = left;
    const struct summary_loss *b = right;
    const uint32_t key_a = (uint32_t)a->outcome << 24 | (uint32_t)a->pod_state << 16 |
                           (uint32_t)a->stage << 8 | a->cause;
    const uint32_t key_b = (uint32_t)b->outcome << 24 | (uint32_t)b->pod_state << 16 |
                           (uint32_t)b->stage << 8 | b->cause;

    if (a->count.moments.mean > b->count.moments.mean)
        return -1;
    if (a->count.moments.mean < b->count.moments.mean)
        return 1;
    return (key_a > key_b) - (key_a < key_b);
}

/* Services by name, and the pods' service numbers after them. */
static void sort_services(struct summary *summary)
{
    const uint32_t count = summary->service_count;
    uint32_t *moved = ARENA_NEW_ARRAY(summary->arena, count, uint32_t);

    if (count > 1)
        qsort(summary->services, count, sizeof(summary->services[0]), compare_services);
    for (uint32_t i = 0; i < count; i++)
        moved[name_index_number(&summary->service_map, hash_string(summary->services[i].name), 0)] =
            i;
    for (uint32_t i = 0; i < summary->pod_count; i++)
        summary->pods[i].service = moved[summary->pods[i].service];
}

void summary_finish(struct summary *summary)
{
    sort_services(summary);
    if (summary->row_count > 1)
        qsort(summary->rows, summary->row_count, sizeof(summary->rows[0]), compare_rows);
    if (summary->pod_count > 1)
        qsort(summary->pods, summary->pod_count, sizeof(summary->pods[0]), compare_pods);
    if (summary->loss_count > 1)
        qsort(summary->losses, summary->loss_count, sizeof(summary->losses[0]), compare_losses);
}

uint64_t summary_row_total(const struct summary_row *row)
{
    return traffic_tally_row_total(row->counts);
}

const char *summary_pod_state_name(uint32_t pod_state)
{
    if (pod_state == POD_STATE_COUNT)
        return "";
    return observer_pod_state_name(pod_state == POD_STATE_PENDING ? POD_STATE_STARTING
                                                                  : (enum pod_state)pod_state);
}
