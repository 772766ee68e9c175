/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/service_members.h"
#include "support/fixture.h"

/* A converged service of 40 pods, whose members both controllers have looked at. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    f.workloads[0].replicas = 40;
    fixture_start(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static struct service *service(struct fixture *f)
{
    return &f->cluster->services[0];
}

static void test_after_a_sync_nobody_is_touched(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(service(f)->member_count, 40);
    for (uint32_t r = 0; r < TRIGGER_READER_COUNT; r++) {
        assert_true(service_members_is_complete(service(f), (enum trigger_reader)r));
        assert_int_equal(service_members_touched(service(f), (enum trigger_reader)r).count, 0);
    }
}

static void test_the_touched_come_once_each_in_order(void **state)
{
    struct fixture *f = *state;
    struct touched_members touched;

    service_members_touch(f->cluster, 9);
    service_members_touch(f->cluster, 3);
    service_members_touch(f->cluster, 9);
    touched = service_members_touched(service(f), TRIGGER_ENDPOINTS);
    assert_int_equal(touched.count, 2);
    assert_int_equal(touched.places[0], 3);
    assert_int_equal(touched.places[1], 9);
    service_members_clear(service(f), TRIGGER_ENDPOINTS);
    assert_int_equal(service_members_touched(service(f), TRIGGER_ENDPOINTS).count, 0);
    assert_int_equal(service_members_touched(service(f), TRIGGER_ENDPOINT_SLICE).count, 2);
}

static void test_another_spec_means_looking_at_all(void **state)
{
    struct fixture *f = *state;
    struct service_spec spec = *service(f)->seen;
    const struct service_spec *before = service(f)->seen;

    service(f)->seen = &spec;
    assert_false(service_members_is_complete(service(f), TRIGGER_ENDPOINTS));
    service(f)->seen = before;
}

static void test_gone_pods_leave_and_the_others_keep_their_order(void **state)
{
    struct fixture *f = *state;

    for (uint32_t pod = 0; pod < 30; pod++) {
        f->cluster->pods[pod]->seen.exists = false;
        service_members_touch(f->cluster, pod);
    }
    service_members_prune(f->cluster, 0);
    assert_int_equal(service(f)->member_count, 10);
    assert_int_equal(service(f)->member_end, 40);
    assert_int_equal(service_members_place(f->cluster, 0, 5), ID_NONE);
    service_members_clear(service(f), TRIGGER_ENDPOINT_SLICE);
    service_members_compact(f->cluster, 0);
    assert_int_equal(service(f)->member_end, 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(service(f)->members[i].pod, 30 + i);
        assert_int_equal(service_members_place(f->cluster, 0, 30 + i), i);
    }
    /* the other controller has not looked yet: whom it should look at is lost */
    assert_true(service_members_is_complete(service(f), TRIGGER_ENDPOINT_SLICE));
    assert_false(service_members_is_complete(service(f), TRIGGER_ENDPOINTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_after_a_sync_nobody_is_touched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_touched_come_once_each_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_another_spec_means_looking_at_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gone_pods_leave_and_the_others_keep_their_order,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
