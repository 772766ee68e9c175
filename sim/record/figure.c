/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/figure.h"

#include <string.h>

#include "stats/quantile.h"

#define FIVE(path) path ".mean", path ".p50", path ".p90", path ".p99", path ".max"
#define STAGE(name)                                                            \
    "propagation.stages_s." name ".mean", "propagation.stages_s." name ".p50", \
        "propagation.stages_s." name ".p99"

static const char *const keys[] = {
    "requests.total",
    "requests.ok",
    "requests.failed",
    "requests.in_flight",
    "requests.failed_by.refused",
    "requests.failed_by.timeout",
    "requests.failed_by.reset",
    "requests.failed_by.no_endpoints",
    "requests.failed_by.overload",
    "requests.failed_by.error",
    "requests.failed_by.dns",
    "requests.failed_by.deadline",
    FIVE("requests.latency_s"),
    "requests.attempts",
    "requests.retried",
    "requests.retried_ok",
    "requests.on_kept_connection",
    "propagation.changes",
    FIVE("propagation.latency_s"),
    STAGE("detect"),
    STAGE("status"),
    STAGE("watch_controller"),
    STAGE("queue"),
    STAGE("sync"),
    STAGE("store"),
    STAGE("watch_node"),
    STAGE("proxy_wait"),
    STAGE("proxy_sync"),
    FIVE("propagation.to_endpoints_s"),
    FIVE("propagation.to_endpointslices_s"),
    "control_plane.endpoints_writes",
    "control_plane.endpointslice_writes",
    "control_plane.watch_bytes.endpoints",
    "control_plane.watch_bytes.endpointslices",
    "control_plane.watch_bytes_json.endpoints",
    "control_plane.watch_bytes_json.endpointslices",
    "control_plane.watch_bytes_per_watcher.endpoints",
    "control_plane.watch_bytes_per_watcher.endpointslices",
    "control_plane.bookmarks",
    "control_plane.bookmark_bytes",
    "control_plane.lists",
    "control_plane.list_bytes",
    "control_plane.proxy_syncs",
    "engine.events",
};

_Static_assert(EP_COUNT_OF(keys) == FIGURE_COUNT, "one key a figure");

const char *figure_key(enum figure_id id)
{
    EP_REQUIRE(id < FIGURE_COUNT);
    return keys[id];
}

bool figure_is_span(enum figure_id id)
{
    return strstr(figure_key(id), "_s.") != NULL; /* "latency_s.p99", as against "proxy_syncs" */
}

static struct figure_value count_of(uint64_t count)
{
    return (struct figure_value){.is_known = true, .value = (int64_t)count};
}

static struct figure_value span_of(const struct histogram *histogram, sim_ns value_ns)
{
    return (struct figure_value){.is_known = histogram->count > 0, .value = value_ns};
}

/* mean, p50, p90, p99, max */
static void take_five(const struct histogram *histogram, struct figure_value *values)
{
    values[0] = span_of(histogram, histogram_mean_ns(histogram));
    values[1] = span_of(histogram, histogram_quantile_ns(histogram, QUANTILE_P50));
    values[2] = span_of(histogram, histogram_quantile_ns(histogram, QUANTILE_P90));
    values[3] = span_of(histogram, histogram_quantile_ns(histogram, QUANTILE_P99));
    values[4] = span_of(histogram, histogram->count > 0 ? histogram->max_ns : 0);
}

static void take_requests(const struct recorder_totals *totals,
                          struct figure_value values[FIGURE_COUNT])
{
    uint64_t failed = 0;

    for (uint32_t outcome = OUTCOME_REFUSED; outcome < OUTCOME_COUNT; outcome++) {
        values[FIGURE_FAILED_BY + outcome - OUTCOME_REFUSED] =
            count_of(totals->traffic->counts[outcome]);
        failed += totals->traffic->counts[outcome];
    }

    const uint64_t ok = totals->traffic->counts[OUTCOME_OK];

    values[FIGURE_TOTAL] = count_of(ok + failed + totals->in_flight_count);
    values[FIGURE_OK] = count_of(ok);
    values[FIGURE_FAILED] = count_of(failed);
    values[FIGURE_IN_FLIGHT] = count_of(totals->in_flight_count);
    values[FIGURE_ATTEMPTS] = count_of(ok + failed + totals->traffic->retry_count);
    values[FIGURE_RETRIED] = count_of(totals->traffic->retried_count);
    values[FIGURE_SAVED] = count_of(totals->traffic->saved_count);
    values[FIGURE_REUSED] = count_of(totals->traffic->reused_count);
    take_five(&totals->traffic->latency, &values[FIGURE_LATENCY]);
}

static void take_propagation(const struct recorder_totals *totals,
                             struct figure_value values[FIGURE_COUNT])
{
    const struct propagation_stats *stats = &totals->changes->stats;

    values[FIGURE_CHANGES] = count_of(stats->effective_count);
    take_five(&stats->latency, &values[FIGURE_PROPAGATION]);
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++) {
        const struct histogram *histogram = &stats->stages[stage];
        struct figure_value *three = &values[FIGURE_STAGES + 3 * stage];

        three[0] = span_of(histogram, histogram_mean_ns(histogram));
        three[1] = span_of(histogram, histogram_quantile_ns(histogram, QUANTILE_P50));
        three[2] = span_of(histogram, histogram_quantile_ns(histogram, QUANTILE_P99));
    }
    take_five(&stats->to_endpoints, &values[FIGURE_TO_ENDPOINTS]);
    take_five(&stats->to_slices, &values[FIGURE_TO_SLICES]);
}

void figure_take(const struct recorder_totals *totals, struct figure_value values[FIGURE_COUNT])
{
    const struct control_plane_counts *counts = &totals->control_plane;

    take_requests(totals, values);
    take_propagation(totals, values);
    values[FIGURE_ENDPOINTS_WRITES] = count_of(counts->endpoints_writes);
    values[FIGURE_SLICE_WRITES] = count_of(counts->slice_writes);
    values[FIGURE_ENDPOINTS_BYTES] = count_of(counts->endpoints_watch_bytes);
    values[FIGURE_SLICE_BYTES] = count_of(counts->slice_watch_bytes);
    values[FIGURE_ENDPOINTS_JSON_BYTES] = count_of(counts->endpoints_json_bytes);
    values[FIGURE_SLICE_JSON_BYTES] = count_of(counts->slice_json_bytes);
    values[FIGURE_ENDPOINTS_EVENT_BYTES] = count_of(counts->endpoints_event_bytes);
    values[FIGURE_SLICE_EVENT_BYTES] = count_of(counts->slice_event_bytes);
    values[FIGURE_BOOKMARKS] = count_of(counts->bookmarks);
    values[FIGURE_BOOKMARK_BYTES] = count_of(counts->bookmark_bytes);
    values[FIGURE_LISTS] = count_of(counts->lists);
    values[FIGURE_LIST_BYTES] = count_of(counts->list_bytes);
    values[FIGURE_PROXY_SYNCS] = count_of(counts->proxy_syncs);
    values[FIGURE_EVENTS] = count_of(totals->event_count);
}

void figure_add(struct figure *figure, struct figure_value value, bool is_span)
{
    figure->last = value;
    if (value.is_known)
        interval_add(&figure->moments,
                     is_span ? (double)value.value / (double)NS_PER_S : (double)value.value);
}

void figure_put_moments(struct json_out *json, const char *key, const struct moments *moments)
{
    const struct interval interval = interval_student95(moments);

    json_out_begin_object(json, key);
    if (moments->count > 0)
        json_out_number(json, "mean", moments->mean);
    else
        json_out_null(json, "mean");
    json_out_begin_array(json, "ci95");
    json_out_number(json, NULL, interval.low);
    json_out_number(json, NULL, interval.high);
    json_out_end_array(json);
    json_out_u64(json, "n", moments->count);
    json_out_end_object(json);
}

void figure_put_json(struct json_out *json, const char *key, const struct figure *figure,
                     bool is_span, uint32_t replication_count)
{
    if (replication_count > 1)
        figure_put_moments(json, key, &figure->moments);
    else if (is_span)
        json_out_seconds(json, key, figure->last.value);
    else
        json_out_i64(json, key, figure->last.value);
}
