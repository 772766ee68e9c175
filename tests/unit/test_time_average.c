/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats/time_average.h"

static void expect_equal(double got, double want)
{
    if (!(got >= want && got <= want))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* 2 for 3 s, 4 for 1 s, 0 for 4 s: 10 / 8. */
static void test_levels_count_by_their_time(void **state)
{
    struct time_average average;

    (void)state;
    time_average_init(&average, NS_PER_S, 2);
    time_average_set(&average, 4 * NS_PER_S, 4);
    time_average_set(&average, 5 * NS_PER_S, 0);
    expect_equal(time_average_mean(&average, 9 * NS_PER_S), 1.25);
    assert_int_equal(average.max_level, 4);
}

static void test_a_level_of_no_time_does_not_count(void **state)
{
    struct time_average average;

    (void)state;
    time_average_init(&average, 0, 1);
    expect_equal(time_average_mean(&average, 0), 1);
    time_average_set(&average, 0, 1000);
    time_average_set(&average, 0, 3);
    expect_equal(time_average_mean(&average, NS_PER_S), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_count_by_their_time),
        cmocka_unit_test(test_a_level_of_no_time_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
