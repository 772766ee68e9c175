/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/service_addresses.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cluster/node_ports.h"
#include "cluster/service_views.h"

static enum ip_family family_of(const char *address)
{
    return strchr(address, ':') != NULL ? IP_FAMILY_V6 : IP_FAMILY_V4;
}

bool service_addresses_is_dual(const struct cluster *cluster)
{
    return cluster->spec->controller_manager.service_ranges[1] != NULL;
}

static const char *range_of(const struct cluster *cluster, enum ip_family family)
{
    for (uint32_t i = 0; i < IP_FAMILY_COUNT; i++) {
        const char *range = cluster->spec->controller_manager.service_ranges[i];
        if (range != NULL && family_of(range) == family)
            return range;
    }
    return NULL;
}

/* An address of the range (of 10.96.0.0/12 if there is none), the one that the hash tells. */
static const char *make_v4(struct arena *arena, const char *range, uint64_t hash)
{
    unsigned long octets[4] = {0};
    unsigned long bits = 12;
    const char *at = range;
    char *end;
    uint32_t address = 0;
    uint32_t hosts;

    if (range == NULL)
        return arena_printf(arena, "10.%u.%u.%u", (unsigned)(96 + hash % 16),
                            (unsigned)(hash >> 8) % 256, (unsigned)(1 + (hash >> 16) % 254));
    for (uint32_t i = 0; i < 4; i++) {
        octets[i] = strtoul(at, &end, 10);
        at = end + 1;
        address = address << 8 | (uint32_t)(octets[i] & 255);
    }
    bits = strtoul(at, &end, 10);
    hosts = bits >= 1 && bits <= 30 ? (UINT32_C(1) << (32 - bits)) - 2 : 1;
    address += 1 + (uint32_t)(hash % hosts);
    return arena_printf(arena, "%u.%u.%u.%u", (unsigned)(address >> 24),
                        (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
                        (unsigned)(address & 255));
}

/* The range's prefix up to its "::", and 16 bits. */
static const char *make_v6(struct arena *arena, const char *range, uint64_t hash)
{
    const char *prefix = range == NULL ? "fd00:10:96::/108" : range;
    const char *colons = strstr(prefix, "::");
    int length = colons == NULL ? 0 : (int)(colons - prefix);

    return arena_printf(arena, "%.*s::%x", length, prefix, (unsigned)(1 + hash % 65534));
}

const char *service_addresses_of_range(struct arena *arena, const char *range, uint64_t hash)
{
    return strchr(range, ':') != NULL ? make_v6(arena, range, hash) : make_v4(arena, range, hash);
}

static bool is_taken(const struct cluster *cluster, const char *ip)
{
    const uint64_t hash = hash_string(ip);
    uint32_t cursor;
    uint32_t i = index_table_find(&cluster->service_ips, hash, &cursor);

    for (; i != ID_NONE; i = index_table_next(&cluster->service_ips, hash, &cursor)) {
        const struct service *s = &cluster->services[i];
        if ((s->cluster_ip != NULL && strcmp(s->cluster_ip, ip) == 0) ||
            (s->other_cluster_ip != NULL && strcmp(s->other_cluster_ip, ip) == 0))
            return true;
    }
    return false;
}

/* Files the service under the address, unless it had it before. */
static void file(struct cluster *cluster, const struct service *s, const char *ip,
                 const char *before)
{
    if (ip != NULL && ip != before)
        index_table_add(&cluster->service_ips, hash_string(ip), (uint32_t)(s - cluster->services));
}

/* An address that no other service has, by the hash of the name. */
static const char *make_address(struct cluster *cluster, const struct service *s,
                                enum ip_family family)
{
    for (uint64_t attempt = 0;; attempt++) {
        uint64_t hash = hash_combine(s->hash, attempt);
        const char *range = range_of(cluster, family);
        const char *ip = family == IP_FAMILY_V6 ? make_v6(cluster->arena, range, hash)
                                                : make_v4(cluster->arena, range, hash);
        if (!is_taken(cluster, ip))
            return ip;
    }
}

static bool has_address(const struct service_spec *spec)
{
    return spec->cluster_ip != NULL && !service_views_is_headless(spec);
}

/* Whether the Service has both families. */
static bool wants_both(const struct cluster *cluster, const struct service_spec *spec)
{
    bool is_given = spec->family_count > 1 || spec->other_cluster_ip != NULL;

    switch (spec->family_policy) {
    case IP_FAMILY_POLICY_SINGLE:
        return false;
    case IP_FAMILY_POLICY_PREFER_DUAL:
        return is_given || service_addresses_is_dual(cluster);
    case IP_FAMILY_POLICY_REQUIRE_DUAL:
        return true;
    default:
        return is_given || (service_views_is_headless(spec) && spec->selector.is_null);
    }
}

static void set_families(const struct cluster *cluster, struct service *s)
{
    const struct service_spec *spec = s->spec;
    const char *range = cluster->spec->controller_manager.service_ranges[0];
    enum ip_family first = range == NULL ? IP_FAMILY_V4 : family_of(range);

    s->family_count = 0;
    if (spec->type == SERVICE_EXTERNAL_NAME || !cluster->rules.sets_ip_families)
        return;
    if (spec->family_count > 0)
        first = (enum ip_family)spec->families[0];
    else if (has_address(spec))
        first = family_of(spec->cluster_ip);
    s->families[s->family_count++] = (uint8_t)first;
    if (wants_both(cluster, spec))
        s->families[s->family_count++] = (uint8_t)(1 - first);
}

/* The address that it has, if it is one and of that family. */
static const char *own_address(const char *address, enum ip_family family)
{
    bool is_one = address != NULL && address[0] != '\0' && strcmp(address, "None") != 0;

    return is_one && family_of(address) == family ? address : NULL;
}

void service_addresses_assign(struct cluster *cluster, struct service *s)
{
    const struct service_spec *spec = s->spec;
    const char *const before = s->cluster_ip;
    const char *const other_before = s->other_cluster_ip;
    const char *other = NULL;

    set_families(cluster, s);
    if (spec->type == SERVICE_EXTERNAL_NAME) {
        s->cluster_ip = "";
    } else if (spec->cluster_ip != NULL) {
        s->cluster_ip = spec->cluster_ip;
    } else {
        enum ip_family first = service_addresses_first_family(s);
        const char *own = own_address(s->cluster_ip, first);
        s->cluster_ip = own != NULL ? own : make_address(cluster, s, first);
    }
    file(cluster, s, s->cluster_ip, before);
    if (s->family_count == 2 && spec->type != SERVICE_EXTERNAL_NAME &&
        !service_views_is_headless(spec)) {
        enum ip_family second = (enum ip_family)s->families[1];
        other = spec->other_cluster_ip != NULL ? spec->other_cluster_ip
                                               : own_address(s->other_cluster_ip, second);
        if (other == NULL)
            other = make_address(cluster, s, second);
    }
    s->other_cluster_ip = other;
    file(cluster, s, other, other_before);
    node_ports_assign(cluster, s);
}

enum ip_family service_addresses_first_family(const struct service *service)
{
    if (service->family_count > 0)
        return (enum ip_family)service->families[0];
    return service->cluster_ip != NULL && strchr(service->cluster_ip, ':') != NULL ? IP_FAMILY_V6
                                                                                   : IP_FAMILY_V4;
}

bool service_addresses_has_slices_of(const struct service *service, enum ip_family family)
{
    for (uint32_t i = 0; i < service->family_count; i++) {
        if (service->families[i] == (uint8_t)family)
            return true;
    }
    if (service->family_count > 0)
        return false;
    if (service->cluster_ip != NULL && service->cluster_ip[0] != '\0' &&
        strcmp(service->cluster_ip, "None") != 0)
        return family_of(service->cluster_ip) == family;
    return true;
}
