/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes as objects of the API: what the controllers' node informer shows. A pod may name a Node that does not exist.
 */
#ifndef EPSIM_CLUSTER_NODE_OBJECTS_H
#define EPSIM_CLUSTER_NODE_OBJECTS_H

#include "cluster/model.h"

/* The entry of that name, made if there is none; it does not exist in the API until it is stored. */
uint32_t node_objects_obtain(struct cluster *cluster, const char *name);

/* Stores a version now; `spec` NULL deletes. A version that says the same is dropped. */
void node_objects_store(struct cluster *cluster, uint32_t node_object,
                        const struct node_spec *spec);

/* The controllers' informer has it. Wakes nobody: the slices of its pods are not looked at again. */
void node_objects_seen(struct cluster *cluster, const struct log_record *record);

/* The machine of that name among cluster->nodes, ID_NONE: none. */
uint32_t node_objects_machine(const struct cluster *cluster, uint32_t node_object);

/* What the informer shows: NULL if there is no such Node. ID_NONE: NULL. */
const struct node_spec *node_objects_get_seen(const struct cluster *cluster, uint32_t node_object);

/* The Node that a pod's version names, ID_NONE: it is not bound. */
uint32_t node_objects_of(const struct pod_view *view);

/* NULL for ID_NONE. */
const char *node_objects_name(const struct cluster *cluster, uint32_t node_object);

#endif
