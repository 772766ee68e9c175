/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why each failed request was lost: which change its node had not yet applied when the endpoint was picked.
 *
 * The rule. Take the oldest effective change to that pod for that service, caused by the instant of the pick and not
 * yet in effect on the client's node: stale_s is the time from its cause to the pick, the stage is where it was then.
 * If there is none, but a cause was under way that never became a change by the end of the run (undone before anyone
 * noticed, told by another change of the same write, or cut off by the end), that cause and its stage are named, with
 * staleness 0: there is no row in changes.csv to measure it by. Else: stage none, no cause.
 *
 * A request that found no endpoint on a node to which its load balancer sent it, although the node failed its checks by
 * then, was lost in stage detect, by the cause that made the node fail, with staleness 0: the node knew all; balancer_s
 * is how long the checks would have failed.
 *
 * When a request fails, the news may still be open. The failure then waits in a queue, in order, until it is known
 * what becomes of the news; so the rows come out in the order in which the outcomes were settled.
 */
#ifndef EPSIM_RECORD_ATTRIBUTION_H
#define EPSIM_RECORD_ATTRIBUTION_H

#include "base/out.h"
#include "record/change_log.h"
#include "traffic/observer.h"

/* A request on its way to requests.csv. */
struct attribution_entry {
    struct request_result result;
    sim_ns stale_ns;
    uint64_t next_waiting; /* the next entry that waits for the same news: sequence + 1, 0: none */
    uint32_t candidate;    /* the news waited for */
    uint32_t change;       /* number of the change to blame, 0: none */
    uint32_t fallback;     /* news that came to nothing, ID_NONE: none */
    uint8_t stage;         /* enum stage */
    uint8_t cause;         /* enum cause */
    bool is_settled;
};

/* Failures alike, for the summary. */
struct attribution_group {
    uint8_t outcome;
    uint8_t pod_state; /* POD_STATE_COUNT: no pod was chosen */
    uint8_t stage;
    uint8_t cause;
    bool has_many_nodes; /* else all were lost on `node` */
    uint32_t node;
    uint64_t count;
    sim_ns max_stale_ns;
};

struct attribution {
    struct arena *arena;
    const struct cluster *cluster;
    const struct change_log *changes;
    struct out *rows; /* NULL: no requests.csv */
    const struct traffic_spec *traffic;
    struct attribution_entry
        *ring; /* entry of sequence s is ring[s % capacity]; capacity is a power of two */
    uint32_t capacity;
    uint64_t head;     /* sequence of the oldest entry */
    uint64_t tail;     /* of the next one */
    uint64_t *waiting; /* by news: first entry that waits for it, sequence + 1 */
    uint32_t waiting_capacity;
    struct attribution_group *groups;
    uint32_t group_count;
    uint32_t group_capacity;
    bool has_ended; /* nothing more will be known */
};

void attribution_init(struct attribution *attribution, struct arena *arena,
                      const struct cluster *cluster, const struct change_log *changes);

/* Writes the header now and a row a request from here on. */
void attribution_write_rows(struct attribution *attribution, struct out *rows,
                            const struct traffic_spec *traffic);

/* No row from here on. */
void attribution_stop_rows(struct attribution *attribution);

/* A counted request that failed, or one that only gets a row. */
void attribution_add_failure(struct attribution *attribution, const struct request_result *result);
void attribution_add_ok(struct attribution *attribution, const struct request_result *result);

/* News was stored or dropped; or reached a node. After the change log was told. */
void attribution_settle_news(struct attribution *attribution, const struct news *news);
void attribution_settle_node(struct attribution *attribution, const struct news *news,
                             uint32_t node);

/* The end of the run: settles all that waits, as far as is known. */
void attribution_finish(struct attribution *attribution);

#endif
