/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_world.h"
#include "record/time_series.h"

static void test_bins_are_a_900th_of_the_run_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(time_series_bin_width_ns(1), 100 * NS_PER_MS);
    assert_int_equal(time_series_bin_width_ns(90 * NS_PER_S), 100 * NS_PER_MS);
    assert_int_equal(time_series_bin_width_ns(90 * NS_PER_S + 1), 200 * NS_PER_MS);
    assert_int_equal(time_series_bin_width_ns(3 * NS_PER_MIN), 200 * NS_PER_MS);
    assert_int_equal(time_series_bin_width_ns(5 * NS_PER_MIN), 500 * NS_PER_MS);
    assert_int_equal(time_series_bin_width_ns(24 * NS_PER_HOUR), 100 * NS_PER_S);
    assert_true(time_series_bin_width_ns(NS_NEVER) > NS_NEVER / 901);
}

static const char *series_text(struct time_series *series, struct out *out)
{
    out->used = 0;
    time_series_write(series, out);
    return out_text(out);
}

static void test_a_connection_counts_in_the_bin_of_its_pick(void **state)
{
    const struct world_spec spec = fake_spec(1); /* 20 s: bins of 0.1 s */
    struct request_result result = {.outcome = OUTCOME_REFUSED, .pod = 2};
    struct time_series series;
    struct arena arena;
    struct world *world;
    struct out out;
    const char *text;

    (void)state;
    arena_init(&arena);
    out_open_memory(&out);
    world = world_new(&arena, &spec, 0);
    time_series_init(&series, &arena, world_cluster(world), &spec);
    result.t_start_ns = 3199 * NS_PER_MS;
    result.t_sent_ns = 3200 * NS_PER_MS;
    time_series_add_request(&series, &result);
    result.t_start_ns = 200 * NS_PER_MS - 1; /* back again */
    result.t_sent_ns = result.t_start_ns;
    result.outcome = OUTCOME_OK;
    time_series_add_request(&series, &result);
    result.t_start_ns = spec.until_ns;
    result.t_sent_ns = NS_NEVER;
    result.pod = ID_NONE;
    time_series_add_request(&series, &result);
    text = series_text(&series, &out);
    assert_non_null(strstr(
        text,
        "\n3.1,requests,refused,1\n3.2,connections,kubia-2,1\n3.2,connections_failed,kubia-2,1\n"));
    assert_non_null(strstr(text, "\n0.1,connections,kubia-2,1\n"));
    assert_non_null(strstr(text, "\n0.1,requests,ok,1\n"));
    assert_non_null(strstr(text, "\n20,requests,ok,1\n"));
    assert_null(strstr(text, "0.1,connections_failed"));
    out_discard(&out);
    arena_deinit(&arena);
}

static void test_states_of_one_instant_keep_their_order(void **state)
{
    const struct world_spec spec = fake_spec(1);
    struct time_series series;
    struct arena arena;
    struct world *world;
    struct out out;

    (void)state;
    arena_init(&arena);
    out_open_memory(&out);
    world = world_new(&arena, &spec, 0);
    time_series_init(&series, &arena, world_cluster(world), &spec);
    time_series_add_pod_state(&series, NS_PER_S, 1, POD_STATE_STOPPED);
    time_series_add_pod_state(&series, NS_PER_S, 1, POD_STATE_GONE);
    time_series_add_pod_state(&series, NS_PER_S, 0, POD_STATE_UNREADY);
    assert_non_null(strstr(series_text(&series, &out),
                           "\n1,pod_state,kubia-0,unready\n1,pod_state,kubia-1,stopped\n"
                           "1,pod_state,kubia-1,gone\n"));
    out_discard(&out);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_are_a_900th_of_the_run_rounded_up),
        cmocka_unit_test(test_a_connection_counts_in_the_bin_of_its_pick),
        cmocka_unit_test(test_states_of_one_instant_keep_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
