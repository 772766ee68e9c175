/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/wire_size.h"

#include <string.h>

#include "base/units.h"

#define UID_BYTES 36u
#define TIME_TEXT "2026-01-01T00:00:00Z"
#define TRIGGER "endpoints.kubernetes.io/last-change-trigger-time"
#define MANAGER "kube-controller-manager"
#define HOSTNAME_KEY "kubernetes.io/hostname"
#define REGION_KEY "topology.kubernetes.io/region"
#define ZONE_KEY "topology.kubernetes.io/zone"
/* metav1.Time: seconds in five bytes of varint, nanoseconds 0 */
#define TIME_BYTES 8u

#define TEXT_BYTES(text) (sizeof(text) - 1)

/* What managedFields say of the fields that the controllers write, as JSON; in protobuf it is a string. */
#define OWNED_ENDPOINTS \
    "{\"f:metadata\":{\"f:annotations\":{\".\":{},\"f:" TRIGGER "\":{}}},\"f:subsets\":{}}"
#define OWNED_SLICE                                                                                     \
    "{\"f:addressType\":{},\"f:endpoints\":{},\"f:metadata\":{\"f:annotations\":{\".\":{},\"f:" TRIGGER \
    "\":{}},\"f:generateName\":{},\"f:labels\":{\".\":{},"                                              \
    "\"f:endpointslice.kubernetes.io/managed-by\":{},\"f:kubernetes.io/service-name\":{}},"             \
    "\"f:ownerReferences\":{\".\":{},\"k:{\\\"uid\\\":\\\"00000000-0000-0000-0000-000000000000"         \
    "\\\"}\":{\".\":{},\"f:apiVersion\":{},\"f:blockOwnerDeletion\":{},\"f:controller\":{},"            \
    "\"f:kind\":{},\"f:name\":{},\"f:uid\":{}}}},\"f:ports\":{}}"

static const struct {
    const char *kind;
    const char *api_version;
    uint32_t owned_bytes;
} kinds[] = {
    [WIRE_ENDPOINTS] = {"Endpoints", "v1", TEXT_BYTES(OWNED_ENDPOINTS)},
    [WIRE_SLICE_V1BETA1] = {"EndpointSlice", "discovery.k8s.io/v1beta1", TEXT_BYTES(OWNED_SLICE)},
    [WIRE_SLICE_V1] = {"EndpointSlice", "discovery.k8s.io/v1", TEXT_BYTES(OWNED_SLICE)},
};

/* --- protobuf --- */

static uint64_t varint_bytes(uint64_t value)
{
    uint64_t bytes = 1;

    for (; value >= 128; value >>= 7)
        bytes++;
    return bytes;
}

/* A field of that many bytes: tag, length, content. Tags up to 15 take one byte. */
static uint64_t field(uint64_t bytes)
{
    return 1 + varint_bytes(bytes) + bytes;
}

static uint64_t map_entry(uint64_t key_bytes, uint64_t value_bytes)
{
    return field(field(key_bytes) + field(value_bytes));
}

static uint64_t length(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static uint64_t optional(const char *text)
{
    return text == NULL ? 0 : field(strlen(text));
}

static uint64_t digits(uint64_t number)
{
    uint64_t count = 1;

    for (; number >= 10; number /= 10)
        count++;
    return count;
}

/* ObjectReference writes its empty strings too. */
static uint64_t target_ref(const struct wire_address *a)
{
    uint64_t version = a->pod_version == 0 ? 0 : digits(a->pod_version);

    if (a->pod_name == NULL)
        return 0;
    return field(field(TEXT_BYTES("Pod")) + field(length(a->pod_ns)) + field(length(a->pod_name)) +
                 field(UID_BYTES) + field(0) + field(version) + field(0));
}

static uint64_t hints_protobuf(const struct wire_address *a)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < a->hint_zone_count; i++)
        bytes += field(field(length(a->hint_zones[i])));
    return bytes == 0 ? 0 : field(bytes);
}

static uint64_t address_protobuf(enum wire_kind kind, const struct wire_address *a)
{
    uint64_t conditions = a->has_serving ? 6 : 2;
    uint64_t bytes = field(length(a->ip)) + target_ref(a);

    if (kind == WIRE_ENDPOINTS) /* hostname is no pointer: written empty too */
        return field(bytes + field(length(a->hostname)) + optional(a->node_name));
    bytes += field(conditions) + optional(a->hostname);
    if (kind == WIRE_SLICE_V1)
        return field(bytes + optional(a->node_name) + optional(a->zone) + hints_protobuf(a));
    if (a->node_name != NULL)
        bytes += map_entry(TEXT_BYTES(HOSTNAME_KEY), strlen(a->node_name));
    if (a->region != NULL)
        bytes += map_entry(TEXT_BYTES(REGION_KEY), strlen(a->region));
    if (a->zone != NULL)
        bytes += map_entry(TEXT_BYTES(ZONE_KEY), strlen(a->zone));
    return field(bytes);
}

/* --- JSON: what stands between the values is counted with them --- */

/* "key":"value", */
static uint64_t pair(uint64_t key_bytes, uint64_t value_bytes)
{
    return key_bytes + value_bytes + 6;
}

#define PAIR(key, text) ((text) == NULL ? 0 : pair(TEXT_BYTES(key), strlen(text)))

static uint64_t target_ref_json(const struct wire_address *a)
{
    if (a->pod_name == NULL)
        return 0;
    /* "targetRef":{...}, and one comma less inside */
    return TEXT_BYTES("\"targetRef\":{},") - 1 + pair(TEXT_BYTES("kind"), TEXT_BYTES("Pod")) +
           PAIR("namespace", a->pod_ns) + PAIR("name", a->pod_name) +
           pair(TEXT_BYTES("uid"), UID_BYTES) +
           (a->pod_version == 0 ? 0 : pair(TEXT_BYTES("resourceVersion"), digits(a->pod_version)));
}

static uint64_t truth(bool is_true)
{
    return is_true ? TEXT_BYTES("true") : TEXT_BYTES("false");
}

uint64_t wire_size_conditions(const struct wire_address *a)
{
    uint64_t bytes = TEXT_BYTES("\"conditions\":{\"ready\":},") + truth(a->is_ready);

    if (a->has_serving)
        bytes += TEXT_BYTES(",\"serving\":,\"terminating\":") + truth(a->is_serving) +
                 truth(a->is_terminating);
    return bytes;
}

static uint64_t hints_json(const struct wire_address *a)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < a->hint_zone_count; i++)
        bytes += TEXT_BYTES("{\"name\":\"\"},") + length(a->hint_zones[i]);
    return bytes == 0 ? 0 : TEXT_BYTES("\"hints\":{\"forZones\":[]},") - 1 + bytes;
}

static uint64_t address_json(enum wire_kind kind, const struct wire_address *a)
{
    uint64_t topology = 0;

    if (kind == WIRE_ENDPOINTS) /* {...}, of which one comma is counted twice */
        return 3 - 1 + PAIR("ip", a->ip) + PAIR("hostname", a->hostname) +
               PAIR("nodeName", a->node_name) + target_ref_json(a);
    if (kind == WIRE_SLICE_V1)
        topology = PAIR("nodeName", a->node_name) + PAIR("zone", a->zone);
    else if (a->node_name != NULL || a->zone != NULL)
        topology = TEXT_BYTES("\"topology\":{},") - 1 + PAIR(HOSTNAME_KEY, a->node_name) +
                   PAIR(REGION_KEY, a->region) + PAIR(ZONE_KEY, a->zone);
    return 3 - 1 + TEXT_BYTES("\"addresses\":[\"\"],") + length(a->ip) + wire_size_conditions(a) +
           PAIR("hostname", a->hostname) + target_ref_json(a) + topology + hints_json(a);
}

struct wire_size wire_size_address(enum wire_kind kind, const struct wire_address *address)
{
    return (struct wire_size){address_json(kind, address), address_protobuf(kind, address)};
}

struct wire_size wire_size_port(enum wire_kind kind, const struct wire_port *port)
{
    uint64_t protocol = port->protocol == 2 ? 4 : 3; /* "SCTP" */
    uint64_t name = length(port->name);
    uint64_t json = TEXT_BYTES("{\"port\":,\"protocol\":\"\"},") + digits(port->number) + protocol;

    if (name > 0 || kind != WIRE_ENDPOINTS)
        json += pair(TEXT_BYTES("name"), name);
    return (struct wire_size){
        json, field(field(name) + 1 + varint_bytes(port->number) + field(protocol))};
}

/* --- objects --- */

static uint64_t owner_protobuf(const char *name)
{
    return field(field(TEXT_BYTES("Service")) + field(length(name)) + field(UID_BYTES) +
                 field(TEXT_BYTES("v1")) + 2 + 2);
}

static uint64_t managed_protobuf(enum wire_kind kind)
{
    uint64_t entry = field(TEXT_BYTES(MANAGER)) + field(TEXT_BYTES("Update")) +
                     field(length(kinds[kind].api_version)) + field(TIME_BYTES) +
                     field(TEXT_BYTES("FieldsV1")) + field(field(kinds[kind].owned_bytes));

    return field(entry) + 1; /* field 17: a tag of two bytes */
}

static uint64_t labels_protobuf(const struct label_set *labels)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; labels != NULL && i < labels->count; i++)
        bytes += map_entry(strlen(labels->items[i].key), strlen(labels->items[i].value));
    return bytes;
}

static uint64_t metadata_protobuf(enum wire_kind kind, const struct wire_object *o)
{
    /* selfLink and clusterName are written empty, generation as one byte */
    uint64_t bytes = field(length(o->name)) + field(length(o->generate_name)) +
                     field(length(o->ns)) + field(0) + field(UID_BYTES) +
                     field(digits(o->resource_version)) + 2 + field(TIME_BYTES) + field(0);

    bytes += labels_protobuf(o->labels) + labels_protobuf(o->more_labels);
    if (o->has_trigger)
        bytes += map_entry(TEXT_BYTES(TRIGGER), TEXT_BYTES(TIME_TEXT));
    if (o->owner != NULL)
        bytes += owner_protobuf(o->owner);
    return bytes + (o->is_managed ? managed_protobuf(kind) : 0);
}

static uint64_t labels_json(const struct label_set *labels)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; labels != NULL && i < labels->count; i++)
        bytes += pair(strlen(labels->items[i].key), strlen(labels->items[i].value));
    return bytes;
}

static uint64_t metadata_json(enum wire_kind kind, const struct wire_object *o)
{
    uint64_t bytes = TEXT_BYTES("\"metadata\":{},") - 1 + PAIR("name", o->name) +
                     PAIR("generateName", o->generate_name) + PAIR("namespace", o->ns) +
                     pair(TEXT_BYTES("uid"), UID_BYTES) +
                     pair(TEXT_BYTES("resourceVersion"), digits(o->resource_version)) +
                     pair(TEXT_BYTES("creationTimestamp"), TEXT_BYTES(TIME_TEXT));

    const uint64_t labels = labels_json(o->labels) + labels_json(o->more_labels);

    if (labels > 0)
        bytes += TEXT_BYTES("\"labels\":{},") - 1 + labels;
    if (o->has_trigger)
        bytes += TEXT_BYTES("\"annotations\":{},") - 1 +
                 pair(TEXT_BYTES(TRIGGER), TEXT_BYTES(TIME_TEXT));
    if (o->owner != NULL)
        bytes += TEXT_BYTES("\"generation\":1,\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":"
                            "\"Service\",\"controller\":true,\"blockOwnerDeletion\":true}],") +
                 PAIR("name", o->owner) + pair(TEXT_BYTES("uid"), UID_BYTES);
    if (o->is_managed)
        bytes += TEXT_BYTES("\"managedFields\":[{\"manager\":\"" MANAGER
                            "\",\"operation\":\"Update\",\"apiVersion\":\"\",\"time\":\"" TIME_TEXT
                            "\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":}],") +
                 length(kinds[kind].api_version) + kinds[kind].owned_bytes;
    return bytes;
}

/* runtime.Unknown: "k8s\0", type (the kind's name, longer by `more`), raw, content encoding and type */
static uint64_t unknown(enum wire_kind kind, uint64_t more, uint64_t raw)
{
    return 4 +
           field(field(length(kinds[kind].api_version)) + field(length(kinds[kind].kind) + more)) +
           field(raw) + field(0) + field(0);
}

uint32_t wire_size_digits(uint64_t number)
{
    return (uint32_t)digits(number);
}

struct wire_size wire_size_metadata(enum wire_kind kind, const struct wire_object *object)
{
    return (struct wire_size){metadata_json(kind, object), metadata_protobuf(kind, object)};
}

struct wire_size wire_size_object(enum wire_kind kind, struct wire_size metadata,
                                  struct wire_size items, uint32_t subset_count)
{
    const uint64_t type_json = 2 - 1 + pair(TEXT_BYTES("kind"), length(kinds[kind].kind)) +
                               pair(TEXT_BYTES("apiVersion"), length(kinds[kind].api_version));
    struct wire_size size = {.json = type_json + metadata.json + items.json,
                             .protobuf = field(metadata.protobuf)};

    if (kind == WIRE_ENDPOINTS) {
        /* lists of addresses and of ports, each with one comma less */
        size.json += TEXT_BYTES("\"subsets\":[],") - (subset_count > 0) +
                     subset_count * (TEXT_BYTES("{\"addresses\":[],\"ports\":[]},") - 2);
        for (uint32_t i = 0; i < subset_count; i++)
            size.protobuf += field(items.protobuf / subset_count);
    } else {
        size.json += TEXT_BYTES("\"addressType\":\"IPv4\",\"endpoints\":[],\"ports\":[],") - 2;
        size.protobuf += items.protobuf + field(TEXT_BYTES("IPv4"));
    }
    size.protobuf = unknown(kind, 0, size.protobuf);
    return size;
}

struct wire_size wire_size_event(struct wire_size object)
{
    return (struct wire_size){
        .json = object.json + TEXT_BYTES("{\"type\":\"MODIFIED\",\"object\":}\n"),
        /* length of the frame, type, RawExtension */
        .protobuf = 4 + field(TEXT_BYTES("MODIFIED")) + field(field(object.protobuf)),
    };
}

struct wire_size wire_size_bookmark(enum wire_kind kind, uint64_t resource_version)
{
    /* name, generateName, namespace, selfLink, uid, creationTimestamp and clusterName are empty, generation is 0 */
    const uint64_t metadata = 8 * field(0) + field(digits(resource_version));
    const uint64_t raw = field(metadata) + (kind == WIRE_ENDPOINTS ? 0 : field(0));
    const uint64_t lists =
        kind == WIRE_ENDPOINTS
            ? TEXT_BYTES(",\"subsets\":null")
            : TEXT_BYTES(",\"addressType\":\"\",\"endpoints\":null,\"ports\":null");
    const struct wire_size object = {
        .json =
            TEXT_BYTES("{\"kind\":\"\",\"apiVersion\":\"\",\"metadata\":{\"resourceVersion\":\"\","
                       "\"creationTimestamp\":null}}") +
            length(kinds[kind].kind) + length(kinds[kind].api_version) + digits(resource_version) +
            lists,
        .protobuf = unknown(kind, 0, raw)};

    return wire_size_event(object); /* "BOOKMARK" is as long as "MODIFIED" */
}

struct wire_size wire_size_list(enum wire_kind kind, struct wire_size events, uint32_t object_count,
                                uint64_t resource_version)
{
    const struct wire_size nothing = wire_size_event((struct wire_size){0, unknown(kind, 0, 0)});
    const uint64_t type_json = pair(TEXT_BYTES("kind"), length(kinds[kind].kind)) +
                               pair(TEXT_BYTES("apiVersion"), length(kinds[kind].api_version));
    /* what frames an event goes, and in protobuf each object gets a tag and a length of two bytes; in JSON a comma */
    const uint64_t json = events.json - object_count * (nothing.json + type_json - 1);
    const uint64_t raw = events.protobuf - object_count * (nothing.protobuf - 3);
    const uint64_t metadata = field(0) + field(digits(resource_version)) + field(0);

    return (struct wire_size){
        .json =
            TEXT_BYTES(
                "{\"kind\":\"List\",\"apiVersion\":\"\",\"metadata\":{\"resourceVersion\":\"\"},"
                "\"items\":[]}\n") +
            length(kinds[kind].kind) + length(kinds[kind].api_version) + digits(resource_version) +
            json - (object_count > 0),
        .protobuf = unknown(kind, TEXT_BYTES("List"), field(metadata) + raw)};
}
