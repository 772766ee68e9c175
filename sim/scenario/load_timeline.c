/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.timeline: one clock and one verb an entry.
 */
#include <string.h>

#include "scenario/load_entry.h"

#define VERBS                                                                                     \
    "set scale rollout spawn kill label annotate apply patch delete cordon uncordon drain crash " \
    "ready fail partition slow expect"

static const char *own_namespace(const struct entry_reader *reader)
{
    const char *ns = load_get_text(reader->load, reader->map, "namespace");

    return ns != NULL ? ns : "default";
}

/* --- entries --- */

static const struct {
    const char *name;
    void (*read)(struct entry_reader *reader);
    bool can_be_reverted;
} verbs[] = {
    {"set", load_verb_set, true},           {"scale", load_verb_scale, true},
    {"rollout", load_verb_rollout, true}, /* which of its actions: is_reverted */
    {"spawn", load_verb_spawn, false},      {"kill", load_verb_kill, false},
    {"label", load_verb_label, true},       {"annotate", load_verb_annotate, true},
    {"apply", load_verb_apply, false},      {"patch", load_verb_patch, true},
    {"delete", load_verb_delete, false},    {"cordon", load_verb_cordon, true},
    {"uncordon", load_verb_uncordon, true}, {"drain", load_verb_drain, true},
    {"crash", load_verb_crash, false},      {"ready", load_verb_ready, true},
    {"fail", load_verb_fail, true},         {"partition", load_verb_partition, true},
    {"slow", load_verb_slow, true},         {"expect", load_verb_expect, false},
};

/* Of rollout's actions two can be taken back. */
static bool is_reverted(const struct timeline_entry *entry)
{
    return entry->verb != VERB_ROLLOUT_RESTART && entry->verb != VERB_ROLLOUT_UNDO;
}

static void read_verb(struct entry_reader *reader, const char *verb, const struct item *map,
                      const struct path *path)
{
    const struct path for_path = {.parent = path, .key = "for"};
    const struct item *span = yaml_tree_get(map, "for");

    for (size_t i = 0; i < EP_COUNT_OF(verbs); i++) {
        if (strcmp(verb, verbs[i].name) != 0)
            continue;
        verbs[i].read(reader);
        if (span != NULL && !(verbs[i].can_be_reverted && is_reverted(reader->entry)))
            diagnostics_error(&reader->load->diagnostics, load_key_place(map, "for"), &for_path,
                              "%s cannot be taken back; for goes with set, scale, label, annotate, "
                              "patch, cordon, uncordon, drain, ready, fail, slow, partition, and "
                              "rollout pause or resume",
                              verb);
    }
}

/* The file's own name and the line, without folders: it goes into results. */
static const char *place_text(struct load *load, const struct item *map)
{
    const char *path = load->sources.items[map->source].path;
    const char *slash = strrchr(path, '/');
    const uint32_t line = source_place(&load->sources, yaml_tree_place(map)).line;

    return load_text(load,
                     arena_printf(load->scratch, "%s:%u", slash != NULL ? slash + 1 : path, line));
}

static void read_entry(struct load *load, const struct item *map, const struct path *path,
                       struct timeline_entry *entry)
{
    struct entry_reader reader = {
        .load = load, .entry = entry, .index = (uint32_t)(entry - load->spec->timeline)};
    const char *verb;

    entry->name = load_get_text(load, map, "name");
    entry->place = place_text(load, map);
    load_clock(load, map, path, entry);
    verb = load_only_key(load, map, path, VERBS, "verb");
    if (verb[0] == '\0')
        return;
    reader.map = yaml_tree_get(map, verb);
    reader.has_refused = load_has_refused(load, yaml_tree_get(load->raw_entry, verb), reader.map);
    reader.path = (struct path){.parent = path, .key = verb};
    entry->target.ns = own_namespace(&reader);
    entry->for_ns = load_get_span(map, "for");
    read_verb(&reader, verb, map, path);
}

void load_timeline(struct load *load, const struct item *list, const struct path *path)
{
    const struct item *raw = yaml_tree_get(yaml_tree_get(load->raw_scenario, "spec"), "timeline");
    struct timeline_entry *entries =
        ARENA_NEW_ARRAY(load->arena, list->count, struct timeline_entry);

    load->spec->timeline = entries;
    load_applied_objects(load, list, path);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};

        entries[i].after = ID_NONE;
        load->raw_entry = raw->kind == ITEM_LIST && i < raw->count ? raw->entries[i].value : NULL;
        if (map->kind == ITEM_MAP)
            read_entry(load, map, &way, &entries[i]);
    }
    load_link_entries(load, list, path, entries);
    load_changes(load, list, path, entries);
    load->spec->timeline_count = list->count;
}
