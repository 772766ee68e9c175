/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/news.h"
#include "cluster/observer.h"
#include "traffic/observer.h"

static void test_stage_ends_at_its_border(void **state)
{
    const struct news news = {.t_cause_ns = 10,
                              .t_detect_ns = 20,
                              .t_status_ns = 30,
                              .t_enqueue_ns = 30, /* no time in watch_controller */
                              .t_sync_ns = 50,
                              .t_write_ns = 60,
                              .t_stored_ns = 70};

    (void)state;
    assert_int_equal(news_stage_at(&news, 10), STAGE_DETECT);
    assert_int_equal(news_stage_at(&news, 19), STAGE_DETECT);
    assert_int_equal(news_stage_at(&news, 20), STAGE_STATUS);
    assert_int_equal(news_stage_at(&news, 30), STAGE_QUEUE);
    assert_int_equal(news_stage_at(&news, 50), STAGE_SYNC);
    assert_int_equal(news_stage_at(&news, 69), STAGE_STORE);
    assert_int_equal(news_stage_at(&news, 70), STAGE_WATCH_NODE);
}

static void test_a_stage_that_does_not_end_holds_the_news(void **state)
{
    const struct news news = {.t_detect_ns = 20,
                              .t_status_ns = NS_NEVER,
                              .t_enqueue_ns = NS_NEVER,
                              .t_sync_ns = NS_NEVER,
                              .t_write_ns = NS_NEVER,
                              .t_stored_ns = NS_NEVER};

    (void)state;
    assert_int_equal(news_stage_at(&news, NS_PER_HOUR), STAGE_STATUS);
}

static void test_names_are_those_of_the_files(void **state)
{
    (void)state;
    assert_string_equal(news_stage_name(STAGE_DETECT), "detect");
    assert_string_equal(news_stage_name(STAGE_PROXY_SYNC), "proxy_sync");
    assert_string_equal(news_stage_name(STAGE_NONE), "none");
    assert_string_equal(news_kind_name(CHANGE_REMOVE), "remove");
    assert_string_equal(news_kind_name(CHANGE_EDIT), "edit");
    assert_string_equal(news_cause_name(CAUSE_NONE), "");
    assert_string_equal(news_cause_name(CAUSE_RELABEL), "relabel");
    assert_string_equal(news_cause_name(CAUSE_PROBE), "probe");
    assert_string_equal(news_cause_name(CAUSE_PATCH), "patch");
    assert_string_equal(observer_pod_state_name(POD_STATE_PENDING), "pending");
    assert_string_equal(observer_pod_state_name(POD_STATE_EXTERNAL), "external");
    assert_string_equal(observer_outcome_name(OUTCOME_OK), "ok");
    assert_string_equal(observer_outcome_name(OUTCOME_NO_ENDPOINTS), "no_endpoints");
    assert_string_equal(observer_outcome_name(OUTCOME_DEADLINE), "deadline");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stage_ends_at_its_border),
        cmocka_unit_test(test_a_stage_that_does_not_end_holds_the_news),
        cmocka_unit_test(test_names_are_those_of_the_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
