/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Against the bytes that a real API server 1.20.2 sent after one readiness flip, and that 1.32's types take when
 * marshalled (measured; the tables below carry the figures). The names of the measured cluster's namespace, nodes and
 * zones are not known, only their lengths, which follow from the first rows; the others are the check.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cluster/wire_size.h"

/* Those objects were measured bare, without the envelope that says their kind (k8s.io runtime.Unknown): 28 and 49 bytes. */
#define ENDPOINTS_ENVELOPE 28
#define SLICE_ENVELOPE 49

/* The figure within so many per mille of the measured one. */
static struct wire_size object_size(enum wire_kind kind, const struct wire_object *object,
                                    struct wire_size items, uint32_t subset_count)
{
    return wire_size_object(kind, wire_size_metadata(kind, object), items, subset_count);
}

static void check_near(const char *what, uint32_t count, uint64_t got, uint64_t measured,
                       uint64_t permille)
{
    uint64_t off = got > measured ? got - measured : measured - got;

    if (off * 1000 > measured * permille)
        fail_msg("%s with %u endpoints: %llu bytes, measured %llu", what, count,
                 (unsigned long long)got, (unsigned long long)measured);
}

static struct wire_size sum(enum wire_kind kind, uint32_t count, const struct wire_address *model)
{
    const struct wire_port port = {.name = "http", .number = 8080, .protocol = 0};
    struct wire_size items = wire_size_port(kind, &port);

    for (uint32_t i = 0; i < count; i++) {
        struct wire_address a = *model;
        struct wire_size size;
        char ip[20];
        snprintf(ip, sizeof ip, "10.100.%u.%u", i / 250, i % 250 + 1);
        a.ip = ip;
        size = wire_size_address(kind, &a);
        items.json += size.json;
        items.protobuf += size.protobuf;
    }
    return items;
}

static const struct label slice_labels[] = {
    {"endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"},
    {"kubernetes.io/service-name", "web"}};
static const struct label_set slice_label_set = {slice_labels, 2};

static const struct wire_object endpoints = {
    .name = "web", .ns = "latency-bench-1", .resource_version = 123456, .has_trigger = true};
static const struct wire_object slice = {.name = "web-abcde",
                                         .generate_name = "web-",
                                         .ns = "latency-bench-1",
                                         .resource_version = 123456,
                                         .labels = &slice_label_set,
                                         .has_trigger = true,
                                         .owner = "web"};

static const struct wire_address pod_1_20 = {.node_name = "n-01",
                                             .zone = "zone-1",
                                             .pod_name = "web-6d4cf56db6-00000",
                                             .pod_ns = "latency-bench-1",
                                             .pod_version = 123456,
                                             .is_ready = true};

static void test_watch_events_of_1_20(void **state)
{
    static const struct {
        uint32_t count;
        uint32_t in_slice;
        uint64_t endpoints_json, endpoints_protobuf, slice_json, slice_protobuf;
    } rows[] = {{1, 1, 882, 517, 1715, 1179},
                {10, 10, 2654, 1564, 4400, 2838},
                {100, 100, 20497, 12297, 31513, 19694},
                {500, 100, 99989, 60193, 31577, 19758},
                {1000, 100, 200274, 120978, 31682, 19863}};
    struct wire_object ep = endpoints;
    struct wire_object es = slice;

    (void)state;
    ep.is_managed = true;
    es.is_managed = true;
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t n = rows[i].count;
        struct wire_size size =
            wire_size_event(object_size(WIRE_ENDPOINTS, &ep, sum(WIRE_ENDPOINTS, n, &pod_1_20), 1));
        check_near("Endpoints, JSON", n, size.json, rows[i].endpoints_json, 10);
        check_near("Endpoints, protobuf", n, size.protobuf, rows[i].endpoints_protobuf, 20);
        size = wire_size_event(object_size(
            WIRE_SLICE_V1BETA1, &es, sum(WIRE_SLICE_V1BETA1, rows[i].in_slice, &pod_1_20), 0));
        check_near("slice, JSON", n, size.json, rows[i].slice_json, 10);
        check_near("slice, protobuf", n, size.protobuf, rows[i].slice_protobuf, 20);
    }
}

static void test_objects_of_1_32(void **state)
{
    static const struct {
        uint32_t count;
        uint32_t in_slice;
        uint64_t endpoints_json, endpoints_protobuf, slice_json, slice_protobuf;
    } rows[] = {{1, 1, 554, 294, 1016, 517},
                {10, 10, 2103, 1321, 3429, 1751},
                {100, 100, 17674, 11672, 27640, 14172},
                {1000, 100, 173950, 115749, 27640, 14172}};
    struct wire_address pod = pod_1_20;

    (void)state;
    pod.node_name = "n-001";
    pod.zone = "europe-west1-bcd";
    pod.pod_version = 0;
    pod.has_serving = true;
    pod.is_serving = true;
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t n = rows[i].count;
        struct wire_size size =
            object_size(WIRE_ENDPOINTS, &endpoints, sum(WIRE_ENDPOINTS, n, &pod), 1);
        check_near("Endpoints, JSON", n, size.json, rows[i].endpoints_json, 10);
        check_near("Endpoints, protobuf", n, size.protobuf - ENDPOINTS_ENVELOPE,
                   rows[i].endpoints_protobuf, 10);
        size = object_size(WIRE_SLICE_V1, &slice, sum(WIRE_SLICE_V1, rows[i].in_slice, &pod), 0);
        check_near("slice, JSON", n, size.json, rows[i].slice_json, 20);
        check_near("slice, protobuf", n, size.protobuf - SLICE_ENVELOPE, rows[i].slice_protobuf,
                   25);
    }
}

/* The text itself, counted by hand. */
static void test_json_is_counted_to_the_byte(void **state)
{
    static const char text[] =
        "{\"kind\":\"Endpoints\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"web\",\"namespace\":"
        "\"default\",\"uid\":\"00000000-0000-0000-0000-000000000000\",\"resourceVersion\":\"7\","
        "\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"subsets\":[{\"addresses\":[{\"ip\":"
        "\"10.0.0.1\",\"nodeName\":\"a\",\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"default\","
        "\"name\":\"web-1\",\"uid\":\"00000000-0000-0000-0000-000000000000\"}}],\"ports\":[{\"port\":"
        "80,\"protocol\":\"TCP\"}]}]}";
    static const char slice_text[] =
        "{\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/v1\",\"metadata\":{\"name\":"
        "\"web-a\",\"namespace\":\"default\",\"uid\":\"00000000-0000-0000-0000-000000000000\","
        "\"resourceVersion\":\"7\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"addressType\":"
        "\"IPv4\",\"endpoints\":[{\"addresses\":[\"10.0.0.1\"],\"conditions\":{\"ready\":false,"
        "\"serving\":true,\"terminating\":true},\"nodeName\":\"a\",\"zone\":\"z\"}],\"ports\":[{"
        "\"name\":\"\",\"port\":80,\"protocol\":\"TCP\"}]}";
    const struct wire_object object = {.name = "web", .ns = "default", .resource_version = 7};
    const struct wire_object slice_object = {
        .name = "web-a", .ns = "default", .resource_version = 7};
    const struct wire_address a = {
        .ip = "10.0.0.1", .node_name = "a", .pod_name = "web-1", .pod_ns = "default"};
    const struct wire_address e = {.ip = "10.0.0.1",
                                   .node_name = "a",
                                   .zone = "z",
                                   .has_serving = true,
                                   .is_serving = true,
                                   .is_terminating = true};
    const struct wire_port port = {.name = "", .number = 80};
    struct wire_size items = wire_size_address(WIRE_ENDPOINTS, &a);

    (void)state;
    items.json += wire_size_port(WIRE_ENDPOINTS, &port).json;
    assert_int_equal(object_size(WIRE_ENDPOINTS, &object, items, 1).json, sizeof text - 1);
    items = wire_size_address(WIRE_SLICE_V1, &e);
    items.json += wire_size_port(WIRE_SLICE_V1, &port).json;
    assert_int_equal(object_size(WIRE_SLICE_V1, &slice_object, items, 0).json,
                     sizeof slice_text - 1);
}

/* As the types' Go structs are encoded with nothing in them but a revision. */
static void test_bookmarks_tell_a_revision(void **state)
{
    static const char slice_text[] =
        "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/"
        "v1\",\"metadata\":{\"resourceVersion\":\"12746\",\"creationTimestamp\":null},\"addressType\":\"\","
        "\"endpoints\":null,\"ports\":null}}\n";
    static const char endpoints_text[] =
        "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Endpoints\",\"apiVersion\":\"v1\",\"metadata\":{"
        "\"resourceVersion\":\"12746\",\"creationTimestamp\":null},\"subsets\":null}}\n";

    (void)state;
    assert_int_equal(wire_size_bookmark(WIRE_SLICE_V1, 12746).json, sizeof slice_text - 1);
    assert_int_equal(wire_size_bookmark(WIRE_ENDPOINTS, 12746).json, sizeof endpoints_text - 1);
    /* frame 4, type 10, object 2 + 2; "k8s\0", type 2 + 21 + 15, raw 2, encodings 4; metadata 2 + 16 + 7, address type 2 */
    assert_int_equal(wire_size_bookmark(WIRE_SLICE_V1, 12746).protobuf,
                     4 + 10 + 4 + 4 + 38 + 2 + 4 + 25 + 2);
}

/* A list of objects says each once, and once what they have in common. */
static void test_lists_have_every_object(void **state)
{
    static const char text[] =
        "{\"kind\":\"EndpointSliceList\",\"apiVersion\":\"discovery.k8s.io/v1\","
        "\"metadata\":{\"resourceVersion\":\"123456\"},\"items\":[,]}\n";
    static const char type_text[] =
        "\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/v1\",";
    const struct wire_size object = wire_size_object(
        WIRE_SLICE_V1, wire_size_metadata(WIRE_SLICE_V1, &slice), (struct wire_size){0, 0}, 0);
    const struct wire_size event = wire_size_event(object);
    const struct wire_size events = {2 * event.json, 2 * event.protobuf};
    const struct wire_size list = wire_size_list(WIRE_SLICE_V1, events, 2, 123456);

    (void)state;
    assert_int_equal(list.json, sizeof text - 1 + 2 * (object.json - (sizeof type_text - 1)));
    check_near("list", 2, list.protobuf,
               2 * (object.protobuf - SLICE_ENVELOPE + 3) + SLICE_ENVELOPE + 4 + 14, 10);
}

static void test_conditions_alone_change_the_json(void **state)
{
    struct wire_address well = {.ip = "10.0.0.1", .has_serving = true, .is_ready = true};
    struct wire_address ill = well;
    struct wire_size a;
    struct wire_size b;

    (void)state;
    well.is_serving = true;
    ill.is_ready = false;
    a = wire_size_address(WIRE_SLICE_V1, &well);
    b = wire_size_address(WIRE_SLICE_V1, &ill);
    assert_int_equal(b.json - a.json, 2); /* two times "false" for "true" */
    assert_int_equal(b.json - a.json, wire_size_conditions(&ill) - wire_size_conditions(&well));
    assert_int_equal(a.protobuf, b.protobuf);
}

static void test_metadata_weighs_by_the_digits_of_the_version(void **state)
{
    struct wire_object one = endpoints;
    struct wire_object other = endpoints;

    (void)state;
    one.resource_version = 1000;
    other.resource_version = 9999;
    assert_int_equal(wire_size_digits(1000), wire_size_digits(9999));
    assert_int_equal(wire_size_metadata(WIRE_ENDPOINTS, &one).json,
                     wire_size_metadata(WIRE_ENDPOINTS, &other).json);
    other.resource_version = 10000;
    assert_int_equal(wire_size_digits(10000), 5);
    assert_int_equal(wire_size_metadata(WIRE_ENDPOINTS, &other).json,
                     wire_size_metadata(WIRE_ENDPOINTS, &one).json + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch_events_of_1_20),
        cmocka_unit_test(test_objects_of_1_32),
        cmocka_unit_test(test_json_is_counted_to_the_byte),
        cmocka_unit_test(test_bookmarks_tell_a_revision),
        cmocka_unit_test(test_lists_have_every_object),
        cmocka_unit_test(test_conditions_alone_change_the_json),
        cmocka_unit_test(test_metadata_weighs_by_the_digits_of_the_version),
    };

    return cmocka_run_group_tests_name("wire_size", tests, NULL, NULL);
}
