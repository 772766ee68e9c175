/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A change on n nodes costs one look and a few histogram counts a node; quantiles over its nodes are selected once,
 * when the last node has it. The stages before the nodes are the same for all nodes and counted once with weight n.
 */
#include "record/change_log.h"

#include "base/hash.h"
#include "stats/quantile.h"

void change_log_init(struct change_log *log, const struct change_log_setup *setup)
{
    *log = (struct change_log){.setup = *setup, .hash_bound = UINT64_MAX};
    log->node_count = cluster_node_count(setup->cluster);
    log->scratch_ns = ARENA_NEW_ARRAY(setup->arena, log->node_count, sim_ns);
    histogram_init(&log->stats.latency, setup->arena);
    histogram_init(&log->stats.to_endpoints, setup->arena);
    histogram_init(&log->stats.to_slices, setup->arena);
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++)
        histogram_init(&log->stats.stages[stage], setup->arena);
}

/* Takes back the memory of changes that no request can still be concerned with. */
static void recycle(struct change_log *log, sim_ns now_ns)
{
    while (log->first_everywhere != 0) {
        struct change_account *account = &log->accounts[log->first_everywhere - 1];

        if (now_ns - account->t_last_ns <= log->setup.longest_request_ns)
            return;
        ARENA_GROW(log->setup.arena, log->free_blocks, &log->free_capacity, log->free_count + 1);
        log->free_blocks[log->free_count++] = account->nodes;
        account->nodes = NULL;
        log->first_everywhere = account->next_everywhere;
    }
    log->last_everywhere = 0;
}

static struct change_times *new_block(struct change_log *log)
{
    struct change_times *block =
        log->free_count > 0
            ? log->free_blocks[--log->free_count]
            : ARENA_NEW_ARRAY(log->setup.arena, log->node_count, struct change_times);

    for (uint32_t node = 0; node < log->node_count; node++)
        block[node] = (struct change_times){NS_NEVER, NS_NEVER, NS_NEVER};
    return block;
}

/* Changes whose cause lies in the warm-up are accounted for, since requests may be lost to them, but not shown. */
static bool is_shown(const struct change_log *log, const struct news *news)
{
    return news->t_cause_ns >= log->setup.warmup_ns;
}

static void count_before_nodes(struct change_log *log, const struct change_account *account)
{
    const struct news *news = account->news;
    sim_ns stages_ns[STAGE_COUNT];

    if (!news->is_effective || !is_shown(log, news))
        return;
    change_log_stages(news, &(struct change_times){0}, stages_ns);
    for (uint32_t stage = 0; stage < STAGE_WATCH_NODE; stage++)
        histogram_add_times(&log->stats.stages[stage], stages_ns[stage], account->reached_count);
}

/* First, p50, p90, p99 and last, exact; the greater quantiles first, so that each search is in what is left. */
static void take_latencies(struct change_log *log, struct change_account *account)
{
    static const uint32_t millionths[] = {QUANTILE_P50, QUANTILE_P90, QUANTILE_P99};
    const sim_ns cause_ns = account->news->t_cause_ns;
    uint32_t count = 0;
    sim_ns first_ns = NS_NEVER;

    for (uint32_t node = 0; node < log->node_count; node++) {
        if (account->nodes[node].t_sync_end_ns == NS_NEVER)
            continue;
        log->scratch_ns[count] = account->nodes[node].t_sync_end_ns - cause_ns;
        if (log->scratch_ns[count] < first_ns)
            first_ns = log->scratch_ns[count];
        count++;
    }
    if (count == 0)
        return;
    account->latency_ns[0] = first_ns;
    account->latency_ns[4] = account->t_last_ns - cause_ns;
    for (uint32_t i = 3; i >= 1; i--) {
        const uint32_t rank = quantile_rank(account->reached_count, millionths[i - 1]);

        account->latency_ns[i] = quantile_select_ns(log->scratch_ns, count, rank);
        count = rank + 1;
    }
}

static void reach_everywhere(struct change_log *log, struct change_account *account)
{
    const uint32_t number = account->news->change;

    account->is_everywhere = true;
    if (log->setup.keeps_rows)
        take_latencies(log, account);
    count_before_nodes(log, account);
    if (log->first_everywhere == 0)
        log->first_everywhere = number;
    else
        log->accounts[log->last_everywhere - 1].next_everywhere = number;
    log->last_everywhere = number;
}

void change_log_store(struct change_log *log, const struct news *news)
{
    EP_REQUIRE(news->change == log->account_count + 1);
    recycle(log, news->t_stored_ns);
    ARENA_GROW(log->setup.arena, log->accounts, &log->account_capacity, news->change);
    log->account_count = news->change;

    struct change_account *account = &log->accounts[news->change - 1];

    *account = (struct change_account){.news = news, .t_last_ns = news->t_stored_ns};
    account->nodes = new_block(log);
    if (news->is_effective && is_shown(log, news)) {
        log->stats.effective_count++;
        histogram_add(&log->stats.to_slices, news->t_stored_ns - news->t_cause_ns);
    }
    if (news->node_count == 0)
        reach_everywhere(log, account);
}

/* By names, and by the instant at which the change was stored, since a pod has many. */
static uint64_t pair_hash(const struct change_log *log, const struct news *news, uint32_t node)
{
    const struct cluster *cluster = log->setup.cluster;
    const uint64_t names = hash_combine(cluster_service_hash(cluster, news->service),
                                        cluster_pod_hash(cluster, news->pod));

    return hash_combine(hash_combine(names, (uint64_t)news->t_stored_ns),
                        cluster_node_hash(cluster, node));
}

/* Halves the bound and drops the pairs above it. */
static void thin_pairs(struct change_log *log)
{
    uint32_t kept = 0;

    log->hash_bound /= 2;
    for (uint32_t i = 0; i < log->pair_count; i++) {
        const struct change_pair *pair = &log->pairs[i];

        if (pair_hash(log, log->accounts[pair->change - 1].news, pair->node) <= log->hash_bound)
            log->pairs[kept++] = *pair;
    }
    log->pair_count = kept;
}

static void keep_pair(struct change_log *log, const struct news *news,
                      const struct applied_change *applied)
{
    log->pair_total++;
    if (log->hash_bound != UINT64_MAX && pair_hash(log, news, applied->node) > log->hash_bound)
        return;
    ARENA_GROW(log->setup.arena, log->pairs, &log->pair_capacity, log->pair_count + 1);
    log->pairs[log->pair_count++] = (struct change_pair){
        .change = news->change,
        .node = applied->node,
        .times = {applied->t_delivered_ns, applied->t_sync_start_ns, applied->t_sync_end_ns},
    };
    while (log->setup.propagation == RECORD_PROPAGATION_AUTO &&
           log->pair_count > CHANGE_LOG_PAIRS_MAX)
        thin_pairs(log);
}

void change_log_apply(struct change_log *log, const struct news *news,
                      const struct applied_change *applied)
{
    EP_REQUIRE(news->change >= 1 && news->change <= log->account_count &&
               applied->node < log->node_count);

    struct change_account *account = &log->accounts[news->change - 1];
    struct change_times *times = &account->nodes[applied->node];

    EP_REQUIRE(times->t_sync_end_ns == NS_NEVER);
    *times = (struct change_times){applied->t_delivered_ns, applied->t_sync_start_ns,
                                   applied->t_sync_end_ns};
    account->reached_count++;
    account->t_last_ns = applied->t_sync_end_ns;
    if (is_shown(log, news)) {
        if (news->is_effective) {
            struct histogram *stages = log->stats.stages;

            histogram_add(&log->stats.latency, applied->t_sync_end_ns - news->t_cause_ns);
            histogram_add(&stages[STAGE_WATCH_NODE], applied->t_delivered_ns - news->t_stored_ns);
            histogram_add(&stages[STAGE_PROXY_WAIT],
                          applied->t_sync_start_ns - applied->t_delivered_ns);
            histogram_add(&stages[STAGE_PROXY_SYNC],
                          applied->t_sync_end_ns - applied->t_sync_start_ns);
        }
        if (log->setup.keeps_rows && log->setup.propagation != RECORD_PROPAGATION_NONE)
            keep_pair(log, news, applied);
    }
    if (account->reached_count == news->node_count)
        reach_everywhere(log, account);
}

bool change_log_find(const struct change_log *log, const struct news *news, uint32_t node,
                     struct change_times *times)
{
    EP_REQUIRE(news->change >= 1 && news->change <= log->account_count);

    const struct change_account *account = &log->accounts[news->change - 1];

    if (account->nodes == NULL) {
        *times = (struct change_times){0};
        return true;
    }
    *times = account->nodes[node];
    return times->t_sync_end_ns != NS_NEVER;
}

/* The Endpoints object may tell a change after the slice does: so this is counted at the end. */
static void count_endpoints(struct change_log *log)
{
    for (uint32_t i = 0; i < log->account_count; i++) {
        const struct news *news = log->accounts[i].news;

        if (news->is_effective && is_shown(log, news) && news->t_endpoints_ns != NS_NEVER &&
            news->t_endpoints_ns >= news->t_cause_ns)
            histogram_add(&log->stats.to_endpoints, news->t_endpoints_ns - news->t_cause_ns);
    }
}

void change_log_finish(struct change_log *log)
{
    count_endpoints(log);
    for (uint32_t i = 0; i < log->account_count; i++)
        if (!log->accounts[i].is_everywhere)
            count_before_nodes(log, &log->accounts[i]);
}

void change_log_stages(const struct news *news, const struct change_times *times,
                       sim_ns stages_ns[STAGE_COUNT])
{
    const sim_ns borders_ns[STAGE_COUNT + 1] = {
        news->t_cause_ns,       news->t_detect_ns,    news->t_status_ns, news->t_enqueue_ns,
        news->t_sync_ns,        news->t_write_ns,     news->t_stored_ns, times->t_delivered_ns,
        times->t_sync_start_ns, times->t_sync_end_ns,
    };

    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++)
        stages_ns[stage] = borders_ns[stage + 1] - borders_ns[stage];
}
