/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/names.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"

#define ADDRESSES_PER_NODE 253u
#define POD_SUFFIX_LENGTH 5u
#define POD_SUFFIX_COUNT UINT64_C(14348907) /* 27^5 */
#define POD_SUFFIX_STEP UINT64_C(8868112)   /* near the golden ratio's share, so that neighbours look unlike; prime to 27 */

static const char safe_characters[] = "bcdfghjklmnpqrstvwxz2456789";

const char *names_suffix(struct arena *arena, uint64_t hash, uint32_t length)
{
    char *text = arena_alloc(arena, length + 1);

    for (uint32_t i = 0; i < length; i++) {
        text[i] = safe_characters[hash % (sizeof(safe_characters) - 1)];
        hash /= sizeof(safe_characters) - 1;
    }
    return text;
}

uint64_t names_hash(const char *kind, const char *ns, const char *name)
{
    return hash_combine(hash_combine(hash_string(kind), hash_string(ns)), hash_string(name));
}

const char *names_display(struct arena *arena, const char *ns, const char *name)
{
    return strcmp(ns, "default") == 0 ? name : arena_printf(arena, "%s/%s", ns, name);
}

const char *names_replica_set(struct arena *arena, const char *deployment, uint64_t template_key)
{
    uint64_t hash = hash_combine(hash_string(deployment), template_key);

    return arena_printf(arena, "%s-%s", deployment, names_suffix(arena, hash, 10));
}

uint32_t names_new_named_pod(struct cluster *cluster, const char *ns, const char *name, const struct pod_spec *spec)
{
    uint32_t index = model_add_pod(cluster);
    struct pod *p = cluster->pods[index];

    p->bare_name = name;
    p->ns = ns;
    p->name = names_display(cluster->arena, ns, name);
    p->hash = names_hash("pod", ns, name);
    p->uid = hash_combine(p->hash, UINT64_C(0x756964)); /* "uid" */
    p->spec = spec;
    p->grace_ns = spec->grace_ns;
    return index;
}

/* An owner's pods walk through all suffixes from a place of its own: unlike hashes, they meet nobody before 27^5 pods. */
static uint64_t pod_suffix(const char *ns, const char *owner, uint32_t ordinal)
{
    return (names_hash("owner", ns, owner) % POD_SUFFIX_COUNT + ordinal * POD_SUFFIX_STEP) % POD_SUFFIX_COUNT;
}

uint32_t names_new_pod(struct cluster *cluster, const char *ns, const char *owner, uint32_t ordinal,
                       const struct pod_spec *spec)
{
    const char *suffix = names_suffix(cluster->arena, pod_suffix(ns, owner, ordinal), POD_SUFFIX_LENGTH);
    const char *name = arena_printf(cluster->arena, "%s-%s", owner, suffix);

    return names_new_named_pod(cluster, ns, name, spec);
}

uint32_t names_new_slice(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];
    uint32_t index = model_add_slice(cluster);
    struct slice *slice = cluster->slices[index];

    slice->service = service;
    slice->hash = hash_combine(names_hash("endpointslice", s->spec->meta.ns, s->spec->meta.name), s->slice_made_count++);
    model_append(cluster->arena, &s->slices, &s->slice_count, &s->slice_capacity, index);
    return index;
}

void names_assign_ip(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    struct node *node;
    uint32_t block;
    uint32_t host;

    if (p->ip[0] != '\0')
        return;
    if (p->spec->ip != NULL) {
        (void)snprintf(p->ip, sizeof(p->ip), "%s", p->spec->ip);
        return;
    }
    EP_REQUIRE(p->node != ID_NONE);
    node = &cluster->nodes[p->node];
    block = node->index + cluster->node_count * (node->next_ip / ADDRESSES_PER_NODE);
    host = 2 + node->next_ip % ADDRESSES_PER_NODE;
    node->next_ip++;
    (void)snprintf(p->ip, sizeof(p->ip), "10.%u.%u.%u", (244 + block / 256) % 256, block % 256, host);
}

/* An address of 10.96.0.0/12, the first one being the API server's. */
static uint32_t made_cluster_ip(const struct service *s, uint64_t attempt)
{
    uint64_t hash = hash_combine(s->hash, attempt);

    return UINT32_C(10) << 24 | (uint32_t)(96 + hash % 16) << 16 | (uint32_t)(hash >> 8 & 255) << 8 |
           (uint32_t)(1 + (hash >> 16) % 254);
}

/* Does a manifest, or an earlier service without an address of its own, have it? */
static bool is_cluster_ip_taken(const struct cluster *cluster, uint32_t service, uint32_t ip, const char *text)
{
    for (uint32_t i = 0; i < cluster->service_count; i++) {
        const struct service *other = &cluster->services[i];
        if (other->spec->cluster_ip != NULL && strcmp(other->spec->cluster_ip, text) == 0)
            return true;
        if (i < service && other->spec->cluster_ip == NULL && made_cluster_ip(other, 0) == ip)
            return true;
    }
    return strcmp(text, "10.96.0.1") == 0;
}

const char *names_cluster_ip(struct arena *arena, const struct cluster *cluster, uint32_t service)
{
    const struct service *s = &cluster->services[service];

    if (s->spec->cluster_ip != NULL)
        return s->spec->cluster_ip;
    for (uint64_t attempt = 0;; attempt++) {
        uint32_t ip = made_cluster_ip(s, attempt);
        const char *text =
            arena_printf(arena, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
        if (!is_cluster_ip_taken(cluster, service, ip, text))
            return text;
    }
}
