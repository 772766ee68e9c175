/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic: clients on nodes, a connection a request, servers in pods.
 * Driven by the events of traffic/events.h through traffic_handle; tells observers each request's outcome.
 */
#ifndef EPSIM_TRAFFIC_TRAFFIC_H
#define EPSIM_TRAFFIC_TRAFFIC_H

#include "cluster/dataplane.h"
#include "engine/kernel.h"
#include "traffic/observer.h"
#include "traffic/spec.h"

struct traffic;

struct traffic_setup {
    struct arena *arena;
    struct kernel *kernel;
    struct cluster *cluster; /* may still be empty when traffic is made */
    const struct cluster_spec *cluster_spec;
    const struct traffic_spec *spec;
    uint64_t seed;
    uint64_t replication;
    sim_ns warmup_ns; /* requests that start earlier are not counted */
    sim_ns until_ns;  /* no request starts at or after it */
};

/* Nothing is scheduled yet. Never NULL. */
struct traffic *traffic_new(const struct traffic_setup *setup);

/* The vtable to hand to the cluster, with `traffic` as its self. */
extern const struct app_ops traffic_app_ops;

/* The start at t = 0: looks up services and nodes by name and schedules the first arrivals. The cluster is complete by then. */
void traffic_start(struct traffic *traffic);

void traffic_handle(struct traffic *traffic, const struct event *ev);

/* Adds a listener, at most 8; copies it. */
void traffic_observe(struct traffic *traffic, const struct traffic_observer *observer);

/* What the client of that index, from one of its nodes, has kept of its target's name and may still use; false: nothing. */
bool traffic_kept_answer(const struct traffic *traffic, uint32_t client, uint32_t node,
                         struct dns_answer *answer);

/* Counted requests that have started (t_start <= now) and have no outcome by `now_ns`. */
uint64_t traffic_in_flight_count(const struct traffic *traffic);

#endif
