/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "scenario/distribution_parse.h"
#include "scenario/value.h"

#define DURATION_MAX_NS (876000 * NS_PER_HOUR) /* a hundred years: sums of two still fit */
#define SHOWN_TEXT_MAX 60
#define LABELS_MAX 1000u
#define SET_FIELDS_MAX 64u /* fields of a map in the table */
#define LIST_MAX 10000u    /* so that comparing all pairs stays quick */

static struct path child_of(const struct path *parent, const char *key)
{
    return (struct path){.parent = parent, .key = key};
}

const char *check_describe(struct arena *arena, const struct item *item)
{
    switch ((enum item_kind)item->kind) {
    case ITEM_NULL:
        return "no value";
    case ITEM_LIST:
    case ITEM_MAP:
        return yaml_tree_kind_name(item);
    case ITEM_STRING:
        return arena_printf(arena, "\"%.*s%s\"", SHOWN_TEXT_MAX, item->text,
                            strlen(item->text) > SHOWN_TEXT_MAX ? "..." : "");
    default:
        return arena_printf(arena, "%.*s", SHOWN_TEXT_MAX, item->text);
    }
}

void check_refuse(struct checker *checker, const struct item *item, const struct path *path,
                  const char *expected)
{
    diagnostics_error(checker->diagnostics, yaml_tree_place(item), path, "got %s; expected %s",
                      check_describe(checker->arena, item), expected);
}

static void refuse_for_field(struct checker *checker, const struct field *field,
                             const struct item *item, const struct path *path)
{
    char expected[160];

    check_refuse(checker, item, path, fields_expected(field, expected));
}

/* Something that the parser refused already (an alias to nothing, a foreign tag). */
static bool is_refused_before(const struct item *value)
{
    return value->kind == ITEM_NULL && value->is_default;
}

/* --- what is not known --- */

/* "spec.template.spec.containers[].env": the way without the object and the indices. */
static const char *schema_path(struct arena *arena, const struct path *path)
{
    const char *before;

    if (path == NULL || path->is_object)
        return "";
    before = schema_path(arena, path->parent);
    if (path->key == NULL)
        return arena_printf(arena, "%s[]", before);
    return before[0] == '\0' ? path->key : arena_printf(arena, "%s.%s", before, path->key);
}

static void note_not_modelled(struct checker *checker, struct place place, const struct path *path,
                              const char *detail)
{
    const char *name =
        arena_printf(checker->arena, "%s%s", schema_path(checker->arena, path), detail);

    for (uint32_t i = 0; i < checker->not_modelled_count; i++) {
        if (strcmp(checker->not_modelled[i], name) == 0)
            return;
    }
    if (checker->not_modelled_count == 0)
        checker->first_not_modelled = place;
    ARENA_GROW(checker->arena, checker->not_modelled, &checker->not_modelled_capacity,
               checker->not_modelled_count + 1);
    checker->not_modelled[checker->not_modelled_count++] = name;
}

/* "a, b, c" of the supported fields. */
static const char *supported_names(struct arena *arena, const struct field_set *set)
{
    const char *names = "";

    for (uint32_t i = 0; i < set->count; i++) {
        if (set->items[i].status == FIELD_SUPPORTED)
            names = arena_printf(arena, "%s%s%s", names, names[0] == '\0' ? "" : ", ",
                                 set->items[i].name);
    }
    return names;
}

static void refuse_unknown(struct checker *checker, const struct item *key,
                           const struct field_set *set, const struct path *path)
{
    char buffer[64];
    const struct place place = yaml_tree_place(key);
    const char *suggestion;

    if (diagnostics_is_full(checker->diagnostics)) {
        if (!checker->is_manifest)
            diagnostics_error(checker->diagnostics, place, path,
                              "unknown field"); /* only counted */
        return;
    }
    suggestion = fields_suggest(set, key->text, buffer);
    if (checker->is_manifest && suggestion == NULL)
        diagnostics_warning(checker->diagnostics, place, path, "unknown field, ignored");
    else if (checker->is_manifest)
        diagnostics_warning(checker->diagnostics, place, path,
                            "unknown field, ignored; did you mean %s?", suggestion);
    else if (suggestion != NULL)
        diagnostics_error(checker->diagnostics, place, path, "unknown field; did you mean %s?",
                          suggestion);
    else
        diagnostics_error(checker->diagnostics, place, path, "unknown field; known here: %s",
                          supported_names(checker->arena, set));
}

/* The field of that key; NULL if there is none, which is reported as the set wants it. */
static const struct field *check_key(struct checker *checker, const struct item *key,
                                     const struct field_set *set, const struct path *parent)
{
    const struct path path = child_of(parent, key->text);
    const struct field *field = fields_find(set, key->text);

    if (field != NULL && field->status == FIELD_LATER)
        diagnostics_error(checker->diagnostics, yaml_tree_place(key), &path,
                          "not supported yet; supported here: %s",
                          supported_names(checker->arena, set));
    if (field != NULL && field->status == FIELD_NOTED)
        note_not_modelled(checker, yaml_tree_place(key), &path, "");
    if (field != NULL)
        return field;
    if (!fields_has_word(set->ignored, key->text))
        refuse_unknown(checker, key, set, &path);
    else if (checker->is_manifest)
        note_not_modelled(checker, yaml_tree_place(key), &path, "");
    else
        diagnostics_warning(checker->diagnostics, yaml_tree_place(key), &path,
                            "not modelled, ignored");
    return NULL;
}

/* --- values by type --- */

/* A field of which only one value is supported so far. */
static bool check_only(struct checker *checker, const struct field *field, const struct item *item,
                       const struct path *path)
{
    double number = 0;
    const bool is_it = value_number(item, &number) ? number == strtod(field->only, NULL)
                                                   : strcmp(item->text, field->only) == 0;

    if (!is_it)
        diagnostics_error(checker->diagnostics, yaml_tree_place(item), path,
                          "%s is not supported yet; supported: %s", item->text, field->only);
    return is_it;
}

static bool check_number(struct checker *checker, const struct field *field,
                         const struct item *item, const struct path *path)
{
    double number = 0;
    int64_t integer = 0;
    const bool is_right =
        field->type == FIELD_NUMBER ? value_number(item, &number) : value_int(item, &integer);

    if (field->type != FIELD_NUMBER)
        number = (double)integer;
    if (is_right && number >= field->min && (field->max <= 0 || number <= field->max))
        return true;
    refuse_for_field(checker, field, item, path);
    return false;
}

static bool check_duration(struct checker *checker, const struct field *field,
                           const struct item *item, const struct path *path)
{
    double number = 0;
    sim_ns span_ns = 0;
    char expected[160];

    if (value_number(item, &number) ||
        (item->kind == ITEM_STRING && strcmp(item->text, "0") == 0)) {
        diagnostics_error(checker->diagnostics, yaml_tree_place(item), path,
                          "%s has no unit; expected a duration such as %s%s", item->text,
                          item->text, number < 0 ? "s" : "s or 250ms");
        return false;
    }
    if (!value_duration(item, &span_ns)) {
        check_refuse(checker, item, path, fields_expected(field, expected));
        return false;
    }
    if (span_ns < 0 || (field->min > 0 && span_ns == 0)) {
        check_refuse(checker, item, path,
                     span_ns < 0 && field->min <= 0 ? "a duration of at least 0s"
                                                    : "a duration above 0s");
        return false;
    }
    if (span_ns > DURATION_MAX_NS) {
        check_refuse(checker, item, path, "a duration of at most 876000h (a hundred years)");
        return false;
    }
    return true;
}

static bool check_string(struct checker *checker, const struct field *field,
                         const struct item *item, const struct path *path)
{
    if (item->kind == ITEM_STRING)
        return true;
    if (item->kind == ITEM_BOOL || item->kind == ITEM_INT || item->kind == ITEM_FLOAT) {
        diagnostics_error(checker->diagnostics, yaml_tree_place(item), path,
                          "got %s, which is no string; write \"%s\" in quotes", item->text,
                          item->text);
        return false;
    }
    refuse_for_field(checker, field, item, path);
    return false;
}

static bool check_enum(struct checker *checker, const struct field *field, const struct item *item,
                       const struct path *path)
{
    char buffer[64];
    char expected[160];
    const bool is_scalar =
        item->kind != ITEM_LIST && item->kind != ITEM_MAP && item->kind != ITEM_NULL;

    if (is_scalar && fields_has_word(field->values, item->text))
        return true;
    if (is_scalar && fields_has_word(field->later_values, item->text)) {
        if (checker->is_manifest)
            note_not_modelled(checker, yaml_tree_place(item), path,
                              arena_printf(checker->arena, ": %s", item->text));
        else
            diagnostics_error(checker->diagnostics, yaml_tree_place(item), path,
                              "%s is not supported yet; supported: %s", item->text,
                              fields_expected(field, expected));
        return false;
    }

    const char *suggestion =
        is_scalar ? fields_suggest_word(field->values, item->text, buffer) : NULL;

    if (suggestion == NULL) {
        refuse_for_field(checker, field, item, path);
        return false;
    }
    diagnostics_error(checker->diagnostics, yaml_tree_place(item), path,
                      "unknown value %s; did you mean %s?", check_describe(checker->arena, item),
                      suggestion);
    return false;
}

/* A copy without the entries whose values are no strings. */
static const struct item *check_text_map(struct checker *checker, const struct field *field,
                                         const struct item *map, const struct path *path)
{
    const struct field text_field = {.type = FIELD_STRING};
    struct item *copy = ARENA_NEW(checker->arena, struct item);
    struct item_entry *entries;

    if (map->kind != ITEM_MAP || map->count > LABELS_MAX) {
        check_refuse(checker, map, path,
                     map->kind == ITEM_MAP ? "at most 1000 entries" : "a map of strings");
        return NULL;
    }
    (void)field;
    entries = ARENA_NEW_ARRAY(checker->arena, map->count, struct item_entry);
    *copy = *map;
    copy->count = 0;
    copy->entries = entries;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct path child = child_of(path, map->entries[i].key->text);

        if (check_string(checker, &text_field, map->entries[i].value, &child))
            entries[copy->count++] = map->entries[i];
    }
    return copy;
}

static struct path element_path(const struct path *parent, const struct item *element,
                                uint32_t index)
{
    const struct item *name = yaml_tree_get(element, "name");

    return (struct path){.parent = parent,
                         .name = name != NULL && name->kind == ITEM_STRING ? name->text : NULL,
                         .index = index};
}

/* A copy with every element checked; one that does not fit stands as a null, so that indices stay. */
static const struct item *check_list(struct checker *checker, const struct field *field,
                                     const struct item *list, const struct path *path)
{
    const struct field element_field = {
        .type = field->type == FIELD_LIST ? FIELD_MAP : FIELD_STRING, .children = field->children};
    struct item *copy = ARENA_NEW(checker->arena, struct item);
    struct item_entry *entries;

    if (list->kind != ITEM_LIST) {
        refuse_for_field(checker, field, list, path);
        return NULL;
    }
    if (list->count > LIST_MAX) {
        check_refuse(checker, list, path, "at most 10000 elements");
        return NULL;
    }
    entries = ARENA_NEW_ARRAY(checker->arena, list->count, struct item_entry);
    *copy = *list;
    copy->entries = entries;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *element = list->entries[i].value;
        const struct path child = element_path(path, element, i);
        const bool is_refused = is_refused_before(element);
        const struct item *checked =
            is_refused ? NULL : check_value(checker, &element_field, element, &child);

        entries[i].value =
            checked != NULL ? checked
                            : yaml_tree_empty(checker->arena, yaml_tree_place(element), ITEM_NULL);
    }
    return copy;
}

static const struct item *check_container(struct checker *checker, const struct field *field,
                                          const struct item *value, const struct path *path)
{
    switch (field->type) {
    case FIELD_MAP:
        if (value->kind == ITEM_MAP)
            return check_map(checker, value, field->children, path);
        refuse_for_field(checker, field, value, path);
        return NULL;
    case FIELD_TEXT_MAP:
        return check_text_map(checker, field, value, path);
    default:
        return check_list(checker, field, value, path);
    }
}

const struct item *check_value(struct checker *checker, const struct field *field,
                               const struct item *value, const struct path *path)
{
    struct distribution unused;
    bool flag = false;
    bool is_right = true;

    switch (field->type) {
    case FIELD_STRING:
        is_right = check_string(checker, field, value, path);
        break;
    case FIELD_BOOL:
        is_right = value_bool(value, &flag);
        if (!is_right)
            refuse_for_field(checker, field, value, path);
        break;
    case FIELD_INT:
    case FIELD_NUMBER:
    case FIELD_SECONDS:
        is_right = check_number(checker, field, value, path);
        break;
    case FIELD_DURATION:
        is_right = check_duration(checker, field, value, path);
        break;
    case FIELD_ENUM:
        is_right = check_enum(checker, field, value, path);
        break;
    case FIELD_DISTRIBUTION:
        is_right = distribution_parse(checker, value, path, &unused) &&
                   distribution_parse_refuse_affine(checker, value, path, &unused);
        break;
    case FIELD_HOPS:
    case FIELD_OTHER:
        break;
    default:
        return check_container(checker, field, value, path);
    }
    if (is_right && field->only != NULL)
        is_right = check_only(checker, field, value, path);
    return is_right ? value : NULL;
}

/* --- maps --- */

static const struct item *default_of(struct checker *checker, const struct field *field,
                                     const struct item *map, const struct path *path)
{
    const struct place place = yaml_tree_place(map);
    const char *text = field->default_text;

    if (text == NULL)
        return NULL;
    if (strcmp(text, "{}") == 0 || strcmp(text, "[]") == 0)
        return check_value(
            checker, field,
            yaml_tree_empty(checker->arena, place, text[0] == '{' ? ITEM_MAP : ITEM_LIST), path);
    if (text[0] == '{')
        return distribution_parse_default(checker->arena, place, text);
    if (text[0] == '"')
        return yaml_tree_string(checker->arena, place,
                                arena_strndup(checker->arena, text + 1, strlen(text) - 2));
    return yaml_tree_scalar(checker->arena, place, text);
}

/* An empty list or map may be left blank, and Kubernetes takes any blank for absent. */
static bool is_blank(const struct checker *checker, const struct field *field,
                     const struct item *value)
{
    return value->kind == ITEM_NULL && (checker->is_manifest || fields_may_be_blank(field));
}

/* A map while it is checked: what it has of each field of the set, NULL: nothing. */
struct map_check {
    const struct item *map;
    const struct field_set *set;
    const struct path *path;
    const struct item_entry *given[SET_FIELDS_MAX];
};

/* The field's value in the map, checked, or its default; NULL if there is neither. */
static const struct item *check_field(struct checker *checker, const struct map_check *check,
                                      uint32_t index)
{
    const struct field *field = &check->set->items[index];
    const struct path path = child_of(check->path, field->name);
    const struct item *value = check->given[index] != NULL ? check->given[index]->value : NULL;
    const struct item *checked = NULL;
    char expected[160];

    if (value != NULL && is_blank(checker, field, value))
        value = NULL;
    const bool is_refused = value != NULL && is_refused_before(value);

    if (is_refused)
        value = NULL;
    if (value == NULL && field->is_required && !check->map->is_default && !is_refused)
        diagnostics_error(checker->diagnostics, yaml_tree_place(check->map), &path,
                          "missing; expected %s", fields_expected(field, expected));
    if (value != NULL && check->set->are_flags && value->kind == ITEM_STRING)
        value = yaml_tree_scalar(checker->arena, yaml_tree_place(value), value->text);
    if (value != NULL)
        checked = check_value(checker, field, value, &path);
    return checked != NULL ? checked : default_of(checker, field, check->map, &path);
}

const struct item *check_map(struct checker *checker, const struct item *map,
                             const struct field_set *set, const struct path *path)
{
    struct map_check check = {.map = map, .set = set, .path = path};
    struct item *copy = ARENA_NEW(checker->arena, struct item);
    struct item_entry *entries = ARENA_NEW_ARRAY(checker->arena, set->count, struct item_entry);

    EP_REQUIRE(set->count <= SET_FIELDS_MAX);
    *copy = *map;
    copy->count = 0;
    copy->entries = entries;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct field *field = check_key(checker, map->entries[i].key, set, path);

        if (field != NULL && check.given[field - set->items] == NULL)
            check.given[field - set->items] = &map->entries[i];
    }
    for (uint32_t i = 0; i < set->count; i++) {
        const struct field *field = &set->items[i];
        const struct item_entry *entry = check.given[i];
        const bool is_kept = field->status == FIELD_SUPPORTED || field->status == FIELD_NOTED;
        const struct item *value = is_kept ? check_field(checker, &check, i) : NULL;

        if (value == NULL)
            continue;
        entries[copy->count++] = (struct item_entry){
            entry != NULL ? entry->key
                          : yaml_tree_string(checker->arena, yaml_tree_place(map), field->name),
            value};
    }
    return copy;
}
