/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/users.h"

#include "traffic/events.h"
#include "traffic/parts.h"
#include "traffic/resolver.h"

/* What a load generator itself takes for an iteration, so that one without a duration ends. */
#define ITERATION_MIN_NS (100 * NS_PER_US)

struct user {
    uint32_t node;
    uint32_t iteration_count;
    sim_ns t_start_ns; /* of the latest */
};

/* --- who is there --- */

/* When user `user` comes or goes in a stage from `from` to `to` users that lasts duration_ns: as a part of it. */
static sim_ns step_ns(sim_ns duration_ns, uint32_t step, uint32_t step_count)
{
    return duration_ns / step_count * step + duration_ns % step_count * step / step_count;
}

bool users_stay_at(const struct client *client, uint32_t user, sim_ns at_ns,
                   struct users_stay *stay)
{
    const struct client_spec *spec = client->spec;
    uint32_t count = spec->start_users;
    bool is_there = user <= count;
    sim_ns stage_ns = 0;
    sim_ns from_ns = 0;

    for (uint32_t i = 0; i < spec->stage_count; i++) {
        const uint32_t target = (uint32_t)(spec->stages[i].target_per_s + 0.5);
        const sim_ns span_ns = spec->stages[i].duration_ns < TRAFFIC_SPAN_MAX_NS
                                   ? spec->stages[i].duration_ns
                                   : TRAFFIC_SPAN_MAX_NS;

        if (!is_there && user <= target) {
            is_there = true;
            from_ns = stage_ns + step_ns(span_ns, user - count, target - count);
        } else if (is_there && user > target) {
            const sim_ns until_ns = stage_ns + step_ns(span_ns, count - user + 1, count - target);

            is_there = false;
            *stay = (struct users_stay){from_ns, until_ns};
            if (until_ns > at_ns && until_ns > from_ns)
                return true;
        }
        count = target;
        stage_ns = stage_ns < TRAFFIC_SPAN_MAX_NS ? stage_ns + span_ns : stage_ns;
    }
    *stay = (struct users_stay){from_ns, NS_NEVER};
    return is_there;
}

sim_ns users_interrupt_ns(const struct client *client, uint32_t user, sim_ns start_ns)
{
    struct users_stay stay;

    if (user == 0 || !users_stay_at(client, user, start_ns, &stay) ||
        stay.until_ns >= TRAFFIC_SPAN_MAX_NS)
        return NS_NEVER;
    return stay.until_ns + client->spec->graceful_ns;
}

/* --- iterations --- */

static uint32_t most_users(const struct client_spec *spec)
{
    uint32_t most = spec->start_users;

    for (uint32_t i = 0; i < spec->stage_count; i++)
        if ((uint32_t)(spec->stages[i].target_per_s + 0.5) > most)
            most = (uint32_t)(spec->stages[i].target_per_s + 0.5);
    return most;
}

/* The user's next iteration begins at at_ns, or when it is there again. */
static void schedule(struct traffic *traffic, uint32_t client, uint32_t user, sim_ns at_ns)
{
    struct users_stay stay;

    if (!users_stay_at(&traffic->clients[client], user, at_ns, &stay))
        return;
    if (at_ns < stay.from_ns)
        at_ns = stay.from_ns;
    if (at_ns < traffic->until_ns)
        kernel_schedule(traffic->kernel, at_ns,
                        (struct event){.kind = TRAFFIC_ITERATE, .a = client, .b = user});
}

void users_start(struct traffic *traffic, uint32_t client_index)
{
    struct client *client = &traffic->clients[client_index];

    if (client->node_count == 0)
        return;
    client->user_count = most_users(client->spec);
    client->users = ARENA_NEW_ARRAY(traffic->arena, (size_t)client->user_count + 1, struct user);
    for (uint32_t user = 1; user <= client->user_count; user++) {
        client->users[user].node = client_node(client, user);
        schedule(traffic, client_index, user, 0);
    }
}

void users_iterate(struct traffic *traffic, const struct event *ev)
{
    struct client *client = &traffic->clients[ev->a];
    struct user *user = &client->users[ev->b];
    const uint64_t number = ev->b * USERS_NUMBER_STEP + ++user->iteration_count;
    const uint32_t index = request_new(traffic);
    struct request *request = traffic_request(traffic, index);

    user->t_start_ns = traffic->kernel->now_ns;
    *request = (struct request){
        .number = number,
        .t_start_ns = user->t_start_ns,
        .t_pick_ns = NS_NEVER,
        .rtt_ns = draws_one_ns(traffic->rtt, client->network_key, number),
        .client = ev->a,
        .node = user->node,
        .pod = ID_NONE,
        .news = ID_NONE,
        .generation = request->generation,
        .state = REQUEST_RESOLVING,
    };
    draws_fill_units(&request->demand_unit, 1, client->demand_key, number);
    session_add(traffic, index,
                resolver_query_ns(traffic, client, client->dns_key, number) +
                    resolver_extra_ns(traffic, client, number),
                (uint32_t)ev->b);
}

void users_iteration_done(struct traffic *traffic, uint32_t client_index, uint32_t user,
                          const struct request_result *result)
{
    const struct client *client = &traffic->clients[client_index];
    const sim_ns earliest_ns = client->users[user].t_start_ns + ITERATION_MIN_NS;
    const sim_ns next_ns = result->t_end_ns + draws_one_ns(&client->spec->think_time,
                                                           client->think_key, result->number);

    schedule(traffic, client_index, user, next_ns > earliest_ns ? next_ns : earliest_ns);
}
