/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void test_equal_words_have_no_distance(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("until", "until"), 0);
}

static void test_each_edit_counts_one(void **state)
{
    (void)state;
    assert_int_equal(text_distance("until", "untils"), 1);
    assert_int_equal(text_distance("until", "util"), 1);
    assert_int_equal(text_distance("until", "untal"), 1);
    assert_int_equal(text_distance("until", "unitl"), 1); /* two neighbours swapped */
    assert_int_equal(text_distance("", "seed"), 4);
    assert_int_equal(text_distance("seed", ""), 4);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
}

static void test_the_other_case_counts_half(void **state)
{
    (void)state;
    assert_int_equal(text_distance("minSyncperiod", "minSyncPeriod"), 1); /* half, rounded up */
    assert_int_equal(text_distance("MINSYNC", "minsync"), 4);
    assert_int_equal(text_distance("abXY", "abxy"), 1);
}

static void test_distance_does_not_depend_on_the_order(void **state)
{
    (void)state;
    assert_int_equal(text_distance("replicas", "relpica"), text_distance("relpica", "replicas"));
}

static void test_long_words_are_far_apart_unless_equal(void **state)
{
    static const char long_word[] =
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg";

    (void)state;
    assert_int_equal(text_distance(long_word, long_word), 0);
    assert_int_equal(text_distance(long_word, "a"), 70);
}

static void test_the_nearest_candidate_is_suggested(void **state)
{
    static const char *const names[] = {"syncPeriod", "minSyncPeriod", "masqueradeAll", "seed"};

    (void)state;
    assert_string_equal(text_nearest("minSyncperiod", names, 4), "minSyncPeriod");
    assert_string_equal(text_nearest("synPeriod", names, 4), "syncPeriod");
    assert_string_equal(text_nearest("sed", names, 4), "seed");
    assert_string_equal(text_nearest("Seed", names, 4), "seed");
}

static void test_a_difference_of_case_is_nearer_than_an_edit(void **state)
{
    static const char *const names[] = {"port", "ports", "Ports"};

    (void)state;
    assert_string_equal(text_nearest("pOrt", names, 3), "port");
    assert_string_equal(text_nearest("PortS", names, 3), "Ports");
}

static void test_nothing_near_enough_gives_nothing(void **state)
{
    static const char *const names[] = {"until", "seed"};

    (void)state;
    assert_null(text_nearest("warmup", names, 2));
    assert_null(text_nearest("xyz", names, 2));
    assert_null(text_nearest("until", names, 0));
    assert_null(text_nearest("sdee", names, 2)); /* two edits, one allowed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_words_have_no_distance),
        cmocka_unit_test(test_each_edit_counts_one),
        cmocka_unit_test(test_the_other_case_counts_half),
        cmocka_unit_test(test_distance_does_not_depend_on_the_order),
        cmocka_unit_test(test_long_words_are_far_apart_unless_equal),
        cmocka_unit_test(test_the_nearest_candidate_is_suggested),
        cmocka_unit_test(test_a_difference_of_case_is_nearer_than_an_edit),
        cmocka_unit_test(test_nothing_near_enough_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
