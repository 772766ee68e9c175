/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/service_views.h"

#include <string.h>

#include "cluster/names.h"

static const struct service_spec no_service = {.selector = {.is_null = true}};

uint32_t service_views_obtain(struct cluster *cluster, const char *ns, const char *name)
{
    struct service *s;

    for (uint32_t i = 0; i < cluster->service_count; i++) {
        if (strcmp(cluster->services[i].ns, ns) == 0 &&
            strcmp(cluster->services[i].bare_name, name) == 0)
            return i;
    }
    ARENA_GROW(cluster->arena, cluster->services, &cluster->service_capacity,
               cluster->service_count + 1);
    s = &cluster->services[cluster->service_count];
    s->name = arena_printf(cluster->arena, "%s/%s", ns, name);
    s->ns = ns;
    s->bare_name = name;
    s->hash = names_hash("service", ns, name);
    s->spec = &no_service;
    s->endpoints = ID_NONE;
    return cluster->service_count++;
}

bool service_views_is_headless(const struct service_spec *spec)
{
    return spec->cluster_ip != NULL && strcmp(spec->cluster_ip, "None") == 0;
}

bool service_views_is_proxied(const struct service_spec *spec)
{
    return spec->type != SERVICE_EXTERNAL_NAME && !service_views_is_headless(spec) &&
           labels_get(&spec->meta.labels, "service.kubernetes.io/service-proxy-name") == NULL;
}

/* An address of 10.96.0.0/12 that no other service has, by the hash of the name. */
static const char *make_cluster_ip(struct cluster *cluster, const struct service *s)
{
    for (uint64_t attempt = 0;; attempt++) {
        uint64_t hash = hash_combine(s->hash, attempt);
        const char *ip =
            arena_printf(cluster->arena, "10.%u.%u.%u", (unsigned)(96 + hash % 16),
                         (unsigned)(hash >> 8) % 256, (unsigned)(1 + (hash >> 16) % 254));
        bool is_taken = false;
        for (uint32_t i = 0; i < cluster->service_count; i++)
            is_taken |= cluster->services[i].cluster_ip != NULL &&
                        strcmp(cluster->services[i].cluster_ip, ip) == 0;
        if (!is_taken)
            return ip;
    }
}

static const char *cluster_ip_of(struct cluster *cluster, const struct service *s)
{
    bool has_one =
        s->cluster_ip != NULL && s->cluster_ip[0] != '\0' && strcmp(s->cluster_ip, "None") != 0;

    if (s->spec->type == SERVICE_EXTERNAL_NAME)
        return "";
    if (s->spec->cluster_ip != NULL)
        return s->spec->cluster_ip;
    return has_one ? s->cluster_ip : make_cluster_ip(cluster, s);
}

void service_views_store(struct cluster *cluster, uint32_t service, const struct service_spec *spec)
{
    struct service *s = &cluster->services[service];
    struct service_version *version = ARENA_NEW(cluster->arena, struct service_version);

    if (!s->exists)
        s->created_ns = cluster->is_started ? cluster->kernel->now_ns : -NS_PER_HOUR;
    s->exists = spec != NULL;
    if (spec != NULL) {
        s->spec = spec;
        s->cluster_ip = cluster_ip_of(cluster, s);
        if (spec->meta.has_creation)
            s->created_ns = spec->meta.created_ns;
    }
    version->position = cluster->logs[RESOURCE_SERVICES].next;
    version->spec = spec;
    version->is_proxied = spec != NULL && service_views_is_proxied(spec);
    version->older = s->versions;
    s->versions = version;
}

struct service_version *service_views_version(const struct service *service, uint64_t position)
{
    struct service_version *version = service->versions;

    while (version != NULL && EP_UNLIKELY(version->position > position))
        version = version->older;
    return version;
}

const struct service_spec *service_views_at(const struct service *service, uint64_t position)
{
    const struct service_version *version = service_views_version(service, position);

    return version == NULL ? NULL : version->spec;
}

const struct service_port *service_views_port(const struct service_spec *spec, uint16_t port)
{
    for (uint32_t i = 0; i < spec->port_count; i++) {
        if (spec->ports[i].port == port)
            return &spec->ports[i];
    }
    return NULL;
}
