/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool read_time(const char *text, int64_t *unix_s, sim_ns *fraction_ns)
{
    const struct item item = {.kind = ITEM_STRING, .text = text};

    return value_time(&item, unix_s, fraction_ns);
}

static void expect_time(const char *text, int64_t wanted_s, sim_ns wanted_fraction_ns)
{
    int64_t unix_s = 0;
    sim_ns fraction_ns = -1;

    assert_true(read_time(text, &unix_s, &fraction_ns));
    assert_int_equal(unix_s, wanted_s);
    assert_int_equal(fraction_ns, wanted_fraction_ns);
}

static void test_times_are_seconds_since_1970(void **state)
{
    (void)state;
    expect_time("1970-01-01T00:00:00Z", 0, 0);
    expect_time("2026-01-01T00:00:00Z", 1767225600, 0); /* date -u -d 2026-01-01 +%s */
    expect_time("2024-02-29T23:59:59Z", 1709251199, 0);
    expect_time("1969-12-31T23:59:58Z", -2, 0);
    expect_time("2026-01-01T00:00:00.25Z", 1767225600, 250000000);
    expect_time("2026-01-01T00:00:00.123456789Z", 1767225600, 123456789);
    expect_time("2025-12-31T16:00:00-08:00", 1767225600, 0);
}

static void test_what_is_no_time_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00Zx",
        "2026-01-01T-1:00:00Z",
        "2026-01-01T-0:00:00Z",
        "2026-01-01T+1:00:00Z",
        "2026-01-01T 1:00:00Z",
        "2026-1-01T00:00:00Z",
        "02026-01-01T00:00:00Z",
        "2026-01-01T00:00:00-8:00",
        "2026-01-01T00:00:00-08:0",
    };
    int64_t unix_s = 0;
    sim_ns fraction_ns = 0;

    (void)state;
    for (size_t i = 0; i < EP_COUNT_OF(texts); i++) {
        if (read_time(texts[i], &unix_s, &fraction_ns))
            fail_msg("%s is taken for a time", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_seconds_since_1970),
        cmocka_unit_test(test_what_is_no_time_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
