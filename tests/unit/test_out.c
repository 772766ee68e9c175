/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/out.h"

static void expect_text(struct out *out, const char *want)
{
    assert_string_equal(out_text(out), want);
    out->used = 0;
}

static void test_integers(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    out_u64(&out, 0);
    expect_text(&out, "0");
    out_u64(&out, UINT64_MAX);
    expect_text(&out, "18446744073709551615");
    out_i64(&out, INT64_MIN);
    expect_text(&out, "-9223372036854775808");
    out_i64(&out, 42);
    expect_text(&out, "42");
    out_hex64(&out, UINT64_C(0x00ab00000000000f));
    expect_text(&out, "00ab00000000000f");
    out_discard(&out);
}

static void test_seconds_are_exact(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    out_seconds(&out, 61204 * NS_PER_MS);
    expect_text(&out, "61.204");
    out_seconds(&out, -1);
    expect_text(&out, "-0.000000001");
    out_discard(&out);
}

static void test_numbers_have_nine_digits(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    out_number(&out, 1.0 / 3);
    expect_text(&out, "0.333333333");
    out_number(&out, 123456789.0 * 16);
    expect_text(&out, "1.97530862e+09");
    out_number(&out, 0.5);
    expect_text(&out, "0.5");
    out_number(&out, -0.0);
    expect_text(&out, "0");
    out_number(&out, NAN);
    expect_text(&out, "null");
    out_number(&out, -HUGE_VAL);
    expect_text(&out, "null");
    out_discard(&out);
}

static void test_csv_is_quoted_only_if_it_must_be(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    out_csv(&out, "kubia");
    expect_text(&out, "kubia");
    out_csv(&out, "");
    expect_text(&out, "");
    out_csv(&out, "a,b");
    expect_text(&out, "\"a,b\"");
    out_csv(&out, "say \"hi\"");
    expect_text(&out, "\"say \"\"hi\"\"\"");
    out_csv(&out, "two\nlines");
    expect_text(&out, "\"two\nlines\"");
    out_discard(&out);
}

static void test_json_strings_are_escaped(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    out_json_string(&out, "a\"b\\c\n\t\x01/\x7F");
    expect_text(&out, "\"a\\\"b\\\\c\\n\\t\\u0001/\\u007f\"");
    out_json_string(&out, "gr\xC3\xBC\xC3\x9F");
    expect_text(&out, "\"gr\xC3\xBC\xC3\x9F\"");
    out_json_string(&out, "\xE2\x80\xA8\xC2\x85\xEF\xBB\xBF");
    expect_text(&out, "\"\\u2028\\u0085\\ufeff\"");
    out_json_string(&out, NULL);
    expect_text(&out, "null");
    out_discard(&out);
}

static void test_yaml_strings_are_plain_where_that_is_safe(void **state)
{
    static const char *const plain[] = {"kubia",        "rolling-update",
                                        "http://kubia", "luksa/kubia:v2",
                                        "10.0.0.1",     "10s",
                                        "a b",          "app.kubernetes.io/name",
                                        "it's",         "nullable",
                                        "v1",           "/",
                                        "a=b",          "x#y"};
    struct out out;

    (void)state;
    out_open_memory(&out);
    for (size_t i = 0; i < EP_COUNT_OF(plain); i++) {
        out_yaml_string(&out, plain[i]);
        expect_text(&out, plain[i]);
    }
    out_discard(&out);
}

static void test_yaml_strings_that_look_like_something_else_are_quoted(void **state)
{
    static const char *const quoted[] = {
        "",      "null", "Null", "~",     "true",       "FALSE",      "yes", "No",  "on",
        "y",     "1",    "-1",   "1.34",  "0x1f",       "0o7",        "1e3", "+.5", ".inf",
        "-.INF", ".nan", ".NaN", "1_000", "2026-01-01", "12:30:45",   "- a", "-",   "--- a",
        "...",   "? a",  "a: b", "a:",    "a #b",       " a",         "a ",  "#a",  "&a",
        "*a",    "!a",   "|",    ">",     "'a'",        "%a",         "@a",  "`a`", "[a]",
        "{a}",   "a, b", "=",    "<<",    "@",          "caf\xC3\xA9"};
    struct out out;

    (void)state;
    out_open_memory(&out);
    for (size_t i = 0; i < EP_COUNT_OF(quoted); i++) {
        char want[64];

        snprintf(want, sizeof want, "\"%s\"", quoted[i]);
        out_yaml_string(&out, quoted[i]);
        expect_text(&out, want);
    }
    out_yaml_string(&out, "two\nlines");
    expect_text(&out, "\"two\\nlines\"");
    out_discard(&out);
}

static void test_printf_takes_texts_of_any_length(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    for (int width = 505; width < 520; width++) {
        out_printf(&out, "%*d", width, 7);
        assert_int_equal(strlen(out_text(&out)), width);
        out.used = 0;
    }
    out_discard(&out);
}

static void test_a_memory_output_grows(void **state)
{
    struct out out;

    (void)state;
    out_open_memory(&out);
    for (int i = 0; i < 100000; i++)
        out_char(&out, (char)('a' + i % 26));
    assert_int_equal(strlen(out_text(&out)), 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(out.buffer[i], 'a' + i % 26);
    out_discard(&out);
}

/* A file with pieces of all sizes, some larger than the buffer, reads back as written. */
static void test_a_file_holds_what_was_written(void **state)
{
    char path[] = "/tmp/test_out_XXXXXX";
    const int fd = mkstemp(path);
    const size_t piece_max = 600000;
    char *const piece = malloc(piece_max);
    struct error err;
    struct out out;
    size_t total = 0;

    (void)state;
    assert_true(fd >= 0);
    assert_non_null(piece);
    close(fd);
    assert_int_equal(out_open(&out, path, &err), STATUS_OK);
    for (size_t i = 0; i < piece_max; i++)
        piece[i] = (char)('A' + i % 23);
    for (size_t length = 1; length < piece_max; length = length * 2 + 1) {
        out_bytes(&out, piece, length);
        total += length;
    }
    assert_int_equal(out_close(&out, &err), STATUS_OK);

    FILE *const in = fopen(path, "rb");

    assert_non_null(in);
    for (size_t length = 1; length < piece_max; length = length * 2 + 1) {
        for (size_t i = 0; i < length; i++)
            assert_int_equal(fgetc(in), 'A' + i % 23);
        total -= length;
    }
    assert_int_equal(fgetc(in), EOF);
    assert_int_equal(total, 0);
    fclose(in);
    unlink(path);
    free(piece);
}

static void test_a_file_that_cannot_be_made_is_an_error(void **state)
{
    struct error err = {0};
    struct out out;

    (void)state;
    assert_int_equal(out_open(&out, "/nonexistent/folder/file", &err), STATUS_IO);
    assert_int_equal(err.status, STATUS_IO);
    assert_non_null(strstr(err.text, "/nonexistent/folder/file: No such file"));
    out_discard(&out);
}

static void test_a_full_disk_shows_up_at_close(void **state)
{
    struct error err = {0};
    struct out out;

    (void)state;
    assert_int_equal(out_open(&out, "/dev/full", &err), STATUS_OK);
    for (int i = 0; i < 1000000; i++)
        out_str(&out, "text ");
    assert_int_equal(out_close(&out, &err), STATUS_IO);
    assert_string_equal(err.text, "/dev/full: No space left on device");
}

static void test_discard_is_safe_on_a_zeroed_struct(void **state)
{
    struct out out = {0};

    (void)state;
    out_discard(&out);
    out_discard(&out);
    assert_null(out.buffer);

    const int copy = dup(STDIN_FILENO); /* descriptor 0 was not taken for ours and closed */

    assert_true(copy >= 0);
    close(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_seconds_are_exact),
        cmocka_unit_test(test_numbers_have_nine_digits),
        cmocka_unit_test(test_csv_is_quoted_only_if_it_must_be),
        cmocka_unit_test(test_json_strings_are_escaped),
        cmocka_unit_test(test_yaml_strings_are_plain_where_that_is_safe),
        cmocka_unit_test(test_yaml_strings_that_look_like_something_else_are_quoted),
        cmocka_unit_test(test_printf_takes_texts_of_any_length),
        cmocka_unit_test(test_a_memory_output_grows),
        cmocka_unit_test(test_a_file_holds_what_was_written),
        cmocka_unit_test(test_a_file_that_cannot_be_made_is_an_error),
        cmocka_unit_test(test_a_full_disk_shows_up_at_close),
        cmocka_unit_test(test_discard_is_safe_on_a_zeroed_struct),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
