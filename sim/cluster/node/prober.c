/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/prober.h"

#include "cluster/accounts.h"
#include "cluster/event_book.h"
#include "cluster/events.h"
#include "cluster/node/kubelet.h"

static struct prober *prober_at(const struct cluster *cluster, uint32_t prober)
{
    return SLAB_AT(&cluster->probers, prober, struct prober);
}

static bool has_process(const struct pod *p)
{
    return p->kubelet_state == KUBELET_RUNNING || p->kubelet_state == KUBELET_STOPPING;
}

static bool would_pass(const struct cluster *cluster, const struct prober *prober)
{
    const struct pod *p = cluster->pods[prober->pod];

    if (!has_process(p) || p->is_hung || (p->is_refusing_probes && prober->role == PROBE_READINESS))
        return false;
    return cluster->app_ops->probe(cluster->app, prober->pod, prober->spec);
}

/* Before the first attempt: not ready, alive, start undecided. */
static bool initial_result(const struct prober *prober)
{
    return prober->role == PROBE_LIVENESS;
}

static void add(struct cluster *cluster, uint32_t pod, uint32_t container, enum probe_role role)
{
    struct pod *p = cluster->pods[pod];
    const struct container_spec *of = &p->spec->containers[container];
    const struct probe_spec *spec = role == PROBE_READINESS  ? &of->readiness
                                    : role == PROBE_LIVENESS ? &of->liveness
                                                             : &of->startup;
    uint32_t index;

    if (spec->kind == PROBE_NONE)
        return;
    index = slab_alloc(&cluster->probers);
    *prober_at(cluster, index) = (struct prober){
        .spec = spec,
        .origin_ns = cluster->kernel->now_ns,
        .next_ns = NS_NEVER,
        .pod = pod,
        .generation = prober_at(cluster, index)->generation + 1,
        .next = p->first_prober,
        .container = container,
        .role = (uint8_t)role,
    };
    prober_at(cluster, index)->is_passed = initial_result(prober_at(cluster, index));
    p->first_prober = index;
    p->has_readiness |= role == PROBE_READINESS;
    p->has_startup |= role == PROBE_STARTUP;
}

void prober_add_pod(struct cluster *cluster, uint32_t pod)
{
    const struct pod_spec *spec = cluster->pods[pod]->spec;

    for (uint32_t i = spec->container_count; i-- > 0;) {
        add(cluster, pod, i, PROBE_READINESS);
        add(cluster, pod, i, PROBE_LIVENESS);
        add(cluster, pod, i, PROBE_STARTUP);
    }
}

static void schedule(struct cluster *cluster, uint32_t index, sim_ns from_ns);

void prober_add_settled_pod(struct cluster *cluster, uint32_t pod, bool is_ready)
{
    const struct pod *p = cluster->pods[pod];
    uint64_t key = random_key(cluster->seed, cluster->replication, RANDOM_PROBE_PHASE, p->hash);
    uint64_t phase_count[PROBE_STARTUP + 1] = {0, 1000, 2000};

    prober_add_pod(cluster, pod);
    for (uint32_t i = p->first_prober; i != ID_NONE; i = prober_at(cluster, i)->next) {
        struct prober *prober = prober_at(cluster, i);
        struct random r = random_at(key, phase_count[prober->role]++);
        bool is_passed = prober->role != PROBE_READINESS || is_ready;
        prober->origin_ns = -(sim_ns)random_below(&r, (uint64_t)prober->spec->period_ns);
        prober->has_result = true;
        prober->last_result = is_passed;
        prober->run_count =
            is_passed ? prober->spec->success_threshold : prober->spec->failure_threshold;
        prober->is_passed = is_passed;
        prober->start = p->status_start;
        if (cluster->app_ops->probe_varies(cluster->app, pod, prober->spec))
            schedule(cluster, i, cluster->kernel->now_ns);
    }
}

/* Whether a further attempt could change the reported result or the run of equal results. */
static bool is_settled(const struct cluster *cluster, const struct prober *prober)
{
    const struct pod *p = cluster->pods[prober->pod];
    bool passes = would_pass(cluster, prober);

    if (prober->is_stopped || prober->is_on_hold || prober->is_waiting || p->status_start == 0)
        return true;
    if (!p->is_status_running)
        return prober->role != PROBE_READINESS || !prober->is_passed;
    if (prober->role == PROBE_STARTUP)
        return p->is_started || prober->is_passed;
    if (!p->is_started)
        return true;
    if (passes && cluster->app_ops->probe_varies(cluster->app, prober->pod, prober->spec))
        return false;
    return prober->is_passed == passes && (!prober->has_result || prober->last_result == passes);
}

/* The worker's next tick at or after at_ns. */
static sim_ns tick_from(const struct prober *prober, sim_ns at_ns)
{
    sim_ns period_ns = prober->spec->period_ns;
    sim_ns elapsed_ns = at_ns - prober->origin_ns;

    if (elapsed_ns <= 0)
        return prober->origin_ns;
    return prober->origin_ns + (elapsed_ns + period_ns - 1) / period_ns * period_ns;
}

static void schedule_at(struct cluster *cluster, uint32_t index, sim_ns at_ns)
{
    struct prober *prober = prober_at(cluster, index);

    if (prober->next_ns <= at_ns || is_settled(cluster, prober))
        return;
    prober->next_ns = at_ns;
    model_schedule(cluster, at_ns, CLUSTER_PROBE, index, ++prober->generation);
}

/* How an attempt would fail now. */
static enum probe_failure failure_of(const struct cluster *cluster, const struct prober *prober)
{
    const struct pod *p = cluster->pods[prober->pod];

    if (has_process(p) && p->is_hung)
        return PROBE_FAILURE_TIMEOUT;
    return has_process(p) && p->is_listening ? PROBE_FAILURE_ANSWER : PROBE_FAILURE_REFUSED;
}

static void post_failure(struct cluster *cluster, const struct prober *prober,
                         enum probe_failure failure)
{
    event_book_post(cluster, EVENT_UNHEALTHY, prober->pod,
                    (struct event_detail){
                        .other = prober->container, .before = prober->role, .third = failure});
}

/* Attempts that would change nothing are not made, but those that would fail are Events. */
static void tell_failing(struct cluster *cluster, uint32_t index)
{
    struct prober *prober = prober_at(cluster, index);
    const struct pod *p = cluster->pods[prober->pod];

    if (!event_book_is_kept(cluster))
        return;
    event_book_end_failing(cluster, prober->failing);
    prober->failing = 0;
    if (prober->next_ns != NS_NEVER || prober->is_stopped || prober->is_on_hold ||
        prober->is_waiting || p->status_start == 0 || !p->is_status_running ||
        p->is_started == (prober->role == PROBE_STARTUP) || would_pass(cluster, prober))
        return;
    prober->failing = event_book_begin_failing(
        cluster, prober->pod,
        (struct event_detail){.other = prober->container,
                              .before = prober->role,
                              .third = failure_of(cluster, prober)},
        tick_from(prober, cluster->kernel->now_ns + 1), prober->spec->period_ns);
}

static void schedule(struct cluster *cluster, uint32_t index, sim_ns from_ns)
{
    const struct prober *prober = prober_at(cluster, index);
    const struct pod *p = cluster->pods[prober->pod];
    sim_ns earliest_ns = p->status_started_ns + prober->spec->initial_delay_ns;

    if (p->is_status_running && from_ns < earliest_ns)
        from_ns = earliest_ns; /* attempts before it do nothing */
    schedule_at(cluster, index, tick_from(prober, from_ns));
    tell_failing(cluster, index);
}

void prober_wake(struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next)
        schedule(cluster, i, cluster->kernel->now_ns);
}

/* A readiness probe over http, whose answer the program may change. */
static bool has_http_prober(const struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next)
        if (prober_at(cluster, i)->role == PROBE_READINESS &&
            prober_at(cluster, i)->spec->kind == PROBE_HTTP)
            return true;
    return false;
}

void prober_answers(struct cluster *cluster, uint32_t pod, bool is_well)
{
    struct pod *p = cluster->pods[pod];

    if (p->is_failing == !is_well || !p->is_listening || !has_http_prober(cluster, pod))
        return;
    p->is_failing = !is_well;
    if (is_well && p->is_kubelet_ready)
        accounts_undone(cluster, pod, CHANGE_UNREADY);
    else if (is_well)
        accounts_open(cluster, pod, CHANGE_READY, CAUSE_PROBE);
    else if (p->is_kubelet_ready)
        accounts_open(cluster, pod, CHANGE_UNREADY, CAUSE_PROBE);
    else
        accounts_undone(cluster, pod, CHANGE_READY);
}

void prober_see_container(struct cluster *cluster, uint32_t pod)
{
    const struct pod *p = cluster->pods[pod];

    for (uint32_t i = p->first_prober; i != ID_NONE; i = prober_at(cluster, i)->next) {
        struct prober *prober = prober_at(cluster, i);
        if (prober->start == p->start_count)
            continue;
        prober->start = p->start_count;
        prober->is_passed = initial_result(prober);
        prober->is_on_hold = false;
        if (prober->is_waiting) { /* its answer would be about the container before */
            prober->is_waiting = false;
            prober->generation++;
        }
    }
}

/* The worker has come to a result of its own. */
static void report(struct cluster *cluster, uint32_t index, bool result)
{
    struct prober *prober = prober_at(cluster, index);
    bool had_passed = prober->is_passed;
    uint32_t pod = prober->pod;

    prober->is_passed = result;
    if (prober->role != PROBE_READINESS && !result) {
        prober->is_on_hold = true;
        prober->run_count = 0;
        kubelet_probe_failed(cluster, pod);
    } else if (result != had_passed && prober->role == PROBE_READINESS) {
        kubelet_probe_flipped(cluster, pod, result);
    } else if (result != had_passed && prober->role == PROBE_STARTUP) {
        kubelet_probe_started(cluster, pod);
    }
}

/* An attempt has ended. */
static void count_result(struct cluster *cluster, uint32_t index, bool result)
{
    struct prober *prober = prober_at(cluster, index);
    uint32_t threshold = result ? prober->spec->success_threshold : prober->spec->failure_threshold;

    prober->run_count =
        prober->has_result && result == prober->last_result ? prober->run_count + 1 : 1;
    prober->last_result = result;
    prober->has_result = true;
    if (prober->run_count >= threshold)
        report(cluster, index, result);
}

/* Whether a worker whose turn it is runs its probe. */
static bool is_due(const struct cluster *cluster, const struct prober *prober)
{
    const struct pod *p = cluster->pods[prober->pod];

    if (prober->is_stopped || prober->is_on_hold || prober->is_waiting ||
        cluster->kernel->now_ns - p->status_started_ns < prober->spec->initial_delay_ns)
        return false;
    return p->is_started != (prober->role == PROBE_STARTUP);
}

/* The answer to one attempt. */
static bool asks(struct cluster *cluster, const struct prober *prober)
{
    uint32_t pod = prober->pod;
    bool result;

    if (!would_pass(cluster, prober))
        return false;
    result = cluster->app_ops->answer_probe(cluster->app, pod, prober->spec);
    if (prober->role == PROBE_READINESS &&
        cluster->app_ops->probe_varies(cluster->app, pod, prober->spec))
        prober_answers(cluster, pod, result);
    return result;
}

/* One attempt now. */
static void attempt(struct cluster *cluster, uint32_t index)
{
    struct prober *prober = prober_at(cluster, index);
    const struct pod *p = cluster->pods[prober->pod];
    enum probe_failure failure;
    bool passes;

    if (prober->is_stopped || p->status_start == 0)
        return;
    if (!p->is_status_running) { /* not ready, whatever the threshold */
        if (prober->role == PROBE_READINESS && prober->is_passed)
            report(cluster, index, false);
        return;
    }
    if (!is_due(cluster, prober))
        return;
    if (has_process(p) && p->is_hung) {
        prober->is_waiting = true;
        model_schedule(cluster, cluster->kernel->now_ns + prober->spec->timeout_ns,
                       CLUSTER_PROBE_TIMEOUT, index, ++prober->generation);
        return;
    }
    failure = failure_of(cluster, prober);
    passes = asks(cluster, prober);
    if (!passes)
        post_failure(cluster, prober, failure);
    count_result(cluster, index, passes);
}

void prober_tick(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct prober *prober = prober_at(cluster, index);

    if (generation != prober->generation)
        return;
    prober->next_ns = NS_NEVER;
    attempt(cluster, index);
    schedule(cluster, index, cluster->kernel->now_ns + 1);
}

void prober_timed_out(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct prober *prober = prober_at(cluster, index);
    sim_ns now_ns = cluster->kernel->now_ns;

    if (generation != prober->generation)
        return;
    prober->is_waiting = false;
    prober->next_ns = NS_NEVER;
    post_failure(cluster, prober, PROBE_FAILURE_TIMEOUT);
    count_result(cluster, index, false);
    if (tick_from(prober, now_ns - prober->spec->timeout_ns + 1) <= now_ns)
        schedule_at(cluster, index, now_ns); /* the ticker has ticked during the attempt */
    else
        schedule(cluster, index, now_ns);
}

void prober_trigger(struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next) {
        struct prober *prober = prober_at(cluster, i);
        if (cluster->rules.has_readiness_trigger && prober->role == PROBE_READINESS &&
            !prober->is_passed && !prober->is_waiting) {
            prober->next_ns = NS_NEVER;
            prober->generation++;
            attempt(cluster, i);
            if (cluster->rules.has_trigger_reset)
                prober->origin_ns = cluster->kernel->now_ns;
            schedule(cluster, i, cluster->kernel->now_ns + 1);
        } else {
            schedule(cluster, i, cluster->kernel->now_ns);
        }
    }
}

static bool have_all_passed(const struct cluster *cluster, uint32_t pod, enum probe_role role)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next) {
        if (prober_at(cluster, i)->role == role && !prober_at(cluster, i)->is_passed)
            return false;
    }
    return true;
}

bool prober_is_ready(const struct cluster *cluster, uint32_t pod)
{
    return have_all_passed(cluster, pod, PROBE_READINESS);
}

bool prober_has_started(const struct cluster *cluster, uint32_t pod)
{
    return have_all_passed(cluster, pod, PROBE_STARTUP);
}

static void stop(struct cluster *cluster, uint32_t pod, bool stops_readiness)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next) {
        struct prober *prober = prober_at(cluster, i);
        if (!stops_readiness && prober->role == PROBE_READINESS)
            continue;
        prober->is_stopped = true; /* its records stay: pods are never renumbered */
        event_book_end_failing(cluster, prober->failing);
        prober->failing = 0;
    }
}

void prober_stop_restarts(struct cluster *cluster, uint32_t pod)
{
    stop(cluster, pod, false);
}

void prober_remove_pod(struct cluster *cluster, uint32_t pod)
{
    stop(cluster, pod, true);
}

void prober_post_kill(struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next) {
        const struct prober *prober = prober_at(cluster, i);
        if (prober->role != PROBE_READINESS && prober->is_on_hold)
            event_book_post(
                cluster, EVENT_PROBE_KILL, pod,
                (struct event_detail){.other = prober->container, .before = prober->role});
    }
}

void prober_tell_failing(struct cluster *cluster)
{
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
             i = prober_at(cluster, i)->next)
            tell_failing(cluster, i);
    }
}
