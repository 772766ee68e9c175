/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small cluster in C: nodes, one Deployment "kubia" with a readiness probe, one Service "kubia", hops that take no time
 * unless a test says so, programs that do as they are told, and observers that keep what they hear.
 *
 * Life: fixture_init, changes to `spec` and the hops, fixture_start, fixture_run with commands in between, fixture_deinit.
 */
#ifndef EPSIM_TESTS_FIXTURE_H
#define EPSIM_TESTS_FIXTURE_H

#include "cluster/model.h"
#include "cluster/run.h"
#include "world/world.h"

#define FIXTURE_NODES_MAX 300u

enum fixture_sigterm {
    FIXTURE_EXIT,
    FIXTURE_DRAIN,
    FIXTURE_IGNORE
};

struct fixture_state {
    sim_ns at_ns;
    uint32_t pod;
    enum pod_state state;
};

struct fixture_applied {
    struct news news;
    struct applied_change applied;
};

struct fixture_sync {
    sim_ns at_ns;
    uint32_t node;
};

/* A growing list of what was heard. */
#define FIXTURE_LIST(type) \
    struct {               \
        type *items;       \
        uint32_t count;    \
        uint32_t capacity; \
    }

struct fixture {
    struct arena arena; /* of everything but what was heard */
    struct arena heard;
    struct kernel kernel;
    struct world_spec spec;
    struct node_spec nodes[FIXTURE_NODES_MAX];
    struct workload_spec workloads[2];
    struct container_spec containers[2];
    struct container_port ports[2];
    struct service_spec services[2];
    struct service_port service_ports[2];
    struct app_spec app; /* of a world */
    struct timeline_entry timeline[8];
    struct cluster *cluster;
    /* How the programs behave. */
    sim_ns startup_ns;
    enum fixture_sigterm on_sigterm;
    sim_ns drain_ns;    /* from SIGTERM to the end of a draining program */
    uint16_t deaf_port; /* probes to it fail; 0: none */
    bool *listens;      /* by pod */
    uint32_t listens_capacity;
    /* What was heard. */
    FIXTURE_LIST(struct stored_version) versions;
    FIXTURE_LIST(struct fixture_state) states;
    FIXTURE_LIST(struct news) changes;
    FIXTURE_LIST(struct fixture_applied) applied;
    FIXTURE_LIST(struct news) dropped;
    FIXTURE_LIST(struct fixture_sync) syncs;
    FIXTURE_LIST(struct fixture_state) sigterms; /* state: not filled in */
    FIXTURE_LIST(struct fixture_state) sigkills;
    struct cluster_observer observer; /* all of the above, with the fixture as self */
};

/* Version 1.34, node-1 ... node-3, three replicas whose program listens 1 s after its start and exits on SIGTERM; the
 * probe's period is 1 s; every hop is 0 s. */
void fixture_init(struct fixture *f);
void fixture_deinit(struct fixture *f);

void fixture_hop(struct fixture *f, enum hop hop, sim_ns constant_ns);
void fixture_nodes(struct fixture *f, uint32_t count);

/* A second workload "other" (a ReplicaSet with the labels app=other) and its Service. */
void fixture_add_other(struct fixture *f, uint32_t replicas);

/* Makes the cluster and brings it to t = 0. */
void fixture_start(struct fixture *f);

/* The same with f->cluster as the test has made it. */
void fixture_begin(struct fixture *f);

/* Handles all that is due by until_ns; the clock is there afterwards. */
void fixture_run(struct fixture *f, sim_ns until_ns);

/* The program in a pod stops listening (and goes on), or listens again. */
void fixture_close(struct fixture *f, uint32_t pod);
void fixture_listen(struct fixture *f, uint32_t pod);

/* A service's stored slices: sizes in order of creation; returns how many there are. */
uint32_t fixture_slice_sizes(const struct fixture *f, uint32_t service, uint32_t *sizes,
                             uint32_t room);

/* What the stored slices say of a pod, NULL: it is not listed. */
const struct slice_endpoint *fixture_listed(const struct fixture *f, uint32_t service,
                                            uint32_t pod);

/* The instant at which the pod first reached the state, NS_NEVER if it has not. */
sim_ns fixture_reached_ns(const struct fixture *f, uint32_t pod, enum pod_state state);

/* The n-th stored change (from 0) of that kind of the pod, NULL if there is none. */
const struct news *fixture_change(const struct fixture *f, uint32_t pod, enum change_kind kind);

/* Stored versions of that kind and verb. */
uint32_t fixture_count_versions(const struct fixture *f, enum object_kind kind,
                                enum write_verb verb);

/* Pods that exist in the API, are not being deleted and belong to the replica set. */
uint32_t fixture_count_pods(const struct fixture *f, uint32_t replica_set);

/* A world made of `spec` with the fixture's observers; `spec` is as the fixture has it. */
struct world *fixture_world(struct fixture *f);

/* The next timeline entry: at at_ns, on deployment/kubia. */
struct timeline_entry *fixture_at(struct fixture *f, sim_ns at_ns, enum verb verb);

#endif
