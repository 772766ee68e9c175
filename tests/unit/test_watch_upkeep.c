/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What proxies are sent beside the changes: a bookmark a minute and one before a watch's end, and whole lists after breaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cluster/run.h"
#include "cluster/watch_upkeep.h"
#include "support/fixture.h"

struct listing {
    uint32_t count;
    uint64_t bytes;
    sim_ns at_ns;
};

static void hear_list(void *self, sim_ns at_ns, uint32_t node, uint64_t bytes, uint64_t json_bytes)
{
    struct listing *heard = self;

    assert_true(node < 3);
    assert_true(json_bytes > bytes);
    heard->count++;
    heard->bytes += bytes;
    heard->at_ns = at_ns;
}

static struct fixture *f;
static struct listing heard;
static struct cluster_observer lists;

static int set_up(void **state)
{
    (void)state;
    f = calloc(1, sizeof *f);
    if (f == NULL)
        return -1;
    fixture_init(f);
    fixture_start(f);
    heard = (struct listing){0};
    lists = (struct cluster_observer){.self = &heard, .proxy_listed = hear_list};
    cluster_observe(f->cluster, &lists);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_deinit(f);
    free(f);
    return 0;
}

/*
 * A watch of T seconds (T from 300 to 600, evenly) has ceil((T - 2) / 60) bookmarks. Over the long run that is the mean of
 * the one over the mean of the other: (2 * 5 + 60 * (6 + 7 + 8 + 9) + 58 * 10) / 300 = 7.967 a watch of 450 s, so 63.7 an
 * hour of each watcher.
 */
static void test_a_bookmark_a_minute(void **state)
{
    const sim_ns hour_ns = 3600 * NS_PER_S;
    uint64_t count;
    uint64_t first;
    uint64_t second;
    struct wire_size size;

    (void)state;
    size = watch_upkeep_bookmarks(f->cluster, 0, 1000 * hour_ns, &count);
    assert_in_range(count, (uint64_t)(3 * 63.73 * 1000 * 0.99),
                    (uint64_t)(3 * 63.73 * 1000 * 1.01));
    assert_int_equal(size.protobuf % count, 0);
    (void)watch_upkeep_bookmarks(f->cluster, 0, hour_ns, &first);
    (void)watch_upkeep_bookmarks(f->cluster, hour_ns, 1000 * hour_ns, &second);
    assert_int_equal(first + second, count); /* none is lost or counted twice where spans meet */
}

static void test_a_short_break_lists_nothing(void **state)
{
    (void)state;
    fixture_run(f, 5 * NS_PER_S);
    cluster_cut_node(f->cluster, 0, true);
    fixture_run(f, 10 * NS_PER_S);
    cluster_cut_node(f->cluster, 0, false);
    fixture_run(f, 60 * NS_PER_S);
    assert_int_equal(heard.count, 0);
}

static void test_a_new_api_server_is_asked_by_all(void **state)
{
    const struct slice *slice = f->cluster->slices[0];

    (void)state;
    fixture_run(f, 5 * NS_PER_S);
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, true);
    fixture_run(f, 8 * NS_PER_S);
    cluster_fail_components(f->cluster, COMPONENT_API_SERVER, false);
    fixture_run(f, 60 * NS_PER_S);
    assert_int_equal(heard.count, 3);
    assert_true(heard.at_ns > 8 * NS_PER_S);
    assert_in_range(heard.bytes, 3 * (slice->stored->bytes - 20), 3 * (slice->stored->bytes + 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_bookmark_a_minute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_short_break_lists_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_api_server_is_asked_by_all, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("watch_upkeep", tests, NULL, NULL);
}
