/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/traffic_tally.h"

/* More than are put aside at once, on three pods. */
#define COUNT (3 * TRAFFIC_TALLY_BATCH + 7)

struct fixture {
    struct arena arena;
    struct traffic_tally tally;
};

static int set_up(void **state)
{
    static struct fixture f;

    arena_init(&f.arena);
    traffic_tally_init(&f.tally, &f.arena, 1);
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct request_result result = {
            .pod = i % 3,
            .t_end_ns = NS_PER_MS + i,
            .outcome = i % 10 == 9 ? OUTCOME_REFUSED : OUTCOME_OK,
        };

        traffic_tally_add(&f.tally, &result);
    }
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_deinit(&f->arena);
    return 0;
}

static void the_rows_add_up_to_all_requests(void **state)
{
    struct fixture *f = *state;
    uint64_t ok_count = 0;
    uint64_t count = 0;

    traffic_tally_flush(&f->tally);
    for (const struct tally_row *row = f->tally.first_row; row != NULL; row = row->next) {
        ok_count += row->counts[OUTCOME_OK];
        count += traffic_tally_row_total(row->counts);
    }
    assert_int_equal(f->tally.row_count, 3);
    assert_int_equal(ok_count, f->tally.counts[OUTCOME_OK]);
    assert_int_equal(count, COUNT);
    assert_int_equal(f->tally.counts[OUTCOME_OK] + f->tally.counts[OUTCOME_REFUSED], COUNT);
}

static void latencies_are_of_ok_requests_of_all_pods(void **state)
{
    struct fixture *f = *state;

    traffic_tally_flush(&f->tally);
    assert_int_equal(f->tally.latency.count, f->tally.counts[OUTCOME_OK]);
    assert_int_equal(f->tally.latency.min_ns, NS_PER_MS);
    assert_int_equal(f->tally.latency.max_ns, NS_PER_MS + COUNT - 1);
}

static void a_second_flush_counts_nothing_twice(void **state)
{
    struct fixture *f = *state;

    traffic_tally_flush(&f->tally);

    const uint64_t once = f->tally.latency.count;
    const sim_ns mean_ns = histogram_mean_ns(&f->tally.latency);

    traffic_tally_flush(&f->tally);
    assert_int_equal(f->tally.latency.count, once);
    assert_int_equal(f->tally.counts[OUTCOME_OK], once);
    assert_int_equal(histogram_mean_ns(&f->tally.latency), mean_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_rows_add_up_to_all_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(latencies_are_of_ok_requests_of_all_pods, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_second_flush_counts_nothing_twice, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
