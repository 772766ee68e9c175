/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/news.h"

#include "base/error.h"

static const char *const stage_names[STAGE_COUNT + 1] = {
    "detect", "status",     "watch_controller", "queue",      "sync",
    "store",  "watch_node", "proxy_wait",       "proxy_sync", "none",
};

static const char *const kind_names[CHANGE_KIND_COUNT] = {
    "remove", "add", "terminating", "unready", "ready", "edit",
};

static const char *const cause_names[CAUSE_COUNT] = {
    "",      "rollout", "scale", "kill", "delete", "relabel", "spawn",
    "probe", "start",   "crash", "node", "apply",  "patch",
};

const char *news_stage_name(enum stage stage)
{
    EP_REQUIRE(stage <= STAGE_NONE);
    return stage_names[stage];
}

const char *news_kind_name(enum change_kind kind)
{
    EP_REQUIRE(kind < CHANGE_KIND_COUNT);
    return kind_names[kind];
}

const char *news_cause_name(enum cause cause)
{
    EP_REQUIRE(cause < CAUSE_COUNT);
    return cause_names[cause];
}

enum stage news_stage_at(const struct news *news, sim_ns at_ns)
{
    const sim_ns stage_ends_ns[] = {
        [STAGE_DETECT] = news->t_detect_ns,
        [STAGE_STATUS] = news->t_status_ns,
        [STAGE_WATCH_CONTROLLER] = news->t_enqueue_ns,
        [STAGE_QUEUE] = news->t_sync_ns,
        [STAGE_SYNC] = news->t_write_ns,
        [STAGE_STORE] = news->t_stored_ns,
    };

    for (uint32_t stage = STAGE_DETECT; stage <= STAGE_STORE; stage++)
        if (at_ns < stage_ends_ns[stage])
            return (enum stage)stage;
    return STAGE_WATCH_NODE;
}
