/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLOR_ERROR "\033[1;31m"
#define COLOR_WARNING "\033[1;33m"
#define COLOR_OFF "\033[0m"

static enum status choose(const struct options *options, const char *name,
                          const char *const choices[3], uint32_t *choice, struct error *err)
{
    const char *value = options_value(options, name);

    *choice = 0;
    if (value == NULL)
        return STATUS_OK;
    for (uint32_t i = 0; i < 3; i++) {
        if (strcmp(value, choices[i]) == 0) {
            *choice = i;
            return STATUS_OK;
        }
    }
    return error_set(err, STATUS_INVALID, "--%s: expected %s, %s or %s, got \"%s\"", name,
                     choices[0], choices[1], choices[2], value);
}

enum status console_init(struct console *console, const struct options *options, struct error *err)
{
    static const char *const colors[3] = {"auto", "always", "never"};
    static const char *const progresses[3] = {"auto", "plain", "none"};
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    const bool is_terminal =
        isatty(STDERR_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0;
    uint32_t color;
    uint32_t progress;
    enum status status;

    console->is_quiet = options_has(options, "quiet");
    console->is_verbose = options_has(options, "verbose") && !console->is_quiet;
    status = choose(options, "color", colors, &color, err);
    if (status == STATUS_OK)
        status = choose(options, "progress", progresses, &progress, err);
    if (status != STATUS_OK)
        return status;
    console->has_color =
        color == 1 || (color == 0 && is_terminal && (no_color == NULL || no_color[0] == '\0'));
    console->has_data_color =
        color == 1 || (color == 0 && isatty(STDOUT_FILENO) == 1 && term != NULL &&
                       strcmp(term, "dumb") != 0 && (no_color == NULL || no_color[0] == '\0'));
    console->progress = CONSOLE_PROGRESS_NONE;
    if (!console->is_quiet && progress == 1)
        console->progress = CONSOLE_PROGRESS_PLAIN;
    else if (!console->is_quiet && progress == 0 && is_terminal)
        console->progress = CONSOLE_PROGRESS_BAR;
    return STATUS_OK;
}

/* In one write, so that lines of several programs on one terminal do not mix. */
static void say(const struct console *console, const char *kind, const char *color,
                const char *text)
{
    const bool has_color = console->has_color && kind[0] != '\0';

    fprintf(stderr, "epsim: %s%s%s%s%s\n", has_color ? color : "", kind,
            kind[0] != '\0' ? ": " : "", has_color ? COLOR_OFF : "", text);
    fflush(stderr);
}

static void say_formatted(const struct console *console, const char *const kind_and_color[2],
                          const char *format, va_list args) __attribute__((format(printf, 3, 0)));

static void say_formatted(const struct console *console, const char *const kind_and_color[2],
                          const char *format, va_list args)
{
    char text[4096];

    if (vsnprintf(text, sizeof text, format, args) >= 0)
        say(console, kind_and_color[0], kind_and_color[1], text);
}

void console_error(const struct console *console, const char *text)
{
    say(console, "error", COLOR_ERROR, text);
}

void console_warning(const struct console *console, const char *format, ...)
{
    static const char *const kind[2] = {"warning", COLOR_WARNING};
    va_list args;

    if (console->is_quiet)
        return;
    va_start(args, format);
    say_formatted(console, kind, format, args);
    va_end(args);
}

void console_note(const struct console *console, const char *format, ...)
{
    static const char *const kind[2] = {"", ""};
    va_list args;

    if (console->is_quiet)
        return;
    va_start(args, format);
    say_formatted(console, kind, format, args);
    va_end(args);
}

void console_detail(const struct console *console, const char *format, ...)
{
    static const char *const kind[2] = {"", ""};
    va_list args;

    if (!console->is_verbose)
        return;
    va_start(args, format);
    say_formatted(console, kind, format, args);
    va_end(args);
}

enum status console_data(const char *text, size_t length, struct error *err)
{
    size_t done = 0;

    while (done < length) {
        const ssize_t written = write(STDOUT_FILENO, text + done, length - done);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EBADF)
            return error_set(err, STATUS_IO, "standard output is closed");
        if (written < 0)
            return error_set(err, STATUS_IO, "standard output: %s", strerror(errno));
        done += (size_t)written;
    }
    return STATUS_OK;
}
