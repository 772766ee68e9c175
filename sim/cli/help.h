/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Help pages, made from the commands' tables; at most 80 columns, examples first.
 */
#ifndef EPSIM_CLI_HELP_H
#define EPSIM_CLI_HELP_H

#include "base/out.h"

struct command;

/* The page of the whole program. */
void help_overview(struct out *out);

/* The page of one command. */
void help_command(struct out *out, const struct command *command);

#endif
