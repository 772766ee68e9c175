/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * News: the account of one cause (a pod deleted, a process that stopped answering) on its way to the nodes' proxies.
 *
 * It is opened at the cause, dated as it passes each stage, and becomes a *change* when the EndpointSlice write that
 * carries it is stored; or it is dropped when the controller finds nothing to write for it (the cause was undone, or
 * another change of the same write already tells it). Later stages differ from node to node and are observed there.
 * Stages and kinds: design.md section 5.
 */
#ifndef EPSIM_CLUSTER_NEWS_H
#define EPSIM_CLUSTER_NEWS_H

#include "base/units.h"

#include <stdbool.h>

enum stage {
    STAGE_DETECT,
    STAGE_STATUS,
    STAGE_WATCH_CONTROLLER,
    STAGE_QUEUE,
    STAGE_SYNC,
    STAGE_STORE,
    STAGE_WATCH_NODE,
    STAGE_PROXY_WAIT,
    STAGE_PROXY_SYNC,
    STAGE_COUNT,
    STAGE_NONE = STAGE_COUNT /* nothing was stuck */
};

enum change_kind {
    CHANGE_REMOVE,
    CHANGE_ADD,
    CHANGE_TERMINATING,
    CHANGE_UNREADY,
    CHANGE_READY,
    CHANGE_EDIT,
    CHANGE_KIND_COUNT
};

enum cause {
    CAUSE_NONE,
    CAUSE_ROLLOUT,
    CAUSE_SCALE,
    CAUSE_KILL,
    CAUSE_DELETE,
    CAUSE_RELABEL,
    CAUSE_SPAWN,
    CAUSE_PROBE,
    CAUSE_START,
    CAUSE_CRASH,
    CAUSE_NODE,
    CAUSE_APPLY,
    CAUSE_PATCH,
    CAUSE_COUNT
};

enum news_state {
    NEWS_OPEN,
    NEWS_STORED,
    NEWS_DROPPED
};

struct news {
    uint32_t id;       /* index in the cluster's table, in order of cause */
    uint32_t change;   /* number in changes.csv, from 1; 0 before it is stored */
    uint32_t service;  /* index */
    uint32_t pod;      /* index */
    uint32_t next;     /* the next news of the same service and pod, ID_NONE if none yet */
    uint8_t state;     /* enum news_state */
    uint8_t kind;      /* enum change_kind; before it is stored: the expected one */
    uint8_t cause;     /* enum cause */
    bool is_effective; /* known once stored; before that: expected */
    bool
        is_undone; /* dropped because its cause was undone before anyone acted on it: it stays the reason of requests
                          lost meanwhile. Dropped and not undone: another change of the pod tells it, look at `next` */
    uint32_t node_count; /* nodes whose proxies will apply it */
    uint32_t reached_count;
    uint64_t resource_version; /* of the slice version that carries it */
    sim_ns t_cause_ns;
    sim_ns t_detect_ns; /* end of detect, and so on; NS_NEVER where not reached */
    sim_ns t_status_ns;
    sim_ns t_enqueue_ns;
    sim_ns t_sync_ns;
    sim_ns t_write_ns;
    sim_ns t_stored_ns;
    sim_ns t_endpoints_ns; /* the Endpoints object told it; no stage of the way to the nodes */
};

/* "detect" ... "proxy_sync", "none". */
const char *news_stage_name(enum stage stage);
const char *news_kind_name(enum change_kind kind);
const char *news_cause_name(enum cause cause); /* "" for CAUSE_NONE */

/* The stage in which `news` was at instant `at_ns` >= its cause, as far as the stages before the nodes tell it:
 * STAGE_WATCH_NODE if it was stored by then. */
enum stage news_stage_at(const struct news *news, sim_ns at_ns);

#endif
