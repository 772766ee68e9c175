/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/explain_manual.h"

#include <stdio.h>
#include <string.h>

#include "cluster/spec.h"
#include "scenario/explain.h"

#define WAY_BYTES 256u

struct manual {
    struct out *out;
    enum explain_format format;
};

/* A text as the format wants it: roff's own characters are escaped, and dashes that are typed. */
static void put_text(const struct manual *manual, const char *text)
{
    bool is_line_start = true;

    for (; *text != '\0'; text++) {
        if (manual->format == EXPLAIN_MAN && is_line_start && (*text == '.' || *text == '\''))
            out_str(manual->out, "\\&");
        if (manual->format == EXPLAIN_MAN && *text == '\\')
            out_str(manual->out, "\\e");
        else if (manual->format == EXPLAIN_MAN && *text == '-')
            out_str(manual->out, "\\-");
        else if (manual->format == EXPLAIN_MARKDOWN && (*text == '<' || *text == '*'))
            out_printf(manual->out, "\\%c", *text);
        else
            out_char(manual->out, *text);
        is_line_start = *text == '\n';
    }
}

static void put_section(const struct manual *manual, const char *way)
{
    if (manual->format == EXPLAIN_MAN) {
        out_str(manual->out, ".SS ");
        put_text(manual, way);
        out_char(manual->out, '\n');
    } else {
        out_printf(manual->out, "\n## %s\n\n", way);
    }
}

/* Begins the entry of a name with its type and what else is said in a word or two. */
static void put_head(const struct manual *manual, const char *name, const char *type,
                     const char *more)
{
    if (manual->format == EXPLAIN_MAN) {
        out_str(manual->out, ".TP\n.BR ");
        put_text(manual, name);
        out_str(manual->out, " \" \\fI");
        put_text(manual, type);
        out_str(manual->out, "\\fR");
        put_text(manual, more);
        out_str(manual->out, "\"\n");
    } else {
        out_printf(manual->out, "- `%s` *%s*%s\\\n  ", name, type, more);
    }
}

static void put_sentence(const struct manual *manual, const char *head, const char *text)
{
    put_text(manual, head);
    put_text(manual, text);
    out_str(manual->out, manual->format == EXPLAIN_MAN ? "\n.br\n" : "\\\n  ");
}

static void put_words(const struct manual *manual, const char *head, const char *words)
{
    char text[512];
    size_t used = 0;

    for (const char *at = words; *at != '\0' && used + 3 < sizeof text; at++) {
        if (*at == ' ')
            text[used++] = ',';
        text[used++] = *at;
    }
    text[used] = '\0';
    put_sentence(manual, head, text);
}

static void put_end(const struct manual *manual, const char *doc)
{
    put_text(manual, doc);
    out_char(manual->out, '\n');
}

static void put_field(const struct manual *manual, const struct field *field)
{
    const bool is_number = field->type == FIELD_INT || field->type == FIELD_NUMBER;
    char type[64];
    char expected[160];

    put_head(manual, field->name, explain_type(field, type),
             field->is_required ? ", required" : "");
    if (field->default_text != NULL && field->type != FIELD_MAP && field->type != FIELD_LIST &&
        field->type != FIELD_HOPS)
        put_sentence(manual, "default: ", field->default_text);
    if (field->type == FIELD_ENUM && field->values != NULL)
        put_words(manual, "one of: ", field->values);
    else if (field->expected != NULL || (is_number && (field->min > 0 || field->max > 0)))
        put_sentence(manual, "takes: ", fields_expected(field, expected));
    if (field->later_values != NULL)
        put_words(manual, "not supported yet: ", field->later_values);
    if (field->only != NULL)
        put_sentence(manual, "supported so far: only ", field->only);
    put_end(manual, field->doc);
}

static void put_hops(const struct manual *manual)
{
    for (uint32_t i = 0; i < HOP_COUNT; i++) {
        put_head(manual, spec_hops[i].key, "distribution", "");
        put_sentence(manual, "default: ", spec_hops[i].default_text);
        put_sentence(manual, "source of the default: ", spec_hops[i].source);
        put_end(manual, spec_hops[i].doc);
    }
}

static bool is_shown(const struct field *field)
{
    return field->status == FIELD_SUPPORTED || field->status == FIELD_NOTED;
}

/* The section of a map, then those of the maps in it. */
static void put_set(const struct manual *manual, const struct field_set *set, const char *way)
{
    char below[WAY_BYTES];

    put_section(manual, way);
    for (uint32_t i = 0; i < set->count; i++) {
        if (is_shown(&set->items[i]))
            put_field(manual, &set->items[i]);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        const struct field *field = &set->items[i];
        const int length = snprintf(below, sizeof below, "%s.%s%s", way, field->name,
                                    field->type == FIELD_LIST ? "[]" : "");

        EP_REQUIRE(length > 0 && (size_t)length < sizeof below);
        if (!is_shown(field))
            continue;
        if (field->type == FIELD_HOPS) {
            put_section(manual, below);
            put_hops(manual);
        } else if (field->children != NULL && field->children != &fields_distribution) {
            put_set(manual, field->children, below);
        }
    }
}

void explain_manual_write(struct out *out, enum explain_format format)
{
    const struct manual manual = {.out = out, .format = format};

    put_set(&manual, &fields_scenario, "scenario");
    put_set(&manual, &fields_distribution, "distribution");
}
