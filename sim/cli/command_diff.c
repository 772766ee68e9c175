/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/look.h"
#include "cluster/run.h"
#include "report/node_diff.h"

static const struct option table[] = {
    {"filename", 'f', "FILE", "the scenario; \"-\" is standard input"},
    {"at", '\0', "TIME",
     "just after this simulated time: 61.5s, 3m, ...\n(default: the end; later is fine)"},
    {"seed", '\0', "NUMBER", "seed of all randomness"},
    {"set", '\0', "PATH=VALUE", "override a field of the scenario (repeatable)"},
    CONSOLE_OPTIONS,
};

static enum status find_node(struct look *look, const char *name, uint32_t *node, struct error *err)
{
    const struct cluster *cluster = world_cluster(look->world);
    const uint32_t count = cluster_node_count(cluster);
    const char **names = ARENA_NEW_ARRAY(&look->arena, count, const char *);
    const char *nearest;

    *node = cluster_find_node(cluster, name);
    if (*node != ID_NONE)
        return STATUS_OK;
    for (uint32_t i = 0; i < count; i++)
        names[i] = cluster_node_name(cluster, i);
    nearest = text_nearest(name, names, count);
    return error_set(err, STATUS_INVALID, "there is no node \"%s\"%s%s%s", name,
                     nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "?" : "");
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct error output_err;
    struct look look;
    struct out text;
    uint32_t node = ID_NONE;
    enum status status = command_needs_operand(&command_diff, options, err);

    if (status != STATUS_OK)
        return status;
    if (options->operand_count > 1)
        return error_set(err, STATUS_INVALID, "one NODE at a time, got \"%s\" and \"%s\"",
                         options->operands[0], options->operands[1]);
    out_open_memory(&text);
    status = look_open(&look, console, options, err);
    if (status == STATUS_OK)
        status = find_node(&look, options->operands[0], &node, err);
    if (status == STATUS_OK)
        status = look_run(&look, err);
    if (status == STATUS_OK && node_diff_write(&text, world_cluster(look.world), node) == 0)
        fprintf(stderr, "%s has what the API holds.\n", options->operands[0]);
    if (console_data(text.buffer, text.used, &output_err) != STATUS_OK && status == STATUS_OK) {
        status = output_err.status;
        *err = output_err;
    }
    out_discard(&text);
    look_close(&look);
    return status;
}

const struct command command_diff = {
    .name = "diff",
    .line = "where a node believes something else than the API holds",
    .usage = "epsim diff NODE -f FILE [OPTION]...",
    .examples = "  epsim diff node-2 -f scenarios/rolling-update.yaml --at 62s\n",
    .text = "Simulates up to --at and no further, then compares the endpoints that the\n"
            "node's kube-proxy has in effect with those of the API's EndpointSlices: a row\n"
            "an address that differs, \"-\" where one side does not list it. Exit status 0\n"
            "whether or not something differs.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
