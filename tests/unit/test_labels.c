/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/labels.h"

static const struct label app_kubia[] = {{"tier", "web"}, {"app", "kubia"}};

static int set_up(void **state)
{
    static struct arena arena;

    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(*state);
    return 0;
}

static bool matches(struct arena *arena, const char *text)
{
    const struct label_set labels = labels_from(arena, app_kubia, 2);
    struct selector selector;
    const char *reason = NULL;

    assert_true(labels_parse_selector(arena, text, &selector, &reason));
    return labels_match(&selector, &labels);
}

static const char *reason_of(struct arena *arena, const char *text)
{
    struct selector selector;
    const char *reason = NULL;

    assert_false(labels_parse_selector(arena, text, &selector, &reason));
    assert_non_null(reason);
    return reason;
}

static void test_set_is_sorted_by_key(void **state)
{
    const struct label_set labels = labels_from(*state, app_kubia, 2);

    assert_int_equal(labels.count, 2);
    assert_string_equal(labels.items[0].key, "app");
    assert_string_equal(labels.items[1].key, "tier");
}

static void test_later_duplicate_key_wins(void **state)
{
    const struct label items[] = {{"app", "one"}, {"b", "x"}, {"app", "two"}};
    const struct label_set labels = labels_from(*state, items, 3);

    assert_int_equal(labels.count, 2);
    assert_string_equal(labels_get(&labels, "app"), "two");
}

static void test_get_of_an_absent_key_is_null(void **state)
{
    const struct label_set labels = labels_from(*state, app_kubia, 2);

    assert_null(labels_get(&labels, "az"));
    assert_null(labels_get(&labels, "zone"));
    assert_null(labels_get(&labels, ""));
}

static void test_with_adds_in_order_and_leaves_the_old_set(void **state)
{
    const struct label_set labels = labels_from(*state, app_kubia, 2);
    const struct label_set more = labels_with(*state, &labels, "env", "prod");

    assert_int_equal(labels.count, 2);
    assert_int_equal(more.count, 3);
    assert_string_equal(more.items[1].key, "env");
    assert_string_equal(labels_get(&more, "tier"), "web");
}

static void test_with_replaces_and_removes(void **state)
{
    const struct label_set labels = labels_from(*state, app_kubia, 2);
    const struct label_set other = labels_with(*state, &labels, "app", "quarantine");
    const struct label_set less = labels_with(*state, &labels, "app", NULL);
    const struct label_set same = labels_with(*state, &labels, "nothere", NULL);

    assert_int_equal(other.count, 2);
    assert_string_equal(labels_get(&other, "app"), "quarantine");
    assert_int_equal(less.count, 1);
    assert_null(labels_get(&less, "app"));
    assert_true(labels_equal(&same, &labels));
}

static void test_equal_compares_keys_and_values(void **state)
{
    const struct label reversed[] = {{"app", "kubia"}, {"tier", "web"}};
    const struct label_set a = labels_from(*state, app_kubia, 2);
    const struct label_set b = labels_from(*state, reversed, 2);
    const struct label_set c = labels_with(*state, &a, "tier", "db");
    const struct label_set d = labels_with(*state, &a, "x", "");

    assert_true(labels_equal(&a, &b));
    assert_false(labels_equal(&a, &c));
    assert_false(labels_equal(&a, &d));
}

static void test_selector_of_labels_asks_for_each(void **state)
{
    const struct label_set labels = labels_from(*state, app_kubia, 2);
    const struct selector selector = labels_selector(*state, &labels);
    const struct label_set more = labels_with(*state, &labels, "x", "y");
    const struct label_set less = labels_with(*state, &labels, "tier", NULL);

    assert_true(labels_match(&selector, &labels));
    assert_true(labels_match(&selector, &more));
    assert_false(labels_match(&selector, &less));
}

static void test_empty_selector_matches_all_and_a_null_one_nothing(void **state)
{
    const struct label_set labels = labels_from(*state, app_kubia, 2);
    const struct selector null_selector = {.is_null = true};

    assert_true(matches(*state, ""));
    assert_true(matches(*state, "  "));
    assert_false(labels_match(&null_selector, &labels));
}

static void test_equality_operators(void **state)
{
    assert_true(matches(*state, "app=kubia"));
    assert_true(matches(*state, "app == kubia , tier=web"));
    assert_false(matches(*state, "app=kubia,tier=db"));
    assert_true(matches(*state, "app!=other"));
    assert_false(matches(*state, "app != kubia"));
}

static void test_set_operators(void **state)
{
    assert_true(matches(*state, "app in (x, kubia)"));
    assert_false(matches(*state, "app in (x,y)"));
    assert_true(matches(*state, "app notin (x,y),tier in (web)"));
    assert_false(matches(*state, "app notin (kubia)"));
}

static void test_existence_operators(void **state)
{
    assert_true(matches(*state, "app"));
    assert_false(matches(*state, "!app"));
    assert_true(matches(*state, "!canary,app"));
    assert_false(matches(*state, "canary"));
}

static void test_absent_key_passes_the_negative_operators(void **state)
{
    assert_true(matches(*state, "canary!=yes"));
    assert_true(matches(*state, "canary notin (yes)"));
    assert_false(matches(*state, "canary in (yes)"));
}

static void test_empty_value_is_a_value(void **state)
{
    assert_false(matches(*state, "app="));
    assert_true(matches(*state, "app!="));
}

static void test_bad_selectors_say_why(void **state)
{
    assert_non_null(strstr(reason_of(*state, "app=kubia,"), "key is missing"));
    assert_non_null(strstr(reason_of(*state, "app in x"), "parentheses"));
    assert_non_null(strstr(reason_of(*state, "app in (x"), "\")\""));
    assert_non_null(strstr(reason_of(*state, "app like x"), "like"));
    assert_non_null(strstr(reason_of(*state, "app!kubia"), "!="));
    assert_non_null(strstr(reason_of(*state, "-app=kubia"), "key"));
    assert_non_null(strstr(reason_of(*state, "app=-kubia"), "value"));
    assert_non_null(strstr(reason_of(*state, "app=kubia)"), ")"));
    assert_non_null(strstr(reason_of(*state, "app=a b"), "b"));
}

static void test_keys_and_values_as_the_api_server_has_them(void **state)
{
    (void)state;
    assert_true(labels_is_key("app.kubernetes.io/name"));
    assert_false(labels_is_key("a/b/c"));
    assert_false(labels_is_key("/name"));
    assert_false(labels_is_key(""));
    assert_true(labels_is_value(""));
    assert_true(labels_is_value("v1.2_x-y"));
    assert_false(labels_is_value("a/b"));
    assert_false(
        labels_is_value("0123456789012345678901234567890123456789012345678901234567890123"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_is_sorted_by_key),
        cmocka_unit_test(test_later_duplicate_key_wins),
        cmocka_unit_test(test_get_of_an_absent_key_is_null),
        cmocka_unit_test(test_with_adds_in_order_and_leaves_the_old_set),
        cmocka_unit_test(test_with_replaces_and_removes),
        cmocka_unit_test(test_equal_compares_keys_and_values),
        cmocka_unit_test(test_selector_of_labels_asks_for_each),
        cmocka_unit_test(test_empty_selector_matches_all_and_a_null_one_nothing),
        cmocka_unit_test(test_equality_operators),
        cmocka_unit_test(test_set_operators),
        cmocka_unit_test(test_existence_operators),
        cmocka_unit_test(test_absent_key_passes_the_negative_operators),
        cmocka_unit_test(test_empty_value_is_a_value),
        cmocka_unit_test(test_bad_selectors_say_why),
        cmocka_unit_test(test_keys_and_values_as_the_api_server_has_them),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
