/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/explain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/wrap.h"
#include "scenario/load.h"

#define PATH_BYTES 512u
#define DEPTH_MAX 24

/* What a path leads to. */
struct subject {
    const char *kind;
    char version[16]; /* "": none */
    bool is_manifest;
    bool is_list;                /* an element's map */
    const struct field *field;   /* NULL: the kind itself */
    const struct field_set *set; /* what is below it; NULL: nothing */
    const char *ignored;         /* a name that exists upstream; field and set are NULL */
    const struct hop_info *hop;  /* of latency */
    char way[PATH_BYTES];        /* "scenario.spec.clients" */
};

/* --- fields --- */

/* What is below a field; NULL: nothing that the table knows. */
static const struct field_set *children_of(const struct field *field)
{
    return field->type == FIELD_DISTRIBUTION ? &fields_distribution : field->children;
}

/* "integer array" to "integer|[]Object". */
static const char *forms_text(const struct field *field, char buffer[64])
{
    const char *at = field->forms;
    size_t used = 0;

    if (at == NULL)
        return "any";
    while (*at != '\0' && used + 16 < 64) {
        const size_t length = strcspn(at, " ");
        const bool is_array = strncmp(at, "array", length) == 0;
        const char *element = field->children != NULL ? "[]Object" : "list";

        used += (size_t)snprintf(buffer + used, 64 - used, "%s%.*s", used > 0 ? "|" : "",
                                 is_array ? 8 : (int)length, is_array ? element : at);
        at += length;
        at += strspn(at, " ");
    }
    return buffer;
}

const char *explain_type(const struct field *field, char buffer[64])
{
    static const char *const texts[] = {
        [FIELD_STRING] = "string",
        [FIELD_BOOL] = "boolean",
        [FIELD_INT] = "integer",
        [FIELD_NUMBER] = "number",
        [FIELD_DURATION] = "duration",
        [FIELD_SECONDS] = "integer",
        [FIELD_ENUM] = "string",
        [FIELD_TEXT_MAP] = "map[string]string",
        [FIELD_TEXT_LIST] = "[]string",
        [FIELD_MAP] = "Object",
        [FIELD_LIST] = "[]Object",
        [FIELD_DISTRIBUTION] = "distribution",
        [FIELD_HOPS] = "map[hop]distribution",
    };

    return field->type == FIELD_OTHER ? forms_text(field, buffer) : texts[field->type];
}

/* How a manifest's field is treated; "" for the Scenario's. */
static const char *treatment(const struct subject *subject, const struct field *field)
{
    if (!subject->is_manifest)
        return "";
    if (field->status == FIELD_SILENT || field->status == FIELD_NOTED ||
        field->status == FIELD_LATER)
        return " (ignored)";
    return field->is_approximate ? " (approximated)" : " (modelled)";
}

static void print_line(struct out *out, const char *head, const char *text)
{
    out_str(out, "    ");
    out_str(out, head);
    wrap_text(out, text, 4 + strlen(head), 4);
}

/* Words with commas between them. */
static void print_words(struct out *out, const char *head, const char *words)
{
    struct out text;

    if (words == NULL)
        return;
    out_open_memory(&text);
    for (const char *at = words; *at != '\0'; at++) {
        if (*at == ' ')
            out_char(&text, ',');
        out_char(&text, *at);
    }
    print_line(out, head, out_text(&text));
    out_discard(&text);
}

static bool has_range(const struct field *field)
{
    const bool is_number = field->type == FIELD_INT || field->type == FIELD_NUMBER;

    return is_number && (field->min > 0 || field->max > 0);
}

/* Default, choice, range: a line each. */
static void print_facts(struct out *out, const struct field *field)
{
    char buffer[160];

    if (field->default_text != NULL && field->type != FIELD_MAP && field->type != FIELD_LIST &&
        field->type != FIELD_HOPS)
        print_line(out, "default: ", field->default_text);
    if (field->type == FIELD_ENUM)
        print_words(out, "enum: ", field->values);
    else if (field->expected != NULL || has_range(field))
        print_line(out, "takes: ", fields_expected(field, buffer));
    print_words(out, "not supported yet: ", field->later_values);
    if (field->only != NULL)
        print_line(out, "supported so far: only ", field->only);
}

static void print_field(struct out *out, const struct subject *subject, const struct field *field)
{
    char buffer[64];

    out_printf(out, "  %s\t<%s>%s%s\n", field->name, explain_type(field, buffer),
               field->is_required ? " -required-" : "", treatment(subject, field));
    print_facts(out, field);
    print_line(out, "", field->doc);
    out_char(out, '\n');
}

static bool is_shown(const struct field *field)
{
    return field->status == FIELD_SUPPORTED || field->status == FIELD_NOTED;
}

/* The names of fields of one status, and further words, wrapped under a heading. */
static void print_names(struct out *out, const char *heading, const struct field_set *set,
                        enum field_status status, const char *words)
{
    struct out text;

    out_open_memory(&text);
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->items[i].status == status)
            out_printf(&text, "%s%s", text.used > 0 ? ", " : "", set->items[i].name);
    }
    for (const char *at = words; at != NULL && *at != '\0'; at++) {
        if (at == words && text.used > 0)
            out_str(&text, ", ");
        out_str(&text, *at == ' ' ? ", " : (char[]){*at, '\0'});
    }
    if (text.used > 0) {
        out_printf(out, "%s\n", heading);
        print_line(out, "", out_text(&text));
        out_char(out, '\n');
    }
    out_discard(&text);
}

static void print_hops(struct out *out)
{
    for (uint32_t i = 0; i < HOP_COUNT; i++) {
        out_printf(out, "  %s\t<distribution>\n", spec_hops[i].key);
        print_line(out, "default: ", spec_hops[i].default_text);
        print_line(out, "", spec_hops[i].doc);
        print_line(out, "source of the default: ", spec_hops[i].source);
        out_char(out, '\n');
    }
}

static void print_set(struct out *out, const struct subject *subject)
{
    const struct field_set *set = subject->set;

    out_str(out, "\nFIELDS:\n");
    for (uint32_t i = 0; i < set->count; i++) {
        if (is_shown(&set->items[i]))
            print_field(out, subject, &set->items[i]);
    }
    print_names(out, "NOT SUPPORTED YET:", set, FIELD_LATER, NULL);
    if (subject->is_manifest)
        print_names(out, "IGNORED:", set, FIELD_SILENT, set->ignored);
    else
        print_names(out, "ACCEPTED, NOT MODELLED:", set, FIELD_SILENT, set->ignored);
}

/* --- recursive --- */

/* Distributions are not entered from elsewhere: each would show the same page. */
static void print_tree(struct out *out, const struct field_set *set, int depth)
{
    char buffer[64];

    for (uint32_t i = 0; i < set->count; i++) {
        const struct field *field = &set->items[i];

        if (!is_shown(field))
            continue;
        for (int j = 0; j < depth; j++)
            out_str(out, "  ");
        out_printf(out, "%s\t<%s>%s\n", field->name, explain_type(field, buffer),
                   field->is_required ? " -required-" : "");
        for (uint32_t j = 0; field->type == FIELD_HOPS && j < HOP_COUNT; j++)
            out_printf(out, "%*s%s\t<distribution>\n", 2 * depth + 2, "", spec_hops[j].key);
        if (field->children != NULL && depth < DEPTH_MAX)
            print_tree(out, field->children, depth + 1);
    }
}

/* --- the page --- */

static void print_head(struct out *out, const struct subject *subject)
{
    char buffer[64];

    out_printf(out, "KIND:     %s\n", subject->kind);
    if (subject->version[0] != '\0')
        out_printf(out, "VERSION:  %s\n", subject->version);
    if (subject->field != NULL)
        out_printf(out, "\nFIELD: %s <%s>%s%s\n", subject->field->name,
                   explain_type(subject->field, buffer),
                   subject->field->is_required ? " -required-" : "",
                   treatment(subject, subject->field));
    if (subject->hop != NULL)
        out_printf(out, "\nFIELD: %s <distribution>\n", subject->hop->key);
    if (subject->ignored != NULL)
        out_printf(out, "\nFIELD: %s (ignored)\n", subject->ignored);
    out_str(out, "\nDESCRIPTION:\n");
}

static const char *kind_doc(const struct subject *subject)
{
    if (subject->is_manifest)
        return "A Kubernetes manifest, as far as epsim models it. Fields that are not in this list are "
               "accepted and ignored; \"epsim validate FILE\" lists those of a file.";
    if (subject->set == &fields_distribution)
        return "A plain duration such as 20ms is always the same; a map of one of the following "
               "is drawn at random each time.";
    return "What is simulated: a cluster, its load, what is done to it and when. One document "
           "beside any number of ordinary Kubernetes manifests.";
}

static void print_description(struct out *out, const struct subject *subject)
{
    if (subject->hop != NULL) {
        print_line(out, "default: ", subject->hop->default_text);
        print_line(out, "", subject->hop->doc);
        print_line(out, "source of the default: ", subject->hop->source);
    } else if (subject->ignored != NULL) {
        print_line(
            out, "",
            "Known to Kubernetes, not modelled by epsim: it may stand there and changes nothing.");
    } else if (subject->field != NULL) {
        print_facts(out, subject->field);
        print_line(out, "", subject->field->doc);
    } else {
        print_line(out, "", kind_doc(subject));
    }
}

static void print_page(struct out *out, const struct subject *subject, bool is_recursive)
{
    print_head(out, subject);
    print_description(out, subject);
    if (subject->field != NULL && subject->field->type == FIELD_HOPS) {
        out_str(out, "\nFIELDS:\n");
        print_hops(out);
    } else if (subject->set != NULL && is_recursive) {
        out_str(out, "\nFIELDS:\n");
        print_tree(out, subject->set, 1);
    } else if (subject->set != NULL) {
        print_set(out, subject);
    }
}

/* --- finding it --- */

/* The next name of a path into `step`, without an index behind it; false at the end. */
static bool next_step(const char **at, char step[PATH_BYTES])
{
    const size_t length = strcspn(*at, ".[");

    if (length == 0)
        return false;
    snprintf(step, PATH_BYTES, "%.*s", (int)length, *at);
    *at += length;
    while (**at == '[')
        *at += strcspn(*at, "]") + (strchr(*at, ']') != NULL ? 1 : 0);
    if (**at == '.')
        (*at)++;
    return true;
}

static void lower(char *text)
{
    for (; *text != '\0'; text++)
        *text = (char)tolower((unsigned char)*text);
}

/* The kind of manifest that the lower-case word means, or NULL. */
static const char *find_kind(const char *word, char version[16])
{
    const char *meant = load_kind_of(word);
    const char *kind;

    for (uint32_t i = 0; (kind = load_kind_at(i, version)) != NULL; i++) {
        char name[64];

        snprintf(name, sizeof name, "%s", kind);
        lower(name);
        if ((meant != NULL && strcmp(meant, kind) == 0) || strcmp(name, word) == 0)
            return fields_manifest(kind) != NULL ? kind : NULL;
    }
    return NULL;
}

static bool find_root(struct subject *subject, const char *step)
{
    char word[PATH_BYTES];

    snprintf(word, sizeof word, "%s", step);
    lower(word);
    if (strcmp(word, "scenario") == 0) {
        subject->kind = "Scenario";
        subject->set = &fields_scenario;
        snprintf(subject->version, sizeof subject->version, "epsim/v1");
    } else if (strcmp(word, "distribution") == 0 || strcmp(word, "distributions") == 0) {
        subject->kind = "distribution";
        subject->set = &fields_distribution;
        snprintf(word, sizeof word, "distribution");
    } else {
        subject->kind = find_kind(word, subject->version);
        if (subject->kind == NULL)
            return false;
        subject->is_manifest = true;
        subject->set = fields_manifest(subject->kind);
    }
    snprintf(subject->way, sizeof subject->way, "%s", word);
    return true;
}

/* The way to the first field of that name below `set`, nearest to the root; false if there is none. */
static bool find_below(const struct field_set *set, const char *name, int depth,
                       char way[PATH_BYTES])
{
    const size_t used = strlen(way);

    for (uint32_t i = 0; depth == 0 && i < set->count; i++) {
        if (is_shown(&set->items[i]) && strcmp(set->items[i].name, name) == 0) {
            snprintf(way + used, PATH_BYTES - used, ".%s", name);
            return true;
        }
    }
    for (uint32_t i = 0; depth > 0 && i < set->count; i++) {
        const struct field *field = &set->items[i];

        if (!is_shown(field) || field->children == NULL)
            continue;
        snprintf(way + used, PATH_BYTES - used, ".%s", field->name);
        if (find_below(field->children, name, depth - 1, way))
            return true;
        way[used] = '\0';
    }
    return false;
}

static enum status refuse_root(const char *path, const char *step, struct error *err)
{
    const char *names[32] = {"scenario", "distribution"};
    char way[PATH_BYTES];
    char version[16];
    char lowered[PATH_BYTES];
    uint32_t count = 2;
    const char *nearest;

    for (int depth = 0; depth < 6; depth++) {
        snprintf(way, sizeof way, "scenario");
        if (find_below(&fields_scenario, step, depth, way))
            return error_set(err, STATUS_INVALID,
                             "explain: a path begins with a kind; did you mean %s%s?", way,
                             path + strlen(step));
    }
    snprintf(lowered, sizeof lowered, "%s", step);
    lower(lowered);
    for (uint32_t i = 0; count < EP_COUNT_OF(names); i++) {
        names[count] = load_kind_at(i, version);
        if (names[count++] == NULL)
            break;
    }
    nearest = text_nearest(lowered, names, count - 1);
    if (nearest != NULL)
        return error_set(err, STATUS_INVALID, "explain: unknown kind \"%s\"; did you mean %s?",
                         step, nearest);
    return error_set(err, STATUS_INVALID,
                     "explain: unknown kind \"%s\"; \"epsim explain\" lists the kinds", step);
}

static enum status refuse_step(const struct subject *subject, const char *step, struct error *err)
{
    char buffer[64];
    const char *nearest = subject->set != NULL ? fields_suggest(subject->set, step, buffer) : NULL;
    char type[64];

    if (nearest != NULL)
        return error_set(err, STATUS_INVALID,
                         "explain: %s has no field \"%s\"; did you mean %s.%s?", subject->way, step,
                         subject->way, nearest);
    if (subject->set != NULL)
        return error_set(err, STATUS_INVALID,
                         "explain: %s has no field \"%s\"; \"epsim explain %s\" lists them",
                         subject->way, step, subject->way);
    return error_set(err, STATUS_INVALID, "explain: %s is %s <%s>: there are no fields below it",
                     subject->way, subject->ignored != NULL ? "ignored" : "of type",
                     subject->field != NULL ? explain_type(subject->field, type) : "any");
}

static enum status find_hop(struct subject *subject, const char *key, struct error *err)
{
    const char *keys[HOP_COUNT];
    const char *nearest;

    for (uint32_t i = 0; i < HOP_COUNT; i++) {
        keys[i] = spec_hops[i].key;
        if (strcmp(keys[i], key) == 0)
            subject->hop = &spec_hops[i];
    }
    subject->field = NULL;
    subject->set = subject->hop != NULL ? &fields_distribution : NULL;
    if (subject->hop != NULL)
        return STATUS_OK;
    nearest = text_nearest(key, keys, HOP_COUNT);
    if (nearest != NULL)
        return error_set(err, STATUS_INVALID, "explain: no hop \"%s\"; did you mean %s.%s?", key,
                         subject->way, nearest);
    return error_set(err, STATUS_INVALID, "explain: no hop \"%s\"; \"epsim explain %s\" lists them",
                     key, subject->way);
}

static enum status descend(struct subject *subject, const char *step, struct error *err)
{
    const size_t used = strlen(subject->way);
    const struct field *field = subject->set != NULL ? fields_find(subject->set, step) : NULL;

    if (field == NULL && (subject->set == NULL || !fields_has_word(subject->set->ignored, step)))
        return refuse_step(subject, step, err);
    subject->field = field;
    subject->ignored = field == NULL ? step : NULL;
    subject->set = field != NULL ? children_of(field) : NULL;

    const int length = snprintf(subject->way + used, PATH_BYTES - used, ".%s", step);

    EP_REQUIRE(length > 0 && (size_t)length < PATH_BYTES - used); /* no longer than the path */
    return STATUS_OK;
}

enum status explain_write(struct out *out, const char *path, bool is_recursive, struct error *err)
{
    struct subject subject = {.kind = NULL};
    char step[PATH_BYTES];
    const char *at = path;
    enum status status = STATUS_OK;

    if (strlen(path) >= PATH_BYTES / 2 || !next_step(&at, step))
        return error_set(err, STATUS_INVALID,
                         "explain: got \"%.40s\"; expected a path such as scenario.spec", path);
    if (!find_root(&subject, step))
        return refuse_root(path, step, err);
    while (status == STATUS_OK && *at != '\0') {
        if (subject.field != NULL && subject.field->type == FIELD_HOPS) {
            status = find_hop(&subject, at, err);
            break;
        }
        if (!next_step(&at, step))
            return error_set(err, STATUS_INVALID,
                             "explain: \"%s\" has an empty name in it; expected names with a dot "
                             "between them",
                             path);
        status = descend(&subject, step, err);
    }
    if (status == STATUS_OK)
        print_page(out, &subject, is_recursive);
    return status;
}
