/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/kubelet.h"

#include "base/error.h"
#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/event_book.h"
#include "cluster/events.h"
#include "cluster/names.h"
#include "cluster/node/prober.h"
#include "cluster/node/restarts.h"
#include "cluster/node/status_manager.h"
#include "cluster/watches.h"

#define PLEG_PERIOD_NS NS_PER_S
#define MINIMUM_GRACE_NS (2 * NS_PER_S) /* kuberuntime: minimumGracePeriodInSeconds */
#define INIT_CONTAINER_NS (100 * NS_PER_MS)

/* What a delivery to a kubelet says. */
enum kubelet_news {
    NEWS_BOUND = 1,
    NEWS_DELETING = 2
};

void kubelet_init(struct cluster *cluster)
{
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        struct node *node = &cluster->nodes[n];
        uint64_t key =
            random_key(cluster->seed, cluster->replication, RANDOM_PLEG_PHASE, node->hash);
        struct random r = random_at(key, 0);

        rate_limiter_init(&node->status_limiter, cluster->rules.kubelet_qps,
                          cluster->rules.kubelet_burst);
        node->relist_start_ns = (sim_ns)random_below(&r, (uint64_t)PLEG_PERIOD_NS);
        node->relist_end_ns =
            node->relist_start_ns + model_draw(cluster, HOP_KUBELET_PLEG, node->hash, 0);
    }
}

sim_ns kubelet_relist_end_ns(struct cluster *cluster, uint32_t index, sim_ns at_ns)
{
    struct node *node = &cluster->nodes[index];

    while (node->relist_start_ns < at_ns) {
        node->relist_start_ns =
            node->relist_end_ns + PLEG_PERIOD_NS; /* the period runs from the end */
        node->relist_end_ns = node->relist_start_ns + model_draw(cluster, HOP_KUBELET_PLEG,
                                                                 node->hash, ++node->relist_count);
    }
    return node->relist_end_ns;
}

void kubelet_update_state(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    enum pod_state state = POD_STATE_PENDING;

    switch ((enum kubelet_state)p->kubelet_state) {
    case KUBELET_NONE:
    case KUBELET_STARTING:
        break;
    case KUBELET_RUNNING:
        if (p->stored.is_deleting)
            state = POD_STATE_TERMINATING;
        else if (p->is_listening && p->is_kubelet_ready)
            state = POD_STATE_READY;
        else
            state = p->has_been_ready ? POD_STATE_UNREADY : POD_STATE_STARTING;
        break;
    case KUBELET_STOPPING:
        state = POD_STATE_TERMINATING;
        break;
    case KUBELET_WAITING:
    case KUBELET_STOPPED:
        state = POD_STATE_STOPPED;
        break;
    case KUBELET_LOST:
    case KUBELET_GONE:
        state = POD_STATE_GONE;
        break;
    case KUBELET_EXTERNAL:
        state = POD_STATE_EXTERNAL;
        break;
    }
    if (state == POD_STATE_READY)
        p->has_been_ready = true;
    model_set_pod_state(cluster, pod, state);
}

void kubelet_pod_stored(struct cluster *cluster, uint32_t pod, const struct pod_view *before)
{
    struct pod *p = cluster->pods[pod];
    struct node *node;
    uint64_t what = 0;
    sim_ns at_ns;

    if (p->is_pinned || !cluster->is_started || p->stored.node == ID_NONE)
        return;
    if (before->node == ID_NONE)
        what |= NEWS_BOUND;
    if (p->stored.is_deleting && !before->is_deleting)
        what |= NEWS_DELETING;
    if (what == 0)
        return;
    node = &cluster->nodes[p->stored.node];
    at_ns =
        cluster->kernel->now_ns +
        model_draw(cluster, HOP_WATCH_NODE, hash_combine(node->hash, p->hash), p->stored.version);
    if (at_ns < node->watch_delivered_ns)
        at_ns = node->watch_delivered_ns;
    node->watch_delivered_ns = at_ns;
    at_ns = watches_arrival_ns(&node->gap, at_ns);
    if (at_ns != NS_NEVER)
        model_schedule(cluster, at_ns, CLUSTER_KUBELET_NEWS, pod, what);
}

sim_ns kubelet_draw(struct cluster *cluster, enum hop hop, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    return model_draw(cluster, hop, p->hash, ++p->sync_count);
}

/* The pod will not come up any more, or has never run: only its sandbox is to go. */
static void stop_before_start(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    event_book_take_back(cluster, EVENT_ABOUT_POD, pod);
    p->kubelet_state = KUBELET_STOPPED;
    kubelet_update_state(cluster, pod);
    model_schedule(cluster, cluster->kernel->now_ns, CLUSTER_STOPPED, pod, 0);
}

/* Its program has ended before. */
static void stop_without_process(struct cluster *cluster, uint32_t pod)
{
    prober_stop_restarts(cluster, pod);
    accounts_open(cluster, pod, CHANGE_REMOVE, (enum cause)cluster->pods[pod]->deleted_cause);
    stop_before_start(cluster, pod);
}

void kubelet_deletion_known(struct cluster *cluster, uint32_t pod)
{
    model_schedule(cluster, cluster->kernel->now_ns, CLUSTER_KUBELET_NEWS, pod, NEWS_DELETING);
}

void kubelet_watch_resumes(struct cluster *cluster, uint32_t index)
{
    const struct node *node = &cluster->nodes[index];

    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        const struct pod *p = cluster->pods[pod];
        uint64_t what = 0;
        if (p->stored.node != index || p->is_pinned)
            continue;
        if (p->kubelet_state == KUBELET_NONE && p->stored.exists)
            what |= NEWS_BOUND;
        if (p->stored.is_deleting && !p->is_stop_asked && p->kubelet_state != KUBELET_EXTERNAL &&
            (p->stored.exists || p->kubelet_state != KUBELET_NONE))
            what |= NEWS_DELETING;
        if (what != 0)
            model_schedule(cluster, node->gap.until_ns, CLUSTER_KUBELET_NEWS, pod, what);
    }
}

void kubelet_pod_delivered(struct cluster *cluster, uint32_t pod, uint64_t what)
{
    struct pod *p = cluster->pods[pod];

    if (watches_is_in_gap(&cluster->nodes[p->stored.node].gap, cluster->kernel->now_ns))
        return; /* its watch broke meanwhile: it hears of it once that is back */
    if (what & NEWS_BOUND) {
        p->node = p->stored.node;
        p->kubelet_state = KUBELET_STARTING;
    }
    if (what & NEWS_DELETING)
        p->is_stop_asked = true;
    model_schedule(cluster, cluster->kernel->now_ns + kubelet_draw(cluster, HOP_KUBELET_SYNC, pod),
                   CLUSTER_KUBELET_SYNC, pod, 0);
}

void kubelet_container_runs(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    sim_ns now_ns = cluster->kernel->now_ns;

    p->kubelet_state = KUBELET_RUNNING;
    p->container_started_ns = now_ns;
    p->start_count++;
    kubelet_update_state(cluster, pod);
    model_schedule(cluster, now_ns + cluster->app_ops->startup_ns(cluster->app, pod),
                   CLUSTER_LISTEN, pod, p->start_count);
    model_schedule(cluster, kubelet_relist_end_ns(cluster, p->node, now_ns), CLUSTER_RELIST, pod,
                   p->start_count);
}

sim_ns kubelet_start_ns(struct cluster *cluster, uint32_t pod, sim_ns from_ns)
{
    const struct pod *p = cluster->pods[pod];
    sim_ns length_ns = 0;

    for (uint32_t i = 0; i < p->spec->container_count; i++) {
        sim_ns begun_ns = from_ns + length_ns;
        length_ns += kubelet_draw(cluster, HOP_CONTAINER_START, pod);
        event_book_post_container(cluster, pod, i, begun_ns, from_ns + length_ns);
    }
    return length_ns;
}

/* The one pull of the model is that of the pod's first image. */
static void post_pull(struct cluster *cluster, uint32_t pod, sim_ns length_ns)
{
    struct event_detail detail = {
        .other = cluster->pods[pod]->spec->init_container_count > 0 ? EVENT_INIT_CONTAINER : 0,
        .length_ns = length_ns};

    event_book_post(cluster, EVENT_PULLING, pod, detail);
    event_book_post_at(cluster, EVENT_PULLED, pod, detail, cluster->kernel->now_ns + length_ns);
}

static sim_ns start_duration_ns(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];
    sim_ns now_ns = cluster->kernel->now_ns;
    sim_ns total_ns = kubelet_draw(cluster, HOP_IMAGE_PULL, pod);

    if (total_ns > 0)
        post_pull(cluster, pod, total_ns);
    for (uint32_t i = 0; i < p->spec->init_container_count; i++) {
        sim_ns from_ns = now_ns + total_ns;
        total_ns += kubelet_draw(cluster, HOP_CONTAINER_START, pod);
        event_book_post_container(cluster, pod, i | EVENT_INIT_CONTAINER, from_ns,
                                  now_ns + total_ns);
        total_ns += INIT_CONTAINER_NS;
    }
    return total_ns + kubelet_start_ns(cluster, pod, now_ns + total_ns);
}

sim_ns kubelet_hook_ns(const struct pod *p, sim_ns grace_ns)
{
    sim_ns longest_ns = 0;

    for (uint32_t i = 0; i < p->spec->container_count; i++) {
        if (p->spec->containers[i].pre_stop_ns > longest_ns)
            longest_ns = p->spec->containers[i].pre_stop_ns;
    }
    return longest_ns < grace_ns ? longest_ns : grace_ns;
}

static sim_ns grace_of(const struct pod *p)
{
    return p->grace_ns < NS_PER_S ? NS_PER_S : p->grace_ns;
}

/* preStop hooks run first; their time counts against the grace. */
static void begin_stop(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    sim_ns hook_ns = kubelet_hook_ns(p, grace_of(p));

    p->kubelet_state = KUBELET_STOPPING;
    p->is_restarting = false;
    p->stop_started_ns = cluster->kernel->now_ns;
    kubelet_update_state(cluster, pod);
    event_book_post_containers(cluster, EVENT_STOPPING, pod);
    prober_stop_restarts(cluster, pod);
    if (hook_ns > 0)
        model_tell_happening(cluster, pod, HAPPENING_PRESTOP);
    if (hook_ns == 0)
        kubelet_sigterm(cluster, pod, p->start_count);
    else
        model_schedule(cluster, cluster->kernel->now_ns + hook_ns, CLUSTER_SIGTERM, pod,
                       p->start_count);
}

void kubelet_pod_sync(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    if (p->kubelet_state == KUBELET_LOST)
        return;
    if (p->is_stop_asked) {
        if (p->kubelet_state == KUBELET_GONE)
            kubelet_sandbox_gone(cluster, pod); /* only its end is to be written */
        else if (p->kubelet_state == KUBELET_STARTING)
            stop_before_start(cluster, pod);
        else if (p->kubelet_state == KUBELET_WAITING)
            stop_without_process(cluster, pod);
        else if (p->kubelet_state == KUBELET_RUNNING)
            begin_stop(cluster, pod);
        return;
    }
    if (p->kubelet_state != KUBELET_STARTING)
        return;
    if (p->start_count > 0)
        event_book_post(cluster, EVENT_SANDBOX_CHANGED, pod, (struct event_detail){0});
    prober_add_pod(cluster, pod);
    p->container = CONTAINER_CREATING;
    status_manager_update(cluster, pod);
    model_schedule(cluster, cluster->kernel->now_ns + start_duration_ns(cluster, pod),
                   CLUSTER_CONTAINERS_STARTED, pod, 0);
}

void kubelet_containers_started(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    if (p->kubelet_state != KUBELET_STARTING)
        return;
    if (p->start_count > 0) { /* its node has been off */
        kubelet_container_runs(cluster, pod);
        if (!p->has_readiness && !p->has_startup)
            accounts_open(cluster, pod, CHANGE_READY, CAUSE_START);
        return;
    }
    names_assign_ip(cluster, pod);
    kubelet_container_runs(cluster, pod);
    accounts_open(cluster, pod, CHANGE_ADD, (enum cause)p->created_cause);
}

/* Whether a process of that start is there. */
static bool is_running(const struct pod *p, uint64_t start)
{
    return (p->kubelet_state == KUBELET_RUNNING || p->kubelet_state == KUBELET_STOPPING) &&
           p->start_count == start;
}

void kubelet_process_listens(struct cluster *cluster, uint32_t pod, uint64_t start)
{
    struct pod *p = cluster->pods[pod];

    if (!is_running(p, start))
        return;
    p->is_listening = true;
    model_tell_happening(cluster, pod, HAPPENING_LISTENS);
    p->is_failing = false;
    cluster->app_ops->on_listen(cluster->app, pod);
    if (p->is_kubelet_ready)
        accounts_undone(cluster, pod, CHANGE_UNREADY);
    else if (p->has_readiness || p->has_startup)
        accounts_open(cluster, pod, CHANGE_READY,
                      p->has_been_ready ? CAUSE_START : (enum cause)p->created_cause);
    kubelet_update_state(cluster, pod);
    prober_wake(cluster, pod);
}

void kubelet_relisted(struct cluster *cluster, uint32_t pod, uint64_t start)
{
    const struct pod *p = cluster->pods[pod];
    sim_ns now_ns = cluster->kernel->now_ns;

    if (!is_running(p, start))
        return; /* the relist has seen its end with it */
    accounts_detected(cluster, pod, CHANGE_ADD, now_ns);
    if (!p->has_readiness && !p->has_startup)
        accounts_detected(cluster, pod, CHANGE_READY, now_ns);
    model_schedule(cluster, now_ns + kubelet_draw(cluster, HOP_KUBELET_SYNC, pod), CLUSTER_STATUS,
                   pod, start);
}

void kubelet_set_ready(struct cluster *cluster, uint32_t pod, bool is_ready)
{
    struct pod *p = cluster->pods[pod];

    if (p->is_kubelet_ready == is_ready)
        return;
    p->is_kubelet_ready = is_ready;
    p->ready_changed_ns = cluster->kernel->now_ns;
    accounts_detected(cluster, pod, is_ready ? CHANGE_READY : CHANGE_UNREADY,
                      cluster->kernel->now_ns);
    kubelet_update_state(cluster, pod);
}

void kubelet_produce_status(struct cluster *cluster, uint32_t pod, uint64_t start)
{
    struct pod *p = cluster->pods[pod];

    if (!is_running(p, start))
        return;
    prober_see_container(cluster, pod);
    p->status_start = p->start_count;
    p->status_ended_ns = p->ended_ns;
    p->status_last_started_ns = p->last_started_ns;
    p->status_started_ns = p->container_started_ns;
    p->is_status_running = true;
    p->is_started = prober_has_started(cluster, pod);
    p->has_status = true;
    p->kubelet_has_ip = true;
    p->phase = PHASE_RUNNING;
    p->container = CONTAINER_RUNNING;
    kubelet_set_ready(cluster, pod, p->is_started && prober_is_ready(cluster, pod));
    status_manager_update(cluster, pod);
    if (p->is_started && !p->is_kubelet_ready)
        prober_trigger(cluster, pod);
    else
        prober_wake(cluster, pod);
}

/* A pod worker's next sync comes to a new status. */
static void sync_again(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    model_schedule(cluster, cluster->kernel->now_ns + kubelet_draw(cluster, HOP_KUBELET_SYNC, pod),
                   CLUSTER_STATUS, pod, p->start_count);
}

void kubelet_probe_flipped(struct cluster *cluster, uint32_t pod, bool is_ready)
{
    struct pod *p = cluster->pods[pod];
    bool is_pod_ready = is_ready && p->is_started && prober_is_ready(cluster, pod);

    if (p->is_kubelet_ready == is_pod_ready)
        return;
    kubelet_set_ready(cluster, pod, is_pod_ready);
    status_manager_update(cluster, pod);
    if (!is_pod_ready && p->kubelet_state == KUBELET_RUNNING)
        sync_again(cluster, pod); /* which probes at once */
}

void kubelet_probe_started(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    if (p->is_started || !prober_has_started(cluster, pod))
        return;
    p->is_started = true;
    if (!p->has_readiness)
        accounts_detected(cluster, pod, CHANGE_READY, cluster->kernel->now_ns);
    status_manager_update(cluster, pod);
    prober_wake(cluster, pod);
    sync_again(cluster, pod);
}

void kubelet_probe_failed(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    if (p->kubelet_state == KUBELET_RUNNING && !p->is_restarting)
        model_schedule(cluster,
                       cluster->kernel->now_ns + kubelet_draw(cluster, HOP_KUBELET_SYNC, pod),
                       CLUSTER_PROBE_KILL, pod, p->start_count);
}

void kubelet_process_closed(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    if (!p->is_listening)
        return;
    p->is_listening = false;
    model_tell_happening(cluster, pod, HAPPENING_CLOSED);
    if (p->has_readiness || p->has_startup) {
        accounts_undone(cluster, pod, CHANGE_READY);
        if (p->is_kubelet_ready && p->has_readiness && !p->is_hung && !p->is_failing)
            accounts_open(cluster, pod, CHANGE_UNREADY, CAUSE_PROBE);
    }
    kubelet_update_state(cluster, pod);
    prober_wake(cluster, pod);
}

void kubelet_process_ended(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    EP_REQUIRE(p->kubelet_state == KUBELET_RUNNING || p->kubelet_state == KUBELET_STOPPING);
    p->ended_ns = cluster->kernel->now_ns;
    p->last_started_ns = p->container_started_ns;
    if (p->kubelet_state == KUBELET_RUNNING) {
        restarts_process_ended(cluster, pod);
        return;
    }
    kubelet_process_closed(cluster, pod);
    p->is_hung = false;
    p->is_refusing_probes = false;
    p->kubelet_state = KUBELET_STOPPED;
    kubelet_update_state(cluster, pod);
    accounts_open(cluster, pod, CHANGE_REMOVE, (enum cause)p->deleted_cause);
    prober_wake(cluster, pod);
    model_schedule(cluster,
                   cluster->kernel->now_ns + kubelet_draw(cluster, HOP_CONTAINER_STOP, pod),
                   CLUSTER_STOPPED, pod, 0);
}

/* Whether the process of that start is being ended, with its pod or by a probe. */
static bool is_ending(const struct pod *p, uint64_t start)
{
    return p->start_count == start && (p->kubelet_state == KUBELET_STOPPING ||
                                       (p->kubelet_state == KUBELET_RUNNING && p->is_restarting));
}

void kubelet_sigterm(struct cluster *cluster, uint32_t pod, uint64_t start)
{
    struct pod *p = cluster->pods[pod];
    sim_ns hook_ns = cluster->kernel->now_ns - p->stop_started_ns;
    sim_ns grace_ns = p->is_restarting ? p->spec->grace_ns : grace_of(p);
    sim_ns left_ns =
        grace_ns - hook_ns / NS_PER_S * NS_PER_S; /* the kubelet counts whole seconds */

    if (!is_ending(p, start))
        return;
    if (left_ns < MINIMUM_GRACE_NS)
        left_ns = MINIMUM_GRACE_NS;
    model_tell_happening(cluster, pod, HAPPENING_SIGTERM);
    if (!p->is_hung) /* a program that hangs does not notice */
        cluster->app_ops->on_sigterm(cluster->app, pod);
    if (is_ending(p, start))
        model_schedule(cluster, cluster->kernel->now_ns + left_ns, CLUSTER_SIGKILL, pod, start);
}

void kubelet_sigkill(struct cluster *cluster, uint32_t pod, uint64_t start)
{
    if (!is_ending(cluster->pods[pod], start))
        return;
    model_tell_happening(cluster, pod, HAPPENING_SIGKILL);
    cluster->app_ops->on_kill(cluster->app, pod);
    kubelet_process_ended(cluster, pod);
}

void kubelet_containers_stopped(struct cluster *cluster, uint32_t pod)
{
    if (cluster->pods[pod]->kubelet_state == KUBELET_LOST)
        return;
    model_schedule(cluster,
                   cluster->kernel->now_ns + kubelet_draw(cluster, HOP_SANDBOX_TEARDOWN, pod),
                   CLUSTER_TORN_DOWN, pod, 0);
}

void kubelet_sandbox_gone(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    if (p->kubelet_state == KUBELET_LOST)
        return;
    p->kubelet_state = KUBELET_GONE;
    prober_remove_pod(cluster, pod);
    kubelet_update_state(cluster, pod);
    if (!p->stored.is_deleting && p->stored.exists)
        return; /* it has failed for good: its object stays */
    accounts_detected(cluster, pod, CHANGE_REMOVE, cluster->kernel->now_ns);
    p->is_terminal = true;
    if (p->is_kubelet_ready)
        p->ready_changed_ns = cluster->kernel->now_ns;
    p->is_kubelet_ready = false;
    p->is_started = false;
    p->is_status_running = false;
    p->container = p->start_count > 0 ? CONTAINER_ERROR : CONTAINER_CREATING;
    if (cluster->rules.has_terminal_phase)
        p->phase =
            PHASE_FAILED; /* the program ended by a signal; nobody here tells it from Succeeded */
    status_manager_update(cluster, pod);
}

void kubelet_write_done(struct cluster *cluster, const struct write *write, bool is_stored)
{
    status_manager_write_done(cluster, write, is_stored);
}
