/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/service_members.h"

#include <stdlib.h>

#include "cluster/trigger_times.h"

static struct pod_seat *seat_at(const struct cluster *cluster, uint32_t seat)
{
    return SLAB_AT(&cluster->seats, seat, struct pod_seat);
}

uint32_t service_members_place(const struct cluster *cluster, uint32_t service, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_seat; i != ID_NONE; i = seat_at(cluster, i)->next) {
        if (seat_at(cluster, i)->service == service)
            return seat_at(cluster, i)->place;
    }
    return ID_NONE;
}

static void touch(struct cluster *cluster, uint32_t service, uint32_t place)
{
    struct service *s = &cluster->services[service];

    for (uint32_t r = 0; r < TRIGGER_READER_COUNT; r++) {
        struct touched_list *list = &s->touched[r];
        if (s->members[place].is_touched[r])
            continue;
        s->members[place].is_touched[r] = true;
        list->is_sorted =
            list->count == 0 || (list->is_sorted && list->places[list->count - 1] < place);
        model_append(cluster->arena, &list->places, &list->count, &list->capacity, place);
    }
}

void service_members_add(struct cluster *cluster, uint32_t service, uint32_t pod)
{
    struct service *s = &cluster->services[service];
    uint32_t index;

    if (service_members_place(cluster, service, pod) != ID_NONE)
        return;
    ARENA_GROW(cluster->arena, s->members, &s->member_capacity, s->member_end + 1);
    s->members[s->member_end] = (struct service_member){
        .pod = pod,
        .homes = {ID_NONE, ID_NONE},
        .trigger_ns = {TRIGGER_UNKNOWN, TRIGGER_UNKNOWN},
    };
    index = slab_alloc(&cluster->seats);
    *seat_at(cluster, index) =
        (struct pod_seat){service, s->member_end, cluster->pods[pod]->first_seat};
    cluster->pods[pod]->first_seat = index;
    s->member_count++;
    touch(cluster, service, s->member_end++);
}

void service_members_touch(struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_seat; i != ID_NONE; i = seat_at(cluster, i)->next)
        touch(cluster, seat_at(cluster, i)->service, seat_at(cluster, i)->place);
}

bool service_members_is_complete(const struct service *service, enum trigger_reader reader)
{
    return service->touched[reader].spec != NULL && service->touched[reader].spec == service->seen;
}

static int compare_places(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

struct touched_members service_members_touched(struct service *service, enum trigger_reader reader)
{
    struct touched_list *list = &service->touched[reader];

    if (!list->is_sorted && list->count > 1)
        qsort(list->places, list->count, sizeof(list->places[0]), compare_places);
    list->is_sorted = true;
    return (struct touched_members){list->places, list->count};
}

static void empty(struct service *service, enum trigger_reader reader)
{
    struct touched_list *list = &service->touched[reader];

    for (uint32_t i = 0; i < list->count; i++)
        service->members[list->places[i]].is_touched[reader] = false;
    list->count = 0;
}

void service_members_clear(struct service *service, enum trigger_reader reader)
{
    empty(service, reader);
    service->touched[reader].spec = service->seen;
}

void service_members_forget(struct service *service, enum trigger_reader reader)
{
    service->touched[reader].spec = NULL;
}

static void leave_seat(struct cluster *cluster, uint32_t service, uint32_t pod)
{
    uint32_t *link = &cluster->pods[pod]->first_seat;
    uint32_t seat;

    while (seat_at(cluster, *link)->service != service)
        link = &seat_at(cluster, *link)->next;
    seat = *link;
    *link = seat_at(cluster, seat)->next;
    slab_free(&cluster->seats, seat);
}

void service_members_prune(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];
    const struct touched_list *list = &s->touched[TRIGGER_ENDPOINT_SLICE];

    for (uint32_t i = 0; i < list->count; i++) {
        struct service_member *member = &s->members[list->places[i]];
        if (member->is_gone || cluster->pods[member->pod]->seen.exists)
            continue;
        member->is_gone = true;
        leave_seat(cluster, service, member->pod);
        s->member_count--;
    }
}

static void renumber(const struct cluster *cluster, uint32_t service, uint32_t pod, uint32_t place)
{
    uint32_t seat = cluster->pods[pod]->first_seat;

    while (seat_at(cluster, seat)->service != service)
        seat = seat_at(cluster, seat)->next;
    seat_at(cluster, seat)->place = place;
}

void service_members_compact(struct cluster *cluster, uint32_t service)
{
    struct service *s = &cluster->services[service];
    uint32_t kept = 0;

    if (s->member_end < 16 || s->member_count > s->member_end / 2)
        return;
    for (uint32_t r = 0; r < TRIGGER_READER_COUNT; r++) {
        if (s->touched[r].count > 0) /* their places are lost */
            service_members_forget(s, (enum trigger_reader)r);
        empty(s, (enum trigger_reader)r);
    }
    for (uint32_t i = 0; i < s->member_end; i++) {
        if (s->members[i].is_gone)
            continue;
        renumber(cluster, service, s->members[i].pod, kept);
        s->members[kept++] = s->members[i];
    }
    s->member_end = kept;
}
