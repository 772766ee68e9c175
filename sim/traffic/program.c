/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/program.h"

#include <string.h>

#include "base/error.h"
#include "traffic/app.h"
#include "traffic/events.h"
#include "traffic/exchange.h"

/* Room for so many servers, zeroed, that begins where a line of the processor's caches does. */
static struct server *new_servers(struct arena *arena, uint32_t count)
{
    char *memory = arena_alloc(arena, ((size_t)count + 1) * sizeof(struct server));
    const size_t over = (uintptr_t)memory % SERVER_LINE_BYTES;

    return (struct server *)(void *)(memory + (over == 0 ? 0 : SERVER_LINE_BYTES - over));
}

void program_grow(struct traffic *traffic, uint32_t pod)
{
    EP_REQUIRE(pod < ID_NONE / 2);
    if (pod >= traffic->server_capacity) {
        const uint32_t wider = 2 * pod + 8;
        struct server *servers = new_servers(traffic->arena, wider);

        if (traffic->server_count > 0)
            memcpy(servers, traffic->servers, traffic->server_count * sizeof(*servers));
        traffic->servers = servers;
        traffic->server_capacity = wider;
    }
    traffic->server_count = pod + 1;
}

/* A new process in the pod, by the app that fits it now. */
static struct server *start(struct traffic *traffic, uint32_t pod)
{
    struct server *server = program_server(traffic, pod);

    EP_REQUIRE(server->oldest_request == REQUEST_NONE);
    server->app = app_find(traffic->arena, traffic->spec, traffic->cluster, pod);
    app_set_ports(traffic->arena, server, server->app, cluster_pod_spec(traffic->cluster, pod));
    server_reset(server, server->app->concurrency, server->app->queue);
    server->start_count++;
    server->handled_count = 0;
    server->probe_count = 0;
    server->has_errors = app_has_errors(server->app);
    server->is_special = server->has_errors || server->slowness > 0;
    server->is_counting = server->app->error_from > 0;
    if (server->is_counting)
        server_crowd(server);
    server->state = SERVER_STARTING;
    server->is_hung = false;
    return server;
}

static sim_ns startup_ns(void *self, uint32_t pod)
{
    struct traffic *traffic = self;
    const struct server *server = start(traffic, pod);
    const uint64_t key = random_key(traffic->seed, traffic->replication, RANDOM_APP_STARTUP,
                                    cluster_pod_hash(traffic->cluster, pod));

    return draws_one_ns(&server->app->startup, key, server->start_count);
}

/* A world that starts converged has programs that listen without having been seen to start. */
static void on_listen(void *self, uint32_t pod)
{
    struct traffic *traffic = self;
    struct server *server = program_server(traffic, pod);

    if (!server_is_running(server))
        server = start(traffic, pod);
    server->state = SERVER_LISTENING;
}

static void stop(struct traffic *traffic, uint32_t pod)
{
    traffic->servers[pod].state = SERVER_STOPPED;
    traffic->servers[pod].is_hung = false;
    exchange_reset_all(traffic, pod);
    pool_close_idle(traffic, pod);
}

void program_end_if_drained(struct traffic *traffic, uint32_t pod)
{
    struct server *server = &traffic->servers[pod];

    if (server->state != SERVER_DRAINING || server->oldest_request != REQUEST_NONE)
        return;
    server->state = SERVER_STOPPED;
    cluster_process_exited(traffic->cluster, pod);
}

static void drain(struct traffic *traffic, uint32_t pod)
{
    traffic->servers[pod].state = SERVER_DRAINING;
    exchange_recall(traffic, pod);
    exchange_cut_kept(traffic, pod);
    pool_close_idle(traffic, pod);
    cluster_process_stopped_listening(traffic->cluster, pod);
    program_end_if_drained(traffic, pod);
}

static void on_sigterm(void *self, uint32_t pod)
{
    struct traffic *traffic = self;
    const struct server *server = program_server(traffic, pod);

    if (!server_is_running(server) || server->state == SERVER_DRAINING)
        return;
    if (server->app->on_sigterm == ON_SIGTERM_DRAIN) {
        drain(traffic, pod);
    } else if (server->app->on_sigterm == ON_SIGTERM_EXIT) {
        stop(traffic, pod);
        cluster_process_exited(traffic->cluster, pod);
    }
}

static void on_kill(void *self, uint32_t pod)
{
    struct traffic *traffic = self;

    if (server_is_running(program_server(traffic, pod)))
        stop(traffic, pod);
}

void program_count(struct traffic *traffic, uint32_t pod)
{
    struct server *server = &traffic->servers[pod];

    if (server->is_counting && ++server->handled_count == server->app->error_from)
        cluster_process_answers(traffic->cluster, pod, false);
}

void program_schedule_steps(struct traffic *traffic)
{
    for (uint32_t i = 0; i < traffic->spec->app_count; i++)
        if (traffic->spec->apps[i].error_step_count > 0)
            kernel_schedule(traffic->kernel, traffic->spec->apps[i].error_steps[0].at_ns,
                            (struct event){.kind = TRAFFIC_ERROR_STEP, .a = i});
}

void program_error_step(struct traffic *traffic, const struct event *ev)
{
    const struct app_spec *app = &traffic->spec->apps[ev->a];
    const struct error_step *step = &app->error_steps[ev->b];

    for (uint32_t pod = 0; pod < traffic->server_count; pod++) {
        const struct server *server = &traffic->servers[pod];

        if (server->app == app && server->state == SERVER_LISTENING &&
            (step->ratio <= 0 || step->ratio >= 1))
            cluster_process_answers(traffic->cluster, pod, step->ratio <= 0);
    }
    if (ev->b + 1 < app->error_step_count)
        kernel_schedule(traffic->kernel, step[1].at_ns,
                        (struct event){.kind = TRAFFIC_ERROR_STEP, .a = ev->a, .b = ev->b + 1});
}

static void on_vanish(void *self, uint32_t pod)
{
    struct traffic *traffic = self;

    if (!server_is_running(program_server(traffic, pod)))
        return;
    traffic->servers[pod].state = SERVER_STOPPED;
    traffic->servers[pod].is_hung = false;
    exchange_lose_all(traffic, pod);
    pool_lose_idle(traffic, pod);
}

static bool probe(void *self, uint32_t pod, const struct probe_spec *spec)
{
    struct traffic *traffic = self;
    const struct server *server = program_server(traffic, pod);

    if (spec->kind == PROBE_NONE)
        return true;
    if (spec->kind == PROBE_EXEC)
        return server_is_running(server);
    return server_listens(server,
                          app_probe_port(&spec->port, cluster_pod_spec(traffic->cluster, pod)));
}

static void on_hang(void *self, uint32_t pod, bool is_hung)
{
    struct traffic *traffic = self;
    struct server *server = program_server(traffic, pod);

    if (!server_is_running(server) || server->is_hung == is_hung)
        return;
    if (is_hung) {
        server->is_hung = true;
        server->hung_ns = traffic->kernel->now_ns;
        exchange_hold_all(traffic, pod);
    } else {
        exchange_go_on(traffic, pod);
        program_end_if_drained(traffic, pod);
    }
}

static void on_power(void *self, uint32_t node, bool is_off)
{
    struct traffic *traffic = self;

    (void)node; /* the cluster knows which */
    traffic->off_count += is_off ? 1u : UINT32_MAX;
}

static void set_slowness(void *self, uint32_t pod, double factor)
{
    struct server *server = program_server(self, pod);

    server->slowness = factor;
    server->is_special = true;
}

static bool probe_varies(void *self, uint32_t pod, const struct probe_spec *spec)
{
    return spec->kind == PROBE_HTTP && program_server(self, pod)->has_errors;
}

/* The kubelet asks over http as anybody does; the handler sees a request. */
static bool answer_probe(void *self, uint32_t pod, const struct probe_spec *spec)
{
    struct traffic *traffic = self;
    struct server *server = program_server(traffic, pod);

    if (!probe(self, pod, spec))
        return false;
    if (!probe_varies(self, pod, spec))
        return true;

    const uint64_t key = random_key(traffic->seed, traffic->replication, RANDOM_PROBE_ERROR,
                                    cluster_pod_hash(traffic->cluster, pod));
    const uint64_t number = ((uint64_t)server->start_count << 32) + server->probe_count++;
    struct random random = random_at(key, number);

    program_count(traffic, pod);
    return !app_fails(server->app, server->handled_count, traffic->kernel->now_ns, &random);
}

const struct app_ops traffic_app_ops = {
    .startup_ns = startup_ns,
    .on_listen = on_listen,
    .on_sigterm = on_sigterm,
    .on_kill = on_kill,
    .probe = probe,
    .on_vanish = on_vanish,
    .on_power = on_power,
    .on_hang = on_hang,
    .set_slowness = set_slowness,
    .answer_probe = answer_probe,
    .probe_varies = probe_varies,
};
