/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/watches.h"

#include "base/hash.h"
#include "cluster/api_log.h"
#include "cluster/control_plane.h"
#include "cluster/events.h"
#include "cluster/node/kube_proxy.h"
#include "cluster/node/kubelet.h"
#include "cluster/watch_upkeep.h"

#define BACKOFF_FIRST_NS (800 * NS_PER_MS)
#define BACKOFF_MOST_NS (30 * NS_PER_S)
/* A connection without an answer is given up: HTTP/2 pings after 30 s of silence, 15 s to answer (client-go). */
#define PING_NS (45 * NS_PER_S)

sim_ns watches_reconnect_ns(const struct cluster *cluster, uint64_t watcher_hash, uint32_t count,
                            sim_ns broken_ns, sim_ns free_ns)
{
    struct random r = random_at(
        random_key(cluster->seed, cluster->replication, RANDOM_RECONNECT, watcher_hash), count);
    sim_ns backoff_ns = BACKOFF_FIRST_NS;
    sim_ns try_ns = broken_ns;

    while (try_ns < free_ns) {
        try_ns += backoff_ns + (sim_ns)random_below(&r, (uint64_t)backoff_ns);
        backoff_ns = backoff_ns > BACKOFF_MOST_NS / 2 ? BACKOFF_MOST_NS : 2 * backoff_ns;
    }
    return try_ns;
}

/* A connection that is only cut lives until its pings fail; the death of the server ends it at once. */
static sim_ns back_ns(const struct cluster *cluster, uint64_t watcher_hash, uint32_t count,
                      sim_ns broken_ns)
{
    sim_ns now_ns = cluster->kernel->now_ns;
    bool has_died = cluster->control.outage_count > 0 && cluster->control.api_down_ns >= broken_ns;

    if (has_died)
        return watches_reconnect_ns(cluster, watcher_hash, count, cluster->control.api_down_ns,
                                    now_ns);
    if (now_ns - broken_ns <= PING_NS)
        return now_ns; /* what was sent meanwhile is sent again */
    return watches_reconnect_ns(cluster, watcher_hash, count, broken_ns + PING_NS, now_ns);
}

enum lease_id watches_lease_of(enum reader_id reader)
{
    return reader == READER_SCHEDULER ? LEASE_SCHEDULER : LEASE_CONTROLLER_MANAGER;
}

void watches_break_readers(struct cluster *cluster, enum lease_id lease)
{
    for (uint32_t i = 0; i < READER_COUNT; i++) {
        if (watches_lease_of((enum reader_id)i) == lease)
            api_log_break_reader(cluster, (enum reader_id)i);
    }
}

void watches_resume_readers(struct cluster *cluster, enum lease_id lease, sim_ns broken_ns)
{
    for (uint32_t i = 0; i < READER_COUNT; i++) {
        struct reader *reader = &cluster->readers[i];
        uint64_t hash = hash_combine(reader->key, i);
        if (watches_lease_of((enum reader_id)i) != lease || !reader->is_cut)
            continue;
        model_schedule(cluster, back_ns(cluster, hash, reader->cut_count, broken_ns),
                       CLUSTER_WATCH_RESUMED, i, reader->generation);
    }
}

void watches_break_node(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];

    if (watches_is_in_gap(&node->gap, cluster->kernel->now_ns)) {
        node->gap.until_ns = NS_NEVER; /* it had not come back from the break before */
        return;
    }
    node->gap = (struct watch_gap){cluster->kernel->now_ns, NS_NEVER};
    node->cut_count++;
}

void watches_resume_node(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];

    node->gap.until_ns = back_ns(cluster, node->hash, node->cut_count, node->gap.from_ns);
    watch_upkeep_resume(cluster, index, node->gap.until_ns);
    kubelet_watch_resumes(cluster, index);
    kube_proxy_watch_changed(cluster, index);
}

void watches_break_dns(struct cluster *cluster)
{
    if (watches_is_in_gap(&cluster->dns.gap, cluster->kernel->now_ns))
        cluster->dns.gap.until_ns = NS_NEVER;
    else
        cluster->dns.gap = (struct watch_gap){cluster->kernel->now_ns, NS_NEVER};
}

void watches_resume_dns(struct cluster *cluster)
{
    cluster->dns.gap.until_ns = back_ns(cluster, hash_string("coredns"),
                                        cluster->control.outage_count, cluster->dns.gap.from_ns);
}
