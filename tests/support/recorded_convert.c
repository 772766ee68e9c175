/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a recording as it came to a case of tests/golden/cases: the figures alone, in the short form.
 */
#include <stdlib.h>
#include <string.h>

#include "support/recorded_case.h"
#include "support/recorded_form.h"

static json_t *forms_of(const json_t *list, const char *ns,
                        json_t *(*make)(const json_t *, const char *))
{
    json_t *forms = json_array();
    size_t index;
    json_t *object;

    json_array_foreach(list, index, object) json_array_append_new(forms, make(object, ns));
    return forms;
}

/* Whether one change was made to one object: then the writes do not hang on timing. */
static bool has_one_mutation(const json_t *step)
{
    const json_t *mutations = json_object_get(step, "mutations");

    return json_array_size(mutations) == 1 &&
           strstr(recorded_form_text(json_array_get(mutations, 0), "op"), "pods") == NULL;
}

/* 1.32's recorder makes one write of it, where the API server makes two: the grace first, then the removal. */
static bool is_forced_delete(const json_t *step)
{
    const json_t *mutation = json_array_get(json_object_get(step, "mutations"), 0);
    const json_t *grace = json_object_get(mutation, "grace");

    return strcmp(recorded_form_text(mutation, "op"), "delete") == 0 && json_is_integer(grace) &&
           json_integer_value(grace) == 0;
}

static json_t *lines_of_events(const json_t *events, bool has_slices)
{
    json_t *lines = json_array();
    size_t index;
    json_t *event;

    json_array_foreach(events, index, event)
    {
        const char *type = recorded_form_text(event, "type");
        const char *name = recorded_form_text(event, "name");
        const json_int_t ready = json_integer_value(json_object_get(event, "ready"));

        if (strcmp(type, "DELETED") == 0)
            json_array_append_new(lines, json_sprintf("%s %s", type, name));
        else if (has_slices)
            json_array_append_new(
                lines, json_sprintf("%s %s %lld/%lld", type, name,
                                    (long long)json_integer_value(json_object_get(event, "size")),
                                    (long long)ready));
        else
            json_array_append_new(
                lines,
                json_sprintf("%s %s %lld+%lld in %lld", type, name, (long long)ready,
                             (long long)json_integer_value(json_object_get(event, "notReady")),
                             (long long)json_integer_value(json_object_get(event, "subsets"))));
    }
    return lines;
}

static json_t *writes_of(const json_t *step)
{
    const json_t *writes = json_object_get(step, "writes");
    const json_t *endpoints = json_object_get(writes, "endpointsEvents");

    if (!has_one_mutation(step))
        return NULL;
    if (endpoints != NULL)
        return json_pack("{s:o, s:o}", "endpoints", lines_of_events(endpoints, false), "slices",
                         lines_of_events(json_object_get(writes, "endpointSliceEvents"), true));
    if (is_forced_delete(step))
        return NULL;
    return json_pack("{s:O, s:O}", "endpoints", json_object_get(writes, "endpoints"), "slices",
                     json_object_get(writes, "endpointSlices"));
}

static json_int_t count_common(const json_t *slices, const json_t *before)
{
    json_int_t count = 0;
    size_t index;
    size_t other;
    json_t *slice;
    json_t *candidate;

    json_array_foreach(slices, index, slice)
    {
        json_array_foreach(before, other, candidate) count +=
            json_equal(json_object_get(slice, "name"), json_object_get(candidate, "name"));
    }
    return count;
}

/* What was there at the step's end. `before`: the slices of the step before. */
static json_t *observed_of(const json_t *recording, size_t step, const json_t *before,
                           json_t **slices)
{
    const char *ns = recorded_form_text(recording, "namespace");
    const char *name = recorded_form_text(recording, "case");
    const json_t *json = json_array_get(json_object_get(recording, "steps"), step);
    const json_t *seen = json_object_get(json, "observed");
    const unsigned relaxed = recorded_case_relaxations(name, step);
    json_t *observed = json_object();
    json_t *writes = writes_of(json);

    *slices = forms_of(json_object_get(seen, "endpointSlices"), ns, recorded_form_slice);
    json_object_set_new(observed, "endpoints",
                        forms_of(json_object_get(seen, "endpoints"), ns, recorded_form_endpoints));
    if ((relaxed & RELAX_SPREAD) != 0) {
        json_object_set_new(observed, "pools", recorded_form_pooled(*slices));
        if ((relaxed & RELAX_SIZES) == 0)
            json_object_set_new(observed, "kept", json_integer(count_common(*slices, before)));
    } else {
        json_object_set(observed, "slices", *slices);
    }
    if (writes != NULL)
        json_object_set_new(observed, "writes", writes);
    if (json_object_get(json, "controllerErrors") != NULL)
        json_object_set_new(observed, "retries", json_true());
    return observed;
}

/* The step's mutations, those that the API server refused marked. */
static json_t *mutations_of(const json_t *step)
{
    json_t *mutations = json_deep_copy(json_object_get(step, "mutations"));
    size_t index;
    size_t number;
    json_t *mutation;
    json_t *rejected;

    json_array_foreach(mutations, index, mutation)
    {
        bool is_refused = false;

        json_array_foreach(json_object_get(step, "rejected"), number, rejected) is_refused |=
            json_equal(json_object_get(rejected, "op"), mutation);
        json_object_del(mutation, "may_fail");
        if (is_refused)
            json_object_set_new(mutation, "refused", json_true());
    }
    return mutations;
}

json_t *recorded_case_of_recording(const json_t *recording)
{
    const char *version = recorded_form_text(recording, "kubernetes"); /* "v1.20.2" */
    json_t *json = json_object();
    json_t *steps = json_array();
    json_t *before = json_array();
    json_t *nodes = recorded_case_nodes();
    char key[8];
    size_t index;
    json_t *step;

    snprintf(key, sizeof key, "%.4s", version[0] == 'v' ? version + 1 : version);
    json_object_set(json, "case", json_object_get(recording, "case"));
    json_object_set(json, "namespace", json_object_get(recording, "namespace"));
    if (json_object_get(recording, "config") != NULL)
        json_object_set(json, "config", json_object_get(recording, "config"));
    if (!json_equal(nodes, json_object_get(recording, "nodes")))
        json_object_set(json, "nodes", json_object_get(recording, "nodes"));
    json_decref(nodes);
    json_array_foreach(json_object_get(recording, "steps"), index, step)
    {
        json_t *slices = NULL;
        json_t *observed = observed_of(recording, index, before, &slices);
        json_t *converted = json_pack("{s:o, s:o}", "mutations", mutations_of(step), key,
                                      recorded_form_fold(observed));

        json_array_append_new(steps, converted);
        json_decref(observed);
        json_decref(before);
        before = slices;
    }
    json_decref(before);
    json_object_set_new(json, "steps", steps);
    return json;
}

/* --- the file: an object a line --- */

static void put(FILE *out, const char *before, const json_t *value, const char *after)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    fprintf(out, "%s%s%s", before, text, after);
    free(text);
}

static void put_list(FILE *out, const char *key, const json_t *list, const char *indent)
{
    size_t index;
    json_t *item;

    fprintf(out, "\"%s\": [", key);
    json_array_foreach(list, index, item)
    {
        fprintf(out, "%s\n%s", index > 0 ? "," : "", indent);
        put(out, "", item, "");
    }
    fputs("]", out);
}

static void put_observed(FILE *out, const char *version, json_t *observed)
{
    const char *key;
    json_t *value;
    const char *comma = "";

    fprintf(out, ",\n \"%s\": {", version);
    json_object_foreach(observed, key, value)
    {
        fprintf(out, "%s", comma);
        if (json_is_array(value)) {
            put_list(out, key, value, "  ");
        } else {
            fprintf(out, "\"%s\": ", key);
            put(out, "", value, "");
        }
        comma = ",\n  ";
    }
    fputs("}", out);
}

static void put_step(FILE *out, const json_t *step)
{
    static const char *const versions[] = {"1.20", "1.32"};

    fputs("{", out);
    put_list(out, "mutations", json_object_get(step, "mutations"), "  ");
    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(step, versions[i]) != NULL)
            put_observed(out, versions[i], json_object_get(step, versions[i]));
    }
    fputs("}", out);
}

/* Takes the other versions' steps over from what is there. */
static void merge(json_t *json, const char *path)
{
    json_t *there = json_load_file(path, 0, NULL);
    const json_t *steps = json_object_get(there, "steps");
    size_t index;
    json_t *step;

    if (json_object_get(there, "config") != NULL)
        json_object_set(json, "config", json_object_get(there, "config"));
    json_array_foreach(json_object_get(json, "steps"), index, step)
    {
        json_t *other = json_array_get(steps, index);

        if (json_equal(json_object_get(other, "mutations"), json_object_get(step, "mutations")))
            json_object_update_missing(step, other);
    }
    json_decref(there);
}

bool recorded_case_save(const struct recorded_case *recorded, const char *path)
{
    static const char *const heads[] = {"case", "namespace", "config", "nodes"};
    FILE *out;
    size_t index;
    json_t *step;

    merge(recorded->json, path);
    out = fopen(path, "w");
    if (out == NULL)
        return false;
    fputs("{", out);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        if (json_object_get(recorded->json, heads[i]) == NULL)
            continue;
        fprintf(out, "\"%s\": ", heads[i]);
        put(out, "", json_object_get(recorded->json, heads[i]), ",\n");
    }
    fputs("\"steps\": [", out);
    json_array_foreach(json_object_get(recorded->json, "steps"), index, step)
    {
        fputs(index > 0 ? ",\n" : "\n", out);
        put_step(out, step);
    }
    fputs("]}\n", out);
    return fclose(out) == 0;
}
