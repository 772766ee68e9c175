/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The future event list against the plainest priority queue there is: both must give the same
 * entries in the same order, whatever the mix of delays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/error.h"
#include "engine/event_list_inline.h"
#include "engine/random.h"

#define ORACLE_CAPACITY 60000u

/* A binary heap, ordered by (time, order). */
struct oracle {
    struct event_entry heap[ORACLE_CAPACITY + 1];
    uint32_t count;
};

struct fixture {
    struct arena arena;
    struct event_list *list;
    struct oracle *oracle;
    struct random random;
    uint64_t now_ns;
    uint64_t next_sequence;
};

static bool is_before(struct event_entry a, struct event_entry b)
{
    return a.at_ns < b.at_ns || (a.at_ns == b.at_ns && a.order < b.order);
}

static void oracle_push(struct oracle *oracle, struct event_entry entry)
{
    uint32_t i = ++oracle->count;

    EP_REQUIRE(i <= ORACLE_CAPACITY);
    for (; i > 1 && is_before(entry, oracle->heap[i / 2]); i /= 2)
        oracle->heap[i] = oracle->heap[i / 2];
    oracle->heap[i] = entry;
}

static struct event_entry oracle_pop(struct oracle *oracle)
{
    const struct event_entry earliest = oracle->heap[1];
    const struct event_entry last = oracle->heap[oracle->count--];
    uint32_t i = 1;

    for (uint32_t child; (child = 2 * i) <= oracle->count; i = child) {
        if (child < oracle->count && is_before(oracle->heap[child + 1], oracle->heap[child]))
            child++;
        if (!is_before(oracle->heap[child], last))
            break;
        oracle->heap[i] = oracle->heap[child];
    }
    oracle->heap[i] = last;
    return earliest;
}

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.random = random_at(2024, 1)};
    arena_init(&fixture.arena);
    fixture.list = event_list_new(&fixture.arena);
    fixture.oracle = ARENA_NEW(&fixture.arena, struct oracle);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_deinit(&f->arena);
    return 0;
}

static void push_at(struct fixture *f, uint64_t at_ns)
{
    const uint64_t slot = random_below(&f->random, EVENT_LIST_SLOT_MAX);
    const struct event_entry entry = {at_ns, f->next_sequence++ << EVENT_LIST_SLOT_BITS | slot};

    event_list_push(f->list, entry);
    oracle_push(f->oracle, entry);
}

/* Pops what is due by until_ns from both; true if they agree about it. */
static bool pop_both(struct fixture *f, uint64_t until_ns)
{
    const struct event_entry *const peeked = event_list_peek(f->list, (sim_ns)until_ns);

    if (f->oracle->count == 0 || f->oracle->heap[1].at_ns > until_ns) {
        assert_null(peeked);
        return false;
    }
    assert_non_null(peeked);

    const struct event_entry want = oracle_pop(f->oracle);
    const struct event_entry got = event_list_pop(f->list);

    assert_int_equal(got.at_ns, want.at_ns);
    assert_int_equal(got.order, want.order);
    f->now_ns = got.at_ns;
    return true;
}

typedef uint64_t delay_function(struct random *r);

/* Fills up to `count`, holds (pop, push) `steps` times, empties. */
static void compare_hold(struct fixture *f, delay_function *delay, uint32_t count, uint32_t steps)
{
    while (f->oracle->count < count)
        push_at(f, f->now_ns + delay(&f->random));
    for (uint32_t i = 0; i < steps; i++) {
        assert_true(pop_both(f, NS_NEVER));
        push_at(f, f->now_ns + delay(&f->random));
    }
    while (pop_both(f, NS_NEVER)) {
    }
    assert_null(event_list_peek(f->list, NS_NEVER));
}

static void compare_hold_at_sizes(struct fixture *f, delay_function *delay)
{
    static const uint32_t counts[] = {1, 2, 15, 16, 17, 31, 50, 64, 65, 100, 128, 200, 1000, 10000};

    for (size_t i = 0; i < EP_COUNT_OF(counts); i++)
        compare_hold(f, delay, counts[i], counts[i] < 500 ? 2000 : 2 * counts[i]);
}

static uint64_t exponential_delay(struct random *r)
{
    return (uint64_t)(random_exponential(r) * 1e9);
}

static uint64_t bimodal_delay(struct random *r)
{
    return random_below(r, 10) < 9 ? random_below(r, 200000) : random_below(r, 20000000000);
}

static uint64_t pareto_delay(struct random *r)
{
    const double u = random_unit(r);
    const double x = 1e6 / ((1.0 - u) * (1.0 - u));

    return x < 1e16 ? (uint64_t)x : (uint64_t)1e16;
}

static uint64_t often_zero_delay(struct random *r)
{
    return random_below(r, 10) == 0 ? 0 : exponential_delay(r);
}

static uint64_t few_values_delay(struct random *r)
{
    return random_below(r, 4) * 1000;
}

static uint64_t tiny_delay(struct random *r)
{
    return random_below(r, 40);
}

static uint64_t any_magnitude_delay(struct random *r)
{
    return random_next(r) >> (8 + random_below(r, 56));
}

static void test_exponential_delays_come_in_order(void **state)
{
    compare_hold_at_sizes(*state, exponential_delay);
}

static void test_bimodal_delays_come_in_order(void **state)
{
    compare_hold_at_sizes(*state, bimodal_delay);
}

static void test_pareto_delays_come_in_order(void **state)
{
    compare_hold_at_sizes(*state, pareto_delay);
}

static void test_zero_delays_come_in_order(void **state)
{
    compare_hold_at_sizes(*state, often_zero_delay);
}

static void test_ties_of_few_values_come_in_order(void **state)
{
    compare_hold_at_sizes(*state, few_values_delay);
}

static void test_delays_of_few_nanoseconds_come_in_order(void **state)
{
    compare_hold_at_sizes(*state, tiny_delay);
}

static void test_delays_of_all_magnitudes_come_in_order(void **state)
{
    struct fixture *f = *state;

    for (uint32_t count = 3; count < 2000; count *= 3) {
        compare_hold(f, any_magnitude_delay, count, 3);
        *f = (struct fixture){
            .arena = f->arena, .list = f->list, .oracle = f->oracle, .random = f->random};
        f->list = event_list_new(&f->arena);
    }
}

static void test_a_burst_at_one_instant_comes_in_order(void **state)
{
    struct fixture *f = *state;

    for (int round = 0; round < 5; round++) {
        const uint64_t burst_ns = f->now_ns + 1000000;

        for (int i = 0; i < 200; i++)
            push_at(f, f->now_ns + exponential_delay(&f->random));
        for (int i = 0; i < 10000; i++)
            push_at(f, burst_ns);
        for (int i = 0; i < 5000; i++) { /* the instant is reached and added to on the way */
            assert_true(pop_both(f, NS_NEVER));
            push_at(f, f->now_ns + (i % 3 == 0 ? 0 : 5));
        }
    }
    while (pop_both(f, NS_NEVER)) {
    }
}

static void test_entries_may_be_pushed_before_one_that_was_peeked_at(void **state)
{
    struct fixture *f = *state;

    for (uint32_t i = 0; i < 400; i++) {
        const uint64_t far_ns = f->now_ns + 1 + exponential_delay(&f->random);

        for (uint32_t k = random_below(&f->random, 100) < 10 ? 2000 : 5; k > 0; k--)
            push_at(f, far_ns + (k % 2 == 0 ? 0 : random_below(&f->random, 5000000)));
        (void)event_list_peek(f->list, NS_NEVER);
        for (uint64_t k = random_below(&f->random, 300); k > 0; k--) {
            push_at(f, f->now_ns + random_below(&f->random, far_ns - f->now_ns + 2));
            if (k % 16 == 0)
                (void)event_list_peek(f->list, NS_NEVER);
        }
        for (uint64_t k = random_below(&f->random, 400); k > 0; k--)
            (void)pop_both(f, NS_NEVER);
    }
    while (pop_both(f, NS_NEVER)) {
    }
}

/* Runs until instants that lie anywhere, pushing between them from the instant reached. */
static void compare_run_until(struct fixture *f, delay_function *delay, uint32_t count,
                              uint64_t stride_ns)
{
    uint64_t until_ns = f->now_ns;

    for (uint32_t i = 0; i < count; i++)
        push_at(f, f->now_ns + delay(&f->random));
    for (int run = 0; run < 300; run++) {
        until_ns += random_below(&f->random, stride_ns);
        while (pop_both(f, until_ns))
            push_at(f, f->now_ns + delay(&f->random) + (delay == few_values_delay));
        for (uint64_t k = random_below(&f->random, 40); k > 0 && f->oracle->count < 30000; k--)
            push_at(f, f->now_ns + random_below(&f->random, 2 * stride_ns));
    }
    while (pop_both(f, NS_NEVER)) {
    }
}

static void test_run_until_never_goes_past_its_end(void **state)
{
    struct fixture *f = *state;

    compare_run_until(f, exponential_delay, 20, 300000000);
    compare_run_until(f, exponential_delay, 1000, 10000000);
    compare_run_until(f, exponential_delay, 10000, 1000000);
    compare_run_until(f, bimodal_delay, 2000, 20000);
    compare_run_until(f, few_values_delay, 500, 300);
    compare_run_until(f, pareto_delay, 3000, 500000);
}

static void test_entries_pushed_latest_first_come_in_order(void **state)
{
    static const uint64_t gaps_ns[] = {0, 1, 3, 255, 257, 1000003, 4000000007};
    struct fixture *f = *state;

    for (size_t i = 0; i < EP_COUNT_OF(gaps_ns); i++) {
        const uint64_t start_ns = f->now_ns;

        for (uint64_t k = 3000; k-- > 0;)
            push_at(f, start_ns + k * gaps_ns[i]);
        while (pop_both(f, NS_NEVER)) {
        }
    }
}

static void test_a_peek_at_an_empty_list_finds_nothing(void **state)
{
    struct fixture *f = *state;

    assert_null(event_list_peek(f->list, NS_NEVER));
    push_at(f, 7);
    assert_null(event_list_peek(f->list, 6));
    assert_null(event_list_peek(f->list, -1));
    assert_non_null(event_list_peek(f->list, 7));
}

static void test_the_latest_instants_are_held(void **state)
{
    struct fixture *f = *state;

    for (uint64_t i = 0; i < 1000; i++)
        push_at(f, i % 2 == 0 ? (uint64_t)NS_NEVER - i : i);
    while (pop_both(f, NS_NEVER)) {
    }
    assert_int_equal(f->now_ns, NS_NEVER);
}

static void test_chunks_are_used_again(void **state)
{
    struct fixture *f = *state;

    compare_hold(f, exponential_delay, 10000, 10000);

    const size_t bytes = f->arena.total_bytes;

    for (int i = 0; i < 5; i++)
        compare_hold(f, exponential_delay, 10000, 10000);
    assert_in_range(f->arena.total_bytes, bytes,
                    bytes + bytes / 10); /* one more at a peak may be; not five times as many */
}

static void test_a_pending_entry_takes_about_17_bytes(void **state)
{
    struct fixture *f = *state;
    const size_t count = 1000000;
    const size_t bytes_before = f->arena.total_bytes;

    for (uint64_t i = 0; i < count; i++)
        event_list_push(f->list, (struct event_entry){exponential_delay(&f->random),
                                                      i << EVENT_LIST_SLOT_BITS});
    /* 256 / 15 = 17.07, and the arena's newest block of up to 8 MiB may be unused */
    assert_true(f->arena.total_bytes - bytes_before < 18 * count + (8u << 20));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_exponential_delays_come_in_order),
        TEST(test_bimodal_delays_come_in_order),
        TEST(test_pareto_delays_come_in_order),
        TEST(test_zero_delays_come_in_order),
        TEST(test_ties_of_few_values_come_in_order),
        TEST(test_delays_of_few_nanoseconds_come_in_order),
        TEST(test_delays_of_all_magnitudes_come_in_order),
        TEST(test_a_burst_at_one_instant_comes_in_order),
        TEST(test_entries_may_be_pushed_before_one_that_was_peeked_at),
        TEST(test_run_until_never_goes_past_its_end),
        TEST(test_entries_pushed_latest_first_come_in_order),
        TEST(test_a_peek_at_an_empty_list_finds_nothing),
        TEST(test_the_latest_instants_are_held),
        TEST(test_chunks_are_used_again),
        TEST(test_a_pending_entry_takes_about_17_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
