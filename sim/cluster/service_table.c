/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/service_table.h"

#include <string.h>

#include "base/error.h"
#include "cluster/accounts.h"
#include "cluster/dns.h"
#include "cluster/object_labels.h"
#include "cluster/service_addresses.h"

#define PRUNE_EVERY 16u
#define STRIDE 8u /* endpoints compared at once */

static const struct endpoint_table empty_table = {.if_empty = EMPTY_REJECTS};

static size_t content_bytes(uint32_t count)
{
    return sizeof(struct slice_content) + (size_t)count * sizeof(struct slice_endpoint);
}

struct slice_content *service_table_new_content(struct cluster *cluster, uint32_t slice,
                                                uint32_t count)
{
    struct slice_content *content = blocks_alloc_raw(&cluster->blocks, content_bytes(count));

    memset(content, 0, sizeof(*content)); /* the caller fills in the endpoints */
    content->id = ++cluster->content_count;
    content->slice = slice;
    content->count = count;
    content->capacity = count;
    content->trigger_ns = NS_NEVER;
    content->manager = SLICE_BY_HAND;
    return content;
}

void service_table_shrink(struct slice_content *content, uint32_t count)
{
    EP_REQUIRE(count <= content->capacity);
    content->count = count;
}

static bool is_same_endpoint(const struct slice_endpoint *a, const struct slice_endpoint *b)
{
    return a->target == b->target && a->pod == b->pod && a->pod_version == b->pod_version &&
           a->hints == b->hints && a->is_ready == b->is_ready && a->is_serving == b->is_serving &&
           a->is_terminating == b->is_terminating && a->known == b->known;
}

/* STRIDE endpoints at once. Padding may make equal ones look different, never the other way round. */
static bool is_same_stride(const struct slice_endpoint *a, const struct slice_endpoint *b)
{
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): is_same_endpoint has the last word
    return memcmp(a, b, STRIDE * sizeof(*a)) == 0;
}

uint32_t service_table_common(const struct slice_endpoint *a, const struct slice_endpoint *b,
                              uint32_t count)
{
    uint32_t i = 0;

    while (i + STRIDE <= count && is_same_stride(&a[i], &b[i]))
        i += STRIDE;
    while (i < count && is_same_endpoint(&a[i], &b[i]))
        i++;
    return i;
}

static struct slice_difference compare(const struct slice_content *before,
                                       const struct slice_content *after)
{
    const struct slice_endpoint *a = before->endpoints;
    const struct slice_endpoint *b = after->endpoints;
    uint32_t room = before->count < after->count ? before->count : after->count;
    struct slice_difference d = {service_table_common(a, b, room), 0};

    room -= d.first;
    while (d.last + STRIDE <= room &&
           is_same_stride(&a[before->count - d.last - STRIDE], &b[after->count - d.last - STRIDE]))
        d.last += STRIDE;
    while (d.last < room &&
           is_same_endpoint(&a[before->count - 1 - d.last], &b[after->count - 1 - d.last]))
        d.last++;
    return d;
}

static bool is_based_on(const struct slice_content *after, const struct slice_content *before)
{
    return before != NULL && after != NULL && after->base_id != 0 && after->base_id == before->id;
}

/* Whether the account that the content's plan has kept is right. */
static bool is_account_right(const struct slice_content *before, const struct slice_content *after)
{
    const struct slice_difference d = compare(before, after);

    return after->base_first == d.first && after->base_last <= d.last;
}

struct slice_difference service_table_difference(const struct slice_content *before,
                                                 const struct slice_content *after)
{
    if (is_based_on(after, before)) {
        EP_INVARIANT(is_account_right(before, after));
        return (struct slice_difference){after->base_first, after->base_last};
    }
    if (before == NULL || after == NULL || !before->is_packed || !after->is_packed)
        return (struct slice_difference){0, 0};
    return compare(before, after);
}

bool service_table_same_data(const struct slice_content *a, const struct slice_content *b)
{
    if (is_based_on(b, a))
        return a->count == b->count && a->ports == b->ports && b->base_first == b->count;
    return a->count == b->count && a->ports == b->ports &&
           service_table_common(a->endpoints, b->endpoints, a->count) == a->count;
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

/* Contents of a service that are compared or kept together: one slice, or all subsets of Endpoints. Some may be NULL. */
struct content_list {
    struct slice_content *const *items;
    uint32_t count;
    struct slice_difference difference; /* of each content */
};

static uint32_t end_of(struct content_list list, uint32_t k)
{
    return list.items[k] == NULL ? 0 : list.items[k]->count - list.difference.last;
}

static uint32_t endpoint_count(struct content_list list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < list.count; i++)
        count += list.items[i] == NULL ? 0 : end_of(list, i) - list.difference.first;
    return count;
}

/* Of a pod that stands in several subsets the ready one counts. */
static const struct slice_endpoint *merged(const struct slice_endpoint *a,
                                           const struct slice_endpoint *b)
{
    return a == NULL || (b->is_ready && !a->is_ready) ? b : a;
}

/* The pair of a pod, by its mark; made if there is none yet. */
static struct endpoint_pair *pair_of(struct cluster *cluster, uint32_t pod,
                                     struct endpoint_pair *pairs, uint32_t *count)
{
    uint64_t found = cluster->scratch[pod];

    if ((found & ~(uint64_t)UINT32_MAX) == cluster->scratch_mark)
        return &pairs[(uint32_t)found];
    cluster->scratch[pod] = cluster->scratch_mark | *count;
    pairs[*count] = (struct endpoint_pair){NULL, NULL};
    return &pairs[(*count)++];
}

/* Pairs up the endpoints of two versions by pod, in the order of `after`, then those that are gone. */
static uint32_t pair_up(struct cluster *cluster, struct content_list before,
                        struct content_list after, struct endpoint_pair *pairs)
{
    uint32_t count = 0;

    cluster->scratch_mark += UINT64_C(1) << 32;
    ARENA_GROW(cluster->arena, cluster->scratch, &cluster->scratch_capacity, cluster->pod_count);
    for (uint32_t k = 0; k < after.count; k++) {
        for (uint32_t i = after.difference.first; i < end_of(after, k); i++) {
            const struct slice_endpoint *e = &after.items[k]->endpoints[i];
            struct endpoint_pair *pair = pair_of(cluster, e->pod, pairs, &count);
            pair->after = merged(pair->after, e);
        }
    }
    for (uint32_t k = 0; k < before.count; k++) {
        for (uint32_t i = before.difference.first; i < end_of(before, k); i++) {
            const struct slice_endpoint *e = &before.items[k]->endpoints[i];
            struct endpoint_pair *pair = pair_of(cluster, e->pod, pairs, &count);
            pair->before = merged(pair->before, e);
        }
    }
    return count;
}

/* When and by whom a version was written. */
struct stamp {
    sim_ns sync_ns;
    uint64_t sync_step;
    sim_ns write_ns;
};

static void tell_changes(struct cluster *cluster, uint32_t service, struct content_list before,
                         struct content_list after, struct stamp stamp)
{
    uint32_t room = endpoint_count(before) + endpoint_count(after);
    size_t bytes = (size_t)(room + 1) * sizeof(struct endpoint_pair);
    struct endpoint_pair *pairs = blocks_alloc_raw(&cluster->blocks, bytes);
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
            .is_effective =
                endpoint_choice_is_usable(pairs[i].before, ready_before, has_fallback) !=
                endpoint_choice_is_usable(pairs[i].after, s->ready_count, has_fallback),
            .sync_ns = stamp.sync_ns,
            .sync_step = stamp.sync_step,
            .write_ns = stamp.write_ns,
        };
        if (classify(pairs[i].before, pairs[i].after, &change.kind))
            accounts_change_stored(cluster, &change);
    }
    blocks_free(&cluster->blocks, pairs, bytes);
}

static size_t state_bytes(uint32_t subset_count)
{
    return sizeof(struct service_state) + (size_t)subset_count * sizeof(struct slice_content *);
}

uint32_t service_table_slice_count(const struct cluster *cluster, const struct service *service,
                                   const struct service_state *state)
{
    return cluster->rules.proxies_read_endpoints ? state->subset_count : service->slice_count;
}

/* The newest state is what is stored; from there, what each state has replaced leads back to the one before. */
struct slice_content *service_table_slice(const struct cluster *cluster,
                                          const struct service *service,
                                          const struct service_state *state, uint32_t number)
{
    struct slice_content *content;
    uint32_t slice;

    if (cluster->rules.proxies_read_endpoints)
        return state->subsets[number];
    slice = service->slices[number];
    content = cluster->slices[slice]->stored;
    for (const struct service_state *s = service->newest; s != state; s = s->older) {
        if (s->slice == slice)
            content = s->before;
    }
    return content;
}

static void free_state(struct cluster *cluster, struct service_state *state)
{
    for (uint32_t i = 0; i < state->subset_count; i++)
        service_table_release(cluster, state->subsets[i]);
    service_table_release(cluster, state->before);
    endpoint_choice_free(cluster, state);
    blocks_free(&cluster->blocks, state, state_bytes(state->subset_count));
}

/* Forgets the states that no node and no DNS server can use any more. */
static void prune(struct cluster *cluster, struct service *s)
{
    uint64_t oldest = dns_position(cluster, model_proxy_log(cluster, PROXY_SLICES));
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

/* A new state with room for so many subsets, which the caller fills in at once. */
static struct service_state *start_state(struct cluster *cluster, uint32_t service, uint32_t count)
{
    struct service *s = &cluster->services[service];
    struct service_state *state = blocks_alloc(&cluster->blocks, state_bytes(count));

    if ((s->state_count + 1) % PRUNE_EVERY == 0)
        prune(cluster, s);
    state->position = cluster->logs[model_proxy_log(cluster, PROXY_SLICES)].next;
    state->older = s->newest;
    state->subset_count = count;
    s->newest = state;
    s->state_count++;
    return state;
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
                         struct slice_content *before)
{
    uint32_t service = cluster->slices[write->object]->service;
    struct service_state *state;

    if (service == ID_NONE || cluster->rules.proxies_read_endpoints)
        return; /* it serves none, or nobody reads it */
    if (is_first_family(cluster, service, cluster->slices[write->object])) {
        struct slice_content *const after = cluster->slices[write->object]->stored;
        const struct slice_difference difference = service_table_difference(before, after);
        tell_changes(cluster, service, (struct content_list){&before, 1, difference},
                     (struct content_list){&after, 1, difference},
                     (struct stamp){write->sync_ns, write->sync_step, write->leave_ns});
    }
    state = start_state(cluster, service, 0);
    state->slice = write->object;
    state->before = service_table_hold(before);
}

/* The slice that stands for Endpoints in the tables: it exists nowhere else. */
static uint32_t shadow_of(struct cluster *cluster, uint32_t endpoints)
{
    struct endpoints_object *object = cluster->endpoints[endpoints];

    if (object->shadow == 0) {
        uint32_t slice = model_add_slice(cluster);
        cluster->slices[slice]->name = object->name;
        cluster->slices[slice]->hash = object->hash;
        cluster->slices[slice]->service = object->service;
        object->shadow = slice + 1;
    }
    return object->shadow - 1;
}

static uint32_t subset_end(const struct endpoints_content *content, uint32_t first)
{
    uint32_t end = first;

    while (end < content->count && content->items[end]->subset == content->items[first]->subset)
        end++;
    return end;
}

static struct slice_content *content_of_subset(struct cluster *cluster, uint32_t shadow,
                                               const struct endpoints_content *from, uint32_t first,
                                               uint32_t end)
{
    struct slice_content *content = service_table_new_content(cluster, shadow, end - first);

    content->ports = from->items[first]->ports;
    for (uint32_t i = first; i < end; i++)
        content->endpoints[i - first] = (struct slice_endpoint){
            .target = from->items[i]->target,
            .pod = from->items[i]->pod,
            .is_ready = from->items[i]->is_ready,
            .is_serving = from->items[i]->is_ready,
        };
    return content;
}

void service_table_store_endpoints(struct cluster *cluster, uint32_t endpoints, sim_ns sync_ns,
                                   uint64_t sync_step, sim_ns write_ns)
{
    const struct endpoints_object *object = cluster->endpoints[endpoints];
    const struct endpoints_content *content = object->stored;
    uint32_t shadow = shadow_of(cluster, endpoints);
    struct service_state *before = cluster->services[object->service].newest;
    struct service_state *state;
    struct content_list old = {NULL, 0, {0, 0}};
    uint32_t count = 0;

    for (uint32_t i = 0; content != NULL && i < content->count; i = subset_end(content, i))
        count++;
    if (before != NULL)
        old = (struct content_list){before->subsets, before->subset_count, {0, 0}};
    state = start_state(cluster, object->service, count);
    count = 0;
    for (uint32_t i = 0; content != NULL && i < content->count; i = subset_end(content, i))
        state->subsets[count++] = service_table_hold(
            content_of_subset(cluster, shadow, content, i, subset_end(content, i)));
    tell_changes(cluster, object->service, old,
                 (struct content_list){state->subsets, count, {0, 0}},
                 (struct stamp){sync_ns, sync_step, write_ns});
}

/* What a reader sees that has applied the slice log up to there, NULL: nothing. */
static inline struct service_state *state_at(const struct cluster *cluster, uint32_t service,
                                             uint64_t applied)
{
    const struct service *s = &cluster->services[service];
    struct service_state *state = s->newest;

    while (state != NULL && EP_UNLIKELY(state->position > applied))
        state = state->older;
    return state;
}

bool service_table_has_local(struct cluster *cluster, uint32_t service, uint32_t node,
                             uint64_t applied)
{
    struct service_state *state = state_at(cluster, service, applied);

    return state != NULL &&
           endpoint_choice_has_local(cluster,
                                     (struct state_view){&cluster->services[service], state}, node);
}

const struct endpoint_table *service_table_get(struct cluster *cluster, uint32_t service,
                                               const struct choice_query *query, uint64_t applied)
{
    struct service_state *state = state_at(cluster, service, applied);

    if (EP_UNLIKELY(state == NULL))
        return &empty_table;
    return endpoint_choice_get(cluster, (struct state_view){&cluster->services[service], state},
                               query);
}
