/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/doc.h"

#include <string.h>

#include "base/error.h"

enum doc_kind {
    DOC_MAP,
    DOC_LIST,
    DOC_TEXT,
    DOC_NUMBER,
    DOC_BOOL,
    DOC_NULL
};

struct doc {
    struct arena *arena;
    const char *key; /* in its map */
    const char *text;
    struct doc *first; /* of its children: a map's by key, a list's in order */
    struct doc *last;
    struct doc *next;
    int64_t number;
    enum doc_kind kind;
    bool is_kept;
};

static struct doc *make(struct arena *arena, enum doc_kind kind)
{
    struct doc *doc = ARENA_NEW(arena, struct doc);

    doc->arena = arena;
    doc->kind = kind;
    return doc;
}

struct doc *doc_new_map(struct arena *arena)
{
    return make(arena, DOC_MAP);
}

struct doc *doc_new_list(struct arena *arena)
{
    return make(arena, DOC_LIST);
}

void doc_add(struct doc *doc, const char *key, struct doc *child)
{
    struct doc **place = key == NULL && doc->last != NULL ? &doc->last->next : &doc->first;

    EP_REQUIRE(doc->kind == (key == NULL ? DOC_LIST : DOC_MAP));
    child->key = key;
    while (key != NULL && *place != NULL && strcmp((*place)->key, key) < 0)
        place = &(*place)->next;
    EP_REQUIRE(key == NULL || *place == NULL || strcmp((*place)->key, key) != 0);
    if (*place == NULL)
        doc->last = child;
    child->next = *place;
    *place = child;
}

static struct doc *add(struct doc *doc, const char *key, enum doc_kind kind)
{
    struct doc *child = make(doc->arena, kind);

    doc_add(doc, key, child);
    return child;
}

struct doc *doc_add_map(struct doc *doc, const char *key)
{
    return add(doc, key, DOC_MAP);
}

struct doc *doc_add_list(struct doc *doc, const char *key)
{
    return add(doc, key, DOC_LIST);
}

void doc_keep(struct doc *doc)
{
    doc->is_kept = true;
}

void doc_add_text(struct doc *doc, const char *key, const char *text)
{
    if (text != NULL)
        add(doc, key, DOC_TEXT)->text = text;
}

void doc_add_i64(struct doc *doc, const char *key, int64_t value)
{
    add(doc, key, DOC_NUMBER)->number = value;
}

void doc_add_bool(struct doc *doc, const char *key, bool value)
{
    add(doc, key, DOC_BOOL)->number = value;
}

void doc_add_null(struct doc *doc, const char *key)
{
    (void)add(doc, key, DOC_NULL);
}

/* Is there anything to write of it? Trees are a few levels deep: the recursion ends soon. */
static bool is_shown(const struct doc *doc) // NOLINT(misc-no-recursion)
{
    if ((doc->kind != DOC_MAP && doc->kind != DOC_LIST) || doc->is_kept)
        return true;
    for (const struct doc *child = doc->first; child != NULL; child = child->next) {
        if (is_shown(child))
            return true;
    }
    return false;
}

static const struct doc *first_shown(const struct doc *child)
{
    while (child != NULL && !is_shown(child))
        child = child->next;
    return child;
}

static void indent(struct out *out, uint32_t blanks)
{
    for (uint32_t i = 0; i < blanks; i++)
        out_char(out, ' ');
}

/* --- JSON --- */

#define ONE_LINE UINT32_MAX /* a depth: no line ends, no blanks */

static void begin_line(struct out *out, uint32_t depth)
{
    if (depth == ONE_LINE)
        return;
    out_char(out, '\n');
    indent(out, 4 * depth);
}

static void write_json(struct out *out, const struct doc *doc,
                       uint32_t depth) // NOLINT(misc-no-recursion)
{
    const struct doc *child = first_shown(doc->first);
    const uint32_t deeper = depth == ONE_LINE ? ONE_LINE : depth + 1;

    switch (doc->kind) {
    case DOC_TEXT:
        out_json_string(out, doc->text);
        return;
    case DOC_NUMBER:
        out_i64(out, doc->number);
        return;
    case DOC_BOOL:
        out_str(out, doc->number != 0 ? "true" : "false");
        return;
    case DOC_NULL:
        out_str(out, "null");
        return;
    case DOC_MAP:
    case DOC_LIST:
        break;
    }
    out_char(out, doc->kind == DOC_MAP ? '{' : '[');
    for (const struct doc *after; child != NULL; child = after) {
        begin_line(out, deeper);
        if (doc->kind == DOC_MAP) {
            out_json_string(out, child->key);
            out_str(out, depth == ONE_LINE ? ":" : ": ");
        }
        write_json(out, child, deeper);
        after = first_shown(child->next);
        if (after != NULL) {
            out_char(out, ',');
            continue;
        }
        begin_line(out, depth);
    }
    out_char(out, doc->kind == DOC_MAP ? '}' : ']');
}

void doc_write_line(struct out *out, const struct doc *doc)
{
    write_json(out, doc, ONE_LINE);
}

void doc_write_json(struct out *out, const struct doc *doc)
{
    write_json(out, doc, 0);
    out_char(out, '\n');
}

/* --- YAML --- */

static void write_yaml_value(struct out *out, const struct doc *doc, uint32_t blanks);

static bool is_time(const char *text)
{
    return strlen(text) == strlen("2026-01-01T00:00:00Z") && text[4] == '-' && text[10] == 'T' &&
           text[19] == 'Z';
}

static bool is_uuid(const char *text)
{
    return strlen(text) == strlen("00000000-0000-4000-8000-000000000000") &&
           strspn(text, "0123456789abcdef-") == strlen(text) && text[8] == '-' && text[23] == '-';
}

/* Times are quoted: YAML 1.1, which kubectl writes for, has a type of its own for them. UUIDs are not, though some begin
 * like numbers. */
static void write_yaml_text(struct out *out, const char *text)
{
    if (is_time(text))
        out_json_string(out, text);
    else if (is_uuid(text))
        out_str(out, text);
    else
        out_yaml_string(out, text);
}

/* The children of a map or a list; the cursor stands where the first one's text begins. */
static void write_yaml_children(struct out *out, const struct doc *doc,
                                uint32_t blanks) // NOLINT(misc-no-recursion)
{
    for (const struct doc *child = first_shown(doc->first); child != NULL;) {
        if (doc->kind == DOC_LIST) {
            out_str(out, "- ");
            if (first_shown(child->first) != NULL)
                write_yaml_children(out, child, blanks + 2);
            else
                write_yaml_value(out, child, blanks + 2);
        } else {
            out_yaml_string(out, child->key);
            out_char(out, ':');
            write_yaml_value(out, child, blanks);
        }
        child = first_shown(child->next);
        if (child != NULL)
            indent(out, blanks);
    }
}

/* What stands behind "key:" or "- ", to the end of its last line. */
static void write_yaml_value(struct out *out, const struct doc *doc,
                             uint32_t blanks) // NOLINT(misc-no-recursion)
{
    const bool is_in_list = doc->key == NULL;

    if (first_shown(doc->first) != NULL) {
        const uint32_t deeper = doc->kind == DOC_LIST ? blanks : blanks + 2;

        out_char(out, '\n');
        indent(out, deeper);
        write_yaml_children(out, doc, deeper);
        return;
    }
    if (!is_in_list)
        out_char(out, ' ');
    switch (doc->kind) {
    case DOC_MAP:
        out_str(out, "{}");
        break;
    case DOC_LIST:
        out_str(out, "[]");
        break;
    case DOC_TEXT:
        write_yaml_text(out, doc->text);
        break;
    case DOC_NULL:
        out_str(out, "null");
        break;
    case DOC_NUMBER:
        out_i64(out, doc->number);
        break;
    case DOC_BOOL:
        out_str(out, doc->number != 0 ? "true" : "false");
        break;
    }
    out_char(out, '\n');
}

void doc_write_yaml(struct out *out, const struct doc *doc)
{
    if (first_shown(doc->first) == NULL)
        out_str(out, "{}\n");
    else
        write_yaml_children(out, doc, 0);
}
