/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/look.h"
#include "report/describe.h"

static const struct option table[] = {
    LOOK_OPTIONS,
    CONSOLE_OPTIONS,
};

/* The kind, and the names asked for; none: all of the kind. */
struct request {
    const struct kube_kind *kind;
    const char *const *names;
    uint32_t name_count;
    const char *ns;
};

/* "KIND", "KIND NAME..." or "KIND/NAME". */
static enum status read_request(struct request *request, const struct options *options,
                                struct error *err)
{
    enum status status = command_needs_operand(&command_describe, options, err);
    const char *first;
    const char *slash;
    const char **name;

    if (status != STATUS_OK)
        return status;
    first = options->operands[0];
    slash = strchr(first, '/');
    request->ns = options_value(options, "namespace");
    if (request->ns == NULL)
        request->ns = "default";
    if (slash == NULL) {
        request->names = options->operands + 1;
        request->name_count = options->operand_count - 1;
        return look_kind(first, &request->kind, err);
    }
    if (options->operand_count > 1)
        return error_set(err, STATUS_INVALID, "one KIND/NAME at a time, got \"%s\" and \"%s\"",
                         first, options->operands[1]);
    name = ARENA_NEW(options->arena, const char *);
    *name = slash + 1;
    request->names = name;
    request->name_count = 1;
    return look_kind(arena_strndup(options->arena, first, (size_t)(slash - first)), &request->kind,
                     err);
}

/* All of one name, or all of the kind; two blank lines between, as kubectl has it. */
static enum status show(struct out *out, const struct request *request, struct look *look,
                        const char *name, struct error *err)
{
    const struct snapshot_query query = {.ns = request->ns, .name = name, .node = ID_NONE};
    const struct cluster *cluster = world_cluster(look->world);
    const struct kube_view view = look_view(look, look->at_ns);
    uint32_t count;
    const struct kube_object *objects =
        kube_kind_list(&look->arena, cluster, request->kind, &query, &count);

    if (name != NULL && count == 0)
        return look_not_found(request->kind, name, err);
    if (count == 0)
        fprintf(stderr, "No resources found in %s namespace.\n", request->ns);
    for (uint32_t i = 0; i < count; i++) {
        if (out->used > 0)
            out_str(out, "\n\n");
        describe_object(out, cluster, &view, &objects[i]);
    }
    return STATUS_OK;
}

static enum status show_all(struct out *out, const struct request *request, struct look *look,
                            struct error *err)
{
    enum status worst = STATUS_OK;

    if (request->name_count == 0)
        return show(out, request, look, NULL, err);
    for (uint32_t i = 0; i < request->name_count; i++) {
        const enum status status = show(out, request, look, request->names[i], err);

        if (worst == STATUS_OK)
            worst = status;
    }
    return worst;
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct request request = {.name_count = 0};
    struct error output_err;
    struct look look;
    struct out text;
    enum status status = read_request(&request, options, err);

    if (status != STATUS_OK)
        return status;
    out_open_memory(&text);
    status = look_open(&look, console, options, err);
    if (status == STATUS_OK) {
        world_keep_events(look.world);
        status = look_run(&look, err);
    }
    if (status == STATUS_OK)
        status = show_all(&text, &request, &look, err);
    if (console_data(text.buffer, text.used, &output_err) != STATUS_OK && status == STATUS_OK) {
        status = output_err.status;
        *err = output_err;
    }
    out_discard(&text);
    look_close(&look);
    return status;
}

const struct command command_describe = {
    .name = "describe",
    .line = "an object at any simulated time in words, as kubectl",
    .usage = "epsim describe KIND [NAME]... -f FILE [OPTION]...",
    .examples = "  epsim describe svc kubia -f scenarios/rolling-update.yaml\n"
                "  epsim describe ep kubia -f scenarios/rolling-update.yaml --at 61.5s\n"
                "  epsim describe deploy/kubia -f scenarios/rolling-update.yaml --at 70s\n",
    .text = "Simulates up to --at and no further, then describes the object in kubectl's\n"
            "layout: svc, ep, endpointslice, po, deploy, rs, rc, no. Without NAME all of\n"
            "the kind. Exit status 1 if a NAME is not found.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
