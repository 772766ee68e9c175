/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kinds of objects that `get` and `describe` know, under kubectl's names, and the objects themselves.
 */
#ifndef EPSIM_REPORT_KUBE_KIND_H
#define EPSIM_REPORT_KUBE_KIND_H

#include "cluster/snapshot.h"

enum kube_kind_id {
    KUBE_POD,
    KUBE_REPLICATION_CONTROLLER,
    KUBE_SERVICE,
    KUBE_DEPLOYMENT,
    KUBE_REPLICA_SET,
    KUBE_ENDPOINTS,
    KUBE_ENDPOINT_SLICE,
    KUBE_NODE,
    KUBE_EVENT, /* kept if cluster_keep_events was called */
    KUBE_KIND_COUNT
};

struct kube_kind {
    enum kube_kind_id id;
    const char *kind;       /* "Pod" */
    const char *plural;     /* "pods" */
    const char *singular;   /* "pod" */
    const char *short_name; /* "po", NULL: none */
    const char *group;      /* "apps"; "": the core group */
    bool is_namespaced;
    bool is_in_all;     /* of `get all` */
    bool is_in_proxies; /* a node's kube-proxy has its own view of them */
};

/* In the order of `get all`, the others behind. */
const struct kube_kind *kube_kind_at(enum kube_kind_id id);

/* By plural, singular, short name or kind, in any case, with or without ".group"; NULL if there is none. */
const struct kube_kind *kube_kind_find(const char *name);

/* The nearest name, for "did you mean"; NULL if none is near. */
const char *kube_kind_nearest(const char *name);

/* "pods", "deployments.apps"; and "pod", "deployment.apps". */
const char *kube_kind_resource(struct arena *arena, const struct kube_kind *kind);
const char *kube_kind_prefix(struct arena *arena, const struct kube_kind *kind);

/* An object of any of the kinds. */
struct kube_object {
    const struct kube_kind *kind;
    const struct snapshot_meta *meta;
    union {
        const struct snapshot_pod *pod;
        const struct snapshot_service *service;
        const struct snapshot_endpoints *endpoints;
        const struct snapshot_slice *slice;
        const struct snapshot_deployment *deployment;
        const struct snapshot_replica_set *replica_set; /* and replication controllers */
        const struct snapshot_node *node;
        const struct snapshot_event *event;
    };
};

/* Those of one kind that the query asks for, in kubectl's order; the arena's. */
const struct kube_object *kube_kind_list(struct arena *arena, const struct cluster *cluster,
                                         const struct kube_kind *kind,
                                         const struct snapshot_query *query, uint32_t *count);

#endif
