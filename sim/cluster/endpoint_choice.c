/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/endpoint_choice.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cluster/hints.h"
#include "cluster/port_maps.h"
#include "cluster/service_table.h"

/* What a list is limited to. */
enum choice_mode {
    MODE_ANYWHERE,
    MODE_ZONE,
    MODE_NODE,
    MODE_LOCAL
};

/* An endpoint that could be chosen. */
struct candidate {
    struct endpoint endpoint;
    uint32_t node;
    uint16_t hints;
    bool is_ready;
    bool is_fallback; /* serving and terminating, and the version has the fallback */
};

/* A list, and the nodes' share of it: variants and by_node where nodes differ. */
struct built_table {
    struct built_table *next;     /* of the state; of a variant: of the same choice */
    struct built_table *variants; /* a mode and a zone or node each */
    const struct endpoint_table **by_node;
    struct candidate *candidates; /* all, in kube-proxy's order */
    const char *name;
    const char *scope; /* of a variant: the zone or the node */
    size_t bytes;      /* of all this, endpoints included */
    uint32_t candidate_count;
    uint8_t policy;
    uint8_t mode; /* of a variant */
    struct endpoint_table table;
    struct endpoint endpoints[];
};

/* A candidate and the key by which kube-proxy sorts it. */
struct sortable {
    char key[56];
    struct candidate candidate;
};

bool endpoint_choice_is_usable(const struct slice_endpoint *e, uint32_t ready_count,
                               bool has_fallback)
{
    if (e == NULL)
        return false;
    if (ready_count > 0)
        return e->is_ready;
    return has_fallback && e->is_serving && e->is_terminating;
}

uint32_t endpoint_choice_node(const struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    return p->kubelet_state == KUBELET_EXTERNAL ? p->node : p->stored.node;
}

const char *endpoint_choice_host(const struct cluster *cluster, const struct service *service,
                                 const struct slice_endpoint *endpoint, char buffer[64])
{
    const struct pod *p = cluster->pods[endpoint->pod];
    const char *ip = endpoint->target->ip;
    size_t length = 0;

    if (p->spec->hostname != NULL && p->spec->subdomain != NULL &&
        strcmp(p->spec->subdomain, service->bare_name) == 0 && strcmp(p->ns, service->ns) == 0)
        return p->spec->hostname;
    for (; ip[length] != '\0' && length < 63; length++)
        buffer[length] = strchr(".:", ip[length]) != NULL ? '-' : ip[length];
    buffer[length] = '\0';
    return buffer;
}

/* --- candidates --- */

/* The port that the endpoint offers (0 for addresses), UINT16_MAX: it is not asked for. */
static uint16_t port_of(const struct cluster *cluster, const struct service *service,
                        const struct slice_content *content, const struct slice_endpoint *e,
                        const struct choice_query *query)
{
    char buffer[64];
    uint16_t number;

    if (query->policy == CHOICE_ADDRESSES)
        return 0;
    if (query->policy == CHOICE_HOST)
        return strcmp(endpoint_choice_host(cluster, service, e, buffer), query->name) == 0
                   ? 0
                   : UINT16_MAX;
    number = port_maps_number(content->ports, query->name);
    return number == 0 ? UINT16_MAX : number;
}

static uint32_t collect(const struct cluster *cluster, struct state_view view,
                        const struct choice_query *query, struct sortable *items)
{
    const struct service *service = view.service;
    const uint32_t slice_count = service_table_slice_count(cluster, service, view.state);
    uint32_t count = 0;

    for (uint32_t i = 0; i < slice_count; i++) {
        const struct slice_content *content = service_table_slice(cluster, service, view.state, i);
        for (uint32_t k = 0; content != NULL && k < content->count; k++) {
            const struct slice_endpoint *e = &content->endpoints[k];
            uint16_t number = port_of(cluster, service, content, e, query);
            if (number == UINT16_MAX)
                continue;
            items[count].candidate = (struct candidate){
                .endpoint = {e->pod, number},
                .node = endpoint_choice_node(cluster, e->pod),
                .hints = cluster->rules.has_zone_hints ? e->hints : 0,
                .is_ready = e->is_ready,
                .is_fallback =
                    cluster->rules.has_terminating_fallback && e->is_serving && e->is_terminating,
            };
            (void)snprintf(items[count].key, sizeof(items[count].key), "%s:%u", e->target->ip,
                           (unsigned)number);
            count++;
        }
    }
    return count;
}

static void sort_by_key(struct sortable *items, uint32_t count)
{
    for (uint32_t gap = count / 2; gap > 0; gap /= 2) {
        for (uint32_t i = gap; i < count; i++) {
            struct sortable item = items[i];
            uint32_t j = i;
            for (; j >= gap && strcmp(items[j - gap].key, item.key) > 0; j -= gap)
                items[j] = items[j - gap];
            items[j] = item;
        }
    }
}

/* An address and port that two slices list is one endpoint: here a ready copy, which kube-proxy leaves to chance. */
static uint32_t drop_doubles(struct sortable *items, uint32_t count)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || strcmp(items[kept - 1].key, items[i].key) != 0)
            items[kept++] = items[i];
        else if (items[i].candidate.is_ready && !items[kept - 1].candidate.is_ready)
            items[kept - 1] = items[i];
    }
    return kept;
}

/* --- what a node uses --- */

/* Whose endpoints: all of them, those meant for a zone or a node, those on the node. */
struct scope {
    enum choice_mode mode;
    const char *name; /* of the zone or node */
    uint32_t node;
};

/* The hints' mode for the node: a single ready endpoint without them switches them off. */
static struct scope scope_of(const struct cluster *cluster, const struct built_table *choice,
                             uint32_t node)
{
    const struct node *n = &cluster->nodes[node];
    bool may_node = cluster->rules.has_node_hints;
    bool may_zone = n->spec->zone != NULL;
    bool has_node = false;
    bool has_zone = false;

    if (choice->policy == CHOICE_LOCAL)
        return (struct scope){MODE_LOCAL, n->name, node};
    for (uint32_t i = 0; i < choice->candidate_count; i++) {
        const struct candidate *c = &choice->candidates[i];
        const struct hint_set *hints = hints_get(cluster, c->hints);
        if (!c->is_ready)
            continue;
        may_node = may_node && hints != NULL && hints->node_count > 0;
        may_zone = may_zone && hints != NULL && hints->zone_count > 0;
        has_node |= hints_has_node(hints, n->name);
        has_zone |= may_zone && hints_has_zone(hints, n->spec->zone);
    }
    if (may_node && has_node)
        return (struct scope){MODE_NODE, n->name, node};
    if (may_zone && has_zone)
        return (struct scope){MODE_ZONE, n->spec->zone, node};
    return (struct scope){MODE_ANYWHERE, "", node};
}

static bool is_within(const struct cluster *cluster, const struct candidate *c,
                      const struct scope *scope)
{
    switch (scope->mode) {
    case MODE_LOCAL:
        return c->node == scope->node;
    case MODE_NODE:
        return hints_has_node(hints_get(cluster, c->hints), scope->name);
    case MODE_ZONE:
        return hints_has_zone(hints_get(cluster, c->hints), scope->name);
    case MODE_ANYWHERE:
        break;
    }
    return true;
}

/* Fills the list with the ready ones within the scope; if there are none, with those that terminate and still serve
 * (within the node for Local policies, else of the whole cluster). */
static void fill(struct cluster *cluster, struct built_table *built, const struct candidate *all,
                 uint32_t all_count, const struct scope *scope)
{
    const struct scope anywhere = {.mode = MODE_ANYWHERE};
    const struct scope *second = scope->mode == MODE_LOCAL ? scope : &anywhere;
    uint32_t count = 0;
    bool has_any = false;

    for (uint32_t i = 0; i < all_count; i++) {
        has_any |= all[i].is_ready || all[i].is_fallback;
        if (all[i].is_ready && is_within(cluster, &all[i], scope))
            built->endpoints[count++] = all[i].endpoint;
    }
    if (count == 0 && built->policy <= CHOICE_LOCAL) {
        for (uint32_t i = 0; i < all_count; i++) {
            if (all[i].is_fallback && is_within(cluster, &all[i], second))
                built->endpoints[count++] = all[i].endpoint;
        }
    }
    built->table = (struct endpoint_table){
        .count = count,
        .endpoints = built->endpoints,
        .if_empty = has_any ? EMPTY_DROPS : EMPTY_REJECTS,
        .serial = ++cluster->table_count,
    };
}

static struct built_table *new_table(struct cluster *cluster, uint32_t room)
{
    size_t bytes = sizeof(struct built_table) + room * sizeof(struct endpoint);
    struct built_table *built = blocks_alloc(&cluster->blocks, bytes);

    built->bytes = bytes;
    return built;
}

/* --- lists and variants --- */

static size_t by_node_bytes(const struct cluster *cluster)
{
    return cluster->node_count * sizeof(struct endpoint_table *);
}

/* Keeps the candidates, for nodes that use different ones. */
static void keep_candidates(struct cluster *cluster, struct built_table *choice,
                            const struct sortable *items, uint32_t count)
{
    choice->by_node = blocks_alloc(&cluster->blocks, by_node_bytes(cluster));
    choice->candidates = blocks_alloc(&cluster->blocks, (count + 1) * sizeof(struct candidate));
    choice->candidate_count = count;
    for (uint32_t i = 0; i < count; i++)
        choice->candidates[i] = items[i].candidate;
}

static bool has_hints(const struct sortable *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].candidate.hints != 0)
            return true;
    }
    return false;
}

/* How many endpoints the state lists. */
static uint32_t endpoint_count(const struct cluster *cluster, struct state_view view)
{
    const uint32_t slice_count = service_table_slice_count(cluster, view.service, view.state);
    uint32_t count = 0;

    for (uint32_t i = 0; i < slice_count; i++) {
        const struct slice_content *content =
            service_table_slice(cluster, view.service, view.state, i);
        count += content == NULL ? 0 : content->count;
    }
    return count;
}

static struct built_table *build(struct cluster *cluster, struct state_view view,
                                 const struct choice_query *query)
{
    const struct scope anywhere = {.mode = MODE_ANYWHERE};
    const uint32_t room = endpoint_count(cluster, view) + 1;
    struct built_table *choice;
    struct sortable *items;
    struct candidate *all;
    uint32_t count;

    items = blocks_alloc(&cluster->blocks, room * sizeof(*items));
    all = blocks_alloc(&cluster->blocks, room * sizeof(*all));
    count = collect(cluster, view, query, items);
    sort_by_key(items, count);
    count = drop_doubles(items, count);
    for (uint32_t i = 0; i < count; i++)
        all[i] = items[i].candidate;
    choice = new_table(cluster, count);
    choice->name = query->name;
    choice->policy = (uint8_t)query->policy;
    if (query->policy == CHOICE_LOCAL ||
        (query->policy == CHOICE_CLUSTER && has_hints(items, count)))
        keep_candidates(cluster, choice, items, count);
    else
        fill(cluster, choice, all, count, &anywhere);
    choice->next = view.state->tables;
    view.state->tables = choice;
    blocks_free(&cluster->blocks, all, room * sizeof(*all));
    blocks_free(&cluster->blocks, items, room * sizeof(*items));
    return choice;
}

static const struct endpoint_table *variant_for(struct cluster *cluster, struct built_table *choice,
                                                uint32_t node)
{
    struct scope scope = scope_of(cluster, choice, node);
    struct built_table *variant = choice->variants;

    while (variant != NULL &&
           (variant->mode != scope.mode || strcmp(variant->scope, scope.name) != 0))
        variant = variant->next;
    if (variant == NULL) {
        variant = new_table(cluster, choice->candidate_count);
        variant->policy = choice->policy;
        variant->mode = (uint8_t)scope.mode;
        variant->scope = scope.name;
        fill(cluster, variant, choice->candidates, choice->candidate_count, &scope);
        variant->next = choice->variants;
        choice->variants = variant;
    }
    choice->by_node[node] = &variant->table;
    return &variant->table;
}

static bool is_same_name(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

const struct endpoint_table *endpoint_choice_get(struct cluster *cluster, struct state_view view,
                                                 const struct choice_query *query)
{
    struct built_table *choice = view.state->tables;

    while (choice != NULL &&
           (choice->policy != query->policy || !is_same_name(choice->name, query->name)))
        choice = choice->next;
    if (EP_UNLIKELY(choice == NULL))
        choice = build(cluster, view, query);
    if (EP_LIKELY(choice->by_node == NULL))
        return &choice->table;
    if (EP_LIKELY(choice->by_node[query->node] != NULL))
        return choice->by_node[query->node];
    return variant_for(cluster, choice, query->node);
}

/* Marks the nodes of the slice's ready endpoints. */
static void mark_nodes(const struct cluster *cluster, const struct slice_content *content,
                       bool *has_local)
{
    for (uint32_t i = 0; content != NULL && i < content->count; i++) {
        const uint32_t node = endpoint_choice_node(cluster, content->endpoints[i].pod);

        if (node != ID_NONE && content->endpoints[i].is_ready)
            has_local[node] = true;
    }
}

bool endpoint_choice_has_local(struct cluster *cluster, struct state_view view, uint32_t node)
{
    const uint32_t slice_count = service_table_slice_count(cluster, view.service, view.state);
    struct service_state *state = view.state;

    if (state->has_local == NULL) {
        state->has_local = blocks_alloc(&cluster->blocks, cluster->node_count * sizeof(bool));
        for (uint32_t i = 0; i < slice_count; i++)
            mark_nodes(cluster, service_table_slice(cluster, view.service, state, i),
                       state->has_local);
    }
    return state->has_local[node];
}

static void free_list(struct cluster *cluster, struct built_table *list)
{
    struct built_table *next;

    for (; list != NULL; list = next) {
        next = list->next;
        if (list->by_node != NULL) {
            blocks_free(&cluster->blocks, list->by_node, by_node_bytes(cluster));
            blocks_free(&cluster->blocks, list->candidates,
                        (list->candidate_count + 1) * sizeof(struct candidate));
        }
        blocks_free(&cluster->blocks, list, list->bytes);
    }
}

void endpoint_choice_free(struct cluster *cluster, struct service_state *state)
{
    for (struct built_table *choice = state->tables; choice != NULL; choice = choice->next)
        free_list(cluster, choice->variants);
    free_list(cluster, state->tables);
    state->tables = NULL;
    if (state->has_local != NULL)
        blocks_free(&cluster->blocks, state->has_local, cluster->node_count * sizeof(bool));
    state->has_local = NULL;
}
