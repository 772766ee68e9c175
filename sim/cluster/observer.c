/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/observer.h"

#include "base/error.h"

static const char *const pod_state_names[POD_STATE_COUNT] = {
    "pending", "starting", "ready", "unready", "terminating", "stopped", "gone", "external",
};

const char *observer_pod_state_name(enum pod_state state)
{
    EP_REQUIRE(state < POD_STATE_COUNT);
    return pod_state_names[state];
}
