/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/node/prober.h"

#include "cluster/accounts.h"
#include "cluster/events.h"
#include "cluster/node/kubelet.h"

static struct prober *prober_at(const struct cluster *cluster, uint32_t prober)
{
    return SLAB_AT(&cluster->probers, prober, struct prober);
}

static bool is_running(const struct pod *p)
{
    return p->kubelet_state == KUBELET_RUNNING || p->kubelet_state == KUBELET_STOPPING;
}

static bool would_answer(const struct cluster *cluster, const struct prober *prober)
{
    if (!is_running(cluster->pods[prober->pod]))
        return false;
    return cluster->app_ops->probe(cluster->app, prober->pod, prober->spec);
}

void prober_add_pod(struct cluster *cluster, uint32_t pod)
{
    struct pod *p = cluster->pods[pod];

    for (uint32_t i = p->spec->container_count; i-- > 0;) {
        const struct probe_spec *spec = &p->spec->containers[i].readiness;
        uint32_t index;
        if (spec->kind == PROBE_NONE)
            continue;
        index = slab_alloc(&cluster->probers);
        *prober_at(cluster, index) = (struct prober){
            .spec = spec,
            .origin_ns = cluster->kernel->now_ns,
            .next_ns = NS_NEVER,
            .pod = pod,
            .generation = prober_at(cluster, index)->generation + 1,
            .next = p->first_prober,
        };
        p->first_prober = index;
    }
}

static void schedule(struct cluster *cluster, uint32_t index, sim_ns from_ns);

void prober_add_ready_pod(struct cluster *cluster, uint32_t pod)
{
    uint64_t key = random_key(cluster->seed, cluster->replication, RANDOM_PROBE_PHASE,
                              cluster->pods[pod]->hash);
    uint64_t n = 0;

    prober_add_pod(cluster, pod);
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next) {
        struct prober *prober = prober_at(cluster, i);
        struct random r = random_at(key, n++);
        prober->origin_ns = -(sim_ns)random_below(&r, (uint64_t)prober->spec->period_ns);
        prober->has_result = true;
        prober->last_result = true;
        prober->run_count = prober->spec->success_threshold;
        prober->is_ready = true;
        if (cluster->app_ops->probe_varies(cluster->app, pod, prober->spec))
            schedule(cluster, i, cluster->kernel->now_ns);
    }
}

/* Whether a further attempt could change the reported result or the run of equal results. */
static bool is_settled(const struct cluster *cluster, const struct prober *prober)
{
    bool answers = would_answer(cluster, prober);

    if (answers && cluster->app_ops->probe_varies(cluster->app, prober->pod, prober->spec))
        return false;
    return prober->is_ready == answers && (!prober->has_result || prober->last_result == answers);
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

static void schedule(struct cluster *cluster, uint32_t index, sim_ns from_ns)
{
    struct prober *prober = prober_at(cluster, index);
    const struct pod *p = cluster->pods[prober->pod];
    sim_ns earliest_ns = p->container_started_ns + prober->spec->initial_delay_ns;
    sim_ns at_ns;

    if (prober->is_stopped || !p->has_status || is_settled(cluster, prober))
        return;
    if (is_running(p) && from_ns < earliest_ns)
        from_ns = earliest_ns; /* attempts before it do nothing */
    at_ns = tick_from(prober, from_ns);
    if (prober->next_ns <= at_ns)
        return;
    prober->next_ns = at_ns;
    model_schedule(cluster, at_ns, CLUSTER_PROBE, index, ++prober->generation);
}

void prober_wake(struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next)
        schedule(cluster, i, cluster->kernel->now_ns);
}

static bool has_http_prober(const struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next)
        if (prober_at(cluster, i)->spec->kind == PROBE_HTTP)
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

static bool meets(const struct prober *prober)
{
    return prober->run_count >= (prober->last_result ? prober->spec->success_threshold
                                                     : prober->spec->failure_threshold);
}

/* One attempt now. */
static void attempt(struct cluster *cluster, uint32_t index)
{
    struct prober *prober = prober_at(cluster, index);
    const struct pod *p = cluster->pods[prober->pod];
    bool was_ready = prober->is_ready;
    bool result;

    if (!is_running(p)) {
        prober->is_ready =
            false; /* a container that does not run is not ready, whatever the threshold */
        prober->is_stopped = true;
    } else if (cluster->kernel->now_ns - p->container_started_ns >=
               prober->spec->initial_delay_ns) {
        result = cluster->app_ops->answer_probe(cluster->app, prober->pod, prober->spec);
        if (cluster->app_ops->probe_varies(cluster->app, prober->pod, prober->spec))
            prober_answers(cluster, prober->pod, result);
        prober->run_count =
            prober->has_result && result == prober->last_result ? prober->run_count + 1 : 1;
        prober->last_result = result;
        prober->has_result = true;
        if (meets(prober))
            prober->is_ready = result;
    }
    if (prober->is_ready != was_ready)
        kubelet_probe_flipped(cluster, prober->pod, prober->is_ready);
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

void prober_trigger(struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next) {
        struct prober *prober = prober_at(cluster, i);
        if (cluster->rules.has_readiness_trigger && !prober->is_ready) {
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

bool prober_is_ready(const struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next) {
        if (!prober_at(cluster, i)->is_ready)
            return false;
    }
    return true;
}

void prober_remove_pod(struct cluster *cluster, uint32_t pod)
{
    for (uint32_t i = cluster->pods[pod]->first_prober; i != ID_NONE;
         i = prober_at(cluster, i)->next)
        prober_at(cluster, i)->is_stopped = true; /* its records stay: pods are never renumbered */
}
