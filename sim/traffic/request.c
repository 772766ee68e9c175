/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/request.h"

#include "base/error.h"
#include "traffic/entry.h"
#include "traffic/events.h"
#include "traffic/parts.h"

uint32_t request_new_beyond(struct traffic *traffic)
{
    ARENA_GROW(traffic->arena, traffic->requests, &traffic->request_capacity,
               traffic->request_count + 1);
    return traffic->request_count++;
}

static void tell_retried(const struct traffic *traffic, const struct request_result *result)
{
    for (uint32_t i = 0; i < traffic->observer_count; i++)
        if (traffic->observers[i].attempt_retried != NULL)
            traffic->observers[i].attempt_retried(traffic->observers[i].self, result);
}

void request_settle(struct traffic *traffic, struct request *request, enum outcome outcome,
                    sim_ns t_end_ns)
{
    const bool is_counted = request->t_start_ns >= traffic->warmup_ns;

    if (EP_UNLIKELY(entry_is_orphan(traffic, request)))
        return; /* there is nobody any more who asked */
    if (EP_UNLIKELY(t_end_ns > traffic->until_ns)) {
        traffic->unanswered_count += is_counted;
        return;
    }

    struct request_result result = {
        .client = request->client,
        .node = request->node,
        .service =
            request->t_pick_ns == NS_NEVER ? ID_NONE : traffic->clients[request->client].service,
        .pod = request->pod,
        .number = request->number,
        .t_start_ns = request->t_start_ns,
        .t_pick_ns = request->t_pick_ns,
        .t_sent_ns = request->t_pick_ns,
        .t_end_ns = t_end_ns,
        .attempts = 1,
        .outcome = (uint8_t)outcome,
        .is_counted = is_counted,
        .news = request->pod == ID_NONE ? ID_NONE : request->news,
        .lapse = request->pod == ID_NONE ? request->news + 1 : 0,
    };

    if (outcome != OUTCOME_OK && request->pod != ID_NONE)
        result.pod_state = (uint8_t)cluster_pod_state(traffic->cluster, request->pod);
    if (EP_UNLIKELY(request->has_session) &&
        !session_settle(traffic, (uint32_t)(request - traffic->requests), &result)) {
        tell_retried(traffic, &result);
        return;
    }
    for (uint32_t i = 0; i < traffic->observer_count; i++)
        traffic->observers[i].request_done(traffic->observers[i].self, &result);
}

void request_answer(struct traffic *traffic, uint32_t index, enum outcome outcome)
{
    struct request *request = traffic_request(traffic, index);
    const sim_ns t_end_ns = traffic->kernel->now_ns + request_back_ns(request);
    const sim_ns limit_ns = request->t_limit_ns;

    if (!request->is_settled &&
        (t_end_ns > limit_ns || EP_UNLIKELY(entry_is_lost(traffic, request)))) {
        request->state = REQUEST_LATE;
        if (!request->has_limit)
            request_set_limit(traffic, index, limit_ns);
        return;
    }
    if (!request->is_settled)
        request_settle(traffic, request, outcome, t_end_ns);
    request_free(traffic, index);
}

void request_set_limit(struct traffic *traffic, uint32_t index, sim_ns at_ns)
{
    struct request *request = traffic_request(traffic, index);

    request->has_limit = 1;
    kernel_schedule(traffic->kernel, at_ns, request_event(TRAFFIC_LIMIT, index, request));
}

static enum outcome outcome_at_limit(const struct request *request)
{
    if (request->state == REQUEST_REJECTED)
        return OUTCOME_NO_ENDPOINTS;
    if (request_is_linked(request) || request->state == REQUEST_LATE)
        return OUTCOME_DEADLINE;
    if (request->state == REQUEST_LOST)
        return OUTCOME_RESET;
    return OUTCOME_TIMEOUT;
}

void request_limit(struct traffic *traffic, const struct event *ev)
{
    struct request *request = traffic_request(traffic, ev->a);

    if (request->generation != ev->b || request->is_settled)
        return;
    const bool is_linked = request_is_linked(request);

    request_settle(traffic, request, outcome_at_limit(request), traffic->kernel->now_ns);
    if (is_linked)
        traffic_request(traffic, ev->a)->is_settled = 1; /* the server does not notice */
    else
        request_free(traffic, ev->a);
}
