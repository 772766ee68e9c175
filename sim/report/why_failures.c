/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/why_failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "record/plain_text.h"
#include "report/why_advice.h"

#define INDENT 2u
#define NAMES_SHOWN_MAX 4u
#define GROUPS_IN_FULL_MAX 8u /* of more the smallest get their first line only */

/* ---- groups ---- */

static struct why_group *find_group(const struct why_data *data, struct why_groups *groups,
                                    const struct why_request *request)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        struct why_group *group = &groups->rows[i];

        if (group->outcome == request->outcome && group->pod_state == request->pod_state &&
            group->stage == request->stage && group->cause == request->cause)
            return group;
    }
    ARENA_GROW(data->arena, groups->rows, &groups->capacity, groups->count + 1);
    groups->rows[groups->count] = (struct why_group){.outcome = request->outcome,
                                                     .pod_state = request->pod_state,
                                                     .stage = request->stage,
                                                     .cause = request->cause};
    return &groups->rows[groups->count++];
}

/* Merges from[start..middle) and from[middle..end) into `to`. */
static void merge_runs(const struct why_data *data, const uint32_t *from, uint32_t *to,
                       const uint32_t borders[3])
{
    uint32_t left = borders[0];
    uint32_t right = borders[1];

    for (uint32_t i = borders[0]; i < borders[2]; i++) {
        const bool takes_left =
            left < borders[1] && (right == borders[2] || data->requests[from[left]].stale_ns <=
                                                             data->requests[from[right]].stale_ns);

        to[i] = takes_left ? from[left++] : from[right++];
    }
}

/* By staleness, then by the order of the file: an insertion into what is nearly sorted would do, a merge always does. */
static void sort_by_staleness(const struct why_data *data, struct why_group *group)
{
    uint32_t *from = group->indices;
    uint32_t *to = ARENA_NEW_ARRAY(data->arena, group->count + 1, uint32_t);

    for (uint32_t width = 1; width < group->count; width *= 2) {
        for (uint32_t start = 0; start < group->count; start += 2 * width) {
            const uint32_t middle = start + width < group->count ? start + width : group->count;
            const uint32_t end =
                start + 2 * width < group->count ? start + 2 * width : group->count;

            merge_runs(data, from, to, (const uint32_t[3]){start, middle, end});
        }

        uint32_t *swapped = from;

        from = to;
        to = swapped;
    }
    group->indices = from;
}

static void sort_groups(struct why_groups *groups)
{
    for (uint32_t i = 1; i < groups->count; i++) {
        const struct why_group moved = groups->rows[i];
        uint32_t at = i;

        for (; at > 0 && moved.count > groups->rows[at - 1].count; at--)
            groups->rows[at] = groups->rows[at - 1];
        groups->rows[at] = moved;
    }
}

void why_failures_group(const struct why_data *data, struct why_groups *groups)
{
    *groups = (struct why_groups){.count = 0};
    for (uint32_t i = 0; i < data->request_count; i++) {
        struct why_group *group = find_group(data, groups, &data->requests[i]);

        ARENA_GROW(data->arena, group->indices, &group->capacity, group->count + 1);
        group->indices[group->count++] = i;
    }
    for (uint32_t i = 0; i < groups->count; i++)
        sort_by_staleness(data, &groups->rows[i]);
    sort_groups(groups);
}

/* ---- who it was: nodes and pods with their counts ---- */

struct tally {
    const char *name;
    uint32_t count;
};

static int compare_tallies(const void *left, const void *right)
{
    const struct tally *a = left;
    const struct tally *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Counts of a group by node or by pod, largest first; returns how many have one. */
static uint32_t count_by(const struct why_data *data, const struct why_group *group, bool is_by_pod,
                         struct tally **tallies)
{
    const struct why_names *names = is_by_pod ? &data->pod_names : &data->node_names;
    struct tally *rows = ARENA_NEW_ARRAY(data->arena, names->count + 1, struct tally);
    uint32_t used = 0;

    for (uint32_t i = 0; i < group->count; i++) {
        const struct why_request *request = &data->requests[group->indices[i]];
        const uint32_t number = is_by_pod ? request->pod : request->node;

        if (number != ID_NONE) {
            rows[number].name = names->names[number];
            rows[number].count++;
        }
    }
    for (uint32_t i = 0; i < names->count; i++) {
        if (rows[i].count > 0)
            rows[used++] = rows[i];
    }
    if (used > 1)
        qsort(rows, used, sizeof(rows[0]), compare_tallies);
    *tallies = rows;
    return used;
}

static void put_tallies(struct out *out, const struct tally *tallies, uint32_t count)
{
    const uint32_t shown = count <= NAMES_SHOWN_MAX + 1 ? count : NAMES_SHOWN_MAX;
    uint32_t rest = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (i < shown)
            out_printf(out, "%s%s (%u)", i == 0 ? "" : ", ", tallies[i].name, tallies[i].count);
        else
            rest += tallies[i].count;
    }
    if (shown < count)
        out_printf(out, ", and %u more (%u)", count - shown, rest);
}

/* ---- a group in words ---- */

static const struct why_request *member(const struct why_data *data, const struct why_group *group,
                                        uint32_t index)
{
    return &data->requests[group->indices[index]];
}

static void put_paragraph(const struct why_page *page, struct out *text)
{
    why_words_put_wrapped(page, out_text(text), INDENT);
    out_discard(text);
}

/* "122 timeout: the pod was gone ..." */
static void put_head(const struct why_page *page, const struct why_data *data,
                     const struct why_group *group)
{
    const bool is_unnoticed = member(data, group, 0)->unnoticed_ns != NS_NEVER;
    const char *clause = why_words_pod_clause((enum outcome)group->outcome, group->pod_state);
    struct out line;
    char buffer[PLAIN_TEXT_MAX];

    out_open_memory(&line);
    out_printf(&line, "%s %s", plain_text_count(group->count, buffer),
               observer_outcome_name((enum outcome)group->outcome));
    if (group->stage != STAGE_NONE && !is_unnoticed)
        out_printf(&line, ", news stuck in %s", news_stage_name((enum stage)group->stage));
    out_str(&line, ": ");
    if (is_unnoticed)
        out_str(&line, "a load balancer had not noticed that its node could not serve");
    else if (clause[0] != '\0')
        out_printf(&line, "the pod %s", clause);
    else
        out_str(&line, why_words_outcome((enum outcome)group->outcome));
    why_words_heading(page, out_text(&line));
    out_discard(&line);
}

/* "had not applied that its pod was terminating" in the words of the most frequent kind. */
static const char *unknown_to_node(const struct why_data *data, const struct why_group *group)
{
    static const char *const texts[CHANGE_KIND_COUNT] = {
        [CHANGE_REMOVE] = "the removal of the pod",
        [CHANGE_ADD] = "that the pod is there",
        [CHANGE_TERMINATING] = "that the pod is terminating",
        [CHANGE_UNREADY] = "that the pod is not ready",
        [CHANGE_READY] = "that the pod is ready",
        [CHANGE_EDIT] = "the edit of the endpoint",
    };
    uint32_t counts[CHANGE_KIND_COUNT] = {0};
    uint32_t most = 0;

    for (uint32_t i = 0; i < group->count; i++) {
        const struct why_change *change = why_data_change(data, member(data, group, i)->change);

        if (change != NULL)
            counts[change->kind]++;
    }
    for (uint32_t kind = 1; kind < CHANGE_KIND_COUNT; kind++) {
        if (counts[kind] > counts[most])
            most = kind;
    }
    return counts[most] == 0 ? "what had happened to the pod" : texts[most];
}

/* Since when the news was in its stage at the pick; 0 if that is not known. */
static sim_ns stuck_ns(const struct why_data *data, const struct why_request *request)
{
    const struct why_change *change = why_data_change(data, request->change);
    sim_ns begin_ns = NS_NEVER;

    if (change != NULL)
        begin_ns =
            why_words_stage_begin_ns(data, change, request->node, (enum stage)request->stage);
    return begin_ns == NS_NEVER ? 0 : request->pick_ns - begin_ns;
}

static void put_stale_group(struct out *text, const struct why_data *data,
                            const struct why_group *group)
{
    const struct why_request *least = member(data, group, 0);
    const struct why_request *most = member(data, group, group->count - 1);
    struct tally *nodes;
    const uint32_t node_count = count_by(data, group, false, &nodes);

    put_tallies(text, nodes, node_count);
    out_printf(text, " had not applied %s", unknown_to_node(data, group));
    if (group->cause != CAUSE_NONE)
        out_printf(text, " (because of %s)", why_words_cause((enum cause)group->cause));
    out_printf(text, ": the news was %s", why_words_stage((enum stage)group->stage));
    if (most->stale_ns == 0) {
        out_str(text, ", and came to nothing before anyone acted on it.");
        return;
    }
    out_str(text, "; it was ");
    if (group->count > 1) {
        why_words_put_span(text, least->stale_ns);
        out_str(text, " to ");
    }
    why_words_put_span(text, most->stale_ns);
    out_str(text, " old when the pod was picked.");
}

/* The node had applied all; its load balancer's health check was behind. */
static void put_unnoticed_group(struct out *text, const struct why_data *data,
                                const struct why_group *group)
{
    sim_ns least_ns = NS_NEVER;
    sim_ns most_ns = 0;
    struct tally *nodes;
    const uint32_t node_count = count_by(data, group, false, &nodes);

    for (uint32_t i = 0; i < group->count; i++) {
        const sim_ns unnoticed_ns = member(data, group, i)->unnoticed_ns;

        least_ns = unnoticed_ns < least_ns ? unnoticed_ns : least_ns;
        most_ns = unnoticed_ns > most_ns ? unnoticed_ns : most_ns;
    }
    out_str(text, "It sent them to ");
    put_tallies(text, nodes, node_count);
    out_printf(text, ", %s",
               group->cause == CAUSE_NODE ? "whose machine was off"
                                          : "where no ready endpoint was left");
    if (group->cause != CAUSE_NONE && group->cause != CAUSE_NODE)
        out_printf(text, " (because of %s)", why_words_cause((enum cause)group->cause));
    out_str(text, ": health checks would have failed for ");
    if (group->count > 1) {
        why_words_put_span(text, least_ns);
        out_str(text, " to ");
    }
    why_words_put_span(text, most_ns);
    out_str(text, " when the node was chosen.");
}

static void put_known_group(struct out *text, const struct why_data *data,
                            const struct why_group *group)
{
    struct tally *nodes;
    const uint32_t node_count = count_by(data, group, false, &nodes);

    out_str(text, "From ");
    put_tallies(text, nodes, node_count);
    if (group->pod_state == POD_STATE_COUNT)
        out_str(text, ".");
    else
        out_str(text, ", which had applied all that there was to know of the pod.");
}

static void put_pods(const struct why_page *page, const struct why_data *data,
                     const struct why_group *group)
{
    struct tally *pods;
    const uint32_t pod_count = count_by(data, group, true, &pods);
    struct out text;

    if (pod_count == 0)
        return;
    out_open_memory(&text);
    out_str(&text, pod_count == 1 ? "Pod: " : "Pods: ");
    put_tallies(&text, pods, pod_count);
    put_paragraph(page, &text);
}

/* When the change was in effect on the request's node. */
static void put_margin(struct out *text, const struct why_data *data,
                       const struct why_request *request)
{
    const struct why_pair *pair = why_data_pair(data, request->change, request->node);
    const struct why_change *change = why_data_change(data, request->change);

    if (change == NULL)
        return;
    if (change->node_count == 0) {
        out_str(text, "; no kube-proxy applies it: clients hear of it by DNS");
        return;
    }
    if (pair == NULL) {
        out_printf(text, "; %s",
                   data->is_sampled ? "when the node knew is not in the sample"
                                    : "the node had not heard of it by the end");
        return;
    }
    out_printf(text, "; %s knew ", why_data_node(data, request->node));
    why_words_put_span(text, change->borders_ns[0] + pair->total_ns - request->pick_ns);
    out_str(text, " too late");
}

static void put_example(const struct why_page *page, const struct why_data *data,
                        const struct why_group *group)
{
    const struct why_request *request = member(data, group, (group->count - 1) / 2);
    const struct why_change *change = why_data_change(data, request->change);
    struct out text;

    out_open_memory(&text);
    out_printf(&text, "e.g. %s at ", request->id);
    why_words_put_instant(&text, request->t_ns);
    if (change != NULL) {
        out_printf(&text, ": %s had not applied ", why_data_node(data, request->node));
        why_words_put_change(&text, data, change);
        out_str(&text, " (since ");
        why_words_put_instant(&text, change->borders_ns[0]);
        out_printf(&text, "); news stuck in %s ", news_stage_name((enum stage)request->stage));
        why_words_put_span(&text, stuck_ns(data, request));
        out_str(&text, " of ");
        why_words_put_span(&text, request->stale_ns);
        put_margin(&text, data, request);
    } else {
        out_printf(&text, ": from %s", why_data_node(data, request->node));
        out_printf(&text, " to %s",
                   request->pod == ID_NONE ? request->service : why_data_pod(data, request->pod));
        out_str(&text, ", after ");
        why_words_put_span(&text, request->latency_ns);
        if (request->outcome == OUTCOME_NO_ENDPOINTS)
            why_words_put_next_endpoint(&text, data, request);
    }
    put_paragraph(page, &text);
}

static void put_group_advice(const struct why_page *page, const struct why_data *data,
                             const struct why_group *group)
{
    struct why_advice advice[WHY_ADVICE_MAX];
    const uint32_t count = why_advice_gather(data, group->indices, group->count, advice);
    struct out text;

    if (count == 0)
        return;
    out_open_memory(&text);
    out_str(&text, "-> ");
    why_advice_put(&text, data, &advice[0], group->count);
    put_paragraph(page, &text);
}

static void put_group(const struct why_page *page, const struct why_data *data,
                      const struct why_group *group)
{
    struct out text;

    out_char(page->out, '\n');
    put_head(page, data, group);
    out_open_memory(&text);
    if (member(data, group, 0)->unnoticed_ns != NS_NEVER)
        put_unnoticed_group(&text, data, group);
    else if (group->stage == STAGE_NONE)
        put_known_group(&text, data, group);
    else
        put_stale_group(&text, data, group);
    put_paragraph(page, &text);
    put_pods(page, data, group);
    put_example(page, data, group);
    put_group_advice(page, data, group);
}

static void put_short_group(const struct why_page *page, const struct why_data *data,
                            const struct why_group *group, bool is_first)
{
    if (is_first)
        out_char(page->out, '\n');
    put_head(page, data, group);
    out_printf(page->out, "  e.g. %s\n", member(data, group, (group->count - 1) / 2)->id);
}

/* ---- the page ---- */

/* Means of several replications need not be whole. */
static const char *count_text(const struct why_data *data, double count,
                              char buffer[PLAIN_TEXT_MAX])
{
    return data->result->replication_count == 1 ? plain_text_count((uint64_t)(count + 0.5), buffer)
                                                : plain_text_number(count, buffer);
}

static void put_answer(const struct why_page *page, const struct why_data *data)
{
    char buffer[PLAIN_TEXT_MAX];
    struct out line;

    out_open_memory(&line);
    out_printf(&line, "%s: lost %s", data->result->scenario,
               count_text(data, data->lost_count, buffer));
    out_printf(&line, " of %s requests", count_text(data, data->total_count, buffer));
    if (data->result->replication_count > 1)
        out_printf(&line, " a run (mean of %s)",
                   plain_text_count(data->result->replication_count, buffer));
    if (data->lost_count > 0 && data->total_count > 0)
        out_printf(&line, ", %s %%",
                   plain_text_number(100 * data->lost_count / data->total_count, buffer));
    why_words_put_wrapped(page, out_text(&line), 0);
    out_discard(&line);
    if (data->result->replication_count > 1)
        out_printf(page->out, "explained are the %u of replication 0, whose rows the files hold\n",
                   data->request_count);
}

static void put_advice(const struct why_page *page, const struct why_data *data)
{
    struct why_advice advice[WHY_ADVICE_MAX];
    uint32_t *indices = ARENA_NEW_ARRAY(data->arena, data->request_count + 1, uint32_t);
    uint32_t count;

    for (uint32_t i = 0; i < data->request_count; i++)
        indices[i] = i;
    count = why_advice_gather(data, indices, data->request_count, advice);
    out_char(page->out, '\n');
    why_words_heading(page, "What would have saved them, each by itself");
    for (uint32_t i = 0; i < count; i++) {
        struct out text;

        out_open_memory(&text);
        why_advice_put(&text, data, &advice[i], data->request_count);
        put_paragraph(page, &text);
    }
    if (count == 0)
        out_str(page->out, "  nothing that the recorded instants can tell\n");
}

/* Only the summary is there. */
static void put_summary_losses(const struct why_page *page, const struct why_data *data)
{
    char buffer[PLAIN_TEXT_MAX];

    out_str(page->out,
            "requests.csv holds no lost request (record.requests: none), so there are no\n"
            "examples, nodes, pods or margins; run with spec.record.requests=failed for them\n\n");
    for (uint32_t i = 0; i < data->loss_count; i++) {
        const struct why_loss *loss = &data->losses[i];

        out_printf(page->out, "%s %s", count_text(data, loss->count, buffer), loss->outcome);
        if (loss->pod_state[0] != '\0')
            out_printf(page->out, ", pod %s", loss->pod_state);
        if (loss->cause[0] != '\0')
            out_printf(page->out, ", news of a %s stuck in %s", loss->cause, loss->stage);
        if (loss->max_stale_s > 0)
            out_printf(page->out, ", at most %s old",
                       plain_text_seconds(loss->max_stale_s, buffer));
        out_char(page->out, '\n');
    }
}

void why_failures_put(const struct why_page *page, const struct why_data *data)
{
    struct why_groups groups;

    put_answer(page, data);
    if (data->request_count == 0) {
        if (data->lost_count > 0)
            put_summary_losses(page, data);
        return;
    }
    why_failures_group(data, &groups);
    for (uint32_t i = 0; i < groups.count; i++) {
        if (i < GROUPS_IN_FULL_MAX)
            put_group(page, data, &groups.rows[i]);
        else
            put_short_group(page, data, &groups.rows[i], i == GROUPS_IN_FULL_MAX);
    }
    put_advice(page, data);
    out_printf(page->out, "\nmore: epsim why %s request %s\n", data->result->said_folder,
               data->requests[groups.rows[0].indices[(groups.rows[0].count - 1) / 2]].id);
    if (data->change_count > 0)
        out_printf(page->out, "      epsim why %s change NUMBER (%u to %u)\n",
                   data->result->said_folder, data->changes[0].number,
                   data->changes[data->change_count - 1].number);
}

static void put_json_group(struct json_out *json, const struct why_data *data,
                           const struct why_group *group)
{
    const uint32_t middle = (group->count - 1) / 2;

    json_out_begin_object(json, NULL);
    json_out_u64(json, "count", group->count);
    json_out_string(json, "outcome", observer_outcome_name((enum outcome)group->outcome));
    json_out_string(json, "pod_state",
                    group->pod_state == POD_STATE_COUNT
                        ? ""
                        : observer_pod_state_name((enum pod_state)group->pod_state));
    json_out_string(json, "stage", news_stage_name((enum stage)group->stage));
    json_out_string(json, "cause", news_cause_name((enum cause)group->cause));
    if (member(data, group, 0)->stale_ns != NS_NEVER) {
        json_out_seconds(json, "stale_min_s", member(data, group, 0)->stale_ns);
        json_out_seconds(json, "stale_p50_s", member(data, group, middle)->stale_ns);
        json_out_seconds(json, "stale_max_s", member(data, group, group->count - 1)->stale_ns);
    }
    json_out_string(json, "example", member(data, group, middle)->id);
    json_out_end_object(json);
}

static void put_json_advice(struct json_out *json, const struct why_advice *advice)
{
    json_out_begin_object(json, NULL);
    json_out_string(json, "setting", advice->name);
    json_out_u64(json, "saves", advice->count);
    json_out_bool(json, "upper_bound", advice->is_upper_bound);
    json_out_seconds(json, "needs_p50_s", advice->median_ns);
    json_out_seconds(json, "needs_max_s", advice->most_ns);
    if (advice->whole_ns > 0)
        json_out_seconds(json, "set_to_s", advice->whole_ns);
    json_out_end_object(json);
}

void why_failures_put_json(struct out *out, const struct why_data *data)
{
    struct why_groups groups;
    struct why_advice advice[WHY_ADVICE_MAX];
    uint32_t *indices = ARENA_NEW_ARRAY(data->arena, data->request_count + 1, uint32_t);
    uint32_t count;
    struct json_out json;

    for (uint32_t i = 0; i < data->request_count; i++)
        indices[i] = i;
    why_failures_group(data, &groups);
    count = why_advice_gather(data, indices, data->request_count, advice);
    json_out_init(&json, out, false);
    json_out_begin_object(&json, NULL);
    json_out_string(&json, "scenario", data->result->scenario);
    json_out_number(&json, "lost", data->lost_count);
    json_out_u64(&json, "replications", data->result->replication_count);
    json_out_u64(&json, "explained", data->request_count);
    json_out_begin_array(&json, "groups");
    for (uint32_t i = 0; i < groups.count; i++)
        put_json_group(&json, data, &groups.rows[i]);
    json_out_end_array(&json);
    json_out_begin_array(&json, "advice");
    for (uint32_t i = 0; i < count; i++)
        put_json_advice(&json, &advice[i]);
    json_out_end_array(&json);
    json_out_end_object(&json);
}
