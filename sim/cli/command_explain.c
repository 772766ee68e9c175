/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli/command.h"
#include "cli/manual.h"
#include "scenario/explain.h"

static const struct option table[] = {
    {"recursive", '\0', NULL, "only names and types, of all that is below"},
    {"manual", '\0', "man|markdown",
     "all fields of a scenario: epsim-scenario(5),\nor the page docs/fields.md"},
    CONSOLE_OPTIONS,
};

static enum status write_manual(const char *format, struct error *err)
{
    const bool is_man = strcmp(format, "man") == 0;
    struct out page;
    enum status status;

    if (!is_man && strcmp(format, "markdown") != 0)
        return error_set(err, STATUS_INVALID, "--manual: got \"%.40s\"; expected man or markdown",
                         format);
    out_open_memory(&page);
    if (is_man)
        manual_write_scenario(&page);
    else
        manual_write_fields(&page);
    status = console_data(page.buffer, page.used, err);
    out_discard(&page);
    return status;
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct out page;
    enum status status = STATUS_OK;

    (void)console;
    if (options_has(options, "manual"))
        return write_manual(options_value(options, "manual"), err);
    if (options->operand_count == 0)
        return error_set(
            err, STATUS_INVALID,
            "explain: which field? Paths begin with scenario, distribution or a kind of "
            "manifest\nusage: %s\n%s\"epsim help explain\" explains",
            command_explain.usage, command_explain.examples);
    out_open_memory(&page);
    for (uint32_t i = 0; status == STATUS_OK && i < options->operand_count; i++)
        status = explain_write(&page, options->operands[i], options_has(options, "recursive"), err);
    if (status == STATUS_OK)
        status = console_data(page.buffer, page.used, err);
    out_discard(&page);
    return status;
}

const struct command command_explain = {
    .name = "explain",
    .line = "explain a field of scenarios and manifests",
    .usage = "epsim explain PATH... [OPTION]...",
    .examples = "  epsim explain scenario.spec.clients\n"
                "  epsim explain scenario.spec.cluster.latency\n"
                "  epsim explain deployment.spec.strategy\n"
                "  epsim explain distribution\n"
                "  epsim explain scenario --recursive\n",
    .text = "A page in the manner of \"kubectl explain\": type, default, what is allowed. Of\n"
            "manifests it says which fields are modelled, approximated or ignored. Kinds:\n"
            "scenario, distribution, deployment, replicaset, pod, service, node, ... and\n"
            "their short names.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
