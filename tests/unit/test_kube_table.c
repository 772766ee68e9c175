/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/kube_printer.h"

static const struct service_port ports[] = {{.port = 80}, {.port = 443, .node_port = 30443}};
static const struct service_spec plain = {
    .selector = {.is_null = true}, .ports = ports, .port_count = 2};
static const struct service_spec named = {.type = SERVICE_EXTERNAL_NAME,
                                          .external_name = "api.example.com",
                                          .selector = {.is_null = true}};
static const uint16_t node_ports[] = {0, 30443};
static const struct snapshot_service services[] = {
    {.meta = {.ns = "default", .name = "a"},
     .spec = &plain,
     .cluster_ip = "10.96.0.2",
     .node_ports = node_ports},
    {.meta = {.ns = "default", .name = "external-api-server"}, .spec = &named},
};

static struct kube_object object(uint32_t service)
{
    return (struct kube_object){.kind = kube_kind_at(KUBE_SERVICE),
                                .meta = &services[service].meta,
                                .service = &services[service]};
}

static int set_up(void **state)
{
    static struct kube_printer printer;
    static struct out out;

    out_open_memory(&out);
    printer = (struct kube_printer){
        .out = &out, .format = KUBE_TABLE, .view = {.now_ns = NS_PER_MIN, .has_header = true}};
    *state = &printer;
    return 0;
}

static int tear_down(void **state)
{
    struct kube_printer *printer = *state;

    out_discard(printer->out);
    return 0;
}

static void test_columns_align_below_their_names(void **state)
{
    struct kube_printer *printer = *state;
    const struct kube_object objects[] = {object(0), object(1)};

    kube_printer_list(printer, objects, 2, false);
    assert_string_equal(
        out_text(printer->out),
        "NAME                  TYPE           CLUSTER-IP   EXTERNAL-IP       PORT(S)"
        "                AGE\n"
        "a                     ClusterIP      10.96.0.2    <none>            80/TCP,443:30443/TCP"
        "   60s\n"
        "external-api-server   ExternalName   <none>       api.example.com   <none>"
        "                 60s\n");
}

static void test_rows_that_come_later_keep_the_columns(void **state)
{
    struct kube_printer *printer = *state;
    const struct kube_object first = object(1);
    const struct kube_object second = object(0);

    kube_printer_next(printer, &first);
    kube_printer_next(printer, &second);
    assert_non_null(strstr(out_text(printer->out), "\na                     ClusterIP      "));
}

static void test_content_leaves_out_the_age(void **state)
{
    struct kube_printer *printer = *state;
    const struct kube_object one = object(0);
    struct kube_view later = printer->view;
    struct arena arena;

    arena_init(&arena);
    later.now_ns += NS_PER_HOUR;
    assert_string_equal(kube_table_content(&arena, &printer->view, &one),
                        kube_table_content(&arena, &later, &one));
    arena_deinit(&arena);
}

static void test_prefix_namespace_and_time_stand_in_front(void **state)
{
    struct kube_printer *printer = *state;
    const struct kube_object one = object(0);

    printer->view.has_prefix = true;
    printer->view.has_namespace = true;
    printer->view.has_time = true;
    kube_printer_list(printer, &one, 1, false);
    assert_non_null(strstr(out_text(printer->out), "60s             default     service/a   "));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_columns_align_below_their_names),
        TEST(test_rows_that_come_later_keep_the_columns),
        TEST(test_content_leaves_out_the_age),
        TEST(test_prefix_namespace_and_time_stand_in_front),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
