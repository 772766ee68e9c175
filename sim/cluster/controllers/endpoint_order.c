/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/endpoint_order.h"

#include <string.h>

#include "base/error.h"
#include "cluster/endpoint_items.h"
#include "cluster/endpoint_subsets.h"
#include "cluster/endpoints_store.h"
#include "cluster/service_members.h"

/* More than this part of all: making all anew is no slower. */
#define TOUCHED_PART 4u

/* What a watch event and a hash are made of, summed up over items. */
struct item_sums {
    struct wire_size size;
    uint64_t hash;
};

struct endpoint_order {
    const struct endpoints_item **items;
    uint8_t *is_ready; /* of each item: what is cut is searched by bytes */
    uint32_t count;
    uint32_t capacity;
    uint32_t flag_capacity;
    uint32_t ready_count;
    uint32_t lost_count; /* without nodeName */
    struct item_sums sums;
    /* The items in front, up to where a list that is cut ends: moved there when one is asked for. */
    uint32_t window_end;
    uint32_t window_ready_count;
    struct item_sums window_sums; /* of the ready ones */
    const struct port_map *ports; /* that each pod has */
    const struct port_map *shown; /* the same as the subset has them */
    const char *cluster_ip;
    uint32_t family_count;
    uint8_t families[IP_FAMILY_COUNT];
    bool is_valid;
};

bool endpoint_order_may_have_lost(const struct service *s)
{
    return s->order == NULL || !s->order->is_valid || s->order->lost_count > 0;
}

static bool is_lost(const struct endpoints_item *item)
{
    return item->target->has_pod && item->target->node_name == NULL;
}

/* Adds the item n times; UINT32_MAX takes it away. */
static void sum_up(struct item_sums *sums, const struct endpoints_item *item, uint32_t n)
{
    const uint64_t factor = n == UINT32_MAX ? UINT64_MAX : n;

    sums->size.json += factor * item->size.json;
    sums->size.protobuf += factor * item->size.protobuf;
    sums->hash += factor * item->hash;
}

static void count_in_window(struct endpoint_order *order, const struct endpoints_item *item,
                            uint32_t n)
{
    if (!item->is_ready)
        return;
    order->window_ready_count += n;
    sum_up(&order->window_sums, item, n);
}

/* Counts the item at that place in or, n being UINT32_MAX, out. */
static void count_item(struct endpoint_order *order, uint32_t at, const struct endpoints_item *item,
                       uint32_t n)
{
    order->ready_count += item->is_ready ? n : 0;
    order->lost_count += is_lost(item) ? n : 0;
    sum_up(&order->sums, item, n);
    if (at < order->window_end)
        count_in_window(order, item, n);
}

/* Moves the window's end behind the last item that a list of ENDPOINTS_MAX ready ones has. */
static void set_window(struct endpoint_order *order)
{
    while (order->window_ready_count < ENDPOINTS_MAX && order->window_end < order->count)
        count_in_window(order, order->items[order->window_end++], 1);
    while (order->window_ready_count > ENDPOINTS_MAX)
        count_in_window(order, order->items[--order->window_end], UINT32_MAX);
}

/* The item's place, or the one where it would be. */
static uint32_t search(const struct cluster *cluster, const struct endpoint_order *order,
                       const struct endpoints_item *item)
{
    uint32_t low = 0;
    uint32_t high = order->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (endpoint_items_compare(cluster, order->items[middle], item) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A member's place in the order, by where it was last. */
static uint32_t place_of(const struct cluster *cluster, const struct endpoint_order *order,
                         const struct service_member *member)
{
    uint32_t at = member->order_at;

    if (at >= order->count || order->items[at] != member->item)
        at = search(cluster, order, member->item);
    EP_REQUIRE(at < order->count && order->items[at] == member->item);
    return at;
}

static void set_at(struct endpoint_order *order, uint32_t at, struct service_member *member,
                   const struct endpoints_item *item)
{
    order->items[at] = item;
    order->is_ready[at] = item->is_ready;
    member->item = item;
    member->order_at = at;
    count_item(order, at, item, 1);
}

static void take_out(const struct cluster *cluster, struct endpoint_order *order,
                     struct service_member *member)
{
    const uint32_t at = place_of(cluster, order, member);
    const uint32_t behind = order->count - at - 1;

    count_item(order, at, member->item, UINT32_MAX);
    order->window_end -= at < order->window_end;
    memmove(&order->items[at], &order->items[at + 1], behind * sizeof(order->items[0]));
    memmove(&order->is_ready[at], &order->is_ready[at + 1], behind);
    order->count--;
    member->item = NULL;
}

static void make_room(struct cluster *cluster, struct endpoint_order *order, uint32_t count)
{
    ARENA_GROW(cluster->arena, order->items, &order->capacity, count);
    ARENA_GROW(cluster->arena, order->is_ready, &order->flag_capacity, count);
}

/* False: another pod has the same place in the order. */
static bool put_in(struct cluster *cluster, struct endpoint_order *order,
                   struct service_member *member, const struct endpoints_item *item)
{
    const uint32_t at = search(cluster, order, item);
    const uint32_t behind = order->count - at;

    if (behind > 0 && endpoint_items_compare(cluster, order->items[at], item) == 0)
        return false;
    make_room(cluster, order, order->count + 1);
    memmove(&order->items[at + 1], &order->items[at], behind * sizeof(order->items[0]));
    memmove(&order->is_ready[at + 1], &order->is_ready[at], behind);
    order->count++;
    order->window_end += at < order->window_end;
    set_at(order, at, member, item);
    return true;
}

static bool is_same_service(const struct endpoint_order *order, const struct service *s)
{
    return order->cluster_ip == s->cluster_ip && order->family_count == s->family_count &&
           memcmp(order->families, s->families, sizeof(order->families)) == 0;
}

/* What the members' entries are now, in `items` (target NULL: not listed). False: one has other ports. */
static bool make_items(struct cluster *cluster, uint32_t service, struct touched_members touched,
                       endpoint_order_maker *make, struct endpoints_item *items)
{
    const struct service *s = &cluster->services[service];

    for (uint32_t i = 0; i < touched.count; i++) {
        const struct service_member *member = &s->members[touched.places[i]];
        items[i].ports = member->item == NULL ? NULL : s->order->ports;
        if (member->is_gone || !make(cluster, s, member->pod, &items[i])) {
            items[i].target = NULL;
            continue;
        }
        if (items[i].ports != s->order->ports)
            return false;
        items[i].ports = s->order->shown;
    }
    return true;
}

static bool has_moved(const struct endpoints_item *before, const struct endpoints_item *after)
{
    return after->target == NULL ||
           (before->target != after->target && strcmp(before->target->ip, after->target->ip) != 0);
}

/* First those out that go, then the others in: a place that becomes free may be taken at once. */
static bool move_items(struct cluster *cluster, uint32_t service, struct touched_members touched,
                       const struct endpoints_item *items)
{
    struct service *s = &cluster->services[service];
    bool is_clear = true;

    for (uint32_t i = 0; i < touched.count; i++) {
        struct service_member *member = &s->members[touched.places[i]];
        if (member->item != NULL && has_moved(member->item, &items[i]))
            take_out(cluster, s->order, member);
    }
    for (uint32_t i = 0; i < touched.count; i++) {
        struct service_member *member = &s->members[touched.places[i]];
        const struct endpoints_item *item;
        if (items[i].target == NULL)
            continue;
        item = endpoint_items_intern(cluster, &items[i]);
        if (member->item == NULL) {
            is_clear &= put_in(cluster, s->order, member, item);
        } else if (member->item != item) {
            const uint32_t at = place_of(cluster, s->order, member);
            count_item(s->order, at, member->item, UINT32_MAX);
            set_at(s->order, at, member, item);
        }
    }
    return is_clear;
}

bool endpoint_order_update(struct cluster *cluster, uint32_t service, endpoint_order_maker *make)
{
    struct service *s = &cluster->services[service];
    struct endpoint_order *order = s->order;
    struct touched_members touched;
    struct endpoints_item *items;
    size_t bytes;
    bool is_done;

    if (order == NULL || !order->is_valid || !is_same_service(order, s) ||
        !service_members_is_complete(s, TRIGGER_ENDPOINTS))
        return false;
    touched = service_members_touched(s, TRIGGER_ENDPOINTS);
    if (touched.count > s->member_count / TOUCHED_PART + 1)
        return false;
    bytes = (touched.count + 1) * sizeof(*items);
    items = blocks_alloc(&cluster->blocks, bytes);
    is_done = make_items(cluster, service, touched, make, items) &&
              move_items(cluster, service, touched, items);
    blocks_free(&cluster->blocks, items, bytes);
    order->is_valid = is_done;
    if (is_done)
        service_members_clear(s, TRIGGER_ENDPOINTS);
    return is_done;
}

static void fill(struct cluster *cluster, uint32_t service, const struct endpoints_content *content)
{
    struct service *s = &cluster->services[service];
    struct endpoint_order *order = s->order;

    make_room(cluster, order, content->count);
    order->count = content->count;
    order->ready_count = 0;
    order->lost_count = 0;
    order->sums = (struct item_sums){{0, 0}, 0};
    order->window_end = 0;
    order->window_ready_count = 0;
    order->window_sums = (struct item_sums){{0, 0}, 0};
    for (uint32_t i = 0; i < content->count; i++) {
        const uint32_t place = service_members_place(cluster, service, content->items[i]->pod);
        set_at(order, i, &s->members[place], content->items[i]);
    }
    order->shown = content->items[0]->ports;
}

void endpoint_order_set(struct cluster *cluster, uint32_t service,
                        const struct endpoints_content *content, uint32_t count,
                        const struct port_map *ports)
{
    struct service *s = &cluster->services[service];

    if (s->order == NULL)
        s->order = ARENA_NEW(cluster->arena, struct endpoint_order);
    for (uint32_t i = 0; i < s->member_end; i++)
        s->members[i].item = NULL;
    s->order->is_valid = ports != NULL && content->count == count && count > 0;
    s->order->ports = ports;
    s->order->cluster_ip = s->cluster_ip;
    s->order->family_count = s->family_count;
    memcpy(s->order->families, s->families, sizeof(s->families));
    if (s->order->is_valid)
        fill(cluster, service, content);
    service_members_clear(s, TRIGGER_ENDPOINTS);
}

/* Whether the sums are those of the content's items. */
static bool are_sums_right(const struct endpoints_content *content)
{
    struct item_sums sums = {{0, 0}, 0};

    for (uint32_t i = 0; i < content->count; i++)
        sum_up(&sums, content->items[i], 1);
    return sums.hash == content->item_hash && sums.size.json == content->item_size.json &&
           sums.size.protobuf == content->item_size.protobuf;
}

static struct endpoints_content *with_sums(struct endpoints_content *content, struct item_sums sums)
{
    content->item_size = sums.size;
    content->item_hash = sums.hash;
    content->is_summed = true;
    EP_INVARIANT(are_sums_right(content));
    return content;
}

/* The first ready ones, as many as an object may have; runs of them are copied at once. */
static struct endpoints_content *first_ready(struct cluster *cluster, struct endpoint_order *order)
{
    struct endpoints_content *content = endpoints_store_new_content(cluster, ENDPOINTS_MAX);
    uint32_t count = 0;

    for (uint32_t i = 0; count < ENDPOINTS_MAX; i++) {
        const uint32_t room = ENDPOINTS_MAX - count;
        const uint32_t left = order->count - i < room ? order->count - i : room;
        const uint8_t *hole = memchr(&order->is_ready[i], 0, left);
        const uint32_t run = hole == NULL ? left : (uint32_t)(hole - &order->is_ready[i]);
        memcpy(&content->items[count], &order->items[i], run * sizeof(order->items[0]));
        count += run;
        i += run;
    }
    set_window(order);
    return with_sums(content, order->window_sums);
}

struct endpoints_content *endpoint_order_content(struct cluster *cluster, const struct service *s,
                                                 bool *is_cut)
{
    struct endpoint_order *order = s->order;
    struct endpoints_content *content;

    *is_cut = cluster->rules.has_truncation && order->ready_count > ENDPOINTS_MAX;
    if (*is_cut)
        return first_ready(cluster, order);
    content = endpoints_store_new_content(cluster, order->count);
    memcpy(content->items, order->items, order->count * sizeof(order->items[0]));
    return with_sums(content, order->sums);
}
