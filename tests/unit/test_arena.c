/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void test_memory_is_zeroed_and_aligned(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t bytes = 0; bytes < 3000; bytes += 7) {
        unsigned char *const memory = arena_alloc(&arena, bytes);

        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xAB, bytes);
    }
    arena_deinit(&arena);
}

static void test_allocations_do_not_overlap(void **state)
{
    struct arena arena;
    unsigned char *pieces[2000];

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < 2000; i++) {
        pieces[i] = arena_alloc(&arena, 1 + i % 300 + (i % 100 == 0 ? 100000 : 0));
        memset(pieces[i], (int)(i % 251), 1 + i % 300);
    }
    for (size_t i = 0; i < 2000; i++) {
        assert_int_equal(pieces[i][0], i % 251);
        assert_int_equal(pieces[i][i % 300], i % 251);
    }
    arena_deinit(&arena);
}

static void test_close_pieces_waste_nothing_but_what_alignment_wants(void **state)
{
    struct arena arena;
    char *pieces[3000];

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < 3000; i++) {
        const size_t align_bytes = (size_t)1 << i % 5;

        pieces[i] = arena_alloc_close(&arena, 1 + i % 90, align_bytes);
        assert_int_equal((uintptr_t)pieces[i] % align_bytes, 0);
        for (size_t k = 0; k < 1 + i % 90; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i % 251), 1 + i % 90);
        if (i == 2)
            assert_true(pieces[2] - pieces[0] <= 1 + 2 + 3);
    }
    for (size_t i = 0; i < 3000; i++) {
        assert_int_equal((unsigned char)pieces[i][0], i % 251);
        assert_int_equal((unsigned char)pieces[i][i % 90], i % 251);
    }
    arena_deinit(&arena);
}

static void test_memory_after_a_reset_is_zeroed_again(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++) {
            unsigned char *const memory = arena_alloc(&arena, 2000);

            for (size_t k = 0; k < 2000; k++)
                assert_int_equal(memory[k], 0);
            memset(memory, 0xFF, 2000);
        }
        arena_reset(&arena);
    }
    arena_deinit(&arena);
}

static void test_a_reset_keeps_one_block(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    arena_alloc(&arena, 100);

    const size_t first_bytes = arena.total_bytes;

    arena_reset(&arena);
    assert_int_equal(arena.total_bytes, first_bytes);
    arena_alloc(&arena, 100);
    assert_int_equal(arena.total_bytes, first_bytes);
    arena_deinit(&arena);
    assert_int_equal(arena.total_bytes, 0);
}

static void test_a_reset_of_an_empty_arena_does_nothing(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    arena_reset(&arena);
    assert_int_equal(arena.total_bytes, 0);
    arena_deinit(&arena);
}

static void test_strings_are_copied(void **state)
{
    struct arena arena;
    char text[] = "endpoint";

    (void)state;
    arena_init(&arena);

    const char *const whole = arena_strdup(&arena, text);
    const char *const part = arena_strndup(&arena, text, 3);

    memset(text, 'x', sizeof text - 1);
    assert_string_equal(whole, "endpoint");
    assert_string_equal(part, "end");
    assert_null(arena_strdup(&arena, NULL));
    arena_deinit(&arena);
}

static void test_printf_takes_texts_of_any_length(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (int width = 250; width < 262; width++) {
        const char *const text = arena_printf(&arena, "%*d", width, 7);

        assert_int_equal(strlen(text), width);
        assert_int_equal(text[width - 1], '7');
    }
    assert_string_equal(arena_printf(&arena, "%s-%d", "node", 1), "node-1");
    arena_deinit(&arena);
}

static void test_a_growing_array_keeps_its_elements(void **state)
{
    struct arena arena;
    uint32_t *numbers = NULL;
    uint32_t capacity = 0;

    (void)state;
    arena_init(&arena);
    for (uint32_t i = 0; i < 10000; i++) {
        ARENA_GROW(&arena, numbers, &capacity, i + 1);
        assert_true(capacity > i);
        assert_int_equal(numbers[i], 0);
        numbers[i] = i + 1;
    }
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(numbers[i], i + 1);
    assert_true(arena.total_bytes < 6 * 10000 * sizeof *numbers);
    arena_deinit(&arena);
}

static void test_an_array_with_room_stays_where_it_is(void **state)
{
    struct arena arena;
    uint64_t *numbers = NULL;
    uint32_t capacity = 0;

    (void)state;
    arena_init(&arena);
    ARENA_GROW(&arena, numbers, &capacity, 100);

    const uint64_t *const before = numbers;

    ARENA_GROW(&arena, numbers, &capacity, 100);
    assert_ptr_equal(numbers, before);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_allocations_do_not_overlap),
        cmocka_unit_test(test_memory_after_a_reset_is_zeroed_again),
        cmocka_unit_test(test_close_pieces_waste_nothing_but_what_alignment_wants),
        cmocka_unit_test(test_a_reset_keeps_one_block),
        cmocka_unit_test(test_a_reset_of_an_empty_arena_does_nothing),
        cmocka_unit_test(test_strings_are_copied),
        cmocka_unit_test(test_printf_takes_texts_of_any_length),
        cmocka_unit_test(test_a_growing_array_keeps_its_elements),
        cmocka_unit_test(test_an_array_with_room_stays_where_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
