/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work queue: keys waiting to be synced, each at most once; a key that is being processed and is added again waits until it
 * is done; failed keys come back later.
 * Source: client-go util/workqueue: queue.go (dirty and processing sets), delaying_queue.go (the earlier due time wins),
 * default_rate_limiters.go (the later of the item's exponential back-off and one bucket of 10 per second, burst 100).
 */
#ifndef EPSIM_CLUSTER_WORKQUEUE_H
#define EPSIM_CLUSTER_WORKQUEUE_H

#include "base/arena.h"
#include "cluster/rate_limiter.h"

struct workqueue_key {
    sim_ns due_ns; /* of the delayed add that waits, NS_NEVER if none */
    uint32_t failure_count;
    uint32_t take_count; /* attempts so far */
    bool is_dirty;
    bool is_processing;
};

struct workqueue {
    struct arena *arena;
    struct workqueue_key *keys;
    uint32_t *ring; /* keys ready to be taken, in order */
    struct rate_limiter bucket;
    sim_ns backoff_base_ns;
    sim_ns backoff_max_ns;
    uint32_t key_capacity;
    uint32_t ring_capacity; /* a power of two */
    uint32_t head;
    uint32_t tail;
};

/* An empty queue whose failed keys wait base, 2 base, 4 base, ... at most max. base > 0. */
void workqueue_init(struct workqueue *queue, struct arena *arena, sim_ns backoff_base_ns,
                    sim_ns backoff_max_ns);

/* As after init: nothing waits, nothing has failed. Attempts go on counting: they number draws. */
void workqueue_reset(struct workqueue *queue);

/* Adds `key` unless it already waits; while it is processed it is only marked. */
void workqueue_add(struct workqueue *queue, uint32_t key);

/* Asks for an add at due_ns > now. True if the caller has to schedule a wake-up then: an earlier one may be waiting. */
bool workqueue_add_at(struct workqueue *queue, uint32_t key, sim_ns due_ns);

/* The wake-up of a delayed add: adds the key if it is this due time that still counts. */
void workqueue_due(struct workqueue *queue, uint32_t key, sim_ns now_ns);

/* Takes the next key and marks it as being processed; ID_NONE if none is ready. */
uint32_t workqueue_get(struct workqueue *queue);

/* Processing has ended; the key goes back in line if it was added meanwhile. */
void workqueue_done(struct workqueue *queue, uint32_t key);

/* The delay before the retry of a failed key; counts the failure. */
sim_ns workqueue_backoff_ns(struct workqueue *queue, uint32_t key, sim_ns now_ns);

/* Success: forgets the key's failures. */
void workqueue_forget(struct workqueue *queue, uint32_t key);

uint32_t workqueue_failures(const struct workqueue *queue, uint32_t key);
/* How often the key has been taken: the number of its attempt, from 1. */
uint32_t workqueue_attempts(const struct workqueue *queue, uint32_t key);

uint32_t workqueue_depth(const struct workqueue *queue);

#endif
