/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The writes of a step as lines, "MODIFIED web 1+1 in 1" for Endpoints (ready, not ready, subsets), "MODIFIED web-#1 2/1"
 * for slices (endpoints, ready ones), in the order in which they were stored, those of one object together.
 */
#include <stdlib.h>
#include <string.h>

#include "support/recorded_case.h"
#include "support/recorded_form.h"

#define SLACK_S 1e-6 /* times are sums of decimal fractions */

/* The name under which the recording knows one of our slices. */
static const char *recorded_name(const struct recorded_case *recorded, const char *ours)
{
    const char *key;
    json_t *name;

    json_object_foreach(recorded->slice_names, key, name)
    {
        if (strcmp(json_string_value(name), ours) == 0)
            return key;
    }
    return ours;
}

static size_t count_ready(const json_t *endpoints)
{
    size_t count = 0;
    size_t index;
    json_t *endpoint;

    json_array_foreach(endpoints, index, endpoint) count +=
        json_is_true(json_object_get(json_object_get(endpoint, "conditions"), "ready"));
    return count;
}

static json_t *line_of(const struct recorded_case *recorded, const json_t *version)
{
    const json_t *object = json_object_get(version, "object");
    const char *name = recorded_form_text(json_object_get(object, "metadata"), "name");
    const char *type = recorded_form_text(version, "type");
    const bool is_gone = strcmp(type, "DELETED") == 0;
    size_t ready = 0;
    size_t rest = 0;
    size_t index;
    json_t *subset;

    if (is_gone)
        return json_sprintf("%s %s", type, recorded_name(recorded, name));
    if (strcmp(recorded_form_text(object, "kind"), "EndpointSlice") == 0)
        return json_sprintf("%s %s %zu/%zu", type, recorded_name(recorded, name),
                            json_array_size(json_object_get(object, "endpoints")),
                            count_ready(json_object_get(object, "endpoints")));
    json_array_foreach(json_object_get(object, "subsets"), index, subset)
    {
        ready += json_array_size(json_object_get(subset, "addresses"));
        rest += json_array_size(json_object_get(subset, "notReadyAddresses"));
    }
    return json_sprintf("%s %s %zu+%zu in %zu", type, name, ready, rest,
                        json_array_size(json_object_get(object, "subsets")));
}

static const char *name_in(const json_t *line)
{
    return strchr(json_string_value(line), ' ');
}

/* The lines, those of one object together (stable). */
static json_t *by_object(const json_t *lines)
{
    json_t *sorted = json_array();
    size_t index;
    json_t *line;

    json_array_foreach(lines, index, line)
    {
        size_t at = json_array_size(sorted);
        const size_t length = 1 + strcspn(name_in(line) + 1, " ");

        while (at > 0 &&
               strncmp(name_in(json_array_get(sorted, at - 1)), name_in(line), length) > 0)
            at--;
        json_array_insert(sorted, at, line);
    }
    return sorted;
}

static json_t *lines_of(const struct recorded_case *recorded, size_t step, const json_t *versions,
                        const char *kind)
{
    json_t *lines = json_array();
    json_t *sorted;
    size_t index;
    json_t *version;

    json_array_foreach(versions, index, version)
    {
        const double t_s = json_number_value(json_object_get(version, "t_s"));
        const json_t *object = json_object_get(version, "object");

        if (t_s >= recorded->begun_s[step] - SLACK_S && t_s <= recorded->settled_s[step] &&
            strcmp(recorded_form_text(object, "kind"), kind) == 0 &&
            strcmp(recorded_form_text(json_object_get(object, "metadata"), "namespace"),
                   recorded->ns) == 0)
            json_array_append_new(lines, line_of(recorded, version));
    }
    sorted = by_object(lines);
    json_decref(lines);
    return sorted;
}

/* The lines without names, in the order of their text: where names cannot be told from one another. */
static json_t *without_names(const json_t *lines)
{
    json_t *nameless = json_array();
    json_t *sorted;
    size_t index;
    json_t *line;

    json_array_foreach(lines, index, line)
    {
        const char *text = json_string_value(line);
        const char *name = name_in(line);

        json_array_append_new(nameless, json_sprintf("%.*s%s", (int)(name - text), text,
                                                     name + 1 + strcspn(name + 1, " ")));
    }
    sorted = recorded_form_sorted(nameless);
    json_decref(nameless);
    return sorted;
}

/* Equal, or equal once one line that the recording says twice in a row is taken out: a slice may get one identical write
 * more. */
static bool is_same(json_t *theirs, const json_t *ours, bool may_repeat)
{
    if (json_equal(theirs, ours))
        return true;
    for (size_t i = 1; may_repeat && i < json_array_size(theirs); i++) {
        json_t *once;
        bool is_equal;

        if (!json_equal(json_array_get(theirs, i), json_array_get(theirs, i - 1)))
            continue;
        once = json_copy(theirs);
        json_array_remove(once, i);
        is_equal = json_equal(once, ours);
        json_decref(once);
        if (is_equal)
            return true;
    }
    return false;
}

static bool compare_kind(const struct recorded_case *recorded, size_t step, const json_t *versions,
                         bool has_slices, FILE *out)
{
    const json_t *observed = recorded_case_observed(recorded, step);
    const json_t *writes = json_object_get(observed, "writes");
    const json_t *recorded_lines = json_object_get(writes, has_slices ? "slices" : "endpoints");
    json_t *ours = lines_of(recorded, step, versions, has_slices ? "EndpointSlice" : "Endpoints");
    bool is_right;

    if (json_is_integer(recorded_lines)) { /* only their number is known */
        is_right = (size_t)json_integer_value(recorded_lines) == json_array_size(ours);
    } else {
        const bool is_pooled = has_slices && json_object_get(observed, "pools") != NULL;
        json_t *theirs = is_pooled ? without_names(recorded_lines) : by_object(recorded_lines);

        if (is_pooled) {
            json_t *named = ours;
            ours = without_names(named);
            json_decref(named);
        }
        is_right = is_same(theirs, ours, has_slices);
        json_decref(theirs);
    }
    if (!is_right) {
        char *left = json_dumps(recorded_lines, JSON_ENCODE_ANY | JSON_COMPACT);
        char *right = json_dumps(ours, JSON_COMPACT);

        fprintf(out, "writes of %s\n    recorded %s\n    epsim    %s\n",
                has_slices ? "slices" : "Endpoints", left, right);
        free(left);
        free(right);
    }
    json_decref(ours);
    return is_right;
}

char *recorded_case_compare_writes(struct recorded_case *recorded, size_t step,
                                   const json_t *versions)
{
    const json_t *writes = json_object_get(recorded_case_observed(recorded, step), "writes");
    char *text = NULL;
    size_t size = 0;
    FILE *out;
    bool is_right;

    if (writes == NULL) {
        recorded->relaxed |= RELAX_WRITES;
        return NULL;
    }
    out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    recorded->written++;
    is_right = compare_kind(recorded, step, versions, false, out);
    if ((recorded->relaxed & RELAX_SAME_ADDRESS) ==
        0) /* who is listed may stay or change, by chance */
        is_right &= compare_kind(recorded, step, versions, true, out);
    fclose(out);
    if (!is_right)
        return text;
    free(text);
    return NULL;
}
