/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libyaml's events to items. Text that is plain JSON goes a shorter way (json_parse.c); the items are the same.
 */
#include "scenario/yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "scenario/json_parse.h"
#include "scenario/surrogate_pairs.h"
#include "scenario/tree_builder.h"

struct reader {
    struct tree_builder builder;
    struct name_map anchor_names; /* of this document */
    uint64_t alias_node_count;
};

static struct place place_of(const struct reader *reader, yaml_mark_t mark)
{
    return (struct place){reader->builder.source, (uint32_t)mark.line + 1,
                          (uint32_t)mark.column + 1};
}

static uint32_t open_anchor(struct reader *reader, const yaml_char_t *name)
{
    if (name == NULL)
        return ID_NONE;

    const uint32_t anchor = tree_builder_new_anchor(&reader->builder);

    name_map_put(&reader->anchor_names, arena_strdup(reader->builder.arena, (const char *)name),
                 anchor);
    return anchor;
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
        reader->builder.diagnostics, place, NULL,
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

static void add_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct diagnostics *diagnostics = reader->builder.diagnostics;
    const uint32_t errors_before = diagnostics->error_count;
    struct scalar scalar = {
        .place = place_of(reader, event->start_mark),
        .text = (const char *)event->data.scalar.value,
        .length = event->data.scalar.length,
        .is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
        .kind = ITEM_STRING,
    };

    if (scalar.is_plain || event->data.scalar.tag != NULL)
        scalar.kind = yaml_tree_resolve(scalar.text, scalar.length);
    if (memchr(scalar.text, '\0', scalar.length) != NULL) {
        diagnostics_error(diagnostics, scalar.place, NULL,
                          "a NUL character in a string; only text is allowed");
        scalar.kind = ITEM_STRING;
    } else if (event->data.scalar.tag != NULL) {
        scalar.kind = tagged_kind(reader, event, scalar.kind);
    }
    scalar.is_refused = diagnostics->error_count != errors_before;
    scalar.anchor = open_anchor(reader, event->data.scalar.anchor);
    tree_builder_scalar(&reader->builder, &scalar);
}

static void add_alias(struct reader *reader, const yaml_event_t *event)
{
    const struct place place = place_of(reader, event->start_mark);
    const uint32_t anchor =
        name_map_get(&reader->anchor_names, (const char *)event->data.alias.anchor);

    if (anchor == ID_NONE || reader->builder.anchors[anchor].item == NULL) {
        diagnostics_error(reader->builder.diagnostics, place, NULL,
                          anchor == ID_NONE ? "alias *%s: no anchor &%s before it"
                                            : "alias *%s: inside its own anchor &%s, without end",
                          (const char *)event->data.alias.anchor,
                          (const char *)event->data.alias.anchor);
        tree_builder_refused(&reader->builder, place);
        return;
    }

    const struct anchor *target = &reader->builder.anchors[anchor];

    reader->alias_node_count += target->node_count;
    if (reader->alias_node_count > YAML_TREE_ALIAS_NODES_MAX) {
        tree_builder_stop(
            &reader->builder, place,
            "aliases stand for more than a million nodes; write fewer or smaller ones");
        return;
    }
    if (reader->builder.depth + target->height > YAML_TREE_DEPTH_MAX) {
        tree_builder_stop(&reader->builder, place,
                          "nested deeper than 100 levels, aliases written out");
        return;
    }
    tree_builder_alias(&reader->builder, anchor);
}

static void open_frame(struct reader *reader, const yaml_event_t *event, bool is_map)
{
    const struct place place = place_of(reader, event->start_mark);
    const yaml_char_t *tag =
        is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    const yaml_char_t *name =
        is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;

    if (tag != NULL && !has_tag(tag, is_map ? "map" : "seq") && strcmp((const char *)tag, "!") != 0)
        refuse_tag(reader, tag, place);
    tree_builder_open(&reader->builder, place, is_map, open_anchor(reader, name));
}

static void handle_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        name_map_init(&reader->anchor_names, reader->builder.arena);
        reader->builder.anchor_count = 0;
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
        tree_builder_close(&reader->builder);
        break;
    default:
        break;
    }
}

/* The character that libyaml stumbled over. */
static char character_at(const struct reader *reader, struct place place)
{
    struct source_cursor cursor = {
        .source = &reader->builder.diagnostics->sources->items[place.source], .line = 1};
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
    reader->builder.is_stopped = true;
    if (strcmp(problem, "found character that cannot start any token") == 0 && character == '\t')
        diagnostics_error(reader->builder.diagnostics, place, NULL,
                          "YAML: a tab; expected spaces for indentation");
    else if (strcmp(problem, "found character that cannot start any token") == 0)
        diagnostics_error(reader->builder.diagnostics, place, NULL,
                          "YAML: a value cannot begin with %c; expected it in quotes", character);
    else if (is_at_end)
        diagnostics_error(reader->builder.diagnostics, place, NULL,
                          "YAML: no end of what begins here, %s", parser->context);
    else if (parser->context != NULL)
        diagnostics_error(reader->builder.diagnostics, place, NULL,
                          "YAML: %s, %s that begins in line %zu", problem, parser->context,
                          parser->context_mark.line + 1);
    else
        diagnostics_error(reader->builder.diagnostics, place, NULL, "YAML: %s", problem);
}

static void read_events(struct reader *reader, yaml_parser_t *parser)
{
    bool is_done = false;

    while (!is_done && !reader->builder.is_stopped) {
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

/* The whole of a text through libyaml. */
static void parse_yaml(struct reader *reader, struct arena *scratch, const struct source *text)
{
    yaml_parser_t parser;
    size_t length = text->length;
    const char *joined = surrogate_pairs_join(scratch, text->text, &length);

    if (!yaml_parser_initialize(&parser)) {
        fprintf(stderr, "epsim: out of memory\n");
        abort();
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    /* a byte order mark is no part of the text: libyaml skips it only where it finds out the encoding itself */
    if (length >= 3 && memcmp(joined, "\xEF\xBB\xBF", 3) == 0) {
        joined += 3;
        length -= 3;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)joined, length);
    read_events(reader, &parser);
    yaml_parser_delete(&parser);
}

bool yaml_tree_parse(struct arena *arena, struct diagnostics *diagnostics, uint32_t source,
                     struct yaml_documents *documents)
{
    const struct source *text = &diagnostics->sources->items[source];
    struct arena scratch;
    struct place place;
    const char *reason = NULL;
    bool is_whole = true;

    arena_init(&scratch);

    struct reader *reader = ARENA_NEW(&scratch, struct reader);

    tree_builder_init(&reader->builder, arena, diagnostics, documents, source);
    name_map_init(&reader->anchor_names, arena);
    if (!json_parse(&reader->builder, text->text, text->length)) {
        if (source_check_characters(diagnostics->sources, source, &place, &reason))
            parse_yaml(reader, &scratch, text);
        else
            tree_builder_stop(&reader->builder, place, reason);
        is_whole = !reader->builder.is_stopped;
    }
    arena_deinit(&scratch);
    return is_whole;
}
