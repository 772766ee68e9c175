/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table's part for Services and Nodes, innermost maps first.
 */
#include "scenario/field_rows.h"

/* --- Service --- */

static const struct field service_port_items[] = {
    {.name = "name", .type = FIELD_STRING, .doc = "Needed if there are several."},
    {.name = "port",
     .type = FIELD_INT,
     .is_required = true,
     .min = 1,
     .max = 65535,
     .doc = "The Service's port."},
    {.name = "targetPort",
     .type = FIELD_OTHER,
     .expected = PORT_EXPECTED,
     .doc = "The pods' port; default: the same number."},
    {.name = "nodePort",
     .type = FIELD_INT,
     .max = 65535,
     .doc = "On every node; default: one that is free."},
    {.name = "protocol",
     .type = FIELD_ENUM,
     .default_text = "TCP",
     .values = "TCP UDP SCTP",
     .doc = "Default: TCP."},
    {.name = "appProtocol", .type = FIELD_STRING, .doc = "Passed on to slices."},
};
static const struct field_set service_port = FIELD_SET(service_port_items, NULL);

static const struct field service_spec_items[] = {
    {.name = "type",
     .type = FIELD_ENUM,
     .is_approximate = true,
     .default_text = "ClusterIP",
     .values = "ClusterIP NodePort LoadBalancer ExternalName",
     .doc = "NodePort and LoadBalancer are ClusterIPs that clients with from.outside reach."},
    {.name = "clusterIP", .type = FIELD_STRING, .doc = "The virtual address, or None."},
    {.name = "selector",
     .type = FIELD_TEXT_MAP,
     .doc = "Which pods; without it nobody makes endpoints."},
    {.name = "ports", .type = FIELD_LIST, .children = &service_port, .doc = "Ports."},
    {.name = "publishNotReadyAddresses",
     .type = FIELD_BOOL,
     .default_text = "false",
     .doc = "Unready pods too."},
    {.name = "externalName", .type = FIELD_STRING, .doc = "For type ExternalName."},
    {.name = "sessionAffinity",
     .type = FIELD_ENUM,
     .values = "None ClientIP",
     .doc = "ClientIP: a client stays with its pod, on each node by itself."},
    {.name = "sessionAffinityConfig",
     .type = FIELD_MAP,
     .children = &fields_affinity_config,
     .doc = "Its timeout."},
    {.name = "internalTrafficPolicy",
     .type = FIELD_ENUM,
     .values = "Cluster Local",
     .doc = "Local: only endpoints on the client's node; if there are none, packets are dropped."},
    {.name = "externalTrafficPolicy",
     .type = FIELD_ENUM,
     .values = "Cluster Local",
     .doc = "Local: traffic from outside only to endpoints on the node where it arrives."},
    {.name = "healthCheckNodePort",
     .type = FIELD_INT,
     .max = 65535,
     .doc = "Where load balancers ask whether a node has endpoints; default: one that is free."},
    {.name = "trafficDistribution",
     .type = FIELD_ENUM,
     .values = "PreferClose PreferSameZone PreferSameNode",
     .doc = "Endpoints get hints of their zone (and node); as the version has it, from 1.31."},
    {.name = "ipFamilyPolicy",
     .type = FIELD_ENUM,
     .values = "SingleStack PreferDualStack RequireDualStack",
     .doc = "One address family or two."},
    {.name = "clusterIPs",
     .type = FIELD_TEXT_LIST,
     .expected = "a list of one or two IP addresses",
     .doc = "clusterIP, and that of the other family."},
    {.name = "ipFamilies",
     .type = FIELD_TEXT_LIST,
     .expected = "a list of IPv4, IPv6 or both",
     .doc = "IPv4, IPv6; the first is that of Endpoints."},
    QUIET("allocateLoadBalancerNodePorts"),
};
static const struct field_set service_spec =
    FIELD_SET(service_spec_items, "externalIPs loadBalancerClass loadBalancerIP "
                                  "loadBalancerSourceRanges topologyKeys");

static const struct field service_items[] = {
    HEAD_ROWS,
    {.name = "spec",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &service_spec,
     .doc = "The Service."},
    QUIET("status"),
};
const struct field_set fields_service = FIELD_SET(service_items, NULL);

/* --- Node --- */

static const struct field node_spec_items[] = {
    {.name = "unschedulable", .type = FIELD_BOOL, .default_text = "false", .doc = "Cordoned."},
    QUIET("podCIDR"),
    QUIET("podCIDRs"),
    QUIET("providerID"),
};
static const struct field_set node_spec = FIELD_SET(node_spec_items, "configSource taints");

static const struct field resources_items[] = {
    {.name = "pods", .type = FIELD_OTHER, .expected = "a number of pods", .doc = "Pods that fit."},
    {.name = "cpu",
     .type = FIELD_OTHER,
     .expected = "a number of processors such as 4 or 3800m",
     .doc = "For topology hints; default: 4."},
    QUIET("memory"),
    QUIET("ephemeral-storage"),
    QUIET("hugepages-1Gi"),
    QUIET("hugepages-2Mi"),
};
static const struct field_set resources = FIELD_SET(resources_items, NULL);

static const struct field node_status_items[] = {
    {.name = "allocatable", .type = FIELD_MAP, .children = &resources, .doc = "What pods may use."},
    {.name = "capacity", .type = FIELD_MAP, .children = &resources, .doc = "What is there."},
    QUIET("addresses"),
    QUIET("conditions"),
    QUIET("daemonEndpoints"),
    QUIET("images"),
    QUIET("nodeInfo"),
    QUIET("features"),
    QUIET("runtimeHandlers"),
    QUIET("phase"),
    QUIET("volumesAttached"),
    QUIET("volumesInUse"),
    QUIET("config"),
};
static const struct field_set node_status = FIELD_SET(node_status_items, NULL);

static const struct field node_items[] = {
    HEAD_ROWS,
    {.name = "spec",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &node_spec,
     .doc = "The Node."},
    {.name = "status",
     .type = FIELD_MAP,
     .default_text = "{}",
     .children = &node_status,
     .doc = "Its size."},
};
const struct field_set fields_node = FIELD_SET(node_items, NULL);
