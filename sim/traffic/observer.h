/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What traffic tells whoever listens: one call a request, when its outcome is settled, and one an attempt before that. Nothing is formatted here.
 */
#ifndef EPSIM_TRAFFIC_OBSERVER_H
#define EPSIM_TRAFFIC_OBSERVER_H

#include "cluster/observer.h"

enum outcome {
    OUTCOME_OK,
    OUTCOME_REFUSED,
    OUTCOME_TIMEOUT,
    OUTCOME_RESET,
    OUTCOME_NO_ENDPOINTS,
    OUTCOME_OVERLOAD,
    OUTCOME_ERROR,
    OUTCOME_DNS,
    OUTCOME_DEADLINE,
    OUTCOME_COUNT
};

/* "ok", "refused", ... as in the result files. */
const char *observer_outcome_name(enum outcome outcome);

struct request_result {
    uint32_t client;
    uint32_t node;    /* the client's */
    uint32_t service; /* ID_NONE: the name did not resolve */
    uint32_t pod;     /* the last one chosen; ID_NONE: none was */
    uint64_t number;  /* of the client's requests, from 1 */
    sim_ns t_start_ns;
    sim_ns t_pick_ns; /* of the last pick; NS_NEVER: none */
    sim_ns
        t_sent_ns; /* the last attempt's pick, or when it was given a connection that was there before */
    sim_ns t_end_ns; /* latency = t_end - t_start */
    uint32_t attempts;
    uint8_t outcome;   /* enum outcome */
    uint8_t pod_state; /* enum pod_state at the failure's instant; of ok requests: not filled in */
    bool
        is_reused; /* the last attempt went over a connection that was there before: t_pick and news are that one's */
    bool is_counted; /* it started at or after the warm-up's end */
    uint32_t
        news; /* of the pod's news for this service that may concern it and that the node had not applied at the
                          pick, the oldest; ID_NONE: the node knew all there was to know */
    uint32_t
        lapse; /* cluster_lapse + 1 of the node that its load balancer took for healthy; 0: none */
};

struct traffic_observer {
    void *self;
    void (*request_done)(void *self, const struct request_result *result);
    /* An attempt has failed and the request goes on: its outcome, t_end and so on. May be NULL. */
    void (*attempt_retried)(void *self, const struct request_result *result);
};

#endif
