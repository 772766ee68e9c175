/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What proxies make of slices: for each service the states that its slices have gone through, shared by all readers that
 * have come as far. endpoint_choice makes lists of endpoints of them.
 */
#ifndef EPSIM_CLUSTER_SERVICE_TABLE_H
#define EPSIM_CLUSTER_SERVICE_TABLE_H

#include "cluster/endpoint_choice.h"

/* A slice's content with room for `count` endpoints, reference count 0. */
struct slice_content *service_table_new_content(struct cluster *cluster, uint32_t slice,
                                                uint32_t count);

/* The content lists its first `count` endpoints only. */
void service_table_shrink(struct slice_content *content, uint32_t count);

/* How many endpoints at the start of two lists of that length say the same. */
uint32_t service_table_common(const struct slice_endpoint *a, const struct slice_endpoint *b,
                              uint32_t count);

/* Where two versions of a slice may differ: not in the first and the last so many endpoints. Contents that a controller has
 * made, where no pod stands twice; of others, nowhere are they known to be the same. */
struct slice_difference {
    uint32_t first; /* no more at the beginning are the same in both */
    uint32_t last;
};
struct slice_difference service_table_difference(const struct slice_content *before,
                                                 const struct slice_content *after);

/* Whether two versions say the same: ports and endpoints; or all, metadata too. */
bool service_table_same_data(const struct slice_content *a, const struct slice_content *b);
bool service_table_same(const struct slice_content *a, const struct slice_content *b);

/* Gives one reference back (NULL is fine); the last one frees. */
void service_table_release(struct cluster *cluster, struct slice_content *content);

/* Takes one reference more. */
struct slice_content *service_table_hold(struct slice_content *content);

/* A slice write has just been stored (slice->stored is new, `before` the old content or NULL): finds what changed, endpoint
 * by endpoint, tells the accounts, and starts a new state of the service. `write` is NULL at the converged start. */
void service_table_store(struct cluster *cluster, const struct write *write,
                         struct slice_content *before);

/* The same for Endpoints, where proxies read those: object->stored is new. The attempt's start, and when its write left. */
void service_table_store_endpoints(struct cluster *cluster, uint32_t endpoints, sim_ns sync_ns,
                                   uint64_t sync_step, sim_ns write_ns);

/* What a state says: the contents of service_table_slice_count slices, numbered from 0; some may be NULL. */
uint32_t service_table_slice_count(const struct cluster *cluster, const struct service *service,
                                   const struct service_state *state);
struct slice_content *service_table_slice(const struct cluster *cluster,
                                          const struct service *service,
                                          const struct service_state *state, uint32_t number);

/* The endpoints that a reader which has applied the slice log up to `applied` uses for the query; never NULL. */
const struct endpoint_table *service_table_get(struct cluster *cluster, uint32_t service,
                                               const struct choice_query *query, uint64_t applied);

/* Whether, for such a reader, a ready endpoint of the service is on the node. */
bool service_table_has_local(struct cluster *cluster, uint32_t service, uint32_t node,
                             uint64_t applied);

#endif
