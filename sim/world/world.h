/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A world: one cluster and its traffic on one engine, for one replication of a scenario. Owns everything; no globals, so
 * many worlds run side by side, each on its own thread.
 *
 * Life: world_new, world_observe (any number of times), world_run, then read; memory goes with the arena.
 */
#ifndef EPSIM_WORLD_WORLD_H
#define EPSIM_WORLD_WORLD_H

#include "cluster/observer.h"
#include "traffic/observer.h"
#include "world/expectation.h"

struct cluster;
struct dns_answer;
struct world;

struct world_observer {
    void *self;
    /* A timeline entry was carried out; `entry` is its index in the spec. */
    void (*timeline_done)(void *self, sim_ns at_ns, uint32_t entry);
    /* An `expect` has looked. */
    void (*expected)(void *self, sim_ns at_ns, uint32_t entry,
                     const struct expectation_result *result);
};

/* A world at t = 0, converged unless the scenario starts cold. The spec must outlive it. Never NULL. */
struct world *world_new(struct arena *arena, const struct world_spec *spec, uint64_t replication);

/* Kubernetes Events are kept, to be looked at in the cluster; nothing else changes. Before the first world_run. */
void world_keep_events(struct world *world);

/* Adds listeners (each may be NULL); called in the order added. At most 8 of each; copies the structs. Listeners added
 * before world_run miss nothing: the convergence of the start is no observation. */
void world_observe(struct world *world, const struct cluster_observer *cluster,
                   const struct traffic_observer *traffic, const struct world_observer *own);

/*
 * Runs all that is due by `until_ns` (at most the scenario's end) and sets the clock there. Looks at *stop (may be NULL)
 * every few thousand events; false if it stopped there. May be called again with a later instant.
 */
bool world_run(struct world *world, sim_ns until_ns, const volatile int *stop);

sim_ns world_now_ns(const struct world *world);
uint64_t world_event_count(const struct world *world);

/* Requests that have started, count (start >= warm-up) and have no outcome yet. */
uint64_t world_in_flight_count(const struct world *world);

const struct cluster *world_cluster(const struct world *world);

/* The same for those who ask as programs in it do (cluster/dataplane.h), and what one of its clients has kept: see
 * traffic_kept_answer. */
struct cluster *world_dataplane(struct world *world);
bool world_kept_answer(const struct world *world, uint32_t client, uint32_t node,
                       struct dns_answer *answer);

const struct world_spec *world_get_spec(const struct world *world);
uint64_t world_replication(const struct world *world);

#endif
