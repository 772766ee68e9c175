/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.clients[].target: a URL, and what its host is to the cluster's DNS.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define URL_EXPECTED "a URL such as http://kubia or http://kubia.shop:8080"

/* A URL taken apart. */
struct target_url {
    const char *host;
    const char *port; /* NULL: none */
    bool is_https;
};

/* A dot at the end is fine: the name as it is, without the search path. */
static bool is_host(struct arena *arena, const char *host)
{
    const size_t length = strlen(host);

    return value_is_dns_subdomain(
        length > 1 && host[length - 1] == '.' ? arena_strndup(arena, host, length - 1) : host);
}

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
    return is_host(arena, url->host) && (*rest == '\0' || *rest == '/');
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

/* How many names a resolver with ndots:5 and the search path NAMESPACE.svc.cluster.local, svc.cluster.local,
 * cluster.local asks for until it comes to the host: `domains` are those that complete it, 0 as it is written. */
static void count_tries(const char *host, uint32_t domains, struct client_spec *client)
{
    const size_t length = strlen(host);
    uint32_t dots = 0;

    for (size_t i = 0; i < length; i++)
        dots += host[i] == '.';
    client->try_count_max = length > 0 && host[length - 1] == '.' ? 1 : 4;
    if (domains > 0)
        client->try_count = domains;
    else
        client->try_count = client->try_count_max == 1 || dots >= 5 ? 1 : 4;
}

/* "web-0.web" is a pod: there is a headless Service "web" in the default namespace, and no Service "web-0" in "web". */
static bool is_pod_of(const struct load *load, const char *pod, const char *service)
{
    const uint32_t index =
        name_map_get(&load->service_names, arena_printf(load->scratch, "default/%s", service));

    return index != ID_NONE && load->services[index].cluster_ip != NULL &&
           strcmp(load->services[index].cluster_ip, "None") == 0 &&
           name_map_get(&load->service_names, arena_printf(load->scratch, "%s/%s", service, pod)) ==
               ID_NONE;
}

static enum host_kind set_service(struct load *load, struct client_spec *client, const char *pod,
                                  const char *service, const char *ns)
{
    client->service = load_text(load, service);
    client->service_ns = load_text(load, ns);
    client->pod_label = pod != NULL ? load_text(load, pod) : NULL;
    return pod != NULL ? HOST_POD : HOST_SERVICE;
}

/* "10-244-1-5.default.pod", whole or not: a pod by its address, whatever it is asked for by. */
static bool split_pod_host(struct load *load, const char *host, struct client_spec *client)
{
    static const char *const ends[] = {".pod.cluster.local.", ".pod.cluster.local", ".pod"};
    static const uint32_t domains[] = {0, 0, 3};
    const size_t length = strlen(host);

    for (size_t end = 0; end < EP_COUNT_OF(ends); end++) {
        const size_t size = strlen(ends[end]);
        const char *front;
        const char *dot;

        if (length <= size || strcmp(host + length - size, ends[end]) != 0)
            continue;
        front = arena_strndup(load->scratch, host, length - size);
        dot = strchr(front, '.');
        if (dot == NULL || strchr(dot + 1, '.') != NULL ||
            (domains[end] > 0 && has_namespace(load, "pod")))
            return false;
        count_tries(host, domains[end], client);
        client->service =
            load_text(load, arena_printf(load->scratch, "%s.pod.cluster.local", front));
        client->service_ns = NULL;
        return true;
    }
    return false;
}

/* The host's labels: kubia, kubia.shop, kubia.shop.svc, kubia.shop.svc.cluster.local; with one more in front a pod. */
static enum host_kind split_host(struct load *load, const char *host, struct client_spec *client)
{
    static const char *const ends[] = {".svc.cluster.local.", ".svc.cluster.local", ".svc"};
    static const uint32_t domains[] = {0, 0, 3, 2};
    const size_t length = strlen(host);
    const char *name = host;
    size_t end = 0;

    if (split_pod_host(load, host, client))
        return HOST_OUTSIDE;
    for (; end < EP_COUNT_OF(ends); end++) {
        const size_t size = strlen(ends[end]);

        if (length > size && strcmp(host + length - size, ends[end]) == 0) {
            name = arena_strndup(load->scratch, host, length - size);
            break;
        }
    }

    const char *dot = strchr(name, '.');
    const char *last = strrchr(name, '.');
    const char *first = arena_strndup(load->scratch, name, strcspn(name, "."));

    if (dot == NULL) {
        count_tries(host, 1, client);
        return set_service(load, client, NULL, name, "default");
    }
    if (dot == last && name == host && is_pod_of(load, first, dot + 1)) {
        count_tries(host, 1, client);
        return set_service(load, client, first, dot + 1, "default");
    }
    if (name == host && (dot != last || is_outside(load, host, dot + 1)) &&
        !has_namespace(load, last + 1)) {
        count_tries(host, 0, client);
        client->service =
            load_text(load, arena_strndup(load->scratch, host, length - (host[length - 1] == '.')));
        client->service_ns = NULL;
        return HOST_OUTSIDE;
    }
    count_tries(host, domains[end], client);
    if (dot == last)
        return set_service(load, client, NULL, first, dot + 1);
    return set_service(load, client, first,
                       arena_strndup(load->scratch, dot + 1, (size_t)(last - dot - 1)), last + 1);
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

/* Node ports are the only way in. */
static void check_way_in(struct load *load, const struct item *map, const struct path *path,
                         const struct client_spec *client)
{
    const struct item *from = yaml_tree_get(map, "from");
    const struct path from_path = key_path(path, "from");
    const struct path way = key_path(&from_path, "outside");
    const struct service_spec *service =
        client->service_ns != NULL && client->pod_label == NULL ? find_service(load, client) : NULL;

    if (!load_get_bool(from, "outside") || client->service == NULL ||
        (service != NULL &&
         (service->type == SERVICE_NODE_PORT || service->type == SERVICE_LOAD_BALANCER)))
        return;
    diagnostics_error(&load->diagnostics, load_key_place(from, "outside"), &way,
                      "%s cannot be reached from outside; expected a target of type NodePort or "
                      "LoadBalancer",
                      client->service);
}

/* --- targets that are no names: http://node-1:30080, http://203.0.113.9 --- */

static const struct service_port *find_node_port(const struct service_spec *service, uint16_t port)
{
    for (uint32_t i = 0; i < service->port_count; i++) {
        if (service->ports[i].node_port == port && service->ports[i].protocol == PROTOCOL_TCP)
            return &service->ports[i];
    }
    return NULL;
}

static void set_entry(struct load *load, const struct service_spec *service, uint16_t port,
                      struct client_spec *client)
{
    client->service = load_text(load, service->meta.name);
    client->service_ns = load_text(load, service->meta.ns);
    client->port = port;
    client->has_address = true;
    client->try_count = client->try_count_max = 1;
}

/* The node port of some Service on that node. */
static bool enter_by_node(struct load *load, const char *host, struct client_spec *client)
{
    for (uint32_t i = 0; i < load->spec->cluster.service_count; i++) {
        const struct service_spec *service = &load->services[i];
        const struct service_port *port = find_node_port(service, client->port);

        if (port == NULL || service->meta.name == NULL) /* a missing name is reported */
            continue;
        set_entry(load, service, port->port, client);
        client->entry_node = load_text(load, host);
        return true;
    }
    return false;
}

/* The address that a load balancer has in its manifest. */
static bool enter_by_balancer(struct load *load, const char *host, struct client_spec *client)
{
    for (uint32_t i = 0; i < load->spec->cluster.service_count; i++) {
        const struct service_spec *service = &load->services[i];

        if (service->type != SERVICE_LOAD_BALANCER || service->load_balancer_ip == NULL ||
            service->meta.name == NULL || strcmp(service->load_balancer_ip, host) != 0)
            continue;
        set_entry(load, service, client->port, client);
        return true;
    }
    return false;
}

/* The node that has the host for an address, in its manifest's status; NULL: none. */
static const char *node_of_address(const struct load *load, const char *host)
{
    for (uint32_t i = 0; i < load->object_count; i++) {
        const struct object *object = &load->objects[i];
        const struct item *list =
            object->kind != NULL && strcmp(object->kind, "Node") == 0
                ? yaml_tree_get(yaml_tree_get(object->tree, "status"), "addresses")
                : NULL;

        for (uint32_t k = 0; list != NULL && list->kind == ITEM_LIST && k < list->count; k++) {
            const struct item *address = yaml_tree_get(list->entries[k].value, "address");

            if (address != NULL && address->kind == ITEM_STRING &&
                strcmp(address->text, host) == 0 &&
                name_map_get(&load->node_names, object->name) != ID_NONE)
                return object->name;
        }
    }
    return NULL;
}

/* The node that the host means, by its name (unless a Service is called so) or address; NULL: none. */
static const char *node_of(struct load *load, const char *host)
{
    const bool is_service =
        name_map_get(&load->service_names, arena_printf(load->scratch, "default/%s", host)) !=
        ID_NONE;

    if (!is_service && name_map_get(&load->node_names, host) != ID_NONE)
        return host;
    return node_of_address(load, host);
}

/* True if the host is no name for DNS: a node, or a load balancer's address. */
static bool load_entry(struct load *load, const struct item *item, const struct path *path,
                       const char *host, struct client_spec *client)
{
    const char *node = node_of(load, host);

    if (node != NULL && !enter_by_node(load, node, client)) {
        diagnostics_error(&load->diagnostics, yaml_tree_place(item), path,
                          "no Service of the manifests has the TCP node port %u", client->port);
        return true;
    }
    if (node == NULL && !enter_by_balancer(load, host, client))
        return false;
    check_service(load, item, path, client);
    return true;
}

/* A single pod's name exists below a headless Service: that of its pods' subdomain, or of its addresses. */
static void check_pod(struct load *load, const struct item *item, const struct path *path,
                      const struct client_spec *client)
{
    const struct service_spec *service = find_service(load, client);

    if (service == NULL)
        diagnostics_warning(
            &load->diagnostics, yaml_tree_place(item), path,
            "no Service %s in namespace %s%s; the requests will end in dns", client->service,
            client->service_ns,
            load_suggest_object(load, "Service", client->service_ns, client->service));
    else if (service->type == SERVICE_EXTERNAL_NAME)
        diagnostics_warning(&load->diagnostics, yaml_tree_place(item), path,
                            "Service %s is an alias, and no name is below it; the requests will "
                            "end in dns",
                            client->service);
}

void load_target(struct load *load, const struct item *map, const struct path *path,
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
    if (load_entry(load, item, &way, url.host, client))
        return;
    switch (split_host(load, url.host, client)) {
    case HOST_SERVICE:
        check_service(load, item, &way, client);
        break;
    case HOST_POD:
        check_pod(load, item, &way, client);
        break;
    case HOST_OUTSIDE:
        break;
    }
    check_way_in(load, map, path, client);
}
