/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Retries, kept connections and virtual users to the nanosecond, on a fake cluster. Requests start at 1 s, 2 s, ...; a round
 * trip takes 1 ms, the service 10 ms, names nothing: on a new connection a request takes 12 ms, on a kept one 11 ms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "traffic/users.h"
#include "unit/traffic_rig.h"

#define S NS_PER_S
#define MS NS_PER_MS
#define NEW (12 * MS)
#define KEPT (11 * MS)

static struct rig *set_up(struct rig *rig, uint32_t pod_count)
{
    rig_init(rig, 1, pod_count);
    rig->cluster_spec.latency[HOP_NETWORK_RTT] = distribution_constant(MS);
    rig->clients[0].timeout_ns = 500 * MS;
    return rig;
}

static void keep(struct rig *rig, uint32_t per_client)
{
    rig->clients[0].connection =
        (struct connection_spec){.is_kept = true, .per_client = per_client};
}

static void retry(struct rig *rig, uint32_t attempts, enum outcome outcome)
{
    rig->clients[0].retry = (struct retry_spec){.attempts = attempts,
                                                .on = 1u << outcome,
                                                .backoff_ns = 100 * MS,
                                                .jitter = RETRY_JITTER_NONE};
}

static void kill_pod(struct rig *rig, uint32_t pod)
{
    traffic_app_ops.on_kill(rig->traffic, pod);
    rig->cluster.pods[pod].state = POD_STATE_STOPPED;
}

static void start_pod(struct rig *rig, uint32_t pod)
{
    (void)traffic_app_ops.startup_ns(rig->traffic, pod);
    traffic_app_ops.on_listen(rig->traffic, pod);
    rig->cluster.pods[pod].state = POD_STATE_READY;
}

/* Checks the client's request: outcome, latency, attempts, and whether it went over a kept connection. */
/* NOLINTNEXTLINE(readability-function-size): a row of a table */
static void check(const struct rig *rig, uint64_t number, enum outcome outcome, sim_ns latency_ns,
                  uint32_t attempts, bool is_reused)
{
    const struct request_result *result = rig_result(rig, 0, number);

    assert_non_null(result);
    assert_string_equal(observer_outcome_name(result->outcome), observer_outcome_name(outcome));
    assert_int_equal(result->t_end_ns - result->t_start_ns, latency_ns);
    assert_int_equal(result->attempts, attempts);
    assert_int_equal(result->is_reused, is_reused);
}

/* --- kept connections --- */

static void the_first_request_opens_a_connection_and_the_next_ones_use_it(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 10);
    rig_start(&rig);
    rig_run(&rig, 3 * S + S / 2);
    check(&rig, 1, OUTCOME_OK, NEW, 1, false);
    check(&rig, 2, OUTCOME_OK, KEPT, 1, true);
    check(&rig, 3, OUTCOME_OK, KEPT, 1, true);
    assert_int_equal(rig_result(&rig, 0, 3)->t_pick_ns, S);
    assert_int_equal(rig_result(&rig, 0, 3)->t_sent_ns, 3 * S);
    rig_deinit(&rig);
}

/* Requests each ms: while the first is under way the others wait for its connection. */
static void requests_beyond_the_pool_wait_in_line(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 1);
    rig.clients[0].rate_per_s = 1000;
    rig.setup.until_ns = 4 * MS;
    rig_start(&rig);
    rig.traffic->until_ns = S;
    rig_run(&rig, S);
    check(&rig, 1, OUTCOME_OK, NEW, 1, false);
    check(&rig, 2, OUTCOME_OK, NEW + KEPT - MS, 1, true);
    check(&rig, 3, OUTCOME_OK, NEW + 2 * KEPT - 2 * MS, 1, true);
    rig_deinit(&rig);
}

/* Half a ms apart: each gets its place when the one before gives up, half a ms before its own time is over. */
static void who_waits_in_line_too_long_times_out_and_leaves_it(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 1);
    rig.clients[0].rate_per_s = 2000;
    rig.clients[0].timeout_ns = 20 * MS;
    rig.app.service_time = distribution_constant(100 * MS);
    rig.setup.until_ns = 5 * MS;
    rig_start(&rig);
    rig.traffic->until_ns = S;
    rig_run(&rig, S);
    check(&rig, 1, OUTCOME_DEADLINE, 20 * MS, 1, false);
    check(&rig, 2, OUTCOME_TIMEOUT, 20 * MS, 1, false);
    check(&rig, 3, OUTCOME_TIMEOUT, 20 * MS, 1, false);
    assert_int_equal(traffic_in_flight_count(rig.traffic), 0);
    assert_int_equal(rig.traffic->clients[0].pools[0].first_waiting, 0);
    assert_int_equal(rig.traffic->clients[0].pools[0].link_count, 0);
    rig_deinit(&rig);
}

static void a_connection_goes_on_to_a_pod_that_is_no_longer_listed(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 2), 10);
    rig_start(&rig);
    rig_run(&rig, S + S / 2);

    const uint32_t pod = rig_result(&rig, 0, 1)->pod;
    const struct endpoint other = {.pod = 1 - pod, .port = 8080};

    rig.cluster.tables[0].count = 1;
    rig.cluster.tables[0].endpoints = &other;
    rig_run(&rig, 4 * S + S / 2);
    assert_int_equal(rig_result(&rig, 0, 4)->pod, pod);
    kill_pod(&rig, pod);
    rig_run(&rig, 5 * S + S / 2);
    check(&rig, 5, OUTCOME_OK, NEW, 1, false); /* the client has seen the FIN */
    assert_int_equal(rig_result(&rig, 0, 5)->pod, 1 - pod);
    rig_deinit(&rig);
}

static void a_request_that_crosses_the_fin_is_reset_when_that_arrives(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 10);
    rig_start(&rig);
    rig_run(&rig, 2 * S - MS / 4);
    kill_pod(&rig, 0);
    start_pod(&rig, 0);
    rig_run(&rig, 3 * S + S / 2);
    check(&rig, 2, OUTCOME_RESET, MS / 4, 1, true);
    check(&rig, 3, OUTCOME_OK, NEW, 1, false);
    rig_deinit(&rig);
}

static void a_program_that_drains_closes_after_the_answer_and_resets_what_comes_too_late(
    void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 10);
    rig.app.on_sigterm = ON_SIGTERM_DRAIN;
    rig_start(&rig);
    rig_run(&rig, 2 * S + 5 * MS);
    traffic_app_ops.on_sigterm(rig.traffic, 0);
    rig_run(&rig, 2 * S + S / 2);
    check(&rig, 2, OUTCOME_OK, KEPT, 1, true);
    start_pod(&rig, 0);
    rig_run(&rig, 4 * S + MS / 4);
    check(&rig, 3, OUTCOME_OK, NEW, 1, false);
    traffic_app_ops.on_sigterm(rig.traffic, 0); /* request 4 is under way to it */
    rig_run(&rig, 4 * S + S / 2);
    check(&rig, 4, OUTCOME_RESET, MS / 4 + MS / 2, 1, true);
    rig_deinit(&rig);
}

static void a_server_closes_idle_connections_and_a_request_may_cross_that(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 10);
    rig.app.keep_alive_ns =
        S - NEW - MS / 10; /* from the answer: a tenth of a ms before the next one */
    rig_start(&rig);
    rig_run(&rig, 3 * S + S / 2);
    check(&rig, 1, OUTCOME_OK, NEW, 1, false);
    check(&rig, 2, OUTCOME_OK, NEW, 1, false); /* the FIN was there 0.1 ms before */
    rig_deinit(&rig);

    keep(set_up(&rig, 1), 10);
    rig.app.keep_alive_ns = S - NEW + MS / 4;
    rig_start(&rig);
    rig_run(&rig, 3 * S + S / 2);
    check(&rig, 2, OUTCOME_RESET, MS / 4, 1, true);
    rig_deinit(&rig);
}

static void a_client_ends_a_connection_by_requests_age_and_idleness(void **state)
{
    struct rig rig;

    (void)state;
    for (int i = 0; i < 3; i++) {
        keep(set_up(&rig, 1), 10);
        rig.clients[0].connection.max_requests = i == 0 ? 2 : 0;
        rig.clients[0].connection.max_age_ns = i == 1 ? S + S / 2 : 0;
        rig.clients[0].connection.idle_timeout_ns = i == 2 ? S - NEW : 0;
        rig_start(&rig);
        rig_run(&rig, 4 * S + S / 2);
        check(&rig, 2, OUTCOME_OK, i == 2 ? NEW : KEPT, 1, i != 2);
        check(&rig, 3, OUTCOME_OK, NEW, 1, false);
        check(&rig, 4, OUTCOME_OK, i == 2 ? NEW : KEPT, 1, i != 2);
        rig_deinit(&rig);
    }
}

static void the_connection_used_last_is_used_next(void **state)
{
    struct rig rig;
    uint32_t pods[3];

    (void)state;
    keep(set_up(&rig, 50), 10);
    rig.clients[0].rate_per_s = 200; /* three at once */
    rig.setup.until_ns = S;
    rig_start(&rig);
    rig_run(&rig, S);
    for (uint32_t i = 0; i < 3; i++)
        pods[i] = rig_result(&rig, 0, 1 + i)->pod;
    /* 1 is back at 17 ms, for 4 at 20 ms; 2 at 22 ms, for 5; and so on */
    for (uint64_t number = 4; number < 100; number++)
        assert_int_equal(rig_result(&rig, 0, number)->pod, pods[(number - 1) % 3]);
    rig_deinit(&rig);
}

/* The machine is gone: silence, and one connection less with each client that gives up. */
static void a_connection_to_a_vanished_machine_is_half_dead(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 10);
    rig_start(&rig);
    rig_run(&rig, 2 * S + 5 * MS);
    traffic_app_ops.on_vanish(rig.traffic, 0);
    start_pod(&rig, 0);
    rig_run(&rig, 3 * S + S / 2);
    check(&rig, 2, OUTCOME_DEADLINE, 500 * MS, 1, true); /* in service when it vanished */
    check(&rig, 3, OUTCOME_OK, NEW, 1, false);
    traffic_app_ops.on_vanish(rig.traffic, 0);
    start_pod(&rig, 0);
    rig_run(&rig, 5 * S + S / 2);
    check(&rig, 4, OUTCOME_DEADLINE, 500 * MS, 1, true); /* on an idle connection */
    check(&rig, 5, OUTCOME_OK, NEW, 1, false);
    rig_deinit(&rig);
}

static void the_kernel_gives_up_a_half_dead_connection_after_924_seconds(void **state)
{
    struct rig rig;

    (void)state;
    keep(set_up(&rig, 1), 10);
    rig.clients[0].rate_per_s = 0.5;
    rig.clients[0].timeout_ns = 2000 * S;
    rig.setup.until_ns = 5 * S;
    rig_start(&rig);
    rig.traffic->until_ns = 2000 * S;
    rig_run(&rig, 3 * S);
    traffic_app_ops.on_vanish(rig.traffic, 0);
    rig_run(&rig, 2000 * S);
    check(&rig, 2, OUTCOME_RESET, 924600 * MS, 1, true);
    rig_deinit(&rig);
}

/* --- retries --- */

static void retries_back_off_twice_as_long_each_time(void **state)
{
    struct rig rig;

    (void)state;
    retry(set_up(&rig, 1), 3, OUTCOME_REFUSED);
    rig_start(&rig);
    kill_pod(&rig, 0);
    rig_run(&rig, S + 350 * MS);
    assert_null(rig_result(&rig, 0, 1));
    assert_int_equal(traffic_in_flight_count(rig.traffic), 1);
    start_pod(&rig, 0);
    rig_run(&rig, 3 * S);
    /* three refusals of a round trip each, 100 + 200 + 400 ms */
    check(&rig, 1, OUTCOME_OK, 3 * MS + 700 * MS + NEW, 4, false);
    rig_deinit(&rig);
}

static void when_attempts_run_out_the_last_outcome_stays(void **state)
{
    struct rig rig;

    (void)state;
    retry(set_up(&rig, 1), 1, OUTCOME_REFUSED);
    rig_start(&rig);
    kill_pod(&rig, 0);
    rig_run(&rig, 2 * S);
    check(&rig, 1, OUTCOME_REFUSED, 102 * MS, 2, false);
    rig_deinit(&rig);
}

static void other_outcomes_are_not_retried(void **state)
{
    struct rig rig;

    (void)state;
    retry(set_up(&rig, 1), 3, OUTCOME_RESET);
    rig_start(&rig);
    kill_pod(&rig, 0);
    rig_run(&rig, 2 * S);
    check(&rig, 1, OUTCOME_REFUSED, MS, 1, false);
    rig_deinit(&rig);
}

/* Each attempt has the whole timeout, unless perTry makes it the limit of all. */
static void a_vanished_address_costs_a_timeout_or_what_a_try_may_take(void **state)
{
    struct rig rig;

    (void)state;
    for (int i = 0; i < 2; i++) {
        retry(set_up(&rig, 1), 2, OUTCOME_TIMEOUT);
        rig.clients[0].retry.per_try_ns = i == 0 ? 0 : 150 * MS;
        rig.setup.until_ns = 10 * S;
        rig_start(&rig);
        kill_pod(&rig, 0);
        rig.cluster.pods[0].has_address = false;
        rig_run(&rig, 10 * S);
        if (i == 0)
            check(&rig, 1, OUTCOME_TIMEOUT, 3 * 500 * MS + 300 * MS, 3, false);
        else /* the third would start 600 ms after the request */
            check(&rig, 1, OUTCOME_TIMEOUT, 2 * 150 * MS + 100 * MS, 2, false);
        rig_deinit(&rig);
    }
}

static void a_budget_of_a_fifth_pays_for_a_fifth_of_the_requests(void **state)
{
    struct rig rig;
    uint32_t attempts = 0;

    (void)state;
    retry(set_up(&rig, 1), 3, OUTCOME_REFUSED);
    rig.clients[0].retry.has_budget = true;
    rig.clients[0].retry.budget_ratio = 0.2;
    rig.clients[0].retry.budget_ttl_ns = 10 * S;
    rig.clients[0].rate_per_s = 100;
    rig.setup.until_ns = 100 * S;
    rig_start(&rig);
    kill_pod(&rig, 0);
    rig_run(&rig, 100 * S);
    for (uint32_t i = 0; i < rig.result_count; i++)
        attempts += rig.results[i].attempts;
    assert_in_range(attempts - rig.result_count, rig.result_count / 5 - 5, rig.result_count / 5);
    rig_deinit(&rig);
}

static void jitter_is_within_its_bounds_and_its_own_luck(void **state)
{
    struct retry_spec spec = {.backoff_ns = 100, .max_backoff_ns = 1000};
    sim_ns sums[3] = {0};

    (void)state;
    for (uint64_t number = 0; number < 1000; number++) {
        for (uint32_t jitter = 0; jitter < 3; jitter++) {
            const sim_ns low_ns[] = {400, 200, 0};

            spec.jitter = (enum retry_jitter)jitter;
            sums[jitter] += retry_wait_ns(&spec, 7, number, 2);
            assert_in_range(retry_wait_ns(&spec, 7, number, 2), low_ns[jitter], 400);
            assert_true(retry_wait_ns(&spec, 7, number, 60) <= 1000);
        }
    }
    assert_int_equal(sums[RETRY_JITTER_NONE], 400000);
    assert_in_range(sums[RETRY_JITTER_EQUAL], 293000, 307000); /* four standard errors */
    assert_in_range(sums[RETRY_JITTER_FULL], 185000, 215000);
}

static void a_retry_looks_for_an_endpoint_anew(void **state)
{
    struct rig rig;
    uint32_t moved = 0;

    (void)state;
    retry(set_up(&rig, 2), 1, OUTCOME_REFUSED);
    rig.setup.until_ns = 100 * S;
    rig_start(&rig);
    kill_pod(&rig, 0);
    rig_run(&rig, 100 * S);
    for (uint32_t i = 0; i < rig.result_count; i++)
        moved += rig.results[i].attempts == 2 && rig.results[i].outcome == OUTCOME_OK;
    assert_in_range(moved, 10, 40); /* of some 50 that are refused, half */
    assert_int_equal(rig_count(&rig, OUTCOME_OK) + rig_count(&rig, OUTCOME_REFUSED),
                     rig.result_count);
    rig_deinit(&rig);
}

/* --- virtual users --- */

static void use_users(struct rig *rig, uint32_t count, sim_ns think_ns)
{
    rig->clients[0].executor = EXECUTOR_CONSTANT_VUS;
    rig->clients[0].start_users = count;
    rig->clients[0].think_time = distribution_constant(think_ns);
}

static void a_user_sends_waits_thinks_and_begins_anew(void **state)
{
    struct rig rig;

    (void)state;
    use_users(set_up(&rig, 1), 2, 88 * MS);
    rig.setup.until_ns = 10 * S;
    rig_start(&rig);
    rig_run(&rig, 10 * S);
    assert_int_equal(rig.result_count, 2 * 100);
    for (uint64_t user = 1; user <= 2; user++)
        for (uint64_t k = 1; k <= 100; k++)
            assert_int_equal(rig_result(&rig, 0, user * USERS_NUMBER_STEP + k)->t_start_ns,
                             (sim_ns)(k - 1) * 100 * MS);
    rig_deinit(&rig);
}

static void an_iteration_takes_some_time_even_if_nothing_does(void **state)
{
    struct rig rig;

    (void)state;
    use_users(set_up(&rig, 1), 1, 0);
    rig.cluster_spec.latency[HOP_NETWORK_RTT] = distribution_constant(0);
    rig.app.service_time = distribution_constant(0);
    rig.setup.until_ns = S;
    rig_start(&rig);
    rig_run(&rig, S);
    assert_int_equal(rig.result_count, 10000);
    rig_deinit(&rig);
}

/* From 1 to 5 users in 8 s, to 2 in 3 s: the third comes at 4 s; the fifth goes at 9 s, the third at 11 s. */
static void users_come_and_go_at_even_distances(void **state)
{
    static const struct rate_stage stages[] = {{8 * S, 5}, {3 * S, 2}};
    const struct client_spec spec = {.executor = EXECUTOR_RAMPING_VUS,
                                     .start_users = 1,
                                     .stages = stages,
                                     .stage_count = 2,
                                     .graceful_ns = S};
    const struct client client = {.spec = &spec};
    struct users_stay stay;

    (void)state;
    assert_true(users_stay_at(&client, 1, 0, &stay));
    assert_int_equal(stay.from_ns, 0);
    assert_int_equal(stay.until_ns, NS_NEVER);
    assert_true(users_stay_at(&client, 3, 0, &stay));
    assert_int_equal(stay.from_ns, 4 * S);
    assert_int_equal(stay.until_ns, 11 * S);
    assert_true(users_stay_at(&client, 5, 0, &stay));
    assert_int_equal(stay.from_ns, 8 * S);
    assert_int_equal(stay.until_ns, 9 * S);
    assert_int_equal(users_interrupt_ns(&client, 5, 8 * S), 10 * S);
    assert_false(users_stay_at(&client, 5, 9 * S, &stay));
    assert_false(users_stay_at(&client, 6, 0, &stay));
}

static void a_user_that_goes_breaks_off_after_its_grace(void **state)
{
    static const struct rate_stage stages[] = {{0, 1}, {5 * S, 1}, {0, 0}};
    struct rig rig;

    (void)state;
    use_users(set_up(&rig, 1), 1, 0);
    rig.clients[0].executor = EXECUTOR_RAMPING_VUS;
    rig.clients[0].stages = stages;
    rig.clients[0].stage_count = 3;
    rig.clients[0].graceful_ns = S;
    rig.clients[0].timeout_ns = 60 * S;
    rig.app.service_time = distribution_constant(4 * S);
    rig_start(&rig);
    rig_run(&rig, 100 * S);
    assert_int_equal(rig.result_count, 2);
    assert_int_equal(rig.results[1].outcome, OUTCOME_DEADLINE);
    assert_int_equal(rig.results[1].t_end_ns, 6 * S);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_opens_a_connection_and_the_next_ones_use_it),
        cmocka_unit_test(requests_beyond_the_pool_wait_in_line),
        cmocka_unit_test(who_waits_in_line_too_long_times_out_and_leaves_it),
        cmocka_unit_test(a_connection_goes_on_to_a_pod_that_is_no_longer_listed),
        cmocka_unit_test(a_request_that_crosses_the_fin_is_reset_when_that_arrives),
        cmocka_unit_test(
            a_program_that_drains_closes_after_the_answer_and_resets_what_comes_too_late),
        cmocka_unit_test(a_server_closes_idle_connections_and_a_request_may_cross_that),
        cmocka_unit_test(a_client_ends_a_connection_by_requests_age_and_idleness),
        cmocka_unit_test(the_connection_used_last_is_used_next),
        cmocka_unit_test(a_connection_to_a_vanished_machine_is_half_dead),
        cmocka_unit_test(the_kernel_gives_up_a_half_dead_connection_after_924_seconds),
        cmocka_unit_test(retries_back_off_twice_as_long_each_time),
        cmocka_unit_test(when_attempts_run_out_the_last_outcome_stays),
        cmocka_unit_test(other_outcomes_are_not_retried),
        cmocka_unit_test(a_vanished_address_costs_a_timeout_or_what_a_try_may_take),
        cmocka_unit_test(a_budget_of_a_fifth_pays_for_a_fifth_of_the_requests),
        cmocka_unit_test(jitter_is_within_its_bounds_and_its_own_luck),
        cmocka_unit_test(a_retry_looks_for_an_endpoint_anew),
        cmocka_unit_test(a_user_sends_waits_thinks_and_begins_anew),
        cmocka_unit_test(an_iteration_takes_some_time_even_if_nothing_does),
        cmocka_unit_test(users_come_and_go_at_even_distances),
        cmocka_unit_test(a_user_that_goes_breaks_off_after_its_grace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
