/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/draws.h"

#define FEW_COUNT 64u

static sim_ns cut(sim_ns span_ns)
{
    return span_ns < DRAWS_MAX_NS ? span_ns : DRAWS_MAX_NS;
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

/* The normals first: what is left is a loop without a jump. */
static void fill_lognormals(sim_ns *spans_ns, uint32_t count,
                            const struct distribution *distribution, uint64_t key, uint64_t first)
{
    double normals[FEW_COUNT];

    for (uint32_t i = 0; i < count; i++) {
        struct random random = random_at(key, first + i);

        normals[i] = random_normal(&random);
    }
    for (uint32_t i = 0; i < count; i++)
        spans_ns[i] = draws_round_ns(random_exp(distribution->a + distribution->b * normals[i]));
}

void draws_fill(sim_ns *spans_ns, uint32_t count, const struct distribution *distribution,
                uint64_t key, uint64_t first)
{
    if (distribution->kind == DISTRIBUTION_LOGNORMAL)
        for (uint32_t i = 0; i < count; i += FEW_COUNT)
            fill_lognormals(spans_ns + i, count - i < FEW_COUNT ? count - i : FEW_COUNT,
                            distribution, key, first + i);
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
