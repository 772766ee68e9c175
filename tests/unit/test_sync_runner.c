/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/node/sync_runner.h"

#define CHANGE_EVERY_NS (10 * NS_PER_MS)
#define CHANGES_UNTIL_NS (10 * NS_PER_S)

/* Changes every 10 ms from 0 to 10 s, syncs that take `length_ns`: the starts of the first `count` runs. */
static void run_under_load(struct sync_runner *runner, sim_ns length_ns, sim_ns *starts_ns,
                           uint32_t count)
{
    sim_ns now_ns = 0;

    for (uint32_t i = 0; i < count; i++) {
        sim_ns allowed_ns = sync_runner_request(runner, now_ns);

        while (allowed_ns > now_ns) { /* ask again then, as a timer does */
            now_ns = allowed_ns;
            allowed_ns = sync_runner_request(runner, now_ns);
        }
        starts_ns[i] = now_ns;
        now_ns += length_ns;
        sync_runner_finished(runner, now_ns);
        /* the next change comes at once: there is one every 10 ms */
        now_ns = (now_ns + CHANGE_EVERY_NS - 1) / CHANGE_EVERY_NS * CHANGE_EVERY_NS;
        assert_true(now_ns <= CHANGES_UNTIL_NS);
    }
}

static void test_the_new_runner_runs_min_interval_after_the_end_of_the_last(void **state)
{
    struct sync_runner runner;
    sim_ns starts_ns[8];

    (void)state;
    sync_runner_init(&runner, NS_PER_S, false);
    run_under_load(&runner, 200 * NS_PER_MS, starts_ns, 8);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(starts_ns[i], (sim_ns)i * 1200 * NS_PER_MS);
}

static void test_the_old_runner_has_a_burst_of_two_and_refills_while_it_syncs(void **state)
{
    const sim_ns expected_ms[] = {0, 200, 1400, 2600, 3800, 4000, 5200, 6400};
    struct sync_runner runner;
    sim_ns starts_ns[8];

    (void)state;
    sync_runner_init(&runner, NS_PER_S, true);
    run_under_load(&runner, 200 * NS_PER_MS, starts_ns, 8);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(starts_ns[i], expected_ms[i] * NS_PER_MS);
}

static void test_syncs_longer_than_the_interval_let_the_old_runner_go_on_at_once(void **state)
{
    struct sync_runner runner;
    sim_ns starts_ns[4];

    (void)state;
    sync_runner_init(&runner, NS_PER_S, true);
    run_under_load(&runner, 1500 * NS_PER_MS, starts_ns, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(starts_ns[i], (sim_ns)i * 1500 * NS_PER_MS);
}

static void test_the_first_change_after_idleness_waits_for_nothing(void **state)
{
    (void)state;
    for (int is_old = 0; is_old < 2; is_old++) {
        struct sync_runner runner;

        sync_runner_init(&runner, NS_PER_S, is_old);
        assert_int_equal(sync_runner_request(&runner, 5), 5);
        sync_runner_finished(&runner, 100);
        assert_int_equal(sync_runner_request(&runner, NS_PER_HOUR), NS_PER_HOUR);
    }
}

static void test_a_request_that_was_put_off_costs_the_old_runner_no_token(void **state)
{
    struct sync_runner runner;

    (void)state;
    sync_runner_init(&runner, NS_PER_S, true);
    assert_int_equal(sync_runner_request(&runner, 0), 0);
    sync_runner_finished(&runner, 0);
    assert_int_equal(sync_runner_request(&runner, 0), 0);
    sync_runner_finished(&runner, 0);
    for (sim_ns ms = 0; ms < 1000; ms += 100)
        assert_int_equal(sync_runner_request(&runner, ms * NS_PER_MS), NS_PER_S);
    assert_int_equal(sync_runner_request(&runner, NS_PER_S), NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_new_runner_runs_min_interval_after_the_end_of_the_last),
        cmocka_unit_test(test_the_old_runner_has_a_burst_of_two_and_refills_while_it_syncs),
        cmocka_unit_test(test_syncs_longer_than_the_interval_let_the_old_runner_go_on_at_once),
        cmocka_unit_test(test_the_first_change_after_idleness_waits_for_nothing),
        cmocka_unit_test(test_a_request_that_was_put_off_costs_the_old_runner_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
