/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/why_story.h"

#include <stdlib.h>
#include <string.h>

#include "record/plain_text.h"
#include "report/why_advice.h"

#define STEP_INDENT 18u
#define POD_EVENTS_MAX 24u
#define NODES_SHOWN_MAX 5u
#define IDS_SHOWN_MAX 6u
#define CHAIN_MAX 32u

/* ---- a timeline ---- */

struct step {
    sim_ns at_ns;
    uint32_t order; /* at one instant: as added */
    const char *text;
};

struct story {
    const struct why_data *data;
    struct step *steps;
    uint32_t count;
    uint32_t capacity;
};

static void add(struct story *story, sim_ns at_ns, const char *text)
{
    ARENA_GROW(story->data->arena, story->steps, &story->capacity, story->count + 1);
    story->steps[story->count] = (struct step){.at_ns = at_ns, .order = story->count, .text = text};
    story->count++;
}

static int compare_steps(const void *left, const void *right)
{
    const struct step *a = left;
    const struct step *b = right;

    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static void put_steps(const struct why_page *page, struct story *story)
{
    if (story->count > 1)
        qsort(story->steps, story->count, sizeof(story->steps[0]), compare_steps);
    for (uint32_t i = 0; i < story->count; i++) {
        struct out instant;
        struct out head;

        out_open_memory(&instant);
        out_open_memory(&head);
        why_words_put_instant(&instant, story->steps[i].at_ns);
        out_printf(&head, "%3u ", i + 1);
        plain_text_put_right(&head, out_text(&instant), STEP_INDENT - 6);
        out_str(&head, "  ");
        why_words_put_behind(page, out_text(&head), story->steps[i].text, STEP_INDENT);
        out_discard(&head);
        out_discard(&instant);
    }
}

static void put_wrapped(const struct why_page *page, struct out *text)
{
    why_words_put_wrapped(page, out_text(text), 2);
    out_discard(text);
}

/* ---- what happened ---- */

static const struct {
    const char *what;
    const char *text; /* behind the pod's name */
} event_texts[] = {
    {"start", "is there from the start"},
    {"created", "is created"},
    {"starting", "has its containers running"},
    {"listens", "listens"},
    {"ready", "is Ready"},
    {"unready", "is not Ready any more"},
    {"deleted", "is deleted: its deletionTimestamp is set"},
    {"prestop", "begins its preStop hook"},
    {"sigterm", "gets SIGTERM"},
    {"sigkill", "gets SIGKILL: its grace is over"},
    {"closed", "stops listening"},
    {"stopped", "has ended: connections to it are refused"},
    {"gone", "has lost its address: nothing answers there"},
    {"removed", "is removed from the API"},
};

/* "kubia-x is deleted ... (a rollout)"; NULL for events that only repeat another. */
static const char *event_text(const struct why_data *data, const struct why_event *ev)
{
    const char *text = ev->what;

    if (strcmp(ev->what, "timeline") == 0)
        return arena_printf(data->arena, "timeline: %s", ev->text);
    if (strcmp(ev->what, "terminating") == 0 || strcmp(ev->what, "pending") == 0)
        return NULL;
    for (uint32_t i = 0; i < EP_COUNT_OF(event_texts); i++) {
        if (strcmp(event_texts[i].what, ev->what) == 0)
            text = event_texts[i].text;
    }
    if (ev->text[0] == '\0')
        return arena_printf(data->arena, "%s %s", why_data_pod(data, ev->pod), text);
    return arena_printf(data->arena, "%s %s (%s)", why_data_pod(data, ev->pod), text, ev->text);
}

static void add_pod(struct story *story, uint32_t pod, sim_ns until_ns)
{
    const struct why_data *data = story->data;
    uint32_t skipped = 0;
    uint32_t count = 0;

    if (pod == ID_NONE)
        return;
    for (uint32_t i = data->pods[pod].first_event; i != ID_NONE; i = data->events[i].next)
        count += data->events[i].at_ns <= until_ns;
    for (uint32_t i = data->pods[pod].first_event; i != ID_NONE; i = data->events[i].next) {
        const struct why_event *ev = &data->events[i];
        const char *text = event_text(data, ev);

        if (ev->at_ns > until_ns)
            break;
        if (skipped + POD_EVENTS_MAX < count)
            skipped++;
        else if (text != NULL)
            add(story, ev->at_ns, text);
    }
}

/* The way of a change until it is stored. Stages of no length are left out. */
static void add_news(struct story *story, const struct why_change *change)
{
    static const char *const borders[WHY_BORDERS] = {
        "",
        "noticed",
        "in the API",
        "in the controller's queue",
        "the controller's sync begins",
        "the controller's write leaves",
        "stored",
    };

    for (uint32_t i = 1; i < WHY_BORDERS; i++) {
        const bool is_last = i + 1 == WHY_BORDERS;
        const sim_ns took_ns = change->borders_ns[i] - change->borders_ns[i - 1];
        char buffer[PLAIN_TEXT_MAX];

        if (change->borders_ns[i] == NS_NEVER || change->borders_ns[i - 1] == NS_NEVER ||
            (took_ns == 0 && !is_last))
            continue;
        add(story, change->borders_ns[i],
            arena_printf(story->data->arena, "news: %s%s%s (%s took %s)", borders[i],
                         is_last ? ", resourceVersion " : "", is_last ? change->rv : "",
                         news_stage_name((enum stage)(i - 1)),
                         plain_text_seconds((double)took_ns / 1e9, buffer)));
    }
}

/* And from there to a node. */
static void add_news_on_node(struct story *story, const struct why_pair *pair)
{
    static const char *const borders[STAGE_COUNT] = {
        [STAGE_WATCH_NODE] = "in the cache of",
        [STAGE_PROXY_WAIT] = "kube-proxy's sync begins on",
        [STAGE_PROXY_SYNC] = "rules in effect on",
    };
    const struct why_change *change = why_data_change(story->data, pair->change);
    sim_ns at_ns = change->borders_ns[0];

    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++) {
        char buffer[PLAIN_TEXT_MAX];

        at_ns += pair->stages_ns[stage];
        if (stage < STAGE_WATCH_NODE)
            continue;
        add(story, at_ns,
            arena_printf(story->data->arena, "news: %s %s (%s took %s)", borders[stage],
                         why_data_node(story->data, pair->node), news_stage_name((enum stage)stage),
                         plain_text_seconds((double)pair->stages_ns[stage] / 1e9, buffer)));
    }
}

/* ---- a request ---- */

/* The last change of the service that the node had applied when it picked. */
static void add_table(struct story *story, const struct why_request *request)
{
    const struct why_data *data = story->data;
    const struct why_change *found = NULL;
    sim_ns found_ns = 0;
    struct out text;

    for (uint32_t i = 0; i < data->change_count; i++) {
        const struct why_change *change = &data->changes[i];
        const struct why_pair *pair = why_data_pair(data, change->number, request->node);
        const sim_ns at_ns = pair == NULL ? NS_NEVER : change->borders_ns[0] + pair->total_ns;

        if (at_ns <= request->pick_ns && (found == NULL || at_ns >= found_ns) &&
            strcmp(change->service, request->service) == 0) {
            found = change;
            found_ns = at_ns;
        }
    }
    if (found == NULL)
        return;
    out_open_memory(&text);
    out_printf(&text, "%s applies ", why_data_node(data, request->node));
    why_words_put_change(&text, data, found);
    out_printf(&text, " (change %u, resourceVersion %s): the table it picks from", found->number,
               found->rv);
    add(story, found_ns, arena_strdup(data->arena, out_text(&text)));
    out_discard(&text);
}

static void add_request(struct story *story, const struct why_request *request)
{
    const struct why_data *data = story->data;
    const char *clause = why_words_pod_clause((enum outcome)request->outcome, request->pod_state);
    const char *node = why_data_node(data, request->node);
    char buffer[PLAIN_TEXT_MAX];

    add(story, request->t_ns,
        arena_printf(data->arena, "%s sends it from %s to %s", request->client, node,
                     request->service));
    if (request->pick_ns != NS_NEVER)
        add(story, request->pick_ns,
            arena_printf(data->arena, "%s picks %s%s%s%s%s", node,
                         request->pod == ID_NONE ? "no endpoint" : why_data_pod(data, request->pod),
                         request->ip[0] == '\0' ? "" : " at ", request->ip,
                         request->attempts > 1 ? ", the last pick of attempts: " : "",
                         request->attempts > 1 ? plain_text_count(request->attempts, buffer) : ""));
    add(story, request->t_ns + request->latency_ns,
        arena_printf(
            data->arena, "%s after %s: %s%s", observer_outcome_name((enum outcome)request->outcome),
            plain_text_seconds((double)request->latency_ns / 1e9, buffer),
            clause[0] != '\0' ? "the pod " : "",
            clause[0] != '\0' ? clause : why_words_outcome((enum outcome)request->outcome)));
}

static sim_ns later(sim_ns a, sim_ns b)
{
    return a > b ? a : b;
}

static void put_staleness(const struct why_page *page, const struct why_data *data,
                          const struct why_request *request, const struct why_change *change)
{
    const struct why_pair *pair = why_data_pair(data, request->change, request->node);
    const sim_ns begin_ns =
        why_words_stage_begin_ns(data, change, request->node, (enum stage)request->stage);
    struct out text;

    out_open_memory(&text);
    out_printf(&text, "%s had not applied ", why_data_node(data, request->node));
    why_words_put_change(&text, data, change);
    out_printf(&text, " (change %u, because of %s). When it picked, the news was ", change->number,
               why_words_cause((enum cause)change->cause));
    why_words_put_span(&text, request->stale_ns);
    out_printf(&text, " old and stuck in %s", news_stage_name((enum stage)request->stage));
    if (begin_ns != NS_NEVER) {
        out_str(&text, " for ");
        why_words_put_span(&text, request->pick_ns - begin_ns);
        out_str(&text, " of them");
    }
    if (pair != NULL) {
        out_str(&text, "; the rules were in effect ");
        why_words_put_span(&text, change->borders_ns[0] + pair->total_ns - request->pick_ns);
        out_str(&text, " too late.");
    } else {
        out_str(&text, data->is_sampled ? "; propagation.csv is a sample without that node."
                                        : "; it had not arrived when the run ended.");
    }
    put_wrapped(page, &text);
}

/* The load balancer was behind. */
static void put_unnoticed(struct out *text, const struct why_data *data,
                          const struct why_request *request)
{
    const struct why_change *change = why_data_change(data, request->emptied_by);

    out_printf(text, "The load balancer sent it to %s, which could not serve it",
               why_data_node(data, request->node));
    if (request->cause == CAUSE_NODE)
        out_str(text, ": its machine was off");
    if (request->cause != CAUSE_NODE && change != NULL) {
        out_str(text, ": it had applied ");
        why_words_put_change(text, data, change);
        out_printf(text, " (change %u), and had no other ready endpoint", change->number);
    }
    out_str(text, ". Health checks would have failed for ");
    why_words_put_span(text, request->unnoticed_ns);
    out_str(text, "; it had not noticed.");
}

static void put_reason(const struct why_page *page, const struct why_data *data,
                       const struct why_request *request, const struct why_change *change)
{
    struct out text;

    if (change != NULL) {
        put_staleness(page, data, request, change);
        return;
    }
    out_open_memory(&text);
    if (request->outcome == OUTCOME_OK)
        out_str(&text, "It was answered: nothing to explain.");
    else if (request->unnoticed_ns != NS_NEVER)
        put_unnoticed(&text, data, request);
    else if (request->stage != STAGE_NONE)
        out_printf(
            &text,
            "News of %s were %s (%s), but came to nothing: no row of changes.csv tells them.",
            why_words_cause((enum cause)request->cause),
            why_words_stage((enum stage)request->stage),
            news_stage_name((enum stage)request->stage));
    else if (request->pod == ID_NONE)
        out_printf(&text, "No pod was involved: %s",
                   why_words_outcome((enum outcome)request->outcome));
    else
        out_printf(&text, "%s was not stale: it had applied all that there was to know of the pod.",
                   why_data_node(data, request->node));
    if (request->outcome == OUTCOME_NO_ENDPOINTS)
        why_words_put_next_endpoint(&text, data, request);
    put_wrapped(page, &text);
}

static void put_request_advice(const struct why_page *page, const struct why_data *data,
                               const struct why_request *request)
{
    struct why_advice advice[WHY_ADVICE_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; i < data->request_count; i++) {
        if (strcmp(data->requests[i].id, request->id) == 0)
            count = why_advice_gather(data, &i, 1, advice);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct out text;

        out_open_memory(&text);
        out_str(&text, "-> ");
        why_advice_put(&text, data, &advice[i], 1);
        put_wrapped(page, &text);
    }
}

void why_story_put_request(const struct why_page *page, const struct why_data *data)
{
    const struct why_request *request = &data->asked;
    const struct why_change *change = why_data_change(data, request->change);
    const struct why_pair *pair = why_data_pair(data, request->change, request->node);
    struct story story = {.data = data};
    sim_ns until_ns = request->t_ns + request->latency_ns;

    if (pair != NULL && change != NULL)
        until_ns = later(until_ns, change->borders_ns[0] + pair->total_ns);
    why_words_heading(page, arena_printf(data->arena, "request %s: %s", request->id,
                                         observer_outcome_name((enum outcome)request->outcome)));
    if (request->pick_ns != NS_NEVER)
        add_table(&story, request);
    add_pod(&story, request->pod, until_ns);
    if (change != NULL)
        add_news(&story, change);
    if (pair != NULL)
        add_news_on_node(&story, pair);
    add_request(&story, request);
    put_steps(page, &story);
    put_reason(page, data, request, change);
    if (request->outcome != OUTCOME_OK)
        put_request_advice(page, data, request);
}

/* ---- a change ---- */

/* From the timeline entry, or whatever is known to be first, down to the cause. */
static void add_causes(struct story *story, const struct why_change *change)
{
    const struct why_data *data = story->data;
    uint32_t left = CHAIN_MAX;

    for (uint32_t i = 0; i < data->event_count; i++) {
        const struct why_event *ev = &data->events[i];

        if (ev->change != change->number || strcmp(ev->what, "change") != 0)
            continue;
        for (ev = why_data_event(data, ev->cause); ev != NULL && left > 0;
             ev = why_data_event(data, ev->cause), left--) {
            const char *text = event_text(data, ev);

            if (text != NULL)
                add(story, ev->at_ns, text);
        }
        break;
    }
    /* walked from the last to the first: at one instant the first comes first */
    for (uint32_t i = 0; i < story->count; i++)
        story->steps[i].order = story->count - i;
}

static int compare_pairs(const void *left, const void *right)
{
    const struct why_pair *a = *(const struct why_pair *const *)left;
    const struct why_pair *b = *(const struct why_pair *const *)right;

    if (a->total_ns != b->total_ns)
        return a->total_ns < b->total_ns ? -1 : 1;
    return (a > b) - (a < b);
}

static void put_node(const struct why_page *page, const struct why_data *data, const char *label,
                     const struct why_pair *pair)
{
    const sim_ns spans_ns[4] = {pair->total_ns, pair->stages_ns[STAGE_WATCH_NODE],
                                pair->stages_ns[STAGE_PROXY_WAIT],
                                pair->stages_ns[STAGE_PROXY_SYNC]};
    char buffer[PLAIN_TEXT_MAX];

    out_str(page->out, "  ");
    plain_text_put_left(page->out, label, 9);
    plain_text_put_name(page->out, why_data_node(data, pair->node), 20);
    for (uint32_t i = 0; i < 4; i++)
        plain_text_put_right(page->out, plain_text_seconds((double)spans_ns[i] / 1e9, buffer), 12);
    out_char(page->out, '\n');
}

static void put_nodes(const struct why_page *page, const struct why_data *data,
                      const struct why_change *change)
{
    const uint32_t count = change->pair_count;
    const struct why_pair **pairs =
        ARENA_NEW_ARRAY(data->arena, count + 1, const struct why_pair *);

    for (uint32_t i = 0; i < count; i++)
        pairs[i] = &data->pairs[change->first_pair + i];
    if (count > 1)
        qsort(pairs, count, sizeof(pairs[0]), compare_pairs);
    out_printf(page->out, "\non %u of %u nodes%s\n", count, change->node_count,
               data->is_sampled ? " (propagation.csv is a sample)" : "");
    if (count == 0)
        return;
    out_str(page->out, "                                       total  watch_node  proxy_wait"
                       "  proxy_sync\n");
    put_node(page, data, "first", pairs[0]);
    if (count > 2)
        put_node(page, data, "median", pairs[(count - 1) / 2]);
    for (uint32_t i = count; i > (count + 1) / 2 && count - i < NODES_SHOWN_MAX; i--)
        put_node(page, data, i == count ? "last" : "", pairs[i - 1]);
}

static void put_cost(const struct why_page *page, const struct why_data *data,
                     const struct why_change *change)
{
    uint32_t counts[OUTCOME_COUNT] = {0};
    uint32_t total = 0;
    struct out ids;
    struct out text;

    out_open_memory(&ids);
    for (uint32_t i = 0; i < data->request_count; i++) {
        if (data->requests[i].change != change->number)
            continue;
        if (total++ < IDS_SHOWN_MAX)
            out_printf(&ids, "%s%s", total == 1 ? "" : ", ", data->requests[i].id);
        counts[data->requests[i].outcome]++;
    }
    out_open_memory(&text);
    out_printf(&text, "It cost %u requests", total);
    for (uint32_t outcome = 0, shown = 0; outcome < OUTCOME_COUNT; outcome++) {
        if (counts[outcome] > 0)
            out_printf(&text, "%s%u %s", shown++ == 0 ? ": " : ", ", counts[outcome],
                       observer_outcome_name((enum outcome)outcome));
    }
    out_str(&text, total == 0 ? "." : ". They are ");
    out_str(&text, out_text(&ids));
    if (total > IDS_SHOWN_MAX)
        out_printf(&text, " and %u more", total - IDS_SHOWN_MAX);
    out_char(page->out, '\n');
    put_wrapped(page, &text);
    out_discard(&ids);
}

void why_story_put_change(const struct why_page *page, const struct why_data *data,
                          const struct why_change *change)
{
    struct story story = {.data = data};
    struct out text;

    out_open_memory(&text);
    out_printf(&text, "change %u: ", change->number);
    why_words_put_change(&text, data, change);
    why_words_heading(page, out_text(&text));
    out_discard(&text);
    out_printf(
        page->out, "%s, %s, because of %s; %s\n", change->service,
        news_kind_name((enum change_kind)change->kind),
        change->cause == CAUSE_NONE ? "nothing known" : why_words_cause((enum cause)change->cause),
        change->is_effective ? "new connections are affected" : "new connections are not affected");
    add_causes(&story, change);
    add_news(&story, change);
    put_steps(page, &story);
    put_nodes(page, data, change);
    put_cost(page, data, change);
}
