/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.clients: who sends requests to whom.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/distribution_parse.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define URL_EXPECTED "a URL such as http://kubia or http://kubia.shop:8080"
#define RATE_MAX_PER_S 1e9

static struct path key_path(const struct path *parent, const char *key)
{
    return (struct path){.parent = parent, .key = key};
}

/* --- target --- */

/* A URL taken apart. */
struct target_url {
    const char *host;
    const char *port; /* NULL: none */
    bool is_https;
};

static bool split_url(struct arena *arena, const char *text, struct target_url *url)
{
    const char *rest = strstr(text, "://");
    size_t length;

    *url = (struct target_url){0};
    if (rest == NULL) {
        rest = text;
    } else {
        url->is_https = strncmp(text, "https://", 8) == 0;
        if (!url->is_https && strncmp(text, "http://", 7) != 0)
            return false;
        rest += 3;
    }
    length = strcspn(rest, ":/?#");
    url->host = arena_strndup(arena, rest, length);
    rest += length;
    if (*rest == ':') {
        length = strcspn(rest + 1, "/?#");
        url->port = arena_strndup(arena, rest + 1, length);
        rest += 1 + length;
    }
    return value_is_dns_subdomain(url->host) && (*rest == '\0' || *rest == '/');
}

/* The host's labels: kubia, kubia.shop, kubia.shop.svc, kubia.shop.svc.cluster.local. False: another name. */
static bool split_host(struct load *load, const char *host, struct client_spec *client)
{
    const char *dot = strchr(host, '.');
    const char *second_dot = dot != NULL ? strchr(dot + 1, '.') : NULL;

    client->service_ns = "default";
    if (dot == NULL) {
        client->service = load_text(load, host);
        return true;
    }
    client->service = load_text(load, arena_strndup(load->scratch, host, (size_t)(dot - host)));
    if (second_dot == NULL) {
        client->service_ns = load_text(load, dot + 1);
        return true;
    }
    client->service_ns =
        load_text(load, arena_strndup(load->scratch, dot + 1, (size_t)(second_dot - dot - 1)));
    return strcmp(second_dot, ".svc") == 0 || strcmp(second_dot, ".svc.cluster.local") == 0;
}

/* "name.namespace" could as well be a host outside: it is one if there is no such namespace and it ends as hosts do. */
static bool is_outside(const struct load *load, const char *host, const struct client_spec *client)
{
    static const char *const tlds = "com org net io dev app edu gov info example test";

    if (strchr(host, '.') == NULL || !fields_has_word(tlds, client->service_ns))
        return false;
    for (uint32_t i = 0; i < load->object_count; i++) {
        if (strcmp(load->objects[i].ns, client->service_ns) == 0)
            return false;
    }
    return true;
}

static bool load_port(struct load *load, const struct item *item, const struct path *path,
                      const struct target_url *url, struct client_spec *client)
{
    char *end = NULL;
    long port;

    client->port = url->is_https ? 443 : 80;
    if (url->port == NULL)
        return true;
    port = strtol(url->port, &end, 10);
    if (url->port[0] < '0' || url->port[0] > '9' || *end != '\0' || port < 1 || port > UINT16_MAX) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(item), path,
                          "port \"%.40s\" in %s; expected a number from 1 to 65535", url->port,
                          check_describe(load->scratch, item));
        return false;
    }
    client->port = (uint16_t)port;
    return true;
}

static const struct service_spec *find_service(const struct load *load,
                                               const struct client_spec *client)
{
    const uint32_t index =
        name_map_get(&load->service_names,
                     arena_printf(load->scratch, "%s/%s", client->service_ns, client->service));

    return index != ID_NONE ? &load->services[index] : NULL;
}

static const char *port_list(struct arena *arena, const struct service_spec *service)
{
    const char *text = "";

    for (uint32_t i = 0; i < service->port_count && i < 8; i++)
        text = arena_printf(arena, "%s%s%u", text, i == 0 ? "" : ", ", service->ports[i].port);
    return text;
}

/* What the target needs of the cluster. */
static void check_service(struct load *load, const struct item *item, const struct path *path,
                          const struct client_spec *client)
{
    const struct service_spec *service = find_service(load, client);
    const bool is_headless =
        service != NULL && service->cluster_ip != NULL && strcmp(service->cluster_ip, "None") == 0;

    if (service == NULL) {
        diagnostics_warning(
            &load->diagnostics, yaml_tree_place(item), path,
            "no Service %s in namespace %s%s; the requests will end in dns", client->service,
            client->service_ns,
            load_suggest_object(load, "Service", client->service_ns, client->service));
        return;
    }
    if (is_headless || service->type == SERVICE_EXTERNAL_NAME || service->selector.is_null) {
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(item), path,
            "Service %s %s, which is not supported yet; expected one with a selector and a clusterIP",
            client->service,
            is_headless                              ? "is headless"
            : service->type == SERVICE_EXTERNAL_NAME ? "is of type ExternalName"
                                                     : "has no selector");
        return;
    }
    for (uint32_t i = 0; i < service->port_count; i++) {
        if (service->ports[i].port == client->port && service->ports[i].protocol == PROTOCOL_TCP)
            return;
    }
    if (service->port_count > 0)
        diagnostics_error(&load->diagnostics, yaml_tree_place(item), path,
                          "Service %s has no TCP port %u; it has %s", client->service, client->port,
                          port_list(load->scratch, service));
}

static void load_target(struct load *load, const struct item *map, const struct path *path,
                        struct client_spec *client)
{
    const struct item *item = yaml_tree_get(map, "target");
    const struct path way = key_path(path, "target");
    struct target_url url;

    if (item == NULL)
        return; /* reported */
    client->target = load_text(load, item->text);
    if (!split_url(load->scratch, item->text, &url)) {
        check_refuse(&load->checker, item, &way, URL_EXPECTED);
        return;
    }
    if (!load_port(load, item, &way, &url, client))
        return;
    if (!split_host(load, url.host, client) || is_outside(load, url.host, client)) {
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(item), &way,
            "host %s is outside the cluster, which is not supported yet; expected a Service such as "
            "http://kubia.default",
            url.host);
        return;
    }
    check_service(load, item, &way, client);
}

/* --- the rest of a client --- */

static void load_arrivals(struct load *load, const struct item *map, const struct path *path,
                          struct client_spec *client)
{
    const struct item *item = yaml_tree_get(map, "arrivals");
    const struct path way = key_path(path, "arrivals");
    struct checker checker = load->checker;

    checker.arena = load->arena;
    client->arrivals = ARRIVALS_POISSON;
    if (item->kind == ITEM_STRING && strcmp(item->text, "poisson") == 0)
        return;
    if (item->kind == ITEM_STRING && strcmp(item->text, "even") == 0) {
        client->arrivals = ARRIVALS_EVEN;
        return;
    }
    if (item->kind == ITEM_MAP) {
        if (!distribution_parse(&checker, item, &way, &client->gap) ||
            !distribution_parse_refuse_affine(&load->checker, item, &way, &client->gap))
            return;
        client->arrivals = ARRIVALS_DISTRIBUTION;
        if (!(distribution_mean_ns(&client->gap) >= 1))
            check_refuse(&load->checker, item, &way, "gaps with a mean above 0s");
        return;
    }
    check_refuse(&load->checker, item, &way,
                 "poisson, even, or a distribution such as {exponential: {mean: 5ms}}");
}

static void load_from(struct load *load, const struct item *from, const struct path *path,
                      struct client_spec *client)
{
    const struct item *list = yaml_tree_get(from, "nodes");
    const struct path way = key_path(path, "nodes");
    const char **names;
    struct name_map seen;

    if (list->kind == ITEM_STRING && strcmp(list->text, "all") == 0)
        return;
    name_map_init(&seen, load->scratch);
    if (list->kind != ITEM_LIST || list->count == 0) {
        check_refuse(&load->checker, list, &way, "all, or a list of nodes such as [node-1]");
        return;
    }
    names = ARENA_NEW_ARRAY(load->arena, list->count, const char *);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *item = list->entries[i].value;
        const struct path name_path = {.parent = &way, .index = i};

        if (item->kind != ITEM_STRING) {
            check_refuse(&load->checker, item, &name_path, "a node's name such as node-1");
            continue;
        }
        if (name_map_get(&load->node_names, item->text) == ID_NONE)
            diagnostics_error(&load->diagnostics, yaml_tree_place(item), &name_path,
                              "no node %.80s; there are %u, the first is %s", item->text,
                              load->spec->cluster.node_count,
                              load->spec->cluster.node_count > 0 ? load->spec->cluster.nodes[0].name
                                                                 : "missing");
        if (name_map_get(&seen, item->text) != ID_NONE)
            diagnostics_error(&load->diagnostics, yaml_tree_place(item), &name_path,
                              "%s is listed twice", item->text);
        name_map_put(&seen, item->text, i);
        names[client->from_node_count++] = load_text(load, item->text);
    }
    client->from_nodes = names;
}

static void check_name(struct load *load, const struct item *map, const struct path *path,
                       const struct client_spec *clients, uint32_t count)
{
    const struct item *name = yaml_tree_get(map, "name");
    const struct path way = key_path(path, "name");

    if (name == NULL)
        return;
    if (name->text[0] == '\0')
        check_refuse(&load->checker, name, &way, "a name such as shoppers");
    for (uint32_t i = 0; i < count; i++) {
        if (clients[i].name != NULL && strcmp(clients[i].name, name->text) == 0)
            diagnostics_error(&load->diagnostics, yaml_tree_place(name), &way,
                              "client %s is there already", name->text);
    }
}

static void load_client(struct load *load, const struct item *map, const struct path *path,
                        struct client_spec *client)
{
    const struct path from_path = key_path(path, "from");
    const struct path rate_path = key_path(path, "rate");
    const double unit_s = (double)load_get_span(map, "timeUnit") / (double)NS_PER_S;

    client->name = load_get_text(load, map, "name");
    client->timeout_ns = load_get_span(map, "timeout");
    client->rate_per_s = load_get_number(map, "rate") / unit_s;
    if (client->rate_per_s > RATE_MAX_PER_S)
        check_refuse(&load->checker, yaml_tree_get(map, "rate"), &rate_path,
                     "at most 1e9 requests a second");
    load_target(load, map, path, client);
    load_arrivals(load, map, path, client);
    load_from(load, yaml_tree_get(map, "from"), &from_path, client);
}

void load_clients(struct load *load, const struct item *list, const struct path *path)
{
    struct client_spec *clients = ARENA_NEW_ARRAY(load->arena, list->count, struct client_spec);
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};

        if (map->kind != ITEM_MAP)
            continue; /* reported */
        check_name(load, map, &way, clients, count);
        load_client(load, map, &way, &clients[count++]);
    }
    load->spec->traffic.clients = clients;
    load->spec->traffic.client_count = count;
}
