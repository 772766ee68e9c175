/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the API server lets nobody change once an object is there.
 * Source: pkg/apis/core/validation (ValidateServiceUpdate), apps/validation (ValidateDeploymentUpdate),
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

void load_check_immutable(struct load *load, const struct object *before,
                          const struct object *after, const struct item *source)
{
    if (before->tree == NULL || strcmp(before->kind, after->kind) != 0)
        return;
    if (strcmp(after->kind, "Service") == 0)
        check_cluster_ip(load, before, after, source);
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
