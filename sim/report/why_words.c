/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/why_words.h"

#include <ctype.h>
#include <string.h>

#include "base/wrap.h"
#include "record/plain_text.h"

#define ANY_STATE UINT32_MAX
#define GLUE '\x01' /* stands for a blank at which no line is broken */

/* The first row that fits counts. */
static const struct {
    enum outcome outcome;
    uint32_t pod_state;
    const char *clause;
} clauses[] = {
    {OUTCOME_REFUSED, POD_STATE_PENDING, "did not listen yet"},
    {OUTCOME_REFUSED, POD_STATE_STARTING, "did not listen yet"},
    {OUTCOME_REFUSED, POD_STATE_UNREADY, "had stopped listening"},
    {OUTCOME_REFUSED, POD_STATE_TERMINATING, "was terminating and had stopped listening"},
    {OUTCOME_REFUSED, POD_STATE_STOPPED, "had ended"},
    {OUTCOME_REFUSED, POD_STATE_GONE, "was gone, and its network answered so"},
    {OUTCOME_REFUSED, ANY_STATE, "did not listen on that port"},
    {OUTCOME_TIMEOUT, POD_STATE_GONE, "was gone: nothing answers at its address"},
    {OUTCOME_TIMEOUT, ANY_STATE, "did not answer the attempt to connect"},
    {OUTCOME_RESET, POD_STATE_TERMINATING, "ended while it had the connection"},
    {OUTCOME_RESET, POD_STATE_STOPPED, "had ended while it had the connection"},
    {OUTCOME_RESET, POD_STATE_GONE, "was gone, and with it the connection"},
    {OUTCOME_RESET, ANY_STATE, "dropped the connection"},
    {OUTCOME_OVERLOAD, ANY_STATE, "had a full queue"},
    {OUTCOME_ERROR, ANY_STATE, "answered with a 5xx"},
    {OUTCOME_DEADLINE, ANY_STATE, "did not answer in time"},
};

static const char *const outcome_texts[OUTCOME_COUNT] = {
    [OUTCOME_OK] = "a response came",
    [OUTCOME_REFUSED] = "the connection was refused",
    [OUTCOME_TIMEOUT] = "no connection came about",
    [OUTCOME_RESET] = "the connection died",
    [OUTCOME_NO_ENDPOINTS] = "the node's table had no endpoint of the service",
    [OUTCOME_OVERLOAD] = "the server turned it away",
    [OUTCOME_ERROR] = "the application failed",
    [OUTCOME_DNS] = "the name did not resolve",
    [OUTCOME_DEADLINE] = "the client's time ran out",
};

static const char *const stage_texts[STAGE_COUNT + 1] = {
    [STAGE_DETECT] = "not noticed yet",
    [STAGE_STATUS] = "on its way into the API",
    [STAGE_WATCH_CONTROLLER] = "on its way to the controller",
    [STAGE_QUEUE] = "in the controller's work queue",
    [STAGE_SYNC] = "in the controller's sync",
    [STAGE_STORE] = "being stored by the API server",
    [STAGE_WATCH_NODE] = "on its way to the node",
    [STAGE_PROXY_WAIT] = "waiting for kube-proxy's next sync",
    [STAGE_PROXY_SYNC] = "being put into the node's rules",
    [STAGE_NONE] = "",
};

static const char *const cause_texts[CAUSE_COUNT] = {
    [CAUSE_ROLLOUT] = "a rollout",
    [CAUSE_SCALE] = "scaling",
    [CAUSE_KILL] = "a kill",
    [CAUSE_DELETE] = "a delete",
    [CAUSE_RELABEL] = "a changed label",
    [CAUSE_SPAWN] = "a spawned pod",
    [CAUSE_PROBE] = "its program stopping or starting to answer",
    [CAUSE_START] = "a new start",
    [CAUSE_CRASH] = "a crash",
    [CAUSE_NODE] = "its node",
    [CAUSE_APPLY] = "an apply",
    [CAUSE_PATCH] = "a patch",
};

/* Before and behind the pod's name. */
static const char *const kind_texts[CHANGE_KIND_COUNT][2] = {
    [CHANGE_REMOVE] = {"the removal of ", ""},
    [CHANGE_ADD] = {"that ", " is there"},
    [CHANGE_TERMINATING] = {"that ", " is terminating"},
    [CHANGE_UNREADY] = {"that ", " is not ready"},
    [CHANGE_READY] = {"that ", " is ready"},
    [CHANGE_EDIT] = {"the edit of ", ""},
};

static bool is_unit(const char *word)
{
    static const char *const units[] = {"s", "ms", "us", "ns", "min", "%"};
    const size_t length = strcspn(word, " ,;:.)");

    for (uint32_t i = 0; i < EP_COUNT_OF(units); i++) {
        if (strlen(units[i]) == length && strncmp(word, units[i], length) == 0)
            return true;
    }
    return false;
}

static void replace_glue(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == GLUE)
            text[i] = ' ';
    }
}

void why_words_put_behind(const struct why_page *page, const char *head, const char *text,
                          uint32_t indent)
{
    struct out glued;
    struct out lines;

    out_open_memory(&glued);
    out_open_memory(&lines);
    for (size_t i = 0; text[i] != '\0'; i++) {
        const bool is_glued =
            text[i] == ' ' && i > 0 && isdigit((unsigned char)text[i - 1]) && is_unit(text + i + 1);

        out_char(&glued, is_glued ? GLUE : text[i]);
    }
    out_str(&lines, head);
    wrap_text(&lines, out_text(&glued), indent, indent);
    replace_glue(lines.buffer, lines.used);
    out_bytes(page->out, lines.buffer, lines.used);
    out_discard(&lines);
    out_discard(&glued);
}

void why_words_put_wrapped(const struct why_page *page, const char *text, uint32_t indent)
{
    char head[32] = "";

    EP_REQUIRE(indent < sizeof(head));
    memset(head, ' ', indent);
    why_words_put_behind(page, head, text, indent);
}

void why_words_heading(const struct why_page *page, const char *text)
{
    struct out lines;
    const struct why_page plain = {.out = &lines};

    out_open_memory(&lines);
    why_words_put_behind(&plain, "", text, 0);
    if (page->has_color)
        out_str(page->out, "\033[1m");
    out_bytes(page->out, lines.buffer, lines.used - 1); /* without the end of the line */
    out_str(page->out, page->has_color ? "\033[0m\n" : "\n");
    out_discard(&lines);
}

const char *why_words_pod_clause(enum outcome outcome, uint32_t pod_state)
{
    if (pod_state == POD_STATE_COUNT)
        return "";
    for (uint32_t i = 0; i < EP_COUNT_OF(clauses); i++) {
        if (clauses[i].outcome == outcome &&
            (clauses[i].pod_state == ANY_STATE || clauses[i].pod_state == pod_state))
            return clauses[i].clause;
    }
    return "";
}

const char *why_words_outcome(enum outcome outcome)
{
    return outcome_texts[outcome] == NULL ? observer_outcome_name(outcome) : outcome_texts[outcome];
}

void why_words_put_change(struct out *out, const struct why_data *data,
                          const struct why_change *change)
{
    out_printf(out, "%s%s%s", kind_texts[change->kind][0],
               change->pod == ID_NONE ? change->ip : why_data_pod(data, change->pod),
               kind_texts[change->kind][1]);
}

const char *why_words_cause(enum cause cause)
{
    if (cause == CAUSE_NONE)
        return "";
    return cause_texts[cause] == NULL ? news_cause_name(cause) : cause_texts[cause];
}

const char *why_words_stage(enum stage stage)
{
    return stage_texts[stage];
}

void why_words_put_instant(struct out *out, sim_ns at_ns)
{
    const sim_ns ms = (at_ns + NS_PER_MS / 2) / NS_PER_MS;

    out_printf(out, "%lld.%03lld s", (long long)(ms / 1000), (long long)(ms % 1000));
}

void why_words_put_span(struct out *out, sim_ns span_ns)
{
    char buffer[PLAIN_TEXT_MAX];

    if (span_ns < 0)
        out_char(out, '-');
    out_str(out, plain_text_seconds((double)(span_ns < 0 ? -span_ns : span_ns) / 1e9, buffer));
}

sim_ns why_words_stage_begin_ns(const struct why_data *data, const struct why_change *change,
                                uint32_t node, enum stage stage)
{
    const struct why_pair *pair = why_data_pair(data, change->number, node);
    sim_ns at_ns = change->borders_ns[0];

    if ((uint32_t)stage < WHY_BORDERS)
        return change->borders_ns[stage];
    if (pair == NULL)
        return NS_NEVER;
    for (uint32_t i = 0; i < (uint32_t)stage; i++)
        at_ns += pair->stages_ns[i];
    return at_ns;
}

void why_words_put_next_endpoint(struct out *out, const struct why_data *data,
                                 const struct why_request *request)
{
    const struct why_change *found = NULL;
    sim_ns found_ns = NS_NEVER;

    for (uint32_t i = 0; i < data->change_count; i++) {
        const struct why_change *change = &data->changes[i];
        const struct why_pair *pair = why_data_pair(data, change->number, request->node);
        const sim_ns at_ns = pair == NULL ? NS_NEVER : change->borders_ns[0] + pair->total_ns;

        if (at_ns > request->t_ns && at_ns < found_ns && change->is_effective &&
            (change->kind == CHANGE_ADD || change->kind == CHANGE_READY ||
             change->kind == CHANGE_EDIT) &&
            strcmp(change->service, request->service) == 0) {
            found = change;
            found_ns = at_ns;
        }
    }
    if (found == NULL) {
        out_str(out, "; the node got none until the end");
        return;
    }
    out_str(out, "; the next came ");
    why_words_put_span(out, found_ns - request->t_ns);
    out_str(out, " later (");
    why_words_put_change(out, data, found);
    out_printf(out, ", change %u)", found->number);
}
