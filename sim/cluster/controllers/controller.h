/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all controllers share: a work queue, workers, a client with QPS and burst. A sync reads its informers once, at its
 * start, and plans its writes; they leave after the compute time, group by group; the key is done when the last one is.
 * Source: kube-controller-manager; each controller has a client of its own (measured, see docs/model.md).
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_CONTROLLER_H
#define EPSIM_CLUSTER_CONTROLLERS_CONTROLLER_H

#include "cluster/model.h"

/* One controller's own part; the table is in controller.c. */
struct controller_ops {
    const char *name;
    sim_ns backoff_base_ns;
    sim_ns backoff_max_ns;
    /* Plans the sync of worker->key with controller_plan. `units`: pods looked at, for the hop controller.sync. False:
     * the attempt fails after its compute time (a stale cache). */
    bool (*sync)(struct cluster *cluster, struct worker *worker, uint64_t *units);
    /* A write of the plan was stored. May be NULL. */
    void (*written)(struct cluster *cluster, const struct write *write);
    /* A write of the plan was refused, or given up because another was. May be NULL. */
    void (*refused)(struct cluster *cluster, const struct write *write);
    /* A new process: what only memory held (trackers, trigger times, expectations) is forgotten. May be NULL. */
    void (*restarted)(struct cluster *cluster);
    /* The sync has ended well. May be NULL. */
    void (*succeeded)(struct cluster *cluster, const struct worker *worker);
    uint64_t (*key_hash)(const struct cluster *cluster, uint32_t key);
};

void controller_init(struct cluster *cluster);

/* Puts a key in line now, or `delay_ns` > 0 later, and lets an idle worker take it. */
void controller_enqueue(struct cluster *cluster, enum controller_id id, uint32_t key);
void controller_enqueue_after(struct cluster *cluster, enum controller_id id, uint32_t key,
                              sim_ns delay_ns);

/* A further write of the sync that is being planned. Groups ascend. The pointer is good until it is stored. */
struct write *controller_plan(struct cluster *cluster, enum controller_id id, struct worker *worker,
                              enum write_op op, uint32_t object);

/* At the converged start: syncs the key and stores its writes on the spot. */
void controller_settle(struct cluster *cluster, enum controller_id id, uint32_t key);

/* Events. */
void controller_queue_due(struct cluster *cluster, uint32_t id, uint32_t key);
void controller_step(struct cluster *cluster, uint32_t id, uint64_t which); /* worker and process */

/* The controller manager's process ends: queues, workers and what they had planned are gone. A new one has filled its
 * caches: every object is queued. */
void controller_stop_all(struct cluster *cluster);
void controller_start_all(struct cluster *cluster);

/* From the API server: a controller's write was stored or refused. */
void controller_write_done(struct cluster *cluster, const struct write *write, bool is_stored);

#endif
