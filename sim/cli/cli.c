/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"

const struct command *const command_table[] = {
    &command_run,      &command_get,        &command_describe, &command_diff, &command_dns,
    &command_validate, &command_explain,    &command_schema,   &command_why,  &command_plot,
    &command_report,   &command_completion, &command_version,  &command_help, NULL,
};

/* Commands of the design that come later: said so, rather than taken for a file. */
static const char *const later_commands[] = {
    "compare", "sweep", "solve", "serve", "lab", "bench",
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *row = command_table; *row != NULL; row++) {
        if (strcmp((*row)->name, name) == 0)
            return *row;
    }
    return NULL;
}

enum status command_needs_operand(const struct command *command, const struct options *options,
                                  struct error *err)
{
    if (options->operand_count > 0)
        return STATUS_OK;
    return error_set(err, STATUS_INVALID,
                     "%s: the operand is missing\nusage: %s\n\"epsim help %s\" explains",
                     command->name, command->usage, command->name);
}

static int exit_status(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return 0;
    case STATUS_INVALID:
        return 2;
    case STATUS_INTERRUPTED:
        return 130;
    case STATUS_FINGERPRINT:
        return 4;
    case STATUS_THRESHOLD:
        return 99;
    case STATUS_IO:
        break;
    }
    return 1;
}

/* Files opened later must not land on 0, 1 or 2. A closed standard output becomes one that takes no
 * bytes. */
static void keep_standard_files_open(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", fd == 1 ? O_RDONLY : O_RDWR) != fd)
            abort();
    }
}

/* Does the word name a file rather than a mistyped command? */
static bool is_file_name(const char *word)
{
    return strcmp(word, "-") == 0 || strpbrk(word, "./") != NULL || access(word, F_OK) == 0;
}

static enum status find_command(const char *word, const struct command **command, struct error *err)
{
    const char *names[32];
    uint32_t count = 0;
    const char *nearest;

    *command = command_find(word);
    if (*command != NULL)
        return STATUS_OK;
    for (uint32_t i = 0; i < EP_COUNT_OF(later_commands); i++) {
        if (strcmp(word, later_commands[i]) == 0)
            return error_set(err, STATUS_INVALID, "%s: not available in this version", word);
    }
    if (is_file_name(word)) {
        *command = &command_run;
        return STATUS_OK;
    }
    for (const struct command *const *row = command_table; *row != NULL; row++) {
        EP_REQUIRE(count < EP_COUNT_OF(names));
        names[count++] = (*row)->name;
    }
    nearest = text_nearest(word, names, count);
    if (nearest != NULL)
        return error_set(err, STATUS_INVALID, "unknown command \"%s\"; did you mean %s?", word,
                         nearest);
    return error_set(err, STATUS_INVALID,
                     "\"%s\" is neither a command nor a file; \"epsim help\" lists the commands",
                     word);
}

static enum status print_page(const struct command *command, struct error *err)
{
    struct out page;
    enum status status;

    out_open_memory(&page);
    help_command(&page, command);
    status = console_data(page.buffer, page.used, err);
    out_discard(&page);
    return status;
}

/* argv[0..argc): all behind the program's name. */
static enum status run_command(struct arena *arena, struct console *console, int argc, char **argv,
                               struct error *err)
{
    const struct command *command = &command_run;
    struct options options;
    enum status status = STATUS_OK;

    if (argc > 0 && (argv[0][0] != '-' || argv[0][1] == '\0')) {
        status = find_command(argv[0], &command, err);
        if (status == STATUS_OK && strcmp(argv[0], command->name) == 0) {
            argc--;
            argv++;
        }
    } else if (argc > 0 && (strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "--help") == 0)) {
        command = &command_help;
        argc = 0;
    } else if (argc > 0 && strcmp(argv[0], "--version") == 0) {
        command = &command_version;
        argc = 0;
    }
    if (status != STATUS_OK)
        return status;
    options_init(&options, arena, command->options, command->option_count);
    status = options_parse(&options, argc, argv, err);
    if (status == STATUS_OK && options_has(&options, "help"))
        return print_page(command, err);
    if (status == STATUS_OK)
        status = console_init(console, &options, err);
    if (status == STATUS_OK)
        status = command->run(console, &options, err);
    return status;
}

int cli_run(int argc, char **argv)
{
    struct error err = {.status = STATUS_OK};
    struct console console = {.has_color = false};
    struct arena arena;
    enum status status;

    keep_standard_files_open();
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(2), with a message */
    arena_init(&arena);
    if (argc < 2) {
        struct out page;

        out_open_memory(&page);
        help_overview(&page);
        (void)!write(STDERR_FILENO, page.buffer, page.used);
        out_discard(&page);
        status = STATUS_INVALID;
    } else {
        status = run_command(&arena, &console, argc - 1, argv + 1, &err);
    }
    if (status != STATUS_OK && err.text[0] != '\0')
        console_error(&console, err.text);
    arena_deinit(&arena);
    return exit_status(status);
}
