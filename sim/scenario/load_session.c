/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A client's connection and retry.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"
#include "traffic/observer.h"

#define BUDGET_EXPECTED "a share such as 20%, or {ratio: 20%, minPerSecond: 10, ttl: 10s}"

static void load_connection(const struct item *map, struct connection_spec *connection)
{
    *connection = (struct connection_spec){
        .is_kept = load_get_bool(map, "reuse"),
        .per_client = (uint32_t)load_get_int(map, "perClient"),
        .max_requests = (uint32_t)load_get_int(map, "maxRequests"),
        .max_age_ns = load_get_span(map, "maxAge"),
        .idle_timeout_ns = load_get_span(map, "idleTimeout"),
    };
}

/* The failing outcome of that name, OUTCOME_OK if it is none. */
static enum outcome outcome_by_name(const struct item *item)
{
    for (uint32_t i = OUTCOME_OK + 1; item->kind == ITEM_STRING && i < OUTCOME_COUNT; i++)
        if (strcmp(item->text, observer_outcome_name((enum outcome)i)) == 0)
            return (enum outcome)i;
    return OUTCOME_OK;
}

static uint32_t load_outcomes(struct load *load, const struct item *list, const struct path *path)
{
    uint32_t outcomes = 0;

    if (list->kind != ITEM_LIST) {
        check_refuse(&load->checker, list, path,
                     "a list of outcomes such as [refused, reset, timeout]");
        return 0;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const struct path way = {.parent = path, .index = i};
        const enum outcome outcome = outcome_by_name(list->entries[i].value);

        if (outcome == OUTCOME_OK)
            check_refuse(&load->checker, list->entries[i].value, &way,
                         "refused, timeout, reset, no_endpoints, overload, error, dns or deadline");
        outcomes |= 1u << outcome;
    }
    if (list->count == 0)
        outcomes = 1u << OUTCOME_REFUSED | 1u << OUTCOME_RESET | 1u << OUTCOME_TIMEOUT;
    return outcomes & ~(1u << OUTCOME_OK);
}

/* "20%" to 0.2. */
static bool parse_share(const struct item *item, double *share)
{
    char *end = NULL;

    if (item->kind != ITEM_STRING || item->text[0] < '0' || item->text[0] > '9')
        return false;
    *share = strtod(item->text, &end) / 100;
    return end != item->text && strcmp(end, "%") == 0 && *share <= 10;
}

static void load_budget(struct load *load, const struct item *item, const struct path *path,
                        struct retry_spec *retry)
{
    const struct path ratio_path = key_path(path, "ratio");
    const struct item *ratio = item;

    retry->has_budget = true;
    retry->budget_ttl_ns = 10 * NS_PER_S;
    if (item->kind == ITEM_MAP) {
        const struct item *map = check_map(&load->checker, item, &fields_retry_budget, path);

        ratio = yaml_tree_get(map, "ratio");
        retry->budget_min_per_s = load_get_number(map, "minPerSecond");
        retry->budget_ttl_ns = load_get_span(map, "ttl");
        if (ratio == NULL)
            return; /* reported */
    }
    if (!parse_share(ratio, &retry->budget_ratio))
        check_refuse(&load->checker, ratio, ratio == item ? path : &ratio_path,
                     ratio == item ? BUDGET_EXPECTED : "a share such as 20%");
}

static void load_retry(struct load *load, const struct item *map, const struct path *path,
                       struct retry_spec *retry)
{
    const struct path on_path = key_path(path, "on");
    const struct path budget_path = key_path(path, "budget");
    const char *jitter = yaml_tree_get(map, "jitter")->text;
    const struct item *budget = yaml_tree_get(map, "budget");

    *retry = (struct retry_spec){
        .attempts = (uint32_t)load_get_int(map, "attempts"),
        .on = load_outcomes(load, yaml_tree_get(map, "on"), &on_path),
        .backoff_ns = load_get_span(map, "backoff"),
        .max_backoff_ns = load_get_span(map, "maxBackoff"),
        .jitter = strcmp(jitter, "none") == 0    ? RETRY_JITTER_NONE
                  : strcmp(jitter, "equal") == 0 ? RETRY_JITTER_EQUAL
                                                 : RETRY_JITTER_FULL,
        .per_try_ns = load_get_span(map, "perTry"),
    };
    if (budget != NULL)
        load_budget(load, budget, &budget_path, retry);
}

void load_session(struct load *load, const struct item *map, const struct path *path,
                  struct client_spec *client)
{
    const struct path retry_path = key_path(path, "retry");

    load_connection(yaml_tree_get(map, "connection"), &client->connection);
    load_retry(load, yaml_tree_get(map, "retry"), &retry_path, &client->retry);
}
