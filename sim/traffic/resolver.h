/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A client's look-ups of its target's name: how many names its resolver tries, and answers that it keeps.
 *
 * The resolver appends the search path's domains to a name with fewer than five dots, one after the other (ndots:5): each
 * try asks for A and AAAA at once and takes one dns.query. Without a cache anywhere near, a look-up needs no event of its
 * own; its time is drawn with the request.
 * Source: resolv.conf(5); kubernetes/website dns-pod-service.md; the JDK's networkaddress.cache.ttl for kept answers.
 */
#ifndef EPSIM_TRAFFIC_RESOLVER_H
#define EPSIM_TRAFFIC_RESOLVER_H

#include "cluster/dataplane.h"
#include "engine/kernel.h"

struct client;
struct request;
struct traffic;

/* Whether the client's look-ups need the event below, since a cache may answer at once. */
bool resolver_has_cache(const struct traffic *traffic, const struct client *client);

/* What the query for the right name takes that has that number under `key`: 0 for an address. */
sim_ns resolver_query_ns(const struct traffic *traffic, const struct client *client, uint64_t key,
                         uint64_t number);

/* What the names that are tried before the right one take, for the request of that number: 0 for most. */
sim_ns resolver_extra_ns(const struct traffic *traffic, const struct client *client,
                         uint64_t number);

/* And what is tried after it, if there is no such name. */
sim_ns resolver_failure_ns(const struct traffic *traffic, const struct client *client,
                           uint64_t number);

/* The answer that the request gets now: a kept one, or DNS's, which is kept if the client keeps any. */
const struct dns_answer *resolver_answer(struct traffic *traffic, struct client *client,
                                         const struct request *request);

/* What the client's program on that node (its first address there) has kept and may still use; false: nothing. */
bool resolver_kept(const struct traffic *traffic, const struct client *client, uint32_t node,
                   struct dns_answer *answer);

/* Event: a request starts whose name may be in a cache: it picks at once, or after its queries. */
void resolver_start(struct traffic *traffic, const struct event *ev);

#endif
