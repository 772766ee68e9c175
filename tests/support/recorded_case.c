/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/recorded_case.h"

#include <stdlib.h>
#include <string.h>

#include "support/recorded_form.h"

#define FIRST_STEP_S 10.0
#define SPACING_S 0.050 /* so that a change is through before the next is made, as when recording */
#define BULK_SPACING_S 0.005 /* of pods made, changed or deleted in bulk */
#define SETTLE_S 8.0
#define SETTLE_LONG_S 30.0   /* a sync fails again and again, its back-off growing */
#define SETTLE_RETRY_S 200.0 /* until the retry after such a time */

bool recorded_case_choose(struct recorded_case *recorded, const char *version)
{
    snprintf(recorded->version, sizeof recorded->version, "%s", version);
    json_object_clear(recorded->slice_names);
    json_object_clear(recorded->step_names);
    recorded->relaxed = 0;
    recorded->written = 0;
    return recorded_case_observed(recorded, 0) != NULL;
}

json_t *recorded_case_observed(const struct recorded_case *recorded, size_t step)
{
    return json_object_get(json_array_get(json_object_get(recorded->json, "steps"), step),
                           recorded->version);
}

bool recorded_case_open(struct recorded_case *recorded, const char *path)
{
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);

    *recorded = (struct recorded_case){.json = json};
    if (json == NULL) {
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
        return false;
    }
    if (json_object_get(json, "kubernetes") != NULL) {
        recorded->json = recorded_case_of_recording(json);
        json_decref(json);
    }
    recorded->name = recorded_form_text(recorded->json, "case");
    recorded->ns = recorded_form_text(recorded->json, "namespace");
    recorded->step_count = json_array_size(json_object_get(recorded->json, "steps"));
    recorded->slice_names = json_object();
    recorded->step_names = json_object();
    if (recorded->step_count <= RECORDED_STEPS_MAX)
        return true;
    fprintf(stderr, "%s: %zu steps, more than there is room for\n", path, recorded->step_count);
    recorded_case_close(recorded);
    return false;
}

void recorded_case_close(struct recorded_case *recorded)
{
    json_decref(recorded->json);
    json_decref(recorded->slice_names);
    json_decref(recorded->step_names);
}

bool recorded_case_names_slices(const struct recorded_case *recorded, size_t step)
{
    const json_t *json = json_array_get(json_object_get(recorded->json, "steps"), step);
    size_t index;
    json_t *mutation;

    json_array_foreach(json_object_get(json, "mutations"), index, mutation)
    {
        if (strcmp(recorded_form_text(mutation, "kind"), "EndpointSlice") == 0)
            return true;
    }
    return false;
}

/* --- the scenario --- */

struct script {
    const struct recorded_case *recorded;
    unsigned style;
    json_t *timeline;
    double at_s;
    double spacing_s;
    size_t step_entry; /* first entry of the step */
};

static void add_entry(struct script *script, const char *verb, json_t *what)
{
    char at[32];

    snprintf(at, sizeof at, "%.0fms", script->at_s * 1e3);
    json_array_append_new(script->timeline, json_pack("{s:s, s:o}", "at", at, verb, what));
    if ((script->style & RECORDED_AT_ONCE) == 0)
        script->at_s += script->spacing_s;
}

/* "Pod" and "p1" to "pod/p1"; a slice by the name that epsim made up for it. */
static json_t *target_of(const struct script *script, const char *kind, const char *name)
{
    char target[300];
    const char *made_up = recorded_form_text(script->recorded->slice_names, name);

    snprintf(target, sizeof target, "%s/%s", kind, made_up[0] != '\0' ? made_up : name);
    for (char *c = target; *c != '/'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    for (char *c = target; (c = strchr(c, '#')) != NULL;)
        *c = 'x'; /* of a slice whose name is not known yet: of none */
    return json_string(target);
}

static void add_patch(struct script *script, const char *kind, const char *name, json_t *patch,
                      bool is_status)
{
    json_t *what = json_pack("{s:o, s:o}", "target", target_of(script, kind, name), "patch", patch);

    if (strcmp(kind, "Node") != 0)
        json_object_set_new(what, "namespace", json_string(script->recorded->ns));
    if (is_status)
        json_object_set_new(what, "subresource", json_string("status"));
    add_entry(script, "patch", what);
}

static void add_patch_status(struct script *script, const char *name, const json_t *status)
{
    add_patch(script, "Pod", name, json_pack("{s:O}", "status", status), true);
}

/* Appends to the list that the entry before applies, if the style is such and nothing came between. */
static bool add_to_list(struct script *script, json_t *object)
{
    const size_t count = json_array_size(script->timeline);
    json_t *before = count > 0 ? json_array_get(script->timeline, count - 1) : NULL;
    json_t *list = json_object_get(before, "apply");

    if ((script->style & RECORDED_GROUPED) == 0 || !json_is_array(list) ||
        count <= script->step_entry)
        return false;
    json_array_append_new(list, object);
    return true;
}

static void add_object(struct script *script, const json_t *source)
{
    json_t *object = json_deep_copy(source);
    json_t *meta = json_object_get(object, "metadata");
    json_t *status = json_object_get(object, "status");
    char *name = strdup(recorded_form_text(meta, "name"));
    const bool is_later = (script->style & RECORDED_STATUS_PATCHED) != 0 && status != NULL &&
                          strcmp(recorded_form_text(object, "kind"), "Pod") == 0;

    if (json_object_get(meta, "namespace") == NULL &&
        strcmp(recorded_form_text(object, "kind"), "Node") != 0)
        json_object_set_new(meta, "namespace", json_string(script->recorded->ns));
    json_incref(status);
    if (is_later)
        json_object_del(object, "status");
    if (!add_to_list(script, object))
        add_entry(script, "apply",
                  (script->style & RECORDED_GROUPED) != 0 ? json_pack("[o]", object) : object);
    if (is_later)
        add_patch_status(script, name, status);
    json_decref(status);
    free(name);
}

static void add_delete(struct script *script, const char *kind, const char *name,
                       const json_t *grace)
{
    json_t *what = json_pack("{s:o, s:s}", "target", target_of(script, kind, name), "namespace",
                             script->recorded->ns);
    char text[32];

    snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT "s", json_integer_value(grace));
    if (grace != NULL)
        json_object_set_new(what, "grace", json_string(text));
    if (grace != NULL && json_integer_value(grace) == 0)
        json_object_set_new(what, "force", json_true());
    add_entry(script, "delete", what);
}

/* The i-th pod of a bulk: names prefix-%04d, nodes in turn. */
static void add_bulk_pod(struct script *script, const char *prefix, int i)
{
    static const char *const nodes[] = {"node-a", "node-b", "node-c"};
    char name[64];
    char ip[32];
    json_t *pod;

    snprintf(name, sizeof name, "%s-%04d", prefix, i);
    snprintf(ip, sizeof ip, "10.100.%d.%d", i / 250, i % 250 + 1);
    pod = json_pack(
        "{s:s, s:{s:s, s:{s:s}}, s:{s:s, s:[{s:s, s:s}]}, s:{s:s, s:s, s:[{s:s}], s:[{s:s, s:s}]}}",
        "kind", "Pod", "metadata", "name", name, "labels", "app", "web", "spec", "nodeName",
        nodes[i % 3], "containers", "name", "c", "image", "x", "status", "phase", "Running",
        "podIP", ip, "podIPs", "ip", ip, "conditions", "type", "Ready", "status", "True");
    add_object(script, pod);
    json_decref(pod);
}

static void add_bulk(struct script *script, const json_t *mutation, const char *op)
{
    const json_t *names = json_object_get(mutation, "names");
    const int start = (int)json_integer_value(json_object_get(mutation, "start"));
    const int count = (int)json_integer_value(json_object_get(mutation, "count"));
    const json_t *grace = json_object_get(mutation, "grace");
    json_t *zero = json_integer(0);
    size_t index;
    json_t *name;

    script->spacing_s = BULK_SPACING_S;
    for (int i = start; strcmp(op, "create_pods") == 0 && i < start + count; i++)
        add_bulk_pod(script, recorded_form_text(mutation, "prefix"), i);
    json_array_foreach(names, index, name)
    {
        if (strcmp(op, "delete_pods") == 0)
            add_delete(script, "Pod", json_string_value(name), grace != NULL ? grace : zero);
        else
            add_patch_status(script, json_string_value(name), json_object_get(mutation, "status"));
    }
    script->spacing_s = SPACING_S;
    json_decref(zero);
}

/* What the API server refused, with {refused: true}, is left out: it changed nothing. */
static bool was_refused(const json_t *mutation)
{
    return json_is_true(json_object_get(mutation, "refused"));
}

static bool add_mutation(struct script *script, const json_t *mutation)
{
    const char *op = recorded_form_text(mutation, "op");
    const char *kind = recorded_form_text(mutation, "kind");
    const char *name = recorded_form_text(mutation, "name");

    if (strcmp(op, "create") == 0 || strcmp(op, "replace") == 0)
        add_object(script, json_object_get(mutation, "object"));
    else if (strcmp(op, "patch_status") == 0)
        add_patch_status(script, name, json_object_get(mutation, "status"));
    else if (strcmp(op, "patch") == 0)
        add_patch(script, kind, name, json_deep_copy(json_object_get(mutation, "patch")), false);
    else if (strcmp(op, "delete") == 0)
        add_delete(script, kind, name, json_object_get(mutation, "grace"));
    else if (strcmp(op, "wait") == 0)
        script->at_s += json_number_value(json_object_get(mutation, "seconds"));
    else if (strcmp(op, "create_pods") == 0 || strcmp(op, "delete_pods") == 0 ||
             strcmp(op, "patch_pods_status") == 0)
        add_bulk(script, mutation, op);
    else
        return false;
    return true;
}

/* How long to wait until nothing more happens. */
static double settle_s(const struct recorded_case *recorded, size_t step)
{
    const json_t *before = step > 0 ? recorded_case_observed(recorded, step - 1) : NULL;

    if (json_is_true(json_object_get(recorded_case_observed(recorded, step), "retries")))
        return SETTLE_LONG_S;
    return json_is_true(json_object_get(before, "retries")) ? SETTLE_RETRY_S : SETTLE_S;
}

static bool add_step(const struct recorded_case *recorded, struct script *script,
                     const json_t *step)
{
    size_t index;
    json_t *mutation;

    script->step_entry = json_array_size(script->timeline);
    json_array_foreach(json_object_get(step, "mutations"), index, mutation)
    {
        if (was_refused(mutation) || add_mutation(script, mutation))
            continue;
        fprintf(stderr, "%s: unknown op \"%s\"\n", recorded->name,
                recorded_form_text(mutation, "op"));
        return false;
    }
    return true;
}

static bool add_steps(struct recorded_case *recorded, struct script *script)
{
    size_t index;
    json_t *step;

    json_array_foreach(json_object_get(recorded->json, "steps"), index, step)
    {
        recorded->begun_s[index] = script->at_s;
        if (!add_step(recorded, script, step))
            return false;
        script->at_s += settle_s(recorded, index);
        recorded->settled_s[index] = script->at_s - 1;
    }
    return true;
}

json_t *recorded_case_nodes(void)
{
    json_t *nodes = json_array();

    for (int i = 0; i < 3; i++) {
        char name[16];
        char zone[16];

        snprintf(name, sizeof name, "node-%c", 'a' + i);
        snprintf(zone, sizeof zone, "zone-%d", i + 1);
        json_array_append_new(nodes, json_pack("{s:s, s:{s:s, s:{s:s, s:s, s:s}}}", "kind", "Node",
                                               "metadata", "name", name, "labels",
                                               "kubernetes.io/hostname", name,
                                               "topology.kubernetes.io/region", "r1",
                                               "topology.kubernetes.io/zone", zone));
    }
    return nodes;
}

/* A case of a dual-stack cluster says so itself, or (1.32) by its name. */
static bool is_dual_stack(const struct recorded_case *recorded, const char *config)
{
    return strstr(config, "dual-stack") != NULL || recorded->name[0] == 'd';
}

static json_t *controller_manager_of(const struct recorded_case *recorded)
{
    const char *config = recorded_form_text(recorded->json, "config");
    json_t *args = json_object();

    if (is_dual_stack(recorded, config)) {
        json_object_set_new(args, "service-cluster-ip-range",
                            json_string("10.96.0.0/16,fd00:10:96::/108"));
        if (strcmp(recorded->version, "1.20") == 0)
            json_object_set_new(args, "feature-gates", json_string("IPv6DualStack=true"));
    }
    if (strstr(config, "EndpointSliceTerminatingCondition") != NULL)
        json_object_set_new(args, "feature-gates",
                            json_string("EndpointSliceTerminatingCondition=true"));
    if (strstr(config, "garbage collector") != NULL)
        json_object_set_new(args, "controllers", json_string("*,-garbagecollector"));
    return json_pack("{s:o}", "extraArgs", args);
}

/* The scenario of what the script has in its timeline, and the nodes; the timeline is given up. */
static bool write_scenario(const struct recorded_case *recorded, const struct script *script,
                           const char *path)
{
    json_t *nodes = json_object_get(recorded->json, "nodes") != NULL
                        ? json_incref(json_object_get(recorded->json, "nodes"))
                        : recorded_case_nodes();
    char until[32];
    FILE *out = fopen(path, "w");
    json_t *scenario;
    size_t index;
    json_t *node;

    snprintf(until, sizeof until, "%.0fms", script->at_s * 1e3);
    scenario =
        json_pack("{s:s, s:s, s:{s:s}, s:{s:s, s:{s:s, s:s, s:o}, s:o}}", "apiVersion", "epsim/v1",
                  "kind", "Scenario", "metadata", "name", recorded->name, "spec", "until", until,
                  "cluster", "version", recorded->version, "kubelet", "none", "controllerManager",
                  controller_manager_of(recorded), "timeline", script->timeline);
    if (out != NULL) {
        json_dumpf(scenario, out, JSON_INDENT(1));
        json_array_foreach(nodes, index, node)
        {
            fputs("\n---\n", out);
            json_dumpf(node, out, JSON_INDENT(1));
        }
        fputs("\n", out);
    }
    json_decref(scenario);
    json_decref(nodes);
    return out != NULL && fclose(out) == 0;
}

bool recorded_case_write(struct recorded_case *recorded, const char *path, unsigned style)
{
    struct script script = {recorded, style, json_array(), FIRST_STEP_S, SPACING_S, 0};

    if (add_steps(recorded, &script))
        return write_scenario(recorded, &script, path);
    json_decref(script.timeline);
    return false;
}

bool recorded_case_write_refused(const struct recorded_case *recorded, size_t n, const char *path)
{
    struct script script = {recorded, 0, json_array(), FIRST_STEP_S, SPACING_S, 0};
    size_t index;
    size_t number;
    json_t *step;
    json_t *mutation;

    json_array_foreach(json_object_get(recorded->json, "steps"), index, step)
    {
        json_array_foreach(json_object_get(step, "mutations"), number, mutation)
        {
            if (was_refused(mutation) && n-- == 0 && add_mutation(&script, mutation))
                return write_scenario(recorded, &script, path);
        }
    }
    json_decref(script.timeline);
    return false;
}
