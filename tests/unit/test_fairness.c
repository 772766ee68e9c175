/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stats/fairness.h"

static void test_equal_loads_are_fair(void **state)
{
    static const uint64_t loads[] = {5, 5, 5, 5};

    (void)state;
    assert_true(fairness_jain(loads, 4) >= 1 && fairness_jain(loads, 4) <= 1);
    assert_true(fairness_max_over_mean(loads, 4) >= 1 && fairness_max_over_mean(loads, 4) <= 1);
}

static void test_one_that_has_all(void **state)
{
    static const uint64_t loads[] = {0, 0, 8, 0};

    (void)state;
    assert_true(fairness_jain(loads, 4) * 4 >= 1 && fairness_jain(loads, 4) * 4 <= 1);
    assert_true(fairness_max_over_mean(loads, 4) >= 4 && fairness_max_over_mean(loads, 4) <= 4);
}

/* (1 + 2 + 3)^2 / (3 * (1 + 4 + 9)) = 36 / 42; 3 / 2 */
static void test_an_uneven_load_by_hand(void **state)
{
    static const uint64_t loads[] = {1, 2, 3};
    const double error = fairness_jain(loads, 3) - 36.0 / 42.0;

    (void)state;
    assert_true(error < 1e-15 && error > -1e-15);
    assert_true(fairness_max_over_mean(loads, 3) >= 1.5 && fairness_max_over_mean(loads, 3) <= 1.5);
}

static void test_no_load_is_fair(void **state)
{
    static const uint64_t loads[] = {0, 0};

    (void)state;
    assert_true(fairness_jain(loads, 2) >= 1);
    assert_true(fairness_max_over_mean(loads, 0) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_loads_are_fair),
        cmocka_unit_test(test_one_that_has_all),
        cmocka_unit_test(test_an_uneven_load_by_hand),
        cmocka_unit_test(test_no_load_is_fair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
