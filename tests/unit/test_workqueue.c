/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/workqueue.h"

#define RETRIES_MAX 15u

struct rig {
    struct arena arena;
    struct workqueue queue;
};

static int set_up(void **state)
{
    static struct rig rig;

    arena_init(&rig.arena);
    workqueue_init(&rig.queue, &rig.arena, NS_PER_S, 1000 * NS_PER_S);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(&((struct rig *)*state)->arena);
    return 0;
}

static void test_keys_come_out_in_the_order_in_which_they_were_added(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    workqueue_add(queue, 7);
    workqueue_add(queue, 3);
    workqueue_add(queue, 5);
    assert_int_equal(workqueue_get(queue), 7);
    assert_int_equal(workqueue_get(queue), 3);
    assert_int_equal(workqueue_get(queue), 5);
    assert_int_equal(workqueue_get(queue), ID_NONE);
}

static void test_a_key_that_waits_is_not_added_again(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    workqueue_add(queue, 1);
    workqueue_add(queue, 1);
    assert_int_equal(workqueue_depth(queue), 1);
    assert_int_equal(workqueue_get(queue), 1);
    assert_int_equal(workqueue_get(queue), ID_NONE);
}

static void test_a_key_in_process_waits_until_it_is_done(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    workqueue_add(queue, 1);
    (void)workqueue_get(queue);
    workqueue_add(queue, 1);
    workqueue_add(queue, 1);
    assert_int_equal(workqueue_get(queue), ID_NONE); /* never by two workers at once */
    workqueue_done(queue, 1);
    assert_int_equal(workqueue_get(queue), 1);
    workqueue_done(queue, 1);
    assert_int_equal(workqueue_get(queue), ID_NONE);
}

static void test_a_key_done_without_news_does_not_come_back(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    workqueue_add(queue, 1);
    (void)workqueue_get(queue);
    workqueue_done(queue, 1);
    assert_int_equal(workqueue_depth(queue), 0);
}

static void test_a_delayed_add_keeps_the_earlier_due_time(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    assert_true(workqueue_add_at(queue, 1, 500));
    assert_false(workqueue_add_at(queue, 1, 700)); /* the window opened by the first is not moved */
    assert_true(workqueue_add_at(queue, 1, 300));
    workqueue_due(queue, 1, 299);
    assert_int_equal(workqueue_depth(queue), 0);
    workqueue_due(queue, 1, 300);
    assert_int_equal(workqueue_depth(queue), 1);
    (void)workqueue_get(queue);
    workqueue_done(queue, 1);
    workqueue_due(queue, 1, 500); /* what the earlier one replaced */
    assert_int_equal(workqueue_depth(queue), 0);
}

static void test_an_add_at_once_leaves_the_delayed_one_standing(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    assert_true(workqueue_add_at(queue, 1, 500));
    workqueue_add(queue, 1);
    assert_int_equal(workqueue_get(queue), 1);
    workqueue_done(queue, 1);
    workqueue_due(queue, 1, 500);
    assert_int_equal(workqueue_get(queue), 1);
}

/* The sum of 15 back-offs, each taken as soon as the one before is over. */
static sim_ns sum_backoffs(struct arena *arena, sim_ns base_ns, sim_ns max_ns)
{
    struct workqueue queue;
    sim_ns now_ns = 0;

    workqueue_init(&queue, arena, base_ns, max_ns);
    for (uint32_t i = 0; i < RETRIES_MAX; i++)
        now_ns += workqueue_backoff_ns(&queue, 0, now_ns);
    return now_ns;
}

static void test_fifteen_back_offs_from_5_ms_sum_to_163_835_s(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(sum_backoffs(&rig->arena, 5 * NS_PER_MS, 1000 * NS_PER_S), 163835 * NS_PER_MS);
}

static void test_fifteen_back_offs_of_slices_sum_to_6023_s(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(sum_backoffs(&rig->arena, NS_PER_S, 1000 * NS_PER_S), 6023 * NS_PER_S);
}

static void test_fifteen_back_offs_of_mirroring_sum_to_927_s(void **state)
{
    struct rig *rig = *state;

    assert_int_equal(sum_backoffs(&rig->arena, NS_PER_S, 100 * NS_PER_S), 927 * NS_PER_S);
}

static void test_back_offs_are_each_keys_own_and_end_with_success(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    assert_int_equal(workqueue_backoff_ns(queue, 1, 0), NS_PER_S);
    assert_int_equal(workqueue_backoff_ns(queue, 1, 0), 2 * NS_PER_S);
    assert_int_equal(workqueue_backoff_ns(queue, 2, 0), NS_PER_S);
    assert_int_equal(workqueue_failures(queue, 1), 2);
    workqueue_forget(queue, 1);
    assert_int_equal(workqueue_failures(queue, 1), 0);
    assert_int_equal(workqueue_backoff_ns(queue, 1, 0), NS_PER_S);
}

static void test_many_failures_at_once_wait_for_the_bucket_of_ten_a_second(void **state)
{
    struct rig *rig = *state;
    struct workqueue queue;

    workqueue_init(&queue, &rig->arena, 5 * NS_PER_MS, 1000 * NS_PER_S);
    for (uint32_t key = 0; key < 100; key++)
        assert_int_equal(workqueue_backoff_ns(&queue, key, 0), 5 * NS_PER_MS);
    assert_int_equal(workqueue_backoff_ns(&queue, 100, 0), 100 * NS_PER_MS);
    assert_int_equal(workqueue_backoff_ns(&queue, 101, 0), 200 * NS_PER_MS);
}

static void test_attempts_are_counted(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;

    for (uint32_t i = 1; i <= 3; i++) {
        workqueue_add(queue, 9);
        (void)workqueue_get(queue);
        assert_int_equal(workqueue_attempts(queue, 9), i);
        workqueue_done(queue, 9);
    }
}

static void test_order_survives_growth_and_wrap_around(void **state)
{
    struct workqueue *queue = &((struct rig *)*state)->queue;
    uint32_t next_in = 0;
    uint32_t next_out = 0;

    while (next_in < 1000) {
        for (uint32_t i = 0; i < 7; i++)
            workqueue_add(queue, next_in++);
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(workqueue_get(queue), next_out++);
    }
    while (next_out < next_in)
        assert_int_equal(workqueue_get(queue), next_out++);
    assert_int_equal(workqueue_get(queue), ID_NONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_keys_come_out_in_the_order_in_which_they_were_added),
        TEST(test_a_key_that_waits_is_not_added_again),
        TEST(test_a_key_in_process_waits_until_it_is_done),
        TEST(test_a_key_done_without_news_does_not_come_back),
        TEST(test_a_delayed_add_keeps_the_earlier_due_time),
        TEST(test_an_add_at_once_leaves_the_delayed_one_standing),
        TEST(test_fifteen_back_offs_from_5_ms_sum_to_163_835_s),
        TEST(test_fifteen_back_offs_of_slices_sum_to_6023_s),
        TEST(test_fifteen_back_offs_of_mirroring_sum_to_927_s),
        TEST(test_back_offs_are_each_keys_own_and_end_with_success),
        TEST(test_many_failures_at_once_wait_for_the_bucket_of_ten_a_second),
        TEST(test_attempts_are_counted),
        TEST(test_order_survives_growth_and_wrap_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
