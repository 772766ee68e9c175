/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The man pages, made of the tables that the program itself goes by.
 */
#ifndef EPSIM_CLI_MANUAL_H
#define EPSIM_CLI_MANUAL_H

#include "base/out.h"

/* epsim(1), from the commands and their options. */
void manual_write_program(struct out *out);

/* epsim-scenario(5), from the table of fields. */
void manual_write_scenario(struct out *out);

/* docs/fields.md, from the table of fields. */
void manual_write_fields(struct out *out);

#endif
