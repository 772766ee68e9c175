/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/traffic_rig.h"

#define HUNG_NS (3 * NS_PER_S)

/* One pod that takes 400 ms a request; a request each second from t = 0 or 1 s on. */
static int set_up(void **state)
{
    static struct rig rig;

    rig_init(&rig, 1, 1);
    rig.app.service_time = distribution_constant(400 * NS_PER_MS);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_deinit(*state);
    return 0;
}

/* It hangs 100 ms after a request has come, and goes on `pause_ns` later. */
static void run_pause(struct rig *rig, sim_ns pause_ns, sim_ns until_ns)
{
    rig_start(rig);
    rig_run(rig, HUNG_NS + 100 * NS_PER_MS);
    traffic_app_ops.on_hang(rig->traffic, 0, true);
    rig_run(rig, HUNG_NS + 100 * NS_PER_MS + pause_ns);
    traffic_app_ops.on_hang(rig->traffic, 0, false);
    rig_run(rig, until_ns);
}

static const struct request_result *started_at(const struct rig *rig, sim_ns start_ns)
{
    for (uint32_t i = 0; i < rig->result_count; i++) {
        if (rig->results[i].t_start_ns == start_ns)
            return &rig->results[i];
    }
    return NULL;
}

static void test_a_request_in_service_ends_later_by_the_pause(void **state)
{
    struct rig *rig = *state;

    run_pause(rig, 250 * NS_PER_MS, 10 * NS_PER_S);
    assert_int_equal(started_at(rig, HUNG_NS)->outcome, OUTCOME_OK);
    assert_int_equal(started_at(rig, HUNG_NS)->t_end_ns, HUNG_NS + 650 * NS_PER_MS);
    assert_int_equal(started_at(rig, HUNG_NS + NS_PER_S)->t_end_ns, HUNG_NS + 1400 * NS_PER_MS);
}

static void test_requests_that_come_meanwhile_are_served_when_it_goes_on(void **state)
{
    struct rig *rig = *state;
    const sim_ns back_ns = HUNG_NS + 2600 * NS_PER_MS;

    run_pause(rig, 2500 * NS_PER_MS, 10 * NS_PER_S);
    for (sim_ns start_ns = HUNG_NS + NS_PER_S; start_ns < back_ns; start_ns += NS_PER_S) {
        assert_int_equal(started_at(rig, start_ns)->outcome, OUTCOME_OK);
        assert_int_equal(started_at(rig, start_ns)->t_end_ns, back_ns + 400 * NS_PER_MS);
    }
}

/* One worker: those that waited are served one after another. */
static void test_a_crowded_program_goes_on_in_order(void **state)
{
    struct rig *rig = *state;
    const sim_ns back_ns = HUNG_NS + 3100 * NS_PER_MS;

    rig->app.concurrency = 1;
    run_pause(rig, 3000 * NS_PER_MS, 20 * NS_PER_S);
    /* 300 ms of the first were left, then 400 ms each */
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(started_at(rig, HUNG_NS + i * NS_PER_S)->t_end_ns,
                         back_ns + 300 * NS_PER_MS + (sim_ns)i * 400 * NS_PER_MS);
}

static void test_while_it_hangs_clients_run_out_of_time_on_open_connections(void **state)
{
    struct rig *rig = *state;

    rig->clients[0].timeout_ns = 2 * NS_PER_S;
    run_pause(rig, 10 * NS_PER_S, 20 * NS_PER_S);
    assert_int_equal(started_at(rig, HUNG_NS)->outcome, OUTCOME_DEADLINE);
    assert_int_equal(started_at(rig, HUNG_NS + 5 * NS_PER_S)->outcome, OUTCOME_DEADLINE);
    assert_int_equal(started_at(rig, HUNG_NS + 5 * NS_PER_S)->t_end_ns, HUNG_NS + 7 * NS_PER_S);
    assert_int_equal(started_at(rig, HUNG_NS + 15 * NS_PER_S)->outcome, OUTCOME_OK);
}

static void test_killed_while_it_hangs_it_resets_its_connections(void **state)
{
    struct rig *rig = *state;

    rig_start(rig);
    rig_run(rig, HUNG_NS + 100 * NS_PER_MS);
    traffic_app_ops.on_hang(rig->traffic, 0, true);
    rig_run(rig, HUNG_NS + 1500 * NS_PER_MS);
    traffic_app_ops.on_kill(rig->traffic, 0);
    rig_run(rig, HUNG_NS + 3 * NS_PER_S);
    assert_int_equal(started_at(rig, HUNG_NS)->outcome, OUTCOME_RESET);
    assert_int_equal(started_at(rig, HUNG_NS + NS_PER_S)->outcome, OUTCOME_RESET);
    assert_int_equal(started_at(rig, HUNG_NS + 2 * NS_PER_S)->outcome, OUTCOME_REFUSED);
}

static void test_a_slow_program_takes_so_many_times_as_long(void **state)
{
    struct rig *rig = *state;

    rig_start(rig);
    rig_run(rig, HUNG_NS - 1);
    traffic_app_ops.set_slowness(rig->traffic, 0, 1.5);
    rig_run(rig, HUNG_NS + NS_PER_S - 1);
    traffic_app_ops.set_slowness(rig->traffic, 0, 1);
    rig_run(rig, HUNG_NS + 5 * NS_PER_S);
    assert_int_equal(started_at(rig, HUNG_NS)->t_end_ns, HUNG_NS + 600 * NS_PER_MS);
    assert_int_equal(started_at(rig, HUNG_NS + NS_PER_S)->t_end_ns, HUNG_NS + 1400 * NS_PER_MS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_a_request_in_service_ends_later_by_the_pause),
        T(test_requests_that_come_meanwhile_are_served_when_it_goes_on),
        T(test_a_crowded_program_goes_on_in_order),
        T(test_while_it_hangs_clients_run_out_of_time_on_open_connections),
        T(test_killed_while_it_hangs_it_resets_its_connections),
        T(test_a_slow_program_takes_so_many_times_as_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
