/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/exchange.h"

#include "traffic/app.h"
#include "traffic/events.h"
#include "traffic/parts.h"
#include "traffic/program.h"

/* Of a program that answers 5xx at times: whether it will, and for how long it works. */
static sim_ns doubtful_demand_ns(struct traffic *traffic, struct request *request, sim_ns at_ns)
{
    struct server *server = &traffic->servers[request->pod];
    const struct app_spec *app = server->app;
    const struct client *client = &traffic->clients[request->client];
    struct random random =
        random_at(traffic_key(traffic, request, client->error_key), request->number);

    program_count(traffic, request->pod);
    request->is_error = app_fails(app, server->handled_count, at_ns, &random);
    return draws_one_ns(request->is_error ? &app->error_time : &app->service_time,
                        traffic_key(traffic, request, client->demand_key), request->number);
}

/* Of a program that is slower, or quicker, than its app says, or that answers 5xx at times. */
static sim_ns special_demand_ns(struct traffic *traffic, struct request *request, sim_ns at_ns)
{
    const struct server *server = &traffic->servers[request->pod];
    const struct distribution *service_time = &server->app->service_time;
    const double slowness = server->slowness > 0 ? server->slowness : 1;
    sim_ns demand_ns;

    if (!server->has_errors && service_time->kind == DISTRIBUTION_EXPONENTIAL)
        return draws_scaled_ns(service_time->a * slowness, request->demand_unit);
    demand_ns = server->has_errors
                    ? doubtful_demand_ns(traffic, request, at_ns)
                    : draws_one_ns(service_time,
                                   traffic_key(traffic, request,
                                               traffic->clients[request->client].demand_key),
                                   request->number);
    return draws_round_ns((double)demand_ns * slowness);
}

/* The work that the request asks for, which arrives at at_ns. Asked once for each arrival. */
static inline sim_ns demand_ns(struct traffic *traffic, struct request *request, sim_ns at_ns)
{
    const struct server *server = &traffic->servers[request->pod];
    const struct distribution *service_time = &server->app->service_time;

    if (EP_UNLIKELY(server->is_special))
        return special_demand_ns(traffic, request, at_ns);
    if (EP_LIKELY(service_time->kind == DISTRIBUTION_EXPONENTIAL))
        return draws_scaled_ns(service_time->a, request->demand_unit);
    return draws_one_ns(service_time,
                        traffic_key(traffic, request, traffic->clients[request->client].demand_key),
                        request->number);
}

/* The server answers now, and is done with the connection. */
static inline void answer(struct traffic *traffic, uint32_t index, enum outcome outcome)
{
    const uint32_t pod = traffic_request(traffic, index)->pod;

    request_unlink(traffic, index);
    request_answer(traffic, index, outcome);
    if (EP_UNLIKELY(traffic->servers[pod].state == SERVER_DRAINING))
        program_end_if_drained(traffic, pod);
}

static inline void answer_by_app(struct traffic *traffic, uint32_t index)
{
    const struct request *request = traffic_request(traffic, index);

    server_leave(&traffic->servers[request->pod]);
    answer(traffic, index, EP_UNLIKELY(request->is_error) ? OUTCOME_ERROR : OUTCOME_OK);
}

void exchange_done(struct traffic *traffic, const struct event *ev)
{
    const struct request *request = traffic_request(traffic, ev->a);

    if (request->generation == ev->b && request->state >= REQUEST_DIRECT &&
        request->state <= REQUEST_SERVED && request->t_departure_ns == traffic->kernel->now_ns)
        answer_by_app(traffic, ev->a);
}

/* The departure is known: an event for it, and one for the client if it will not wait so long. */
static inline void depart(struct traffic *traffic, uint32_t index, sim_ns departure_ns)
{
    struct request *request = traffic_request(traffic, index);
    const sim_ns limit_ns = request->t_limit_ns;

    request->t_departure_ns = departure_ns;
    if (departure_ns == traffic->kernel->now_ns) {
        answer_by_app(traffic, index);
        return;
    }
    if (EP_UNLIKELY(departure_ns + request_back_ns(request) > limit_ns) && !request->has_limit)
        request_set_limit(traffic, index, limit_ns);
    kernel_schedule(traffic->kernel, departure_ns, request_event(TRAFFIC_DONE, index, request));
}

/* The program hangs: the connection waits, and its client gives up some time. */
static void hold(struct traffic *traffic, uint32_t index, enum request_state state)
{
    struct request *request = traffic_request(traffic, index);

    request->state = (uint8_t)state;
    if (!request->has_limit)
        request_set_limit(traffic, index, request->t_limit_ns);
}

/* The request is at the server now. */
static void enter(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    struct server *server = &traffic->servers[request->pod];
    const sim_ns now_ns = traffic->kernel->now_ns;

    if (EP_UNLIKELY(server->is_hung)) {
        hold(traffic, index, REQUEST_PARKED);
        return;
    }
    if (!server_has_room(server)) {
        answer(traffic, index, OUTCOME_OVERLOAD);
        return;
    }
    request->state = REQUEST_SERVED;
    depart(traffic, index,
           server_enter(server, traffic->arena, now_ns, demand_ns(traffic, request, now_ns)));
}

void exchange_arrive(struct traffic *traffic, const struct event *ev)
{
    const struct request *request = traffic_request(traffic, ev->a);

    if (request->generation == ev->b && request->state == REQUEST_FLIGHT)
        enter(traffic, ev->a);
}

/* Its departure is not known after all: its demand, in whose place that was, is drawn again. */
static void restore_demand(const struct traffic *traffic, struct request *request)
{
    draws_fill_units(&request->demand_unit, 1,
                     traffic_key(traffic, request, traffic->clients[request->client].demand_key),
                     request->number);
}

/* More connections than workers: from now on the queue is kept, and those who are not there yet
 * need an event. */
static void crowd(struct traffic *traffic, struct server *server)
{
    const sim_ns now_ns = traffic->kernel->now_ns;
    uint32_t next;

    server_crowd(server);
    for (uint32_t index = server->oldest_request; index != REQUEST_NONE; index = next) {
        struct request *request = traffic_request(traffic, index);
        const sim_ns arrival_ns = request_arrival_ns(request);

        next = request->next;
        if (request->state == REQUEST_FLIGHT || request->state == REQUEST_PARKED)
            continue;
        if (request->state == REQUEST_SERVED || arrival_ns <= now_ns) {
            request->state = REQUEST_SERVED;
            server_occupy(server, traffic->arena, request->t_departure_ns);
            continue;
        }
        request->state = REQUEST_FLIGHT;
        request->is_error = 0;
        restore_demand(traffic, request);
        kernel_schedule(traffic->kernel, arrival_ns, request_event(TRAFFIC_ARRIVE, index, request));
    }
}

void exchange_establish(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    struct server *server = &traffic->servers[request->pod];
    const sim_ns arrival_ns = request_arrival_ns(request);
    const sim_ns limit_ns = request->t_limit_ns;

    if (EP_UNLIKELY(server->is_hung)) {
        request_link(traffic, index);
        hold(traffic, index, REQUEST_PARKED);
        return;
    }
    if (EP_UNLIKELY(server_is_full(server)) && !server->is_crowded)
        crowd(traffic, server);
    request_link(traffic, index);
    if (EP_LIKELY(!server->is_crowded)) {
        request->state = REQUEST_DIRECT;
        depart(traffic, index, arrival_ns + demand_ns(traffic, request, arrival_ns));
        return;
    }
    request->state = REQUEST_FLIGHT;
    if (EP_UNLIKELY(arrival_ns > limit_ns) && !request->has_limit)
        request_set_limit(traffic, index, limit_ns);
    if (arrival_ns == traffic->kernel->now_ns)
        enter(traffic, index);
    else
        kernel_schedule(traffic->kernel, arrival_ns, request_event(TRAFFIC_ARRIVE, index, request));
}

void exchange_recall(struct traffic *traffic, uint32_t pod)
{
    const sim_ns now_ns = traffic->kernel->now_ns;
    uint32_t next;

    for (uint32_t index = traffic->servers[pod].oldest_request; index != REQUEST_NONE;
         index = next) {
        struct request *request = traffic_request(traffic, index);

        next = request->next;
        if (request->state == REQUEST_SERVED || request->state == REQUEST_HELD ||
            request_syn_ns(request) <= now_ns)
            continue;
        if (request->state == REQUEST_DIRECT)
            restore_demand(traffic, request);
        request_unlink(traffic, index);
        request->state = REQUEST_SYN;
        kernel_schedule(traffic->kernel, request_syn_ns(request),
                        request_event(TRAFFIC_SYN, index, request));
    }
}

void exchange_cut_kept(struct traffic *traffic, uint32_t pod)
{
    const sim_ns now_ns = traffic->kernel->now_ns;
    uint32_t next;

    for (uint32_t index = traffic->servers[pod].oldest_request; index != REQUEST_NONE;
         index = next) {
        const struct request *request = traffic_request(traffic, index);

        next = request->next;
        if (!request->has_session || request->is_settled || request_arrival_ns(request) <= now_ns ||
            !pool_is_reused(traffic, index))
            continue;
        request_unlink(traffic, index);
        request_answer(traffic, index, OUTCOME_RESET);
    }
}

void exchange_lose_all(struct traffic *traffic, uint32_t pod)
{
    const struct server *server = &traffic->servers[pod];

    exchange_recall(traffic, pod);
    while (server->oldest_request != REQUEST_NONE) {
        const uint32_t index = server->oldest_request;

        request_unlink(traffic, index);
        pool_meet_silence(traffic, index);
    }
}

void exchange_reset_all(struct traffic *traffic, uint32_t pod)
{
    const struct server *server = &traffic->servers[pod];

    exchange_recall(traffic, pod);
    while (server->oldest_request != REQUEST_NONE) {
        const uint32_t index = server->oldest_request;

        request_unlink(traffic, index);
        request_answer(traffic, index, OUTCOME_RESET);
    }
}

void exchange_hold_all(struct traffic *traffic, uint32_t pod)
{
    const sim_ns now_ns = traffic->kernel->now_ns;
    uint32_t next;

    for (uint32_t index = traffic->servers[pod].oldest_request; index != REQUEST_NONE;
         index = next) {
        struct request *request = traffic_request(traffic, index);

        next = request->next;
        if (request->state == REQUEST_FLIGHT)
            continue; /* its arrival has an event */
        if (request->state == REQUEST_DIRECT && request_arrival_ns(request) > now_ns) {
            restore_demand(traffic, request);
            hold(traffic, index, REQUEST_PARKED);
        } else {
            hold(traffic, index, REQUEST_HELD);
        }
    }
}

/* Requests that were in service, or in the queue, when the program stopped: all later by its pause. */
static void resume_held(struct traffic *traffic, struct server *server, sim_ns pause_ns)
{
    for (uint32_t i = 0; server->is_crowded && i < server->worker_count; i++) {
        if (server->free_ns[i] > server->hung_ns)
            server->free_ns[i] += pause_ns;
    }
    for (uint32_t index = server->oldest_request; index != REQUEST_NONE;
         index = traffic_request(traffic, index)->next) {
        struct request *request = traffic_request(traffic, index);

        if (request->state != REQUEST_HELD)
            continue;
        request->state = REQUEST_SERVED;
        request->t_departure_ns += pause_ns;
        kernel_schedule(traffic->kernel, request->t_departure_ns,
                        request_event(TRAFFIC_DONE, index, request));
    }
}

void exchange_go_on(struct traffic *traffic, uint32_t pod)
{
    struct server *server = &traffic->servers[pod];
    const sim_ns now_ns = traffic->kernel->now_ns;
    uint32_t next;

    server->is_hung = false;
    resume_held(traffic, server, now_ns - server->hung_ns);
    if (!server->is_crowded && server->connection_count > server->concurrency)
        crowd(traffic, server);
    for (uint32_t index = server->oldest_request; index != REQUEST_NONE; index = next) {
        struct request *request = traffic_request(traffic, index);

        next = request->next;
        if (request->state != REQUEST_PARKED)
            continue;
        if (request_arrival_ns(request) <= now_ns) {
            enter(traffic, index);
            continue;
        }
        request->state = REQUEST_FLIGHT;
        kernel_schedule(traffic->kernel, request_arrival_ns(request),
                        request_event(TRAFFIC_ARRIVE, index, request));
    }
}
