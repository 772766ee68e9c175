/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/controllers/endpoint_slice_controller.h"
#include "cluster/names.h"
#include "cluster/trigger_times.h"
#include "support/fixture.h"

#define READER TRIGGER_ENDPOINT_SLICE

/* A service without pods that no controller looks at; the tests put pods into the informer by hand. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    f.workloads[0].replicas = 0;
    fixture_start(&f);
    fixture_run(&f, 100 * NS_PER_S);
    f.cluster->services[0].created_ns = 50 * NS_PER_S + 700 * NS_PER_MS;
    trigger_times_forget(&f.cluster->services[0], READER);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static uint32_t add(struct fixture *f, sim_ns ready_since_ns)
{
    const struct pod_spec *spec = &f->workloads[0].pod_template;
    uint32_t pod = names_new_pod(f->cluster, "default", "kubia", f->cluster->pod_count, spec);

    f->cluster->pods[pod]->seen = (struct pod_view){
        .labels = &spec->meta.labels, .exists = true, .ready_since_ns = ready_since_ns};
    endpoint_slice_controller_find_members(f->cluster, 0);
    return pod;
}

static sim_ns take(struct fixture *f)
{
    return trigger_times_take(f->cluster, &f->cluster->services[0], READER);
}

static void test_the_first_sync_gives_the_services_creation_in_whole_seconds(void **state)
{
    struct fixture *f = *state;

    add(f, 20 * NS_PER_S); /* however old its pods are */
    assert_int_equal(take(f), 50 * NS_PER_S);
}

static void test_a_sync_without_a_change_gives_none(void **state)
{
    struct fixture *f = *state;

    add(f, 20 * NS_PER_S);
    (void)take(f);
    assert_int_equal(take(f), NS_NEVER);
}

static void test_the_oldest_of_several_transitions_counts(void **state)
{
    struct fixture *f = *state;
    uint32_t pod = add(f, 20 * NS_PER_S);

    (void)take(f);
    f->cluster->pods[pod]->seen.ready_since_ns = 70 * NS_PER_S;
    add(f, 60 * NS_PER_S);
    add(f, 65 * NS_PER_S);
    assert_int_equal(take(f), 60 * NS_PER_S);
    assert_int_equal(take(f), NS_NEVER);
}

/* An address, a label, a deletion: nothing but the Ready condition has a time. */
static void test_a_pod_without_a_transition_time_gives_none(void **state)
{
    struct fixture *f = *state;

    (void)take(f);
    add(f, NS_NEVER);
    assert_int_equal(take(f), NS_NEVER);
}

static void test_a_pod_that_left_is_forgotten_and_counts_anew_when_it_comes_back(void **state)
{
    struct fixture *f = *state;
    uint32_t pod = add(f, 20 * NS_PER_S);
    struct pod_view *view = &f->cluster->pods[pod]->seen;

    (void)take(f);
    view->labels = &(struct label_set){NULL, 0};
    assert_int_equal(take(f), NS_NEVER);
    view->labels = &f->workloads[0].pod_template.meta.labels;
    assert_int_equal(take(f), 20 * NS_PER_S); /* an old transition, but new to the tracker */
}

static void test_an_earlier_transition_than_the_known_one_gives_none(void **state)
{
    struct fixture *f = *state;
    uint32_t pod = add(f, 60 * NS_PER_S);

    (void)take(f);
    f->cluster->pods[pod]->seen.ready_since_ns = 55 * NS_PER_S;
    assert_int_equal(take(f), NS_NEVER);
}

static void test_a_service_made_again_gives_its_creation(void **state)
{
    struct fixture *f = *state;

    add(f, 20 * NS_PER_S);
    (void)take(f);
    trigger_times_forget(&f->cluster->services[0], READER);
    f->cluster->services[0].created_ns = 90 * NS_PER_S;
    assert_int_equal(take(f), 90 * NS_PER_S);
}

static void test_the_two_controllers_keep_their_own(void **state)
{
    struct fixture *f = *state;

    add(f, 20 * NS_PER_S);
    (void)take(f);
    trigger_times_forget(&f->cluster->services[0], TRIGGER_ENDPOINTS);
    assert_int_equal(trigger_times_take(f->cluster, &f->cluster->services[0], TRIGGER_ENDPOINTS),
                     50 * NS_PER_S);
    assert_int_equal(take(f), NS_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_sync_gives_the_services_creation_in_whole_seconds),
        TEST(test_a_sync_without_a_change_gives_none),
        TEST(test_the_oldest_of_several_transitions_counts),
        TEST(test_a_pod_without_a_transition_time_gives_none),
        TEST(test_a_pod_that_left_is_forgotten_and_counts_anew_when_it_comes_back),
        TEST(test_an_earlier_transition_than_the_known_one_gives_none),
        TEST(test_a_service_made_again_gives_its_creation),
        TEST(test_the_two_controllers_keep_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
