/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spec.clients: who sends requests to whom.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "scenario/distribution_parse.h"
#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

#define RATE_MAX_PER_S 1e9
#define USERS_MAX 1000000

static void load_arrivals(struct load *load, const struct item *map, const struct path *path,
                          struct client_spec *client)
{
    const struct item *item = yaml_tree_get(map, "arrivals");
    const struct path way = key_path(path, "arrivals");
    struct checker checker = load->checker;

    checker.arena = load->arena;
    client->arrivals = ARRIVALS_POISSON;
    if (item->kind == ITEM_STRING && strcmp(item->text, "poisson") == 0)
        return;
    if (item->kind == ITEM_STRING && strcmp(item->text, "even") == 0) {
        client->arrivals = ARRIVALS_EVEN;
        return;
    }
    if (item->kind == ITEM_MAP) {
        if (!distribution_parse(&checker, item, &way, &client->gap) ||
            !distribution_parse_refuse_affine(&load->checker, item, &way, &client->gap))
            return;
        client->arrivals = ARRIVALS_DISTRIBUTION;
        if (!(distribution_mean_ns(&client->gap) >= 1))
            check_refuse(&load->checker, item, &way, "gaps with a mean above 0s");
        return;
    }
    check_refuse(&load->checker, item, &way,
                 "poisson, even, or a distribution such as {exponential: {mean: 5ms}}");
}

static double load_rate(struct load *load, const struct item *map, const struct path *path,
                        const char *key, double unit_s)
{
    const struct path way = key_path(path, key);
    const double rate_per_s = load_get_number(map, key) / unit_s;

    if (rate_per_s > RATE_MAX_PER_S)
        check_refuse(&load->checker, yaml_tree_get(map, key), &way,
                     "at most 1e9 requests a second");
    return rate_per_s;
}

/* Reports keys that belong to the other executor. */
static void refuse_stray(struct load *load, const struct item *map, const struct path *path,
                         const char *keys, const char *executor)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct item *key = map->entries[i].key;
        const struct path way = key_path(path, key->text);

        if (fields_has_word(keys, key->text))
            diagnostics_error(&load->diagnostics, yaml_tree_place(key), &way, "goes with %s only",
                              executor);
    }
}

static void check_user_count(struct load *load, const struct item *stage, const struct path *path)
{
    const struct path way = key_path(path, "target");
    const struct item *target = yaml_tree_get(stage, "target");
    int64_t count = 0;

    if (!value_int(target, &count) || count > USERS_MAX)
        check_refuse(&load->checker, target, &way, "a whole number of users, at most 1000000");
}

static void load_stages(struct load *load, const struct item *map, const struct path *path,
                        struct client_spec *client)
{
    const struct item *list = yaml_tree_get(map, "stages");
    const struct path list_path = key_path(path, "stages");
    const bool has_users = client->executor == EXECUTOR_RAMPING_VUS;
    const double unit_s = has_users ? 1 : (double)load_get_span(map, "timeUnit") / (double)NS_PER_S;
    const uint32_t count = list != NULL ? list->count : 0;
    struct rate_stage *stages = ARENA_NEW_ARRAY(load->arena, count, struct rate_stage);
    bool has_rate = false;

    client->start_rate_per_s = load_rate(load, map, path, "startRate", unit_s);
    has_rate = client->start_rate_per_s > 0 || client->start_users > 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct item *stage = list->entries[i].value;
        const struct path way = {.parent = &list_path, .index = i};

        if (stage->kind != ITEM_MAP || yaml_tree_get(stage, "target") == NULL)
            return; /* reported */
        stages[i].duration_ns = load_get_span(stage, "duration");
        stages[i].target_per_s = load_rate(load, stage, &way, "target", unit_s);
        if (has_users)
            check_user_count(load, stage, &way);
        has_rate = has_rate || stages[i].target_per_s > 0;
    }
    client->stages = stages;
    client->stage_count = count;
    if (count == 0)
        diagnostics_error(&load->diagnostics, yaml_tree_place(list != NULL ? list : map),
                          &list_path,
                          "missing; expected stages such as [{duration: 1m, target: 200}]");
    else if (!has_rate)
        diagnostics_error(&load->diagnostics, yaml_tree_place(list), &list_path,
                          "no request ever; expected a target or startRate above 0");
}

static void load_users(struct load *load, const struct item *map, const struct path *path,
                       struct client_spec *client)
{
    const struct path vus_path = key_path(path, "vus");
    const bool is_ramping = client->executor == EXECUTOR_RAMPING_VUS;

    refuse_stray(load, map, path, "rate", "constant-arrival-rate");
    refuse_stray(load, map, path, "startRate", "ramping-arrival-rate");
    refuse_stray(load, map, path, is_ramping ? "vus" : "stages startVUs",
                 is_ramping ? "constant-vus" : "ramping-vus");
    client->think_time = load_get_distribution(load, map, "thinkTime");
    client->graceful_ns = load_get_span(map, "gracefulRampDown");
    if (is_ramping) {
        client->start_users =
            yaml_tree_get(map, "startVUs") != NULL ? (uint32_t)load_get_int(map, "startVUs") : 1;
        load_stages(load, map, path, client);
        return;
    }
    client->start_users = (uint32_t)load_get_int(map, "vus");
    if (client->start_users == 0 && !load->has_refused_client)
        diagnostics_error(&load->diagnostics, yaml_tree_place(map), &vus_path,
                          "missing; expected a number above 0");
}

/* After arrivals. */
static void load_executor(struct load *load, const struct item *map, const struct path *path,
                          struct client_spec *client)
{
    static const char *const names[] = {"constant-arrival-rate", "ramping-arrival-rate",
                                        "constant-vus", "ramping-vus"};
    const double unit_s = (double)load_get_span(map, "timeUnit") / (double)NS_PER_S;
    const struct path rate_path = key_path(path, "rate");
    const struct path arrivals_path = key_path(path, "arrivals");

    while (strcmp(yaml_tree_get(map, "executor")->text, names[client->executor]) != 0)
        client->executor++;
    if (client->executor >= EXECUTOR_CONSTANT_VUS) {
        load_users(load, map, path, client);
        return;
    }
    refuse_stray(load, map, path, "thinkTime", "constant-vus and ramping-vus");
    refuse_stray(load, map, path, "vus", "constant-vus");
    refuse_stray(load, map, path, "startVUs", "ramping-vus");
    if (client->executor == EXECUTOR_RAMPING_ARRIVAL_RATE) {
        refuse_stray(load, map, path, "rate", "constant-arrival-rate");
        load_stages(load, map, path, client);
        if (client->arrivals == ARRIVALS_DISTRIBUTION)
            check_refuse(&load->checker, yaml_tree_get(map, "arrivals"), &arrivals_path,
                         "poisson or even with a rate that changes");
        return;
    }
    refuse_stray(load, map, path, "startRate stages", "ramping-arrival-rate");
    if (yaml_tree_get(map, "rate") == NULL && !load->has_refused_client)
        diagnostics_error(&load->diagnostics, yaml_tree_place(map), &rate_path,
                          "missing; expected a number above 0");
    client->rate_per_s = load_rate(load, map, path, "rate", unit_s);
}

static void load_from(struct load *load, const struct item *from, const struct path *path,
                      struct client_spec *client)
{
    const struct item *list = yaml_tree_get(from, "nodes");
    const struct path way = key_path(path, "nodes");
    const char **names;
    struct name_map seen;

    if (list->kind == ITEM_STRING && strcmp(list->text, "all") == 0)
        return;
    name_map_init(&seen, load->scratch);
    if (list->kind != ITEM_LIST || list->count == 0) {
        check_refuse(&load->checker, list, &way, "all, or a list of nodes such as [node-1]");
        return;
    }
    names = ARENA_NEW_ARRAY(load->arena, list->count, const char *);
    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *item = list->entries[i].value;
        const struct path name_path = {.parent = &way, .index = i};

        if (item->kind != ITEM_STRING) {
            check_refuse(&load->checker, item, &name_path, "a node's name such as node-1");
            continue;
        }
        if (name_map_get(&load->node_names, item->text) == ID_NONE)
            diagnostics_error(&load->diagnostics, yaml_tree_place(item), &name_path,
                              "no node %.80s; there are %u, the first is %s", item->text,
                              load->spec->cluster.node_count,
                              load->spec->cluster.node_count > 0 ? load->spec->cluster.nodes[0].name
                                                                 : "missing");
        if (name_map_get(&seen, item->text) != ID_NONE)
            diagnostics_error(&load->diagnostics, yaml_tree_place(item), &name_path,
                              "%s is listed twice", item->text);
        name_map_put(&seen, item->text, i);
        names[client->from_node_count++] = load_text(load, item->text);
    }
    client->from_nodes = names;
}

/* A target that names a node says where requests from outside arrive. */
static void enter_at_node(struct load *load, const struct item *from, const struct path *path,
                          struct client_spec *client)
{
    const struct path way = key_path(path, "nodes");
    const char **names;

    if (client->entry_node == NULL || !client->is_outside)
        return;
    if (client->from_nodes != NULL) {
        diagnostics_error(&load->diagnostics, load_key_place(from, "nodes"), &way,
                          "the target says already that requests arrive at %s", client->entry_node);
        return;
    }
    names = ARENA_NEW(load->arena, const char *);
    *names = client->entry_node;
    client->from_nodes = names;
    client->from_node_count = 1;
}

/* --- DNS --- */

#define DENIAL_NS (10 * NS_PER_S) /* the JDK's networkaddress.cache.negative.ttl */

static void load_dns_cache(struct load *load, const struct item *map, const struct path *path,
                           struct client_spec *client)
{
    const struct item *dns = yaml_tree_get(map, "dns");
    const struct item *cache = yaml_tree_get(dns, "cache");
    const struct path dns_path = key_path(path, "dns");
    const struct path way = key_path(&dns_path, "cache");
    const char *text = cache != NULL && cache->kind == ITEM_STRING ? cache->text : "";

    client->dns_keep_denial_ns = load_get_span(dns, "negative");
    client->has_dns_cache = strcmp(text, "none") != 0;
    if (!client->has_dns_cache || strcmp(text, "ttl") == 0)
        return;
    if (client->dns_keep_denial_ns == 0)
        client->dns_keep_denial_ns = DENIAL_NS;
    if (strcmp(text, "forever") == 0)
        client->dns_keep_ns = NS_NEVER;
    else if (!duration_parse(text, &client->dns_keep_ns) || client->dns_keep_ns <= 0)
        check_refuse(&load->checker, cache, &way, "none, ttl, forever, or a duration such as 30s");
}

static void check_name(struct load *load, const struct item *map, const struct path *path,
                       const struct client_spec *clients, uint32_t count)
{
    const struct item *name = yaml_tree_get(map, "name");
    const struct path way = key_path(path, "name");

    if (name == NULL)
        return;
    if (name->text[0] == '\0')
        check_refuse(&load->checker, name, &way, "a name such as shoppers");
    for (uint32_t i = 0; i < count; i++) {
        if (clients[i].name != NULL && strcmp(clients[i].name, name->text) == 0)
            diagnostics_error(&load->diagnostics, yaml_tree_place(name), &way,
                              "client %s is there already", name->text);
    }
}

static void load_client(struct load *load, const struct item *map, const struct path *path,
                        struct client_spec *client)
{
    const struct path from_path = key_path(path, "from");

    client->name = load_get_text(load, map, "name");
    client->timeout_ns = load_get_span(map, "timeout");
    load_dns_cache(load, map, path, client);
    client->identity_count = (uint32_t)load_get_int(map, "identities");
    client->is_outside = load_get_bool(yaml_tree_get(map, "from"), "outside");
    client->has_turns = strcmp(yaml_tree_get(map, "identityOrder")->text, "turns") == 0;
    load_target(load, map, path, client);
    load_arrivals(load, map, path, client);
    load_executor(load, map, path, client);
    load_from(load, yaml_tree_get(map, "from"), &from_path, client);
    enter_at_node(load, yaml_tree_get(map, "from"), &from_path, client);
    load_session(load, map, path, client);
}

void load_clients(struct load *load, const struct item *list, const struct path *path)
{
    const struct item *raw = yaml_tree_get(yaml_tree_get(load->raw_scenario, "spec"), "clients");
    struct client_spec *clients = ARENA_NEW_ARRAY(load->arena, list->count, struct client_spec);
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct item *map = list->entries[i].value;
        const struct item *name = yaml_tree_get(map, "name");
        const struct path way = {
            .parent = path, .index = i, .name = name != NULL ? name->text : NULL};

        if (map->kind != ITEM_MAP)
            continue; /* reported */
        load->has_refused_client = load_has_refused(
            load,
            raw != NULL && raw->kind == ITEM_LIST && i < raw->count ? raw->entries[i].value : NULL,
            map);
        check_name(load, map, &way, clients, count);
        load_client(load, map, &way, &clients[count++]);
    }
    load->spec->traffic.clients = clients;
    load->spec->traffic.client_count = count;
}
