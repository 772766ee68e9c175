/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/kube_watch.h"

#include <string.h>

struct kube_watched {
    uint64_t hash;
    const char
        *content; /* its row when it was last printed; NULL: it does not meet the query any more */
};

static struct kube_watched *find(struct kube_watch *watch, uint64_t hash)
{
    for (uint32_t i = 0; i < watch->known_count; i++) {
        if (watch->known[i].hash == hash)
            return &watch->known[i];
    }
    ARENA_GROW(watch->arena, watch->known, &watch->known_capacity, watch->known_count + 1);
    watch->known[watch->known_count].hash = hash;
    return &watch->known[watch->known_count++];
}

static void print(struct kube_watch *watch, const struct kube_object *object)
{
    watch->printer->view.now_ns = world_now_ns(watch->world);
    kube_printer_next(watch->printer, object);
}

/* Prints those whose rows are not what they were: what a node believes has no versions of its own. */
static void compare_all(struct kube_watch *watch)
{
    struct arena arena;
    uint32_t count;
    const struct kube_object *objects;

    arena_init(&arena);
    objects =
        kube_kind_list(&arena, world_cluster(watch->world), watch->kind, &watch->query, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct kube_watched *known = find(watch, objects[i].meta->hash);
        const char *content = kube_table_content(&arena, &watch->printer->view, &objects[i]);

        if (known->content != NULL && strcmp(known->content, content) == 0)
            continue;
        known->content = arena_strdup(watch->arena, content);
        print(watch, &objects[i]);
    }
    arena_deinit(&arena);
}

/* Prints an object of which a version was stored. One that no longer meets the query is printed once more, as kubectl
 * does when it leaves a selector. */
static void print_version(struct kube_watch *watch, uint64_t hash)
{
    struct snapshot_query query = {
        .ns = watch->query.ns, .name = watch->query.name, .hash = hash, .node = ID_NONE};
    struct kube_watched *known = find(watch, hash);
    const struct kube_object *object;
    struct arena arena;
    uint32_t count;
    bool is_meant;

    arena_init(&arena);
    object = kube_kind_list(&arena, world_cluster(watch->world), watch->kind, &query, &count);
    if (count == 1) {
        is_meant = watch->query.selector == NULL ||
                   labels_match(watch->query.selector, &object->meta->labels);
        if (is_meant || known->content != NULL)
            print(watch, object);
        known->content = is_meant ? "" : NULL;
    }
    arena_deinit(&arena);
}

static bool concerns(const struct kube_watch *watch, enum object_kind kind)
{
    switch (watch->kind->id) {
    case KUBE_POD:
        return kind == OBJECT_POD;
    case KUBE_REPLICATION_CONTROLLER:
    case KUBE_REPLICA_SET:
        return kind == OBJECT_REPLICA_SET;
    case KUBE_SERVICE:
        return kind == OBJECT_SERVICE;
    case KUBE_DEPLOYMENT:
        return kind == OBJECT_DEPLOYMENT;
    case KUBE_ENDPOINTS:
        return kind == OBJECT_ENDPOINTS;
    case KUBE_ENDPOINT_SLICE:
        return kind == OBJECT_SLICE;
    case KUBE_NODE:
        return kind == OBJECT_NODE;
    case KUBE_EVENT:
    case KUBE_KIND_COUNT:
        break;
    }
    return false;
}

static void version_stored(void *self, const struct stored_version *version)
{
    struct kube_watch *watch = self;

    if (concerns(watch, version->kind))
        print_version(watch, version->name_hash);
}

static void proxy_synced(void *self, sim_ns at_ns, uint32_t node, uint64_t applied_hash)
{
    struct kube_watch *watch = self;

    (void)at_ns;
    (void)applied_hash;
    if (node == watch->query.node)
        compare_all(watch);
}

void kube_watch_start(struct kube_watch *watch)
{
    struct cluster_observer observer = {.self = watch};
    struct arena arena;
    uint32_t count;
    const struct kube_object *objects;

    arena_init(&arena);
    watch->printer->view.now_ns = world_now_ns(watch->world);
    objects =
        kube_kind_list(&arena, world_cluster(watch->world), watch->kind, &watch->query, &count);
    for (uint32_t i = 0; i < count; i++)
        find(watch, objects[i].meta->hash)->content = arena_strdup(
            watch->arena, kube_table_content(&arena, &watch->printer->view, &objects[i]));
    if (watch->printer->format == KUBE_TABLE && count > 0)
        kube_printer_list(watch->printer, objects, count, false);
    watch->printer->view.has_header &= count == 0;
    for (uint32_t i = 0; watch->printer->format != KUBE_TABLE && i < count; i++)
        kube_printer_next(watch->printer, &objects[i]);
    arena_deinit(&arena);
    if (watch->query.node != ID_NONE)
        observer.proxy_synced = proxy_synced;
    else
        observer.version_stored = version_stored;
    world_observe(watch->world, &observer, NULL, NULL);
}

void kube_watch_events(struct kube_watch *watch)
{
    struct kube_object object = {.kind = watch->kind};
    struct arena arena;
    const sim_ns *times_ns;
    uint32_t count;
    const struct snapshot_event *events;

    arena_init(&arena);
    events = snapshot_events_written(&arena, world_cluster(watch->world), &watch->query, &times_ns,
                                     &count);
    for (uint32_t i = 0; i < count; i++) {
        object.event = &events[i];
        object.meta = &events[i].meta;
        watch->printer->view.now_ns = times_ns[i];
        kube_printer_next(watch->printer, &object);
    }
    arena_deinit(&arena);
}
