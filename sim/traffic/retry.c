/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/retry.h"

#include "traffic/parts.h"

#define TOKEN 1000 /* a token, in the units of a budget */

sim_ns retry_wait_ns(const struct retry_spec *retry, uint64_t key, uint64_t number,
                     uint32_t attempt)
{
    struct random random = random_at(hash_combine(key, attempt), number);
    const sim_ns most_ns = retry->max_backoff_ns > 0 ? retry->max_backoff_ns : TRAFFIC_SPAN_MAX_NS;
    sim_ns wait_ns = retry->backoff_ns;

    for (uint32_t i = 0; i < attempt && wait_ns < most_ns; i++)
        wait_ns *= 2; /* no overflow: most_ns is an eighth of what fits */
    if (wait_ns > most_ns)
        wait_ns = most_ns;
    switch (retry->jitter) {
    case RETRY_JITTER_FULL:
        return (sim_ns)random_below(&random, (uint64_t)wait_ns + 1);
    case RETRY_JITTER_EQUAL:
        return wait_ns / 2 + (sim_ns)random_below(&random, (uint64_t)(wait_ns - wait_ns / 2) + 1);
    default:
        return wait_ns;
    }
}

/* The budget of the client on that node, with what is too old forgotten. */
static struct retry_budget *budget_now(struct client *client, struct traffic *traffic,
                                       uint32_t node)
{
    const sim_ns slice_ns = client->spec->retry.budget_ttl_ns / RETRY_SLICE_COUNT;
    const int64_t slice = traffic->kernel->now_ns / (slice_ns > 0 ? slice_ns : 1);
    struct retry_budget *budget;

    if (client->budgets == NULL)
        client->budgets = ARENA_NEW_ARRAY(traffic->arena, cluster_node_count(traffic->cluster),
                                          struct retry_budget);
    budget = &client->budgets[node];
    if (slice - budget->latest >= RETRY_SLICE_COUNT)
        *budget = (struct retry_budget){.latest = slice};
    while (budget->latest < slice) {
        int64_t *oldest = &budget->slices[++budget->latest % RETRY_SLICE_COUNT];

        budget->sum -= *oldest;
        *oldest = 0;
    }
    return budget;
}

static void add(struct retry_budget *budget, int64_t amount)
{
    budget->slices[budget->latest % RETRY_SLICE_COUNT] += amount;
    budget->sum += amount;
}

void retry_budget_deposit(struct client *client, struct traffic *traffic, uint32_t node)
{
    const struct retry_spec *retry = &client->spec->retry;

    if (retry->has_budget)
        add(budget_now(client, traffic, node), (int64_t)(retry->budget_ratio * TOKEN + 0.5));
}

bool retry_budget_take(struct client *client, struct traffic *traffic, uint32_t node)
{
    const struct retry_spec *retry = &client->spec->retry;
    struct retry_budget *budget;
    int64_t reserve;

    if (!retry->has_budget)
        return true;
    budget = budget_now(client, traffic, node);
    reserve = (int64_t)(retry->budget_min_per_s * (double)retry->budget_ttl_ns / NS_PER_S * TOKEN);
    if (budget->sum + reserve < TOKEN)
        return false;
    add(budget, -TOKEN);
    return true;
}
