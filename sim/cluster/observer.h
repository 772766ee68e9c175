/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a cluster tells whoever listens, in the model's own terms. Observers are called at the instant itself, must not
 * change the cluster, and format nothing. NULL members are skipped.
 */
#ifndef EPSIM_CLUSTER_OBSERVER_H
#define EPSIM_CLUSTER_OBSERVER_H

#include "cluster/news.h"

/* A pod's state as its process is, not as anyone believes it. */
enum pod_state {
    POD_STATE_PENDING,  /* created; no container runs yet */
    POD_STATE_STARTING, /* a container runs; it does not listen yet, or has never been Ready */
    POD_STATE_READY,    /* listens, and its kubelet holds it Ready */
    POD_STATE_UNREADY,  /* was ready; its kubelet holds it not Ready, or it has stopped listening */
    POD_STATE_TERMINATING, /* deletionTimestamp is set and the process still runs */
    POD_STATE_STOPPED,     /* the process has ended; the address is still there */
    POD_STATE_GONE,        /* the sandbox is torn down: the address has vanished */
    POD_STATE_EXTERNAL,    /* an address outside the cluster */
    POD_STATE_COUNT
};

/* "starting", ... "external"; requests.csv calls pending pods starting. */
const char *observer_pod_state_name(enum pod_state state);

/* What a kubelet does, and what becomes of a pod beside its state: name in events.jsonl. */
#define HAPPENINGS(X)                                                   \
    X(HAPPENING_DELETED, "deleted") /* its deletionTimestamp is set */  \
    X(HAPPENING_PRESTOP, "prestop") /* its preStop hook begins */       \
    X(HAPPENING_SIGTERM, "sigterm")                                     \
    X(HAPPENING_SIGKILL, "sigkill")                                     \
    X(HAPPENING_LISTENS, "listens") /* its program opened its socket */ \
    X(HAPPENING_CLOSED, "closed")   /* and closed it */                 \
    X(HAPPENING_REMOVED, "removed") /* the object is out of the API */

#define HAPPENING_ENUM(name, text) name,
enum happening {
    HAPPENINGS(HAPPENING_ENUM) HAPPENING_COUNT
};
#undef HAPPENING_ENUM

const char *observer_happening_name(enum happening happening);

enum object_kind {
    OBJECT_POD,
    OBJECT_SERVICE,
    OBJECT_ENDPOINTS,
    OBJECT_SLICE,
    OBJECT_REPLICA_SET,
    OBJECT_DEPLOYMENT,
    OBJECT_NODE,
    OBJECT_KIND_COUNT
};

enum write_verb {
    WRITE_CREATE,
    WRITE_UPDATE,
    WRITE_DELETE
};

/* A version stored in the API server's log. */
struct stored_version {
    sim_ns at_ns;
    enum object_kind kind;
    enum write_verb verb;
    uint32_t object;    /* slices and Endpoints: for snapshot_slice_at and snapshot_endpoints_at */
    uint64_t name_hash; /* of kind/ns/name */
    uint64_t resource_version; /* position in the log */
    uint64_t content_hash;     /* of what it says, by names */
    uint64_t bytes;            /* of a watch event, protobuf; 0 where not modelled */
    uint64_t json_bytes;       /* the same in JSON */
    uint32_t watcher_count;    /* nodes' proxies to which it is sent */
};

/* One change in effect on one node. Stages: t_delivered - news->t_stored is watch_node, and so on. */
struct applied_change {
    uint32_t node;
    sim_ns t_delivered_ns;
    sim_ns t_sync_start_ns;
    sim_ns t_sync_end_ns;
};

struct cluster_observer {
    void *self;
    void (*version_stored)(void *self, const struct stored_version *version);
    void (*pod_state)(void *self, sim_ns at_ns, uint32_t pod, enum pod_state state);
    void (*happened)(void *self, sim_ns at_ns, uint32_t pod, enum happening happening);
    /* A node's proxy has finished a sync: it has applied the slice log up to `position` (by name hashes: `applied_hash`). */
    void (*proxy_synced)(void *self, sim_ns at_ns, uint32_t node, uint64_t applied_hash);
    /* It asked for all slices (or Endpoints) anew, after a break; bytes of the answer in protobuf and as JSON. */
    void (*proxy_listed)(void *self, sim_ns at_ns, uint32_t node, uint64_t bytes,
                         uint64_t json_bytes);
    void (*news_opened)(void *self, const struct news *news);
    void (*change_stored)(void *self, const struct news *news);
    void (*change_applied)(void *self, const struct news *news,
                           const struct applied_change *applied);
    /* A service's load balancer holds a node for healthy, or no more, from now on. */
    void (*balancer_judged)(void *self, sim_ns at_ns, uint32_t service, uint32_t node,
                            bool is_healthy);
    void (*news_dropped)(void *self,
                         const struct news *news); /* by then as dated as it ever will be */
};

#endif
