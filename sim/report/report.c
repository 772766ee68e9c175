/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "base/version.h"
#include "report/chart_gnuplot.h"
#include "report/figures.h"
#include "report/gnuplot.h"
#include "report/page.h"

#define GNUPLOT_TIMEOUT_S 60
#define PATH_BYTES 2048

static const char *const themes[] = {CHART_GNUPLOT_THEMES};

bool report_has_theme(const char *name)
{
    for (uint32_t i = 0; i < EP_COUNT_OF(themes); i++) {
        if (strcmp(themes[i], name) == 0)
            return true;
    }
    return false;
}

/* ---- the files of a figure ---- */

/* Which run it is, for the script's comment. */
static const char *origin_of(const struct run_data *data, struct arena *arena)
{
    return arena_printf(arena, "%s, seed %" PRIu64, data->scenario, data->seed);
}

static enum status write_files(const struct chart *chart, const char *origin, const char *plots,
                               struct error *err)
{
    static const char *const endings[3] = {"dat", "gp", "txt"};
    struct out outs[3] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
    enum status status = STATUS_OK;

    for (uint32_t i = 0; i < 3 && status == STATUS_OK; i++) {
        char path[PATH_BYTES + 64];

        snprintf(path, sizeof path, "%s/%s.%s", plots, chart->name, endings[i]);
        status = out_open(&outs[i], path, err);
    }
    if (status == STATUS_OK) {
        chart_gnuplot_put_data(chart, &outs[0]);
        chart_gnuplot_put_script(chart, origin, &outs[1]);
        out_str(&outs[2], chart->caption);
    }
    for (uint32_t i = 0; i < 3; i++) {
        if (status == STATUS_OK)
            status = out_close(&outs[i], err);
        else
            out_discard(&outs[i]);
    }
    return status;
}

/* What an earlier drawing may have left of figures that are not drawn now. */
static void remove_stale(const char *plots, const char *name)
{
    static const char *const endings[] = {"dat", "gp", "txt", "png", "svg", "pdf"};

    for (uint32_t i = 0; i < EP_COUNT_OF(endings); i++) {
        char path[PATH_BYTES + 64];

        snprintf(path, sizeof path, "%s/%s.%s", plots, name, endings[i]);
        unlink(path);
    }
}

/* ---- images ---- */

/* All or nothing is said to be drawn. */
static void draw_images(const char *plots, const struct report_options *options,
                        struct report_result *result)
{
    static const char hint[] =
        "gnuplot is not installed: the figures' data and scripts are in plots/, images are "
        "missing; \"apt install gnuplot-nox\" (or your system's package) and \"epsim plot DIR\" "
        "draw them";
    char gnuplot[PATH_BYTES];
    char message[400];
    const char *scripts[REPORT_FIGURES_MAX];
    char names[REPORT_FIGURES_MAX][64];
    const struct gnuplot_job job = {.path = gnuplot,
                                    .folder = plots,
                                    .scripts = scripts,
                                    .script_count = result->figure_count,
                                    .theme = options->theme,
                                    .stop = options->stop,
                                    .timeout_s = GNUPLOT_TIMEOUT_S};

    if (!gnuplot_find(gnuplot, sizeof gnuplot)) {
        snprintf(result->hint, sizeof result->hint, "%s", hint);
        return;
    }
    for (uint32_t i = 0; i < result->figure_count; i++) {
        snprintf(names[i], sizeof names[i], "%s.gp", result->figures[i]);
        scripts[i] = names[i];
    }
    result->has_images = gnuplot_run(&job, message, sizeof message);
    if (!result->has_images)
        snprintf(result->hint, sizeof result->hint, "no image drawn by gnuplot: %s", message);
}

/* NOLINTNEXTLINE(readability-function-size): what is drawn, from what, where to */
static enum status write_figures(const char *folder, const struct run_data *data,
                                 struct arena *arena, const struct figures *figures,
                                 struct report_result *result, struct error *err)
{
    char plots[PATH_BYTES];
    const char *origin = origin_of(data, arena);
    enum status status = STATUS_OK;

    if (snprintf(plots, sizeof plots, "%s/plots", folder) >= (int)sizeof plots)
        return error_set(err, STATUS_IO, "%.80s...: the path is too long", folder);
    if (mkdir(plots, 0777) != 0 && errno != EEXIST)
        return error_set(err, STATUS_IO, "%s: %s", plots, strerror(errno));
    for (uint32_t i = 0; i < figures->left_out_count; i++)
        remove_stale(plots, figures->left_out[i]);
    for (uint32_t i = 0; i < figures->count && status == STATUS_OK; i++) {
        status = write_files(&figures->charts[i], origin, plots, err);
        if (status == STATUS_OK)
            result->figures[result->figure_count++] = figures->charts[i].name;
    }
    return status;
}

static enum status write_page(const struct page_source *source, struct arena *arena,
                              struct error *err)
{
    const char *path = arena_printf(arena, "%s/report.html", source->folder);
    struct out out;
    enum status status = out_open(&out, path, err);

    if (status == STATUS_OK)
        status = page_put(source, arena, &out, err);
    if (status == STATUS_OK)
        return out_close(&out, err);
    out_discard(&out);
    return status;
}

/* NOLINTNEXTLINE(readability-function-size): what is drawn, from what, where to */
static enum status write_all(const struct run_data *data, struct arena *arena, const char *folder,
                             const struct report_options *options, struct report_result *result,
                             struct error *err)
{
    struct figures *figures = ARENA_NEW(arena, struct figures);
    const struct page_source source = {.folder = folder,
                                       .version = options->version != NULL ? options->version
                                                                           : version_text(),
                                       .data = data,
                                       .figures = figures};
    enum status status = STATUS_OK;

    figures_make(figures, arena, data);
    if (!options->has_no_figures)
        status = write_figures(folder, data, arena, figures, result, err);
    if (status == STATUS_OK && !options->has_no_page)
        status = write_page(&source, arena, err);
    result->has_page = status == STATUS_OK && !options->has_no_page;
    return status;
}

enum status report_draw(const char *folder, const struct report_options *options,
                        struct report_result *result, struct error *err)
{
    struct run_data data;
    struct arena arena;
    enum status status;

    *result = (struct report_result){.figure_count = 0};
    arena_init(&arena);
    status = run_data_load(&data, folder, err);
    if (status == STATUS_OK)
        status = write_all(&data, &arena, folder, options, result, err);
    run_data_free(&data);
    arena_deinit(&arena);
    if (status == STATUS_OK && !options->has_no_images && result->figure_count > 0 &&
        (options->stop == NULL || *options->stop == 0)) {
        char plots[PATH_BYTES];

        snprintf(plots, sizeof plots, "%s/plots", folder);
        draw_images(plots, options, result);
    }
    return status;
}
