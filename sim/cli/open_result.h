/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens a result folder for a command, and says on standard error what is to be known of it.
 */
#ifndef EPSIM_CLI_OPEN_RESULT_H
#define EPSIM_CLI_OPEN_RESULT_H

#include "cli/console.h"
#include "report/result.h"

/* As result_open; of a run that was interrupted, a warning says what it covers. */
enum status open_result(const struct console *console, const char *folder, struct result *result,
                        struct error *err) EP_MUST_CHECK;

#endif
