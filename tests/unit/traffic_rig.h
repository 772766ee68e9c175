/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic on a fake cluster, with every outcome kept: for tests and the bench.
 *
 * Usage: rig_init; change what differs; rig_start; rig_run, acting on the cluster in between;
 * rig_deinit.
 */
#ifndef EPSIM_TESTS_TRAFFIC_RIG_H
#define EPSIM_TESTS_TRAFFIC_RIG_H

#include "traffic/parts.h"
#include "unit/fake_cluster.h"

struct rig {
    struct arena arena;
    struct kernel kernel;
    struct cluster cluster;
    struct container_port port;
    struct container_spec container;
    struct pod_spec pod;
    struct cluster_spec cluster_spec; /* latencies 0 */
    struct app_spec app;              /* constant 10 ms, 100 workers, queue 1000, exit */
    struct client_spec clients[4];    /* even, 1 a second, timeout 10 s */
    struct traffic_spec spec;
    struct traffic_setup setup; /* until 1000 s */
    struct traffic *traffic;
    struct request_result *results; /* in the order told */
    uint32_t result_count;
    uint32_t result_capacity;
    bool is_silent; /* results are only counted */
};

static void rig_keep_result(void *self, const struct request_result *result)
{
    struct rig *rig = self;

    if (!rig->is_silent) {
        ARENA_GROW(&rig->arena, rig->results, &rig->result_capacity, rig->result_count + 1);
        rig->results[rig->result_count] = *result;
    }
    rig->result_count++;
}

/* Clients are named client-0 ...; the spec has one of them. */
static inline void rig_init(struct rig *rig, uint32_t node_count, uint32_t pod_count)
{
    static const char *const names[] = {"client-0", "client-1", "client-2", "client-3"};

    *rig = (struct rig){0};
    arena_init(&rig->arena);
    kernel_init(&rig->kernel, &rig->arena);
    rig->port = (struct container_port){.name = "http", .number = 8080, .protocol = PROTOCOL_TCP};
    rig->container = (struct container_spec){
        .name = "main", .image = "web:v1", .ports = &rig->port, .port_count = 1};
    rig->pod = (struct pod_spec){.containers = &rig->container, .container_count = 1};
    fake_cluster_init(&rig->cluster, &rig->arena, node_count, pod_count, &rig->pod);
    rig->cluster.kernel = &rig->kernel;
    for (uint32_t i = 0; i < HOP_COUNT; i++)
        rig->cluster_spec.latency[i] = distribution_constant(0);
    rig->app = (struct app_spec){.startup = distribution_constant(NS_PER_S),
                                 .service_time = distribution_constant(10 * NS_PER_MS),
                                 .concurrency = 100,
                                 .queue = 1000};
    for (uint32_t i = 0; i < EP_COUNT_OF(rig->clients); i++)
        rig->clients[i] = (struct client_spec){.name = names[i],
                                               .target = "http://web",
                                               .service = "web",
                                               .service_ns = "default",
                                               .port = 80,
                                               .rate_per_s = 1,
                                               .arrivals = ARRIVALS_EVEN,
                                               .timeout_ns = 10 * NS_PER_S};
    rig->spec = (struct traffic_spec){
        .apps = &rig->app, .app_count = 1, .clients = rig->clients, .client_count = 1};
    rig->setup = (struct traffic_setup){.arena = &rig->arena,
                                        .kernel = &rig->kernel,
                                        .cluster = &rig->cluster,
                                        .cluster_spec = &rig->cluster_spec,
                                        .spec = &rig->spec,
                                        .seed = 1,
                                        .until_ns = 1000 * NS_PER_S};
}

static inline void rig_deinit(struct rig *rig)
{
    arena_deinit(&rig->arena);
}

/* Every pod listens, and the clients begin; they draw batch_count requests at once
 * (0: as many as usual). */
static inline void rig_start_in_batches(struct rig *rig, uint32_t batch_count)
{
    const struct traffic_observer observer = {.self = rig, .request_done = rig_keep_result};

    rig->traffic = traffic_new(&rig->setup);
    traffic_observe(rig->traffic, &observer);
    if (batch_count > 0)
        rig->traffic->batch_count = batch_count;
    for (uint32_t i = 0; i < rig->cluster.pod_count; i++)
        traffic_app_ops.on_listen(rig->traffic, i);
    traffic_start(rig->traffic);
}

static inline void rig_start(struct rig *rig)
{
    rig_start_in_batches(rig, 0);
}

/* Runs all that is due by until_ns and sets the clock there. */
static inline void rig_run(struct rig *rig, sim_ns until_ns)
{
    struct event ev;

    while (kernel_next(&rig->kernel, until_ns, &ev))
        traffic_handle(rig->traffic, &ev);
    rig->kernel.now_ns = until_ns;
}

/* The result of the client's request, NULL if there is none. */
static inline const struct request_result *rig_result(const struct rig *rig, uint32_t client,
                                                      uint64_t number)
{
    for (uint32_t i = 0; i < rig->result_count; i++)
        if (rig->results[i].client == client && rig->results[i].number == number)
            return &rig->results[i];
    return NULL;
}

/* How many results have this outcome. */
static inline uint32_t rig_count(const struct rig *rig, enum outcome outcome)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < rig->result_count; i++)
        count += rig->results[i].outcome == outcome;
    return count;
}

#endif
