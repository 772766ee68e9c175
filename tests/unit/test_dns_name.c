/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "cluster/dns_name.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct dns_name parse(const char *name)
{
    return dns_name_parse(&arena, "cluster.local", name);
}

static void test_a_service(void **state)
{
    const struct dns_name name = parse("kubia.shop.svc.cluster.local.");

    (void)state;
    assert_int_equal(name.kind, DNS_NAME_SERVICE);
    assert_string_equal(name.service, "kubia");
    assert_string_equal(name.ns, "shop");
    assert_null(name.label);
}

static void test_an_endpoint(void **state)
{
    const struct dns_name name = parse("web-0.kubia.shop.svc.cluster.local");

    (void)state;
    assert_int_equal(name.kind, DNS_NAME_ENDPOINT);
    assert_string_equal(name.label, "web-0");
    assert_string_equal(name.service, "kubia");
}

static void test_a_port(void **state)
{
    const struct dns_name name = parse("_http._tcp.kubia.shop.svc.cluster.local");

    (void)state;
    assert_int_equal(name.kind, DNS_NAME_PORT);
    assert_string_equal(name.port, "http");
    assert_string_equal(name.protocol, "tcp");
    assert_string_equal(name.service, "kubia");
}

static void test_what_the_domain_cannot_have(void **state)
{
    static const char *const names[] = {
        "cluster.local",
        "svc.cluster.local",
        "kubia.svc.cluster.local",
        "a.b.kubia.shop.svc.cluster.local",
        "a._b._tcp.kubia.shop.svc.cluster.local",
        "kubia..svc.cluster.local",
        "10-0-0-1.kubia.shop.pod.cluster.local",
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(parse(names[i]).kind, DNS_NAME_ABSENT);
}

static void test_all_else_is_outside(void **state)
{
    (void)state;
    assert_int_equal(parse("api.example.com").kind, DNS_NAME_OUTSIDE);
    assert_int_equal(parse("notcluster.local").kind, DNS_NAME_OUTSIDE);
    assert_int_equal(parse("kubia.shop.svc").kind, DNS_NAME_OUTSIDE);
}

static void there_and_back(const char *ip, const char *name)
{
    assert_string_equal(dns_name_of_address(&arena, ip), name);
    assert_int_equal(parse(name).kind, DNS_NAME_REVERSE);
    assert_string_equal(parse(name).ip, ip);
}

static void test_addresses_backwards(void **state)
{
    (void)state;
    there_and_back("10.244.1.2", "2.1.244.10.in-addr.arpa");
    there_and_back("2001:db8::1",
                   "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    assert_null(dns_name_of_address(&arena, "kubia"));
    assert_null(parse("1.244.10.in-addr.arpa").ip);
    assert_null(parse("256.1.244.10.in-addr.arpa").ip);
    assert_null(parse("1.0.ip6.arpa").ip);
}

static void test_pods_by_address(void **state)
{
    const struct dns_name name = parse("10-244-1-5.shop.pod.cluster.local.");

    (void)state;
    assert_int_equal(name.kind, DNS_NAME_POD);
    assert_string_equal(name.ns, "shop");
    assert_string_equal(name.ip, "10.244.1.5");
    assert_string_equal(parse("fd00-10--5.shop.pod.cluster.local").ip, "fd00:10::5");
    assert_string_equal(parse("2001-db8-0-0-0-0-0-1.shop.pod.cluster.local").ip, "2001:db8::1");
    assert_null(parse("10-244-1.shop.pod.cluster.local").ip);
    assert_null(parse("10-244-1-256.shop.pod.cluster.local").ip);
    assert_null(parse("kubia.shop.pod.cluster.local").ip);
    assert_int_equal(parse("shop.pod.cluster.local").kind, DNS_NAME_ABSENT);
    assert_int_equal(parse("a.10-244-1-5.shop.pod.cluster.local").kind, DNS_NAME_ABSENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_service),
        TEST(test_an_endpoint),
        TEST(test_a_port),
        TEST(test_what_the_domain_cannot_have),
        TEST(test_all_else_is_outside),
        TEST(test_addresses_backwards),
        TEST(test_pods_by_address),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
