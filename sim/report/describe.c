/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/describe.h"

#include <string.h>

#include "report/describe_lines.h"
#include "report/kube_doc.h"
#include "report/kube_text.h"
#include "report/tab_text.h"

#define PADDING 2U
#define TRAFFIC_POLICY_MINOR 22U
#define IP_MODE_MINOR 30U

static void begin(struct describe_lines *lines, const struct snapshot_meta *meta)
{
    const struct label_set annotations = kube_doc_annotations(lines->arena, lines->view, meta);

    out_printf(lines->out, "Name:\t%s\nNamespace:\t%s\n", meta->name, meta->ns);
    describe_lines_labels(lines, "Labels", &meta->labels);
    describe_lines_annotations(lines, "Annotations", &annotations);
}

/* --- services --- */

static void service_port(struct describe_lines *lines, const struct service_port *port,
                         uint16_t node_port, const char *endpoints)
{
    const char *protocol = kube_text_protocol(port->protocol);
    const char *name = port->name == NULL || port->name[0] == '\0' ? "<unset>" : port->name;

    out_printf(lines->out, "Port:\t%s\t%u/%s\n", name, port->port, protocol);
    out_printf(lines->out, "TargetPort:\t%s/%s\n", kube_text_port_ref(lines->arena, &port->target),
               protocol);
    if (node_port != 0)
        out_printf(lines->out, "NodePort:\t%s\t%u/%s\n", name, node_port, protocol);
    out_printf(lines->out, "Endpoints:\t%s\n", endpoints);
}

static void service_addresses(struct describe_lines *lines, const struct snapshot_service *service)
{
    const char *ip = service->cluster_ip;
    const char *families = NULL;

    if (ip == NULL) {
        out_str(lines->out, "IP Families:\t<none>\nIP:\t\nIPs:\t<none>\n");
        out_printf(lines->out, "External Name:\t%s\n", service->spec->external_name);
        return;
    }
    if (service->family_count > 0)
        out_printf(lines->out, "IP Family Policy:\t%s\n", kube_doc_family_policy(service));
    for (uint32_t i = 0; i < service->family_count; i++)
        families = kube_text_join(lines->arena, families, ",",
                                  service->families[i] == IP_FAMILY_V6 ? "IPv6" : "IPv4");
    out_printf(lines->out, "IP Families:\t%s\n", families == NULL ? "<none>" : families);
    out_printf(lines->out, "IP:\t%s\nIPs:\t%s%s%s\n", ip, ip,
               service->other_cluster_ip == NULL ? "" : ",",
               service->other_cluster_ip == NULL ? "" : service->other_cluster_ip);
}

static void describe_service(struct describe_lines *lines, const struct snapshot_service *service)
{
    const struct service_spec *spec = service->spec;
    const struct snapshot_query query = {.ns = service->meta.ns, .node = ID_NONE};
    uint32_t slice_count;
    const struct snapshot_slice *all =
        snapshot_slices(lines->arena, lines->cluster, &query, &slice_count);
    struct snapshot_slice *slices =
        ARENA_NEW_ARRAY(lines->arena, slice_count, struct snapshot_slice);
    uint32_t count = 0;

    for (uint32_t i = 0; i < slice_count; i++) {
        if (all[i].service != NULL && strcmp(all[i].service, service->meta.name) == 0)
            slices[count++] = all[i];
    }
    begin(lines, &service->meta);
    out_printf(lines->out, "Selector:\t%s\n", kube_text_selector(lines->arena, &spec->selector));
    out_printf(lines->out, "Type:\t%s\n", kube_text_service_type(spec->type));
    service_addresses(lines, service);
    if (service->balancer_ip != NULL)
        out_printf(lines->out, "LoadBalancer Ingress:\t%s%s\n", service->balancer_ip,
                   lines->view->version_minor >= IP_MODE_MINOR ? " (VIP)" : "");
    for (uint32_t i = 0; i < spec->port_count; i++) {
        const char *name = spec->ports[i].name == NULL ? "" : spec->ports[i].name;

        service_port(lines, &spec->ports[i], service->node_ports[i],
                     kube_text_slice_endpoints(lines->arena, slices, count, name));
    }
    out_printf(lines->out, "Session Affinity:\t%s\n",
               spec->affinity == AFFINITY_NONE ? "None" : "ClientIP");
    if (spec->type == SERVICE_NODE_PORT || spec->type == SERVICE_LOAD_BALANCER)
        out_printf(lines->out, "External Traffic Policy:\t%s\n",
                   spec->is_external_local ? "Local" : "Cluster");
    if (spec->type != SERVICE_EXTERNAL_NAME && lines->view->version_minor >= TRAFFIC_POLICY_MINOR)
        out_printf(lines->out, "Internal Traffic Policy:\t%s\n",
                   spec->is_internal_local ? "Local" : "Cluster");
    if (service->health_check_port != 0)
        out_printf(lines->out, "HealthCheck NodePort:\t%u\n", service->health_check_port);
    describe_lines_events(lines);
}

/* --- endpoints --- */

/* "10.0.0.1,10.0.0.2", or "<none>". */
static const char *ip_list(struct describe_lines *lines, const struct snapshot_address *addresses,
                           uint32_t count)
{
    const char *text = NULL;

    for (uint32_t i = 0; i < count; i++)
        text = kube_text_join(lines->arena, text, ",", addresses[i].ip);
    return text == NULL ? "<none>" : text;
}

static const char *port_name(const struct snapshot_port *port)
{
    return port->name[0] == '\0' ? "<unset>" : port->name;
}

/* The rows of a table of ports, `indent` in front. */
static void port_rows(struct describe_lines *lines, const char *indent,
                      const struct snapshot_port *ports, uint32_t count)
{
    out_printf(lines->out, "%sName\tPort\tProtocol\n", indent);
    out_printf(lines->out, "%s----\t----\t--------\n", indent);
    for (uint32_t i = 0; i < count; i++)
        out_printf(lines->out, "%s%s\t%u\t%s\n", indent, port_name(&ports[i]), ports[i].number,
                   kube_text_protocol(ports[i].protocol));
}

static void describe_endpoints(struct describe_lines *lines,
                               const struct snapshot_endpoints *endpoints)
{
    begin(lines, &endpoints->meta);
    out_str(lines->out, "Subsets:\n");
    for (uint32_t i = 0; i < endpoints->subset_count; i++) {
        const struct snapshot_subset *subset = &endpoints->subsets[i];

        out_printf(lines->out, "  Addresses:\t%s\n",
                   ip_list(lines, subset->addresses, subset->ready_count));
        out_printf(lines->out, "  NotReadyAddresses:\t%s\n",
                   ip_list(lines, subset->addresses + subset->ready_count,
                           subset->count - subset->ready_count));
        if (subset->port_count > 0) {
            out_str(lines->out, "  Ports:\n");
            port_rows(lines, "    ", subset->ports, subset->port_count);
        }
        out_char(lines->out, '\n');
    }
    describe_lines_events(lines);
}

static const char *or_unset(const char *text)
{
    return text == NULL ? "<unset>" : text;
}

static void slice_endpoint(struct describe_lines *lines, const struct snapshot_address *address)
{
    out_printf(lines->out, "  - Addresses:\t%s\n", address->ip);
    out_printf(lines->out, "    Conditions:\n      Ready:\t%s\n",
               (address->known & CONDITION_READY) == 0 ? "<unset>"
               : address->is_ready                     ? "true"
                                                       : "false");
    out_printf(lines->out, "    Hostname:\t%s\n", or_unset(address->hostname));
    if (address->pod != NULL)
        out_printf(lines->out, "    TargetRef:\tPod/%s\n", address->pod);
    out_printf(lines->out, "    NodeName:\t%s\n", or_unset(address->node));
    out_printf(lines->out, "    Zone:\t%s\n", or_unset(address->zone));
}

static void describe_slice(struct describe_lines *lines, const struct snapshot_slice *slice)
{
    begin(lines, &slice->meta);
    out_printf(lines->out, "AddressType:\t%s\n", slice->is_ipv6 ? "IPv6" : "IPv4");
    if (slice->port_count == 0) {
        out_str(lines->out, "Ports: <unset>\n");
    } else {
        out_str(lines->out, "Ports:\n");
        port_rows(lines, "  ", slice->ports, slice->port_count);
    }
    out_str(lines->out, slice->address_count == 0 ? "Endpoints: <none>\n" : "Endpoints:\n");
    for (uint32_t i = 0; i < slice->address_count; i++)
        slice_endpoint(lines, &slice->addresses[i]);
    describe_lines_events(lines);
}

void describe_object(struct out *out, const struct cluster *cluster, const struct kube_view *view,
                     const struct kube_object *object)
{
    struct arena arena;
    struct out text;
    struct describe_lines lines = {
        .out = &text, .arena = &arena, .cluster = cluster, .view = view, .object = object};

    arena_init(&arena);
    out_open_memory(&text);
    switch (object->kind->id) {
    case KUBE_POD:
        describe_lines_pod(&lines, object->pod);
        break;
    case KUBE_REPLICATION_CONTROLLER:
    case KUBE_REPLICA_SET:
        describe_lines_replica_set(&lines, object->replica_set);
        break;
    case KUBE_SERVICE:
        describe_service(&lines, object->service);
        break;
    case KUBE_DEPLOYMENT:
        describe_lines_deployment(&lines, object->deployment);
        break;
    case KUBE_ENDPOINTS:
        describe_endpoints(&lines, object->endpoints);
        break;
    case KUBE_ENDPOINT_SLICE:
        describe_slice(&lines, object->slice);
        break;
    case KUBE_NODE:
        describe_lines_node(&lines, object->node);
        break;
    case KUBE_EVENT:
    case KUBE_KIND_COUNT:
        break;
    }
    tab_text_write(out, out_text(&text), 0, PADDING);
    out_discard(&text);
    arena_deinit(&arena);
}
