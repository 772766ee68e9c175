/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/dns_lookup.h"

#include <string.h>

#include "base/arena.h"
#include "cluster/dns_pods.h"
#include "cluster/service_addresses.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

#define SRV_WEIGHT 100u

/* A reply in the making. */
struct lookup {
    struct arena *arena;
    struct cluster *cluster;
    const struct dns_query *query;
    struct dns_name name;
    const char *fqdn;
    uint64_t services; /* positions of the view that is looked at */
    uint64_t slices;
    struct dns_record *records;
    uint32_t count;
    uint32_t capacity;
    bool exists; /* there is something of that name */
};

static const char *with_dot(struct arena *arena, const char *name)
{
    const size_t length = strlen(name);

    return length > 0 && name[length - 1] == '.' ? name : arena_printf(arena, "%s.", name);
}

static struct dns_record *add(struct lookup *l, const char *name, enum dns_type type,
                              const char *data, sim_ns ttl_ns)
{
    ARENA_GROW(l->arena, l->records, &l->capacity, l->count + 1);
    l->records[l->count] =
        (struct dns_record){.name = name, .type = type, .ttl_ns = ttl_ns, .data = data};
    return &l->records[l->count++];
}

static enum dns_type type_of(const char *ip)
{
    return strchr(ip, ':') != NULL ? DNS_TYPE_AAAA : DNS_TYPE_A;
}

/* An address of the type asked for, once. */
static void add_address(struct lookup *l, const char *name, const char *ip, sim_ns ttl_ns)
{
    if (ip == NULL || type_of(ip) != l->query->type)
        return;
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->records[i].type == l->query->type && strcmp(l->records[i].data, ip) == 0)
            return;
    }
    add(l, name, l->query->type, ip, ttl_ns);
}

/* --- addresses, from an answer that clients get too --- */

/* Whether the name's label means that address: it is the pod's host name, or the address with dashes. */
static bool is_labelled(const struct lookup *l, const struct pod *p, const char *ip)
{
    const char *label = l->name.label;

    if (label == NULL || (p->spec->hostname != NULL && strcmp(label, p->spec->hostname) == 0))
        return true;
    for (; *ip != '\0' && (*label == *ip || (*label == '-' && strchr(".:", *ip) != NULL)); ip++)
        label++;
    return *ip == *label;
}

/* A pod's addresses of the families that the service has; of hand-written ones, the address as it is. */
static void add_pod(struct lookup *l, const char *name, const struct dns_answer *answer,
                    uint32_t pod)
{
    const struct pod *p = l->cluster->pods[pod];
    const struct service *service =
        answer->service != ID_NONE ? &l->cluster->services[answer->service] : NULL;

    if (p->addresses == NULL || service == NULL) {
        add_address(l, name, p->ip_text, answer->ttl_ns);
        return;
    }
    for (uint32_t i = 0; i < p->addresses->count; i++) {
        const char *ip = p->addresses->ips[i];

        if (is_labelled(l, p, ip) &&
            service_addresses_has_slices_of(service, type_of(ip) == DNS_TYPE_AAAA ? IP_FAMILY_V6
                                                                                  : IP_FAMILY_V4))
            add_address(l, name, ip, answer->ttl_ns);
    }
}

static bool has_alias(const struct lookup *l, const char *name)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->records[i].type == DNS_TYPE_CNAME && strcmp(l->records[i].name, name) == 0)
            return true;
    }
    return false;
}

static const char *add_aliases(struct lookup *l, const struct dns_answer *answer)
{
    const char *name = l->fqdn;

    for (const struct dns_alias *alias = answer->aliases; alias != NULL; alias = alias->next) {
        const char *target = with_dot(l->arena, alias->target);

        if (!has_alias(l, name))
            add(l, name, DNS_TYPE_CNAME, target, answer->ttl_ns);
        name = target;
    }
    return name;
}

static void add_answer(struct lookup *l, const struct dns_answer *answer, struct dns_reply *reply)
{
    const struct service *service =
        answer->service != ID_NONE ? &l->cluster->services[answer->service] : NULL;
    const uint32_t before = l->count;
    const char *end;

    reply->ttl_ns = answer->ttl_ns;
    reply->aliases = answer->aliases;
    reply->is_host_kept = answer->is_kept;
    reply->has_dead_end = answer->kind == DNS_NONE && answer->aliases != NULL;
    l->exists |= answer->kind != DNS_NONE || answer->aliases != NULL;
    if (answer->kind == DNS_NONE)
        return; /* the server leaves out aliases that lead to no address */
    end = add_aliases(l, answer);
    if (answer->kind == DNS_SERVICE && service != NULL) {
        add_address(l, end, service->cluster_ip, answer->ttl_ns);
        add_address(l, end, service->other_cluster_ip, answer->ttl_ns);
        return;
    }
    for (uint32_t i = 0; i < answer->addresses->count; i++) {
        if (i == answer->first)
            reply->first = l->count;
        add_pod(l, end, answer, answer->addresses->endpoints[i].pod);
    }
    if (reply->first >= l->count || reply->first < before)
        reply->first = ID_NONE;
}

/* --- CNAME, SRV and PTR, from the place's own view --- */

static const struct service_spec *spec_of(const struct lookup *l, uint32_t service)
{
    return service_views_at(&l->cluster->services[service], l->services);
}

static const struct service_state *state_of(const struct lookup *l, const struct service *service)
{
    const struct service_state *state = service->newest;

    while (state != NULL && state->position > l->slices)
        state = state->older;
    return state;
}

static uint32_t slice_count(const struct lookup *l, const struct service *service,
                            const struct service_state *state)
{
    return state == NULL ? 0 : service_table_slice_count(l->cluster, service, state);
}

static bool is_same_word(const char *a, const char *b)
{
    for (; *a != '\0' && (*a | 32) == (*b | 32); a++)
        b++;
    return *a == *b;
}

/* Whether the name asks for that port: by name and protocol, or for all. */
static bool is_asked_for(const struct lookup *l, const char *port, enum protocol protocol)
{
    static const char *const protocols[] = {
        [PROTOCOL_TCP] = "tcp", [PROTOCOL_UDP] = "udp", [PROTOCOL_SCTP] = "sctp"};

    if (l->name.kind != DNS_NAME_PORT)
        return true;
    return port != NULL && strcmp(l->name.port, port) == 0 &&
           is_same_word(l->name.protocol, protocols[protocol]);
}

static const char *service_name(const struct lookup *l, const struct service *service)
{
    return arena_printf(l->arena, "%s.%s.svc.%s.", service->bare_name, service->ns,
                        l->cluster->spec->cluster_domain);
}

static const char *endpoint_name(const struct lookup *l, const struct service *service,
                                 const struct slice_endpoint *e)
{
    char buffer[64];
    const char *host = e->target->hostname;

    if (host == NULL || host[0] == '\0')
        host = endpoint_choice_host(l->cluster, service, e, buffer);
    return arena_printf(l->arena, "%s.%s", host, service_name(l, service));
}

/* One record a port; the weights are filled in when all are there. */
static void add_port(struct lookup *l, uint16_t number, const char *target)
{
    add(l, l->fqdn, DNS_TYPE_SRV, arena_printf(l->arena, "%u %s", number, target),
        dns_ttl_ns(l->cluster));
}

/* Whether the name asks for that endpoint: by its first label, or for all. */
static bool is_named(const struct lookup *l, const char *target)
{
    const size_t length = strcspn(target, ".");

    return l->name.label == NULL ||
           (strlen(l->name.label) == length && strncmp(target, l->name.label, length) == 0);
}

static void add_ports_of(struct lookup *l, const struct port_map *ports, const char *target)
{
    for (uint32_t i = 0; i < ports->count; i++) {
        const struct endpoint_port *port = &ports->ports[i];

        if (is_asked_for(l, port->name, (enum protocol)port->protocol))
            add_port(l, port->number, target);
    }
}

static void add_endpoint_ports(struct lookup *l, const struct service *service)
{
    const struct service_state *state = state_of(l, service);

    for (uint32_t i = 0; i < slice_count(l, service, state); i++) {
        const struct slice_content *slice = service_table_slice(l->cluster, service, state, i);

        for (uint32_t k = 0; slice != NULL && k < slice->count; k++) {
            const char *target = endpoint_name(l, service, &slice->endpoints[k]);

            if (slice->endpoints[k].is_ready && is_named(l, target))
                add_ports_of(l, slice->ports, target);
        }
    }
}

/* Priority 0; the weights share a hundred. What is there twice is told once, with the weight that it had. */
static void finish_ports(struct lookup *l, uint32_t first)
{
    const uint32_t weight = l->count > first ? SRV_WEIGHT / (l->count - first) : 0;
    uint32_t kept = first;

    for (uint32_t i = first; i < l->count; i++) {
        uint32_t same = first;

        while (same < kept && strcmp(l->records[same].data, l->records[i].data) != 0)
            same++;
        if (same == kept)
            l->records[kept++] = l->records[i];
    }
    l->count = kept;
    for (uint32_t i = first; i < kept; i++)
        l->records[i].data = arena_printf(l->arena, "0 %u %s", weight, l->records[i].data);
}

/* The addresses of what the records name. */
static void add_extras(struct lookup *l, const struct service *service, bool has_address)
{
    const struct service_state *state = state_of(l, service);
    const sim_ns ttl_ns = dns_ttl_ns(l->cluster);

    if (has_address) {
        const char *const ips[] = {service->cluster_ip, service->other_cluster_ip};

        for (uint32_t i = 0; i < EP_COUNT_OF(ips) && ips[i] != NULL; i++)
            add(l, service_name(l, service), type_of(ips[i]), ips[i], ttl_ns)->is_extra = true;
        return;
    }
    for (uint32_t i = 0; i < slice_count(l, service, state); i++) {
        const struct slice_content *slice = service_table_slice(l->cluster, service, state, i);

        for (uint32_t k = 0; slice != NULL && k < slice->count; k++) {
            const struct slice_endpoint *e = &slice->endpoints[k];

            const char *target = endpoint_name(l, service, e);

            if (e->is_ready && is_named(l, target))
                add(l, target, type_of(e->target->ip), e->target->ip, ttl_ns)->is_extra = true;
        }
    }
}

static void look_up_ports(struct lookup *l)
{
    const uint32_t index = service_views_obtain(l->cluster, l->name.ns, l->name.service);
    const struct service *service = &l->cluster->services[index];
    const struct service_spec *spec = spec_of(l, index);
    const uint32_t first = l->count;

    l->exists |= spec != NULL && spec->type == SERVICE_EXTERNAL_NAME;
    if (spec == NULL || spec->type == SERVICE_EXTERNAL_NAME)
        return;
    if (service_views_is_headless(spec) || l->name.label != NULL) {
        add_endpoint_ports(l, service);
        finish_ports(l, first);
        if (l->count > first)
            add_extras(l, service, false);
        return;
    }
    for (uint32_t i = 0; i < spec->port_count; i++) {
        if (is_asked_for(l, spec->ports[i].name, spec->ports[i].protocol))
            add_port(l, spec->ports[i].port, service_name(l, service));
    }
    finish_ports(l, first);
    if (l->count > first)
        add_extras(l, service, true);
}

/* Whether the service has the port that the name asks for. */
static bool has_port(const struct lookup *l)
{
    struct lookup ports = *l;

    ports.records = NULL;
    ports.count = ports.capacity = 0;
    look_up_ports(&ports);
    return ports.count > 0;
}

/* The question as clients ask it; false: it is not one of theirs. */
static bool as_question(struct lookup *l, struct dns_question *question)
{
    *question = (struct dns_question){.service = ID_NONE, .node = l->query->node};
    if (l->name.kind == DNS_NAME_POD ||
        (l->name.kind == DNS_NAME_OUTSIDE && dns_is_host(l->cluster, l->query->name)))
        question->host = dns_obtain_host(l->cluster, l->query->name);
    else if (l->name.kind == DNS_NAME_SERVICE || l->name.kind == DNS_NAME_ENDPOINT ||
             (l->name.kind == DNS_NAME_PORT && has_port(l)))
        question->service = service_views_obtain(l->cluster, l->name.ns, l->name.service);
    else
        return false;
    question->label = l->name.label;
    return true;
}

static bool look_up_addresses(struct lookup *l, enum dns_place place, struct dns_reply *reply)
{
    struct dns_question question;
    struct dns_answer answer;

    if (l->name.kind == DNS_NAME_POD && place >= DNS_AT_SERVER) {
        if (dns_pods_has(l->cluster, &l->name)) {
            l->exists = true;
            add_address(l, l->fqdn, l->name.ip, dns_ttl_ns(l->cluster));
        }
        return true;
    }
    if (!as_question(l, &question))
        return place >= DNS_AT_SERVER;
    if (place == DNS_AT_CLIENT) {
        if (l->query->kept == NULL)
            return false;
        answer = *l->query->kept;
    } else if (!dns_ask_at(l->cluster, &question, place, &answer)) {
        return false;
    }
    add_answer(l, &answer, reply);
    return true;
}

static void look_up_alias(struct lookup *l)
{
    uint32_t index;
    const struct service_spec *spec;

    if (l->name.kind != DNS_NAME_SERVICE) {
        l->exists |= l->name.kind == DNS_NAME_OUTSIDE && dns_is_host(l->cluster, l->query->name);
        return;
    }
    index = service_views_obtain(l->cluster, l->name.ns, l->name.service);
    spec = spec_of(l, index);
    l->exists |= spec != NULL;
    if (spec != NULL && spec->type == SERVICE_EXTERNAL_NAME)
        add(l, l->fqdn, DNS_TYPE_CNAME, with_dot(l->arena, spec->external_name),
            dns_ttl_ns(l->cluster));
}

static bool is_of(const char *address, const char *ip)
{
    return address != NULL && strcmp(address, ip) == 0;
}

static void add_endpoint_names(struct lookup *l, const struct service *service)
{
    const struct service_state *state = state_of(l, service);

    for (uint32_t i = 0; i < slice_count(l, service, state); i++) {
        const struct slice_content *slice = service_table_slice(l->cluster, service, state, i);

        for (uint32_t k = 0; slice != NULL && k < slice->count; k++) {
            if (slice->endpoints[k].is_ready && is_of(slice->endpoints[k].target->ip, l->name.ip))
                add(l, l->fqdn, DNS_TYPE_PTR, endpoint_name(l, service, &slice->endpoints[k]),
                    dns_ttl_ns(l->cluster));
        }
    }
}

/* The service of that cluster IP; if it is none, every endpoint of that address. */
static void look_up_backwards(struct lookup *l)
{
    const uint32_t count = l->cluster->service_count;

    for (uint32_t i = 0; l->name.ip != NULL && i < count; i++) {
        const struct service *service = &l->cluster->services[i];

        if (spec_of(l, i) != NULL && (is_of(service->cluster_ip, l->name.ip) ||
                                      is_of(service->other_cluster_ip, l->name.ip))) {
            add(l, l->fqdn, DNS_TYPE_PTR, service_name(l, service), dns_ttl_ns(l->cluster));
            return;
        }
    }
    for (uint32_t i = 0; l->name.ip != NULL && i < count; i++) {
        if (spec_of(l, i) != NULL)
            add_endpoint_names(l, &l->cluster->services[i]);
    }
}

/* --- the whole --- */

/* One type; false: the place has nothing to say. */
static bool look_up_type(struct lookup *l, enum dns_place place, struct dns_reply *reply)
{
    const bool is_address = l->query->type == DNS_TYPE_A || l->query->type == DNS_TYPE_AAAA;

    if (is_address && l->name.kind != DNS_NAME_REVERSE)
        return look_up_addresses(l, place, reply);
    if (place < DNS_AT_SERVER)
        return false;
    if (l->name.kind == DNS_NAME_REVERSE)
        look_up_backwards(l); /* whether or not that is what was asked for, the name exists */
    else if (l->query->type == DNS_TYPE_SRV && l->name.service != NULL)
        look_up_ports(l);
    else if (l->query->type == DNS_TYPE_CNAME)
        look_up_alias(l);
    if (l->name.kind == DNS_NAME_REVERSE && l->query->type != DNS_TYPE_PTR) {
        l->exists |= l->count > 0;
        l->count = 0;
    }
    return true;
}

static bool look_up_all(struct lookup *l, enum dns_place place, struct dns_reply *reply)
{
    static const enum dns_type parts[] = {DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_PTR};
    struct dns_query query = *l->query;
    bool has_answer = false;

    for (uint32_t i = 0; i < EP_COUNT_OF(parts); i++) {
        query.type = parts[i];
        l->query = &query;
        has_answer |= look_up_type(l, place, reply);
    }
    return has_answer;
}

/* Aliases alone are no answer to who wants an address. */
static bool has_records(const struct lookup *l, enum dns_type type)
{
    if (type != DNS_TYPE_A && type != DNS_TYPE_AAAA)
        return l->count > 0;
    return l->count > 0 && l->records[l->count - 1].type == type;
}

bool dns_lookup_at(struct arena *arena, struct cluster *cluster, const struct dns_query *query,
                   enum dns_place place, struct dns_reply *reply)
{
    struct lookup l = {
        .arena = arena,
        .cluster = cluster,
        .query = query,
        .name = dns_name_parse(arena, cluster->spec->cluster_domain, query->name),
        .fqdn = with_dot(arena, query->name),
        .services = place == DNS_AT_API ? UINT64_MAX : dns_position(cluster, RESOURCE_SERVICES),
        .slices = place == DNS_AT_API ? UINT64_MAX : dns_position(cluster, RESOURCE_SLICES),
    };
    bool has_answer;

    *reply = (struct dns_reply){.first = ID_NONE, .ttl_ns = dns_ttl_ns(cluster)};
    if (query->type == DNS_TYPE_ANY)
        has_answer = look_up_all(&l, place, reply);
    else
        has_answer = look_up_type(&l, place, reply);
    reply->records = l.records;
    reply->record_count = l.count;
    reply->status = DNS_NOERROR;
    if (!has_records(&l, query->type))
        reply->status = l.exists || l.count > 0 ? DNS_NODATA : DNS_NXDOMAIN;
    return has_answer;
}

static bool has_record(const struct dns_reply *reply, const struct dns_record *record)
{
    for (uint32_t i = 0; i < reply->record_count; i++) {
        const struct dns_record *other = &reply->records[i];

        if (other->type == record->type && strcmp(other->name, record->name) == 0 &&
            strcmp(other->data, record->data) == 0)
            return true;
    }
    return false;
}

bool dns_lookup_same(const struct dns_reply *a, const struct dns_reply *b)
{
    if (a->status != b->status || a->record_count != b->record_count)
        return false;
    for (uint32_t i = 0; i < a->record_count; i++) {
        if (!has_record(b, &a->records[i]))
            return false;
    }
    return true;
}
