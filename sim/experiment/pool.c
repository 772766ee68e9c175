/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A thread that has finished a replication waits for its turn before it hands it over and takes the next one. So at
 * most one replication a thread is in memory, and nothing is pooled out of order; the wait costs little, since
 * replications of one scenario take about the same time.
 */
#include "experiment/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/version_lines.h"

#define SLICE_COUNT 100 /* pieces of a replication between two looks at progress */
#define JOBS_MAX 1024u
#define PATH_BYTES 1024

struct pool {
    const struct pool_task *task;
    pthread_mutex_t mutex;
    pthread_cond_t turn_changed;
    uint32_t next; /* the replication that the next free thread takes */
    uint32_t turn; /* the one that is to be handed over next */
    bool is_over;  /* stopped by the user or by an error: nothing more is handed over */
    bool is_stopped;
    sim_ns done_ns;
    uint64_t event_count;
    enum status status;
    struct error error;
};

static void show_progress(struct pool *pool, sim_ns more_ns, uint64_t more_events)
{
    const struct pool_task *task = pool->task;
    const sim_ns until_ns = task->spec->until_ns;
    const bool fits = until_ns <= NS_NEVER / (sim_ns)task->replication_count;
    struct experiment_progress now;

    pthread_mutex_lock(&pool->mutex);
    pool->done_ns += more_ns;
    pool->event_count += more_events;
    now = (struct experiment_progress){
        .done_ns = pool->done_ns,
        .total_ns = fits ? until_ns * (sim_ns)task->replication_count : NS_NEVER,
        .event_count = pool->event_count,
    };
    task->progress(task->progress_self, &now);
    pthread_mutex_unlock(&pool->mutex);
}

/* Runs a world to its end; false if the user stopped it. */
static bool run_world(struct pool *pool, struct world *world)
{
    const struct pool_task *task = pool->task;
    const sim_ns until_ns = task->spec->until_ns;
    const sim_ns slice_ns = until_ns / SLICE_COUNT + 1;
    sim_ns before_ns = 0;
    uint64_t events_before = 0;

    if (task->progress == NULL)
        return world_run(world, until_ns, task->stop);
    while (before_ns < until_ns) {
        const sim_ns to_ns = until_ns - before_ns > slice_ns ? before_ns + slice_ns : until_ns;

        if (!world_run(world, to_ns, task->stop))
            return false;
        show_progress(pool, to_ns - before_ns, world_event_count(world) - events_before);
        before_ns = to_ns;
        events_before = world_event_count(world);
    }
    return true;
}

/* Ends the run for all threads; the first reason is kept. */
static void give_up(struct pool *pool, enum status status, const struct error *error)
{
    if (!pool->is_over && status != STATUS_OK) {
        pool->status = status;
        pool->error = *error;
    }
    pool->is_over = true;
}

/* Who writes down what happens in a replication. */
struct listeners {
    struct recorder *recorder;
    struct version_lines versions;
    bool has_versions;
    struct error open_error; /* of what should have been a file */
};

static void listeners_start(struct listeners *listeners, struct arena *arena, struct world *world,
                            const char *row_folder)
{
    char path[PATH_BYTES];

    *listeners = (struct listeners){.recorder = recorder_new(arena, world, row_folder)};
    if (row_folder == NULL)
        return;
    snprintf(path, sizeof(path), "%s/endpoints.jsonl",
             row_folder); /* fits: RESULT_FOLDER_PATH_MAX */
    listeners->has_versions =
        version_lines_start(&listeners->versions, world, path, &listeners->open_error) == STATUS_OK;
}

static enum status listeners_finish(struct listeners *listeners, struct error *error)
{
    struct error other = listeners->open_error;
    const enum status status = recorder_finish(listeners->recorder, error);
    const enum status versions_status = listeners->has_versions
                                            ? version_lines_finish(&listeners->versions, &other)
                                            : listeners->open_error.status;

    if (status != STATUS_OK || versions_status == STATUS_OK)
        return status;
    *error = other;
    return versions_status;
}

/* Waits for the replication's turn and hands it over. */
static void hand_over(struct pool *pool, uint32_t replication, struct listeners *listeners,
                      bool is_complete)
{
    struct error error = {.status = STATUS_OK};
    struct recorder *recorder = listeners->recorder;
    enum status status = listeners_finish(listeners, &error);

    pthread_mutex_lock(&pool->mutex);
    while (pool->turn != replication)
        pthread_cond_wait(&pool->turn_changed, &pool->mutex);
    if (!is_complete)
        pool->is_stopped = true;
    if (!pool->is_over && status == STATUS_OK &&
        (is_complete || pool->task->replication_count == 1)) {
        const struct recorder_totals totals = recorder_get_totals(recorder);

        status = pool->task->take(pool->task->self, &totals, &error);
    }
    if (status != STATUS_OK || !is_complete)
        give_up(pool, status, &error);
    pool->turn++;
    pthread_cond_broadcast(&pool->turn_changed);
    pthread_mutex_unlock(&pool->mutex);
}

static void run_replication(struct pool *pool, struct arena *arena, uint32_t replication)
{
    const struct pool_task *task = pool->task;
    char context[256];

    snprintf(context, sizeof(context), "scenario %.100s, seed %llu, replication %u",
             task->spec->name, (unsigned long long)task->spec->seed, (unsigned)replication);
    error_set_context(context);

    struct world *world = world_new(arena, task->spec, replication);
    struct listeners listeners;

    listeners_start(&listeners, arena, world, replication == 0 ? task->row_folder : NULL);
    hand_over(pool, replication, &listeners, run_world(pool, world));
    error_set_context(NULL);
}

/* The next replication to run; false if there is none or the run is over. */
static bool take_next(struct pool *pool, uint32_t *replication)
{
    const volatile int *stop = pool->task->stop;
    bool has_next;

    pthread_mutex_lock(&pool->mutex);
    if (stop != NULL && *stop != 0 && pool->next > 0 &&
        pool->next < pool->task->replication_count) {
        pool->is_stopped =
            true; /* those that run hand over what they complete; no further one starts */
        pool->next = pool->task->replication_count;
    }
    has_next = !pool->is_over && pool->next < pool->task->replication_count;
    *replication = has_next ? pool->next++ : 0;
    pthread_mutex_unlock(&pool->mutex);
    return has_next;
}

static void *run_thread(void *argument)
{
    struct pool *pool = argument;
    struct arena arena;
    uint32_t replication;

    arena_init(&arena);
    while (take_next(pool, &replication)) {
        run_replication(pool, &arena, replication);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    return NULL;
}

static uint32_t thread_count(const struct pool_task *task)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t count = task->job_count;

    if (count == 0)
        count = processors > 0 ? (uint32_t)processors : 1;
    if (count > JOBS_MAX)
        count = JOBS_MAX;
    return count < task->replication_count ? count : task->replication_count;
}

enum status pool_run(const struct pool_task *task, bool *is_stopped, struct error *err)
{
    const uint32_t count = thread_count(task);
    pthread_t *threads = calloc(count, sizeof(threads[0]));
    struct pool pool = {.task = task, .status = STATUS_OK};
    uint32_t started = 0;

    EP_REQUIRE(threads != NULL);
    pthread_mutex_init(&pool.mutex, NULL);
    pthread_cond_init(&pool.turn_changed, NULL);
    /* this thread is one of them; where no more can be made, fewer do the same */
    while (started + 1 < count && pthread_create(&threads[started], NULL, run_thread, &pool) == 0)
        started++;
    run_thread(&pool);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_cond_destroy(&pool.turn_changed);
    pthread_mutex_destroy(&pool.mutex);
    free(threads);
    *is_stopped = pool.is_stopped;
    if (pool.status != STATUS_OK)
        return error_set(err, pool.status, "%s", pool.error.text);
    return STATUS_OK;
}
