/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/traffic.h"

#include "base/error.h"
#include "traffic/connection.h"
#include "traffic/events.h"
#include "traffic/exchange.h"
#include "traffic/parts.h"
#include "traffic/program.h"
#include "traffic/resolver.h"
#include "traffic/users.h"

/* Enough to share the cost of an event, few enough to stay near in memory. */
#define BATCH_COUNT 32u

/* Traffic of a run that is longer ends after 73 years, so that instants cannot overflow. */
#define UNTIL_MAX_NS (2 * TRAFFIC_SPAN_MAX_NS)

struct traffic *traffic_new(const struct traffic_setup *setup)
{
    struct traffic *traffic = ARENA_NEW(setup->arena, struct traffic);

    *traffic = (struct traffic){
        .kernel = setup->kernel,
        .cluster = setup->cluster,
        .batch_count = BATCH_COUNT,
        .warmup_ns = setup->warmup_ns,
        .until_ns = setup->until_ns < UNTIL_MAX_NS ? setup->until_ns : UNTIL_MAX_NS,
        .gone_address = setup->cluster_spec->gone_address,
        .dns = &setup->cluster_spec->latency[HOP_DNS_QUERY],
        .rtt = &setup->cluster_spec->latency[HOP_NETWORK_RTT],
        .spec = setup->spec,
        .arena = setup->arena,
        .seed = setup->seed,
        .replication = setup->replication,
    };
    EP_REQUIRE(request_new(traffic) == REQUEST_NONE);
    return traffic;
}

void traffic_start(struct traffic *traffic)
{
    const struct traffic_spec *spec = traffic->spec;

    program_schedule_steps(traffic);
    traffic->client_count = spec->client_count;
    traffic->clients = ARENA_NEW_ARRAY(traffic->arena, spec->client_count, struct client);
    for (uint32_t i = 0; i < spec->client_count; i++) {
        client_init(&traffic->clients[i], traffic, &spec->clients[i]);
        if (traffic->clients[i].has_users)
            users_start(traffic, i);
        else
            client_generate(traffic, &(struct event){.kind = TRAFFIC_GENERATE, .a = i});
    }
}

/* Asks for the record of a request whose event comes soon. What else an event may be about gives some address or other,
 * and asking for that harms nobody. */
static inline void prefetch_ahead(const struct traffic *traffic)
{
    const uintptr_t record = (uintptr_t)traffic->requests +
                             (uintptr_t)kernel_ahead(traffic->kernel)->a * sizeof(struct request);

    __builtin_prefetch((const void *)record);
    __builtin_prefetch((const void *)(record + sizeof(struct request) - 1));
}

void traffic_handle(struct traffic *traffic, const struct event *ev)
{
    prefetch_ahead(traffic);
    switch (ev->kind) {
#define X(name, handler, doc) \
    case name:                \
        handler(traffic, ev); \
        return;
        TRAFFIC_EVENTS(X)
#undef X
    default:
        error_bug(__FILE__, __LINE__, "the event is one of traffic's");
    }
}

void traffic_observe(struct traffic *traffic, const struct traffic_observer *observer)
{
    EP_REQUIRE(traffic->observer_count < TRAFFIC_OBSERVER_MAX && observer->request_done != NULL);
    traffic->observers[traffic->observer_count++] = *observer;
}

/* Those whose records are there, less those that have not started and those that only their server
 * still knows. */
uint64_t traffic_in_flight_count(const struct traffic *traffic)
{
    const sim_ns now_ns = traffic->kernel->now_ns;
    uint64_t count = traffic->unanswered_count;

    for (uint32_t i = 1; i < traffic->request_count; i++) {
        const struct request *request = traffic_request(traffic, i);

        if (request->state != REQUEST_FREE && !request->is_settled &&
            request->t_start_ns <= now_ns && request->t_start_ns >= traffic->warmup_ns)
            count++;
    }
    return count;
}

bool traffic_kept_answer(const struct traffic *traffic, uint32_t client, uint32_t node,
                         struct dns_answer *answer)
{
    return resolver_kept(traffic, &traffic->clients[client], node, answer);
}
