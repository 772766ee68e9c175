/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One sync of the slices of a service and address family while it is being planned. Private to slice_packing and
 * slice_hints.
 */
#ifndef EPSIM_CLUSTER_CONTROLLERS_SLICE_PLAN_H
#define EPSIM_CLUSTER_CONTROLLERS_SLICE_PLAN_H

#include "cluster/controllers/controller.h"
#include "engine/random.h"

enum draft_fate {
    FATE_UNCHANGED,
    FATE_UPDATE,
    FATE_CREATE,
    FATE_DELETE,
    FATE_GONE /* its object has another draft's content now */
};

/* A slice while it is being planned. */
struct slice_draft {
    uint32_t slice; /* ID_NONE: to be created */
    const struct slice_content *before;
    struct slice_endpoint *endpoints; /* room for the largest slice */
    uint32_t count;
    const struct port_map *ports;
    bool is_owned;    /* by the Service as it is now */
    bool is_recycled; /* new content under an old name: no version is expected */
    enum draft_fate fate;
};

struct slice_plan {
    struct cluster *cluster;
    uint32_t service;
    enum ip_family family;
    uint32_t max_per_slice;
    struct slice_endpoint *desired;
    const struct port_map **desired_ports;
    uint64_t *identities;
    uint32_t desired_count;
    uint32_t *table; /* by identity: index in desired + 1; 0: none */
    uint32_t table_mask;
    bool *is_placed;
    const struct port_map **groups; /* one a key, the first met */
    uint32_t group_count;
    struct slice_draft *drafts;
    uint32_t draft_count;
    uint32_t room;      /* in each of the arrays */
    bool has_lost_pods; /* left out because their Nodes are unknown */
    struct random luck; /* Go's map order */
};

#endif
