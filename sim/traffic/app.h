/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which program runs in a pod: the first entry of `apps` that matches it, and the ports that it
 * listens on.
 */
#ifndef EPSIM_TRAFFIC_APP_H
#define EPSIM_TRAFFIC_APP_H

#include "cluster/dataplane.h"
#include "engine/random.h"
#include "traffic/server.h"
#include "traffic/spec.h"

/* The first app whose match fits the pod: all that it names must fit, the image being that of any
 * container. */
const struct app_spec *app_find(struct arena *arena, const struct traffic_spec *spec,
                                const struct cluster *cluster, uint32_t pod);

/* Sets the server's ports: the app's, else the TCP ports that the pod's containers declare, else
 * any. */
void app_set_ports(struct arena *arena, struct server *server, const struct app_spec *app,
                   const struct pod_spec *pod);

/* The number that a probe's port stands for in this pod, 0 if its name is none of the pod's. */
uint16_t app_probe_port(const struct port_ref *port, const struct pod_spec *pod);

/* Whether a request that arrives at at_ns is answered 5xx: it is the process's request number `number`, and `random`
 * is its luck. */
bool app_fails(const struct app_spec *app, uint32_t number, sim_ns at_ns, struct random *random);

/* Whether the app answers 5xx ever. */
bool app_has_errors(const struct app_spec *app);

/* Whether `text` fits `pattern`, in which * is any characters and ? any one. */
bool app_glob_matches(const char *pattern, const char *text);

#endif
