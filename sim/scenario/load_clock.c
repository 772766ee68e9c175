/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a timeline entry happens: its clock, and what it waits for.
 */
#include <string.h>

#include "scenario/load.h"

#include "scenario/key_path.h"

#define EXECUTIONS_MAX 1000000
#define CLOCKS "at every after"

/* A verb or clock that is written and left blank, as an empty map may be elsewhere: here it would do nothing. False: none is. */
static bool refuse_blank(struct load *load, const struct path *path, const char *words)
{
    const struct item *raw = load->raw_entry;
    bool is_there = false;

    for (uint32_t i = 0; raw != NULL && raw->kind == ITEM_MAP && i < raw->count; i++) {
        const char *key = raw->entries[i].key->text;
        const struct item *value = raw->entries[i].value;
        const struct path way = key_path(path, key);
        char buffer[160];

        if (value->kind == ITEM_NULL && !value->is_default && fields_has_word(words, key) &&
            fields_may_be_blank(fields_find(&fields_timeline, key)))
            check_refuse(&load->checker, value, &way,
                         fields_expected(fields_find(&fields_timeline, key), buffer));
        else
            continue;
        is_there = true;
    }
    return is_there;
}

/* The one key of `words` that the entry has; "" and reported if it is not one. */
const char *load_only_key(struct load *load, const struct item *map, const struct path *path,
                          const char *words, const char *what)
{
    const char *found = "";
    uint32_t count = 0;

    for (uint32_t i = 0; i < map->count; i++) {
        if (!fields_has_word(words, map->entries[i].key->text))
            continue;
        found = count == 0
                    ? map->entries[i].key->text
                    : arena_printf(load->scratch, "%s, %s", found, map->entries[i].key->text);
        count++;
    }
    if (count == 1)
        return found;
    if (count == 0 &&
        (load_has_refused(load, load->raw_entry, map) || refuse_blank(load, path, words)))
        return "";

    char buffer[160];
    const struct field field = {.type = FIELD_ENUM, .values = words};

    if (count == 0)
        diagnostics_error(&load->diagnostics, yaml_tree_place(map), path,
                          "no %s; expected one of %s", what, fields_expected(&field, buffer));
    else
        diagnostics_error(&load->diagnostics, yaml_tree_place(map), path,
                          "%u %ss (%s); expected one an entry", count, what, found);
    return "";
}

static void refuse_stray(struct load *load, const struct item *map, const struct path *path,
                         const char *key, const char *clock)
{
    const struct path way = key_path(path, key);

    if (yaml_tree_get(map, key) != NULL)
        diagnostics_error(&load->diagnostics, load_key_place(map, key), &way, "goes with %s only",
                          clock);
}

static void read_every(struct load *load, const struct item *map, const struct path *path,
                       struct timeline_entry *entry)
{
    const struct path every_path = key_path(path, "every");
    const struct path until_path = key_path(path, "until");

    entry->clock = CLOCK_EVERY;
    entry->every_ns = load_get_span(map, "every");
    entry->from_ns = load_get_span(map, "from");
    entry->jitter_ns = load_get_span(map, "jitter");
    entry->until_ns =
        yaml_tree_get(map, "until") != NULL ? load_get_span(map, "until") : load->spec->until_ns;
    if (yaml_tree_get(map, "until") != NULL && entry->until_ns < entry->from_ns)
        diagnostics_error(&load->diagnostics, load_key_place(map, "until"), &until_path,
                          "before from; expected until >= from");
    else if (entry->every_ns > 0 &&
             (entry->until_ns - entry->from_ns) / entry->every_ns > EXECUTIONS_MAX)
        diagnostics_error(&load->diagnostics, load_key_place(map, "every"), &every_path,
                          "more than a million times until the end; expected a longer period");
}

void load_clock(struct load *load, const struct item *map, const struct path *path,
                struct timeline_entry *entry)
{
    const char *clock = load_only_key(load, map, path, CLOCKS, "clock");
    const struct path at_path = key_path(path, "at");

    entry->after = ID_NONE;
    if (strcmp(clock, "at") == 0) {
        entry->clock = CLOCK_AT;
        entry->at_ns = load_get_span(map, "at");
        if (entry->at_ns > load->spec->until_ns)
            diagnostics_warning(&load->diagnostics, load_key_place(map, "at"), &at_path,
                                "later than spec.until, so it never happens");
    } else if (strcmp(clock, "every") == 0) {
        read_every(load, map, path, entry);
    } else if (strcmp(clock, "after") == 0) {
        entry->clock = CLOCK_AFTER;
        entry->plus_ns = load_get_span(map, "plus");
    }
    if (clock[0] != '\0' && entry->clock != CLOCK_EVERY) {
        refuse_stray(load, map, path, "from", "every");
        refuse_stray(load, map, path, "until", "every");
        refuse_stray(load, map, path, "jitter", "every");
    }
    if (clock[0] != '\0' && entry->clock != CLOCK_AFTER)
        refuse_stray(load, map, path, "plus", "after");
}

static uint32_t find_entry(const struct timeline_entry *entries, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].name != NULL && strcmp(entries[i].name, name) == 0)
            return i;
    }
    return ID_NONE;
}

/* True if following `after` from an entry comes back to it or runs in circles. */
static bool is_circular(const struct timeline_entry *entries, uint32_t count, uint32_t start)
{
    uint32_t at = entries[start].after;

    for (uint32_t steps = 0; at != ID_NONE; steps++) {
        if (at == start || steps > count)
            return at == start;
        at = entries[at].after;
    }
    return false;
}

void load_link_entries(struct load *load, const struct item *list, const struct path *path,
                       struct timeline_entry *entries)
{
    const uint32_t count = list->count;

    for (uint32_t i = 0; i < count; i++) {
        const struct item *after = yaml_tree_get(list->entries[i].value, "after");
        const struct item *name = yaml_tree_get(list->entries[i].value, "name");
        const struct path way = {.parent = path, .index = i, .name = entries[i].name};
        const struct path name_path = key_path(&way, "name");
        const struct path after_path = key_path(&way, "after");

        if (name != NULL && find_entry(entries, i, name->text) != ID_NONE)
            diagnostics_error(&load->diagnostics, yaml_tree_place(name), &name_path,
                              "\"%s\" is taken already", name->text);
        if (after == NULL || entries[i].clock != CLOCK_AFTER)
            continue;
        entries[i].after = find_entry(entries, count, after->text);
        if (entries[i].after == ID_NONE)
            diagnostics_error(&load->diagnostics, yaml_tree_place(after), &after_path,
                              "no entry of name \"%.80s\"; expected the name of another entry",
                              after->text);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct path way = {.parent = path, .index = i, .name = entries[i].name};
        const struct path after_path = key_path(&way, "after");

        if (entries[i].after != ID_NONE && is_circular(entries, count, i))
            diagnostics_error(&load->diagnostics, load_key_place(list->entries[i].value, "after"),
                              &after_path,
                              "waits for itself in the end; expected an entry that can come first");
    }
}
