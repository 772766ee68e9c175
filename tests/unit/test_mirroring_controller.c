/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "support/fixture.h"

#define ADDRESSES_MAX 1200u

/* A service "kubia" without a selector, and what its hand-written Endpoints say next. */
static struct {
    struct fixture f;
    char ips[ADDRESSES_MAX][24];
    struct address_spec addresses[ADDRESSES_MAX];
    uint32_t address_count;
    struct endpoint_port_spec ports[8];
    uint32_t port_count;
    struct subset_spec subsets[8];
    struct label labels[2];
    struct endpoints_spec spec;
} rig;

static int set_up(void **state)
{
    memset(&rig, 0, sizeof rig);
    fixture_init(&rig.f);
    rig.f.workloads[0].replicas = 0;
    rig.f.services[0].selector.is_null = true;
    rig.spec.meta = (struct object_meta){.name = "kubia", .ns = "default"};
    rig.spec.subsets = rig.subsets;
    *state = &rig.f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* Another cluster, for another version. */
static void renew(void **state)
{
    (void)tear_down(state);
    (void)set_up(state);
}

static void start(uint32_t minor)
{
    rig.f.spec.cluster.version_minor = minor;
    fixture_start(&rig.f);
    fixture_run(&rig.f, NS_PER_S);
}

static void add_port(const char *name, uint16_t number)
{
    struct subset_spec *subset = &rig.subsets[rig.spec.subset_count - 1];

    rig.ports[rig.port_count] =
        (struct endpoint_port_spec){.name = name, .number = number, .protocol = PROTOCOL_TCP};
    if (subset->port_count++ == 0)
        subset->ports = &rig.ports[rig.port_count];
    rig.port_count++;
}

/* A further subset, with one port. */
static void add_subset(const char *name, uint16_t number)
{
    rig.subsets[rig.spec.subset_count++] =
        (struct subset_spec){.addresses = &rig.addresses[rig.address_count]};
    add_port(name, number);
}

static void add_address(const char *ip, bool is_ready)
{
    snprintf(rig.ips[rig.address_count], sizeof rig.ips[0], "%s", ip);
    rig.addresses[rig.address_count] =
        (struct address_spec){.ip = rig.ips[rig.address_count], .is_ready = is_ready};
    rig.address_count++;
    rig.subsets[rig.spec.subset_count - 1].address_count++;
}

/* Writes them; the subsets start anew. Later writes use memory of their own, as the API keeps what was written. */
static void apply(void)
{
    struct fixture *f = &rig.f;
    struct endpoints_spec *spec = ARENA_NEW(&f->arena, struct endpoints_spec);
    struct subset_spec *subsets = ARENA_NEW_ARRAY(&f->arena, 8, struct subset_spec);

    memcpy(subsets, rig.subsets, sizeof rig.subsets);
    *spec = rig.spec;
    spec->subsets = subsets;
    commands_apply_endpoints(f->cluster, spec, CAUSE_APPLY);
    fixture_run(f, f->kernel.now_ns + 3 * NS_PER_S);
    memset(rig.subsets, 0, sizeof rig.subsets);
    rig.spec.subset_count = 0;
}

/* The n-th of the stored mirrored slices, NULL: there are fewer. */
static const struct slice_content *mirrored(uint32_t n)
{
    const struct cluster *cluster = rig.f.cluster;
    const struct service *s = &cluster->services[0];

    for (uint32_t i = 0; i < s->slice_count; i++) {
        const struct slice *slice = cluster->slices[s->slices[i]];
        if (slice->stored != NULL && slice->stored->manager == SLICE_MIRRORED && n-- == 0)
            return slice->stored;
    }
    return NULL;
}

static const struct slice_endpoint *endpoint_of(const struct slice_content *content, const char *ip)
{
    for (uint32_t i = 0; content != NULL && i < content->count; i++) {
        if (strcmp(content->endpoints[i].target->ip, ip) == 0)
            return &content->endpoints[i];
    }
    return NULL;
}

static void test_a_subset_becomes_a_slice(void **state)
{
    (void)state;
    start(34);
    add_subset("", 80);
    add_address("11.11.11.11", true);
    add_address("22.22.22.22", true);
    apply();
    assert_int_equal(mirrored(0)->count, 2);
    assert_int_equal(mirrored(0)->ports->ports[0].number, 80);
    assert_null(mirrored(1));
}

static void test_addresses_that_are_not_ready_were_mirrored_as_ready_before_1_22(void **state)
{
    for (uint32_t minor = 20; minor <= 34; minor++) {
        renew(state);
        start(minor);
        add_subset("", 80);
        add_address("11.11.11.11", true);
        add_address("22.22.22.22", false);
        apply();
        assert_int_equal(endpoint_of(mirrored(0), "22.22.22.22")->is_ready, minor < 22);
        assert_int_equal(endpoint_of(mirrored(0), "22.22.22.22")->known, CONDITION_READY);
    }
}

/* The same address behind two ports: kubernetes#114155. */
static void test_subsets_that_overlap_are_repacked_from_1_25_on(void **state)
{
    for (uint32_t minor = 20; minor <= 34; minor++) {
        renew(state);
        start(minor);
        add_subset("a", 8080);
        add_address("11.11.11.11", true);
        add_subset("b", 8082);
        add_address("11.11.11.11", true);
        apply();
        assert_int_equal(mirrored(0)->ports->count, minor >= 25 ? 2 : 1);
        assert_int_equal(mirrored(1) != NULL, minor < 25);
    }
}

static void test_subsets_with_the_same_ports_share_a_slice(void **state)
{
    for (uint32_t minor = 20; minor <= 34; minor += 14) {
        renew(state);
        start(minor);
        add_subset("", 80);
        add_address("11.11.11.11", true);
        add_subset("", 80);
        add_address("22.22.22.22", true);
        add_address("11.11.11.11", true);
        apply();
        assert_int_equal(mirrored(0)->count, 2);
        assert_null(mirrored(1));
    }
}

static void test_each_address_family_has_its_slice(void **state)
{
    (void)state;
    start(34);
    add_subset("", 80);
    add_address("11.11.11.11", true);
    add_address("fd00::b", true);
    apply();
    assert_int_equal(mirrored(0)->count, 1);
    assert_int_equal(mirrored(1)->count, 1);
    add_subset("", 80);
    add_address("fd00::b", true);
    apply();
    assert_non_null(endpoint_of(mirrored(0), "fd00::b"));
    assert_null(mirrored(1));
}

static void add_many(uint32_t count, bool is_ready)
{
    for (uint32_t i = 0; i < count; i++) {
        char ip[24];

        snprintf(ip, sizeof ip, "11.%u.%u.1", rig.address_count / 250, rig.address_count % 250);
        add_address(ip, is_ready);
    }
}

static void test_a_subset_is_cut_at_1000_addresses_ready_ones_first(void **state)
{
    (void)state;
    start(34);
    add_subset("", 80);
    add_many(300, false);
    add_many(800, true);
    apply();
    assert_int_equal(mirrored(0)->count, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(mirrored(0)->endpoints[i].is_ready, i < 800);
}

static void test_the_limit_of_a_subset_is_a_flag(void **state)
{
    (void)state;
    rig.f.spec.cluster.controller_manager.mirroring_max = 7;
    start(34);
    add_subset("", 80);
    add_many(20, true);
    apply();
    assert_int_equal(mirrored(0)->count, 7);
}

static void test_empty_endpoints_have_no_slice(void **state)
{
    (void)state;
    start(34);
    add_subset("", 80);
    add_address("11.11.11.11", true);
    apply();
    assert_non_null(mirrored(0));
    apply(); /* no subsets */
    assert_null(mirrored(0));
}

/* A slice more than the group needs, as left by a write that was lost: it goes, the first one stays. */
static void test_a_second_slice_of_a_group_is_deleted(void **state)
{
    struct fixture *f = *state;
    const struct slice_spec copy = {
        .meta = {.name = "kubia-copy", .ns = "default", .labels = {rig.labels, 2}},
        .service = "kubia",
        .content = {rig.addresses, 1, rig.ports, 1}};

    rig.labels[0] = (struct label){"endpointslice.kubernetes.io/managed-by",
                                   "endpointslicemirroring-controller.k8s.io"};
    rig.labels[1] = (struct label){"kubernetes.io/service-name", "kubia"};
    start(34);
    add_subset("", 80);
    add_address("11.11.11.11", true);
    apply();
    commands_apply_slice(f->cluster, &copy);
    assert_non_null(mirrored(1));
    fixture_run(f, f->kernel.now_ns + 3 * NS_PER_S);
    assert_non_null(mirrored(0));
    assert_null(mirrored(1));
}

/* At once: neither does the tracker take the slice for one that the informer does not show yet. */
static void test_a_slice_deleted_by_hand_is_made_again(void **state)
{
    struct fixture *f = *state;
    const struct slice *slice;

    start(34);
    add_subset("", 80);
    add_address("11.11.11.11", true);
    apply();
    slice = f->cluster->slices[f->cluster->services[0].slices[0]];
    commands_delete_slice(f->cluster, "default", slice->name);
    assert_null(mirrored(0));
    fixture_run(f, f->kernel.now_ns);
    assert_non_null(mirrored(0));
}

static void test_the_label_keeps_endpoints_from_being_mirrored(void **state)
{
    (void)state;
    rig.labels[0] = (struct label){"endpointslice.kubernetes.io/skip-mirror", "true"};
    start(34);
    rig.spec.meta.labels = (struct label_set){rig.labels, 1};
    add_subset("", 80);
    add_address("11.11.11.11", true);
    apply();
    assert_null(mirrored(0));
    rig.spec.meta.labels = (struct label_set){NULL, 0};
    add_subset("", 80);
    add_address("22.22.22.22", true);
    apply();
    assert_non_null(mirrored(0));
}

/* Recorded case c45: in 1.20 what was mirrored stays, whatever happens. */
static void test_a_service_that_gets_a_selector_loses_its_mirror_from_1_23_on(void **state)
{
    for (uint32_t minor = 20; minor <= 34; minor++) {
        struct service_spec selecting;

        renew(state);
        start(minor);
        add_subset("", 80);
        add_address("11.11.11.11", true);
        apply();
        selecting = rig.f.services[0];
        selecting.selector = rig.f.workloads[0].selector;
        commands_apply_service(rig.f.cluster, &selecting, CAUSE_PATCH);
        fixture_run(&rig.f, rig.f.kernel.now_ns + 3 * NS_PER_S);
        assert_int_equal(mirrored(0) == NULL, minor >= 23);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_subset_becomes_a_slice),
        TEST(test_addresses_that_are_not_ready_were_mirrored_as_ready_before_1_22),
        TEST(test_subsets_that_overlap_are_repacked_from_1_25_on),
        TEST(test_subsets_with_the_same_ports_share_a_slice),
        TEST(test_each_address_family_has_its_slice),
        TEST(test_a_subset_is_cut_at_1000_addresses_ready_ones_first),
        TEST(test_the_limit_of_a_subset_is_a_flag),
        TEST(test_empty_endpoints_have_no_slice),
        TEST(test_a_second_slice_of_a_group_is_deleted),
        TEST(test_a_slice_deleted_by_hand_is_made_again),
        TEST(test_the_label_keeps_endpoints_from_being_mirrored),
        TEST(test_a_service_that_gets_a_selector_loses_its_mirror_from_1_23_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
