/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "traffic/draws.h"

#define COUNT 1000

static void draws_together_are_those_one_by_one(void **state)
{
    const struct distribution distributions[] = {
        distribution_constant(NS_PER_MS),
        distribution_lognormal_quantiles(300 * NS_PER_US, 5 * NS_PER_MS),
        distribution_lognormal_quantiles(1, 3),
        distribution_lognormal_quantiles(NS_PER_HOUR, 2000000 * NS_PER_HOUR),
        distribution_exponential(10 * NS_PER_MS),
        distribution_exponential(2),
        distribution_exponential(300000 * NS_PER_HOUR),
        distribution_uniform(3, 9),
        distribution_pareto(NS_PER_MS, 0.1),
    };
    sim_ns spans_ns[COUNT];

    (void)state;
    for (size_t d = 0; d < EP_COUNT_OF(distributions); d++) {
        draws_fill(spans_ns, COUNT, &distributions[d], 17, 5);
        for (uint32_t i = 0; i < COUNT; i++) {
            struct random random = random_at(17, 5 + i);
            const sim_ns drawn_ns = distribution_draw(&distributions[d], &random);

            assert_int_equal(spans_ns[i], drawn_ns < DRAWS_MAX_NS ? drawn_ns : DRAWS_MAX_NS);
            assert_int_equal(spans_ns[i], draws_one_ns(&distributions[d], 17, 5 + i));
        }
    }
}

static void units_scaled_are_the_exponential_draws(void **state)
{
    const struct distribution exponential = distribution_exponential(10 * NS_PER_MS);
    double units[COUNT];

    (void)state;
    draws_fill_units(units, COUNT, 17, 5);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_int_equal(draws_scaled_ns(exponential.a, units[i]),
                         draws_one_ns(&exponential, 17, 5 + i));
}

static void no_draw_is_long_enough_to_overflow_a_sum(void **state)
{
    const struct distribution pareto = distribution_pareto(NS_PER_HOUR, 0.01);
    sim_ns longest_ns = 0;

    (void)state;
    for (uint64_t i = 0; i < COUNT; i++) {
        const sim_ns span_ns = draws_one_ns(&pareto, 1, i);

        longest_ns = span_ns > longest_ns ? span_ns : longest_ns;
    }
    assert_int_equal(longest_ns, DRAWS_MAX_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_together_are_those_one_by_one),
        cmocka_unit_test(units_scaled_are_the_exponential_draws),
        cmocka_unit_test(no_draw_is_long_enough_to_overflow_a_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
