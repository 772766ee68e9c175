/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One observer for all: each observation goes to the fingerprint and then to the few parts that it concerns.
 */
#include "record/recorder.h"

#include <stdio.h>

#include "record/change_files.h"
#include "record/event_log.h"
#include "record/fingerprint.h"
#include "record/host_moves.h"
#include "record/time_series.h"

#define PATH_BYTES 1024

/* An attempt ends at its client's timeout; this much more is for what a client may add. */
#define LONGEST_REQUEST_FACTOR 4
#define LONGEST_REQUEST_SLACK_NS (10 * NS_PER_S)

struct recorder {
    struct arena *arena;
    struct world *world;
    const struct cluster *cluster;
    const struct world_spec *spec;
    const char *row_folder; /* NULL: no rows */
    struct fingerprint fingerprint;
    struct traffic_tally traffic;
    struct change_log changes;
    struct attribution losses;
    struct time_series series;
    struct host_moves *host_moves; /* NULL: no host moves */
    struct expectation_log expectations;
    struct event_log events;
    struct control_plane_counts control_plane;
    struct out requests_file;
    struct error open_error; /* of requests_file */
};

static void on_version_stored(void *self, const struct stored_version *version)
{
    struct recorder *recorder = self;
    struct control_plane_counts *counts = &recorder->control_plane;

    fingerprint_add_version(&recorder->fingerprint, version);
    if (version->at_ns < recorder->spec->warmup_ns)
        return;
    if (version->kind == OBJECT_SLICE) {
        counts->slice_writes++;
        counts->slice_watch_bytes += version->bytes * version->watcher_count;
        counts->slice_json_bytes += version->json_bytes * version->watcher_count;
        counts->slice_event_bytes += version->bytes;
    } else if (version->kind == OBJECT_ENDPOINTS) {
        counts->endpoints_writes++;
        counts->endpoints_watch_bytes += version->bytes * version->watcher_count;
        counts->endpoints_json_bytes += version->json_bytes * version->watcher_count;
        counts->endpoints_event_bytes += version->bytes;
    }
}

static void on_pod_state(void *self, sim_ns at_ns, uint32_t pod, enum pod_state state)
{
    struct recorder *recorder = self;

    fingerprint_add_pod_state(&recorder->fingerprint, at_ns, pod, state);
    if (recorder->row_folder == NULL)
        return;
    time_series_add_pod_state(&recorder->series, at_ns, pod, state);
    event_log_add_pod_state(&recorder->events, at_ns, pod, state);
}

static void on_happened(void *self, sim_ns at_ns, uint32_t pod, enum happening happening)
{
    struct recorder *recorder = self;

    if (recorder->row_folder != NULL)
        event_log_add_happening(&recorder->events, at_ns, pod, happening);
}

static void on_proxy_synced(void *self, sim_ns at_ns, uint32_t node, uint64_t applied_hash)
{
    struct recorder *recorder = self;

    fingerprint_add_sync(&recorder->fingerprint, at_ns, node, applied_hash);
    if (at_ns >= recorder->spec->warmup_ns)
        recorder->control_plane.proxy_syncs++;
    if (recorder->row_folder != NULL)
        event_log_add_sync(&recorder->events, at_ns, node);
}

static void on_proxy_listed(void *self, sim_ns at_ns, uint32_t node, uint64_t bytes,
                            uint64_t json_bytes)
{
    struct recorder *recorder = self;

    (void)node;
    (void)json_bytes;
    if (at_ns < recorder->spec->warmup_ns)
        return;
    recorder->control_plane.lists++;
    recorder->control_plane.list_bytes += bytes;
}

static void on_change_stored(void *self, const struct news *news)
{
    struct recorder *recorder = self;

    change_log_store(&recorder->changes, news);
    if (recorder->row_folder != NULL)
        event_log_add_change(&recorder->events, news);
    attribution_settle_news(&recorder->losses, news);
}

static void on_change_applied(void *self, const struct news *news,
                              const struct applied_change *applied)
{
    struct recorder *recorder = self;

    change_log_apply(&recorder->changes, news, applied);
    attribution_settle_node(&recorder->losses, news, applied->node);
    if (recorder->row_folder != NULL)
        event_log_add_applied(&recorder->events, news, applied->node);
}

static void on_news_dropped(void *self, const struct news *news)
{
    struct recorder *recorder = self;

    attribution_settle_news(&recorder->losses, news);
}

static void on_balancer_judged(void *self, sim_ns at_ns, uint32_t service, uint32_t node,
                               bool is_healthy)
{
    struct recorder *recorder = self;
    const struct balancer_verdict verdict = {service, node, is_healthy};

    if (recorder->row_folder != NULL)
        event_log_add_balancer(&recorder->events, at_ns, &verdict);
}

static void on_request_done(void *self, const struct request_result *result)
{
    struct recorder *recorder = self;

    fingerprint_add_request(&recorder->fingerprint, result);
    if (!result->is_counted)
        return;
    traffic_tally_add(&recorder->traffic, result);
    if (EP_UNLIKELY(recorder->host_moves != NULL))
        host_moves_add_request(recorder->host_moves, result);
    if (recorder->row_folder != NULL)
        time_series_add_request(&recorder->series, result);
    if (EP_UNLIKELY(result->outcome != OUTCOME_OK))
        attribution_add_failure(&recorder->losses, result);
    else if (EP_UNLIKELY(recorder->spec->record_requests == RECORD_REQUESTS_ALL &&
                         recorder->row_folder != NULL))
        attribution_add_ok(&recorder->losses, result);
}

static void on_timeline_done(void *self, sim_ns at_ns, uint32_t entry)
{
    struct recorder *recorder = self;

    if (recorder->host_moves != NULL)
        host_moves_add_entry(recorder->host_moves, at_ns, entry);
    if (recorder->row_folder == NULL)
        return;
    time_series_add_entry(&recorder->series, at_ns, entry);
    event_log_add_entry(&recorder->events, at_ns, entry);
}

static void on_expected(void *self, sim_ns at_ns, uint32_t entry,
                        const struct expectation_result *result)
{
    expectation_log_add(&((struct recorder *)self)->expectations, at_ns, entry, result);
}

static void attach(struct recorder *recorder)
{
    const struct cluster_observer cluster = {
        .self = recorder,
        .version_stored = on_version_stored,
        .pod_state = on_pod_state,
        .happened = on_happened,
        .proxy_synced = on_proxy_synced,
        .proxy_listed = on_proxy_listed,
        .change_stored = on_change_stored,
        .change_applied = on_change_applied,
        .news_dropped = on_news_dropped,
        .balancer_judged = on_balancer_judged,
    };
    const struct traffic_observer traffic = {.self = recorder, .request_done = on_request_done};
    const struct world_observer own = {
        .self = recorder, .timeline_done = on_timeline_done, .expected = on_expected};

    world_observe(recorder->world, &cluster, &traffic, &own);
}

static sim_ns capped_sum(sim_ns a, sim_ns b)
{
    return a < NS_NEVER - b ? a + b : NS_NEVER;
}

/* The longest from the pick of a request's connection to the request's end. */
static sim_ns longest_of_client(const struct client_spec *client)
{
    const struct connection_spec *connection = &client->connection;
    const sim_ns kept_ns = connection->max_age_ns > 0 ? connection->max_age_ns : NS_NEVER;
    sim_ns longest_ns = LONGEST_REQUEST_SLACK_NS;

    for (int i = 0; i < LONGEST_REQUEST_FACTOR; i++)
        longest_ns = capped_sum(longest_ns, client->timeout_ns);
    return connection->is_kept ? capped_sum(longest_ns, kept_ns) : longest_ns;
}

static sim_ns longest_request_ns(const struct traffic_spec *traffic)
{
    sim_ns longest_ns = 0;

    for (uint32_t i = 0; i < traffic->client_count; i++)
        if (longest_of_client(&traffic->clients[i]) > longest_ns)
            longest_ns = longest_of_client(&traffic->clients[i]);
    return longest_ns;
}

/* Opens a row file in the folder. */
static enum status open_rows(const struct recorder *recorder, struct out *out, const char *name,
                             struct error *err)
{
    char path[PATH_BYTES];
    const int length = snprintf(path, sizeof(path), "%s/%s", recorder->row_folder, name);

    *out = (struct out){.fd = -1};
    if (length < 0 || (size_t)length >= sizeof(path))
        return error_set(err, STATUS_IO, "%s/%s: the path is too long", recorder->row_folder, name);
    return out_open(out, path, err);
}

static void start_rows(struct recorder *recorder)
{
    time_series_init(&recorder->series, recorder->arena, recorder->cluster, recorder->spec);
    event_log_init(&recorder->events, recorder->arena, recorder->cluster, recorder->spec);
    if (open_rows(recorder, &recorder->requests_file, "requests.csv", &recorder->open_error) !=
        STATUS_OK)
        return;
    attribution_write_rows(&recorder->losses, &recorder->requests_file, &recorder->spec->traffic);
    if (recorder->spec->record_requests == RECORD_REQUESTS_NONE)
        attribution_stop_rows(&recorder->losses);
}

struct recorder *recorder_new(struct arena *arena, struct world *world, const char *row_folder)
{
    struct recorder *recorder = ARENA_NEW(arena, struct recorder);
    const struct world_spec *spec = world_get_spec(world);

    recorder->arena = arena;
    recorder->world = world;
    recorder->cluster = world_cluster(world);
    recorder->spec = spec;
    recorder->row_folder = arena_strdup(arena, row_folder);
    recorder->requests_file.fd = -1;
    fingerprint_init(&recorder->fingerprint, arena, recorder->cluster, &spec->traffic);
    expectation_log_init(&recorder->expectations, arena, spec);
    traffic_tally_init(&recorder->traffic, arena, spec->traffic.client_count);
    change_log_init(&recorder->changes,
                    &(struct change_log_setup){
                        .arena = arena,
                        .cluster = recorder->cluster,
                        .warmup_ns = spec->warmup_ns,
                        .longest_request_ns = longest_request_ns(&spec->traffic),
                        .keeps_rows = row_folder != NULL,
                        .propagation = spec->record_propagation,
                    });
    attribution_init(&recorder->losses, arena, recorder->cluster, &recorder->changes);
    recorder->host_moves = host_moves_new(arena, recorder->cluster, spec);
    if (row_folder != NULL)
        start_rows(recorder);
    attach(recorder);
    return recorder;
}

/* One of the files that are written at the end. */
static enum status write_changes(struct recorder *recorder, struct error *err)
{
    struct out out;
    enum status status = open_rows(recorder, &out, "changes.csv", err);

    if (status != STATUS_OK)
        return status;
    change_files_put_changes(&recorder->changes, &out);
    return out_close(&out, err);
}

static enum status write_propagation(struct recorder *recorder, struct error *err)
{
    struct out out;
    enum status status = open_rows(recorder, &out, "propagation.csv", err);

    if (status != STATUS_OK)
        return status;
    change_files_put_propagation(&recorder->changes, &out);
    return out_close(&out, err);
}

static enum status write_series(struct recorder *recorder, struct error *err)
{
    struct out out;
    enum status status = open_rows(recorder, &out, "timeseries.csv", err);

    if (status != STATUS_OK)
        return status;
    time_series_write(&recorder->series, &out);
    return out_close(&out, err);
}

static enum status write_events(struct recorder *recorder, struct error *err)
{
    struct out out;
    enum status status = open_rows(recorder, &out, "events.jsonl", err);

    if (status != STATUS_OK)
        return status;
    event_log_write(&recorder->events, &out);
    return out_close(&out, err);
}

enum status recorder_finish(struct recorder *recorder, struct error *err)
{
    enum status status;

    traffic_tally_flush(&recorder->traffic);
    change_log_finish(&recorder->changes);
    if (recorder->row_folder != NULL && recorder->open_error.status != STATUS_OK)
        return error_set(err, recorder->open_error.status, "%s", recorder->open_error.text);
    attribution_finish(&recorder->losses);
    recorder->control_plane.bookmarks =
        cluster_bookmarks(recorder->cluster, recorder->spec->warmup_ns,
                          world_now_ns(recorder->world), &recorder->control_plane.bookmark_bytes);
    if (recorder->row_folder == NULL)
        return STATUS_OK;
    status = out_close(&recorder->requests_file, err);
    if (status == STATUS_OK)
        status = write_changes(recorder, err);
    if (status == STATUS_OK)
        status = write_propagation(recorder, err);
    if (status == STATUS_OK)
        status = write_series(recorder, err);
    if (status == STATUS_OK)
        status = write_events(recorder, err);
    return status;
}

uint64_t recorder_fingerprint(const struct recorder *recorder)
{
    return recorder->fingerprint.sum;
}

struct recorder_totals recorder_get_totals(const struct recorder *recorder)
{
    return (struct recorder_totals){
        .fingerprint = recorder->fingerprint.sum,
        .in_flight_count = world_in_flight_count(recorder->world),
        .event_count = world_event_count(recorder->world),
        .until_ns = world_now_ns(recorder->world),
        .cluster = recorder->cluster,
        .spec = recorder->spec,
        .traffic = &recorder->traffic,
        .changes = &recorder->changes,
        .losses = &recorder->losses,
        .expectations = &recorder->expectations,
        .control_plane = recorder->control_plane,
        .host_moves = recorder->host_moves,
    };
}
