/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "cluster/run.h"
#include "support/fixture.h"

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* A rollout under load with default latencies. */
static void use_rollout(struct fixture *f, struct client_spec *client)
{
    spec_default_latency(&f->arena, f->spec.cluster.latency);
    *client = (struct client_spec){
        .name = "shoppers",
        .target = "http://kubia",
        .service = "kubia",
        .service_ns = "default",
        .port = 80,
        .rate_per_s = 100,
        .timeout_ns = 2 * NS_PER_S,
    };
    f->spec.traffic.clients = client;
    f->spec.traffic.client_count = 1;
    f->spec.until_ns = NS_PER_MIN;
    (void)fixture_at(f, 10 * NS_PER_S, VERB_ROLLOUT_RESTART);
}

static void hear_request(void *self, const struct request_result *result)
{
    uint64_t *hash = self;

    *hash += hash_combine((uint64_t)result->t_end_ns, result->number * 16 + result->outcome);
}

/* All that a world lets out, as one number. */
static uint64_t hash_of(const struct fixture *f, uint64_t requests)
{
    uint64_t hash = requests;

    for (uint32_t i = 0; i < f->versions.count; i++)
        hash += hash_combine(
            f->versions.items[i].name_hash,
            hash_combine((uint64_t)f->versions.items[i].at_ns, f->versions.items[i].content_hash));
    for (uint32_t i = 0; i < f->states.count; i++)
        hash += hash_combine((uint64_t)f->states.items[i].at_ns, f->states.items[i].state);
    for (uint32_t i = 0; i < f->applied.count; i++)
        hash += hash_combine((uint64_t)f->applied.items[i].applied.t_sync_end_ns,
                             f->applied.items[i].applied.node);
    return hash;
}

struct how {
    uint64_t seed;
    uint64_t replication;
    sim_ns step_ns; /* 0: in one go */
    bool is_interrupted;
};

static uint64_t run_rollout(const struct how *how)
{
    static struct fixture f;
    struct client_spec client;
    struct world *world;
    uint64_t requests = 0;
    uint64_t hash;
    const struct traffic_observer observer = {.self = &requests, .request_done = hear_request};
    volatile int stop = 1;

    fixture_init(&f);
    use_rollout(&f, &client);
    f.spec.seed = how->seed;
    world = world_new(&f.arena, &f.spec, how->replication);
    world_observe(world, &f.observer, &observer, NULL);
    for (sim_ns at_ns = how->step_ns; how->step_ns > 0 && at_ns < NS_PER_MIN;
         at_ns += how->step_ns) {
        assert_true(world_run(world, at_ns, NULL));
        assert_int_equal(world_now_ns(world), at_ns);
    }
    if (how->is_interrupted)
        assert_false(world_run(world, NS_PER_MIN, &stop));
    assert_true(world_run(world, NS_PER_MIN, NULL));
    assert_true(requests != 0);
    hash = hash_of(&f, requests);
    fixture_deinit(&f);
    return hash;
}

static void test_the_same_seed_gives_the_same_observations(void **state)
{
    (void)state;
    assert_true(run_rollout(&(struct how){.seed = 1}) == run_rollout(&(struct how){.seed = 1}));
}

static void test_another_seed_or_replication_gives_others(void **state)
{
    (void)state;
    assert_true(run_rollout(&(struct how){.seed = 1}) != run_rollout(&(struct how){.seed = 2}));
    assert_true(run_rollout(&(struct how){.seed = 1}) !=
                run_rollout(&(struct how){.seed = 1, .replication = 1}));
}

static void test_a_run_in_steps_is_the_run_in_one_go(void **state)
{
    (void)state;
    assert_true(run_rollout(&(struct how){.seed = 1}) ==
                run_rollout(&(struct how){.seed = 1, .step_ns = 333 * NS_PER_MS}));
}

static void test_an_interrupted_run_can_go_on(void **state)
{
    (void)state;
    assert_true(run_rollout(&(struct how){.seed = 1}) ==
                run_rollout(&(struct how){.seed = 1, .is_interrupted = true}));
}

static void test_a_run_ends_with_the_scenario(void **state)
{
    struct fixture *f = *state;
    struct world *world;

    f->spec.until_ns = 30 * NS_PER_S;
    world = fixture_world(f);
    assert_true(world_run(world, NS_PER_HOUR, NULL));
    assert_int_equal(world_now_ns(world), 30 * NS_PER_S);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the pods that are ready and listen, sorted. */
static uint32_t ready_pods(const struct cluster *cluster, const char **names)
{
    uint32_t count = 0;

    for (uint32_t pod = 0; pod < cluster_pod_count(cluster); pod++) {
        if (cluster_pod_state(cluster, pod) == POD_STATE_READY)
            names[count++] = cluster_pod_name(cluster, pod);
    }
    qsort(names, count, sizeof(*names), compare_text);
    return count;
}

static void test_a_cold_start_ends_where_a_converged_one_begins(void **state)
{
    struct fixture *f = *state;
    static struct fixture cold;
    const char *expected[16];
    const char *names[16];
    uint32_t count;

    fixture_init(&cold);
    cold.spec.cluster.is_cold_start = true;
    spec_default_latency(&cold.arena, cold.spec.cluster.latency);
    fixture_add_other(f, 4);
    fixture_add_other(&cold, 4);
    fixture_start(f);
    fixture_start(&cold);
    assert_int_equal(cluster_pod_count(cold.cluster), 0);
    fixture_run(&cold, 2 * NS_PER_MIN);
    count = ready_pods(f->cluster, expected);
    assert_int_equal(count, 7);
    assert_int_equal(ready_pods(cold.cluster, names), count);
    for (uint32_t i = 0; i < count; i++)
        assert_string_equal(names[i], expected[i]);
    for (uint32_t node = 0; node < 3; node++) {
        assert_int_equal(cluster_applied_table(cold.cluster, node, 0, 80)->count, 3);
        assert_int_equal(cluster_applied_table(cold.cluster, node, 1, 80)->count, 4);
    }
    for (uint32_t pod = 0; pod < 7; pod++)
        assert_int_equal(cluster_pod_created_cause(cold.cluster, pod), CAUSE_APPLY);
    fixture_deinit(&cold);
}

static void test_a_converged_world_stays_as_it_is(void **state)
{
    struct fixture *f = *state;
    struct world *world;

    spec_default_latency(&f->arena, f->spec.cluster.latency);
    fixture_add_other(f, 4);
    world = fixture_world(f);
    assert_true(world_run(world, 10 * NS_PER_MIN, NULL));
    assert_int_equal(f->versions.count, 0);
    assert_int_equal(f->states.count, 0);
    assert_int_equal(f->changes.count, 0);
}

static void test_another_deployment_changes_nothing_for_this_one(void **state)
{
    struct fixture *f = *state;
    static struct fixture other;
    struct client_spec clients[2];
    uint32_t matched = 0;

    fixture_init(&other);
    fixture_nodes(f, 1); /* where pods go depends on all of them */
    fixture_nodes(&other, 1);
    fixture_add_other(&other, 5);
    use_rollout(f, &clients[0]);
    use_rollout(&other, &clients[1]);
    assert_true(world_run(fixture_world(f), NS_PER_MIN, NULL));
    assert_true(world_run(fixture_world(&other), NS_PER_MIN, NULL));
    assert_int_equal(f->states.count, other.states.count);
    for (uint32_t i = 0; i < f->states.count; i++)
        matched += f->states.items[i].at_ns == other.states.items[i].at_ns;
    assert_int_equal(matched, f->states.count);
    fixture_deinit(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_same_seed_gives_the_same_observations),
        TEST(test_another_seed_or_replication_gives_others),
        TEST(test_a_run_in_steps_is_the_run_in_one_go),
        TEST(test_an_interrupted_run_can_go_on),
        TEST(test_a_run_ends_with_the_scenario),
        TEST(test_a_cold_start_ends_where_a_converged_one_begins),
        TEST(test_a_converged_world_stays_as_it_is),
        TEST(test_another_deployment_changes_nothing_for_this_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
