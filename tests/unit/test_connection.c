/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a node without endpoints does to a connection, against what a real kernel did: 40 connects
 * in 0.4 s got 6 refusals at once, one more at each of 1.01, 2.05, 3.05, 4.09, 5.10 s, and two at
 * 7.14 and 7.15 s.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "traffic/syn_schedule.h"
#include "unit/traffic_rig.h"

#define MS NS_PER_MS

/* Nobody to send to: 40 requests, 10 ms apart from 10 ms on, a round trip of 1 ms. */
static void set_up_rejecting(struct rig *rig, uint32_t node_count)
{
    rig_init(rig, node_count, 1);
    rig->cluster_spec.latency[HOP_NETWORK_RTT] = distribution_constant(MS);
    rig->clients[0].rate_per_s = 100;
    rig->clients[0].timeout_ns = 500 * NS_PER_S;
    rig->setup.until_ns = 401 * MS;
    rig_start(rig);
    for (uint32_t node = 0; node < node_count; node++)
        rig->cluster.tables[node].count = 0;
    rig_run(rig, 400 * MS);
    rig->traffic->until_ns = 1000 * NS_PER_S;
}

static void only_six_of_a_burst_are_rejected_at_once_and_one_a_second_later(void **state)
{
    static const sim_ns later_ms[] = {1070, 2080, 3090, 4100, 5110, 7120, 7130};
    struct rig rig;

    (void)state;
    set_up_rejecting(&rig, 1);
    rig_run(&rig, 8 * NS_PER_S);
    assert_int_equal(rig.result_count, 13);
    assert_int_equal(rig_count(&rig, OUTCOME_NO_ENDPOINTS), 13);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(rig.results[i].number, i + 1);
        assert_int_equal(rig.results[i].t_end_ns, (i + 1) * 10 * MS + MS);
        assert_int_equal(rig.results[i].pod, ID_NONE);
    }
    for (uint32_t i = 0; i < EP_COUNT_OF(later_ms); i++) {
        assert_int_equal(rig.results[6 + i].t_pick_ns, later_ms[i] * MS);
        assert_int_equal(rig.results[6 + i].t_end_ns, later_ms[i] * MS + MS);
    }
    rig_deinit(&rig);
}

static void every_node_has_its_own_bucket(void **state)
{
    struct rig rig;

    (void)state;
    set_up_rejecting(&rig, 2);
    rig_run(&rig, 500 * MS);
    assert_int_equal(rig.result_count, 12);
    rig_deinit(&rig);
}

static void a_dropped_syn_is_sent_again_on_the_kernels_schedule(void **state)
{
    static const sim_ns expected_s[] = {0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67};

    (void)state;
    for (uint32_t i = 0; i < SYN_SCHEDULE_COUNT; i++)
        assert_int_equal(syn_schedule_ns(i), expected_s[i] * NS_PER_S);
}

/* Empties the bucket of node 0 for good. */
static void spend_tokens(struct rig *rig)
{
    struct client *client = &rig->traffic->clients[0];

    client_takes_icmp_token(client, rig->traffic, 0);
    client->icmp_full_ns[0] = 1000000 * NS_PER_S;
}

static void one_request(struct rig *rig, sim_ns timeout_ns)
{
    rig_init(rig, 1, 1);
    rig->cluster_spec.latency[HOP_NETWORK_RTT] = distribution_constant(MS);
    rig->clients[0].timeout_ns = timeout_ns;
    rig->setup.until_ns = 2 * NS_PER_S;
    rig_start(rig);
    rig->traffic->until_ns = 1000 * NS_PER_S;
    rig->cluster.tables[0].count = 0;
}

static void a_dropped_syn_finds_an_endpoint_that_came_meanwhile(void **state)
{
    struct rig rig;

    (void)state;
    one_request(&rig, 10 * NS_PER_S);
    spend_tokens(&rig);
    rig_run(&rig, 3500 * MS);
    rig.cluster.tables[0].count = 1;
    rig_run(&rig, 20 * NS_PER_S);
    assert_int_equal(rig.result_count, 1);
    assert_int_equal(rig.results[0].outcome, OUTCOME_OK);
    assert_int_equal(rig.results[0].t_pick_ns, 4 * NS_PER_S);
    assert_int_equal(rig.results[0].t_end_ns, 4 * NS_PER_S + 12 * MS);
    rig_deinit(&rig);
}

static void without_an_answer_the_client_gives_up_at_its_limit(void **state)
{
    struct rig rig;

    (void)state;
    one_request(&rig, 10 * NS_PER_S);
    spend_tokens(&rig);
    rig_run(&rig, 20 * NS_PER_S);
    assert_int_equal(rig.result_count, 1);
    assert_int_equal(rig.results[0].outcome, OUTCOME_NO_ENDPOINTS);
    assert_int_equal(rig.results[0].t_pick_ns,
                     8 * NS_PER_S); /* SYNs at 1, 2, 3, 4, 5, 6, 8 and, too late, 12 s */
    assert_int_equal(rig.results[0].t_end_ns, 11 * NS_PER_S);
    rig_deinit(&rig);
}

static void without_an_answer_the_kernel_gives_up_after_131_seconds(void **state)
{
    struct rig rig;

    (void)state;
    one_request(&rig, 500 * NS_PER_S);
    spend_tokens(&rig);
    rig_run(&rig, 300 * NS_PER_S);
    assert_int_equal(rig.result_count, 1);
    assert_int_equal(rig.results[0].outcome, OUTCOME_NO_ENDPOINTS);
    assert_int_equal(rig.results[0].t_pick_ns, 68 * NS_PER_S);
    assert_int_equal(rig.results[0].t_end_ns, 132 * NS_PER_S);
    rig_deinit(&rig);
}

static void a_rejected_connection_that_then_meets_silence_ends_131_seconds_after_its_first_syn(
    void **state)
{
    struct rig rig;

    (void)state;
    one_request(&rig, 500 * NS_PER_S);
    traffic_app_ops.on_kill(rig.traffic, 0);
    rig.cluster.pods[0].has_address = false;
    spend_tokens(&rig);
    rig_run(&rig, 3500 * MS);
    rig.cluster.tables[0].count = 1;
    rig_run(&rig, 300 * NS_PER_S);
    assert_int_equal(rig.result_count, 1);
    assert_int_equal(rig.results[0].outcome, OUTCOME_TIMEOUT);
    assert_int_equal(rig.results[0].t_pick_ns, 4 * NS_PER_S);
    assert_int_equal(rig.results[0].t_end_ns, 132 * NS_PER_S);
    rig_deinit(&rig);
}

static void policies_have_names_and_words(void **state)
{
    (void)state;
    assert_ptr_equal(policy_find("kube-proxy"), &policy_kube_proxy_iptables);
    assert_null(policy_find("no-such-policy"));
    for (uint32_t i = 0; i < policy_table_count; i++) {
        assert_ptr_equal(policy_find(policy_table[i]->name), policy_table[i]);
        assert_non_null(policy_table[i]->doc);
        assert_non_null(policy_table[i]->source);
    }
}

/* Chi-square of 20,000 picks among 10 against its 0.999 quantile with 9 degrees of freedom. */
static void kube_proxy_picks_uniformly(void **state)
{
    const struct endpoint_table table = {.count = 10};
    uint32_t counts[10] = {0};
    double chi_square = 0;

    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        struct random random = random_at(42, i);

        counts[policy_kube_proxy_iptables.pick(&(struct policy_input){&table, &random})]++;
    }
    for (int i = 0; i < 10; i++)
        chi_square += (counts[i] - 2000.0) * (counts[i] - 2000.0) / 2000.0;
    assert_true(chi_square < 27.88);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_six_of_a_burst_are_rejected_at_once_and_one_a_second_later),
        cmocka_unit_test(every_node_has_its_own_bucket),
        cmocka_unit_test(a_dropped_syn_is_sent_again_on_the_kernels_schedule),
        cmocka_unit_test(a_dropped_syn_finds_an_endpoint_that_came_meanwhile),
        cmocka_unit_test(without_an_answer_the_client_gives_up_at_its_limit),
        cmocka_unit_test(without_an_answer_the_kernel_gives_up_after_131_seconds),
        cmocka_unit_test(
            a_rejected_connection_that_then_meets_silence_ends_131_seconds_after_its_first_syn),
        cmocka_unit_test(policies_have_names_and_words),
        cmocka_unit_test(kube_proxy_picks_uniformly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
