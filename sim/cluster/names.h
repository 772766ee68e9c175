/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names, addresses and UIDs that epsim makes up: hashes of owner and ordinal, never of the seed, so that runs can be
 * compared pod by pod. Alphabet of suffixes: apimachinery rand.SafeEncodeString.
 */
#ifndef EPSIM_CLUSTER_NAMES_H
#define EPSIM_CLUSTER_NAMES_H

#include "cluster/model.h"

/* `length` safe characters that tell `hash`. */
const char *names_suffix(struct arena *arena, uint64_t hash, uint32_t length);

/* "kubia-7d4b9c5f8d" for a Deployment's template. */
const char *names_replica_set(struct arena *arena, const char *deployment, uint64_t template_key);

/* A new pod "OWNER-xxxxx" in `ns`, not stored yet; `ordinal` tells the owner's pods apart. */
uint32_t names_new_pod(struct cluster *cluster, const char *ns, const char *owner, uint32_t ordinal,
                       const struct pod_spec *spec);

/* A new pod of that very name. */
uint32_t names_new_named_pod(struct cluster *cluster, const char *ns, const char *name,
                             const struct pod_spec *spec);

/* A new slice "SERVICE-xxxxx", not stored yet. */
uint32_t names_new_slice(struct cluster *cluster, uint32_t service, bool is_ipv6);

/* The pod's addresses are these from now on; the strings stay the caller's. count > 0. */
void names_set_ips(struct cluster *cluster, uint32_t pod, const char *const *ips, uint32_t count);

/* Gives the pod an address of its node's range 10.244.<node>.0/24 (wider ranges where a node has run out). */
void names_assign_ip(struct cluster *cluster, uint32_t pod);

/* "name" in namespace default, else "ns/name". */
const char *names_display(struct arena *arena, const char *ns, const char *name);

/* Hash of kind, namespace and name. */
uint64_t names_hash(const char *kind, const char *ns, const char *name);

#endif
