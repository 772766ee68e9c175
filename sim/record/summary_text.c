/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/summary_text.h"

#include <stdlib.h>
#include <string.h>

#include "record/loss_words.h"
#include "record/plain_text.h"
#include "record/threshold.h"

#define PAGE_COLUMNS 80u
#define BAR_COLUMNS 20u
#define ANSWER_GROUPS_MAX 3u
#define POD_ROWS_MAX 12u
#define LOSS_ROWS_MAX 6u
#define THRESHOLD_ROWS_MAX 6u

/* A mean for people; of a single run it is a whole number. */
static const char *count_text(const struct summary *summary, double mean,
                              char buffer[PLAIN_TEXT_MAX])
{
    if (summary->replication_count > 1)
        return plain_text_number(mean, buffer);
    return plain_text_count((uint64_t)(mean + 0.5), buffer);
}

/* A figure for people: the value of a single run, else the mean. */
static const char *text_of(const struct summary *summary, const struct figure *figure, bool is_span,
                           char buffer[PLAIN_TEXT_MAX])
{
    if (figure->moments.count == 0)
        return "-";
    if (is_span)
        return plain_text_seconds(figure->moments.mean, buffer);
    return count_text(summary, figure->moments.mean, buffer);
}

static const char *figure_text(const struct summary *summary, enum figure_id id,
                               char buffer[PLAIN_TEXT_MAX])
{
    return text_of(summary, &summary->figures[id], figure_is_span(id), buffer);
}

static void put_figure(const struct summary *summary, enum figure_id id, struct out *out)
{
    char buffer[PLAIN_TEXT_MAX];

    out_str(out, figure_text(summary, id, buffer));
}

/* " ± 1.3" with several runs. */
static void put_half_width(const struct summary *summary, enum figure_id id, struct out *out)
{
    const struct figure *figure = &summary->figures[id];
    char buffer[PLAIN_TEXT_MAX];

    if (figure->moments.count < 2)
        return;

    const struct interval interval = interval_student95(&figure->moments);
    const double half = (interval.high - interval.low) / 2;

    out_str(out, " \xC2\xB1 ");
    out_str(out, figure_is_span(id) ? plain_text_seconds(half, buffer)
                                    : plain_text_number(half, buffer));
}

static double mean_of(const struct summary *summary, enum figure_id id)
{
    return summary->figures[id].moments.mean;
}

/* The largest groups of losses in words. */
static void put_loss_words(const struct summary *summary, struct out *out)
{
    struct loss_words groups[LOSS_WORDS_MAX];
    const uint32_t count = loss_words_gather(summary, groups);
    const uint32_t shown = count > ANSWER_GROUPS_MAX ? ANSWER_GROUPS_MAX : count;
    double others = 0;
    char buffer[PLAIN_TEXT_MAX];

    for (uint32_t i = 0; i < shown; i++) {
        const struct loss_words *group = &groups[i];
        const bool is_one = group->count >= 1 && group->count <= 1;

        out_str(out, i == 0 ? ": " : ", ");
        out_str(out, count_text(summary, group->count, buffer));
        out_printf(out, " %s", is_one ? group->one : group->many);
        if (group->max_stale_ns == 0)
            continue;
        if (group->node != NULL)
            out_printf(out, " while %s was ", group->node);
        else
            out_str(out, " while nodes were ");
        out_str(out, is_one ? "" : "up to ");
        out_str(out, plain_text_seconds((double)group->max_stale_ns / (double)NS_PER_S, buffer));
        out_str(out, " stale");
    }
    for (uint32_t i = shown; i < count; i++)
        others += groups[i].count;
    if (others > 0)
        out_printf(out, ", and %s more", count_text(summary, others, buffer));
}

void summary_text_put_answer(const struct summary *summary, struct out *out)
{
    const bool has_many_runs = summary->replication_count > 1;
    const double total = mean_of(summary, FIGURE_TOTAL);
    const double failed = mean_of(summary, FIGURE_FAILED);
    char buffer[PLAIN_TEXT_MAX];

    if (total <= 0) {
        out_str(out, "no requests were made");
        return;
    }
    out_str(out, "lost ");
    if (failed > 0) {
        put_figure(summary, FIGURE_FAILED, out);
        put_half_width(summary, FIGURE_FAILED, out);
    } else {
        out_str(out, "none");
    }
    out_printf(out, " of %s request%s", figure_text(summary, FIGURE_TOTAL, buffer),
               !has_many_runs && total <= 1 ? "" : "s");
    if (has_many_runs)
        out_str(out, " a run");
    if (failed > 0)
        out_printf(out, " (%s %%", plain_text_number(100 * failed / total, buffer));
    if (has_many_runs)
        out_printf(out, "%smean of %s runs", failed > 0 ? ", " : " (",
                   plain_text_count(summary->replication_count, buffer));
    if (failed > 0 || has_many_runs)
        out_char(out, ')');
    if (failed > 0)
        put_loss_words(summary, out);
}

static void put_wrapped_answer(const struct summary *summary, struct out *out)
{
    struct out answer;

    out_open_memory(&answer);
    summary_text_put_answer(summary, &answer);
    plain_text_put_wrapped(out, out_text(&answer), PAGE_COLUMNS, 0);
    out_discard(&answer);
}

/* What the answer above answers. */
static void put_question(const char *question, struct out *out)
{
    struct out line;

    if (question == NULL || question[0] == '\0')
        return;
    out_open_memory(&line);
    out_printf(&line, "(asked: %s)", question);
    plain_text_put_wrapped(out, out_text(&line), PAGE_COLUMNS, 1);
    out_discard(&line);
}

static void put_head(const struct summary *summary, struct out *out)
{
    const struct world_spec *spec = summary->spec;
    char buffer[PLAIN_TEXT_MAX];
    struct out line;

    out_open_memory(&line);
    out_printf(&line, "%s, seed %llu, %s node%s", spec->name, (unsigned long long)spec->seed,
               plain_text_count(spec->cluster.node_count, buffer),
               spec->cluster.node_count == 1 ? "" : "s");
    out_printf(&line, ", %s simulated", plain_text_span(summary->until_ns, buffer));
    if (spec->warmup_ns > 0)
        out_printf(&line, " (the first %s not counted)", plain_text_span(spec->warmup_ns, buffer));
    plain_text_put_wrapped(out, out_text(&line), PAGE_COLUMNS, 0);
    out_discard(&line);
    out_printf(out, "fingerprint %016llx\n", (unsigned long long)summary->fingerprint);
    if (summary->replication_count > 1)
        out_str(out, "means over the runs, \xC2\xB1 half the 95 % confidence interval\n");
    if (summary->is_partial)
        out_str(out, "INTERRUPTED: these results are partial\n");
}

/* Only where a client retries or keeps connections. */
static void put_sessions(const struct summary *summary, struct out *out)
{
    const struct traffic_spec *traffic = &summary->spec->traffic;
    bool has_retries = false;
    bool has_kept = false;

    for (uint32_t i = 0; i < traffic->client_count; i++) {
        has_retries = has_retries || traffic->clients[i].retry.attempts > 0;
        has_kept = has_kept || traffic->clients[i].connection.is_kept;
    }
    if (has_retries) {
        out_str(out, "retries   ");
        put_figure(summary, FIGURE_ATTEMPTS, out);
        out_str(out, " attempts; ");
        put_figure(summary, FIGURE_RETRIED, out);
        out_str(out, " requests needed more than one, ");
        put_figure(summary, FIGURE_SAVED, out);
        out_str(out, " of them ended ok\n");
    }
    if (has_kept) {
        out_str(out, "kept      ");
        put_figure(summary, FIGURE_REUSED, out);
        out_str(out, " requests went over connections that were there before\n");
    }
}

static void put_latency(const struct summary *summary, struct out *out)
{
    static const char *const names[] = {"mean", "p50", "p90", "p99", "max"};

    out_str(out, "requests  ");
    put_figure(summary, FIGURE_OK, out);
    out_str(out, " ok, ");
    put_figure(summary, FIGURE_FAILED, out);
    out_str(out, " lost, ");
    put_figure(summary, FIGURE_IN_FLIGHT, out);
    out_str(out, " in flight at the end\n");
    put_sessions(summary, out);
    out_str(out, "latency   ");
    for (uint32_t i = 0; i < EP_COUNT_OF(names); i++) {
        out_printf(out, "%s%s ", i == 0 ? "" : "  ", names[i]);
        put_figure(summary, (enum figure_id)(FIGURE_LATENCY + i), out);
    }
    out_char(out, '\n');
}

static void put_bar(struct out *out, double share)
{
    const uint32_t filled = (uint32_t)(share * BAR_COLUMNS + 0.5);
    char buffer[PLAIN_TEXT_MAX];

    for (uint32_t i = 0; i < BAR_COLUMNS; i++)
        out_char(out, i < filled ? '#' : '.');
    plain_text_put_right(out, plain_text_count((uint64_t)(100 * share + 0.5), buffer), 4);
    out_str(out, " %");
}

static void put_stage(const struct summary *summary, uint32_t stage, struct out *out)
{
    const double total = mean_of(summary, FIGURE_PROPAGATION);
    const uint32_t first = FIGURE_STAGES + 3 * stage;
    char buffer[PLAIN_TEXT_MAX];

    out_str(out, "  ");
    plain_text_put_left(out, news_stage_name((enum stage)stage), 18);
    for (uint32_t i = 0; i < 3; i++)
        plain_text_put_right(out, figure_text(summary, (enum figure_id)(first + i), buffer), 10);
    out_str(out, "   ");
    put_bar(out, total > 0 ? mean_of(summary, (enum figure_id)first) / total : 0);
    out_char(out, '\n');
}

static void put_propagation(const struct summary *summary, struct out *out)
{
    char buffer[PLAIN_TEXT_MAX];
    const uint32_t node_count = summary->spec->cluster.node_count;

    if (mean_of(summary, FIGURE_CHANGES) <= 0) {
        out_str(out, "\nno endpoint changed\n");
        return;
    }
    out_str(out, "\nfrom cause to rules in effect: ");
    put_figure(summary, FIGURE_CHANGES, out);
    out_printf(out, " changes on %s node%s\n", plain_text_count(node_count, buffer),
               node_count == 1 ? "" : "s");
    out_str(out, "  stage                   mean       p50       p99   share of the mean\n");
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++)
        put_stage(summary, stage, out);
    out_str(out, "  all                ");
    for (uint32_t i = 0; i < 5; i++)
        if (i != 2)
            plain_text_put_right(
                out, figure_text(summary, (enum figure_id)(FIGURE_PROPAGATION + i), buffer),
                i == 0 ? 9 : 10);
    out_str(out, " at most\n");
    if (summary->pair_kept_count < summary->pair_total_count) {
        out_printf(out, "  propagation.csv keeps %s",
                   plain_text_count(summary->pair_kept_count, buffer));
        out_printf(out, " of %s rows, chosen by hash\n",
                   plain_text_count(summary->pair_total_count, buffer));
    }
}

static double failed_of(const struct summary_pod *pod)
{
    return pod->requests.moments.mean - pod->ok.moments.mean;
}

/* Most losses first, then most requests, then by name. */
static int compare_pods(const void *left, const void *right)
{
    const struct summary_pod *a = *(const struct summary_pod *const *)left;
    const struct summary_pod *b = *(const struct summary_pod *const *)right;
    const double by_failed = failed_of(b) - failed_of(a);
    const double by_requests = b->requests.moments.mean - a->requests.moments.mean;

    if (by_failed < 0 || by_failed > 0)
        return by_failed < 0 ? -1 : 1;
    if (by_requests < 0 || by_requests > 0)
        return by_requests < 0 ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void put_pod(const struct summary *summary, const struct summary_pod *pod, struct out *out)
{
    char buffer[PLAIN_TEXT_MAX];

    out_str(out, "  ");
    plain_text_put_name(out, pod->name, 40);
    plain_text_put_right(out, text_of(summary, &pod->requests, false, buffer), 12);
    plain_text_put_right(out, text_of(summary, &pod->ok, false, buffer), 12);
    plain_text_put_right(out, count_text(summary, failed_of(pod), buffer), 12);
    out_char(out, '\n');
}

/* A service and its pods as far as `room` rows go; returns how many rows it took. */
static uint32_t put_service(const struct summary *summary, uint32_t service, uint32_t room,
                            struct out *out)
{
    const struct moments *jain = &summary->services[service].jain;
    const struct summary_pod **pods =
        ARENA_NEW_ARRAY(summary->arena, summary->pod_count, const struct summary_pod *);
    uint32_t count = 0;
    char buffer[PLAIN_TEXT_MAX];

    for (uint32_t i = 0; i < summary->pod_count; i++)
        if (summary->pods[i].service == service)
            pods[count++] = &summary->pods[i];
    if (count > 1)
        qsort(pods, count, sizeof(pods[0]), compare_pods);
    out_printf(out, "%s", summary->services[service].name);
    if (jain->count > 0) {
        out_printf(out, ": Jain's index %s", plain_text_number(jain->mean, buffer));
        out_printf(out, ", busiest pod %s times the mean",
                   plain_text_number(summary->services[service].max_over_mean.mean, buffer));
    }
    out_char(out, '\n');

    const uint32_t shown = count < room ? count : room;

    for (uint32_t i = 0; i < shown; i++)
        put_pod(summary, pods[i], out);
    if (shown < count)
        out_printf(out, "  and %s more\n", plain_text_count(count - shown, buffer));
    return shown;
}

static void put_traffic(const struct summary *summary, struct out *out)
{
    uint32_t room = POD_ROWS_MAX;
    uint32_t hidden_count = 0;
    char buffer[PLAIN_TEXT_MAX];

    if (mean_of(summary, FIGURE_TOTAL) <= 0)
        return;
    out_str(out,
            "\ntraffic by pod, most losses first            requests          ok        lost\n");
    for (uint32_t i = 0; i < summary->service_count; i++) {
        if (summary->services[i].requests.moments.mean <= 0)
            continue;
        if (room == 0)
            hidden_count++;
        else
            room -= put_service(summary, i, room, out);
    }
    if (hidden_count > 0)
        out_printf(out, "and %s more service%s\n", plain_text_count(hidden_count, buffer),
                   hidden_count == 1 ? "" : "s");
}

static void put_loss(const struct summary *summary, const struct summary_loss *loss,
                     struct out *out)
{
    const char *state = summary_pod_state_name(loss->pod_state);
    const char *cause = news_cause_name((enum cause)loss->cause);
    char buffer[PLAIN_TEXT_MAX];

    plain_text_put_right(out, text_of(summary, &loss->count, false, buffer), 10);
    out_str(out, "  ");
    plain_text_put_left(out, observer_outcome_name((enum outcome)loss->outcome), 14);
    plain_text_put_left(out, state[0] == '\0' ? "-" : state, 13);
    plain_text_put_left(
        out, loss->stage == STAGE_NONE ? "-" : news_stage_name((enum stage)loss->stage), 18);
    plain_text_put_left(out, cause[0] == '\0' ? "-" : cause, 10);
    if (loss->max_stale_ns == 0)
        out_str(out, "-");
    else
        out_str(out, plain_text_seconds((double)loss->max_stale_ns / (double)NS_PER_S, buffer));
    out_char(out, '\n');
}

static void put_losses(const struct summary *summary, struct out *out)
{
    char buffer[PLAIN_TEXT_MAX];
    double others = 0;

    if (summary->loss_count == 0)
        return;
    out_str(
        out,
        "\ncauses of loss\n      lost  outcome       pod was      news stuck in     caused by stale at most\n");
    /* a line that says "1 more" would take as much room as the one that it hides */
    const uint32_t shown =
        summary->loss_count <= LOSS_ROWS_MAX + 1 ? summary->loss_count : LOSS_ROWS_MAX;

    for (uint32_t i = 0; i < summary->loss_count; i++) {
        if (i < shown)
            put_loss(summary, &summary->losses[i], out);
        else
            others += summary->losses[i].count.moments.mean;
    }
    if (shown < summary->loss_count) {
        plain_text_put_right(out, count_text(summary, others, buffer), 10);
        out_printf(out, "  in %u more groups (summary.json: losses)\n",
                   summary->loss_count - shown);
    }
}

/* How long clients kept the old addresses of hosts that moved. */
static void put_host_moves(const struct summary *summary, struct out *out)
{
    for (uint32_t i = 0; i < summary->host_move_count; i++) {
        const struct host_move *move = &summary->host_moves[i];
        char buffer[PLAIN_TEXT_MAX];

        if (i == 0 || move[-1].at_ns != move->at_ns || strcmp(move[-1].host, move->host) != 0)
            out_printf(out, "\n%s moved at %s; its old address was last used\n", move->host,
                       plain_text_seconds((double)move->at_ns / (double)NS_PER_S, buffer));
        out_str(out, "  by ");
        plain_text_put_left(out, move->client, 24);
        if (move->last_ns == NS_NEVER) {
            out_str(out, "before it moved\n");
            continue;
        }
        out_printf(
            out, "%s later%s\n",
            plain_text_seconds((double)(move->last_ns - move->at_ns) / (double)NS_PER_S, buffer),
            move->is_open ? ", and still at the end" : "");
    }
}

static bool is_time(const struct threshold_spec *threshold)
{
    return (threshold->metric == THRESHOLD_HTTP_REQ_DURATION ||
            threshold->metric == THRESHOLD_PROPAGATION) &&
           threshold->aggregate != AGGREGATE_COUNT && threshold->aggregate != AGGREGATE_RATE;
}

static void put_threshold(const struct summary *summary, const struct threshold_spec *threshold,
                          struct out *out)
{
    const struct threshold_result result = threshold_judge(summary, threshold);
    char buffer[PLAIN_TEXT_MAX];

    out_printf(out, "  %-8s%s: %s, got ", result.is_ok ? "ok" : "FAILED", threshold->metric_name,
               threshold->expression);
    if (!result.has_value)
        out_str(out, "no observation");
    else if (is_time(threshold))
        out_str(out, plain_text_seconds(result.value, buffer));
    else
        out_str(out, plain_text_number(result.value, buffer));
    out_char(out, '\n');
}

/* Those that failed first: of many, none of them may be hidden. */
static void put_thresholds(const struct summary *summary, struct out *out)
{
    const uint32_t count = summary->spec->threshold_count;
    uint32_t shown = 0;

    if (count == 0)
        return;
    out_str(out, "\nthresholds\n");
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < count; i++) {
            const struct threshold_spec *threshold = &summary->spec->thresholds[i];
            const bool is_ok = threshold_judge(summary, threshold).is_ok;

            if (is_ok != (pass == 1) || (is_ok && shown >= THRESHOLD_ROWS_MAX))
                continue;
            put_threshold(summary, threshold, out);
            shown++;
        }
    if (shown < count)
        out_printf(out, "  ok      %u more\n", count - shown);
}

/* As of thresholds. */
static void put_expectations(const struct summary *summary, struct out *out)
{
    const struct expectation_log *log = &summary->expectations;
    uint32_t count = 0;
    uint32_t shown = 0;

    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < log->spec->timeline_count; i++) {
            const struct expectation_row *row = &log->rows[i];
            const bool is_ok = row->failed_count == 0;

            if (row->check_count == 0 || is_ok != (pass == 1))
                continue;
            if (count++ == 0)
                out_str(out, "\nexpectations\n");
            if (is_ok && shown >= THRESHOLD_ROWS_MAX)
                continue;
            out_printf(out, "  %-8s", is_ok ? "ok" : "FAILED");
            expectation_log_put_row(log, i, out);
            out_char(out, '\n');
            shown++;
        }
    if (shown < count)
        out_printf(out, "  ok      %u more\n", count - shown);
}

void summary_text_put(const struct summary *summary, struct out *out)
{
    put_wrapped_answer(summary, out);
    put_question(summary->spec->question, out);
    out_char(out, '\n');
    put_head(summary, out);
    put_latency(summary, out);
    put_propagation(summary, out);
    put_traffic(summary, out);
    put_losses(summary, out);
    put_host_moves(summary, out);
    put_thresholds(summary, out);
    put_expectations(summary, out);
}
