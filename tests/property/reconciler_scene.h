/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One service and its pods, moved by hand at random, for test_reconcilers: the scene, what is heard of its slices, and
 * the mutations.
 */
#ifndef EPSIM_TESTS_RECONCILER_SCENE_H
#define EPSIM_TESTS_RECONCILER_SCENE_H

#include <string.h>

#include "cluster/commands.h"
#include "cluster/service_table.h"
#include "engine/random.h"
#include "support/fixture.h"

#define PODS_MAX 8000u
#define SLICE_MAX 100u
#define SETTLED_NS (90 * NS_PER_S)

/* What the service is told to be; an edit changes one of them. */
struct wish {
    uint32_t
        ports; /* 0: one number; 1: another number; 2: a named port beside it, pods differ; 3: two that all have */
    bool has_tier; /* the selector asks for a second label */
    bool publishes;
    bool is_there;
    uint32_t label; /* of the Service's own */
};

struct scene {
    struct fixture f;
    struct random luck;
    struct wish wish;
    struct pod_spec *specs[PODS_MAX]; /* by pod */
    uint32_t ip_count;
    bool is_shared;                  /* two pods have had one address */
    bool is_edited;                  /* somebody has written Endpoints */
    const char *free_ip;             /* of a pod that is gone, NULL: none */
    struct slice_content **previous; /* by slice */
    uint32_t previous_capacity;
    uint32_t write_count;  /* of slices */
    uint32_t repeat_count; /* updates that changed nothing */
    uint32_t excess_count; /* slices stored with too many endpoints */
};

static inline uint32_t pick(struct scene *scene, uint32_t n)
{
    return (uint32_t)random_below(&scene->luck, n);
}

/* --- what is stored --- */

static inline void hear(void *self, const struct stored_version *version)
{
    struct scene *scene = self;
    struct cluster *cluster = scene->f.cluster;
    struct slice_content *now;
    struct slice_content **before;

    if (version->kind != OBJECT_SLICE)
        return;
    scene->write_count++;
    now = cluster->slices[version->object]->stored;
    ARENA_GROW(&scene->f.heard, scene->previous, &scene->previous_capacity, version->object + 1);
    before = &scene->previous[version->object];
    scene->repeat_count += *before != NULL && now != NULL && service_table_same(*before, now);
    scene->excess_count += now != NULL && now->count > SLICE_MAX;
    service_table_release(cluster, *before);
    *before = service_table_hold(now);
}

static inline void release_previous(struct scene *scene)
{
    for (uint32_t i = 0; i < scene->previous_capacity; i++)
        service_table_release(scene->f.cluster, scene->previous[i]);
    memset(scene->previous, 0, scene->previous_capacity * sizeof(struct slice_content *));
}

static inline void settle(struct scene *scene)
{
    fixture_run(&scene->f, scene->f.kernel.now_ns + SETTLED_NS);
}

/* --- mutations --- */

static inline struct label_set labels_of(struct scene *scene, const char *app, const char *tier)
{
    struct label *items = ARENA_NEW_ARRAY(&scene->f.arena, 2, struct label);

    items[0] = (struct label){"app", app};
    items[1] = (struct label){"tier", tier};
    return labels_from(&scene->f.arena, items, 2);
}

static inline struct service_port *ports_of(struct scene *scene, uint32_t kind, uint32_t *count)
{
    struct service_port *ports = ARENA_NEW_ARRAY(&scene->f.arena, 2, struct service_port);

    ports[0] = (struct service_port){"web", 80, {NULL, 8080}, 0, PROTOCOL_TCP, NULL};
    if (kind == 1)
        ports[0].target.number = 8081;
    ports[1] = (struct service_port){"more", 81, {NULL, 8082}, 0, PROTOCOL_TCP, NULL};
    if (kind == 2)
        ports[1].target = (struct port_ref){"admin", 0};
    *count = kind >= 2 ? 2 : 1;
    return ports;
}

static inline void apply_service(struct scene *scene)
{
    struct fixture *f = &scene->f;
    struct service_spec *spec = ARENA_NEW(&f->arena, struct service_spec);
    struct label *asked = ARENA_NEW_ARRAY(&f->arena, 2, struct label);
    struct label *own = ARENA_NEW(&f->arena, struct label);
    struct label_set set;

    asked[0] = (struct label){"app", "web"};
    asked[1] = (struct label){"tier", "front"};
    set = labels_from(&f->arena, asked, scene->wish.has_tier ? 2 : 1);
    *own = (struct label){"edition", arena_printf(&f->arena, "%u", (unsigned)scene->wish.label)};
    *spec = (struct service_spec){
        .meta = {.name = "web", .ns = "default", .labels = labels_from(&f->arena, own, 1)},
        .cluster_ip = "10.96.0.10",
        .selector = labels_selector(&f->arena, &set),
        .publish_not_ready = scene->wish.publishes,
    };
    spec->ports = ports_of(scene, scene->wish.ports, &spec->port_count);
    scene->wish.is_there = true;
    commands_apply_service(f->cluster, spec, CAUSE_APPLY);
}

static inline void edit_service(struct scene *scene)
{
    struct wish *wish = &scene->wish;

    switch (pick(scene, 6)) {
    case 0:
        wish->ports = pick(scene, 4);
        break;
    case 1:
        wish->has_tier = !wish->has_tier;
        break;
    case 2:
        wish->publishes = !wish->publishes;
        break;
    case 3:
        wish->label++;
        break;
    case 4:
        wish->is_there = false;
        commands_delete_service(scene->f.cluster, "default", "web");
        if (pick(scene, 2) == 0) /* else it comes back at the same instant */
            return;
        break;
    default:
        wish->ports = 0; /* as it mostly is */
        break;
    }
    apply_service(scene);
}

/* A pod that exists, ID_NONE: there seems to be none. */
static inline uint32_t some_pod(struct scene *scene)
{
    struct cluster *cluster = scene->f.cluster;

    for (uint32_t i = 0; i < 20 && cluster->pod_count > 0; i++) {
        const uint32_t pod = pick(scene, cluster->pod_count);
        if (cluster->pods[pod]->stored.exists)
            return pod;
    }
    return ID_NONE;
}

/* An address that some pod has, NULL: there is none. */
static inline const char *shared_ip(struct scene *scene)
{
    const uint32_t pod = some_pod(scene);

    if (pod == ID_NONE)
        return NULL;
    scene->is_shared = true;
    return scene->f.cluster->pods[pod]->spec->ip;
}

/* Two kinds of pods: their port "admin" has another number. */
static inline void create_pod(struct scene *scene)
{
    struct fixture *f = &scene->f;
    struct pod_spec *spec = ARENA_NEW(&f->arena, struct pod_spec);
    const char **ip = ARENA_NEW(&f->arena, const char *);
    const uint32_t number = f->cluster->pod_count;
    const char *tier = pick(scene, 4) > 0 ? "front" : "back";

    if (number >= PODS_MAX)
        return;
    *ip = scene->free_ip;
    scene->free_ip = NULL;
    if (pick(scene, 24) == 0) /* as pods of the host network do */
        *ip = shared_ip(scene);
    if (*ip == NULL) {
        *ip =
            arena_printf(&f->arena, "10.%u.%u.%u", 32 + (unsigned)(scene->ip_count >> 16),
                         (unsigned)(scene->ip_count >> 8 & 255), (unsigned)(scene->ip_count & 255));
        scene->ip_count++;
    }
    *spec = (struct pod_spec){
        .meta = {.name = arena_printf(&f->arena, "web-%u", (unsigned)number),
                 .ns = "default",
                 .labels = labels_of(scene, pick(scene, 8) > 0 ? "web" : "other", tier)},
        .containers = &f->containers[pick(scene, 12) == 0],
        .container_count = 1,
        .node_name = f->nodes[number % 3].name,
        .ip = *ip,
        .ips = ip,
        .ip_count = 1,
        .is_pinned = true,
        .has_status = true,
        .status_ready = pick(scene, 5) > 0,
        .status_phase = "Running",
    };
    scene->specs[number] = spec;
    commands_apply_pod(f->cluster, spec, CAUSE_APPLY);
}

static inline void patch_pod(struct scene *scene, uint32_t pod, bool is_relabelled)
{
    struct pod_spec *spec = ARENA_NEW(&scene->f.arena, struct pod_spec);

    *spec = *scene->specs[pod];
    spec->status_ready = scene->f.cluster->pods[pod]->stored.is_ready;
    if (is_relabelled)
        spec->meta.labels = labels_of(scene, pick(scene, 3) > 0 ? "web" : "other",
                                      pick(scene, 3) > 0 ? "front" : "back");
    else
        spec->status_ready = !spec->status_ready;
    scene->specs[pod] = spec;
    commands_patch_pod(scene->f.cluster, pod, spec, true, false);
}

static inline void mutate_pod(struct scene *scene)
{
    struct cluster *cluster = scene->f.cluster;
    const uint32_t pod = some_pod(scene);
    const uint32_t what = pick(scene, 10);

    if (pod == ID_NONE || what >= 8) {
        create_pod(scene);
    } else if (what < 4) {
        patch_pod(scene, pod, false);
    } else if (what == 4) {
        patch_pod(scene, pod, true);
    } else if (what == 5) {
        cluster_delete_pod(cluster, pod, -1, false, CAUSE_DELETE);
    } else {
        cluster_delete_pod(cluster, pod, 0, true, CAUSE_DELETE);
        if (pick(scene, 4) == 0)
            scene->free_ip = cluster->pods[pod]->ip_text;
    }
}

/* Somebody empties, relabels or deletes a slice of the controller. */
static inline void edit_slice(struct scene *scene)
{
    struct cluster *cluster = scene->f.cluster;
    struct slice_spec *spec = ARENA_NEW(&scene->f.arena, struct slice_spec);
    struct label *labels = ARENA_NEW_ARRAY(&scene->f.arena, 2, struct label);
    const struct slice *slice;
    uint32_t at = pick(scene, cluster->slice_count == 0 ? 1 : cluster->slice_count);

    if (at >= cluster->slice_count || cluster->slices[at]->stored == NULL)
        return;
    slice = cluster->slices[at];
    if (pick(scene, 3) == 0) {
        commands_delete_slice(cluster, "default", slice->name);
        return;
    }
    labels[0] =
        (struct label){"endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"};
    labels[1] = (struct label){"kubernetes.io/service-name", "web"};
    *spec = (struct slice_spec){
        .meta = {.name = slice->name,
                 .ns = "default",
                 .labels = labels_from(&scene->f.arena, labels, 2)},
        .service = "web",
    };
    commands_apply_slice(cluster, spec);
}

static inline void edit_endpoints(struct scene *scene)
{
    struct endpoints_spec *spec = ARENA_NEW(&scene->f.arena, struct endpoints_spec);

    *spec = (struct endpoints_spec){.meta = {.name = "web", .ns = "default"}};
    if (!scene->wish.is_there)
        return;
    scene->is_edited = true;
    if (pick(scene, 2) == 0)
        commands_apply_endpoints(scene->f.cluster, spec, CAUSE_PATCH);
    else
        commands_delete_endpoints(scene->f.cluster, "default", "web");
}

static inline void mutate(struct scene *scene)
{
    const uint32_t what = pick(scene, 40);

    if (what == 0)
        edit_service(scene);
    else if (what == 1)
        edit_slice(scene);
    else if (what == 2)
        edit_endpoints(scene);
    else if (what == 3 && !scene->wish.is_there)
        apply_service(scene);
    else
        mutate_pod(scene);
}

#endif
