/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libyaml's events to items. The parser keeps its own stack of open lists and maps; their entries wait on one shared
 * stack and are copied out when the list or map ends, so that every item is as large as it must be.
 *
 * Aliases share the item of their anchor. How many nodes and levels it stands for is kept with the anchor, so that a
 * chain of aliases is refused by arithmetic, before anybody walks it.
 */
#include "scenario/yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "scenario/name_map.h"
#include "scenario/surrogate_pairs.h"

#define SMALL_MAP_ENTRIES 16u /* up to here, comparing all keys beats a table */
#define NODES_SATURATED (UINT64_C(1) << 40)

struct anchor {
    const struct item *item; /* NULL while it is still open */
    uint64_t node_count;     /* itself and all below, aliases written out */
    uint32_t height;
};

struct frame {
    bool is_map;
    bool has_key; /* a map whose next item is a value */
    bool has_merge;
    uint32_t first_entry; /* on the shared stack */
    uint32_t anchor;      /* ID_NONE: none */
    struct place place;
    uint64_t node_count;
    uint32_t height;
};

struct reader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct yaml_documents *documents;
    uint32_t source;
    struct frame frames[YAML_TREE_DEPTH_MAX];
    uint32_t depth;
    struct item_entry *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
    struct name_map anchor_names; /* of this document */
    struct name_map words;        /* keys seen: each text is kept once */
    const char **word_texts;
    uint32_t word_count;
    uint32_t word_capacity;
    struct anchor *anchors;
    uint32_t anchor_count;
    uint32_t anchor_capacity;
    uint64_t alias_node_count;
    bool is_stopped; /* no use to go on reading this source */
};

static struct place place_of(const struct reader *reader, yaml_mark_t mark)
{
    return (struct place){reader->source, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static void stop_with_error(struct reader *reader, struct place place, const char *message)
{
    diagnostics_error(reader->diagnostics, place, NULL, "%s", message);
    reader->is_stopped = true;
}

static struct item *new_item(struct reader *reader, enum item_kind kind, struct place place)
{
    struct item *item = ARENA_NEW(reader->arena, struct item);

    *item = (struct item){.kind = (uint8_t)kind,
                          .source = (uint16_t)place.source,
                          .line = place.line,
                          .column = place.column};
    return item;
}

static void push_entry(struct reader *reader, struct item_entry entry)
{
    ARENA_GROW(reader->arena, reader->entries, &reader->entry_capacity, reader->entry_count + 1);
    reader->entries[reader->entry_count++] = entry;
}

static bool is_scalar(const struct item *item)
{
    return item->kind != ITEM_LIST && item->kind != ITEM_MAP && item->kind != ITEM_NULL;
}

static bool is_merge_key(const struct item *key)
{
    return key->is_default; /* marked by add_scalar: a plain << */
}

static void add_key(struct reader *reader, struct frame *frame, const struct item *item)
{
    frame->has_key = true;
    if (!is_scalar(item)) {
        diagnostics_error(reader->diagnostics, yaml_tree_place(item), NULL,
                          "%s as a key; a key must be a word or a number",
                          yaml_tree_kind_name(item));
    }
    frame->has_merge = frame->has_merge || is_merge_key(item);
    push_entry(reader, (struct item_entry){item, NULL});
}

/* Puts a finished item where it belongs: in the innermost open list or map, or among the documents. */
static void add_item(struct reader *reader, const struct item *item, uint64_t node_count,
                     uint32_t height)
{
    if (reader->depth == 0) {
        ARENA_GROW(reader->arena, reader->documents->items, &reader->documents->capacity,
                   reader->documents->count + 1);
        reader->documents->items[reader->documents->count++] = item;
        return;
    }

    struct frame *frame = &reader->frames[reader->depth - 1];

    frame->node_count += node_count;
    if (frame->node_count > NODES_SATURATED)
        frame->node_count = NODES_SATURATED;
    if (height + 1 > frame->height)
        frame->height = height + 1;
    if (!frame->is_map) {
        push_entry(reader, (struct item_entry){NULL, item});
    } else if (!frame->has_key) {
        add_key(reader, frame, item);
    } else {
        frame->has_key = false;
        reader->entries[reader->entry_count - 1].value = item;
    }
}

/* Stands for a value that was refused, so that nobody complains about it again. */
static void add_refused(struct reader *reader, struct place place)
{
    struct item *item = new_item(reader, ITEM_NULL, place);

    item->text = "";
    item->is_default = true;
    add_item(reader, item, 1, 1);
}

static uint32_t open_anchor(struct reader *reader, const yaml_char_t *name)
{
    if (name == NULL)
        return ID_NONE;

    const uint32_t anchor = reader->anchor_count++;

    ARENA_GROW(reader->arena, reader->anchors, &reader->anchor_capacity, reader->anchor_count);
    reader->anchors[anchor] = (struct anchor){0};
    name_map_put(&reader->anchor_names, arena_strdup(reader->arena, (const char *)name), anchor);
    return anchor;
}

static void close_anchor(struct reader *reader, uint32_t anchor, struct anchor value)
{
    if (anchor != ID_NONE)
        reader->anchors[anchor] = value;
}

static bool has_tag(const yaml_char_t *tag, const char *core_name)
{
    static const char prefix[] = "tag:yaml.org,2002:";

    return tag != NULL && strncmp((const char *)tag, prefix, sizeof prefix - 1) == 0 &&
           strcmp((const char *)tag + sizeof prefix - 1, core_name) == 0;
}

static void refuse_tag(struct reader *reader, const yaml_char_t *tag, struct place place)
{
    static const char prefix[] = "tag:yaml.org,2002:";
    const bool is_core = strncmp((const char *)tag, prefix, sizeof prefix - 1) == 0;

    diagnostics_error(
        reader->diagnostics, place, NULL,
        "tag %s%s does not fit; expected none, or one of YAML's own (!!str, !!int, ...) before a value of "
        "that type",
        is_core ? "!!" : "", (const char *)tag + (is_core ? sizeof prefix - 1 : 0));
}

/* The kind that an explicit tag asks for. */
static enum item_kind tagged_kind(struct reader *reader, const yaml_event_t *event,
                                  enum item_kind plain_kind)
{
    static const struct {
        const char *name;
        enum item_kind kind;
    } tags[] = {{"null", ITEM_NULL}, {"bool", ITEM_BOOL}, {"int", ITEM_INT}, {"float", ITEM_FLOAT}};
    const yaml_char_t *tag = event->data.scalar.tag;

    if (has_tag(tag, "str") || strcmp((const char *)tag, "!") == 0)
        return ITEM_STRING;
    for (size_t i = 0; i < EP_COUNT_OF(tags); i++) {
        if (!has_tag(tag, tags[i].name))
            continue;
        if (plain_kind == tags[i].kind)
            return plain_kind;
        if (plain_kind == ITEM_INT && tags[i].kind == ITEM_FLOAT)
            return ITEM_FLOAT;
    }
    refuse_tag(reader, tag, place_of(reader, event->start_mark));
    return ITEM_STRING;
}

/* Keys repeat by the thousand in a cluster's dump: their texts are kept once. */
static const char *keep_word(struct reader *reader, const char *text, size_t length)
{
    const uint32_t known = name_map_get(&reader->words, text);

    if (known != ID_NONE)
        return reader->word_texts[known];

    const char *copy = arena_strndup(reader->arena, text, length);

    ARENA_GROW(reader->arena, reader->word_texts, &reader->word_capacity, reader->word_count + 1);
    reader->word_texts[reader->word_count] = copy;
    name_map_put(&reader->words, copy, reader->word_count++);
    return copy;
}

static void add_scalar(struct reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    const size_t length = event->data.scalar.length;
    const struct place place = place_of(reader, event->start_mark);
    const bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    const bool is_key = reader->depth > 0 && reader->frames[reader->depth - 1].is_map &&
                        !reader->frames[reader->depth - 1].has_key;
    const uint32_t errors_before = reader->diagnostics->error_count;
    enum item_kind kind =
        is_plain || event->data.scalar.tag != NULL ? yaml_tree_resolve(text, length) : ITEM_STRING;

    if (memchr(text, '\0', length) != NULL) {
        diagnostics_error(reader->diagnostics, place, NULL,
                          "a NUL character in a string; only text is allowed");
        kind = ITEM_STRING;
    } else if (event->data.scalar.tag != NULL) {
        kind = tagged_kind(reader, event, kind);
    }

    const bool is_refused = reader->diagnostics->error_count != errors_before && !is_key;
    struct item *item = new_item(reader, is_refused ? ITEM_NULL : kind, place);
    const uint32_t anchor = open_anchor(reader, event->data.scalar.anchor);

    item->text =
        is_key ? keep_word(reader, text, length) : arena_strndup(reader->arena, text, length);
    item->count = (uint32_t)length;
    item->is_default = (is_key && is_plain && strcmp(text, "<<") == 0) || is_refused;
    close_anchor(reader, anchor, (struct anchor){item, 1, 1});
    if (reader->depth == 0 && item->kind == ITEM_NULL)
        return; /* an empty document */
    add_item(reader, item, 1, 1);
}

static void add_alias(struct reader *reader, const yaml_event_t *event)
{
    const struct place place = place_of(reader, event->start_mark);
    const uint32_t anchor =
        name_map_get(&reader->anchor_names, (const char *)event->data.alias.anchor);

    if (anchor == ID_NONE || reader->anchors[anchor].item == NULL) {
        diagnostics_error(reader->diagnostics, place, NULL,
                          anchor == ID_NONE ? "alias *%s: no anchor &%s before it"
                                            : "alias *%s: inside its own anchor &%s, without end",
                          (const char *)event->data.alias.anchor,
                          (const char *)event->data.alias.anchor);
        add_refused(reader, place);
        return;
    }

    const struct anchor *target = &reader->anchors[anchor];

    reader->alias_node_count += target->node_count;
    if (reader->alias_node_count > YAML_TREE_ALIAS_NODES_MAX) {
        stop_with_error(reader, place,
                        "aliases stand for more than a million nodes; write fewer or smaller ones");
        return;
    }
    if (reader->depth + target->height > YAML_TREE_DEPTH_MAX) {
        stop_with_error(reader, place, "nested deeper than 100 levels, aliases written out");
        return;
    }
    add_item(reader, target->item, target->node_count, target->height);
}

static void open_frame(struct reader *reader, const yaml_event_t *event, bool is_map)
{
    const struct place place = place_of(reader, event->start_mark);
    const yaml_char_t *tag =
        is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *name =
        is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;

    if (reader->depth == YAML_TREE_DEPTH_MAX) {
        stop_with_error(reader, place, "nested deeper than 100 levels");
        return;
    }
    if (tag != NULL && !has_tag(tag, is_map ? "map" : "seq") && strcmp((const char *)tag, "!") != 0)
        refuse_tag(reader, tag, place);
    reader->frames[reader->depth++] = (struct frame){.is_map = is_map,
                                                     .first_entry = reader->entry_count,
                                                     .anchor = open_anchor(reader, name),
                                                     .place = place,
                                                     .node_count = 1,
                                                     .height = 1};
}

static void refuse_duplicate(struct reader *reader, const struct item *key,
                             const struct item *first)
{
    diagnostics_error(reader->diagnostics, yaml_tree_place(key), NULL,
                      "duplicate key \"%.100s\"; the first is at line %u", key->text, first->line);
}

/* Where `key` stands among the first `count` entries, or ID_NONE. Large maps have a table of their keys. */
static uint32_t find_key(const struct item_entry *entries, uint32_t count,
                         const struct name_map *table, const char *key)
{
    if (table != NULL)
        return name_map_get(table, key);
    for (uint32_t i = 0; i < count; i++) {
        if (entries[i].key->text[0] == key[0] && strcmp(entries[i].key->text, key) == 0)
            return i;
    }
    return ID_NONE;
}

/* Leaves out entries whose key is no scalar and reports keys that come twice. Returns the number of entries left. */
static uint32_t check_keys(struct reader *reader, struct item_entry *entries, uint32_t count)
{
    struct name_map table;
    struct name_map *large = count > SMALL_MAP_ENTRIES ? &table : NULL;
    uint32_t kept = 0;

    name_map_init(&table, reader->arena);
    for (uint32_t i = 0; i < count; i++) {
        const struct item *key = entries[i].key;

        if (!is_scalar(key))
            continue; /* reported */

        const uint32_t before = find_key(entries, kept, large, key->text);

        if (before != ID_NONE && is_merge_key(entries[before].key) == is_merge_key(key)) {
            refuse_duplicate(reader, key, entries[before].key);
            continue;
        }
        if (large != NULL)
            name_map_put(large, key->text, kept);
        entries[kept++] = entries[i];
    }
    return kept;
}

/* Adds the entries of a merged map that `map` does not have yet. */
static void merge_one(struct reader *reader, struct name_map *known, const struct item *merged,
                      struct place place)
{
    if (merged->kind != ITEM_MAP) {
        diagnostics_error(reader->diagnostics, place, NULL,
                          "<< wants a map or a list of maps, got %s", yaml_tree_kind_name(merged));
        return;
    }
    for (uint32_t i = 0; i < merged->count; i++) {
        if (name_map_get(known, merged->entries[i].key->text) != ID_NONE)
            continue;
        name_map_put(known, merged->entries[i].key->text, 0);
        push_entry(reader, merged->entries[i]);
    }
}

/* Replaces the entry `<<: ...` by what it stands for, behind the map's own entries. */
static void merge(struct reader *reader, uint32_t first_entry)
{
    struct name_map known;
    const uint32_t own_count = reader->entry_count - first_entry;
    const struct item *merged = NULL;
    uint32_t kept = first_entry;

    name_map_init(&known, reader->arena);
    for (uint32_t i = first_entry; i < first_entry + own_count; i++) {
        if (is_merge_key(reader->entries[i].key)) {
            merged = reader->entries[i].value;
            continue;
        }
        name_map_put(&known, reader->entries[i].key->text, 0);
        reader->entries[kept++] = reader->entries[i];
    }
    reader->entry_count = kept;
    if (merged == NULL)
        return;
    if (merged->kind != ITEM_LIST) {
        merge_one(reader, &known, merged, yaml_tree_place(merged));
        return;
    }
    for (uint32_t i = 0; i < merged->count; i++)
        merge_one(reader, &known, merged->entries[i].value,
                  yaml_tree_place(merged->entries[i].value));
}

static void close_frame(struct reader *reader)
{
    const struct frame frame = reader->frames[--reader->depth];
    struct item *item = new_item(reader, frame.is_map ? ITEM_MAP : ITEM_LIST, frame.place);

    if (frame.is_map) {
        reader->entry_count =
            frame.first_entry + check_keys(reader, reader->entries + frame.first_entry,
                                           reader->entry_count - frame.first_entry);
        if (frame.has_merge)
            merge(reader, frame.first_entry);
    }

    const uint32_t count = reader->entry_count - frame.first_entry;
    struct item_entry *entries = ARENA_NEW_ARRAY(reader->arena, count, struct item_entry);

    if (count > 0)
        memcpy(entries, reader->entries + frame.first_entry, count * sizeof *entries);
    item->count = count;
    item->entries = entries;
    reader->entry_count = frame.first_entry;
    close_anchor(reader, frame.anchor, (struct anchor){item, frame.node_count, frame.height});
    add_item(reader, item, frame.node_count, frame.height);
}

static void handle_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        name_map_init(&reader->anchor_names, reader->arena);
        reader->anchor_count = 0;
        break;
    case YAML_SCALAR_EVENT:
        add_scalar(reader, event);
        break;
    case YAML_ALIAS_EVENT:
        add_alias(reader, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_frame(reader, event, false);
        break;
    case YAML_MAPPING_START_EVENT:
        open_frame(reader, event, true);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_frame(reader);
        break;
    default:
        break;
    }
}

/* The character that libyaml stumbled over. */
static char character_at(const struct reader *reader, struct place place)
{
    struct source_cursor cursor = {.source = &reader->diagnostics->sources->items[place.source],
                                   .line = 1};
    size_t length = 0;
    const char *line = source_line(&cursor, place.line, &length);
    size_t at = 0;

    for (uint32_t i = 1; i < place.column && at < length; i++) {
        at++;
        while (at < length && ((unsigned char)line[at] & 0xC0) == 0x80)
            at++;
    }
    return at < length ? line[at] : '\0';
}

static void report_parser_error(struct reader *reader, const yaml_parser_t *parser)
{
    const char *problem = parser->problem != NULL ? parser->problem : "cannot be read as YAML";
    const bool is_at_end =
        strcmp(problem, "found unexpected end of stream") == 0 && parser->context != NULL;
    const struct place place =
        place_of(reader, is_at_end ? parser->context_mark : parser->problem_mark);
    const char character = character_at(reader, place);

    if (parser->error == YAML_MEMORY_ERROR) {
        fprintf(stderr, "epsim: out of memory\n");
        abort();
    }
    reader->is_stopped = true;
    if (strcmp(problem, "found character that cannot start any token") == 0 && character == '\t')
        diagnostics_error(reader->diagnostics, place, NULL,
                          "YAML: a tab; expected spaces for indentation");
    else if (strcmp(problem, "found character that cannot start any token") == 0)
        diagnostics_error(reader->diagnostics, place, NULL,
                          "YAML: a value cannot begin with %c; expected it in quotes", character);
    else if (is_at_end)
        diagnostics_error(reader->diagnostics, place, NULL, "YAML: no end of what begins here, %s",
                          parser->context);
    else if (parser->context != NULL)
        diagnostics_error(reader->diagnostics, place, NULL, "YAML: %s, %s that begins in line %zu",
                          problem, parser->context, parser->context_mark.line + 1);
    else
        diagnostics_error(reader->diagnostics, place, NULL, "YAML: %s", problem);
}

static void read_events(struct reader *reader, yaml_parser_t *parser)
{
    bool is_done = false;

    while (!is_done && !reader->is_stopped) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event)) {
            report_parser_error(reader, parser);
            return;
        }
        handle_event(reader, &event);
        is_done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
}

bool yaml_tree_parse(struct arena *arena, struct diagnostics *diagnostics, uint32_t source,
                     struct yaml_documents *documents)
{
    const struct source *text = &diagnostics->sources->items[source];
    struct arena scratch;
    yaml_parser_t parser;
    struct place place;
    const char *reason = NULL;

    if (!source_check_characters(diagnostics->sources, source, &place, &reason)) {
        diagnostics_error(diagnostics, place, NULL, "%s", reason);
        return false;
    }
    if (!yaml_parser_initialize(&parser)) {
        fprintf(stderr, "epsim: out of memory\n");
        abort();
    }
    arena_init(&scratch);

    struct reader *reader = ARENA_NEW(&scratch, struct reader);

    *reader = (struct reader){
        .arena = arena, .diagnostics = diagnostics, .documents = documents, .source = source};
    name_map_init(&reader->anchor_names, arena);
    name_map_init(&reader->words, arena);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);

    size_t length = text->length;
    const char *joined = surrogate_pairs_join(&scratch, text->text, &length);

    yaml_parser_set_input_string(&parser, (const unsigned char *)joined, length);
    read_events(reader, &parser);
    yaml_parser_delete(&parser);

    const bool is_whole = !reader->is_stopped;

    arena_deinit(&scratch);
    return is_whole;
}
