/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "stats/histogram.h"
#include "stats/quantile.h"

#define COUNT 20000u

/* Spans over nine orders of magnitude. */
static sim_ns span_of(uint32_t i)
{
    const uint64_t bits = hash_mix(i + 1);

    return (sim_ns)(bits >> (20 + bits % 40));
}

static void test_quantiles_are_within_half_a_percent(void **state)
{
    static const uint32_t millionths[] = {1,      10000,  250000, 500000,
                                          900000, 990000, 999000, 1000000};
    static sim_ns values_ns[COUNT];
    struct histogram histogram;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    histogram_init(&histogram, &arena);
    for (uint32_t i = 0; i < COUNT; i++) {
        values_ns[i] = span_of(i);
        histogram_add(&histogram, values_ns[i]);
    }
    for (uint32_t i = 0; i < EP_COUNT_OF(millionths); i++) {
        const sim_ns exact_ns =
            quantile_select_ns(values_ns, COUNT, quantile_rank(COUNT, millionths[i]));
        const sim_ns got_ns = histogram_quantile_ns(&histogram, millionths[i]);
        const sim_ns error_ns = got_ns > exact_ns ? got_ns - exact_ns : exact_ns - got_ns;

        if (error_ns > exact_ns / 200)
            fail_msg("quantile %u: %lld instead of %lld", millionths[i], (long long)got_ns,
                     (long long)exact_ns);
    }
    arena_deinit(&arena);
}

static void test_each_value_is_within_half_a_percent_of_its_bucket(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 63; bit++)
        for (int64_t step = -1; step <= 1; step++) {
            struct arena arena;
            struct histogram histogram;
            const sim_ns value_ns = (sim_ns)(UINT64_C(1) << bit) + step;
            sim_ns got_ns;

            arena_init(&arena);
            histogram_init(&histogram, &arena);
            histogram_add(&histogram, 0);
            histogram_add(&histogram, value_ns);
            histogram_add(&histogram, NS_NEVER);
            got_ns =
                histogram_quantile_ns(&histogram, 500000); /* the second of three: by its bucket */
            assert_true(got_ns >= value_ns - value_ns / 200 && got_ns <= value_ns + value_ns / 200);
            arena_deinit(&arena);
        }
}

static void test_count_sum_and_extremes_are_exact(void **state)
{
    struct histogram histogram;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    histogram_init(&histogram, &arena);
    histogram_add(&histogram, 7);
    histogram_add(&histogram, 1000000007);
    histogram_add_times(&histogram, 12345678901, 3);
    assert_int_equal(histogram.count, 5);
    assert_int_equal(histogram.min_ns, 7);
    assert_int_equal(histogram.max_ns, 12345678901);
    assert_int_equal(histogram.sum_low_ns, 7 + 1000000007 + 3 * INT64_C(12345678901));
    assert_int_equal(histogram_mean_ns(&histogram), 7607407343); /* 38037036717 / 5 = ...343.4 */
    arena_deinit(&arena);
}

static void test_sum_goes_beyond_64_bits(void **state)
{
    struct histogram histogram;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    histogram_init(&histogram, &arena);
    histogram_add_times(&histogram, INT64_MAX - 1, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        histogram_add(&histogram, INT64_MAX - 1);
    assert_int_equal(histogram_mean_ns(&histogram), INT64_MAX - 1);
    arena_deinit(&arena);
}

static void test_merge_is_as_if_all_were_counted_in_one(void **state)
{
    struct histogram parts[2];
    struct histogram whole;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    histogram_init(&whole, &arena);
    histogram_init(&parts[0], &arena);
    histogram_init(&parts[1], &arena);
    for (uint32_t i = 0; i < COUNT; i++) {
        histogram_add(&whole, span_of(i));
        histogram_add(&parts[i % 3 == 0], span_of(i));
    }
    histogram_merge(&parts[0], &parts[1]);
    assert_int_equal(parts[0].count, whole.count);
    assert_int_equal(parts[0].sum_low_ns, whole.sum_low_ns);
    assert_int_equal(parts[0].sum_high, whole.sum_high);
    assert_int_equal(parts[0].min_ns, whole.min_ns);
    assert_int_equal(parts[0].max_ns, whole.max_ns);
    for (uint32_t q = 0; q <= 1000000; q += 12500)
        assert_int_equal(histogram_quantile_ns(&parts[0], q), histogram_quantile_ns(&whole, q));
    arena_deinit(&arena);
}

static void test_an_empty_histogram_has_no_quantile_and_merges(void **state)
{
    struct histogram empty;
    struct histogram other;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    histogram_init(&empty, &arena);
    histogram_init(&other, &arena);
    assert_int_equal(histogram_quantile_ns(&empty, 500000), 0);
    assert_int_equal(histogram_mean_ns(&empty), 0);
    histogram_merge(&other, &empty);
    assert_int_equal(other.count, 0);
    assert_null(other.octaves);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_within_half_a_percent),
        cmocka_unit_test(test_each_value_is_within_half_a_percent_of_its_bucket),
        cmocka_unit_test(test_count_sum_and_extremes_are_exact),
        cmocka_unit_test(test_sum_goes_beyond_64_bits),
        cmocka_unit_test(test_merge_is_as_if_all_were_counted_in_one),
        cmocka_unit_test(test_an_empty_histogram_has_no_quantile_and_merges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
