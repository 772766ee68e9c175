/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.apps: what a manifest cannot say about the programs in the pods.
 */
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define PORTS_MAX 100u

static void load_match(struct load *load, const struct item *match, const struct path *path,
                       struct app_spec *app)
{
    const struct item *selector = yaml_tree_get(match, "selector");
    const struct path selector_path = key_path(path, "selector");
    const struct path deployment_path = key_path(path, "deployment");

    app->match_image = load_get_text(load, match, "image");
    app->match_deployment = load_get_text(load, match, "deployment");
    if (selector != NULL)
        app->has_match_selector =
            load_selector(load, selector, &selector_path, &app->match_selector);
    if (app->match_deployment == NULL)
        return;
    for (uint32_t i = 0; i < load->object_count; i++) {
        if (strcmp(load->objects[i].kind, "Deployment") == 0 &&
            strcmp(load->objects[i].name, app->match_deployment) == 0)
            return;
    }
    diagnostics_error(&load->diagnostics, yaml_tree_place(yaml_tree_get(match, "deployment")),
                      &deployment_path, "no Deployment %s in the manifests%s",
                      app->match_deployment,
                      load_suggest_object(load, "Deployment", "default", app->match_deployment));
}

static void load_listen(struct load *load, const struct item *list, const struct path *path,
                        struct app_spec *app)
{
    uint16_t *ports;

    if (list->kind != ITEM_LIST || list->count > PORTS_MAX) {
        check_refuse(&load->checker, list, path, "a list of ports such as [8080, 9090]");
        return;
    }
    ports = ARENA_NEW_ARRAY(load->arena, list->count, uint16_t);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct path way = {.parent = path, .index = i};
        int64_t port = 0;

        if (!value_int(list->entries[i].value, &port) || port < 1 || port > UINT16_MAX)
            check_refuse(&load->checker, list->entries[i].value, &way, "a port from 1 to 65535");
        ports[i] = (uint16_t)port;
    }
    app->listen = ports;
    app->listen_count = list->count;
}

static void load_error_steps(struct load *load, const struct item *list, const struct path *path,
                             struct app_spec *app)
{
    const struct field field = {.type = FIELD_MAP,
                                .children = &fields_error_step,
                                .expected = "a step such as {at: 60s, rate: 0.5}"};
    struct error_step *steps = ARENA_NEW_ARRAY(load->arena, list->count, struct error_step);
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct path way = {.parent = path, .index = i};
        const struct path at_path = key_path(&way, "at");
        const struct item *map = check_value(&load->checker, &field, list->entries[i].value, &way);
        const struct item *at = yaml_tree_get(map, "at");

        if (at == NULL) /* refused already, or left out of what was refused */
            continue;
        steps[count] = (struct error_step){load_get_span(map, "at"), load_get_number(map, "rate")};
        if (count > 0 && steps[count].at_ns <= steps[count - 1].at_ns)
            check_refuse(&load->checker, at, &at_path, "a later instant than the step before");
        count++;
    }
    app->error_steps = steps;
    app->error_step_count = count;
}

static void load_error_rate(struct load *load, const struct item *item, const struct path *path,
                            struct app_spec *app)
{
    if (item->kind == ITEM_LIST && item->count > 0)
        load_error_steps(load, item, path, app);
    else if (!value_number(item, &app->error_ratio) || app->error_ratio < 0 || app->error_ratio > 1)
        check_refuse(
            &load->checker, item, path,
            "a number from 0 to 1, or steps such as [{at: 60s, rate: 0.5}, {at: 90s, rate: 0}]");
}

static bool matches_all(const struct item *map)
{
    const struct item *match = yaml_tree_get(map, "match");

    return match == NULL || match->count == 0;
}

static void load_app(struct load *load, const struct item *map, const struct path *path,
                     struct app_spec *app)
{
    const struct path match_path = key_path(path, "match");
    const struct path listen_path = key_path(path, "listen");
    const struct path error_path = key_path(path, "errorRate");
    const char *on_sigterm = yaml_tree_get(map, "onSIGTERM")->text;

    *app = (struct app_spec){
        .startup = load_get_distribution(load, map, "startup"),
        .service_time = load_get_distribution(load, map, "serviceTime"),
        .concurrency = (uint32_t)load_get_int(map, "concurrency"),
        .queue = (uint32_t)load_get_int(map, "queue"),
        .on_sigterm = strcmp(on_sigterm, "exit") == 0    ? ON_SIGTERM_EXIT
                      : strcmp(on_sigterm, "drain") == 0 ? ON_SIGTERM_DRAIN
                                                         : ON_SIGTERM_IGNORE,
        .keep_alive_ns = load_get_span(map, "keepAliveTimeout"),
        .error_from = (uint32_t)load_get_int(map, "errorFrom"),
        .error_time = load_get_distribution(load, map, "errorTime"),
    };
    load_error_rate(load, yaml_tree_get(map, "errorRate"), &error_path, app);
    if (!matches_all(map))
        load_match(load, yaml_tree_get(map, "match"), &match_path, app);
    if (yaml_tree_get(map, "listen") != NULL)
        load_listen(load, yaml_tree_get(map, "listen"), &listen_path, app);
}

void load_apps(struct load *load, const struct item *list, const struct path *path)
{
    struct app_spec *apps = ARENA_NEW_ARRAY(load->arena, list->count, struct app_spec);
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct path way = {.parent = path, .index = i};

        if (map->kind != ITEM_MAP)
            continue; /* reported */
        load_app(load, map, &way, &apps[count++]);
        if (matches_all(map) && i + 1 < list->count)
            diagnostics_error(
                &load->diagnostics, yaml_tree_place(map), &way,
                "no match, so those after it never apply; expected a match, or the last place");
    }
    load->spec->traffic.apps = apps;
    load->spec->traffic.app_count = count;
}
