/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/endpoint_subsets.h"
#include "cluster/endpoint_targets.h"
#include "cluster/endpoints_store.h"
#include "cluster/names.h"
#include "cluster/port_maps.h"
#include "support/fixture.h"

#define ITEMS_MAX 3000u

static struct {
    struct fixture f;
    struct endpoints_item items[ITEMS_MAX];
    uint32_t count;
} rig;

static int set_up(void **state)
{
    memset(&rig, 0, sizeof rig);
    fixture_init(&rig.f);
    rig.f.workloads[0].replicas = 0;
    fixture_start(&rig.f);
    *state = &rig.f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* Ports of those names (8080, 8081, ... by letter). */
static const struct port_map *ports(const char *names)
{
    struct endpoint_port list[8];
    uint32_t count = 0;

    for (; names[count] != '\0'; count++)
        list[count] = (struct endpoint_port){.name = arena_printf(&rig.f.arena, "%c", names[count]),
                                             .number = (uint16_t)(8080 + names[count] - 'a'),
                                             .protocol = PROTOCOL_TCP};
    return port_maps_canonical(rig.f.cluster, list, count);
}

/* An address of a pod of its own with those ports. */
static void add(const char *ip, bool is_ready, const char *names)
{
    struct cluster *cluster = rig.f.cluster;
    const struct address_spec address = {.ip = arena_printf(&rig.f.arena, "%s", ip),
                                         .target_pod = "x"};
    uint32_t pod =
        names_new_pod(cluster, "default", "p", rig.count, &rig.f.workloads[0].pod_template);

    rig.items[rig.count++] = (struct endpoints_item){
        .target = endpoint_targets_by_hand(cluster, pod, &address),
        .ports = ports(names),
        .pod = pod,
        .is_ready = is_ready,
    };
}

/* `count` further addresses with port "a" or "b". */
static void add_many(uint32_t count, bool is_ready, const char *names)
{
    for (uint32_t i = 0; i < count; i++) {
        char ip[24];

        snprintf(ip, sizeof ip, "10.%u.%u.1", rig.count / 250, rig.count % 250);
        add(ip, is_ready, names);
    }
}

static struct endpoints_content *repack(void)
{
    return endpoint_subsets_repack(rig.f.cluster, rig.items, rig.count);
}

static void release(struct endpoints_content *content)
{
    endpoints_store_release(rig.f.cluster, endpoints_store_hold(content));
}

static uint32_t count_of(const struct endpoints_content *content, uint32_t subset, bool is_ready)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < content->count; i++)
        count += content->items[i]->subset == subset && content->items[i]->is_ready == is_ready;
    return count;
}

static void test_addresses_with_the_same_ports_are_one_subset(void **state)
{
    struct endpoints_content *content;

    (void)state;
    add("10.1.0.2", true, "ab");
    add("10.1.0.10", false, "ba");
    content = repack();
    assert_int_equal(content->count, 2);
    assert_int_equal(content->items[1]->subset, 0);
    assert_int_equal(content->items[0]->ports->count, 2);
    assert_string_equal(content->items[0]->target->ip, "10.1.0.10"); /* by string, ready or not */
    release(content);
}

/* Recorded case c26: three pods, three subsets, a pod in several of them with a part of its ports in each. */
static void test_a_pod_may_be_in_several_subsets(void **state)
{
    struct endpoints_content *content;
    uint32_t last;

    (void)state;
    add("10.1.0.1", true, "ab");
    add("10.1.0.2", true, "ac");
    add("10.1.0.3", true, "a");
    content = repack();
    assert_int_equal(content->count, 5); /* a: all three; b: the first; c: the second */
    last = content->items[content->count - 1]->subset;
    assert_int_equal(last, 2);
    for (uint32_t i = 0; i < content->count; i++)
        assert_int_equal(content->items[i]->ports->count, 1);
    release(content);
}

static void test_of_an_address_that_comes_twice_the_one_that_is_not_ready_counts(void **state)
{
    struct endpoints_content *content;

    (void)state;
    add("10.1.0.1", true, "a");
    rig.items[rig.count] = rig.items[rig.count - 1];
    rig.items[rig.count++].is_ready = false;
    content = repack();
    assert_int_equal(content->count, 1);
    assert_false(content->items[0]->is_ready);
    release(content);
}

static void test_two_pods_with_one_address_are_both_listed(void **state)
{
    struct endpoints_content *content;

    (void)state;
    add("192.168.0.10", true, "a");
    add("192.168.0.10", false, "a");
    content = repack();
    assert_int_equal(content->count, 2);
    release(content);
}

static void test_a_thousand_addresses_are_not_truncated(void **state)
{
    struct endpoints_content *content;

    (void)state;
    add_many(600, true, "a");
    add_many(400, false, "a");
    content = repack();
    assert_false(endpoint_subsets_truncate(content));
    assert_int_equal(content->count, 1000);
    release(content);
}

static void test_ready_addresses_are_kept_before_the_others(void **state)
{
    struct endpoints_content *content;

    (void)state;
    add_many(600, true, "a");
    add_many(500, false, "a");
    content = repack();
    assert_true(endpoint_subsets_truncate(content));
    assert_int_equal(count_of(content, 0, true), 600);
    assert_int_equal(count_of(content, 0, false), 400);
    release(content);
}

static void test_of_too_many_ready_ones_the_first_by_string_are_kept(void **state)
{
    struct endpoints_content *content;

    (void)state;
    add_many(1100, true, "a");
    add_many(10, false, "a");
    content = repack();
    assert_true(endpoint_subsets_truncate(content));
    assert_int_equal(content->count, 1000);
    assert_int_equal(count_of(content, 0, false), 0);
    for (uint32_t i = 1; i < content->count; i++)
        assert_true(strcmp(content->items[i - 1]->target->ip, content->items[i]->target->ip) < 0);
    assert_string_equal(content->items[0]->target->ip, "10.0.0.1");
    release(content);
}

/* ceil(900 / 1500 * 1000) = 600 of the one, ceil(600 / 1500 * 1000) = 400 of the other, whichever comes first. */
static void test_subsets_are_cut_in_proportion(void **state)
{
    struct endpoints_content *content;
    uint32_t one;
    uint32_t other;

    (void)state;
    add_many(900, true, "a");
    add_many(600, true, "b");
    content = repack();
    assert_true(endpoint_subsets_truncate(content));
    one = count_of(content, 0, true);
    other = count_of(content, 1, true);
    assert_int_equal(one + other, 1000);
    assert_int_equal(one > other ? one : other, 600);
    release(content);
}

/* ceil leaves the last subset short: 667 + 333 of 1000 + 500. */
static void test_the_last_subset_gets_what_is_left(void **state)
{
    struct endpoints_content *content;
    uint32_t one;
    uint32_t other;

    (void)state;
    add_many(1000, true, "a");
    add_many(500, true, "b");
    content = repack();
    assert_true(endpoint_subsets_truncate(content));
    one = count_of(content, 0, true);
    other = count_of(content, 1, true);
    if (one > other) {
        assert_int_equal(one, 667);
        assert_int_equal(other, 333);
    } else {
        assert_int_equal(one, 334);
        assert_int_equal(other, 666);
    }
    release(content);
}

/* An address in two subsets counts twice. */
static void test_not_ready_ones_share_what_the_ready_ones_leave(void **state)
{
    struct endpoints_content *content;

    (void)state;
    add_many(200, true, "a");
    add_many(600, false, "a");
    add_many(400, false, "b");
    content = repack();
    assert_true(endpoint_subsets_truncate(content));
    assert_int_equal(content->count, 1000);
    for (uint32_t s = 0; s < 2; s++) {
        uint32_t unready = count_of(content, s, false);
        assert_int_equal(unready, count_of(content, s, true) > 0 ? 480 : 320);
    }
    release(content);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_addresses_with_the_same_ports_are_one_subset),
        TEST(test_a_pod_may_be_in_several_subsets),
        TEST(test_of_an_address_that_comes_twice_the_one_that_is_not_ready_counts),
        TEST(test_two_pods_with_one_address_are_both_listed),
        TEST(test_a_thousand_addresses_are_not_truncated),
        TEST(test_ready_addresses_are_kept_before_the_others),
        TEST(test_of_too_many_ready_ones_the_first_by_string_are_kept),
        TEST(test_subsets_are_cut_in_proportion),
        TEST(test_the_last_subset_gets_what_is_left),
        TEST(test_not_ready_ones_share_what_the_ready_ones_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
