/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services and Nodes.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define AFFINITY_DEFAULT_NS (3 * NS_PER_HOUR)
#define POD_CAPACITY_DEFAULT 110
#define POD_CAPACITY_MAX 100000
#define NODE_PORT_MIN 30000u /* the API server's service-node-port-range */
#define NODE_PORT_MAX 32767u
#define MILLI_CPU_DEFAULT 4000
#define MILLI_CPU_MAX 1000000000

/* --- ports --- */

static enum protocol protocol_of(const char *text)
{
    return text[0] == 'T' ? PROTOCOL_TCP : text[0] == 'U' ? PROTOCOL_UDP : PROTOCOL_SCTP;
}

static void check_port_name(struct load *load, const struct service_spec *service,
                            const struct item *map, const struct path *path, bool is_needed)
{
    const struct item *name = yaml_tree_get(map, "name");
    const struct path name_path = key_path(path, "name");

    if (name == NULL || name->text[0] == '\0') {
        if (is_needed)
            diagnostics_error(&load->diagnostics, yaml_tree_place(map), &name_path,
                              "missing; with several ports each needs a name");
        return;
    }
    if (!value_is_dns_label(name->text))
        check_refuse(&load->checker, name, &name_path,
                     "at most 63 lower-case letters, digits and '-'");
    for (uint32_t i = 0; i < service->port_count; i++) {
        if (service->ports[i].name != NULL && strcmp(service->ports[i].name, name->text) == 0)
            diagnostics_error(&load->diagnostics, yaml_tree_place(name), &name_path,
                              "\"%s\" is taken already", name->text);
    }
}

static void check_same_port(struct load *load, const struct service_spec *service,
                            const struct service_port *port, const struct item *map,
                            const struct path *path)
{
    const struct path port_path = key_path(path, "port");

    for (uint32_t i = 0; i < service->port_count; i++) {
        if (service->ports[i].port == port->port && service->ports[i].protocol == port->protocol)
            diagnostics_error(&load->diagnostics, load_key_place(map, "port"), &port_path,
                              "%u is there already with the same protocol", port->port);
    }
}

/* One number may serve two protocols, as with the Service's own ports. */
static void check_node_port(struct load *load, const struct service_spec *service,
                            const struct service_port *port, const struct item *map,
                            const struct path *path)
{
    const struct path way = key_path(path, "nodePort");

    if (port->node_port == 0)
        return;
    if (service->type == SERVICE_CLUSTER_IP || service->type == SERVICE_EXTERNAL_NAME) {
        diagnostics_error(&load->diagnostics, load_key_place(map, "nodePort"), &way,
                          "may not be used with this type; expected type NodePort or LoadBalancer");
        return;
    }
    if (port->node_port < NODE_PORT_MIN || port->node_port > NODE_PORT_MAX)
        check_refuse(&load->checker, yaml_tree_get(map, "nodePort"), &way,
                     "a port from 30000 to 32767, the range of node ports");
    for (uint32_t i = 0; i < service->port_count; i++) {
        if (service->ports[i].node_port == port->node_port &&
            service->ports[i].protocol == port->protocol)
            diagnostics_error(&load->diagnostics, load_key_place(map, "nodePort"), &way,
                              "%u is there already with the same protocol", port->node_port);
    }
}

static void load_service_port(struct load *load, const struct item *map, const struct path *path,
                              struct service_port *port)
{
    const struct path target_path = key_path(path, "targetPort");
    const struct item *target = yaml_tree_get(map, "targetPort");

    *port = (struct service_port){.name = load_get_text(load, map, "name"),
                                  .port = (uint16_t)load_get_int(map, "port"),
                                  .node_port = (uint16_t)load_get_int(map, "nodePort"),
                                  .protocol = protocol_of(yaml_tree_get(map, "protocol")->text),
                                  .app_protocol = load_get_text(load, map, "appProtocol")};
    port->target.number = port->port;
    if (target != NULL && !value_port_ref(target, &port->target))
        check_refuse(&load->checker, target, &target_path,
                     "a port number from 1 to 65535, or a port's name");
    if (port->target.name != NULL)
        port->target = (struct port_ref){.name = load_text(load, port->target.name)};
}

static void load_service_ports(struct load *load, const struct item *list, const struct path *path,
                               struct service_spec *service)
{
    const uint32_t count = list != NULL ? list->count : 0;
    struct service_port *ports = ARENA_NEW_ARRAY(load->arena, count, struct service_port);

    service->ports = ports;
    for (uint32_t i = 0; i < count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};

        if (map->kind != ITEM_MAP || yaml_tree_get(map, "port") == NULL)
            continue; /* reported */
        load_service_port(load, map, &way, &ports[service->port_count]);
        check_port_name(load, service, map, &way, count > 1);
        check_same_port(load, service, &ports[service->port_count], map, &way);
        check_node_port(load, service, &ports[service->port_count], map, &way);
        service->port_count++;
    }
}

/* --- Service --- */

static enum service_type type_of(const char *text)
{
    static const char *const names[] = {[SERVICE_CLUSTER_IP] = "ClusterIP",
                                        [SERVICE_NODE_PORT] = "NodePort",
                                        [SERVICE_LOAD_BALANCER] = "LoadBalancer",
                                        [SERVICE_EXTERNAL_NAME] = "ExternalName"};
    enum service_type type = SERVICE_CLUSTER_IP;

    while (strcmp(names[type], text) != 0)
        type++;
    return type;
}

static bool is_address(const char *text)
{
    unsigned char address[16];

    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* Refuses clusterIP and each of clusterIPs that is no address, where it stands. */
static void check_cluster_ips(struct load *load, const struct item *spec, const struct path *path,
                              struct service_spec *service)
{
    const struct path ip_path = key_path(path, "clusterIP");
    const struct path ips_path = key_path(path, "clusterIPs");
    const struct item *ip = yaml_tree_get(spec, "clusterIP");
    const struct item *ips = yaml_tree_get(spec, "clusterIPs");

    if (ip != NULL && ip->text != NULL && ip->text[0] != '\0' && strcmp(ip->text, "None") != 0 &&
        !is_address(ip->text))
        check_refuse(&load->checker, ip, &ip_path, "an IP address, or None");
    for (uint32_t i = 0; ips != NULL && i < ips->count; i++) {
        const struct item *item = ips->entries[i].value;
        const struct path way = {.parent = &ips_path, .index = i};

        if (item->text != NULL && strcmp(item->text, "None") != 0 && !is_address(item->text))
            check_refuse(&load->checker, item, &way, "an IP address, or None");
    }
    if (service->cluster_ip != NULL && service->cluster_ip[0] == '\0')
        service->cluster_ip = NULL;
}

/* A list's item as text; "" for one that is none and was refused. */
static const char *text_of(const struct item *list, uint32_t index)
{
    const char *text = list->entries[index].value->text;

    return text != NULL ? text : "";
}

/* ipFamilyPolicy, ipFamilies, clusterIPs. */
static void load_families(struct load *load, const struct item *spec, const struct path *path,
                          struct service_spec *service)
{
    static const char *const policies[] = {"", "SingleStack", "PreferDualStack",
                                           "RequireDualStack"};
    const struct item *policy = yaml_tree_get(spec, "ipFamilyPolicy");
    const struct item *families = yaml_tree_get(spec, "ipFamilies");
    const struct item *ips = yaml_tree_get(spec, "clusterIPs");
    const struct path families_path = key_path(path, "ipFamilies");

    for (uint32_t i = 1; policy != NULL && i < EP_COUNT_OF(policies); i++) {
        if (strcmp(policy->text, policies[i]) == 0)
            service->family_policy = (enum ip_family_policy)i;
    }
    for (uint32_t i = 0; families != NULL && i < families->count; i++) {
        const struct path way = {.parent = &families_path, .index = i};
        const char *text = text_of(families, i);
        const uint8_t family = strcmp(text, "IPv6") == 0 ? IP_FAMILY_V6 : IP_FAMILY_V4;

        if (families->entries[i].value->text == NULL)
            continue; /* reported */
        if (i >= IP_FAMILY_COUNT || (family == IP_FAMILY_V4 && strcmp(text, "IPv4") != 0) ||
            (i == 1 && family == service->families[0])) {
            check_refuse(&load->checker, families->entries[i].value, &way,
                         "IPv4 or IPv6, each at most once");
            return;
        }
        service->families[service->family_count++] = family;
    }
    if (ips == NULL)
        return;
    if (ips->count > 0 && service->cluster_ip == NULL)
        service->cluster_ip = load_text(load, text_of(ips, 0));
    if (ips->count > 1)
        service->other_cluster_ip = load_text(load, text_of(ips, 1));
}

static void load_affinity(const struct item *spec, struct service_spec *service)
{
    const struct item *item = yaml_tree_get(spec, "sessionAffinity");
    const struct item *config = yaml_tree_get(spec, "sessionAffinityConfig");

    if (item == NULL || strcmp(item->text, "ClientIP") != 0)
        return;
    service->affinity = AFFINITY_CLIENT_IP;
    service->affinity_timeout_ns =
        load_get_seconds(yaml_tree_get(config, "clientIP"), "timeoutSeconds");
    if (service->affinity_timeout_ns == 0)
        service->affinity_timeout_ns = AFFINITY_DEFAULT_NS;
}

static bool is_word(struct load *load, const struct item *map, const char *key, const char *word)
{
    const char *text = load_get_text(load, map, key);

    return text != NULL && strcmp(text, word) == 0;
}

/* Where traffic goes: policies, distribution, topology-aware routing. */
static void load_policies(struct load *load, const struct item *spec, struct service_spec *service)
{
    const char *mode =
        labels_get(&service->meta.annotations,
                   "service.kubernetes.io/topology-aware-hints"); /* deprecated, but first */

    if (mode == NULL)
        mode = labels_get(&service->meta.annotations, "service.kubernetes.io/topology-mode");
    service->is_topology_aware =
        mode != NULL && (strcmp(mode, "Auto") == 0 || strcmp(mode, "auto") == 0);
    service->is_internal_local = is_word(load, spec, "internalTrafficPolicy", "Local");
    service->is_external_local = is_word(load, spec, "externalTrafficPolicy", "Local");
    if (is_word(load, spec, "trafficDistribution", "PreferSameNode"))
        service->distribution = TRAFFIC_SAME_NODE;
    else if (yaml_tree_get(spec, "trafficDistribution") != NULL)
        service->distribution = TRAFFIC_SAME_ZONE;
}

/* healthCheckNodePort goes with one kind of Service alone. */
static void load_health_check(struct load *load, const struct item *spec, const struct path *path,
                              struct service_spec *service)
{
    const struct path way = key_path(path, "healthCheckNodePort");
    const struct item *item = yaml_tree_get(spec, "healthCheckNodePort");

    service->health_check_port = (uint16_t)load_get_int(spec, "healthCheckNodePort");
    if (service->health_check_port == 0)
        return;
    if (service->type != SERVICE_LOAD_BALANCER || !service->is_external_local)
        diagnostics_error(&load->diagnostics, load_key_place(spec, "healthCheckNodePort"), &way,
                          "may only be set for type LoadBalancer with externalTrafficPolicy Local");
    else if (service->health_check_port < NODE_PORT_MIN ||
             service->health_check_port > NODE_PORT_MAX)
        check_refuse(&load->checker, item, &way,
                     "a port from 30000 to 32767, the range of node ports");
}

/* The address that a load balancer has in the manifest's status. */
static const char *balancer_of(struct load *load, const struct object *object)
{
    const struct item *balancer =
        yaml_tree_get(yaml_tree_get(object->tree, "status"), "loadBalancer");
    const struct item *list = yaml_tree_get(balancer, "ingress");
    const struct item *first =
        list != NULL && list->kind == ITEM_LIST && list->count > 0 ? list->entries[0].value : NULL;
    const struct item *ip = yaml_tree_get(first, "ip");

    if (ip == NULL)
        ip = yaml_tree_get(first, "hostname");
    return ip != NULL && ip->kind == ITEM_STRING && ip->text[0] != '\0' ? load_text(load, ip->text)
                                                                        : NULL;
}

/* What an ExternalName needs and may not have. */
static void check_external_name(struct load *load, const struct item *spec, const struct path *path,
                                const struct service_spec *service)
{
    const struct path name_path = key_path(path, "externalName");
    const struct path ip_path = key_path(path, "clusterIP");
    const char *name = service->external_name;
    const size_t length = name != NULL ? strlen(name) : 0;
    const char *bare = length > 1 && name[length - 1] == '.'
                           ? arena_strndup(load->scratch, name, length - 1)
                           : name;

    if (service->type != SERVICE_EXTERNAL_NAME)
        return;
    if (length == 0)
        diagnostics_error(&load->diagnostics, yaml_tree_place(spec), &name_path,
                          "missing; type ExternalName needs a host such as api.example.com");
    else if (!value_is_dns_subdomain(bare))
        check_refuse(&load->checker, yaml_tree_get(spec, "externalName"), &name_path,
                     "a host such as api.example.com");
    if (service->cluster_ip != NULL && strcmp(service->cluster_ip, "None") != 0)
        diagnostics_error(&load->diagnostics, load_key_place(spec, "clusterIP"), &ip_path,
                          "may not be set for type ExternalName");
}

void load_service(struct load *load, const struct object *object, const struct item *map,
                  struct apply_spec *typed)
{
    const struct path meta_path = key_path(&object->root, "metadata");
    const struct path spec_path = key_path(&object->root, "spec");
    const struct path ports_path = key_path(&spec_path, "ports");
    const struct path selector_path = key_path(&spec_path, "selector");
    const struct item *spec = yaml_tree_get(map, "spec");
    struct service_spec *service = ARENA_NEW(load->arena, struct service_spec);
    const struct item *raw_selector =
        yaml_tree_get(yaml_tree_get(object->tree, "spec"), "selector");

    typed->kind = APPLY_SERVICE;
    typed->service = service;
    *service = (struct service_spec){.selector = {.is_null = true}};
    load_meta(load, yaml_tree_get(map, "metadata"), &meta_path, &service->meta);
    service->meta.ns = load_text(load, object->ns);
    service->type = type_of(yaml_tree_get(spec, "type")->text);
    service->cluster_ip = load_get_text(load, spec, "clusterIP");
    service->publish_not_ready = load_get_bool(spec, "publishNotReadyAddresses");
    service->external_name = load_get_text(load, spec, "externalName");
    load_families(load, spec, &spec_path, service);
    check_cluster_ips(load, spec, &spec_path, service);
    load_affinity(spec, service);
    load_policies(load, spec, service);
    load_health_check(load, spec, &spec_path, service);
    service->load_balancer_ip = balancer_of(load, object);
    if (yaml_tree_get(spec, "selector") != NULL && yaml_tree_get(spec, "selector")->count > 0)
        (void)load_selector(load, yaml_tree_get(spec, "selector"), &selector_path,
                            &service->selector);
    if (raw_selector != NULL && raw_selector->kind == ITEM_MAP && raw_selector->count > 0)
        service->selector.is_null = false; /* there is one, even if it is wrong */
    load_service_ports(load, yaml_tree_get(spec, "ports"), &ports_path, service);

    const bool may_lack_ports =
        service->type == SERVICE_EXTERNAL_NAME ||
        (service->cluster_ip != NULL && strcmp(service->cluster_ip, "None") == 0);
    const struct item *ports = yaml_tree_get(spec, "ports");

    if (!may_lack_ports && (ports == NULL || ports->count == 0))
        diagnostics_error(&load->diagnostics, yaml_tree_place(spec), &ports_path,
                          "missing; expected at least one such as {port: 80, targetPort: 8080}");
    check_external_name(load, spec, &spec_path, service);
}

/* --- Node --- */

/* "110" or 110. */
static uint32_t pod_capacity_of(struct load *load, const struct item *resources,
                                const struct path *path)
{
    const struct item *item = yaml_tree_get(resources, "pods");
    const struct path way = key_path(path, "pods");
    int64_t number = 0;

    if (item == NULL)
        return POD_CAPACITY_DEFAULT;
    if (!value_int(item->kind == ITEM_STRING
                       ? yaml_tree_scalar(load->scratch, yaml_tree_place(item), item->text)
                       : item,
                   &number) ||
        number < 0 || number > POD_CAPACITY_MAX) {
        check_refuse(&load->checker, item, &way, "a number of pods from 0 to 100000");
        return POD_CAPACITY_DEFAULT;
    }
    return (uint32_t)number;
}

/* "3800m", "4", 4 or 0.5, in thousandths. */
static uint32_t milli_cpu_of(struct load *load, const struct item *resources,
                             const struct path *path)
{
    const struct item *item = yaml_tree_get(resources, "cpu");
    const struct path way = key_path(path, "cpu");
    char *end = NULL;
    double number;

    if (item == NULL)
        return MILLI_CPU_DEFAULT;
    number = item->text != NULL && item->text[0] >= '0' && item->text[0] <= '9'
                 ? strtod(item->text, &end)
                 : -1;
    if (end != NULL && strcmp(end, "m") == 0)
        number /= 1000;
    if (number < 0 || number > MILLI_CPU_MAX / 1000.0 ||
        (end != NULL && end[0] != '\0' && strcmp(end, "m") != 0)) {
        check_refuse(&load->checker, item, &way, "a number of processors such as 4 or 3800m");
        return MILLI_CPU_DEFAULT;
    }
    return (uint32_t)(number * 1000 + 0.5);
}

void load_node(struct load *load, const struct object *object, const struct item *map,
               struct apply_spec *typed)
{
    const struct path meta_path = key_path(&object->root, "metadata");
    const struct path status_path = key_path(&object->root, "status");
    const struct item *status = yaml_tree_get(map, "status");
    const char *resources_key =
        yaml_tree_get(status, "allocatable") != NULL ? "allocatable" : "capacity";
    const struct path resources_path = key_path(&status_path, resources_key);
    struct object_meta meta = {0};
    struct node_spec *node = ARENA_NEW(load->arena, struct node_spec);

    load_meta(load, yaml_tree_get(map, "metadata"), &meta_path, &meta);
    typed->kind = APPLY_NODE;
    typed->node = node;
    *node = (struct node_spec){.name = load_text(load, object->name),
                               .labels = meta.labels,
                               .zone = labels_get(&meta.labels, "topology.kubernetes.io/zone"),
                               .is_unschedulable =
                                   load_get_bool(yaml_tree_get(map, "spec"), "unschedulable")};
    if (node->zone == NULL)
        node->zone = labels_get(&meta.labels, "failure-domain.beta.kubernetes.io/zone");
    node->pod_capacity =
        pod_capacity_of(load, yaml_tree_get(status, resources_key), &resources_path);
    node->milli_cpu = milli_cpu_of(load, yaml_tree_get(status, resources_key), &resources_path);
}
