/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/dns.h"
#include "support/fixture.h"

static const char *const old_address[] = {"203.0.113.7"};
static const char *const new_address[] = {"198.51.100.7"};

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

static struct external_host_spec host_at(const char *const *addresses, sim_ns ttl_ns)
{
    return (struct external_host_spec){
        .host = "api.example.com", .addresses = addresses, .address_count = 1, .ttl_ns = ttl_ns};
}

static struct dns_answer ask(struct fixture *f, uint32_t service, const char *label)
{
    return cluster_resolve(f->cluster,
                           &(struct dns_question){.service = service, .label = label, .port = 80});
}

static const char *address_of(struct fixture *f, const char *host)
{
    const struct dns_question question = {.service = ID_NONE,
                                          .host = cluster_name_host(f->cluster, host)};
    const struct dns_answer answer = cluster_resolve(f->cluster, &question);

    assert_int_equal(answer.kind, DNS_ADDRESSES);
    return cluster_pod_ip(f->cluster, answer.addresses->endpoints[0].pod);
}

static sim_ns until_it_moves_ns(struct fixture *f, sim_ns ttl_ns, sim_ns asked_ns)
{
    struct external_host_spec *before = ARENA_NEW(&f->arena, struct external_host_spec);
    struct external_host_spec *after = ARENA_NEW(&f->arena, struct external_host_spec);
    sim_ns at_ns = asked_ns;

    *before = host_at(old_address, ttl_ns);
    *after = host_at(new_address, ttl_ns);
    f->spec.cluster.external_hosts = before;
    f->spec.cluster.external_host_count = 1;
    fixture_start(f);
    fixture_run(f, asked_ns);
    assert_string_equal(address_of(f, "api.example.com"), "203.0.113.7");
    commands_set_host(f->cluster, after);
    while (strcmp(address_of(f, "api.example.com"), "203.0.113.7") == 0)
        fixture_run(f, at_ns += 100 * NS_PER_MS);
    return at_ns - asked_ns;
}

static void test_a_host_outside_is_kept_for_its_ttl(void **state)
{
    assert_int_equal(until_it_moves_ns(*state, 20 * NS_PER_S, NS_PER_S), 20 * NS_PER_S);
}

static void test_but_for_half_a_minute_at_most(void **state)
{
    assert_int_equal(until_it_moves_ns(*state, NS_PER_HOUR, NS_PER_S), 30 * NS_PER_S);
}

static void test_and_for_five_seconds_at_least(void **state)
{
    assert_int_equal(until_it_moves_ns(*state, NS_PER_S, NS_PER_S), 5 * NS_PER_S);
}

static void test_what_is_left_of_a_ttl_is_told(void **state)
{
    struct fixture *f = *state;

    (void)until_it_moves_ns(f, 20 * NS_PER_S, NS_PER_S);
    fixture_run(f, f->kernel.now_ns + 7 * NS_PER_S);
    const struct dns_question question = {.service = ID_NONE};
    assert_int_equal(cluster_resolve(f->cluster, &question).ttl_ns, 13 * NS_PER_S);
}

/* --- the cluster's own names --- */

static void make_headless(struct fixture *f)
{
    f->services[0].cluster_ip = "None";
    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S);
}

static void test_as_kubeadm_sets_it_up_own_names_are_as_fresh_as_the_watch(void **state)
{
    struct fixture *f = *state;

    make_headless(f);
    assert_int_equal(ask(f, 0, NULL).addresses->count, 3);
    fixture_close(f, 1);
    fixture_run(f, 20 * NS_PER_S);
    assert_int_equal(ask(f, 0, NULL).addresses->count, 2);
    assert_int_equal(ask(f, 0, NULL).ttl_ns, 30 * NS_PER_S);
}

static void test_the_addon_s_manifest_keeps_them_half_a_minute(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.dns.caches_cluster_zone = true;
    make_headless(f);
    assert_int_equal(ask(f, 0, NULL).addresses->count, 3); /* at 10 s */
    fixture_close(f, 1);
    fixture_run(f, 39 * NS_PER_S);
    assert_int_equal(ask(f, 0, NULL).addresses->count, 3);
    assert_int_equal(ask(f, 0, NULL).ttl_ns, NS_PER_S);
    fixture_run(f, 40 * NS_PER_S);
    assert_int_equal(ask(f, 0, NULL).addresses->count, 2);
}

static void test_that_a_name_is_empty_is_kept_too(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.dns.caches_cluster_zone = true;
    f->workloads[0].replicas = 0;
    make_headless(f);
    assert_int_equal(ask(f, 0, NULL).kind, DNS_NONE);
    commands_scale_deployment(f->cluster, 0, 2);
    fixture_run(f, 39 * NS_PER_S);
    assert_int_equal(ask(f, 0, NULL).kind, DNS_NONE);
    fixture_run(f, 40 * NS_PER_S);
    assert_int_equal(ask(f, 0, NULL).addresses->count, 2);
}

static void test_a_node_s_cache_keeps_a_denial_for_five_seconds(void **state)
{
    struct fixture *f = *state;
    const struct dns_question question = {.service = 0, .node = 1};

    f->spec.cluster.dns.has_node_caches = true;
    f->workloads[0].replicas = 0;
    make_headless(f);
    assert_false(cluster_is_cached_on_node(f->cluster, &question));
    assert_int_equal(cluster_resolve(f->cluster, &question).kind, DNS_NONE);
    assert_true(cluster_is_cached_on_node(f->cluster, &question));
    assert_int_equal(ask(f, 0, NULL).kind, DNS_NONE); /* node 0 */
    fixture_run(f, 15 * NS_PER_S - 1);
    assert_true(cluster_is_cached_on_node(f->cluster, &question));
    fixture_run(f, 15 * NS_PER_S);
    assert_false(cluster_is_cached_on_node(f->cluster, &question));
}

static void test_a_pod_has_a_name_by_its_address(void **state)
{
    struct fixture *f = *state;

    make_headless(f);
    assert_string_equal(cluster_pod_ip(f->cluster, 1), "10.244.1.2");
    assert_int_equal(ask(f, 0, "10-244-1-2").addresses->count, 1);
    assert_int_equal(ask(f, 0, "10-244-1-2").addresses->endpoints[0].pod, 1);
    assert_int_equal(ask(f, 0, "10-244-0-99").kind, DNS_NONE);
}

static void test_a_pod_has_a_name_by_host_and_subdomain(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].pod_template.hostname = "web-0";
    f->workloads[0].pod_template.subdomain = "kubia";
    f->workloads[0].replicas = 1;
    make_headless(f);
    assert_int_equal(ask(f, 0, "web-0").addresses->count, 1);
    assert_int_equal(ask(f, 0, "10-244-0-2").kind, DNS_NONE); /* it has that one name */
}

static void test_the_subdomain_must_be_the_service_s_name(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].pod_template.hostname = "web-0";
    f->workloads[0].pod_template.subdomain = "other";
    f->workloads[0].replicas = 1;
    make_headless(f);
    assert_int_equal(ask(f, 0, "web-0").kind, DNS_NONE);
}

/* --- aliases --- */

static void add_alias(struct fixture *f, const char *target)
{
    f->services[1] = (struct service_spec){.meta = {.name = "alias", .ns = "default"},
                                           .type = SERVICE_EXTERNAL_NAME,
                                           .selector = {.is_null = true},
                                           .external_name = target};
    f->spec.cluster.service_count = 2;
    fixture_start(f);
}

static void test_an_alias_of_a_service_is_that_service(void **state)
{
    add_alias(*state, "kubia.default.svc.cluster.local");
    assert_int_equal(ask(*state, 1, NULL).kind, DNS_SERVICE);
    assert_int_equal(ask(*state, 1, NULL).service, 0);
}

static void test_an_alias_of_itself_does_not_resolve(void **state)
{
    add_alias(*state, "alias.default.svc.cluster.local");
    assert_int_equal(ask(*state, 1, NULL).kind, DNS_NONE);
}

static void test_an_alias_of_a_single_pod_is_its_address(void **state)
{
    struct fixture *f = *state;

    f->services[0].cluster_ip = "None";
    add_alias(f, "10-244-1-2.kubia.default.svc.cluster.local.");
    assert_int_equal(ask(f, 1, NULL).addresses->count, 1);
    assert_int_equal(ask(f, 1, NULL).addresses->endpoints[0].pod, 1);
}

static void test_an_alias_outside_is_that_host(void **state)
{
    struct fixture *f = *state;

    add_alias(f, "api.example.com");
    assert_int_equal(ask(f, 1, NULL).kind, DNS_ADDRESSES);
    assert_int_equal(ask(f, 1, NULL).service, 1);
    assert_string_equal(cluster_pod_ip(f->cluster, ask(f, 1, NULL).addresses->endpoints[0].pod),
                        address_of(f, "api.example.com"));
}

static void test_an_alias_of_what_the_domain_cannot_have_does_not_resolve(void **state)
{
    add_alias(*state, "kubia.default.pods.cluster.local");
    assert_int_equal(ask(*state, 1, NULL).kind, DNS_NONE);
}

static void test_the_way_over_aliases_is_told(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer;

    add_alias(f, "kubia.default.svc.cluster.local");
    answer = ask(f, 1, NULL);
    assert_string_equal(answer.aliases->target, "kubia.default.svc.cluster.local");
    assert_null(answer.aliases->next);
    assert_ptr_equal(ask(f, 1, NULL).aliases, answer.aliases); /* made once */
    assert_null(ask(f, 0, NULL).aliases);
}

static void test_looking_on_keeps_nothing(void **state)
{
    struct fixture *f = *state;
    struct dns_answer answer;
    struct dns_question question = {.service = 1};

    add_alias(f, "api.example.com");
    assert_true(dns_ask_at(f->cluster, &question, DNS_AT_SERVER, &answer));
    question = (struct dns_question){.service = ID_NONE,
                                     .host = cluster_name_host(f->cluster, "api.example.com")};
    assert_false(dns_ask_at(f->cluster, &question, DNS_AT_SERVER_CACHE, &answer));
    (void)ask(f, 1, NULL);
    assert_true(dns_ask_at(f->cluster, &question, DNS_AT_SERVER_CACHE, &answer));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_host_outside_is_kept_for_its_ttl),
        TEST(test_but_for_half_a_minute_at_most),
        TEST(test_and_for_five_seconds_at_least),
        TEST(test_what_is_left_of_a_ttl_is_told),
        TEST(test_as_kubeadm_sets_it_up_own_names_are_as_fresh_as_the_watch),
        TEST(test_the_addon_s_manifest_keeps_them_half_a_minute),
        TEST(test_that_a_name_is_empty_is_kept_too),
        TEST(test_a_node_s_cache_keeps_a_denial_for_five_seconds),
        TEST(test_a_pod_has_a_name_by_its_address),
        TEST(test_a_pod_has_a_name_by_host_and_subdomain),
        TEST(test_the_subdomain_must_be_the_service_s_name),
        TEST(test_an_alias_of_a_service_is_that_service),
        TEST(test_an_alias_of_itself_does_not_resolve),
        TEST(test_an_alias_of_a_single_pod_is_its_address),
        TEST(test_an_alias_outside_is_that_host),
        TEST(test_an_alias_of_what_the_domain_cannot_have_does_not_resolve),
        TEST(test_the_way_over_aliases_is_told),
        TEST(test_looking_on_keeps_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
