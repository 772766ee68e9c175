/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/kernel.h"
#include "engine/random.h"

static void test_an_empty_kernel_has_nothing_to_do(void **state)
{
    struct arena arena;
    struct kernel kernel;
    struct event ev = {0};

    (void)state;
    arena_init(&arena);
    kernel_init(&kernel, &arena);
    assert_int_equal(kernel.now_ns, 0);
    assert_int_equal(kernel_pending_count(&kernel), 0);
    assert_int_equal(kernel_peek_ns(&kernel), NS_NEVER);
    assert_false(kernel_next(&kernel, NS_NEVER, &ev));
    arena_deinit(&arena);
}

static void test_events_come_with_their_data_in_order_of_time(void **state)
{
    static const sim_ns times_ns[] = {50, 10, 40, 20, 30};
    struct arena arena;
    struct kernel kernel;
    struct event ev = {0};

    (void)state;
    arena_init(&arena);
    kernel_init(&kernel, &arena);
    for (uint32_t i = 0; i < 5; i++) {
        const struct event new_event = {
            .kind = (uint16_t)i, .flag = 7, .a = i + 100, .b = UINT64_MAX - i};

        kernel_schedule(&kernel, times_ns[i], new_event);
    }
    for (sim_ns want_ns = 10; want_ns <= 50; want_ns += 10) {
        assert_true(kernel_next(&kernel, NS_NEVER, &ev));
        assert_int_equal(kernel.now_ns, want_ns);
        assert_int_equal(times_ns[ev.kind], want_ns);
        assert_int_equal(ev.flag, 7);
        assert_int_equal(ev.a, ev.kind + 100);
        assert_true(ev.b == UINT64_MAX - ev.kind);
    }
    assert_false(kernel_next(&kernel, NS_NEVER, &ev));
    assert_int_equal(kernel.executed_count, 5);
    arena_deinit(&arena);
}

static void test_equal_times_run_in_schedule_order(void **state)
{
    struct arena arena;
    struct kernel kernel;
    struct event ev = {0};

    (void)state;
    arena_init(&arena);
    kernel_init(&kernel, &arena);
    for (uint32_t i = 0; i < 10000; i++)
        kernel_schedule(&kernel, 5 + i % 3, (struct event){.a = i});
    for (uint32_t third = 0; third < 3; third++) {
        for (uint32_t want = third; want < 10000; want += 3) {
            assert_true(kernel_next(&kernel, NS_NEVER, &ev));
            assert_int_equal(ev.a, want);
        }
    }
    arena_deinit(&arena);
}

static void test_an_event_may_schedule_at_its_own_instant(void **state)
{
    struct arena arena;
    struct kernel kernel;
    struct event ev = {0};

    (void)state;
    arena_init(&arena);
    kernel_init(&kernel, &arena);
    kernel_schedule(&kernel, 10, (struct event){.a = 0});
    kernel_schedule(&kernel, 10, (struct event){.a = 1});
    assert_true(kernel_next(&kernel, NS_NEVER, &ev));
    kernel_schedule(&kernel, 10, (struct event){.a = 2});
    for (uint32_t want = 1; want <= 2; want++) {
        assert_true(kernel_next(&kernel, NS_NEVER, &ev));
        assert_int_equal(ev.a, want);
        assert_int_equal(kernel.now_ns, 10);
    }
    arena_deinit(&arena);
}

static void test_until_is_included_and_what_is_beyond_stays(void **state)
{
    struct arena arena;
    struct kernel kernel;
    struct event ev = {0};

    (void)state;
    arena_init(&arena);
    kernel_init(&kernel, &arena);
    kernel_schedule(&kernel, 10, (struct event){.a = 1});
    kernel_schedule(&kernel, 11, (struct event){.a = 2});
    assert_false(kernel_next(&kernel, 9, &ev));
    assert_int_equal(kernel.now_ns, 0);
    assert_true(kernel_next(&kernel, 10, &ev));
    assert_false(kernel_next(&kernel, 10, &ev));
    assert_int_equal(kernel.now_ns, 10);
    assert_int_equal(kernel_pending_count(&kernel), 1);
    assert_int_equal(kernel_peek_ns(&kernel), 11);
    assert_true(kernel_next(&kernel, 11, &ev));
    assert_int_equal(ev.a, 2);
    arena_deinit(&arena);
}

static void test_after_a_peek_earlier_events_may_still_be_scheduled(void **state)
{
    struct arena arena;
    struct kernel kernel;
    struct event ev = {0};

    (void)state;
    arena_init(&arena);
    kernel_init(&kernel, &arena);
    for (uint32_t i = 0; i < 1000; i++)
        kernel_schedule(&kernel, NS_PER_HOUR + i, (struct event){.a = i});
    assert_false(kernel_next(&kernel, NS_PER_S, &ev));
    assert_int_equal(kernel_peek_ns(&kernel), NS_PER_HOUR);
    for (uint32_t i = 0; i < 1000; i++)
        kernel_schedule(&kernel, 1000 - i, (struct event){.kind = 1, .a = i});
    for (sim_ns want_ns = 1; want_ns <= 1000; want_ns++) {
        assert_true(kernel_next(&kernel, NS_PER_S, &ev));
        assert_int_equal(ev.kind, 1);
        assert_int_equal(kernel.now_ns, want_ns);
    }
    assert_false(kernel_next(&kernel, NS_PER_S, &ev));
    for (uint32_t want = 0; want < 1000; want++) {
        assert_true(kernel_next(&kernel, NS_NEVER, &ev));
        assert_int_equal(ev.a, want);
    }
    arena_deinit(&arena);
}

/* Each pending event's data is its own, whatever was scheduled and run before. */
static void test_slots_are_used_again_without_mixing_up_data(void **state)
{
    struct arena arena;
    struct kernel kernel;
    struct event ev = {0};
    struct random r = random_at(1, 1);

    (void)state;
    arena_init(&arena);
    kernel_init(&kernel, &arena);
    for (int i = 0; i < 5000; i++) {
        const sim_ns at_ns = (sim_ns)random_below(&r, 1000000);

        kernel_schedule(
            &kernel, at_ns,
            (struct event){.a = (uint32_t)hash_mix((uint64_t)at_ns), .b = (uint64_t)at_ns});
    }
    for (int i = 0; i < 200000; i++) {
        assert_true(kernel_next(&kernel, NS_NEVER, &ev));
        assert_int_equal(ev.b, kernel.now_ns);
        assert_int_equal(ev.a, (uint32_t)hash_mix(ev.b));

        const sim_ns at_ns = kernel.now_ns + (sim_ns)random_below(&r, 1000000);

        kernel_schedule(
            &kernel, at_ns,
            (struct event){.a = (uint32_t)hash_mix((uint64_t)at_ns), .b = (uint64_t)at_ns});
    }
    assert_int_equal(kernel_pending_count(&kernel), 5000);
    assert_true(kernel.pool_capacity <= 8192);
    arena_deinit(&arena);
}

/* The child aborts; its message stays out of the test's output. */
static void test_scheduling_into_the_past_is_a_bug(void **state)
{
    const pid_t child = fork();
    int status = 0;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct arena arena;
        struct kernel kernel;
        struct event ev = {0};

        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(0);
        signal(SIGABRT, SIG_DFL);
        arena_init(&arena);
        kernel_init(&kernel, &arena);
        kernel_schedule(&kernel, 10, (struct event){0});
        (void)kernel_next(&kernel, NS_NEVER, &ev);
        kernel_schedule(&kernel, 9, (struct event){0});
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_kernel_has_nothing_to_do),
        cmocka_unit_test(test_events_come_with_their_data_in_order_of_time),
        cmocka_unit_test(test_equal_times_run_in_schedule_order),
        cmocka_unit_test(test_an_event_may_schedule_at_its_own_instant),
        cmocka_unit_test(test_until_is_included_and_what_is_beyond_stays),
        cmocka_unit_test(test_after_a_peek_earlier_events_may_still_be_scheduled),
        cmocka_unit_test(test_slots_are_used_again_without_mixing_up_data),
        cmocka_unit_test(test_scheduling_into_the_past_is_a_bug),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
