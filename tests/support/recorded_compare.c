/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Both sides are brought to one form: what is random, or a point in time, is left out or made a word; what the API may
 * say in two ways (no list, an empty list) is said in one; endpoints in a slice are sorted, since their order is random
 * in reality. Slices are told apart by content until a name is known for them.
 */
#include <stdlib.h>
#include <string.h>

#include "support/recorded_case.h"

#define TRIGGER_TIME "endpoints.kubernetes.io/last-change-trigger-time"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

static bool is_empty(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

/* Copies a key unless its value is empty. */
static void keep(json_t *to, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);

    if (!is_empty(value))
        json_object_set_new(to, key, json_deep_copy(value));
}

static json_t *normal_meta(const json_t *meta, bool has_name)
{
    json_t *normal = json_object();
    json_t *annotations;

    if (has_name)
        keep(normal, meta, "name");
    keep(normal, meta, "labels");
    keep(normal, meta, "annotations");
    annotations = json_object_get(normal, "annotations");
    if (json_object_get(annotations, TRIGGER_TIME) != NULL)
        json_object_set_new(annotations, TRIGGER_TIME, json_string("<set>"));
    return normal;
}

static void keep_reference(json_t *to, const json_t *from)
{
    const json_t *reference = json_object_get(from, "targetRef");
    json_t *normal;

    if (reference == NULL)
        return;
    normal = json_object();
    keep(normal, reference, "kind");
    keep(normal, reference, "name");
    keep(normal, reference, "namespace");
    json_object_set_new(to, "targetRef", normal);
}

/* Addresses of Endpoints, or endpoints of a slice: all but the reference's particulars. */
static json_t *normal_addresses(const json_t *list)
{
    json_t *normal = json_array();
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        json_t *copy = json_deep_copy(item);

        json_object_del(copy, "targetRef");
        keep_reference(copy, item);
        json_array_append_new(normal, copy);
    }
    return normal;
}

static json_t *normal_endpoints(const json_t *object)
{
    static const char *const lists[] = {"addresses", "notReadyAddresses"};
    json_t *normal = normal_meta(json_object_get(object, "metadata"), true);
    json_t *subsets = json_array();
    size_t index;
    json_t *subset;

    json_array_foreach(json_object_get(object, "subsets"), index, subset)
    {
        json_t *copy = json_object();

        for (size_t i = 0; i < 2; i++) {
            if (!is_empty(json_object_get(subset, lists[i])))
                json_object_set_new(copy, lists[i],
                                    normal_addresses(json_object_get(subset, lists[i])));
        }
        keep(copy, subset, "ports");
        json_array_append_new(subsets, copy);
    }
    json_object_set_new(normal, "subsets", subsets);
    return normal;
}

static int compare_endpoints(const void *left, const void *right)
{
    json_t *const *a = left;
    json_t *const *b = right;
    const char *x = json_string_value(json_array_get(json_object_get(*a, "addresses"), 0));
    const char *y = json_string_value(json_array_get(json_object_get(*b, "addresses"), 0));
    const int order = strcmp(x != NULL ? x : "", y != NULL ? y : "");

    return order != 0 ? order
                      : strcmp(text_of(json_object_get(*a, "targetRef"), "name"),
                               text_of(json_object_get(*b, "targetRef"), "name"));
}

static json_t *sorted(json_t *list, int (*compare)(const void *, const void *))
{
    const size_t count = json_array_size(list);
    json_t **items = malloc((count + 1) * sizeof(*items));
    json_t *result = json_array();

    for (size_t i = 0; items != NULL && i < count; i++)
        items[i] = json_array_get(list, i);
    if (items != NULL && count > 1)
        qsort(items, count, sizeof(*items), compare);
    for (size_t i = 0; items != NULL && i < count; i++)
        json_array_append(result, items[i]);
    free(items);
    json_decref(list);
    return result;
}

static json_t *normal_owners(const json_t *meta)
{
    json_t *normal = json_array();
    size_t index;
    json_t *owner;

    json_array_foreach(json_object_get(meta, "ownerReferences"), index, owner)
    {
        json_t *copy = json_object();

        keep(copy, owner, "kind");
        keep(copy, owner, "name");
        json_array_append_new(normal, copy);
    }
    return normal;
}

static json_t *normal_slice(const json_t *object, bool has_owners)
{
    json_t *normal = normal_meta(json_object_get(object, "metadata"), false);

    if (has_owners)
        json_object_set_new(normal, "ownerReferences",
                            normal_owners(json_object_get(object, "metadata")));
    keep(normal, object, "addressType");
    keep(normal, object, "ports");
    json_object_set_new(
        normal, "endpoints",
        sorted(normal_addresses(json_object_get(object, "endpoints")), compare_endpoints));
    return normal;
}

/* --- a report that grows --- */

static void say(char **report, const char *what, const json_t *recorded, const json_t *ours)
{
    char *left = recorded != NULL ? json_dumps(recorded, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    char *right = ours != NULL ? json_dumps(ours, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    const size_t length = *report != NULL ? strlen(*report) : 0;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out != NULL) {
        fprintf(out, "%s%s%s\n    recorded %.1500s\n    epsim    %.1500s",
                length > 0 ? *report : "", length > 0 ? "\n" : "", what,
                left != NULL ? left : "nothing", right != NULL ? right : "nothing");
        fclose(out);
        free(*report);
        *report = text;
    }
    free(left);
    free(right);
}

/* Our objects of a kind in the case's namespace, the API server's own aside. */
static json_t *ours_of(const struct recorded_case *recorded, const json_t *list, const char *kind)
{
    json_t *ours = json_array();
    size_t index;
    json_t *object;

    json_array_foreach(json_object_get(list, "items"), index, object)
    {
        if (strcmp(text_of(object, "kind"), kind) == 0 &&
            strcmp(text_of(json_object_get(object, "metadata"), "namespace"), recorded->ns) == 0)
            json_array_append(ours, object);
    }
    return ours;
}

static void compare_all_endpoints(const json_t *theirs, const json_t *ours, char **report)
{
    size_t index;
    json_t *object;
    const size_t count = json_array_size(ours);

    json_array_foreach(theirs, index, object)
    {
        json_t *expected = normal_endpoints(object);
        json_t *got = NULL;

        for (size_t i = 0; i < count && got == NULL; i++) {
            json_t *candidate = normal_endpoints(json_array_get(ours, i));

            if (strcmp(text_of(candidate, "name"), text_of(expected, "name")) == 0)
                got = candidate;
            else
                json_decref(candidate);
        }
        if (got == NULL || !json_equal(expected, got))
            say(report, "Endpoints differ", expected, got);
        json_decref(expected);
        json_decref(got);
    }
    if (count != json_array_size(theirs)) {
        json_t *names = json_array();

        json_array_foreach(ours, index, object)
            json_array_append(names, json_object_get(json_object_get(object, "metadata"), "name"));
        say(report, "another number of Endpoints", NULL, names);
        json_decref(names);
    }
}

/* --- slices --- */

struct slices {
    struct recorded_case *recorded;
    const json_t *ours;
    bool has_owners;
    bool *taken;
    char **report;
};

/* One of ours that is not taken yet: of that name, or (NULL) of that content. */
static size_t find_slice(const struct slices *slices, const char *name, const json_t *content)
{
    size_t index;
    json_t *object;

    json_array_foreach(slices->ours, index, object)
    {
        json_t *normal;
        bool is_same;

        if (slices->taken[index])
            continue;
        if (name != NULL) {
            if (strcmp(text_of(json_object_get(object, "metadata"), "name"), name) == 0)
                return index;
            continue;
        }
        normal = normal_slice(object, slices->has_owners);
        is_same = json_equal(normal, content);
        json_decref(normal);
        if (is_same)
            return index;
    }
    return json_array_size(slices->ours);
}

static void compare_slice(struct slices *slices, const json_t *theirs)
{
    const char *name = text_of(json_object_get(theirs, "metadata"), "name");
    const char *known = text_of(slices->recorded->slice_names, name);
    json_t *expected = normal_slice(theirs, slices->has_owners);
    const size_t found = find_slice(slices, known[0] != '\0' ? known : NULL, expected);

    if (found < json_array_size(slices->ours)) {
        json_t *object = json_array_get(slices->ours, found);
        json_t *got = normal_slice(object, slices->has_owners);

        slices->taken[found] = true;
        json_object_set(slices->recorded->slice_names, name,
                        json_object_get(json_object_get(object, "metadata"), "name"));
        if (!json_equal(expected, got))
            say(slices->report, name, expected, got);
        json_decref(got);
    } else {
        say(slices->report, name, expected, NULL);
    }
    json_decref(expected);
}

/* NOLINTNEXTLINE(readability-function-size): a list in a list in a list */
static void compare_all_slices(struct recorded_case *recorded, const json_t *theirs,
                               const json_t *ours, char **report)
{
    const size_t count = json_array_size(ours);
    struct slices slices = {.recorded = recorded,
                            .ours = ours,
                            .taken = calloc(count + 1, sizeof(bool)),
                            .report = report};
    size_t index;
    json_t *object;

    json_array_foreach(theirs, index, object)
    {
        if (json_object_get(json_object_get(object, "metadata"), "ownerReferences") != NULL)
            slices.has_owners = true;
    }
    for (int known = 1; known >= 0; known--) { /* those whose names are known first */
        json_array_foreach(theirs, index, object)
        {
            const char *name = text_of(json_object_get(object, "metadata"), "name");

            if ((json_object_get(recorded->slice_names, name) != NULL) == (known == 1) &&
                json_object_get(object, "seen") == NULL) {
                json_object_set_new(object, "seen", json_true());
                compare_slice(&slices, object);
            }
        }
    }
    json_array_foreach(theirs, index, object) json_object_del(object, "seen");
    for (size_t i = 0; i < count; i++) {
        json_t *normal = normal_slice(json_array_get(ours, i), slices.has_owners);

        if (!slices.taken[i])
            say(report, "a slice too many", NULL, normal);
        json_decref(normal);
    }
    free(slices.taken);
}

char *recorded_case_compare(struct recorded_case *recorded, size_t step, const json_t *list)
{
    const json_t *observed =
        json_object_get(json_array_get(json_object_get(recorded->json, "steps"), step), "observed");
    json_t *endpoints = ours_of(recorded, list, "Endpoints");
    json_t *slices = ours_of(recorded, list, "EndpointSlice");
    char *report = NULL;

    compare_all_endpoints(json_object_get(observed, "endpoints"), endpoints, &report);
    compare_all_slices(recorded, json_object_get(observed, "endpointSlices"), slices, &report);
    json_decref(endpoints);
    json_decref(slices);
    return report;
}

/* --- writes --- */

bool recorded_case_has_writes(const struct recorded_case *recorded, size_t step)
{
    const json_t *json = json_array_get(json_object_get(recorded->json, "steps"), step);
    const json_t *mutations = json_object_get(json, "mutations");
    const char *op = text_of(json_array_get(mutations, 0), "op");

    return json_array_size(mutations) == 1 && strstr(op, "pods") == NULL;
}

static json_int_t count_versions(const struct recorded_case *recorded, size_t step,
                                 const json_t *versions, const char *kind)
{
    json_int_t count = 0;
    size_t index;
    json_t *version;

    json_array_foreach(versions, index, version)
    {
        const double t_s = json_number_value(json_object_get(version, "t_s"));
        const json_t *object = json_object_get(version, "object");

        count +=
            t_s >= recorded->begun_s[step] && t_s <= recorded->settled_s[step] &&
            strcmp(text_of(object, "kind"), kind) == 0 &&
            strcmp(text_of(json_object_get(object, "metadata"), "namespace"), recorded->ns) == 0;
    }
    return count;
}

char *recorded_case_compare_writes(const struct recorded_case *recorded, size_t step,
                                   const json_t *versions)
{
    const json_t *json = json_array_get(json_object_get(recorded->json, "steps"), step);
    const json_t *writes = json_object_get(json, "writes");
    const json_int_t endpoints = json_integer_value(json_object_get(writes, "endpoints"));
    const json_int_t slices = json_integer_value(json_object_get(writes, "endpointSlices"));
    const json_int_t our_endpoints = count_versions(recorded, step, versions, "Endpoints");
    const json_int_t our_slices = count_versions(recorded, step, versions, "EndpointSlice");
    char text[160];

    if (!recorded_case_has_writes(recorded, step) ||
        (endpoints == our_endpoints && (slices == our_slices || slices == our_slices + 1)))
        return NULL; /* a slice may get one identical write more */
    snprintf(text, sizeof text,
             "writes of Endpoints: recorded %lld, epsim %lld; of slices: recorded %lld, epsim %lld",
             (long long)endpoints, (long long)our_endpoints, (long long)slices,
             (long long)our_slices);
    return strdup(text);
}
