/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion scripts for three shells, made of the tables of commands and options. An operand is a folder where the usage
 * says DIR, a file where it says FILE; an option's choices stand in its value's name, with bars between them.
 */
#include <string.h>

#include "base/out.h"
#include "cli/command.h"

static const struct option table[] = {CONSOLE_OPTIONS};

static const char kinds[] = "pods services endpoints endpointslices nodes deployments replicasets "
                            "replicationcontrollers events po svc ep no deploy rs rc";

/* The words that the command's first operand may be, or NULL. */
static const char *operand_words(const struct command *command)
{
    static const char field_roots[] = "scenario scenario.spec scenario.spec.cluster "
                                      "scenario.spec.clients scenario.spec.apps "
                                      "scenario.spec.timeline distribution deployment service pod "
                                      "node endpoints endpointslice replicaset";

    if (strstr(command->usage, " SHELL") != NULL)
        return "bash zsh fish";
    if (strstr(command->usage, " KIND") != NULL)
        return kinds;
    if (strstr(command->usage, " PATH") != NULL)
        return field_roots;
    return NULL;
}

static bool takes_folder(const struct command *command)
{
    return strstr(command->usage, " DIR") != NULL;
}

static bool is_path_value(const struct option *option)
{
    return strcmp(option->value_name, "FILE") == 0 || strcmp(option->value_name, "DIR") == 0;
}

/* Text between bars, with blanks instead. */
static void put_choices(struct out *out, const char *value_name)
{
    for (; *value_name != '\0'; value_name++)
        out_char(out, *value_name == '|' ? ' ' : *value_name);
}

static void put_command_names(struct out *out)
{
    for (const struct command *const *row = command_table; *row != NULL; row++)
        out_printf(out, "%s%s", row == command_table ? "" : " ", (*row)->name);
}

/* --- bash --- */

static void put_bash_values(struct out *out, const struct command *command)
{
    for (uint32_t i = 0; i < command->option_count; i++) {
        const struct option *option = &command->options[i];

        if (option->value_name == NULL)
            continue;
        out_printf(out, "    %s:--%s", command->name, option->name);
        if (option->letter != '\0')
            out_printf(out, "|%s:-%c", command->name, option->letter);
        if (strchr(option->value_name, '|') != NULL) {
            out_str(out, ") words=\"");
            put_choices(out, option->value_name);
            out_str(out, "\" ;;\n");
        } else {
            out_printf(out, ") words=%s ;;\n", is_path_value(option) ? "@" : "-");
        }
    }
}

static void put_bash_command(struct out *out, const struct command *command)
{
    const char *words = operand_words(command);

    out_printf(out, "    %s)\n        options=\"", command->name);
    for (uint32_t i = 0; i < command->option_count; i++) {
        out_printf(out, "%s--%s", i > 0 ? " " : "", command->options[i].name);
        if (command->options[i].letter != '\0')
            out_printf(out, " -%c", command->options[i].letter);
    }
    out_printf(out, "\"\n        operands=\"%s\" ;;\n",
               words != NULL ? words : (takes_folder(command) ? "@folder" : "@"));
}

static void write_bash(struct out *out)
{
    out_str(out, "# bash completion of epsim: epsim completion bash >/etc/bash_completion.d/epsim\n"
                 "_epsim() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                 "    local command=run words= options operands\n"
                 "    local commands=\"");
    put_command_names(out);
    out_str(
        out,
        "\"\n"
        "    COMPREPLY=()\n"
        "    [[ $COMP_CWORD -gt 1 && \" $commands \" == *\" ${COMP_WORDS[1]} \"* ]] && command=${COMP_WORDS[1]}\n"
        "    case $command:$before in\n");
    for (const struct command *const *row = command_table; *row != NULL; row++)
        put_bash_values(out, *row);
    out_str(out, "    esac\n    case $command in\n");
    for (const struct command *const *row = command_table; *row != NULL; row++)
        put_bash_command(out, *row);
    out_str(
        out,
        "    esac\n"
        "    if [[ -z $words ]]; then\n"
        "        if [[ $word == -* ]]; then\n"
        "            words=$options\n"
        "        elif [[ $COMP_CWORD -eq 1 ]]; then\n"
        "            mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"$word\"; compgen -f -- \"$word\")\n"
        "            return\n"
        "        else\n"
        "            words=$operands\n"
        "        fi\n"
        "    fi\n"
        "    case $words in\n"
        "    -) ;;\n"
        "    @) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n"
        "    @folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\") ;;\n"
        "    *) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\") ;;\n"
        "    esac\n"
        "}\n"
        "complete -F _epsim epsim\n");
}

/* --- zsh --- */

/* Text inside single quotes and _arguments' brackets. */
static void put_zsh(struct out *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            out_str(out, "'\\''");
        else if (*text == '[' || *text == ']' || *text == ':')
            out_printf(out, "\\%c", *text);
        else
            out_char(out, *text == '\n' ? ' ' : *text);
    }
}

static void put_zsh_option(struct out *out, const char *dashes, const char *name,
                           const struct option *option)
{
    out_printf(out, "            '*%s%s[", dashes, name);
    put_zsh(out, option->doc);
    out_char(out, ']');
    if (option->value_name != NULL && strchr(option->value_name, '|') != NULL) {
        out_printf(out, ":%s:(", option->name);
        put_choices(out, option->value_name);
        out_char(out, ')');
    } else if (option->value_name != NULL) {
        out_char(out, ':');
        put_zsh(out, option->value_name);
        out_str(out, is_path_value(option) ? ":_files" : ":");
    }
    out_str(out, "' \\\n");
}

static void put_zsh_command(struct out *out, const struct command *command)
{
    const char *words = operand_words(command);

    out_printf(out, "    %s)\n        _arguments -s \\\n", command->name);
    for (uint32_t i = 0; i < command->option_count; i++) {
        const struct option *option = &command->options[i];

        put_zsh_option(out, "--", option->name, option);
        if (option->letter != '\0')
            put_zsh_option(out, "-", (char[]){option->letter, '\0'}, option);
    }
    if (words != NULL)
        out_printf(out, "            '*:operand:(%s)' ;;\n", words);
    else
        out_printf(out, "            '*:%s' ;;\n",
                   takes_folder(command) ? "folder:_files -/" : "file:_files");
}

static void write_zsh(struct out *out)
{
    out_str(out, "#compdef epsim\n"
                 "# zsh completion of epsim: epsim completion zsh >\"${fpath[1]}/_epsim\"\n"
                 "_epsim() {\n"
                 "    local -a commands=(\n");
    for (const struct command *const *row = command_table; *row != NULL; row++) {
        out_printf(out, "        '%s:", (*row)->name);
        put_zsh(out, (*row)->line);
        out_str(out, "'\n");
    }
    out_str(out, "    )\n"
                 "    if (( CURRENT == 2 )); then\n"
                 "        _describe command commands\n"
                 "        _files\n"
                 "        return\n"
                 "    fi\n"
                 "    local command=$words[2]\n"
                 "    if (( ${commands[(I)$command:*]} )); then\n"
                 "        shift words\n"
                 "        (( CURRENT-- ))\n"
                 "    else\n"
                 "        command=run\n"
                 "    fi\n"
                 "    case $command in\n");
    for (const struct command *const *row = command_table; *row != NULL; row++)
        put_zsh_command(out, *row);
    out_str(out, "    esac\n}\n_epsim \"$@\"\n");
}

/* --- fish --- */

/* Text inside single quotes. */
static void put_fish(struct out *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            out_char(out, '\\');
        out_char(out, *text == '\n' ? ' ' : *text);
    }
}

static void put_fish_option(struct out *out, const struct command *command,
                            const struct option *option)
{
    const char *condition =
        strcmp(command->name, "run") == 0 ? "__epsim_is_run" : "__fish_seen_subcommand_from";

    out_printf(out, "complete -c epsim -n '%s", condition);
    if (strcmp(command->name, "run") != 0)
        out_printf(out, " %s", command->name);
    out_printf(out, "' -l %s", option->name);
    if (option->letter != '\0')
        out_printf(out, " -s %c", option->letter);
    if (option->value_name != NULL && strchr(option->value_name, '|') != NULL) {
        out_str(out, " -x -a '");
        put_choices(out, option->value_name);
        out_char(out, '\'');
    } else if (option->value_name != NULL) {
        out_str(out, is_path_value(option) ? " -r" : " -x");
    }
    out_str(out, " -d '");
    put_fish(out, option->doc);
    out_str(out, "'\n");
}

static void write_fish(struct out *out)
{
    out_str(
        out,
        "# fish completion of epsim: epsim completion fish >~/.config/fish/completions/epsim.fish\n"
        "set -l commands ");
    put_command_names(out);
    out_str(out, "\nfunction __epsim_is_run\n"
                 "    not __fish_seen_subcommand_from ");
    for (const struct command *const *row = command_table; *row != NULL; row++) {
        if (strcmp((*row)->name, "run") != 0)
            out_printf(out, "%s ", (*row)->name);
    }
    out_str(out, "\nend\n");
    for (const struct command *const *row = command_table; *row != NULL; row++) {
        const char *words = operand_words(*row);

        out_printf(out,
                   "complete -c epsim -n \"not __fish_seen_subcommand_from $commands\" -a %s -d '",
                   (*row)->name);
        put_fish(out, (*row)->line);
        out_str(out, "'\n");
        if (words != NULL)
            out_printf(out, "complete -c epsim -f -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                       (*row)->name, words);
        for (uint32_t i = 0; i < (*row)->option_count; i++)
            put_fish_option(out, *row, &(*row)->options[i]);
    }
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    static const struct {
        const char *shell;
        void (*write)(struct out *out);
    } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    struct out script;
    enum status status;

    (void)console;
    if (options->operand_count != 1)
        return error_set(err, STATUS_INVALID,
                         "completion: which shell? expected one of bash, zsh, fish\nusage: %s",
                         command_completion.usage);
    for (size_t i = 0; i < EP_COUNT_OF(shells); i++) {
        if (strcmp(options->operands[0], shells[i].shell) != 0)
            continue;
        out_open_memory(&script);
        shells[i].write(&script);
        status = console_data(script.buffer, script.used, err);
        out_discard(&script);
        return status;
    }
    return error_set(err, STATUS_INVALID,
                     "completion: got \"%.40s\"; expected one of bash, zsh, fish",
                     options->operands[0]);
}

const struct command command_completion = {
    .name = "completion",
    .line = "print a completion script for a shell",
    .usage = "epsim completion SHELL",
    .examples = "  source <(epsim completion bash)\n"
                "  epsim completion zsh >\"${fpath[1]}/_epsim\"\n"
                "  epsim completion fish >~/.config/fish/completions/epsim.fish\n",
    .text = "Shells: bash, zsh, fish.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
