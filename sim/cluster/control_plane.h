/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control plane's processes, which may be slow, cut off or dead: the API server, the controller manager (with its
 * standbys) and the scheduler, each with a lease.
 *
 * A leader renews its lease every retry period. One that cannot for the renew deadline exits, and its kubelet starts it
 * again; a candidate takes the lease once it has watched it unchanged for the lease time. Until then nothing is
 * reconciled. A new leader lists everything, knows nothing of what the one before had queued or tracked, and syncs all.
 * Watches that break are tried again with back-off and go on where they stopped: late, not lost. After the death of the
 * API server, whose watch cache is new then, they list again: one sees the newest state, not the versions between.
 * Sources: client-go leaderelection.go, tools/cache/reflector.go (800 ms doubling to 30 s, jitter 1.0), cacher.go.
 */
#ifndef EPSIM_CLUSTER_CONTROL_PLANE_H
#define EPSIM_CLUSTER_CONTROL_PLANE_H

#include "cluster/model.h"
#include "cluster/run.h"

/* Everything is up; who leads has led for long. After the readers have their cursors. */
void control_plane_init(struct cluster *cluster);

/* Whether the API server answers; whether a controller's writes reach it; whether the node's do. */
bool control_plane_is_api_up(const struct cluster *cluster);
bool control_plane_reaches_api(const struct cluster *cluster, enum lease_id lease);
bool control_plane_node_reaches_api(const struct cluster *cluster, uint32_t node);

/* Whether that process runs and leads: only then does it act. */
bool control_plane_leads(const struct cluster *cluster, enum lease_id lease);

/* The API server's time, made longer while it is slow. */
sim_ns control_plane_api_ns(const struct cluster *cluster, sim_ns span_ns);

/* Events: a leader could not renew its lease in time; a candidate takes the lease; it has listed everything. */
void control_plane_leader_exits(struct cluster *cluster, uint32_t id, uint64_t generation);
void control_plane_lease_taken(struct cluster *cluster, uint32_t id, uint64_t generation);
void control_plane_leader_listed(struct cluster *cluster, uint32_t id, uint64_t generation);

/* Event: a controller's watch is there again; a: reader, b: its generation. */
void control_plane_watch_resumed(struct cluster *cluster, uint32_t reader, uint64_t generation);

/* For verbs: a node is cut off from the API (watches and writes), or no more. */
void control_plane_cut_node(struct cluster *cluster, uint32_t index, bool is_cut);

#endif
