/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/index_table.h"

static void test_what_was_added_is_found_however_many_there_are(void **state)
{
    struct arena arena;
    struct index_table table;
    uint32_t cursor;

    (void)state;
    arena_init(&arena);
    index_table_init(&table, &arena);
    for (uint32_t i = 0; i < 1000; i++)
        index_table_add(&table, hash_mix(i), i);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(index_table_find(&table, hash_mix(i), &cursor), i);
    assert_int_equal(index_table_find(&table, hash_mix(1000), &cursor), ID_NONE);
    arena_deinit(&arena);
}

static void test_entries_of_one_hash_come_one_after_the_other(void **state)
{
    struct arena arena;
    struct index_table table;
    uint32_t seen = 0;
    uint32_t cursor;

    (void)state;
    arena_init(&arena);
    index_table_init(&table, &arena);
    for (uint32_t i = 0; i < 5; i++)
        index_table_add(&table, 7, i);
    for (uint32_t i = index_table_find(&table, 7, &cursor); i != ID_NONE;
         i = index_table_next(&table, 7, &cursor))
        seen |= 1u << i;
    assert_int_equal(seen, 31);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_added_is_found_however_many_there_are),
        cmocka_unit_test(test_entries_of_one_hash_come_one_after_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
