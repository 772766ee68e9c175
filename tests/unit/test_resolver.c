/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/traffic_rig.h"

#define MS NS_PER_MS

/* Ten requests, one a second from 1 s on; a query takes 5 ms, serving nothing. */
static void set_up(struct rig *rig)
{
    rig_init(rig, 1, 4);
    rig->cluster_spec.latency[HOP_DNS_QUERY] = distribution_constant(5 * MS);
    rig->app.service_time = distribution_constant(0);
    rig->setup.until_ns = 10 * NS_PER_S + 500 * MS;
}

static sim_ns latency_ns(const struct rig *rig, uint32_t i)
{
    return rig->results[i].t_end_ns - rig->results[i].t_start_ns;
}

static void names_tried_before_the_right_one_take_a_query_each(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.clients[0].try_count = 3;
    rig_start(&rig);
    rig_run(&rig, 11 * NS_PER_S);
    assert_int_equal(rig.result_count, 10);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(latency_ns(&rig, i), 15 * MS);
    rig_deinit(&rig);
}

static void a_name_that_does_not_exist_is_tried_with_the_whole_search_path(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.clients[0].try_count = 1;
    rig.clients[0].try_count_max = 4;
    rig.cluster.resolves = false;
    rig_start(&rig);
    rig_run(&rig, 11 * NS_PER_S);
    assert_int_equal(rig_count(&rig, OUTCOME_DNS), 10);
    assert_int_equal(latency_ns(&rig, 0), 20 * MS);
    rig_deinit(&rig);
}

static void a_client_without_a_cache_asks_for_every_request(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig_start(&rig);
    rig_run(&rig, 11 * NS_PER_S);
    assert_int_equal(rig.cluster.query_count, 10);
    rig_deinit(&rig);
}

static void kept_answers_take_no_time_until_their_ttl_is_over(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.clients[0].has_dns_cache = true;
    rig.setup.until_ns = 60 * NS_PER_S; /* the answer's TTL is 30 s */
    rig_start(&rig);
    rig_run(&rig, 60 * NS_PER_S);
    assert_int_equal(rig.cluster.query_count, 2);
    assert_int_equal(latency_ns(&rig, 0), 5 * MS);
    assert_int_equal(latency_ns(&rig, 1), 0);
    assert_int_equal(latency_ns(&rig, 30),
                     0); /* the 31st starts at 31 s; the answer came at 1.005 s */
    assert_int_equal(latency_ns(&rig, 31), 5 * MS);
    rig_deinit(&rig);
}

static void an_answer_may_be_kept_longer_than_its_ttl(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.clients[0].has_dns_cache = true;
    rig.clients[0].dns_keep_ns = NS_NEVER;
    rig.setup.until_ns = 500 * NS_PER_S;
    rig_start(&rig);
    rig_run(&rig, 500 * NS_PER_S);
    assert_int_equal(rig.cluster.query_count, 1);
    rig_deinit(&rig);
}

static void that_there_is_no_such_name_is_kept_too(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.clients[0].has_dns_cache = true;
    rig.clients[0].dns_keep_denial_ns = 3 * NS_PER_S;
    rig.cluster.resolves = false;
    rig_start(&rig);
    rig_run(&rig, 1500 * MS); /* asked at 1 s */
    rig.cluster.resolves = true;
    rig_run(&rig, 11 * NS_PER_S);
    assert_int_equal(rig_count(&rig, OUTCOME_DNS), 4); /* at 1, 2, 3 and 4 s: kept until 4.005 s */
    assert_int_equal(rig_count(&rig, OUTCOME_OK), 6);
    rig_deinit(&rig);
}

static void who_keeps_addresses_keeps_to_the_first(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.clients[0].has_dns_cache = true;
    rig.cluster.is_headless = true;
    rig_start(&rig);
    rig_run(&rig, 11 * NS_PER_S);
    for (uint32_t i = 1; i < 10; i++)
        assert_int_equal(rig.results[i].pod, rig.results[0].pod);
    rig_deinit(&rig);
}

static void each_identity_has_a_cache_of_its_own(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.clients[0].has_dns_cache = true;
    rig.clients[0].identity_count = 5;
    rig.clients[0].has_turns = true;
    rig_start(&rig);
    rig_run(&rig, 11 * NS_PER_S);
    assert_int_equal(rig.cluster.query_count, 5);
    rig_deinit(&rig);
}

static void a_node_s_cache_answers_at_once(void **state)
{
    struct rig rig;

    (void)state;
    set_up(&rig);
    rig.cluster.has_node_cache = true;
    rig_start(&rig);
    rig_run(&rig, 1500 * MS);
    rig.cluster.is_cached = true;
    rig_run(&rig, 2500 * MS);
    assert_int_equal(latency_ns(&rig, 0), 5 * MS);
    assert_int_equal(latency_ns(&rig, 1), 0);
    rig_deinit(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tried_before_the_right_one_take_a_query_each),
        cmocka_unit_test(a_name_that_does_not_exist_is_tried_with_the_whole_search_path),
        cmocka_unit_test(a_client_without_a_cache_asks_for_every_request),
        cmocka_unit_test(kept_answers_take_no_time_until_their_ttl_is_over),
        cmocka_unit_test(an_answer_may_be_kept_longer_than_its_ttl),
        cmocka_unit_test(that_there_is_no_such_name_is_kept_too),
        cmocka_unit_test(who_keeps_addresses_keeps_to_the_first),
        cmocka_unit_test(each_identity_has_a_cache_of_its_own),
        cmocka_unit_test(a_node_s_cache_answers_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
