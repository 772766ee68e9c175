/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define CANDIDATES_MAX 128u
#define WORD_BYTES 64u

const struct field *fields_find(const struct field_set *set, const char *name)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->items[i].name[0] == name[0] && strcmp(set->items[i].name, name) == 0)
            return &set->items[i];
    }
    return NULL;
}

/* The next word at *at into `word`; false if there is none. */
static bool next_word(const char **at, char word[WORD_BYTES])
{
    *at += strspn(*at, " ");

    const size_t length = strcspn(*at, " ");

    if (length == 0)
        return false;
    snprintf(word, WORD_BYTES, "%.*s", (int)length, *at);
    *at += length;
    return true;
}

bool fields_may_be_blank(const struct field *field)
{
    return field->type == FIELD_MAP || field->type == FIELD_LIST || field->type == FIELD_TEXT_MAP ||
           field->type == FIELD_TEXT_LIST;
}

bool fields_has_word(const char *words, const char *word)
{
    const size_t length = strlen(word);

    if (words == NULL || length == 0 || strchr(word, ' ') != NULL)
        return false;
    for (const char *at = strstr(words, word); at != NULL; at = strstr(at + 1, word)) {
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* Keeps `word` in `buffer` if it is nearer to `name` than what is there. */
static void keep_nearer(const char *name, const char *word, char buffer[64])
{
    const char *const both[] = {buffer, word};
    const char *nearest = text_nearest(name, both, 2);

    if (nearest == word)
        snprintf(buffer, WORD_BYTES, "%s", word);
}

const char *fields_suggest_word(const char *words, const char *name, char buffer[64])
{
    char word[WORD_BYTES];

    buffer[0] = '\0';
    while (words != NULL && next_word(&words, word))
        keep_nearer(name, word, buffer);
    return buffer[0] != '\0' ? buffer : NULL;
}

const char *fields_suggest(const struct field_set *set, const char *name, char buffer[64])
{
    const char *ignored = set->ignored;
    char word[WORD_BYTES];

    buffer[0] = '\0';
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->items[i].status == FIELD_SUPPORTED)
            keep_nearer(name, set->items[i].name, buffer);
    }
    while (ignored != NULL && next_word(&ignored, word))
        keep_nearer(name, word, buffer);
    return buffer[0] != '\0' ? buffer : NULL;
}

static void expect_range(const char *what, const struct field *field, char buffer[160])
{
    if (field->max > 0)
        snprintf(buffer, 160, "%s from %.10g to %.10g", what, field->min, field->max);
    else if (field->type == FIELD_NUMBER && field->min > 0)
        snprintf(buffer, 160, "%s above 0", what);
    else
        snprintf(buffer, 160, "%s of at least %.10g", what, field->min);
}

/* "a, b or c" of the words. */
static void expect_words(const char *words, char buffer[160])
{
    char word[WORD_BYTES];
    size_t used = 0;

    buffer[0] = '\0';
    while (next_word(&words, word)) {
        const char *separator = used == 0 ? "" : words[strspn(words, " ")] == '\0' ? " or " : ", ";
        const int length = snprintf(buffer + used, 160 - used, "%s%s", separator, word);

        if (length < 0 || (size_t)length >= 160 - used)
            return;
        used += (size_t)length;
    }
}

const char *fields_expected(const struct field *field, char buffer[160])
{
    static const char *const texts[] = {
        [FIELD_STRING] = "a string",
        [FIELD_BOOL] = "true or false",
        [FIELD_DURATION] = "a duration such as 250ms, 90s or 1h30m",
        [FIELD_SECONDS] = "a whole number of seconds, at least 0",
        [FIELD_TEXT_MAP] = "a map of strings",
        [FIELD_TEXT_LIST] = "a list of strings",
        [FIELD_MAP] = "a map",
        [FIELD_LIST] = "a list of maps",
        [FIELD_DISTRIBUTION] =
            "a duration such as 20ms, or a distribution such as {exponential: {mean: 20ms}}",
        [FIELD_HOPS] = "a map of hops to distributions, such as {api.write: 4ms}",
        [FIELD_OTHER] = "another value",
    };

    if (field->expected != NULL)
        snprintf(buffer, 160, "%s", field->expected);
    else if (field->type == FIELD_INT)
        expect_range("an integer", field, buffer);
    else if (field->type == FIELD_NUMBER)
        expect_range("a number", field, buffer);
    else if (field->type == FIELD_ENUM)
        expect_words(field->values, buffer);
    else
        snprintf(buffer, 160, "%s", texts[field->type]);
    return buffer;
}
