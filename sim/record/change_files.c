/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/change_files.h"

#include <stdlib.h>
#include <string.h>

#define CHANGES_HEADER                                                                                \
    "change,service,pod,ip,kind,effective,cause,t_cause_s,t_status_s,t_enqueue_s,t_sync_s,t_write_s," \
    "t_stored_s,rv,nodes,lat_first_s,lat_p50_s,lat_p90_s,lat_p99_s,lat_last_s,t_detect_s\n"
#define PROPAGATION_HEADER                                                                               \
    "change,node,detect_s,status_s,watch_controller_s,queue_s,sync_s,store_s,watch_node_s,proxy_wait_s," \
    "proxy_sync_s,total_s\n"

static void put_instant(struct out *out, sim_ns at_ns)
{
    if (at_ns != NS_NEVER)
        out_seconds(out, at_ns);
    out_char(out, ',');
}

static void put_text(struct out *out, const char *text)
{
    out_csv(out, text);
    out_char(out, ',');
}

static void put_change(struct out *out, const struct cluster *cluster,
                       const struct change_account *account)
{
    const struct news *news = account->news;

    out_u64(out, news->change);
    out_char(out, ',');
    put_text(out, cluster_service_name(cluster, news->service));
    put_text(out, cluster_pod_name(cluster, news->pod));
    put_text(out, cluster_pod_ip(cluster, news->pod));
    put_text(out, news_kind_name((enum change_kind)news->kind));
    put_text(out, news->is_effective ? "true" : "false");
    put_text(out, news_cause_name((enum cause)news->cause));
    put_instant(out, news->t_cause_ns);
    put_instant(out, news->t_status_ns);
    put_instant(out, news->t_enqueue_ns);
    put_instant(out, news->t_sync_ns);
    put_instant(out, news->t_write_ns);
    put_instant(out, news->t_stored_ns);
    out_u64(out, news->resource_version);
    out_char(out, ',');
    out_u64(out, news->node_count);
    out_char(out, ',');
    for (uint32_t i = 0; i < EP_COUNT_OF(account->latency_ns); i++)
        put_instant(out, account->is_everywhere && news->node_count > 0 ? account->latency_ns[i]
                                                                        : NS_NEVER);
    if (news->t_detect_ns != NS_NEVER)
        out_seconds(out, news->t_detect_ns);
    out_char(out, '\n');
}

void change_files_put_changes(const struct change_log *log, struct out *out)
{
    out_str(out, CHANGES_HEADER);
    for (uint32_t i = 0; i < log->account_count; i++)
        if (log->accounts[i].news->t_cause_ns >= log->setup.warmup_ns)
            put_change(out, log->setup.cluster, &log->accounts[i]);
}

struct named_node {
    const char *name;
    uint32_t node;
};

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct named_node *)left)->name,
                  ((const struct named_node *)right)->name);
}

/* Nodes in the order of their names. */
static struct named_node *sorted_nodes(const struct change_log *log)
{
    struct named_node *nodes =
        ARENA_NEW_ARRAY(log->setup.arena, log->node_count, struct named_node);

    for (uint32_t node = 0; node < log->node_count; node++)
        nodes[node] = (struct named_node){cluster_node_name(log->setup.cluster, node), node};
    if (log->node_count > 1)
        qsort(nodes, log->node_count, sizeof(nodes[0]), compare_names);
    return nodes;
}

static int compare_pairs(const void *left, const void *right)
{
    const struct change_pair *a = left;
    const struct change_pair *b = right;

    if (a->change != b->change)
        return a->change < b->change ? -1 : 1;
    return (a->node > b->node) - (a->node < b->node);
}

static void put_pair(struct out *out, const struct news *news, const char *node,
                     const struct change_times *times)
{
    sim_ns stages_ns[STAGE_COUNT];

    change_log_stages(news, times, stages_ns);
    out_u64(out, news->change);
    out_char(out, ',');
    put_text(out, node);
    for (uint32_t stage = 0; stage < STAGE_COUNT; stage++)
        put_instant(out, stages_ns[stage]);
    out_seconds(out, times->t_sync_end_ns - news->t_cause_ns);
    out_char(out, '\n');
}

void change_files_put_propagation(struct change_log *log, struct out *out)
{
    struct named_node *nodes = sorted_nodes(log);
    uint32_t *ranks = ARENA_NEW_ARRAY(log->setup.arena, log->node_count, uint32_t);

    /* nodes by the rank of their name while sorting, so that the comparison needs no table */
    for (uint32_t rank = 0; rank < log->node_count; rank++)
        ranks[nodes[rank].node] = rank;
    for (uint32_t i = 0; i < log->pair_count; i++)
        log->pairs[i].node = ranks[log->pairs[i].node];
    if (log->pair_count > 1)
        qsort(log->pairs, log->pair_count, sizeof(log->pairs[0]), compare_pairs);

    out_str(out, PROPAGATION_HEADER);
    for (uint32_t i = 0; i < log->pair_count; i++) {
        struct change_pair *pair = &log->pairs[i];

        put_pair(out, log->accounts[pair->change - 1].news, nodes[pair->node].name, &pair->times);
        pair->node = nodes[pair->node].node;
    }
}
