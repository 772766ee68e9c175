/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The status of a Pod manifest: the state that it starts in.
 */
#include <arpa/inet.h>
#include <string.h>

#include "scenario/key_path.h"
#include "scenario/load.h"
#include "scenario/value.h"

static bool is_address(const char *text)
{
    unsigned char address[16];

    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* podIPs; where there are none, podIP alone. */
static void load_addresses(struct load *load, const struct item *list, const struct path *path,
                           struct pod_spec *pod)
{
    const struct path list_path = key_path(path, "podIPs");
    const uint32_t count = list != NULL && list->kind == ITEM_LIST ? list->count : 0;
    const char **ips = ARENA_NEW_ARRAY(load->arena, count + 1, const char *);

    for (uint32_t i = 0; i < count; i++) {
        const struct path way = {.parent = &list_path, .index = i};
        const struct path ip_path = key_path(&way, "ip");
        const struct item *ip = yaml_tree_get(list->entries[i].value, "ip");

        if (ip == NULL || ip->kind != ITEM_STRING || !is_address(ip->text))
            check_refuse(&load->checker, ip != NULL ? ip : list->entries[i].value, &ip_path,
                         "an IP address");
        else
            ips[pod->ip_count++] = load_text(load, ip->text);
    }
    if (pod->ip == NULL && pod->ip_count > 0)
        pod->ip = ips[0];
    if (pod->ip != NULL && pod->ip_count == 0)
        ips[pod->ip_count++] = pod->ip;
    pod->ips = ips;
}

/* A time of a status; one that is none is nobody's. */
static bool read_time(const struct load *load, const struct item *text, sim_ns *at_ns)
{
    int64_t unix_s = 0;
    sim_ns fraction_ns = 0;

    if (text == NULL || !value_time(text, &unix_s, &fraction_ns))
        return false;
    *at_ns = (unix_s - load->spec->epoch_s) * NS_PER_S + fraction_ns;
    return true;
}

static void read_ready(const struct load *load, const struct item *condition,
                       const struct item *value, struct pod_spec *pod)
{
    pod->status_ready = strcmp(value->text, "True") == 0;
    pod->has_ready_since =
        read_time(load, yaml_tree_get(condition, "lastTransitionTime"), &pod->ready_since_ns);
}

static void read_start(const struct load *load, const struct item *list, struct pod_spec *pod)
{
    const struct item *first =
        list != NULL && list->kind == ITEM_LIST && list->count > 0 ? list->entries[0].value : NULL;
    const struct item *running = yaml_tree_get(yaml_tree_get(first, "state"), "running");

    pod->has_started = read_time(load, yaml_tree_get(running, "startedAt"), &pod->started_ns);
}

void load_pod_status(struct load *load, const struct item *status, const struct path *path,
                     struct pod_spec *pod)
{
    const struct item *conditions = yaml_tree_get(status, "conditions");

    pod->status_phase = load_get_text(load, status, "phase");
    pod->ip = load_get_text(load, status, "podIP");
    if (pod->ip != NULL && !is_address(pod->ip))
        load_refuse_at(
            load, status, "podIP", path,
            arena_printf(load->scratch, "got \"%.60s\"; expected an IP address", pod->ip));
    load_addresses(load, yaml_tree_get(status, "podIPs"), path, pod);
    for (uint32_t i = 0;
         conditions != NULL && conditions->kind == ITEM_LIST && i < conditions->count; i++) {
        const struct item *type = yaml_tree_get(conditions->entries[i].value, "type");
        const struct item *value = yaml_tree_get(conditions->entries[i].value, "status");

        if (type != NULL && value != NULL && type->kind == ITEM_STRING &&
            value->kind == ITEM_STRING && strcmp(type->text, "Ready") == 0)
            read_ready(load, conditions->entries[i].value, value, pod);
    }
    read_start(load, yaml_tree_get(status, "containerStatuses"), pod);
    pod->has_status = pod->status_phase != NULL;
}
