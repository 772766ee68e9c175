/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"
#include "scenario/schema.h"

static const struct option table[] = {CONSOLE_OPTIONS};

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct out text;
    enum status status;

    (void)console;
    if (options->operand_count > 0)
        return error_set(err, STATUS_INVALID, "schema: takes no operand, got \"%s\"",
                         options->operands[0]);
    out_open_memory(&text);
    schema_write(&text);
    status = console_data(text.buffer, text.used, err);
    out_discard(&text);
    return status;
}

const struct command command_schema = {
    .name = "schema",
    .line = "print the JSON Schema of scenarios, for editors",
    .usage = "epsim schema [OPTION]...",
    .examples = "  epsim schema > epsim.schema.json\n",
    .text = "JSON Schema draft 7. For an editor with a YAML language server, put this line\n"
            "on top of a scenario:\n"
            "  # yaml-language-server: $schema=epsim.schema.json\n"
            "It completes, explains and checks the Scenario; other documents of the stream\n"
            "are left alone. \"epsim validate\" checks all of it.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
