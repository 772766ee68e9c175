/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kubectl apply, patch, delete, rollout, cordon and drain: writes of whole objects.
 */
#ifndef EPSIM_CLUSTER_OBJECT_COMMANDS_H
#define EPSIM_CLUSTER_OBJECT_COMMANDS_H

#include "cluster/model.h"

/* What of a workload an apply or patch touches; 0: all. The same bits as the timeline's. */
enum object_part {
    OBJECT_PART_REPLICAS = 1,
    OBJECT_PART_TEMPLATE = 2,
    OBJECT_PART_STRATEGY = 4,
    OBJECT_PART_PAUSED = 8,
};

/* Table entries, not stored yet. */
uint32_t object_commands_new_deployment(struct cluster *cluster, const struct workload_spec *spec);
uint32_t object_commands_new_replica_set(struct cluster *cluster, const struct workload_spec *spec);

/* Creates the workload, or changes the parts that are touched. */
void object_commands_apply_workload(struct cluster *cluster, const struct workload_spec *spec,
                                    uint32_t parts);

/* The Deployment goes, with its replica sets and pods (background deletion; the garbage collector's delays are left out). */
void object_commands_delete_deployment(struct cluster *cluster, uint32_t deployment);
void object_commands_delete_replica_set(struct cluster *cluster, uint32_t replica_set);

/* kubectl rollout undo: to the template of that revision, or with 0 to that of the last but one; false, and nothing
 * happens, if the history has no such revision. pause, resume. */
bool object_commands_undo(struct cluster *cluster, uint32_t deployment, uint32_t revision);
void object_commands_pause(struct cluster *cluster, uint32_t deployment, bool is_paused);

/* kubectl cordon, uncordon; drain also deletes the node's pods, each with its own
 * grace where grace_ns < 0. */
void object_commands_cordon(struct cluster *cluster, uint32_t node, bool is_cordoned);
void object_commands_drain(struct cluster *cluster, uint32_t node, sim_ns grace_ns);

#endif
