/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Endpoints objects: by name, made by the Endpoints controller or written by hand. They carry no traffic themselves (proxies
 * read slices): hand-written ones are mirrored.
 */
#ifndef EPSIM_CLUSTER_ENDPOINTS_STORE_H
#define EPSIM_CLUSTER_ENDPOINTS_STORE_H

#include "cluster/model.h"

/* The object of that name, made if there is none (it does not exist in the API until it is stored). */
uint32_t endpoints_store_obtain(struct cluster *cluster, const char *ns, const char *name);

struct endpoints_content *endpoints_store_new_content(struct cluster *cluster, uint32_t count);
struct endpoints_content *endpoints_store_hold(struct endpoints_content *content);
void endpoints_store_release(struct cluster *cluster, struct endpoints_content *content);

/* Whether two versions list the same; with_version: of the same versions of the pods. */
bool endpoints_store_same_subsets(const struct endpoints_content *a,
                                  const struct endpoints_content *b, bool with_version);

/* Whether they say the same, labels and annotations too; either may be NULL. */
bool endpoints_store_equal(const struct endpoints_content *a, const struct endpoints_content *b);

/* The attempt that writes: its start, by the clock and by cluster->step (UINT64_MAX: by hand), and when the write left. */
struct endpoints_stamp {
    sim_ns sync_ns;
    uint64_t sync_step;
    sim_ns write_ns;
};

/* Stores a version now; `content` NULL deletes. */
void endpoints_store_put(struct cluster *cluster, uint32_t endpoints,
                         struct endpoints_content *content, const struct endpoints_stamp *stamp);

/* The pod that a targetRef or the address names, else the address as an entry of its own. */
uint32_t endpoints_store_address(struct cluster *cluster, const char *ns,
                                 const struct address_spec *address);

/* A person writes (spec) or deletes (NULL) an object. */
void endpoints_store_apply(struct cluster *cluster, uint32_t endpoints,
                           const struct endpoints_spec *spec, enum cause cause);

#endif
