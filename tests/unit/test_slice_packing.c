/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/controllers/endpoint_slice_controller.h"
#include "cluster/controllers/slice_packing.h"
#include "cluster/names.h"
#include "cluster/port_maps.h"
#include "cluster/service_members.h"
#include "support/fixture.h"

/* A service without pods; the tests put pods into the informer by hand. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    f.workloads[0].replicas = 0;
    fixture_start(&f);
    fixture_run(&f, NS_PER_S);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* `count` more ready pods in the informer; returns the first. */
static uint32_t add_pods(struct fixture *f, uint32_t count, const struct pod_spec *spec)
{
    uint32_t first = cluster_pod_count(f->cluster);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t pod = names_new_pod(f->cluster, "default", "kubia", first + i, spec);
        struct pod *p = f->cluster->pods[pod];
        p->node = 0;
        names_assign_ip(f->cluster, pod);
        p->seen = (struct pod_view){
            .labels = &spec->meta.labels,
            .addresses = p->addresses,
            .node = 0,
            .named_node = 1,
            .owner = ID_NONE,
            .phase = PHASE_RUNNING,
            .exists = true,
            .has_ip = true,
            .is_ready = true,
        };
        p->stored = p->seen;
        endpoint_slice_controller_find_members(f->cluster, 0);
    }
    return first;
}

static uint32_t add(struct fixture *f, uint32_t count)
{
    return add_pods(f, count, &f->workloads[0].pod_template);
}

static void leave(struct fixture *f, uint32_t pod)
{
    f->cluster->pods[pod]->seen.exists = false;
    service_members_touch(f->cluster, pod);
}

/* Some `count` endpoints of the service's n-th slice leave. */
static void leave_slice(struct fixture *f, uint32_t slice, uint32_t count)
{
    const struct slice_content *content =
        f->cluster->slices[f->cluster->services[0].slices[slice]]->stored;

    for (uint32_t i = 0; i < count; i++)
        leave(f, content->endpoints[i].pod);
}

/* One sync of the service; its writes: "2 creates, 1 update" as {2, 1, 0}. */
static void assert_sync(struct fixture *f, uint32_t creates, uint32_t updates, uint32_t deletes)
{
    uint32_t counts[3] = {0};
    uint32_t before = f->versions.count;

    controller_settle(f->cluster, CONTROLLER_ENDPOINT_SLICE, 0);
    for (uint32_t i = before; i < f->versions.count; i++) {
        assert_int_equal(f->versions.items[i].kind, OBJECT_SLICE);
        counts[f->versions.items[i].verb]++;
    }
    assert_int_equal(counts[WRITE_CREATE], creates);
    assert_int_equal(counts[WRITE_UPDATE], updates);
    assert_int_equal(counts[WRITE_DELETE], deletes);
    fixture_run(f, f->kernel.now_ns); /* the informer shows them */
}

#define ASSERT_SIZES(f, ...)                                                                \
    do {                                                                                    \
        const uint32_t expected_sizes[] = {__VA_ARGS__};                                    \
        uint32_t sizes[16];                                                                 \
        assert_int_equal(fixture_slice_sizes(f, 0, sizes, 16), sizeof(expected_sizes) / 4); \
        assert_memory_equal(sizes, expected_sizes, sizeof(expected_sizes));                 \
    } while (0)

static void test_a_service_without_endpoints_has_an_empty_slice(void **state)
{
    struct fixture *f = *state;

    ASSERT_SIZES(f, 0);
    assert_sync(f, 0, 0, 0); /* and it is left alone */
}

static void test_the_first_endpoint_recycles_the_placeholder(void **state)
{
    struct fixture *f = *state;

    add(f, 1);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 1);
}

static void test_a_full_slice_and_one_more_makes_another(void **state)
{
    struct fixture *f = *state;

    add(f, 100);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 100);
    add(f, 1);
    assert_sync(f, 1, 0, 0);
    ASSERT_SIZES(f, 100, 1);
}

static void test_slices_are_not_rebalanced_when_one_leaves(void **state)
{
    struct fixture *f = *state;

    add(f, 100);
    assert_sync(f, 0, 1, 0);
    add(f, 1);
    assert_sync(f, 1, 0, 0);
    leave_slice(f, 0, 1);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 99, 1);
}

static void make_two_full(struct fixture *f)
{
    add(f, 200);
    assert_sync(f, 1, 1, 0);
    ASSERT_SIZES(f, 100, 100);
}

static void test_an_arrival_fills_the_hole_of_who_leaves_in_the_same_sync(void **state)
{
    struct fixture *f = *state;

    make_two_full(f);
    leave_slice(f, 0, 1);
    add(f, 1);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 100, 100);
}

static void test_an_arrival_seen_before_the_leave_opens_a_third_slice(void **state)
{
    struct fixture *f = *state;

    make_two_full(f);
    add(f, 1);
    assert_sync(f, 1, 0, 0);
    ASSERT_SIZES(f, 100, 100, 1);
    leave_slice(f, 0, 1);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 99, 100, 1);
    add(f, 1); /* goes where the least room is left */
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 100, 100, 1);
}

/* A full slice, and then one with `count` endpoints. */
static void make_full_and(struct fixture *f, uint32_t count)
{
    add(f, 100);
    assert_sync(f, 0, 1, 0);
    add(f, count);
    assert_sync(f, 1, 0, 0);
}

static void test_a_rest_that_fits_no_slice_whole_gets_one_of_its_own(void **state)
{
    struct fixture *f = *state;

    make_full_and(f, 60);
    ASSERT_SIZES(f, 100, 60);
    leave_slice(f, 0, 40);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 60, 60);
    add(f, 80);
    assert_sync(f, 1, 0, 0);
    ASSERT_SIZES(f, 60, 60, 80);
}

static void test_a_rest_is_never_split_over_two_unchanged_slices(void **state)
{
    struct fixture *f = *state;

    make_full_and(f, 95);
    leave_slice(f, 0, 5);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 95, 95);
    add(f, 10); /* room for five each */
    assert_sync(f, 1, 0, 0);
    ASSERT_SIZES(f, 95, 95, 10);
}

static void test_slices_that_are_written_anyway_are_topped_up_the_fullest_first(void **state)
{
    struct fixture *f = *state;

    make_full_and(f, 80);
    leave_slice(f, 0, 10);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 90, 80);
    leave_slice(f, 0, 1);
    leave_slice(f, 1, 1);
    add(f, 15); /* 11 fill the first, 4 go to the second */
    assert_sync(f, 0, 2, 0);
    ASSERT_SIZES(f, 100, 83);
}

static void test_a_service_that_shrank_keeps_its_sparse_slices(void **state)
{
    struct fixture *f = *state;

    make_two_full(f);
    leave_slice(f, 0, 99);
    leave_slice(f, 1, 99);
    assert_sync(f, 0, 2, 0);
    ASSERT_SIZES(f, 1, 1);
}

static void test_a_slice_that_lost_all_is_deleted_if_others_remain(void **state)
{
    struct fixture *f = *state;

    add(f, 100);
    assert_sync(f, 0, 1, 0);
    add(f, 1);
    assert_sync(f, 1, 0, 0);
    leave_slice(f, 1, 1);
    assert_sync(f, 0, 0, 1);
    ASSERT_SIZES(f, 100);
}

static void test_a_deleted_slice_gives_its_object_to_a_new_one(void **state)
{
    struct fixture *f = *state;

    add(f, 100);
    assert_sync(f, 0, 1, 0);
    leave_slice(f, 0, 100);
    add(f, 150); /* the old slice kept nobody: it dies, and two are born */
    assert_sync(f, 1, 1, 0);
    assert_int_equal(f->cluster->slice_count, 2);
}

static void test_the_last_endpoint_to_go_leaves_the_placeholder(void **state)
{
    struct fixture *f = *state;
    uint32_t pod = add(f, 1);

    assert_sync(f, 0, 1, 0);
    f->cluster->pods[pod]->seen.is_deleting = true;
    service_members_touch(f->cluster, pod);
    assert_sync(f, 0, 1, 0);
    assert_false(fixture_listed(f, 0, pod)->is_ready);
    assert_true(fixture_listed(f, 0, pod)->is_serving);
    assert_true(fixture_listed(f, 0, pod)->is_terminating);
    leave(f, pod);
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 0);
    assert_int_equal(f->cluster->slices[0]->stored->ports->count, 0);
    assert_int_equal(f->cluster->slice_count, 1); /* the same object all along */
}

static void test_all_gone_of_two_slices_is_one_update_and_one_delete(void **state)
{
    struct fixture *f = *state;

    make_two_full(f);
    leave_slice(f, 0, 100);
    leave_slice(f, 1, 100);
    assert_sync(f, 0, 1, 1);
    ASSERT_SIZES(f, 0);
}

static void test_nothing_changed_writes_nothing(void **state)
{
    struct fixture *f = *state;

    make_two_full(f);
    assert_sync(f, 0, 0, 0);
}

static void test_only_the_slice_of_the_changed_pod_is_written(void **state)
{
    struct fixture *f = *state;
    uint32_t first;

    make_two_full(f);
    first = f->cluster->slices[f->cluster->services[0].slices[1]]->stored->endpoints[50].pod;
    f->cluster->pods[first]->seen.is_ready = false;
    service_members_touch(f->cluster, first);
    assert_sync(f, 0, 1, 0);
    assert_false(fixture_listed(f, 0, first)->is_ready);
    assert_int_equal(
        f->cluster->slices[f->cluster->services[0].slices[1]]->stored->endpoints[50].pod, first);
}

static void test_pods_with_other_ports_get_slices_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct container_port ports[2] = {{"http", 8080, PROTOCOL_TCP}, {"http", 9090, PROTOCOL_TCP}};
    struct container_spec containers[2] = {f->containers[0], f->containers[0]};
    struct pod_spec specs[3] = {f->workloads[0].pod_template, f->workloads[0].pod_template,
                                f->workloads[0].pod_template};

    f->service_ports[0].target = (struct port_ref){"http", 0};
    for (uint32_t i = 0; i < 2; i++) {
        containers[i].ports = &ports[i];
        specs[i].containers = &containers[i];
    }
    add_pods(f, 2, &specs[0]);
    add_pods(f, 3, &specs[1]);
    add_pods(f, 1, &specs[2]); /* has no port of that name: a slice without a number */
    assert_sync(f, 2, 1, 0);
    assert_int_equal(port_maps_of_pod(f->cluster, &f->services[0], &specs[0])->ports[0].number,
                     8080);
    assert_int_equal(port_maps_of_pod(f->cluster, &f->services[0], &specs[1])->ports[0].number,
                     9090);
    assert_int_equal(port_maps_of_pod(f->cluster, &f->services[0], &specs[2])->count, 0);
    for (uint32_t i = 0; i < f->cluster->slice_count; i++) {
        const struct slice_content *content = f->cluster->slices[i]->stored;
        for (uint32_t k = 0; k < content->count; k++)
            assert_ptr_equal(content->ports,
                             port_maps_of_pod(f->cluster, &f->services[0],
                                              f->cluster->pods[content->endpoints[k].pod]->spec));
    }
}

static void test_pods_that_are_no_candidates_are_left_out(void **state)
{
    struct fixture *f = *state;
    uint32_t pod = add(f, 5);

    f->cluster->pods[pod]->seen.has_ip = false;
    f->cluster->pods[pod + 1]->seen.phase = PHASE_FAILED;
    f->cluster->pods[pod + 2]->seen.phase = PHASE_SUCCEEDED;
    f->cluster->pods[pod + 3]->seen.labels = &(struct label_set){NULL, 0};
    assert_sync(f, 0, 1, 0);
    ASSERT_SIZES(f, 1);
    assert_non_null(fixture_listed(f, 0, pod + 4));
}

static void test_publish_not_ready_lists_all_as_ready(void **state)
{
    struct fixture *f = *state;
    uint32_t pod = add(f, 2);

    f->services[0].publish_not_ready = true;
    f->cluster->pods[pod]->seen.is_ready = false;
    f->cluster->pods[pod + 1]->seen.is_deleting = true;
    assert_sync(f, 0, 1, 0);
    assert_true(fixture_listed(f, 0, pod)->is_ready);
    assert_false(fixture_listed(f, 0, pod)->is_serving);
    assert_true(fixture_listed(f, 0, pod + 1)->is_ready);
}

static void test_the_limit_of_a_slice_is_the_flags(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.controller_manager.max_endpoints_per_slice = 7;
    add(f, 20);
    assert_sync(f, 2, 1, 0);
    ASSERT_SIZES(f, 6, 7, 7); /* creates are taken from the end for recycling */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_service_without_endpoints_has_an_empty_slice),
        TEST(test_the_first_endpoint_recycles_the_placeholder),
        TEST(test_a_full_slice_and_one_more_makes_another),
        TEST(test_slices_are_not_rebalanced_when_one_leaves),
        TEST(test_an_arrival_fills_the_hole_of_who_leaves_in_the_same_sync),
        TEST(test_an_arrival_seen_before_the_leave_opens_a_third_slice),
        TEST(test_a_rest_that_fits_no_slice_whole_gets_one_of_its_own),
        TEST(test_a_rest_is_never_split_over_two_unchanged_slices),
        TEST(test_slices_that_are_written_anyway_are_topped_up_the_fullest_first),
        TEST(test_a_service_that_shrank_keeps_its_sparse_slices),
        TEST(test_a_slice_that_lost_all_is_deleted_if_others_remain),
        TEST(test_a_deleted_slice_gives_its_object_to_a_new_one),
        TEST(test_the_last_endpoint_to_go_leaves_the_placeholder),
        TEST(test_all_gone_of_two_slices_is_one_update_and_one_delete),
        TEST(test_nothing_changed_writes_nothing),
        TEST(test_only_the_slice_of_the_changed_pod_is_written),
        TEST(test_pods_with_other_ports_get_slices_of_their_own),
        TEST(test_pods_that_are_no_candidates_are_left_out),
        TEST(test_publish_not_ready_lists_all_as_ready),
        TEST(test_the_limit_of_a_slice_is_the_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
