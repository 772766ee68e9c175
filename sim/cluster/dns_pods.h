/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of pods by address: 10-244-1-5.default.pod.cluster.local.
 *
 * "insecure" (CoreDNS as it is shipped) answers with the address that the name says, whether or not a pod has it; "verified"
 * only if a pod of that namespace has it, here as the API has it now; "disabled" never. The namespace must exist: here, some
 * object is in it, or every cluster has it.
 * Source: CoreDNS plugin kubernetes (findPods).
 */
#ifndef EPSIM_CLUSTER_DNS_PODS_H
#define EPSIM_CLUSTER_DNS_PODS_H

#include "cluster/dns_name.h"
#include "cluster/model.h"

/* Whether the name (DNS_NAME_POD) has a record, of its own address. */
bool dns_pods_has(const struct cluster *cluster, const struct dns_name *name);

/* Whom packets to the address reach: a pod; one that had it; nobody, for whom an entry is made. */
uint32_t dns_pods_find(struct cluster *cluster, const char *ip);

#endif
