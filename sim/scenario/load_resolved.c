/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The resolved text: the Scenario with all defaults, then every manifest as read. Written from the trees alone, so that
 * the same input gives the same bytes, and loading it gives the same scenario.
 */
#include <string.h>

#include "scenario/load.h"

#define INDENT 2

static void write_value(struct out *out, const struct item *item, uint32_t depth, bool is_in_list);

static void write_indent(struct out *out, uint32_t depth)
{
    static const char blanks[] = "                                ";
    size_t rest = (size_t)depth * INDENT;

    for (; rest > sizeof blanks - 1; rest -= sizeof blanks - 1)
        out_bytes(out, blanks, sizeof blanks - 1);
    out_bytes(out, blanks, rest);
}

static bool is_nested(const struct item *item)
{
    return (item->kind == ITEM_LIST || item->kind == ITEM_MAP) && item->count > 0;
}

/* True for most words, which need no closer look: plain for every YAML reader. */
static bool is_surely_plain(const char *text, size_t length)
{
    /* true, yes, null, off, .inf and the like begin with one of tTyYnNfFoO */
    if (length == 0 || (length < 6 && strchr("tTyYnNfFoO", text[0]) != NULL) ||
        (text[0] | 0x20) < 'a' || (text[0] | 0x20) > 'z')
        return false;
    for (size_t i = 1; i < length; i++) {
        const char c = text[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '-' &&
            c != '/' && c != '.' && c != '_')
            return false;
    }
    return true;
}

static void write_string(struct out *out, const struct item *item)
{
    if (is_surely_plain(item->text, item->count))
        out_bytes(out, item->text, item->count);
    else
        out_yaml_string(out, item->text);
}

/* Behind "key:" or "-": a scalar on the same line, a list or map below. */
static void write_scalar(struct out *out, const struct item *item)
{
    switch ((enum item_kind)item->kind) {
    case ITEM_LIST:
        out_str(out, "[]");
        break;
    case ITEM_MAP:
        out_str(out, "{}");
        break;
    case ITEM_NULL:
        out_str(out, "null");
        break;
    case ITEM_STRING:
        write_string(out, item);
        break;
    default:
        out_str(out, item->text);
        break;
    }
}

static void write_map(struct out *out, const struct item *map, uint32_t depth, bool is_in_list)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct item *value = map->entries[i].value;

        if (i > 0 || !is_in_list)
            write_indent(out, depth);
        write_string(out, map->entries[i].key);
        out_char(out, ':');
        if (is_nested(value)) {
            out_char(out, '\n');
            write_value(out, value, depth + 1, false);
        } else {
            out_char(out, ' ');
            write_scalar(out, value);
            out_char(out, '\n');
        }
    }
}

static void write_list(struct out *out, const struct item *list, uint32_t depth, bool is_in_list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *value = list->entries[i].value;

        if (i > 0 || !is_in_list)
            write_indent(out, depth);
        out_str(out, "- ");
        if (is_nested(value)) {
            write_value(out, value, depth + 1, true);
        } else {
            write_scalar(out, value);
            out_char(out, '\n');
        }
    }
}

/* A list or map that is not empty. `is_in_list`: its first line begins behind a dash. */
static void write_value(struct out *out, const struct item *item, uint32_t depth, bool is_in_list)
{
    if (item->kind == ITEM_MAP)
        write_map(out, item, depth, is_in_list);
    else
        write_list(out, item, depth, is_in_list);
}

/* The Scenario without the files that it was read from (they follow), and with all hops. */
static const struct item *self_contained(struct load *load)
{
    struct arena *arena = load->scratch;
    const struct item *spec = yaml_tree_get(load->scenario, "spec");
    const struct item *cluster = yaml_tree_get(spec, "cluster");
    struct item *copy = ARENA_NEW(arena, struct item);
    struct item_entry *entries = ARENA_NEW_ARRAY(arena, spec->count, struct item_entry);

    cluster =
        yaml_tree_with(arena, cluster, yaml_tree_entry(cluster, "latency")->key, load->latency);
    *copy = *spec;
    copy->count = 0;
    copy->entries = entries;
    for (uint32_t i = 0; i < spec->count; i++) {
        const char *key = spec->entries[i].key->text;

        if (strcmp(key, "manifests") == 0)
            continue;
        entries[copy->count] = spec->entries[i];
        if (strcmp(key, "cluster") == 0)
            entries[copy->count].value = cluster;
        copy->count++;
    }
    return yaml_tree_with(arena, load->scenario, yaml_tree_entry(load->scenario, "spec")->key,
                          copy);
}

const char *load_resolved_text(struct load *load)
{
    struct out out;
    const char *text;

    out_open_memory(&out);
    write_value(&out, self_contained(load), 0, false);
    for (uint32_t i = 0; i < load->object_count; i++) {
        out_str(&out, "---\n");
        write_value(&out, load->objects[i].tree, 0, false);
    }
    text = arena_strndup(load->arena, out.buffer, out.used);
    out_discard(&out);
    return text;
}
