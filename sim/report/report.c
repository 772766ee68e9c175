/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/out.h"
#include "report/gnuplot.h"
#include "report/requests_plot.h"
#include "report/rollout_plot.h"
#include "report/run_data.h"

#define GNUPLOT_TIMEOUT_S 60
#define PATH_BYTES 2048

/* A figure: fills its data, its script and its caption. */
struct figure_kind {
    const char *name;
    void (*put)(const struct run_data *data, struct out *dat, struct out *gp, struct out *caption);
};

static const struct figure_kind kinds[] = {
    {"rollout-timeline", rollout_plot_put},
    {"requests-by-outcome", requests_plot_put},
};
_Static_assert(EP_COUNT_OF(kinds) <= REPORT_FIGURES_MAX, "report.h: REPORT_FIGURES_MAX");

static enum status write_files(const struct figure_kind *kind, const struct run_data *data,
                               const char *plots, struct error *err)
{
    static const char *const endings[3] = {"dat", "gp", "txt"};
    struct out outs[3] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
    enum status status = STATUS_OK;

    for (uint32_t i = 0; i < 3 && status == STATUS_OK; i++) {
        char path[PATH_BYTES + 64];

        snprintf(path, sizeof path, "%s/%s.%s", plots, kind->name, endings[i]);
        status = out_open(&outs[i], path, err);
    }
    if (status == STATUS_OK)
        kind->put(data, &outs[0], &outs[1], &outs[2]);
    for (uint32_t i = 0; i < 3; i++) {
        if (status == STATUS_OK)
            status = out_close(&outs[i], err);
        else
            out_discard(&outs[i]);
    }
    return status;
}

/* All or nothing is said to be drawn: the first failure ends it. */
static void draw_images(const char *plots, const struct report_options *options,
                        struct report_result *result)
{
    char gnuplot[PATH_BYTES];
    char message[400];

    if (!gnuplot_find(gnuplot, sizeof gnuplot)) {
        snprintf(
            result->hint, sizeof result->hint,
            "gnuplot is not installed: the figures' data and scripts are in plots/, images are "
            "missing; "
            "\"apt install gnuplot-nox\" (or your system's package) and \"epsim plot DIR\" draw "
            "them");
        return;
    }
    for (uint32_t i = 0; i < EP_COUNT_OF(kinds); i++) {
        char script[64];
        const struct gnuplot_job job = {
            .path = gnuplot, .folder = plots, .script = script, .timeout_s = GNUPLOT_TIMEOUT_S};

        if (options->stop != NULL && *options->stop != 0)
            return;
        snprintf(script, sizeof script, "%s.gp", kinds[i].name);
        if (!gnuplot_run(&job, message, sizeof message)) {
            snprintf(result->hint, sizeof result->hint, "no image drawn by gnuplot: %s", message);
            return;
        }
    }
    result->has_images = true;
}

enum status report_draw(const char *folder, const struct report_options *options,
                        struct report_result *result, struct error *err)
{
    struct run_data data;
    char plots[PATH_BYTES];
    enum status status;

    *result = (struct report_result){.figure_count = 0};
    status = run_data_load(&data, folder, err);
    if (status == STATUS_OK &&
        snprintf(plots, sizeof plots, "%s/plots", folder) >= (int)sizeof plots)
        status = error_set(err, STATUS_IO, "%.80s...: the path is too long", folder);
    if (status == STATUS_OK && mkdir(plots, 0777) != 0 && errno != EEXIST)
        status = error_set(err, STATUS_IO, "%s: %s", plots, strerror(errno));
    for (uint32_t i = 0; i < EP_COUNT_OF(kinds) && status == STATUS_OK; i++) {
        status = write_files(&kinds[i], &data, plots, err);
        if (status == STATUS_OK)
            result->figures[result->figure_count++] = kinds[i].name;
    }
    run_data_free(&data);
    if (status == STATUS_OK && !options->has_no_images)
        draw_images(plots, options, result);
    return status;
}
