/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/controllers/node_controller.h"

#include <string.h>

#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/api_server.h"
#include "cluster/control_plane.h"
#include "cluster/controllers/scheduler.h"
#include "cluster/controllers/topology_hints.h"
#include "cluster/event_book.h"
#include "cluster/events.h"

#define LEASE_PERIOD_NS (10 * NS_PER_S)      /* a quarter of the lease's 40 s */
#define PASS_PERIOD_NS (5 * NS_PER_S)        /* --node-monitor-period */
#define TOLERATION_NS (300 * NS_PER_S)       /* DefaultTolerationSeconds */
#define EVICTION_PERIOD_NS (10 * NS_PER_S)   /* --node-eviction-rate 0.1 */
#define SECONDARY_PERIOD_NS (100 * NS_PER_S) /* --secondary-node-eviction-rate 0.01 */
#define LARGE_ZONE 50u                       /* --large-cluster-size-threshold */
#define UNHEALTHY_PERCENT 55u                /* --unhealthy-zone-threshold */
#define LEASE_RETRY_NS (7 * NS_PER_S) /* the kubelet's longest back-off between attempts to renew */

void node_controller_init(struct cluster *cluster)
{
    const struct controller_manager_spec *spec = &cluster->spec->controller_manager;
    struct random r = random_at(random_key(cluster->seed, cluster->replication, RANDOM_NODE_MONITOR,
                                           hash_string("node-controller")),
                                0);

    cluster->pass_phase_ns = (sim_ns)random_below(&r, (uint64_t)PASS_PERIOD_NS);
    rate_limiter_init(&cluster->node_limiter, spec->api_qps, spec->api_burst);
    for (uint32_t n = 0; n < cluster->node_count; n++)
        cluster->nodes[n].health.seen_ns = NS_NEVER;
}

static struct random draws_of(struct cluster *cluster, struct node *node)
{
    return random_at(random_key(cluster->seed, cluster->replication, RANDOM_NODE_LEASE, node->hash),
                     ++node->health.draw_count);
}

/* The first pass at or after at_ns. */
static sim_ns pass_from(const struct cluster *cluster, sim_ns at_ns)
{
    sim_ns late_ns = (at_ns - cluster->pass_phase_ns) % PASS_PERIOD_NS;

    if (late_ns < 0)
        late_ns += PASS_PERIOD_NS;
    return late_ns == 0 ? at_ns : at_ns + PASS_PERIOD_NS - late_ns;
}

static sim_ns grace_ns(const struct cluster *cluster)
{
    return cluster->rules.node_grace_ns;
}

static void later(struct cluster *cluster, struct node *node, uint16_t kind, sim_ns at_ns)
{
    model_schedule(cluster, at_ns, kind, node->index, node->health.generation);
}

/* When a write that the controller sends now is stored: its client's limiter and the API's time. */
static sim_ns write_ns(struct cluster *cluster, struct node *node, uint64_t object_hash)
{
    sim_ns leave_ns = rate_limiter_reserve(&cluster->node_limiter, cluster->kernel->now_ns);
    uint64_t hash = hash_combine(hash_string("node-controller"), object_hash);

    return leave_ns + control_plane_api_ns(cluster, model_draw(cluster, HOP_API_WRITE, hash,
                                                               ++node->health.write_count));
}

static sim_ns watch_ns(struct cluster *cluster, struct node *node, const char *watcher)
{
    return model_draw(cluster, HOP_WATCH_CONTROLLER, hash_combine(hash_string(watcher), node->hash),
                      ++node->health.write_count);
}

/* The last renewal before now began at phase + k * period; the controller dates it with the pass that sees it. */
static sim_ns last_seen_ns(struct cluster *cluster, struct node *node)
{
    struct random r = random_at(
        random_key(cluster->seed, cluster->replication, RANDOM_NODE_LEASE, node->hash), 0);
    sim_ns phase_ns = (sim_ns)random_below(&r, (uint64_t)LEASE_PERIOD_NS);
    sim_ns age_ns = (cluster->kernel->now_ns - phase_ns) % LEASE_PERIOD_NS;
    sim_ns arrived_ns;

    if (age_ns < 0)
        age_ns += LEASE_PERIOD_NS;
    arrived_ns = cluster->kernel->now_ns - age_ns +
                 model_draw(cluster, HOP_API_WRITE, node->hash, ++node->health.write_count) +
                 watch_ns(cluster, node, "node-controller");
    return pass_from(cluster, arrived_ns);
}

void node_controller_silent(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];

    node->health.generation++;
    node->health.seen_ns = last_seen_ns(cluster, node);
    if (!node->health.is_unknown)
        later(cluster, node, CLUSTER_NODE_PASS,
              pass_from(cluster, node->health.seen_ns + grace_ns(cluster)));
    else
        later(cluster, node, CLUSTER_NODE_NO_EXECUTE,
              pass_from(cluster, cluster->kernel->now_ns + 1));
}

/* A pass that finds the lease expired. Each pass takes some time, so that as many periods as the grace has are enough. */
void node_controller_pass(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];
    sim_ns now_ns = cluster->kernel->now_ns;

    if (generation != node->health.generation)
        return;
    if (!control_plane_leads(cluster, LEASE_CONTROLLER_MANAGER) ||
        !control_plane_reaches_api(cluster, LEASE_CONTROLLER_MANAGER)) {
        node->health.seen_ns = NS_NEVER; /* the next leader dates it anew */
        later(cluster, node, CLUSTER_NODE_PASS, now_ns + PASS_PERIOD_NS);
        return;
    }
    if (node->health.seen_ns == NS_NEVER) {
        node->health.seen_ns = now_ns;
        later(cluster, node, CLUSTER_NODE_PASS, pass_from(cluster, now_ns + grace_ns(cluster)));
        return;
    }
    node->health.next_pod = 0;
    node->health.is_writing = false;
    for (uint32_t pod = 0; pod < cluster->pod_count; pod++) {
        if (cluster->pods[pod]->stored.node == index)
            accounts_detected(cluster, pod, CHANGE_UNREADY, now_ns);
    }
    later(cluster, node, CLUSTER_NODE_STEP, write_ns(cluster, node, node->hash));
    later(cluster, node, CLUSTER_NODE_NO_EXECUTE, now_ns + PASS_PERIOD_NS);
}

/* The pod's Ready condition becomes False. */
static void mark_not_ready(struct cluster *cluster, uint32_t pod)
{
    struct pod_view view = cluster->pods[pod]->stored;

    if (!view.exists || !view.is_ready)
        return;
    view.is_ready = false;
    view.ready_since_ns = cluster->kernel->now_ns / NS_PER_S * NS_PER_S;
    api_server_put_pod(cluster, pod, &view, WRITE_UPDATE);
    event_book_post(cluster, EVENT_POD_NOT_READY, pod, (struct event_detail){0});
}

/* Its conditions are stored; then its pods are patched, one after another. */
void node_controller_step(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];
    struct node_health *health = &node->health;
    sim_ns now_ns = cluster->kernel->now_ns;

    if (generation != health->generation)
        return;
    if (!health->is_unknown) {
        health->is_unknown = true;
        health->changed_ns = now_ns / NS_PER_S * NS_PER_S;
        event_book_post(cluster, EVENT_NODE_NOT_READY, index, (struct event_detail){0});
        topology_hints_node_changed(cluster, index, generation);
        later(cluster, node, CLUSTER_NODE_TAINT,
              write_ns(cluster, node, node->hash) + watch_ns(cluster, node, "node-controller"));
    }
    if (health->is_writing)
        mark_not_ready(cluster, health->next_pod++);
    health->is_writing = false;
    for (; health->next_pod < cluster->pod_count; health->next_pod++) {
        const struct pod *p = cluster->pods[health->next_pod];
        if (!p->stored.exists || p->stored.node != index || !p->stored.is_ready || p->is_pinned)
            continue;
        health->is_writing = true;
        later(cluster, node, CLUSTER_NODE_STEP, write_ns(cluster, node, p->hash));
        return;
    }
}

/* unreachable:NoSchedule is stored; the scheduler hears of it. */
void node_controller_taint(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];

    if (generation != node->health.generation)
        return;
    node->health.has_no_schedule = true;
    later(cluster, node, CLUSTER_NODE_TAINT_SEEN,
          cluster->kernel->now_ns + watch_ns(cluster, node, "kube-scheduler"));
}

void node_controller_taint_seen(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];

    if (generation != node->health.generation)
        return;
    node->health.is_avoided = node->health.has_no_schedule;
    if (!node->health.is_avoided)
        scheduler_retry(cluster);
}

static bool is_same_zone(const struct node *a, const struct node *b)
{
    const char *one = a->spec->zone != NULL ? a->spec->zone : "";
    const char *other = b->spec->zone != NULL ? b->spec->zone : "";

    return strcmp(one, other) == 0;
}

/* How long between two taints in the node's zone, as unhealthy as that is; NS_NEVER: there are none for now. */
static sim_ns eviction_period_ns(const struct cluster *cluster, const struct node *node)
{
    uint32_t zone_count = 0;
    uint32_t unknown_count = 0;
    bool is_all = true;

    for (uint32_t n = 0; n < cluster->node_count; n++) {
        is_all &= cluster->nodes[n].health.is_unknown;
        if (!is_same_zone(node, &cluster->nodes[n]))
            continue;
        zone_count++;
        unknown_count += cluster->nodes[n].health.is_unknown;
    }
    if (is_all)
        return NS_NEVER;
    if (unknown_count == zone_count || unknown_count <= 2 ||
        100 * unknown_count < UNHEALTHY_PERCENT * zone_count)
        return EVICTION_PERIOD_NS;
    return zone_count > LARGE_ZONE ? SECONDARY_PERIOD_NS : NS_NEVER;
}

/* The zone's bucket of one token: kept at its first node. */
static sim_ns *zone_free_ns(struct cluster *cluster, const struct node *node)
{
    uint32_t n = 0;

    while (!is_same_zone(node, &cluster->nodes[n]))
        n++;
    return &cluster->nodes[n].health.zone_free_ns;
}

/* A pass, or the zone's turn: unreachable:NoExecute. */
void node_controller_no_execute(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];
    sim_ns now_ns = cluster->kernel->now_ns;
    sim_ns period_ns;
    sim_ns *free_ns;

    if (generation != node->health.generation || node->health.has_no_execute)
        return;
    period_ns = eviction_period_ns(cluster, node);
    free_ns = zone_free_ns(cluster, node);
    if (period_ns == NS_NEVER || !control_plane_leads(cluster, LEASE_CONTROLLER_MANAGER)) {
        later(cluster, node, CLUSTER_NODE_NO_EXECUTE, now_ns + PASS_PERIOD_NS);
        return;
    }
    if (*free_ns > now_ns) {
        later(cluster, node, CLUSTER_NODE_NO_EXECUTE, *free_ns);
        return;
    }
    *free_ns = now_ns + period_ns;
    node->health.has_no_execute = true;
    node->health.next_pod = 0;
    later(cluster, node, CLUSTER_NODE_EVICT,
          write_ns(cluster, node, node->hash) + watch_ns(cluster, node, "node-controller") +
              TOLERATION_NS);
}

/* Tolerated long enough: its pods are deleted. With a dead kubelet they stay Terminating. */
void node_controller_evict(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];
    struct node_health *health = &node->health;

    if (generation != health->generation)
        return;
    for (; health->next_pod < cluster->pod_count; health->next_pod++) {
        struct pod *p = cluster->pods[health->next_pod];
        if (!p->stored.exists || p->stored.is_deleting || p->stored.node != index || p->is_pinned)
            continue;
        event_book_post(cluster, EVENT_EVICTION, health->next_pod, (struct event_detail){0});
        api_server_delete_pod(cluster, health->next_pod++, p->spec->grace_ns, false, CAUSE_NODE);
        later(cluster, node, CLUSTER_NODE_EVICT, write_ns(cluster, node, p->hash));
        return;
    }
}

void node_controller_heard(struct cluster *cluster, uint32_t index)
{
    struct node *node = &cluster->nodes[index];
    struct random r = draws_of(cluster, node);
    sim_ns now_ns = cluster->kernel->now_ns;
    sim_ns retry_ns = node->health.was_dead ? 0 : (sim_ns)random_below(&r, LEASE_RETRY_NS);
    uint64_t hash = hash_combine(node->hash, hash_string("status"));

    node->health.generation++;
    if (!node->health.is_unknown)
        return;
    /* its kubelet writes its status as soon as it finds it wrong: at its start, or at its next 10 s */
    if (!node->health.was_dead)
        retry_ns += (sim_ns)random_below(&r, LEASE_PERIOD_NS - LEASE_RETRY_NS);
    later(cluster, node, CLUSTER_NODE_READY,
          now_ns + retry_ns + model_draw(cluster, HOP_API_WRITE, hash, ++node->health.write_count));
}

/* Ready again; the next pass takes the taints away. */
void node_controller_ready(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];
    sim_ns seen_ns = cluster->kernel->now_ns + watch_ns(cluster, node, "node-controller");

    if (generation != node->health.generation)
        return;
    node->health.is_unknown = false;
    node->health.changed_ns = cluster->kernel->now_ns / NS_PER_S * NS_PER_S;
    event_book_post(cluster, EVENT_NODE_READY, index, (struct event_detail){0});
    topology_hints_node_changed(cluster, index, generation);
    later(cluster, node, CLUSTER_NODE_UNTAINT, pass_from(cluster, seen_ns));
}

/* The pods that were to be evicted stay. */
static void tell_no_eviction(struct cluster *cluster, uint32_t index)
{
    for (uint32_t pod = 0; event_book_is_kept(cluster) && pod < cluster->pod_count; pod++) {
        const struct pod_view *view = &cluster->pods[pod]->stored;
        if (view->exists && !view->is_deleting && view->node == index &&
            !cluster->pods[pod]->is_pinned)
            event_book_post(cluster, EVENT_NO_EVICTION, pod, (struct event_detail){0});
    }
}

void node_controller_untaint(struct cluster *cluster, uint32_t index, uint64_t generation)
{
    struct node *node = &cluster->nodes[index];

    if (generation != node->health.generation)
        return;
    if (node->health.has_no_execute)
        tell_no_eviction(cluster, index);
    node->health.has_no_schedule = false;
    node->health.has_no_execute = false;
    later(cluster, node, CLUSTER_NODE_TAINT_SEEN,
          write_ns(cluster, node, node->hash) + watch_ns(cluster, node, "kube-scheduler"));
}
