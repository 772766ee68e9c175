/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/client.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "traffic/entry.h"
#include "traffic/events.h"
#include "traffic/parts.h"
#include "traffic/resolver.h"

#define ICMP_BURST 6
#define ICMP_PERIOD_NS NS_PER_S

/* Behind every run's end: later starts need not be told apart. */
#define START_MAX_NS (4 * TRAFFIC_SPAN_MAX_NS)

static uint32_t node_by_name(const struct cluster *cluster, const char *name)
{
    for (uint32_t node = 0; node < cluster_node_count(cluster); node++)
        if (strcmp(cluster_node_name(cluster, node), name) == 0)
            return node;
    error_bug(__FILE__, __LINE__, "the loader has checked the names in clients[].from.nodes");
}

static void find_nodes(struct client *client, struct traffic *traffic)
{
    const struct client_spec *spec = client->spec;
    const bool has_all = spec->from_nodes == NULL;
    uint32_t *nodes;

    client->node_count = has_all ? cluster_node_count(traffic->cluster) : spec->from_node_count;
    nodes = ARENA_NEW_ARRAY(traffic->arena, client->node_count, uint32_t);
    for (uint32_t i = 0; i < client->node_count; i++)
        nodes[i] = has_all ? i : node_by_name(traffic->cluster, spec->from_nodes[i]);
    client->nodes = nodes;
}

static void set_keys(struct client *client, const struct traffic *traffic)
{
    const uint64_t name = hash_string(client->spec->name);
    const uint64_t seed = traffic->seed;
    const uint64_t replication = traffic->replication;

    client->arrival_key = random_key(seed, replication, RANDOM_ARRIVAL, name);
    client->node_key = random_key(seed, replication, RANDOM_CLIENT_NODE, name);
    client->dns_key = random_key(seed, replication, RANDOM_DNS, name);
    client->network_key = random_key(seed, replication, RANDOM_NETWORK, name);
    client->demand_key = random_key(seed, replication, RANDOM_DEMAND, name);
    client->pick_key = random_key(seed, replication, RANDOM_PICK, name);
    client->balancer_key = random_key(seed, replication, RANDOM_BALANCER_PICK, name);
    client->identity_key = random_key(seed, replication, RANDOM_IDENTITY, name);
    client->retry_key = random_key(seed, replication, RANDOM_RETRY, name);
    client->think_key = random_key(seed, replication, RANDOM_THINK, name);
    client->tries_key = random_key(seed, replication, RANDOM_DNS_TRIES, name);
    client->rotation_key = random_key(seed, replication, RANDOM_DNS_ROTATION, name);
    client->error_key = random_key(seed, replication, RANDOM_APP_ERROR, name);
}

/* Sets the mean gap. Not by distribution_exponential, which would round it to a nanosecond: at
 * 700,000 requests a second that is 0.03 % of the load. */
static void set_gap(struct client *client)
{
    const struct client_spec *spec = client->spec;

    if (spec->arrivals == ARRIVALS_DISTRIBUTION) {
        EP_REQUIRE(!distribution_is_zero(&spec->gap));
        client->gap = spec->gap;
        return;
    }
    EP_REQUIRE(spec->rate_per_s > 0 && spec->executor == EXECUTOR_CONSTANT_ARRIVAL_RATE);
    client->gap_ns = (double)NS_PER_S / spec->rate_per_s;
    if (client->gap_ns < 1)
        client->gap_ns = 1;
    if (client->gap_ns > (double)TRAFFIC_SPAN_MAX_NS)
        client->gap_ns = (double)TRAFFIC_SPAN_MAX_NS;
    client->gap = (struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .a = client->gap_ns};
}

/* --- ramping rates ---
 *
 * The k-th request starts where the integral of the rate (the exposure) reaches the sum of k unit
 * exponentials, or k itself if arrivals are even: a Poisson process in warped time. Within a stage
 * the exposure is E + r x + s x^2 / 2 after x seconds, so x is the root of a quadratic. */

/* A stretch of time in which the rate changes linearly. */
struct ramp {
    sim_ns start_ns;
    double exposure; /* at its start */
    double rate_per_s;
    double slope; /* per s^2 */
};

static void set_ramps(struct client *client, struct arena *arena)
{
    const struct client_spec *spec = client->spec;
    struct ramp ramp = {.rate_per_s = spec->start_rate_per_s};

    EP_REQUIRE(spec->arrivals != ARRIVALS_DISTRIBUTION);
    client->ramps = ARENA_NEW_ARRAY(arena, (size_t)spec->stage_count + 1, struct ramp);
    for (uint32_t i = 0; i < spec->stage_count; i++) {
        const struct rate_stage *stage = &spec->stages[i];
        const double span_s = (double)stage->duration_ns / (double)NS_PER_S;

        if (span_s > 0 && ramp.start_ns < START_MAX_NS) {
            ramp.slope = (stage->target_per_s - ramp.rate_per_s) / span_s;
            client->ramps[client->ramp_count++] = ramp;
            ramp.start_ns += stage->duration_ns;
            ramp.exposure += (ramp.rate_per_s + stage->target_per_s) / 2 * span_s;
        }
        ramp.rate_per_s = stage->target_per_s;
    }
    ramp.slope = 0;
    client->ramps[client->ramp_count++] = ramp;
}

/* When the exposure reaches `exposure`; START_MAX_NS: never. */
static sim_ns ramp_start_ns(const struct client *client, double exposure)
{
    uint32_t at = 0;

    while (at + 1 < client->ramp_count && client->ramps[at + 1].exposure < exposure)
        at++;

    const struct ramp *ramp = &client->ramps[at];
    const double rest = exposure - ramp->exposure;
    const double square = ramp->rate_per_s * ramp->rate_per_s + 2 * ramp->slope * rest;
    /* The form of the root that takes no difference of near numbers, whatever the slope's sign. */
    const double divisor = ramp->rate_per_s + sqrt(square > 0 ? square : 0);

    if (!(divisor > 0))
        return rest > 0 ? START_MAX_NS : ramp->start_ns;

    const double span_ns = 2 * rest / divisor * (double)NS_PER_S;

    if (!(span_ns < (double)(START_MAX_NS - ramp->start_ns)))
        return START_MAX_NS;
    return ramp->start_ns + (sim_ns)(span_ns + 0.5);
}

static void fill_ramping_starts(struct client *client, sim_ns *starts_ns, uint32_t count,
                                uint64_t last)
{
    for (uint32_t i = 0; i < count; i++) {
        struct random random = random_at(client->arrival_key, last + 1 + i);

        client->exposure = client->spec->arrivals == ARRIVALS_EVEN
                               ? (double)(last + 1 + i)
                               : client->exposure + random_exponential(&random);
        starts_ns[i] = ramp_start_ns(client, client->exposure);
    }
}

/* Even starts are multiples of the gap, rounded once each, so that they never drift. */
static sim_ns even_start_ns(const struct client *client, uint64_t number)
{
    const double start_ns = (double)number * client->gap_ns;

    return start_ns < (double)TRAFFIC_SPAN_MAX_NS ? (sim_ns)(start_ns + 0.5) : TRAFFIC_SPAN_MAX_NS;
}

/* The starts of the `count` requests that follow the one that starts at last_ns and has number
 * `last`. */
static void fill_starts(struct client *client, sim_ns *starts_ns, uint32_t count, uint64_t last,
                        sim_ns last_ns)
{
    if (client->ramps != NULL) {
        fill_ramping_starts(client, starts_ns, count, last);
        return;
    }
    if (client->spec->arrivals == ARRIVALS_EVEN) {
        for (uint32_t i = 0; i < count; i++)
            starts_ns[i] = even_start_ns(client, last + 1 + i);
        return;
    }
    draws_fill(starts_ns, count, &client->gap, client->arrival_key, last + 1);
    for (uint32_t i = 0; i < count; i++)
        last_ns = starts_ns[i] = last_ns < START_MAX_NS ? last_ns + starts_ns[i] : last_ns;
}

void client_init(struct client *client, struct traffic *traffic, const struct client_spec *spec)
{
    struct cluster *cluster = traffic->cluster;

    *client = (struct client){
        .spec = spec, .policy = policy_find("kube-proxy"), .service = ID_NONE, .host = ID_NONE};
    EP_REQUIRE(client->policy != NULL && spec->timeout_ns > 0);
    client->timeout_ns =
        spec->timeout_ns < TRAFFIC_SPAN_MAX_NS ? spec->timeout_ns : TRAFFIC_SPAN_MAX_NS;
    find_nodes(client, traffic);
    set_keys(client, traffic);
    client->has_users =
        spec->executor == EXECUTOR_CONSTANT_VUS || spec->executor == EXECUTOR_RAMPING_VUS;
    client->has_sessions =
        client->has_users || spec->connection.is_kept || spec->retry.attempts > 0;
    if (spec->executor == EXECUTOR_RAMPING_ARRIVAL_RATE)
        set_ramps(client, traffic->arena);
    else if (!client->has_users)
        set_gap(client);
    if (spec->service_ns != NULL)
        client->service = cluster_name_service(cluster, spec->service_ns, spec->service);
    else
        client->host = cluster_name_host(cluster, spec->service);
    client->entry = spec->entry_node != NULL && !spec->is_outside
                        ? node_by_name(cluster, spec->entry_node)
                        : ID_NONE;
    entry_init(traffic, client);
    client->has_cache = resolver_has_cache(traffic, client);
    client->next_number = 1;
    if (!client->has_users)
        fill_starts(client, &client->next_start_ns, 1, 0, 0);
}

uint32_t client_node(const struct client *client, uint64_t number)
{
    if (client->node_count == 1)
        return client->nodes[0];

    return client
        ->nodes[random_jump(random_at(client->node_key, number).state, client->node_count)];
}

/* What a batch of requests draws; starts_ns[count] is the next batch's first. */
struct batch {
    uint32_t count;
    uint32_t client;
    sim_ns starts_ns[CLIENT_BATCH_MAX + 1];
    sim_ns dns_ns[CLIENT_BATCH_MAX];
    sim_ns rtts_ns[CLIENT_BATCH_MAX];
    double demand_units[CLIENT_BATCH_MAX];
    uint32_t nodes[CLIENT_BATCH_MAX];
};

static void draw_batch(struct batch *batch, const struct traffic *traffic, struct client *client)
{
    const uint64_t first = client->next_number;

    batch->starts_ns[0] = client->next_start_ns;
    fill_starts(client, batch->starts_ns + 1, traffic->batch_count, first, client->next_start_ns);
    batch->count = 0;
    while (batch->count < traffic->batch_count &&
           batch->starts_ns[batch->count] < traffic->until_ns)
        batch->count++;
    if (client->spec->has_address)
        memset(batch->dns_ns, 0, sizeof batch->dns_ns);
    else
        draws_fill(batch->dns_ns, batch->count, traffic->dns, client->dns_key, first);
    for (uint32_t i = 0; client->spec->try_count > 1 && i < batch->count; i++)
        batch->dns_ns[i] += resolver_extra_ns(traffic, client, first + i);
    draws_fill(batch->rtts_ns, batch->count, traffic->rtt, client->network_key, first);
    draws_fill_units(batch->demand_units, batch->count, client->demand_key, first);
    for (uint32_t i = 0; i < batch->count; i++)
        batch->nodes[i] = client_node(client, first + i);
}

/* Request i of the batch: its record, and the event at which its name is resolved or its client
 * gives up. */
static void add_request(struct traffic *traffic, const struct batch *batch, uint32_t i)
{
    const struct client *client = &traffic->clients[batch->client];
    const uint32_t index = request_new(traffic);
    struct request *request = traffic_request(traffic, index);
    const sim_ns start_ns = batch->starts_ns[i];

    *request = (struct request){
        .number = client->next_number + i,
        .t_start_ns = start_ns,
        .t_limit_ns = start_ns + client->timeout_ns,
        .t_pick_ns = NS_NEVER,
        .rtt_ns = batch->rtts_ns[i],
        .demand_unit = batch->demand_units[i],
        .client = batch->client,
        .node = batch->nodes[i],
        .pod = ID_NONE,
        .news = ID_NONE,
        .generation = request->generation,
        .state = REQUEST_RESOLVING,
    };
    if (EP_UNLIKELY(client->has_sessions))
        session_add(traffic, index, batch->dns_ns[i], 0);
    else if (EP_UNLIKELY(client->has_cache))
        kernel_schedule(traffic->kernel, start_ns, request_event(TRAFFIC_RESOLVE, index, request));
    else if (EP_LIKELY(batch->dns_ns[i] <= client->timeout_ns))
        kernel_schedule(traffic->kernel, start_ns + batch->dns_ns[i],
                        request_event(TRAFFIC_PICK, index, request));
    else
        request_set_limit(traffic, index, request->t_limit_ns);
}

void client_generate(struct traffic *traffic, const struct event *ev)
{
    struct client *client = &traffic->clients[ev->a];
    struct batch batch;

    if (client->node_count == 0)
        return;
    batch.client = ev->a;
    draw_batch(&batch, traffic, client);
    for (uint32_t i = 0; i < batch.count; i++)
        add_request(traffic, &batch, i);
    client->next_number += batch.count;
    client->next_start_ns = batch.starts_ns[batch.count];
    if (client->next_start_ns < traffic->until_ns)
        kernel_schedule(traffic->kernel, client->next_start_ns, *ev);
}

uint32_t client_identity_count(const struct client *client)
{
    return client->spec->identity_count > 1 ? client->spec->identity_count : 1;
}

uint32_t client_identity(const struct client *client, uint64_t number)
{
    const uint32_t count = client_identity_count(client);
    struct random random = random_at(client->identity_key, number);

    if (count == 1 || client->spec->has_turns)
        return (uint32_t)((number - 1) % count);
    return (uint32_t)random_below(&random, count);
}

uint64_t client_address(const struct client *client, uint32_t node, uint64_t number)
{
    /* those outside are themselves at whatever node they arrive */
    return hash_combine(hash_combine(client->identity_key, client->spec->is_outside ? 0 : node),
                        client_identity(client, number));
}

uint32_t client_pool(struct client *client, struct traffic *traffic, const struct request *request,
                     uint32_t user)
{
    const uint32_t count = client_identity_count(client);

    if (client->pools == NULL)
        client->pools = ARENA_NEW_ARRAY(traffic->arena,
                                        client->has_users
                                            ? (size_t)client->user_count
                                            : (size_t)cluster_node_count(traffic->cluster) * count,
                                        struct pool);
    if (user > 0)
        return user - 1;
    return request->node * count + client_identity(client, request->number);
}

bool client_takes_icmp_token(struct client *client, struct traffic *traffic, uint32_t node)
{
    const sim_ns now_ns = traffic->kernel->now_ns;

    if (client->icmp_full_ns == NULL)
        client->icmp_full_ns =
            ARENA_NEW_ARRAY(traffic->arena, cluster_node_count(traffic->cluster), sim_ns);

    sim_ns *full_ns = &client->icmp_full_ns[node];

    if (*full_ns < now_ns)
        *full_ns = now_ns;
    if (*full_ns - now_ns > (ICMP_BURST - 1) * ICMP_PERIOD_NS)
        return false;
    *full_ns += ICMP_PERIOD_NS;
    return true;
}
