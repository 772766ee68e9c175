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

bool load_split_cluster_name(struct load *load, const char *host, const char **name,
                             const char **ns)
{
    static const char suffix[] = ".svc.cluster.local";
    size_t length = strlen(host);

    if (length > 0 && host[length - 1] == '.')
        length--;
    if (length < sizeof suffix ||
        strncmp(host + length - (sizeof suffix - 1), suffix, sizeof suffix - 1) != 0)
        return false;

    const char *front = arena_strndup(load->scratch, host, length - (sizeof suffix - 1));
    const char *dot = strchr(front, '.');

    if (dot == NULL || strchr(dot + 1, '.') != NULL)
        return false;
    *name = arena_strndup(load->scratch, front, (size_t)(dot - front));
    *ns = dot + 1;
    return true;
}

/* What a target's host is. */
enum host_kind {
    HOST_SERVICE,
    HOST_POD,
    HOST_OUTSIDE
};

static bool has_namespace(const struct load *load, const char *ns)
{
    for (uint32_t i = 0; i < load->object_count; i++) {
        if (strcmp(load->objects[i].ns, ns) == 0)
            return true;
    }
    return false;
}

/* "name.namespace" could as well be a host outside: it is one if there is no such namespace and it ends as hosts do. */
static bool is_outside(const struct load *load, const char *host, const char *ns)
{
    static const char *const tlds = "com org net io dev app edu gov info example test";

    return name_map_get(&load->host_names, host) != ID_NONE ||
           (fields_has_word(tlds, ns) && !has_namespace(load, ns));
}

/* The host's labels: kubia, kubia.shop, kubia.shop.svc, kubia.shop.svc.cluster.local; with one more in front a pod. */
static enum host_kind split_host(struct load *load, const char *host, struct client_spec *client)
{
    static const char *const ends[] = {".svc.cluster.local", ".svc"};
    const size_t length = strlen(host);
    const char *name = host;
    const char *dot;

    for (size_t i = 0; i < EP_COUNT_OF(ends); i++) {
        const size_t end = strlen(ends[i]);

        if (name == host && length > end && strcmp(host + length - end, ends[i]) == 0)
            name = arena_strndup(load->scratch, host, length - end);
    }
    dot = strchr(name, '.');
    client->service_ns = "default";
    if (dot == NULL) {
        client->service = load_text(load, name);
        return HOST_SERVICE;
    }
    if (name == host && (strchr(dot + 1, '.') != NULL || is_outside(load, host, dot + 1))) {
        client->service = load_text(load, host);
        client->service_ns = NULL;
        return HOST_OUTSIDE;
    }

    const char *last = strrchr(name, '.');

    client->service = load_text(load, arena_strndup(load->scratch, name, (size_t)(last - name)));
    client->service_ns = load_text(load, last + 1);
    return dot == last ? HOST_SERVICE : HOST_POD;
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
    if (is_headless || service->type == SERVICE_EXTERNAL_NAME)
        return; /* DNS gives the addresses; the port is the client's */
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
    switch (split_host(load, url.host, client)) {
    case HOST_SERVICE:
        check_service(load, item, &way, client);
        break;
    case HOST_POD:
        diagnostics_warning(
            &load->diagnostics, yaml_tree_place(item), &way,
            "names of single pods are not modelled yet; the requests will end in dns");
        break;
    case HOST_OUTSIDE:
        break;
    }
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

static double load_rate(struct load *load, const struct item *map, const struct path *path,
                        const char *key, double unit_s)
{
    const struct path way = key_path(path, key);
    const double rate_per_s = load_get_number(map, key) / unit_s;

    if (rate_per_s > RATE_MAX_PER_S)
        check_refuse(&load->checker, yaml_tree_get(map, key), &way,
                     "at most 1e9 requests a second");
    return rate_per_s;
}

/* Reports keys that belong to the other executor. */
static void refuse_stray(struct load *load, const struct item *map, const struct path *path,
                         const char *keys, const char *executor)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct item *key = map->entries[i].key;
        const struct path way = key_path(path, key->text);

        if (fields_has_word(keys, key->text))
            diagnostics_error(&load->diagnostics, yaml_tree_place(key), &way, "goes with %s only",
                              executor);
    }
}

static void load_stages(struct load *load, const struct item *map, const struct path *path,
                        struct client_spec *client)
{
    const struct item *list = yaml_tree_get(map, "stages");
    const struct path list_path = key_path(path, "stages");
    const double unit_s = (double)load_get_span(map, "timeUnit") / (double)NS_PER_S;
    const uint32_t count = list != NULL ? list->count : 0;
    struct rate_stage *stages = ARENA_NEW_ARRAY(load->arena, count, struct rate_stage);
    bool has_rate = false;

    client->start_rate_per_s = load_rate(load, map, path, "startRate", unit_s);
    has_rate = client->start_rate_per_s > 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct item *stage = list->entries[i].value;
        const struct path way = {.parent = &list_path, .index = i};

        if (stage->kind != ITEM_MAP || yaml_tree_get(stage, "target") == NULL)
            return; /* reported */
        stages[i].duration_ns = load_get_span(stage, "duration");
        stages[i].target_per_s = load_rate(load, stage, &way, "target", unit_s);
        has_rate = has_rate || stages[i].target_per_s > 0;
    }
    client->stages = stages;
    client->stage_count = count;
    if (count == 0)
        diagnostics_error(&load->diagnostics, yaml_tree_place(list != NULL ? list : map),
                          &list_path,
                          "missing; expected stages such as [{duration: 1m, target: 200}]");
    else if (!has_rate)
        diagnostics_error(&load->diagnostics, yaml_tree_place(list), &list_path,
                          "no request ever; expected a target or startRate above 0");
}

/* After arrivals. */
static void load_executor(struct load *load, const struct item *map, const struct path *path,
                          struct client_spec *client)
{
    const double unit_s = (double)load_get_span(map, "timeUnit") / (double)NS_PER_S;
    const struct path rate_path = key_path(path, "rate");
    const struct path arrivals_path = key_path(path, "arrivals");

    if (strcmp(yaml_tree_get(map, "executor")->text, "ramping-arrival-rate") == 0) {
        client->executor = EXECUTOR_RAMPING_ARRIVAL_RATE;
        refuse_stray(load, map, path, "rate", "constant-arrival-rate");
        load_stages(load, map, path, client);
        if (client->arrivals == ARRIVALS_DISTRIBUTION)
            check_refuse(&load->checker, yaml_tree_get(map, "arrivals"), &arrivals_path,
                         "poisson or even with a rate that changes");
        return;
    }
    refuse_stray(load, map, path, "startRate stages", "ramping-arrival-rate");
    if (yaml_tree_get(map, "rate") == NULL && !load->has_refused_client)
        diagnostics_error(&load->diagnostics, yaml_tree_place(map), &rate_path,
                          "missing; expected a number above 0");
    client->rate_per_s = load_rate(load, map, path, "rate", unit_s);
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

    client->name = load_get_text(load, map, "name");
    client->timeout_ns = load_get_span(map, "timeout");
    client->identity_count = (uint32_t)load_get_int(map, "identities");
    client->has_turns = strcmp(yaml_tree_get(map, "identityOrder")->text, "turns") == 0;
    load_target(load, map, path, client);
    load_arrivals(load, map, path, client);
    load_executor(load, map, path, client);
    load_from(load, yaml_tree_get(map, "from"), &from_path, client);
}

void load_clients(struct load *load, const struct item *list, const struct path *path)
{
    const struct item *raw = yaml_tree_get(yaml_tree_get(load->raw_scenario, "spec"), "clients");
    struct client_spec *clients = ARENA_NEW_ARRAY(load->arena, list->count, struct client_spec);
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};

        if (map->kind != ITEM_MAP)
            continue; /* reported */
        load->has_refused_client = load_has_refused(
            raw != NULL && raw->kind == ITEM_LIST && i < raw->count ? raw->entries[i].value : NULL,
            map);
        check_name(load, map, &way, clients, count);
        load_client(load, map, &way, &clients[count++]);
    }
    load->spec->traffic.clients = clients;
    load->spec->traffic.client_count = count;
}
