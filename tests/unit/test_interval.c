/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "stats/interval.h"

static void expect_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* By hand: mean 4, deviation sqrt(20 / 4), t(0.975, 4) = 2.7764451. */
static void test_five_values_by_hand(void **state)
{
    static const double values[] = {1, 3, 4, 5, 7};
    struct moments moments = {.count = 0};
    struct interval interval;

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        interval_add(&moments, values[i]);
    interval = interval_student95(&moments);
    expect_near(moments.mean, 4, 1e-15);
    expect_near(interval_deviation(&moments), sqrt(5), 1e-15);
    expect_near(interval.high - 4, 2.7764451051977987, 1e-9);
    expect_near(4 - interval.low, 2.7764451051977987, 1e-9);
}

static void test_one_value_has_no_interval(void **state)
{
    struct moments moments = {.count = 0};

    (void)state;
    assert_true(isnan(interval_student95(&moments).low));
    interval_add(&moments, 3);
    assert_true(isnan(interval_student95(&moments).low));
    assert_true(isnan(interval_student95(&moments).high));
    interval_add(&moments, 3);
    expect_near(interval_student95(&moments).low, 3, 0);
    expect_near(interval_student95(&moments).high, 3, 0);
}

static void test_large_offsets_lose_no_variance(void **state)
{
    struct moments moments = {.count = 0};

    (void)state;
    for (uint32_t i = 0; i < 1000; i++)
        interval_add(&moments, 1e9 + (i % 2));
    expect_near(interval_deviation(&moments), sqrt(0.25 * 1000 / 999), 1e-6);
}

/* Of 2,000 experiments with 8 sums of uniform values each, 95 % of the intervals hold the true mean: 4 standard errors. */
static void test_95_percent_of_the_intervals_hold_the_mean(void **state)
{
    uint32_t held = 0;
    uint64_t draw = 0;

    (void)state;
    for (uint32_t experiment = 0; experiment < 2000; experiment++) {
        struct moments moments = {.count = 0};
        struct interval interval;

        for (uint32_t i = 0; i < 8; i++) {
            double sum = 0;

            for (uint32_t k = 0; k < 12; k++)
                sum += (double)(hash_mix(++draw) >> 11) * 0x1p-53;
            interval_add(&moments, sum);
        }
        interval = interval_student95(&moments);
        held += interval.low <= 6 && interval.high >= 6;
    }
    assert_in_range(held, 1900 - 39, 1900 + 39);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_values_by_hand),
        cmocka_unit_test(test_one_value_has_no_interval),
        cmocka_unit_test(test_large_offsets_lose_no_variance),
        cmocka_unit_test(test_95_percent_of_the_intervals_hold_the_mean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
