/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cluster's tables: what the API server stores and what each reader has seen of it. Private to this layer.
 *
 * Every object has one view per reader: `stored` is the truth in the API, `seen` what the controller manager's informers
 * show, and so on. Nobody but the API server reads `stored`: staleness is not simulated, it is what a view is.
 */
#ifndef EPSIM_CLUSTER_MODEL_H
#define EPSIM_CLUSTER_MODEL_H

#include "base/index_table.h"
#include "base/slab.h"
#include "cluster/blocks.h"
#include "cluster/dns_cache.h"
#include "cluster/objects.h"
#include "cluster/selector_index.h"
#include "cluster/workqueue.h"
#include "engine/kernel.h"

enum proxy_state {
    PROXY_IDLE,
    PROXY_SYNCING
};

/* A version taken by a sync that is running. */
struct taken_version {
    uint64_t position;
    sim_ns delivered_ns;
};

enum proxy_resource {
    PROXY_SERVICES,
    PROXY_SLICES, /* or Endpoints: see model_proxy_log */
    PROXY_RESOURCE_COUNT
};

struct sync_runner {
    sim_ns min_ns;
    sim_ns last_end_ns;
    struct rate_limiter bucket; /* old runner only */
    bool is_old;
};

struct kube_proxy {
    struct sync_runner runner;
    uint64_t taken
        [PROXY_RESOURCE_COUNT]; /* cursor: positions below are in the running or the last sync */
    uint64_t applied[PROXY_RESOURCE_COUNT];    /* positions below are in effect */
    sim_ns delivered_ns[PROXY_RESOURCE_COUNT]; /* of the last one taken */
    double slowness;                           /* times the length of its syncs; 0 stands for 1 */
    uint64_t taken_hash;                       /* of the last slice version taken, by names */
    sim_ns sync_start_ns;
    sim_ns wake_ns;   /* of the wake-up that is scheduled, NS_NEVER */
    sim_ns forced_ns; /* of the next sync without a change */
    sim_ns
        token_ns; /* old runner, refused: a change that comes from then on runs at once; NS_NEVER: it is not waiting */
    uint64_t peeked[PROXY_RESOURCE_COUNT]; /* cursor: deliveries below it have been looked at ... */
    sim_ns peeked_ns[PROXY_RESOURCE_COUNT]; /* ... of which the last comes then */
    uint64_t drawn[PROXY_RESOURCE_COUNT];  /* 1 + the position whose delivery was drawn last: ... */
    sim_ns drawn_ns[PROXY_RESOURCE_COUNT]; /* ... then, if nothing holds it up */
    uint32_t wake_generation;
    uint32_t sync_count;
    struct taken_version *in_sync; /* with changes, in order */
    uint32_t in_sync_count;
    uint32_t in_sync_capacity;
    uint8_t state;
};

/* A watch that is interrupted: what would arrive in [from, until) arrives at `until`. NS_NEVER: it is not; not yet over. */
struct watch_gap {
    sim_ns from_ns;
    sim_ns until_ns;
};

/* A node's lease, and what the node controller makes of it; see controllers/node_controller.h. */
struct node_health {
    sim_ns seen_ns;      /* the pass that saw the last renewal, NS_NEVER: none has */
    sim_ns changed_ns;   /* the Ready condition's last transition; 0: long ago */
    sim_ns zone_free_ns; /* at a zone's first node: when the zone's next taint may be set */
    uint64_t write_count;
    uint64_t draw_count;
    uint64_t generation;  /* of what is planned for it */
    uint32_t next_pod;    /* to be patched, or deleted */
    bool is_dead;         /* its machine is off */
    bool was_dead;        /* its kubelet starts anew */
    bool is_unknown;      /* the Ready condition in the API: Unknown, else True */
    bool is_writing;      /* the patch of next_pod is under way */
    bool has_no_schedule; /* taints unreachable:NoSchedule and unreachable:NoExecute */
    bool has_no_execute;
    bool is_avoided; /* the scheduler knows of the taint */
};

struct node {
    const char *name;
    const struct node_spec *spec;
    uint64_t hash;
    uint32_t index;
    bool is_cordoned;
    /* kubelet */
    sim_ns relist_start_ns; /* of relist number relist_count */
    sim_ns relist_end_ns;
    uint32_t relist_count;
    sim_ns watch_delivered_ns;
    uint32_t *dirty_pods; /* statuses to be written, in order */
    uint32_t dirty_head;
    uint32_t dirty_count;
    uint32_t dirty_capacity;
    bool is_writing_status;
    struct rate_limiter status_limiter;
    uint32_t next_ip;
    uint32_t assigned_count; /* by the scheduler's book */
    struct node_health health;
    struct watch_gap gap;   /* of its kubelet's and its proxy's watches */
    uint32_t cut_count;     /* partitions so far */
    bool is_cut;            /* from the API */
    bool must_list;         /* its proxy, when it is back: the API server's process is another */
    bool is_status_waiting; /* for the status manager's next period: the API did not answer */
    struct dns_cache *dns_cache; /* NodeLocal DNSCache; NULL: nobody has asked */
    struct kube_proxy proxy;
};

struct prober {
    const struct probe_spec *spec;
    sim_ns origin_ns; /* ticks at origin + k * period */
    sim_ns next_ns;   /* of the tick that is scheduled, NS_NEVER */
    uint32_t pod;
    uint32_t generation;
    uint32_t next;      /* of the same pod, ID_NONE */
    uint32_t run_count; /* consecutive equal results */
    uint32_t start;     /* of the pod's program: the one whose status it has seen, 0: none */
    uint32_t failing;   /* what event_book_begin_failing gave, 0: nothing */
    uint32_t container; /* its number in the pod */
    uint8_t role;       /* enum probe_role */
    bool last_result;
    bool has_result;
    bool is_passed;  /* the reported result; of a startup probe that is undecided: false */
    bool is_waiting; /* an attempt is under way that will time out */
    bool is_on_hold; /* the container is to be killed: until there is a new one */
    bool is_stopped;
};

enum resource {
    RESOURCE_PODS,
    RESOURCE_SERVICES,
    RESOURCE_SLICES,
    RESOURCE_REPLICA_SETS,
    RESOURCE_DEPLOYMENTS,
    RESOURCE_ENDPOINTS,
    RESOURCE_NODES,
    RESOURCE_COUNT
};

struct log_record {
    sim_ns stored_ns;
    double api_factor; /* how slow the API server was when it passed it on */
    uint64_t resource_version;
    uint32_t object;
    uint32_t version;
    uint32_t
        first_change; /* of what proxies read: news ids that became changes with this write ... */
    uint32_t change_count; /* ... in cluster->changes */
    bool is_for_nodes;     /* proxies watch it: not the slices of headless services */
    uint64_t bytes;        /* of a watch event of it, of slices and Endpoints */
    union {
        struct pod_view pod;
        struct replica_set_view replica_set;
        struct deployment_view deployment;
        struct slice_content *slice;         /* NULL: deleted */
        struct endpoints_content *endpoints; /* NULL: deleted */
        const struct service_spec *service;  /* NULL: deleted */
        const struct node_spec *node;        /* NULL: deleted */
    } view;
};

/* One resource's log: positions [first, next) are kept; a ring whose capacity is a power of two. */
struct resource_log {
    struct log_record *ring;
    uint64_t first;
    uint64_t next;
    uint32_t capacity;
};

enum reader_id {
    READER_PODS,
    READER_SERVICES,
    READER_SLICES,
    READER_REPLICA_SETS,
    READER_DEPLOYMENTS,
    READER_ENDPOINTS,
    READER_NODES,
    READER_SCHEDULER,
    READER_COUNT
};

struct reader {
    enum resource resource;
    uint64_t key;  /* of its draws */
    uint64_t next; /* cursor */
    sim_ns delivered_ns;
    uint32_t generation; /* of its events: a watch that breaks takes back what was under way */
    uint32_t cut_count;
    bool is_waiting;  /* a delivery is scheduled */
    bool is_cut;      /* the watch is broken, or its process does not run */
    bool must_relist; /* once it is back: the API server's watch cache does not go back that far */
};

enum write_op {
    OP_CREATE_POD,
    OP_BIND_POD,
    OP_POD_STATUS,
    OP_DELETE_POD,  /* graceful: sets deletionTimestamp */
    OP_FINISH_POD,  /* the kubelet's last delete: the object goes */
    OP_RELEASE_POD, /* the owner reference goes */
    OP_ADOPT_POD,   /* an owner reference comes */
    OP_CREATE_REPLICA_SET,
    OP_SCALE_REPLICA_SET,
    OP_REPLICA_SET_STATUS,
    OP_DELETE_REPLICA_SET,
    OP_DEPLOYMENT_STATUS,
    OP_CREATE_SLICE,
    OP_UPDATE_SLICE,
    OP_DELETE_SLICE,
    OP_CREATE_ENDPOINTS,
    OP_UPDATE_ENDPOINTS,
    OP_DELETE_ENDPOINTS,
};

struct write {
    uint8_t op;
    uint8_t group;   /* writes of one group go out together; the next waits for all of them */
    uint8_t segment; /* a failed write takes the later ones of its segment along, and no others */
    uint8_t cause;
    uint32_t origin; /* the timeline entry that it goes back to, counted as carried out; 0: none */
    uint32_t object;
    uint32_t controller; /* ID_NONE: a kubelet or the scheduler */
    uint32_t worker;
    uint32_t incarnation;      /* of the controller manager that sent it */
    uint64_t expected_version; /* UINT64_MAX: any */
    uint32_t scaled_from;      /* of a replica set: its replicas as the writer knew them */
    bool is_refused;           /* the API server finds it invalid: 422 */
    sim_ns leave_ns;
    sim_ns sync_ns; /* of the attempt that it belongs to */
    uint64_t sync_step;
    union {
        struct pod_view pod;
        struct replica_set_view replica_set;
        struct deployment_view deployment;
        struct slice_content *slice;
        struct endpoints_content *endpoints;
    } view;
};

enum controller_id {
    CONTROLLER_ENDPOINT_SLICE,
    CONTROLLER_REPLICA_SET,
    CONTROLLER_DEPLOYMENT,
    CONTROLLER_ENDPOINTS,
    CONTROLLER_MIRRORING,
    CONTROLLER_COUNT
};

/* Processes that lead by a lease. */
enum lease_id {
    LEASE_CONTROLLER_MANAGER,
    LEASE_SCHEDULER,
    LEASE_COUNT
};

struct lease {
    uint64_t key;             /* of its draws */
    sim_ns phase_ns;          /* renewals at phase + k * retry period */
    sim_ns renewed_ns;        /* the last renewal that reached the API, once renewals fail */
    sim_ns cut_ns;            /* since when it is cut off */
    sim_ns stopped_ns;        /* when the leader stopped: what had not left by then never does */
    uint32_t generation;      /* of its events */
    uint32_t incarnation;     /* counts leaders */
    uint32_t candidate_count; /* of its draws */
    bool is_failed; /* the process is dead, and stays so until the timeline says otherwise */
    bool is_cut;    /* from the API */
    bool is_leading;
    bool has_listed; /* its caches are filled: it works */
};

/* See cluster/control_plane.h. */
struct control_plane {
    struct lease leases[LEASE_COUNT];
    double api_factor;  /* the API server's times; 1: as usual */
    double sync_factor; /* the controllers' syncs */
    double bind_factor; /* the scheduler's */
    sim_ns api_down_ns; /* since when */
    uint32_t outage_count;
    bool is_api_down;
};

/* Cluster DNS: a reader of services and slices whose deliveries are computed when somebody asks. */
struct dns_server {
    uint64_t applied[2]; /* by enum proxy_resource */
    sim_ns delivered_ns[2];
    struct dns_cache cache; /* of hosts outside, and of the cluster's names if it is told to */
    struct watch_gap gap;
};

struct worker {
    uint32_t key; /* ID_NONE: idle */
    uint32_t *writes;
    uint32_t write_count;
    uint32_t write_capacity;
    uint32_t next_write;
    uint32_t in_flight;
    sim_ns sync_ns;
    uint64_t
        sync_step; /* by cluster->step: what was delivered before it, at the same instant too */
    bool has_failed;
    bool fails_at_end; /* it writes what it can, and fails then */
    bool has_dropped;  /* of segment dropped_segment the rest is not sent */
    uint8_t dropped_segment;
};

struct controller {
    struct workqueue queue;
    struct rate_limiter limiter;
    struct worker *workers;
    uint32_t worker_count;
    uint64_t hash;
    bool is_enabled; /* by --controllers */
    bool is_stopped; /* its process does not run, or has not listed yet */
};

struct news_entry {
    struct news news;
    uint64_t position;       /* of the slice log, inclusive */
    uint64_t enqueue_step;   /* by cluster->step */
    uint64_t sync_step;      /* of the attempt that stored it */
    uint32_t status_version; /* of the pod, that tells it */
};

#define CLUSTER_OBSERVERS_MAX 8

/* What differs between versions of Kubernetes; filled in by version_rules. */
struct version_rules {
    bool
        has_terminating_endpoints; /* KEP-1672: from 1.22, or by the gate EndpointSliceTerminatingCondition */
    bool has_terminating_fallback; /* KEP-1669: from 1.26 */
    bool has_zone_hints; /* proxies follow hints of zones (TopologyAwareHints): from 1.24 */
    bool has_traffic_distribution; /* ServiceTrafficDistribution: from 1.31 */
    bool has_node_hints;           /* and of nodes (PreferSameTrafficDistribution): from 1.34 */
    bool has_slice_tracker;        /* stale-cache check instead of a 409; from 1.21 */
    bool has_terminal_phase;    /* the kubelet sets a terminal phase before it deletes: from 1.27 */
    bool has_log_scale_down;    /* ages compared in powers of two: from 1.22 */
    bool has_readiness_trigger; /* a probe at once after the start: from 1.21 */
    bool has_trigger_reset;     /* which restarts the ticker: from 1.30 */
    bool has_endpoints_tracker; /* stale-cache check of the Endpoints controller; from 1.31 */
    bool has_truncation;        /* Endpoints hold at most 1000 addresses; from 1.22 */
    sim_ns node_grace_ns;       /* node-monitor-grace-period: 40 s, from 1.32 on 50 s */
    bool has_capacity_warning;  /* more than 1000 are only told: 1.21 */
    bool mirrors_not_ready; /* mirrored notReadyAddresses are not ready; before 1.22 they were */
    bool mirrors_metadata;  /* annotations, and a write for labels alone: from 1.21 */
    bool repacks_mirrored;  /* mirrors subsets in canonical form: from 1.25 */
    bool cleans_mirrors; /* a Service that gets a selector loses its mirrored slices: from 1.23 */
    bool has_phase_rule; /* no endpoint in a terminal phase; before 1.22 by restartPolicy */
    bool has_tolerate_unready; /* the annotation, for Endpoints: before 1.22 */
    bool compares_pod_version; /* and writes it into targetRef: before 1.24 */
    bool keeps_placeholder;    /* one that is right already is left alone: from 1.25 */
    bool skips_lost_nodes;     /* of a pod without a Node only that pod is left out: from 1.25 */
    bool tells_same_address;   /* two pods with one address are two endpoints: from 1.27 */
    bool skips_external_names; /* ExternalName with a selector gets no endpoints: from 1.27 */
    bool has_slice_v1;         /* discovery/v1: nodeName and zone; 1.20 has a topology map */
    bool sets_ip_families;     /* the API server fills in ipFamilies: from 1.21, or by gate */
    bool labels_endpoints;     /* endpoints.kubernetes.io/managed-by: from 1.33 */
    bool has_old_runner;       /* token bucket, burst 2: before 1.34 */
    bool has_partial_sync;     /* from 1.27: a forced sync once an hour, not every syncPeriod */
    uint32_t kubelet_qps;      /* 50 from 1.27, 5 before */
    uint32_t kubelet_burst;
    bool proxies_read_endpoints; /* kube-proxies watch Endpoints, not slices: a gate, up to 1.21 */
};

struct event_book;    /* cluster/event_book.h */
struct load_balancer; /* cluster/load_balancer.h */

struct cluster {
    struct arena *arena;
    struct kernel *kernel;
    const struct cluster_spec *spec;
    const struct app_ops *app_ops;
    void *app;
    uint64_t seed;
    uint64_t replication;
    struct version_rules rules;
    struct cluster_observer observers[CLUSTER_OBSERVERS_MAX];
    uint32_t observer_count;
    struct event_book *event_book;         /* Kubernetes Events; NULL: nobody looks */
    bool is_started;                       /* observations begin */
    sim_ns pass_phase_ns;                  /* of the node controller's passes */
    struct rate_limiter node_limiter;      /* of its client */
    struct rate_limiter collector_limiter; /* of the garbage collector's */
    uint32_t
        origin; /* of what is being stored: the timeline entry carried out, counted from 1; 0 */
    uint64_t hop_keys[HOP_COUNT];
    struct blocks blocks;

    struct node *nodes;
    uint32_t node_count;
    struct pod **pods; /* by index; records never move */
    uint32_t pod_count;
    uint32_t pod_capacity;
    struct replica_set **replica_sets;
    uint32_t replica_set_count;
    uint32_t replica_set_capacity;
    struct deployment *deployments;
    uint32_t deployment_count;
    uint32_t deployment_capacity;
    struct service *services;
    uint32_t service_count;
    uint32_t service_capacity;
    struct index_table service_names;
    struct load_balancer *balancers; /* those that somebody uses */
    uint32_t balancer_count;
    uint32_t balancer_capacity;
    struct balancer_lapse *lapses;
    uint32_t lapse_count;
    uint32_t lapse_capacity;
    struct selector_index stored_selectors; /* of Services as stored */
    struct selector_index seen_selectors;   /* and as the controllers' informer shows them */
    struct port_map **port_maps;            /* interned */
    uint32_t port_map_count;
    uint32_t port_map_capacity;
    struct node_object *node_objects; /* the first node_count are the machines */
    uint32_t node_object_count;
    uint32_t node_object_capacity;
    uint64_t node_news;         /* versions of Nodes that the controllers have seen */
    struct hint_set *hint_sets; /* number n is at n - 1 */
    uint32_t hint_set_count;
    uint32_t hint_set_capacity;
    struct endpoints_object **endpoints;
    uint32_t endpoints_count;
    uint32_t endpoints_capacity;
    struct external_host *external_hosts;
    uint32_t external_host_count;
    uint32_t external_host_capacity;
    struct dns_server dns;
    uint32_t table_count; /* lists of endpoints made so far */
    struct slice **slices;
    uint64_t content_count; /* of slices, made so far */
    uint32_t slice_count;
    uint32_t slice_capacity;
    struct slab memberships;
    struct slab seats;       /* struct pod_seat */
    uint32_t spawned_count;  /* pods made from specs in the timeline */
    uint32_t *unschedulable; /* pods that wait for room on a node */
    uint32_t unschedulable_count;
    uint32_t unschedulable_capacity;
    struct slab probers;

    struct resource_log logs[RESOURCE_COUNT];
    struct reader readers[READER_COUNT];
    struct slab writes;
    uint64_t resource_version;
    uint64_t step; /* counts deliveries and starts of syncs: their order within an instant */
    struct controller controllers[CONTROLLER_COUNT];
    struct control_plane control;

    struct slab news; /* struct news_entry */
    uint32_t change_count;
    uint32_t *changes; /* news ids in order of storing */
    uint32_t changes_capacity;

    uint64_t *scratch; /* by pod: marks of the sync that plans now */
    uint32_t scratch_capacity;
    uint64_t scratch_mark;
};

/* The log that proxies (and cluster DNS) watch for Services, and for endpoints: slices, or Endpoints under an old gate. */
static inline enum resource model_proxy_log(const struct cluster *cluster, enum proxy_resource k)
{
    if (k == PROXY_SERVICES)
        return RESOURCE_SERVICES;
    return cluster->rules.proxies_read_endpoints ? RESOURCE_ENDPOINTS : RESOURCE_SLICES;
}

/* The stable hash of the name of a record's object in that log. */
static inline uint64_t model_proxy_object_hash(const struct cluster *cluster, enum proxy_resource k,
                                               uint32_t object)
{
    if (k == PROXY_SERVICES)
        return cluster->services[object].hash;
    return cluster->rules.proxies_read_endpoints ? cluster->endpoints[object]->hash
                                                 : cluster->slices[object]->hash;
}

/* A draw of one hop, for the n-th thing that `name_hash` does. */
sim_ns model_draw(const struct cluster *cluster, enum hop hop, uint64_t name_hash, uint64_t n);
sim_ns model_draw_units(const struct cluster *cluster, enum hop hop, uint64_t name_hash, uint64_t n,
                        uint64_t units);

/* A new entity in its table; names are filled in by the caller. */
uint32_t model_add_pod(struct cluster *cluster);
uint32_t model_add_replica_set(struct cluster *cluster);
uint32_t model_add_slice(struct cluster *cluster);

/* The pod's state for observers; tells them if it changed. */
void model_set_pod_state(struct cluster *cluster, uint32_t pod, enum pod_state state);

/* The same, also where the pod was in that state: that of a pod just created. */
void model_tell_pod_state(struct cluster *cluster, uint32_t pod, enum pod_state state);
void model_tell_happening(struct cluster *cluster, uint32_t pod, enum happening happening);

/* Makes an event of the cluster's own. */
void model_schedule(struct cluster *cluster, sim_ns at_ns, uint16_t kind, uint32_t a, uint64_t b);

/* Appends to a growing index list. */
void model_append(struct arena *arena, uint32_t **list, uint32_t *count, uint32_t *capacity,
                  uint32_t value);

#endif
