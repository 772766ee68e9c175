/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/traffic_rig.h"

#define MS NS_PER_MS

/* Everything random: three nodes, three pods of two workers that are often crowded, limits that are
 * often too short. */
static void set_up_busy(struct rig *rig)
{
    rig_init(rig, 3, 3);
    rig->cluster_spec.latency[HOP_DNS_QUERY] =
        distribution_lognormal_quantiles(300 * NS_PER_US, 5 * MS);
    rig->cluster_spec.latency[HOP_NETWORK_RTT] = distribution_lognormal_quantiles(MS, 30 * MS);
    rig->app.service_time = distribution_exponential(10 * MS);
    rig->app.concurrency = 2;
    rig->app.queue = 8;
    rig->clients[0].arrivals = ARRIVALS_POISSON;
    rig->clients[0].rate_per_s = 550;
    rig->clients[0].timeout_ns = 80 * MS;
    rig->clients[1] = rig->clients[0];
    rig->clients[1].name = "another";
    rig->clients[1].rate_per_s = 40;
    rig->setup.until_ns = 20 * NS_PER_S;
}

/* A run during which one pod is killed and comes back, one drains, and one node loses its table for
 * a while. */
static void run_with_trouble(struct rig *rig)
{
    const struct app_ops *ops = &traffic_app_ops;
    struct app_spec draining = rig->app;

    draining.on_sigterm = ON_SIGTERM_DRAIN;
    rig_run(rig, 4 * NS_PER_S);
    ops->on_kill(rig->traffic, 0);
    rig_run(rig, 5 * NS_PER_S);
    rig->cluster.pods[0].has_address = false;
    rig_run(rig, 6 * NS_PER_S);
    rig->cluster.pods[0].has_address = true;
    ops->on_listen(rig->traffic, 0);
    rig_run(rig, 8 * NS_PER_S);
    rig->traffic->servers[1].app = &draining;
    ops->on_sigterm(rig->traffic, 1);
    rig_run(rig, 9 * NS_PER_S);
    ops->on_listen(rig->traffic, 1);
    rig->cluster.tables[2].count = 0;
    rig_run(rig, 12 * NS_PER_S);
    rig->cluster.tables[2].count = 3;
    rig_run(rig, 15 * NS_PER_S);
    ops->on_sigterm(rig->traffic, 2);
    rig_run(rig, 15 * NS_PER_S + 1);
    ops->on_listen(rig->traffic, 2);
    rig_run(rig, rig->setup.until_ns);
}

static uint64_t result_hash(const struct request_result *result)
{
    uint64_t hash = hash_combine(result->number, (uint64_t)result->t_start_ns);

    hash = hash_combine(hash, (uint64_t)result->t_pick_ns);
    hash = hash_combine(hash, (uint64_t)result->t_end_ns);
    hash = hash_combine(hash, result->node);
    hash = hash_combine(hash, result->pod);
    return hash_combine(hash, result->outcome);
}

/* Sum over the results of one client, so that the order in which they were told does not matter. */
static uint64_t fingerprint(const struct rig *rig, uint32_t client)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < rig->result_count; i++)
        if (rig->results[i].client == client)
            sum += result_hash(&rig->results[i]);
    return sum;
}

static void even_requests_start_at_multiples_of_the_period(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 1);
    rig.clients[0].rate_per_s = 3;
    rig.setup.until_ns = 10 * NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, 10 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 1)->t_start_ns, 333333333);
    assert_int_equal(rig_result(&rig, 0, 2)->t_start_ns, 666666667);
    assert_int_equal(rig_result(&rig, 0, 3)->t_start_ns, NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 27)->t_start_ns, 9 * NS_PER_S);
    assert_int_equal(rig.traffic->clients[0].next_number, 30); /* number 30 would start at 10 s */
    rig_deinit(&rig);
}

static void gaps_may_come_from_a_distribution(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 1);
    rig.clients[0].arrivals = ARRIVALS_DISTRIBUTION;
    rig.clients[0].gap = distribution_constant(7 * MS);
    rig.setup.until_ns = NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 5)->t_start_ns, 35 * MS);
    rig_deinit(&rig);
}

static void poisson_arrivals_have_the_rate_asked_for(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 1);
    rig.clients[0].arrivals = ARRIVALS_POISSON;
    rig.clients[0].rate_per_s = 1000;
    rig.setup.until_ns = 100 * NS_PER_S;
    rig.is_silent = true;
    rig_start(&rig);
    rig_run(&rig, 100 * NS_PER_S);
    /* 100,000 expected, standard deviation 316: within 4 of them */
    assert_in_range(rig.traffic->clients[0].next_number, 100000 - 1265, 100000 + 1265);
    rig_deinit(&rig);
}

/* Up from 0 to 10 a second in 10 s, and down to 0 again: 50 requests each. */
static const struct rate_stage up_and_down[] = {{10 * NS_PER_S, 10}, {10 * NS_PER_S, 0}};

static void set_up_ramp(struct rig *rig, const struct rate_stage *stages, uint32_t stage_count)
{
    rig_init(rig, 1, 1);
    rig->clients[0].executor = EXECUTOR_RAMPING_ARRIVAL_RATE;
    rig->clients[0].rate_per_s = 0;
    rig->clients[0].stages = stages;
    rig->clients[0].stage_count = stage_count;
    rig->setup.until_ns = 100 * NS_PER_S;
}

static void ramping_requests_start_where_the_integral_of_the_rate_is_whole(void **state)
{
    struct rig rig;

    (void)state;
    set_up_ramp(&rig, up_and_down, 2);
    rig_start(&rig);
    rig_run(&rig, 100 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 1)->t_start_ns, 1414213562);   /* sqrt(2) s */
    assert_int_equal(rig_result(&rig, 0, 8)->t_start_ns, 4 * NS_PER_S); /* sqrt(16) */
    assert_int_equal(rig_result(&rig, 0, 50)->t_start_ns, 10 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 62)->t_start_ns, 11282202113); /* 20 - sqrt(76) */
    assert_int_equal(rig_result(&rig, 0, 82)->t_start_ns, 14 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 100)->t_start_ns, 20 * NS_PER_S);
    assert_int_equal(rig.result_count, 100);
    rig_deinit(&rig);
}

static void after_the_last_stage_the_rate_stays(void **state)
{
    static const struct rate_stage stages[] = {
        {5 * NS_PER_S, 0}, {0, 4}, {10 * NS_PER_S, 4}, {0, 2}};
    struct rig rig;

    (void)state;
    set_up_ramp(&rig, stages, 4);
    rig_start(&rig);
    rig_run(&rig, 100 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 1)->t_start_ns,
                     5250 * MS); /* nothing for 5 s, then 4 a second */
    assert_int_equal(rig_result(&rig, 0, 40)->t_start_ns, 15 * NS_PER_S);
    assert_int_equal(rig_result(&rig, 0, 41)->t_start_ns, 15500 * MS);
    assert_int_equal(rig_result(&rig, 0, 209)->t_start_ns, 99500 * MS);
    assert_int_equal(rig.result_count, 209); /* number 210 would start at the end */
    rig_deinit(&rig);
}

static void a_ramping_poisson_process_has_the_integral_as_its_mean(void **state)
{
    static const struct rate_stage stages[] = {{100 * NS_PER_S, 2000}};
    struct rig rig;
    uint32_t early_count = 0;

    (void)state;
    set_up_ramp(&rig, stages, 1);
    rig.clients[0].arrivals = ARRIVALS_POISSON;
    rig_start(&rig);
    rig_run(&rig, 100 * NS_PER_S);
    for (uint32_t i = 0; i < rig.result_count; i++)
        early_count += rig.results[i].t_start_ns < 50 * NS_PER_S;
    /* 100,000 expected in all (standard deviation 316), a quarter of them by half time (158) */
    assert_in_range(rig.traffic->clients[0].next_number, 100000 - 1265, 100000 + 1265);
    assert_in_range(early_count, 25000 - 632, 25000 + 632);
    rig_deinit(&rig);
}

static void gaps_of_centuries_do_not_overflow(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 1);
    rig.clients[0].arrivals = ARRIVALS_POISSON;
    rig.clients[0].rate_per_s = 1e-12;
    rig.clients[0].timeout_ns = NS_NEVER;
    rig.app.service_time = distribution_exponential(NS_NEVER / 2);
    rig.setup.until_ns = NS_NEVER;
    rig_start(&rig);
    rig_run(&rig, NS_NEVER / 2);
    assert_true(rig.traffic->clients[0].next_start_ns > 0);
    rig_deinit(&rig);
}

static void requests_come_from_all_nodes_alike(void **state)
{
    uint32_t counts[3] = {0};
    struct rig rig;

    (void)state;
    set_up_busy(&rig);
    rig_start(&rig);
    rig_run(&rig, rig.setup.until_ns);
    for (uint32_t i = 0; i < rig.result_count; i++)
        counts[rig.results[i].node]++;
    for (uint32_t i = 0; i < 3; i++) /* a third of some 11,800, standard deviation 51 */
        assert_in_range(counts[i], rig.result_count / 3 - 205, rig.result_count / 3 + 205);
    rig_deinit(&rig);
}

static void requests_come_only_from_the_nodes_named(void **state)
{
    static const char *const nodes[] = {"node-2"};
    struct rig rig;

    (void)state;
    set_up_busy(&rig);
    rig.clients[0].from_nodes = nodes;
    rig.clients[0].from_node_count = 1;
    rig_start(&rig);
    rig_run(&rig, NS_PER_S);
    assert_true(rig.result_count > 0);
    for (uint32_t i = 0; i < rig.result_count; i++)
        assert_int_equal(rig.results[i].node, 1);
    rig_deinit(&rig);
}

static void results_do_not_depend_on_the_size_of_batches(void **state)
{
    static const uint32_t batch_counts[] = {1, 7, CLIENT_BATCH_MAX};
    struct rig rig;

    (void)state;
    set_up_busy(&rig);
    rig_start(&rig);
    run_with_trouble(&rig);

    const uint64_t expected = fingerprint(&rig, 0);

    rig_deinit(&rig);
    for (size_t i = 0; i < EP_COUNT_OF(batch_counts); i++) {
        set_up_busy(&rig);
        rig_start_in_batches(&rig, batch_counts[i]);
        run_with_trouble(&rig);
        assert_true(fingerprint(&rig, 0) == expected);
        rig_deinit(&rig);
    }
}

static void another_client_leaves_the_draws_of_the_first_alone(void **state)
{
    struct rig alone;
    struct rig both;
    uint32_t compared_count = 0;

    (void)state;
    set_up_busy(&alone);
    set_up_busy(&both);
    both.spec.client_count = 2;
    alone.app.concurrency = both.app.concurrency =
        1000; /* so that they do not wait for each other */
    rig_start(&alone);
    rig_start(&both);
    rig_run(&alone, alone.setup.until_ns);
    rig_run(&both, both.setup.until_ns);
    assert_true(both.result_count > alone.result_count + 700);
    for (uint32_t i = 0, k = 0; i < alone.result_count; i++, k++, compared_count++) {
        while (both.results[k].client != 0)
            k++;
        assert_true(result_hash(&alone.results[i]) == result_hash(&both.results[k]));
    }
    assert_true(compared_count > 10000);
    rig_deinit(&alone);
    rig_deinit(&both);
}

static uint32_t pick_first(const struct policy_input *input)
{
    (void)input;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    const struct request_result *left = a;
    const struct request_result *right = b;

    return left->number < right->number ? -1 : left->number > right->number;
}

static void policies_see_the_same_requests(void **state)
{
    static const struct policy first = {.name = "first", .pick = pick_first};
    struct rig rigs[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        set_up_busy(&rigs[i]);
        rigs[i].app.concurrency = 1000; /* then even the ends are the same */
        rig_start(&rigs[i]);
        if (i == 1)
            rigs[i].traffic->clients[0].policy = &first;
        rig_run(&rigs[i], rigs[i].setup.until_ns);
        qsort(rigs[i].results, rigs[i].result_count, sizeof *rigs[i].results, by_number);
    }
    assert_int_equal(rigs[0].result_count, rigs[1].result_count);
    for (uint32_t i = 0; i < rigs[0].result_count; i++) {
        assert_int_equal(rigs[1].results[i].pod, 0);
        rigs[1].results[i].pod = rigs[0].results[i].pod;
        assert_true(result_hash(&rigs[0].results[i]) == result_hash(&rigs[1].results[i]));
    }
    rig_deinit(&rigs[0]);
    rig_deinit(&rigs[1]);
}

static void every_request_has_one_outcome_or_is_in_flight(void **state)
{
    static const uint8_t expected[] = {OUTCOME_OK,          OUTCOME_REFUSED, OUTCOME_TIMEOUT,
                                       OUTCOME_DEADLINE,    OUTCOME_RESET,   OUTCOME_OVERLOAD,
                                       OUTCOME_NO_ENDPOINTS};
    struct rig rig;
    uint64_t started_count = 0;
    uint64_t counted = 0;

    (void)state;
    set_up_busy(&rig);
    rig.spec.client_count = 2;
    rig.setup.warmup_ns = 2 * NS_PER_S;
    rig_start(&rig);
    run_with_trouble(&rig);
    for (uint32_t i = 0; i < rig.result_count; i++) {
        const struct request_result *result = &rig.results[i];

        assert_true(result->t_end_ns <= rig.setup.until_ns &&
                    result->t_end_ns > result->t_start_ns);
        assert_int_equal(result->is_counted, result->t_start_ns >= rig.setup.warmup_ns);
        counted += result->is_counted;
    }
    for (uint32_t c = 0; c < 2; c++) {
        const struct client *client = &rig.traffic->clients[c];
        sim_ns start_ns = 0;

        for (uint64_t k = 1; k < client->next_number; k++) {
            start_ns += draws_one_ns(&client->gap, client->arrival_key, k);
            started_count += start_ns >= rig.setup.warmup_ns;
        }
    }
    assert_int_equal(counted + traffic_in_flight_count(rig.traffic), started_count);
    for (size_t i = 0; i < EP_COUNT_OF(expected); i++)
        assert_true(rig_count(&rig, expected[i]) > 0);
    rig_deinit(&rig);
}

/* --- an oracle: the same requests through plain queues --- */

struct visit {
    const struct request_result *result;
    sim_ns arrival_ns;
    sim_ns back_ns;
    sim_ns demand_ns;
};

static int by_arrival(const void *a, const void *b)
{
    const struct visit *left = a;
    const struct visit *right = b;

    return left->arrival_ns < right->arrival_ns ? -1 : left->arrival_ns > right->arrival_ns;
}

/* Visits of one pod, in order of arrival, from picks and draws alone. */
static uint32_t collect_visits(const struct rig *rig, uint32_t pod, struct visit *visits)
{
    const struct client *client = &rig->traffic->clients[0];
    uint32_t count = 0;

    for (uint32_t i = 0; i < rig->result_count; i++) {
        const struct request_result *result = &rig->results[i];
        const sim_ns rtt_ns = draws_one_ns(rig->traffic->rtt, client->network_key, result->number);

        if (result->pod != pod ||
            result->t_pick_ns + rtt_ns > result->t_start_ns + client->timeout_ns)
            continue;
        visits[count++] = (struct visit){
            .result = result,
            .arrival_ns = result->t_pick_ns + rtt_ns + rtt_ns / 2,
            .back_ns = rtt_ns - rtt_ns / 2,
            .demand_ns = draws_one_ns(&rig->app.service_time, client->demand_key, result->number),
        };
    }
    qsort(visits, count, sizeof *visits, by_arrival);
    return count;
}

/* What two workers and eight places make of a visit. */
static void check_visit(const struct visit *visit, sim_ns free_ns[2], sim_ns last_departures[10],
                        sim_ns timeout_ns)
{
    const int worker = free_ns[1] < free_ns[0];
    const sim_ns limit_ns = visit->result->t_start_ns + timeout_ns;
    uint32_t oldest = 0;
    sim_ns end_ns = visit->arrival_ns + visit->back_ns;
    enum outcome outcome = OUTCOME_OVERLOAD;

    for (uint32_t i = 1; i < 10; i++)
        if (last_departures[i] < last_departures[oldest])
            oldest = i;
    if (last_departures[oldest] <= visit->arrival_ns) { /* fewer than ten are in the system */
        const sim_ns start_ns =
            free_ns[worker] > visit->arrival_ns ? free_ns[worker] : visit->arrival_ns;

        free_ns[worker] = start_ns + visit->demand_ns;
        last_departures[oldest] = free_ns[worker];
        end_ns = free_ns[worker] + visit->back_ns;
        outcome = OUTCOME_OK;
    }
    if (end_ns > limit_ns) {
        end_ns = limit_ns;
        outcome = OUTCOME_DEADLINE;
    }
    assert_int_equal(visit->result->outcome, outcome);
    assert_int_equal(visit->result->t_end_ns, end_ns);
}

static void crowded_and_direct_service_are_that_of_plain_queues(void **state)
{
    static const double rates[] = {100, 400, 590}; /* 600 is what three pods can bear */

    (void)state;
    for (size_t r = 0; r < EP_COUNT_OF(rates); r++) {
        struct rig rig;

        set_up_busy(&rig);
        rig.clients[0].rate_per_s = rates[r];
        rig_start(&rig);
        rig_run(&rig, 19 * NS_PER_S);
        rig.traffic->clients[0].node_count = 0; /* no more; let all end */
        rig_run(&rig, 20 * NS_PER_S);
        assert_int_equal(traffic_in_flight_count(rig.traffic), 0);

        struct visit *visits = ARENA_NEW_ARRAY(&rig.arena, rig.result_count, struct visit);
        uint32_t visit_count = 0;

        for (uint32_t pod = 0; pod < 3; pod++) {
            const uint32_t count = collect_visits(&rig, pod, visits);
            sim_ns free_ns[2] = {0};
            sim_ns last_departures[10] = {0};

            for (uint32_t i = 0; i < count; i++)
                check_visit(&visits[i], free_ns, last_departures, rig.clients[0].timeout_ns);
            visit_count += count;
        }
        assert_true(visit_count > rig.result_count / 10 * 9);
        rig_deinit(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_requests_start_at_multiples_of_the_period),
        cmocka_unit_test(gaps_may_come_from_a_distribution),
        cmocka_unit_test(poisson_arrivals_have_the_rate_asked_for),
        cmocka_unit_test(ramping_requests_start_where_the_integral_of_the_rate_is_whole),
        cmocka_unit_test(after_the_last_stage_the_rate_stays),
        cmocka_unit_test(a_ramping_poisson_process_has_the_integral_as_its_mean),
        cmocka_unit_test(gaps_of_centuries_do_not_overflow),
        cmocka_unit_test(requests_come_from_all_nodes_alike),
        cmocka_unit_test(requests_come_only_from_the_nodes_named),
        cmocka_unit_test(results_do_not_depend_on_the_size_of_batches),
        cmocka_unit_test(another_client_leaves_the_draws_of_the_first_alone),
        cmocka_unit_test(policies_see_the_same_requests),
        cmocka_unit_test(every_request_has_one_outcome_or_is_in_flight),
        cmocka_unit_test(crowded_and_direct_service_are_that_of_plain_queues),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
