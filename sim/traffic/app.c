/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/app.h"

#include "base/error.h"

#include <string.h>

#define OUTSIDE_CONCURRENCY (1u << 20)

/* On a mismatch only the last * needs another try: what the ones before it swallowed can stay as it
 * is. */
bool app_glob_matches(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *retry = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool image_fits(const char *pattern, const struct pod_spec *pod)
{
    for (uint32_t i = 0; i < pod->container_count; i++)
        if (pod->containers[i].image != NULL && app_glob_matches(pattern, pod->containers[i].image))
            return true;
    return false;
}

static bool app_fits(const struct app_spec *app, const struct cluster *cluster, uint32_t pod)
{
    if (app->match_image != NULL && !image_fits(app->match_image, cluster_pod_spec(cluster, pod)))
        return false;
    if (app->match_deployment != NULL) {
        const char *deployment = cluster_pod_deployment(cluster, pod);

        if (deployment == NULL || strcmp(deployment, app->match_deployment) != 0)
            return false;
    }
    return !app->has_match_selector ||
           labels_match(&app->match_selector, cluster_pod_labels(cluster, pod));
}

/* An address outside answers after a time of its own, however many ask. */
static const struct app_spec *app_outside(struct arena *arena, const struct cluster *cluster,
                                          uint32_t pod)
{
    struct app_spec *app = ARENA_NEW(arena, struct app_spec);

    app->startup = distribution_constant(0);
    app->service_time = distribution_constant(cluster_external_latency_ns(cluster, pod));
    app->concurrency = OUTSIDE_CONCURRENCY;
    return app;
}

const struct app_spec *app_find(struct arena *arena, const struct traffic_spec *spec,
                                const struct cluster *cluster, uint32_t pod)
{
    if (cluster_pod_state(cluster, pod) == POD_STATE_EXTERNAL)
        return app_outside(arena, cluster, pod);
    for (uint32_t i = 0; i < spec->app_count; i++)
        if (app_fits(&spec->apps[i], cluster, pod))
            return &spec->apps[i];
    error_bug(__FILE__, __LINE__, "the last app matches any pod");
}

void app_set_ports(struct arena *arena, struct server *server, const struct app_spec *app,
                   const struct pod_spec *pod)
{
    uint32_t declared_count = 0;
    uint32_t tcp_count = 0;

    for (uint32_t i = 0; i < pod->container_count; i++)
        declared_count += pod->containers[i].port_count;
    server->listens_on_any = app->listen == NULL && declared_count == 0;
    server->ports = app->listen;
    server->port_count = app->listen == NULL ? 0 : app->listen_count;
    if (app->listen == NULL && declared_count > 0) {
        uint16_t *ports = ARENA_NEW_ARRAY(arena, declared_count, uint16_t);

        for (uint32_t i = 0; i < pod->container_count; i++)
            for (uint32_t k = 0; k < pod->containers[i].port_count; k++)
                if (pod->containers[i].ports[k].protocol == PROTOCOL_TCP)
                    ports[tcp_count++] = pod->containers[i].ports[k].number;
        server->ports = ports;
        server->port_count = tcp_count;
    }
    server->first_port = server->port_count > 0 ? server->ports[0] : 0;
}

uint16_t app_probe_port(const struct port_ref *port, const struct pod_spec *pod)
{
    if (port->name == NULL)
        return port->number;
    for (uint32_t i = 0; i < pod->container_count; i++)
        for (uint32_t k = 0; k < pod->containers[i].port_count; k++) {
            const struct container_port *declared = &pod->containers[i].ports[k];

            if (declared->name != NULL && strcmp(declared->name, port->name) == 0)
                return declared->number;
        }
    return 0;
}

static double error_ratio_at(const struct app_spec *app, sim_ns at_ns)
{
    double ratio = app->error_ratio;

    for (uint32_t i = 0; i < app->error_step_count && app->error_steps[i].at_ns <= at_ns; i++)
        ratio = app->error_steps[i].ratio;
    return ratio;
}

bool app_fails(const struct app_spec *app, uint32_t number, sim_ns at_ns, struct random *random)
{
    const double ratio = error_ratio_at(app, at_ns);

    if (app->error_from > 0 && number >= app->error_from)
        return true;
    return ratio > 0 && random_unit(random) < ratio;
}

bool app_has_errors(const struct app_spec *app)
{
    return app->error_ratio > 0 || app->error_step_count > 0 || app->error_from > 0;
}
