/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Scenario document as a whole: what is not written is added first (the name, the seed of the command line, the app
 * that fits the rest, clients for manifests alone), then it is checked, then read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "scenario/load.h"
#include "scenario/value.h"

static const struct path spec_path = {.key = "spec"};

static struct path key_path(const char *key)
{
    return (struct path){.parent = &spec_path, .key = key};
}

/* --- what is added --- */

static const struct item *with_text(struct load *load, const struct item *map, const char *key,
                                    const char *text)
{
    const struct place place = yaml_tree_place(map);

    return yaml_tree_with(load->scratch, map, yaml_tree_string(load->scratch, place, key),
                          yaml_tree_string(load->scratch, place, text));
}

/* "scenarios/rolling-update.yaml" to "rolling-update". */
static const char *base_name(struct load *load)
{
    const char *slash = strrchr(load->path, '/');
    const char *name = slash != NULL ? slash + 1 : load->path;
    const char *dot = strrchr(name, '.');

    if (strcmp(load->path, "-") == 0)
        return "stdin";
    return dot == NULL || dot == name ? name
                                      : arena_strndup(load->scratch, name, (size_t)(dot - name));
}

static void add_name(struct load *load)
{
    const struct item *metadata = yaml_tree_get(load->scenario, "metadata");
    const struct place place = yaml_tree_place(load->scenario);

    if (metadata == NULL || metadata->kind == ITEM_NULL)
        metadata = yaml_tree_empty(load->scratch, place, ITEM_MAP);
    if (metadata->kind != ITEM_MAP || yaml_tree_get(metadata, "name") != NULL)
        return;
    load->scenario = yaml_tree_with(load->scratch, load->scenario,
                                    yaml_tree_string(load->scratch, place, "metadata"),
                                    with_text(load, metadata, "name", base_name(load)));
}

/* Sets spec.KEY. */
static void put_in_spec(struct load *load, const char *key, const struct item *value)
{
    const struct place place = yaml_tree_place(load->scenario);
    const struct item *spec = yaml_tree_get(load->scenario, "spec");

    if (spec == NULL || spec->kind == ITEM_NULL)
        spec = yaml_tree_empty(load->scratch, place, ITEM_MAP);
    if (spec->kind != ITEM_MAP)
        return; /* will be reported */
    spec = yaml_tree_with(load->scratch, spec, yaml_tree_string(load->scratch, place, key), value);
    load->scenario = yaml_tree_with(load->scratch, load->scenario,
                                    yaml_tree_string(load->scratch, place, "spec"), spec);
}

/* The place of an option such as --seed. */
static struct place option_place(struct load *load, const char *text)
{
    const uint32_t source = source_add_text(&load->sources, text, "", 0);

    load->sources.items[source].has_lines = false;
    return (struct place){.source = source};
}

static void add_options(struct load *load)
{
    char text[DURATION_TEXT_MAX];

    if (load->options->has_seed) {
        const char *seed =
            arena_printf(load->scratch, "%llu", (unsigned long long)load->options->seed);
        const struct place place =
            option_place(load, arena_printf(load->scratch, "--seed %s", seed));

        put_in_spec(load, "seed", yaml_tree_scalar(load->scratch, place, seed));
    }
    if (load->options->has_until) {
        const char *until =
            arena_strdup(load->scratch, duration_format(load->options->until_ns, text));
        const struct place place =
            option_place(load, arena_printf(load->scratch, "--until %s", until));

        put_in_spec(load, "until", yaml_tree_scalar(load->scratch, place, until));
    }
}

/* The app that fits what the others do not. */
static void add_default_app(struct load *load)
{
    const struct place place = yaml_tree_place(load->scenario);
    const struct item *apps = yaml_tree_get(yaml_tree_get(load->scenario, "spec"), "apps");
    const struct item *last;

    if (apps == NULL || apps->kind == ITEM_NULL)
        apps = yaml_tree_empty(load->scratch, place, ITEM_LIST);
    if (apps->kind != ITEM_LIST)
        return; /* will be reported */
    last = apps->count > 0 ? apps->entries[apps->count - 1].value : NULL;
    if (last == NULL || (last->kind == ITEM_MAP && yaml_tree_get(last, "match") != NULL &&
                         yaml_tree_get(last, "match")->count > 0))
        put_in_spec(load, "apps",
                    yaml_tree_with_element(load->scratch, apps, apps->count,
                                           yaml_tree_empty(load->scratch, place, ITEM_MAP)));
}

/* --- manifests alone --- */

/* The first TCP port, 80 if there are no ports; 0: none. */
static int64_t default_port(const struct item *ports)
{
    int64_t port = 0;

    if (ports == NULL || ports->kind != ITEM_LIST || ports->count == 0)
        return 80;
    for (uint32_t i = 0; i < ports->count; i++) {
        const struct item *number = yaml_tree_get(ports->entries[i].value, "port");
        const struct item *protocol = yaml_tree_get(ports->entries[i].value, "protocol");

        if (number != NULL && value_int(number, &port) && port >= 1 && port <= UINT16_MAX &&
            (protocol == NULL || protocol->kind != ITEM_STRING ||
             strcmp(protocol->text, "TCP") == 0))
            return port;
    }
    return 0;
}

/* The client of a service for manifests alone, or NULL if it has no name or no port that is served. */
static const struct item *default_client(struct load *load, const struct object *object)
{
    const struct item *spec = yaml_tree_get(object->tree, "spec");
    const bool is_default_ns = strcmp(object->ns, "default") == 0;
    const struct item *map =
        yaml_tree_empty(load->scratch, yaml_tree_place(object->tree), ITEM_MAP);
    const int64_t port = default_port(yaml_tree_get(spec, "ports"));

    if (port == 0 || object->name[0] == '\0')
        return NULL;

    const char *host = is_default_ns
                           ? object->name
                           : arena_printf(load->scratch, "%s.%s", object->name, object->ns);
    const char *target = port == 80
                             ? arena_printf(load->scratch, "http://%s", host)
                             : arena_printf(load->scratch, "http://%s:%u", host, (unsigned)port);

    map = with_text(load, map, "name", host);
    map = with_text(load, map, "target", target);
    return yaml_tree_with(load->scratch, map,
                          yaml_tree_string(load->scratch, yaml_tree_place(map), "rate"),
                          yaml_tree_scalar(load->scratch, yaml_tree_place(map), "100"));
}

/* A list of these elements, made by epsim. */
static const struct item *list_of(struct load *load, const struct item_entry *entries,
                                  uint32_t count)
{
    struct item *list = ARENA_NEW(load->scratch, struct item);

    *list = *yaml_tree_empty(load->scratch, (struct place){0}, ITEM_LIST);
    list->entries = entries;
    list->count = count;
    return list;
}

static void add_default_clients(struct load *load)
{
    const struct place place = {0};
    struct item_entry *clients =
        ARENA_NEW_ARRAY(load->scratch, load->object_count, struct item_entry);
    uint32_t client_count = 0;
    uint32_t service_count = 0;

    for (uint32_t i = 0; i < load->object_count; i++) {
        const struct item *client;

        if (strcmp(load->objects[i].kind, "Service") != 0)
            continue;
        service_count++;
        client = default_client(load, &load->objects[i]);
        if (client != NULL)
            clients[client_count++].value = client;
    }
    if (service_count == 0 && load->diagnostics.error_count > 0)
        return; /* what is there could not be read */
    if (service_count == 0) {
        diagnostics_error(&load->diagnostics, place, NULL,
                          load->object_count == 0
                              ? "nothing in it; expected a Scenario, or manifests with a Service"
                              : "neither a Scenario nor a Service; expected one of them");
        return;
    }
    put_in_spec(load, "clients", list_of(load, clients, client_count));
    diagnostics_warning(
        &load->diagnostics, place, NULL,
        "no Scenario: the default cluster, and for each Service a client of 100 requests a second");
}

static void add_scenario(struct load *load)
{
    const struct place place = {0};

    load->scenario = yaml_tree_empty(load->scratch, place, ITEM_MAP);
    load->scenario = with_text(load, load->scenario, "apiVersion", "epsim/v1");
    load->scenario = with_text(load, load->scenario, "kind", "Scenario");
}

/* --- reading --- */

static void read_seed(struct load *load, const struct item *spec)
{
    const struct item *item = yaml_tree_get(spec, "seed");
    const struct path way = key_path("seed");

    if (!value_u64(item, &load->spec->seed))
        check_refuse(&load->checker, item, &way, "an integer from 0 to 18446744073709551615");
}

static void read_epoch(struct load *load, const struct item *spec)
{
    const struct item *item = yaml_tree_get(spec, "epoch");
    const struct path way = key_path("epoch");
    sim_ns fraction_ns = 0;

    if (!value_time(item, &load->spec->epoch_s, &fraction_ns) || fraction_ns != 0)
        check_refuse(&load->checker, item, &way,
                     "a time in whole seconds such as 2026-01-01T00:00:00Z");
}

static void read_times(struct load *load, const struct item *spec)
{
    const struct path warmup_path = key_path("warmup");
    const char *start = yaml_tree_get(spec, "start")->text;
    char until[DURATION_TEXT_MAX];

    load->spec->until_ns = load_get_span(spec, "until");
    load->spec->warmup_ns = load_get_span(spec, "warmup");
    load->spec->cluster.is_cold_start = strcmp(start, "cold") == 0;
    if (load->spec->warmup_ns >= load->spec->until_ns)
        check_refuse(&load->checker, yaml_tree_get(spec, "warmup"), &warmup_path,
                     arena_printf(load->scratch, "less than spec.until (%s)",
                                  duration_format(load->spec->until_ns, until)));
}

static void read_record(struct load *load, const struct item *spec)
{
    const struct item *record = yaml_tree_get(spec, "record");
    const char *requests = yaml_tree_get(record, "requests")->text;
    const char *propagation = yaml_tree_get(record, "propagation")->text;

    load->spec->record_requests = strcmp(requests, "failed") == 0 ? RECORD_REQUESTS_FAILED
                                  : strcmp(requests, "all") == 0  ? RECORD_REQUESTS_ALL
                                                                  : RECORD_REQUESTS_NONE;
    load->spec->record_propagation = strcmp(propagation, "auto") == 0  ? RECORD_PROPAGATION_AUTO
                                     : strcmp(propagation, "all") == 0 ? RECORD_PROPAGATION_ALL
                                                                       : RECORD_PROPAGATION_NONE;
}

static void read_name(struct load *load, const struct item *checked)
{
    const struct path metadata_path = {.key = "metadata"};
    const struct path name_path = {.parent = &metadata_path, .key = "name"};
    const struct item *name = yaml_tree_get(yaml_tree_get(checked, "metadata"), "name");

    load->spec->name = name != NULL ? load_text(load, name->text) : "";
    if (name != NULL && name->text[0] == '\0')
        check_refuse(&load->checker, name, &name_path, "a name such as rolling-update");
}

static void read_subjects(struct load *load, const struct item *spec)
{
    const struct path cluster_path = key_path("cluster");
    const struct path apps_path = key_path("apps");
    const struct path clients_path = key_path("clients");
    const struct path timeline_path = key_path("timeline");
    const struct path thresholds_path = key_path("thresholds");

    load->spec->cluster.has_kubelet =
        yaml_tree_get(yaml_tree_get(spec, "cluster"), "kubelet") == NULL;
    load_manifests(load);
    load_cluster(load, yaml_tree_get(spec, "cluster"), &cluster_path);
    load_check_ranges(load);
    load_apps(load, yaml_tree_get(spec, "apps"), &apps_path);
    load_clients(load, yaml_tree_get(spec, "clients"), &clients_path);
    load_timeline(load, yaml_tree_get(spec, "timeline"), &timeline_path);
    if (yaml_tree_get(spec, "thresholds") != NULL)
        load_thresholds(load, yaml_tree_get(spec, "thresholds"), &thresholds_path);
}

void load_scenario(struct load *load)
{
    const struct item *spec;

    if (!load->is_scenario_given)
        add_scenario(load);
    load_apply_sets(load, false);
    if (load->is_scenario_given)
        load_manifest_files(load);
    if (load->is_incomplete)
        return;
    load_apply_sets(load, true);
    if (!load->is_scenario_given)
        add_default_clients(load);
    add_name(load);
    add_options(load);
    add_default_app(load);
    load->raw_scenario = load->scenario;
    load->scenario = check_map(&load->checker, load->scenario, &fields_scenario, NULL);
    spec = yaml_tree_get(load->scenario, "spec");
    read_name(load, load->scenario);
    load->spec->question = load_get_text(load, spec, "question");
    read_seed(load, spec);
    read_epoch(load, spec);
    read_times(load, spec);
    read_record(load, spec);
    read_subjects(load, spec);
}
