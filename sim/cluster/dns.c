/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/dns.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/api_log.h"
#include "cluster/api_server.h"
#include "cluster/dns_name.h"
#include "cluster/dns_pods.h"
#include "cluster/names.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"
#include "cluster/watches.h"

#define CNAME_DEPTH_MAX 8u
#define EXTERNAL_LATENCY_NS (10 * NS_PER_MS)
#define DEFAULT_TTL_NS (30 * NS_PER_S)
#define CACHE_MIN_NS (5 * NS_PER_S)   /* plugin/cache: minimum TTL of what it keeps */
#define CACHE_MAX_NS (30 * NS_PER_S)  /* "cache 30" */
#define NODE_DENIAL_NS (5 * NS_PER_S) /* NodeLocal DNSCache: "denial 9984 5" */

static const struct pod_spec outside = {.restart_policy = "Always"};

sim_ns dns_ttl_ns(const struct cluster *cluster)
{
    return cluster->spec->dns.ttl_ns > 0 ? cluster->spec->dns.ttl_ns : DEFAULT_TTL_NS;
}

void dns_init(struct cluster *cluster)
{
    cluster->dns.gap = (struct watch_gap){NS_NEVER, NS_NEVER};
    for (uint32_t k = 0; k < PROXY_RESOURCE_COUNT; k++)
        cluster->dns.applied[k] =
            cluster->logs[model_proxy_log(cluster, (enum proxy_resource)k)].next;
}

static sim_ns delivery_ns(const struct cluster *cluster, uint32_t k,
                          const struct log_record *record)
{
    uint64_t object = model_proxy_object_hash(cluster, (enum proxy_resource)k, record->object);
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
        struct resource_log *log = &cluster->logs[model_proxy_log(cluster, (enum proxy_resource)k)];
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
    return cluster->dns.applied[resource == RESOURCE_SERVICES ? PROXY_SERVICES : PROXY_SLICES];
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
    struct dns_name parsed;

    if (host != ID_NONE)
        return host;
    parsed = dns_name_parse(cluster->arena, cluster->spec->cluster_domain, name);
    host = add_host(cluster, name);
    if (parsed.kind == DNS_NAME_POD) {
        struct dns_name *pod_name = ARENA_NEW(cluster->arena, struct dns_name);

        *pod_name = parsed;
        cluster->external_hosts[host].pod_name = pod_name;
        return host;
    }
    set_addresses(cluster, &cluster->external_hosts[host], make_up(cluster, name));
    return host;
}

bool dns_is_host(const struct cluster *cluster, const char *name)
{
    const char *dot = strrchr(name, '.');

    if (find_host(cluster, name) != ID_NONE)
        return true;
    for (uint32_t i = 0; dot != NULL && i < cluster->service_count; i++) {
        if (cluster->services[i].versions != NULL && strcmp(cluster->services[i].ns, dot + 1) == 0)
            return false;
    }
    return dot != NULL && dot[1] != '\0' && strcmp(dot, ".pod") != 0 && strcmp(dot, ".svc") != 0;
}

void dns_set_host(struct cluster *cluster, const struct external_host_spec *spec)
{
    uint32_t host = find_host(cluster, spec->host);

    if (host == ID_NONE)
        host = add_host(cluster, spec->host);
    set_addresses(cluster, &cluster->external_hosts[host], spec);
}

/* The addresses as they are now, as a list. */
static const struct endpoint_table *table_of_host(struct cluster *cluster,
                                                  struct external_host *host)
{
    if (host->table.count != host->pod_count) {
        struct endpoint *endpoints =
            ARENA_NEW_ARRAY(cluster->arena, host->pod_count, struct endpoint);
        for (uint32_t i = 0; i < host->pod_count; i++)
            endpoints[i] = (struct endpoint){host->pods[i], 0};
        host->table = (struct endpoint_table){
            .count = host->pod_count, .serial = ++cluster->table_count, .endpoints = endpoints};
    }
    return &host->table;
}

static sim_ns clamp_ns(sim_ns span_ns, sim_ns least_ns, sim_ns most_ns)
{
    if (span_ns < least_ns)
        return least_ns;
    return span_ns < most_ns ? span_ns : most_ns;
}

static uint64_t host_key(const struct external_host *host)
{
    return hash_combine(hash_string("host"), hash_string(host->name));
}

/* A pod by its address. */
static struct dns_answer ask_for_pod(struct cluster *cluster, struct external_host *host)
{
    struct dns_answer answer = {
        .service = ID_NONE, .ttl_ns = dns_ttl_ns(cluster), .first = ID_NONE};
    uint32_t pod;

    if (!dns_pods_has(cluster, host->pod_name))
        return answer;
    pod = dns_pods_find(cluster, host->pod_name->ip);
    if (host->pod_count == 0 || host->pods[0] != pod) {
        host->pods = ARENA_NEW(cluster->arena, uint32_t);
        host->pods[0] = pod;
        host->pod_count = 1;
        host->table = (struct endpoint_table){.count = 0};
    }
    answer.kind = DNS_ADDRESSES;
    answer.addresses = table_of_host(cluster, host);
    return answer;
}

/* As upstream has it. */
static struct dns_answer ask_upstream(struct cluster *cluster, uint32_t host_index)
{
    struct external_host *host = &cluster->external_hosts[host_index];

    if (host->pod_name != NULL)
        return ask_for_pod(cluster, host);

    return (struct dns_answer){.kind = DNS_ADDRESSES,
                               .service = ID_NONE,
                               .ttl_ns = host->spec->ttl_ns,
                               .first = ID_NONE,
                               .addresses = table_of_host(cluster, host)};
}

/* Of a host outside, by way of the server's cache: upstream's answer is as fresh as it can be when it is asked. */
static struct dns_answer resolve_host(struct cluster *cluster, uint32_t host_index, bool keeps)
{
    const sim_ns now_ns = cluster->kernel->now_ns;
    struct dns_answer answer;
    struct dns_entry *entry = dns_cache_entry(cluster->arena, &cluster->dns.cache,
                                              host_key(&cluster->external_hosts[host_index]));

    if (dns_cache_get(entry, now_ns, &answer))
        return answer;
    answer = ask_upstream(cluster, host_index);
    answer.ttl_ns = clamp_ns(answer.ttl_ns, CACHE_MIN_NS, CACHE_MAX_NS);
    if (keeps)
        dns_cache_keep(cluster->arena, entry, &answer, now_ns + answer.ttl_ns);
    return answer;
}

uint32_t dns_find_service(struct cluster *cluster, const char *host, const char **label)
{
    const struct dns_name name =
        dns_name_parse(cluster->arena, cluster->spec->cluster_domain, host);

    *label = name.label;
    if (name.kind != DNS_NAME_SERVICE && name.kind != DNS_NAME_ENDPOINT)
        return ID_NONE;
    return service_views_obtain(cluster, name.ns, name.service);
}

/* Whose state of services and slices is looked at. */
struct view {
    uint64_t services; /* positions of the logs */
    uint64_t slices;
    bool is_cached; /* hosts outside come from the server's cache ... */
    bool keeps;     /* ... which keeps what it did not have */
};

/* A name that ends at this service, which is no ExternalName. */
static void answer_for(struct cluster *cluster, const struct service_spec *spec,
                       const struct view *view, const char *label, struct dns_answer *answer)
{
    struct choice_query query = {.policy = label == NULL ? CHOICE_ADDRESSES : CHOICE_HOST,
                                 .name = label};

    if (label == NULL && !service_views_is_headless(spec)) {
        answer->kind = DNS_SERVICE;
        return;
    }
    answer->addresses = service_table_get(cluster, answer->service, &query, view->slices);
    if (answer->addresses->count > 0)
        answer->kind = DNS_ADDRESSES;
}

/* Where an ExternalName points to: a service, a host outside, or nothing that the cluster's domain can have. */
static void follow_cname(struct cluster *cluster, struct service_version *version)
{
    const char *target = version->spec->external_name;

    if (version->has_cname)
        return;
    version->has_cname = true;
    version->cname_service = dns_find_service(cluster, target, &version->cname_label);
    version->cname_host = ID_NONE;
    if (version->cname_service == ID_NONE &&
        dns_name_parse(cluster->arena, cluster->spec->cluster_domain, target).kind ==
            DNS_NAME_OUTSIDE)
        version->cname_host = dns_obtain_host(cluster, target);
}

/* The list of aliases, the same as last time if nothing has changed. */
static const struct dns_alias *alias_list(struct cluster *cluster, struct service_version **chain,
                                          uint32_t count)
{
    const struct dns_alias *list = NULL;

    while (count-- > 0) {
        struct service_version *version = chain[count];

        if (version->alias == NULL || version->alias->next != list) {
            struct dns_alias *alias = ARENA_NEW(cluster->arena, struct dns_alias);

            *alias = (struct dns_alias){version->spec->external_name, list};
            version->alias = alias;
        }
        list = version->alias;
    }
    return list;
}

/* The chain of aliases that a name is the head of, as far as it goes: answer->service, and the label, are at its end.
 * Returns the host outside where it ends at one, else ID_NONE; *has_end is false where it ends nowhere. */
static uint32_t follow_aliases(struct cluster *cluster, const struct view *view, const char **label,
                               struct dns_answer *answer, bool *has_end)
{
    struct service_version *chain[CNAME_DEPTH_MAX];
    uint32_t host = ID_NONE;
    uint32_t depth = 0;

    for (*has_end = false; depth < CNAME_DEPTH_MAX && !*has_end;) {
        struct service_version *version =
            service_views_version(&cluster->services[answer->service], view->services);
        if (version == NULL || version->spec == NULL)
            break;
        *has_end = version->spec->type != SERVICE_EXTERNAL_NAME;
        if (*has_end || *label != NULL)
            break; /* there is nothing below an alias */
        follow_cname(cluster, version);
        chain[depth++] = version;
        *label = version->cname_label;
        host = version->cname_host;
        if (version->cname_service == ID_NONE) {
            *has_end = host != ID_NONE;
            break;
        }
        answer->service = version->cname_service;
    }
    answer->aliases = alias_list(cluster, chain, depth);
    return host; /* a loop of CNAMEs has no end */
}

/* What a name gives at the end of its aliases. */
static struct dns_answer look_up_alias(struct cluster *cluster, const struct view *view,
                                       const char *label, struct dns_answer answer)
{
    struct dns_answer outside_answer;
    bool has_end;
    const uint32_t host = follow_aliases(cluster, view, &label, &answer, &has_end);

    if (!has_end)
        return answer;
    if (host == ID_NONE) {
        answer_for(cluster, service_views_at(&cluster->services[answer.service], view->services),
                   view, label, &answer);
        return answer;
    }
    outside_answer =
        view->is_cached ? resolve_host(cluster, host, view->keeps) : ask_upstream(cluster, host);
    outside_answer.service = answer.service;
    outside_answer.aliases = answer.aliases;
    outside_answer.ttl_ns = clamp_ns(outside_answer.ttl_ns, 0, answer.ttl_ns);
    return outside_answer;
}

/* What that view of services and slices gives: CNAMEs are followed. */
static struct dns_answer look_up(struct cluster *cluster, const struct view *view, uint32_t service,
                                 const char *label)
{
    const struct service_spec *spec = service_views_at(&cluster->services[service], view->services);
    struct dns_answer answer = {
        .service = service, .ttl_ns = dns_ttl_ns(cluster), .first = ID_NONE};

    if (EP_UNLIKELY(spec == NULL))
        return answer;
    if (EP_UNLIKELY(spec->type == SERVICE_EXTERNAL_NAME))
        return look_up_alias(cluster, view, label, answer);
    answer_for(cluster, spec, view, label, &answer);
    return answer;
}

/* What the server's own view gives. */
static struct dns_answer look_up_at_server(struct cluster *cluster, uint32_t service,
                                           const char *label, bool keeps)
{
    catch_up(cluster);
    return look_up(cluster,
                   &(struct view){.services = cluster->dns.applied[PROXY_SERVICES],
                                  .slices = cluster->dns.applied[PROXY_SLICES],
                                  .is_cached = true,
                                  .keeps = keeps},
                   service, label);
}

static uint64_t key_of(const struct cluster *cluster, const struct dns_question *question)
{
    uint64_t label = question->label == NULL ? 0 : hash_string(question->label);

    if (question->service == ID_NONE)
        return host_key(&cluster->external_hosts[question->host]);
    return hash_combine(cluster->services[question->service].hash, label);
}

static struct dns_answer ask_server(struct cluster *cluster, const struct dns_question *question)
{
    const sim_ns now_ns = cluster->kernel->now_ns;
    struct dns_answer answer;
    struct dns_entry *entry;

    if (question->service == ID_NONE && (cluster->external_hosts[question->host].pod_name == NULL ||
                                         cluster->spec->dns.caches_cluster_zone))
        return resolve_host(cluster, question->host, true);
    if (question->service == ID_NONE)
        return ask_upstream(cluster, question->host); /* a name of the cluster's own */
    if (!cluster->spec->dns.caches_cluster_zone)
        return look_up_at_server(cluster, question->service, question->label, true);
    entry = dns_cache_entry(cluster->arena, &cluster->dns.cache, key_of(cluster, question));
    if (dns_cache_get(entry, now_ns, &answer))
        return answer;
    answer = look_up_at_server(cluster, question->service, question->label, true);
    answer.ttl_ns = clamp_ns(answer.ttl_ns, CACHE_MIN_NS, CACHE_MAX_NS);
    dns_cache_keep(cluster->arena, entry, &answer, now_ns + answer.ttl_ns);
    return answer;
}

static struct dns_entry *entry_on_node(struct cluster *cluster, const struct dns_question *question)
{
    struct dns_cache **cache = &cluster->nodes[question->node].dns_cache;

    if (*cache == NULL)
        *cache = ARENA_NEW(cluster->arena, struct dns_cache);
    return dns_cache_entry(cluster->arena, *cache, key_of(cluster, question));
}

bool dns_is_cached_on_node(struct cluster *cluster, const struct dns_question *question)
{
    struct dns_answer answer;

    return cluster->spec->dns.has_node_caches &&
           dns_cache_get(entry_on_node(cluster, question), cluster->kernel->now_ns, &answer);
}

struct dns_answer dns_resolve(struct cluster *cluster, const struct dns_question *question)
{
    const sim_ns now_ns = cluster->kernel->now_ns;
    struct dns_answer answer;
    struct dns_entry *entry;

    if (EP_LIKELY(!cluster->spec->dns.has_node_caches)) {
        answer = ask_server(cluster, question);
    } else {
        entry = entry_on_node(cluster, question);
        if (!dns_cache_get(entry, now_ns, &answer)) {
            answer = ask_server(cluster, question);
            answer.ttl_ns =
                clamp_ns(answer.ttl_ns, 0, answer.kind == DNS_NONE ? NODE_DENIAL_NS : CACHE_MAX_NS);
            dns_cache_keep(cluster->arena, entry, &answer, now_ns + answer.ttl_ns);
        }
    }
    answer.port = question->port;
    return answer;
}

/* --- looking on --- */

static bool is_kept(struct cluster *cluster, const struct dns_question *question,
                    enum dns_place place, struct dns_answer *answer)
{
    struct dns_entry *entry;

    if (place == DNS_AT_NODE && !cluster->spec->dns.has_node_caches)
        return false;
    entry = place == DNS_AT_NODE
                ? entry_on_node(cluster, question)
                : dns_cache_entry(cluster->arena, &cluster->dns.cache, key_of(cluster, question));
    return dns_cache_get(entry, cluster->kernel->now_ns, answer);
}

bool dns_ask_at(struct cluster *cluster, const struct dns_question *question, enum dns_place place,
                struct dns_answer *answer)
{
    const bool is_outside = question->service == ID_NONE;
    const struct view api = {.services = UINT64_MAX, .slices = UINT64_MAX};

    if (place == DNS_AT_NODE || place == DNS_AT_SERVER_CACHE)
        return is_kept(cluster, question, place, answer);
    if (is_outside)
        *answer = ask_upstream(cluster, question->host);
    else if (place == DNS_AT_API)
        *answer = look_up(cluster, &api, question->service, question->label);
    else
        *answer = look_up_at_server(cluster, question->service, question->label, false);
    return true;
}
