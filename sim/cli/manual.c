/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/manual.h"

#include <string.h>

#include "cli/command.h"
#include "scenario/explain_manual.h"

/* Text for roff: backslashes and dashes as themselves, no line that looks like a request. */
static void put(struct out *out, const char *text)
{
    bool is_line_start = true;

    for (; *text != '\0'; text++) {
        if (is_line_start && (*text == '.' || *text == '\''))
            out_str(out, "\\&");
        if (*text == '\\')
            out_str(out, "\\e");
        else if (*text == '-')
            out_str(out, "\\-");
        else
            out_char(out, *text);
        is_line_start = *text == '\n';
    }
}

static void put_title(struct out *out, const char *name, const char *section, const char *line)
{
    out_printf(out, ".\\\" Made by \"make docs\" from the program's own tables.\n");
    out_printf(out, ".TH %s %s \"\" \"epsim\" \"epsim manual\"\n.SH NAME\n", name, section);
    put(out, line);
    out_char(out, '\n');
}

/* Lines that stand as they are. */
static void put_example(struct out *out, const char *lines)
{
    out_str(out, ".PP\n.nf\n");
    put(out, lines);
    out_str(out, ".fi\n");
}

static void put_option(struct out *out, const struct option *option)
{
    out_str(out, ".TP\n");
    if (option->letter != '\0')
        out_printf(out, "\\fB\\-%c\\fR, ", option->letter);
    out_str(out, "\\fB\\-\\-");
    put(out, option->name);
    out_str(out, "\\fR");
    if (option->value_name != NULL) {
        out_str(out, " \\fI");
        put(out, option->value_name);
        out_str(out, "\\fR");
    }
    out_char(out, '\n');
    put(out, option->doc);
    out_char(out, '\n');
}

static bool is_common(const struct option *option)
{
    static const struct option common[] = {CONSOLE_OPTIONS};

    for (size_t i = 0; i < EP_COUNT_OF(common); i++) {
        if (strcmp(common[i].name, option->name) == 0)
            return true;
    }
    return false;
}

static void put_command(struct out *out, const struct command *command)
{
    out_str(out, ".SS ");
    put(out, command->usage);
    out_char(out, '\n');
    put(out, command->line);
    out_str(out, ".\n");
    if (command->text != NULL)
        put(out, command->text);
    put_example(out, command->examples);
    for (uint32_t i = 0; i < command->option_count; i++) {
        if (!is_common(&command->options[i]))
            put_option(out, &command->options[i]);
    }
}

static void put_statuses(struct out *out)
{
    static const char *const rows[][2] = {
        {"0", "fine"},
        {"1", "the run failed"},
        {"2", "usage, an invalid scenario, or a folder that is no whole result"},
        {"4", "--expect-fingerprint did not match"},
        {"99", "a threshold or an expectation failed"},
        {"130", "interrupted; what was complete has been written, marked as partial"},
    };

    out_str(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < EP_COUNT_OF(rows); i++) {
        out_printf(out, ".TP\n.B %s\n", rows[i][0]);
        put(out, rows[i][1]);
        out_char(out, '\n');
    }
}

void manual_write_program(struct out *out)
{
    static const struct option common[] = {CONSOLE_OPTIONS};

    put_title(out, "EPSIM", "1",
              "epsim - how Kubernetes turns pods into Endpoints, and Endpoints into traffic");
    out_str(out, ".SH SYNOPSIS\n.B epsim\n.I FILE\n.RI [ OPTION ]...\n.br\n.B epsim\n.I COMMAND\n"
                 ".RI [ OPERAND ]...\n.RI [ OPTION ]...\n");
    out_str(out, ".SH DESCRIPTION\n");
    put(out, "epsim simulates a Kubernetes cluster and the requests that its clients send: "
             "controllers, kubelets and\na kube-proxy on every node, each of which knows only what "
             "has reached it so far. It counts the requests\nthat are lost meanwhile and says of "
             "each one why. The same inputs give the same bytes on any machine.\n");
    out_str(out, ".PP\n.B epsim\n.I FILE\nis\n.B epsim run\n.IR FILE .\n"
                 "Data goes to standard output, all else to standard error.\n.SH COMMANDS\n");
    for (const struct command *const *row = command_table; *row != NULL; row++)
        put_command(out, *row);
    out_str(out, ".SH COMMON OPTIONS\n");
    for (size_t i = 0; i < EP_COUNT_OF(common); i++)
        put_option(out, &common[i]);
    put_statuses(out);
    out_str(out, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\n");
    put(out, "If set and not empty, nothing is coloured unless --color always is given.\n");
    out_str(out, ".SH FILES\n.TP\n.I results/SCENARIO/SEED\\-DIGEST/\n");
    put(out, "Where a run without -o writes; results/SCENARIO/latest leads to the newest.\n");
    out_str(out, ".SH SEE ALSO\n.BR epsim\\-scenario (5),\n.BR gnuplot (1)\n");
}

void manual_write_scenario(struct out *out)
{
    put_title(out, "EPSIM\\-SCENARIO", "5", "epsim-scenario - the scenario language of epsim");
    out_str(out, ".SH DESCRIPTION\n");
    put(out,
        "A scenario file is a stream of YAML documents: one of kind Scenario, and any number of "
        "ordinary\nKubernetes manifests, pasted or in files of their own. JSON is YAML. A file of "
        "manifests alone runs too.\nDurations are Go's (250ms, 90s, 1h30m). A distribution is a "
        "duration, which is constant, or a map of one key.\nAll mistakes are reported in one pass, "
        "each with file, line, column and path.\n");
    put_example(
        out, "    apiVersion: epsim/v1\n    kind: Scenario\n    metadata: {name: my-rollout}\n"
             "    spec:\n      until: 3m\n      manifests: [kubia.yaml]\n      clients:\n"
             "        - {name: shoppers, target: http://kubia, rate: 200}\n      timeline:\n"
             "        - {at: 60s, set: {target: deployment/kubia, image: \"luksa/kubia:v2\"}}\n");
    out_str(out, ".SH FIELDS\n");
    explain_manual_write(out, EXPLAIN_MAN);
    out_str(out, ".SH SEE ALSO\n.BR epsim (1)\n");
}

void manual_write_fields(struct out *out)
{
    out_str(out, "# All fields of a scenario\n\n"
                 "Made by `make docs` from the table that the loader goes by; `epsim explain PATH` "
                 "shows one of them.\nWhat they are for is in [scenario.md](scenario.md).\n");
    explain_manual_write(out, EXPLAIN_MARKDOWN);
}
