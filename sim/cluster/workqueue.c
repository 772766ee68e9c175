/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/workqueue.h"

#include <string.h>

#include "base/error.h"

#define RING_START 16u

void workqueue_init(struct workqueue *queue, struct arena *arena, sim_ns backoff_base_ns,
                    sim_ns backoff_max_ns)
{
    EP_REQUIRE(backoff_base_ns > 0);
    memset(queue, 0, sizeof(*queue));
    queue->arena = arena;
    queue->backoff_base_ns = backoff_base_ns;
    queue->backoff_max_ns = backoff_max_ns;
    rate_limiter_init(&queue->bucket, 10, 100);
    queue->ring_capacity = RING_START;
    queue->ring = ARENA_NEW_ARRAY(arena, RING_START, uint32_t);
}

static struct workqueue_key *key_at(struct workqueue *queue, uint32_t key)
{
    uint32_t known = queue->key_capacity;

    if (key >= known) {
        ARENA_GROW(queue->arena, queue->keys, &queue->key_capacity, key + 1);
        for (uint32_t i = known; i < queue->key_capacity; i++)
            queue->keys[i].due_ns = NS_NEVER;
    }
    return &queue->keys[key];
}

static void push(struct workqueue *queue, uint32_t key)
{
    uint32_t count = queue->tail - queue->head;

    if (count == queue->ring_capacity) {
        uint32_t *wider = ARENA_NEW_ARRAY(queue->arena, 2 * count, uint32_t);
        for (uint32_t i = 0; i < count; i++)
            wider[i] = queue->ring[(queue->head + i) & (count - 1)];
        queue->ring = wider;
        queue->ring_capacity = 2 * count;
        queue->head = 0;
        queue->tail = count;
    }
    queue->ring[queue->tail++ & (queue->ring_capacity - 1)] = key;
}

void workqueue_reset(struct workqueue *queue)
{
    for (uint32_t i = 0; i < queue->key_capacity; i++) {
        queue->keys[i].due_ns = NS_NEVER;
        queue->keys[i].failure_count = 0;
        queue->keys[i].is_dirty = false;
        queue->keys[i].is_processing = false;
    }
    queue->head = queue->tail;
    rate_limiter_init(&queue->bucket, 10, 100);
}

void workqueue_add(struct workqueue *queue, uint32_t key)
{
    struct workqueue_key *state = key_at(queue, key);

    if (state->is_dirty)
        return;
    state->is_dirty = true;
    if (!state->is_processing)
        push(queue, key);
}

bool workqueue_add_at(struct workqueue *queue, uint32_t key, sim_ns due_ns)
{
    struct workqueue_key *state = key_at(queue, key);

    if (state->due_ns <= due_ns)
        return false;
    state->due_ns = due_ns;
    return true;
}

void workqueue_due(struct workqueue *queue, uint32_t key, sim_ns now_ns)
{
    struct workqueue_key *state = key_at(queue, key);

    if (state->due_ns > now_ns)
        return;
    state->due_ns = NS_NEVER;
    workqueue_add(queue, key);
}

uint32_t workqueue_get(struct workqueue *queue)
{
    uint32_t key;

    if (queue->head == queue->tail)
        return ID_NONE;
    key = queue->ring[queue->head++ & (queue->ring_capacity - 1)];
    queue->keys[key].is_dirty = false;
    queue->keys[key].is_processing = true;
    queue->keys[key].take_count++;
    return key;
}

void workqueue_done(struct workqueue *queue, uint32_t key)
{
    struct workqueue_key *state = key_at(queue, key);

    state->is_processing = false;
    if (state->is_dirty)
        push(queue, key);
}

sim_ns workqueue_backoff_ns(struct workqueue *queue, uint32_t key, sim_ns now_ns)
{
    struct workqueue_key *state = key_at(queue, key);
    sim_ns item_ns = queue->backoff_base_ns;
    sim_ns bucket_ns = rate_limiter_reserve(&queue->bucket, now_ns) - now_ns;

    for (uint32_t i = 0; i < state->failure_count && item_ns < queue->backoff_max_ns; i++)
        item_ns *= 2;
    if (item_ns > queue->backoff_max_ns)
        item_ns = queue->backoff_max_ns;
    state->failure_count++;
    return item_ns > bucket_ns ? item_ns : bucket_ns;
}

void workqueue_forget(struct workqueue *queue, uint32_t key)
{
    key_at(queue, key)->failure_count = 0;
}

uint32_t workqueue_failures(const struct workqueue *queue, uint32_t key)
{
    return key < queue->key_capacity ? queue->keys[key].failure_count : 0;
}

uint32_t workqueue_attempts(const struct workqueue *queue, uint32_t key)
{
    return queue->keys[key].take_count;
}

uint32_t workqueue_depth(const struct workqueue *queue)
{
    return queue->tail - queue->head;
}
