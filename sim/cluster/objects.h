/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The API's objects in the cluster's tables: one view per reader of each. Private to this layer; see model.h.
 */
#ifndef EPSIM_CLUSTER_OBJECTS_H
#define EPSIM_CLUSTER_OBJECTS_H

#include "cluster/dataplane.h"
#include "cluster/selector_index.h"
#include "cluster/wire_size.h"

enum pod_phase {
    PHASE_PENDING,
    PHASE_RUNNING,
    PHASE_SUCCEEDED,
    PHASE_FAILED,
    PHASE_UNKNOWN
};

/* A pod's addresses as one version of its status lists them, the first is podIP; immutable. */
struct pod_addresses {
    uint32_t count;
    const char *const *ips;
};

/* One version of a pod, as far as anyone acts on it. */
struct pod_view {
    const struct label_set *labels;
    uint64_t resource_version;
    sim_ns
        ready_since_ns; /* the Ready condition's last transition, whole seconds as the API keeps it; NS_NEVER: not told */
    const struct pod_addresses *addresses; /* while has_ip */
    uint32_t version;                      /* of this object, from 1 */
    uint32_t node; /* ID_NONE: not bound, or to a node that is no machine of the cluster */
    uint32_t
        named_node; /* of node_objects + 1: the Node that nodeName names, whether it exists or not; 0: not bound */
    uint32_t owner; /* replica set, ID_NONE: none */
    uint8_t phase;  /* enum pod_phase */
    bool exists;
    bool has_ip;
    bool is_ready;
    bool is_started; /* containerStatuses[].started */
    bool is_deleting;
    uint8_t container; /* enum container_status */
    uint32_t restart_count;
    sim_ns started_ns;      /* of the container, where it runs */
    sim_ns last_started_ns; /* of the one before, or of this one where it has ended: its start */
    sim_ns ended_ns;        /* and its end; NS_NEVER: there was none */
};

/* containerStatuses[].state, and its reason where there is one. */
enum container_status {
    CONTAINER_NONE,       /* no kubelet has said anything */
    CONTAINER_CREATING,   /* waiting: ContainerCreating */
    CONTAINER_RUNNING,    /* running */
    CONTAINER_CRASH_LOOP, /* waiting: CrashLoopBackOff */
    CONTAINER_ERROR,      /* terminated: Error, exit code not 0 */
    CONTAINER_COMPLETED,  /* terminated: Completed */
};

enum kubelet_state {
    KUBELET_NONE,     /* has not heard of it */
    KUBELET_STARTING, /* sandbox, images, containers */
    KUBELET_RUNNING,
    KUBELET_WAITING,  /* the program has ended by itself or by a probe; the sandbox stays */
    KUBELET_STOPPING, /* preStop or SIGTERM */
    KUBELET_STOPPED,  /* the process has ended */
    KUBELET_LOST,     /* its node's machine is off */
    KUBELET_GONE,     /* the sandbox is torn down */
    KUBELET_EXTERNAL, /* no pod at all: an address outside */
};

/* A pod's news for one service. */
struct pod_membership {
    uint32_t service;
    uint32_t first_news; /* the oldest that is not settled on every node */
    uint32_t last_news;
    uint32_t next; /* in the slab of memberships, ID_NONE */
};

struct pod {
    const char *name; /* as files have it */
    const char *bare_name;
    const char *ns;
    const char *ip_text;                   /* NULL before it has one */
    const struct pod_addresses *addresses; /* ip_text, and that of the other family */
    struct endpoint_target *targets;       /* what endpoints have said of it */
    struct endpoints_item *items;          /* what Endpoints objects have, newest first */
    sim_ns external_latency_ns;
    const struct pod_spec *spec;
    const struct pod_spec *pending_status; /* that a person is about to write, NULL: none */
    const struct label_set *annotations;   /* NULL: those of the spec, as nobody has patched it */
    uint64_t hash;
    uint64_t uid;
    struct pod_view stored;
    struct pod_view seen;
    sim_ns created_ns;
    sim_ns deleted_ns; /* when its deletionTimestamp was set */
    sim_ns grace_ns;   /* of its deletion */
    /* Its kubelet's side. */
    sim_ns container_started_ns;
    sim_ns status_started_ns; /* the same, of the container that the last status shows */
    sim_ns ended_ns;          /* the program's last end, NS_NEVER: none */
    sim_ns last_started_ns;   /* when the program that ended then had started */
    sim_ns status_ended_ns;   /* both, as the last status has them */
    sim_ns status_last_started_ns;
    sim_ns seen_ended_ns;    /* the last end that a sync of the pod knew when it began, NS_NEVER */
    sim_ns backoff_ns;       /* before the next restart, 0: there was none */
    sim_ns backoff_since_ns; /* when it was set */
    double slowness;         /* of its program, 0 stands for 1 */
    sim_ns ready_changed_ns; /* the last change of is_kubelet_ready */
    sim_ns stop_started_ns;
    uint32_t node;           /* as its kubelet knows */
    uint32_t scheduled_node; /* by the scheduler's book, while is_scheduled */
    uint32_t first_prober;   /* ID_NONE: no probe */
    uint32_t first_membership;
    uint32_t first_seat;                  /* as a service's member, ID_NONE: none */
    struct selector_memo stored_services; /* that may select it, by Services as stored */
    struct selector_memo seen_services;   /* and as the controllers' informer shows them */
    uint32_t owner;                       /* the replica set that made it, ID_NONE: none */
    uint32_t created_origin;              /* timeline entries as carried out, 0: none */
    uint32_t deleted_origin;
    uint32_t write_count;
    uint32_t sync_count;
    uint32_t start_count;
    uint32_t status_start; /* number of the start that the last status shows, 0: none */
    uint32_t retry_count;  /* syncs that found a restart too early */
    uint32_t bind_failure_count;
    uint8_t kubelet_state;
    uint8_t container; /* enum container_status, as the kubelet will write it */
    uint8_t state;     /* enum pod_state */
    uint8_t created_cause;
    uint8_t deleted_cause;
    uint8_t phase; /* as the kubelet will write it */
    bool is_kubelet_ready;
    bool is_started;         /* as the last status says */
    bool is_status_running;  /* the last status shows a container that runs */
    bool is_restarting;      /* a probe has failed: its container is being killed */
    bool is_in_crash_loop;   /* a sync of the pod found the restart too early */
    bool has_readiness;      /* some container has a readiness probe */
    bool has_startup;        /* some container has a startup probe */
    bool is_refusing_probes; /* its program answers readiness probes with failure */
    bool is_hung;            /* its program answers nothing */
    bool kubelet_has_ip;
    bool is_listening;
    bool is_failing; /* it answers http probes badly, as far as anybody has told */
    bool has_been_ready;
    bool is_status_dirty;
    bool is_terminal;   /* its end is to be written, or has been */
    bool has_status;    /* its kubelet has made a status since the start */
    bool is_stop_asked; /* its kubelet knows of the deletion */
    bool is_pinned;
    bool is_scheduled;
    bool is_forced;   /* its deletion has no grace: it goes at once */
    bool is_released; /* news of its release has been written: do not repeat */
    uint32_t
        adopter;  /* 1 + the replica set that has asked to adopt it, and does not see it yet; 0 */
    bool is_lost; /* its create never reached the API */
};

struct replica_set_view {
    uint64_t resource_version;
    uint32_t version;
    uint32_t replicas; /* spec */
    uint32_t desired;  /* annotation desired-replicas */
    uint32_t status_replicas;
    uint32_t status_ready;
    uint32_t status_available;
    bool exists;
};

struct replica_set {
    const char *name;
    const char *bare_name;
    const char *ns;
    uint64_t hash;
    uint64_t template_key;                  /* of the pod template that it was made for */
    const struct pod_spec *source_template; /* that template, NULL: no Deployment made it */
    uint32_t revision;                /* annotation deployment.kubernetes.io/revision, 0: none */
    const struct workload_spec *spec; /* its manifest; NULL: its deployment made it */
    const struct pod_spec *pod_template;
    struct selector selector;
    struct replica_set_view stored;
    struct replica_set_view seen;
    sim_ns created_ns;
    sim_ns min_ready_ns;
    sim_ns expectations_since_ns;
    uint32_t *pods; /* all that it has made or owns and that are not gone */
    uint32_t pod_count;
    uint32_t pod_capacity;
    uint32_t *orphans; /* pods that match and belong to nobody, to be looked at by the next sync */
    uint32_t orphan_count;
    uint32_t orphan_capacity;
    uint32_t deployment; /* ID_NONE */
    uint32_t made_count; /* ordinal of the next pod's name */
    uint32_t write_count;
    uint32_t expected_creates;
    uint32_t expected_deletes;
    bool is_cleaned;     /* its deployment has asked for its deletion */
    uint32_t pending_up; /* pods still to be made for the last scaling up; beyond: replacements */
    uint32_t origin;     /* the timeline entry behind it, 0: none */
    uint8_t cause;       /* enum cause of the last change of replicas */
    bool is_lost;        /* its create never reached the API */
    bool has_looked;     /* for orphans that were there before it */
};

struct deployment_view {
    const struct pod_spec *pod_template;
    uint64_t template_key;
    uint64_t resource_version;
    uint32_t version;
    uint32_t replicas;
    uint32_t status_replicas;
    uint32_t status_updated;
    uint32_t status_ready;
    uint32_t status_available;
    uint32_t origin; /* the timeline entry that last edited it, as carried out; 0: none */
    bool exists;
    bool is_paused;
};

struct deployment {
    const char *name;
    const char *bare_name;
    const struct workload_spec *spec;
    uint64_t hash;
    struct deployment_view stored;
    struct deployment_view seen;
    sim_ns created_ns;
    uint32_t *replica_sets; /* in order of creation */
    uint32_t replica_set_count;
    uint32_t replica_set_capacity;
    uint32_t write_count;
    uint32_t restart_count; /* kubectl rollout restart */
    uint32_t spawned_count; /* standalone pods made from its template */
};

/* A Node as the API has it and as the controllers see it; also a name that only pods mention. */
struct node_object {
    const char *name;
    const struct node_spec *stored; /* NULL: does not exist */
    const struct node_spec *seen;
    uint64_t hash;
    uint32_t version;
};

/* A port of endpoints, as slices and Endpoints list it. */
struct endpoint_port {
    const char *name;         /* "": unnamed */
    const char *app_protocol; /* NULL: none */
    uint16_t number;
    uint8_t protocol; /* enum protocol */
};

/* The ports that a group of endpoints has, in their order; interned, so that equal ones are one. Slices whose maps have
 * one key are one group: the same ports in any order. */
struct port_map {
    uint32_t count;
    uint64_t key;                  /* whatever the order */
    uint64_t hash;                 /* of the order too */
    const struct port_map *sliced; /* as slices list them; NULL: not asked for yet */
    struct endpoint_port ports[];
};

/* What an endpoint says of itself besides its conditions: interned by pod, so that equal ones are one. */
struct endpoint_target {
    struct endpoint_target *next; /* of the same pod */
    const char *ip;
    const char *hostname; /* NULL: none, here and below */
    const char *node_name;
    const char *zone;
    const char *region;   /* discovery/v1beta1 alone has it */
    const char *pod_name; /* by hand, of a pod that is not there; NULL: the pod's own */
    uint64_t identity;    /* of address and host name */
    bool has_pod;         /* a targetRef */
};

struct slice_endpoint {
    const struct endpoint_target *target;
    uint64_t pod_version; /* targetRef.resourceVersion, 0: none */
    uint32_t pod;
    uint16_t hints; /* of hints.h, 0: none */
    bool is_ready;
    bool is_serving;
    bool is_terminating;
    uint8_t known; /* enum condition_bit: conditions that are not are left out */
};

/* Which zones' and which nodes' proxies an endpoint is meant for (hints.forZones, hints.forNodes); interned. */
struct hint_set {
    uint64_t key;
    uint32_t zone_count;
    uint32_t node_count;
    const char *const *zones;
    const char *const *nodes;
};

/* Who writes a slice: its label endpointslice.kubernetes.io/managed-by. */
enum slice_manager {
    SLICE_MANAGED,
    SLICE_MIRRORED,
    SLICE_BY_HAND
};

/* What one version of a slice says; immutable and shared by all who hold it. */
struct slice_content {
    uint64_t id; /* no other content has it */
    uint64_t resource_version;
    uint64_t bytes;               /* of a watch event of it, protobuf */
    uint64_t json_bytes;          /* the same in JSON */
    struct wire_size item_size;   /* the part of its endpoints */
    uint64_t endpoint_hash;       /* the sum of theirs */
    const struct port_map *ports; /* no ports: the placeholder, or a headless service without any */
    const struct label_set *labels;
    const struct label_set *annotations; /* all but the one below; NULL: none */
    sim_ns trigger_ns; /* endpoints.kubernetes.io/last-change-trigger-time, NS_NEVER: none */
    enum slice_manager manager; /* by the labels */
    bool is_packed;             /* the controller has made it: no pod stands twice */
    uint64_t
        base_id; /* the content from which it was planned, 0: none, or nobody has kept account: */
    uint32_t base_first; /* so many endpoints stand at the beginning of both, and no more, ... */
    uint32_t base_last;  /* ... and at least so many others at their ends */
    uint32_t generation; /* of ports and endpoints; metadata does not move it */
    uint32_t slice;
    uint32_t reference_count;
    uint32_t count;
    uint32_t capacity; /* as it was allocated */
    struct slice_endpoint endpoints[];
};

/* What an object's metadata weighs in a watch event, and what that goes by; zeroed: nobody has asked. */
struct metadata_size {
    const struct label_set *labels; /* of its Service */
    uint32_t digit_count;           /* of the resource version, 0: nobody has asked */
    bool is_managed;
    struct wire_size size;
};

struct slice {
    const char *name;
    const char *ns;
    const struct slice_spec *spec; /* by hand; NULL: a controller's */
    const char *uid;               /* as its manifest has it, NULL: made up */
    sim_ns created_ns;
    uint64_t hash;
    uint64_t owner_uid;         /* the Service, or the Endpoints that it mirrors; 0: none */
    uint32_t service;           /* ID_NONE: it serves none */
    enum slice_manager manager; /* as it was made */
    uint32_t version;           /* resource version within the slice */
    uint32_t generation;        /* as stored */
    uint32_t tracked_version;   /* what the controller knows it has written, 0: nothing */
    uint32_t tracked_generation;
    uint64_t planned_id; /* of the content that the controller's last sync left there, 0: none */
    uint32_t seen_version;
    uint32_t write_count;
    bool is_ipv6;
    bool is_deleted;
    bool is_seen_deleted;
    bool is_tracked_deleted;
    bool is_ahead;                /* by slice_standing: counted in its service's ahead_count, ... */
    bool is_off;                  /* ... and in off_count */
    struct slice_content *stored; /* NULL before it is created */
    struct slice_content *seen;
    struct metadata_size metadata;
};

/* A service's endpoints from one position of the slice log on; see service_table_slice. */
struct service_state {
    uint64_t position; /* nodes that have applied the log up to here, exclusive, use it */
    struct service_state *older;
    struct built_table *tables;   /* one a port name; built at the first pick */
    bool *has_local;              /* by node: a ready endpoint is there; NULL: nobody has asked */
    struct slice_content *before; /* what the slice whose write made this state said until then */
    uint32_t slice;               /* that slice */
    uint32_t subset_count;        /* where proxies read Endpoints, instead: all that they say */
    struct slice_content *subsets[];
};

/* A service's spec from one position of the service log on. */
struct service_version {
    uint64_t position;               /* readers that have the log up to here, exclusive, see it */
    const struct service_spec *spec; /* NULL: deleted */
    bool is_proxied;                 /* proxies that see it make rules of it */
    bool has_cname;                  /* an ExternalName's name has been looked at: */
    uint32_t cname_service;          /* the service that it means, ID_NONE: none */
    uint32_t cname_host;             /* the host outside, ID_NONE: none */
    const char *cname_label;         /* a single pod of the service, NULL: itself */
    const struct dns_alias *alias;   /* as the last answer had it; NULL: none has */
    struct service_version *older;
};

/* The two controllers that look at a service's pods. */
enum trigger_reader {
    TRIGGER_ENDPOINT_SLICE,
    TRIGGER_ENDPOINTS,
    TRIGGER_READER_COUNT
};

/* A pod that a service's selector matches or has matched; see cluster/service_members.h. */
struct service_member {
    uint32_t pod;
    uint32_t homes[IP_FAMILY_COUNT];   /* the slice that the last sync put it in, ID_NONE: none */
    const struct port_map *ports;      /* in slices, by the last sync of them; NULL: not asked */
    const struct endpoints_item *item; /* as the last sync of Endpoints listed it, NULL: not */
    uint32_t order_at;                 /* where, unless others have moved it since */
    /* when each controller last knew its readiness to have changed, TRIGGER_UNKNOWN */
    sim_ns trigger_ns[TRIGGER_READER_COUNT];
    bool is_touched[TRIGGER_READER_COUNT]; /* it stands in the lists of that name */
    bool is_candidate;                     /* by the last sync of slices */
    bool is_gone;                          /* its pod is: nobody counts it */
};

/* Members that a controller has heard of since its last sync. */
struct touched_list {
    const struct service_spec *spec; /* by which that sync went, NULL: all are to be looked at */
    uint32_t *places;
    uint32_t count;
    uint32_t capacity;
    bool is_sorted;
};

/* What the last sync of a service's slices went by: while it holds, the next one looks at touched members only. */
struct slice_baseline {
    const struct port_map *ports; /* of all candidates */
    const char *cluster_ip;
    uint64_t uid;
    uint64_t node_news;
    uint32_t candidate_count; /* pods that may be endpoints, with an address or not */
    uint32_t family_count;
    uint8_t families[IP_FAMILY_COUNT];
    bool is_valid;
};

/* Of which service a pod is a member. */
struct pod_seat {
    uint32_t service;
    uint32_t place;
    uint32_t next; /* in the slab of seats, ID_NONE */
};

struct service {
    const char *name;
    const char *ns;
    const char *bare_name;
    const struct service_spec *spec;  /* as stored; stays after deletion, see exists */
    const struct service_spec *seen;  /* as the controllers' informer shows it, NULL: it does not */
    struct service_version *versions; /* newest first */
    uint64_t hash;
    uint64_t uid;                      /* of the Service that is or was there last */
    const char *cluster_ip;            /* "None": headless; "": ExternalName */
    const char *other_cluster_ip;      /* of the second family, NULL: none */
    uint8_t families[IP_FAMILY_COUNT]; /* ipFamilies as the API server has set them */
    uint32_t family_count;             /* 0: it has set none (1.20 without the gate) */
    const uint16_t *node_ports;        /* of the ports of node_ports_of, see node_ports.h */
    const struct service_spec *node_ports_of;
    uint32_t node_port_count;             /* 0: its type has none */
    uint16_t health_check_port;           /* healthCheckNodePort, 0: none */
    sim_ns balancer_since_ns;             /* when it became a LoadBalancer, NS_NEVER: it is none */
    uint32_t balancer;                    /* see load_balancer.h; ID_NONE: nobody uses it */
    const struct service_spec *labels_of; /* what the two below were made of */
    const struct label_set *slice_labels;
    const struct label_set *endpoints_labels;
    sim_ns created_ns;
    uint64_t resource_version;
    bool exists;
    uint32_t *slices;
    uint32_t slice_count;
    uint32_t slice_capacity;
    uint32_t
        ahead_count; /* slices that the informer shows older than the controller has written them */
    uint32_t off_count; /* or not as the last sync left them */
    struct service_member
        *members; /* pods that the controllers have seen to match, and some that did once */
    uint32_t member_count; /* without those that are gone */
    uint32_t member_end;   /* with them */
    uint32_t member_capacity;
    struct touched_list touched[TRIGGER_READER_COUNT];
    struct slice_baseline baseline;
    struct endpoint_order *order;           /* see controllers/endpoint_order.h; NULL: none yet */
    bool has_trigger[TRIGGER_READER_COUNT]; /* this service has been synced before */
    sim_ns trigger_service_ns[TRIGGER_READER_COUNT];
    uint32_t *open_news;
    uint32_t open_count;
    uint32_t open_capacity;
    uint32_t *undated; /* news that no Endpoints object has told yet */
    uint32_t undated_count;
    uint32_t undated_capacity;
    uint32_t ready_count;    /* in the stored slices */
    uint32_t fallback_count; /* serving and terminating */
    uint32_t sync_count;
    uint32_t slice_made_count;
    uint32_t version_count;
    uint32_t create_count;
    struct service_state *newest;
    uint32_t state_count;
    bool may_have_hints;   /* its endpoints have had some */
    bool may_have_mirrors; /* it has had mirrored slices */
    uint32_t endpoints;    /* the Endpoints object of its name, ID_NONE: there has never been one */
};

/* One address of one subset of Endpoints: shared, see cluster/endpoint_items.h. */
struct endpoints_item {
    struct endpoints_item *next; /* of the same pod */
    const struct endpoint_target *target;
    const struct port_map *ports; /* of its subset */
    struct wire_size size;        /* in a watch event */
    uint64_t hash;                /* of the pod's name and its readiness */
    uint64_t pod_version;         /* targetRef.resourceVersion, 0: none */
    uint32_t pod;
    uint16_t subset; /* its place among the subsets */
    bool is_ready;
};

/* endpoints.kubernetes.io/over-capacity */
enum over_capacity {
    CAPACITY_FINE,
    CAPACITY_WARNING,
    CAPACITY_TRUNCATED
};

/* What one version of Endpoints says: items by subset, then by IP as a string; immutable. */
struct endpoints_content {
    uint64_t resource_version;
    uint64_t bytes; /* as of slices */
    uint64_t json_bytes;
    struct wire_size item_size;
    bool is_summed; /* item_size and item_hash are there before it is stored */
    const struct label_set *labels;
    const struct label_set *annotations; /* all but the two below; NULL: none */
    sim_ns trigger_ns; /* endpoints.kubernetes.io/last-change-trigger-time, NS_NEVER: none */
    enum over_capacity capacity_note;
    uint32_t reference_count;
    uint32_t count;
    uint32_t capacity;  /* as it was allocated */
    uint64_t item_hash; /* the sum of theirs */
    const struct endpoints_item *items[];
};

struct endpoints_object {
    const char *name; /* for people */
    const char *ns;
    const char *bare_name;
    uint64_t hash;
    uint64_t uid; /* of the object that is or was there last */
    sim_ns created_ns;
    uint32_t create_count;
    uint32_t service; /* of that name, ID_NONE: none */
    uint32_t version;
    uint32_t seen_version;
    uint32_t tracked_version;
    uint32_t write_count;
    uint32_t sync_count;
    uint32_t shadow; /* 1 + the slice that stands for it in the proxies' tables; 0: none yet */
    struct endpoints_content *stored; /* NULL: does not exist */
    struct endpoints_content *seen;
    struct metadata_size metadata;
};

/* A host outside the cluster. */
struct dns_name;

struct external_host {
    const char *name;
    const struct external_host_spec *spec; /* NULL: made up, it answers */
    const struct dns_name
        *pod_name;  /* no host, but a pod by its address: spec is NULL; NULL: it is one */
    uint32_t *pods; /* its addresses, as pods of state external */
    uint32_t pod_count;
    struct endpoint_table table;
};

#endif
