/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world/world.h"

#include "base/error.h"
#include "cluster/events.h"
#include "cluster/run.h"
#include "traffic/events.h"
#include "traffic/traffic.h"
#include "world/timeline.h"

#define WORLD_OBSERVERS_MAX 8
#define EVENTS_BETWEEN_LOOKS 4096u

_Static_assert((int)CLUSTER_EVENT_COUNT <= (int)TRAFFIC_EVENT_BASE,
               "the layers' event kinds overlap");

struct world {
    struct kernel kernel;
    const struct world_spec *spec;
    struct cluster *cluster;
    struct traffic *traffic;
    struct timeline *timeline;
    struct world_observer observers[WORLD_OBSERVERS_MAX];
    uint32_t observer_count;
    uint64_t replication;
    bool is_started;
};

struct world *world_new(struct arena *arena, const struct world_spec *spec, uint64_t replication)
{
    struct world *world = ARENA_NEW(arena, struct world);
    struct cluster_setup cluster = {
        .arena = arena,
        .kernel = &world->kernel,
        .spec = &spec->cluster,
        .seed = spec->seed,
        .replication = replication,
    };
    struct traffic_setup traffic = {
        .arena = arena,
        .kernel = &world->kernel,
        .cluster_spec = &spec->cluster,
        .spec = &spec->traffic,
        .seed = spec->seed,
        .replication = replication,
        .warmup_ns = spec->warmup_ns,
        .until_ns = spec->until_ns,
    };

    kernel_init(&world->kernel, arena);
    world->spec = spec;
    world->replication = replication;
    world->cluster = cluster_new(&cluster);
    traffic.cluster = world->cluster;
    world->traffic = traffic_new(&traffic);
    world->timeline = timeline_new(arena, spec, replication);
    cluster_set_app(world->cluster, &traffic_app_ops, world->traffic);
    cluster_start(world->cluster);
    return world;
}

void world_keep_events(struct world *world)
{
    cluster_keep_events(world->cluster, world->spec->epoch_s);
}

void world_observe(struct world *world, const struct cluster_observer *cluster,
                   const struct traffic_observer *traffic, const struct world_observer *own)
{
    if (cluster != NULL)
        cluster_observe(world->cluster, cluster);
    if (traffic != NULL)
        traffic_observe(world->traffic, traffic);
    if (own != NULL) {
        EP_REQUIRE(world->observer_count < WORLD_OBSERVERS_MAX);
        world->observers[world->observer_count++] = *own;
    }
}

/* All events due by until_ns; false if *stop was set. */
static bool run_events(struct world *world, sim_ns until_ns, const volatile int *stop)
{
    struct event ev;
    uint32_t left = EVENTS_BETWEEN_LOOKS;

    while (kernel_next(&world->kernel, until_ns, &ev)) {
        if (ev.kind >= TRAFFIC_EVENT_BASE)
            traffic_handle(world->traffic, &ev);
        else
            cluster_handle(world->cluster, &ev);
        if (EP_UNLIKELY(--left == 0)) {
            left = EVENTS_BETWEEN_LOOKS;
            if (stop != NULL && *stop)
                return false;
        }
    }
    return true;
}

static void tell_done(const struct world *world, sim_ns at_ns, uint32_t entry)
{
    const bool is_expectation = world->spec->timeline[entry].verb == VERB_EXPECT;
    const struct expectation_result result = timeline_expectation(world->timeline);

    for (uint32_t i = 0; i < world->observer_count; i++) {
        const struct world_observer *o = &world->observers[i];
        if (o->timeline_done != NULL)
            o->timeline_done(o->self, at_ns, entry);
        if (is_expectation && o->expected != NULL)
            o->expected(o->self, at_ns, entry, &result);
    }
}

/* At one instant the timeline's entries run first, in file order. */
static void run_timeline(struct world *world, sim_ns at_ns)
{
    uint32_t entry;

    world->kernel.now_ns = at_ns;
    while ((entry = timeline_run_one(world->timeline, world->cluster, at_ns)) != ID_NONE)
        tell_done(world, at_ns, entry);
}

bool world_run(struct world *world, sim_ns until_ns, const volatile int *stop)
{
    if (until_ns > world->spec->until_ns)
        until_ns = world->spec->until_ns;
    if (!world->is_started) {
        world->is_started = true;
        cluster_begin(world->cluster);
        traffic_start(world->traffic);
    }
    for (;;) {
        sim_ns next_ns = timeline_next_ns(world->timeline);
        if (next_ns > until_ns)
            break;
        if (!run_events(world, next_ns - 1, stop))
            return false;
        run_timeline(world, next_ns);
    }
    if (!run_events(world, until_ns, stop))
        return false;
    if (world->kernel.now_ns < until_ns)
        world->kernel.now_ns = until_ns;
    return true;
}

sim_ns world_now_ns(const struct world *world)
{
    return world->kernel.now_ns;
}

uint64_t world_event_count(const struct world *world)
{
    return world->kernel.executed_count;
}

uint64_t world_in_flight_count(const struct world *world)
{
    return traffic_in_flight_count(world->traffic);
}

const struct cluster *world_cluster(const struct world *world)
{
    return world->cluster;
}

struct cluster *world_dataplane(struct world *world)
{
    return world->cluster;
}

bool world_kept_answer(const struct world *world, uint32_t client, uint32_t node,
                       struct dns_answer *answer)
{
    return traffic_kept_answer(world->traffic, client, node, answer);
}

const struct world_spec *world_get_spec(const struct world *world)
{
    return world->spec;
}

uint64_t world_replication(const struct world *world)
{
    return world->replication;
}
