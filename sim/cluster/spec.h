/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a cluster is made of before it runs: typed manifests and settings, filled in by the scenario layer and only
 * read from then on. Names in comments are the manifests' fields. Strings belong to the scenario's arena.
 */
#ifndef EPSIM_CLUSTER_SPEC_H
#define EPSIM_CLUSTER_SPEC_H

#include "cluster/labels.h"
#include "engine/distribution.h"

/* metadata of any object. `ns` is never NULL: "default" where the manifest has none; "" for Nodes. */
struct object_meta {
    const char *name;
    const char *ns;
    struct label_set labels;
    struct label_set annotations;
    const char *uid;        /* NULL: made up */
    const char *owner_kind; /* the reference with controller: true, NULL: none */
    const char *owner_name;
    bool has_deletion; /* deletionTimestamp given: */
    sim_ns deletion_ns;
    sim_ns deletion_grace_ns; /* deletionGracePeriodSeconds */
    bool has_creation;        /* creationTimestamp given */
    sim_ns created_ns;        /* before the start is negative; default: one hour before */
};

enum protocol {
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    PROTOCOL_SCTP
};

/* An IntOrString that names a port. name != NULL: by name. */
struct port_ref {
    const char *name;
    uint16_t number;
};

/* An IntOrString that counts pods: an absolute number or a percentage of replicas. */
struct int_or_percent {
    bool is_percent;
    int32_t value;
};

struct container_port {
    const char *name; /* NULL: unnamed */
    uint16_t number;
    enum protocol protocol;
};

enum probe_kind {
    PROBE_NONE,
    PROBE_HTTP,
    PROBE_TCP,
    PROBE_GRPC,
    PROBE_EXEC
};

enum probe_role {
    PROBE_READINESS,
    PROBE_LIVENESS,
    PROBE_STARTUP
};

/* Kubernetes' defaults already filled in (period 10 s, timeout 1 s, thresholds 1 and 3). */
struct probe_spec {
    enum probe_kind kind;
    struct port_ref port; /* http, tcp, grpc */
    const char *path;     /* http; NULL: "/" */
    bool is_https;
    sim_ns initial_delay_ns;
    sim_ns period_ns;
    sim_ns timeout_ns;
    uint32_t success_threshold;
    uint32_t failure_threshold;
};

struct container_spec {
    const char *name;
    const char *image;
    const struct container_port *ports;
    uint32_t port_count;
    struct probe_spec readiness;
    struct probe_spec liveness;
    struct probe_spec startup;
    sim_ns pre_stop_ns; /* preStop sleep, or exec "sleep N"; 0: none */
};

/* A pod's spec (and a template's). */
struct pod_spec {
    struct object_meta meta; /* of a template: labels and annotations only */
    const struct container_spec *containers;
    uint32_t container_count;
    const struct container_spec *init_containers;
    uint32_t init_container_count;
    sim_ns grace_ns;       /* terminationGracePeriodSeconds, default 30 s */
    const char *node_name; /* NULL: to be scheduled */
    const char *hostname;
    const char *subdomain;
    const char *restart_policy; /* "Always" */
    uint64_t
        template_hash; /* of everything that pod-template-hash covers (the whole template's content) */
    const char *ip;    /* status.podIP of a Pod manifest, NULL: given by epsim */
    const char *const *ips; /* status.podIPs, `ip` first; NULL where it has no `ip` */
    uint32_t ip_count;
    bool is_pinned;  /* annotation epsim/pinned, or cluster.kubelet: none */
    bool has_status; /* a Pod manifest with status: starts in that state */
    bool status_ready;
    bool has_ready_since;  /* lastTransitionTime of the condition Ready */
    sim_ns ready_since_ns; /* before the start is negative */
    bool has_started;      /* containerStatuses[0].state.running.startedAt */
    sim_ns started_ns;
    const char *status_phase;
};

enum strategy {
    STRATEGY_ROLLING_UPDATE,
    STRATEGY_RECREATE
};

/* Deployment, ReplicaSet and ReplicationController. */
enum workload_kind {
    WORKLOAD_DEPLOYMENT,
    WORKLOAD_REPLICA_SET,
    WORKLOAD_REPLICATION_CONTROLLER
};

struct workload_spec {
    enum workload_kind kind;
    bool has_status; /* as the controllers of a live cluster had it */
    uint32_t status_replicas;
    uint32_t status_ready;
    uint32_t status_available;
    uint32_t status_updated;
    struct object_meta meta;
    uint32_t replicas;
    struct selector selector;
    struct pod_spec pod_template;
    sim_ns min_ready_ns;
    enum strategy strategy;                /* Deployment only from here on */
    struct int_or_percent max_surge;       /* default 25 % */
    struct int_or_percent max_unavailable; /* default 25 % */
    sim_ns progress_deadline_ns;
    uint32_t revision_history_limit;
    bool is_paused;
};

enum service_type {
    SERVICE_CLUSTER_IP,
    SERVICE_NODE_PORT,
    SERVICE_LOAD_BALANCER,
    SERVICE_EXTERNAL_NAME
};

enum session_affinity {
    AFFINITY_NONE,
    AFFINITY_CLIENT_IP
};

enum ip_family {
    IP_FAMILY_V4,
    IP_FAMILY_V6,
    IP_FAMILY_COUNT
};

enum ip_family_policy {
    IP_FAMILY_POLICY_UNSET, /* as SingleStack, or as what the manifest's families and addresses imply */
    IP_FAMILY_POLICY_SINGLE,
    IP_FAMILY_POLICY_PREFER_DUAL,
    IP_FAMILY_POLICY_REQUIRE_DUAL
};

/* trafficDistribution */
enum traffic_distribution {
    TRAFFIC_ANYWHERE,
    TRAFFIC_SAME_ZONE, /* PreferClose, PreferSameZone */
    TRAFFIC_SAME_NODE
};

struct service_port {
    const char *name; /* NULL or "": unnamed */
    uint16_t port;
    struct port_ref target; /* default: the same number */
    uint16_t node_port;     /* 0: none */
    enum protocol protocol;
    const char *app_protocol; /* NULL: none */
};

struct service_spec {
    struct object_meta meta;
    enum service_type type;
    const char *cluster_ip;       /* NULL: given by epsim; "None": headless */
    const char *other_cluster_ip; /* clusterIPs[1] of a dual-stack Service, NULL: none given */
    enum ip_family_policy family_policy; /* ipFamilyPolicy */
    uint8_t families[IP_FAMILY_COUNT];   /* ipFamilies as given, enum ip_family */
    uint32_t family_count;               /* 0: none given */
    struct selector selector;
    const struct service_port *ports;
    uint32_t port_count;
    bool publish_not_ready;
    const char *external_name;
    enum session_affinity affinity;
    sim_ns affinity_timeout_ns;
    enum traffic_distribution distribution;
    bool is_topology_aware;       /* annotation service.kubernetes.io/topology-mode: Auto */
    bool is_internal_local;       /* internalTrafficPolicy: Local */
    bool is_external_local;       /* externalTrafficPolicy: Local */
    uint16_t health_check_port;   /* healthCheckNodePort, 0: given by epsim */
    const char *load_balancer_ip; /* status.loadBalancer's first ingress: IP or host, NULL: none */
};

/* An address of hand-written Endpoints, or of a slice. */
struct address_spec {
    const char *ip;
    const char *hostname;   /* NULL: none */
    const char *node_name;  /* NULL: none */
    const char *zone;       /* slices; NULL: none */
    const char *target_pod; /* targetRef's pod in the same namespace, NULL: none */
    bool is_ready;   /* of addresses rather than notReadyAddresses; a slice's conditions.ready */
    bool is_serving; /* slices: conditions.serving, true if unset */
    bool is_terminating;           /* slices: conditions.terminating, false if unset */
    uint8_t known;                 /* slices: enum condition_bit of the conditions that are given */
    const char *const *hint_zones; /* a slice's hints.forZones */
    const char *const *hint_nodes; /* hints.forNodes */
    uint32_t hint_zone_count;
    uint32_t hint_node_count;
};

/* Which of an endpoint's conditions are set at all. */
enum condition_bit {
    CONDITION_READY = 1,
    CONDITION_SERVING = 2,
    CONDITION_TERMINATING = 4
};

struct endpoint_port_spec {
    const char *name; /* NULL or "": unnamed */
    uint16_t number;
    enum protocol protocol;
    const char *app_protocol; /* NULL: none */
};

struct subset_spec {
    const struct address_spec *addresses;
    uint32_t address_count;
    const struct endpoint_port_spec *ports;
    uint32_t port_count;
};

/* Endpoints written by hand. They serve the Service of the same name, if that has no selector. */
struct endpoints_spec {
    struct object_meta meta;
    const struct subset_spec *subsets;
    uint32_t subset_count;
};

/* An EndpointSlice written by hand; `service` is its label kubernetes.io/service-name, NULL: it serves none. */
struct slice_spec {
    struct object_meta meta;
    const char *service;
    struct subset_spec content;
    bool is_ipv6;      /* addressType */
    bool is_kept;      /* a controller has made it, in the live cluster whose dump this is */
    bool has_trigger;  /* annotation endpoints.kubernetes.io/last-change-trigger-time */
    sim_ns trigger_ns; /* 0 if it is later than the start */
};

/* cluster.externalHosts: a host outside; an ExternalName or a client may name it. */
struct external_host_spec {
    const char *host;
    const char *const *addresses; /* at least one */
    uint32_t address_count;
    sim_ns ttl_ns;     /* 30 s */
    sim_ns latency_ns; /* until it answers, besides the round trip: 10 ms */
};

struct node_spec {
    const char *name;
    const char *zone; /* NULL: none */
    struct label_set labels;
    uint32_t pod_capacity; /* 110 */
    uint32_t milli_cpu;    /* that pods may use; 4000 */
    bool is_unschedulable;
};

/* Hops: latency's keys. Order of design.md section 7. */
enum hop {
    HOP_API_WRITE,
    HOP_WATCH_CONTROLLER,
    HOP_WATCH_NODE,
    HOP_CONTROLLER_SYNC,
    HOP_PROXY_SYNC,
    HOP_SCHEDULER_BIND,
    HOP_IMAGE_PULL,
    HOP_CONTAINER_START,
    HOP_CONTAINER_STOP,
    HOP_SANDBOX_TEARDOWN,
    HOP_KUBELET_PLEG,
    HOP_KUBELET_SYNC,
    HOP_DNS_QUERY,
    HOP_NETWORK_RTT,
    HOP_COUNT
};

/* One row of the table of hops: key, source and default, for the loader and `explain`. */
struct hop_info {
    const char *key;          /* "api.write" */
    const char *default_text; /* "lognormal: {p50: 4ms, p99: 14ms}", as a scenario would say it */
    const char *doc;          /* what the hop is */
    const char *source;       /* where the default was measured, or "assumption" */
};
extern const struct hop_info spec_hops[HOP_COUNT];

/* Fills latency[] with the defaults of spec_hops. */
void spec_default_latency(struct arena *arena, struct distribution latency[HOP_COUNT]);

enum gone_address {
    GONE_ADDRESS_DROP,
    GONE_ADDRESS_UNREACHABLE
};

/* One of --feature-gates. */
struct feature_gate {
    const char *name;
    bool is_on;
};

/* kube-controller-manager's flags that are modelled, and the kubelet's and proxy's. */
struct controller_manager_spec {
    sim_ns endpointslice_batch_ns;    /* endpointslice-updates-batch-period, 0 */
    sim_ns endpoint_batch_ns;         /* endpoint-updates-batch-period, 0 */
    uint32_t endpoint_workers;        /* concurrent-endpoint-syncs, 5; 0 counts as 5 */
    uint32_t endpointslice_workers;   /* concurrent-service-endpoint-syncs, 5 */
    uint32_t deployment_workers;      /* concurrent-deployment-syncs, 5 */
    uint32_t replicaset_workers;      /* concurrent-replicaset-syncs, 5 */
    uint32_t max_endpoints_per_slice; /* max-endpoints-per-slice, 100 */
    double api_qps;                   /* kube-api-qps, 20 */
    uint32_t api_burst;               /* kube-api-burst, 30 */
    uint32_t replicas;                /* processes, of which one leads; 0 counts as 1 */
    bool has_no_election;             /* leader-elect: false: one process that never waits */
    sim_ns lease_ns;                  /* leader-elect-lease-duration, 15 s; 0 counts as that */
    sim_ns renew_deadline_ns;         /* leader-elect-renew-deadline, 10 s; likewise */
    sim_ns retry_ns;                  /* leader-elect-retry-period, 2 s; likewise */
    sim_ns mirroring_batch_ns;        /* mirroring-endpointslice-updates-batch-period, 0 */
    uint32_t mirroring_workers; /* mirroring-concurrent-service-endpoint-syncs, 5; 0 counts as 5 */
    uint32_t mirroring_max;     /* mirroring-max-endpoints-per-subset, 1000; 0 counts as 1000 */
    const struct feature_gate *gates; /* feature-gates */
    uint32_t gate_count;
    const char *const *controllers; /* controllers: "*", "-name", "name"; none: "*" */
    uint32_t controller_count;
    const char *
        service_ranges[IP_FAMILY_COUNT]; /* service-cluster-ip-range, NULL: none; two: dual-stack */
};

/* The gate's setting, `default_on` if the flags do not name it. */
bool spec_has_gate(const struct controller_manager_spec *spec, const char *name, bool default_on);

/* Whether the controller of that name ("garbagecollector") runs: "-name" stops it, "name" or "*" starts it, the first that
 * names it counts. Source: kube-controller-manager's IsControllerEnabled. */
bool spec_has_controller(const struct controller_manager_spec *spec, const char *name);

struct proxy_spec {
    sim_ns min_sync_ns;   /* iptables.minSyncPeriod, 1 s (0 counts as unset) */
    sim_ns sync_ns;       /* iptables.syncPeriod, 30 s: retry of a failed write */
    bool reads_endpoints; /* gate EndpointSliceProxying=false; up to 1.21 */
};

/* cluster.dns.pods: which names of pods by address there are; see cluster/dns_pods.h. */
enum dns_pods {
    DNS_PODS_INSECURE,
    DNS_PODS_VERIFIED,
    DNS_PODS_DISABLED
};

/* Cluster DNS. */
struct dns_spec {
    enum dns_pods pods;
    sim_ns ttl_ns;            /* of the cluster's records; 30 s */
    bool caches_cluster_zone; /* the server keeps answers of the cluster's own names */
    bool has_node_caches;     /* NodeLocal DNSCache on every node */
};

/* cluster.loadBalancer.healthCheck: how load balancers ask nodes whether they serve. */
struct health_check_spec {
    sim_ns interval_ns; /* > 0; 8 s */
    sim_ns timeout_ns;  /* at most the interval; 1 s */
    uint32_t healthy;   /* answers in a row; 1 */
    uint32_t unhealthy; /* failures in a row; 3 */
};

/* cluster.loadBalancer: the cloud's part. */
struct load_balancer_spec {
    struct health_check_spec
        health_check;  /* counts without is_there too: a manifest's status may have an address */
    bool is_there;     /* else such services have their address pending for ever */
    const char *range; /* of addresses; 203.0.113.0/24 */
    sim_ns delay_ns;   /* until a load balancer has its address; 30 s */
};

struct cluster_spec {
    uint32_t version_minor; /* 20 .. 34 of 1.x */
    const struct node_spec *nodes;
    uint32_t node_count;
    const struct workload_spec *workloads;
    uint32_t workload_count;
    const struct pod_spec *pods;
    uint32_t pod_count;
    const struct service_spec *services;
    uint32_t service_count;
    const struct endpoints_spec *endpoints;
    uint32_t endpoints_count;
    const struct slice_spec *slices;
    uint32_t slice_count;
    const struct external_host_spec *external_hosts;
    uint32_t external_host_count;
    struct controller_manager_spec controller_manager;
    struct proxy_spec proxy;
    struct dns_spec dns;
    struct load_balancer_spec load_balancer;
    struct distribution latency[HOP_COUNT];
    enum gone_address gone_address;
    bool has_kubelet;           /* cluster.kubelet: none -> false */
    bool has_api_service;       /* default/kubernetes is made, unless the manifests have it */
    bool is_cold_start;         /* spec.start: cold */
    const char *cluster_domain; /* "cluster.local" */
};

#endif
