/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/program.h"

#include "base/error.h"
#include "traffic/app.h"
#include "traffic/exchange.h"

void program_grow(struct traffic *traffic, uint32_t pod)
{
    EP_REQUIRE(pod != ID_NONE);
    ARENA_GROW(traffic->arena, traffic->servers, &traffic->server_capacity, pod + 1);
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

static void set_slowness(void *self, uint32_t pod, double factor)
{
    program_server(self, pod)->slowness = factor;
}

const struct app_ops traffic_app_ops = {
    .startup_ns = startup_ns,
    .on_listen = on_listen,
    .on_sigterm = on_sigterm,
    .on_kill = on_kill,
    .probe = probe,
    .on_hang = on_hang,
    .set_slowness = set_slowness,
};
