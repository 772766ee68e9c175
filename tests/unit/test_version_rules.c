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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
