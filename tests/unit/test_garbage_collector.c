/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "support/fixture.h"

#define AT_NS (10 * NS_PER_S)

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static uint32_t slice_count(const struct fixture *f)
{
    uint32_t sizes[16];

    return fixture_slice_sizes(f, 0, sizes, 16);
}

/* Two reads and the write take a second each here. */
static void test_slices_outlive_their_service_by_the_collectors_time(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_API_WRITE, NS_PER_S);
    fixture_start(f);
    fixture_run(f, AT_NS);
    assert_int_equal(slice_count(f), 1);
    commands_delete_service(f->cluster, "default", "kubia");
    assert_null(f->cluster->endpoints[0]->stored); /* the API server's own doing, at once */
    fixture_run(f, AT_NS + 3 * NS_PER_S - 1);
    assert_int_equal(slice_count(f), 1);
    fixture_run(f, AT_NS + 3 * NS_PER_S);
    assert_int_equal(slice_count(f), 0);
}

static void assert_stays_without(struct fixture *f, const char *flag)
{
    const char *const controllers[] = {"*", flag};

    f->spec.cluster.controller_manager.controllers = controllers;
    f->spec.cluster.controller_manager.controller_count = 2;
    fixture_start(f);
    fixture_run(f, AT_NS);
    commands_delete_service(f->cluster, "default", "kubia");
    fixture_run(f, AT_NS + NS_PER_MIN);
    assert_int_equal(slice_count(f), 1);
}

/* Recorded case g48. */
static void test_without_the_collector_they_stay(void **state)
{
    assert_stays_without(*state, "-garbagecollector");
}

/* As kube-controller-manager calls it from 1.28 on. */
static void test_the_collector_has_a_longer_name_too(void **state)
{
    assert_stays_without(*state, "-garbage-collector-controller");
}

static void test_a_service_made_again_gets_slices_of_its_own(void **state)
{
    struct fixture *f = *state;
    uint32_t old;

    fixture_start(f);
    fixture_run(f, AT_NS);
    old = f->cluster->services[0].slices[0];
    commands_delete_service(f->cluster, "default", "kubia");
    commands_apply_service(f->cluster, &f->services[0], CAUSE_APPLY);
    fixture_run(f, AT_NS + NS_PER_MIN);
    assert_null(f->cluster->slices[old]->stored);
    assert_int_equal(slice_count(f), 1);
    assert_non_null(fixture_listed(f, 0, 0));
}

/* Nobody owns it, so nobody misses its owner. */
static void test_a_slice_written_by_hand_stays(void **state)
{
    struct fixture *f = *state;
    const struct address_spec address = {.ip = "11.11.11.11", .is_ready = true};
    const struct endpoint_port_spec port = {.number = 80, .protocol = PROTOCOL_TCP};
    const struct slice_spec slice = {.meta = {.name = "by-hand", .ns = "default"},
                                     .service = "kubia",
                                     .content = {&address, 1, &port, 1}};

    fixture_start(f);
    fixture_run(f, AT_NS);
    commands_apply_slice(f->cluster, &slice);
    assert_int_equal(slice_count(f), 2);
    commands_delete_service(f->cluster, "default", "kubia");
    fixture_run(f, AT_NS + NS_PER_MIN);
    assert_int_equal(slice_count(f), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_slices_outlive_their_service_by_the_collectors_time),
        TEST(test_without_the_collector_they_stay),
        TEST(test_the_collector_has_a_longer_name_too),
        TEST(test_a_service_made_again_gets_slices_of_its_own),
        TEST(test_a_slice_written_by_hand_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
