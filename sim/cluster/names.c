/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/names.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "cluster/service_addresses.h"

#define ADDRESSES_PER_NODE 253u
#define POD_SUFFIX_LENGTH 5u
#define POD_SUFFIX_COUNT UINT64_C(14348907) /* 27^5 */
#define POD_SUFFIX_STEP \
    UINT64_C(           \
        8868112) /* near the golden ratio's share, so that neighbours look unlike; prime to 27 */

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

uint32_t names_new_named_pod(struct cluster *cluster, const char *ns, const char *name,
                             const struct pod_spec *spec)
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
    p->is_pinned = spec->is_pinned || !cluster->spec->has_kubelet;
    return index;
}

/* An owner's pods walk through all suffixes from a place of its own: unlike hashes, they meet nobody before 27^5 pods. */
static uint64_t pod_suffix(const char *ns, const char *owner, uint32_t ordinal)
{
    return (names_hash("owner", ns, owner) % POD_SUFFIX_COUNT + ordinal * POD_SUFFIX_STEP) %
           POD_SUFFIX_COUNT;
}

uint32_t names_new_pod(struct cluster *cluster, const char *ns, const char *owner, uint32_t ordinal,
                       const struct pod_spec *spec)
{
    const char *suffix =
        names_suffix(cluster->arena, pod_suffix(ns, owner, ordinal), POD_SUFFIX_LENGTH);
    const char *name = arena_printf(cluster->arena, "%s-%s", owner, suffix);

    return names_new_named_pod(cluster, ns, name, spec);
}

uint32_t names_new_slice(struct cluster *cluster, uint32_t service, bool is_ipv6)
{
    struct service *s = &cluster->services[service];
    uint32_t index = model_add_slice(cluster);
    struct slice *slice = cluster->slices[index];

    slice->service = service;
    slice->ns = s->ns;
    slice->owner_uid = s->uid;
    slice->is_ipv6 = is_ipv6;
    slice->hash =
        hash_combine(names_hash("endpointslice", s->ns, s->bare_name), s->slice_made_count++);
    slice->name = arena_printf(cluster->arena, "%s-%s", s->bare_name,
                               names_suffix(cluster->arena, slice->hash, POD_SUFFIX_LENGTH));
    model_append(cluster->arena, &s->slices, &s->slice_count, &s->slice_capacity, index);
    return index;
}

void names_set_ips(struct cluster *cluster, uint32_t pod, const char *const *ips, uint32_t count)
{
    struct pod *p = cluster->pods[pod];
    struct pod_addresses *addresses = ARENA_NEW(cluster->arena, struct pod_addresses);
    const char **copy = ARENA_NEW_ARRAY(cluster->arena, count, const char *);

    EP_REQUIRE(count > 0);
    for (uint32_t i = 0; i < count; i++)
        copy[i] = ips[i];
    *addresses = (struct pod_addresses){.count = count, .ips = copy};
    p->addresses = addresses;
    p->ip_text = copy[0];
}

void names_assign_ip(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    const char *ips[IP_FAMILY_COUNT] = {NULL};
    struct node *node;
    uint32_t block;
    uint32_t host;

    if (p->ip_text != NULL)
        return;
    if (p->spec->ip != NULL) {
        names_set_ips(cluster, pod, p->spec->ips, p->spec->ip_count);
        return;
    }
    EP_REQUIRE(p->node != ID_NONE);
    node = &cluster->nodes[p->node];
    block = node->index + cluster->node_count * (node->next_ip / ADDRESSES_PER_NODE);
    host = 2 + node->next_ip % ADDRESSES_PER_NODE;
    node->next_ip++;
    ips[0] =
        arena_printf(cluster->arena, "10.%u.%u.%u", (244 + block / 256) % 256, block % 256, host);
    if (service_addresses_is_dual(cluster))
        ips[1] = arena_printf(cluster->arena, "fd00:10:244:%x::%x", block, host);
    names_set_ips(cluster, pod, ips, ips[1] == NULL ? 1 : 2);
}
