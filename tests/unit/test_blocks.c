/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/blocks.h"

static void test_memory_is_zeroed_when_it_is_new_and_when_it_comes_back(void **state)
{
    static const unsigned char zeros[100] = {0};
    struct arena arena;
    struct blocks blocks;
    void *memory;

    (void)state;
    arena_init(&arena);
    blocks_init(&blocks, &arena);
    for (int i = 0; i < 3; i++) {
        memory = blocks_alloc(&blocks, 100);
        assert_memory_equal(memory, zeros, 100);
        memset(memory, 0xAB, 100);
        blocks_free(&blocks, memory, 100);
    }
    arena_deinit(&arena);
}

static void test_what_is_given_back_is_used_again_by_its_size_class(void **state)
{
    struct arena arena;
    struct blocks blocks;
    void *small;
    void *large;

    (void)state;
    arena_init(&arena);
    blocks_init(&blocks, &arena);
    small = blocks_alloc(&blocks, 20);
    large = blocks_alloc(&blocks, 5000);
    blocks_free(&blocks, small, 20);
    blocks_free(&blocks, large, 5000);
    assert_ptr_equal(blocks_alloc(&blocks, 8000), large);
    assert_ptr_equal(blocks_alloc(&blocks, 32), small);
    arena_deinit(&arena);
}

static void test_a_cycle_of_alloc_and_free_asks_the_system_for_nothing_more(void **state)
{
    struct arena arena;
    struct blocks blocks;
    size_t before;

    (void)state;
    arena_init(&arena);
    blocks_init(&blocks, &arena);
    blocks_free(&blocks, blocks_alloc(&blocks, 3000), 3000);
    before = arena.total_bytes;
    for (int i = 0; i < 100000; i++)
        blocks_free(&blocks, blocks_alloc(&blocks, 3000), 3000);
    assert_int_equal(arena.total_bytes, before);
    arena_deinit(&arena);
}

static void test_giving_back_nothing_is_fine(void **state)
{
    struct arena arena;
    struct blocks blocks;

    (void)state;
    arena_init(&arena);
    blocks_init(&blocks, &arena);
    blocks_free(&blocks, NULL, 100);
    assert_non_null(blocks_alloc(&blocks, 100));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_when_it_is_new_and_when_it_comes_back),
        cmocka_unit_test(test_what_is_given_back_is_used_again_by_its_size_class),
        cmocka_unit_test(test_a_cycle_of_alloc_and_free_asks_the_system_for_nothing_more),
        cmocka_unit_test(test_giving_back_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
