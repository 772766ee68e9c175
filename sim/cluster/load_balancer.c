/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/load_balancer.h"

#include "base/hash.h"
#include "cluster/accounts.h"
#include "cluster/events.h"
#include "cluster/node/kube_proxy.h"
#include "cluster/service_table.h"
#include "cluster/service_views.h"

/* A node in a balancer's list. */
struct balancer_target {
    uint32_t streak; /* answers in a row that are not what it believes */
    uint32_t lapse;  /* since when the node fails, ID_NONE: it passes */
    uint32_t news;   /* of one of its own endpoints, the last that took effect; ID_NONE */
};

struct load_balancer {
    uint32_t service;
    uint32_t generation; /* of its events and of its beliefs */
    uint32_t belief_count;
    bool is_on;
    bool *is_healthy; /* by node, as it believes */
    struct balancer_target *targets;
};

enum answer {
    ANSWER_NONE,
    ANSWER_FAILS,
    ANSWER_PASSES
};

static struct load_balancer *balancer_of(const struct cluster *cluster, uint32_t service)
{
    const uint32_t index = cluster->services[service].balancer;

    return index == ID_NONE ? NULL : &cluster->balancers[index];
}

/* --- what a node answers --- */

static bool has_local_endpoint(struct cluster *cluster, uint32_t service, const struct node *node)
{
    const struct service_version *version =
        service_views_version(&cluster->services[service], node->proxy.applied[PROXY_SERVICES]);

    return version != NULL && version->is_proxied && version->spec->is_external_local &&
           service_table_has_local(cluster, service, node->index,
                                   node->proxy.applied[PROXY_SLICES]);
}

static enum answer answer_of(struct cluster *cluster, const struct load_balancer *balancer,
                             uint32_t node)
{
    const struct node *n = &cluster->nodes[node];

    if (n->health.is_dead)
        return ANSWER_NONE;
    if (!kube_proxy_is_healthy(cluster, node))
        return ANSWER_FAILS;
    return !cluster->services[balancer->service].spec->is_external_local ||
                   has_local_endpoint(cluster, balancer->service, n)
               ? ANSWER_PASSES
               : ANSWER_FAILS;
}

/* The node fails from now on, whether anybody asks or not. */
static uint32_t begin_lapse(struct cluster *cluster, const struct load_balancer *balancer,
                            uint32_t node, bool is_off)
{
    const uint32_t id = balancer->targets[node].news;
    const struct news *news = id == ID_NONE || is_off ? NULL : cluster_news(cluster, id);
    struct balancer_lapse *lapse;

    ARENA_GROW(cluster->arena, cluster->lapses, &cluster->lapse_capacity, cluster->lapse_count + 1);
    lapse = &cluster->lapses[cluster->lapse_count];
    *lapse = (struct balancer_lapse){
        .since_ns = cluster->kernel->now_ns,
        .change = news != NULL ? news->change : 0,
        .cause = (uint8_t)(is_off ? CAUSE_NODE : CAUSE_NONE),
    };
    if (news != NULL)
        lapse->cause = news->cause;
    return cluster->lapse_count++;
}

/* Looks whether the node passes now; returns its answer. */
static enum answer look_at(struct cluster *cluster, struct load_balancer *balancer, uint32_t node)
{
    struct balancer_target *target = &balancer->targets[node];
    const enum answer answer = answer_of(cluster, balancer, node);

    if (answer == ANSWER_PASSES)
        target->lapse = ID_NONE;
    else if (target->lapse == ID_NONE)
        target->lapse = begin_lapse(cluster, balancer, node, answer == ANSWER_NONE);
    return answer;
}

void load_balancer_applied(struct cluster *cluster, uint32_t node, uint32_t news)
{
    const struct news *told = cluster_news(cluster, news);
    struct load_balancer *balancer = balancer_of(cluster, told->service);

    if (balancer != NULL && endpoint_choice_node(cluster, told->pod) == node)
        balancer->targets[node].news = news;
}

void load_balancer_node_changed(struct cluster *cluster, uint32_t node)
{
    for (uint32_t i = 0; i < cluster->balancer_count; i++) {
        if (cluster->balancers[i].is_on)
            (void)look_at(cluster, &cluster->balancers[i], node);
    }
}

/* --- what the balancer makes of it --- */

static void tell(const struct cluster *cluster, const struct load_balancer *balancer, uint32_t node)
{
    for (uint32_t i = 0; i < cluster->observer_count; i++) {
        const struct cluster_observer *o = &cluster->observers[i];
        if (o->balancer_judged != NULL)
            o->balancer_judged(o->self, cluster->kernel->now_ns, balancer->service, node,
                               balancer->is_healthy[node]);
    }
}

static void count(struct cluster *cluster, struct load_balancer *balancer, uint32_t node,
                  bool passes)
{
    const struct health_check_spec *spec = &cluster->spec->load_balancer.health_check;
    struct balancer_target *target = &balancer->targets[node];

    if (passes == balancer->is_healthy[node]) {
        target->streak = 0;
        return;
    }
    if (++target->streak < (passes ? spec->healthy : spec->unhealthy))
        return;
    target->streak = 0;
    balancer->is_healthy[node] = passes;
    balancer->belief_count++;
    tell(cluster, balancer, node);
}

static uint64_t place_of(const struct load_balancer *balancer, uint32_t node)
{
    return (uint64_t)balancer->generation << 32 | node;
}

static void schedule(struct cluster *cluster, uint32_t index, uint32_t node, sim_ns at_ns,
                     uint16_t kind)
{
    model_schedule(cluster, at_ns, kind, index, place_of(&cluster->balancers[index], node));
}

void load_balancer_check(struct cluster *cluster, uint32_t index, uint64_t place)
{
    const struct health_check_spec *spec = &cluster->spec->load_balancer.health_check;
    struct load_balancer *balancer = &cluster->balancers[index];
    const uint32_t node = (uint32_t)place;
    const sim_ns now_ns = cluster->kernel->now_ns;
    enum answer answer;

    if (place != place_of(balancer, node))
        return;
    answer = look_at(cluster, balancer, node);
    if (answer == ANSWER_NONE)
        schedule(cluster, index, node, now_ns + spec->timeout_ns, CLUSTER_BALANCER_TIMED_OUT);
    else
        count(cluster, balancer, node, answer == ANSWER_PASSES);
    schedule(cluster, index, node, now_ns + spec->interval_ns, CLUSTER_BALANCER_CHECK);
}

void load_balancer_timed_out(struct cluster *cluster, uint32_t index, uint64_t place)
{
    struct load_balancer *balancer = &cluster->balancers[index];
    const uint32_t node = (uint32_t)place;

    if (place == place_of(balancer, node))
        count(cluster, balancer, node, false);
}

/* --- its life --- */

/* When the balancer has an address, NS_NEVER: not at all. */
static sim_ns address_ns(const struct cluster *cluster, const struct service *service)
{
    const struct load_balancer_spec *spec = &cluster->spec->load_balancer;

    if (!service->exists || service->balancer_since_ns == NS_NEVER)
        return NS_NEVER;
    if (service->spec->load_balancer_ip != NULL)
        return service->balancer_since_ns;
    return spec->is_there ? service->balancer_since_ns + spec->delay_ns : NS_NEVER;
}

static void begin(struct cluster *cluster, struct load_balancer *balancer, bool is_converged)
{
    const sim_ns interval_ns = cluster->spec->load_balancer.health_check.interval_ns;
    const struct service *service = &cluster->services[balancer->service];
    const uint64_t key =
        random_key(cluster->seed, cluster->replication, RANDOM_LOAD_BALANCER, service->hash);

    balancer->is_on = true;
    balancer->belief_count++;
    for (uint32_t node = 0; node < cluster->node_count; node++) {
        struct random random = random_at(hash_combine(key, cluster->nodes[node].hash), 0);

        balancer->targets[node] = (struct balancer_target){.lapse = ID_NONE, .news = ID_NONE};
        balancer->is_healthy[node] =
            look_at(cluster, balancer, node) == ANSWER_PASSES && is_converged;
        schedule(cluster, service->balancer, node,
                 cluster->kernel->now_ns + (sim_ns)random_below(&random, (uint64_t)interval_ns),
                 CLUSTER_BALANCER_CHECK);
    }
}

/* On, off, or on later, as the Service is stored now. */
static void follow(struct cluster *cluster, struct load_balancer *balancer, bool is_converged)
{
    const sim_ns at_ns = address_ns(cluster, &cluster->services[balancer->service]);

    if (balancer->is_on && at_ns != NS_NEVER)
        return;
    balancer->generation++;
    balancer->is_on = false;
    if (at_ns == NS_NEVER)
        return;
    if (at_ns <= cluster->kernel->now_ns)
        begin(cluster, balancer, is_converged);
    else
        model_schedule(cluster, at_ns, CLUSTER_BALANCER_BEGIN, balancer->service,
                       balancer->generation);
}

void load_balancer_begin(struct cluster *cluster, uint32_t service, uint64_t generation)
{
    struct load_balancer *balancer = balancer_of(cluster, service);

    if (!balancer->is_on && balancer->generation == (uint32_t)generation)
        begin(cluster, balancer, false);
}

void load_balancer_service_stored(struct cluster *cluster, uint32_t service)
{
    struct load_balancer *balancer = balancer_of(cluster, service);

    if (balancer == NULL)
        return;
    follow(cluster, balancer, false);
    for (uint32_t node = 0; balancer->is_on && node < cluster->node_count; node++)
        (void)look_at(cluster, balancer, node); /* its policy may be another one */
}

void cluster_use_balancer(struct cluster *cluster, uint32_t service)
{
    struct load_balancer *balancer;

    if (cluster->services[service].balancer != ID_NONE)
        return;
    ARENA_GROW(cluster->arena, cluster->balancers, &cluster->balancer_capacity,
               cluster->balancer_count + 1);
    cluster->services[service].balancer = cluster->balancer_count;
    balancer = &cluster->balancers[cluster->balancer_count++];
    *balancer = (struct load_balancer){
        .service = service,
        .is_healthy = ARENA_NEW_ARRAY(cluster->arena, cluster->node_count, bool),
        .targets = ARENA_NEW_ARRAY(cluster->arena, cluster->node_count, struct balancer_target),
    };
    follow(cluster, balancer, !cluster->spec->is_cold_start);
}

bool cluster_balancer(const struct cluster *cluster, uint32_t service, struct balancer_view *view)
{
    const struct load_balancer *balancer = balancer_of(cluster, service);

    if (balancer == NULL || !balancer->is_on)
        return false;
    *view = (struct balancer_view){.is_healthy = balancer->is_healthy,
                                   .belief_count = balancer->belief_count};
    return true;
}

uint32_t cluster_balancer_lapse(const struct cluster *cluster, uint32_t service, uint32_t node)
{
    const struct load_balancer *balancer = balancer_of(cluster, service);

    return balancer != NULL && balancer->is_on && balancer->is_healthy[node]
               ? balancer->targets[node].lapse
               : ID_NONE;
}

const struct balancer_lapse *cluster_lapse(const struct cluster *cluster, uint32_t lapse)
{
    return &cluster->lapses[lapse];
}
