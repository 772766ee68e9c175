/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers of DNS that somebody keeps: the cluster's DNS server, a node's own cache, a client.
 * Source: CoreDNS plugin/cache (a kept answer's TTL counts down).
 */
#ifndef EPSIM_CLUSTER_DNS_CACHE_H
#define EPSIM_CLUSTER_DNS_CACHE_H

#include "cluster/dataplane.h"

/* One answer; all zero: none. */
struct dns_entry {
    struct dns_entry *next;
    uint64_t key;
    sim_ns expires_ns;
    struct dns_answer answer;
    struct endpoint_table table; /* the answer's own copy */
    struct endpoint *endpoints;
    uint32_t capacity;
};

#define DNS_CACHE_BUCKETS 64u

struct dns_cache {
    struct dns_entry *buckets[DNS_CACHE_BUCKETS];
};

/* Keeps a copy of the answer until `expires_ns`, exclusive. Memory is the arena's. */
void dns_cache_keep(struct arena *arena, struct dns_entry *entry, const struct dns_answer *answer,
                    sim_ns expires_ns);

/* Whether it still holds; fills in the answer with what is left of its TTL. */
bool dns_cache_get(const struct dns_entry *entry, sim_ns now_ns, struct dns_answer *answer);

/* The entry of a question's key (of names, not of indices), made if there is none. */
struct dns_entry *dns_cache_entry(struct arena *arena, struct dns_cache *cache, uint64_t key);

#endif
