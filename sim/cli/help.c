/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"

#define OPTION_COLUMN 30 /* where an option's explanation begins */
#define COMMAND_COLUMN 14

static void pad(struct out *out, size_t used, size_t column)
{
    for (; used < column; used++)
        out_char(out, ' ');
}

/* "  -o, --output DIR          first line of the explanation", the other lines below it. */
static void print_option(struct out *out, const struct option *option)
{
    char head[128];
    const char *line = option->doc;
    int length;

    if (option->letter != '\0')
        length = snprintf(head, sizeof head, "  -%c, --%s", option->letter, option->name);
    else
        length = snprintf(head, sizeof head, "      --%s", option->name);
    EP_REQUIRE(length > 0 && (size_t)length < sizeof head);
    out_str(out, head);
    if (option->value_name != NULL) {
        out_char(out, ' ');
        out_str(out, option->value_name);
        length += 1 + (int)strlen(option->value_name);
    }
    if (length + 2 > OPTION_COLUMN) {
        out_char(out, '\n');
        length = 0;
    }
    pad(out, (size_t)length, OPTION_COLUMN);
    while (strchr(line, '\n') != NULL) {
        const size_t line_length = (size_t)(strchr(line, '\n') - line);

        out_bytes(out, line, line_length + 1);
        pad(out, 0, OPTION_COLUMN);
        line += line_length + 1;
    }
    out_str(out, line);
    out_char(out, '\n');
}

void help_command(struct out *out, const struct command *command)
{
    out_printf(out, "epsim %s: %s\n\n%s\nusage: %s\n", command->name, command->line,
               command->examples, command->usage);
    if (command->text != NULL)
        out_printf(out, "\n%s", command->text);
    out_str(out, "\noptions:\n");
    for (uint32_t i = 0; i < command->option_count; i++)
        print_option(out, &command->options[i]);
}

void help_overview(struct out *out)
{
    out_str(out, "epsim: how Kubernetes turns pods into Endpoints, and Endpoints into traffic\n"
                 "\n"
                 "  epsim scenarios/rolling-update.yaml          simulate; results and figures\n"
                 "  epsim scenarios/rolling-update.yaml -N 20    20 replications, with intervals\n"
                 "  epsim validate my-scenario.yaml              only check it\n"
                 "\n"
                 "usage: epsim FILE [OPTION]...                  the same as epsim run FILE\n"
                 "       epsim COMMAND [OPERAND]... [OPTION]...\n"
                 "\n"
                 "commands:\n");
    for (const struct command *const *row = command_table; *row != NULL; row++) {
        out_str(out, "  ");
        out_str(out, (*row)->name);
        pad(out, 2 + strlen((*row)->name), COMMAND_COLUMN);
        out_str(out, (*row)->line);
        out_char(out, '\n');
    }
    out_str(out, "\n"
                 "epsim help COMMAND explains a command and its options.\n"
                 "\n"
                 "exit status:\n"
                 "  0  fine                            4    --expect-fingerprint did not match\n"
                 "  1  the run failed                  99   a threshold failed\n"
                 "  2  usage or an invalid scenario    130  interrupted\n");
}
