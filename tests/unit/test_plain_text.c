/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/plain_text.h"

static void test_counts_have_separators(void **state)
{
    char buffer[PLAIN_TEXT_MAX];

    (void)state;
    assert_string_equal(plain_text_count(0, buffer), "0");
    assert_string_equal(plain_text_count(999, buffer), "999");
    assert_string_equal(plain_text_count(1000, buffer), "1,000");
    assert_string_equal(plain_text_count(24012, buffer), "24,012");
    assert_string_equal(plain_text_count(UINT64_MAX, buffer), "18,446,744,073,709,551,615");
}

static void test_numbers_have_three_significant_digits(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},         {0.154093, "0.154"}, {0.00041649, "0.000416"}, {0.99949, "0.999"},
        {0.9996, "1.00"}, {1, "1.00"},         {9.994, "9.99"},          {9.996, "10.0"},
        {37.24, "37.2"},  {99.94, "99.9"},     {99.96, "100"},           {123.4, "123"},
        {999.6, "1,000"}, {24012.4, "24,012"},
    };
    char buffer[PLAIN_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(cases); i++)
        assert_string_equal(plain_text_number(cases[i].value, buffer), cases[i].text);
}

static void test_spans_are_in_people_s_units(void **state)
{
    char buffer[PLAIN_TEXT_MAX];

    (void)state;
    assert_string_equal(plain_text_span(90 * NS_PER_S, buffer), "90 s");
    assert_string_equal(plain_text_span(1500 * NS_PER_MS, buffer), "1.5 s");
    assert_string_equal(plain_text_span(2 * NS_PER_MIN, buffer), "2 min");
    assert_string_equal(plain_text_span(150 * NS_PER_S, buffer), "2 min 30 s");
    assert_string_equal(plain_text_span(NS_PER_HOUR, buffer), "1 h");
    assert_string_equal(plain_text_span(NS_PER_HOUR + 61 * NS_PER_S, buffer), "1 h 1 min 1 s");
}

static const char *wrapped(struct out *out, const char *text, uint32_t width, uint32_t indent)
{
    out->used = 0;
    plain_text_put_wrapped(out, text, width, indent);
    return out_text(out);
}

static void test_paragraphs_break_at_spaces(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    assert_string_equal(wrapped(&out, "one two three", 7, 0), "one two\nthree\n");
    assert_string_equal(wrapped(&out, "one two three", 8, 2), "one two\n  three\n");
    assert_string_equal(wrapped(&out, "  one\n two  ", 80, 0), "one two\n");
    assert_string_equal(wrapped(&out, "\xC2\xB1\xC2\xB1 ab", 5, 0),
                        "\xC2\xB1\xC2\xB1 ab\n"); /* 5 columns, 7 bytes */
    assert_string_equal(wrapped(&out, "longword a", 4, 0), "longword\na\n");
    out_discard(&out);
}

static void test_long_names_show_their_end(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    plain_text_put_name(&out, "kubia-7d4b9c-x2x9z", 10);
    out_char(&out, '|');
    plain_text_put_name(&out, "kubia", 10);
    out_char(&out, '|');
    plain_text_put_right(&out, "ab", 4);
    assert_string_equal(out_text(&out), "..9c-x2x9z|kubia     |  ab");
    out_discard(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_have_separators),
        cmocka_unit_test(test_numbers_have_three_significant_digits),
        cmocka_unit_test(test_spans_are_in_people_s_units),
        cmocka_unit_test(test_paragraphs_break_at_spaces),
        cmocka_unit_test(test_long_names_show_their_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
