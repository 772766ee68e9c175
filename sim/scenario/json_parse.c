/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One walk over the text, eight bytes at a time where it can be. What it has built until it meets something that is not
 * JSON is abandoned. Places are offsets: lines and columns are counted if somebody asks.
 */
#include "scenario/json_parse.h"

#include <string.h>

struct json {
    struct tree_builder *builder;
    struct arena scratch; /* texts with their escapes resolved */
    const char *text;
    const char *at;
    const char *end;
    uint32_t depth;
};

static bool read_value(struct json *json);

static struct place place_of(const struct json *json, const char *at)
{
    return (struct place){json->builder->source, PLACE_BY_OFFSET, (uint32_t)(at - json->text)};
}

/* --- eight bytes at a time --- */

static const uint64_t ones = UINT64_C(0x0101010101010101);

static uint64_t load_word(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return word;
}

/* The high bits of the bytes that are `c`, and perhaps of some behind the first. */
static uint64_t mark_equal(uint64_t word, char c)
{
    const uint64_t difference = word ^ ones * (unsigned char)c;

    return (difference - ones) & ~difference & ones << 7;
}

/* Behind the spaces at `at`. */
static const char *skip_spaces(const char *at, const char *end)
{
    while (end - at >= 8) {
        const uint64_t difference = load_word(at) ^ ones * ' ';

        if (difference != 0) {
            at += source_bytes_before(difference);
            break;
        }
        at += 8;
    }
    while (*at == ' ')
        at++;
    return at;
}

static void skip_space(struct json *json)
{
    const char *at = json->at;

    if (*at == ' ') /* nearly always one, behind a colon */
        at++;
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')
        at = skip_spaces(at + 1, json->end); /* stops at the NUL behind the text */
    json->at = at;
}

/* At the first byte that is a quote, a backslash, or none of the characters from the space to the tilde; or before it. */
static const char *skip_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        const uint64_t word = load_word(at);
        const uint64_t mask =
            source_odd_bytes8(at) | mark_equal(word, '"') | mark_equal(word, '\\');

        if (mask != 0)
            return at + source_bytes_before(mask);
        at += 8;
    }
    return at;
}

static bool take(struct json *json, char c)
{
    if (*json->at != c)
        return false;
    json->at++;
    return true;
}

/* --- strings --- */

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

/* Bytes of the escape at `at`, 0: none that is allowed. */
static size_t escape_bytes(const char *at)
{
    size_t length = 0;

    if (at[1] != 'u')
        return plain_escape(at[1]) != '\0' ? 2 : 0;
    return unicode_escape(at + 2, &length) != 0 ? 2 + length : 0;
}

/* The rest of a string, behind its first quote: up to behind its last one. */
static bool check_string(struct json *json, bool *has_escapes)
{
    const char *at = json->at;

    *has_escapes = false;
    for (;;) {
        size_t length = 1;

        at = skip_plain(at, json->end);
        if (*at == '"')
            break;
        if (*at == '\\') {
            *has_escapes = true;
            length = escape_bytes(at);
        } else if (*at < ' ' || *at > '~') { /* the NUL behind the text too */
            length = (unsigned char)*at < 0x80 || is_special(at)
                         ? 0
                         : source_character_bytes(at, json->end);
        }
        if (length == 0)
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

    scalar.place = place_of(json, json->at);
    if (!take(json, '"'))
        return false;

    const char *from = json->at;

    if (!check_string(json, &has_escapes))
        return false;
    scalar.text = from;
    scalar.length = (size_t)(json->at - 1 - from);
    if (has_escapes)
        scalar.text = resolve_escapes(&json->scratch, from, json->at - 1, &scalar.length);
    tree_builder_scalar(json->builder, &scalar);
    return true;
}

/* Whether the key that is likely is the one that stands here; then it is read. */
static bool read_likely_key(struct json *json)
{
    const struct word *word = tree_builder_likely_key(json->builder);

    if (word == NULL || !word->is_literal || json->at[0] != '"' ||
        (size_t)(json->end - json->at) < (size_t)word->length + 2 ||
        json->at[1 + word->length] != '"' || memcmp(json->at + 1, word->text, word->length) != 0)
        return false;
    tree_builder_add_likely_key(json->builder, place_of(json, json->at));
    json->at += word->length + 2;
    return true;
}

/* --- numbers and words --- */

static void skip_digits(struct json *json)
{
    while (*json->at >= '0' && *json->at <= '9')
        json->at++;
}

static bool check_number(struct json *json, enum item_kind *kind)
{
    const char *from;

    (void)take(json, '-');
    from = json->at;
    skip_digits(json);
    if (json->at == from || (*from == '0' && json->at > from + 1))
        return false;
    *kind = ITEM_INT;
    if (take(json, '.')) {
        from = json->at;
        skip_digits(json);
        if (json->at == from)
            return false;
        *kind = ITEM_FLOAT;
    }
    if (*json->at != 'e' && *json->at != 'E')
        return true;
    json->at++;
    if (*json->at == '-' || *json->at == '+')
        json->at++;
    from = json->at;
    skip_digits(json);
    *kind = ITEM_FLOAT;
    return json->at > from;
}

static bool check_word(struct json *json, enum item_kind *kind)
{
    static const struct {
        const char *text;
        size_t length;
        enum item_kind kind;
    } words[] = {{"true", 4, ITEM_BOOL}, {"false", 5, ITEM_BOOL}, {"null", 4, ITEM_NULL}};

    for (size_t i = 0; i < EP_COUNT_OF(words); i++) {
        if (words[i].text[0] == *json->at &&
            strncmp(json->at, words[i].text, words[i].length) == 0) {
            *kind = words[i].kind;
            json->at += words[i].length;
            return true;
        }
    }
    return check_number(json, kind);
}

/* A number, true, false or null. */
static bool read_word(struct json *json)
{
    struct scalar scalar = {.is_plain = true, .anchor = ID_NONE, .text = json->at};

    scalar.place = place_of(json, json->at);
    if (!check_word(json, &scalar.kind))
        return false;
    scalar.length = (size_t)(json->at - scalar.text);
    tree_builder_scalar(json->builder, &scalar);
    return true;
}

/* --- lists and maps --- */

static bool read_member(struct json *json)
{
    if (!read_likely_key(json) && !read_string(json))
        return false;
    if (!take(json, ':')) { /* nearly always at once */
        skip_space(json);
        if (!take(json, ':'))
            return false;
    }
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
        if (*json->at != ',') /* nearly always at once */
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
    tree_builder_open(json->builder, place_of(json, json->at), is_map, ID_NONE);
    json->depth++;
    json->at++;
    if (!read_members(json, is_map))
        return false;
    json->depth--;
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

static bool read_text(struct json *json)
{
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
    struct json json = {.builder = builder, .text = text, .at = text, .end = text + length};
    const struct diagnostics diagnostics_before = *builder->diagnostics;
    const uint32_t documents_before = builder->documents->count;
    bool is_json;

    arena_init(&json.scratch);
    is_json = read_text(&json);
    arena_deinit(&json.scratch);
    if (!is_json) {
        tree_builder_abandon(builder);
        *builder->diagnostics = diagnostics_before;
        builder->documents->count = documents_before;
    }
    return is_json;
}
