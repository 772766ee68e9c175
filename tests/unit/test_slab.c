/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slab.h"

struct record {
    uint64_t number;
    uint32_t more[5];
};

static void test_records_are_zeroed_and_apart(void **state)
{
    struct arena arena;
    struct slab slab;

    (void)state;
    arena_init(&arena);
    slab_init(&slab, &arena, sizeof(struct record));
    for (uint32_t i = 0; i < 2000; i++) {
        const uint32_t index = slab_alloc(&slab);
        struct record *const record = SLAB_AT(&slab, index, struct record);

        assert_int_equal(index, i);
        assert_int_equal(record->number, 0);
        assert_int_equal(record->more[4], 0);
        record->number = i;
        record->more[4] = i;
    }
    for (uint32_t i = 0; i < 2000; i++) {
        assert_int_equal(SLAB_AT(&slab, i, struct record)->number, i);
        assert_int_equal(SLAB_AT(&slab, i, struct record)->more[4], i);
    }
    arena_deinit(&arena);
}

static void test_records_never_move(void **state)
{
    struct arena arena;
    struct slab slab;

    (void)state;
    arena_init(&arena);
    slab_init(&slab, &arena, sizeof(struct record));

    const struct record *const first = SLAB_AT(&slab, slab_alloc(&slab), struct record);

    for (int i = 0; i < 10000; i++)
        slab_alloc(&slab);
    assert_ptr_equal(SLAB_AT(&slab, 0, struct record), first);
    arena_deinit(&arena);
}

static void test_a_freed_index_is_used_again_zeroed(void **state)
{
    struct arena arena;
    struct slab slab;

    (void)state;
    arena_init(&arena);
    slab_init(&slab, &arena, sizeof(struct record));
    for (int i = 0; i < 10; i++)
        slab_alloc(&slab);
    SLAB_AT(&slab, 4, struct record)->number = 99;
    slab_free(&slab, 4);
    assert_int_equal(SLAB_AT(&slab, 4, struct record)->number,
                     99); /* readable until it is handed out */
    assert_int_equal(slab_alloc(&slab), 4);
    assert_int_equal(SLAB_AT(&slab, 4, struct record)->number, 0);
    arena_deinit(&arena);
}

static void test_live_records_are_counted(void **state)
{
    struct arena arena;
    struct slab slab;

    (void)state;
    arena_init(&arena);
    slab_init(&slab, &arena, sizeof(struct record));
    for (int i = 0; i < 600; i++)
        slab_alloc(&slab);
    for (uint32_t i = 0; i < 600; i += 2)
        slab_free(&slab, i);
    assert_int_equal(slab.live_count, 300);
    for (int i = 0; i < 300; i++)
        slab_alloc(&slab);
    assert_int_equal(slab.live_count, 600);
    assert_int_equal(slab.used_count, 600);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_are_zeroed_and_apart),
        cmocka_unit_test(test_records_never_move),
        cmocka_unit_test(test_a_freed_index_is_used_again_zeroed),
        cmocka_unit_test(test_live_records_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
