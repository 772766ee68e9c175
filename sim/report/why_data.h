/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `epsim why` needs of a result, in memory: lost requests, changes, their way to the nodes, pods' lives. All from
 * the result's files.
 */
#ifndef EPSIM_REPORT_WHY_DATA_H
#define EPSIM_REPORT_WHY_DATA_H

#include "record/name_index.h"
#include "report/result.h"
#include "traffic/observer.h"

#define WHY_BORDERS 7u /* cause, detect, status, enqueue, sync, write, stored */

/* Names of one kind, numbered from 0 in the order in which they were met. */
struct why_names {
    struct name_index map;
    const char **names;
    uint32_t count;
    uint32_t capacity;
};

/* A row of requests.csv: all lost ones, and of the others the one that was asked for. */
struct why_request {
    const char *id;
    sim_ns t_ns;
    sim_ns pick_ns; /* NS_NEVER: none */
    sim_ns latency_ns;
    sim_ns stale_ns;
    const char *client;
    const char *service;
    const char *ip;
    uint32_t node;
    uint32_t pod; /* ID_NONE: none was chosen */
    uint32_t attempts;
    uint32_t change; /* number of the change to blame, 0: none */
    sim_ns
        unnoticed_ns; /* the load balancer had not noticed so long that its node failed; NS_NEVER: no matter */
    uint32_t emptied_by; /* the change by which it did, 0: none */
    uint8_t outcome;     /* enum outcome */
    uint8_t pod_state; /* enum pod_state; POD_STATE_COUNT: no pod was chosen, or it is not known */
    uint8_t stage;     /* enum stage */
    uint8_t cause;     /* enum cause */
};

struct why_change {
    uint32_t number;
    uint32_t pod;
    const char *service;
    const char *ip;
    sim_ns borders_ns[WHY_BORDERS]; /* NS_NEVER where empty */
    sim_ns latency_ns[5]; /* first, p50, p90, p99, last; NS_NEVER: not everywhere at the end */
    const char *rv;
    uint32_t node_count;
    uint32_t first_pair; /* of the rows of propagation.csv */
    uint32_t pair_count;
    uint8_t kind;  /* enum change_kind */
    uint8_t cause; /* enum cause */
    bool is_effective;
};

/* A row of propagation.csv. */
struct why_pair {
    uint32_t change; /* number */
    uint32_t node;
    sim_ns stages_ns[STAGE_COUNT];
    sim_ns total_ns;
};

/* A line of events.jsonl. */
struct why_event {
    uint32_t id;
    uint32_t cause; /* id; 0: none */
    sim_ns at_ns;
    const char *what;
    const char *text; /* of the timeline its entry; why a pod was created or deleted; "" */
    uint32_t pod;     /* ID_NONE: none */
    uint32_t change;  /* of a change its number; 0 */
    uint32_t next;    /* index of the pod's next event, ID_NONE */
};

struct why_pod {
    const char *owner;
    const char *image;
    const char *node;
    sim_ns grace_ns;
    sim_ns prestop_ns;
    sim_ns probe_period_ns; /* 0: no readiness probe */
    uint32_t probe_failures;
    uint32_t first_event; /* ID_NONE */
    uint32_t last_event;
};

/* A row of the summary's losses. */
struct why_loss {
    const char *outcome;
    const char *pod_state;
    const char *stage;
    const char *cause;
    double count; /* a mean over the replications */
    double max_stale_s;
};

struct why_data {
    struct result *result;
    struct arena *arena; /* the result's */
    struct why_names node_names;
    struct why_names pod_names;
    struct why_request *requests; /* lost ones, in the file's order */
    uint32_t request_count;
    uint32_t request_capacity;
    uint64_t row_count;   /* of requests.csv */
    const char *first_id; /* of its rows; NULL: none */
    const char *last_id;
    bool has_asked; /* the request asked for is there */
    struct why_request asked;
    struct why_change *changes; /* by number, ascending */
    uint32_t change_count;
    uint32_t change_capacity;
    struct why_pair *pairs;
    uint32_t pair_count;
    uint32_t pair_capacity;
    struct why_event *events; /* by id - 1 */
    uint32_t event_count;
    uint32_t event_capacity;
    struct why_pod *pods; /* by number of pod_names */
    uint32_t pod_capacity;
    double lost_count; /* the summary's: a mean over the replications */
    double total_count;
    sim_ns
        slowest_ok_ns; /* the longest latency of an ok request; of several replications the mean of it */
    sim_ns until_ns;
    struct why_loss *losses;
    uint32_t loss_count;
    uint32_t loss_capacity;
    bool is_sampled; /* propagation.csv holds a sample */
};

/* Reads the files of an open result; `asked_id`: a request to be found whatever became of it, NULL: none. STATUS_INVALID
 * with its place if a file is not as expected. Memory is the result's. */
enum status why_data_load(struct why_data *data, struct result *result, const char *asked_id,
                          struct error *err) EP_MUST_CHECK;

const char *why_data_pod(const struct why_data *data, uint32_t pod);   /* "" for ID_NONE */
const char *why_data_node(const struct why_data *data, uint32_t node); /* its name */

/* NULL if the file has none of that number. */
const struct why_change *why_data_change(const struct why_data *data, uint32_t number);

/* The way of a change to a node; NULL if it had not arrived at the end, or is not in the sample. */
const struct why_pair *why_data_pair(const struct why_data *data, uint32_t number, uint32_t node);

/* The pod's last event `what` at or before `at_ns`; NULL if there is none. */
const struct why_event *why_data_last(const struct why_data *data, uint32_t pod, const char *what,
                                      sim_ns at_ns);

/* Its instant; NS_NEVER if there is none. */
sim_ns why_data_last_ns(const struct why_data *data, uint32_t pod, const char *what, sim_ns at_ns);

/* The event of that id; NULL if there is none. */
const struct why_event *why_data_event(const struct why_data *data, uint32_t id);

#endif
