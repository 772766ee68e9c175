/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/connection_pool.h"

#include "traffic/entry.h"
#include "traffic/events.h"
#include "traffic/exchange.h"
#include "traffic/parts.h"

/* When a kernel gives up a connection on which nothing is acknowledged: Linux with tcp_retries2 = 15. */
#define RETRANSMIT_GIVE_UP_NS (924600 * NS_PER_MS)

static struct link *link_at(const struct traffic *traffic, uint32_t link)
{
    return &traffic->links[link];
}

static struct pool *pool_of(const struct traffic *traffic, const struct link *link)
{
    return &traffic->clients[link->client].pools[link->pool];
}

/* --- records --- */

static uint32_t new_link(struct traffic *traffic, uint32_t client, uint32_t pool)
{
    uint32_t index = traffic->free_link;

    if (index == 0) {
        if (traffic->link_count == 0)
            traffic->link_count = 1; /* 0 is nobody's */
        ARENA_GROW(traffic->arena, traffic->links, &traffic->link_capacity,
                   traffic->link_count + 1);
        index = traffic->link_count++;
    } else {
        traffic->free_link = link_at(traffic, index)->next_idle;
    }
    *link_at(traffic, index) = (struct link){
        .t_closed_ns = NS_NEVER,
        .generation = link_at(traffic, index)->generation,
        .pool = pool,
        .client = client,
    };
    traffic->clients[client].pools[pool].link_count++;
    return index;
}

static void leave_server(struct traffic *traffic, uint32_t index)
{
    struct link *link = link_at(traffic, index);

    if (!link->is_at_server)
        return;
    if (link->previous != 0)
        link_at(traffic, link->previous)->next = link->next;
    else
        traffic->servers[link->pod].first_link = link->next;
    if (link->next != 0)
        link_at(traffic, link->next)->previous = link->previous;
    link->is_at_server = false;
}

static void join_server(struct traffic *traffic, uint32_t index)
{
    struct link *link = link_at(traffic, index);
    struct server *server = &traffic->servers[link->pod];

    link->previous = 0;
    link->next = server->first_link;
    if (link->next != 0)
        link_at(traffic, link->next)->previous = index;
    server->first_link = index;
    link->is_at_server = true;
}

static void free_link(struct traffic *traffic, uint32_t index)
{
    struct link *link = link_at(traffic, index);

    leave_server(traffic, index);
    pool_of(traffic, link)->link_count--;
    link->generation++;
    link->next_idle = traffic->free_link;
    traffic->free_link = index;
}

/* --- whether a connection may be used --- */

/* When the client learns that the server has closed it, as far as is known now; NS_NEVER. */
static sim_ns closed_ns(const struct traffic *traffic, const struct link *link, sim_ns arrival_ns)
{
    const sim_ns keep_ns = traffic->servers[link->pod].app->keep_alive_ns;

    if (link->t_closed_ns != NS_NEVER || link->is_silent || keep_ns == 0 ||
        arrival_ns < link->t_idle_ns + keep_ns)
        return link->t_closed_ns;
    return link->t_idle_ns + keep_ns + link->back_ns;
}

/* Whether the client would use it now. */
static bool is_usable(const struct traffic *traffic, const struct link *link)
{
    const struct connection_spec *spec = &traffic->clients[link->client].spec->connection;
    const sim_ns now_ns = traffic->kernel->now_ns;

    return (spec->max_requests == 0 || link->request_count < spec->max_requests) &&
           (spec->max_age_ns == 0 || now_ns - link->t_opened_ns < spec->max_age_ns) &&
           (spec->idle_timeout_ns == 0 || now_ns - link->t_free_ns < spec->idle_timeout_ns) &&
           closed_ns(traffic, link, now_ns) > now_ns;
}

/* The connection to use, 0: there is none. Those that are of no use are dropped on the way. */
static uint32_t take_idle(struct traffic *traffic, struct pool *pool)
{
    while (pool->last_used != 0) {
        const uint32_t index = pool->last_used;

        pool->last_used = link_at(traffic, index)->next_idle;
        if (is_usable(traffic, link_at(traffic, index)))
            return index;
        free_link(traffic, index);
    }
    return 0;
}

/* --- requests --- */

static void wait_in_line(struct traffic *traffic, struct pool *pool, uint32_t index)
{
    struct session *session = &traffic->sessions[index];
    struct request *request = traffic_request(traffic, index);

    session->previous_waiting = pool->last_waiting;
    session->next_waiting = 0;
    if (pool->last_waiting != 0)
        traffic->sessions[pool->last_waiting].next_waiting = index;
    else
        pool->first_waiting = index;
    pool->last_waiting = index;
    request->state = REQUEST_WAITING;
    request_set_limit(traffic, index, request->t_limit_ns);
}

static void leave_line(struct traffic *traffic, struct pool *pool, uint32_t index)
{
    const struct session *session = &traffic->sessions[index];

    if (session->previous_waiting != 0)
        traffic->sessions[session->previous_waiting].next_waiting = session->next_waiting;
    else
        pool->first_waiting = session->next_waiting;
    if (session->next_waiting != 0)
        traffic->sessions[session->next_waiting].previous_waiting = session->previous_waiting;
    else
        pool->last_waiting = session->previous_waiting;
}

/* The server has closed the connection, which the client does not know yet: an RST, or the FIN before it. */
static void meet_reset(struct traffic *traffic, uint32_t index, sim_ns known_ns)
{
    struct request *request = traffic_request(traffic, index);

    request->state = REQUEST_LATE;
    if (known_ns > request->t_limit_ns) {
        if (!request->has_limit)
            request_set_limit(traffic, index, request->t_limit_ns);
        return;
    }
    request_settle(traffic, request, OUTCOME_RESET, known_ns);
    request_free(traffic, index);
}

void pool_meet_silence(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    const sim_ns kernel_ns = traffic->kernel->now_ns + RETRANSMIT_GIVE_UP_NS;

    if (request->is_settled) {
        request_free(traffic, index); /* only the server still knew it */
        return;
    }
    request->state = kernel_ns < request->t_limit_ns ? REQUEST_LOST : REQUEST_LATE;
    if (kernel_ns < request->t_limit_ns)
        request_set_limit(traffic, index, kernel_ns);
    else if (!request->has_limit)
        request_set_limit(traffic, index, request->t_limit_ns);
}

/* The request goes out on a connection that is there. In its record the pick is one round trip ago: as if the connection
 * had been opened for it just in time. */
static void send(struct traffic *traffic, uint32_t index, uint32_t link_index)
{
    struct link *link = link_at(traffic, link_index);
    struct request *request = traffic_request(traffic, index);
    struct session *session = &traffic->sessions[index];
    const sim_ns now_ns = traffic->kernel->now_ns;
    const sim_ns known_ns = closed_ns(traffic, link, now_ns + request_there_ns(request));

    leave_server(traffic, link_index);
    session->link = link_index;
    session->is_reused = true;
    session->t_sent_ns = now_ns;
    link->request_count++;
    request->node = link->node;
    request->pod = link->pod;
    request->port = link->port;
    request->t_pick_ns = now_ns - request->rtt_ns;
    if (link->is_silent || EP_UNLIKELY(entry_is_lost(traffic, request)))
        pool_meet_silence(traffic, index);
    else if (known_ns != NS_NEVER)
        meet_reset(traffic, index, known_ns);
    else
        exchange_establish(traffic, index);
}

void pool_connect(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    struct session *session = &traffic->sessions[index];
    struct client *client = &traffic->clients[request->client];
    struct pool *pool;
    uint32_t link;

    session->pool = client_pool(client, traffic, request, session->user);
    pool = &client->pools[session->pool];
    link = take_idle(traffic, pool);
    if (link != 0) {
        send(traffic, index, link);
    } else if (pool->link_count < client->spec->connection.per_client) {
        session->link = new_link(traffic, request->client, session->pool);
        link_at(traffic, session->link)->request_count = 1;
        session_resolve(traffic, index);
    } else {
        wait_in_line(traffic, pool, index);
    }
}

bool pool_is_reused(const struct traffic *traffic, uint32_t index)
{
    return traffic->sessions[index].is_reused;
}

/* The connection that the request has opened is there. */
static void keep(struct link *link, const struct request *request)
{
    link->is_open = true;
    link->node = request->node;
    link->pod = request->pod;
    link->port = request->port;
    link->news = request->news;
    link->t_pick_ns = request->t_pick_ns;
    link->t_opened_ns = request->t_pick_ns + request->rtt_ns;
}

void pool_settle(struct traffic *traffic, uint32_t index, struct request_result *result)
{
    struct session *session = &traffic->sessions[index];
    const struct request *request = traffic_request(traffic, index);
    const bool has_answer = result->outcome == OUTCOME_OK || result->outcome == OUTCOME_ERROR ||
                            result->outcome == OUTCOME_OVERLOAD;
    const uint32_t link_index = session->link;
    struct link *link;

    if (request->state == REQUEST_WAITING)
        leave_line(traffic, &traffic->clients[request->client].pools[session->pool], index);
    if (link_index == 0)
        return;
    link = link_at(traffic, link_index);
    session->link = 0;
    if (session->is_reused) {
        result->t_pick_ns = link->t_pick_ns;
        result->t_sent_ns = session->t_sent_ns;
        result->news = link->news;
        result->is_reused = true;
    }
    if (!has_answer) {
        link->t_closed_ns = 0;
    } else {
        if (!link->is_open)
            keep(link, request);
        link->t_free_ns = result->t_end_ns;
        link->t_idle_ns = traffic->kernel->now_ns;
        link->back_ns = request_back_ns(request);
        if (traffic->servers[link->pod].state == SERVER_LISTENING)
            join_server(traffic, link_index);
        else
            link->t_closed_ns = result->t_end_ns; /* a program that drains says so in its answer */
    }
    kernel_schedule(
        traffic->kernel, result->t_end_ns,
        (struct event){.kind = TRAFFIC_RELEASE, .a = link_index, .b = link->generation});
}

void pool_release(struct traffic *traffic, const struct event *ev)
{
    struct link *link = link_at(traffic, ev->a);
    struct pool *pool = pool_of(traffic, link);
    const uint32_t waiting = pool->first_waiting;

    if (link->generation != ev->b)
        return;
    if (link->is_open && is_usable(traffic, link)) {
        link->next_idle = pool->last_used;
        pool->last_used = ev->a;
    } else {
        free_link(traffic, ev->a);
    }
    if (waiting == 0)
        return;
    leave_line(traffic, pool, waiting);
    pool_connect(traffic, waiting);
}

void pool_close_idle(struct traffic *traffic, uint32_t pod)
{
    while (traffic->servers[pod].first_link != 0) {
        const uint32_t index = traffic->servers[pod].first_link;
        struct link *link = link_at(traffic, index);

        leave_server(traffic, index);
        if (closed_ns(traffic, link, traffic->kernel->now_ns) == NS_NEVER)
            link->t_closed_ns = traffic->kernel->now_ns + link->back_ns;
        else
            link->t_closed_ns = closed_ns(traffic, link, traffic->kernel->now_ns);
    }
}

void pool_lose_idle(struct traffic *traffic, uint32_t pod)
{
    while (traffic->servers[pod].first_link != 0) {
        const uint32_t index = traffic->servers[pod].first_link;

        link_at(traffic, index)->is_silent = true;
        leave_server(traffic, index);
    }
}
