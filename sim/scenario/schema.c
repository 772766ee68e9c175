/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "cluster/spec.h"
#include "scenario/distribution_parse.h"
#include "scenario/fields.h"
#include "scenario/value.h"

#define WORD_BYTES 64u
#define DURATION_PATTERN "^\\+?(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|\xC2\xB5s|\xCE\xBCs|ms|s|m|h))+$"
#define DISTRIBUTION_REF "#/definitions/distribution"
#define AFFINE_REF "#/definitions/distributionOrAffine"

struct schema {
    struct json_out json;
    struct arena arena; /* of defaults while they are written */
};

static void write_set(struct schema *schema, const struct field_set *set);

/* --- defaults --- */

static void write_item(struct json_out *json, const char *key, const struct item *item)
{
    int64_t integer = 0;
    double number = 0;
    bool flag = false;

    switch ((enum item_kind)item->kind) {
    case ITEM_MAP:
        json_out_begin_object(json, key);
        for (uint32_t i = 0; i < item->count; i++)
            write_item(json, item->entries[i].key->text, item->entries[i].value);
        json_out_end_object(json);
        break;
    case ITEM_LIST:
        json_out_begin_array(json, key);
        for (uint32_t i = 0; i < item->count; i++)
            write_item(json, NULL, item->entries[i].value);
        json_out_end_array(json);
        break;
    default:
        if (value_bool(item, &flag))
            json_out_bool(json, key, flag);
        else if (value_int(item, &integer))
            json_out_i64(json, key, integer);
        else if (value_number(item, &number))
            json_out_number(json, key, number);
        else
            json_out_string(json, key, item->text);
    }
}

/* The text of the table ("5", "{}", "{exponential: {mean: 10ms}}", "\"1.34\"") as JSON. */
static void write_text(struct schema *schema, const char *key, const char *text)
{
    const struct place place = {0};
    const struct item *item;

    if (strcmp(text, "{}") == 0 || strcmp(text, "[]") == 0)
        item = yaml_tree_empty(&schema->arena, place, text[0] == '{' ? ITEM_MAP : ITEM_LIST);
    else if (text[0] == '{')
        item = distribution_parse_default(&schema->arena, place, text);
    else if (text[0] == '"')
        item = yaml_tree_string(&schema->arena, place,
                                arena_strndup(&schema->arena, text + 1, strlen(text) - 2));
    else
        item = yaml_tree_scalar(&schema->arena, place, text);
    write_item(&schema->json, key, item);
}

/* --- types --- */

/* One type, or an array of several. */
static void write_types(struct json_out *json, const char *words)
{
    char word[WORD_BYTES];

    if (strchr(words, ' ') == NULL) {
        json_out_string(json, "type", words);
        return;
    }
    json_out_begin_array(json, "type");
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " "), at);
        json_out_string(json, NULL, word);
        at += strcspn(at, " ");
    }
    json_out_end_array(json);
}

static void write_number(struct json_out *json, const struct field *field, bool is_flag)
{
    const char *type = field->type == FIELD_NUMBER ? "number" : "integer";
    char types[WORD_BYTES];

    snprintf(types, sizeof types, "%s%s", type, is_flag ? " string" : "");
    write_types(json, types);
    json_out_number(json, "minimum", field->min);
    if (field->max > 0)
        json_out_number(json, "maximum", field->max);
}

static void write_enum(struct json_out *json, const struct field *field)
{
    char word[WORD_BYTES];

    json_out_string(json, "type", "string");
    json_out_begin_array(json, "enum");
    for (const char *at = field->values; *at != '\0'; at += strspn(at, " ")) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " "), at);
        json_out_string(json, NULL, word);
        at += strcspn(at, " ");
    }
    json_out_end_array(json);
}

static void write_strings(struct json_out *json, bool is_list)
{
    write_types(json, is_list ? "array null" : "object null");
    json_out_begin_object(json, is_list ? "items" : "additionalProperties");
    json_out_string(json, "type", "string");
    json_out_end_object(json);
}

/* In draft 7 nothing beside a $ref counts, hence the wrapping. */
static void write_reference(struct json_out *json, const char *reference)
{
    json_out_begin_array(json, "allOf");
    json_out_begin_object(json, NULL);
    json_out_string(json, "$ref", reference);
    json_out_end_object(json);
    json_out_end_array(json);
}

static void write_hops(struct schema *schema)
{
    struct json_out *json = &schema->json;

    write_types(json, "object null");
    json_out_begin_object(json, "properties");
    for (uint32_t i = 0; i < HOP_COUNT; i++) {
        const bool is_affine = i == HOP_CONTROLLER_SYNC || i == HOP_PROXY_SYNC;

        json_out_begin_object(json, spec_hops[i].key);
        json_out_string(
            json, "description",
            arena_printf(&schema->arena, "%s (%s)", spec_hops[i].doc, spec_hops[i].source));
        write_reference(json, is_affine ? AFFINE_REF : DISTRIBUTION_REF);
        write_text(schema, "default", spec_hops[i].default_text);
        json_out_end_object(json);
    }
    json_out_end_object(json);
    json_out_bool(json, "additionalProperties", false);
}

static void write_elements(struct schema *schema, const struct field_set *set)
{
    json_out_begin_object(&schema->json, "items");
    json_out_string(&schema->json, "type", "object");
    write_set(schema, set);
    json_out_end_object(&schema->json);
}

static void write_other(struct schema *schema, const struct field *field)
{
    if (field->forms != NULL)
        write_types(&schema->json, field->forms);
    if (field->children != NULL && fields_has_word(field->forms, "array"))
        write_elements(schema, field->children);
    else if (field->children != NULL)
        write_set(schema, field->children);
}

static void write_type(struct schema *schema, const struct field *field, bool is_flag)
{
    struct json_out *json = &schema->json;

    switch (field->type) {
    case FIELD_STRING:
        json_out_string(json, "type", "string");
        break;
    case FIELD_BOOL:
        write_types(json, is_flag ? "boolean string" : "boolean");
        break;
    case FIELD_INT:
    case FIELD_NUMBER:
    case FIELD_SECONDS:
        write_number(json, field, is_flag);
        break;
    case FIELD_DURATION:
        json_out_string(json, "type", "string");
        json_out_string(json, "pattern", DURATION_PATTERN);
        break;
    case FIELD_ENUM:
        write_enum(json, field);
        break;
    case FIELD_TEXT_MAP:
    case FIELD_TEXT_LIST:
        write_strings(json, field->type == FIELD_TEXT_LIST);
        break;
    case FIELD_MAP:
        write_types(json, "object null");
        write_set(schema, field->children);
        break;
    case FIELD_LIST:
        write_types(json, "array null");
        write_elements(schema, field->children);
        break;
    case FIELD_DISTRIBUTION:
        write_reference(json, DISTRIBUTION_REF);
        break;
    case FIELD_HOPS:
        write_hops(schema);
        break;
    case FIELD_OTHER:
        write_other(schema, field);
        break;
    }
}

static void write_field(struct schema *schema, const struct field *field, bool is_flag)
{
    struct json_out *json = &schema->json;
    const char *doc = field->doc;

    if (field->expected != NULL)
        doc = arena_printf(&schema->arena, "%s Takes %s.", doc, field->expected);
    json_out_begin_object(json, field->name);
    json_out_string(json, "description", doc);
    write_type(schema, field, is_flag);
    if (field->only != NULL)
        write_text(schema, "const", field->only);
    if (field->default_text != NULL)
        write_text(schema, "default", field->default_text);
    json_out_end_object(json);
}

/* --- maps --- */

static void write_ignored(struct json_out *json, const char *names)
{
    char word[WORD_BYTES];

    for (const char *at = names; at != NULL && *at != '\0'; at += strspn(at, " ")) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at, " "), at);
        json_out_begin_object(json, word);
        json_out_string(json, "description", "Accepted, not modelled.");
        json_out_end_object(json);
        at += strcspn(at, " ");
    }
}

static void write_required(struct json_out *json, const struct field_set *set)
{
    bool is_any = false;

    for (uint32_t i = 0; i < set->count; i++)
        is_any = is_any || set->items[i].is_required;
    if (!is_any)
        return;
    json_out_begin_array(json, "required");
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->items[i].is_required)
            json_out_string(json, NULL, set->items[i].name);
    }
    json_out_end_array(json);
}

/* `except`: a field that is left out, or NULL. */
static void write_properties(struct schema *schema, const struct field_set *set, const char *except)
{
    struct json_out *json = &schema->json;

    json_out_begin_object(json, "properties");
    for (uint32_t i = 0; i < set->count; i++) {
        const struct field *field = &set->items[i];

        if (field->status == FIELD_SUPPORTED &&
            (except == NULL || strcmp(field->name, except) != 0))
            write_field(schema, field, set->are_flags);
    }
    write_ignored(json, set->ignored);
    json_out_end_object(json);
}

static void write_set(struct schema *schema, const struct field_set *set)
{
    write_properties(schema, set, NULL);
    write_required(&schema->json, set);
    json_out_bool(&schema->json, "additionalProperties", false);
}

/* --- the document --- */

/* A duration, or a map of one kind. */
static void write_distribution(struct schema *schema, const char *name, const char *except)
{
    struct json_out *json = &schema->json;

    json_out_begin_object(json, name);
    json_out_begin_array(json, "anyOf");
    json_out_begin_object(json, NULL);
    json_out_string(json, "type", "string");
    json_out_string(json, "pattern", DURATION_PATTERN);
    json_out_end_object(json);
    json_out_begin_object(json, NULL);
    json_out_string(json, "type", "object");
    json_out_u64(json, "minProperties", 1);
    json_out_u64(json, "maxProperties", 1);
    write_properties(schema, &fields_distribution, except);
    json_out_bool(json, "additionalProperties", false);
    json_out_end_object(json);
    json_out_end_array(json);
    json_out_end_object(json);
}

/* What makes a document a Scenario: its kind, or an apiVersion of epsim's. */
static void write_condition(struct json_out *json)
{
    static const char *const keys[] = {"kind", "apiVersion"};
    static const char *const rules[] = {"const", "pattern"};
    static const char *const values[] = {"Scenario", "^epsim/"};

    json_out_begin_object(json, "if");
    json_out_begin_array(json, "anyOf");
    for (int i = 0; i < 2; i++) {
        json_out_begin_object(json, NULL);
        json_out_begin_object(json, "properties");
        json_out_begin_object(json, keys[i]);
        json_out_string(json, rules[i], values[i]);
        json_out_end_object(json);
        json_out_end_object(json);
        json_out_begin_array(json, "required");
        json_out_string(json, NULL, keys[i]);
        json_out_end_array(json);
        json_out_end_object(json);
    }
    json_out_end_array(json);
    json_out_end_object(json);
    json_out_begin_object(json, "then");
    json_out_string(json, "$ref", "#/definitions/Scenario");
    json_out_end_object(json);
}

void schema_write(struct out *out)
{
    struct schema schema;
    struct json_out *json = &schema.json;

    arena_init(&schema.arena);
    json_out_init(json, out, false);
    json_out_begin_object(json, NULL);
    json_out_string(json, "$schema", "http://json-schema.org/draft-07/schema#");
    json_out_string(json, "title", "epsim scenario");
    json_out_string(json, "description",
                    "A document of a scenario file: the Scenario, or an ordinary manifest.");
    json_out_string(json, "type", "object");
    write_condition(json);
    json_out_begin_object(json, "definitions");
    json_out_begin_object(json, "Scenario");
    json_out_string(json, "type", "object");
    write_set(&schema, &fields_scenario);
    json_out_end_object(json);
    write_distribution(&schema, "distribution", "affine");
    write_distribution(&schema, "distributionOrAffine", NULL);
    json_out_end_object(json);
    json_out_end_object(json);
    arena_deinit(&schema.arena);
}
