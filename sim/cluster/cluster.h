/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cluster as others may see it: names, states, what a node's proxy has applied, and the news. Its workings are in
 * cluster/model.h, which only this layer includes.
 */
#ifndef EPSIM_CLUSTER_CLUSTER_H
#define EPSIM_CLUSTER_CLUSTER_H

#include "cluster/news.h"
#include "cluster/observer.h"
#include "cluster/spec.h"

struct cluster;

/* Names for people and files; owned by the cluster. pod: bare in namespace "default", "ns/name" elsewhere. service: "ns/name". */
const char *cluster_pod_name(const struct cluster *cluster, uint32_t pod);
const char *cluster_pod_ip(const struct cluster *cluster, uint32_t pod); /* "" before it has one */
const char *cluster_service_name(const struct cluster *cluster, uint32_t service);
const char *cluster_node_name(const struct cluster *cluster, uint32_t node);

/* Stable hashes of those names, for streams and fingerprints. */
uint64_t cluster_pod_hash(const struct cluster *cluster, uint32_t pod);
uint64_t cluster_service_hash(const struct cluster *cluster, uint32_t service);
uint64_t cluster_node_hash(const struct cluster *cluster, uint32_t node);

/* Counts so far; entities are never renumbered. Pods that are gone stay in the table. */
uint32_t cluster_pod_count(const struct cluster *cluster);
uint32_t cluster_service_count(const struct cluster *cluster);
uint32_t cluster_node_count(const struct cluster *cluster);
uint32_t cluster_news_count(const struct cluster *cluster);

enum pod_state cluster_pod_state(const struct cluster *cluster, uint32_t pod);

/* The pod's spec. */
const struct pod_spec *cluster_pod_spec(const struct cluster *cluster, uint32_t pod);

/* The timeline entries behind its creation and deletion, counted from 1 as they were carried out; 0: none is known. */
uint32_t cluster_pod_created_origin(const struct cluster *cluster, uint32_t pod);
uint32_t cluster_pod_deleted_origin(const struct cluster *cluster, uint32_t pod);

/* The node that the pod is bound to, ID_NONE if none; its image (first container); who made it ("kubia-7d4b9c" or ""). */
uint32_t cluster_pod_node(const struct cluster *cluster, uint32_t pod);
const char *cluster_pod_image(const struct cluster *cluster, uint32_t pod);
const char *cluster_pod_owner(const struct cluster *cluster, uint32_t pod);

/* The news of index `news` < cluster_news_count. Never moves. */
const struct news *cluster_news(const struct cluster *cluster, uint32_t news);

/* A time in which a node fails the checks of a load balancer. */
struct balancer_lapse {
    sim_ns since_ns;
    uint32_t
        change; /* number of the change that took the node's last ready endpoint, as it came into effect there; 0 */
    uint8_t cause; /* enum cause: of that change; CAUSE_NODE: its machine is off */
};

/* The lapse of index cluster_balancer_lapse. Good until the next one begins. */
const struct balancer_lapse *cluster_lapse(const struct cluster *cluster, uint32_t lapse);

/* Why a pod was created or deleted, for the timeline figure. */
enum cause cluster_pod_created_cause(const struct cluster *cluster, uint32_t pod);
enum cause cluster_pod_deleted_cause(const struct cluster *cluster, uint32_t pod);

/* The bookmarks sent to all proxies in [from_ns, until_ns), and their bytes in protobuf; see watch_upkeep.h. */
uint64_t cluster_bookmarks(const struct cluster *cluster, sim_ns from_ns, sim_ns until_ns,
                           uint64_t *bytes);

#endif
