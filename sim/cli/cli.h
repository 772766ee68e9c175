/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: finds the command, reads its options, runs it, says what went wrong.
 */
#ifndef EPSIM_CLI_CLI_H
#define EPSIM_CLI_CLI_H

/* The whole program; returns its exit status (design: 0, 1, 2, 4, 99, 130). */
int cli_run(int argc, char **argv);

#endif
