/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The API server: an append-only log of object versions a resource, and readers with cursors into it.
 *
 * A write leaves its client, takes the hop api.write and is stored, unless the version that it expected is no longer the
 * newest (409 Conflict). A reader gets record k at max(delivery of k - 1, stored(k) + a draw of its hop): in order within
 * a resource, unordered between resources. Records are let go of once every cursor is past them.
 */
#ifndef EPSIM_CLUSTER_API_SERVER_H
#define EPSIM_CLUSTER_API_SERVER_H

#include "cluster/model.h"

void api_server_init(struct cluster *cluster);

/* A write to be filled in and submitted; the pointer is good until it is stored. `index` tells which. */
struct write *api_server_new_write(struct cluster *cluster, enum write_op op, uint32_t object,
                                   uint32_t *index);

/* Sends it at leave_ns >= now; writer_hash names the client in the draw of its latency. */
void api_server_submit(struct cluster *cluster, uint32_t write, uint64_t writer_hash,
                       sim_ns leave_ns);

/* Gives up a write that was not submitted. */
void api_server_drop_write(struct cluster *cluster, uint32_t write);

/* Event: the write reaches the log, or is refused; its writer is told. */
void api_server_store(struct cluster *cluster, uint32_t write);

/* Event: a reader's next record arrives; b: the generation of its watch. */
void api_server_deliver(struct cluster *cluster, uint32_t reader, uint64_t generation);

/* Shows the reader a record, which is copied first. */
void api_server_show(struct cluster *cluster, enum reader_id reader,
                     const struct log_record *shown);

/*
 * Stores a new version of a pod now. `view` is the whole new version except version numbers; view->exists false removes
 * the object. Tells the readers, the pod's kubelet and the observers.
 */
void api_server_put_pod(struct cluster *cluster, uint32_t pod, const struct pod_view *view,
                        enum write_verb verb);

/* Marks the pod for graceful deletion now (as DELETE does), or removes it at once if forced. No-op if it is already. */
void api_server_delete_pod(struct cluster *cluster, uint32_t pod, sim_ns grace_ns, bool is_forced,
                           enum cause cause);

/* Store new versions now; `view`'s version numbers are filled in. */
void api_server_put_replica_set(struct cluster *cluster, uint32_t replica_set,
                                struct replica_set_view view, enum write_verb verb);
void api_server_put_deployment(struct cluster *cluster, uint32_t deployment,
                               struct deployment_view view, enum write_verb verb);
/* `spec` NULL deletes. */
void api_server_put_service(struct cluster *cluster, uint32_t service,
                            const struct service_spec *spec, enum cause cause);
/* A slice written by hand, or at the start; NULL deletes. */
void api_server_put_slice(struct cluster *cluster, uint32_t slice, struct slice_content *content);

/* The record at a position that is still kept. */
static inline struct log_record *api_server_record(struct resource_log *log, uint64_t position)
{
    return &log->ring[position & (log->capacity - 1)];
}

#endif
