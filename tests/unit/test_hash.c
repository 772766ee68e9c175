/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

/* The hashes are part of every result: these numbers may never change. */
static void test_hashes_are_what_they_always_were(void **state)
{
    (void)state;
    /* splitmix64 seeded with 0 gives this as its first number (Vigna's splitmix64.c) */
    assert_true(hash_mix(UINT64_C(0x9E3779B97F4A7C15)) == UINT64_C(0xE220A8397B1DCDAF));
    assert_true(hash_mix(0) == 0);
    assert_true(hash_combine(1, 2) == UINT64_C(0x30883360CC68D7B1));
    assert_true(hash_string("") == UINT64_C(0x0000000000000000));
    assert_true(hash_string("kubia") == UINT64_C(0xAA7C06FF502478F4));
    assert_true(hash_string("kubia-7d4f8c6b9-x2x9z") == UINT64_C(0x5E51F07FEF4B4159));
}

static void test_a_string_hashes_like_its_bytes(void **state)
{
    (void)state;
    assert_true(hash_string("default/kubia") == hash_bytes("default/kubia", 13));
}

static void test_the_place_in_memory_does_not_matter(void **state)
{
    char buffer[64];
    const uint64_t want = hash_bytes("0123456789abcdefXYZ", 19);

    (void)state;
    for (size_t offset = 0; offset < 16; offset++) {
        memset(buffer, (int)offset + 1, sizeof buffer);
        memcpy(buffer + offset, "0123456789abcdefXYZ", 19);
        assert_true(hash_bytes(buffer + offset, 19) == want);
    }
}

static void test_order_matters(void **state)
{
    (void)state;
    assert_true(hash_combine(1, 2) != hash_combine(2, 1));
    assert_true(hash_combine(0, 1) != hash_combine(1, 0));
    assert_true(hash_combine(0, 0) != 0);
}

static void test_zero_bytes_and_lengths_matter(void **state)
{
    static const char zeros[17] = {0};

    (void)state;
    for (size_t a = 0; a < 17; a++) {
        for (size_t b = a + 1; b < 17; b++)
            assert_true(hash_bytes(zeros, a) != hash_bytes(zeros, b));
    }
}

static int compare_u64(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static void test_names_of_pods_do_not_collide(void **state)
{
    static uint64_t hashes[100000];

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        char name[32];

        snprintf(name, sizeof name, "pod-%u", i);
        hashes[i] = hash_string(name);
    }
    qsort(hashes, 100000, sizeof hashes[0], compare_u64);
    for (unsigned i = 1; i < 100000; i++)
        assert_true(hashes[i - 1] != hashes[i]);
}

/* Each bit of the input flips each bit of the output about half of the time. */
static void test_every_bit_spreads(void **state)
{
    (void)state;
    for (unsigned in = 0; in < 64; in++) {
        unsigned flips[64] = {0};

        for (uint64_t i = 1; i <= 1000; i++) {
            const uint64_t x = i * UINT64_C(0x2545F4914F6CDD1D);
            const uint64_t difference = hash_combine(7, x) ^ hash_combine(7, x ^ UINT64_C(1) << in);

            for (unsigned out = 0; out < 64; out++)
                flips[out] += (unsigned)(difference >> out & 1);
        }
        for (unsigned out = 0; out < 64; out++)
            assert_in_range(flips[out], 400, 600);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes_are_what_they_always_were),
        cmocka_unit_test(test_a_string_hashes_like_its_bytes),
        cmocka_unit_test(test_the_place_in_memory_does_not_matter),
        cmocka_unit_test(test_order_matters),
        cmocka_unit_test(test_zero_bytes_and_lengths_matter),
        cmocka_unit_test(test_names_of_pods_do_not_collide),
        cmocka_unit_test(test_every_bit_spreads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
