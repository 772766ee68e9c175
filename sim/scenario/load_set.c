/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --set PATH=VALUE. The path starts at the Scenario, or at a manifest: KIND/NAME:PATH. The tree is copied along the
 * path, because items are shared where the text has aliases.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scenario/load.h"

#define STEPS_MAX 64u

/* One step of a path. */
struct set_step {
    const char *key;  /* .key */
    const char *name; /* [name=shoppers] */
    uint32_t index;   /* [0] */
};

struct set_reader {
    struct load *load;
    struct place place;
    const char *object; /* "deployment/kubia", NULL: the Scenario */
    struct set_step steps[STEPS_MAX];
    uint32_t step_count;
    const struct item *value;
    bool has_failed;
};

static const struct item *fail(struct set_reader *reader, const char *message)
{
    if (!reader->has_failed)
        diagnostics_error(&reader->load->diagnostics, reader->place, NULL, "%s", message);
    reader->has_failed = true;
    return NULL;
}

/* --- the path --- */

/* "[0]" or "[name=shoppers]" at `at`; returns what follows, or NULL. */
static const char *read_index(struct set_reader *reader, const char *at, struct set_step *step)
{
    struct arena *arena = reader->load->scratch;
    const char *close = strchr(at, ']');
    char *end = NULL;

    if (close == NULL) {
        (void)fail(reader, "the path has a [ without ]; expected [0] or [name=NAME]");
        return NULL;
    }
    if (strncmp(at, "[name=", 6) == 0) {
        step->name = arena_strndup(arena, at + 6, (size_t)(close - at - 6));
        return close + 1;
    }

    const unsigned long index = strtoul(at + 1, &end, 10);

    if (at[1] < '0' || at[1] > '9' || end != close || index > 1000000) {
        (void)fail(reader, arena_printf(arena, "%.*s in the path; expected [0] or [name=NAME]",
                                        (int)(close - at + 1), at));
        return NULL;
    }
    step->index = (uint32_t)index;
    return close + 1;
}

/* "spec", "app\.kubernetes\.io/name": up to the next dot or bracket. */
static const char *read_key(struct set_reader *reader, const char *at, struct set_step *step)
{
    char *key = arena_alloc(reader->load->scratch, strlen(at) + 1);
    size_t length = 0;

    for (; *at != '\0' && *at != '.' && *at != '['; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        key[length++] = *at;
    }
    step->key = key;
    if (length > 0)
        return at;
    (void)fail(reader, "the path has an empty part; expected one such as spec.until");
    return NULL;
}

static void read_steps(struct set_reader *reader, const char *at)
{
    bool is_start = true;

    while (at != NULL && (*at != '\0' || is_start)) {
        struct set_step *step = &reader->steps[reader->step_count];

        if (reader->step_count == STEPS_MAX) {
            (void)fail(reader, "the path has more than 64 parts");
            return;
        }
        *step = (struct set_step){0};
        if (*at == '[')
            at = read_index(reader, at, step);
        else
            at = read_key(reader, *at == '.' && !is_start ? at + 1 : at, step);
        reader->step_count++;
        is_start = false;
    }
}

/* The first '=' outside of brackets and not behind a backslash. */
static const char *find_equals(const char *text)
{
    bool is_in_brackets = false;

    for (; *text != '\0'; text++) {
        if (*text == '\\' && text[1] != '\0')
            text++;
        else if (*text == '[')
            is_in_brackets = true;
        else if (*text == ']')
            is_in_brackets = false;
        else if (*text == '=' && !is_in_brackets)
            return text;
    }
    return NULL;
}

/* Takes "KIND/NAME:" off the path. */
static const char *read_object(struct set_reader *reader, const char *path)
{
    const char *colon = strchr(path, ':');
    const char *slash = strchr(path, '/');

    if (colon == NULL || slash == NULL || slash > colon ||
        strcspn(path, ".[\\") < (size_t)(slash - path))
        return path;
    reader->object = arena_strndup(reader->load->scratch, path, (size_t)(colon - path));
    return colon + 1;
}

/* --- the value --- */

static const struct item *read_value(struct set_reader *reader, const char *text)
{
    struct load *load = reader->load;
    struct yaml_documents documents = {0};

    if (text[0] == '\0')
        return yaml_tree_scalar(load->scratch, reader->place, "");
    load->sources.items[reader->place.source].text = text;
    load->sources.items[reader->place.source].length = strlen(text);
    if (!yaml_tree_parse(load->scratch, &load->diagnostics, reader->place.source, &documents)) {
        reader->has_failed = true;
        return NULL;
    }
    if (documents.count > 1)
        return fail(reader, "the value is more than one document");
    return documents.count == 1 ? documents.items[0]
                                : yaml_tree_scalar(load->scratch, reader->place, "null");
}

/* --- the tree --- */

static const struct item *put(struct set_reader *reader, const struct item *item, uint32_t depth);

static uint32_t find_named(const struct item *list, const char *name)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *value = yaml_tree_get(list->entries[i].value, "name");

        if (value != NULL && value->kind == ITEM_STRING && strcmp(value->text, name) == 0)
            return i;
    }
    return ID_NONE;
}

static const struct item *refuse_named(struct set_reader *reader, const struct item *list,
                                       const char *name)
{
    struct arena *arena = reader->load->scratch;
    const char **names = ARENA_NEW_ARRAY(arena, list->count, const char *);
    const char *nearest;
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *value = yaml_tree_get(list->entries[i].value, "name");

        if (value != NULL && value->kind == ITEM_STRING)
            names[count++] = value->text;
    }
    nearest = text_nearest(name, names, count);
    return fail(reader, arena_printf(arena, "no element of name \"%s\"%s%s%s", name,
                                     nearest != NULL ? "; did you mean " : "",
                                     nearest != NULL ? nearest : "", nearest != NULL ? "?" : ""));
}

static const struct item *put_element(struct set_reader *reader, const struct item *list,
                                      uint32_t depth)
{
    struct arena *arena = reader->load->scratch;
    const struct set_step *step = &reader->steps[depth];
    uint32_t index = step->index;
    const struct item *value;

    if (list == NULL || list->kind != ITEM_LIST)
        return fail(reader, arena_printf(arena, "an index where there is %s; expected a list",
                                         list == NULL ? "nothing" : yaml_tree_kind_name(list)));
    if (step->name != NULL) {
        index = find_named(list, step->name);
        if (index == ID_NONE)
            return refuse_named(reader, list, step->name);
    }
    if (index > list->count || (index == list->count && depth + 1 < reader->step_count))
        return fail(reader, arena_printf(arena, "[%u] is past the end; the list has %u elements",
                                         index, list->count));
    value = put(reader, index < list->count ? list->entries[index].value : NULL, depth + 1);
    return value == NULL ? NULL : yaml_tree_with_element(arena, list, index, value);
}

/* What stands at a step, changed from there on; NULL if that cannot be (reported). */
static const struct item *put(struct set_reader *reader, const struct item *item, uint32_t depth)
{
    struct arena *arena = reader->load->scratch;
    const struct set_step *step = &reader->steps[depth];
    const struct item *value;

    if (depth == reader->step_count)
        return reader->value;
    if (step->key == NULL)
        return put_element(reader, item, depth);
    if (item == NULL || item->kind == ITEM_NULL)
        item = yaml_tree_empty(arena, reader->place, ITEM_MAP);
    if (item->kind != ITEM_MAP)
        return fail(reader, arena_printf(arena, "\"%.60s\" below %s; expected a map there",
                                         step->key, yaml_tree_kind_name(item)));
    value = put(reader, yaml_tree_get(item, step->key), depth + 1);
    return value == NULL ? NULL
                         : yaml_tree_with(arena, item,
                                          yaml_tree_string(arena, reader->place, step->key), value);
}

/* --- manifests --- */

/* KIND/NAME, in namespace default if there are several. */
static struct object *find_object(struct set_reader *reader)
{
    struct load *load = reader->load;
    const char *slash = strchr(reader->object, '/');
    const char *word =
        arena_strndup(load->scratch, reader->object, (size_t)(slash - reader->object));
    const char *kind = load_kind_of(word);
    struct object *found = NULL;

    for (uint32_t i = 0; i < load->object_count; i++) {
        struct object *object = &load->objects[i];
        const bool is_kind = kind != NULL
                                 ? strcmp(object->kind, kind) == 0
                                 : strncmp(object->root.key, reader->object, strlen(word) + 1) == 0;

        if (is_kind && strcmp(object->name, slash + 1) == 0 &&
            (found == NULL || strcmp(object->ns, "default") == 0))
            found = object;
    }
    if (found == NULL)
        (void)fail(reader,
                   arena_printf(
                       load->scratch, "no manifest %s%s", reader->object,
                       kind == NULL ? "" : load_suggest_object(load, kind, "default", slash + 1)));
    return found;
}

static void apply(struct set_reader *reader)
{
    struct load *load = reader->load;
    struct object *object = NULL;
    const struct item *changed;

    if (reader->object != NULL) {
        object = find_object(reader);
        if (object == NULL)
            return;
    }
    changed = put(reader, object != NULL ? object->tree : load->scenario, 0);
    if (changed == NULL)
        return;
    if (object != NULL)
        object->tree = changed;
    else
        load->scenario = changed;
}

static void apply_set(struct load *load, const char *text, bool for_manifests)
{
    const char *equals = find_equals(text);
    const uint32_t source =
        source_add_text(&load->sources, arena_printf(load->scratch, "--set \"%s\"", text), "", 0);
    struct set_reader *reader = ARENA_NEW(load->scratch, struct set_reader);
    const char *path;

    load->sources.items[source].has_lines = false;
    *reader = (struct set_reader){.load = load, .place = {.source = source}};
    if (equals == NULL) {
        if (!for_manifests)
            (void)fail(reader, "expected PATH=VALUE such as spec.until=1m");
        return;
    }
    path = read_object(reader, arena_strndup(load->scratch, text, (size_t)(equals - text)));
    if ((reader->object != NULL) != for_manifests)
        return;
    read_steps(reader, path);
    if (!reader->has_failed)
        reader->value = read_value(reader, equals + 1);
    if (!reader->has_failed)
        apply(reader);
}

void load_apply_sets(struct load *load, bool for_manifests)
{
    for (uint32_t i = 0; i < load->options->set_count; i++)
        apply_set(load, load->options->sets[i], for_manifests);
}
