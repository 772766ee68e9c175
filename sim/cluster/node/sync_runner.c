/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/sync_runner.h"

#include "base/error.h"

#define LONG_AGO_NS (-NS_PER_HOUR)

void sync_runner_init(struct sync_runner *runner, sim_ns min_ns, bool is_old)
{
    EP_REQUIRE(min_ns > 0);
    runner->min_ns = min_ns;
    runner->last_end_ns = LONG_AGO_NS;
    runner->is_old = is_old;
    runner->bucket = (struct rate_limiter){
        .token_ns = min_ns,
        .capacity_ns = 2 * min_ns,
        .credit_ns = 2 * min_ns,
        .as_of_ns = LONG_AGO_NS,
    };
}

sim_ns sync_runner_request(struct sync_runner *runner, sim_ns now_ns)
{
    sim_ns possible_ns = runner->last_end_ns + runner->min_ns;

    if (runner->is_old && rate_limiter_try(&runner->bucket, now_ns))
        return now_ns;
    return possible_ns > now_ns ? possible_ns : now_ns;
}

void sync_runner_finished(struct sync_runner *runner, sim_ns now_ns)
{
    runner->last_end_ns = now_ns;
}
