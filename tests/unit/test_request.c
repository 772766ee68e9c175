/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timelines to the nanosecond. Request 1 starts at 1 s; the name lookup takes 2 ms, a round trip 1
 * ms and 1 ns (500,000 there, 500,001 back), the service 10 ms:
 *
 *   1.002 pick   1.0025 SYN arrives   1.003000001 client connected   1.003500001 request arrives
 *   1.013500001 answered              1.014000002 the client has it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/traffic_rig.h"

#define MS NS_PER_MS
#define PICK (NS_PER_S + 2 * MS)
#define SYN (PICK + 500000)
#define CONNECTED (PICK + 1000001)
#define ARRIVAL (CONNECTED + 500000)
#define DEPARTURE (ARRIVAL + 10 * MS)
#define END (DEPARTURE + 500001)
#define BACK 500001

static struct rig *set_up_rig(struct rig *rig)
{
    rig_init(rig, 1, 1);
    rig->cluster_spec.latency[HOP_DNS_QUERY] = distribution_constant(2 * MS);
    rig->cluster_spec.latency[HOP_NETWORK_RTT] = distribution_constant(1000001);
    rig->setup.until_ns = 2 * NS_PER_S; /* one request */
    return rig;
}

/* Checks the first request's outcome, end and pod state. */
static void check(const struct rig *rig, enum outcome outcome, sim_ns t_end_ns,
                  enum pod_state state)
{
    const struct request_result *result = rig_result(rig, 0, 1);

    assert_non_null(result);
    assert_int_equal(result->outcome, outcome);
    assert_int_equal(result->t_end_ns, t_end_ns);
    if (outcome != OUTCOME_OK)
        assert_int_equal(result->pod_state, state);
    assert_int_equal(rig->result_count, 1);
    assert_int_equal(traffic_in_flight_count(rig->traffic), 0);
}

static void an_ok_request_takes_lookup_two_round_trips_and_service(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_OK, END, 0);

    const struct request_result *result = rig_result(&rig, 0, 1);

    assert_int_equal(result->t_start_ns, NS_PER_S);
    assert_int_equal(result->t_pick_ns, PICK);
    assert_int_equal(result->pod, 0);
    assert_int_equal(result->service, 0);
    assert_int_equal(result->news, ID_NONE);
    assert_int_equal(result->attempts, 1);
    assert_true(result->is_counted);
    rig_deinit(&rig);
}

static void a_name_that_does_not_resolve_fails_when_the_answer_comes(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    rig.cluster.resolves = false;
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_DNS, PICK, 0);
    assert_int_equal(rig.results[0].service, ID_NONE);
    assert_int_equal(rig.results[0].pod, ID_NONE);
    assert_int_equal(rig.results[0].t_pick_ns, NS_NEVER);
    rig_deinit(&rig);
}

static void a_service_that_is_not_in_the_scenario_does_not_resolve(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->cluster.has_service = false;
    rig_start(&rig);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_DNS, PICK, 0);
    rig_deinit(&rig);
}

static void a_lookup_longer_than_the_limit_is_a_timeout_at_the_limit(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = MS;
    rig_start(&rig);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_TIMEOUT, NS_PER_S + MS, 0);
    assert_int_equal(rig.results[0].pod, ID_NONE);
    rig_deinit(&rig);
}

static void nobody_listening_is_refused_after_one_round_trip(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig.cluster.pods[0].state = POD_STATE_STOPPED;
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_REFUSED, CONNECTED, POD_STATE_STOPPED);
    rig_deinit(&rig);
}

static void a_port_that_is_not_listened_to_is_refused(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->port.number = 9090;
    rig_start(&rig);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_REFUSED, CONNECTED, POD_STATE_READY);
    rig_deinit(&rig);
}

static void a_program_that_listens_just_before_the_syn_arrives_serves_it(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    traffic_app_ops.on_kill(rig.traffic, 0);
    traffic_app_ops.startup_ns(rig.traffic, 0);
    rig_run(&rig, SYN - 1);
    traffic_app_ops.on_listen(rig.traffic, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_OK, END, 0);
    rig_deinit(&rig);
}

static void a_program_that_ends_before_the_syn_arrives_refuses_it(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    rig_run(&rig, SYN - 1);
    traffic_app_ops.on_sigterm(rig.traffic, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_REFUSED, CONNECTED, POD_STATE_STOPPED);
    assert_int_equal(rig.cluster.pods[0].t_exited_ns, SYN - 1);
    rig_deinit(&rig);
}

static void a_program_restarted_while_the_syn_is_under_way_serves_it_once(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    rig_run(&rig, SYN - 2);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig_run(&rig, SYN - 1);
    traffic_app_ops.on_listen(rig.traffic, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_OK, END, 0);
    assert_int_equal(rig.traffic->servers[0].connection_count, 0);
    rig_deinit(&rig);
}

static void a_program_that_ends_after_the_syn_resets_half_a_round_trip_later(void **state)
{
    const sim_ns instants_ns[] = {SYN, ARRIVAL - 1, ARRIVAL, ARRIVAL + MS, DEPARTURE - 1};

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(instants_ns); i++) {
        struct rig rig;

        rig_start(set_up_rig(&rig));
        rig_run(&rig, instants_ns[i]);
        rig.cluster.pods[0].state = POD_STATE_TERMINATING;
        traffic_app_ops.on_sigterm(rig.traffic, 0);
        rig_run(&rig, 3 * NS_PER_S);
        check(&rig, OUTCOME_RESET, instants_ns[i] + BACK, POD_STATE_TERMINATING);
        assert_int_equal(rig.cluster.pods[0].exited_count, 1);
        rig_deinit(&rig);
    }
}

static void a_kill_resets_without_calling_back(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    rig_run(&rig, ARRIVAL + 1);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_RESET, ARRIVAL + 1 + BACK, POD_STATE_READY);
    assert_int_equal(rig.cluster.pods[0].exited_count, 0);
    rig_deinit(&rig);
}

static void a_reset_that_comes_after_the_limit_is_a_deadline(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = ARRIVAL + 2 * MS - NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, ARRIVAL + 2 * MS - BACK + 1);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_DEADLINE, ARRIVAL + 2 * MS, POD_STATE_READY);
    rig_deinit(&rig);
}

static void a_reset_at_the_limit_is_a_reset(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = ARRIVAL + 2 * MS - NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, ARRIVAL + 2 * MS - BACK);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_RESET, ARRIVAL + 2 * MS, POD_STATE_READY);
    rig_deinit(&rig);
}

static void a_drained_program_refuses_new_ones_and_ends_with_its_last_answer(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->app.on_sigterm = ON_SIGTERM_DRAIN;
    rig_start(&rig);
    rig_run(&rig, SYN);
    traffic_app_ops.on_sigterm(rig.traffic, 0);
    assert_int_equal(rig.cluster.pods[0].t_stopped_listening_ns, SYN);
    assert_int_equal(rig.cluster.pods[0].exited_count, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_OK, END, 0);
    assert_int_equal(rig.cluster.pods[0].exited_count, 1);
    assert_int_equal(rig.cluster.pods[0].t_exited_ns, DEPARTURE);
    rig_deinit(&rig);
}

static void a_syn_that_comes_after_the_drain_began_is_refused(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->app.on_sigterm = ON_SIGTERM_DRAIN;
    rig_start(&rig);
    rig_run(&rig, SYN - 1);
    traffic_app_ops.on_sigterm(rig.traffic, 0);
    assert_int_equal(rig.cluster.pods[0].t_exited_ns, SYN - 1);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_REFUSED, CONNECTED, POD_STATE_STOPPED);
    rig_deinit(&rig);
}

static void a_program_that_ignores_sigterm_goes_on(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->app.on_sigterm = ON_SIGTERM_IGNORE;
    rig_start(&rig);
    traffic_app_ops.on_sigterm(rig.traffic, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_OK, END, 0);
    assert_int_equal(rig.cluster.pods[0].exited_count, 0);
    rig_deinit(&rig);
}

static void a_vanished_address_is_a_timeout_at_the_clients_limit(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = 5 * NS_PER_S;
    rig_start(&rig);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig.cluster.pods[0].has_address = false;
    rig.cluster.pods[0].state = POD_STATE_STOPPED;
    rig.traffic->until_ns = 1000 * NS_PER_S;
    rig_run(&rig, 5 * NS_PER_S);
    rig.cluster.pods[0].state = POD_STATE_GONE; /* the state is that of the failure's instant */
    rig_run(&rig, 200 * NS_PER_S);
    check(&rig, OUTCOME_TIMEOUT, 6 * NS_PER_S, POD_STATE_GONE);
    rig_deinit(&rig);
}

static void a_vanished_address_is_given_up_by_the_kernel_after_131_seconds(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = 500 * NS_PER_S;
    rig_start(&rig);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig.cluster.pods[0].has_address = false;
    rig.traffic->until_ns = 1000 * NS_PER_S;
    rig_run(&rig, 200 * NS_PER_S);
    check(&rig, OUTCOME_TIMEOUT, PICK + 131 * NS_PER_S, POD_STATE_READY);
    rig_deinit(&rig);
}

static void a_network_that_answers_for_vanished_addresses_ends_it_after_a_round_trip(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->cluster_spec.gone_address = GONE_ADDRESS_UNREACHABLE;
    rig_start(&rig);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig.cluster.pods[0].has_address = false;
    rig.cluster.pods[0].state = POD_STATE_GONE;
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_TIMEOUT, CONNECTED, POD_STATE_GONE);
    rig_deinit(&rig);
}

static void an_address_that_vanishes_while_the_syn_is_under_way_is_silent(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->setup.until_ns = 100 * NS_PER_S;
    rig.clients[0].rate_per_s = 0.02;
    rig.clients[0].timeout_ns = NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, 50 * NS_PER_S + 2 * MS);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig.cluster.pods[0].has_address = false;
    rig_run(&rig, 60 * NS_PER_S);
    check(&rig, OUTCOME_TIMEOUT, 51 * NS_PER_S, POD_STATE_READY);
    rig_deinit(&rig);
}

static void an_answer_later_than_the_limit_is_a_deadline_at_the_limit(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = END - 1 - NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, DEPARTURE - 1);
    assert_int_equal(rig.traffic->servers[0].connection_count, 1);
    rig_run(&rig, DEPARTURE);
    assert_int_equal(rig.traffic->servers[0].connection_count, 0);
    assert_int_equal(rig.result_count, 0);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_DEADLINE, END - 1, POD_STATE_READY);
    rig_deinit(&rig);
}

static void an_answer_at_the_limit_is_ok(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = END - NS_PER_S;
    rig_start(&rig);

    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_OK, END, 0);
    assert_int_equal(rig.kernel.executed_count, 2); /* the deadline cost no event */
    rig_deinit(&rig);
}

static void a_server_works_on_for_a_client_that_gave_up(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = ARRIVAL + 1 - NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, DEPARTURE - 1);
    check(&rig, OUTCOME_DEADLINE, ARRIVAL + 1, POD_STATE_READY);
    assert_int_equal(rig.traffic->servers[0].connection_count, 1);
    rig_run(&rig, DEPARTURE);
    assert_int_equal(rig.traffic->servers[0].connection_count, 0);
    rig_deinit(&rig);
}

static void a_limit_while_the_request_travels_is_a_deadline(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = CONNECTED - NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_DEADLINE, CONNECTED, POD_STATE_READY);
    rig_deinit(&rig);
}

static void a_limit_before_the_connection_is_a_timeout(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->clients[0].timeout_ns = CONNECTED - 1 - NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, 3 * NS_PER_S);
    check(&rig, OUTCOME_TIMEOUT, CONNECTED - 1, POD_STATE_READY);
    rig_deinit(&rig);
}

static void a_full_queue_answers_overload_on_arrival(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->setup.until_ns = NS_PER_S;
    rig.app.concurrency = 1;
    rig.app.queue = 1;
    rig.app.service_time = distribution_constant(100 * MS);
    rig.clients[0].rate_per_s = 1000; /* 1 ms apart, the first at 1 ms */
    rig_start(&rig);
    rig_run(&rig, 20 * MS);
    assert_int_equal(rig_result(&rig, 0, 3)->outcome, OUTCOME_OVERLOAD);
    assert_int_equal(rig_result(&rig, 0, 3)->t_end_ns, 3 * MS + 2 * MS + 2 * 1000001);
    assert_null(rig_result(&rig, 0, 2));
    rig_run(&rig, NS_PER_S - 1);
    assert_int_equal(rig_result(&rig, 0, 2)->outcome, OUTCOME_OK);
    assert_int_equal(rig_result(&rig, 0, 2)->t_end_ns, MS + 2 * MS + 1500001 + 200 * MS + BACK);
    rig_deinit(&rig);
}

static void errors_come_in_the_apps_proportion(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->setup.until_ns = 10 * NS_PER_S;
    rig.app.error_ratio = 0.25;
    rig.clients[0].rate_per_s = 1000;
    rig_start(&rig);
    rig_run(&rig, 10 * NS_PER_S);
    assert_in_range(rig_count(&rig, OUTCOME_ERROR), 2300, 2700); /* 4.6 standard deviations */
    assert_int_equal(rig_count(&rig, OUTCOME_ERROR) + rig_count(&rig, OUTCOME_OK),
                     rig.result_count);
    rig_deinit(&rig);
}

static void the_news_of_the_pick_is_handed_on(void **state)
{
    struct rig rig;

    (void)state;
    rig_start(set_up_rig(&rig));
    rig_run(&rig, PICK - 1);
    rig.cluster.pods[0].news = 7;
    rig_run(&rig, PICK);
    rig.cluster.pods[0].news = 8;
    rig_run(&rig, 3 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 1)->news, 7);
    rig_deinit(&rig);
}

static void an_end_behind_the_run_is_not_reported_and_stays_in_flight(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rig(&rig)->setup.until_ns = END - 1;
    rig_start(&rig);
    rig_run(&rig, END - 1);
    assert_int_equal(rig.result_count, 0);
    assert_int_equal(traffic_in_flight_count(rig.traffic), 1);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ok_request_takes_lookup_two_round_trips_and_service),
        cmocka_unit_test(a_name_that_does_not_resolve_fails_when_the_answer_comes),
        cmocka_unit_test(a_service_that_is_not_in_the_scenario_does_not_resolve),
        cmocka_unit_test(a_lookup_longer_than_the_limit_is_a_timeout_at_the_limit),
        cmocka_unit_test(nobody_listening_is_refused_after_one_round_trip),
        cmocka_unit_test(a_port_that_is_not_listened_to_is_refused),
        cmocka_unit_test(a_program_that_listens_just_before_the_syn_arrives_serves_it),
        cmocka_unit_test(a_program_that_ends_before_the_syn_arrives_refuses_it),
        cmocka_unit_test(a_program_restarted_while_the_syn_is_under_way_serves_it_once),
        cmocka_unit_test(a_program_that_ends_after_the_syn_resets_half_a_round_trip_later),
        cmocka_unit_test(a_kill_resets_without_calling_back),
        cmocka_unit_test(a_reset_that_comes_after_the_limit_is_a_deadline),
        cmocka_unit_test(a_reset_at_the_limit_is_a_reset),
        cmocka_unit_test(a_drained_program_refuses_new_ones_and_ends_with_its_last_answer),
        cmocka_unit_test(a_syn_that_comes_after_the_drain_began_is_refused),
        cmocka_unit_test(a_program_that_ignores_sigterm_goes_on),
        cmocka_unit_test(a_vanished_address_is_a_timeout_at_the_clients_limit),
        cmocka_unit_test(a_vanished_address_is_given_up_by_the_kernel_after_131_seconds),
        cmocka_unit_test(a_network_that_answers_for_vanished_addresses_ends_it_after_a_round_trip),
        cmocka_unit_test(an_address_that_vanishes_while_the_syn_is_under_way_is_silent),
        cmocka_unit_test(an_answer_later_than_the_limit_is_a_deadline_at_the_limit),
        cmocka_unit_test(an_answer_at_the_limit_is_ok),
        cmocka_unit_test(a_server_works_on_for_a_client_that_gave_up),
        cmocka_unit_test(a_limit_while_the_request_travels_is_a_deadline),
        cmocka_unit_test(a_limit_before_the_connection_is_a_timeout),
        cmocka_unit_test(a_full_queue_answers_overload_on_arrival),
        cmocka_unit_test(errors_come_in_the_apps_proportion),
        cmocka_unit_test(the_news_of_the_pick_is_handed_on),
        cmocka_unit_test(an_end_behind_the_run_is_not_reported_and_stays_in_flight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
