/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A made-up world for tests of what listens to worlds: a random history of news, syncs and requests, drawn from the
 * seed and the replication, told to the observers in the order of time. It defines the functions of world/world.h and
 * cluster/cluster.h, so that the real ones are not linked: for one test program each.
 *
 * Two services: default/kubia with pods kubia-0 .. kubia-3, and shop/cart with pods shop/cart-4 and shop/cart-5.
 * Client i asks service i. News are opened, dated stage by stage, then stored (some not effective), dropped, or left
 * open at the end; some changes never reach some node.
 */
#ifndef EPSIM_TESTS_FAKE_WORLD_H
#define EPSIM_TESTS_FAKE_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cluster/cluster.h"
#include "world/world.h"

#define FAKE_PODS 6u
#define FAKE_SERVICES 2u
#define FAKE_NEWS 24u
#define FAKE_NODES_MAX 5u
#define FAKE_REQUESTS 4000u
#define FAKE_LIMIT_NS (2 * NS_PER_S) /* no request takes longer */

enum fake_kind {
    FAKE_OPEN,
    FAKE_DATE,
    FAKE_STORE,
    FAKE_DROP,
    FAKE_APPLY,
    FAKE_PICK,
    FAKE_END,
    FAKE_STATE,
    FAKE_ENTRY
};

struct fake_event {
    sim_ns at_ns;
    uint32_t order;
    enum fake_kind kind;
    uint32_t what; /* news, request, pod */
    uint32_t part; /* stage border, node, state */
};

struct cluster {
    uint32_t node_count;
    struct news news[FAKE_NEWS];
    struct news plan[FAKE_NEWS]; /* what each will be */
    uint32_t news_count;
    uint32_t change_count;
    struct applied_change applied[FAKE_NEWS][FAKE_NODES_MAX];
    bool has_applied[FAKE_NEWS][FAKE_NODES_MAX];
    char pod_names[FAKE_PODS][32];
    char node_names[FAKE_NODES_MAX][32];
};

struct world {
    struct arena *arena;
    const struct world_spec *spec;
    uint64_t replication;
    uint64_t random;
    struct cluster cluster;
    struct fake_event *events;
    uint32_t event_count;
    uint32_t event_capacity;
    uint32_t next_event;
    uint32_t order;
    sim_ns now_ns;
    uint64_t executed;
    struct request_result *requests;
    uint64_t started;
    uint64_t ended;
    struct cluster_observer cluster_observer;
    struct traffic_observer traffic_observer;
    struct world_observer own_observer;
};

static uint64_t fake_random(struct world *world, uint64_t below)
{
    world->random += UINT64_C(0x9E3779B97F4A7C15);
    return hash_mix(world->random) % below;
}

static void fake_schedule(struct world *world, sim_ns at_ns, enum fake_kind kind, uint32_t what,
                          uint32_t part)
{
    ARENA_GROW(world->arena, world->events, &world->event_capacity, world->event_count + 1);
    world->events[world->event_count++] = (struct fake_event){
        .at_ns = at_ns, .order = world->order++, .kind = kind, .what = what, .part = part};
}

static int fake_compare_events(const void *left, const void *right)
{
    const struct fake_event *a = left;
    const struct fake_event *b = right;

    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static int fake_compare_times(const void *left, const void *right)
{
    const sim_ns a = *(const sim_ns *)left;
    const sim_ns b = *(const sim_ns *)right;

    return (a > b) - (a < b);
}

static sim_ns *fake_border(struct news *news, uint32_t stage)
{
    sim_ns *const borders[] = {&news->t_detect_ns, &news->t_status_ns, &news->t_enqueue_ns,
                               &news->t_sync_ns,   &news->t_write_ns,  &news->t_stored_ns};

    return borders[stage];
}

/* A span that is often 0, sometimes long. */
static sim_ns fake_span(struct world *world)
{
    if (fake_random(world, 5) == 0)
        return 0;
    return (sim_ns)fake_random(world,
                               fake_random(world, 6) == 0 ? (uint64_t)(3 * NS_PER_S) : 400000000u);
}

static void fake_plan_applications(struct world *world, uint32_t id, sim_ns stored_ns)
{
    for (uint32_t node = 0; node < world->cluster.node_count; node++) {
        struct applied_change *applied = &world->cluster.applied[id][node];

        if (fake_random(world, 12) == 0)
            continue; /* this node's watch is broken */
        applied->node = node;
        applied->t_delivered_ns = stored_ns + fake_span(world);
        applied->t_sync_start_ns = applied->t_delivered_ns + fake_span(world);
        applied->t_sync_end_ns = applied->t_sync_start_ns + 1 + fake_span(world);
        fake_schedule(world, applied->t_sync_end_ns, FAKE_APPLY, id, node);
    }
}

static void fake_plan_news(struct world *world, uint32_t id, sim_ns cause_ns)
{
    struct news *plan = &world->cluster.plan[id];
    const uint32_t pod = (uint32_t)fake_random(world, FAKE_PODS);
    const uint64_t fate = fake_random(world, 10);
    sim_ns at_ns = cause_ns;

    *plan = (struct news){
        .id = id, .service = pod < 4 ? 0 : 1, .pod = pod, .next = ID_NONE, .t_cause_ns = cause_ns};
    plan->kind = (uint8_t)fake_random(world, CHANGE_KIND_COUNT);
    plan->cause = (uint8_t)(CAUSE_ROLLOUT + fake_random(world, 3));
    plan->is_effective = fate < 7;
    plan->node_count = world->cluster.node_count;
    for (uint32_t stage = 0; stage < 6; stage++)
        *fake_border(plan, stage) = NS_NEVER;
    fake_schedule(world, cause_ns, FAKE_OPEN, id, 0);

    const uint32_t last_stage = fate >= 8 ? (uint32_t)fake_random(world, 4) : 6;

    for (uint32_t stage = 0; stage < last_stage; stage++) {
        at_ns += fake_span(world);
        *fake_border(plan, stage) = at_ns;
        fake_schedule(world, at_ns, stage == 5 ? FAKE_STORE : FAKE_DATE, id, stage);
    }
    if (fate == 8)
        fake_schedule(world, at_ns + fake_span(world), FAKE_DROP, id, 0);
    if (last_stage == 6)
        fake_plan_applications(world, id, at_ns);
}

static void fake_plan_request(struct world *world, uint32_t number)
{
    struct request_result *request = &world->requests[number];
    const uint32_t client = (uint32_t)fake_random(world, FAKE_SERVICES);
    const bool has_failed = fake_random(world, 4) == 0;

    *request = (struct request_result){
        .client = client, .number = number + 1, .service = client, .attempts = 1};
    request->node = (uint32_t)fake_random(world, world->cluster.node_count);
    request->t_start_ns = (sim_ns)fake_random(world, (uint64_t)world->spec->until_ns);
    request->is_counted = request->t_start_ns >= world->spec->warmup_ns;
    request->outcome =
        (uint8_t)(has_failed ? 1 + fake_random(world, OUTCOME_COUNT - 1) : OUTCOME_OK);
    request->news = ID_NONE;
    request->pod_state = (uint8_t)(POD_STATE_UNREADY + fake_random(world, 3));
    if (request->outcome == OUTCOME_NO_ENDPOINTS || request->outcome == OUTCOME_DNS) {
        request->pod = ID_NONE;
        request->t_pick_ns = NS_NEVER;
        request->service = request->outcome == OUTCOME_DNS ? ID_NONE : client;
        request->t_end_ns =
            request->t_start_ns + (sim_ns)fake_random(world, (uint64_t)FAKE_LIMIT_NS);
    } else {
        request->pod =
            client == 0 ? (uint32_t)fake_random(world, 4) : 4 + (uint32_t)fake_random(world, 2);
        request->t_pick_ns = request->t_start_ns + (sim_ns)fake_random(world, 1000000);
        request->t_end_ns =
            request->t_pick_ns + (sim_ns)fake_random(world, (uint64_t)FAKE_LIMIT_NS);
        fake_schedule(world, request->t_pick_ns, FAKE_PICK, number, 0);
    }
    fake_schedule(world, request->t_end_ns, FAKE_END, number, 0);
}

struct world *world_new(struct arena *arena, const struct world_spec *spec, uint64_t replication)
{
    struct world *world = ARENA_NEW(arena, struct world);
    sim_ns causes_ns[FAKE_NEWS];

    world->arena = arena;
    world->spec = spec;
    world->replication = replication;
    world->random = hash_combine(spec->seed, replication);
    world->cluster.node_count = spec->cluster.node_count;
    for (uint32_t pod = 0; pod < FAKE_PODS; pod++)
        snprintf(world->cluster.pod_names[pod], 32, pod < 4 ? "kubia-%u" : "shop/cart-%u",
                 (unsigned)pod);
    for (uint32_t node = 0; node < FAKE_NODES_MAX; node++)
        snprintf(world->cluster.node_names[node], 32, "node-%u",
                 (unsigned)(node + 8)); /* node-10 sorts before node-8 */
    for (uint32_t i = 0; i < FAKE_NEWS; i++)
        causes_ns[i] = (sim_ns)fake_random(world, (uint64_t)spec->until_ns);
    qsort(causes_ns, FAKE_NEWS, sizeof(causes_ns[0]), fake_compare_times);
    for (uint32_t i = 0; i < FAKE_NEWS; i++)
        fake_plan_news(world, i, causes_ns[i]);
    world->requests = ARENA_NEW_ARRAY(arena, FAKE_REQUESTS, struct request_result);
    for (uint32_t i = 0; i < FAKE_REQUESTS; i++)
        fake_plan_request(world, i);
    for (uint32_t i = 0; i < 20; i++)
        fake_schedule(world, (sim_ns)fake_random(world, (uint64_t)spec->until_ns), FAKE_STATE,
                      (uint32_t)fake_random(world, FAKE_PODS),
                      (uint32_t)fake_random(world, POD_STATE_COUNT - 1));
    if (spec->timeline_count > 0)
        fake_schedule(world, spec->timeline[0].at_ns, FAKE_ENTRY, 0, 0);
    qsort(world->events, world->event_count, sizeof(world->events[0]), fake_compare_events);
    return world;
}

void world_observe(struct world *world, const struct cluster_observer *cluster,
                   const struct traffic_observer *traffic, const struct world_observer *own)
{
    if (traffic == NULL)
        return; /* there is room for one who listens to all */
    world->cluster_observer = *cluster;
    world->traffic_observer = *traffic;
    world->own_observer = *own;
}

static void fake_open(struct world *world, uint32_t id)
{
    struct cluster *cluster = &world->cluster;
    struct news *news = &cluster->news[id];

    *news = cluster->plan[id];
    news->is_effective = true; /* expected */
    for (uint32_t stage = 0; stage < 6; stage++)
        *fake_border(news, stage) = NS_NEVER;
    for (uint32_t i = id; i-- > 0;)
        if (cluster->news[i].service == news->service && cluster->news[i].pod == news->pod) {
            cluster->news[i].next = id;
            break;
        }
    cluster->news_count = id + 1;
}

static void fake_store(struct world *world, uint32_t id)
{
    struct news *news = &world->cluster.news[id];
    const struct stored_version version = {.at_ns = world->now_ns,
                                           .kind = OBJECT_SLICE,
                                           .verb = WRITE_UPDATE,
                                           .name_hash = hash_string("slice"),
                                           .content_hash = id,
                                           .bytes = 1000,
                                           .watcher_count = world->cluster.node_count};

    news->t_stored_ns = world->now_ns;
    news->state = NEWS_STORED;
    news->is_effective = world->cluster.plan[id].is_effective;
    news->change = ++world->cluster.change_count;
    news->resource_version = 100 + news->change;
    world->cluster_observer.version_stored(world->cluster_observer.self, &version);
    world->cluster_observer.change_stored(world->cluster_observer.self, news);
}

static void fake_apply(struct world *world, uint32_t id, uint32_t node)
{
    struct cluster *cluster = &world->cluster;

    cluster->has_applied[id][node] = true;
    cluster->news[id].reached_count++;
    world->cluster_observer.proxy_synced(world->cluster_observer.self, world->now_ns, node, id);
    world->cluster_observer.change_applied(world->cluster_observer.self, &cluster->news[id],
                                           &cluster->applied[id][node]);
}

/* What a client's node knows: the oldest news of the pod that it has not applied and that is not known to be void. */
static void fake_pick(struct world *world, struct request_result *request)
{
    const struct cluster *cluster = &world->cluster;

    world->started += request->is_counted;
    for (uint32_t i = 0; i < cluster->news_count; i++) {
        const struct news *news = &cluster->news[i];

        if (news->pod != request->pod || cluster->has_applied[i][request->node] ||
            news->state == NEWS_DROPPED)
            continue;
        request->news = i;
        return;
    }
}

static void fake_execute(struct world *world, const struct fake_event *event)
{
    struct cluster *cluster = &world->cluster;

    world->executed++;
    switch (event->kind) {
    case FAKE_OPEN:
        fake_open(world, event->what);
        return;
    case FAKE_DATE:
        *fake_border(&cluster->news[event->what], event->part) = world->now_ns;
        return;
    case FAKE_STORE:
        fake_store(world, event->what);
        return;
    case FAKE_DROP:
        cluster->news[event->what].state = NEWS_DROPPED;
        cluster->news[event->what].is_undone = event->what % 2 == 0;
        world->cluster_observer.news_dropped(world->cluster_observer.self,
                                             &cluster->news[event->what]);
        return;
    case FAKE_APPLY:
        fake_apply(world, event->what, event->part);
        return;
    case FAKE_PICK:
        fake_pick(world, &world->requests[event->what]);
        return;
    case FAKE_END: {
        const struct request_result *request = &world->requests[event->what];

        world->started += request->is_counted && request->t_pick_ns == NS_NEVER;
        world->ended += request->is_counted;
        world->traffic_observer.request_done(world->traffic_observer.self, request);
        return;
    }
    case FAKE_STATE:
        world->cluster_observer.pod_state(world->cluster_observer.self, world->now_ns, event->what,
                                          (enum pod_state)event->part);
        return;
    case FAKE_ENTRY:
        world->own_observer.timeline_done(world->own_observer.self, world->now_ns, event->what);
        return;
    }
}

bool world_run(struct world *world, sim_ns until_ns, const volatile int *stop)
{
    while (world->next_event < world->event_count &&
           world->events[world->next_event].at_ns <= until_ns) {
        const struct fake_event *event = &world->events[world->next_event];

        if (stop != NULL && *stop != 0)
            return false;
        world->next_event++;
        world->now_ns = event->at_ns;
        fake_execute(world, event);
    }
    world->now_ns = until_ns;
    return true;
}

sim_ns world_now_ns(const struct world *world)
{
    return world->now_ns;
}

uint64_t world_event_count(const struct world *world)
{
    return world->executed;
}

uint64_t world_in_flight_count(const struct world *world)
{
    return world->started - world->ended;
}

const struct cluster *world_cluster(const struct world *world)
{
    return &world->cluster;
}

const struct world_spec *world_get_spec(const struct world *world)
{
    return world->spec;
}

uint64_t world_replication(const struct world *world)
{
    return world->replication;
}

const char *cluster_pod_name(const struct cluster *cluster, uint32_t pod)
{
    return cluster->pod_names[pod];
}

const char *cluster_pod_ip(const struct cluster *cluster, uint32_t pod)
{
    static const char *const ips[FAKE_PODS] = {"10.0.0.1", "10.0.0.2", "10.0.0.3",
                                               "10.0.0.4", "10.0.0.5", ""};

    (void)cluster;
    return ips[pod];
}

const char *cluster_service_name(const struct cluster *cluster, uint32_t service)
{
    (void)cluster;
    return service == 0 ? "default/kubia" : "shop/cart";
}

const char *cluster_node_name(const struct cluster *cluster, uint32_t node)
{
    return cluster->node_names[node];
}

uint64_t cluster_pod_hash(const struct cluster *cluster, uint32_t pod)
{
    return hash_string(cluster->pod_names[pod]);
}

uint64_t cluster_service_hash(const struct cluster *cluster, uint32_t service)
{
    return hash_string(cluster_service_name(cluster, service));
}

uint64_t cluster_node_hash(const struct cluster *cluster, uint32_t node)
{
    return hash_string(cluster->node_names[node]);
}

uint32_t cluster_pod_count(const struct cluster *cluster)
{
    (void)cluster;
    return FAKE_PODS;
}

uint32_t cluster_service_count(const struct cluster *cluster)
{
    (void)cluster;
    return FAKE_SERVICES;
}

uint32_t cluster_node_count(const struct cluster *cluster)
{
    return cluster->node_count;
}

uint32_t cluster_news_count(const struct cluster *cluster)
{
    return cluster->news_count;
}

enum pod_state cluster_pod_state(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    (void)pod;
    return POD_STATE_READY;
}

const struct pod_spec *cluster_pod_spec(const struct cluster *cluster, uint32_t pod)
{
    static const struct container_spec container = {
        .readiness = {.kind = PROBE_HTTP, .period_ns = NS_PER_S, .failure_threshold = 3},
        .pre_stop_ns = 5 * NS_PER_S};
    static const struct pod_spec spec = {
        .containers = &container, .container_count = 1, .grace_ns = 30 * NS_PER_S};

    (void)cluster;
    (void)pod;
    return &spec;
}

uint32_t cluster_pod_created_origin(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    return pod == 0 ? 1 : 0;
}

uint32_t cluster_pod_deleted_origin(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    (void)pod;
    return 0;
}

uint32_t cluster_pod_node(const struct cluster *cluster, uint32_t pod)
{
    return pod % cluster->node_count;
}

const char *cluster_pod_image(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    return pod < 4 ? "luksa/kubia:v1" : "cart:v1";
}

const char *cluster_pod_owner(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    return pod < 4 ? "kubia" : "";
}

const struct news *cluster_news(const struct cluster *cluster, uint32_t news)
{
    return &cluster->news[news];
}

enum cause cluster_pod_created_cause(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    return pod == 0 ? CAUSE_ROLLOUT : CAUSE_NONE;
}

enum cause cluster_pod_deleted_cause(const struct cluster *cluster, uint32_t pod)
{
    (void)cluster;
    return pod == 1 ? CAUSE_KILL : CAUSE_NONE;
}

/* A scenario for fake worlds; the caller may change it. Strings are static. */
static inline struct world_spec fake_spec(uint64_t seed)
{
    static const struct client_spec clients[FAKE_SERVICES] = {
        {.name = "shoppers",
         .service = "kubia",
         .service_ns = "default",
         .timeout_ns = FAKE_LIMIT_NS},
        {.name = "carts", .service = "cart", .service_ns = "shop", .timeout_ns = FAKE_LIMIT_NS},
    };
    static const struct timeline_entry timeline[] = {
        {.label = "set image deployment/kubia", .at_ns = 5 * NS_PER_S, .verb = VERB_SET_IMAGE},
    };

    return (struct world_spec){
        .name = "fake",
        .question = "Does a made-up world add up?",
        .seed = seed,
        .until_ns = 20 * NS_PER_S,
        .cluster = {.node_count = 3},
        .traffic = {.clients = clients, .client_count = FAKE_SERVICES},
        .timeline = timeline,
        .timeline_count = 1,
        .record_requests = RECORD_REQUESTS_FAILED,
        .record_propagation = RECORD_PROPAGATION_AUTO,
    };
}

uint64_t cluster_bookmarks(const struct cluster *cluster, sim_ns from_ns, sim_ns until_ns,
                           uint64_t *bytes)
{
    *bytes = 90 * (uint64_t)cluster->node_count;
    return from_ns < until_ns ? cluster->node_count : 0;
}

#endif
