/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps the news (cluster/news.h): opens it at its cause, dates it as it passes the stages, and turns it into changes.
 */
#ifndef EPSIM_CLUSTER_ACCOUNTS_H
#define EPSIM_CLUSTER_ACCOUNTS_H

#include "cluster/model.h"

void accounts_init(struct cluster *cluster);

/* Opens news of `kind` now for each service that selects the pod as it is stored. Detect ends later. */
void accounts_open(struct cluster *cluster, uint32_t pod, enum change_kind kind, enum cause cause);

/* The kubelet has noticed what open news of that kind tells. */
void accounts_detected(struct cluster *cluster, uint32_t pod, enum change_kind kind, sim_ns at_ns);

/* What the news of that kind tells was undone before it was noticed. */
void accounts_undone(struct cluster *cluster, uint32_t pod, enum change_kind kind);

/* A version of the pod was stored now: opens the news that starts at the API (deletion, relabelling) and ends the stage
 * status of what the version tells. */
void accounts_pod_stored(struct cluster *cluster, uint32_t pod, const struct pod_view *before);

/* That version of the pod has reached the controller now and its services are enqueued. */
void accounts_pod_delivered(struct cluster *cluster, uint32_t pod, uint32_t version);

/* A Service's spec was stored now (`before` NULL: it is new): opens the news of pods that it lists or drops, or whose ports
 * change. */
void accounts_service_stored(struct cluster *cluster, uint32_t service,
                             const struct service_spec *before, enum cause cause);

/* Hand-written Endpoints of the service are about to be stored: opens the news of each address that differs. */
void accounts_endpoints_edited(struct cluster *cluster, uint32_t service,
                               const struct endpoints_content *before,
                               const struct endpoints_content *after, enum cause cause);

/* The Service, or its Endpoints, have reached the controllers now and it is enqueued. */
void accounts_service_delivered(struct cluster *cluster, uint32_t service);

/* The Service's Endpoints object was stored now by an attempt that started at sync_step (UINT64_MAX: by hand): dates the
 * news that it tells. */
void accounts_endpoints_stored(struct cluster *cluster, uint32_t service, uint64_t sync_step);

/* What a slice write says of one endpoint. */
struct account_change {
    uint32_t service;
    uint32_t pod;
    enum change_kind kind;
    bool is_effective;
    sim_ns sync_ns; /* start of the attempt */
    uint64_t sync_step;
    sim_ns write_ns; /* the write left */
};

/* A slice version with this change is stored now, at the end of the slice log: the news that explains it becomes a change. */
void accounts_change_stored(struct cluster *cluster, const struct account_change *change);

/* A sync of the service that started at step sync_step has succeeded: what it had seen and did not tell needs no telling. */
void accounts_sync_done(struct cluster *cluster, uint32_t service, uint64_t sync_step);

/* A node's proxy has it in effect. */
void accounts_applied(struct cluster *cluster, uint32_t id, const struct applied_change *applied);

/* cluster_pick_news's work. */
uint32_t accounts_pick(const struct cluster *cluster, uint32_t node, uint32_t service,
                       uint32_t pod);

#endif
