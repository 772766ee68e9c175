/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.cluster: version, nodes, kube-proxy, controller manager, hops.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/distribution_parse.h"
#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define VERSION_MIN 20
#define VERSION_MAX 34
#define NODES_MAX 15000
#define POD_CAPACITY 110
#define MILLI_CPU 4000

static void load_version(struct load *load, const struct item *cluster, const struct path *path)
{
    const struct item *item = yaml_tree_get(cluster, "version");
    const struct path way = key_path(path, "version");
    unsigned minor = 0;
    int used = 0;

    load->spec->cluster.version_minor = VERSION_MAX;
    if (item->kind == ITEM_FLOAT || item->kind == ITEM_INT) {
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(item), &way,
            "%s without quotes is a number, and 1.30 would be 1.3; write \"%s\" in quotes",
            item->text, item->text);
        return;
    }
    if (item->kind == ITEM_STRING) {
        const char *text = item->text[0] == 'v' ? item->text + 1 : item->text;

        if (strspn(text, "0123456789.") == strlen(text) &&
            sscanf(text, "1.%2u%n", &minor, &used) == 1 &&
            (text[used] == '\0' || text[used] == '.') && minor >= VERSION_MIN &&
            minor <= VERSION_MAX) {
            load->spec->cluster.version_minor = minor;
            return;
        }
    }
    check_refuse(&load->checker, item, &way, "a version in quotes from \"1.20\" to \"1.34\"");
}

/* --- nodes --- */

struct node_reader {
    struct load *load;
    struct name_map names;
    struct node_spec *nodes;
    uint32_t count;
    uint32_t capacity;
    uint32_t next_number; /* of made-up names */
    bool is_full;
};

static void add_node(struct node_reader *reader, struct node_spec node)
{
    struct load *load = reader->load;
    const struct label host = {"kubernetes.io/hostname", node.name};

    node.pod_capacity = POD_CAPACITY;
    if (node.milli_cpu == 0)
        node.milli_cpu = MILLI_CPU;
    if (labels_get(&node.labels, host.key) == NULL)
        node.labels = labels_with(load->arena, &node.labels, host.key, host.value);
    if (node.zone != NULL)
        node.labels =
            labels_with(load->arena, &node.labels, "topology.kubernetes.io/zone", node.zone);
    name_map_put(&reader->names, node.name, reader->count);
    ARENA_GROW(load->arena, reader->nodes, &reader->capacity, reader->count + 1);
    reader->nodes[reader->count++] = node;
}

static void add_numbered_nodes(struct node_reader *reader, struct node_spec node, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        do {
            node.name = arena_printf(reader->load->arena, "node-%u", ++reader->next_number);
        } while (name_map_get(&reader->names, node.name) != ID_NONE);
        add_node(reader, node);
    }
}

static void add_node_item(struct node_reader *reader, const struct item *map,
                          const struct path *path)
{
    struct load *load = reader->load;
    const struct path labels_path = key_path(path, "labels");
    const struct path name_path = key_path(path, "name");
    const struct path zone_path = key_path(path, "zone");
    const struct path count_path = key_path(path, "count");
    const struct item *name = yaml_tree_get(map, "name");
    const struct item *count = yaml_tree_get(map, "count");
    struct node_spec node = {.zone = load_get_text(load, map, "zone"),
                             .milli_cpu = (uint32_t)(1000 * load_get_number(map, "cpu") + 0.5),
                             .labels =
                                 load_labels(load, yaml_tree_get(map, "labels"), &labels_path)};

    if (node.zone != NULL && (!labels_is_value(node.zone) || node.zone[0] == '\0')) {
        check_refuse(&load->checker, yaml_tree_get(map, "zone"), &zone_path,
                     "a zone such as eu-1a");
        return;
    }
    if (name == NULL) {
        add_numbered_nodes(reader, node, count != NULL ? (uint32_t)load_get_int(map, "count") : 1);
    } else if (count != NULL && load_get_int(map, "count") != 1) {
        diagnostics_error(&load->diagnostics, load_key_place(map, "count"), &count_path,
                          "a name for several nodes; expected either name or count");
    } else if (!value_is_dns_subdomain(name->text)) {
        check_refuse(&load->checker, name, &name_path,
                     "a name of lower-case letters, digits, '-' and '.'");
    } else if (name_map_get(&reader->names, name->text) != ID_NONE) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(name), &name_path,
                          "node %s is there already", name->text);
    } else {
        node.name = load_text(load, name->text);
        add_node(reader, node);
    }
}

static void add_node_list(struct node_reader *reader, const struct item *list,
                          const struct path *path)
{
    struct load *load = reader->load;
    const struct field field = {.type = FIELD_MAP,
                                .children = &fields_node_item,
                                .expected = "a node such as {name: a1, zone: a}"};

    for (uint32_t i = 0; i < list->count; i++) {
        const struct path way = {.parent = path, .index = i};
        const struct item *map = check_value(&load->checker, &field, list->entries[i].value, &way);

        if (map != NULL && reader->count <= NODES_MAX)
            add_node_item(reader, map, &way);
    }
    if (list->count == 0 || reader->count > NODES_MAX)
        diagnostics_error(&load->diagnostics, yaml_tree_place(list), path,
                          "%s; expected from 1 to 15000",
                          list->count == 0 ? "no nodes" : "more than 15000 nodes");
}

static void load_nodes(struct load *load, const struct item *cluster, const struct path *path)
{
    const struct item *item = yaml_tree_get(cluster, "nodes");
    const struct path way = key_path(path, "nodes");
    struct node_reader reader = {.load = load};
    int64_t count = 0;

    name_map_init(&reader.names, load->scratch);
    if (item->kind == ITEM_LIST)
        add_node_list(&reader, item, &way);
    else if (value_int(item, &count) && count >= 1 && count <= NODES_MAX)
        add_numbered_nodes(&reader, (struct node_spec){0}, (uint32_t)count);
    else
        check_refuse(
            &load->checker, item, &way,
            "a number from 1 to 15000, or a list such as [{name: a1, zone: a}, {zone: b, count: 20}]");
    load->spec->cluster.nodes = load->node_count > 0 ? load->nodes : reader.nodes;
    load->spec->cluster.node_count = load->node_count > 0 ? load->node_count : reader.count;
    for (uint32_t i = 0; i < load->spec->cluster.node_count; i++)
        name_map_put(&load->node_names, load->spec->cluster.nodes[i].name, i);
}

/* --- hops --- */

static enum hop find_hop(const char *key)
{
    enum hop hop = HOP_API_WRITE;

    while (hop < HOP_COUNT && strcmp(spec_hops[hop].key, key) != 0)
        hop++;
    return hop;
}

static void refuse_hop(struct load *load, const struct item *key, const struct path *path)
{
    struct field hops[HOP_COUNT];
    const struct field_set set = {.items = hops, .count = HOP_COUNT};
    const struct path way = key_path(path, key->text);
    char buffer[64];

    for (int i = 0; i < HOP_COUNT; i++)
        hops[i] = (struct field){.name = spec_hops[i].key};

    const char *suggestion = fields_suggest(&set, key->text, buffer);

    if (suggestion != NULL)
        diagnostics_error(&load->diagnostics, yaml_tree_place(key), &way,
                          "unknown hop; did you mean %s?", suggestion);
    else
        diagnostics_error(&load->diagnostics, yaml_tree_place(key), &way,
                          "unknown hop; expected one such as api.write, watch.node or proxy.sync");
}

static bool load_hop(struct load *load, const struct item *value, enum hop hop,
                     const struct path *path)
{
    struct checker checker = load->checker;
    struct distribution distribution;

    checker.arena = load->arena;
    if (!distribution_parse(&checker, value, path, &distribution))
        return false;
    if (hop != HOP_CONTROLLER_SYNC && hop != HOP_PROXY_SYNC &&
        !distribution_parse_refuse_affine(&load->checker, value, path, &distribution))
        return false;
    load->spec->cluster.latency[hop] = distribution;
    return true;
}

static void load_latency(struct load *load, const struct item *cluster, const struct path *path)
{
    const struct item *given = yaml_tree_get(cluster, "latency");
    const struct path way = key_path(path, "latency");
    const struct place place = yaml_tree_place(given);
    const struct item *all = yaml_tree_empty(load->scratch, place, ITEM_MAP);

    spec_default_latency(load->arena, load->spec->cluster.latency);
    for (int i = 0; i < HOP_COUNT; i++) {
        const struct item *text =
            spec_hops[i].default_text[0] == '{'
                ? distribution_parse_default(load->scratch, place, spec_hops[i].default_text)
                : yaml_tree_string(load->scratch, place, spec_hops[i].default_text);

        all = yaml_tree_with(load->scratch, all,
                             yaml_tree_string(load->scratch, place, spec_hops[i].key), text);
    }
    if (given->kind != ITEM_MAP && given->kind != ITEM_NULL)
        check_refuse(&load->checker, given, &way,
                     "a map of hops to distributions, such as {api.write: 4ms}");
    for (uint32_t i = 0; given->kind == ITEM_MAP && i < given->count; i++) {
        const struct item_entry *entry = &given->entries[i];
        const enum hop hop = find_hop(entry->key->text);
        const struct path hop_path = key_path(&way, entry->key->text);

        if (hop == HOP_COUNT)
            refuse_hop(load, entry->key, &way);
        else if (load_hop(load, entry->value, hop, &hop_path))
            all = yaml_tree_with(load->scratch, all, entry->key, entry->value);
    }
    load->latency = all;
}

/* --- components --- */

static sim_ns span_or(sim_ns span_ns, sim_ns default_ns)
{
    return span_ns > 0 ? span_ns : default_ns;
}

/* The words between commas, each copied; empty ones are left out. */
static const char *const *split(struct load *load, const char *text, uint32_t *count)
{
    const char **words =
        ARENA_NEW_ARRAY(load->arena, text == NULL ? 0 : strlen(text), const char *);

    *count = 0;
    for (const char *start = text; start != NULL;) {
        const char *comma = strchr(start, ',');
        const size_t length = comma == NULL ? strlen(start) : (size_t)(comma - start);

        if (length > 0)
            words[(*count)++] = arena_strndup(load->arena, start, length);
        start = comma == NULL ? NULL : comma + 1;
    }
    return words;
}

static void load_gates(struct load *load, const struct item *args, const struct path *path,
                       struct controller_manager_spec *spec)
{
    const struct path way = {.parent = path, .key = "feature-gates"};
    uint32_t count;
    const char *const *words = split(load, load_get_text(load, args, "feature-gates"), &count);
    struct feature_gate *gates = ARENA_NEW_ARRAY(load->arena, count, struct feature_gate);

    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strchr(words[i], '=');
        const bool is_on = equals != NULL && strcmp(equals, "=true") == 0;

        if (!is_on && (equals == NULL || strcmp(equals, "=false") != 0)) {
            check_refuse(&load->checker, yaml_tree_get(args, "feature-gates"), &way,
                         "gates such as EndpointSliceTerminatingCondition=true, between commas");
            return;
        }
        gates[spec->gate_count++] = (struct feature_gate){
            .name = arena_strndup(load->arena, words[i], (size_t)(equals - words[i])),
            .is_on = is_on};
    }
    spec->gates = gates;
}

static void load_ranges(struct load *load, const struct item *args, const struct path *path,
                        struct controller_manager_spec *spec)
{
    const struct path way = {.parent = path, .key = "service-cluster-ip-range"};
    uint32_t count;
    const char *const *words =
        split(load, load_get_text(load, args, "service-cluster-ip-range"), &count);

    for (uint32_t i = 0; i < count; i++) {
        const char *slash = strchr(words[i], '/');
        const char *address =
            slash == NULL ? words[i]
                          : arena_strndup(load->scratch, words[i], (size_t)(slash - words[i]));
        unsigned char bytes[16];
        const bool is_v4 = inet_pton(AF_INET, address, bytes) == 1;

        if (i >= IP_FAMILY_COUNT || slash == NULL ||
            (!is_v4 && inet_pton(AF_INET6, address, bytes) != 1) ||
            (i == 1 && (strchr(spec->service_ranges[0], ':') == NULL) == is_v4)) {
            check_refuse(&load->checker, yaml_tree_get(args, "service-cluster-ip-range"), &way,
                         "one range such as 10.96.0.0/12, or two of different families");
            return;
        }
        spec->service_ranges[i] = words[i];
    }
}

/* kube-proxy's gates; the same gate among the controller manager's flags counts too, since one file often has all. */
static void load_proxy_gates(struct load *load, const struct item *map, const struct path *path)
{
    const struct path proxy_path = key_path(path, "proxy");
    const struct path way = key_path(&proxy_path, "featureGates");
    const struct item *gates = yaml_tree_get(yaml_tree_get(map, "proxy"), "featureGates");
    struct cluster_spec *cluster = &load->spec->cluster;
    bool is_on = spec_has_gate(&cluster->controller_manager, "EndpointSliceProxying", true);

    for (uint32_t i = 0; gates != NULL && gates->kind == ITEM_MAP && i < gates->count; i++) {
        const struct path gate_path = key_path(&way, gates->entries[i].key->text);
        bool value = false;
        if (!value_bool(gates->entries[i].value, &value))
            check_refuse(&load->checker, gates->entries[i].value, &gate_path, "true or false");
        else if (strcmp(gates->entries[i].key->text, "EndpointSliceProxying") == 0)
            is_on = value;
    }
    if (gates != NULL && gates->kind != ITEM_MAP)
        check_refuse(&load->checker, gates, &way,
                     "a map of gates, such as {EndpointSliceProxying: false}");
    cluster->proxy.reads_endpoints = !is_on;
}

/* An address, "/", and fewer bits than it has. */
static bool is_range(const char *text)
{
    char address[INET6_ADDRSTRLEN] = "";
    const char *slash = strchr(text, '/');
    unsigned char bytes[16];
    char *end = NULL;
    long bits;

    if (slash == NULL || (size_t)(slash - text) >= sizeof address || slash[1] < '0' ||
        slash[1] > '9')
        return false;
    memcpy(address, text, (size_t)(slash - text));
    bits = strtol(slash + 1, &end, 10);
    if (*end != '\0')
        return false;
    if (inet_pton(AF_INET, address, bytes) == 1)
        return bits >= 1 && bits <= 30;
    return inet_pton(AF_INET6, address, bytes) == 1 && bits >= 1 && bits <= 112 &&
           strstr(address, "::") != NULL;
}

static void load_dns(const struct item *map, struct dns_spec *dns)
{
    const char *pods = yaml_tree_get(map, "pods")->text;

    *dns = (struct dns_spec){
        .pods = strcmp(pods, "disabled") == 0   ? DNS_PODS_DISABLED
                : strcmp(pods, "verified") == 0 ? DNS_PODS_VERIFIED
                                                : DNS_PODS_INSECURE,
        .ttl_ns = load_get_span(map, "ttl"),
        .caches_cluster_zone = load_get_bool(map, "cacheClusterZone"),
        .has_node_caches = load_get_bool(map, "nodeCache"),
    };
}

/* Balancers whose address a manifest has are there without cluster.loadBalancer: they check with the defaults. */
static void load_health_check(struct load *load, const struct item *item, const struct path *path)
{
    const struct item *map = yaml_tree_get(item, "healthCheck");
    const struct path check_path = {.parent = path, .key = "healthCheck"};
    const struct path way = {.parent = &check_path, .key = "timeout"};
    struct health_check_spec *check = &load->spec->cluster.load_balancer.health_check;

    if (map == NULL || map->kind != ITEM_MAP)
        return; /* reported, or none */
    check->interval_ns = load_get_span(map, "interval");
    check->timeout_ns = load_get_span(map, "timeout");
    check->healthy = (uint32_t)load_get_int(map, "healthy");
    check->unhealthy = (uint32_t)load_get_int(map, "unhealthy");
    if (check->timeout_ns > check->interval_ns && check->interval_ns > 0)
        check_refuse(&load->checker, yaml_tree_get(map, "timeout"), &way,
                     "at most healthCheck.interval");
}

static void load_balancer(struct load *load, const struct item *map, const struct path *path)
{
    const struct item *item = yaml_tree_get(map, "loadBalancer");
    const struct path balancer_path = {.parent = path, .key = "loadBalancer"};
    const struct path way = {.parent = &balancer_path, .key = "addresses"};
    struct load_balancer_spec *balancer = &load->spec->cluster.load_balancer;

    balancer->health_check =
        (struct health_check_spec){8 * NS_PER_S, NS_PER_S, .healthy = 1, .unhealthy = 3};
    if (item == NULL || item->kind != ITEM_MAP)
        return; /* reported, or none */
    balancer->is_there = true;
    balancer->range = load_get_text(load, item, "addresses");
    balancer->delay_ns = load_get_span(item, "delay");
    load_health_check(load, item, &balancer_path);
    if (!is_range(balancer->range))
        check_refuse(&load->checker, yaml_tree_get(item, "addresses"), &way,
                     "a range such as 203.0.113.0/24");
}

void load_cluster(struct load *load, const struct item *map, const struct path *path)
{
    struct cluster_spec *cluster = &load->spec->cluster;
    const struct item *iptables = yaml_tree_get(yaml_tree_get(map, "proxy"), "iptables");
    const struct item *args = yaml_tree_get(yaml_tree_get(map, "controllerManager"), "extraArgs");
    const struct path hosts_path = key_path(path, "externalHosts");
    const struct path manager_path = key_path(path, "controllerManager");
    const struct path args_path = key_path(&manager_path, "extraArgs");
    const char *gone = yaml_tree_get(yaml_tree_get(map, "network"), "goneAddress")->text;

    load_version(load, map, path);
    load_nodes(load, map, path);
    load_latency(load, map, path);
    load_external_hosts(load, yaml_tree_get(map, "externalHosts"), &hosts_path);
    cluster->proxy.min_sync_ns = span_or(load_get_span(iptables, "minSyncPeriod"), NS_PER_S);
    cluster->proxy.sync_ns = span_or(load_get_span(iptables, "syncPeriod"), 30 * NS_PER_S);
    cluster->controller_manager = (struct controller_manager_spec){
        .endpointslice_batch_ns = load_get_span(args, "endpointslice-updates-batch-period"),
        .endpoint_batch_ns = load_get_span(args, "endpoint-updates-batch-period"),
        .endpoint_workers = (uint32_t)load_get_int(args, "concurrent-endpoint-syncs"),
        .endpointslice_workers = (uint32_t)load_get_int(args, "concurrent-service-endpoint-syncs"),
        .deployment_workers = (uint32_t)load_get_int(args, "concurrent-deployment-syncs"),
        .replicaset_workers = (uint32_t)load_get_int(args, "concurrent-replicaset-syncs"),
        .max_endpoints_per_slice = (uint32_t)load_get_int(args, "max-endpoints-per-slice"),
        .api_qps = load_get_number(args, "kube-api-qps"),
        .api_burst = (uint32_t)load_get_int(args, "kube-api-burst"),
        .replicas = (uint32_t)load_get_int(yaml_tree_get(map, "controllerManager"), "replicas"),
        .has_no_election = !load_get_bool(args, "leader-elect"),
        .lease_ns = load_get_span(args, "leader-elect-lease-duration"),
        .renew_deadline_ns = load_get_span(args, "leader-elect-renew-deadline"),
        .retry_ns = load_get_span(args, "leader-elect-retry-period"),
        .mirroring_batch_ns = load_get_span(args, "mirroring-endpointslice-updates-batch-period"),
        .mirroring_workers =
            (uint32_t)load_get_int(args, "mirroring-concurrent-service-endpoint-syncs"),
        .mirroring_max = (uint32_t)load_get_int(args, "mirroring-max-endpoints-per-subset"),
    };
    cluster->controller_manager.controllers = split(load, load_get_text(load, args, "controllers"),
                                                    &cluster->controller_manager.controller_count);
    load_gates(load, args, &args_path, &cluster->controller_manager);
    load_ranges(load, args, &args_path, &cluster->controller_manager);
    load_proxy_gates(load, map, path);
    load_dns(yaml_tree_get(map, "dns"), &cluster->dns);
    load_balancer(load, map, path);
    cluster->gone_address =
        strcmp(gone, "unreachable") == 0 ? GONE_ADDRESS_UNREACHABLE : GONE_ADDRESS_DROP;
    cluster->has_api_service = true;
    cluster->cluster_domain = "cluster.local";
}
