/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/service_views.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/load_balancer.h"
#include "cluster/names.h"
#include "cluster/service_addresses.h"

static const struct service_spec no_service = {.selector = {.is_null = true}};

uint32_t service_views_obtain(struct cluster *cluster, const char *ns, const char *name)
{
    const uint64_t hash = names_hash("service", ns, name);
    struct service *s;
    uint32_t cursor;
    uint32_t known = index_table_find(&cluster->service_names, hash, &cursor);

    for (; known != ID_NONE; known = index_table_next(&cluster->service_names, hash, &cursor)) {
        if (strcmp(cluster->services[known].ns, ns) == 0 &&
            strcmp(cluster->services[known].bare_name, name) == 0)
            return known;
    }
    index_table_add(&cluster->service_names, hash, cluster->service_count);
    ARENA_GROW(cluster->arena, cluster->services, &cluster->service_capacity,
               cluster->service_count + 1);
    s = &cluster->services[cluster->service_count];
    s->name = arena_printf(cluster->arena, "%s/%s", ns, name);
    s->ns = ns;
    s->bare_name = name;
    s->hash = hash;
    s->spec = &no_service;
    s->endpoints = ID_NONE;
    s->balancer_since_ns = NS_NEVER;
    s->balancer = ID_NONE;
    s->trigger_service_ns[0] = INT64_MIN;
    s->trigger_service_ns[1] = INT64_MIN;
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

void service_views_store(struct cluster *cluster, uint32_t service, const struct service_spec *spec)
{
    struct service *s = &cluster->services[service];
    struct service_version *version = ARENA_NEW(cluster->arena, struct service_version);

    if (!s->exists && spec != NULL) {
        s->created_ns = cluster->is_started ? cluster->kernel->now_ns : -NS_PER_HOUR;
        s->uid = s->create_count == 0 ? s->hash : hash_combine(s->hash, s->create_count);
        s->create_count++;
    }
    s->exists = spec != NULL;
    if (spec == NULL) { /* what it had may go to others */
        s->node_port_count = 0;
        s->health_check_port = 0;
        s->balancer_since_ns = NS_NEVER;
    }
    if (spec != NULL) {
        s->spec = spec;
        service_addresses_assign(cluster, s);
        if (spec->meta.has_creation)
            s->created_ns = spec->meta.created_ns;
    }
    load_balancer_service_stored(cluster, service);
    version->position = cluster->logs[RESOURCE_SERVICES].next;
    version->spec = spec;
    version->is_proxied = spec != NULL && service_views_is_proxied(spec);
    version->older = s->versions;
    s->versions = version;
    selector_index_set(&cluster->stored_selectors, service, s->ns,
                       spec == NULL ? NULL : &spec->selector);
}

void service_views_see(struct cluster *cluster, uint32_t service, const struct service_spec *spec)
{
    struct service *s = &cluster->services[service];

    s->seen = spec;
    selector_index_set(&cluster->seen_selectors, service, s->ns,
                       spec == NULL ? NULL : &spec->selector);
}

bool service_views_selects(const struct cluster *cluster, const struct service *service,
                           const struct pod *pod)
{
    return selector_index_selects(&cluster->seen_selectors, &pod->seen_services,
                                  (uint32_t)(service - cluster->services), pod->seen.labels);
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
