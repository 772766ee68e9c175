/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is asserted of a step, and what is not. Endpoints and slices are compared whole, in the short form of
 * recorded_form.h; a slice keeps its name from step to step; writes of steps with one mutation are compared one by one.
 * Everything that is let off has its bit in enum recorded_relaxation.
 */
#include <stdlib.h>
#include <string.h>

#include "support/recorded_case.h"
#include "support/recorded_form.h"

#define TRIGGER_TIME "endpoints.kubernetes.io/last-change-trigger-time"

unsigned recorded_case_relaxations(const char *name, size_t step)
{
    static const struct {
        const char *name;
        size_t since;
        unsigned relaxed;
    } cases[] = {
        {"c80_", 0, RELAX_SPREAD | RELAX_SIZES},
        {"c81_", 0, RELAX_SPREAD},
        {"c82_", 0, RELAX_SPREAD},
        {"c83_", 0, RELAX_SPREAD},
        {"c83_", 1, RELAX_SIZES},
        {"c85_", 0, RELAX_SPREAD | RELAX_SIZES},
    };
    unsigned relaxed = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strncmp(name, cases[i].name, strlen(cases[i].name)) == 0 && step >= cases[i].since)
            relaxed |= cases[i].relaxed;
    }
    return relaxed;
}

const char *recorded_case_reason(enum recorded_relaxation relaxation)
{
    switch (relaxation) {
    case RELAX_SPREAD:
        return "Which endpoint is in which slice is the order of a Go map: their union, ports and sizes are compared";
    case RELAX_SIZES:
        return "How full each slice is hangs on which events fell together: the total and the limit of 100 are compared";
    case RELAX_SUBSET_ORDER:
        return "Several subsets are in the order of hashes over their pods' random UIDs: compared as a set";
    case RELAX_SAME_ADDRESS:
        return "A slice of 1.20 holds one of the pods with one address, by chance: any of them is right";
    case RELAX_RETRY:
        return "The recorder of 1.32 synced after each mutation: epsim is given the time until the next retry";
    case RELAX_TRIGGER:
        return "Trigger times are not compared for 1.32, whose recorder had none";
    case RELAX_WRITES:
        return "Writes are compared for steps of one mutation, since those of others hang on timing; not for pods removed "
               "by force in 1.32, where the recorder made one write and the API server makes two";
    }
    return "";
}

/* Recorded with the reconciler of 1.32 alone, rather than by a whole control plane or after the rules. */
static bool is_reconciler(const struct recorded_case *recorded)
{
    return strcmp(recorded->version, "1.32") == 0 &&
           json_object_get(recorded->json, "rule") == NULL;
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

/* --- both sides in one form --- */

struct side {
    json_t *endpoints;
    json_t *slices;
};

static void drop_trigger(json_t *form)
{
    json_t *annotations = json_object_get(form, "annotations");

    json_object_del(annotations, TRIGGER_TIME);
    if (json_object_size(annotations) == 0)
        json_object_del(form, "annotations");
}

/* Our objects in the case's namespace, the API server's own aside. */
static struct side side_of(const struct recorded_case *recorded, const json_t *objects)
{
    struct side side = {json_array(), json_array()};
    size_t index;
    json_t *object;

    json_array_foreach(objects, index, object)
    {
        const json_t *meta = json_object_get(object, "metadata");
        const bool is_endpoints = strcmp(recorded_form_text(object, "kind"), "Endpoints") == 0;

        if (strcmp(recorded_form_text(meta, "namespace"), recorded->ns) != 0)
            continue;
        json_array_append_new(is_endpoints ? side.endpoints : side.slices,
                              is_endpoints ? recorded_form_endpoints(object, recorded->ns)
                                           : recorded_form_slice(object, recorded->ns));
    }
    return side;
}

/* What is not asserted in any step, taken out of a side. */
static void relax_all(struct recorded_case *recorded, const struct side *side)
{
    size_t index;
    json_t *form;

    json_array_foreach(side->endpoints, index, form)
    {
        json_t *subsets = json_object_get(form, "subsets");

        if (json_array_size(subsets) > 1) {
            json_object_set_new(form, "subsets", recorded_form_sorted(subsets));
            recorded->relaxed |= RELAX_SUBSET_ORDER;
        }
        if (is_reconciler(recorded))
            drop_trigger(form);
    }
    json_array_foreach(side->slices, index, form)
    {
        if (is_reconciler(recorded))
            drop_trigger(form);
    }
}

/* --- Endpoints --- */

static json_t *find_named(const json_t *forms, const char *name)
{
    size_t index;
    json_t *form;

    json_array_foreach(forms, index, form)
    {
        if (strcmp(recorded_form_text(form, "name"), name) == 0)
            return form;
    }
    return NULL;
}

static void compare_endpoints(const json_t *theirs, const json_t *ours, char **report)
{
    size_t index;
    json_t *form;

    json_array_foreach(theirs, index, form)
    {
        const json_t *got = find_named(ours, recorded_form_text(form, "name"));

        if (got == NULL || !json_equal(form, got))
            say(report, "Endpoints differ", form, got);
    }
    json_array_foreach(ours, index, form)
    {
        if (find_named(theirs, recorded_form_text(form, "name")) == NULL)
            say(report, "Endpoints too many", NULL, form);
    }
}

/* --- pods that share an address --- */

/* The number of lines with the address of `line`; *is_there becomes true if its pod is among them. */
static size_t count_in_list(const json_t *list, const char *line, bool *is_there)
{
    const size_t length = strcspn(line, " ");
    char pod[128] = "";
    size_t count = 0;
    size_t index;
    json_t *item;

    recorded_form_pod(line, pod);
    json_array_foreach(list, index, item)
    {
        char name[128] = "";

        if (strncmp(json_string_value(item), line, length + 1) != 0)
            continue;
        count++;
        recorded_form_pod(json_string_value(item), name);
        *is_there |= strcmp(name, pod) == 0;
    }
    return count;
}

/* The number of a service's Endpoints lines with the address of `line`; *is_there: whether its pod is among them, and as
 * ready as it says. */
static size_t count_same_address(const json_t *endpoints, const char *line, bool *is_there)
{
    const bool is_ready = strstr(line, " unready ") == NULL;
    size_t count = 0;
    size_t index;
    json_t *subset;

    *is_there = false;
    json_array_foreach(json_object_get(endpoints, "subsets"), index, subset)
    {
        bool is_in_other = false;
        const json_t *same = json_object_get(subset, is_ready ? "ready" : "notReady");
        const json_t *other = json_object_get(subset, is_ready ? "notReady" : "ready");

        count += count_in_list(same, line, is_there);
        count += count_in_list(other, line, &is_in_other);
    }
    return count;
}

/* Replaces an endpoint that is one of several pods with its address by "one of N". */
static void relax_same_addresses(struct recorded_case *recorded, const json_t *slices,
                                 const json_t *endpoints)
{
    size_t index;
    json_t *slice;

    json_array_foreach(slices, index, slice)
    {
        const json_t *listed = find_named(endpoints, recorded_form_text(slice, "of"));
        json_t *lines = json_object_get(slice, "endpoints");

        for (size_t i = 0; i < json_array_size(lines); i++) {
            const char *line = json_string_value(json_array_get(lines, i));
            bool is_there;
            const size_t count = count_same_address(listed, line, &is_there);
            char text[128];

            if (count < 2 || !is_there)
                continue;
            snprintf(text, sizeof text, "%.*s one of %zu", (int)strcspn(line, " "), line, count);
            json_array_set_new(lines, i, json_string(text));
            recorded->relaxed |= RELAX_SAME_ADDRESS;
        }
    }
}

/* --- slices --- */

/* One of ours that is not taken yet: of that name, or (name empty) of that content. */
static json_t *find_slice(const json_t *ours, const char *name, const json_t *content)
{
    size_t index;
    json_t *form;

    json_array_foreach(ours, index, form)
    {
        json_t *nameless;
        bool is_same;

        if (json_object_get(form, "taken") != NULL)
            continue;
        if (name[0] != '\0') {
            if (strcmp(recorded_form_text(form, "name"), name) == 0)
                return form;
            continue;
        }
        nameless = json_copy(form);
        json_object_set(nameless, "name", json_object_get(content, "name"));
        is_same = json_equal(nameless, content);
        json_decref(nameless);
        if (is_same)
            return form;
    }
    return NULL;
}

static void compare_slice(struct recorded_case *recorded, const json_t *form, const json_t *ours,
                          char **report)
{
    const char *name = recorded_form_text(form, "name");
    const char *known = recorded_form_text(recorded->slice_names, name);
    json_t *found = find_slice(ours, known, form);
    json_t *got;

    if (found == NULL) {
        say(report, name, form, NULL);
        return;
    }
    json_object_set(recorded->slice_names, name, json_object_get(found, "name"));
    got = json_copy(found);
    json_object_set(got, "name", json_object_get(form, "name"));
    if (!json_equal(form, got))
        say(report, name, form, got);
    json_decref(got);
    json_object_set_new(found, "taken", json_true());
}

/* Slice by slice. Those whose names are known from the steps before come first. */
static void compare_slices(struct recorded_case *recorded, const json_t *theirs, const json_t *ours,
                           char **report)
{
    json_t *names = json_deep_copy(recorded->slice_names);
    size_t index;
    json_t *form;

    for (int is_known = 1; is_known >= 0; is_known--) {
        json_array_foreach(theirs, index, form)
        {
            const char *name = recorded_form_text(form, "name");

            if ((json_object_get(names, name) != NULL) == (is_known == 1))
                compare_slice(recorded, form, ours, report);
        }
    }
    json_array_foreach(ours, index, form)
    {
        if (json_object_get(form, "taken") == NULL)
            say(report, "a slice too many", NULL, form);
    }
    json_decref(names);
}

/* How many of the slices were there at the step before. */
static json_int_t count_kept(const struct recorded_case *recorded, const json_t *ours)
{
    json_int_t count = 0;
    size_t index;
    json_t *form;

    json_array_foreach(ours, index, form) count +=
        json_object_get(recorded->step_names, recorded_form_text(form, "name")) != NULL;
    return count;
}

/* All slices of a service together. */
static void compare_pools(struct recorded_case *recorded, size_t step, const json_t *observed,
                          const json_t *ours, char **report)
{
    const unsigned relaxed = recorded_case_relaxations(recorded->name, step);
    const json_t *kept = json_object_get(observed, "kept");
    json_t *theirs = json_deep_copy(json_object_get(observed, "pools"));
    json_t *pools = recorded_form_pooled(ours);
    size_t index;
    json_t *pool;

    recorded->relaxed |= relaxed;
    json_array_foreach(pools, index, pool)
    {
        const json_t *sizes = json_object_get(pool, "sizes");

        if (is_reconciler(recorded))
            drop_trigger(pool);
        for (size_t i = 0; i < json_array_size(sizes); i++) {
            if (json_integer_value(json_array_get(sizes, i)) > 100)
                say(report, "a slice of more than 100 endpoints", NULL, sizes);
        }
        if ((relaxed & RELAX_SIZES) != 0)
            json_object_del(pool, "sizes");
    }
    json_array_foreach(theirs, index, pool)
    {
        if (is_reconciler(recorded))
            drop_trigger(pool);
        if ((relaxed & RELAX_SIZES) != 0)
            json_object_del(pool, "sizes");
    }
    if (!json_equal(theirs, pools))
        say(report, "slices differ", theirs, pools);
    if (kept != NULL && json_integer_value(kept) != count_kept(recorded, ours)) {
        json_t *count = json_integer(count_kept(recorded, ours));
        say(report, "slices that keep their names", kept, count);
        json_decref(count);
    }
    json_decref(theirs);
    json_decref(pools);
}

static void note_names(struct recorded_case *recorded, const json_t *ours)
{
    size_t index;
    json_t *form;

    json_object_clear(recorded->step_names);
    json_array_foreach(ours, index, form)
        json_object_set_new(recorded->step_names, recorded_form_text(form, "name"), json_true());
}

/* Recordings that do not say who owns a slice say nothing of it. */
static void drop_owners(const json_t *theirs, const json_t *ours)
{
    size_t index;
    json_t *form;

    json_array_foreach(theirs, index, form)
    {
        if (json_object_get(form, "owner") != NULL)
            return;
    }
    json_array_foreach(ours, index, form) json_object_del(form, "owner");
}

char *recorded_case_compare(struct recorded_case *recorded, size_t step, const json_t *objects)
{
    json_t *observed = recorded_form_unfold(recorded_case_observed(recorded, step));
    const bool is_pooled = json_object_get(observed, "pools") != NULL;
    const struct side theirs = {json_object_get(observed, "endpoints"),
                                json_object_get(observed, "slices")};
    const struct side ours = side_of(recorded, objects);
    char *report = NULL;

    drop_owners(is_pooled ? json_object_get(observed, "pools") : theirs.slices, ours.slices);
    relax_all(recorded, &theirs);
    relax_all(recorded, &ours);
    recorded->relaxed |= is_reconciler(recorded) ? RELAX_TRIGGER : 0;
    recorded->relaxed |= json_is_true(json_object_get(observed, "retries")) ? RELAX_RETRY : 0;
    compare_endpoints(theirs.endpoints, ours.endpoints, &report);
    if (strcmp(recorded->version, "1.20") == 0) {
        relax_same_addresses(recorded, theirs.slices, theirs.endpoints);
        relax_same_addresses(recorded, ours.slices, theirs.endpoints);
    }
    if (is_pooled)
        compare_pools(recorded, step, observed, ours.slices, &report);
    else
        compare_slices(recorded, theirs.slices, ours.slices, &report);
    note_names(recorded, ours.slices);
    json_decref(observed);
    json_decref(ours.endpoints);
    json_decref(ours.slices);
    return report;
}
