/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/load_entry.h"

#include "scenario/key_path.h"

#include <string.h>

void load_entry_refuse(const struct entry_reader *reader, const char *key, const char *message)
{
    const struct path way = key_path(&reader->path, key);
    const struct item *value = key != NULL ? yaml_tree_get(reader->map, key) : NULL;

    diagnostics_error(&reader->load->diagnostics,
                      yaml_tree_place(value != NULL ? value : reader->map),
                      key != NULL ? &way : &reader->path, "%s", message);
}

/* --- targets --- */

static const char *canonical_kind(const char *kind)
{
    static const struct {
        const char *kind;
        const char *canonical;
    } kinds[] = {{"Deployment", "deployment"},
                 {"ReplicaSet", "replicaset"},
                 {"ReplicationController", "replicationcontroller"},
                 {"Pod", "pod"},
                 {"Service", "service"},
                 {"Endpoints", "endpoints"},
                 {"EndpointSlice", "endpointslice"},
                 {"Node", "node"},
                 {"Host", "host"}};

    for (size_t i = 0; i < EP_COUNT_OF(kinds); i++) {
        if (strcmp(kind, kinds[i].kind) == 0)
            return kinds[i].canonical;
    }
    return NULL;
}

/* Whether there ever is such an object. Any pod and slice could be, and any host outside. */
static bool is_there(const struct load *load, const char *kind, const char *ns, const char *name)
{
    if (strcmp(kind, "Pod") == 0 || strcmp(kind, "Host") == 0 || strcmp(kind, "EndpointSlice") == 0)
        return true;
    if (strcmp(kind, "Node") == 0)
        return name_map_get(&load->node_names, name) != ID_NONE ||
               load_is_known(load, kind, "", name);
    return load_is_known(load, kind, ns, name) ||
           (strcmp(kind, "Endpoints") == 0 && load_is_known(load, "Service", ns, name));
}

void load_entry_object(struct entry_reader *reader, const char *key, const char *text,
                       const char *kinds)
{
    struct load *load = reader->load;
    const char *slash = strchr(text, '/');
    const char *kind = NULL;

    if (slash != NULL)
        kind = load_kind_of(arena_strndup(load->scratch, text, (size_t)(slash - text)));
    if (slash == NULL || slash == text || slash[1] == '\0' ||
        (slash != NULL && strchr(slash + 1, '/') != NULL)) {
        load_entry_refuse(reader, key,
                          arena_printf(load->scratch,
                                       "got \"%.80s\"; expected KIND/NAME such as deployment/kubia",
                                       text));
        return;
    }
    if (kind == NULL || canonical_kind(kind) == NULL ||
        !fields_has_word(kinds, canonical_kind(kind))) {
        char buffer[160];
        const struct field field = {.type = FIELD_ENUM, .values = kinds};

        load_entry_refuse(reader, key,
                          arena_printf(load->scratch, "%.*s is not supported here; expected %s",
                                       (int)(slash - text), text, fields_expected(&field, buffer)));
        return;
    }
    reader->entry->target.kind = canonical_kind(kind);
    reader->entry->target.name = load_text(load, slash + 1);
    if (!is_there(load, kind, reader->entry->target.ns, slash + 1))
        load_entry_refuse(reader, key,
                          strcmp(kind, "Node") == 0
                              ? arena_printf(load->scratch, "no node %.80s", slash + 1)
                              : arena_printf(load->scratch, "no %s %s in namespace %s%s", kind,
                                             slash + 1, reader->entry->target.ns,
                                             load_suggest_object(
                                                 load, kind, reader->entry->target.ns, slash + 1)));
}

void load_entry_target(struct entry_reader *reader, const char *key, const char *kinds)
{
    load_entry_object(reader, key, yaml_tree_get(reader->map, key)->text, kinds);
}

bool load_entry_require(struct entry_reader *reader, const char *key, const char *expected)
{
    if (yaml_tree_get(reader->map, key) != NULL)
        return true;
    if (!reader->has_refused)
        load_entry_refuse(reader, key,
                          arena_printf(reader->load->scratch, "missing; expected %s", expected));
    return false;
}

static void read_mode(struct entry_reader *reader, const char *number_key)
{
    static const struct {
        const char *name;
        enum target_mode mode;
    } modes[] = {{"one", MODE_ONE},
                 {"all", MODE_ALL},
                 {"fixed", MODE_FIXED},
                 {"fixed-percent", MODE_FIXED_PERCENT}};
    const struct item *mode = yaml_tree_get(reader->map, "mode");
    const struct item *value = yaml_tree_get(reader->map, number_key);
    struct target_spec *target = &reader->entry->target;

    target->mode = MODE_ALL;
    for (size_t i = 0; mode != NULL && i < EP_COUNT_OF(modes); i++) {
        if (strcmp(mode->text, modes[i].name) == 0)
            target->mode = modes[i].mode;
    }

    const bool wants_value = target->mode == MODE_FIXED || target->mode == MODE_FIXED_PERCENT;

    target->value = (uint32_t)load_get_int(reader->map, number_key);
    if (wants_value && value == NULL)
        load_entry_refuse(
            reader, number_key,
            arena_printf(reader->load->scratch, "missing; mode %s needs a number", mode->text));
    else if (!wants_value && value != NULL)
        load_entry_refuse(reader, number_key, "goes with mode fixed or fixed-percent only");
    else if (target->mode == MODE_FIXED_PERCENT && target->value > 100)
        load_entry_refuse(
            reader, number_key,
            arena_printf(reader->load->scratch, "got %u; expected from 0 to 100", target->value));
}

void load_entry_pods(struct entry_reader *reader, const char *kinds, const char *number_key)
{
    const struct item *selector = yaml_tree_get(reader->map, "selector");
    const struct item *target = yaml_tree_get(reader->map, "target");
    const struct path selector_path = key_path(&reader->path, "selector");

    reader->entry->target.selector.is_null = true;
    if ((selector == NULL) == (target == NULL)) {
        if (!reader->has_refused)
            diagnostics_error(
                &reader->load->diagnostics, yaml_tree_place(reader->map), &reader->path,
                selector == NULL ? "whom? expected selector: \"app=kubia\", or target: pod/NAME"
                                 : "both selector and target; expected one of them");
        return;
    }
    if (selector != NULL) {
        (void)load_selector(reader->load, selector, &selector_path,
                            &reader->entry->target.selector);
        read_mode(reader, number_key);
        return;
    }
    load_entry_target(reader, "target", kinds);
    if (yaml_tree_get(reader->map, "mode") != NULL)
        load_entry_refuse(reader, "mode", "goes with selector only");
    if (yaml_tree_get(reader->map, number_key) != NULL)
        load_entry_refuse(reader, number_key, "goes with selector only");
}

const char *load_entry_pods_text(const struct entry_reader *reader)
{
    const struct target_spec *target = &reader->entry->target;
    struct arena *arena = reader->load->scratch;
    const char *mode = target->mode == MODE_ONE ? "one" : "all";
    const char *text = "";

    if (target->name != NULL)
        return arena_printf(arena, "%s/%s", target->kind, target->name);
    if (target->mode == MODE_FIXED)
        mode = arena_printf(arena, "%u", target->value);
    if (target->mode == MODE_FIXED_PERCENT)
        mode = arena_printf(arena, "%u%%", target->value);
    for (uint32_t i = 0; i < target->selector.count && i < 3; i++) {
        const struct selector_requirement *item = &target->selector.items[i];
        const char *value = item->value_count > 0 ? item->values[0] : "";
        const char *operator_ = item->operator_ == SELECTOR_IN       ? "="
                                : item->operator_ == SELECTOR_NOT_IN ? "!="
                                                                     : "";

        text = arena_printf(arena, "%s%s%s%s%s%s", text, i == 0 ? "" : ",",
                            item->operator_ == SELECTOR_ABSENT ? "!" : "", item->key, operator_,
                            value);
    }
    return arena_printf(arena, "%s %s", mode, text);
}

void load_entry_label(struct entry_reader *reader, const char *verb, const char *what)
{
    reader->entry->label =
        load_text(reader->load, arena_printf(reader->load->scratch, "%s %s", verb, what));
}

const char *load_entry_target_text(const struct entry_reader *reader)
{
    const struct target_spec *target = &reader->entry->target;

    return target->name == NULL
               ? ""
               : arena_printf(reader->load->scratch, "%s/%s", target->kind, target->name);
}
