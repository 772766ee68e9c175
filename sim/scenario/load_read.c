/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small readers of checked maps, and of names.
 */
#include <string.h>

#include "base/text.h"
#include "scenario/distribution_parse.h"
#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

const char *load_text(struct load *load, const char *text)
{
    const uint32_t known = name_map_get(&load->strings, text);

    if (known != ID_NONE)
        return load->string_texts[known];

    const char *copy = arena_strdup(load->arena, text);

    ARENA_GROW(load->scratch, load->string_texts, &load->string_capacity, load->string_count + 1);
    load->string_texts[load->string_count] = copy;
    name_map_put(&load->strings, copy, load->string_count++);
    return copy;
}

const char *load_get_text(struct load *load, const struct item *map, const char *key)
{
    const struct item *value = yaml_tree_get(map, key);

    return value != NULL ? load_text(load, value->text) : NULL;
}

bool load_get_bool(const struct item *map, const char *key)
{
    const struct item *value = yaml_tree_get(map, key);
    bool flag = false;

    return value != NULL && value_bool(value, &flag) && flag;
}

int64_t load_get_int(const struct item *map, const char *key)
{
    const struct item *value = yaml_tree_get(map, key);
    int64_t number = 0;

    if (value != NULL)
        (void)value_int(value, &number);
    return number;
}

double load_get_number(const struct item *map, const char *key)
{
    const struct item *value = yaml_tree_get(map, key);
    double number = 0;

    if (value != NULL)
        (void)value_number(value, &number);
    return number;
}

sim_ns load_get_span(const struct item *map, const char *key)
{
    const struct item *value = yaml_tree_get(map, key);
    sim_ns span_ns = 0;

    if (value != NULL)
        (void)value_duration(value, &span_ns);
    return span_ns;
}

sim_ns load_get_seconds(const struct item *map, const char *key)
{
    return load_get_int(map, key) * NS_PER_S; /* the table keeps it below a hundred years */
}

struct distribution load_get_distribution(struct load *load, const struct item *map,
                                          const char *key)
{
    struct checker checker = {.arena = load->arena, .diagnostics = &load->diagnostics};
    struct distribution distribution = distribution_constant(0);
    const struct item *value = yaml_tree_get(map, key);

    if (value != NULL)
        (void)distribution_parse(&checker, value, NULL, &distribution); /* was checked before */
    return distribution;
}

/* Left without a value where that is allowed. */
static bool is_blank(const struct load *load, const struct item_entry *entry)
{
    return entry->value->kind == ITEM_NULL && !entry->value->is_default &&
           !diagnostics_has_error_at(&load->diagnostics, yaml_tree_place(entry->value)) &&
           !diagnostics_has_error_at(&load->diagnostics, yaml_tree_place(entry->key));
}

bool load_has_refused(const struct load *load, const struct item *raw, const struct item *checked)
{
    for (uint32_t i = 0; raw != NULL && raw->kind == ITEM_MAP && i < raw->count; i++) {
        if (yaml_tree_get(checked, raw->entries[i].key->text) == NULL &&
            !is_blank(load, &raw->entries[i]))
            return true;
    }
    return false;
}

void load_refuse_at(struct load *load, const struct item *map, const char *key,
                    const struct path *path, const char *message)
{
    const struct path way = key_path(path, key);
    const struct item *value = yaml_tree_get(map, key);

    diagnostics_error(&load->diagnostics, yaml_tree_place(value != NULL ? value : map), &way, "%s",
                      message);
}

struct place load_key_place(const struct item *map, const char *key)
{
    const struct item_entry *entry = yaml_tree_entry(map, key);

    return yaml_tree_place(entry != NULL ? entry->key : map);
}

const struct object *load_find_object(const struct load *load, const char *kind, const char *ns,
                                      const char *name)
{
    const char *full_name = arena_printf(load->scratch, "%s/%s/%s", kind, ns, name);
    const uint32_t index = name_map_get(&load->object_names, full_name);

    return index != ID_NONE ? &load->objects[index] : NULL;
}

bool load_is_known(const struct load *load, const char *kind, const char *ns, const char *name)
{
    return load_find_object(load, kind, ns, name) != NULL ||
           name_map_get(&load->applied_names,
                        arena_printf(load->scratch, "%s/%s/%s", kind, ns, name)) != ID_NONE;
}

const char *load_kind_of(const char *kubectl_name)
{
    static const struct {
        const char *names;
        const char *kind;
    } kinds[] = {
        {"deployment deployments deploy", "Deployment"},
        {"replicaset replicasets rs", "ReplicaSet"},
        {"replicationcontroller replicationcontrollers rc", "ReplicationController"},
        {"pod pods po", "Pod"},
        {"service services svc", "Service"},
        {"node nodes no", "Node"},
        {"host", "Host"},
        {"endpoints ep", "Endpoints"},
        {"endpointslice endpointslices", "EndpointSlice"},
    };

    for (size_t i = 0; i < EP_COUNT_OF(kinds); i++) {
        if (fields_has_word(kinds[i].names, kubectl_name))
            return kinds[i].kind;
    }
    return NULL;
}

const char *load_suggest_object(struct load *load, const char *kind, const char *ns,
                                const char *name)
{
    const char **names;
    uint32_t count = 0;

    if (diagnostics_is_full(&load->diagnostics))
        return "";
    names = ARENA_NEW_ARRAY(load->scratch, load->object_count, const char *);

    for (uint32_t i = 0; i < load->object_count; i++) {
        if (strcmp(load->objects[i].kind, kind) == 0 && strcmp(load->objects[i].ns, ns) == 0)
            names[count++] = load->objects[i].name;
    }

    const char *nearest = text_nearest(name, names, count);

    return nearest == NULL ? "" : arena_printf(load->scratch, "; did you mean %s?", nearest);
}
