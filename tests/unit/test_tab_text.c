/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/tab_text.h"

static void assert_text(const char *text, uint32_t min_width, const char *expected)
{
    struct out out;

    out_open_memory(&out);
    tab_text_write(&out, text, min_width, 2);
    assert_string_equal(out_text(&out), expected);
    out_discard(&out);
}

static void test_a_column_is_as_wide_as_its_widest_cell(void **state)
{
    (void)state;
    assert_text("a\tb\nlonger\tc\n", 0, "a       b\nlonger  c\n");
}

static void test_a_line_without_the_column_ends_its_block(void **state)
{
    (void)state;
    assert_text("longer\tb\nplain\na\tc\n", 0, "longer  b\nplain\na  c\n");
}

static void test_last_cells_widen_nothing(void **state)
{
    (void)state;
    assert_text("a\tvery long\nb\tc\td\n", 0, "a  very long\nb  c  d\n");
}

static void test_inner_columns_have_blocks_of_their_own(void **state)
{
    (void)state;
    assert_text("Port:\t<unset>\t80\nType:\tx\nPort:\tp\t81\n", 0,
                "Port:  <unset>  80\nType:  x\nPort:  p  81\n");
}

static void test_an_empty_cell_keeps_its_column(void **state)
{
    (void)state;
    assert_text("Labels:\ta=1\n\tb=2\n", 0, "Labels:  a=1\n         b=2\n");
}

static void test_columns_have_a_least_width(void **state)
{
    (void)state;
    assert_text("a\tb\n", 6, "a     b\n");
}

static void test_width_counts_letters_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(tab_text_width("\xC3\xA4\xE2\x82\xAC"
                                    "x",
                                    6),
                     3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_column_is_as_wide_as_its_widest_cell),
        cmocka_unit_test(test_a_line_without_the_column_ends_its_block),
        cmocka_unit_test(test_last_cells_widen_nothing),
        cmocka_unit_test(test_inner_columns_have_blocks_of_their_own),
        cmocka_unit_test(test_an_empty_cell_keeps_its_column),
        cmocka_unit_test(test_columns_have_a_least_width),
        cmocka_unit_test(test_width_counts_letters_not_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
