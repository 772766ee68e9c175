/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"
#include "cli/open_result.h"
#include "report/report.h"

static const struct option table[] = {CONSOLE_OPTIONS};

/* All folders are looked at before the first page is written: bad input changes nothing. */
static enum status check(const struct console *console, const struct options *options,
                         struct error *err)
{
    enum status status = STATUS_OK;

    for (uint32_t i = 0; status == STATUS_OK && i < options->operand_count; i++) {
        struct result result;

        status = open_result(console, options->operands[i], &result, err);
        result_close(&result);
    }
    return status;
}

static enum status write_page(const struct console *console, const char *folder, struct error *err)
{
    struct report_options report_options = {.has_no_figures = true};
    struct report_result drawn;
    struct result result;
    enum status status = result_open(&result, folder, err);

    if (status == STATUS_OK) {
        report_options.version = result.version;
        status = report_draw(folder, &report_options, &drawn, err);
    }
    if (status == STATUS_OK)
        console_note(console, "%s/report.html", result.folder);
    result_close(&result);
    return status;
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    enum status status = command_needs_operand(&command_report, options, err);

    if (status == STATUS_OK)
        status = check(console, options, err);
    for (uint32_t i = 0; status == STATUS_OK && i < options->operand_count; i++)
        status = write_page(console, options->operands[i], err);
    return status;
}

const struct command command_report = {
    .name = "report",
    .line = "write the page report.html again from a result folder",
    .usage = "epsim report DIR... [OPTION]...",
    .examples = "  epsim report results/rolling-update/latest\n",
    .text = "Writes DIR/report.html: the answer, the figures with their data, losses,\n"
            "changes, traffic, thresholds and the scenario on one page that needs no network\n"
            "and no script. Nothing is simulated, and gnuplot is not needed.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
