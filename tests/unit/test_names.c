/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/names.h"
#include "support/fixture.h"

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether all are different; sorts them. */
static bool are_unique(const char **texts, uint32_t count)
{
    qsort(texts, count, sizeof(*texts), compare_text);
    for (uint32_t i = 1; i < count; i++) {
        if (strcmp(texts[i - 1], texts[i]) == 0) {
            print_error("twice: %s\n", texts[i]);
            return false;
        }
    }
    return true;
}

static void test_suffixes_use_the_safe_alphabet(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (uint64_t i = 0; i < 1000; i++) {
        const char *suffix = names_suffix(&arena, i * UINT64_C(0x9E3779B97F4A7C15), 10);

        assert_int_equal(strlen(suffix), 10);
        assert_int_equal(strspn(suffix, "bcdfghjklmnpqrstvwxz2456789"), 10);
    }
    arena_deinit(&arena);
}

static void test_a_name_outside_the_default_namespace_tells_the_namespace(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(names_display(&arena, "default", "kubia"), "kubia");
    assert_string_equal(names_display(&arena, "shop", "kubia"), "shop/kubia");
    arena_deinit(&arena);
}

static void test_ten_thousand_pods_of_one_owner_have_ten_thousand_names(void **state)
{
    enum {
        COUNT = 10000
    };
    static const char *names[COUNT];
    static struct fixture f;

    (void)state;
    fixture_init(&f);
    fixture_start(&f);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t pod = names_new_pod(f.cluster, "default", "kubia-7d4b9c5f8d", i,
                                     &f.workloads[0].pod_template);
        names[i] = f.cluster->pods[pod]->bare_name;
        assert_int_equal(strncmp(names[i], "kubia-7d4b9c5f8d-", 17), 0);
        assert_int_equal(strlen(names[i]), 17 + 5);
    }
    assert_true(are_unique(names, COUNT));
    fixture_deinit(&f);
}

static void test_addresses_are_unique_and_tell_the_node(void **state)
{
    enum {
        COUNT = 900
    }; /* more than three nodes' ranges hold */
    static const char *addresses[COUNT];
    static struct fixture f;

    (void)state;
    fixture_init(&f);
    f.workloads[0].replicas = 0;
    fixture_start(&f);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t pod =
            names_new_pod(f.cluster, "default", "kubia", i, &f.workloads[0].pod_template);
        struct pod *p = f.cluster->pods[pod];
        p->node = i % 3;
        names_assign_ip(f.cluster, pod);
        if (i < 3)
            assert_int_equal(strncmp(p->ip_text, "10.244.", 7), 0);
        addresses[i] = p->ip_text;
    }
    assert_string_equal(addresses[0], "10.244.0.2");
    assert_string_equal(addresses[1], "10.244.1.2");
    assert_true(are_unique(addresses, COUNT));
    fixture_deinit(&f);
}

static void test_a_pod_keeps_its_address(void **state)
{
    static struct fixture f;
    const char *before;

    (void)state;
    fixture_init(&f);
    fixture_start(&f);
    before = f.cluster->pods[0]->ip_text;
    names_assign_ip(f.cluster, 0);
    assert_string_equal(f.cluster->pods[0]->ip_text, before);
    fixture_deinit(&f);
}

static void test_names_do_not_depend_on_the_seed(void **state)
{
    static struct fixture a;
    static struct fixture b;

    (void)state;
    fixture_init(&a);
    fixture_init(&b);
    b.spec.seed = 43;
    fixture_start(&a);
    fixture_start(&b);
    for (uint32_t i = 0; i < 3; i++)
        assert_string_equal(cluster_pod_name(a.cluster, i), cluster_pod_name(b.cluster, i));
    fixture_deinit(&a);
    fixture_deinit(&b);
}

static void test_a_replica_set_is_named_by_deployment_and_template(void **state)
{
    struct arena arena;
    const char *first;

    (void)state;
    arena_init(&arena);
    first = names_replica_set(&arena, "kubia", 1);
    assert_int_equal(strncmp(first, "kubia-", 6), 0);
    assert_string_equal(first, names_replica_set(&arena, "kubia", 1));
    assert_string_not_equal(first, names_replica_set(&arena, "kubia", 2));
    assert_string_not_equal(first + 6, names_replica_set(&arena, "other", 1) + 6);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suffixes_use_the_safe_alphabet),
        cmocka_unit_test(test_a_name_outside_the_default_namespace_tells_the_namespace),
        cmocka_unit_test(test_ten_thousand_pods_of_one_owner_have_ten_thousand_names),
        cmocka_unit_test(test_addresses_are_unique_and_tell_the_node),
        cmocka_unit_test(test_a_pod_keeps_its_address),
        cmocka_unit_test(test_names_do_not_depend_on_the_seed),
        cmocka_unit_test(test_a_replica_set_is_named_by_deployment_and_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
