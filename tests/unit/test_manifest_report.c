/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario_rig.h"

static struct rig rig;

static int free_scenario(void **state)
{
    (void)state;
    scenario_free(&rig.scenario);
    return 0;
}

static const char *report(const char *text)
{
    const struct scenario_options options = {.wants_report = true};

    rig_write("s.yaml", text, strlen(text));
    rig_load_file(&rig, "s.yaml", &options);
    if (rig.status != STATUS_OK)
        print_message("%s%s\n", rig.messages, rig.err.text);
    assert_int_equal(rig.status, STATUS_OK);
    return rig.scenario.report;
}

#define POD(name, more)                                                                  \
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " name ", labels: {app: kubia}}\n" \
    "spec: {containers: [{name: a, image: b" more "}]}\n"

static void test_a_map_of_modelled_fields_stands_for_them(void **state)
{
    (void)state;
    assert_string_equal(report(SCENARIO_HEAD SERVICE_KUBIA POD("p", "")),
                        "Service default/kubia\n  modelled: metadata, spec\n\n"
                        "Pod default/p\n  modelled: metadata, spec\n\n");
}

static void test_what_is_ignored_has_its_reason(void **state)
{
    (void)state;
    assert_string_equal(
        report(SCENARIO_HEAD POD("p", ", env: [], imagePullPolicy: Never, tyy: true")),
        "Pod default/p\n"
        "  modelled: metadata, spec.containers[] {name, image}\n"
        "  ignored (no bearing): spec.containers[].imagePullPolicy\n"
        "  ignored (not modelled): spec.containers[].env\n"
        "  ignored (unknown): spec.containers[].tyy\n\n");
}

static void test_elements_of_a_list_share_their_fields(void **state)
{
    (void)state;
    assert_string_equal(report(SCENARIO_HEAD POD("p", ", env: []}, {name: c, image: d, tty: true")),
                        "Pod default/p\n"
                        "  modelled: metadata, spec.containers[] {name, image}\n"
                        "  ignored (not modelled): spec.containers[] {env, tty}\n\n");
}

static void test_a_value_that_is_not_modelled_is_named(void **state)
{
    (void)state;
    assert_non_null(strstr(report(SCENARIO_HEAD
                                  "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
                                  "metadata: {name: a}\naddressType: FQDN\n"),
                           "  ignored (not modelled): addressType: FQDN\n"));
}

static void test_the_default_of_an_approximated_choice_is_modelled(void **state)
{
    (void)state;
    assert_non_null(
        strstr(report(SCENARIO_HEAD "---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
                                    "spec: {type: ClusterIP, ports: [{port: 80}]}\n"),
               "  modelled: metadata, spec\n"));
}

static void test_objects_that_say_the_same_share_a_paragraph(void **state)
{
    (void)state;
    assert_string_equal(report(SCENARIO_HEAD POD("p", "") POD("q", "") POD("r", "") POD("s", "")
                                   POD("t", "") POD("u", "")),
                        "Pod default/p, default/q, default/r, default/s and 2 more\n"
                        "  modelled: metadata, spec\n\n");
}

static void test_kinds_that_are_not_modelled_are_counted(void **state)
{
    (void)state;
    assert_string_equal(report(SCENARIO_HEAD "---\napiVersion: v1\nkind: ConfigMap\n"
                                             "metadata: {name: a}\n"
                                             "---\napiVersion: v1\nkind: ConfigMap\n"
                                             "metadata: {name: b}\n"),
                        "Kinds not modelled, ignored: ConfigMap (2)\n\n");
}

static void test_it_is_only_made_when_asked_for(void **state)
{
    (void)state;
    rig_load(&rig, SCENARIO_HEAD SERVICE_KUBIA);
    assert_string_equal(rig.scenario.report, "");
}

#define TEST(name) cmocka_unit_test_teardown(name, free_scenario)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_map_of_modelled_fields_stands_for_them),
        TEST(test_what_is_ignored_has_its_reason),
        TEST(test_elements_of_a_list_share_their_fields),
        TEST(test_a_value_that_is_not_modelled_is_named),
        TEST(test_the_default_of_an_approximated_choice_is_modelled),
        TEST(test_objects_that_say_the_same_share_a_paragraph),
        TEST(test_kinds_that_are_not_modelled_are_counted),
        TEST(test_it_is_only_made_when_asked_for),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
