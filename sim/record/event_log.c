/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/event_log.h"

#include <string.h>

#include "base/json_out.h"

static void add(struct event_log *log, struct logged_event ev)
{
    ARENA_GROW(log->arena, log->events, &log->capacity, log->count + 1);
    log->events[log->count++] = ev;
}

void event_log_init(struct event_log *log, struct arena *arena, const struct cluster *cluster,
                    const struct world_spec *spec)
{
    *log = (struct event_log){.arena = arena, .cluster = cluster, .spec = spec};
    log->brought = ARENA_NEW_ARRAY(arena, cluster_node_count(cluster) + 1, uint32_t);
    for (uint32_t pod = 0; pod < cluster_pod_count(cluster); pod++) {
        const enum pod_state state = cluster_pod_state(cluster, pod);

        if (state != POD_STATE_EXTERNAL)
            add(log,
                (struct logged_event){.what = pod, .kind = LOGGED_START, .detail = (uint8_t)state});
    }
}

void event_log_add_pod_state(struct event_log *log, sim_ns at_ns, uint32_t pod,
                             enum pod_state state)
{
    add(log, (struct logged_event){
                 .at_ns = at_ns, .what = pod, .kind = LOGGED_STATE, .detail = (uint8_t)state});
}

void event_log_add_happening(struct event_log *log, sim_ns at_ns, uint32_t pod,
                             enum happening happening)
{
    add(log,
        (struct logged_event){
            .at_ns = at_ns, .what = pod, .kind = LOGGED_HAPPENING, .detail = (uint8_t)happening});
}

void event_log_add_entry(struct event_log *log, sim_ns at_ns, uint32_t entry)
{
    const struct logged_event ev = {.at_ns = at_ns, .what = entry, .kind = LOGGED_ENTRY};
    uint32_t place = log->count;

    /* at its instant only the entry before it and what that did have run earlier */
    while (place > 0 && log->events[place - 1].at_ns == at_ns &&
           log->events[place - 1].kind != LOGGED_ENTRY &&
           log->events[place - 1].kind != LOGGED_START)
        place--;
    add(log, ev);
    memmove(&log->events[place + 1], &log->events[place],
            (log->count - 1 - place) * sizeof(log->events[0]));
    log->events[place] = ev;
}

void event_log_add_balancer(struct event_log *log, sim_ns at_ns,
                            const struct balancer_verdict *verdict)
{
    add(log, (struct logged_event){.at_ns = at_ns,
                                   .what = verdict->node,
                                   .change = verdict->service,
                                   .kind = LOGGED_BALANCER,
                                   .detail = verdict->is_healthy});
}

void event_log_add_change(struct event_log *log, const struct news *news)
{
    ARENA_GROW(log->arena, log->changes, &log->change_capacity, news->change);
    log->changes[news->change - 1] = news;
    log->change_count = news->change;
    if (news->t_cause_ns >= log->spec->warmup_ns)
        add(log, (struct logged_event){.at_ns = news->t_stored_ns,
                                       .what = news->pod,
                                       .change = news->change,
                                       .kind = LOGGED_CHANGE});
}

void event_log_add_applied(struct event_log *log, const struct news *news, uint32_t node)
{
    if (news->t_cause_ns >= log->spec->warmup_ns)
        log->brought[node] = news->change;
}

void event_log_add_sync(struct event_log *log, sim_ns at_ns, uint32_t node)
{
    if (log->brought[node] == 0)
        return;
    if (log->sync_count++ < EVENT_LOG_SYNCS_MAX)
        add(log,
            (struct logged_event){
                .at_ns = at_ns, .what = node, .change = log->brought[node], .kind = LOGGED_SYNC});
    log->brought[node] = 0;
}

/* ---- the file ---- */

/* Ids while the lines are written; an event's id is the number of its line. */
struct ids {
    uint32_t next;
    uint32_t *by_event;
    uint32_t *by_change;    /* number - 1 */
    uint32_t *by_entry;     /* as carried out, from 1 */
    uint32_t *entry_events; /* their indices in the list */
    uint32_t entry_count;
    uint32_t *last_of_pod; /* index of the pod's last event so far, + 1 */
    uint32_t *before;      /* by event: index + 1 of the pod's event before it */
};

/* The pod's event at the instant, or the timeline entry then; 0: none. */
static uint32_t cause_of_change(const struct event_log *log, const struct ids *ids,
                                const struct news *news)
{
    for (uint32_t i = ids->last_of_pod[news->pod]; i != 0; i = ids->before[i - 1]) {
        if (log->events[i - 1].at_ns == news->t_cause_ns)
            return ids->by_event[i - 1];
        if (log->events[i - 1].at_ns < news->t_cause_ns)
            break;
    }
    for (uint32_t i = ids->entry_count; i > 0; i--) {
        const sim_ns at_ns = log->events[ids->entry_events[i]].at_ns;

        if (at_ns == news->t_cause_ns)
            return ids->by_entry[i];
        if (at_ns < news->t_cause_ns)
            break;
    }
    return 0;
}

static uint32_t cause_of(const struct event_log *log, const struct ids *ids, uint32_t index)
{
    const struct logged_event *ev = &log->events[index];
    uint32_t origin = 0;

    switch ((enum logged_kind)ev->kind) {
    case LOGGED_START:
    case LOGGED_ENTRY:
    case LOGGED_BALANCER:
        return 0;
    case LOGGED_CHANGE:
        return cause_of_change(log, ids, log->changes[ev->change - 1]);
    case LOGGED_SYNC:
        return ids->by_change[ev->change - 1];
    case LOGGED_STATE:
        if (ev->detail == POD_STATE_PENDING)
            origin = cluster_pod_created_origin(log->cluster, ev->what);
        break;
    case LOGGED_HAPPENING:
        if (ev->detail == HAPPENING_DELETED)
            origin = cluster_pod_deleted_origin(log->cluster, ev->what);
        break;
    }
    if (origin > 0 && origin <= ids->entry_count)
        return ids->by_entry[origin];
    return ids->before[index] == 0 ? 0 : ids->by_event[ids->before[index] - 1];
}

/* What is decided when a pod is made. */
static void put_pod_facts(const struct event_log *log, uint32_t pod, struct json_out *json)
{
    const struct pod_spec *spec = cluster_pod_spec(log->cluster, pod);
    const struct probe_spec *probe = NULL;
    sim_ns pre_stop_ns = 0;

    for (uint32_t i = 0; i < spec->container_count; i++) {
        const struct container_spec *container = &spec->containers[i];

        if (container->pre_stop_ns > pre_stop_ns)
            pre_stop_ns = container->pre_stop_ns;
        if (probe == NULL && container->readiness.kind != PROBE_NONE)
            probe = &container->readiness;
    }
    json_out_string(json, "owner", cluster_pod_owner(log->cluster, pod));
    json_out_string(json, "image", cluster_pod_image(log->cluster, pod));
    json_out_seconds(json, "grace_s", spec->grace_ns);
    json_out_seconds(json, "prestop_s", pre_stop_ns);
    if (probe == NULL)
        return;
    json_out_seconds(json, "probe_period_s", probe->period_ns);
    json_out_u64(json, "probe_failures", probe->failure_threshold);
}

static void put_pod(const struct event_log *log, uint32_t pod, struct json_out *json)
{
    json_out_string(json, "pod", cluster_pod_name(log->cluster, pod));
}

static void put_node(const struct event_log *log, uint32_t pod, struct json_out *json)
{
    const uint32_t node = cluster_pod_node(log->cluster, pod);

    if (node != ID_NONE)
        json_out_string(json, "node", cluster_node_name(log->cluster, node));
}

static void put_state(const struct event_log *log, const struct logged_event *ev,
                      struct json_out *json)
{
    const bool is_new = ev->kind == LOGGED_START || ev->detail == POD_STATE_PENDING;

    if (ev->kind == LOGGED_START)
        json_out_string(json, "what", "start");
    else
        json_out_string(json, "what",
                        is_new ? "created" : observer_pod_state_name((enum pod_state)ev->detail));
    put_pod(log, ev->what, json);
    if (ev->kind == LOGGED_START)
        json_out_string(json, "state", observer_pod_state_name((enum pod_state)ev->detail));
    if (ev->kind == LOGGED_START || ev->detail == POD_STATE_STARTING)
        put_node(log, ev->what, json);
    if (!is_new)
        return;
    if (ev->kind == LOGGED_STATE)
        json_out_string(json, "why",
                        news_cause_name(cluster_pod_created_cause(log->cluster, ev->what)));
    put_pod_facts(log, ev->what, json);
}

static void put_happening(const struct event_log *log, const struct logged_event *ev,
                          struct json_out *json)
{
    json_out_string(json, "what", observer_happening_name((enum happening)ev->detail));
    put_pod(log, ev->what, json);
    if (ev->detail == HAPPENING_DELETED)
        json_out_string(json, "why",
                        news_cause_name(cluster_pod_deleted_cause(log->cluster, ev->what)));
}

static void put_change(const struct event_log *log, const struct logged_event *ev,
                       struct json_out *json)
{
    const struct news *news = log->changes[ev->change - 1];

    json_out_string(json, "what", "change");
    json_out_u64(json, "change", news->change);
    json_out_string(json, "service", cluster_service_name(log->cluster, news->service));
    put_pod(log, ev->what, json);
    json_out_string(json, "kind", news_kind_name((enum change_kind)news->kind));
}

static void put_event(const struct event_log *log, const struct ids *ids, uint32_t index,
                      struct out *out)
{
    const struct logged_event *ev = &log->events[index];
    const uint32_t cause = cause_of(log, ids, index);
    struct json_out json;

    json_out_init(&json, out, true);
    json_out_begin_object(&json, NULL);
    json_out_u64(&json, "id", ids->by_event[index]);
    json_out_seconds(&json, "t_s", ev->at_ns);
    switch ((enum logged_kind)ev->kind) {
    case LOGGED_START:
    case LOGGED_STATE:
        put_state(log, ev, &json);
        break;
    case LOGGED_HAPPENING:
        put_happening(log, ev, &json);
        break;
    case LOGGED_ENTRY:
        json_out_string(&json, "what", "timeline");
        json_out_string(&json, "entry", log->spec->timeline[ev->what].label);
        break;
    case LOGGED_CHANGE:
        put_change(log, ev, &json);
        break;
    case LOGGED_SYNC:
        json_out_string(&json, "what", "synced");
        json_out_string(&json, "node", cluster_node_name(log->cluster, ev->what));
        json_out_u64(&json, "change", ev->change);
        break;
    case LOGGED_BALANCER:
        json_out_string(&json, "what", ev->detail != 0 ? "healthy" : "unhealthy");
        json_out_string(&json, "node", cluster_node_name(log->cluster, ev->what));
        json_out_string(&json, "service", cluster_service_name(log->cluster, ev->change));
        break;
    }
    if (cause != 0)
        json_out_u64(&json, "cause", cause);
    else
        json_out_null(&json, "cause");
    json_out_end_object(&json);
}

/* After the event is written: later ones may name it. */
static void remember(const struct event_log *log, struct ids *ids, uint32_t index)
{
    const struct logged_event *ev = &log->events[index];

    if (ev->kind == LOGGED_ENTRY) {
        ids->by_entry[++ids->entry_count] = ids->by_event[index];
        ids->entry_events[ids->entry_count] = index;
    } else if (ev->kind == LOGGED_CHANGE) {
        ids->by_change[ev->change - 1] = ids->by_event[index];
    }
}

static void link_to_pod(const struct event_log *log, struct ids *ids, uint32_t index)
{
    const struct logged_event *ev = &log->events[index];

    if (ev->kind != LOGGED_START && ev->kind != LOGGED_STATE && ev->kind != LOGGED_HAPPENING)
        return;
    ids->before[index] = ids->last_of_pod[ev->what];
    ids->last_of_pod[ev->what] = index + 1;
}

void event_log_write(struct event_log *log, struct out *out)
{
    struct ids ids = {
        .by_event = ARENA_NEW_ARRAY(log->arena, log->count + 1, uint32_t),
        .by_change = ARENA_NEW_ARRAY(log->arena, log->change_count + 1, uint32_t),
        .by_entry = ARENA_NEW_ARRAY(log->arena, log->count + 1, uint32_t),
        .entry_events = ARENA_NEW_ARRAY(log->arena, log->count + 1, uint32_t),
        .last_of_pod = ARENA_NEW_ARRAY(log->arena, cluster_pod_count(log->cluster) + 1, uint32_t),
        .before = ARENA_NEW_ARRAY(log->arena, log->count + 1, uint32_t),
    };

    for (uint32_t i = 0; i < log->count; i++) {
        if (log->events[i].kind == LOGGED_SYNC && log->sync_count > EVENT_LOG_SYNCS_MAX)
            continue;
        ids.by_event[i] = ++ids.next;
        link_to_pod(log, &ids, i);
        put_event(log, &ids, i, out);
        remember(log, &ids, i);
    }
}
