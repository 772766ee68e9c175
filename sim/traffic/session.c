/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/session.h"

#include "base/error.h"
#include "traffic/entry.h"
#include "traffic/events.h"
#include "traffic/parts.h"
#include "traffic/resolver.h"
#include "traffic/users.h"

static uint32_t index_of(const struct traffic *traffic, const struct request *request)
{
    return (uint32_t)(request - traffic->requests);
}

uint64_t session_key(const struct traffic *traffic, const struct request *request, uint64_t key)
{
    const uint32_t attempt = traffic->sessions[index_of(traffic, request)].attempt;

    return attempt == 0 ? key : hash_combine(key, attempt);
}

/* When the client stops waiting for an attempt that starts at at_ns. */
static sim_ns limit_ns(const struct client *client, const struct session *session,
                       const struct request *request, sim_ns at_ns)
{
    const sim_ns per_try_ns = client->spec->retry.per_try_ns;
    const sim_ns stop_ns = users_interrupt_ns(client, session->user, request->t_start_ns);
    sim_ns end_ns = at_ns + client->timeout_ns;

    if (per_try_ns > 0 && per_try_ns < client->timeout_ns) {
        end_ns = request->t_start_ns + client->timeout_ns;
        if (at_ns + per_try_ns < end_ns)
            end_ns = at_ns + per_try_ns;
    }
    return end_ns < stop_ns ? end_ns : stop_ns;
}

void session_add(struct traffic *traffic, uint32_t index, sim_ns dns_ns, uint32_t user)
{
    struct request *request = traffic_request(traffic, index);
    const struct client *client = &traffic->clients[request->client];

    ARENA_GROW(traffic->arena, traffic->sessions, &traffic->session_capacity, index + 1);
    request->has_session = 1;
    traffic->sessions[index] =
        (struct session){.t_attempt_ns = request->t_start_ns, .dns_ns = dns_ns, .user = user};
    request->t_limit_ns = limit_ns(client, &traffic->sessions[index], request, request->t_start_ns);
    if (client->spec->connection.is_kept)
        kernel_schedule(traffic->kernel, request->t_start_ns,
                        request_event(TRAFFIC_BEGIN, index, request));
    else
        session_resolve(traffic, index);
}

void session_resolve(struct traffic *traffic, uint32_t index)
{
    const struct session *session = &traffic->sessions[index];
    struct request *request = traffic_request(traffic, index);
    const sim_ns from_ns = session->t_attempt_ns > traffic->kernel->now_ns
                               ? session->t_attempt_ns
                               : traffic->kernel->now_ns;

    /* At the limit it is too late if an event for that has been waiting. */
    const sim_ns rest_ns = request->t_limit_ns - from_ns - request->has_limit;

    request->state = REQUEST_RESOLVING;
    if (traffic->clients[request->client].has_cache && rest_ns >= 0)
        kernel_schedule(traffic->kernel, from_ns, request_event(TRAFFIC_RESOLVE, index, request));
    else if (session->dns_ns <= rest_ns)
        kernel_schedule(traffic->kernel, from_ns + session->dns_ns,
                        request_event(TRAFFIC_PICK, index, request));
    else if (!request->has_limit)
        request_set_limit(traffic, index, request->t_limit_ns);
}

void session_begin(struct traffic *traffic, const struct event *ev)
{
    const struct request *request = traffic_request(traffic, ev->a);

    if (request->generation != ev->b)
        return;
    if (traffic->clients[request->client].spec->connection.is_kept)
        pool_connect(traffic, ev->a);
    else
        session_resolve(traffic, ev->a);
}

/* The next attempt of the request that was at `index`, from at_ns on. */
static void start_again(struct traffic *traffic, uint32_t index, sim_ns at_ns)
{
    const uint32_t next = request_new(traffic);
    const struct request *old = traffic_request(traffic, index);
    struct request *request = traffic_request(traffic, next);
    const struct client *client = &traffic->clients[old->client];
    const uint32_t attempt = traffic->sessions[index].attempt + 1;
    struct session *session;

    ARENA_GROW(traffic->arena, traffic->sessions, &traffic->session_capacity, next + 1);
    session = &traffic->sessions[next];
    *session = (struct session){
        .t_attempt_ns = at_ns, .user = traffic->sessions[index].user, .attempt = attempt};
    *request = (struct request){
        .number = old->number,
        .t_start_ns = old->t_start_ns,
        .t_pick_ns = NS_NEVER,
        .client = old->client,
        .node = entry_home(client, old),
        .pod = ID_NONE,
        .news = ID_NONE,
        .generation = request->generation,
        .state = REQUEST_RESOLVING,
        .has_session = 1,
    };
    request->t_limit_ns = limit_ns(client, session, request, at_ns);
    session->dns_ns =
        resolver_query_ns(traffic, client, session_key(traffic, request, client->dns_key),
                          request->number) +
        resolver_extra_ns(traffic, client, request->number);
    request->rtt_ns = draws_one_ns(traffic->rtt, session_key(traffic, request, client->network_key),
                                   request->number);
    draws_fill_units(&request->demand_unit, 1, session_key(traffic, request, client->demand_key),
                     request->number);
    kernel_schedule(traffic->kernel, at_ns, request_event(TRAFFIC_BEGIN, next, request));
}

/* When the next attempt starts if the one at `index` failed so; NS_NEVER: there is none. */
static sim_ns retry_ns(struct traffic *traffic, uint32_t index, const struct request_result *result)
{
    const struct request *request = traffic_request(traffic, index);
    const struct session *session = &traffic->sessions[index];
    struct client *client = &traffic->clients[request->client];
    const struct retry_spec *retry = &client->spec->retry;
    sim_ns at_ns;

    if (session->attempt >= retry->attempts || (retry->on >> result->outcome & 1u) == 0)
        return NS_NEVER;
    at_ns = result->t_end_ns +
            retry_wait_ns(retry, client->retry_key, request->number, session->attempt);
    if (limit_ns(client, session, request, at_ns) <= at_ns)
        return NS_NEVER; /* the client's time is over by then */
    if (!retry_budget_take(client, traffic, entry_home(client, request)))
        return NS_NEVER;
    return at_ns;
}

bool session_settle(struct traffic *traffic, uint32_t index, struct request_result *result)
{
    const uint32_t client_index = traffic_request(traffic, index)->client;
    struct client *client = &traffic->clients[client_index];
    const struct session *session = &traffic->sessions[index];
    sim_ns again_ns;

    result->attempts = session->attempt + 1;
    if (client->spec->connection.is_kept)
        pool_settle(traffic, index, result);
    if (session->attempt == 0)
        retry_budget_deposit(client, traffic, entry_home(client, traffic_request(traffic, index)));
    again_ns = result->outcome == OUTCOME_OK ? NS_NEVER : retry_ns(traffic, index, result);
    if (again_ns != NS_NEVER) {
        start_again(traffic, index, again_ns);
        return false;
    }
    if (session->user > 0)
        users_iteration_done(traffic, client_index, session->user, result);
    return true;
}
