/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the cluster and the programs in its pods meet: what traffic asks of a node's proxy, and what the kubelet asks
 * of a program. Neither knows the other: the cluster calls a const vtable that traffic fills in.
 */
#ifndef EPSIM_CLUSTER_DATAPLANE_H
#define EPSIM_CLUSTER_DATAPLANE_H

#include "cluster/cluster.h"

/* One place to send a connection to. */
struct endpoint {
    uint32_t pod;
    uint16_t port; /* in the pod */
};

/* What becomes of packets where there is no endpoint. */
enum if_empty {
    EMPTY_REJECTS, /* the service has none at all: an ICMP error, as far as the kernel's rate limit allows */
    EMPTY_DROPS, /* none on this node, as a Local policy asks: dropped before the connection is tracked */
    EMPTY_VANISHES, /* the node has no rule for that address and port: they leave it, and nothing comes back */
};

/* The endpoints that new connections to one service port may get, in kube-proxy's order (by "IP:port" as a string).
 * Immutable, shared by all nodes for which it is the same. */
struct endpoint_table {
    uint32_t count;
    enum if_empty if_empty; /* if count is 0 */
    uint32_t serial;        /* no two lists of a run have the same */
    const struct endpoint *endpoints;
};

/* What cluster DNS answers. */
enum dns_kind {
    DNS_NONE,      /* NXDOMAIN */
    DNS_SERVICE,   /* a ClusterIP: the client's node chooses an endpoint */
    DNS_ADDRESSES, /* addresses: the client takes one (a headless service, a host outside) */
};

struct dns_answer {
    enum dns_kind kind;
    uint32_t service; /* that the name stands for, ID_NONE: a host outside */
    uint16_t port;    /* that the client connects to */
    bool is_kept;     /* it, or the host's part of it, comes out of a cache */
    sim_ns ttl_ns;    /* how long it may be kept */
    uint32_t first;   /* of the addresses: the one that the client takes, ID_NONE: any */
    const struct endpoint_table *addresses;
    const struct dns_alias *aliases; /* that lead there, the name's own first; NULL: none */
};

/* A CNAME on the way from a name to its addresses. */
struct dns_alias {
    const char *target;
    const struct dns_alias *next;
};

/* Who asks for what. */
struct dns_question {
    uint32_t service;  /* the entry of a service's name, ID_NONE: a host outside */
    uint32_t host;     /* the entry of that host */
    const char *label; /* of a single pod of the service, NULL: the service itself */
    uint32_t node;     /* of the client, for the node's own cache */
    uint16_t port;     /* that the client will connect to */
};

/* The entry of a service's name (made if there is none: the Service may come later), of a host outside. */
uint32_t cluster_name_service(struct cluster *cluster, const char *ns, const char *name);
uint32_t cluster_name_host(struct cluster *cluster, const char *host);

/* What DNS answers now. */
struct dns_answer cluster_resolve(struct cluster *cluster, const struct dns_question *question);

/* Whether nodes have caches of their own, and whether the client's could answer now, without asking the cluster's DNS. */
bool cluster_has_node_caches(const struct cluster *cluster);
bool cluster_is_cached_on_node(struct cluster *cluster, const struct dns_question *question);

/* Where a connection comes from. */
enum origin {
    ORIGIN_CLUSTER, /* a pod or the node itself */
    ORIGIN_INSIDE_OUT, /* the same, to an address from outside: a node port, a load balancer. Policies are of no account */
    ORIGIN_OUTSIDE, /* it arrives at a node port, or through a load balancer */
};

/* What a node does with connections to a service's port. */
struct node_route {
    const struct endpoint_table *table; /* never NULL */
    sim_ns affinity_ns;                 /* session affinity's timeout, 0: none */
};

/* What `node`'s proxy has in effect now for the service's port of that number. */
struct node_route cluster_route(struct cluster *cluster, uint32_t node, uint32_t service,
                                uint16_t port, enum origin origin);

/* What a Service's load balancer believes of the nodes. */
struct balancer_view {
    const bool *is_healthy; /* by node */
    uint32_t belief_count;  /* another number: it may believe something else */
};

/* Somebody outside will use the balancer of that service; from now on it checks nodes, whenever there is one. */
void cluster_use_balancer(struct cluster *cluster, uint32_t service);

/* What it believes now; false: there is none now. */
bool cluster_balancer(const struct cluster *cluster, uint32_t service, struct balancer_view *view);

/* The lapse that the node is in and that the balancer has not noticed, for cluster_lapse; ID_NONE: none. */
uint32_t cluster_balancer_lapse(const struct cluster *cluster, uint32_t service, uint32_t node);

/* Its table for connections from within: never NULL. */
const struct endpoint_table *cluster_applied_table(struct cluster *cluster, uint32_t node,
                                                   uint32_t service, uint16_t port);

/* How long an address outside takes to answer, besides the round trip. */
sim_ns cluster_external_latency_ns(const struct cluster *cluster, uint32_t pod);

/*
 * At a pick: the oldest news of this pod for this service that `node` has not applied and that is, or may turn out to be,
 * an effective change; ID_NONE if there is none. Cheap when there is none.
 */
uint32_t cluster_pick_news(const struct cluster *cluster, uint32_t node, uint32_t service,
                           uint32_t pod);

/* Whether packets to the pod's address reach a network namespace (false before it has one and once its sandbox is gone). */
bool cluster_pod_has_address(const struct cluster *cluster, uint32_t pod);

/* Whether the node's machine is off; whether that of the pod's node is: nothing answers for the pod's address then. */
bool cluster_node_is_off(const struct cluster *cluster, uint32_t node);
bool cluster_pod_is_lost(const struct cluster *cluster, uint32_t pod);

/* The pod's labels now, and the Deployment that made it (NULL if none). */
const struct label_set *cluster_pod_labels(const struct cluster *cluster, uint32_t pod);
const char *cluster_pod_deployment(const struct cluster *cluster, uint32_t pod);

/* What the kubelet does to, and asks of, the program in a pod. `self` is traffic's. */
struct app_ops {
    /* The container has been started: how long until it listens. Called once a start. */
    sim_ns (*startup_ns)(void *self, uint32_t pod);
    /* It listens from now on. */
    void (*on_listen)(void *self, uint32_t pod);
    /* SIGTERM. The program may call cluster_process_stopped_listening and cluster_process_exited, now or later. */
    void (*on_sigterm)(void *self, uint32_t pod);
    /* SIGKILL, or the end of everything: the process is gone when this returns; do not call back. */
    void (*on_kill)(void *self, uint32_t pod);
    /* Whether the program takes this probe now: if not, an attempt fails for sure. */
    bool (*probe)(void *self, uint32_t pod, const struct probe_spec *probe);
    /* An attempt: whether the program answers well. It may count, and answer otherwise the next time. */
    bool (*answer_probe)(void *self, uint32_t pod, const struct probe_spec *probe);
    /* Whether that may be: attempts then are made even where nothing has changed. */
    bool (*probe_varies)(void *self, uint32_t pod, const struct probe_spec *probe);
    /* Its machine is off: the process is gone and nobody is told; do not call back. */
    void (*on_vanish)(void *self, uint32_t pod);
    /* A node's machine is off, or on again; before its pods vanish. Those who ask from there are off too. */
    void (*on_power)(void *self, uint32_t node, bool is_off);
    /* From now on it answers nothing, or goes on where it was; the socket stays open. A process that ends is not hung. */
    void (*on_hang)(void *self, uint32_t pod, bool is_hung);
    /* Its work takes `factor` times as long from now on; 1: as ever. Stays with the pod. */
    void (*set_slowness)(void *self, uint32_t pod, double factor);
};

/* Told by traffic: the program closed its listening socket (and goes on); the process has ended by itself. */
void cluster_process_stopped_listening(struct cluster *cluster, uint32_t pod);
void cluster_process_exited(struct cluster *cluster, uint32_t pod);

/* Told by traffic: from now on the program answers http requests well, or with 5xx. The same twice is nothing new. */
void cluster_process_answers(struct cluster *cluster, uint32_t pod, bool is_well);

#endif
