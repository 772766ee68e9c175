/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/dns.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/api_log.h"
#include "cluster/api_server.h"
#include "cluster/names.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"
#include "cluster/watches.h"

#define CNAME_DEPTH_MAX 8u
#define EXTERNAL_LATENCY_NS (10 * NS_PER_MS)

static const enum resource log_of[PROXY_RESOURCE_COUNT] = {
    [PROXY_SERVICES] = RESOURCE_SERVICES,
    [PROXY_SLICES] = RESOURCE_SLICES,
};
static const struct pod_spec outside = {.restart_policy = "Always"};

void dns_init(struct cluster *cluster)
{
    cluster->dns.gap = (struct watch_gap){NS_NEVER, NS_NEVER};
    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++)
        cluster->dns.applied[k] = cluster->logs[log_of[k]].next;
}

static sim_ns delivery_ns(const struct cluster *cluster, uint32_t k,
                          const struct log_record *record)
{
    uint64_t object = k == PROXY_SLICES ? cluster->slices[record->object]->hash
                                        : cluster->services[record->object].hash;
    uint64_t name_hash = hash_combine(hash_string("coredns"), object);
    sim_ns delay_ns = model_draw(cluster, HOP_WATCH_CONTROLLER, name_hash, record->version);
    sim_ns at_ns = record->stored_ns + api_log_slowed_ns(record, delay_ns);

    if (at_ns < cluster->dns.delivered_ns[k])
        at_ns = cluster->dns.delivered_ns[k];
    return watches_arrival_ns(&cluster->dns.gap, at_ns);
}

/* Takes what its watches have delivered by now. */
static void catch_up(struct cluster *cluster)
{
    struct dns_server *dns = &cluster->dns;

    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++) {
        struct resource_log *log = &cluster->logs[log_of[k]];
        while (dns->applied[k] < log->next) {
            sim_ns at_ns = delivery_ns(cluster, k, api_server_record(log, dns->applied[k]));
            if (at_ns > cluster->kernel->now_ns)
                break;
            dns->delivered_ns[k] = at_ns;
            dns->applied[k]++;
        }
    }
}

uint64_t dns_position(struct cluster *cluster, enum resource resource)
{
    if (cluster->is_started)
        catch_up(cluster);
    return cluster->dns.applied[resource == RESOURCE_SLICES ? PROXY_SLICES : PROXY_SERVICES];
}

uint32_t dns_obtain_address(struct cluster *cluster, const char *ip, sim_ns latency_ns)
{
    uint32_t index;
    struct pod *p;

    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        p = cluster->pods[i];
        if (p->kubelet_state == KUBELET_EXTERNAL && strcmp(p->name, ip) == 0)
            return i;
    }
    index = names_new_named_pod(cluster, "", ip, &outside);
    p = cluster->pods[index];
    p->name = ip;
    p->ip_text = ip;
    p->kubelet_state = KUBELET_EXTERNAL;
    p->external_latency_ns = latency_ns < 0 ? EXTERNAL_LATENCY_NS : latency_ns;
    model_tell_pod_state(cluster, index, POD_STATE_EXTERNAL);
    cluster->app_ops->on_listen(cluster->app, index);
    return index;
}

static void set_addresses(struct cluster *cluster, struct external_host *host,
                          const struct external_host_spec *spec)
{
    host->spec = spec;
    host->pod_count = spec->address_count;
    host->pods = ARENA_NEW_ARRAY(cluster->arena, spec->address_count, uint32_t);
    for (uint32_t i = 0; i < spec->address_count; i++)
        host->pods[i] = dns_obtain_address(cluster, spec->addresses[i], spec->latency_ns);
    host->table = (struct endpoint_table){.count = 0};
}

static uint32_t find_host(const struct cluster *cluster, const char *name)
{
    for (uint32_t i = 0; i < cluster->external_host_count; i++) {
        if (strcmp(cluster->external_hosts[i].name, name) == 0)
            return i;
    }
    return ID_NONE;
}

static uint32_t add_host(struct cluster *cluster, const char *name)
{
    ARENA_GROW(cluster->arena, cluster->external_hosts, &cluster->external_host_capacity,
               cluster->external_host_count + 1);
    cluster->external_hosts[cluster->external_host_count].name = name;
    return cluster->external_host_count++;
}

/* One made-up address of 198.18.0.0/15, the range for benchmarks. */
static const struct external_host_spec *make_up(struct cluster *cluster, const char *name)
{
    struct external_host_spec *spec = ARENA_NEW(cluster->arena, struct external_host_spec);
    const char **addresses = ARENA_NEW(cluster->arena, const char *);
    uint64_t hash = hash_string(name);

    addresses[0] = arena_printf(cluster->arena, "198.%u.%u.%u", (unsigned)(18 + hash % 2),
                                (unsigned)(hash >> 8) % 256, (unsigned)(1 + (hash >> 16) % 254));
    *spec = (struct external_host_spec){
        .host = name,
        .addresses = addresses,
        .address_count = 1,
        .ttl_ns = 30 * NS_PER_S,
        .latency_ns = EXTERNAL_LATENCY_NS,
    };
    return spec;
}

uint32_t dns_obtain_host(struct cluster *cluster, const char *name)
{
    uint32_t host = find_host(cluster, name);

    if (host == ID_NONE) {
        host = add_host(cluster, name);
        set_addresses(cluster, &cluster->external_hosts[host], make_up(cluster, name));
    }
    return host;
}

void dns_set_host(struct cluster *cluster, const struct external_host_spec *spec)
{
    uint32_t host = find_host(cluster, spec->host);

    if (host == ID_NONE)
        host = add_host(cluster, spec->host);
    set_addresses(cluster, &cluster->external_hosts[host], spec);
}

struct dns_answer dns_resolve_host(struct cluster *cluster, uint32_t host_index, uint16_t port)
{
    struct external_host *host = &cluster->external_hosts[host_index];

    if (host->table.count != host->pod_count) {
        struct endpoint *endpoints =
            ARENA_NEW_ARRAY(cluster->arena, host->pod_count, struct endpoint);
        for (uint32_t i = 0; i < host->pod_count; i++)
            endpoints[i] = (struct endpoint){host->pods[i], 0};
        host->table = (struct endpoint_table){
            .count = host->pod_count, .serial = ++cluster->table_count, .endpoints = endpoints};
    }
    return (struct dns_answer){
        .kind = DNS_ADDRESSES,
        .service = ID_NONE,
        .addresses = &host->table,
        .port = port,
    };
}

/* The service that a cluster name means, ID_NONE if it is not of the cluster's domain. */
static uint32_t service_of_name(struct cluster *cluster, const char *host)
{
    const char *domain = arena_printf(cluster->arena, ".svc.%s", cluster->spec->cluster_domain);
    size_t length = strlen(host);
    size_t suffix = strlen(domain);
    const char *dot = strchr(host, '.');

    if (length > 0 && host[length - 1] == '.')
        length--;
    if (dot == NULL || length <= suffix || strncmp(host + length - suffix, domain, suffix) != 0)
        return ID_NONE;
    if (dot >= host + length - suffix)
        return ID_NONE;
    return service_views_obtain(
        cluster, arena_strndup(cluster->arena, dot + 1, length - suffix - (size_t)(dot + 1 - host)),
        arena_strndup(cluster->arena, host, (size_t)(dot - host)));
}

struct dns_answer dns_resolve(struct cluster *cluster, uint32_t service, uint16_t port)
{
    struct dns_answer answer = {.kind = DNS_NONE, .service = service, .port = port};
    const struct service_spec *spec;

    catch_up(cluster);
    for (uint32_t depth = 0; depth < CNAME_DEPTH_MAX; depth++) {
        spec = service_views_at(&cluster->services[answer.service],
                                cluster->dns.applied[PROXY_SERVICES]);
        if (spec == NULL)
            return answer;
        if (spec->type != SERVICE_EXTERNAL_NAME)
            break;
        service = service_of_name(cluster, spec->external_name);
        if (service == ID_NONE) {
            struct dns_answer outside_answer =
                dns_resolve_host(cluster, dns_obtain_host(cluster, spec->external_name), port);
            outside_answer.service = answer.service;
            return outside_answer;
        }
        answer.service = service;
    }
    if (spec == NULL || spec->type == SERVICE_EXTERNAL_NAME)
        return answer; /* a loop of CNAMEs */
    if (!service_views_is_headless(spec)) {
        answer.kind = DNS_SERVICE;
        return answer;
    }
    answer.addresses = service_table_get(cluster, answer.service,
                                         &(struct choice_query){.policy = CHOICE_ADDRESSES},
                                         cluster->dns.applied[PROXY_SLICES]);
    if (answer.addresses->count > 0)
        answer.kind = DNS_ADDRESSES;
    return answer;
}
