/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/wrap.h"

static void assert_wrapped(const char *text, size_t column, size_t indent, const char *expected)
{
    struct out out;

    out_open_memory(&out);
    wrap_text(&out, text, column, indent);
    assert_string_equal(out_text(&out), expected);
    out_discard(&out);
}

static void test_a_short_text_is_one_line(void **state)
{
    (void)state;
    assert_wrapped("one two", 4, 4, "one two\n");
}

static void test_blanks_between_words_become_one(void **state)
{
    (void)state;
    assert_wrapped("  one \n two  ", 0, 0, "one two\n");
}

static void test_a_word_that_would_end_in_column_81_begins_a_line(void **state)
{
    (void)state;
    assert_wrapped("1234567 1", 71, 2, "1234567 1\n");
    assert_wrapped("1234567 12", 71, 2, "1234567\n  12\n");
}

static void test_a_word_longer_than_a_line_is_not_broken(void **state)
{
    char word[101];
    char expected[105];

    (void)state;
    memset(word, 'x', 100);
    word[100] = '\0';
    memcpy(expected, word, 100);
    memcpy(expected + 100, "\n", 2);
    assert_wrapped(word, 0, 2, expected);
}

static void test_no_word_ends_the_line(void **state)
{
    (void)state;
    assert_wrapped("", 0, 2, "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_short_text_is_one_line),
        cmocka_unit_test(test_blanks_between_words_become_one),
        cmocka_unit_test(test_a_word_that_would_end_in_column_81_begins_a_line),
        cmocka_unit_test(test_a_word_longer_than_a_line_is_not_broken),
        cmocka_unit_test(test_no_word_ends_the_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
