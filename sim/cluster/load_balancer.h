/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Load balancers of Services, outside the cluster. Each asks its nodes how they are and believes it after a while:
 *
 *   a node's proxy and power --a check every interval--> answers in a row --a threshold--> where new connections go
 *
 * With externalTrafficPolicy Local it asks the healthCheckNodePort: 200 if the node's proxy has a ready endpoint of the
 * Service on its node in effect and is healthy itself (endpoints that terminate do not count, though they may still
 * serve); with Cluster it asks the proxy's own healthz, which fails once an update has waited for two sync periods. A
 * machine that is off does not answer, which is known after the check's timeout.
 * Source: pkg/proxy/healthcheck/{service_health,proxy_health}.go; KEP-3836 (what a load balancer should ask).
 *
 * Only balancers that somebody uses (cluster_use_balancer of cluster/dataplane.h) are there. A run that starts converged begins with beliefs that are right.
 */
#ifndef EPSIM_CLUSTER_LOAD_BALANCER_H
#define EPSIM_CLUSTER_LOAD_BALANCER_H

#include "cluster/model.h"

/* The Service was stored anew, or deleted. */
void load_balancer_service_stored(struct cluster *cluster, uint32_t service);

/* A sync is bringing this news into effect on the node; told before load_balancer_node_changed. */
void load_balancer_applied(struct cluster *cluster, uint32_t node, uint32_t news);

/* What the node answers may have changed: a sync has ended, its power went or came. */
void load_balancer_node_changed(struct cluster *cluster, uint32_t node);

/* Events: the service's balancer begins; balancer `index` checks a node; that check has not been answered. `place` is node
 * and generation. */
void load_balancer_begin(struct cluster *cluster, uint32_t service, uint64_t generation);
void load_balancer_check(struct cluster *cluster, uint32_t index, uint64_t place);
void load_balancer_timed_out(struct cluster *cluster, uint32_t index, uint64_t place);

#endif
