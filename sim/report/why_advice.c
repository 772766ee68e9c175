/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/why_advice.h"

#include <stdlib.h>
#include <string.h>

#include "record/plain_text.h"

/* A setting: would more (or less) of it have saved the request, and how much. */
struct remedy {
    const char *name;
    bool (*fits)(const struct why_data *data, const struct why_request *request, sim_ns *need_ns);
    void (*put)(struct out *out, const struct why_data *data, const struct why_advice *advice);
    bool is_upper_bound;
    bool is_whole_seconds;
};

static sim_ns end_ns(const struct why_request *request)
{
    return request->t_ns + request->latency_ns;
}

/* When the rules on the request's node knew of the change to blame; NS_NEVER if that is not known. */
static sim_ns known_ns(const struct why_data *data, const struct why_request *request)
{
    const struct why_pair *pair = why_data_pair(data, request->change, request->node);
    const struct why_change *change = why_data_change(data, request->change);

    return pair == NULL || change == NULL ? NS_NEVER : change->borders_ns[0] + pair->total_ns;
}

/* The request's pod; of one that a load balancer sent to a node without an endpoint, the last that was there. */
static uint32_t pod_of(const struct why_data *data, const struct why_request *request)
{
    const struct why_change *change = why_data_change(data, request->emptied_by);

    return request->pod == ID_NONE && change != NULL ? change->pod : request->pod;
}

/* When the pod stopped taking connections, if it did because it was deleted, before the request's end; NS_NEVER. */
static sim_ns stopped_for_good_ns(const struct why_data *data, const struct why_request *request)
{
    const uint32_t pod = pod_of(data, request);
    const sim_ns deleted_ns = why_data_last_ns(data, pod, "deleted", end_ns(request));
    const sim_ns closed_ns = why_data_last_ns(data, pod, "closed", end_ns(request));

    return deleted_ns == NS_NEVER || closed_ns == NS_NEVER || closed_ns < deleted_ns ? NS_NEVER
                                                                                     : closed_ns;
}

static void put_median(struct out *out, const struct why_advice *advice)
{
    why_words_put_span(out, advice->median_ns);
    if (advice->count > 1)
        out_str(out, " in the median");
}

/* ---- preStop: the pod serves on until the request is answered ---- */

static bool fits_prestop(const struct why_data *data, const struct why_request *request,
                         sim_ns *need_ns)
{
    const sim_ns closed_ns = stopped_for_good_ns(data, request);
    sim_ns late_ns;

    if (closed_ns == NS_NEVER || request->pick_ns == NS_NEVER ||
        (request->outcome != OUTCOME_REFUSED && request->outcome != OUTCOME_TIMEOUT &&
         request->outcome != OUTCOME_RESET))
        return false;
    late_ns = request->pick_ns - closed_ns + data->slowest_ok_ns;
    if (late_ns <= 0)
        return false;
    *need_ns = data->pods[pod_of(data, request)].prestop_ns + late_ns;
    return true;
}

static void put_prestop(struct out *out, const struct why_data *data,
                        const struct why_advice *advice)
{
    const struct why_request *request = &data->requests[advice->first];
    const struct why_pod *pod = &data->pods[pod_of(data, request)];

    out_printf(out, "a preStop sleep of %lld s", (long long)(advice->whole_ns / NS_PER_S));
    if (pod->prestop_ns > 0)
        out_printf(out, " (now %lld s)", (long long)(pod->prestop_ns / NS_PER_S));
    if (pod->grace_ns <= advice->whole_ns + data->slowest_ok_ns)
        out_printf(out, ", with a terminationGracePeriodSeconds above it (now %lld),",
                   (long long)(pod->grace_ns / NS_PER_S));
}

/* ---- kube-proxy's wait ---- */

static bool fits_proxy(const struct why_data *data, const struct why_request *request,
                       sim_ns *need_ns)
{
    const struct why_pair *pair = why_data_pair(data, request->change, request->node);
    const sim_ns at_ns = known_ns(data, request);

    if (at_ns == NS_NEVER || request->pick_ns == NS_NEVER)
        return false;
    *need_ns = pair->stages_ns[STAGE_PROXY_WAIT];
    return pair->stages_ns[STAGE_PROXY_WAIT] > 0 &&
           at_ns - pair->stages_ns[STAGE_PROXY_WAIT] <= request->pick_ns;
}

static void put_proxy(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    (void)data;
    out_str(out, "kube-proxy syncing at once (a minSyncPeriod near 0; the news waited ");
    put_median(out, advice);
    out_char(out, ')');
}

/* ---- the controller's batches ---- */

static bool fits_batch(const struct why_data *data, const struct why_request *request,
                       sim_ns *need_ns)
{
    const struct why_pair *pair = why_data_pair(data, request->change, request->node);
    const sim_ns at_ns = known_ns(data, request);

    if (at_ns == NS_NEVER || request->pick_ns == NS_NEVER)
        return false;
    *need_ns = pair->stages_ns[STAGE_QUEUE];
    return pair->stages_ns[STAGE_QUEUE] > 0 &&
           at_ns - pair->stages_ns[STAGE_QUEUE] <= request->pick_ns;
}

static void put_batch(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    (void)data;
    out_str(out, "no wait in the slice controller's queue (batch period, workers, QPS; it was ");
    put_median(out, advice);
    out_char(out, ')');
}

/* ---- a probe that notices sooner ---- */

static bool fits_probe(const struct why_data *data, const struct why_request *request,
                       sim_ns *need_ns)
{
    const struct why_change *change = why_data_change(data, request->change);
    const struct why_pair *pair = why_data_pair(data, request->change, request->node);
    sim_ns left_ns;

    if (change == NULL || pair == NULL || request->pick_ns == NS_NEVER ||
        change->kind != CHANGE_UNREADY || data->pods[request->pod].probe_period_ns == 0)
        return false;
    /* what the pick left to the detection once the rest of the way is taken off */
    left_ns = request->stale_ns - (pair->total_ns - pair->stages_ns[STAGE_DETECT]);
    *need_ns = left_ns;
    return left_ns >= NS_PER_S && left_ns < pair->stages_ns[STAGE_DETECT];
}

static void put_probe(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    const struct why_pod *pod = &data->pods[data->requests[advice->first].pod];

    out_str(out, "a readiness probe with periodSeconds 1 and failureThreshold 1 (now ");
    out_printf(out, "%lld and %u)", (long long)(pod->probe_period_ns / NS_PER_S),
               pod->probe_failures);
}

/* ---- a program that drains ---- */

static bool fits_drain(const struct why_data *data, const struct why_request *request,
                       sim_ns *need_ns)
{
    const sim_ns closed_ns = stopped_for_good_ns(data, request);
    const sim_ns killed_ns = why_data_last_ns(data, request->pod, "sigkill", end_ns(request));

    *need_ns = 0;
    return request->outcome == OUTCOME_RESET && closed_ns != NS_NEVER && killed_ns == NS_NEVER &&
           request->t_ns <= closed_ns && request->pick_ns <= closed_ns;
}

static void put_drain(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    (void)data;
    (void)advice;
    out_str(out, "a program that finishes what it has when it gets SIGTERM (onSIGTERM: drain)");
}

/* ---- a node that is given up sooner ---- */

static bool fits_node(const struct why_data *data, const struct why_request *request,
                      sim_ns *need_ns)
{
    (void)data;
    *need_ns = request->stale_ns == NS_NEVER ? 0 : request->stale_ns;
    return request->cause == CAUSE_NODE && request->stage == STAGE_DETECT &&
           request->unnoticed_ns == NS_NEVER;
}

static void put_node(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    (void)data;
    out_str(out, "a node controller that gives up sooner (node-monitor-grace-period; the pods were "
                 "dead for ");
    put_median(out, advice);
    out_char(out, ')');
}

/* ---- load balancers ---- */

static bool fits_health_check(const struct why_data *data, const struct why_request *request,
                              sim_ns *need_ns)
{
    (void)data;
    *need_ns = request->unnoticed_ns;
    return request->unnoticed_ns != NS_NEVER;
}

static void put_health_check(struct out *out, const struct why_data *data,
                             const struct why_advice *advice)
{
    (void)data;
    out_str(out, "a load balancer that notices sooner (healthCheck's interval and unhealthy; nodes "
                 "had been failing for ");
    put_median(out, advice);
    out_char(out, ')');
}

static bool fits_cluster_policy(const struct why_data *data, const struct why_request *request,
                                sim_ns *need_ns)
{
    (void)data;
    *need_ns = 0;
    return request->unnoticed_ns != NS_NEVER && request->cause != CAUSE_NODE;
}

static void put_cluster_policy(struct out *out, const struct why_data *data,
                               const struct why_advice *advice)
{
    (void)data;
    (void)advice;
    out_str(out, "externalTrafficPolicy Cluster (a node without an endpoint sends on to others)");
}

/* ---- kept connections ---- */

/* It was sent on a connection that was there before it. */
static bool is_kept(const struct why_request *request)
{
    return request->pick_ns != NS_NEVER && request->pick_ns < request->t_ns;
}

static bool fits_close(const struct why_data *data, const struct why_request *request,
                       sim_ns *need_ns)
{
    *need_ns = 0;
    return is_kept(request) && stopped_for_good_ns(data, request) != NS_NEVER &&
           request->outcome != OUTCOME_OK;
}

static void put_close(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    (void)data;
    (void)advice;
    out_str(out, "a server that closes its kept connections before it ends (drain behind a preStop "
                 "sleep), or clients that do not keep them so long,");
}

/* ---- a longer grace ---- */

static bool fits_grace(const struct why_data *data, const struct why_request *request,
                       sim_ns *need_ns)
{
    const sim_ns killed_ns = why_data_last_ns(data, request->pod, "sigkill", end_ns(request));

    if (killed_ns == NS_NEVER || request->pick_ns == NS_NEVER ||
        request->outcome != OUTCOME_RESET || request->pick_ns > killed_ns)
        return false;
    *need_ns =
        data->pods[request->pod].grace_ns + request->pick_ns - killed_ns + data->slowest_ok_ns;
    return true;
}

static void put_grace(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    const struct why_pod *pod = &data->pods[data->requests[advice->first].pod];

    out_printf(out, "a terminationGracePeriodSeconds of %lld (now %lld: SIGKILL came first)",
               (long long)(advice->whole_ns / NS_PER_S), (long long)(pod->grace_ns / NS_PER_S));
}

/* ---- a probe at all, for pods that are listed before they listen ---- */

static bool fits_startup(const struct why_data *data, const struct why_request *request,
                         sim_ns *need_ns)
{
    *need_ns = 0;
    return (request->pod_state == POD_STATE_STARTING || request->pod_state == POD_STATE_PENDING) &&
           request->pod != ID_NONE && data->pods[request->pod].probe_period_ns == 0 &&
           data->pods[request->pod].first_event != ID_NONE;
}

static void put_startup(struct out *out, const struct why_data *data,
                        const struct why_advice *advice)
{
    (void)data;
    (void)advice;
    out_str(out, "a readiness probe (the pods have none: they were ready before they listened)");
}

/* ---- what only more of something can help ---- */

static bool fits_capacity(const struct why_data *data, const struct why_request *request,
                          sim_ns *need_ns)
{
    (void)data;
    *need_ns = 0;
    return request->outcome == OUTCOME_OVERLOAD ||
           (request->outcome == OUTCOME_DEADLINE && request->pod_state == POD_STATE_READY);
}

static void put_capacity(struct out *out, const struct why_data *data,
                         const struct why_advice *advice)
{
    (void)data;
    (void)advice;
    out_str(out, "more capacity (replicas, concurrency; or a longer queue, if clients wait)");
}

static bool fits_endpoint(const struct why_data *data, const struct why_request *request,
                          sim_ns *need_ns)
{
    (void)data;
    *need_ns = 0;
    return request->outcome == OUTCOME_NO_ENDPOINTS;
}

static void put_endpoint(struct out *out, const struct why_data *data,
                         const struct why_advice *advice)
{
    (void)data;
    (void)advice;
    out_str(out,
            "an endpoint left at any time (more replicas, maxUnavailable 0, a selector that fits)");
}

static bool fits_retry(const struct why_data *data, const struct why_request *request,
                       sim_ns *need_ns)
{
    (void)data;
    *need_ns = request->latency_ns;
    return request->attempts == 1 &&
           (request->outcome == OUTCOME_REFUSED || request->outcome == OUTCOME_RESET ||
            request->outcome == OUTCOME_ERROR);
}

static void put_retry(struct out *out, const struct why_data *data, const struct why_advice *advice)
{
    (void)data;
    out_str(out, "one retry, if the next pick is better (the first failed after ");
    put_median(out, advice);
    out_char(out, ')');
}

static const struct remedy remedies[] = {
    {"prestop", fits_prestop, put_prestop, false, true},
    {"min_sync_period", fits_proxy, put_proxy, false, false},
    {"batch_period", fits_batch, put_batch, false, false},
    {"readiness_probe", fits_probe, put_probe, false, false},
    {"drain", fits_drain, put_drain, false, false},
    {"close_connections", fits_close, put_close, true, false},
    {"node_monitor_grace", fits_node, put_node, true, false},
    {"health_check", fits_health_check, put_health_check, true, false},
    {"cluster_policy", fits_cluster_policy, put_cluster_policy, true, false},
    {"grace", fits_grace, put_grace, false, true},
    {"startup_probe", fits_startup, put_startup, false, false},
    {"capacity", fits_capacity, put_capacity, true, false},
    {"endpoints", fits_endpoint, put_endpoint, true, false},
    {"retry", fits_retry, put_retry, true, false},
};
_Static_assert(EP_COUNT_OF(remedies) <= WHY_ADVICE_MAX, "why_advice.h: WHY_ADVICE_MAX");

/* ---- over a set of losses ---- */

static int compare_needs(const void *left, const void *right)
{
    const sim_ns a = *(const sim_ns *)left;
    const sim_ns b = *(const sim_ns *)right;

    return (a > b) - (a < b);
}

/* needs[0..count) of the losses that it saves. */
static void measure(struct why_advice *advice, sim_ns *needs_ns, bool is_whole_seconds)
{
    qsort(needs_ns, advice->count, sizeof(needs_ns[0]), compare_needs);
    advice->most_ns = needs_ns[advice->count - 1];
    advice->median_ns = needs_ns[(advice->count - 1) / 2];
    if (!is_whole_seconds)
        return;
    advice->whole_ns = (advice->most_ns + NS_PER_S - 1) / NS_PER_S * NS_PER_S;
    for (uint32_t i = 0; i < advice->count; i++)
        advice->less_count += needs_ns[i] <= advice->whole_ns - NS_PER_S;
}

static void sort_most_first(struct why_advice *advice, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct why_advice moved = advice[i];
        uint32_t at = i;

        for (; at > 0 && (moved.is_upper_bound < advice[at - 1].is_upper_bound ||
                          (moved.is_upper_bound == advice[at - 1].is_upper_bound &&
                           moved.count > advice[at - 1].count));
             at--)
            advice[at] = advice[at - 1];
        advice[at] = moved;
    }
}

uint32_t why_advice_gather(const struct why_data *data, const uint32_t *indices, uint32_t count,
                           struct why_advice advice[WHY_ADVICE_MAX])
{
    sim_ns *needs_ns = ARENA_NEW_ARRAY(data->arena, count + 1, sim_ns);
    uint32_t found = 0;

    for (uint32_t r = 0; r < EP_COUNT_OF(remedies); r++) {
        struct why_advice *next = &advice[found];

        *next = (struct why_advice){.name = remedies[r].name,
                                    .is_upper_bound = remedies[r].is_upper_bound};
        for (uint32_t i = 0; i < count; i++) {
            if (!remedies[r].fits(data, &data->requests[indices[i]], &needs_ns[next->count]))
                continue;
            if (next->count++ == 0)
                next->first = indices[i];
        }
        if (next->count == 0)
            continue;
        measure(next, needs_ns, remedies[r].is_whole_seconds);
        found++;
    }
    sort_most_first(advice, found);
    return found;
}

static const struct remedy *remedy_of(const struct why_advice *advice)
{
    for (uint32_t r = 0; r < EP_COUNT_OF(remedies); r++) {
        if (strcmp(remedies[r].name, advice->name) == 0)
            return &remedies[r];
    }
    EP_REQUIRE(false);
}

void why_advice_put(struct out *out, const struct why_data *data, const struct why_advice *advice,
                    uint32_t lost_count)
{
    char buffer[PLAIN_TEXT_MAX];

    remedy_of(advice)->put(out, data, advice);
    out_printf(out, " %s have saved ", advice->is_upper_bound ? "might" : "would");
    if (lost_count == 1) {
        out_str(out, "it");
    } else {
        out_str(out, advice->is_upper_bound ? "up to " : advice->whole_ns == 0 ? "about " : "");
        out_str(out, plain_text_count(advice->count, buffer));
        out_printf(out, " of %s", plain_text_count(lost_count, buffer));
    }
    if (advice->whole_ns == 0)
        return;
    out_str(out, lost_count == 1 ? ", which needs at most " : ": the last needs at most ");
    why_words_put_span(out, advice->most_ns);
    if (advice->whole_ns > NS_PER_S && advice->less_count > 0)
        out_printf(out, "; %lld s saves at least %u", (long long)(advice->whole_ns / NS_PER_S) - 1,
                   advice->less_count);
}
