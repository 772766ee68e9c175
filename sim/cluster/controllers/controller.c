/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/controller.h"

#include "base/error.h"
#include "base/hash.h"
#include "cluster/api_server.h"
#include "cluster/controllers/deployment_controller.h"
#include "cluster/controllers/endpoint_slice_controller.h"
#include "cluster/controllers/endpoints_controller.h"
#include "cluster/controllers/mirroring_controller.h"
#include "cluster/controllers/replica_set_controller.h"
#include "cluster/events.h"

/* As --controllers has them. */
static const char *const flag_names[CONTROLLER_COUNT] = {
    [CONTROLLER_ENDPOINT_SLICE] = "endpointslice",
    [CONTROLLER_REPLICA_SET] = "replicaset",
    [CONTROLLER_DEPLOYMENT] = "deployment",
    [CONTROLLER_ENDPOINTS] = "endpoint",
    [CONTROLLER_MIRRORING] = "endpointslicemirroring",
};

#define MAX_RETRIES 15u
#define DEFAULT_WORKERS 5u

static const struct controller_ops *const all_ops[CONTROLLER_COUNT] = {
    [CONTROLLER_ENDPOINT_SLICE] = &endpoint_slice_controller_ops,
    [CONTROLLER_REPLICA_SET] = &replica_set_controller_ops,
    [CONTROLLER_DEPLOYMENT] = &deployment_controller_ops,
    [CONTROLLER_ENDPOINTS] = &endpoints_controller_ops,
    [CONTROLLER_MIRRORING] = &mirroring_controller_ops,
};

void controller_init(struct cluster *cluster)
{
    const struct controller_manager_spec *spec = &cluster->spec->controller_manager;
    uint32_t worker_counts[CONTROLLER_COUNT] = {
        [CONTROLLER_ENDPOINT_SLICE] = spec->endpointslice_workers,
        [CONTROLLER_REPLICA_SET] = spec->replicaset_workers,
        [CONTROLLER_DEPLOYMENT] = spec->deployment_workers,
        [CONTROLLER_ENDPOINTS] =
            spec->endpoint_workers == 0 ? DEFAULT_WORKERS : spec->endpoint_workers,
        [CONTROLLER_MIRRORING] =
            spec->mirroring_workers == 0 ? DEFAULT_WORKERS : spec->mirroring_workers,
    };

    for (uint32_t i = 0; i < CONTROLLER_COUNT; i++) {
        struct controller *ctl = &cluster->controllers[i];
        workqueue_init(&ctl->queue, cluster->arena, all_ops[i]->backoff_base_ns,
                       all_ops[i]->backoff_max_ns);
        rate_limiter_init(&ctl->limiter, spec->api_qps, spec->api_burst);
        ctl->hash = hash_string(all_ops[i]->name);
        ctl->is_enabled = spec_has_controller(spec, flag_names[i]);
        ctl->worker_count = worker_counts[i];
        ctl->workers = ARENA_NEW_ARRAY(cluster->arena, ctl->worker_count, struct worker);
        for (uint32_t w = 0; w < ctl->worker_count; w++)
            ctl->workers[w].key = ID_NONE;
    }
}

static uint32_t incarnation(const struct cluster *cluster)
{
    return cluster->control.leases[LEASE_CONTROLLER_MANAGER].incarnation;
}

static void schedule_step(struct cluster *cluster, uint32_t id, uint32_t worker, sim_ns at_ns)
{
    model_schedule(cluster, at_ns, CLUSTER_SYNC_STEP, id,
                   (uint64_t)incarnation(cluster) << 32 | worker);
}

static void start_sync(struct cluster *cluster, enum controller_id id, uint32_t worker,
                       uint32_t key)
{
    struct controller *ctl = &cluster->controllers[id];
    struct worker *w = &ctl->workers[worker];
    uint64_t units = 0;
    uint64_t name_hash = hash_combine(ctl->hash, all_ops[id]->key_hash(cluster, key));
    sim_ns compute_ns;

    w->key = key;
    w->write_count = 0;
    w->next_write = 0;
    w->in_flight = 0;
    w->sync_ns = cluster->kernel->now_ns;
    w->sync_step = ++cluster->step;
    w->fails_at_end = false;
    w->has_dropped = false;
    w->has_failed = !all_ops[id]->sync(cluster, w, &units);
    compute_ns = model_draw_units(cluster, HOP_CONTROLLER_SYNC, name_hash,
                                  workqueue_attempts(&ctl->queue, key), units);
    if (EP_UNLIKELY(cluster->control.sync_factor != 1.0))
        compute_ns = (sim_ns)((double)compute_ns * cluster->control.sync_factor);
    schedule_step(cluster, (uint32_t)id, worker, cluster->kernel->now_ns + compute_ns);
}

static void pump(struct cluster *cluster, enum controller_id id)
{
    struct controller *ctl = &cluster->controllers[id];

    for (uint32_t w = 0; w < ctl->worker_count && !ctl->is_stopped; w++) {
        uint32_t key;
        if (ctl->workers[w].key != ID_NONE)
            continue;
        key = workqueue_get(&ctl->queue);
        if (key == ID_NONE)
            return;
        start_sync(cluster, id, w, key);
    }
}

void controller_enqueue(struct cluster *cluster, enum controller_id id, uint32_t key)
{
    if (!cluster->controllers[id].is_enabled)
        return;
    workqueue_add(&cluster->controllers[id].queue, key);
    pump(cluster, id);
}

void controller_enqueue_after(struct cluster *cluster, enum controller_id id, uint32_t key,
                              sim_ns delay_ns)
{
    sim_ns due_ns = cluster->kernel->now_ns + delay_ns;

    if (!cluster->controllers[id].is_enabled)
        return;
    if (delay_ns <= 0)
        controller_enqueue(cluster, id, key);
    else if (workqueue_add_at(&cluster->controllers[id].queue, key, due_ns))
        model_schedule(cluster, due_ns, CLUSTER_QUEUE_ADD, (uint32_t)id, key);
}

void controller_queue_due(struct cluster *cluster, uint32_t id, uint32_t key)
{
    workqueue_due(&cluster->controllers[id].queue, key, cluster->kernel->now_ns);
    pump(cluster, (enum controller_id)id);
}

struct write *controller_plan(struct cluster *cluster, enum controller_id id, struct worker *worker,
                              enum write_op op, uint32_t object)
{
    uint32_t index;
    struct write *w = api_server_new_write(cluster, op, object, &index);

    w->controller = (uint32_t)id;
    w->worker = (uint32_t)(worker - cluster->controllers[id].workers);
    w->incarnation = incarnation(cluster);
    w->sync_ns = worker->sync_ns;
    w->sync_step = worker->sync_step;
    model_append(cluster->arena, &worker->writes, &worker->write_count, &worker->write_capacity,
                 index);
    return w;
}

static void finish(struct cluster *cluster, enum controller_id id, struct worker *w)
{
    struct controller *ctl = &cluster->controllers[id];
    uint32_t key = w->key;

    for (; w->next_write < w->write_count; w->next_write++) { /* what an error left unsent */
        uint32_t index = w->writes[w->next_write];
        if (all_ops[id]->refused != NULL)
            all_ops[id]->refused(cluster, SLAB_AT(&cluster->writes, index, struct write));
        api_server_drop_write(cluster, index);
    }
    if (!w->has_failed) {
        workqueue_forget(&ctl->queue, key);
        if (all_ops[id]->succeeded != NULL)
            all_ops[id]->succeeded(cluster, w);
    } else if (workqueue_failures(&ctl->queue, key) < MAX_RETRIES) {
        controller_enqueue_after(cluster, id, key,
                                 workqueue_backoff_ns(&ctl->queue, key, cluster->kernel->now_ns));
    } else {
        workqueue_forget(&ctl->queue, key);
    }
    w->key = ID_NONE;
    workqueue_done(&ctl->queue, key);
    pump(cluster, id);
}

/* An error ends its segment of the plan, not the others. */
static void skip_dropped(struct cluster *cluster, uint32_t id, struct worker *w)
{
    while (w->has_dropped && w->next_write < w->write_count) {
        uint32_t index = w->writes[w->next_write];
        if (SLAB_AT(&cluster->writes, index, struct write)->segment != w->dropped_segment)
            return;
        w->next_write++;
        if (all_ops[id]->refused != NULL)
            all_ops[id]->refused(cluster, SLAB_AT(&cluster->writes, index, struct write));
        api_server_drop_write(cluster, index);
    }
}

void controller_step(struct cluster *cluster, uint32_t id, uint64_t which)
{
    struct controller *ctl = &cluster->controllers[id];
    struct worker *w = &ctl->workers[(uint32_t)which];
    uint8_t group;

    if (which >> 32 != incarnation(cluster))
        return;                             /* of a process that has ended */
    if (!w->has_dropped && w->has_failed) { /* nothing was written: the attempt never began */
        finish(cluster, (enum controller_id)id, w);
        return;
    }
    skip_dropped(cluster, id, w);
    if (w->next_write == w->write_count) {
        w->has_failed |= w->fails_at_end;
        finish(cluster, (enum controller_id)id, w);
        return;
    }
    group = SLAB_AT(&cluster->writes, w->writes[w->next_write], struct write)->group;
    while (w->next_write < w->write_count) {
        uint32_t index = w->writes[w->next_write];
        if (SLAB_AT(&cluster->writes, index, struct write)->group != group)
            break;
        w->next_write++;
        w->in_flight++;
        api_server_submit(cluster, index, ctl->hash,
                          rate_limiter_reserve(&ctl->limiter, cluster->kernel->now_ns));
    }
}

void controller_write_done(struct cluster *cluster, const struct write *write, bool is_stored)
{
    struct worker *w = &cluster->controllers[write->controller].workers[write->worker];

    if (!is_stored) {
        w->has_failed = true;
        w->has_dropped = true;
        w->dropped_segment = write->segment;
    }
    if (!is_stored && all_ops[write->controller]->refused != NULL)
        all_ops[write->controller]->refused(cluster, write);
    if (is_stored && all_ops[write->controller]->written != NULL)
        all_ops[write->controller]->written(cluster, write);
    if (--w->in_flight ==
        0) /* an informer without delay shows the write before the worker goes on */
        schedule_step(cluster, write->controller, write->worker, cluster->kernel->now_ns);
}

static void stop_worker(struct cluster *cluster, struct worker *w)
{
    for (; w->key != ID_NONE && w->next_write < w->write_count; w->next_write++)
        api_server_drop_write(cluster, w->writes[w->next_write]);
    w->key = ID_NONE;
    w->write_count = 0;
    w->next_write = 0;
    w->in_flight = 0;
}

void controller_stop_all(struct cluster *cluster)
{
    const struct controller_manager_spec *spec = &cluster->spec->controller_manager;

    for (uint32_t i = 0; i < CONTROLLER_COUNT; i++) {
        struct controller *ctl = &cluster->controllers[i];
        ctl->is_stopped = true;
        for (uint32_t w = 0; w < ctl->worker_count; w++)
            stop_worker(cluster, &ctl->workers[w]);
        workqueue_reset(&ctl->queue);
        rate_limiter_init(&ctl->limiter, spec->api_qps, spec->api_burst);
    }
}

/* What a new process finds in its lists: every object is an addition. */
static void add_all(struct cluster *cluster)
{
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        workqueue_add(&cluster->controllers[CONTROLLER_ENDPOINT_SLICE].queue, i);
        workqueue_add(&cluster->controllers[CONTROLLER_ENDPOINTS].queue, i);
        if (cluster->services[i].endpoints != ID_NONE)
            workqueue_add(&cluster->controllers[CONTROLLER_MIRRORING].queue, i);
    }
    for (uint32_t i = 0; i < cluster->replica_set_count; i++)
        workqueue_add(&cluster->controllers[CONTROLLER_REPLICA_SET].queue, i);
    for (uint32_t i = 0; i < cluster->deployment_count; i++)
        workqueue_add(&cluster->controllers[CONTROLLER_DEPLOYMENT].queue, i);
}

void controller_start_all(struct cluster *cluster)
{
    for (uint32_t i = 0; i < CONTROLLER_COUNT; i++) {
        if (all_ops[i]->restarted != NULL)
            all_ops[i]->restarted(cluster);
    }
    add_all(cluster);
    for (uint32_t i = 0; i < CONTROLLER_COUNT; i++) {
        cluster->controllers[i].is_stopped = false;
        pump(cluster, (enum controller_id)i);
    }
}

void controller_settle(struct cluster *cluster, enum controller_id id, uint32_t key)
{
    struct worker *w = &cluster->controllers[id].workers[0];
    uint64_t units = 0;

    if (!cluster->controllers[id].is_enabled)
        return;
    w->key = key;
    w->write_count = 0;
    if (!all_ops[id]->sync(cluster, w, &units))
        w->write_count = 0;
    for (uint32_t i = 0; i < w->write_count; i++) {
        SLAB_AT(&cluster->writes, w->writes[i], struct write)->controller = ID_NONE;
        api_server_store(cluster, w->writes[i]);
    }
    w->key = ID_NONE;
}
