/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for Endpoints and EndpointSlices, innermost maps first, and a Service's affinity.
 */
#include "scenario/field_rows.h"

#define SECONDS_MAX 86400.0 /* as the API server has it */

static const struct field client_ip_items[] = {
    {.name = "timeoutSeconds",
     .type = FIELD_SECONDS,
     .default_text = "10800",
     .min = 1,
     .max = SECONDS_MAX,
     .doc = "How long a client stays with a pod."},
};
static const struct field_set client_ip = FIELD_SET(client_ip_items, NULL);

static const struct field affinity_items[] = {
    {.name = "clientIP", .type = FIELD_MAP, .children = &client_ip, .doc = "Of ClientIP."},
};
const struct field_set fields_affinity_config = FIELD_SET(affinity_items, NULL);

/* --- what both have --- */

static const struct field reference_items[] = {
    {.name = "kind", .type = FIELD_STRING, .doc = "Pod."},
    {.name = "name", .type = FIELD_STRING, .doc = "The pod's name."},
    QUIET("namespace"),
    QUIET("uid"),
    QUIET("resourceVersion"),
    QUIET("apiVersion"),
    QUIET("fieldPath"),
};
static const struct field_set reference = FIELD_SET(reference_items, NULL);

#define PORT_ROWS                                                                      \
    {.name = "name", .type = FIELD_STRING, .doc = "The Service's port of this name."}, \
        {.name = "port",                                                               \
         .type = FIELD_INT,                                                            \
         .is_required = true,                                                          \
         .min = 1,                                                                     \
         .max = 65535,                                                                 \
         .doc = "Where the addresses listen."},                                        \
        {.name = "protocol",                                                           \
         .type = FIELD_ENUM,                                                           \
         .default_text = "TCP",                                                        \
         .values = "TCP UDP SCTP",                                                     \
         .doc = "Default: TCP."},                                                      \
    {                                                                                  \
        .name = "appProtocol", .type = FIELD_STRING, .doc = "Passed on to slices."     \
    }

static const struct field port_items[] = {PORT_ROWS};
static const struct field_set port = FIELD_SET(port_items, NULL);

/* --- Endpoints --- */

static const struct field address_items[] = {
    {.name = "ip", .type = FIELD_STRING, .is_required = true, .doc = "The address."},
    {.name = "hostname", .type = FIELD_STRING, .doc = "For DNS names of a headless service."},
    {.name = "nodeName", .type = FIELD_STRING, .doc = "The node it is on."},
    {.name = "targetRef", .type = FIELD_MAP, .children = &reference, .doc = "Its pod."},
};
static const struct field_set address = FIELD_SET(address_items, NULL);

static const struct field subset_items[] = {
    {.name = "addresses", .type = FIELD_LIST, .children = &address, .doc = "Ready ones."},
    {.name = "notReadyAddresses", .type = FIELD_LIST, .children = &address, .doc = "Others."},
    {.name = "ports", .type = FIELD_LIST, .children = &port, .doc = "Of all addresses."},
};
static const struct field_set subset = FIELD_SET(subset_items, NULL);

static const struct field endpoints_items[] = {
    HEAD_ROWS,
    {.name = "subsets",
     .type = FIELD_LIST,
     .children = &subset,
     .doc = "Addresses and ports; every address of a subset has all its ports."},
};
const struct field_set fields_endpoints = FIELD_SET(endpoints_items, NULL);

/* --- EndpointSlice --- */

static const struct field conditions_items[] = {
    {.name = "ready", .type = FIELD_BOOL, .doc = "Default: true."},
    {.name = "serving", .type = FIELD_BOOL, .doc = "Default: true."},
    {.name = "terminating", .type = FIELD_BOOL, .doc = "Default: false."},
};
static const struct field_set conditions = FIELD_SET(conditions_items, NULL);

static const struct field hint_items[] = {
    {.name = "name", .type = FIELD_STRING, .is_required = true, .doc = "The zone, or the node."},
};
static const struct field_set hint = FIELD_SET(hint_items, NULL);

static const struct field hints_items[] = {
    {.name = "forZones", .type = FIELD_LIST, .children = &hint, .doc = "Zones that should use it."},
    {.name = "forNodes", .type = FIELD_LIST, .children = &hint, .doc = "Nodes that should use it."},
};
static const struct field_set hints = FIELD_SET(hints_items, NULL);

static const struct field endpoint_items[] = {
    {.name = "addresses",
     .type = FIELD_TEXT_LIST,
     .is_required = true,
     .expected = "a list of IP addresses such as [10.0.0.7]",
     .doc = "The first counts."},
    {.name = "conditions", .type = FIELD_MAP, .children = &conditions, .doc = "Its state."},
    {.name = "hostname", .type = FIELD_STRING, .doc = "For DNS names of a headless service."},
    {.name = "nodeName", .type = FIELD_STRING, .doc = "The node it is on."},
    {.name = "zone", .type = FIELD_STRING, .doc = "Its node's zone."},
    {.name = "targetRef", .type = FIELD_MAP, .children = &reference, .doc = "Its pod."},
    {.name = "hints", .type = FIELD_MAP, .children = &hints, .doc = "Who should use it."},
    QUIET("deprecatedTopology"),
    QUIET("topology"),
};
static const struct field_set endpoint = FIELD_SET(endpoint_items, NULL);

static const struct field endpoint_slice_items[] = {
    HEAD_ROWS,
    {.name = "addressType",
     .type = FIELD_ENUM,
     .is_required = true,
     .values = "IPv4 IPv6",
     .later_values = "FQDN IP",
     .doc = "What its addresses are."},
    {.name = "endpoints", .type = FIELD_LIST, .children = &endpoint, .doc = "At most 1000."},
    {.name = "ports", .type = FIELD_LIST, .children = &port, .doc = "Of all endpoints."},
};
const struct field_set fields_endpoint_slice = FIELD_SET(endpoint_slice_items, NULL);
