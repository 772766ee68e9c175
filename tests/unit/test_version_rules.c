/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/version_rules.h"

/* A rule that is false (or the old value) up to one version and true (or the new one) from `since` on. */
#define ASSERT_SINCE(since, expression)                             \
    for (uint32_t minor = 20; minor <= 34; minor++) {               \
        const struct version_rules rules = version_rules_of(minor); \
        assert_int_equal((expression), minor >= (since));           \
    }

static void test_the_stale_cache_tracker_of_slices_comes_after_1_20_2(void **state)
{
    (void)state;
    ASSERT_SINCE(21, rules.has_slice_tracker);
}

static void test_terminating_endpoints_come_with_1_22(void **state)
{
    (void)state;
    ASSERT_SINCE(22, rules.has_terminating_endpoints);
}

static void test_the_fallback_to_terminating_endpoints_is_on_from_its_beta_in_1_26(void **state)
{
    (void)state;
    ASSERT_SINCE(26, rules.has_terminating_fallback);
}

static void test_logarithmic_scale_down_comes_with_1_22(void **state)
{
    (void)state;
    ASSERT_SINCE(22, rules.has_log_scale_down);
}

static void test_a_terminal_phase_before_the_final_delete_comes_with_1_27(void **state)
{
    (void)state;
    ASSERT_SINCE(27, rules.has_terminal_phase);
}

static void test_the_kubelets_limits_rise_with_1_27(void **state)
{
    (void)state;
    ASSERT_SINCE(27, rules.kubelet_qps == 50 && rules.kubelet_burst == 100);
    ASSERT_SINCE(27, !(rules.kubelet_qps == 5 && rules.kubelet_burst == 10));
}

static void test_partial_syncs_come_with_1_27(void **state)
{
    (void)state;
    ASSERT_SINCE(27, rules.has_partial_sync);
}

static void test_the_new_runner_comes_with_1_34(void **state)
{
    (void)state;
    ASSERT_SINCE(34, !rules.has_old_runner);
}

static void test_endpoints_are_told_too_large_in_1_21_and_truncated_from_1_22_on(void **state)
{
    (void)state;
    ASSERT_SINCE(22, rules.has_truncation);
    for (uint32_t minor = 20; minor <= 34; minor++)
        assert_int_equal(version_rules_of(minor).has_capacity_warning, minor == 21);
}

static void test_pods_in_a_terminal_phase_leave_whatever_their_policy_from_1_22_on(void **state)
{
    (void)state;
    ASSERT_SINCE(22, rules.has_phase_rule);
    ASSERT_SINCE(22, !rules.has_tolerate_unready);
}

static void test_a_pods_version_alone_is_no_change_from_1_24_on(void **state)
{
    (void)state;
    ASSERT_SINCE(24, !rules.compares_pod_version);
}

static void test_a_lost_node_costs_only_its_pods_from_1_25_on(void **state)
{
    (void)state;
    ASSERT_SINCE(25, rules.skips_lost_nodes);
    ASSERT_SINCE(25, rules.keeps_placeholder);
}

static void test_mirroring_by_version(void **state)
{
    (void)state;
    ASSERT_SINCE(21, rules.mirrors_metadata);
    ASSERT_SINCE(22, rules.mirrors_not_ready);
    ASSERT_SINCE(23, rules.cleans_mirrors);
    ASSERT_SINCE(25, rules.repacks_mirrored);
}

static void test_slices_are_v1_from_1_21_on(void **state)
{
    (void)state;
    ASSERT_SINCE(21, rules.has_slice_v1);
}

static void test_endpoints_say_who_manages_them_from_1_33_on(void **state)
{
    (void)state;
    ASSERT_SINCE(33, rules.labels_endpoints);
}

static void test_the_endpoints_controller_tracks_its_writes_from_1_31_on(void **state)
{
    (void)state;
    ASSERT_SINCE(31, rules.has_endpoints_tracker);
}

static void test_hints_by_version(void **state)
{
    (void)state;
    ASSERT_SINCE(24, rules.has_zone_hints);
    ASSERT_SINCE(31, rules.has_traffic_distribution);
    ASSERT_SINCE(34, rules.has_node_hints);
}

static void test_the_node_controller_waits_50_s_from_1_32_on(void **state)
{
    (void)state;
    ASSERT_SINCE(32, rules.node_grace_ns == 50 * NS_PER_S);
    ASSERT_SINCE(32, rules.node_grace_ns != 40 * NS_PER_S);
}

static void test_the_gate_gives_1_20_terminating_endpoints(void **state)
{
    (void)state;
    static const struct feature_gate gates[] = {{"EndpointSliceTerminatingCondition", true}};
    const struct controller_manager_spec spec = {.gates = gates, .gate_count = 1};
    struct version_rules rules = version_rules_of(20);

    assert_false(rules.has_terminating_endpoints);
    version_rules_set_gates(&rules, 20, &spec);
    assert_true(rules.has_terminating_endpoints);
}

/* Alpha in 1.21, 1.30 and 1.33: off, and to be switched on; not there before. Beta: to be switched off. */
static void test_hints_go_by_their_gates(void **state)
{
    static const struct feature_gate on[] = {{"TopologyAwareHints", true},
                                             {"ServiceTrafficDistribution", true},
                                             {"PreferSameTrafficDistribution", true}};
    static const struct feature_gate off[] = {{"TopologyAwareHints", false},
                                              {"ServiceTrafficDistribution", false},
                                              {"PreferSameTrafficDistribution", false}};
    const struct controller_manager_spec with = {.gates = on, .gate_count = 3};
    const struct controller_manager_spec without = {.gates = off, .gate_count = 3};

    (void)state;
    for (uint32_t minor = 20; minor <= 34; minor++) {
        struct version_rules rules = version_rules_of(minor);

        version_rules_set_gates(&rules, minor, &with);
        assert_int_equal(rules.has_zone_hints, minor >= 21);
        assert_int_equal(rules.has_traffic_distribution, minor >= 30);
        assert_int_equal(rules.has_node_hints, minor >= 33);
        version_rules_set_gates(&rules, minor, &without);
        assert_false(rules.has_zone_hints || rules.has_traffic_distribution ||
                     rules.has_node_hints);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stale_cache_tracker_of_slices_comes_after_1_20_2),
        cmocka_unit_test(test_terminating_endpoints_come_with_1_22),
        cmocka_unit_test(test_the_fallback_to_terminating_endpoints_is_on_from_its_beta_in_1_26),
        cmocka_unit_test(test_logarithmic_scale_down_comes_with_1_22),
        cmocka_unit_test(test_a_terminal_phase_before_the_final_delete_comes_with_1_27),
        cmocka_unit_test(test_the_kubelets_limits_rise_with_1_27),
        cmocka_unit_test(test_partial_syncs_come_with_1_27),
        cmocka_unit_test(test_the_new_runner_comes_with_1_34),
        cmocka_unit_test(test_endpoints_are_told_too_large_in_1_21_and_truncated_from_1_22_on),
        cmocka_unit_test(test_pods_in_a_terminal_phase_leave_whatever_their_policy_from_1_22_on),
        cmocka_unit_test(test_a_pods_version_alone_is_no_change_from_1_24_on),
        cmocka_unit_test(test_a_lost_node_costs_only_its_pods_from_1_25_on),
        cmocka_unit_test(test_mirroring_by_version),
        cmocka_unit_test(test_slices_are_v1_from_1_21_on),
        cmocka_unit_test(test_endpoints_say_who_manages_them_from_1_33_on),
        cmocka_unit_test(test_the_endpoints_controller_tracks_its_writes_from_1_31_on),
        cmocka_unit_test(test_hints_by_version),
        cmocka_unit_test(test_hints_go_by_their_gates),
        cmocka_unit_test(test_the_node_controller_waits_50_s_from_1_32_on),
        cmocka_unit_test(test_the_gate_gives_1_20_terminating_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
