/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_line_tells_share_time_speed_and_what_remains(void **state)
{
    const struct progress_state now = {
        .done_ns = 45 * NS_PER_S, .total_ns = 180 * NS_PER_S, .event_count = 6000000};
    char text[128];

    (void)state;
    progress_format(&now, 2.0, text, sizeof text);
    assert_string_equal(text, " 25 %  simulated 45 of 180 s  3.00 M events/s  ETA 6 s");
}

static void test_nothing_is_promised_before_the_first_step(void **state)
{
    const struct progress_state now = {.total_ns = 180 * NS_PER_S};
    char text[128];

    (void)state;
    progress_format(&now, 0.0, text, sizeof text);
    assert_string_equal(text, "  0 %  simulated 0 of 180 s  0.00 M events/s  ETA -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_tells_share_time_speed_and_what_remains),
        cmocka_unit_test(test_nothing_is_promised_before_the_first_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
