/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/observer.h"

#include "base/error.h"

static const char *const pod_state_names[POD_STATE_COUNT] = {
    "pending", "starting", "ready", "unready", "terminating", "stopped", "gone", "external",
};

#define HAPPENING_NAME(name, text) [name] = (text),
static const char *const happening_names[HAPPENING_COUNT] = {HAPPENINGS(HAPPENING_NAME)};
#undef HAPPENING_NAME

const char *observer_happening_name(enum happening happening)
{
    EP_REQUIRE(happening < HAPPENING_COUNT);
    return happening_names[happening];
}

const char *observer_pod_state_name(enum pod_state state)
{
    EP_REQUIRE(state < POD_STATE_COUNT);
    return pod_state_names[state];
}
