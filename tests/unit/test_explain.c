/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/spec.h"
#include "scenario/explain.h"

static char page[1 << 18];
static struct error err;

static enum status explain(const char *path, bool is_recursive)
{
    struct out out;
    enum status status;

    out_open_memory(&out);
    status = explain_write(&out, path, is_recursive, &err);
    snprintf(page, sizeof page, "%s", out_text(&out));
    out_discard(&out);
    return status;
}

/* Explains every field below `path`; the number of them. */
static uint32_t explain_all(const struct field_set *set, const char *path)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < set->count; i++) {
        char way[400];
        char head[200];
        char type[64];

        snprintf(way, sizeof way, "%s.%s", path, set->items[i].name);
        snprintf(head, sizeof head, "\nFIELD: %s <%s>", set->items[i].name,
                 explain_type(&set->items[i], type));
        if (explain(way, false) != STATUS_OK)
            print_message("%s\n", err.text);
        assert_non_null(strstr(page, head));
        assert_non_null(strstr(page, "\nDESCRIPTION:\n"));
        count++;
        if (set->items[i].children != NULL)
            count += explain_all(set->items[i].children, way);
    }
    return count;
}

static void test_every_field_of_the_scenario_has_a_page(void **state)
{
    (void)state;
    assert_true(explain_all(&fields_scenario, "scenario") > 150);
}

static void test_every_field_of_manifests_has_a_page(void **state)
{
    (void)state;
    assert_true(explain_all(fields_manifest("Deployment"), "deployment") > 50);
    assert_true(explain_all(fields_manifest("Service"), "service") > 20);
    assert_true(explain_all(fields_manifest("Node"), "node") > 20);
    assert_true(explain_all(fields_manifest("Pod"), "pod") > 50);
}

static void test_every_hop_has_a_page_with_its_source(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < HOP_COUNT; i++) {
        char way[100];

        snprintf(way, sizeof way, "scenario.spec.cluster.latency.%s", spec_hops[i].key);
        assert_int_equal(explain(way, false), STATUS_OK);
        assert_non_null(strstr(page, spec_hops[i].default_text));
        assert_non_null(strstr(page, "source of the default: "));
    }
}

static void test_recursion_ends_within_distributions(void **state)
{
    (void)state;
    assert_int_equal(explain("distribution", true), STATUS_OK);
    assert_non_null(strstr(page, "  affine\t<Object>\n    base\t<distribution> -required-\n"));
}

static void test_a_way_through_distributions_may_be_long(void **state)
{
    (void)state;
    assert_int_equal(explain("distribution.affine.base.affine.per.lognormal.p50", false),
                     STATUS_OK);
    assert_non_null(strstr(page, "FIELD: p50 <duration>"));
}

static void test_what_is_not_supported_yet_is_set_apart(void **state)
{
    (void)state;
    assert_int_equal(explain("distribution", false), STATUS_OK);

    const char *later = strstr(page, "NOT SUPPORTED YET:\n    ");

    if (fields_find(&fields_distribution, "empirical")->status == FIELD_LATER) {
        assert_non_null(later);
        assert_non_null(strstr(later, "empirical"));
    } else {
        assert_null(later);
    }
}

static void test_a_path_that_is_too_long_is_refused(void **state)
{
    char path[2000];

    (void)state;
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(explain(path, false), STATUS_INVALID);
    assert_int_equal(explain("", false), STATUS_INVALID);
    assert_int_equal(explain("[", false), STATUS_INVALID);
    assert_int_equal(explain("scenario[", false), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_of_the_scenario_has_a_page),
        cmocka_unit_test(test_every_field_of_manifests_has_a_page),
        cmocka_unit_test(test_every_hop_has_a_page_with_its_source),
        cmocka_unit_test(test_recursion_ends_within_distributions),
        cmocka_unit_test(test_a_way_through_distributions_may_be_long),
        cmocka_unit_test(test_what_is_not_supported_yet_is_set_apart),
        cmocka_unit_test(test_a_path_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
