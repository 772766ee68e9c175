/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random small worlds, driven by random timelines, against the invariants of the design: stages that add up, counts that
 * add up, nodes that end up with what the API says, same inputs same observations, and luck that is nobody else's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/model.h"
#include "cluster/run.h"
#include "world/world.h"

#define WORLDS 60u
#define CHURN_NS (30 * NS_PER_S)
#define QUIET_NS (120 * NS_PER_S) /* graces, drains and back-offs are over by then */

/* Everything a random world is made of; big enough for all of them. */
struct case_spec {
    struct arena arena;
    struct world_spec world;
    struct node_spec nodes[8];
    struct workload_spec workloads[2];
    struct container_spec containers[2];
    struct container_port ports[2];
    struct service_spec services[2];
    struct service_port service_ports[2];
    struct app_spec app;
    struct client_spec clients[3];
    struct timeline_entry timeline[12];
};

struct tally {
    const struct world *world;
    uint64_t hash[4]; /* of observations: all, and per client */
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t changes;
    uint64_t applied;
    sim_ns stopped_ns[4096]; /* by pod */
};

static uint32_t pick(struct random *r, uint32_t n)
{
    return (uint32_t)random_below(r, n);
}

static void make_hops(struct case_spec *c, struct random *r)
{
    spec_default_latency(&c->arena, c->world.cluster.latency);
    for (uint32_t hop = 0; hop < HOP_COUNT; hop++) {
        uint32_t what = pick(r, 6);
        if (what == 0)
            c->world.cluster.latency[hop] = distribution_constant(0);
        else if (what == 1)
            c->world.cluster.latency[hop] =
                distribution_exponential((sim_ns)(1 + pick(r, 200)) * NS_PER_MS);
    }
}

static void make_workload(struct case_spec *c, struct random *r, uint32_t i)
{
    static const char *const names[] = {"kubia", "other"};
    struct workload_spec *w = &c->workloads[i];
    struct container_spec *container = &c->containers[i];
    struct label *label = ARENA_NEW(&c->arena, struct label);

    *label = (struct label){"app", names[i]};
    c->ports[i] = (struct container_port){NULL, 8080, PROTOCOL_TCP};
    *container = (struct container_spec){
        .name = "main", .image = "v1", .ports = &c->ports[i], .port_count = 1};
    if (pick(r, 3) > 0)
        container->readiness = (struct probe_spec){
            .kind = PROBE_HTTP,
            .port = {NULL, 8080},
            .period_ns = (sim_ns)(1 + pick(r, 3)) * NS_PER_S,
            .timeout_ns = NS_PER_S,
            .success_threshold = 1 + pick(r, 2),
            .failure_threshold = 1 + pick(r, 3),
        };
    container->pre_stop_ns = pick(r, 2) * (sim_ns)pick(r, 5000) * NS_PER_MS;
    w->kind = pick(r, 4) == 0 ? WORKLOAD_REPLICA_SET : WORKLOAD_DEPLOYMENT;
    w->meta = (struct object_meta){.name = names[i], .ns = "default"};
    w->replicas = pick(r, 9);
    w->pod_template = (struct pod_spec){
        .meta = {.ns = "default", .labels = labels_from(&c->arena, label, 1)},
        .containers = container,
        .container_count = 1,
        .grace_ns = (sim_ns)(1 + pick(r, 10)) * NS_PER_S,
        .template_hash = 1 + i,
    };
    w->selector = labels_selector(&c->arena, &w->pod_template.meta.labels);
    w->max_surge = (struct int_or_percent){pick(r, 2) == 0, (int32_t)pick(r, 50)};
    w->max_unavailable = (struct int_or_percent){true, (int32_t)pick(r, 50)};
    w->strategy = pick(r, 5) == 0 ? STRATEGY_RECREATE : STRATEGY_ROLLING_UPDATE;
    w->min_ready_ns = pick(r, 3) == 0 ? (sim_ns)pick(r, 4) * NS_PER_S : 0;
    c->service_ports[i] = (struct service_port){NULL, 80, {NULL, 8080}, 0, PROTOCOL_TCP, NULL};
    c->services[i] = (struct service_spec){
        .meta = {.name = names[i], .ns = "default"},
        .selector = w->selector,
        .ports = &c->service_ports[i],
        .port_count = 1,
    };
}

static void make_entry(struct case_spec *c, struct random *r, struct timeline_entry *e)
{
    static const enum verb verbs[] = {VERB_SET_IMAGE, VERB_SCALE, VERB_ROLLOUT_RESTART,
                                      VERB_SPAWN,     VERB_KILL,  VERB_LABEL};
    static const char *const images[] = {"v1", "v2", "v3"};
    struct label *label = ARENA_NEW(&c->arena, struct label);
    uint32_t workload = pick(r, 2);
    bool is_deployment = c->workloads[workload].kind == WORKLOAD_DEPLOYMENT;

    *label = (struct label){"app", pick(r, 2) == 0 ? "quarantine" : "other"};
    *e = (struct timeline_entry){
        .clock = CLOCK_AT,
        .at_ns = (sim_ns)pick(r, (uint32_t)(CHURN_NS / NS_PER_MS)) * NS_PER_MS,
        .verb = verbs[pick(r, EP_COUNT_OF(verbs))],
        .target = {.ns = "default",
                   .kind = is_deployment ? "deployment" : "replicaset",
                   .name = c->workloads[workload].meta.name},
        .image = images[pick(r, 3)],
        .count = pick(r, 8),
        .set_labels = labels_from(&c->arena, label, 1),
    };
    if (e->verb == VERB_KILL || e->verb == VERB_LABEL) {
        e->target = (struct target_spec){
            .ns = "default",
            .selector = c->workloads[workload].selector,
            .mode = pick(r, 2) == 0 ? MODE_ONE : MODE_FIXED,
            .value = 1 + pick(r, 3),
        };
        e->is_forced = pick(r, 5) == 0;
        e->has_grace = pick(r, 4) == 0;
        e->grace_ns = (sim_ns)pick(r, 5) * NS_PER_S;
    }
}

static void make_clients(struct case_spec *c, struct random *r)
{
    static const char *const names[] = {"first", "second", "third"};

    c->app = (struct app_spec){
        .startup = distribution_exponential((sim_ns)(1 + pick(r, 2000)) * NS_PER_MS),
        .service_time = distribution_exponential(5 * NS_PER_MS),
        .concurrency = 1 + pick(r, 20),
        .queue = pick(r, 20),
        .on_sigterm = (enum on_sigterm)pick(r, 3),
    };
    for (uint32_t i = 0; i < 3; i++) {
        c->clients[i] = (struct client_spec){
            .name = names[i],
            .target = "http://kubia",
            .service = i == 2 ? "other" : "kubia",
            .service_ns = "default",
            .port = 80,
            .rate_per_s = 5 + pick(r, 60),
            .arrivals = (enum arrivals)pick(r, 2),
            .timeout_ns = (sim_ns)(20 + pick(r, 3000)) * NS_PER_MS,
        };
    }
    c->world.traffic = (struct traffic_spec){&c->app, 1, c->clients, 3};
}

static void make_case(struct case_spec *c, uint64_t number)
{
    static const char *const node_names[] = {"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"};
    struct random r = random_at(random_key(7, 0, RANDOM_USER, 0), number);
    struct world_spec *w = &c->world;

    memset(c, 0, sizeof(*c));
    arena_init(&c->arena);
    w->name = "random";
    w->seed = number;
    w->until_ns = CHURN_NS + QUIET_NS;
    w->warmup_ns = (sim_ns)pick(&r, 5) * NS_PER_S;
    w->cluster.version_minor = 20 + pick(&r, 15);
    w->cluster.node_count = 1 + pick(&r, 7);
    for (uint32_t i = 0; i < 8; i++)
        c->nodes[i] = (struct node_spec){.name = node_names[i], .pod_capacity = 110};
    w->cluster.nodes = c->nodes;
    make_hops(c, &r);
    for (uint32_t i = 0; i < 2; i++)
        make_workload(c, &r, i);
    w->cluster.workloads = c->workloads;
    w->cluster.workload_count = 2;
    w->cluster.services = c->services;
    w->cluster.service_count = 2;
    w->cluster.controller_manager = (struct controller_manager_spec){
        .endpointslice_batch_ns = pick(&r, 3) == 0 ? 500 * NS_PER_MS : 0,
        .endpointslice_workers = 5,
        .deployment_workers = 5,
        .replicaset_workers = 5,
        .max_endpoints_per_slice = 1 + pick(&r, 12),
        .api_qps = 20,
        .api_burst = 30,
    };
    w->cluster.proxy = (struct proxy_spec){.min_sync_ns = (sim_ns)(1 + pick(&r, 2000)) * NS_PER_MS,
                                           .sync_ns = 30 * NS_PER_S};
    w->cluster.has_kubelet = true;
    w->cluster.is_cold_start = pick(&r, 4) == 0;
    w->cluster.gone_address = (enum gone_address)pick(&r, 2);
    make_clients(c, &r);
    w->timeline_count = pick(&r, 12);
    for (uint32_t i = 0; i < w->timeline_count; i++)
        make_entry(c, &r, &c->timeline[i]);
    w->timeline = c->timeline;
}

static void see_state(void *self, sim_ns at_ns, uint32_t pod, enum pod_state state)
{
    struct tally *t = self;

    t->hash[0] +=
        hash_combine(cluster_pod_hash(world_cluster(t->world), pod), (uint64_t)at_ns * 16 + state);
    assert_true(pod < EP_COUNT_OF(t->stopped_ns));
    if (state == POD_STATE_STOPPED)
        t->stopped_ns[pod] = at_ns;
}

static void see_change(void *self, const struct news *news)
{
    struct tally *t = self;

    t->changes++;
    t->hash[0] += hash_combine((uint64_t)news->t_stored_ns, news->kind);
    assert_true(news->t_cause_ns <= news->t_detect_ns);
    assert_true(news->t_detect_ns <= news->t_status_ns);
    assert_true(news->t_status_ns <= news->t_enqueue_ns);
    assert_true(news->t_enqueue_ns <= news->t_sync_ns);
    assert_true(news->t_sync_ns <= news->t_write_ns);
    assert_true(news->t_write_ns <= news->t_stored_ns);
    assert_int_not_equal(news->cause, CAUSE_NONE);
}

static void see_applied(void *self, const struct news *news, const struct applied_change *applied)
{
    struct tally *t = self;

    t->applied++;
    t->hash[0] += hash_combine((uint64_t)applied->t_sync_end_ns, applied->node);
    assert_true(news->t_stored_ns <= applied->t_delivered_ns);
    assert_true(applied->t_delivered_ns <= applied->t_sync_start_ns);
    assert_true(applied->t_sync_start_ns <= applied->t_sync_end_ns);
}

static void see_request(void *self, const struct request_result *result)
{
    struct tally *t = self;
    uint64_t hash = hash_combine((uint64_t)result->t_end_ns, result->number * 16 + result->outcome);

    t->hash[0] += hash;
    t->hash[1 + result->client] += hash;
    if (result->is_counted)
        t->outcomes[result->outcome]++;
    assert_true(result->t_end_ns >= result->t_start_ns);
    if (result->outcome != OUTCOME_OK)
        return;
    assert_int_not_equal(result->pod, ID_NONE);
    /* a stopped program serves nobody: the response left before */
    assert_true(t->stopped_ns[result->pod] == 0 || result->t_pick_ns <= t->stopped_ns[result->pod]);
}

static struct world *run_case(struct arena *arena, const struct world_spec *spec,
                              struct tally *tally)
{
    struct world *world = world_new(arena, spec, 0);
    struct cluster_observer cluster = {.self = tally,
                                       .pod_state = see_state,
                                       .change_stored = see_change,
                                       .change_applied = see_applied};
    struct traffic_observer traffic = {.self = tally, .request_done = see_request};

    memset(tally, 0, sizeof(*tally));
    tally->world = world;
    world_observe(world, &cluster, &traffic, NULL);
    assert_true(world_run(world, spec->until_ns, NULL));
    return world;
}

/* What a computation from scratch says of the service's pods: how many are listed ready. */
static uint32_t count_ready_pods(const struct cluster *cluster, const struct service *s)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < cluster->pod_count; i++) {
        const struct pod *p = cluster->pods[i];
        bool is_dead = p->stored.phase == PHASE_FAILED || p->stored.phase == PHASE_SUCCEEDED;
        count += p->stored.exists && !p->stored.is_deleting && !is_dead && p->stored.is_ready &&
                 labels_match(&s->spec->selector, p->stored.labels);
    }
    return count;
}

static void check_table(const struct cluster *cluster, const struct endpoint_table *table,
                        uint32_t wanted)
{
    assert_int_equal(table->count, wanted);
    for (uint32_t i = 0; i < table->count; i++) {
        const struct pod_view *view = &cluster->pods[table->endpoints[i].pod]->stored;
        assert_true(view->exists && view->is_ready && !view->is_deleting);
    }
}

/* Returns how many endpoints it has compared. */
static uint64_t check_convergence(struct world *world)
{
    struct cluster *cluster = (struct cluster *)(uintptr_t)world_cluster(world);
    uint64_t compared = 0;

    for (uint32_t s = 0; s < cluster->service_count; s++) {
        uint32_t wanted = count_ready_pods(cluster, &cluster->services[s]);
        for (uint32_t n = 0; n < cluster->node_count; n++)
            check_table(cluster, cluster_applied_table(cluster, n, s, 80), wanted);
        compared += (uint64_t)wanted * cluster->node_count;
    }
    for (uint32_t n = 0; n < cluster->node_count; n++)
        assert_int_equal(cluster->nodes[n].proxy.applied[PROXY_SLICES],
                         cluster->logs[RESOURCE_SLICES].next);
    return compared;
}

static void test_after_the_churn_every_node_has_what_the_pods_say(void **state)
{
    static struct case_spec c;
    static struct tally tally;
    uint64_t compared = 0;

    (void)state;
    for (uint64_t number = 0; number < WORLDS; number++) {
        struct arena arena;
        arena_init(&arena);
        make_case(&c, number);
        compared += check_convergence(run_case(&arena, &c.world, &tally));
        arena_deinit(&arena);
        arena_deinit(&c.arena);
    }
    assert_true(compared > 10 * WORLDS);
}

static void test_every_change_reaches_every_node_with_stages_in_order(void **state)
{
    static struct case_spec c;
    static struct tally tally;
    uint64_t changes = 0;

    (void)state;
    for (uint64_t number = 0; number < WORLDS; number++) {
        struct arena arena;
        arena_init(&arena);
        make_case(&c, number);
        run_case(&arena, &c.world, &tally); /* the order is asserted as it is observed */
        assert_int_equal(tally.applied, tally.changes * c.world.cluster.node_count);
        changes += tally.changes;
        arena_deinit(&arena);
        arena_deinit(&c.arena);
    }
    assert_true(changes > 10 * WORLDS);
}

static void test_same_inputs_give_the_same_observations(void **state)
{
    static struct case_spec c;
    static struct tally tally;

    (void)state;
    for (uint64_t number = 0; number < WORLDS / 3; number++) {
        uint64_t hash = 0;
        for (uint32_t round = 0; round < 2; round++) {
            struct arena arena;
            arena_init(&arena);
            make_case(&c, number);
            run_case(&arena, &c.world, &tally);
            if (round == 1)
                assert_int_equal(tally.hash[0], hash);
            hash = tally.hash[0];
            arena_deinit(&arena);
            arena_deinit(&c.arena);
        }
    }
}

/* Without a limit on what pods can do at a time, one client's requests take nothing from another's. (A program that
 * drains ends when its last request does, whoever sent it: that is no luck but the model.) */
static void test_a_clients_rate_leaves_the_others_alone(void **state)
{
    static struct case_spec c;
    static struct tally tally;

    (void)state;
    for (uint64_t number = 0; number < WORLDS / 3; number++) {
        uint64_t hash[2];
        for (uint32_t round = 0; round < 2; round++) {
            struct arena arena;
            arena_init(&arena);
            make_case(&c, number);
            c.app.concurrency = 100000;
            c.app.on_sigterm = ON_SIGTERM_EXIT;
            c.clients[1].rate_per_s = round == 0 ? 3 : 77;
            run_case(&arena, &c.world, &tally);
            hash[round] = tally.hash[1];
            arena_deinit(&arena);
            arena_deinit(&c.arena);
        }
        assert_int_equal(hash[0], hash[1]);
    }
}

static void test_requests_are_counted_once(void **state)
{
    static struct case_spec c;
    static struct tally tally;

    (void)state;
    for (uint64_t number = 0; number < WORLDS / 3; number++) {
        struct arena arena;
        struct world *world;
        uint64_t ended = 0;
        uint64_t in_flight;
        arena_init(&arena);
        make_case(&c, number);
        c.clients[0].arrivals = ARRIVALS_EVEN;
        c.clients[0].rate_per_s = 50;
        c.world.traffic.client_count = 1;
        c.world.warmup_ns = 0;
        c.world.until_ns = CHURN_NS;
        world = run_case(&arena, &c.world, &tally);
        in_flight = world_in_flight_count(world);
        for (uint32_t i = 0; i < OUTCOME_COUNT; i++)
            ended += tally.outcomes[i];
        /* one each 20 ms, the first at 20 ms, none at the end itself */
        assert_int_equal(ended + in_flight, (uint64_t)(CHURN_NS / (20 * NS_PER_MS)) - 1);
        arena_deinit(&arena);
        arena_deinit(&c.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_the_churn_every_node_has_what_the_pods_say),
        cmocka_unit_test(test_every_change_reaches_every_node_with_stages_in_order),
        cmocka_unit_test(test_same_inputs_give_the_same_observations),
        cmocka_unit_test(test_a_clients_rate_leaves_the_others_alone),
        cmocka_unit_test(test_requests_are_counted_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
