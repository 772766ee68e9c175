/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cluster DNS, and hosts outside. It reads services and slices by watches of its own: its answers are as old as those.
 * Source: CoreDNS plugin kubernetes: a ClusterIP from the Service alone, a headless name from the ready addresses, NXDOMAIN
 * where there are none, ExternalName as a CNAME.
 */
#ifndef EPSIM_CLUSTER_DNS_H
#define EPSIM_CLUSTER_DNS_H

#include "cluster/model.h"

/* Everything stored so far is known. */
void dns_init(struct cluster *cluster);

/* Where its cursor is now in the log of services or slices. */
uint64_t dns_position(struct cluster *cluster, enum resource resource);

/* cluster_resolve and cluster_resolve_host. */
struct dns_answer dns_resolve(struct cluster *cluster, uint32_t service, uint16_t port);
struct dns_answer dns_resolve_host(struct cluster *cluster, uint32_t host_index, uint16_t port);

/* The host of that name; made up with one address that answers if the scenario has none. */
uint32_t dns_obtain_host(struct cluster *cluster, const char *name);

/* The host moves: other addresses from now on. */
void dns_set_host(struct cluster *cluster, const struct external_host_spec *spec);

/* The table entry of an address outside; made if there is none. */
uint32_t dns_obtain_address(struct cluster *cluster, const char *ip, sim_ns latency_ns);

#endif
