/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/duration.h"

struct parse_case {
    const char *text;
    sim_ns want_ns;
};

static void test_go_durations_are_read(void **state)
{
    static const struct parse_case cases[] = {
        {"0", 0},
        {"+0", 0},
        {"-0", 0},
        {"0s", 0},
        {"5s", 5 * NS_PER_S},
        {"+5s", 5 * NS_PER_S},
        {"-5s", -5 * NS_PER_S},
        {"1h2m3s", 3723 * NS_PER_S},
        {"250ms", 250 * NS_PER_MS},
        {"18us", 18 * NS_PER_US},
        {"18\xC2\xB5s", 18 * NS_PER_US},
        {"18\xCE\xBCs", 18 * NS_PER_US},
        {"7ns", 7},
        {"1.5h", 5400 * NS_PER_S},
        {".5s", 500 * NS_PER_MS},
        {"5.s", 5 * NS_PER_S},
        {"1.0000001s", 1000000100},
        {"3m2m", 300 * NS_PER_S},
        {"0.1ns", 0},
        {"1.9ns", 1},
        {"0.3333333333333333333h", 1200 * NS_PER_S},
        {"0.100000000000000000000h", 360 * NS_PER_S},
        {"0.9223372036854775807h", 3320413933267},
        {"0.830103483285477580700h", 2988372539827},
        {"52763797000ns", 52763797000},
        {"1h15m30.918273645s", 4530918273645},
        {"9223372036854775.807us", INT64_MAX},
        {"-9223372036854775808ns", INT64_MIN},
        {"9223372036854775807ns", INT64_MAX},
        {"9223372036.854775807s", INT64_MAX},
        {"-9223372036854775808ns", INT64_MIN},
        {"2562047h47m16.854775807s", INT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(cases); i++) {
        sim_ns got_ns = 12345;

        if (!duration_parse(cases[i].text, &got_ns) || got_ns != cases[i].want_ns)
            fail_msg("%s: got %lld, want %lld", cases[i].text, (long long)got_ns,
                     (long long)cases[i].want_ns);
    }
}

static void test_what_is_no_go_duration_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "3",
                                        "-",
                                        "+",
                                        "s",
                                        ".",
                                        "-.",
                                        ".s",
                                        "+.s",
                                        "1.2",
                                        "1 s",
                                        " 1s",
                                        "1s ",
                                        "1d",
                                        "1S",
                                        "1MS",
                                        "1e3s",
                                        "--1s",
                                        "1s-2s",
                                        "0x1s",
                                        "1sm",
                                        "10ss",
                                        "infs",
                                        "9223372036854775808ns",
                                        "9223372037s",
                                        "2562047h47m16.854775808s",
                                        "-9223372036854775809ns",
                                        "99999999999999999999999999999999999999999999h",
                                        "-9223372036854775808ns9223372036854775808ns"};

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(texts); i++) {
        sim_ns got_ns = 0;

        if (duration_parse(texts[i], &got_ns))
            fail_msg("\"%s\" was read as %lld", texts[i], (long long)got_ns);
    }
}

struct format_case {
    sim_ns span_ns;
    const char *want;
};

static void expect_formats(const struct format_case *cases, size_t count,
                           const char *format(sim_ns span_ns, char buffer[DURATION_TEXT_MAX]))
{
    char buffer[DURATION_TEXT_MAX];

    for (size_t i = 0; i < count; i++)
        assert_string_equal(format(cases[i].span_ns, buffer), cases[i].want);
}

/* The table of Go's own time_test.go, and edges. */
static void test_durations_are_written_as_go_does(void **state)
{
    static const struct format_case cases[] = {
        {0, "0s"},
        {1, "1ns"},
        {1100, "1.1\xC2\xB5s"},
        {2200000, "2.2ms"},
        {3300 * NS_PER_MS, "3.3s"},
        {245 * NS_PER_S, "4m5s"},
        {245001 * NS_PER_MS, "4m5.001s"},
        {18367001 * NS_PER_MS, "5h6m7.001s"},
        {480 * NS_PER_S + 1, "8m0.000000001s"},
        {INT64_MAX, "2562047h47m16.854775807s"},
        {INT64_MIN, "-2562047h47m16.854775808s"},
        {-1, "-1ns"},
        {-1500 * NS_PER_MS, "-1.5s"},
        {NS_PER_HOUR, "1h0m0s"},
        {999, "999ns"},
        {999999, "999.999\xC2\xB5s"},
        {999999999, "999.999999ms"},
        {250 * NS_PER_MS, "250ms"},
    };

    (void)state;
    expect_formats(cases, EP_COUNT_OF(cases), duration_format);
}

static void test_what_is_written_is_read_back(void **state)
{
    char buffer[DURATION_TEXT_MAX];

    (void)state;
    for (sim_ns span_ns = 1; span_ns < INT64_MAX / 3; span_ns = span_ns * 3 + 1) {
        sim_ns got_ns = 0;

        assert_true(duration_parse(duration_format(span_ns, buffer), &got_ns));
        assert_int_equal(got_ns, span_ns);
        assert_true(duration_parse(duration_format(-span_ns, buffer), &got_ns));
        assert_int_equal(got_ns, -span_ns);
    }
}

static void test_seconds_are_exact_and_short(void **state)
{
    static const struct format_case cases[] = {
        {61204 * NS_PER_MS, "61.204"},
        {0, "0"},
        {-500 * NS_PER_MS, "-0.5"},
        {1, "0.000000001"},
        {10 * NS_PER_S, "10"},
        {INT64_MAX, "9223372036.854775807"},
        {INT64_MIN, "-9223372036.854775808"},
    };

    (void)state;
    expect_formats(cases, EP_COUNT_OF(cases), duration_format_seconds);
}

static void test_short_texts_have_three_digits(void **state)
{
    static const struct format_case cases[] = {
        {810 * NS_PER_MS, "0.81 s"},
        {12400 * NS_PER_US, "12.4 ms"},
        {3 * NS_PER_US, "3.00 us"},
        {0, "0 ns"},
        {7, "7 ns"},
        {999, "999 ns"},
        {9994, "9.99 us"},
        {9996, "10.0 us"},
        {999400, "999 us"},
        {999600, "1.00 ms"},
        {99949 * NS_PER_US, "99.9 ms"},
        {99951 * NS_PER_US, "0.10 s"},
        {9996 * NS_PER_MS, "10.0 s"},
        {61204 * NS_PER_MS, "61.2 s"},
        {3600 * NS_PER_S, "3600 s"},
        {-12400 * NS_PER_US, "-12.4 ms"},
        {INT64_MAX, "9223372037 s"},
    };

    (void)state;
    expect_formats(cases, EP_COUNT_OF(cases), duration_format_short);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_go_durations_are_read),
        cmocka_unit_test(test_what_is_no_go_duration_is_refused),
        cmocka_unit_test(test_durations_are_written_as_go_does),
        cmocka_unit_test(test_what_is_written_is_read_back),
        cmocka_unit_test(test_seconds_are_exact_and_short),
        cmocka_unit_test(test_short_texts_have_three_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
