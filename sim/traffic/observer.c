/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/observer.h"

#include "base/error.h"

static const char *const outcome_names[OUTCOME_COUNT] = {
    "ok", "refused", "timeout", "reset", "no_endpoints", "overload", "error", "dns", "deadline",
};

const char *observer_outcome_name(enum outcome outcome)
{
    EP_REQUIRE(outcome < OUTCOME_COUNT);
    return outcome_names[outcome];
}
