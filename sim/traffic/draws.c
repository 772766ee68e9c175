/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/draws.h"

static sim_ns cut(sim_ns span_ns)
{
    return span_ns < DRAWS_MAX_NS ? span_ns : DRAWS_MAX_NS;
}

static inline sim_ns lognormal(const struct distribution *distribution, struct random random)
{
    return draws_round_ns(random_exp(distribution->a + distribution->b * random_normal(&random)));
}

static inline sim_ns exponential(const struct distribution *distribution, struct random random)
{
    return draws_scaled_ns(distribution->a, random_exponential(&random));
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

void draws_fill_units(double *units, uint32_t count, uint64_t key, uint64_t first)
{
    for (uint32_t i = 0; i < count; i++) {
        struct random random = random_at(key, first + i);

        units[i] = random_exponential(&random);
    }
}
