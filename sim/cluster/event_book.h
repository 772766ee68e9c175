/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kubernetes Events: what components post about the objects that they act on. A cluster keeps them only if somebody is
 * going to look; a run that does not look pays a comparison. While the run goes on a post is a few numbers at the end of
 * a list; texts, counts and what the recorders leave out are made when somebody looks (cluster/snapshot.h).
 */
#ifndef EPSIM_CLUSTER_EVENT_BOOK_H
#define EPSIM_CLUSTER_EVENT_BOOK_H

#include "cluster/model.h"

enum event_about {
    EVENT_ABOUT_POD,
    EVENT_ABOUT_REPLICA_SET,
    EVENT_ABOUT_DEPLOYMENT,
    EVENT_ABOUT_NODE,
    EVENT_ABOUT_ENDPOINTS,
    EVENT_ABOUT_SERVICE
};

/* id, reason, who posts it, about what, whether it is a Warning */
#define EVENT_REASONS(X)                                                                         \
    X(EVENT_SCHEDULED, "Scheduled", "default-scheduler", EVENT_ABOUT_POD, false)                 \
    X(EVENT_NO_NODE, "FailedScheduling", "default-scheduler", EVENT_ABOUT_POD, true)             \
    X(EVENT_PULLING, "Pulling", "kubelet", EVENT_ABOUT_POD, false)                               \
    X(EVENT_PULLED, "Pulled", "kubelet", EVENT_ABOUT_POD, false)                                 \
    X(EVENT_PRESENT, "Pulled", "kubelet", EVENT_ABOUT_POD, false)                                \
    X(EVENT_CREATED, "Created", "kubelet", EVENT_ABOUT_POD, false)                               \
    X(EVENT_STARTED, "Started", "kubelet", EVENT_ABOUT_POD, false)                               \
    X(EVENT_STOPPING, "Killing", "kubelet", EVENT_ABOUT_POD, false)                              \
    X(EVENT_PROBE_KILL, "Killing", "kubelet", EVENT_ABOUT_POD, false)                            \
    X(EVENT_UNHEALTHY, "Unhealthy", "kubelet", EVENT_ABOUT_POD, true)                            \
    X(EVENT_BACK_OFF, "BackOff", "kubelet", EVENT_ABOUT_POD, true)                               \
    X(EVENT_SANDBOX_CHANGED, "SandboxChanged", "kubelet", EVENT_ABOUT_POD, false)                \
    X(EVENT_POD_NOT_READY, "NodeNotReady", "node-controller", EVENT_ABOUT_POD, true)             \
    X(EVENT_EVICTION, "TaintManagerEviction", "taint-controller", EVENT_ABOUT_POD, false)        \
    X(EVENT_NO_EVICTION, "TaintManagerEviction", "taint-controller", EVENT_ABOUT_POD, false)     \
    X(EVENT_POD_CREATED, "SuccessfulCreate", "replicaset-controller", EVENT_ABOUT_REPLICA_SET,   \
      false)                                                                                     \
    X(EVENT_POD_DELETED, "SuccessfulDelete", "replicaset-controller", EVENT_ABOUT_REPLICA_SET,   \
      false)                                                                                     \
    X(EVENT_SCALED_NEW, "ScalingReplicaSet", "deployment-controller", EVENT_ABOUT_DEPLOYMENT,    \
      false)                                                                                     \
    X(EVENT_SCALED, "ScalingReplicaSet", "deployment-controller", EVENT_ABOUT_DEPLOYMENT, false) \
    X(EVENT_NODE_STARTING, "Starting", "kubelet", EVENT_ABOUT_NODE, false)                       \
    X(EVENT_NODE_READY, "NodeReady", "kubelet", EVENT_ABOUT_NODE, false)                         \
    X(EVENT_NODE_CORDONED, "NodeNotSchedulable", "kubelet", EVENT_ABOUT_NODE, false)             \
    X(EVENT_NODE_UNCORDONED, "NodeSchedulable", "kubelet", EVENT_ABOUT_NODE, false)              \
    X(EVENT_NODE_NOT_READY, "NodeNotReady", "node-controller", EVENT_ABOUT_NODE, false)          \
    X(EVENT_ENDPOINTS_NOT_CREATED, "FailedToCreateEndpoint", "endpoint-controller",              \
      EVENT_ABOUT_ENDPOINTS, true)                                                               \
    X(EVENT_ENDPOINTS_NOT_UPDATED, "FailedToUpdateEndpoint", "endpoint-controller",              \
      EVENT_ABOUT_ENDPOINTS, true)                                                               \
    X(EVENT_SLICES_NOT_UPDATED, "FailedToUpdateEndpointSlices", "endpoint-slice-controller",     \
      EVENT_ABOUT_SERVICE, true)

#define EVENT_REASON_ENUM(id, reason, component, about, is_warning) id,
enum event_reason {
    EVENT_REASONS(EVENT_REASON_ENUM) EVENT_REASON_COUNT
};
#undef EVENT_REASON_ENUM

struct event_row {
    const char *reason;
    const char *component;
    enum event_about about;
    bool is_warning;
};

/* The fixed part of a reason: its words, who posts it and about what. Never NULL. */
const struct event_row *event_book_row(enum event_reason reason);

/* Init containers are counted from here on. */
#define EVENT_INIT_CONTAINER 0x80000000U

/* Why a probe failed. */
enum probe_failure {
    PROBE_FAILURE_REFUSED, /* nobody listens */
    PROBE_FAILURE_TIMEOUT, /* the program hangs */
    PROBE_FAILURE_ANSWER   /* it answers, badly */
};

/* What else a post says; members that its reason has no use for are 0. */
struct event_detail {
    uint32_t
        other; /* a container's number, the pod made or deleted, the replica set scaled, the node */
    uint32_t before;  /* replicas; of FailedScheduling: nodes that are cordoned, ... */
    uint32_t after;   /* ... have a taint, ... */
    uint32_t third;   /* ... and are full; of a probe: enum probe_failure */
    sim_ns length_ns; /* of a pull */
};

struct event_post {
    sim_ns at_ns;         /* NS_NEVER: it was taken back */
    sim_ns period_ns;     /* above 0: again and again, before until_ns */
    sim_ns until_ns;      /* NS_NEVER: not over yet */
    uint64_t version;     /* of the object that it is about */
    uint64_t log_version; /* the newest in the log */
    uint32_t object;
    uint8_t reason; /* enum event_reason */
    struct event_detail detail;
};

struct event_book {
    struct event_post *posts;
    uint32_t count;
    uint32_t capacity;
    int64_t epoch_s;
};

/* Whether somebody looks: posts before the start, and all of a plain run, are dropped. */
static inline bool event_book_is_kept(const struct cluster *cluster)
{
    return EP_UNLIKELY(cluster->event_book != NULL) && cluster->is_started;
}

/* A post now, or at an instant to come unless it is taken back. No-ops, here and below, if no book is kept. */
void event_book_post(struct cluster *cluster, enum event_reason reason, uint32_t object,
                     struct event_detail detail);
void event_book_post_at(struct cluster *cluster, enum event_reason reason, uint32_t object,
                        struct event_detail detail, sim_ns at_ns);

/* The kubelet makes and starts a container: from one instant to the other. */
void event_book_post_container(struct cluster *cluster, uint32_t pod, uint32_t container,
                               sim_ns from_ns, sim_ns until_ns);

/* One post of that reason for each of the pod's containers. */
void event_book_post_containers(struct cluster *cluster, enum event_reason reason, uint32_t pod);

/* What was posted about the object for instants to come does not come about. */
void event_book_take_back(struct cluster *cluster, enum event_about about, uint32_t object);

/* A probe that fails at first_ns and then once a period until further notice. Returns the number for the notice; 0: none
 * is needed. */
uint32_t event_book_begin_failing(struct cluster *cluster, uint32_t pod, struct event_detail detail,
                                  sim_ns first_ns, sim_ns period_ns);
void event_book_end_failing(struct cluster *cluster, uint32_t number);

/* A write has been stored or refused, and its writer knows. */
void event_book_written(struct cluster *cluster, const struct write *write, bool is_stored);

/* No node takes the pod. */
void event_book_no_node(struct cluster *cluster, uint32_t pod);

#endif
