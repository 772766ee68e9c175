/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/node_ports.h"
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

static uint16_t first_port(const struct fixture *f)
{
    return node_ports_get(&f->cluster->services[0], 0);
}

static void start_as(struct fixture *f, enum service_type type)
{
    f->services[0].type = type;
    fixture_start(f);
}

static void test_a_cluster_ip_has_none(void **state)
{
    start_as(*state, SERVICE_CLUSTER_IP);
    assert_int_equal(first_port(*state), 0);
}

static void test_one_is_given_of_the_part_that_nobody_asks_for(void **state)
{
    start_as(*state, SERVICE_NODE_PORT);
    assert_in_range(first_port(*state), NODE_PORT_DYNAMIC, NODE_PORT_MAX);
}

static void test_who_asks_gets_it(void **state)
{
    struct fixture *f = *state;

    f->service_ports[0].node_port = 30007;
    start_as(f, SERVICE_NODE_PORT);
    assert_int_equal(first_port(f), 30007);
}

static void test_it_stays_when_the_service_changes_and_goes_with_its_type(void **state)
{
    struct fixture *f = *state;
    struct service_spec other;
    uint16_t before;

    start_as(f, SERVICE_NODE_PORT);
    before = first_port(f);
    other = f->services[0];
    other.type = SERVICE_LOAD_BALANCER;
    commands_apply_service(f->cluster, &other, CAUSE_APPLY);
    assert_int_equal(first_port(f), before);
    commands_apply_service(f->cluster,
                           &(struct service_spec){.meta = other.meta,
                                                  .ports = other.ports,
                                                  .port_count = other.port_count},
                           CAUSE_APPLY);
    assert_int_equal(first_port(f), 0);
}

static void test_health_checks_have_a_port_of_their_own(void **state)
{
    struct fixture *f = *state;

    f->services[0].is_external_local = true;
    start_as(f, SERVICE_LOAD_BALANCER);
    assert_in_range(f->cluster->services[0].health_check_port, NODE_PORT_DYNAMIC, NODE_PORT_MAX);
    assert_int_not_equal(f->cluster->services[0].health_check_port, first_port(f));
}

static const char *balancer_ip(struct fixture *f, sim_ns at_ns)
{
    return node_ports_balancer_ip(&f->arena, f->cluster, &f->cluster->services[0], at_ns);
}

static void test_without_a_cloud_an_address_is_never_given(void **state)
{
    start_as(*state, SERVICE_LOAD_BALANCER);
    assert_null(balancer_ip(*state, NS_PER_HOUR));
}

static void test_a_cloud_gives_one_after_its_delay(void **state)
{
    struct fixture *f = *state;
    struct service_spec other;

    f->spec.cluster.load_balancer = (struct load_balancer_spec){
        .is_there = true, .range = "203.0.113.0/24", .delay_ns = 20 * NS_PER_S};
    start_as(f, SERVICE_CLUSTER_IP);
    fixture_run(f, NS_PER_MIN);
    other = f->services[0];
    other.type = SERVICE_LOAD_BALANCER;
    commands_apply_service(f->cluster, &other, CAUSE_APPLY);
    assert_null(balancer_ip(f, NS_PER_MIN + 20 * NS_PER_S - 1));
    assert_non_null(balancer_ip(f, NS_PER_MIN + 20 * NS_PER_S));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_cluster_ip_has_none),
        TEST(test_one_is_given_of_the_part_that_nobody_asks_for),
        TEST(test_who_asks_gets_it),
        TEST(test_it_stays_when_the_service_changes_and_goes_with_its_type),
        TEST(test_health_checks_have_a_port_of_their_own),
        TEST(test_without_a_cloud_an_address_is_never_given),
        TEST(test_a_cloud_gives_one_after_its_delay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
