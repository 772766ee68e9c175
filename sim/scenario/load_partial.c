/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Patches of objects that the run itself makes: a controller's Endpoints, slices and pods. What they say by then is not
 * known here, so the patch alone is typed, with a stand-in for what it leaves out, and the world puts it over the object.
 */
#include <string.h>

#include "scenario/load.h"

static const struct item *with(struct load *load, const struct item *map, const char *key,
                               const struct item *value)
{
    return yaml_tree_with(load->scratch, map,
                          yaml_tree_string(load->scratch, yaml_tree_place(map), key), value);
}

static const struct item *with_text(struct load *load, const struct item *map, const char *key,
                                    const char *text)
{
    return with(load, map, key, yaml_tree_string(load->scratch, yaml_tree_place(map), text));
}

static bool has_ipv6(const struct item *patch)
{
    const struct item *endpoints = yaml_tree_get(patch, "endpoints");
    const struct item *first =
        endpoints != NULL && endpoints->kind == ITEM_LIST && endpoints->count > 0
            ? yaml_tree_get(endpoints->entries[0].value, "addresses")
            : NULL;

    return first != NULL && first->kind == ITEM_LIST && first->count > 0 &&
           first->entries[0].value->kind == ITEM_STRING &&
           strchr(first->entries[0].value->text, ':') != NULL;
}

/* [{name: c, image: c}] */
static const struct item *stand_in_containers(struct load *load, struct place place)
{
    const struct item *container = yaml_tree_empty(load->scratch, place, ITEM_MAP);

    container = with_text(load, container, "name", "c");
    container = with_text(load, container, "image", "c");
    return yaml_tree_with_element(load->scratch, yaml_tree_empty(load->scratch, place, ITEM_LIST),
                                  0, container);
}

const struct item *load_partial_stand_in(struct load *load, const struct object *object,
                                         const struct item *patch)
{
    const struct place place = yaml_tree_place(patch);
    const struct item *empty = yaml_tree_empty(load->scratch, place, ITEM_MAP);
    const struct item *meta = with_text(load, empty, "name", object->name);
    const bool is_slice = strcmp(object->kind, "EndpointSlice") == 0;
    const struct item *tree =
        with_text(load, empty, "apiVersion", is_slice ? "discovery.k8s.io/v1" : "v1");

    meta = with_text(load, meta, "namespace", object->ns);
    tree = with_text(load, tree, "kind", object->kind);
    tree = with(load, tree, "metadata", meta);
    if (is_slice)
        tree = with_text(load, tree, "addressType", has_ipv6(patch) ? "IPv6" : "IPv4");
    if (strcmp(object->kind, "Pod") == 0)
        tree = with(load, tree, "spec",
                    with(load, empty, "containers", stand_in_containers(load, place)));
    return tree;
}

/* The keys that a map of the patch's metadata takes away. */
static const char *const *removed_keys(struct load *load, const struct item *map, uint32_t *count)
{
    const uint32_t room = map != NULL && map->kind == ITEM_MAP ? map->count : 0;
    const char **keys = ARENA_NEW_ARRAY(load->arena, room, const char *);

    *count = 0;
    for (uint32_t i = 0; i < room; i++) {
        if (map->entries[i].value->kind == ITEM_NULL)
            keys[(*count)++] = load_text(load, map->entries[i].key->text);
    }
    return keys;
}

void load_partial_describe(struct load *load, const struct item *patch, struct apply_spec *typed)
{
    static const struct {
        const char *above; /* NULL: at the root */
        const char *key;
        uint32_t bit;
    } parts[] = {
        {"metadata", "labels", APPLY_LABELS}, {"metadata", "annotations", APPLY_ANNOTATIONS},
        {NULL, "subsets", APPLY_ADDRESSES},   {NULL, "endpoints", APPLY_ADDRESSES},
        {NULL, "ports", APPLY_PORTS},         {NULL, "status", APPLY_STATUS},
        {"status", "phase", APPLY_PHASE},     {"status", "conditions", APPLY_CONDITIONS},
        {"status", "podIP", APPLY_ADDRESSES}, {"status", "podIPs", APPLY_ADDRESSES}};
    const struct item *meta = yaml_tree_get(patch, "metadata");

    typed->is_partial = true;
    typed->mask = 0;
    for (size_t i = 0; i < EP_COUNT_OF(parts); i++) {
        const struct item *map =
            parts[i].above != NULL ? yaml_tree_get(patch, parts[i].above) : patch;

        if (yaml_tree_get(map, parts[i].key) != NULL)
            typed->mask |= parts[i].bit;
    }
    typed->remove_labels =
        removed_keys(load, yaml_tree_get(meta, "labels"), &typed->remove_label_count);
    typed->remove_annotations =
        removed_keys(load, yaml_tree_get(meta, "annotations"), &typed->remove_annotation_count);
}
