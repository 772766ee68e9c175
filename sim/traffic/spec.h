/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Load and the programs in the pods, as the scenario has them. Read-only once a world is made of it.
 */
#ifndef EPSIM_TRAFFIC_SPEC_H
#define EPSIM_TRAFFIC_SPEC_H

#include "cluster/spec.h"

/* apps[].onSIGTERM */
enum on_sigterm {
    ON_SIGTERM_EXIT,   /* the process ends at once: its connections are reset */
    ON_SIGTERM_DRAIN,  /* refuses new connections, finishes the rest, then ends */
    ON_SIGTERM_IGNORE, /* goes on until SIGKILL */
};

/* From at_ns on this share of requests is answered 5xx. */
struct error_step {
    sim_ns at_ns;
    double ratio;
};

/* apps[]: what a manifest cannot say. The first whose match fits a pod applies; a last one without match is the default. */
struct app_spec {
    const char *match_image;      /* exact or glob (* and ?), NULL: any */
    const char *match_deployment; /* NULL: any */
    bool has_match_selector;
    struct selector match_selector;
    struct distribution startup;      /* container started until it listens; 1 s */
    struct distribution service_time; /* exponential, mean 10 ms */
    uint32_t concurrency;             /* 100 */
    uint32_t queue;                   /* 1000 */
    enum on_sigterm on_sigterm;
    sim_ns keep_alive_ns;                 /* idle connections are closed after it; 0: never */
    double error_ratio;                   /* answered 5xx, from the start on; 0 */
    const struct error_step *error_steps; /* by time */
    uint32_t error_step_count;
    uint32_t error_from;            /* the process's request from which on all are; 0: none */
    struct distribution error_time; /* 1 ms */
    const uint16_t *listen;         /* NULL: the declared ports */
    uint32_t listen_count;
};

enum arrivals {
    ARRIVALS_POISSON,
    ARRIVALS_EVEN,
    ARRIVALS_DISTRIBUTION
};

/* k6's executors. */
enum executor {
    EXECUTOR_CONSTANT_ARRIVAL_RATE,
    EXECUTOR_RAMPING_ARRIVAL_RATE,
    EXECUTOR_CONSTANT_VUS,
    EXECUTOR_RAMPING_VUS
};

enum retry_jitter {
    RETRY_JITTER_NONE,
    RETRY_JITTER_EQUAL,
    RETRY_JITTER_FULL
};

/* clients[].retry. */
struct retry_spec {
    uint32_t attempts;     /* after the first; 0: no retries */
    uint32_t on;           /* outcomes: 1 << OUTCOME_... */
    sim_ns backoff_ns;     /* before the first retry; 50 ms */
    sim_ns max_backoff_ns; /* 0: no limit */
    enum retry_jitter jitter;
    bool has_budget;
    double budget_ratio; /* retries a request */
    double budget_min_per_s;
    sim_ns budget_ttl_ns;
    sim_ns
        per_try_ns; /* limit of an attempt, timeout being that of all; 0: each attempt has the timeout */
};

/* clients[].connection. */
struct connection_spec {
    bool is_kept;
    uint32_t per_client;    /* at most so many at once */
    uint32_t max_requests;  /* 0: no limit */
    sim_ns max_age_ns;      /* 0: no limit */
    sim_ns idle_timeout_ns; /* 0: no limit */
};

/* A stage of a ramping rate, or number of users: it changes linearly to the target; with a duration of 0 at once. */
struct rate_stage {
    sim_ns duration_ns;
    double target_per_s; /* 0: no requests by then; of users: their number */
};

/* clients[]: a load. */
struct client_spec {
    const char *name;
    const char *target;     /* as written: "http://kubia" */
    const char *service;    /* the URL's host split: name, namespace and port */
    const char *service_ns; /* NULL: `service` is a whole host name outside the cluster */
    uint16_t port;          /* 80, or 443 for https */
    enum executor executor;
    double rate_per_s;       /* constant: rate / timeUnit, over all nodes together */
    double start_rate_per_s; /* ramping: at t = 0; after the last stage the rate stays */
    const struct rate_stage *stages;
    uint32_t stage_count;
    uint32_t start_users;           /* virtual users at t = 0 */
    struct distribution think_time; /* of virtual users, between two requests */
    sim_ns graceful_ns;             /* a user that goes may end its request within it */
    struct connection_spec connection;
    struct retry_spec retry;
    enum arrivals arrivals;
    struct distribution gap; /* ARRIVALS_DISTRIBUTION: between two requests; its mean is as given */
    const char *const *from_nodes; /* names; NULL: all nodes */
    uint32_t from_node_count;
    uint32_t identity_count;   /* client addresses on each node; 0 counts as 1 */
    const char *pod_label;     /* the URL's host is a single pod of the service, NULL: it is not */
    uint32_t try_count;        /* names that the resolver asks for until this one's turn comes */
    uint32_t try_count_max;    /* if none of them exists */
    bool has_dns_cache;        /* the program keeps answers: */
    sim_ns dns_keep_ns;        /* so long; 0: for their TTL */
    sim_ns dns_keep_denial_ns; /* that there is no such name; 0: for its TTL */
    bool is_outside;           /* its requests arrive from outside at from_nodes' node ports */
    bool has_address;          /* the target is an address, or a node: nobody asks DNS */
    const char
        *entry_node;   /* whose node port the target is, from inside too; NULL: it names none */
    bool has_turns;    /* its requests come from them in turn, not at random */
    sim_ns timeout_ns; /* 10 s */
};

struct traffic_spec {
    const struct app_spec *apps;
    uint32_t
        app_count; /* at least 1: the scenario layer appends the default app, which matches anything */
    const struct client_spec *clients;
    uint32_t client_count;
};

#endif
