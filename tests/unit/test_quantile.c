/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hash.h"
#include "stats/quantile.h"

#define SIZE_MAX_TRIED 300u

static int compare_ns(const void *left, const void *right)
{
    const sim_ns a = *(const sim_ns *)left;
    const sim_ns b = *(const sim_ns *)right;

    return (a > b) - (a < b);
}

/* Random, ascending, descending, and with many equal values. */
static sim_ns value_of(uint32_t shape, uint32_t i, uint32_t count)
{
    const sim_ns values_ns[] = {(sim_ns)(hash_mix(i) >> 2), i, count - i,
                                (sim_ns)(hash_mix(i) % 3)};

    return values_ns[shape];
}

static void test_selection_agrees_with_a_sort(void **state)
{
    (void)state;
    for (uint32_t shape = 0; shape < 4; shape++)
        for (uint32_t count = 1; count < SIZE_MAX_TRIED; count += 7)
            for (uint32_t rank = 0; rank < count; rank += 1 + count / 10) {
                sim_ns sorted_ns[SIZE_MAX_TRIED];
                sim_ns values_ns[SIZE_MAX_TRIED];

                for (uint32_t i = 0; i < count; i++)
                    sorted_ns[i] = values_ns[i] = value_of(shape, i, count);
                qsort(sorted_ns, count, sizeof(sorted_ns[0]), compare_ns);
                assert_int_equal(quantile_select_ns(values_ns, count, rank), sorted_ns[rank]);
                for (uint32_t i = 0; i < count; i++)
                    assert_true(i <= rank ? values_ns[i] <= sorted_ns[rank]
                                          : values_ns[i] >= sorted_ns[rank]);
            }
}

static void test_rank_is_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(quantile_rank(1, QUANTILE_P99), 0);
    assert_int_equal(quantile_rank(4, QUANTILE_P50), 1);
    assert_int_equal(quantile_rank(5, QUANTILE_P50), 2);
    assert_int_equal(quantile_rank(10, QUANTILE_P90), 8);
    assert_int_equal(quantile_rank(100, QUANTILE_P99), 98);
    assert_int_equal(quantile_rank(101, QUANTILE_P99), 99);
    assert_int_equal(quantile_rank(10, 0), 0);
    assert_int_equal(quantile_rank(10, 1000000), 9);
    assert_int_equal(quantile_rank(UINT32_MAX, 1000000), UINT32_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selection_agrees_with_a_sort),
        cmocka_unit_test(test_rank_is_the_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
