/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/draws.h"

#include "base/exact_math.h"

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

sim_ns draws_one_ns(const struct distribution *distribution, uint64_t key, uint64_t n)
{
    struct random random = random_at(key, n);

    return cut(distribution_draw(distribution, &random));
}

static void fill_lognormal(sim_ns *spans_ns, uint32_t count,
                           const struct distribution *distribution, uint64_t key, uint64_t first)
{
    const double mu = distribution->a;
    const double sigma = distribution->b;

    for (uint32_t i = 0; i < count; i++) {
        struct random random = random_at(key, first + i);

        spans_ns[i] = round_to_ns(exact_exp(mu + sigma * random_normal(&random)));
    }
}

static void fill_exponential(sim_ns *spans_ns, uint32_t count,
                             const struct distribution *distribution, uint64_t key, uint64_t first)
{
    const double mean = distribution->a;

    for (uint32_t i = 0; i < count; i++) {
        struct random random = random_at(key, first + i);

        spans_ns[i] = round_to_ns(mean * random_exponential(&random));
    }
}

void draws_fill(sim_ns *spans_ns, uint32_t count, const struct distribution *distribution,
                uint64_t key, uint64_t first)
{
    if (distribution->kind == DISTRIBUTION_LOGNORMAL)
        fill_lognormal(spans_ns, count, distribution, key, first);
    else if (distribution->kind == DISTRIBUTION_EXPONENTIAL)
        fill_exponential(spans_ns, count, distribution, key, first);
    else
        for (uint32_t i = 0; i < count; i++)
            spans_ns[i] = draws_one_ns(distribution, key, first + i);
}
