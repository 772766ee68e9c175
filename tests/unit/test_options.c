/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct option table[] = {
    {"output", 'o', "DIR", "a folder"},     {"replications", 'N', "COUNT", "how many"},
    {"set", '\0', "PATH=VALUE", "a field"}, {"quiet", 'q', NULL, "say nothing"},
    {"verbose", 'v', NULL, "say more"},     {"help", 'h', NULL, "this page"},
};

struct fixture {
    struct arena arena;
    struct options options;
    struct error err;
    enum status status;
};

#define ARGUMENTS_MAX 8

/* Parses up to ARGUMENTS_MAX words, ended by NULL. */
static void parse(struct fixture *f, const char *const words[ARGUMENTS_MAX])
{
    static char copies[ARGUMENTS_MAX][80];
    char *argv[ARGUMENTS_MAX];
    int argc = 0;

    arena_init(&f->arena);
    f->err.text[0] = '\0';
    for (; argc < ARGUMENTS_MAX && words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    options_init(&f->options, &f->arena, table, EP_COUNT_OF(table));
    f->status = options_parse(&f->options, argc, argv, &f->err);
}

#define PARSE(f, ...) parse((f), (const char *const[ARGUMENTS_MAX]){__VA_ARGS__, NULL})

static void test_value_is_the_next_argument_or_behind_an_equals_sign(void **state)
{
    static const char *const spellings[][3] = {
        {"--output", "dir", NULL}, {"--output=dir", NULL, NULL}, {"-o", "dir", NULL},
        {"-odir", NULL, NULL},     {"-o=dir", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(spellings); i++) {
        struct fixture f;

        PARSE(&f, spellings[i][0], spellings[i][1]);
        assert_int_equal(f.status, STATUS_OK);
        assert_string_equal(options_value(&f.options, "output"), "dir");
        assert_int_equal(f.options.operand_count, 0);
        arena_deinit(&f.arena);
    }
}

static void test_value_may_be_empty_or_hold_an_equals_sign(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "--output=", "--set", "a=b=c");
    assert_int_equal(f.status, STATUS_OK);
    assert_string_equal(options_value(&f.options, "output"), "");
    assert_string_equal(options_value(&f.options, "set"), "a=b=c");
    arena_deinit(&f.arena);
}

static void test_options_may_stand_behind_operands(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "a.yaml", "-q", "-", "--output", "x", "b.yaml");
    assert_int_equal(f.status, STATUS_OK);
    assert_int_equal(f.options.operand_count, 3);
    assert_string_equal(f.options.operands[0], "a.yaml");
    assert_string_equal(f.options.operands[1], "-");
    assert_string_equal(f.options.operands[2], "b.yaml");
    assert_true(options_has(&f.options, "quiet"));
    assert_false(options_has(&f.options, "verbose"));
    arena_deinit(&f.arena);
}

static void test_two_dashes_end_the_options(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "-q", "--", "-v", "--nonsense");
    assert_int_equal(f.status, STATUS_OK);
    assert_int_equal(f.options.operand_count, 2);
    assert_string_equal(f.options.operands[1], "--nonsense");
    assert_false(options_has(&f.options, "verbose"));
    arena_deinit(&f.arena);
}

static void test_flags_may_share_a_dash(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "-qvN7");
    assert_int_equal(f.status, STATUS_OK);
    assert_true(options_has(&f.options, "quiet"));
    assert_true(options_has(&f.options, "verbose"));
    assert_string_equal(options_value(&f.options, "replications"), "7");
    arena_deinit(&f.arena);
}

static void test_repeated_option_keeps_all_values_in_order_and_the_last_wins(void **state)
{
    struct fixture f;
    const char *const *values;
    uint32_t count;

    (void)state;
    PARSE(&f, "--set", "a=1", "--set=b=2", "--set", "c=3");
    values = options_values(&f.options, "set", &count);
    assert_int_equal(count, 3);
    assert_string_equal(values[0], "a=1");
    assert_string_equal(values[1], "b=2");
    assert_string_equal(values[2], "c=3");
    assert_string_equal(options_value(&f.options, "set"), "c=3");
    arena_deinit(&f.arena);
}

static void test_misspelt_option_is_answered_with_the_nearest(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "--replicaton", "3");
    assert_int_equal(f.status, STATUS_INVALID);
    assert_string_equal(f.err.text, "unknown option --replicaton; did you mean --replications?");
    arena_deinit(&f.arena);
}

static void test_option_near_none_gets_no_suggestion(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "--zzzzzz=1");
    assert_int_equal(f.status, STATUS_INVALID);
    assert_string_equal(f.err.text, "unknown option --zzzzzz");
    arena_deinit(&f.arena);
}

static void test_missing_value_is_an_error_even_before_another_option(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "a.yaml", "-o");
    assert_int_equal(f.status, STATUS_INVALID);
    assert_string_equal(f.err.text, "-o needs a value: DIR");
    arena_deinit(&f.arena);
    PARSE(&f, "--output", "--quiet");
    assert_int_equal(f.status, STATUS_INVALID);
    assert_non_null(strstr(f.err.text, "--output needs a value: DIR"));
    arena_deinit(&f.arena);
}

static void test_flag_takes_no_value(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "--quiet=yes");
    assert_int_equal(f.status, STATUS_INVALID);
    assert_string_equal(f.err.text, "--quiet takes no value");
    arena_deinit(&f.arena);
}

static void test_help_forgives_what_follows(void **state)
{
    struct fixture f;

    (void)state;
    PARSE(&f, "--help", "--nonsense");
    assert_int_equal(f.status, STATUS_OK);
    assert_true(options_has(&f.options, "help"));
    arena_deinit(&f.arena);
}

static void test_number_outside_its_range_or_not_a_number_is_an_error(void **state)
{
    static const char *const wrong[] = {"0",  "11", "-3", "x",
                                        "3x", "",   " 3", "99999999999999999999"};
    const struct option_range range = {1, 10};

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(wrong); i++) {
        struct fixture f;
        uint64_t value = 5;

        PARSE(&f, "-N", wrong[i]);
        assert_int_equal(f.status, STATUS_OK);
        assert_int_equal(options_u64(&f.options, "replications", range, &value, &f.err),
                         STATUS_INVALID);
        assert_int_equal(value, 5);
        arena_deinit(&f.arena);
    }
}

static void test_number_within_its_range_is_taken_and_an_absent_one_stays(void **state)
{
    const struct option_range range = {1, 10};
    struct fixture f;
    uint64_t value = 5;

    (void)state;
    PARSE(&f, "a.yaml");
    assert_int_equal(options_u64(&f.options, "replications", range, &value, &f.err), STATUS_OK);
    assert_int_equal(value, 5);
    arena_deinit(&f.arena);
    PARSE(&f, "-N10");
    assert_int_equal(options_u64(&f.options, "replications", range, &value, &f.err), STATUS_OK);
    assert_int_equal(value, 10);
    arena_deinit(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_is_the_next_argument_or_behind_an_equals_sign),
        cmocka_unit_test(test_value_may_be_empty_or_hold_an_equals_sign),
        cmocka_unit_test(test_options_may_stand_behind_operands),
        cmocka_unit_test(test_two_dashes_end_the_options),
        cmocka_unit_test(test_flags_may_share_a_dash),
        cmocka_unit_test(test_repeated_option_keeps_all_values_in_order_and_the_last_wins),
        cmocka_unit_test(test_misspelt_option_is_answered_with_the_nearest),
        cmocka_unit_test(test_option_near_none_gets_no_suggestion),
        cmocka_unit_test(test_missing_value_is_an_error_even_before_another_option),
        cmocka_unit_test(test_flag_takes_no_value),
        cmocka_unit_test(test_help_forgives_what_follows),
        cmocka_unit_test(test_number_outside_its_range_or_not_a_number_is_an_error),
        cmocka_unit_test(test_number_within_its_range_is_taken_and_an_absent_one_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
