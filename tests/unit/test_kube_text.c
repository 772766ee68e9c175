/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/kube_text.h"

#define EPOCH_2026_S INT64_C(1767225600)

static int set_up(void **state)
{
    static struct arena arena;

    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(*state);
    return 0;
}

static void assert_age(struct arena *arena, int64_t seconds, const char *text)
{
    assert_string_equal(kube_text_age(arena, seconds * NS_PER_S), text);
}

static void test_ages_get_coarser_as_they_grow(void **state)
{
    const int64_t day = 86400;

    assert_age(*state, 0, "0s");
    assert_age(*state, 119, "119s");
    assert_age(*state, 120, "2m");
    assert_age(*state, 192, "3m12s");
    assert_age(*state, 599, "9m59s");
    assert_age(*state, 600, "10m");
    assert_age(*state, 3900, "65m");
    assert_age(*state, 10799, "179m");
    assert_age(*state, 10800, "3h");
    assert_age(*state, 12000, "3h20m");
    assert_age(*state, 8 * 3600 + 60, "8h");
    assert_age(*state, 47 * 3600, "47h");
    assert_age(*state, 48 * 3600, "2d");
    assert_age(*state, 50 * 3600, "2d2h");
    assert_age(*state, 8 * day + 3600, "8d");
    assert_age(*state, 729 * day, "729d");
    assert_age(*state, 731 * day, "2y1d");
    assert_age(*state, 8 * 365 * day + day, "8y");
}

static void test_fractions_of_a_second_are_cut_off(void **state)
{
    assert_string_equal(kube_text_age(*state, 1999 * NS_PER_MS), "1s");
}

static void test_what_lies_ahead_is_invalid(void **state)
{
    assert_age(*state, -2, "<invalid>");
    assert_age(*state, -1, "0s");
}

static void test_times_are_the_calendars(void **state)
{
    assert_string_equal(kube_text_rfc3339(*state, EPOCH_2026_S, 0), "2026-01-01T00:00:00Z");
    assert_string_equal(kube_text_rfc3339(*state, EPOCH_2026_S, -NS_PER_HOUR),
                        "2025-12-31T23:00:00Z");
    assert_string_equal(kube_text_rfc3339(*state, EPOCH_2026_S, -1), "2025-12-31T23:59:59Z");
    assert_string_equal(kube_text_rfc3339(*state, EPOCH_2026_S, 61500 * NS_PER_MS),
                        "2026-01-01T00:01:01Z");
    assert_string_equal(kube_text_rfc3339(*state, 1709164800, 0), "2024-02-29T00:00:00Z");
    assert_string_equal(kube_text_rfc1123(*state, EPOCH_2026_S, 0),
                        "Thu, 01 Jan 2026 00:00:00 +0000");
}

static void test_selector_is_sorted_by_key_and_value(void **state)
{
    const char *const values[] = {"front", "back"};
    const char *const kubia[] = {"kubia"};
    const struct selector_requirement items[] = {
        {"tier", SELECTOR_IN, values, 2}, {"x", SELECTOR_ABSENT, NULL, 0},
        {"app", SELECTOR_IN, kubia, 1},   {"env", SELECTOR_NOT_IN, kubia, 1},
        {"y", SELECTOR_EXISTS, NULL, 0},
    };
    const struct selector selector = {.items = items, .count = 5};
    const struct selector none = {.is_null = true};

    assert_string_equal(kube_text_selector(*state, &selector),
                        "app=kubia,env notin (kubia),tier in (back,front),!x,y");
    assert_string_equal(kube_text_selector(*state, &none), "<none>");
}

static const struct snapshot_address five[] = {{.ip = "10.0.0.1", .is_ready = true},
                                               {.ip = "10.0.0.2", .is_ready = true},
                                               {.ip = "10.0.0.3", .is_ready = true},
                                               {.ip = "10.0.0.4", .is_ready = true},
                                               {.ip = "10.0.0.5", .is_ready = false}};
static const struct snapshot_port two_ports[] = {{.name = "http", .number = 80},
                                                 {.name = "https", .number = 443}};

static const char *endpoints_text(struct arena *arena, uint32_t ready, uint32_t ports)
{
    const struct snapshot_subset subset = {.addresses = five,
                                           .count = 5,
                                           .ready_count = ready,
                                           .ports = two_ports,
                                           .port_count = ports};
    const struct snapshot_endpoints endpoints = {.subsets = &subset, .subset_count = 1};

    return kube_text_endpoints(arena, &endpoints);
}

static void test_endpoints_past_three_are_counted(void **state)
{
    assert_string_equal(endpoints_text(*state, 3, 1), "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80");
    assert_string_equal(endpoints_text(*state, 4, 1),
                        "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...");
    assert_string_equal(endpoints_text(*state, 4, 2),
                        "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 5 more...");
}

static void test_endpoints_without_ports_are_bare_addresses(void **state)
{
    assert_string_equal(endpoints_text(*state, 2, 0), "10.0.0.1,10.0.0.2");
}

static void test_no_subset_is_none_but_none_ready_is_empty(void **state)
{
    const struct snapshot_endpoints none = {.subset_count = 0};

    assert_string_equal(kube_text_endpoints(*state, &none), "<none>");
    assert_string_equal(endpoints_text(*state, 0, 1), "");
}

static void test_a_port_of_a_service_shows_its_own_endpoints(void **state)
{
    const struct snapshot_slice slice = {
        .ports = two_ports, .port_count = 2, .addresses = five, .address_count = 5};

    assert_string_equal(kube_text_slice_endpoints(*state, &slice, 1, "https"),
                        "10.0.0.1:443,10.0.0.2:443,10.0.0.3:443 + 1 more...");
    assert_string_equal(kube_text_slice_endpoints(*state, &slice, 1, "other"), "");
    assert_string_equal(kube_text_slice_endpoints(*state, NULL, 0, "https"), "<none>");
}

/* --- pods --- */

static const struct container_spec containers[] = {
    {.name = "probed", .readiness = {.kind = PROBE_HTTP}}, {.name = "plain"}};
static const struct pod_spec two_containers = {.containers = containers, .container_count = 2};
static const struct pod_spec with_init = {.init_containers = containers, .init_container_count = 1};

static void test_status_follows_the_pods_life(void **state)
{
    struct snapshot_pod pod = {.spec = &two_containers};

    assert_string_equal(kube_text_pod_status(*state, &pod, 34), "Pending");
    pod.node = "node-1";
    assert_string_equal(kube_text_pod_status(*state, &pod, 34), "ContainerCreating");
    pod.spec = &with_init;
    assert_string_equal(kube_text_pod_status(*state, &pod, 34), "Init:0/1");
    pod.phase = SNAPSHOT_RUNNING;
    assert_string_equal(kube_text_pod_status(*state, &pod, 34), "Running");
    pod.meta.is_deleting = true;
    assert_string_equal(kube_text_pod_status(*state, &pod, 34), "Terminating");
    pod.phase = SNAPSHOT_FAILED;
    assert_string_equal(kube_text_pod_status(*state, &pod, 34), "Error");
    assert_string_equal(kube_text_pod_status(*state, &pod, 26), "Terminating");
}

static void test_unready_pod_counts_its_containers_without_probe(void **state)
{
    struct snapshot_pod pod = {.spec = &two_containers, .phase = SNAPSHOT_RUNNING};

    (void)state;
    assert_int_equal(kube_text_ready_count(&pod), 1);
    pod.is_ready = true;
    assert_int_equal(kube_text_ready_count(&pod), 2);
    pod.phase = SNAPSHOT_FAILED;
    assert_int_equal(kube_text_ready_count(&pod), 0);
}

static void test_probe_reads_as_kubectl_has_it(void **state)
{
    const struct probe_spec probe = {.kind = PROBE_TCP,
                                     .port = {.name = "http"},
                                     .initial_delay_ns = NS_PER_S,
                                     .period_ns = 2 * NS_PER_S,
                                     .timeout_ns = NS_PER_S,
                                     .success_threshold = 1,
                                     .failure_threshold = 3};

    assert_string_equal(kube_text_probe(*state, &probe),
                        "tcp-socket :http delay=1s timeout=1s period=2s #success=1 #failure=3");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_ages_get_coarser_as_they_grow),
        TEST(test_fractions_of_a_second_are_cut_off),
        TEST(test_what_lies_ahead_is_invalid),
        TEST(test_times_are_the_calendars),
        TEST(test_selector_is_sorted_by_key_and_value),
        TEST(test_endpoints_past_three_are_counted),
        TEST(test_endpoints_without_ports_are_bare_addresses),
        TEST(test_no_subset_is_none_but_none_ready_is_empty),
        TEST(test_a_port_of_a_service_shows_its_own_endpoints),
        TEST(test_status_follows_the_pods_life),
        TEST(test_unready_pod_counts_its_containers_without_probe),
        TEST(test_probe_reads_as_kubectl_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
