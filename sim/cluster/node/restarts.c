/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/restarts.h"

#include <string.h>

#include "base/error.h"
#include "cluster/accounts.h"
#include "cluster/event_book.h"
#include "cluster/events.h"
#include "cluster/node/kubelet.h"
#include "cluster/node/prober.h"
#include "cluster/node/status_manager.h"

#define BACKOFF_START_NS (10 * NS_PER_S)
#define BACKOFF_MAX_NS (300 * NS_PER_S)
#define RETRY_NS (10 * NS_PER_S) /* backOffPeriod of the pod workers, and half of it as jitter */
#define WORKER_CLOCK_NS NS_PER_S /* the kubelet looks once a second which pods are due */

bool restarts_crash(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    if (p->kubelet_state != KUBELET_RUNNING && p->kubelet_state != KUBELET_STOPPING)
        return false;
    kubelet_process_ended(cluster, pod);
    cluster->app_ops->on_kill(cluster->app,
                              pod); /* its connections end with a pod that has stopped */
    return true;
}

void restarts_process_ended(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    sim_ns now_ns = cluster->kernel->now_ns;
    bool is_killed = p->is_restarting;

    p->kubelet_state = KUBELET_WAITING;
    p->is_listening = false;
    p->is_hung = false; /* the next process is a new one */
    p->is_refusing_probes = false;
    kubelet_update_state(cluster, pod);
    accounts_undone(cluster, pod, CHANGE_READY);
    if (p->is_kubelet_ready)
        accounts_open(cluster, pod, CHANGE_UNREADY, is_killed ? CAUSE_PROBE : CAUSE_CRASH);
    prober_wake(cluster, pod);
    if (p->is_pinned)
        return; /* no kubelet looks */
    if (is_killed)
        model_schedule(cluster, now_ns + kubelet_draw(cluster, HOP_CONTAINER_STOP, pod),
                       CLUSTER_PROBE_KILLED, pod, p->start_count);
    else
        model_schedule(cluster, kubelet_relist_end_ns(cluster, p->node, now_ns), CLUSTER_DEATH, pod,
                       p->start_count);
}

/* Whether that process has ended and its container waits for its next start. */
static bool is_waiting(const struct pod *p, uint64_t start)
{
    return p->kubelet_state == KUBELET_WAITING && p->start_count == start;
}

void restarts_death_seen(struct cluster *cluster, uint32_t pod, uint64_t start)
{
    const struct pod *p = cluster->pods[pod];

    if (!is_waiting(p, start))
        return;
    accounts_detected(cluster, pod, CHANGE_UNREADY, cluster->kernel->now_ns);
    model_schedule(cluster, cluster->kernel->now_ns + kubelet_draw(cluster, HOP_KUBELET_SYNC, pod),
                   CLUSTER_RESTART_SYNC, pod, start);
}

/* Whether the record of back-offs is too old to count for an end at that instant. */
static bool is_forgotten(const struct pod *p, sim_ns ended_ns)
{
    return p->backoff_ns == 0 || ended_ns - p->backoff_since_ns > 2 * BACKOFF_MAX_NS;
}

/* Whether a start now would come too early after the end that the sync knows; if not, the next one has to wait longer. */
static bool has_to_wait(const struct cluster *cluster, struct pod *p, sim_ns ended_ns)
{
    sim_ns now_ns = cluster->kernel->now_ns;

    if (ended_ns == NS_NEVER)
        return false; /* the sync knows of no end */
    if (!is_forgotten(p, ended_ns) && now_ns - ended_ns < p->backoff_ns)
        return true;
    if (is_forgotten(p, ended_ns))
        p->backoff_ns = BACKOFF_START_NS;
    else
        p->backoff_ns = 2 * p->backoff_ns < BACKOFF_MAX_NS ? 2 * p->backoff_ns : BACKOFF_MAX_NS;
    p->backoff_since_ns = now_ns;
    return false;
}

static void start(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    sim_ns now_ns = cluster->kernel->now_ns;

    p->is_in_crash_loop = false;
    model_schedule(cluster, now_ns + kubelet_start_ns(cluster, pod, now_ns), CLUSTER_RESTARTED, pod,
                   p->start_count);
}

static void retry_later(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];
    struct random r =
        random_at(random_key(cluster->seed, cluster->replication, RANDOM_POD_WORKER, p->hash),
                  ++p->retry_count);
    sim_ns delay_ns = RETRY_NS + (sim_ns)random_below(&r, RETRY_NS / 2 + 1);

    event_book_post_containers(cluster, EVENT_BACK_OFF, pod);
    p->is_in_crash_loop = true;
    delay_ns += (sim_ns)random_below(&r, (uint64_t)WORKER_CLOCK_NS);
    model_schedule(cluster, cluster->kernel->now_ns + delay_ns, CLUSTER_RESTART_SYNC, pod,
                   p->start_count);
}

/* The status of a pod whose container has ended. */
static void tell_end(struct cluster *cluster, uint32_t pod, enum container_status container)
{
    struct pod *p = cluster->pods[pod];

    prober_see_container(cluster, pod);
    p->status_start = p->start_count;
    p->status_ended_ns = p->ended_ns;
    p->status_last_started_ns = p->last_started_ns;
    p->is_status_running = false;
    p->is_started = false;
    p->has_status = true;
    p->kubelet_has_ip = true;
    if (p->phase != PHASE_FAILED)
        p->phase = PHASE_RUNNING;
    p->container = (uint8_t)container;
    accounts_detected(cluster, pod, CHANGE_ADD, cluster->kernel->now_ns);
    kubelet_set_ready(cluster, pod, false);
    status_manager_update(cluster, pod);
    prober_wake(cluster, pod);
}

static bool is_restarted(const struct pod *p)
{
    return p->spec->restart_policy == NULL || strcmp(p->spec->restart_policy, "Never") != 0;
}

/* restartPolicy Never: the pod has failed, its sandbox goes, the object stays. */
static void end_for_good(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    p->phase = PHASE_FAILED;
    tell_end(cluster, pod, CONTAINER_ERROR);
    prober_remove_pod(cluster, pod);
    accounts_open(cluster, pod, CHANGE_REMOVE, CAUSE_CRASH);
    accounts_detected(cluster, pod, CHANGE_REMOVE, cluster->kernel->now_ns);
    kubelet_containers_stopped(cluster, pod);
}

void restarts_sync(struct cluster *cluster, uint32_t pod, uint64_t start_number)
{
    struct pod *p = cluster->pods[pod];

    if (!is_waiting(p, start_number) || p->is_stop_asked)
        return;
    if (!is_restarted(p)) {
        end_for_good(cluster, pod);
        return;
    }
    tell_end(cluster, pod, p->is_in_crash_loop ? CONTAINER_CRASH_LOOP : CONTAINER_ERROR);
    p->seen_ended_ns = p->ended_ns;
    if (has_to_wait(cluster, p, p->ended_ns))
        retry_later(cluster, pod);
    else
        start(cluster, pod);
}

void restarts_started(struct cluster *cluster, uint32_t pod, uint64_t start_number)
{
    struct pod *p = cluster->pods[pod];

    if (!is_waiting(p, start_number))
        return; /* stopped meanwhile */
    kubelet_container_runs(cluster, pod);
    if (!p->has_readiness && !p->has_startup && !p->is_kubelet_ready)
        accounts_open(cluster, pod, CHANGE_READY, CAUSE_START);
}

void restarts_kill(struct cluster *cluster, uint32_t pod, uint64_t start_number)
{
    struct pod *p = cluster->pods[pod];
    sim_ns hook_ns = kubelet_hook_ns(p, p->spec->grace_ns);

    if (p->kubelet_state != KUBELET_RUNNING || p->start_count != start_number || p->is_stop_asked)
        return;
    prober_post_kill(cluster, pod);
    p->is_restarting = true;
    p->stop_started_ns = cluster->kernel->now_ns;
    if (hook_ns == 0)
        kubelet_sigterm(cluster, pod, start_number);
    else
        model_schedule(cluster, cluster->kernel->now_ns + hook_ns, CLUSTER_SIGTERM, pod,
                       start_number);
}

void restarts_killed(struct cluster *cluster, uint32_t pod, uint64_t start_number)
{
    struct pod *p = cluster->pods[pod];
    sim_ns known_ns = p->seen_ended_ns;

    if (!is_waiting(p, start_number) || p->is_stop_asked)
        return;
    p->is_restarting = false;
    p->seen_ended_ns = p->ended_ns;
    accounts_detected(cluster, pod, CHANGE_UNREADY, cluster->kernel->now_ns);
    if (!is_restarted(p)) {
        end_for_good(cluster, pod);
        return;
    }
    if (!has_to_wait(cluster, p, known_ns)) {
        start(cluster, pod);
        return;
    }
    tell_end(cluster, pod, CONTAINER_ERROR);
    retry_later(cluster, pod);
}
