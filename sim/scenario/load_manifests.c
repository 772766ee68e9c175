/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every manifest: which are modelled, what their API server would refuse, what epsim leaves out.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define FIELDS_SHOWN_MAX 6u
#define NAMES_MAX 64u /* ExternalNames in a chain */

struct modelled_kind {
    const char *kind;
    const char *api_versions; /* the first is today's */
    bool (*is_name)(const char *text);
    void (*load)(struct load *load, const struct object *object, const struct item *map,
                 struct apply_spec *typed);
};

static const struct modelled_kind modelled_kinds[] = {
    {"Deployment", "apps/v1 apps/v1beta1 apps/v1beta2 extensions/v1beta1", value_is_dns_subdomain,
     load_workload},
    {"ReplicaSet", "apps/v1 apps/v1beta2 extensions/v1beta1", value_is_dns_subdomain,
     load_workload},
    {"ReplicationController", "v1", value_is_dns_subdomain, load_workload},
    {"Pod", "v1", value_is_dns_subdomain, load_pod},
    {"Service", "v1", value_is_service_name, load_service},
    {"Node", "v1", value_is_dns_subdomain, load_node},
    {"Endpoints", "v1", value_is_dns_subdomain, load_endpoints},
    {"EndpointSlice", "discovery.k8s.io/v1 discovery.k8s.io/v1beta1", value_is_dns_subdomain,
     load_slice},
};

const char *load_kind_at(uint32_t index, char api_version[16])
{
    if (index >= EP_COUNT_OF(modelled_kinds))
        return NULL;

    const char *api_versions = modelled_kinds[index].api_versions;

    snprintf(api_version, 16, "%.*s", (int)strcspn(api_versions, " "), api_versions);
    return modelled_kinds[index].kind;
}

/* Kubernetes' own groups of the modelled kinds; in others (Knative's) the same kind means something else. */
static bool is_core_version(const char *api_version)
{
    return strchr(api_version, '/') == NULL || strncmp(api_version, "apps/", 5) == 0 ||
           strncmp(api_version, "extensions/", 11) == 0 ||
           strncmp(api_version, "discovery.k8s.io/", 17) == 0;
}

static const char *api_version_of(const struct object *object)
{
    const struct item *item = yaml_tree_get(object->tree, "apiVersion");

    return item != NULL && item->kind == ITEM_STRING ? item->text : NULL;
}

static const struct modelled_kind *find_kind(const struct object *object)
{
    const char *api_version = api_version_of(object);

    if (api_version != NULL && !is_core_version(api_version))
        return NULL;
    for (size_t i = 0; i < EP_COUNT_OF(modelled_kinds); i++) {
        if (strcmp(object->kind, modelled_kinds[i].kind) == 0)
            return &modelled_kinds[i];
    }
    return NULL;
}

/* The object as it is with today's version, which one that names none is taken to be. */
static void add_api_version(struct load *load, struct object *object,
                            const struct modelled_kind *kind)
{
    const struct place place = yaml_tree_place(object->tree);
    const struct path way = {.parent = &object->root, .key = "apiVersion"};
    const char *version =
        arena_strndup(load->scratch, kind->api_versions, strcspn(kind->api_versions, " "));

    diagnostics_warning(&load->diagnostics, place, &way, "missing; read as %s", version);
    object->tree = yaml_tree_with(load->scratch, object->tree,
                                  yaml_tree_string(load->scratch, place, "apiVersion"),
                                  yaml_tree_string(load->scratch, place, version));
}

static bool check_api_version(struct load *load, struct object *object,
                              const struct modelled_kind *kind)
{
    const struct path way = {.parent = &object->root, .key = "apiVersion"};
    const struct item *item = yaml_tree_get(object->tree, "apiVersion");
    const char *api_version = api_version_of(object);
    const int first_length = (int)strcspn(kind->api_versions, " ");

    if (item == NULL) {
        add_api_version(load, object, kind);
        return true;
    }
    if (api_version != NULL && fields_has_word(kind->api_versions, api_version))
        return true;
    if (api_version != NULL && api_version[0] != '\0')
        diagnostics_warning(&load->diagnostics, yaml_tree_place(item), &way,
                            "unknown version %.60s, read as %.*s", api_version, first_length,
                            kind->api_versions);
    else
        diagnostics_error(&load->diagnostics, yaml_tree_place(item), &way, "got %s; expected %.*s",
                          check_describe(load->scratch, item), first_length, kind->api_versions);
    return api_version != NULL && api_version[0] != '\0';
}

static void check_names(struct load *load, const struct object *object,
                        const struct modelled_kind *kind)
{
    const struct path meta_path = {.parent = &object->root, .key = "metadata"};
    const struct path name_path = {.parent = &meta_path, .key = "name"};
    const struct path ns_path = {.parent = &meta_path, .key = "namespace"};
    const struct item *metadata = yaml_tree_get(object->tree, "metadata");
    const struct item *name = yaml_tree_get(metadata, "name");
    const struct item *ns = yaml_tree_get(metadata, "namespace");

    if (name == NULL) {
        diagnostics_error(&load->diagnostics,
                          yaml_tree_place(metadata != NULL ? metadata : object->tree), &name_path,
                          "missing; expected the object's name");
    } else if (name->kind == ITEM_STRING && !kind->is_name(name->text)) {
        check_refuse(
            &load->checker, name, &name_path,
            kind->is_name == value_is_service_name
                ? "a name of at most 63 lower-case letters, digits and '-', that starts with a letter and "
                  "ends with no '-'"
                : "a name of lower-case letters, digits, '-' and '.', that starts and ends with a letter or "
                  "digit");
    }
    if (ns != NULL && ns->kind == ITEM_STRING && !value_is_dns_label(ns->text))
        check_refuse(&load->checker, ns, &ns_path,
                     "a name of at most 63 lower-case letters, digits and '-'");
}

/* Objects that leave out the same fields share a warning, so that standard error stays short. */
struct left_out {
    const struct object *first;
    struct place place;
    const char *names;
    uint32_t object_count;
};

struct left_out_list {
    struct name_map by_text; /* "Deployment: spec.template.spec.volumes" to index */
    struct left_out *items;
    uint32_t count;
    uint32_t capacity;
};

static void note_fields(struct load *load, struct left_out_list *list, const struct object *object,
                        const struct checker *checker)
{
    const char *names = "";
    const uint32_t count = checker->not_modelled_count;
    const char *text;
    uint32_t index;

    if (count == 0)
        return;
    for (uint32_t i = 0; i < count && i < FIELDS_SHOWN_MAX; i++)
        names = arena_printf(load->scratch, "%s%s%s", names, i == 0 ? "" : ", ",
                             checker->not_modelled[i]);
    if (count > FIELDS_SHOWN_MAX)
        names = arena_printf(load->scratch, "%s and %u more", names, count - FIELDS_SHOWN_MAX);
    text = arena_printf(load->scratch, "%s: %s", object->kind, names);
    index = name_map_get(&list->by_text, text);
    if (index == ID_NONE) {
        index = list->count++;
        name_map_put(&list->by_text, text, index);
        ARENA_GROW(load->scratch, list->items, &list->capacity, list->count);
        list->items[index] = (struct left_out){object, checker->first_not_modelled, names, 0};
    }
    list->items[index].object_count++;
}

static void warn_fields(struct load *load, const struct left_out_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct left_out *item = &list->items[i];
        const char *others = "";

        if (item->object_count > 1)
            others = arena_printf(load->scratch, " (and in %u more of this kind)",
                                  item->object_count - 1);
        diagnostics_warning(&load->diagnostics, item->place, &item->first->root,
                            "not modelled, ignored: %s%s", item->names, others);
    }
}

/* `passing` holds the checked copy, which nobody needs once the object is typed. */
static void load_object(struct load *load, struct object *object, struct arena *passing,
                        struct left_out_list *left_out, struct apply_spec *typed)
{
    const struct modelled_kind *kind = find_kind(object);
    struct checker checker = {
        .arena = passing, .diagnostics = &load->diagnostics, .is_manifest = true};
    const struct item *checked;

    if (kind == NULL)
        return;
    check_names(load, object, kind);
    if (!check_api_version(load, object, kind))
        return;
    checked = check_map(&checker, object->tree, fields_manifest(object->kind), &object->root);
    note_fields(load, left_out, object, &checker);
    kind->load(load, object, checked, typed);
    object->is_modelled = true;
}

/* --- kinds that are not modelled: one warning a kind --- */

/* Nothing in the model hangs on these. */
static bool is_quiet_kind(const char *kind)
{
    return fields_has_word("Namespace Lease Event ComponentStatus", kind);
}

static const char *nearest_kind(const char *kind)
{
    const char *names[EP_COUNT_OF(modelled_kinds)];

    for (size_t i = 0; i < EP_COUNT_OF(modelled_kinds); i++)
        names[i] = modelled_kinds[i].kind;

    const char *nearest = text_nearest(kind, names, EP_COUNT_OF(modelled_kinds));

    return nearest != NULL && strcmp(nearest, kind) != 0
               ? nearest
               : NULL; /* the same kind of another group: no typo */
}

static void warn_kinds(struct load *load, const struct object *objects, uint32_t object_count)
{
    struct name_map kinds;
    uint32_t *counts = ARENA_NEW_ARRAY(load->scratch, object_count, uint32_t);

    name_map_init(&kinds, load->scratch);
    for (uint32_t i = 0; i < object_count; i++) {
        const uint32_t first = name_map_get(&kinds, objects[i].kind);

        if (find_kind(&objects[i]) != NULL || is_quiet_kind(objects[i].kind))
            continue;
        if (first == ID_NONE)
            name_map_put(&kinds, objects[i].kind, i);
        counts[first == ID_NONE ? i : first]++;
    }
    for (uint32_t i = 0; i < object_count; i++) {
        const char *kind = objects[i].kind;
        const char *others =
            counts[i] > 1 ? arena_printf(load->scratch, " (%u objects)", counts[i]) : "";
        const char *nearest = counts[i] > 0 ? nearest_kind(kind) : NULL;

        if (counts[i] > 0)
            diagnostics_warning(&load->diagnostics, yaml_tree_place(objects[i].tree),
                                &objects[i].root, "kind %.60s is not modelled, ignored%s%s%s%s",
                                kind, others, nearest != NULL ? "; did you mean " : "",
                                nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    }
}

struct apply_spec *load_typed(struct load *load, struct object *objects, uint32_t count)
{
    struct apply_spec *typed = ARENA_NEW_ARRAY(load->arena, count, struct apply_spec);
    struct left_out_list left_out = {0};
    struct arena passing;

    arena_init(&passing);
    name_map_init(&left_out.by_text, load->scratch);
    for (uint32_t i = 0; i < count; i++) {
        load_object(load, &objects[i], &passing, &left_out, &typed[i]);
        arena_reset(&passing);
    }
    arena_deinit(&passing);
    warn_fields(load, &left_out);
    warn_kinds(load, objects, count);
    return typed;
}

/* --- all manifests --- */

static void make_room(struct load *load, const struct apply_spec *typed)
{
    uint32_t counts[APPLY_EXTERNAL_HOST + 1] = {0};

    for (uint32_t i = 0; i < load->object_count; i++)
        counts[typed[i].kind]++;
    load->workloads = ARENA_NEW_ARRAY(load->arena, counts[APPLY_WORKLOAD], struct workload_spec);
    load->pods = ARENA_NEW_ARRAY(load->arena, counts[APPLY_POD], struct pod_spec);
    load->services = ARENA_NEW_ARRAY(load->arena, counts[APPLY_SERVICE], struct service_spec);
    load->endpoints = ARENA_NEW_ARRAY(load->arena, counts[APPLY_ENDPOINTS], struct endpoints_spec);
    load->slices = ARENA_NEW_ARRAY(load->arena, counts[APPLY_SLICE], struct slice_spec);
    load->nodes = ARENA_NEW_ARRAY(load->arena, counts[APPLY_NODE], struct node_spec);
}

/* Whether the address's first `bits` are the range's. */
static bool is_within(const char *range, const char *ip)
{
    const int family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
    const char *slash = strchr(range, '/');
    unsigned char a[16];
    unsigned char b[16];
    unsigned long bits = slash != NULL ? strtoul(slash + 1, NULL, 10) : 0;
    char base[INET6_ADDRSTRLEN] = "";

    if (slash == NULL || (size_t)(slash - range) >= sizeof base || bits > 128)
        return true; /* reported */
    memcpy(base, range, (size_t)(slash - range));
    if (inet_pton(family, base, a) != 1 || inet_pton(family, ip, b) != 1)
        return true;
    for (size_t i = 0; bits > 0; i++, bits -= bits < 8 ? bits : 8) {
        const unsigned mask = bits < 8 ? 0xFFU << (8 - bits) & 0xFFU : 0xFFU;

        if (((a[i] ^ b[i]) & mask) != 0)
            return false;
    }
    return true;
}

/* The range of the address's family that the scenario names and that it is not in; NULL: none. */
static const char *missed_range(const struct load *load, const char *ip)
{
    for (uint32_t i = 0; i < IP_FAMILY_COUNT; i++) {
        const char *range = load->spec->cluster.controller_manager.service_ranges[i];

        if (range != NULL && (strchr(range, ':') != NULL) == (strchr(ip, ':') != NULL) &&
            !is_within(range, ip))
            return range;
    }
    return NULL;
}

/* A cluster IP that another Service has. */
static void check_cluster_ip(struct load *load, const struct object *object, uint32_t index)
{
    const struct service_spec *service = &load->services[index];
    const struct item *ip = yaml_tree_get(yaml_tree_get(object->tree, "spec"), "clusterIP");
    const struct path spec_path = {.parent = &object->root, .key = "spec"};
    const struct path way = {.parent = &spec_path, .key = "clusterIP"};

    if (service->cluster_ip == NULL || strcmp(service->cluster_ip, "None") == 0 || ip == NULL)
        return;

    const uint32_t other = name_map_get(&load->cluster_ips, service->cluster_ip);

    if (other != ID_NONE)
        diagnostics_error(&load->diagnostics, yaml_tree_place(ip), &way,
                          "%s is Service %s/%s's already", service->cluster_ip,
                          load->services[other].meta.ns, load->services[other].meta.name);
    else
        name_map_put(&load->cluster_ips, service->cluster_ip, index);
}

/* Node ports are the whole cluster's: one of another Service, or of another number in this one. */
static void check_node_ports(struct load *load, const struct object *object, uint32_t index)
{
    const struct item *list = yaml_tree_get(yaml_tree_get(object->tree, "spec"), "ports");
    const struct path spec_path = {.parent = &object->root, .key = "spec"};
    const struct path list_path = {.parent = &spec_path, .key = "ports"};

    for (uint32_t i = 0; list != NULL && list->kind == ITEM_LIST && i < list->count; i++) {
        const struct item *item = yaml_tree_get(list->entries[i].value, "nodePort");
        const struct path port_path = {.parent = &list_path, .index = i};
        const struct path way = {.parent = &port_path, .key = "nodePort"};
        int64_t number = 0;

        if (item == NULL || !value_int(item, &number) || number == 0)
            continue; /* reported, or none */

        const char *text = arena_printf(load->scratch, "%u", (unsigned)number);
        const uint32_t other = name_map_get(&load->node_ports, text);

        if (other != ID_NONE && other != index)
            diagnostics_error(&load->diagnostics, yaml_tree_place(item), &way,
                              "%s is Service %s/%s's already", text, load->services[other].meta.ns,
                              load->services[other].meta.name);
        else
            name_map_put(&load->node_ports, text, index);
    }
}

static void add_service(struct load *load, const struct object *object,
                        const struct service_spec *service)
{
    const uint32_t index = load->spec->cluster.service_count++;

    load->services[index] = *service;
    if (service->meta.name == NULL)
        return; /* reported */
    name_map_put(&load->service_names,
                 arena_printf(load->scratch, "%s/%s", service->meta.ns, service->meta.name), index);
    check_cluster_ip(load, object, index);
    check_node_ports(load, object, index);
}

static const struct service_spec *find_service(const struct load *load, const char *ns,
                                               const char *name)
{
    const uint32_t index =
        name_map_get(&load->service_names, arena_printf(load->scratch, "%s/%s", ns, name));

    return index != ID_NONE ? &load->services[index] : NULL;
}

/* Endpoints and slices that a dump has of a Service with a selector: a controller makes them anew. */
static bool is_made_again(const struct load *load, const struct apply_spec *typed)
{
    const struct object_meta *meta =
        typed->kind == APPLY_SLICE ? &typed->slice->meta : &typed->endpoints->meta;
    const char *by = labels_get(&meta->labels, typed->kind == APPLY_SLICE
                                                   ? "endpointslice.kubernetes.io/managed-by"
                                                   : "endpoints.kubernetes.io/managed-by");
    const struct service_spec *service;

    if (by != NULL)
        return strcmp(by, "endpointslice-controller.k8s.io") == 0 ||
               strcmp(by, "endpointslicemirroring-controller.k8s.io") == 0 ||
               strcmp(by, "endpoint-controller") == 0;
    if (typed->kind == APPLY_SLICE || meta->name == NULL)
        return false;
    service = find_service(load, meta->ns, meta->name);
    return service != NULL && !service->selector.is_null && service->type != SERVICE_EXTERNAL_NAME;
}

/* Whether the run starts from a slice that a controller has made: its Service (or the Endpoints that it mirrors) and all
 * the pods that it lists are there too. */
static bool is_kept(const struct load *load, const struct name_map *pods,
                    const struct slice_spec *slice)
{
    const char *by = labels_get(&slice->meta.labels, "endpointslice.kubernetes.io/managed-by");
    const struct service_spec *service =
        slice->service == NULL ? NULL : find_service(load, slice->meta.ns, slice->service);

    if (by == NULL || service == NULL || load->spec->cluster.is_cold_start ||
        service->selector.is_null || strcmp(by, "endpointslice-controller.k8s.io") != 0)
        return false;
    for (uint32_t i = 0; i < slice->content.address_count; i++) {
        const char *pod = slice->content.addresses[i].target_pod;
        if (pod != NULL && name_map_get(pods, arena_printf(load->scratch, "%s/%s", slice->meta.ns,
                                                           pod)) == ID_NONE)
            return false;
    }
    return true;
}

/* The pods of the manifests by "ns/name". */
static void index_pods(struct load *load, struct name_map *pods)
{
    name_map_init(pods, load->scratch);
    for (uint32_t i = 0; i < load->spec->cluster.pod_count; i++) {
        const struct object_meta *meta = &load->pods[i].meta;
        if (meta->name != NULL)
            name_map_put(pods, arena_printf(load->scratch, "%s/%s", meta->ns, meta->name), i);
    }
}

static void add_endpoints(struct load *load, const struct apply_spec *typed)
{
    struct name_map pods;
    const struct object *first = NULL;
    uint32_t left_out_count = 0;

    index_pods(load, &pods);
    for (uint32_t i = 0; i < load->object_count; i++) {
        const bool is_slice = typed[i].kind == APPLY_SLICE;

        if (!load->objects[i].is_modelled || (!is_slice && typed[i].kind != APPLY_ENDPOINTS))
            continue;
        if (is_slice && is_kept(load, &pods, typed[i].slice)) {
            load->slices[load->spec->cluster.slice_count] = *typed[i].slice;
            load->slices[load->spec->cluster.slice_count++].is_kept = true;
        } else if (is_made_again(load, &typed[i])) {
            first = left_out_count++ == 0 ? &load->objects[i] : first;
        } else if (is_slice) {
            load->slices[load->spec->cluster.slice_count++] = *typed[i].slice;
        } else {
            load->endpoints[load->spec->cluster.endpoints_count++] = *typed[i].endpoints;
        }
    }
    if (first != NULL)
        diagnostics_warning(&load->diagnostics, yaml_tree_place(first->tree), &first->root,
                            "a controller makes this of the Service's pods; the manifest is left "
                            "out (%u such object%s)",
                            left_out_count, left_out_count == 1 ? "" : "s");
}

/* ExternalNames that lead back to themselves never resolve. */
static void warn_loops(struct load *load)
{
    for (uint32_t i = 0; i < load->object_count; i++) {
        const struct object *object = &load->objects[i];
        const struct service_spec *service = strcmp(object->kind, "Service") == 0
                                                 ? find_service(load, object->ns, object->name)
                                                 : NULL;
        uint32_t steps = 0;

        while (service != NULL && service->type == SERVICE_EXTERNAL_NAME &&
               service->external_name != NULL && steps <= NAMES_MAX) {
            const char *name = NULL;
            const char *ns = NULL;

            steps++;
            service = load_split_cluster_name(load, service->external_name, &name, &ns)
                          ? find_service(load, ns, name)
                          : NULL;
        }
        if (steps > NAMES_MAX)
            diagnostics_warning(
                &load->diagnostics, yaml_tree_place(object->tree), &object->root,
                "its externalName leads in a circle, or through more than 64 names; it never resolves");
    }
}

void load_manifests(struct load *load)
{
    const struct apply_spec *typed = load_typed(load, load->objects, load->object_count);
    struct cluster_spec *cluster = &load->spec->cluster;

    make_room(load, typed);
    for (uint32_t i = 0; i < load->object_count; i++) {
        if (!load->objects[i].is_modelled)
            continue;
        if (typed[i].kind == APPLY_WORKLOAD)
            load->workloads[cluster->workload_count++] = *typed[i].workload;
        else if (typed[i].kind == APPLY_POD)
            load->pods[cluster->pod_count++] = *typed[i].pod;
        else if (typed[i].kind == APPLY_NODE)
            load->nodes[load->node_count++] = *typed[i].node;
        else if (typed[i].kind == APPLY_SERVICE)
            add_service(load, &load->objects[i], typed[i].service);
    }
    add_endpoints(load, typed);
    warn_loops(load);
    cluster->workloads = load->workloads;
    cluster->pods = load->pods;
    cluster->services = load->services;
    cluster->endpoints = load->endpoints;
    cluster->slices = load->slices;
}

void load_check_ranges(struct load *load)
{
    for (uint32_t i = 0; i < load->object_count; i++) {
        const struct object *object = &load->objects[i];
        const struct item *spec = yaml_tree_get(object->tree, "spec");
        const struct item *ip = yaml_tree_get(spec, "clusterIP");
        const struct path spec_path = {.parent = &object->root, .key = "spec"};
        const struct path way = {.parent = &spec_path, .key = "clusterIP"};
        const char *range;

        if (strcmp(object->kind, "Service") != 0 || !object->is_modelled || ip == NULL ||
            ip->kind != ITEM_STRING)
            continue;
        range = missed_range(load, ip->text);
        if (range != NULL)
            diagnostics_error(&load->diagnostics, yaml_tree_place(ip), &way,
                              "%s is not within service-cluster-ip-range %s", ip->text, range);
    }
}
