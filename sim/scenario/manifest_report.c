/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/manifest_report.h"

#include <string.h>

#include "base/wrap.h"
#include "scenario/load.h"

#define NAMES_SHOWN_MAX 4u

/* From best to worst: elements of a list are merged to the worst. */
enum treatment {
    TREATMENT_MODELLED,
    TREATMENT_APPROXIMATED,
    TREATMENT_IRRELEVANT,
    TREATMENT_UNMODELLED,
    TREATMENT_UNKNOWN,
    TREATMENT_COUNT
};

/* A field of an object; the same field of all elements of a list is one node. */
struct node {
    const char *name;
    const char *note; /* approximated: how; unmodelled: the value; NULL: nothing to say */
    enum treatment treatment;
    bool is_list; /* of maps */
    struct node *first;
    struct node *last;
    struct node *next;
};

/* Objects of a kind that are treated alike. */
struct group {
    const char *kind;
    const char *names; /* the first few, with commas */
    const char *body;
    uint32_t count;
};

struct report {
    struct load *load;
    struct arena arena;             /* of one object's nodes */
    struct out shape;               /* of one object */
    struct name_map group_of_shape; /* a dump has thousands of objects of one shape */
    struct name_map group_of;
    struct group *groups;
    uint32_t group_count;
    uint32_t group_capacity;
};

/* --- an object's fields as nodes --- */

static struct node *child_of(struct report *report, struct node *parent, const char *name)
{
    struct node *child = parent->first;

    while (child != NULL && strcmp(child->name, name) != 0)
        child = child->next;
    if (child != NULL)
        return child;
    child = ARENA_NEW(&report->arena, struct node);
    child->name = name;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    return child;
}

static void mark(struct node *node, enum treatment treatment, const char *note)
{
    if (treatment <= node->treatment)
        return;
    node->treatment = treatment;
    node->note = note;
}

static void add_map(struct report *report, struct node *node, const struct item *map,
                    const struct field_set *set);

/* What is below a modelled field. */
static void add_value(struct report *report, struct node *node, const struct item *value,
                      const struct field *field)
{
    if (field->children == NULL)
        return;
    if (value->kind == ITEM_MAP)
        add_map(report, node, value, field->children);
    for (uint32_t i = 0; value->kind == ITEM_LIST && i < value->count; i++) {
        node->is_list = true;
        if (value->entries[i].value->kind == ITEM_MAP)
            add_map(report, node, value->entries[i].value, field->children);
    }
}

static void add_field(struct report *report, struct node *node, const struct item *value,
                      const struct field *field)
{
    const bool is_choice = field->type == FIELD_ENUM && value->kind == ITEM_STRING;
    const bool is_default =
        is_choice && field->default_text != NULL && strcmp(value->text, field->default_text) == 0;

    if (field->status == FIELD_SILENT) {
        mark(node, TREATMENT_IRRELEVANT, NULL);
    } else if (field->status != FIELD_SUPPORTED) {
        mark(node, TREATMENT_UNMODELLED, NULL);
    } else if (is_choice && fields_has_word(field->later_values, value->text)) {
        mark(node, TREATMENT_UNMODELLED, value->text);
    } else {
        if (field->is_approximate && !is_default)
            mark(node, TREATMENT_APPROXIMATED, field->doc);
        add_value(report, node, value, field);
    }
}

static void add_map(struct report *report, struct node *node, const struct item *map,
                    const struct field_set *set)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const char *name = map->entries[i].key->text;
        const struct field *field = fields_find(set, name);
        struct node *child = child_of(report, node, name);

        if (field != NULL)
            add_field(report, child, map->entries[i].value, field);
        else
            mark(child,
                 fields_has_word(set->ignored, name) ? TREATMENT_UNMODELLED : TREATMENT_UNKNOWN,
                 NULL);
    }
}

/* --- nodes as text --- */

static bool is_whole(const struct node *node)
{
    if (node->treatment != TREATMENT_MODELLED)
        return false;
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        if (!is_whole(child))
            return false;
    }
    return true;
}

static bool is_wanted(const struct node *node, enum treatment wanted)
{
    return wanted == TREATMENT_MODELLED ? is_whole(node) : node->treatment == wanted;
}

/* The number of children that are wanted, or have something wanted below them. */
static uint32_t count_wanted(const struct node *node, enum treatment wanted)
{
    uint32_t count = 0;

    for (const struct node *child = node->first; child != NULL; child = child->next) {
        if (is_wanted(child, wanted) || count_wanted(child, wanted) > 0)
            count++;
    }
    return count;
}

/* Adds the fields of one treatment below `node`: "metadata, spec {replicas, template.metadata}". */
static void add_names(struct out *text, const struct node *node, enum treatment wanted)
{
    const char *separator = "";

    for (const struct node *child = node->first; child != NULL; child = child->next) {
        const bool is_it = is_wanted(child, wanted);
        const uint32_t below = is_it ? 0 : count_wanted(child, wanted);

        if (!is_it && below == 0)
            continue;
        out_printf(text, "%s%s", separator, child->name);
        separator = ", ";
        if (is_it && child->note != NULL)
            out_printf(text, ": %s", child->note);
        if (is_it)
            continue;
        out_printf(text, "%s%s", child->is_list ? "[]" : "", below == 1 ? "." : " {");
        add_names(text, child, wanted);
        out_str(text, below == 1 ? "" : "}");
    }
}

static const char *way_to(struct report *report, const char *way, const struct node *node)
{
    return way[0] == '\0' ? node->name : arena_printf(&report->arena, "%s.%s", way, node->name);
}

/* Approximated fields have a line each: "way: in what". */
static void write_notes(struct report *report, struct out *out, const struct node *node,
                        const char *way)
{
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        const char *name = way_to(report, way, child);

        if (child->treatment == TREATMENT_APPROXIMATED) {
            const char *line =
                arena_printf(&report->arena, "approximated: %s: %s", name, child->note);

            out_str(out, "  ");
            wrap_text(out, line, 2, 4);
        }
        write_notes(report, out, child,
                    child->is_list ? arena_printf(&report->arena, "%s[]", name) : name);
    }
}

static const char *body_text(struct report *report, const struct node *root)
{
    static const char *const heads[TREATMENT_COUNT] = {
        [TREATMENT_MODELLED] = "modelled",
        [TREATMENT_IRRELEVANT] = "ignored (no bearing)",
        [TREATMENT_UNMODELLED] = "ignored (not modelled)",
        [TREATMENT_UNKNOWN] = "ignored (unknown)",
    };
    const char *body;
    struct out out;

    out_open_memory(&out);
    for (enum treatment i = TREATMENT_MODELLED; i < TREATMENT_COUNT; i++) {
        struct out names;

        if (i == TREATMENT_APPROXIMATED) {
            write_notes(report, &out, root, "");
            continue;
        }
        out_open_memory(&names);
        add_names(&names, root, i);
        if (names.used > 0) {
            out_str(&out, "  ");
            wrap_text(&out, arena_printf(&report->arena, "%s: %s", heads[i], out_text(&names)), 2,
                      4);
        }
        out_discard(&names);
    }
    body = arena_strdup(report->load->scratch, out_text(&out));
    out_discard(&out);
    return body;
}

/* --- objects --- */

/* The group of objects of that kind and body. */
static uint32_t find_group(struct report *report, const char *kind, const char *body)
{
    struct arena *scratch = report->load->scratch;
    const char *key = arena_printf(scratch, "%s %s", kind, body);
    uint32_t index = name_map_get(&report->group_of, key);

    if (index == ID_NONE) {
        index = report->group_count++;
        name_map_put(&report->group_of, key, index);
        ARENA_GROW(scratch, report->groups, &report->group_capacity, report->group_count);
        report->groups[index] = (struct group){.kind = kind, .names = "", .body = body};
    }
    return index;
}

static void join_group(struct report *report, const struct object *object, uint32_t index)
{
    struct group *group = &report->groups[index];

    if (group->count++ < NAMES_SHOWN_MAX)
        group->names = arena_printf(report->load->scratch, "%s%s%s%s%s", group->names,
                                    group->count > 1 ? ", " : "", object->ns,
                                    object->ns[0] != '\0' ? "/" : "", object->name);
}

static const char *make_body(struct report *report, const struct object *object)
{
    struct node root = {.name = ""};
    struct node head = {.name = ""};

    add_map(report, &root, object->tree, fields_manifest(object->kind));
    for (struct node *child = root.first; child != NULL;) { /* what every object has says nothing */
        struct node *next = child->next;

        child->next = NULL;
        if (strcmp(child->name, "apiVersion") != 0 && strcmp(child->name, "kind") != 0) {
            if (head.last != NULL)
                head.last->next = child;
            else
                head.first = child;
            head.last = child;
        }
        child = next;
    }
    return body_text(report, &head);
}

/* A text so that it cannot be mistaken for anything else. */
static void write_counted(struct out *shape, const struct item *text)
{
    out_u64(shape, text->count);
    out_char(shape, ':');
    out_bytes(shape, text->text, text->count);
}

/* Writes all of a map that the body depends on: what has which fields, and the values of choices. */
static void write_shape(struct out *shape, const struct item *map, const struct field_set *set)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct item *value = map->entries[i].value;
        const struct field *field = fields_find(set, map->entries[i].key->text);

        write_counted(shape, map->entries[i].key);
        if (field != NULL && field->type == FIELD_ENUM && value->kind == ITEM_STRING) {
            out_char(shape, '=');
            write_counted(shape, value);
        }
        if (field == NULL || field->children == NULL)
            continue;
        out_char(shape, value->kind == ITEM_MAP ? '{' : '[');
        if (value->kind == ITEM_MAP)
            write_shape(shape, value, field->children);
        for (uint32_t j = 0; value->kind == ITEM_LIST && j < value->count; j++) {
            out_char(shape, '-');
            if (value->entries[j].value->kind == ITEM_MAP)
                write_shape(shape, value->entries[j].value, field->children);
        }
        out_char(shape, '}');
    }
}

static uint32_t group_of(struct report *report, const struct object *object)
{
    const char *shape;
    uint32_t index;

    report->shape.used = 0;
    out_str(&report->shape, object->kind);
    out_char(&report->shape, ' ');
    write_shape(&report->shape, object->tree, fields_manifest(object->kind));
    shape = out_text(&report->shape);
    index = name_map_get(&report->group_of_shape, shape);
    if (index == ID_NONE) {
        shape = arena_strdup(report->load->scratch, shape);
        index = find_group(report, object->kind, make_body(report, object));
        name_map_put(&report->group_of_shape, shape, index);
    }
    return index;
}

static void write_groups(struct out *out, const struct report *report)
{
    for (uint32_t i = 0; i < report->group_count; i++) {
        const struct group *group = &report->groups[i];
        const char *more = "";

        if (group->count > NAMES_SHOWN_MAX)
            more =
                arena_printf(report->load->scratch, " and %u more", group->count - NAMES_SHOWN_MAX);
        wrap_text(out,
                  arena_printf(report->load->scratch, "%s %s%s", group->kind, group->names, more),
                  0, 2);
        out_str(out, group->body);
        out_char(out, '\n');
    }
}

/* "not modelled: ConfigMap (2), Ingress (1)" */
static void write_kinds(struct out *out, struct load *load)
{
    uint32_t *counts = ARENA_NEW_ARRAY(load->scratch, load->object_count, uint32_t);
    struct name_map kinds;
    struct out text;

    name_map_init(&kinds, load->scratch);
    for (uint32_t i = 0; i < load->object_count; i++) {
        const char *kind = load->objects[i].kind;

        if (load->objects[i].is_modelled)
            continue;
        if (name_map_get(&kinds, kind) == ID_NONE)
            name_map_put(&kinds, kind, i);
        counts[name_map_get(&kinds, kind)]++;
    }
    out_open_memory(&text);
    for (uint32_t i = 0; i < load->object_count; i++) {
        if (counts[i] > 0)
            out_printf(&text, "%s%s (%u)", text.used > 0 ? ", " : "", load->objects[i].kind,
                       counts[i]);
    }
    if (text.used > 0) {
        out_str(out, "Kinds not modelled, ignored: ");
        wrap_text(out, out_text(&text), strlen("Kinds not modelled, ignored: "), 2);
        out_char(out, '\n');
    }
    out_discard(&text);
}

const char *manifest_report_text(struct load *load)
{
    struct report report = {.load = load};
    const char *text;
    struct out out;

    arena_init(&report.arena);
    name_map_init(&report.group_of, load->scratch);
    name_map_init(&report.group_of_shape, load->scratch);
    out_open_memory(&report.shape);
    for (uint32_t i = 0; i < load->object_count; i++) {
        if (load->objects[i].is_modelled && fields_manifest(load->objects[i].kind) != NULL)
            join_group(&report, &load->objects[i], group_of(&report, &load->objects[i]));
        arena_reset(&report.arena);
    }
    out_open_memory(&out);
    write_groups(&out, &report);
    write_kinds(&out, load);
    text = arena_strdup(load->arena, out_text(&out));
    out_discard(&out);
    out_discard(&report.shape);
    arena_deinit(&report.arena);
    return text;
}
