/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/out.h"
#include "base/version.h"
#include "cli/command.h"

static const struct option table[] = {CONSOLE_OPTIONS};

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct out text;
    enum status status;

    (void)console;
    (void)options;
    out_open_memory(&text);
    out_printf(&text, "epsim %s\n", version_text());
    status = console_data(text.buffer, text.used, err);
    out_discard(&text);
    return status;
}

const struct command command_version = {
    .name = "version",
    .line = "print the version",
    .usage = "epsim version",
    .examples = "  epsim version\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
