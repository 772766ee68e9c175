/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two walks over the text by one grammar: the first only checks, so that the second, which builds, cannot fail halfway.
 */
#include "scenario/json_parse.h"

#include <string.h>

struct json {
    struct tree_builder *builder; /* NULL: the walk that checks */
    struct arena scratch;         /* of the building walk: texts with their escapes resolved */
    const char *at;
    const char *end;
    uint32_t depth;
    /* The place of a position not before the last one asked for. */
    const char *counted;
    uint32_t line;
    uint32_t column;
};

static bool read_value(struct json *json);

static struct place place_here(struct json *json)
{
    while (json->counted < json->at) {
        if (json->at - json->counted >= 8 && source_is_plain8(json->counted)) {
            json->column += 8;
            json->counted += 8;
            continue;
        }

        const unsigned char c = (unsigned char)*json->counted;

        if (c == '\n' || (c == '\r' && json->counted[1] != '\n')) {
            json->line++;
            json->column = 1;
        } else if ((c & 0xC0) != 0x80 && c != '\r') {
            json->column++;
        }
        json->counted++;
    }
    return (struct place){json->builder->source, json->line, json->column};
}

static void skip_space(struct json *json)
{
    while (*json->at == ' ' || *json->at == '\n' || *json->at == '\r' || *json->at == '\t')
        json->at++; /* stops at the NUL behind the text */
}

static bool take(struct json *json, char c)
{
    if (*json->at != c)
        return false;
    json->at++;
    return true;
}

/* The number that the four hexadecimal digits at `at` stand for, or UINT32_MAX. */
static uint32_t hex4(const char *at)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++) {
        const char c = at[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;

        if (digit < 0)
            return UINT32_MAX;
        code = 16 * code + (uint32_t)digit;
    }
    return code;
}

/* The character of the escape \u at `at` (behind the u), pairs joined; its length in the text. 0: none that is allowed. */
static uint32_t unicode_escape(const char *at, size_t *length)
{
    const uint32_t code = hex4(at);

    *length = 4;
    if (code == UINT32_MAX || (code >= 0xDC00 && code < 0xE000))
        return 0;
    if (code < 0xD800 || code >= 0xDC00)
        return code;

    const uint32_t low = at[4] == '\\' && at[5] == 'u' ? hex4(at + 6) : 0;

    *length = 10;
    return low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : 0;
}

static size_t put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }

    const size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    const uint32_t lead = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0;

    for (size_t i = length - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    to[0] = (char)(lead | code);
    return length;
}

/* What the letter behind a backslash stands for, or 0. */
static char plain_escape(char letter)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;

    return found != NULL ? values[found - letters] : '\0';
}

/* A character that YAML takes for a line's end or a byte order mark. */
static bool is_special(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;

    return (c[0] == 0xC2 && c[1] == 0x85) ||
           (c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9)) ||
           (c[0] == 0xEF && c[1] == 0xBB && c[2] == 0xBF);
}

/* The rest of a string, behind its first quote: up to behind its last one. */
static bool check_string(struct json *json, bool *has_escapes)
{
    const char *at = json->at;

    *has_escapes = false;
    for (; *at != '"'; at++) {
        size_t length = 0;

        if ((unsigned char)*at < 0x20 || is_special(at))
            return false; /* the NUL behind the text too */
        if (*at != '\\')
            continue;
        *has_escapes = true;
        at++;
        if (*at == 'u' ? unicode_escape(at + 1, &length) == 0 : plain_escape(*at) == '\0')
            return false;
        at += length;
    }
    json->at = at + 1;
    return true;
}

/* The text between `from` and `to` with its escapes resolved. */
static char *resolve_escapes(struct arena *arena, const char *from, const char *to, size_t *length)
{
    char *text = arena_alloc(arena, (size_t)(to - from) + 1);
    size_t used = 0;

    while (from < to) {
        size_t escape_length = 0;

        if (*from != '\\') {
            text[used++] = *from++;
        } else if (from[1] == 'u') {
            used += put_utf8(text + used, unicode_escape(from + 2, &escape_length));
            from += 2 + escape_length;
        } else {
            text[used++] = plain_escape(from[1]);
            from += 2;
        }
    }
    *length = used;
    return text;
}

static bool read_string(struct json *json)
{
    struct scalar scalar = {.kind = ITEM_STRING, .anchor = ID_NONE};
    bool has_escapes;

    if (json->builder != NULL)
        scalar.place = place_here(json);
    if (!take(json, '"'))
        return false;

    const char *from = json->at;

    if (!check_string(json, &has_escapes))
        return false;
    if (json->builder == NULL)
        return true;
    scalar.text = from;
    scalar.length = (size_t)(json->at - 1 - from);
    if (has_escapes)
        scalar.text = resolve_escapes(&json->scratch, from, json->at - 1, &scalar.length);
    tree_builder_scalar(json->builder, &scalar);
    return true;
}

static void skip_digits(struct json *json)
{
    while (*json->at >= '0' && *json->at <= '9')
        json->at++;
}

static bool check_number(struct json *json)
{
    const char *from;

    (void)take(json, '-');
    from = json->at;
    skip_digits(json);
    if (json->at == from || (*from == '0' && json->at > from + 1))
        return false;
    if (take(json, '.')) {
        from = json->at;
        skip_digits(json);
        if (json->at == from)
            return false;
    }
    if (*json->at != 'e' && *json->at != 'E')
        return true;
    json->at++;
    if (*json->at == '-' || *json->at == '+')
        json->at++;
    from = json->at;
    skip_digits(json);
    return json->at > from;
}

static bool check_word(struct json *json)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < EP_COUNT_OF(words); i++) {
        const size_t length = strlen(words[i]);

        if (strncmp(json->at, words[i], length) == 0) {
            json->at += length;
            return true;
        }
    }
    return check_number(json);
}

/* A number, true, false or null. */
static bool read_word(struct json *json)
{
    struct scalar scalar = {.is_plain = true, .anchor = ID_NONE, .text = json->at};

    if (json->builder != NULL)
        scalar.place = place_here(json);
    if (!check_word(json))
        return false;
    if (json->builder == NULL)
        return true;
    scalar.length = (size_t)(json->at - scalar.text);
    scalar.kind = yaml_tree_resolve(scalar.text, scalar.length);
    tree_builder_scalar(json->builder, &scalar);
    return true;
}

static bool read_member(struct json *json)
{
    if (!read_string(json))
        return false;
    skip_space(json);
    if (!take(json, ':'))
        return false;
    skip_space(json);
    return read_value(json);
}

static bool read_members(struct json *json, bool is_map)
{
    const char closing = is_map ? '}' : ']';

    skip_space(json);
    if (take(json, closing))
        return true;
    for (;;) {
        if (!(is_map ? read_member(json) : read_value(json)))
            return false;
        skip_space(json);
        if (take(json, closing))
            return true;
        if (!take(json, ','))
            return false;
        skip_space(json);
    }
}

static bool read_container(struct json *json, bool is_map)
{
    if (json->depth == YAML_TREE_DEPTH_MAX)
        return false;
    if (json->builder != NULL)
        tree_builder_open(json->builder, place_here(json), is_map, ID_NONE);
    json->depth++;
    json->at++;
    if (!read_members(json, is_map))
        return false;
    json->depth--;
    if (json->builder != NULL)
        tree_builder_close(json->builder);
    return true;
}

static bool read_value(struct json *json)
{
    switch (*json->at) {
    case '{':
        return read_container(json, true);
    case '[':
        return read_container(json, false);
    case '"':
        return read_string(json);
    default:
        return read_word(json);
    }
}

static bool walk(struct json *json, const char *text, size_t length)
{
    json->at = json->counted = text;
    json->end = text + length;
    json->line = json->column = 1;
    skip_space(json);
    if (*json->at != '{' && *json->at != '[')
        return false;
    if (!read_value(json))
        return false;
    skip_space(json);
    return json->at == json->end;
}

bool json_parse(struct tree_builder *builder, const char *text, size_t length)
{
    struct json json = {0};

    if (!walk(&json, text, length))
        return false;
    json.builder = builder;
    arena_init(&json.scratch);
    EP_REQUIRE(walk(&json, text, length));
    arena_deinit(&json.scratch);
    return true;
}
