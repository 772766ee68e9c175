/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/kube_proxy.h"

#include "base/error.h"
#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/api_log.h"
#include "cluster/api_server.h"
#include "cluster/events.h"
#include "cluster/load_balancer.h"
#include "cluster/node/sync_runner.h"
#include "cluster/watches.h"

/* iptables.go: FullSyncPeriod */
#define FULL_SYNC_NS NS_PER_HOUR

static sim_ns forced_period_ns(const struct cluster *cluster)
{
    return cluster->rules.has_partial_sync ? FULL_SYNC_NS : cluster->spec->proxy.sync_ns;
}

static void schedule_wake(struct cluster *cluster, struct node *node, sim_ns at_ns)
{
    struct kube_proxy *proxy = &node->proxy;

    if (at_ns > proxy->forced_ns)
        at_ns = proxy->forced_ns;
    if (at_ns >= proxy->wake_ns)
        return;
    proxy->wake_ns = at_ns;
    model_schedule(cluster, at_ns, CLUSTER_PROXY_WAKE, node->index, ++proxy->wake_generation);
}

void kube_proxy_init(struct cluster *cluster)
{
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        struct node *node = &cluster->nodes[n];
        struct kube_proxy *proxy = &node->proxy;
        uint64_t key =
            random_key(cluster->seed, cluster->replication, RANDOM_PROXY_PHASE, node->hash);
        struct random r = random_at(key, 0);

        sync_runner_init(&proxy->runner, cluster->spec->proxy.min_sync_ns,
                         cluster->rules.has_old_runner);
        for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++) {
            proxy->taken[k] = cluster->logs[model_proxy_log(cluster, (enum proxy_resource)k)].next;
            proxy->applied[k] = proxy->taken[k];
            proxy->delivered_ns[k] = 0;
        }
        proxy->wake_ns = NS_NEVER;
        proxy->token_ns = NS_NEVER;
        proxy->forced_ns = (sim_ns)random_below(&r, (uint64_t)forced_period_ns(cluster));
        schedule_wake(cluster, node, proxy->forced_ns);
    }
}

/* When the record would reach the node's cache if nothing held it up. */
static sim_ns draw_delivery_ns(const struct cluster *cluster, const struct node *node,
                               enum proxy_resource resource, const struct log_record *record)
{
    const struct distribution *hop = &cluster->spec->latency[HOP_WATCH_NODE];
    sim_ns at_ns = record->stored_ns;

    if (!distribution_is_zero(hop)) {
        uint64_t object = model_proxy_object_hash(cluster, resource, record->object);
        uint64_t key =
            hash_combine(hash_combine(cluster->hop_keys[HOP_WATCH_NODE], node->hash), object);
        struct random r = random_at(key, record->version);
        uint64_t bytes = resource == PROXY_SLICES ? record->bytes : 0;
        sim_ns delay_ns = distribution_draw(hop, &r);
        delay_ns += (sim_ns)random_below(&r, cluster->node_count) * api_log_watcher_ns(bytes);
        at_ns += api_log_slowed_ns(record, delay_ns);
    }
    return at_ns;
}

/* The same, not before the node has what came before it, nor while its watch is interrupted. */
static sim_ns held_up_ns(const struct node *node, enum proxy_resource resource, sim_ns at_ns)
{
    if (at_ns < node->proxy.delivered_ns[resource])
        at_ns = node->proxy.delivered_ns[resource];
    return watches_arrival_ns(&node->gap, at_ns);
}

/* When the record at that position reaches the node's cache. The one at its cursor is asked for several times. */
static sim_ns delivery_ns(const struct cluster *cluster, struct node *node,
                          enum proxy_resource resource, uint64_t position)
{
    const struct resource_log *log = &cluster->logs[model_proxy_log(cluster, resource)];
    struct kube_proxy *proxy = &node->proxy;

    if (proxy->drawn[resource] != position + 1) {
        proxy->drawn[resource] = position + 1;
        proxy->drawn_ns[resource] =
            draw_delivery_ns(cluster, node, resource, &log->ring[position & (log->capacity - 1)]);
    }
    return held_up_ns(node, resource, proxy->drawn_ns[resource]);
}

/* The next delivery that the node has not taken, NS_NEVER if there is none. */
static sim_ns next_delivery_ns(const struct cluster *cluster, struct node *node)
{
    sim_ns next_ns = NS_NEVER;

    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++) {
        const struct resource_log *log =
            &cluster->logs[model_proxy_log(cluster, (enum proxy_resource)k)];
        uint64_t position = node->proxy.taken[k];
        sim_ns at_ns;
        while (position < log->next && !log->ring[position & (log->capacity - 1)].is_for_nodes)
            position++;
        if (position == log->next)
            continue;
        at_ns = delivery_ns(cluster, node, (enum proxy_resource)k, position);
        if (at_ns < next_ns)
            next_ns = at_ns;
    }
    return next_ns;
}

/* The old runner is tried at every change that comes, not only when the period since the last sync is over: the first one
 * after the token's return starts a sync. Looks at the deliveries that it has not looked at yet; returns the first such
 * one, NS_NEVER if there is none. */
static sim_ns next_try_ns(const struct cluster *cluster, struct node *node)
{
    struct kube_proxy *proxy = &node->proxy;
    sim_ns first_ns = NS_NEVER;

    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++) {
        const struct resource_log *log =
            &cluster->logs[model_proxy_log(cluster, (enum proxy_resource)k)];

        if (proxy->peeked[k] < proxy->taken[k]) {
            proxy->peeked[k] = proxy->taken[k];
            proxy->peeked_ns[k] = proxy->delivered_ns[k];
        }
        for (; proxy->peeked[k] < log->next; proxy->peeked[k]++) {
            const struct log_record *record = &log->ring[proxy->peeked[k] & (log->capacity - 1)];
            sim_ns at_ns;

            if (!record->is_for_nodes)
                continue;
            at_ns = delivery_ns(cluster, node, (enum proxy_resource)k, proxy->peeked[k]);
            if (at_ns > proxy->peeked_ns[k])
                proxy->peeked_ns[k] = at_ns;
            at_ns = proxy->peeked_ns[k];
            if (at_ns >= proxy->token_ns && at_ns < first_ns)
                first_ns = at_ns;
        }
    }
    return first_ns;
}

static void sleep_until_due(struct cluster *cluster, struct node *node)
{
    sim_ns at_ns = next_delivery_ns(cluster, node);
    sim_ns possible_ns = node->proxy.runner.last_end_ns + node->proxy.runner.min_ns;

    if (!node->proxy.runner.is_old && at_ns < possible_ns)
        at_ns = possible_ns; /* it takes all that has come by then */
    if (at_ns < cluster->kernel->now_ns)
        at_ns = cluster->kernel->now_ns;
    schedule_wake(cluster, node, at_ns);
}

static void try_earlier(struct cluster *cluster, struct node *node)
{
    const sim_ns at_ns = next_try_ns(cluster, node);

    if (at_ns < node->proxy.wake_ns)
        schedule_wake(cluster, node, at_ns);
}

/* An idle proxy's cursor passes what its watch leaves out. */
static void skip_unwatched(struct cluster *cluster, struct kube_proxy *proxy)
{
    struct resource_log *log = &cluster->logs[model_proxy_log(cluster, PROXY_SLICES)];

    while (proxy->taken[PROXY_SLICES] < log->next &&
           !api_server_record(log, proxy->taken[PROXY_SLICES])->is_for_nodes)
        proxy->taken[PROXY_SLICES]++;
    proxy->applied[PROXY_SLICES] = proxy->taken[PROXY_SLICES];
}

void kube_proxy_version_stored(struct cluster *cluster)
{
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        struct node *node = &cluster->nodes[n];
        bool is_waiting =
            node->proxy.wake_ns != NS_NEVER && node->proxy.wake_ns != node->proxy.forced_ns;
        if (node->proxy.state != PROXY_IDLE)
            continue;
        skip_unwatched(cluster, &node->proxy);
        if (!is_waiting)
            sleep_until_due(cluster, node);
        else if (node->proxy.token_ns < node->proxy.wake_ns)
            try_earlier(cluster, node);
    }
}

static void remember(struct cluster *cluster, struct kube_proxy *proxy, uint64_t position,
                     sim_ns delivered_ns)
{
    ARENA_GROW(cluster->arena, proxy->in_sync, &proxy->in_sync_capacity, proxy->in_sync_count + 1);
    proxy->in_sync[proxy->in_sync_count++] =
        (struct taken_version){.position = position, .delivered_ns = delivered_ns};
}

/* Takes the record at the cursor if it has been delivered by now (or is not watched); false if not. */
static bool take_next(struct cluster *cluster, struct node *node, enum proxy_resource resource)
{
    struct kube_proxy *proxy = &node->proxy;
    const struct log_record *record = api_server_record(
        &cluster->logs[model_proxy_log(cluster, resource)], proxy->taken[resource]);
    sim_ns at_ns =
        record->is_for_nodes ? delivery_ns(cluster, node, resource, proxy->taken[resource]) : 0;

    if (at_ns > cluster->kernel->now_ns)
        return false;
    if (record->is_for_nodes) {
        proxy->delivered_ns[resource] = at_ns;
        if (record->change_count > 0)
            remember(cluster, proxy, proxy->taken[resource], at_ns);
        if (resource == PROXY_SLICES)
            proxy->taken_hash = hash_combine(
                model_proxy_object_hash(cluster, resource, record->object), record->version);
    }
    proxy->taken[resource]++;
    return true;
}

static void take_delivered(struct cluster *cluster, struct node *node)
{
    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++) {
        while (node->proxy.taken[k] <
                   cluster->logs[model_proxy_log(cluster, (enum proxy_resource)k)].next &&
               take_next(cluster, node, (enum proxy_resource)k))
            continue;
    }
}

static void start_sync(struct cluster *cluster, struct node *node)
{
    struct kube_proxy *proxy = &node->proxy;
    sim_ns length_ns = model_draw_units(cluster, HOP_PROXY_SYNC, node->hash, ++proxy->sync_count,
                                        cluster->service_count);

    if (proxy->slowness > 0)
        length_ns = (sim_ns)((double)length_ns * proxy->slowness + 0.5);
    take_delivered(cluster, node);
    proxy->state = PROXY_SYNCING;
    proxy->sync_start_ns = cluster->kernel->now_ns;
    model_schedule(cluster, cluster->kernel->now_ns + length_ns, CLUSTER_PROXY_DONE, node->index,
                   0);
}

void kube_proxy_wake(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];
    struct kube_proxy *proxy = &node->proxy;
    bool is_forced = proxy->forced_ns <= cluster->kernel->now_ns;
    sim_ns allowed_ns;

    if (generation != proxy->wake_generation || proxy->state == PROXY_SYNCING)
        return;
    proxy->wake_ns = NS_NEVER;
    if (!is_forced && next_delivery_ns(cluster, node) > cluster->kernel->now_ns) {
        sleep_until_due(cluster, node);
        return;
    }
    allowed_ns = sync_runner_request(&proxy->runner, cluster->kernel->now_ns);
    if (allowed_ns > cluster->kernel->now_ns) {
        if (is_forced)
            proxy->forced_ns = allowed_ns;
        schedule_wake(cluster, node, allowed_ns);
        if (proxy->runner.is_old) {
            proxy->token_ns = rate_limiter_ready_ns(&proxy->runner.bucket, cluster->kernel->now_ns);
            proxy->peeked[PROXY_SERVICES] = proxy->peeked[PROXY_SLICES] = 0; /* all anew */
            try_earlier(cluster, node);
        }
        return;
    }
    proxy->token_ns = NS_NEVER;
    start_sync(cluster, node);
}

static void tell_applied(struct cluster *cluster, struct node *node)
{
    struct kube_proxy *proxy = &node->proxy;
    struct applied_change applied = {
        .node = node->index,
        .t_sync_start_ns = proxy->sync_start_ns,
        .t_sync_end_ns = cluster->kernel->now_ns,
    };

    for (uint32_t i = 0; i < proxy->in_sync_count; i++) {
        const struct log_record *record = api_server_record(
            &cluster->logs[model_proxy_log(cluster, PROXY_SLICES)], proxy->in_sync[i].position);
        applied.t_delivered_ns = proxy->in_sync[i].delivered_ns;
        for (uint32_t k = 0; k < record->change_count; k++) {
            load_balancer_applied(cluster, node->index, cluster->changes[record->first_change + k]);
            accounts_applied(cluster, cluster->changes[record->first_change + k], &applied);
        }
    }
    proxy->in_sync_count = 0;
}

void kube_proxy_done(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];
    struct kube_proxy *proxy = &node->proxy;

    proxy->state = PROXY_IDLE;
    proxy->forced_ns = cluster->kernel->now_ns + forced_period_ns(cluster);
    sync_runner_finished(&proxy->runner, cluster->kernel->now_ns);
    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++)
        proxy->applied[k] = proxy->taken[k];
    tell_applied(cluster, node);
    load_balancer_node_changed(cluster, index);
    for (uint32_t i = 0; i < cluster->observer_count; i++) {
        const struct cluster_observer *o = &cluster->observers[i];
        if (o->proxy_synced != NULL)
            o->proxy_synced(o->self, cluster->kernel->now_ns, index, proxy->taken_hash);
    }
    sleep_until_due(cluster, node);
}

/* An update that came during a sync counts as done with it: the real one forgets it, too. */
bool kube_proxy_is_healthy(const struct cluster *cluster, uint32_t index)
{
    const struct node *node = &cluster->nodes[index];
    const struct kube_proxy *proxy = &node->proxy;
    const sim_ns late_ns = cluster->kernel->now_ns - 2 * cluster->spec->proxy.sync_ns;

    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++) {
        const struct resource_log *log =
            &cluster->logs[model_proxy_log(cluster, (enum proxy_resource)k)];

        for (uint64_t at = proxy->applied[k]; at < log->next; at++) {
            const struct log_record *record = &log->ring[at & (log->capacity - 1)];
            sim_ns at_ns;

            if (record->stored_ns > late_ns)
                break;
            if (!record->is_for_nodes)
                continue;
            at_ns = held_up_ns(node, (enum proxy_resource)k,
                               draw_delivery_ns(cluster, node, (enum proxy_resource)k, record));
            if (at_ns > proxy->runner.last_end_ns && at_ns <= late_ns)
                return false;
        }
    }
    return true;
}

void kube_proxy_partition(struct cluster *cluster, uint32_t node, sim_ns from_ns, sim_ns until_ns)
{
    cluster->nodes[node].gap = (struct watch_gap){from_ns, until_ns};
}

void kube_proxy_watch_changed(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];

    if (node->proxy.state == PROXY_IDLE)
        sleep_until_due(cluster, node);
}
