/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cluster that is whatever a test says: the functions of cluster/cluster.h and
 * cluster/dataplane.h that traffic calls, over plain arrays.
 *
 * These are definitions: included by a program's one source, they win over the library's.
 */
#ifndef EPSIM_TESTS_FAKE_CLUSTER_H
#define EPSIM_TESTS_FAKE_CLUSTER_H

#include <stdio.h>
#include <string.h>

#include "cluster/dataplane.h"
#include "engine/kernel.h"

struct fake_pod {
    const struct pod_spec *spec;
    struct label_set labels;
    const char *deployment; /* NULL: none */
    char name[16];
    bool has_address;
    enum pod_state state;
    uint32_t stopped_listening_count; /* calls from traffic */
    uint32_t exited_count;
    bool answers_badly;
    sim_ns t_stopped_listening_ns;
    sim_ns t_exited_ns;
    uint32_t news; /* for every node and service; ID_NONE: none */
};

/* One service "default/web" with port 80. Nodes are node-1, node-2, ... */
struct cluster {
    const struct kernel *kernel; /* for the times above */
    struct fake_pod *pods;
    uint32_t pod_count;
    uint32_t node_count;
    char (*node_names)[16];
    bool has_service;
    bool resolves;
    sim_ns affinity_ns; /* of the service, 0: none */
    bool is_headless;   /* DNS answers with the addresses of node 0's table */
    bool has_node_cache;
    bool is_cached;                /* by every node */
    uint32_t query_count;          /* names asked for */
    struct endpoint_table *tables; /* by node */
    bool has_balancer;             /* which believes: */
    bool *is_healthy;              /* by node */
    uint32_t belief_count;
    uint32_t lapse; /* of every node; ID_NONE: none */
};

/* Pods pod-0, pod-1, ... ready, each made from `spec`, and one table for all nodes with port 8080
 * of each of them. */
static inline void fake_cluster_init(struct cluster *cluster, struct arena *arena,
                                     uint32_t node_count, uint32_t pod_count,
                                     const struct pod_spec *spec)
{
    struct endpoint *endpoints = ARENA_NEW_ARRAY(arena, pod_count, struct endpoint);

    *cluster = (struct cluster){.pod_count = pod_count,
                                .node_count = node_count,
                                .has_service = true,
                                .resolves = true,
                                .lapse = ID_NONE};
    cluster->pods = ARENA_NEW_ARRAY(arena, pod_count, struct fake_pod);
    for (uint32_t i = 0; i < pod_count; i++) {
        cluster->pods[i] = (struct fake_pod){
            .spec = spec, .has_address = true, .state = POD_STATE_READY, .news = ID_NONE};
        snprintf(cluster->pods[i].name, sizeof cluster->pods[i].name, "pod-%u", i);
        endpoints[i] = (struct endpoint){.pod = i, .port = 8080};
    }
    cluster->node_names = arena_alloc(arena, node_count * sizeof *cluster->node_names);
    cluster->tables = ARENA_NEW_ARRAY(arena, node_count, struct endpoint_table);
    for (uint32_t i = 0; i < node_count; i++) {
        snprintf(cluster->node_names[i], sizeof cluster->node_names[i], "node-%u", i + 1);
        cluster->tables[i] = (struct endpoint_table){.count = pod_count, .endpoints = endpoints};
    }
}

void cluster_use_balancer(struct cluster *cluster, uint32_t service)
{
    (void)cluster;
    (void)service;
}

bool cluster_balancer(const struct cluster *cluster, uint32_t service, struct balancer_view *view)
{
    (void)service;
    *view = (struct balancer_view){cluster->is_healthy, cluster->belief_count};
    return cluster->has_balancer;
}

uint32_t cluster_balancer_lapse(const struct cluster *cluster, uint32_t service, uint32_t node)
{
    (void)service;
    (void)node;
    return cluster->lapse;
}

uint32_t cluster_node_count(const struct cluster *cluster)
{
    return cluster->node_count;
}

const char *cluster_node_name(const struct cluster *cluster, uint32_t node)
{
    return cluster->node_names[node];
}

uint64_t cluster_pod_hash(const struct cluster *cluster, uint32_t pod)
{
    return hash_string(cluster->pods[pod].name);
}

enum pod_state cluster_pod_state(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod].state;
}

uint32_t cluster_name_service(struct cluster *cluster, const char *ns, const char *name)
{
    (void)cluster;
    return strcmp(ns, "default") == 0 && strcmp(name, "web") == 0 ? 0 : 1;
}

uint32_t cluster_name_host(struct cluster *cluster, const char *host)
{
    (void)cluster;
    (void)host;
    return 0;
}

struct dns_answer cluster_resolve(struct cluster *cluster, const struct dns_question *question)
{
    const bool is_there = question->service == 0 && cluster->has_service && cluster->resolves;

    cluster->query_count++;
    if (question->service == ID_NONE || cluster->is_headless)
        return (struct dns_answer){.kind = DNS_ADDRESSES,
                                   .service = question->service,
                                   .port = question->port,
                                   .ttl_ns = 30 * NS_PER_S,
                                   .first = ID_NONE,
                                   .addresses = &cluster->tables[0]};
    return (struct dns_answer){.kind = is_there ? DNS_SERVICE : DNS_NONE,
                               .service = question->service,
                               .port = question->port,
                               .ttl_ns = 30 * NS_PER_S,
                               .first = ID_NONE};
}

uint64_t cluster_dns_serial(struct cluster *cluster)
{
    (void)cluster;
    return 1;
}

/* Tests change what it answers whenever they like. */
bool cluster_answers_alike(const struct cluster *cluster, const struct dns_answer *answer)
{
    (void)cluster;
    (void)answer;
    return false;
}

bool cluster_has_node_caches(const struct cluster *cluster)
{
    return cluster->has_node_cache;
}

bool cluster_is_cached_on_node(struct cluster *cluster, const struct dns_question *question)
{
    (void)question;
    return cluster->is_cached;
}

sim_ns cluster_external_latency_ns(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    (void)pod;
    return 10 * NS_PER_MS;
}

struct node_route cluster_route(struct cluster *cluster, uint32_t node, uint32_t service,
                                uint16_t port, enum origin origin)
{
    static const struct endpoint_table none = {.if_empty = EMPTY_REJECTS};

    (void)service;
    (void)origin;
    return (struct node_route){.table = port == 80 ? &cluster->tables[node] : &none,
                               .affinity_ns = cluster->affinity_ns};
}

uint32_t cluster_pick_news(const struct cluster *cluster, uint32_t node, uint32_t service,
                           uint32_t pod)
{
    (void)node;
    (void)service;
    return cluster->pods[pod].news;
}

bool cluster_pod_has_address(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod].has_address;
}

bool cluster_node_is_off(const struct cluster *cluster, uint32_t node)
{
    (void)cluster;
    (void)node;
    return false;
}

bool cluster_pod_is_lost(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    (void)pod;
    return false;
}

const struct pod_spec *cluster_pod_spec(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod].spec;
}

const struct label_set *cluster_pod_labels(const struct cluster *cluster, uint32_t pod)
{
    return &cluster->pods[pod].labels;
}

const char *cluster_pod_deployment(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pods[pod].deployment;
}

void cluster_process_stopped_listening(struct cluster *cluster, uint32_t pod)
{
    cluster->pods[pod].stopped_listening_count++;
    cluster->pods[pod].t_stopped_listening_ns = cluster->kernel->now_ns;
}

void cluster_process_exited(struct cluster *cluster, uint32_t pod)
{
    cluster->pods[pod].exited_count++;
    cluster->pods[pod].t_exited_ns = cluster->kernel->now_ns;
    cluster->pods[pod].state = POD_STATE_STOPPED;
}

void cluster_process_answers(struct cluster *cluster, uint32_t pod, bool is_well)
{
    cluster->pods[pod].answers_badly = !is_well;
}

#endif
