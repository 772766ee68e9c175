/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Endpoints and EndpointSlices written by hand, and hosts outside the cluster: all that has addresses.
 */
#include <arpa/inet.h>
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define SLICE_ADDRESSES_MAX 100u
#define SLICE_HINTS_MAX 8u
#define SLICE_ENDPOINTS_MAX 1000u /* the API server's limit, and where mirroring cuts Endpoints */

/* --- addresses --- */

/* Why the API server takes no such address for an endpoint, or NULL. */
static const char *why_special_v4(const unsigned char a[4])
{
    if (a[0] == 127)
        return "a loopback address";
    if (a[0] == 169 && a[1] == 254)
        return "a link-local address";
    if (a[0] == 224 && a[1] == 0 && a[2] == 0)
        return "a link-local multicast address";
    return a[0] == 0 && a[1] == 0 && a[2] == 0 && a[3] == 0 ? "an unspecified address" : NULL;
}

static const char *why_special_v6(const unsigned char a[16])
{
    static const unsigned char zeros[15] = {0};

    if (memcmp(a, zeros, sizeof zeros) == 0 && a[15] <= 1)
        return a[15] == 1 ? "a loopback address" : "an unspecified address";
    if (a[0] == 0xFE && (a[1] & 0xC0) == 0x80)
        return "a link-local address";
    return a[0] == 0xFF && (a[1] & 0x0F) == 2 ? "a link-local multicast address" : NULL;
}

/* True if the text is an address that an endpoint may have; else reported. */
static bool check_address(struct load *load, const struct item *item, const struct path *path)
{
    unsigned char address[16];
    const char *reason = NULL;

    if (item->kind != ITEM_STRING)
        return false; /* reported */
    if (inet_pton(AF_INET, item->text, address) == 1) {
        reason = why_special_v4(address);
    } else if (inet_pton(AF_INET6, item->text, address) == 1) {
        reason = why_special_v6(address);
    } else {
        check_refuse(&load->checker, item, path, "an IP address");
        return false;
    }
    if (reason != NULL)
        diagnostics_error(&load->diagnostics, yaml_tree_place(item), path,
                          "%s is %s; expected one that other hosts can reach", item->text, reason);
    return reason == NULL;
}

static void read_reference(struct load *load, const struct item *map, struct address_spec *address)
{
    const struct item *reference = yaml_tree_get(map, "targetRef");
    const char *kind = load_get_text(load, reference, "kind");

    if (kind != NULL && strcmp(kind, "Pod") == 0)
        address->target_pod = load_get_text(load, reference, "name");
    address->hostname = load_get_text(load, map, "hostname");
    address->node_name = load_get_text(load, map, "nodeName");
}

static void check_hostname(struct load *load, const struct item *map, const struct path *path)
{
    const struct item *item = yaml_tree_get(map, "hostname");
    const struct path way = key_path(path, "hostname");

    if (item != NULL && item->text[0] != '\0' && !value_is_dns_label(item->text))
        check_refuse(&load->checker, item, &way,
                     "a host name of lower-case letters, digits and '-'");
}

/* --- ports --- */

static bool is_taken(const struct endpoint_port_spec *ports, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(ports[i].name != NULL ? ports[i].name : "", name) == 0)
            return true;
    }
    return false;
}

static void read_ports(struct load *load, const struct item *list, const struct path *path,
                       struct subset_spec *subset)
{
    const uint32_t count = list != NULL ? list->count : 0;
    struct endpoint_port_spec *ports =
        ARENA_NEW_ARRAY(load->arena, count, struct endpoint_port_spec);

    for (uint32_t i = 0; i < count; i++) {
        const struct item *map = list->entries[i].value;
        const struct path way = {.parent = path, .index = i};
        const struct path name_path = key_path(&way, "name");
        const char *name = load_get_text(load, map, "name");

        if (map->kind != ITEM_MAP || yaml_tree_get(map, "port") == NULL)
            continue; /* reported */
        if (count > 1 && (name == NULL || name[0] == '\0'))
            diagnostics_error(&load->diagnostics, yaml_tree_place(map), &name_path,
                              "missing; with several ports each needs a name");
        else if (is_taken(ports, subset->port_count, name != NULL ? name : ""))
            diagnostics_error(&load->diagnostics, load_key_place(map, "name"), &name_path,
                              "\"%s\" is taken already", name != NULL ? name : "");
        if (name != NULL && name[0] != '\0' && !value_is_dns_label(name))
            check_refuse(&load->checker, yaml_tree_get(map, "name"), &name_path,
                         "at most 63 lower-case letters, digits and '-'");

        const char *protocol = yaml_tree_get(map, "protocol")->text;

        ports[subset->port_count++] =
            (struct endpoint_port_spec){.name = name,
                                        .number = (uint16_t)load_get_int(map, "port"),
                                        .app_protocol = load_get_text(load, map, "appProtocol"),
                                        .protocol = protocol[0] == 'T'   ? PROTOCOL_TCP
                                                    : protocol[0] == 'U' ? PROTOCOL_UDP
                                                                         : PROTOCOL_SCTP};
    }
    subset->ports = ports;
}

/* --- Endpoints --- */

static void read_addresses(struct load *load, const struct item *map, const struct path *path,
                           const char *key, struct subset_spec *subset)
{
    const struct item *list = yaml_tree_get(map, key);
    const struct path list_path = key_path(path, key);
    struct address_spec *addresses = NULL;
    uint32_t capacity = 0;

    if (list == NULL)
        return;
    capacity = subset->address_count + list->count;
    addresses = ARENA_NEW_ARRAY(load->arena, capacity, struct address_spec);
    if (subset->address_count > 0)
        memcpy(addresses, subset->addresses, subset->address_count * sizeof *addresses);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *element = list->entries[i].value;
        const struct item *ip = yaml_tree_get(element, "ip");
        const struct path way = {.parent = &list_path, .index = i};
        const struct path ip_path = key_path(&way, "ip");

        if (ip == NULL || !check_address(load, ip, &ip_path))
            continue; /* reported */

        struct address_spec *address = &addresses[subset->address_count++];

        address->ip = load_text(load, ip->text);
        address->is_ready = strcmp(key, "addresses") == 0;
        read_reference(load, element, address);
        check_hostname(load, element, &way);
    }
    subset->addresses = addresses;
}

static void read_subset(struct load *load, const struct item *map, const struct path *path,
                        struct subset_spec *subset)
{
    const struct item *ready = yaml_tree_get(map, "addresses");
    const struct item *other = yaml_tree_get(map, "notReadyAddresses");
    const struct path ports_path = key_path(path, "ports");
    const uint32_t count = (ready != NULL ? ready->count : 0) + (other != NULL ? other->count : 0);

    if (count == 0)
        diagnostics_error(&load->diagnostics, yaml_tree_place(map), path,
                          "must have addresses or notReadyAddresses");
    if (count > SLICE_ENDPOINTS_MAX)
        diagnostics_warning(&load->diagnostics, yaml_tree_place(map), path,
                            "%u addresses; only the first 1000 are mirrored to slices", count);
    read_addresses(load, map, path, "addresses", subset);
    read_addresses(load, map, path, "notReadyAddresses", subset);
    read_ports(load, yaml_tree_get(map, "ports"), &ports_path, subset);
}

void load_endpoints(struct load *load, const struct object *object, const struct item *map,
                    struct apply_spec *typed)
{
    const struct path meta_path = key_path(&object->root, "metadata");
    const struct path list_path = key_path(&object->root, "subsets");
    const struct item *list = yaml_tree_get(map, "subsets");
    const uint32_t count = list != NULL ? list->count : 0;
    struct endpoints_spec *endpoints = ARENA_NEW(load->arena, struct endpoints_spec);
    struct subset_spec *subsets = ARENA_NEW_ARRAY(load->arena, count, struct subset_spec);

    load_meta(load, yaml_tree_get(map, "metadata"), &meta_path, &endpoints->meta);
    endpoints->meta.ns = load_text(load, object->ns);
    endpoints->subsets = subsets;
    for (uint32_t i = 0; i < count; i++) {
        const struct path way = {.parent = &list_path, .index = i};

        if (list->entries[i].value->kind == ITEM_MAP)
            read_subset(load, list->entries[i].value, &way, &subsets[endpoints->subset_count++]);
    }
    typed->kind = APPLY_ENDPOINTS;
    typed->endpoints = endpoints;
}

/* --- EndpointSlices --- */

/* Sets one condition's bit if it is given; its value, `otherwise` if it is not. */
static bool read_condition(const struct item *conditions, const char *key, uint8_t bit,
                           bool otherwise, uint8_t *known)
{
    if (yaml_tree_get(conditions, key) == NULL)
        return otherwise;
    *known |= bit;
    return load_get_bool(conditions, key);
}

/* The names of hints.forZones or forNodes: at most 8, each once. */
static const char *const *read_hints(struct load *load, const struct item *hints, const char *key,
                                     const struct path *path, uint32_t *count)
{
    const struct item *list = yaml_tree_get(hints, key);
    const char **names = ARENA_NEW_ARRAY(load->arena, list != NULL ? list->count : 0, const char *);
    const struct path hints_path = key_path(path, "hints");
    const struct path list_path = key_path(&hints_path, key);

    if (list != NULL && list->count > SLICE_HINTS_MAX)
        diagnostics_error(&load->diagnostics, yaml_tree_place(list), &list_path,
                          "%u names; expected at most 8", list->count);

    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const char *name = load_get_text(load, list->entries[i].value, "name");

        for (uint32_t k = 0; name != NULL && k < *count; k++) {
            const struct path item_path = {.parent = &list_path, .index = i};

            if (strcmp(names[k], name) == 0)
                diagnostics_error(&load->diagnostics, yaml_tree_place(list->entries[i].value),
                                  &item_path, "%s is listed twice", name);
        }
        if (name != NULL)
            names[(*count)++] = name; /* if not: reported */
    }
    return names;
}

static bool check_slice_address(struct load *load, const struct item *item, const struct path *path,
                                const char *type)
{
    if (!check_address(load, item, path))
        return false;
    if ((strchr(item->text, ':') != NULL) == (strcmp(type, "IPv6") == 0))
        return true;
    diagnostics_error(&load->diagnostics, yaml_tree_place(item), path,
                      "%s is no %s address, which addressType asks for", item->text, type);
    return false;
}

/* Adds its first address; proxies look at no other. */
static bool read_endpoint(struct load *load, const struct item *map, const struct path *path,
                          const char *type, struct address_spec *address)
{
    const struct item *list = yaml_tree_get(map, "addresses");
    const struct item *conditions = yaml_tree_get(map, "conditions");
    const struct path list_path = key_path(path, "addresses");
    bool is_fine = true;

    if (list == NULL)
        return false; /* reported */
    if (list->count == 0) {
        check_refuse(&load->checker, list, &list_path, "at least one address");
        return false;
    }

    if (list->count > SLICE_ADDRESSES_MAX) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(list), &list_path,
                          "%u addresses; expected at most 100 for one endpoint", list->count);
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const struct path way = {.parent = &list_path, .index = i};

        is_fine &= check_slice_address(load, list->entries[i].value, &way, type);
    }
    if (!is_fine)
        return false;
    address->ip = load_text(load, list->entries[0].value->text);
    address->is_ready = read_condition(conditions, "ready", CONDITION_READY, true, &address->known);
    address->is_serving =
        read_condition(conditions, "serving", CONDITION_SERVING, true, &address->known);
    address->is_terminating =
        read_condition(conditions, "terminating", CONDITION_TERMINATING, false, &address->known);
    address->zone = load_get_text(load, map, "zone");
    read_reference(load, map, address);
    check_hostname(load, map, path);

    const struct item *hints = yaml_tree_get(map, "hints");

    address->hint_zones = read_hints(load, hints, "forZones", path, &address->hint_zone_count);
    address->hint_nodes = read_hints(load, hints, "forNodes", path, &address->hint_node_count);
    return true;
}

/* The trigger time among the annotations; one that is none is nobody's. */
static void read_trigger(struct load *load, const struct item *map, struct slice_spec *slice)
{
    const struct item *annotations = yaml_tree_get(yaml_tree_get(map, "metadata"), "annotations");
    const struct item *text =
        yaml_tree_get(annotations, "endpoints.kubernetes.io/last-change-trigger-time");
    int64_t unix_s = 0;
    sim_ns fraction_ns = 0;

    if (text == NULL || !value_time(text, &unix_s, &fraction_ns))
        return;
    slice->has_trigger = true;
    slice->trigger_ns = unix_s - load->spec->epoch_s > 0
                            ? 0
                            : (unix_s - load->spec->epoch_s) * NS_PER_S + fraction_ns;
}

void load_slice(struct load *load, const struct object *object, const struct item *map,
                struct apply_spec *typed)
{
    const struct path meta_path = key_path(&object->root, "metadata");
    const struct path list_path = key_path(&object->root, "endpoints");
    const struct path ports_path = key_path(&object->root, "ports");
    const struct item *list = yaml_tree_get(map, "endpoints");
    const struct item *type = yaml_tree_get(map, "addressType");
    const uint32_t count = list != NULL && type != NULL ? list->count : 0;
    struct slice_spec *slice = ARENA_NEW(load->arena, struct slice_spec);
    struct address_spec *addresses = ARENA_NEW_ARRAY(load->arena, count, struct address_spec);

    load_meta(load, yaml_tree_get(map, "metadata"), &meta_path, &slice->meta);
    slice->meta.ns = load_text(load, object->ns);
    slice->service = labels_get(&slice->meta.labels, "kubernetes.io/service-name");
    slice->content.addresses = addresses;
    if (count > SLICE_ENDPOINTS_MAX)
        diagnostics_error(&load->diagnostics, yaml_tree_place(list), &list_path,
                          "%u endpoints; expected at most 1000 in one slice", count);
    for (uint32_t i = 0; i < count && i < SLICE_ENDPOINTS_MAX; i++) {
        const struct path way = {.parent = &list_path, .index = i};

        if (list->entries[i].value->kind == ITEM_MAP &&
            read_endpoint(load, list->entries[i].value, &way, type->text,
                          &addresses[slice->content.address_count]))
            slice->content.address_count++;
    }
    read_ports(load, yaml_tree_get(map, "ports"), &ports_path, &slice->content);
    slice->is_ipv6 = type != NULL && strcmp(type->text, "IPv6") == 0;
    read_trigger(load, map, slice);
    typed->kind = APPLY_SLICE;
    typed->slice = slice;
}

/* --- hosts outside --- */

const struct external_host_spec *load_external_host(struct load *load, const struct item *map,
                                                    const struct path *path)
{
    const struct item *host = yaml_tree_get(map, "host");
    const struct item *list = yaml_tree_get(map, "addresses");
    const struct path host_path = key_path(path, "host");
    const struct path list_path = key_path(path, "addresses");
    const uint32_t count = list != NULL ? list->count : 0;
    const char **addresses = ARENA_NEW_ARRAY(load->arena, count, const char *);
    struct external_host_spec *spec = ARENA_NEW(load->arena, struct external_host_spec);

    if (host != NULL && !value_is_dns_subdomain(host->text))
        check_refuse(&load->checker, host, &host_path, "a host's name such as api.example.com");
    if (list != NULL && count == 0)
        check_refuse(&load->checker, list, &list_path, "at least one IP address");
    for (uint32_t i = 0; i < count; i++) {
        const struct path way = {.parent = &list_path, .index = i};

        if (check_address(load, list->entries[i].value, &way))
            addresses[spec->address_count++] = load_text(load, list->entries[i].value->text);
    }
    spec->host = host != NULL ? load_text(load, host->text) : "";
    spec->addresses = addresses;
    spec->ttl_ns = load_get_span(map, "ttl");
    spec->latency_ns = load_get_span(map, "latency");
    return spec;
}

void load_external_hosts(struct load *load, const struct item *list, const struct path *path)
{
    struct external_host_spec *hosts =
        ARENA_NEW_ARRAY(load->arena, list->count, struct external_host_spec);

    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct path way = {.parent = path, .index = i};
        const struct path host_path = key_path(&way, "host");
        const uint32_t count = load->spec->cluster.external_host_count;

        if (map->kind != ITEM_MAP)
            continue; /* reported */
        hosts[count] = *load_external_host(load, map, &way);
        if (name_map_get(&load->host_names, hosts[count].host) != ID_NONE)
            diagnostics_error(&load->diagnostics, load_key_place(map, "host"), &host_path,
                              "host %s is there already", hosts[count].host);
        name_map_put(&load->host_names, hosts[count].host, i);
        load->spec->cluster.external_host_count++;
    }
    load->spec->cluster.external_hosts = hosts;
}
