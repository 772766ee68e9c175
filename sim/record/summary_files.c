/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/summary_files.h"

#include <stdio.h>
#include <string.h>

#include "record/threshold.h"
#include "stats/quantile.h"

#define KEY_BYTES 128

/* How many bytes of two dotted paths are the same whole parts: "a.b.x" and "a.b.y" share "a.b." */
static size_t shared_prefix(const char *a, const char *b)
{
    size_t shared = 0;

    for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++)
        if (a[i] == '.')
            shared = i + 1;
    return shared;
}

static uint32_t count_dots(const char *text)
{
    uint32_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '.';
    return count;
}

/* Opens an object a part of `path` but the last; returns the last part. */
static const char *open_parts(struct json_out *json, const char *path)
{
    char part[KEY_BYTES];

    for (const char *dot = strchr(path, '.'); dot != NULL; dot = strchr(path, '.')) {
        EP_REQUIRE((size_t)(dot - path) < sizeof(part));
        memcpy(part, path, (size_t)(dot - path));
        part[dot - path] = '\0';
        json_out_begin_object(json, part);
        path = dot + 1;
    }
    return path;
}

/* The table of figures, its dotted keys as nested objects. */
static void put_figures(struct json_out *json, const struct summary *summary)
{
    const char *before = "";

    for (uint32_t i = 0; i < FIGURE_COUNT; i++) {
        const enum figure_id id = (enum figure_id)i;
        const char *key = figure_key(id);
        const size_t shared = shared_prefix(before, key);

        for (uint32_t depth = count_dots(before + shared); depth > 0; depth--)
            json_out_end_object(json);

        const char *name = open_parts(json, key + shared);

        figure_put_json(json, name, &summary->figures[id], figure_is_span(id),
                        summary->replication_count);
        before = key;
    }
    for (uint32_t depth = count_dots(before); depth > 0; depth--)
        json_out_end_object(json);
}

static void put_ratio(struct json_out *json, const char *key, const struct moments *moments,
                      uint32_t replication_count)
{
    if (replication_count > 1)
        figure_put_moments(json, key, moments);
    else if (moments->count > 0)
        json_out_number(json, key, moments->mean);
    else
        json_out_null(json, key);
}

static void put_services(struct json_out *json, const struct summary *summary)
{
    const uint32_t runs = summary->replication_count;
    uint32_t pod = 0;

    json_out_begin_object(json, "services");
    for (uint32_t i = 0; i < summary->service_count; i++) {
        const struct summary_service *service = &summary->services[i];

        json_out_begin_object(json, service->name);
        figure_put_json(json, "requests", &service->requests, false, runs);
        figure_put_json(json, "ok", &service->ok, false, runs);
        json_out_begin_object(json, "per_pod");
        for (; pod < summary->pod_count && summary->pods[pod].service == i; pod++)
            figure_put_json(json, summary->pods[pod].name, &summary->pods[pod].requests, false,
                            runs);
        json_out_end_object(json);
        put_ratio(json, "max_over_mean", &service->max_over_mean, runs);
        put_ratio(json, "jain", &service->jain, runs);
        json_out_end_object(json);
    }
    json_out_end_object(json);
}

/* Of replication 0: last_old_s is when a client last used an address that the host had before. */
static void put_host_moves(struct json_out *json, const struct summary *summary)
{
    if (summary->host_move_count == 0)
        return;
    json_out_begin_array(json, "host_moves");
    for (uint32_t i = 0; i < summary->host_move_count; i++) {
        const struct host_move *move = &summary->host_moves[i];

        json_out_begin_object(json, NULL);
        json_out_string(json, "host", move->host);
        json_out_seconds(json, "t_s", move->at_ns);
        json_out_string(json, "client", move->client);
        if (move->last_ns == NS_NEVER)
            json_out_null(json, "last_old_s");
        else
            json_out_seconds(json, "last_old_s", move->last_ns);
        json_out_bool(json, "still_at_end", move->is_open);
        json_out_end_object(json);
    }
    json_out_end_array(json);
}

static void put_losses(struct json_out *json, const struct summary *summary)
{
    json_out_begin_array(json, "losses");
    for (uint32_t i = 0; i < summary->loss_count; i++) {
        const struct summary_loss *loss = &summary->losses[i];

        json_out_begin_object(json, NULL);
        json_out_string(json, "outcome", observer_outcome_name((enum outcome)loss->outcome));
        json_out_string(json, "pod_state", summary_pod_state_name(loss->pod_state));
        json_out_string(json, "stage", news_stage_name((enum stage)loss->stage));
        json_out_string(json, "cause", news_cause_name((enum cause)loss->cause));
        figure_put_json(json, "count", &loss->count, false, summary->replication_count);
        json_out_seconds(json, "max_stale_s", loss->max_stale_ns);
        json_out_string(json, "node", loss->node);
        json_out_end_object(json);
    }
    json_out_end_array(json);
}

static void put_thresholds(struct json_out *json, const struct summary *summary)
{
    char expression[KEY_BYTES];

    json_out_begin_array(json, "thresholds");
    for (uint32_t i = 0; i < summary->spec->threshold_count; i++) {
        const struct threshold_spec *threshold = &summary->spec->thresholds[i];
        const struct threshold_result result = threshold_judge(summary, threshold);

        snprintf(expression, sizeof(expression), "%s: %s", threshold->metric_name,
                 threshold->expression);
        json_out_begin_object(json, NULL);
        json_out_string(json, "expr", expression);
        if (result.has_value)
            json_out_number(json, "value", result.value);
        else
            json_out_null(json, "value");
        json_out_bool(json, "ok", result.is_ok);
        json_out_end_object(json);
    }
    json_out_end_array(json);
}

static void put_found(struct json_out *json, const char *key,
                      const struct expectation_result *result)
{
    if (result->has_value)
        json_out_i64(json, key, result->value);
    else
        json_out_null(json, key);
}

/* `value` is the last one found; of a failure, the first is told. */
static void put_expectations(struct json_out *json, const struct summary *summary)
{
    json_out_begin_array(json, "expectations");
    for (uint32_t i = 0; i < summary->spec->timeline_count; i++) {
        const struct expectation_row *row = &summary->expectations.rows[i];

        if (row->check_count == 0)
            continue;
        json_out_begin_object(json, NULL);
        json_out_string(json, "expr", summary->spec->timeline[i].expect_text);
        put_found(json, "value", &row->last);
        json_out_bool(json, "ok", row->failed_count == 0);
        json_out_u64(json, "checks", row->check_count);
        json_out_u64(json, "failed", row->failed_count);
        if (row->failed_count > 0) {
            json_out_begin_object(json, "first_failure");
            json_out_seconds(json, "t_s", row->first_failed_ns);
            put_found(json, "value", &row->first_failed);
            json_out_u64(json, "replication", row->first_failed_replication);
            json_out_end_object(json);
        }
        json_out_end_object(json);
    }
    json_out_end_array(json);
}

void summary_files_put_json(const struct summary *summary, struct out *out)
{
    char fingerprint[17];
    struct json_out json;

    snprintf(fingerprint, sizeof(fingerprint), "%016llx", (unsigned long long)summary->fingerprint);
    json_out_init(&json, out, false);
    json_out_begin_object(&json, NULL);
    json_out_string(&json, "scenario", summary->spec->name);
    json_out_string(&json, "question", summary->spec->question);
    json_out_u64(&json, "seed", summary->spec->seed);
    json_out_string(&json, "fingerprint", fingerprint);
    json_out_seconds(&json, "until_s", summary->until_ns);
    json_out_seconds(&json, "warmup_s", summary->spec->warmup_ns);
    json_out_u64(&json, "replications", summary->replication_count);
    json_out_bool(&json, "partial", summary->is_partial);
    put_figures(&json, summary);
    put_services(&json, summary);
    put_losses(&json, summary);
    put_host_moves(&json, summary);
    put_thresholds(&json, summary);
    put_expectations(&json, summary);
    json_out_begin_object(&json, "propagation_rows");
    json_out_u64(&json, "kept", summary->pair_kept_count);
    json_out_u64(&json, "of", summary->pair_total_count);
    json_out_end_object(&json);
    json_out_end_object(&json);
}

void summary_files_put_traffic(const struct summary *summary, struct out *out)
{
    static const uint32_t millionths[] = {QUANTILE_P50, QUANTILE_P99};

    out_str(
        out,
        "client,service,pod,requests,ok,refused,timeout,reset,no_endpoints,overload,error,dns,deadline,"
        "lat_mean_s,lat_p50_s,lat_p99_s\n");
    for (uint32_t i = 0; i < summary->row_count; i++) {
        const struct summary_row *row = &summary->rows[i];

        out_csv(out, summary->spec->traffic.clients[row->client].name);
        out_char(out, ',');
        out_csv(out, row->service);
        out_char(out, ',');
        out_csv(out, row->pod);
        out_char(out, ',');
        out_u64(out, summary_row_total(row));
        for (uint32_t outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
            out_char(out, ',');
            out_u64(out, row->counts[outcome]);
        }
        out_char(out, ',');
        if (row->latency.count > 0)
            out_seconds(out, histogram_mean_ns(&row->latency));
        for (uint32_t q = 0; q < EP_COUNT_OF(millionths); q++) {
            out_char(out, ',');
            if (row->latency.count > 0)
                out_seconds(out, histogram_quantile_ns(&row->latency, millionths[q]));
        }
        out_char(out, '\n');
    }
}

void summary_files_put_replication_header(struct out *out)
{
    out_str(out, "replication,fingerprint");
    for (uint32_t id = 0; id < FIGURE_COUNT; id++) {
        out_char(out, ',');
        out_str(out, figure_key((enum figure_id)id));
    }
    out_char(out, '\n');
}

void summary_files_put_replication(const struct summary *summary, uint64_t fingerprint,
                                   struct out *out)
{
    out_u64(out, summary->replication_count - 1);
    out_char(out, ',');
    out_hex64(out, fingerprint);
    for (uint32_t id = 0; id < FIGURE_COUNT; id++) {
        const struct figure_value *value = &summary->figures[id].last;

        out_char(out, ',');
        if (!value->is_known)
            continue;
        if (figure_is_span((enum figure_id)id))
            out_seconds(out, value->value);
        else
            out_i64(out, value->value);
    }
    out_char(out, '\n');
}
