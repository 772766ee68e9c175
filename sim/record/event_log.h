/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * events.jsonl: what happened in the cluster, one JSON object a line in the order of time, each with the id of its cause.
 *
 * While the run goes on, an event is 24 bytes at the end of a list; ids, causes and text are made at its end.
 */
#ifndef EPSIM_RECORD_EVENT_LOG_H
#define EPSIM_RECORD_EVENT_LOG_H

#include "base/out.h"
#include "cluster/cluster.h"
#include "world/spec.h"

/* Syncs of proxies that brought a change are written if they are at most this many. */
#define EVENT_LOG_SYNCS_MAX 10000u

enum logged_kind {
    LOGGED_START, /* a pod that was there at t = 0 */
    LOGGED_STATE,
    LOGGED_HAPPENING,
    LOGGED_ENTRY,
    LOGGED_CHANGE,
    LOGGED_SYNC,
    LOGGED_BALANCER
};

/* Of a load balancer. */
struct balancer_verdict {
    uint32_t service;
    uint32_t node;
    bool is_healthy;
};

struct logged_event {
    sim_ns at_ns;
    uint32_t what;   /* pod; of an entry its index; of a sync the node */
    uint32_t change; /* of a sync: the last change that it brought; of a change: its number */
    uint8_t kind;    /* enum logged_kind */
    uint8_t detail;  /* enum pod_state or enum happening */
};

struct event_log {
    struct arena *arena;
    const struct cluster *cluster;
    const struct world_spec *spec;
    struct logged_event *events;
    uint32_t count;
    uint32_t capacity;
    const struct news **changes; /* by number - 1 */
    uint32_t change_capacity;
    uint32_t change_count;
    uint32_t *brought; /* by node: the last change of its present sync, 0: none */
    uint32_t sync_count;
};

/* Begins with the pods that are there. */
void event_log_init(struct event_log *log, struct arena *arena, const struct cluster *cluster,
                    const struct world_spec *spec);

void event_log_add_pod_state(struct event_log *log, sim_ns at_ns, uint32_t pod,
                             enum pod_state state);
void event_log_add_happening(struct event_log *log, sim_ns at_ns, uint32_t pod,
                             enum happening happening);

/* Told after what the entry did at this instant; comes before it. */
void event_log_add_entry(struct event_log *log, sim_ns at_ns, uint32_t entry);

/* A service's load balancer holds a node for healthy from now on, or no more. */
void event_log_add_balancer(struct event_log *log, sim_ns at_ns,
                            const struct balancer_verdict *verdict);

void event_log_add_change(struct event_log *log, const struct news *news);

/* A change takes effect on a node; the end of the sync that brings it follows. */
void event_log_add_applied(struct event_log *log, const struct news *news, uint32_t node);
void event_log_add_sync(struct event_log *log, sim_ns at_ns, uint32_t node);

/* The file. Once, at the end. */
void event_log_write(struct event_log *log, struct out *out);

#endif
