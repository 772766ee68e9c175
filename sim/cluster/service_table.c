/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/service_table.h"

#include "base/error.h"
#include "cluster/accounts.h"
#include "cluster/dns.h"
#include "cluster/object_labels.h"
#include "cluster/service_addresses.h"

#define PRUNE_EVERY 16u

static const struct endpoint_table empty_table = {.if_empty = EMPTY_REJECTS};

static size_t content_bytes(uint32_t count)
{
    return sizeof(struct slice_content) + (size_t)count * sizeof(struct slice_endpoint);
}

struct slice_content *service_table_new_content(struct cluster *cluster, uint32_t slice,
                                                uint32_t count)
{
    struct slice_content *content = blocks_alloc(&cluster->blocks, content_bytes(count));

    content->slice = slice;
    content->count = count;
    content->capacity = count;
    content->trigger_ns = NS_NEVER;
    content->manager = SLICE_BY_HAND;
    content->bytes = cluster->rules.slice_base_bytes + cluster->rules.slice_endpoint_bytes * count;
    return content;
}

void service_table_shrink(const struct cluster *cluster, struct slice_content *content,
                          uint32_t count)
{
    EP_REQUIRE(count <= content->capacity);
    content->count = count;
    content->bytes = cluster->rules.slice_base_bytes + cluster->rules.slice_endpoint_bytes * count;
}

static bool is_same_endpoint(const struct slice_endpoint *a, const struct slice_endpoint *b)
{
    return a->target == b->target && a->pod == b->pod && a->pod_version == b->pod_version &&
           a->hints == b->hints && a->is_ready == b->is_ready && a->is_serving == b->is_serving &&
           a->is_terminating == b->is_terminating && a->known == b->known;
}

bool service_table_same_data(const struct slice_content *a, const struct slice_content *b)
{
    if (a->count != b->count || a->ports != b->ports)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!is_same_endpoint(&a->endpoints[i], &b->endpoints[i]))
            return false;
    }
    return true;
}

bool service_table_same(const struct slice_content *a, const struct slice_content *b)
{
    return a->trigger_ns == b->trigger_ns && object_labels_equal(a->labels, b->labels) &&
           object_labels_equal(a->annotations, b->annotations) && service_table_same_data(a, b);
}

void service_table_release(struct cluster *cluster, struct slice_content *content)
{
    if (content == NULL)
        return;
    EP_REQUIRE(content->reference_count > 0);
    if (--content->reference_count == 0)
        blocks_free(&cluster->blocks, content, content_bytes(content->capacity));
}

struct slice_content *service_table_hold(struct slice_content *content)
{
    if (content != NULL)
        content->reference_count++;
    return content;
}

static bool classify(const struct slice_endpoint *before, const struct slice_endpoint *after,
                     enum change_kind *kind)
{
    if (after == NULL)
        *kind = CHANGE_REMOVE;
    else if (before == NULL)
        *kind = CHANGE_ADD;
    else if (after->is_terminating && !before->is_terminating)
        *kind = CHANGE_TERMINATING;
    else if ((before->is_ready && !after->is_ready) || (before->is_serving && !after->is_serving))
        *kind = CHANGE_UNREADY;
    else if (!before->is_ready && after->is_ready)
        *kind = CHANGE_READY;
    else if (!before->is_serving && after->is_serving)
        *kind = CHANGE_READY;
    else
        return false;
    return true;
}

static void count_endpoint(struct service *s, const struct slice_endpoint *e, int32_t sign)
{
    if (e == NULL)
        return;
    s->ready_count += (uint32_t)(sign * (e->is_ready ? 1 : 0));
    s->fallback_count += (uint32_t)(sign * (e->is_serving && e->is_terminating ? 1 : 0));
}

/* One pair of an endpoint's states; either may be NULL. */
struct endpoint_pair {
    const struct slice_endpoint *before;
    const struct slice_endpoint *after;
};

/* Pairs up the endpoints of two contents by pod, in the order of `after`, then those that are gone. */
static uint32_t pair_up(struct cluster *cluster, const struct slice_content *before,
                        const struct slice_content *after, struct endpoint_pair *pairs)
{
    uint64_t mark = cluster->scratch_mark += UINT64_C(1) << 32;
    uint32_t count = 0;

    ARENA_GROW(cluster->arena, cluster->scratch, &cluster->scratch_capacity, cluster->pod_count);
    for (uint32_t i = 0; after != NULL && i < after->count; i++) {
        cluster->scratch[after->endpoints[i].pod] = mark | count;
        pairs[count++] = (struct endpoint_pair){NULL, &after->endpoints[i]};
    }
    for (uint32_t i = 0; before != NULL && i < before->count; i++) {
        uint64_t found = cluster->scratch[before->endpoints[i].pod];
        if ((found & ~(uint64_t)UINT32_MAX) == mark)
            pairs[(uint32_t)found].before = &before->endpoints[i];
        else
            pairs[count++] = (struct endpoint_pair){&before->endpoints[i], NULL};
    }
    return count;
}

static void tell_changes(struct cluster *cluster, const struct write *write,
                         const struct slice_content *before, uint32_t service)
{
    const struct slice_content *after = cluster->slices[write->object]->stored;
    uint32_t room = (before == NULL ? 0 : before->count) + (after == NULL ? 0 : after->count);
    size_t bytes = (size_t)(room + 1) * sizeof(struct endpoint_pair);
    struct endpoint_pair *pairs = blocks_alloc(&cluster->blocks, bytes);
    uint32_t count = pair_up(cluster, before, after, pairs);
    struct service *s = &cluster->services[service];
    uint32_t ready_before = s->ready_count;

    for (uint32_t i = 0; i < count; i++) {
        count_endpoint(s, pairs[i].before, -1);
        count_endpoint(s, pairs[i].after, 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        bool has_fallback = cluster->rules.has_terminating_fallback;
        struct account_change change = {
            .service = service,
            .pod = (pairs[i].after != NULL ? pairs[i].after : pairs[i].before)->pod,
            .is_effective = endpoint_choice_is_usable(pairs[i].before, ready_before, has_fallback) !=
                            endpoint_choice_is_usable(pairs[i].after, s->ready_count, has_fallback),
            .sync_ns = write->sync_ns,
            .sync_step = write->sync_step,
            .write_ns = write->leave_ns,
        };
        if (classify(pairs[i].before, pairs[i].after, &change.kind))
            accounts_change_stored(cluster, &change);
    }
    blocks_free(&cluster->blocks, pairs, bytes);
}

static size_t state_bytes(uint32_t slice_count)
{
    return sizeof(struct service_state) + (size_t)slice_count * sizeof(struct slice_content *);
}

static void free_state(struct cluster *cluster, struct service_state *state)
{
    for (uint32_t i = 0; i < state->slice_count; i++)
        service_table_release(cluster, state->slices[i]);
    endpoint_choice_free(cluster, state);
    blocks_free(&cluster->blocks, state, state_bytes(state->slice_count));
}

/* Forgets the states that no node and no DNS server can use any more. */
static void prune(struct cluster *cluster, struct service *s)
{
    uint64_t oldest = dns_position(cluster, RESOURCE_SLICES);
    struct service_state *state = s->newest;
    struct service_state *next;

    for (uint32_t n = 0; n < cluster->node_count; n++) {
        if (cluster->nodes[n].proxy.applied[PROXY_SLICES] < oldest)
            oldest = cluster->nodes[n].proxy.applied[PROXY_SLICES];
    }
    while (state != NULL && state->position > oldest)
        state = state->older;
    if (state == NULL)
        return;
    for (struct service_state *dead = state->older; dead != NULL; dead = next) {
        next = dead->older;
        free_state(cluster, dead);
        s->state_count--;
    }
    state->older = NULL;
}

static void start_state(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];
    struct service_state *state = blocks_alloc(&cluster->blocks, state_bytes(s->slice_count));

    state->position = cluster->logs[RESOURCE_SLICES].next;
    state->older = s->newest;
    state->slice_count = 0;
    for (uint32_t i = 0; i < s->slice_count; i++) {
        struct slice_content *content = cluster->slices[s->slices[i]]->stored;
        state->slices[i] = service_table_hold(content);
    }
    state->slice_count = s->slice_count;
    s->newest = state;
    if (++s->state_count % PRUNE_EVERY == 0)
        prune(cluster, s);
}

/* A change of a pod that has two addresses is told once: by the slices of the family that comes first. */
static bool is_first_family(const struct cluster *cluster, uint32_t service,
                            const struct slice *slice)
{
    const struct service *s = &cluster->services[service];

    return s->family_count < 2 ||
           slice->is_ipv6 == (service_addresses_first_family(s) == IP_FAMILY_V6);
}

void service_table_store(struct cluster *cluster, const struct write *write,
                         const struct slice_content *before)
{
    uint32_t service = cluster->slices[write->object]->service;

    if (service == ID_NONE)
        return; /* it serves none */
    if (is_first_family(cluster, service, cluster->slices[write->object]))
        tell_changes(cluster, write, before, service);
    start_state(cluster, service);
}

const struct endpoint_table *service_table_get(struct cluster *cluster, uint32_t service,
                                               const struct choice_query *query, uint64_t applied)
{
    struct service_state *state = cluster->services[service].newest;

    while (state != NULL && EP_UNLIKELY(state->position > applied))
        state = state->older;
    if (EP_UNLIKELY(state == NULL))
        return &empty_table;
    return endpoint_choice_get(cluster, state, query);
}
