/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/connection.h"

#include "traffic/entry.h"
#include "traffic/events.h"
#include "traffic/exchange.h"
#include "traffic/parts.h"
#include "traffic/program.h"
#include "traffic/resolver.h"
#include "traffic/syn_schedule.h"

/* When the connection's first SYN was sent. */
static sim_ns first_syn_ns(const struct request *request)
{
    return request->t_pick_ns - syn_schedule_ns(request->syn_index);
}

/* When the client or its kernel gives up a connection that does not come about. */
static sim_ns give_up_ns(const struct request *request)
{
    const sim_ns limit_ns = request->t_limit_ns;
    const sim_ns kernel_ns = first_syn_ns(request) + SYN_SCHEDULE_GIVE_UP_NS;

    return kernel_ns < limit_ns ? kernel_ns : limit_ns;
}

static void settle_and_free(struct traffic *traffic, uint32_t index, enum outcome outcome,
                            sim_ns t_end_ns)
{
    request_settle(traffic, traffic_request(traffic, index), outcome, t_end_ns);
    request_free(traffic, index);
}

/* The SYN is dropped before the connection is tracked, so that the next one looks again; after the last one nothing is
 * left but to wait in `state`. */
static void retry_syn(struct traffic *traffic, uint32_t index, enum request_state state)
{
    struct request *request = traffic_request(traffic, index);
    const sim_ns end_ns = give_up_ns(request);
    const uint32_t next_index = request->syn_index + 1u;

    if (next_index < SYN_SCHEDULE_COUNT &&
        first_syn_ns(request) + syn_schedule_ns(next_index) < end_ns) {
        const sim_ns next_ns = first_syn_ns(request) + syn_schedule_ns(next_index);

        request->syn_index = next_index & 0xFu;
        kernel_schedule(traffic->kernel, next_ns, request_event(TRAFFIC_PICK, index, request));
        return;
    }
    request->state = (uint8_t)state;
    request_set_limit(traffic, index, end_ns);
}

/* The service has no endpoint. An answer says so, unless the kernel has sent too many. */
static void reject(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    struct client *client = &traffic->clients[request->client];
    const sim_ns now_ns = traffic->kernel->now_ns;
    const sim_ns end_ns = give_up_ns(request);

    if (client_takes_icmp_token(client, traffic, request->node)) {
        const sim_ns known_ns = now_ns + request->rtt_ns;

        settle_and_free(traffic, index, OUTCOME_NO_ENDPOINTS,
                        known_ns < end_ns ? known_ns : end_ns);
        return;
    }
    retry_syn(traffic, index, REQUEST_REJECTED);
}

/* Nothing answers: the connection is tracked by now, so every further SYN goes to the same address.
 * */
static void fall_silent(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);
    const sim_ns end_ns = give_up_ns(request);

    request->state = REQUEST_SILENT;
    if (!request->has_limit || end_ns < request->t_limit_ns)
        request_set_limit(traffic, index, end_ns);
}

/* What the load balancer should have known of the node that it sent the connection to; ID_NONE: nothing. */
static uint32_t lapse_of(const struct traffic *traffic, const struct request *request,
                         enum if_empty if_empty)
{
    const struct client *client = &traffic->clients[request->client];

    if (if_empty != EMPTY_DROPS || !client->may_balance)
        return ID_NONE;
    return cluster_balancer_lapse(traffic->cluster, client->service, request->node);
}

/* There is no endpoint to go to. */
static void go_nowhere(struct traffic *traffic, uint32_t index, enum if_empty if_empty)
{
    struct request *request = traffic_request(traffic, index);

    request->pod = ID_NONE;
    request->news = lapse_of(traffic, request, if_empty);
    if (if_empty == EMPTY_REJECTS)
        reject(traffic, index);
    else if (if_empty == EMPTY_DROPS)
        retry_syn(traffic, index, REQUEST_SILENT);
    else
        fall_silent(traffic, index);
}

static void syn_arrives(struct traffic *traffic, uint32_t index)
{
    const struct request *request = traffic_request(traffic, index);
    const sim_ns known_ns = request->t_pick_ns + request->rtt_ns;

    if (server_listens(program_server(traffic, request->pod), request->port))
        exchange_establish(traffic, index);
    else if (cluster_pod_has_address(traffic->cluster, request->pod))
        settle_and_free(traffic, index, OUTCOME_REFUSED, known_ns);
    else if (traffic->gone_address == GONE_ADDRESS_UNREACHABLE &&
             !cluster_pod_is_lost(traffic->cluster, request->pod))
        settle_and_free(traffic, index, OUTCOME_TIMEOUT, known_ns);
    else
        fall_silent(traffic, index);
}

void connection_syn(struct traffic *traffic, const struct event *ev)
{
    const struct request *request = traffic_request(traffic, ev->a);

    if (request->generation == ev->b && request->state == REQUEST_SYN)
        syn_arrives(traffic, ev->a);
}

/* The node sends a SYN to the endpoint that it has picked. */
static void send_syn(struct traffic *traffic, uint32_t index)
{
    struct request *request = traffic_request(traffic, index);

    if (EP_UNLIKELY(request->rtt_ns > give_up_ns(request) - request->t_pick_ns)) {
        fall_silent(traffic, index); /* whatever is there answers too late */
        return;
    }
    if (EP_LIKELY(server_listens(program_server(traffic, request->pod), request->port))) {
        exchange_establish(traffic, index);
        return;
    }
    request->state = REQUEST_SYN;
    if (request_there_ns(request) == 0)
        syn_arrives(traffic, index);
    else
        kernel_schedule(traffic->kernel, request_syn_ns(request),
                        request_event(TRAFFIC_SYN, index, request));
}

static uint32_t pick_endpoint(const struct traffic *traffic, const struct client *client,
                              const struct request *request, const struct endpoint_table *table)
{
    struct random random =
        random_at(traffic_key(traffic, request, client->pick_key), request->number);

    for (uint32_t i = 0; i < request->syn_index; i++)
        random_next(&random);
    return client->policy->pick(&(struct policy_input){.table = table, .random = &random});
}

/* Where the connection goes: the node's table for a ClusterIP, else the addresses that DNS gave. */
static struct node_route route_of(const struct traffic *traffic, const struct client *client,
                                  uint32_t node, const struct dns_answer *answer)
{
    if (answer->kind == DNS_ADDRESSES)
        return (struct node_route){.table = answer->addresses};
    return cluster_route(traffic->cluster, node, answer->service, answer->port,
                         client->spec->is_outside    ? ORIGIN_OUTSIDE
                         : client->spec->has_address ? ORIGIN_INSIDE_OUT
                                                     : ORIGIN_CLUSTER);
}

/* The endpoint that the client's address stays with; if there is none, the policy's pick. */
static uint32_t pick_with_affinity(struct traffic *traffic, const struct client *client,
                                   const struct request *request, const struct dns_answer *answer,
                                   const struct node_route *route)
{
    const struct affinity_query query = {
        .table = route->table,
        .address = client_address(client, entry_home(client, request), request->number),
        .now_ns = traffic->kernel->now_ns,
        .timeout_ns = route->affinity_ns,
        .node = request->node,
        .service = answer->service,
        .port = answer->port,
    };
    uint32_t index;

    if (traffic->affinity == NULL)
        traffic->affinity = session_affinity_new(traffic->arena);
    index = session_affinity_find(traffic->affinity, &query);
    if (index == ID_NONE)
        index = pick_endpoint(traffic, client, request, route->table);
    session_affinity_keep(traffic->affinity, &query, index);
    return index;
}

static inline uint32_t choose(struct traffic *traffic, const struct client *client,
                              const struct request *request, const struct dns_answer *answer,
                              const struct node_route *route)
{
    if (EP_UNLIKELY(answer->first != ID_NONE))
        return answer->first;
    if (EP_UNLIKELY(route->affinity_ns > 0))
        return pick_with_affinity(traffic, client, request, answer, route);
    return pick_endpoint(traffic, client, request, route->table);
}

/* There is no such name; the resolver knows when it has tried all that the search path makes of it. */
static void fail_to_resolve(struct traffic *traffic, uint32_t index)
{
    const struct request *request = traffic_request(traffic, index);
    const struct client *client = &traffic->clients[request->client];
    const sim_ns known_ns =
        traffic->kernel->now_ns + resolver_failure_ns(traffic, client, request->number);

    settle_and_free(traffic, index, OUTCOME_DNS,
                    known_ns < request->t_limit_ns ? known_ns : request->t_limit_ns);
}

void connection_pick(struct traffic *traffic, const struct event *ev)
{
    struct request *request = traffic_request(traffic, ev->a);
    struct client *client = &traffic->clients[request->client];
    struct node_route route;
    const struct endpoint *endpoint;

    if (EP_UNLIKELY(entry_is_orphan(traffic, request))) {
        request_free(traffic, ev->a); /* nobody is there to ask */
        return;
    }

    const struct dns_answer answer = resolver_answer(traffic, client, request);

    if (EP_UNLIKELY(answer.kind == DNS_NONE)) {
        fail_to_resolve(traffic, ev->a);
        return;
    }
    request->t_pick_ns = traffic->kernel->now_ns;
    if (EP_UNLIKELY(client->enters)) {
        request->node = entry_node(traffic, client, request);
        if (entry_is_lost(traffic, request)) {
            go_nowhere(traffic, ev->a, EMPTY_DROPS); /* it may be back for the next SYN */
            return;
        }
    }
    route = route_of(traffic, client, request->node, &answer);
    if (EP_UNLIKELY(route.table->count == 0)) {
        go_nowhere(traffic, ev->a, route.table->if_empty);
        return;
    }
    endpoint = &route.table->endpoints[choose(traffic, client, request, &answer, &route)];
    request->pod = endpoint->pod;
    request->port = answer.kind == DNS_ADDRESSES ? answer.port : endpoint->port;
    request->news = ID_NONE;
    if (answer.service != ID_NONE)
        request->news =
            cluster_pick_news(traffic->cluster, request->node, answer.service, endpoint->pod);
    send_syn(traffic, ev->a);
}
