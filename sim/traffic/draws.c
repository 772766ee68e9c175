/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/draws.h"

static sim_ns cut(sim_ns span_ns)
{
    return span_ns < DRAWS_MAX_NS ? span_ns : DRAWS_MAX_NS;
}

/* As distribution_draw rounds. */
static sim_ns round_to_ns(double x)
{
    if (!(x < (double)DRAWS_MAX_NS))
        return DRAWS_MAX_NS;

    const sim_ns whole = (sim_ns)x;

    return whole + (x - (double)whole >= 0.5);
}

static inline sim_ns lognormal(const struct distribution *distribution, struct random random)
{
    return round_to_ns(random_exp(distribution->a + distribution->b * random_normal(&random)));
}

static inline sim_ns exponential(const struct distribution *distribution, struct random random)
{
    return round_to_ns(distribution->a * random_exponential(&random));
}

sim_ns draws_one_ns(const struct distribution *distribution, uint64_t key, uint64_t n)
{
    struct random random = random_at(key, n);

    if (distribution->kind == DISTRIBUTION_EXPONENTIAL)
        return exponential(distribution, random);
    return cut(distribution_draw(distribution, &random));
}

void draws_fill(sim_ns *spans_ns, uint32_t count, const struct distribution *distribution,
                uint64_t key, uint64_t first)
{
    if (distribution->kind == DISTRIBUTION_LOGNORMAL)
        for (uint32_t i = 0; i < count; i++)
            spans_ns[i] = lognormal(distribution, random_at(key, first + i));
    else if (distribution->kind == DISTRIBUTION_EXPONENTIAL)
        for (uint32_t i = 0; i < count; i++)
            spans_ns[i] = exponential(distribution, random_at(key, first + i));
    else
        for (uint32_t i = 0; i < count; i++)
            spans_ns[i] = draws_one_ns(distribution, key, first + i);
}
