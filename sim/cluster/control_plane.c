/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/control_plane.h"

#include "base/hash.h"
#include "cluster/api_log.h"
#include "cluster/controllers/controller.h"
#include "cluster/controllers/scheduler.h"
#include "cluster/events.h"
#include "cluster/node/node_power.h"
#include "cluster/watches.h"

/* leaderelection.go's defaults, as kube-controller-manager and kube-scheduler set them; JitterFactor */
#define LEASE_NS (15 * NS_PER_S)
#define RENEW_DEADLINE_NS (10 * NS_PER_S)
#define RETRY_NS (2 * NS_PER_S)
#define RETRY_JITTER_PERMILLE 1200
/* Filling the caches: cacher.go's comment has 67 ms and more for 13,900 objects. */
#define LIST_OBJECT_NS (5 * NS_PER_US)

static const char *const lease_names[LEASE_COUNT] = {
    [LEASE_CONTROLLER_MANAGER] = "kube-controller-manager",
    [LEASE_SCHEDULER] = "kube-scheduler",
};

static const enum component lease_components[LEASE_COUNT] = {
    [LEASE_CONTROLLER_MANAGER] = COMPONENT_CONTROLLER_MANAGER,
    [LEASE_SCHEDULER] = COMPONENT_SCHEDULER,
};

static sim_ns span_or(sim_ns span_ns, sim_ns default_ns)
{
    return span_ns > 0 ? span_ns : default_ns;
}

static sim_ns lease_ns(const struct cluster *cluster, enum lease_id id)
{
    return id == LEASE_SCHEDULER ? LEASE_NS
                                 : span_or(cluster->spec->controller_manager.lease_ns, LEASE_NS);
}

static sim_ns renew_deadline_ns(const struct cluster *cluster, enum lease_id id)
{
    return id == LEASE_SCHEDULER
               ? RENEW_DEADLINE_NS
               : span_or(cluster->spec->controller_manager.renew_deadline_ns, RENEW_DEADLINE_NS);
}

static sim_ns retry_ns(const struct cluster *cluster, enum lease_id id)
{
    return id == LEASE_SCHEDULER ? RETRY_NS
                                 : span_or(cluster->spec->controller_manager.retry_ns, RETRY_NS);
}

void control_plane_init(struct cluster *cluster)
{
    struct control_plane *control = &cluster->control;

    control->api_factor = 1.0;
    control->sync_factor = 1.0;
    control->bind_factor = 1.0;
    for (uint32_t i = 0; i < LEASE_COUNT; i++) {
        struct lease *lease = &control->leases[i];
        struct random r;
        lease->key = random_key(cluster->seed, cluster->replication, RANDOM_LEASE,
                                hash_string(lease_names[i]));
        r = random_at(lease->key, 0);
        lease->phase_ns = (sim_ns)random_below(&r, (uint64_t)retry_ns(cluster, (enum lease_id)i));
        lease->stopped_ns = NS_NEVER;
        lease->is_leading = true;
        lease->has_listed = true;
    }
}

bool control_plane_is_api_up(const struct cluster *cluster)
{
    return !cluster->control.is_api_down;
}

bool control_plane_reaches_api(const struct cluster *cluster, enum lease_id lease)
{
    return !cluster->control.is_api_down && !cluster->control.leases[lease].is_cut;
}

bool control_plane_node_reaches_api(const struct cluster *cluster, uint32_t node)
{
    return !cluster->control.is_api_down && !cluster->nodes[node].is_cut;
}

bool control_plane_leads(const struct cluster *cluster, enum lease_id lease)
{
    return cluster->control.leases[lease].is_leading && cluster->control.leases[lease].has_listed;
}

sim_ns control_plane_api_ns(const struct cluster *cluster, sim_ns span_ns)
{
    double factor = cluster->control.api_factor;

    return EP_LIKELY(factor == 1.0) ? span_ns : (sim_ns)((double)span_ns * factor);
}

/* --- leases --- */

static void schedule(struct cluster *cluster, enum lease_id id, uint16_t kind, sim_ns at_ns)
{
    struct lease *lease = &cluster->control.leases[id];

    model_schedule(cluster, at_ns, kind, (uint32_t)id, ++lease->generation);
}

/* The process ends; nothing that it knew is left. */
static void stop_leading(struct cluster *cluster, enum lease_id id)
{
    struct lease *lease = &cluster->control.leases[id];

    lease->generation++;
    lease->is_leading = false;
    lease->has_listed = false;
    lease->stopped_ns = cluster->kernel->now_ns;
    watches_break_readers(cluster, id);
    if (id == LEASE_CONTROLLER_MANAGER)
        controller_stop_all(cluster);
    lease->incarnation++;
}

/* The last renewal at or before now: a leader renews at phase + k * retry period. */
static sim_ns last_renewal_ns(const struct cluster *cluster, enum lease_id id)
{
    const struct lease *lease = &cluster->control.leases[id];
    const sim_ns period_ns = retry_ns(cluster, id);

    return cluster->kernel->now_ns -
           (cluster->kernel->now_ns - lease->phase_ns + period_ns) % period_ns;
}

/*
 * When a candidate that asks from from_ns on, and has seen the lease renewed at seen_ns (NS_NEVER: it sees it at its first
 * try), takes it: at the first of its tries, retry period and up to 1.2 times as much again apart, that finds it unchanged
 * for the lease time and is not before now.
 */
static sim_ns taking_ns(struct cluster *cluster, enum lease_id id, sim_ns from_ns, sim_ns seen_ns)
{
    struct lease *lease = &cluster->control.leases[id];
    struct random r = random_at(lease->key, ++lease->candidate_count);
    sim_ns period_ns = retry_ns(cluster, id);
    sim_ns try_ns = from_ns;

    if (seen_ns == NS_NEVER)
        seen_ns = from_ns;
    while (try_ns < seen_ns + lease_ns(cluster, id) || try_ns < cluster->kernel->now_ns)
        try_ns += period_ns +
                  (sim_ns)random_below(&r, (uint64_t)(period_ns * RETRY_JITTER_PERMILLE / 1000));
    return try_ns;
}

/* Nobody leads: somebody will, if somebody lives who can ask. */
static void seek_leader(struct cluster *cluster, enum lease_id id)
{
    struct lease *lease = &cluster->control.leases[id];
    const struct controller_manager_spec *spec = &cluster->spec->controller_manager;
    bool is_manager = id == LEASE_CONTROLLER_MANAGER;
    bool can_restart = !lease->is_failed && !lease->is_cut;
    sim_ns at_ns = NS_NEVER;

    if (lease->is_leading || cluster->control.is_api_down)
        return;
    if (can_restart)
        at_ns = is_manager && spec->has_no_election
                    ? cluster->kernel->now_ns
                    : taking_ns(cluster, id, cluster->kernel->now_ns, NS_NEVER);
    if (is_manager && spec->replicas > 1 && !spec->has_no_election) {
        sim_ns standby_ns = taking_ns(cluster, id, lease->renewed_ns, lease->renewed_ns);
        if (standby_ns < at_ns)
            at_ns = standby_ns;
    }
    if (at_ns != NS_NEVER)
        schedule(cluster, id, CLUSTER_LEASE_TAKEN, at_ns);
}

/* The leader cannot reach the API: from its next renewal on it tries for the renew deadline. */
static void lose_api(struct cluster *cluster, enum lease_id id)
{
    struct lease *lease = &cluster->control.leases[id];
    bool has_election = id == LEASE_SCHEDULER || !cluster->spec->controller_manager.has_no_election;

    lease->renewed_ns = last_renewal_ns(cluster, id);
    watches_break_readers(cluster, id);
    if (!lease->is_leading)
        lease->generation++; /* nor can a candidate take it */
    else if (has_election)
        schedule(cluster, id, CLUSTER_LEADER_EXIT,
                 lease->renewed_ns + retry_ns(cluster, id) + renew_deadline_ns(cluster, id));
}

static sim_ns list_ns(const struct cluster *cluster, enum lease_id id)
{
    uint64_t count = cluster->pod_count;

    if (id == LEASE_CONTROLLER_MANAGER)
        count += (uint64_t)cluster->service_count + cluster->slice_count +
                 cluster->endpoints_count + cluster->replica_set_count + cluster->deployment_count;
    return control_plane_api_ns(cluster,
                                (sim_ns)count * LIST_OBJECT_NS +
                                    model_draw(cluster, HOP_API_WRITE, hash_string(lease_names[id]),
                                               cluster->control.leases[id].incarnation));
}

/* It is there again after `broken_ns`: a leader goes on, else one is sought. */
static void find_api(struct cluster *cluster, enum lease_id id, sim_ns broken_ns)
{
    struct lease *lease = &cluster->control.leases[id];

    if (!lease->is_leading) {
        seek_leader(cluster, id);
        return;
    }
    lease->generation++; /* it renews in time */
    if (lease->has_listed)
        watches_resume_readers(cluster, id, broken_ns);
    else
        schedule(cluster, id, CLUSTER_LEADER_LISTED,
                 cluster->kernel->now_ns + list_ns(cluster, id));
}

void control_plane_leader_exits(struct cluster *cluster, uint32_t id, uint64_t generation)
{
    if (generation != cluster->control.leases[id].generation)
        return;
    stop_leading(cluster, (enum lease_id)id);
    seek_leader(cluster, (enum lease_id)id);
}

void control_plane_lease_taken(struct cluster *cluster, uint32_t id, uint64_t generation)
{
    struct lease *lease = &cluster->control.leases[id];

    if (generation != lease->generation)
        return;
    lease->is_leading = true;
    lease->is_failed = false; /* if it was: this is another process */
    lease->is_cut = false;
    lease->phase_ns = cluster->kernel->now_ns % retry_ns(cluster, (enum lease_id)id);
    schedule(cluster, (enum lease_id)id, CLUSTER_LEADER_LISTED,
             cluster->kernel->now_ns + list_ns(cluster, (enum lease_id)id));
}

void control_plane_leader_listed(struct cluster *cluster, uint32_t id, uint64_t generation)
{
    struct lease *lease = &cluster->control.leases[id];

    if (generation != lease->generation)
        return;
    lease->has_listed = true;
    for (uint32_t i = 0; i < READER_COUNT; i++) {
        if (watches_lease_of((enum reader_id)i) != (enum lease_id)id)
            continue;
        cluster->readers[i].must_relist = true;
        api_log_resume_reader(cluster, (enum reader_id)i);
    }
    if (id == LEASE_CONTROLLER_MANAGER)
        controller_start_all(cluster);
    else
        scheduler_restart(cluster);
}

void control_plane_watch_resumed(struct cluster *cluster, uint32_t reader, uint64_t generation)
{
    if (generation == cluster->readers[reader].generation)
        api_log_resume_reader(cluster, (enum reader_id)reader);
}

/* --- what the timeline does --- */

static void api_dies(struct cluster *cluster)
{
    struct control_plane *control = &cluster->control;

    if (control->is_api_down)
        return;
    control->is_api_down = true;
    control->api_down_ns = cluster->kernel->now_ns;
    control->outage_count++;
    for (uint32_t i = 0; i < LEASE_COUNT; i++) {
        if (!control->leases[i].is_cut)
            lose_api(cluster, (enum lease_id)i);
    }
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        watches_break_node(cluster, n);
        cluster->nodes[n].must_list = true;
    }
    watches_break_dns(cluster);
    for (uint32_t i = 0; i < READER_COUNT; i++)
        cluster->readers[i].must_relist = true; /* the watch cache of the next process is new */
}

static void api_returns(struct cluster *cluster)
{
    struct control_plane *control = &cluster->control;

    if (!control->is_api_down)
        return;
    control->is_api_down = false;
    for (uint32_t i = 0; i < LEASE_COUNT; i++) {
        if (!control->leases[i].is_cut)
            find_api(cluster, (enum lease_id)i, control->api_down_ns);
    }
    for (uint32_t n = 0; n < cluster->node_count; n++) {
        if (!cluster->nodes[n].is_cut)
            watches_resume_node(cluster, n);
    }
    watches_resume_dns(cluster);
}

void control_plane_cut_node(struct cluster *cluster, uint32_t index, bool is_cut)
{
    struct node *node = &cluster->nodes[index];

    if (node->is_cut == is_cut)
        return;
    node->is_cut = is_cut;
    if (is_cut)
        watches_break_node(cluster, index);
    else if (!cluster->control.is_api_down)
        watches_resume_node(cluster, index);
}

static void fail_process(struct cluster *cluster, enum lease_id id, bool is_failed)
{
    struct lease *lease = &cluster->control.leases[id];

    if (is_failed && !lease->is_failed) {
        if (!cluster->control.is_api_down && !lease->is_cut && lease->is_leading)
            lease->renewed_ns = last_renewal_ns(cluster, id);
        lease->is_failed = true;
        stop_leading(cluster, id);
        seek_leader(cluster, id);
    } else if (!is_failed && lease->is_failed) {
        lease->is_failed = false;
        seek_leader(cluster, id);
    }
}

static void cut_process(struct cluster *cluster, enum lease_id id, bool is_cut)
{
    struct lease *lease = &cluster->control.leases[id];

    if (lease->is_cut == is_cut)
        return;
    lease->is_cut = is_cut;
    if (cluster->control.is_api_down)
        return;
    if (is_cut) {
        lease->cut_ns = cluster->kernel->now_ns;
        lose_api(cluster, id);
        seek_leader(cluster, id);
    } else {
        find_api(cluster, id, lease->cut_ns);
    }
}

void cluster_fail_components(struct cluster *cluster, uint32_t components, bool is_failed)
{
    if (components & COMPONENT_API_SERVER) {
        if (is_failed)
            api_dies(cluster);
        else
            api_returns(cluster);
    }
    for (uint32_t i = 0; i < LEASE_COUNT; i++) {
        if (components & (uint32_t)lease_components[i])
            fail_process(cluster, (enum lease_id)i, is_failed);
    }
}

void cluster_cut_components(struct cluster *cluster, uint32_t components, bool is_cut)
{
    for (uint32_t i = 0; i < LEASE_COUNT; i++) {
        if (components & (uint32_t)lease_components[i])
            cut_process(cluster, (enum lease_id)i, is_cut);
    }
}

void cluster_slow_components(struct cluster *cluster, uint32_t components, double factor)
{
    if (components & COMPONENT_API_SERVER)
        cluster->control.api_factor = factor;
    if (components & COMPONENT_CONTROLLER_MANAGER)
        cluster->control.sync_factor = factor;
    if (components & COMPONENT_SCHEDULER)
        cluster->control.bind_factor = factor;
}

bool cluster_api_is_up(const struct cluster *cluster)
{
    return !cluster->control.is_api_down;
}

void cluster_cut_node(struct cluster *cluster, uint32_t node, bool is_cut)
{
    if (cluster->nodes[node].health.is_dead || cluster->nodes[node].is_cut == is_cut)
        return;
    control_plane_cut_node(cluster, node, is_cut);
    node_power_cut(cluster, node, is_cut);
}
