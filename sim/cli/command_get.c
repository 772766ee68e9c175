/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/look.h"
#include "cluster/run.h"
#include "report/kube_printer.h"
#include "report/kube_watch.h"

static const struct option table[] = {
    LOOK_OPTIONS,
    {"all-namespaces", 'A', NULL, "of all namespaces"},
    {"selector", 'l', "SEL", "only with these labels: app=kubia, tier!=db,\n'env in (a,b)', ..."},
    {"output", 'o', "wide|json|yaml|name", "more columns, whole objects, or names"},
    {"watch", 'w', NULL, "from the start on, a row whenever an object\nchanges"},
    {"node", '\0', "NODE",
     "what this node's kube-proxy has in effect, of\nservices, endpoints and endpointslices"},
    {"times", 't', NULL, "a first column with the simulated time (best\nwith -w)"},
    {"show-labels", '\0', NULL, "a last column with the labels"},
    {"no-headers", '\0', NULL, "no line of column names"},
    CONSOLE_OPTIONS,
};

/* Objects asked for: all of a kind, or one. */
struct target {
    const struct kube_kind *kind;
    const char *name; /* NULL: all */
};

/* All that the command line asks for. */
struct request {
    struct arena *arena;
    const struct options *options;
    struct target *targets;
    uint32_t target_count;
    uint32_t target_capacity;
    bool has_several_kinds;
    bool has_names;
    bool is_everywhere; /* -A */
    struct selector selector;
    struct snapshot_query query;
    struct kube_printer printer;
};

/* --- what is asked for --- */

static void add_target(struct request *request, const struct kube_kind *kind, const char *name)
{
    ARENA_GROW(request->arena, request->targets, &request->target_capacity,
               request->target_count + 1);
    request->targets[request->target_count++] = (struct target){.kind = kind, .name = name};
    request->has_several_kinds |= kind != request->targets[0].kind;
    request->has_names |= name != NULL;
}

static enum status add_kind(struct request *request, const char *word, const char *name,
                            struct error *err)
{
    const struct kube_kind *kind;
    enum status status = STATUS_OK;

    if (strcmp(word, "all") != 0) {
        status = look_kind(word, &kind, err);
        if (status == STATUS_OK)
            add_target(request, kind, name);
        return status;
    }
    for (uint32_t i = 0; i < KUBE_KIND_COUNT; i++) {
        if (kube_kind_at((enum kube_kind_id)i)->is_in_all)
            add_target(request, kube_kind_at((enum kube_kind_id)i), name);
    }
    request->has_several_kinds = true;
    return status;
}

/* "po,svc" with or without names behind. */
static enum status add_kinds(struct request *request, const char *words, const char *name,
                             struct error *err)
{
    enum status status = STATUS_OK;

    for (;;) {
        const size_t length = strcspn(words, ",");

        status = add_kind(request, arena_strndup(request->arena, words, length), name, err);
        if (status != STATUS_OK || words[length] == '\0')
            return status;
        words += length + 1;
    }
}

static enum status read_targets(struct request *request, struct error *err)
{
    const struct options *options = request->options;
    const char *first = options->operands[0];
    enum status status = STATUS_OK;

    if (strchr(first, '/') == NULL && options->operand_count == 1)
        return add_kinds(request, first, NULL, err);
    for (uint32_t i = 0; status == STATUS_OK && i < options->operand_count; i++) {
        const char *word = options->operands[i];
        const char *slash = strchr(word, '/');

        if ((slash == NULL) != (strchr(first, '/') == NULL))
            return error_set(err, STATUS_INVALID,
                             "KIND NAME... or KIND/NAME..., not both: \"%s\" and \"%s\"", first,
                             word);
        if (slash != NULL)
            status = add_kinds(request, arena_strndup(request->arena, word, (size_t)(slash - word)),
                               slash + 1, err);
        else if (i > 0)
            status = add_kinds(request, first, word, err);
    }
    return status;
}

static enum status read_format(struct request *request, struct error *err)
{
    const char *output = options_value(request->options, "output");
    struct kube_printer *printer = &request->printer;

    printer->format = KUBE_TABLE;
    if (output == NULL)
        return STATUS_OK;
    if (strcmp(output, "wide") == 0)
        printer->view.is_wide = true;
    else if (strcmp(output, "json") == 0)
        printer->format = KUBE_JSON;
    else if (strcmp(output, "yaml") == 0)
        printer->format = KUBE_YAML;
    else if (strcmp(output, "name") == 0)
        printer->format = KUBE_NAME;
    else
        return error_set(err, STATUS_INVALID,
                         "--output: expected wide, json, yaml or name, got \"%s\"", output);
    return STATUS_OK;
}

static enum status read_query(struct request *request, struct error *err)
{
    const struct options *options = request->options;
    const char *selector = options_value(options, "selector");
    const char *ns = options_value(options, "namespace");
    const char *reason = NULL;

    request->is_everywhere = options_has(options, "all-namespaces");
    request->query = (struct snapshot_query){.node = ID_NONE};
    if (!request->is_everywhere)
        request->query.ns = ns == NULL ? "default" : ns;
    if (selector == NULL)
        return STATUS_OK;
    if (!labels_parse_selector(request->arena, selector, &request->selector, &reason))
        return error_set(err, STATUS_INVALID, "--selector: %s", reason);
    request->query.selector = &request->selector;
    return STATUS_OK;
}

/* What does not go together. */
static enum status check(const struct request *request, struct error *err)
{
    const struct options *options = request->options;

    if (request->has_names && request->is_everywhere)
        return error_set(err, STATUS_INVALID, "a NAME is in one namespace: leave out -A");
    if (request->has_names && request->query.selector != NULL)
        return error_set(err, STATUS_INVALID, "either NAME or -l, not both");
    if (options_has(options, "watch") && request->has_several_kinds)
        return error_set(err, STATUS_INVALID, "-w watches one kind at a time");
    if (options_has(options, "watch") && request->target_count > 1)
        return error_set(err, STATUS_INVALID, "-w watches one object or all of a kind");
    for (uint32_t i = 0; options_has(options, "node") && i < request->target_count; i++) {
        if (!request->targets[i].kind->is_in_proxies)
            return error_set(err, STATUS_INVALID,
                             "--node: a kube-proxy knows services, endpoints and "
                             "endpointslices, not %s",
                             request->targets[i].kind->plural);
    }
    return STATUS_OK;
}

static enum status read_request(struct request *request, struct error *err)
{
    enum status status = command_needs_operand(&command_get, request->options, err);

    if (status == STATUS_OK)
        status = read_targets(request, err);
    if (status == STATUS_OK)
        status = read_format(request, err);
    if (status == STATUS_OK)
        status = read_query(request, err);
    return status == STATUS_OK ? check(request, err) : status;
}

/* --node, once the nodes are known. */
static enum status read_node(struct request *request, const struct look *look, struct error *err)
{
    const char *name = options_value(request->options, "node");
    const struct cluster *cluster = world_cluster(look->world);
    const uint32_t count = cluster_node_count(cluster);
    const char **names = ARENA_NEW_ARRAY(request->arena, count, const char *);
    const char *nearest;

    if (name == NULL)
        return STATUS_OK;
    request->query.node = cluster_find_node(cluster, name);
    if (request->query.node != ID_NONE)
        return STATUS_OK;
    for (uint32_t i = 0; i < count; i++)
        names[i] = cluster_node_name(cluster, i);
    nearest = text_nearest(name, names, count);
    return error_set(err, STATUS_INVALID, "--node: there is no node \"%s\"%s%s%s", name,
                     nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "?" : "");
}

/* --- what is printed --- */

struct found {
    struct kube_object *objects;
    uint32_t count;
    uint32_t capacity;
};

/* Appends what a target names. */
static enum status collect(struct request *request, const struct look *look,
                           const struct target *target, struct found *found, struct error *err)
{
    uint32_t count;
    const struct kube_object *objects;

    request->query.name = target->name;
    objects = kube_kind_list(request->arena, world_cluster(look->world), target->kind,
                             &request->query, &count);
    if (target->name != NULL && count == 0)
        return look_not_found(target->kind, target->name, err);
    ARENA_GROW(request->arena, found->objects, &found->capacity, found->count + count);
    for (uint32_t i = 0; i < count; i++)
        found->objects[found->count++] = objects[i];
    return STATUS_OK;
}

static void say_nothing_found(const struct request *request)
{
    bool is_namespaced = !request->is_everywhere;

    for (uint32_t i = 0; i < request->target_count; i++)
        is_namespaced &= request->targets[i].kind->is_namespaced;
    if (is_namespaced)
        fprintf(stderr, "No resources found in %s namespace.\n", request->query.ns);
    else
        fprintf(stderr, "No resources found\n");
}

/* The lists now; what is missing is said after what is there. */
static enum status print_now(struct request *request, const struct look *look, struct error *err)
{
    const bool is_single = request->has_names && request->target_count == 1;
    struct found found = {.count = 0};
    enum status worst = STATUS_OK;

    for (uint32_t i = 0; i < request->target_count; i++) {
        const enum status status = collect(request, look, &request->targets[i], &found, err);

        if (worst == STATUS_OK)
            worst = status;
    }
    if (found.count > 0 || worst == STATUS_OK)
        kube_printer_list(&request->printer, found.objects, found.count, is_single);
    if (!request->printer.has_written && worst == STATUS_OK)
        say_nothing_found(request);
    return worst;
}

static enum status show(struct request *request, struct look *look, struct error *err)
{
    const struct kube_view asked = request->printer.view;
    struct kube_view *view = &request->printer.view;
    struct kube_watch watch = {.world = look->world,
                               .kind = request->targets[0].kind,
                               .printer = &request->printer,
                               .arena = request->arena};
    enum status status;

    *view = look_view(look, look->at_ns);
    view->is_wide = asked.is_wide;
    view->has_namespace = request->is_everywhere;
    view->has_prefix = request->has_several_kinds;
    view->has_labels = options_has(request->options, "show-labels");
    view->has_time = options_has(request->options, "times");
    view->has_header = !options_has(request->options, "no-headers");
    if (!options_has(request->options, "watch")) {
        status = look_run(look, err);
        return status == STATUS_OK ? print_now(request, look, err) : status;
    }
    request->query.name = request->targets[0].name;
    watch.query = request->query;
    if (!world_run(look->world, 0, NULL))
        return STATUS_INTERRUPTED;
    if (watch.kind->id != KUBE_EVENT)
        kube_watch_start(&watch);
    status = look_run(look, err);
    if (status == STATUS_OK && watch.kind->id == KUBE_EVENT)
        kube_watch_events(&watch);
    if (status == STATUS_OK && !request->printer.has_written)
        say_nothing_found(request);
    return status;
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct request request = {.arena = options->arena, .options = options};
    struct error output_err;
    struct look look;
    struct out text;
    enum status status = read_request(&request, err);

    if (status != STATUS_OK)
        return status;
    out_open_memory(&text);
    request.printer.out = &text;
    status = look_open(&look, console, options, err);
    for (uint32_t i = 0; status == STATUS_OK && i < request.target_count; i++) {
        if (request.targets[i].kind->id == KUBE_EVENT)
            world_keep_events(look.world);
    }
    if (status == STATUS_OK)
        status = read_node(&request, &look, err);
    if (status == STATUS_OK)
        status = show(&request, &look, err);
    if (console_data(text.buffer, text.used, &output_err) != STATUS_OK && status == STATUS_OK) {
        status = output_err.status;
        *err = output_err;
    }
    out_discard(&text);
    look_close(&look);
    return status;
}

const struct command command_get = {
    .name = "get",
    .line = "what the cluster holds at any simulated time, as kubectl",
    .usage = "epsim get KIND[,KIND]... [NAME]... -f FILE [OPTION]...",
    .examples = "  epsim get ep -f scenarios/rolling-update.yaml\n"
                "  epsim get po -f scenarios/rolling-update.yaml --at 61.5s -o wide\n"
                "  epsim get ep kubia -f scenarios/rolling-update.yaml -w -t\n"
                "  epsim get ep -f scenarios/rolling-update.yaml --at 62s --node node-2\n"
                "  epsim get all -A -f scenarios/rolling-update.yaml\n"
                "  epsim get svc/kubia -f scenarios/rolling-update.yaml -o yaml\n",
    .text = "Simulates up to --at and no further, then lists objects in kubectl's columns\n"
            "and JSON. KIND: pods (po), services (svc), endpoints (ep), endpointslices,\n"
            "deployments (deploy), replicasets (rs), replicationcontrollers (rc),\n"
            "nodes (no), events (ev), all. Ages count from --at back;\n"
            "what is there at the start was made an hour before, unless its manifest\n"
            "says when. A node's proxy has nothing of headless and ExternalName services.\n"
            "Exit status 1 if a NAME is not found.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
