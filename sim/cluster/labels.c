/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sets have a handful of labels, so a sorted array and a linear walk beat any hash.
 */
#include "cluster/labels.h"

#include <string.h>

#define NAME_MAX_BYTES 63
#define PREFIX_MAX_BYTES 253

const char *labels_get(const struct label_set *labels, const char *key)
{
    for (uint32_t i = 0; i < labels->count; i++) {
        const int order = strcmp(labels->items[i].key, key);

        if (order == 0)
            return labels->items[i].value;
        if (order > 0)
            return NULL;
    }
    return NULL;
}

bool labels_equal(const struct label_set *a, const struct label_set *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i].key, b->items[i].key) != 0 ||
            strcmp(a->items[i].value, b->items[i].value) != 0)
            return false;
    }
    return true;
}

struct label_set labels_with(struct arena *arena, const struct label_set *labels, const char *key,
                             const char *value)
{
    struct label *items = ARENA_NEW_ARRAY(arena, labels->count + 1, struct label);
    uint32_t count = 0;
    uint32_t i = 0;

    while (i < labels->count && strcmp(labels->items[i].key, key) < 0)
        items[count++] = labels->items[i++];
    if (value != NULL)
        items[count++] = (struct label){key, value};
    if (i < labels->count && strcmp(labels->items[i].key, key) == 0)
        i++;
    while (i < labels->count)
        items[count++] = labels->items[i++];
    return (struct label_set){items, count};
}

struct label_set labels_from(struct arena *arena, const struct label *items, uint32_t count)
{
    struct label *sorted = ARENA_NEW_ARRAY(arena, count, struct label);
    uint32_t sorted_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = sorted_count;

        while (place > 0 && strcmp(sorted[place - 1].key, items[i].key) > 0)
            place--;
        if (place > 0 && strcmp(sorted[place - 1].key, items[i].key) == 0) {
            sorted[place - 1] = items[i];
            continue;
        }
        memmove(sorted + place + 1, sorted + place, (sorted_count - place) * sizeof *sorted);
        sorted[place] = items[i];
        sorted_count++;
    }
    return (struct label_set){sorted, sorted_count};
}

struct selector labels_selector(struct arena *arena, const struct label_set *labels)
{
    struct selector_requirement *items =
        ARENA_NEW_ARRAY(arena, labels->count, struct selector_requirement);

    for (uint32_t i = 0; i < labels->count; i++) {
        const char **values = ARENA_NEW_ARRAY(arena, 1, const char *);

        values[0] = labels->items[i].value;
        items[i] = (struct selector_requirement){.key = labels->items[i].key,
                                                 .operator_ = SELECTOR_IN,
                                                 .values = values,
                                                 .value_count = 1};
    }
    return (struct selector){.items = items, .count = labels->count};
}

static bool has_value(const struct selector_requirement *requirement, const char *value)
{
    for (uint32_t i = 0; i < requirement->value_count; i++) {
        if (strcmp(requirement->values[i], value) == 0)
            return true;
    }
    return false;
}

static bool requirement_holds(const struct selector_requirement *requirement,
                              const struct label_set *labels)
{
    const char *value = labels_get(labels, requirement->key);

    switch (requirement->operator_) {
    case SELECTOR_IN:
        return value != NULL && has_value(requirement, value);
    case SELECTOR_NOT_IN:
        return value == NULL || !has_value(requirement, value);
    case SELECTOR_EXISTS:
        return value != NULL;
    case SELECTOR_ABSENT:
        return value == NULL;
    }
    return false;
}

bool labels_match(const struct selector *selector, const struct label_set *labels)
{
    if (selector->is_null)
        return false;
    for (uint32_t i = 0; i < selector->count; i++) {
        if (!requirement_holds(&selector->items[i], labels))
            return false;
    }
    return true;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters and digits at both ends, those and "-_." between. */
static bool is_label_name(const char *text, size_t length, size_t max_bytes)
{
    if (length == 0 || length > max_bytes || !is_alphanumeric(text[0]) ||
        !is_alphanumeric(text[length - 1]))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_alphanumeric(text[i]) && text[i] != '-' && text[i] != '_' && text[i] != '.')
            return false;
    }
    return true;
}

bool labels_is_key(const char *text)
{
    const char *slash = strchr(text, '/');

    if (slash == NULL)
        return is_label_name(text, strlen(text), NAME_MAX_BYTES);
    return is_label_name(text, (size_t)(slash - text), PREFIX_MAX_BYTES) &&
           is_label_name(slash + 1, strlen(slash + 1), NAME_MAX_BYTES);
}

bool labels_is_value(const char *text)
{
    return text[0] == '\0' || is_label_name(text, strlen(text), NAME_MAX_BYTES);
}

/* --- selectors as text: a requirement is  KEY | !KEY | KEY OP VALUE | KEY in (VALUES) | KEY notin (VALUES) --- */

struct selector_reader {
    struct arena *arena;
    const char *at;
    const char *reason;
};

static bool is_word_char(char c)
{
    return c != '\0' && strchr(" \t,=!()<>", c) == NULL;
}

static void skip_blanks(struct selector_reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t')
        reader->at++;
}

static bool accept(struct selector_reader *reader, char c)
{
    skip_blanks(reader);
    if (*reader->at != c)
        return false;
    reader->at++;
    return true;
}

/* The next run of word characters; empty if there is none. */
static const char *read_word(struct selector_reader *reader)
{
    skip_blanks(reader);

    const char *start = reader->at;

    while (is_word_char(*reader->at))
        reader->at++;
    return arena_strndup(reader->arena, start, (size_t)(reader->at - start));
}

static bool fail(struct selector_reader *reader, const char *reason)
{
    if (reader->reason == NULL)
        reader->reason = reason;
    return false;
}

static bool read_value(struct selector_reader *reader, const char **value)
{
    *value = read_word(reader);
    return labels_is_value(*value) ||
           fail(reader, arena_printf(reader->arena, "\"%s\" cannot be a label's value", *value));
}

static bool read_key(struct selector_reader *reader, const char **key)
{
    *key = read_word(reader);
    if ((*key)[0] == '\0')
        return fail(reader, "a label's key is missing");
    return labels_is_key(*key) ||
           fail(reader, arena_printf(reader->arena, "\"%s\" cannot be a label's key", *key));
}

/* The values behind "in" and "notin". */
static bool read_values(struct selector_reader *reader, struct selector_requirement *requirement)
{
    const char **values = NULL;
    uint32_t capacity = 0;

    if (!accept(reader, '('))
        return fail(reader, "\"in\" and \"notin\" need values in parentheses");
    do {
        ARENA_GROW(reader->arena, values, &capacity, requirement->value_count + 1);
        if (!read_value(reader, &values[requirement->value_count++]))
            return false;
    } while (accept(reader, ','));
    requirement->values = values;
    return accept(reader, ')') || fail(reader, "\")\" is missing");
}

static bool read_one_value(struct selector_reader *reader, struct selector_requirement *requirement)
{
    const char **values = ARENA_NEW_ARRAY(reader->arena, 1, const char *);

    requirement->values = values;
    requirement->value_count = 1;
    return read_value(reader, &values[0]);
}

static bool read_requirement(struct selector_reader *reader,
                             struct selector_requirement *requirement)
{
    if (accept(reader, '!')) {
        requirement->operator_ = SELECTOR_ABSENT;
        return read_key(reader, &requirement->key);
    }
    if (!read_key(reader, &requirement->key))
        return false;
    if (accept(reader, '=')) {
        (void)accept(reader, '=');
        requirement->operator_ = SELECTOR_IN;
        return read_one_value(reader, requirement);
    }
    if (accept(reader, '!')) {
        if (*reader->at != '=')
            return fail(reader, "\"!\" within a requirement must be \"!=\"");
        reader->at++;
        requirement->operator_ = SELECTOR_NOT_IN;
        return read_one_value(reader, requirement);
    }

    const char *word = read_word(reader);

    if (word[0] == '\0') {
        requirement->operator_ = SELECTOR_EXISTS;
        return true;
    }
    if (strcmp(word, "in") != 0 && strcmp(word, "notin") != 0)
        return fail(
            reader,
            arena_printf(reader->arena, "\"%s\" is no operator; use =, ==, !=, in or notin", word));
    requirement->operator_ = strcmp(word, "in") == 0 ? SELECTOR_IN : SELECTOR_NOT_IN;
    return read_values(reader, requirement);
}

bool labels_parse_selector(struct arena *arena, const char *text, struct selector *selector,
                           const char **reason)
{
    struct selector_reader reader = {.arena = arena, .at = text};
    struct selector_requirement *items = NULL;
    uint32_t capacity = 0;
    uint32_t count = 0;

    *selector = (struct selector){0};
    skip_blanks(&reader);
    if (*reader.at == '\0')
        return true;
    do {
        ARENA_GROW(arena, items, &capacity, count + 1);
        if (!read_requirement(&reader, &items[count])) {
            *reason = reader.reason;
            return false;
        }
        count++;
    } while (accept(&reader, ','));
    if (*reader.at != '\0') {
        *reason = arena_printf(arena, "cannot be read from \"%s\" on", reader.at);
        return false;
    }
    selector->items = items;
    selector->count = count;
    return true;
}
