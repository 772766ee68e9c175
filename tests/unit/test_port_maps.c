/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/port_maps.h"
#include "support/fixture.h"

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

/* The ports of a service of that version with two ports, as its slices list them. */
static const struct port_map *ports_of(struct fixture *f, uint32_t minor, struct service_port one,
                                       struct service_port other)
{
    const struct service_port ports[2] = {one, other};
    struct service_spec service = f->services[0];

    f->spec.cluster.version_minor = minor;
    fixture_start(f);
    service.ports = ports;
    service.port_count = 2;
    return port_maps_of_pod(f->cluster, &service, &f->workloads[0].pod_template);
}

static struct service_port tcp(const char *name, uint16_t number)
{
    return (struct service_port){
        .name = name, .port = number, .target = {.number = number}, .protocol = PROTOCOL_TCP};
}

/* Recorded cases c25 and c55, 1.20 and 1.32. */
static void test_slices_of_1_20_list_ports_by_the_digest_of_v1beta1(void **state)
{
    const struct port_map *map = ports_of(*state, 20, tcp("x", 9091), tcp("http", 9090));

    assert_int_equal(map->count, 2);
    assert_string_equal(map->ports[0].name, "http");
    assert_string_equal(map->ports[1].name, "x");
}

static void test_later_slices_list_ports_by_the_digest_of_v1(void **state)
{
    const struct port_map *map = ports_of(*state, 32, tcp("http", 9090), tcp("x", 9091));

    assert_string_equal(map->ports[0].name, "x");
    assert_string_equal(map->ports[1].name, "http");
}

static void test_the_order_in_the_service_does_not_matter(void **state)
{
    struct fixture *f = *state;
    const struct port_map *map = ports_of(f, 32, tcp("http", 8080), tcp("https", 8443));
    const struct service_port ports[2] = {tcp("https", 8443), tcp("http", 8080)};
    struct service_spec service = f->services[0];

    service.ports = ports;
    service.port_count = 2;
    assert_ptr_equal(map, port_maps_of_pod(f->cluster, &service, &f->workloads[0].pod_template));
    assert_string_equal(map->ports[0].name, "http");
}

/* Endpoints go by another digest: recorded case c25. */
static void test_endpoints_list_ports_in_an_order_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct endpoint_port ports[2] = {{.name = "http", .number = 8080, .protocol = PROTOCOL_TCP},
                                     {.name = "https", .number = 8443, .protocol = PROTOCOL_TCP}};
    const struct port_map *map;

    fixture_start(f);
    map = port_maps_canonical(f->cluster, ports, 2);
    assert_string_equal(map->ports[0].name, "https");
    assert_string_equal(port_maps_sliced(f->cluster, map)->ports[0].name, "http");
    assert_int_equal(port_maps_sliced(f->cluster, map)->key, map->key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_slices_of_1_20_list_ports_by_the_digest_of_v1beta1,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_later_slices_list_ports_by_the_digest_of_v1, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_order_in_the_service_does_not_matter, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_endpoints_list_ports_in_an_order_of_their_own, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
