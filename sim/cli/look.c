/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/look.h"

#include <stdio.h>

#include "base/duration.h"
#include "cli/interrupt.h"

static enum status read_at(const char *text, sim_ns *at_ns, struct error *err)
{
    if (!duration_parse(text, at_ns) || *at_ns < 0)
        return error_set(err, STATUS_INVALID,
                         "--at: expected a simulated time such as 61.5s or 3m, got \"%s\"", text);
    return STATUS_OK;
}

/* What is wrong with the scenario is said; its warnings only to those who want more words. */
static enum status load(struct look *look, const struct console *console,
                        const struct options *options, struct error *err)
{
    struct scenario_options wanted = {.has_seed = options_has(options, "seed"),
                                      .is_only_look = true};
    const char *path = options_value(options, "filename");
    struct out diagnostics;
    enum status status;

    wanted.sets = options_values(options, "set", &wanted.set_count);
    status = options_u64(options, "seed", (struct option_range){0, UINT64_MAX}, &wanted.seed, err);
    if (status != STATUS_OK)
        return status;
    out_open_memory(&diagnostics);
    status = scenario_load(&look->scenario, path, &wanted, &diagnostics, err);
    fwrite(diagnostics.buffer, 1, diagnostics.used, stderr);
    out_discard(&diagnostics);
    for (uint32_t i = 0;
         status == STATUS_OK && console->is_verbose && i < look->scenario.warning_count; i++)
        console_warning(console, "%s", look->scenario.warnings[i]);
    return status;
}

enum status look_open(struct look *look, const struct console *console,
                      const struct options *options, struct error *err)
{
    const char *at = options_value(options, "at");
    enum status status = STATUS_OK;

    *look = (struct look){.at_ns = NS_NEVER};
    arena_init(&look->arena);
    if (options_value(options, "filename") == NULL)
        return error_set(err, STATUS_INVALID, "-f FILE is missing: the scenario to look into");
    if (at != NULL)
        status = read_at(at, &look->at_ns, err);
    if (status == STATUS_OK)
        status = load(look, console, options, err);
    if (status != STATUS_OK)
        return status;
    if (at == NULL)
        look->at_ns = look->scenario.spec.until_ns;
    else if (look->at_ns > look->scenario.spec.until_ns)
        look->scenario.spec.until_ns = look->at_ns;
    look->world = world_new(&look->arena, &look->scenario.spec, 0);
    return STATUS_OK;
}

enum status look_run(struct look *look, struct error *err)
{
    if (!world_run(look->world, look->at_ns, interrupt_watch()))
        return error_set(err, STATUS_INTERRUPTED, "interrupted");
    return STATUS_OK;
}

void look_close(struct look *look)
{
    arena_deinit(&look->arena);
    scenario_free(&look->scenario);
}

struct kube_view look_view(const struct look *look, sim_ns now_ns)
{
    return (struct kube_view){.now_ns = now_ns,
                              .epoch_s = look->scenario.spec.epoch_s,
                              .version_minor = look->scenario.spec.cluster.version_minor};
}

enum status look_kind(const char *name, const struct kube_kind **kind, struct error *err)
{
    const char *nearest;

    *kind = kube_kind_find(name);
    if (*kind != NULL)
        return STATUS_OK;
    nearest = kube_kind_nearest(name);
    if (nearest != NULL)
        return error_set(err, STATUS_INVALID, "unknown kind \"%s\"; did you mean %s?", name,
                         nearest);
    return error_set(err, STATUS_INVALID,
                     "unknown kind \"%s\"; the kinds are po, svc, ep, endpointslices, deploy, rs, "
                     "rc, no, ev and all",
                     name);
}

enum status look_not_found(const struct kube_kind *kind, const char *name, struct error *err)
{
    struct arena arena;

    arena_init(&arena);
    fprintf(stderr, "Error from server (NotFound): %s \"%s\" not found\n",
            kube_kind_resource(&arena, kind), name);
    arena_deinit(&arena);
    err->text[0] = '\0';
    return STATUS_IO;
}
