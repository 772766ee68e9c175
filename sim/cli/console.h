/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the program says: data on standard output, all else on standard error, quiet, wordy or
 * coloured as asked.
 */
#ifndef EPSIM_CLI_CONSOLE_H
#define EPSIM_CLI_CONSOLE_H

#include "cli/options.h"

enum console_progress {
    CONSOLE_PROGRESS_NONE,
    CONSOLE_PROGRESS_PLAIN,
    CONSOLE_PROGRESS_BAR
};

struct console {
    bool is_quiet;       /* -q: errors only */
    bool is_verbose;     /* -v */
    bool has_color;      /* of messages */
    bool has_data_color; /* of data: standard output is a terminal, or --color always */
    enum console_progress progress;
};

/* The options that every command takes; rows of its table. */
/* clang-format off */
#define CONSOLE_OPTIONS                                                                        \
    {"quiet", 'q', NULL, "say nothing on standard error but errors"},                          \
    {"verbose", 'v', NULL, "say more on standard error"},                                      \
    {"color", '\0', "auto|always|never",                                                       \
     "colour messages; auto: on a terminal, unless\nNO_COLOR is set"},                         \
    {"progress", '\0', "auto|plain|none", "how far the run is; auto: a bar on a terminal"},    \
    {"help", 'h', NULL, "this page"}
/* clang-format on */

/* As wanted by the options, the environment (NO_COLOR, TERM) and what standard error is.
 * STATUS_INVALID on a value that is none of the choices. */
enum status console_init(struct console *console, const struct options *options,
                         struct error *err) EP_MUST_CHECK;

/* One message each, "epsim: error: ..." and so on; further lines of the text stand as they are. */
void console_error(const struct console *console, const char *text);
void console_warning(const struct console *console, const char *format, ...) EP_PRINTF(2, 3);
void console_note(const struct console *console, const char *format, ...) EP_PRINTF(2, 3);
void console_detail(const struct console *console, const char *format, ...)
    EP_PRINTF(2, 3); /* with -v */

/* Whole text to standard output, unbuffered. STATUS_IO if it does not take all (closed, full). */
enum status console_data(const char *text, size_t length, struct error *err) EP_MUST_CHECK;

#endif
