/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cluster DNS, and hosts outside. It reads services and slices by watches of its own: its answers are as old as those.
 * Source: CoreDNS plugin kubernetes: a ClusterIP from the Service alone, a headless name from the ready addresses, NXDOMAIN
 * where there are none, ExternalName as a CNAME. CoreDNS plugin cache: hosts outside are kept for their TTL, at most 30 s and
 * at least 5 s; names of the cluster are not, as kubeadm sets it up, unless cluster.dns.cacheClusterZone says so.
 */
#ifndef EPSIM_CLUSTER_DNS_H
#define EPSIM_CLUSTER_DNS_H

#include "cluster/model.h"

/* TTL of the cluster's own records. */
sim_ns dns_ttl_ns(const struct cluster *cluster);

/* Everything stored so far is known. */
void dns_init(struct cluster *cluster);

/* Where its cursor is now in the log of services or slices. */
uint64_t dns_position(struct cluster *cluster, enum resource resource);

/* cluster_resolve and cluster_is_cached_on_node. */
struct dns_answer dns_resolve(struct cluster *cluster, const struct dns_question *question);
bool dns_is_cached_on_node(struct cluster *cluster, const struct dns_question *question);

/* Where an answer can come from, the nearest first. */
enum dns_place {
    DNS_AT_CLIENT, /* the program that asks: what it has kept, see traffic/resolver.h */
    DNS_AT_NODE,   /* NodeLocal DNSCache */
    DNS_AT_SERVER_CACHE,
    DNS_AT_SERVER, /* the server's own view of services and slices */
    DNS_AT_API,    /* as fresh as can be: no server is */
};

/* What that place answers now, nothing kept because of it; false: it has no answer. Not for DNS_AT_CLIENT. */
bool dns_ask_at(struct cluster *cluster, const struct dns_question *question, enum dns_place place,
                struct dns_answer *answer);

/* The service that a name of the cluster's domain means, and the label of a single pod before it (NULL: none); ID_NONE: the
 * name is not one of those. */
uint32_t dns_find_service(struct cluster *cluster, const char *host, const char **label);

/* The host of that name; made up with one address that answers if the scenario has none. */
uint32_t dns_obtain_host(struct cluster *cluster, const char *name);

/* Whether the world outside knows the name: a host of the scenario; any other with a dot, unless its last part is the name
 * of a namespace or a service, as in a service's short names, "pod" or "svc". */
bool dns_is_host(const struct cluster *cluster, const char *name);

/* The host moves: other addresses from now on. */
void dns_set_host(struct cluster *cluster, const struct external_host_spec *spec);

/* The table entry of an address outside; made if there is none. */
uint32_t dns_obtain_address(struct cluster *cluster, const char *ip, sim_ns latency_ns);

#endif
