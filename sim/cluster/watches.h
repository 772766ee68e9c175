/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Watches that break: when a reader hears again after its connection to the API server was cut.
 * Source: client-go tools/cache/reflector.go: a broken watch is tried again after 800 ms, doubling to 30 s, each delay
 * made longer by a factor of up to 2 (jitter 1.0); it goes on from the last version seen. A server ends each watch after
 * 5 to 10 min; the client asks again at once.
 */
#ifndef EPSIM_CLUSTER_WATCHES_H
#define EPSIM_CLUSTER_WATCHES_H

#include "cluster/model.h"

/* Whether nothing arrives at that instant. */
static inline bool watches_is_in_gap(const struct watch_gap *gap, sim_ns at_ns)
{
    return at_ns >= gap->from_ns && at_ns < gap->until_ns;
}

/* When something that would have arrived at at_ns does. */
static inline sim_ns watches_arrival_ns(const struct watch_gap *gap, sim_ns at_ns)
{
    return watches_is_in_gap(gap, at_ns) ? gap->until_ns : at_ns;
}

/*
 * When a watcher whose watch broke at broken_ns is connected again, the way being free from free_ns on: at the first try
 * that is not before it. `watcher_hash` and `count` (of its breaks) name its draws.
 */
sim_ns watches_reconnect_ns(const struct cluster *cluster, uint64_t watcher_hash, uint32_t count,
                            sim_ns broken_ns, sim_ns free_ns);

/* The watches of the controllers under that lease; of a node's kubelet and proxy; of cluster DNS. */
void watches_break_readers(struct cluster *cluster, enum lease_id lease);
void watches_resume_readers(struct cluster *cluster, enum lease_id lease, sim_ns broken_ns);
void watches_break_node(struct cluster *cluster, uint32_t index);
void watches_resume_node(struct cluster *cluster, uint32_t index);
void watches_break_dns(struct cluster *cluster);
void watches_resume_dns(struct cluster *cluster);

/* Under which lease a reader's process runs. */
enum lease_id watches_lease_of(enum reader_id reader);

#endif
