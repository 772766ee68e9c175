/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/command.h"
#include "cli/open_result.h"
#include "report/report.h"

static const struct option table[] = {
    {"theme", '\0', "NAME",
     "screen (default), dark, slides (large letters) or\npaper (a journal's width, also as PDF)"},
    CONSOLE_OPTIONS,
};

/* All folders before the first is drawn: bad input changes nothing. */
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

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    const struct report_options report_options = {.theme = options_value(options, "theme"),
                                                  .has_no_page = true};
    enum status status = command_needs_operand(&command_plot, options, err);

    if (status == STATUS_OK && report_options.theme != NULL &&
        !report_has_theme(report_options.theme))
        status = error_set(err, STATUS_INVALID,
                           "--theme: expected screen, dark, slides or paper, got \"%s\"",
                           report_options.theme);
    if (status == STATUS_OK)
        status = check(console, options, err);
    for (uint32_t i = 0; status == STATUS_OK && i < options->operand_count; i++) {
        const char *folder = options->operands[i];
        struct report_result result;

        status = report_draw(folder, &report_options, &result, err);
        if (status != STATUS_OK)
            break;
        for (uint32_t k = 0; k < result.figure_count; k++)
            console_note(console, "%s/plots/%s%s", folder, result.figures[k],
                         result.has_images ? ".png, .svg" : ".gp");
        if (result.hint[0] != '\0')
            console_warning(console, "%s", result.hint);
    }
    return status;
}

const struct command command_plot = {
    .name = "plot",
    .line = "draw the figures again from a result folder",
    .usage = "epsim plot DIR... [OPTION]...",
    .examples = "  epsim plot results/rolling-update/latest\n"
                "  epsim plot results/rolling-update/latest --theme paper\n",
    .text = "Writes DIR/plots/NAME.dat, .gp and .txt (the caption), and with gnuplot\n"
            "installed .svg and .png. Nothing is simulated. \"gnuplot NAME.gp\" in\n"
            "DIR/plots draws a figure without epsim; a theme changes the images only,\n"
            "never a script or data.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
