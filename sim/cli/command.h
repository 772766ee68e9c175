/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A command of epsim: one row of the table in cli.c, one file command_NAME.c.
 */
#ifndef EPSIM_CLI_COMMAND_H
#define EPSIM_CLI_COMMAND_H

#include "cli/console.h"

struct command {
    const char *name;
    const char *line;     /* what it does, for the list of commands: at most 60 columns */
    const char *usage;    /* "epsim run FILE [OPTION]..." */
    const char *examples; /* lines, each indented by two blanks and at most 80 columns wide */
    const char *text;     /* what else to know; NULL: nothing */
    const struct option *options;
    uint32_t option_count;
    /* Carries it out. What it returns is the program's exit status; an error that is set is printed
     * by the caller. */
    enum status (*run)(const struct console *console, const struct options *options,
                       struct error *err);
};

extern const struct command command_run;
extern const struct command command_get;
extern const struct command command_describe;
extern const struct command command_diff;
extern const struct command command_dns;
extern const struct command command_validate;
extern const struct command command_explain;
extern const struct command command_schema;
extern const struct command command_why;
extern const struct command command_plot;
extern const struct command command_report;
extern const struct command command_completion;
extern const struct command command_version;
extern const struct command command_help;

/* The table, ended by NULL, in the order of the help page. */
extern const struct command *const command_table[];

/* NULL if there is none of that name. */
const struct command *command_find(const char *name);

/* STATUS_INVALID with `command`'s usage unless there is an operand (for commands that work on
 * files). */
enum status command_needs_operand(const struct command *command, const struct options *options,
                                  struct error *err) EP_MUST_CHECK;

#endif
