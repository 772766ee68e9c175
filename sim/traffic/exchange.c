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
    struct random random = random_at(client->error_key, request->number);

    program_count(traffic, request->pod);
    request->is_error = app_fails(app, server->handled_count, at_ns, &random);
    return draws_one_ns(request->is_error ? &app->error_time : &app->service_time,
                        client->demand_key, request->number);
}

/* The work that the request asks for, which arrives at at_ns. Asked once for each arrival. */
static inline sim_ns demand_ns(struct traffic *traffic, struct request *request, sim_ns at_ns)
{
    const struct server *server = &traffic->servers[request->pod];
    const struct distribution *service_time = &server->app->service_time;

    if (EP_UNLIKELY(server->has_errors))
        return doubtful_demand_ns(traffic, request, at_ns);
    if (EP_LIKELY(service_time->kind == DISTRIBUTION_EXPONENTIAL))
        return draws_scaled_ns(service_time->a, request->demand_unit);
    return draws_one_ns(service_time, traffic->clients[request->client].demand_key,
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

/* The request is at the server now. */
static void enter(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    struct server *server = &traffic->servers[request->pod];
    const sim_ns now_ns = traffic->kernel->now_ns;

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
        if (request->state == REQUEST_FLIGHT)
            continue;
        if (request->state == REQUEST_SERVED || arrival_ns <= now_ns) {
            request->state = REQUEST_SERVED;
            server_occupy(server, traffic->arena, request->t_departure_ns);
            continue;
        }
        request->state = REQUEST_FLIGHT;
        request->is_error = 0;
        draws_fill_units(&request->demand_unit, 1, traffic->clients[request->client].demand_key,
                         request->number);
        kernel_schedule(traffic->kernel, arrival_ns, request_event(TRAFFIC_ARRIVE, index, request));
    }
}

void exchange_establish(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    struct server *server = &traffic->servers[request->pod];
    const sim_ns arrival_ns = request_arrival_ns(request);
    const sim_ns limit_ns = request->t_limit_ns;

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
        if (request->state == REQUEST_SERVED || request_syn_ns(request) <= now_ns)
            continue;
        request_unlink(traffic, index);
        request->state = REQUEST_SYN;
        kernel_schedule(traffic->kernel, request_syn_ns(request),
                        request_event(TRAFFIC_SYN, index, request));
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
