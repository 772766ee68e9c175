/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/attribution.h"

#define RING_START 64u

void attribution_init(struct attribution *attribution, struct arena *arena,
                      const struct cluster *cluster, const struct change_log *changes)
{
    *attribution = (struct attribution){.arena = arena, .cluster = cluster, .changes = changes};
}

void attribution_write_rows(struct attribution *attribution, struct out *rows,
                            const struct traffic_spec *traffic)
{
    attribution->rows = rows;
    attribution->traffic = traffic;
    out_str(
        rows,
        "id,t_s,t_pick_s,client,node,service,pod,ip,outcome,attempts,latency_s,pod_state,stale_s,stage,"
        "cause,change,connection,balancer_s\n");
}

void attribution_stop_rows(struct attribution *attribution)
{
    attribution->rows = NULL;
}

static struct attribution_entry *entry_at(struct attribution *attribution, uint64_t sequence)
{
    return &attribution->ring[sequence & (attribution->capacity - 1)];
}

static struct attribution_entry *push(struct attribution *attribution,
                                      const struct request_result *result)
{
    if (attribution->tail - attribution->head == attribution->capacity) {
        const struct attribution old = *attribution;

        attribution->capacity = old.capacity == 0 ? RING_START : 2 * old.capacity;
        EP_REQUIRE(attribution->capacity > old.capacity);
        attribution->ring =
            ARENA_NEW_ARRAY(attribution->arena, attribution->capacity, struct attribution_entry);
        for (uint64_t i = old.head; i < old.tail; i++)
            *entry_at(attribution, i) = old.ring[i & (old.capacity - 1)];
    }

    struct attribution_entry *entry = entry_at(attribution, attribution->tail++);

    *entry = (struct attribution_entry){
        .result = *result, .candidate = result->news, .fallback = ID_NONE, .stage = STAGE_NONE};
    return entry;
}

static void settle(struct attribution_entry *entry, enum stage stage, enum cause cause,
                   sim_ns stale_ns)
{
    entry->stage = (uint8_t)stage;
    entry->cause = (uint8_t)cause;
    entry->stale_ns = stale_ns;
    entry->is_settled = true;
}

/* Where a stored change was at the pick: STAGE_NONE if it was in effect on the node by then. */
static enum stage stage_on_node(const struct change_times *times, sim_ns at_ns)
{
    if (at_ns < times->t_delivered_ns)
        return STAGE_WATCH_NODE;
    if (at_ns < times->t_sync_start_ns)
        return STAGE_PROXY_WAIT;
    return at_ns < times->t_sync_end_ns ? STAGE_PROXY_SYNC : STAGE_NONE;
}

enum verdict {
    VERDICT_BLAMED,   /* the entry is settled */
    VERDICT_INNOCENT, /* look at the next news */
    VERDICT_OPEN      /* not known yet */
};

static enum verdict judge_change(const struct attribution *attribution,
                                 struct attribution_entry *entry, const struct news *news)
{
    const sim_ns pick_ns = entry->result.t_pick_ns;
    enum stage stage = news_stage_at(news, pick_ns);
    struct change_times times;

    if (!news->is_effective)
        return VERDICT_INNOCENT;
    if (stage == STAGE_WATCH_NODE &&
        change_log_find(attribution->changes, news, entry->result.node, &times)) {
        stage = stage_on_node(&times, pick_ns);
        if (stage == STAGE_NONE)
            return VERDICT_INNOCENT;
    } else if (stage == STAGE_WATCH_NODE && !attribution->has_ended) {
        return VERDICT_OPEN;
    }
    settle(entry, stage, (enum cause)news->cause, pick_ns - news->t_cause_ns);
    entry->change = news->change;
    return VERDICT_BLAMED;
}

static enum verdict judge(const struct attribution *attribution, struct attribution_entry *entry,
                          const struct news *news)
{
    if (news->state == NEWS_STORED)
        return judge_change(attribution, entry, news);
    if (news->state == NEWS_OPEN && !attribution->has_ended)
        return VERDICT_OPEN;
    /* dropped because another change tells it: that one is to blame, or nobody */
    if (entry->fallback == ID_NONE && (news->state == NEWS_OPEN || news->is_undone))
        entry->fallback = news->id;
    return VERDICT_INNOCENT;
}

/* The load balancer sent it to a node that had been failing its checks, and did not know yet. The way of the change itself
 * was over: what was late is that somebody noticed. */
static bool blame_balancer(const struct attribution *attribution, struct attribution_entry *entry)
{
    const struct balancer_lapse *lapse;

    if (entry->result.lapse == 0)
        return false;
    lapse = cluster_lapse(attribution->cluster, entry->result.lapse - 1);
    settle(entry, STAGE_DETECT, (enum cause)lapse->cause, 0);
    entry->change = lapse->change;
    return true;
}

/* Goes through the news that may be to blame, oldest first; true once the entry is settled. */
static bool examine(const struct attribution *attribution, struct attribution_entry *entry)
{
    const sim_ns pick_ns = entry->result.t_pick_ns;

    if (EP_UNLIKELY(blame_balancer(attribution, entry)))
        return true;
    while (entry->candidate != ID_NONE) {
        const struct news *news = cluster_news(attribution->cluster, entry->candidate);

        if (news->t_cause_ns > pick_ns)
            break;

        const enum verdict verdict = judge(attribution, entry, news);

        if (verdict != VERDICT_INNOCENT)
            return verdict == VERDICT_BLAMED;
        entry->candidate = news->next;
    }
    if (entry->fallback == ID_NONE) {
        settle(entry, STAGE_NONE, CAUSE_NONE, 0);
        return true;
    }

    const struct news *news = cluster_news(attribution->cluster, entry->fallback);

    settle(entry, news_stage_at(news, pick_ns), (enum cause)news->cause, 0);
    return true;
}

static void wait_for(struct attribution *attribution, struct attribution_entry *entry,
                     uint64_t sequence)
{
    ARENA_GROW(attribution->arena, attribution->waiting, &attribution->waiting_capacity,
               entry->candidate + 1);
    entry->next_waiting = attribution->waiting[entry->candidate];
    attribution->waiting[entry->candidate] = sequence + 1;
}

static struct attribution_group *find_group(struct attribution *attribution,
                                            const struct attribution_entry *entry)
{
    const struct request_result *result = &entry->result;
    const struct attribution_group key = {
        .outcome = result->outcome,
        .pod_state = result->pod == ID_NONE ? POD_STATE_COUNT : result->pod_state,
        .stage = entry->stage,
        .cause = entry->cause,
        .node = result->node,
    };

    for (uint32_t i = 0; i < attribution->group_count; i++) {
        struct attribution_group *group = &attribution->groups[i];

        if (group->outcome == key.outcome && group->pod_state == key.pod_state &&
            group->stage == key.stage && group->cause == key.cause)
            return group;
    }
    ARENA_GROW(attribution->arena, attribution->groups, &attribution->group_capacity,
               attribution->group_count + 1);
    attribution->groups[attribution->group_count] = key;
    return &attribution->groups[attribution->group_count++];
}

static void count_loss(struct attribution *attribution, const struct attribution_entry *entry)
{
    struct attribution_group *group = find_group(attribution, entry);

    group->count++;
    if (entry->result.node != group->node)
        group->has_many_nodes = true;
    if (entry->stale_ns > group->max_stale_ns)
        group->max_stale_ns = entry->stale_ns;
}

static void put_text(struct out *out, const char *text)
{
    out_csv(out, text);
    out_char(out, ',');
}

static const char *state_name(const struct request_result *result)
{
    if (result->outcome == OUTCOME_OK || result->pod == ID_NONE)
        return "";
    if (result->pod_state == POD_STATE_PENDING) /* its address is known, so it is about to start */
        return observer_pod_state_name(POD_STATE_STARTING);
    return observer_pod_state_name((enum pod_state)result->pod_state);
}

/* The name that the client asked for, even where it did not resolve. */
static void put_service(const struct attribution *attribution, const struct request_result *result)
{
    const struct client_spec *client = &attribution->traffic->clients[result->client];

    if (result->service != ID_NONE) {
        put_text(attribution->rows, cluster_service_name(attribution->cluster, result->service));
        return;
    }
    if (client->service_ns != NULL)
        out_printf(attribution->rows, "%s/", client->service_ns);
    put_text(attribution->rows, client->service);
}

/* Which kind of connection the last attempt went over. */
static void put_connection(struct out *out, const struct request_result *result)
{
    if (result->t_pick_ns != NS_NEVER)
        out_str(out, result->is_reused ? "kept" : "new");
    out_char(out, ',');
}

static void put_row(const struct attribution *attribution, const struct attribution_entry *entry)
{
    const struct request_result *result = &entry->result;
    const struct cluster *cluster = attribution->cluster;
    const char *client = attribution->traffic->clients[result->client].name;
    struct out *out = attribution->rows;

    out_str(out, client);
    out_char(out, '/');
    out_u64(out, result->number);
    out_char(out, ',');
    out_seconds(out, result->t_start_ns);
    out_char(out, ',');
    if (result->t_pick_ns != NS_NEVER)
        out_seconds(out, result->t_pick_ns);
    out_char(out, ',');
    put_text(out, client);
    put_text(out, cluster_node_name(cluster, result->node));
    put_service(attribution, result);
    put_text(out, result->pod == ID_NONE ? "" : cluster_pod_name(cluster, result->pod));
    put_text(out, result->pod == ID_NONE ? "" : cluster_pod_ip(cluster, result->pod));
    put_text(out, observer_outcome_name((enum outcome)result->outcome));
    out_u64(out, result->attempts);
    out_char(out, ',');
    out_seconds(out, result->t_end_ns - result->t_start_ns);
    out_char(out, ',');
    put_text(out, state_name(result));
    if (result->outcome == OUTCOME_OK) {
        out_str(out, ",,,,");
        put_connection(out, result);
        out_char(out, '\n');
        return;
    }
    out_seconds(out, entry->stale_ns);
    out_char(out, ',');
    put_text(out, news_stage_name((enum stage)entry->stage));
    put_text(out, news_cause_name((enum cause)entry->cause));
    if (entry->change != 0)
        out_u64(out, entry->change);
    out_char(out, ',');
    put_connection(out, result);
    if (result->lapse != 0)
        out_seconds(out, result->t_pick_ns - cluster_lapse(cluster, result->lapse - 1)->since_ns);
    out_char(out, '\n');
}

/* Lets go of the settled entries at the head. */
static void drain(struct attribution *attribution)
{
    while (attribution->head < attribution->tail) {
        const struct attribution_entry *entry = entry_at(attribution, attribution->head);

        if (!entry->is_settled)
            return;
        if (entry->result.outcome != OUTCOME_OK)
            count_loss(attribution, entry);
        if (attribution->rows != NULL)
            put_row(attribution, entry);
        attribution->head++;
    }
}

void attribution_add_failure(struct attribution *attribution, const struct request_result *result)
{
    struct attribution_entry *entry = push(attribution, result);

    EP_REQUIRE(result->news == ID_NONE || result->t_pick_ns != NS_NEVER);
    if (!examine(attribution, entry))
        wait_for(attribution, entry, attribution->tail - 1);
    drain(attribution);
}

void attribution_add_ok(struct attribution *attribution, const struct request_result *result)
{
    struct attribution_entry *entry = push(attribution, result);

    settle(entry, STAGE_NONE, CAUSE_NONE, 0);
    drain(attribution);
}

/* Looks again at the entries that wait for `news`: at all, or at those of one node. */
static void settle_waiting(struct attribution *attribution, const struct news *news, uint32_t node)
{
    if (EP_LIKELY(news->id >= attribution->waiting_capacity || attribution->waiting[news->id] == 0))
        return;

    uint64_t next = attribution->waiting[news->id];

    attribution->waiting[news->id] = 0;
    while (next != 0) {
        const uint64_t sequence = next - 1;
        struct attribution_entry *entry = entry_at(attribution, sequence);

        next = entry->next_waiting;
        if ((node != ID_NONE && entry->result.node != node) || !examine(attribution, entry))
            wait_for(attribution, entry, sequence);
    }
    drain(attribution);
}

void attribution_settle_news(struct attribution *attribution, const struct news *news)
{
    settle_waiting(attribution, news, ID_NONE);
}

void attribution_settle_node(struct attribution *attribution, const struct news *news,
                             uint32_t node)
{
    settle_waiting(attribution, news, node);
}

void attribution_finish(struct attribution *attribution)
{
    attribution->has_ended = true;
    for (uint64_t i = attribution->head; i < attribution->tail; i++) {
        struct attribution_entry *entry = entry_at(attribution, i);

        if (!entry->is_settled)
            EP_REQUIRE(examine(attribution, entry));
    }
    drain(attribution);
}
