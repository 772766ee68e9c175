/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/resolver.h"

#include "cluster/dns_cache.h"
#include "traffic/connection.h"
#include "traffic/entry.h"
#include "traffic/events.h"
#include "traffic/parts.h"

#define TRIES_MAX 4u /* three domains of the search path, and the name as it is */

static struct dns_question question_of(const struct client *client, const struct request *request)
{
    return (struct dns_question){
        .service = client->service,
        .host = client->host,
        .label = client->spec->pod_label,
        .node = entry_home(client, request),
        .port = client->spec->port,
    };
}

bool resolver_has_cache(const struct traffic *traffic, const struct client *client)
{
    return client->spec->has_dns_cache || cluster_has_node_caches(traffic->cluster);
}

/* Queries first + 1 ... last of a look-up; the first one's time is drawn elsewhere. */
static sim_ns tries_ns(const struct traffic *traffic, const struct client *client, uint64_t number,
                       uint32_t first, uint32_t last)
{
    sim_ns sum_ns = 0;

    for (uint32_t i = first; i < last; i++)
        sum_ns += draws_one_ns(traffic->dns, client->tries_key, TRIES_MAX * number + i);
    return sum_ns;
}

sim_ns resolver_query_ns(const struct traffic *traffic, const struct client *client, uint64_t key,
                         uint64_t number)
{
    return client->spec->has_address ? 0 : draws_one_ns(traffic->dns, key, number);
}

sim_ns resolver_extra_ns(const struct traffic *traffic, const struct client *client,
                         uint64_t number)
{
    return tries_ns(traffic, client, number, 1, client->spec->try_count);
}

sim_ns resolver_failure_ns(const struct traffic *traffic, const struct client *client,
                           uint64_t number)
{
    const uint32_t done = client->spec->try_count > 1 ? client->spec->try_count : 1;

    return tries_ns(traffic, client, number, done, client->spec->try_count_max);
}

/* The cache of the program that the request comes from. */
static struct dns_entry *entry_of(struct traffic *traffic, struct client *client,
                                  const struct request *request)
{
    const uint32_t count = client_identity_count(client);
    const uint32_t node_count = cluster_node_count(traffic->cluster);

    if (client->dns_entries == NULL)
        client->dns_entries =
            ARENA_NEW_ARRAY(traffic->arena, (size_t)node_count * count, struct dns_entry);
    return &client->dns_entries[(size_t)entry_home(client, request) * count +
                                client_identity(client, request->number)];
}

/* Until when the client keeps the answer. */
static sim_ns kept_until_ns(const struct client *client, const struct dns_answer *answer,
                            sim_ns now_ns)
{
    const sim_ns own_ns =
        answer->kind == DNS_NONE ? client->spec->dns_keep_denial_ns : client->spec->dns_keep_ns;
    const sim_ns keep_ns = own_ns > 0 ? own_ns : answer->ttl_ns;

    return keep_ns < NS_NEVER - now_ns ? now_ns + keep_ns : NS_NEVER;
}

struct dns_answer resolver_answer(struct traffic *traffic, struct client *client,
                                  const struct request *request)
{
    const sim_ns now_ns = traffic->kernel->now_ns;
    const struct dns_question question = question_of(client, request);
    struct dns_answer answer;
    struct dns_entry *entry;

    if (EP_LIKELY(!client->spec->has_dns_cache))
        return cluster_resolve(traffic->cluster, &question);
    entry = entry_of(traffic, client, request);
    if (dns_cache_get(entry, now_ns, &answer))
        return answer;
    answer = cluster_resolve(traffic->cluster, &question);
    if (answer.kind == DNS_ADDRESSES && answer.addresses->count > 0) {
        /* the server shuffles each answer; who keeps it keeps to its first address */
        struct random random = random_at(client->rotation_key, request->number);

        answer.first = (uint32_t)random_below(&random, answer.addresses->count);
    }
    dns_cache_keep(traffic->arena, entry, &answer, kept_until_ns(client, &answer, now_ns));
    return answer;
}

bool resolver_kept(const struct traffic *traffic, const struct client *client, uint32_t node,
                   struct dns_answer *answer)
{
    const size_t index = (size_t)node * client_identity_count(client);

    return client->dns_entries != NULL &&
           dns_cache_get(&client->dns_entries[index], traffic->kernel->now_ns, answer);
}

void resolver_start(struct traffic *traffic, const struct event *ev)
{
    struct request *request = traffic_request(traffic, ev->a);
    struct client *client = &traffic->clients[request->client];
    const struct dns_question question = question_of(client, request);
    struct dns_answer answer;
    sim_ns query_ns;

    if ((client->spec->has_dns_cache &&
         dns_cache_get(entry_of(traffic, client, request), traffic->kernel->now_ns, &answer)) ||
        cluster_is_cached_on_node(traffic->cluster, &question)) {
        connection_pick(traffic, ev);
        return;
    }
    query_ns = request->has_session
                   ? traffic->sessions[ev->a].dns_ns
                   : resolver_query_ns(traffic, client, client->dns_key, request->number) +
                         resolver_extra_ns(traffic, client, request->number);
    if (query_ns <= request->t_limit_ns - traffic->kernel->now_ns - request->has_limit)
        kernel_schedule(traffic->kernel, traffic->kernel->now_ns + query_ns,
                        request_event(TRAFFIC_PICK, ev->a, request));
    else if (!request->has_limit)
        request_set_limit(traffic, ev->a, request->t_limit_ns);
}
