/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "cli/command.h"
#include "scenario/scenario.h"

static const struct option table[] = {
    {"set", '\0', "PATH=VALUE", "override a field of the scenario (repeatable)"},
    CONSOLE_OPTIONS,
};

/* Warnings are what is asked for: -q does not silence them. */
static void print_warnings(const struct console *console, const struct scenario *scenario)
{
    struct console loud = *console;

    loud.is_quiet = false;
    for (uint32_t i = 0; i < scenario->warning_count; i++)
        console_warning(&loud, "%s", scenario->warnings[i]);
}

/* Prints what is wrong with one file, or that nothing is, and what is made of its manifests. */
static enum status validate(const struct console *console, const char *path,
                            const struct scenario_options *options, struct error *err)
{
    struct scenario scenario;
    struct out text;
    enum status status;
    struct error output_err;

    out_open_memory(&text);
    status = scenario_load(&scenario, path, options, &text, err);
    fwrite(text.buffer, 1, text.used, stderr);
    out_discard(&text);
    if (status == STATUS_OK) {
        print_warnings(console, &scenario);
        out_open_memory(&text);
        if (!console->is_quiet) {
            out_printf(&text, "%s: valid\n", path);
            if (scenario.report[0] != '\0')
                out_printf(&text, "\n%s", scenario.report);
        }
        status = console_data(text.buffer, text.used, &output_err);
        if (status != STATUS_OK)
            *err = output_err;
        out_discard(&text);
    }
    scenario_free(&scenario);
    return status;
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct scenario_options scenario_options = {.wants_report = !console->is_quiet,
                                                .is_only_look = true};
    enum status worst;

    worst = command_needs_operand(&command_validate, options, err);
    if (worst != STATUS_OK)
        return worst;
    scenario_options.sets = options_values(options, "set", &scenario_options.set_count);
    for (uint32_t i = 0; i < options->operand_count; i++) {
        struct error file_err;
        const enum status status =
            validate(console, options->operands[i], &scenario_options, &file_err);

        if (status == STATUS_OK)
            continue;
        console_error(console, file_err.text);
        if (worst != STATUS_IO)
            worst = status;
    }
    return worst;
}

const struct command command_validate = {
    .name = "validate",
    .line = "check scenarios without running them",
    .usage = "epsim validate FILE... [OPTION]...",
    .examples = "  epsim validate my-scenario.yaml\n"
                "  epsim validate -q scenarios/*.yaml     # only errors and warnings\n"
                "  kubectl get deploy,svc -o yaml | epsim validate -\n",
    .text = "All mistakes of a file are reported in one pass, each with file, line and\n"
            "column. \"-\" is standard input. Of each manifest it says which fields are\n"
            "modelled, approximated or ignored; warnings tell of what is left out and of\n"
            "likely mistakes. With -q errors and warnings are all that is said. Exit status\n"
            "2 if a file is invalid, 0 with warnings.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
