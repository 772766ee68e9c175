/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the API server lets nobody change once an object is there.
 * Source: pkg/apis/core/validation (ValidateServiceUpdate, ValidatePodUpdate), apps/validation (ValidateDeploymentUpdate),
 * discovery/validation (ValidateEndpointSliceUpdate).
 */
#include <string.h>

#include "scenario/load_entry.h"

/* A field that stays, of one kind. */
struct fixed_field {
    const char *kind;
    const char *parent; /* NULL: at the object's root */
    const char *key;
};

static const struct fixed_field fixed_fields[] = {
    {"Deployment", "spec", "selector"},
    {"ReplicaSet", "spec", "selector"},
    {"EndpointSlice", NULL, "addressType"},
};

static const struct item *get(const struct item *tree, const char *parent, const char *key)
{
    return yaml_tree_get(parent == NULL ? tree : yaml_tree_get(tree, parent), key);
}

/* Where the value was written: in the patch rather than in the manifest. */
static struct place place_of(const struct item *source, const struct item *value,
                             const char *parent, const char *key)
{
    const struct item *written = get(source, parent, key);

    return yaml_tree_place(written != NULL ? written : value);
}

/* Whether two values say the same, in whatever order of keys. */
static bool is_same(const struct item *a, const struct item *b)
{
    if (a == NULL || b == NULL || a->kind != b->kind)
        return a == b;
    if (a->kind != ITEM_MAP && a->kind != ITEM_LIST)
        return a->kind == ITEM_NULL || strcmp(a->text, b->text) == 0;
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct item *other =
            a->kind == ITEM_MAP ? yaml_tree_get(b, a->entries[i].key->text) : b->entries[i].value;

        if (!is_same(a->entries[i].value, other))
            return false;
    }
    return true;
}

static bool is_external_name(const struct item *tree)
{
    const struct item *type = get(tree, "spec", "type");

    return type != NULL && type->kind == ITEM_STRING && strcmp(type->text, "ExternalName") == 0;
}

/* A cluster IP stays while the Service has one; left out or null, it stays of itself. */
static void check_cluster_ip(struct load *load, const struct object *before,
                             const struct object *after, const struct item *source)
{
    const struct item *old = get(before->tree, "spec", "clusterIP");
    const struct item *new = get(after->tree, "spec", "clusterIP");
    const struct path spec_path = {.parent = &after->root, .key = "spec"};
    const struct path way = {.parent = &spec_path, .key = "clusterIP"};

    if (new == NULL || new->kind != ITEM_STRING || new->text[0] == '\0' || is_same(old, new) ||
        is_external_name(before->tree) || is_external_name(after->tree))
        return;
    diagnostics_error(&load->diagnostics, place_of(source, new, "spec", "clusterIP"), &way,
                      "is immutable: it is %s%s%s; delete the Service and apply it anew",
                      old == NULL ? "given by the API server" : "\"",
                      old == NULL || old->text == NULL ? "" : old->text, old == NULL ? "" : "\"");
}

/* --- pods --- */

#define POD_FIXED                                                                                \
    "may not change while the pod is there: only images, tolerations and activeDeadlineSeconds " \
    "may; delete it and apply it anew"

/* What may change of a Pod's spec, and lists that are looked at in detail. */
static const char *const pod_free_keys = "activeDeadlineSeconds tolerations";
static const char *const container_lists = "containers initContainers";

/* Keys that nobody fills in: to name one that was not there is a change. */
static const char *const pod_bare_keys =
    "affinity hostAliases hostname initContainers nodeName nodeSelector priorityClassName "
    "readinessGates runtimeClassName subdomain topologySpreadConstraints volumes";
static const char *const container_bare_keys =
    "args command env envFrom lifecycle livenessProbe ports readinessProbe startupProbe "
    "volumeMounts workingDir";

static const char *default_of(const char *key)
{
    if (strcmp(key, "restartPolicy") == 0)
        return "Always";
    return strcmp(key, "terminationGracePeriodSeconds") == 0 ? "30" : NULL;
}

/* Whether the values contradict each other. Keys that only one of them has may be defaults. */
static bool differs(const struct item *a, const struct item *b)
{
    if (a->kind != b->kind)
        return true;
    if (a->kind != ITEM_MAP && a->kind != ITEM_LIST)
        return !is_same(a, b);
    if (a->kind == ITEM_LIST && a->count != b->count)
        return true;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct item *other =
            a->kind == ITEM_MAP ? yaml_tree_get(b, a->entries[i].key->text) : b->entries[i].value;

        if (other != NULL && differs(a->entries[i].value, other))
            return true;
    }
    return false;
}

static bool is_changed(const struct item *old, const struct item *new, const char *key,
                       const char *bare_keys)
{
    const char *text = default_of(key);

    if (old != NULL)
        return differs(old, new);
    if (text != NULL)
        return new->kind != ITEM_LIST &&new->kind != ITEM_MAP &&strcmp(new->text, text) != 0;
    return fields_has_word(bare_keys, key);
}

static void refuse(struct load *load, const struct item *value, const struct path *way)
{
    diagnostics_error(&load->diagnostics, yaml_tree_place(value), way, "%s", POD_FIXED);
}

static void check_container(struct load *load, const struct item *old, const struct item *new,
                            const struct path *path)
{
    for (uint32_t i = 0; i < new->count; i++) {
        const char *key = new->entries[i].key->text;
        const struct item *value = new->entries[i].value;
        const struct path way = {.parent = path, .key = key};

        if (strcmp(key, "image") != 0 && value->kind != ITEM_NULL &&
            is_changed(yaml_tree_get(old, key), value, key, container_bare_keys))
            refuse(load, value, &way);
    }
}

static void check_containers(struct load *load, const struct item *old, const struct item *new,
                             const struct path *path)
{
    if (old == NULL || old->kind != ITEM_LIST || new->kind != ITEM_LIST ||
        old->count != new->count) {
        refuse(load, new, path);
        return;
    }
    for (uint32_t i = 0; i < new->count; i++) {
        const struct path way = {.parent = path, .index = i};

        if (old->entries[i].value->kind == ITEM_MAP && new->entries[i].value->kind == ITEM_MAP)
            check_container(load, old->entries[i].value, new->entries[i].value, &way);
    }
}

static void check_pod(struct load *load, const struct object *before, const struct object *after)
{
    const struct item *old = yaml_tree_get(before->tree, "spec");
    const struct item *new = yaml_tree_get(after->tree, "spec");
    const struct path path = {.parent = &after->root, .key = "spec"};

    if (old == NULL || new == NULL || old->kind != ITEM_MAP || new->kind != ITEM_MAP)
        return; /* reported */
    for (uint32_t i = 0; i < new->count; i++) {
        const char *key = new->entries[i].key->text;
        const struct item *value = new->entries[i].value;
        const struct path way = {.parent = &path, .key = key};

        if (fields_has_word(pod_free_keys, key) || value->kind == ITEM_NULL)
            continue;
        if (fields_has_word(container_lists, key))
            check_containers(load, yaml_tree_get(old, key), value, &way);
        else if (is_changed(yaml_tree_get(old, key), value, key, pod_bare_keys))
            refuse(load, value, &way);
    }
}

void load_check_pod_patch(struct load *load, const struct object *object, const struct item *patch)
{
    const struct item *spec = yaml_tree_get(patch, "spec");
    const struct path path = {.parent = &object->root, .key = "spec"};

    if (spec == NULL || spec->kind != ITEM_MAP)
        return;
    for (uint32_t i = 0; i < spec->count; i++) {
        const char *key = spec->entries[i].key->text;
        const struct path way = {.parent = &path, .key = key};

        if (!fields_has_word(pod_free_keys, key) && !fields_has_word(container_lists, key))
            refuse(load, spec->entries[i].value, &way);
    }
}

void load_check_immutable(struct load *load, const struct object *before,
                          const struct object *after, const struct item *source)
{
    if (before->tree == NULL || strcmp(before->kind, after->kind) != 0)
        return;
    if (strcmp(after->kind, "Service") == 0)
        check_cluster_ip(load, before, after, source);
    if (strcmp(after->kind, "Pod") == 0)
        check_pod(load, before, after);
    for (size_t i = 0; i < EP_COUNT_OF(fixed_fields); i++) {
        const struct fixed_field *field = &fixed_fields[i];
        const struct item *old = get(before->tree, field->parent, field->key);
        const struct item *new = get(after->tree, field->parent, field->key);
        const struct path parent_path = {.parent = &after->root, .key = field->parent};
        const struct path way = {.parent = field->parent == NULL ? &after->root : &parent_path,
                                 .key = field->key};

        if (strcmp(after->kind, field->kind) != 0 || old == NULL || new == NULL ||
            is_same(old, new))
            continue;
        diagnostics_error(&load->diagnostics, place_of(source, new, field->parent, field->key),
                          &way, "is immutable; delete the object and apply it anew");
    }
}
