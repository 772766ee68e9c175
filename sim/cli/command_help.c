/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"
#include "cli/help.h"
#include "cli/manual.h"

static const struct option table[] = {
    {"man", '\0', NULL, "epsim(1), for man"},
    CONSOLE_OPTIONS,
};

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct out page;
    enum status status;

    (void)console;
    out_open_memory(&page);
    if (options_has(options, "man"))
        manual_write_program(&page);
    else if (options->operand_count == 0)
        help_overview(&page);
    for (uint32_t i = 0; i < options->operand_count; i++) {
        const struct command *command = command_find(options->operands[i]);

        if (command == NULL) {
            out_discard(&page);
            return error_set(err, STATUS_INVALID, "no command \"%s\"; \"epsim help\" lists them",
                             options->operands[i]);
        }
        help_command(&page, command);
    }
    status = console_data(page.buffer, page.used, err);
    out_discard(&page);
    return status;
}

const struct command command_help = {
    .name = "help",
    .line = "explain a command",
    .usage = "epsim help [COMMAND]...",
    .examples = "  epsim help          # the list of commands\n"
                "  epsim help run      # the options of run\n"
                "  epsim help --man | man -l -\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
