/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/rate_limiter.h"

#include "base/error.h"

void rate_limiter_init(struct rate_limiter *limiter, double rate_per_s, uint32_t burst)
{
    EP_REQUIRE(rate_per_s > 0 && burst >= 1);
    limiter->token_ns = (sim_ns)((double)NS_PER_S / rate_per_s + 0.5);
    limiter->capacity_ns = limiter->token_ns * (sim_ns)burst;
    limiter->credit_ns = limiter->capacity_ns;
    limiter->as_of_ns = 0;
}

static void refill(struct rate_limiter *limiter, sim_ns now_ns)
{
    sim_ns missing_ns = limiter->capacity_ns - limiter->credit_ns;
    sim_ns elapsed_ns = now_ns - limiter->as_of_ns;

    if (elapsed_ns <= 0)
        return;
    limiter->credit_ns += elapsed_ns < missing_ns ? elapsed_ns : missing_ns;
    limiter->as_of_ns = now_ns;
}

sim_ns rate_limiter_reserve(struct rate_limiter *limiter, sim_ns now_ns)
{
    refill(limiter, now_ns);
    limiter->credit_ns -= limiter->token_ns;
    return limiter->credit_ns >= 0 ? now_ns : now_ns - limiter->credit_ns;
}

bool rate_limiter_try(struct rate_limiter *limiter, sim_ns now_ns)
{
    refill(limiter, now_ns);
    if (limiter->credit_ns < limiter->token_ns)
        return false;
    limiter->credit_ns -= limiter->token_ns;
    return true;
}

sim_ns rate_limiter_ready_ns(struct rate_limiter *limiter, sim_ns now_ns)
{
    refill(limiter, now_ns);
    return limiter->credit_ns >= limiter->token_ns
               ? now_ns
               : now_ns + limiter->token_ns - limiter->credit_ns;
}
