/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Items: making, finding and copying them. The parser is yaml_parse.c.
 */
#include "scenario/yaml_tree.h"

#include <string.h>

#include "base/hash.h"

struct place yaml_tree_place(const struct item *item)
{
    return (struct place){item->source, item->line, item->column};
}

const struct item_entry *yaml_tree_entry(const struct item *map, const char *key)
{
    if (map == NULL || map->kind != ITEM_MAP)
        return NULL;
    for (uint32_t i = 0; i < map->count; i++) {
        const char *text = map->entries[i].key->text;

        if (text[0] == key[0] && strcmp(text, key) == 0)
            return &map->entries[i];
    }
    return NULL;
}

const struct item *yaml_tree_get(const struct item *map, const char *key)
{
    const struct item_entry *entry = yaml_tree_entry(map, key);

    return entry != NULL ? entry->value : NULL;
}

/* A copy of a list or map with room for one more entry. */
static struct item *copy_with_room(struct arena *arena, const struct item *item,
                                   struct item_entry **entries)
{
    struct item *copy = ARENA_NEW(arena, struct item);

    *entries = ARENA_NEW_ARRAY(arena, (size_t)item->count + 1, struct item_entry);
    *copy = *item;
    if (item->count > 0)
        memcpy(*entries, item->entries, item->count * sizeof **entries);
    copy->entries = *entries;
    return copy;
}

const struct item *yaml_tree_with(struct arena *arena, const struct item *map,
                                  const struct item *key, const struct item *value)
{
    struct item_entry *entries;
    struct item *copy = copy_with_room(arena, map, &entries);
    uint32_t at = 0;

    while (at < map->count && strcmp(entries[at].key->text, key->text) != 0)
        at++;
    entries[at] = (struct item_entry){at < map->count ? entries[at].key : key, value};
    copy->count = at < map->count ? map->count : map->count + 1;
    return copy;
}

const struct item *yaml_tree_with_element(struct arena *arena, const struct item *list,
                                          uint32_t index, const struct item *value)
{
    struct item_entry *entries;
    struct item *copy = copy_with_room(arena, list, &entries);

    EP_REQUIRE(index <= list->count);
    entries[index].value = value;
    copy->count = index < list->count ? list->count : list->count + 1;
    return copy;
}

static struct item *new_item(struct arena *arena, struct place place, enum item_kind kind)
{
    struct item *item = ARENA_NEW(arena, struct item);

    *item = (struct item){.kind = (uint8_t)kind,
                          .is_default = true,
                          .source = (uint16_t)place.source,
                          .line = place.line,
                          .column = place.column};
    return item;
}

const struct item *yaml_tree_string(struct arena *arena, struct place place, const char *text)
{
    struct item *item = new_item(arena, place, ITEM_STRING);

    item->count = (uint32_t)strlen(text);
    item->text = text;
    return item;
}

const struct item *yaml_tree_scalar(struct arena *arena, struct place place, const char *text)
{
    struct item *item = new_item(arena, place, yaml_tree_resolve(text, strlen(text)));

    item->count = (uint32_t)strlen(text);
    item->text = text;
    return item;
}

const struct item *yaml_tree_empty(struct arena *arena, struct place place, enum item_kind kind)
{
    return new_item(arena, place, kind);
}

const char *yaml_tree_kind_name(const struct item *item)
{
    static const char *const names[] = {
        [ITEM_NULL] = "nothing",   [ITEM_BOOL] = "a boolean",  [ITEM_INT] = "a number",
        [ITEM_FLOAT] = "a number", [ITEM_STRING] = "a string", [ITEM_LIST] = "a list",
        [ITEM_MAP] = "a map",
    };

    return names[item->kind];
}

/* --- YAML 1.2 core schema --- */

#define WORD_BYTES_MAX 5 /* of "false", "-.inf" and the other words below */

static bool is_one_of(const char *text, size_t length, const char *const *words, size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0)
            return true;
    }
    return false;
}

static size_t span(const char *text, size_t from, size_t length, const char *set)
{
    size_t at = from;

    while (at < length && text[at] != '\0' && strchr(set, text[at]) != NULL)
        at++;
    return at - from;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?   ITEM_STRING if it is not one. */
static enum item_kind resolve_number(const char *text, size_t length)
{
    static const char digits[] = "0123456789";
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    const size_t whole = span(text, at, length, digits);
    size_t fraction = 0;
    bool is_float = false;

    at += whole;
    if (at < length && text[at] == '.') {
        is_float = true;
        fraction = span(text, at + 1, length, digits);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return ITEM_STRING;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        is_float = true;
        at++;
        if (at < length && (text[at] == '-' || text[at] == '+'))
            at++;

        const size_t exponent = span(text, at, length, digits);

        if (exponent == 0)
            return ITEM_STRING;
        at += exponent;
    }
    if (at != length)
        return ITEM_STRING;
    return is_float ? ITEM_FLOAT : ITEM_INT;
}

enum item_kind yaml_tree_resolve(const char *text, size_t length)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
    static const char *const floats[] = {".inf",  ".Inf",  ".INF",  "-.inf", "-.Inf", "-.INF",
                                         "+.inf", "+.Inf", "+.INF", ".nan",  ".NaN",  ".NAN"};

    if (length > 0 && strchr("~nNtTfF.+-0123456789", text[0]) == NULL)
        return ITEM_STRING; /* most are: no need to compare */
    if (length <= WORD_BYTES_MAX && is_one_of(text, length, nulls, EP_COUNT_OF(nulls)))
        return ITEM_NULL;
    if (length <= WORD_BYTES_MAX && is_one_of(text, length, bools, EP_COUNT_OF(bools)))
        return ITEM_BOOL;
    if (length <= WORD_BYTES_MAX && is_one_of(text, length, floats, EP_COUNT_OF(floats)))
        return ITEM_FLOAT;
    if (length > 2 && text[0] == '0' && text[1] == 'o' &&
        span(text, 2, length, "01234567") == length - 2)
        return ITEM_INT;
    if (length > 2 && text[0] == '0' && text[1] == 'x' &&
        span(text, 2, length, "0123456789abcdefABCDEF") == length - 2)
        return ITEM_INT;
    return resolve_number(text, length);
}

uint64_t yaml_tree_hash(const struct item *item)
{
    uint64_t sum = item->kind;

    switch ((enum item_kind)item->kind) {
    case ITEM_MAP:
        for (uint32_t i = 0; i < item->count; i++)
            sum += hash_combine(hash_string(item->entries[i].key->text),
                                yaml_tree_hash(item->entries[i].value));
        break;
    case ITEM_LIST:
        for (uint32_t i = 0; i < item->count; i++)
            sum = hash_combine(sum, yaml_tree_hash(item->entries[i].value));
        break;
    case ITEM_NULL:
        return hash_mix(sum + 1);
    default:
        return hash_combine(sum, hash_string(item->text));
    }
    return hash_mix(sum);
}
