/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Labels and selectors, as text, as labels, or as Kubernetes' LabelSelector.
 */
#include <string.h>

#include "scenario/load.h"

static void refuse_label(struct load *load, const struct item_entry *entry, const struct path *path,
                         bool is_key)
{
    const struct path way = {.parent = path, .key = entry->key->text};

    if (is_key)
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(entry->key), &way,
            "cannot be a label's key; expected at most 63 letters, digits, '-', '_' or '.', with an "
            "optional prefix such as example.com/");
    else
        diagnostics_error(
            &load->diagnostics, yaml_tree_place(entry->value), &way,
            "%s cannot be a label's value; expected at most 63 letters, digits, '-', '_' or '.'",
            check_describe(load->scratch, entry->value));
}

struct label_set load_labels(struct load *load, const struct item *map, const struct path *path)
{
    const uint32_t entry_count = map != NULL && map->kind == ITEM_MAP ? map->count : 0;
    struct label *labels = ARENA_NEW_ARRAY(load->scratch, entry_count, struct label);
    uint32_t count = 0;

    for (uint32_t i = 0; i < entry_count; i++) {
        const struct item_entry *entry = &map->entries[i];

        if (!labels_is_key(entry->key->text)) {
            refuse_label(load, entry, path, true);
        } else if (!labels_is_value(entry->value->text)) {
            refuse_label(load, entry, path, false);
        } else {
            labels[count++] = (struct label){load_text(load, entry->key->text),
                                             load_text(load, entry->value->text)};
        }
    }
    return labels_from(load->arena, labels, count);
}

static bool parse_text(struct load *load, const struct item *item, const struct path *path,
                       struct selector *selector)
{
    const char *reason = "";

    if (item->text[0] == '\0') {
        check_refuse(&load->checker, item, path, "a selector such as \"app=kubia\"");
        return false;
    }
    if (labels_parse_selector(load->arena, item->text, selector, &reason))
        return true;
    diagnostics_error(&load->diagnostics, yaml_tree_place(item), path,
                      "%s is no selector: %s; expected one such as \"app=kubia,tier!=db\"",
                      check_describe(load->scratch, item), reason);
    return false;
}

/* One of matchExpressions; `map` is checked. */
static bool parse_expression(struct load *load, const struct item *map, const struct path *path,
                             struct selector_requirement *requirement)
{
    static const struct {
        const char *name;
        enum selector_operator operator_;
    } operators[] = {{"In", SELECTOR_IN},
                     {"NotIn", SELECTOR_NOT_IN},
                     {"Exists", SELECTOR_EXISTS},
                     {"DoesNotExist", SELECTOR_ABSENT}};
    const char *key = load_get_text(load, map, "key");
    const char *operator_ = load_get_text(load, map, "operator");
    const struct item *values = yaml_tree_get(map, "values");
    const uint32_t value_count = values != NULL ? values->count : 0;
    const char **texts = ARENA_NEW_ARRAY(load->arena, value_count, const char *);

    if (key == NULL || operator_ == NULL)
        return false; /* reported */
    for (size_t i = 0; i < EP_COUNT_OF(operators); i++) {
        if (strcmp(operator_, operators[i].name) == 0)
            requirement->operator_ = operators[i].operator_;
    }

    const bool wants_values =
        requirement->operator_ == SELECTOR_IN || requirement->operator_ == SELECTOR_NOT_IN;

    if (wants_values != (value_count > 0)) {
        const struct path way = {.parent = path, .key = "values"};

        diagnostics_error(&load->diagnostics, load_key_place(map, "values"), &way,
                          wants_values ? "missing; operator %s needs values"
                                       : "operator %s has no values",
                          operator_);
        return false;
    }
    for (uint32_t i = 0; i < value_count; i++) {
        if (values->entries[i].value->kind != ITEM_STRING)
            return false;
        texts[i] = load_text(load, values->entries[i].value->text);
    }
    requirement->key = key;
    requirement->values = texts;
    requirement->value_count = value_count;
    return true;
}

static bool parse_label_selector(struct load *load, const struct item *map, const struct path *path,
                                 struct selector *selector)
{
    const struct path labels_path = {.parent = path, .key = "matchLabels"};
    const struct path list_path = {.parent = path, .key = "matchExpressions"};
    const struct item *list = yaml_tree_get(map, "matchExpressions");
    const uint32_t list_count = list != NULL ? list->count : 0;
    const struct label_set labels =
        load_labels(load, yaml_tree_get(map, "matchLabels"), &labels_path);
    const struct selector by_labels = labels_selector(load->arena, &labels);
    struct selector_requirement *items = ARENA_NEW_ARRAY(
        load->arena, (size_t)by_labels.count + list_count, struct selector_requirement);
    bool is_right = true;

    if (by_labels.count > 0)
        memcpy(items, by_labels.items, by_labels.count * sizeof *items);
    for (uint32_t i = 0; i < list_count; i++) {
        const struct path way = {.parent = &list_path, .index = i};

        is_right =
            parse_expression(load, list->entries[i].value, &way, &items[by_labels.count + i]) &&
            is_right;
    }
    *selector = (struct selector){.items = items, .count = by_labels.count + list_count};
    return is_right;
}

bool load_selector(struct load *load, const struct item *item, const struct path *path,
                   struct selector *selector)
{
    const struct field text_map = {.type = FIELD_TEXT_MAP};
    const struct item *map;

    *selector = (struct selector){.is_null = true};
    if (item->kind == ITEM_STRING)
        return parse_text(load, item, path, selector);
    if (item->kind != ITEM_MAP || item->count == 0) {
        check_refuse(&load->checker, item, path,
                     "a selector such as \"app=kubia\" or {app: kubia}");
        return false;
    }
    if (yaml_tree_get(item, "matchLabels") != NULL ||
        yaml_tree_get(item, "matchExpressions") != NULL)
        return parse_label_selector(
            load, check_map(&load->checker, item, &fields_label_selector, path), path, selector);
    map = check_value(&load->checker, &text_map, item, path);
    if (map == NULL)
        return false;

    const struct label_set labels = load_labels(load, map, path);

    *selector = labels_selector(load->arena, &labels);
    return true;
}
