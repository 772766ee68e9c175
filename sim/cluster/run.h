/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a world does with a cluster: makes it, starts it, hands it its events and a person's commands.
 */
#ifndef EPSIM_CLUSTER_RUN_H
#define EPSIM_CLUSTER_RUN_H

#include "cluster/dataplane.h"
#include "engine/kernel.h"

struct cluster_setup {
    struct arena *arena;
    struct kernel *kernel;
    const struct cluster_spec *spec;
    uint64_t seed;
    uint64_t replication;
};

/* An empty cluster with its tables; never NULL. */
struct cluster *cluster_new(const struct cluster_setup *setup);

/* The programs in the pods; before cluster_start. */
void cluster_set_app(struct cluster *cluster, const struct app_ops *ops, void *self);

/* Adds a listener, at most 8; copies it. */
void cluster_observe(struct cluster *cluster, const struct cluster_observer *observer);

/* Kubernetes Events are kept from the start on, for snapshot_events; nothing else changes. Before cluster_begin. Their
 * names tell Unix time: epoch_s is the simulation's zero. */
void cluster_keep_events(struct cluster *cluster, int64_t epoch_s);

/* The state at t = 0: converged, or empty but for nodes. Nothing of it is an observation. */
void cluster_start(struct cluster *cluster);

/* The clock starts: proxies' timers, and on a cold start the manifests are applied. Observations begin. */
void cluster_begin(struct cluster *cluster);

/* One of the cluster's events (kind below CLUSTER_EVENT_COUNT of cluster/events.h). */
void cluster_handle(struct cluster *cluster, const struct event *ev);

/* What is stored until the next call goes back to the timeline entry that was carried out as number `origin`; 0: none. */
void cluster_set_origin(struct cluster *cluster, uint32_t origin);

/* Lookups for commands: ID_NONE if there is none. Pods that exist in the API and match, in the table's order. */
uint32_t cluster_find_deployment(const struct cluster *cluster, const char *ns, const char *name);
uint32_t cluster_find_replica_set(const struct cluster *cluster, const char *ns, const char *name);
uint32_t cluster_find_pod(const struct cluster *cluster, const char *ns, const char *name);
uint32_t cluster_find_node(const struct cluster *cluster, const char *name);

/* Whether the pod is in the API and not being deleted. */
bool cluster_pod_exists(const struct cluster *cluster, uint32_t pod);
bool cluster_pod_is_live(const struct cluster *cluster, uint32_t pod);
const char *cluster_pod_namespace(const struct cluster *cluster, uint32_t pod);

/* A person deletes a pod: `grace_ns` < 0 means its own grace. */
void cluster_delete_pod(struct cluster *cluster, uint32_t pod, sim_ns grace_ns, bool is_forced,
                        enum cause cause);

sim_ns cluster_now_ns(const struct cluster *cluster);

/* The control plane's processes, as a mask. */
enum component {
    COMPONENT_API_SERVER = 1,
    COMPONENT_CONTROLLER_MANAGER = 2,
    COMPONENT_SCHEDULER = 4
};

/* The processes die, or run again; are cut off from the API server, or no more (the API server itself: it dies). */
void cluster_fail_components(struct cluster *cluster, uint32_t components, bool is_failed);
void cluster_cut_components(struct cluster *cluster, uint32_t components, bool is_cut);

/* They take `factor` > 0 times as long as usual: the API server to store and to pass on, the controllers to sync, the
 * scheduler to bind. */
void cluster_slow_components(struct cluster *cluster, uint32_t components, double factor);

/* Whether a command to the API server would be answered. */
bool cluster_api_is_up(const struct cluster *cluster);

/* Nothing reaches the node's watches in [from, until); its writes do arrive. */
void cluster_partition_node(struct cluster *cluster, uint32_t node, sim_ns from_ns,
                            sim_ns until_ns);

/* The node's machine is off from now on, or on again: it starts its pods anew. */
void cluster_fail_node(struct cluster *cluster, uint32_t node, bool is_failed);

/* The node is cut off from the API server (watches and writes), or no more. */
void cluster_cut_node(struct cluster *cluster, uint32_t node, bool is_cut);

#endif
