/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cluster as it is now, object by object: what the API holds, or what one node's kube-proxy has in effect. Typed
 * and read-only; whoever prints it, as a table or as JSON, does so from here.
 *
 * Lists are the arena's, ordered by namespace and name; strings are the arena's or the cluster's and live as long as it.
 */
#ifndef EPSIM_CLUSTER_SNAPSHOT_H
#define EPSIM_CLUSTER_SNAPSHOT_H

#include "cluster/spec.h"

#include <stdbool.h>

struct cluster;

/* What every object has. First member of all others here. */
struct snapshot_meta {
    const char *ns; /* "": not in a namespace */
    const char *name;
    const char *generate_name; /* NULL: none */
    const char *uid;
    uint64_t hash; /* of kind, namespace and name, as stored_version has it */
    uint64_t resource_version;
    sim_ns created_ns;
    bool is_deleting;
    sim_ns deletion_ns; /* deletionTimestamp: when its grace ends */
    sim_ns grace_ns;
    struct label_set labels;
    struct label_set annotations;
    bool has_trigger; /* annotation endpoints.kubernetes.io/last-change-trigger-time: */
    sim_ns trigger_ns;
    const char *owner_kind; /* the controlling owner; NULL: none */
    const char *owner_name;
    const char *owner_uid;
};

/* Which objects are wanted. Zeroed but for `node`, which is ID_NONE then: all that the API holds. */
struct snapshot_query {
    const char *ns;                  /* NULL: every namespace */
    const char *name;                /* NULL: any */
    const struct selector *selector; /* NULL: any labels */
    uint64_t hash;                   /* 0: any; else that object, deleted or not */
    uint32_t
        node; /* services, endpoints, slices: what this node's proxy has in effect; ID_NONE: what the API holds */
};

/* Does an object with such metadata meet the query? Says nothing of `hash`. */
bool snapshot_matches(const struct snapshot_query *query, const struct snapshot_meta *meta);

enum snapshot_phase {
    SNAPSHOT_PENDING,
    SNAPSHOT_RUNNING,
    SNAPSHOT_SUCCEEDED,
    SNAPSHOT_FAILED,
    SNAPSHOT_UNKNOWN
};

enum snapshot_container {
    SNAPSHOT_CONTAINER_NONE,       /* no kubelet has said anything */
    SNAPSHOT_CONTAINER_CREATING,   /* waiting: ContainerCreating */
    SNAPSHOT_CONTAINER_RUNNING,    /* running */
    SNAPSHOT_CONTAINER_CRASH_LOOP, /* waiting: CrashLoopBackOff */
    SNAPSHOT_CONTAINER_ERROR,      /* terminated: Error */
    SNAPSHOT_CONTAINER_COMPLETED,  /* terminated: Completed */
};

struct snapshot_pod {
    struct snapshot_meta meta;
    const struct pod_spec *spec;
    enum snapshot_phase phase;
    const char *node;       /* NULL: not bound */
    const char *ip;         /* NULL: the API does not know one */
    const char *const *ips; /* podIPs, ip first */
    uint32_t ip_count;
    bool is_ready; /* condition Ready */
    sim_ns ready_since_ns;
    bool is_started;
    enum snapshot_container container; /* the state of all its containers */
    sim_ns started_ns;                 /* of its containers, where they run */
    sim_ns last_started_ns;
    sim_ns ended_ns; /* of those before, or of these where they have ended; NS_NEVER: none */
    uint32_t restart_count;
};

struct snapshot_service {
    struct snapshot_meta meta;
    const struct service_spec *spec;
    const char *cluster_ip;            /* "None": headless; NULL: ExternalName */
    const char *other_cluster_ip;      /* of the second family, NULL: none */
    const uint16_t *node_ports;        /* by port of the spec, 0: none */
    uint16_t health_check_port;        /* healthCheckNodePort, 0: none */
    const char *balancer_ip;           /* of its load balancer: IP or host; NULL: none yet */
    uint8_t families[IP_FAMILY_COUNT]; /* enum ip_family */
    uint32_t family_count;             /* 0: the API server has set none */
};

struct snapshot_port {
    const char *name; /* "": unnamed */
    uint16_t number;
    enum protocol protocol;
    const char *app_protocol; /* NULL: none */
};

struct snapshot_address {
    const char *ip;
    const char *hostname; /* NULL: none, here and below */
    const char *node;
    const char *zone;
    const char *region; /* discovery/v1beta1 alone */
    const char *pod;    /* targetRef */
    const char *pod_uid;
    uint64_t pod_version;          /* targetRef.resourceVersion, 0: not told */
    uint8_t known;                 /* slices: enum condition_bit of the conditions that are set */
    const char *const *hint_zones; /* slices: hints.forZones */
    const char *const *hint_nodes; /* and forNodes */
    uint32_t hint_zone_count;
    uint32_t hint_node_count;
    bool is_ready;
    bool is_serving;
    bool is_terminating;
};

/* Addresses in the order of their strings, ready ones first, and the ports that they share. */
struct snapshot_subset {
    const struct snapshot_address *addresses;
    uint32_t count;
    uint32_t ready_count; /* addresses[0 .. ready_count) are ready, the others notReadyAddresses */
    const struct snapshot_port *ports;
    uint32_t port_count;
};

struct snapshot_endpoints {
    struct snapshot_meta meta;
    const struct snapshot_subset *subsets;
    uint32_t subset_count;
};

struct snapshot_slice {
    struct snapshot_meta meta;
    const char *service; /* label kubernetes.io/service-name, NULL: none */
    const struct snapshot_port *ports;
    uint32_t port_count;
    const struct snapshot_address *addresses; /* in the slice's own order */
    uint32_t address_count;
    bool is_ipv6;
};

struct snapshot_deployment {
    struct snapshot_meta meta;
    const struct workload_spec *spec; /* as applied; replicas and template have moved on: */
    const struct pod_spec *pod_template;
    uint32_t replicas;
    uint32_t revision;
    uint32_t status_replicas;
    uint32_t status_updated;
    uint32_t status_ready;
    uint32_t status_available;
    bool is_paused;
};

/* A ReplicaSet or a ReplicationController. */
struct snapshot_replica_set {
    struct snapshot_meta meta;
    const struct selector *selector;
    const struct pod_spec *pod_template;
    uint32_t replicas;
    uint32_t status_replicas;
    uint32_t status_ready;
    uint32_t status_available;
    sim_ns min_ready_ns;
    bool is_replication_controller;
};

struct snapshot_node {
    struct snapshot_meta meta;
    const struct node_spec *spec;
    const char *version;  /* "v1.34.0" */
    bool is_ready;        /* condition Ready: True, else Unknown */
    sim_ns changed_ns;    /* its last transition */
    bool has_no_schedule; /* taint node.kubernetes.io/unreachable:NoSchedule */
    bool has_no_execute;  /* and NoExecute */
    bool is_unschedulable;
};

/* An Event, as its recorder has written it. `meta` is the Event's own. */
struct snapshot_event {
    struct snapshot_meta meta;
    const char *reason;
    const char *message;
    const char *component;
    const char *host; /* NULL: not told */
    const char *
        action; /* of the newer API (events.k8s.io), which knows no count but a series; NULL: the older */
    const char *about_kind;
    const char *about_api_version; /* NULL: not told, here and below */
    const char *about_ns;
    const char *about_name;
    const char *about_uid;
    const char *about_field;
    uint64_t about_version; /* 0: not told */
    sim_ns first_ns;
    sim_ns last_ns;
    uint32_t count;
    bool is_warning;
    bool has_reporter; /* reportingComponent and reportingInstance are filled in */
};

const struct snapshot_pod *snapshot_pods(struct arena *arena, const struct cluster *cluster,
                                         const struct snapshot_query *query, uint32_t *count);
const struct snapshot_service *snapshot_services(struct arena *arena, const struct cluster *cluster,
                                                 const struct snapshot_query *query,
                                                 uint32_t *count);
const struct snapshot_endpoints *snapshot_endpoints(struct arena *arena,
                                                    const struct cluster *cluster,
                                                    const struct snapshot_query *query,
                                                    uint32_t *count);
const struct snapshot_slice *snapshot_slices(struct arena *arena, const struct cluster *cluster,
                                             const struct snapshot_query *query, uint32_t *count);
const struct snapshot_deployment *snapshot_deployments(struct arena *arena,
                                                       const struct cluster *cluster,
                                                       const struct snapshot_query *query,
                                                       uint32_t *count);
/* Those of one kind only. */
const struct snapshot_replica_set *snapshot_replica_sets(struct arena *arena,
                                                         const struct cluster *cluster,
                                                         const struct snapshot_query *query,
                                                         uint32_t *count);
const struct snapshot_replica_set *snapshot_replication_controllers(
    struct arena *arena, const struct cluster *cluster, const struct snapshot_query *query,
    uint32_t *count);
const struct snapshot_node *snapshot_nodes(struct arena *arena, const struct cluster *cluster,
                                           const struct snapshot_query *query, uint32_t *count);

/* Events as they stand now; none unless cluster_keep_events was called. */
const struct snapshot_event *snapshot_events(struct arena *arena, const struct cluster *cluster,
                                             const struct snapshot_query *query, uint32_t *count);

/* Every write of an Event so far, in the order of time: the Event as that write left it, at *times_ns[i]. */
const struct snapshot_event *snapshot_events_written(struct arena *arena,
                                                     const struct cluster *cluster,
                                                     const struct snapshot_query *query,
                                                     const sim_ns **times_ns, uint32_t *count);

/* One of them by its number in a stored_version; of one that was deleted the metadata alone. */
const struct snapshot_endpoints *snapshot_endpoints_at(struct arena *arena,
                                                       const struct cluster *cluster,
                                                       uint32_t endpoints);
const struct snapshot_slice *snapshot_slice_at(struct arena *arena, const struct cluster *cluster,
                                               uint32_t slice);

/* A UUID that tells `hash`. */
const char *snapshot_uid(struct arena *arena, uint64_t hash);

#endif
