/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/kube_kind.h"

static void assert_kind(const char *name, enum kube_kind_id id)
{
    assert_non_null(kube_kind_find(name));
    assert_int_equal(kube_kind_find(name)->id, id);
}

static void test_kinds_have_kubectls_names(void **state)
{
    (void)state;
    assert_kind("po", KUBE_POD);
    assert_kind("pod", KUBE_POD);
    assert_kind("pods", KUBE_POD);
    assert_kind("svc", KUBE_SERVICE);
    assert_kind("ep", KUBE_ENDPOINTS);
    assert_kind("endpointslices", KUBE_ENDPOINT_SLICE);
    assert_kind("deploy", KUBE_DEPLOYMENT);
    assert_kind("rs", KUBE_REPLICA_SET);
    assert_kind("rc", KUBE_REPLICATION_CONTROLLER);
    assert_kind("no", KUBE_NODE);
    assert_kind("ev", KUBE_EVENT);
}

static void test_case_and_group_are_understood(void **state)
{
    (void)state;
    assert_kind("Pod", KUBE_POD);
    assert_kind("Deployments.apps", KUBE_DEPLOYMENT);
    assert_kind("endpointslice.discovery.k8s.io", KUBE_ENDPOINT_SLICE);
    assert_null(kube_kind_find("pods.apps"));
}

static void test_an_unknown_kind_has_a_neighbour(void **state)
{
    (void)state;
    assert_null(kube_kind_find("endpoint"));
    assert_string_equal(kube_kind_nearest("endpoint"), "endpoints");
    assert_string_equal(kube_kind_nearest("deploymnt"), "deployment");
    assert_null(kube_kind_nearest("ingressroutes"));
}

static void test_prefixes_name_the_group(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_string_equal(kube_kind_prefix(&arena, kube_kind_find("po")), "pod");
    assert_string_equal(kube_kind_prefix(&arena, kube_kind_find("rs")), "replicaset.apps");
    assert_string_equal(kube_kind_resource(&arena, kube_kind_find("deploy")), "deployments.apps");
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_have_kubectls_names),
        cmocka_unit_test(test_case_and_group_are_understood),
        cmocka_unit_test(test_an_unknown_kind_has_a_neighbour),
        cmocka_unit_test(test_prefixes_name_the_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
