/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario.h"

#include <string.h>

#include "base/sha256.h"
#include "scenario/advice.h"
#include "scenario/load.h"
#include "scenario/manifest_report.h"

static const struct scenario_options no_options = {0};

static void set_up(struct load *load, struct scenario *scenario, struct arena *scratch,
                   const char *path)
{
    *load = (struct load){
        .arena = &scenario->arena, .scratch = scratch, .spec = &scenario->spec, .path = path};
    source_list_init(&load->sources, scratch);
    diagnostics_init(&load->diagnostics, scratch, &load->sources);
    load->checker = (struct checker){.arena = scratch, .diagnostics = &load->diagnostics};
    name_map_init(&load->object_names, scratch);
    name_map_init(&load->service_names, scratch);
    name_map_init(&load->node_names, scratch);
    name_map_init(&load->cluster_ips, scratch);
    name_map_init(&load->node_ports, scratch);
    name_map_init(&load->applied_names, scratch);
    name_map_init(&load->host_names, scratch);
    name_map_init(&load->strings, scratch);
}

static void keep_inputs(struct load *load, struct scenario *scenario)
{
    struct scenario_input *inputs =
        ARENA_NEW_ARRAY(&scenario->arena, load->sources.count, struct scenario_input);

    for (uint32_t i = 0; i < load->sources.count; i++) {
        const struct source *source = &load->sources.items[i];
        struct sha256 sha;

        if (!source->has_lines)
            continue; /* an option */
        inputs[scenario->input_count].path = arena_strdup(&scenario->arena, source->given);
        sha256_init(&sha);
        sha256_update(&sha, source->text, source->length);
        sha256_final(&sha, inputs[scenario->input_count++].sha256);
    }
    scenario->inputs = inputs;
}

/* What the scenario keeps beside its spec. */
static void keep_results(struct load *load, struct scenario *scenario)
{
    scenario->resolved = "";
    if (!load->options->is_only_look) {
        keep_inputs(load, scenario);
        scenario->resolved = load_resolved_text(load);
    }
    scenario->warnings = diagnostics_warnings(&load->diagnostics, &scenario->arena);
    scenario->warning_count = load->diagnostics.warning_count;
    scenario->report = load->options->wants_report ? manifest_report_text(load) : "";
}

static enum status finish(struct load *load, struct scenario *scenario, struct out *diagnostics,
                          struct error *err)
{
    const uint32_t errors = load->diagnostics.error_count;

    if (errors == 0) {
        advice_give(load);
        keep_results(load, scenario);
        return STATUS_OK;
    }
    diagnostics_write_errors(&load->diagnostics, diagnostics);
    return error_set(err, STATUS_INVALID, "%u error%s in %s", errors, errors == 1 ? "" : "s",
                     load->sources.items[0].path);
}

enum status scenario_load(struct scenario *scenario, const char *path,
                          const struct scenario_options *options, struct out *diagnostics,
                          struct error *err)
{
    struct load load;
    struct arena scratch;
    enum status status;

    *scenario = (struct scenario){0};
    arena_init(&scenario->arena);
    arena_init(&scratch);
    set_up(&load, scenario, &scratch, path);
    load.options = options != NULL ? options : &no_options;
    status = load_main_file(&load, err);
    if (status == STATUS_OK) {
        if (!load.is_incomplete)
            load_scenario(&load);
        status = finish(&load, scenario, diagnostics, err);
    }
    arena_deinit(&scratch);
    return status;
}

void scenario_free(struct scenario *scenario)
{
    arena_deinit(&scenario->arena);
    *scenario = (struct scenario){0};
}
