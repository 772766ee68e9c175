/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "support/fixture.h"

#define DONE_MAX 64u

/* What the timeline did, and when. */
struct rig {
    struct fixture f;
    sim_ns at_ns[DONE_MAX];
    uint32_t entry[DONE_MAX];
    uint32_t count;
};

static int set_up(void **state)
{
    static struct rig rig;

    rig.count = 0;
    fixture_init(&rig.f);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(&((struct rig *)*state)->f);
    return 0;
}

static void hear_done(void *self, sim_ns at_ns, uint32_t entry)
{
    struct rig *rig = self;

    assert_true(rig->count < DONE_MAX);
    rig->at_ns[rig->count] = at_ns;
    rig->entry[rig->count++] = entry;
}

static const struct cluster *run(struct rig *rig, sim_ns until_ns)
{
    struct world *world = fixture_world(&rig->f);
    const struct world_observer observer = {.self = rig, .timeline_done = hear_done};

    world_observe(world, NULL, NULL, &observer);
    assert_true(world_run(world, until_ns, NULL));
    return world_cluster(world);
}

static uint32_t count_live(const struct cluster *cluster)
{
    uint32_t live = 0;

    for (uint32_t pod = 0; pod < cluster_pod_count(cluster); pod++)
        live += cluster_pod_is_live(cluster, pod);
    return live;
}

static void test_entries_run_at_their_instants(void **state)
{
    struct rig *rig = *state;

    fixture_at(&rig->f, 20 * NS_PER_S, VERB_SCALE)->count = 5;
    fixture_at(&rig->f, 10 * NS_PER_S + 1, VERB_SCALE)->count = 4;
    (void)run(rig, NS_PER_MIN);
    assert_int_equal(rig->count, 2);
    assert_int_equal(rig->entry[0], 1);
    assert_int_equal(rig->at_ns[0], 10 * NS_PER_S + 1);
    assert_int_equal(rig->at_ns[1], 20 * NS_PER_S);
    assert_int_equal(rig->f.versions.items[0].at_ns,
                     10 * NS_PER_S + 1); /* its write is stored at that instant */
    assert_int_equal(rig->f.versions.items[0].kind, OBJECT_DEPLOYMENT);
}

static void test_entries_of_one_instant_run_in_file_order(void **state)
{
    struct rig *rig = *state;
    const struct cluster *cluster;

    for (uint32_t i = 0; i < 4; i++)
        fixture_at(&rig->f, 10 * NS_PER_S, VERB_SCALE)->count = 4 + i;
    cluster = run(rig, NS_PER_MIN);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(rig->entry[i], i);
    assert_int_equal(count_live(cluster), 7);
}

static void test_entries_run_before_all_else_of_their_instant(void **state)
{
    struct rig *rig = *state;

    /* the replica set's answer to the first is due at the instant of the second */
    fixture_hop(&rig->f, HOP_WATCH_CONTROLLER, NS_PER_S);
    fixture_at(&rig->f, 10 * NS_PER_S, VERB_SCALE)->count = 4;
    fixture_at(&rig->f, 11 * NS_PER_S, VERB_SCALE)->count = 5;
    (void)run(rig, 11 * NS_PER_S);
    assert_int_equal(rig->f.versions.items[0].kind, OBJECT_DEPLOYMENT);
    assert_int_equal(rig->f.versions.items[1].kind, OBJECT_DEPLOYMENT);
    assert_int_equal(rig->f.versions.items[2].kind, OBJECT_REPLICA_SET);
    assert_int_equal(rig->f.versions.items[2].at_ns, 11 * NS_PER_S);
}

static struct timeline_entry *every(struct fixture *f, sim_ns every_ns, sim_ns from_ns,
                                    sim_ns until_ns)
{
    struct timeline_entry *e = fixture_at(f, 0, VERB_SPAWN);

    e->clock = CLOCK_EVERY;
    e->every_ns = every_ns;
    e->from_ns = from_ns;
    e->until_ns = until_ns;
    e->count = 1;
    return e;
}

static void test_every_runs_from_until_inclusive(void **state)
{
    struct rig *rig = *state;

    every(&rig->f, 5 * NS_PER_S, 10 * NS_PER_S, 30 * NS_PER_S);
    (void)run(rig, NS_PER_MIN);
    assert_int_equal(rig->count, 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(rig->at_ns[i], (sim_ns)(10 + 5 * i) * NS_PER_S);
}

static void test_jitter_delays_each_run_from_its_nominal_instant(void **state)
{
    struct rig *rig = *state;
    bool has_moved = false;

    every(&rig->f, 5 * NS_PER_S, 10 * NS_PER_S, 60 * NS_PER_S)->jitter_ns = 2 * NS_PER_S;
    (void)run(rig, 2 * NS_PER_MIN);
    assert_int_equal(rig->count, 11);
    for (uint32_t i = 0; i < 11; i++) {
        sim_ns nominal_ns = (sim_ns)(10 + 5 * i) * NS_PER_S;
        assert_in_range(rig->at_ns[i], nominal_ns, nominal_ns + 2 * NS_PER_S - 1);
        has_moved |= rig->at_ns[i] != nominal_ns;
    }
    assert_true(has_moved);
}

static void test_after_waits_for_the_first_run_of_another_entry(void **state)
{
    struct rig *rig = *state;
    struct timeline_entry *e;

    every(&rig->f, 5 * NS_PER_S, 10 * NS_PER_S, 20 * NS_PER_S);
    e = fixture_at(&rig->f, 0, VERB_SCALE);
    e->clock = CLOCK_AFTER;
    e->after = 0;
    e->plus_ns = 3 * NS_PER_S;
    e->count = 5;
    e = fixture_at(&rig->f, 0, VERB_SCALE);
    e->clock = CLOCK_AFTER;
    e->after = 1;
    e->count = 6;
    (void)run(rig, NS_PER_MIN);
    assert_int_equal(rig->count, 5); /* 10, 13, 13, 15, 20 s */
    assert_int_equal(rig->entry[1], 1);
    assert_int_equal(rig->at_ns[1], 13 * NS_PER_S);
    assert_int_equal(rig->entry[2], 2);
    assert_int_equal(rig->at_ns[2], 13 * NS_PER_S);
}

static void test_an_entry_of_the_last_instant_runs_and_later_ones_do_not(void **state)
{
    struct rig *rig = *state;

    rig->f.spec.until_ns = 30 * NS_PER_S;
    fixture_at(&rig->f, 30 * NS_PER_S, VERB_SCALE)->count = 5;
    fixture_at(&rig->f, 30 * NS_PER_S + 1, VERB_SCALE)->count = 6;
    (void)run(rig, NS_PER_HOUR);
    assert_int_equal(rig->count, 1);
    assert_int_equal(rig->entry[0], 0);
}

/* Ten pods, of which a kill by selector at 10 s takes some; returns how many. */
static uint32_t killed(struct rig *rig, enum target_mode mode, uint32_t value)
{
    struct timeline_entry *e;
    uint32_t count = 0;

    rig->f.workloads[0].replicas = 10;
    e = fixture_at(&rig->f, 10 * NS_PER_S, VERB_KILL);
    e->target = (struct target_spec){
        .ns = "default", .selector = rig->f.workloads[0].selector, .mode = mode, .value = value};
    (void)run(rig, 11 * NS_PER_S);
    for (uint32_t i = 0; i < rig->f.states.count; i++)
        count += rig->f.states.items[i].state == POD_STATE_TERMINATING &&
                 rig->f.states.items[i].pod < 10;
    return count;
}

static void test_a_kill_takes_one(void **state)
{
    assert_int_equal(killed(*state, MODE_ONE, 0), 1);
}

static void test_a_kill_takes_all(void **state)
{
    assert_int_equal(killed(*state, MODE_ALL, 0), 10);
}

static void test_a_kill_takes_a_fixed_number(void **state)
{
    assert_int_equal(killed(*state, MODE_FIXED, 4), 4);
}

static void test_a_kill_takes_no_more_than_there_are(void **state)
{
    assert_int_equal(killed(*state, MODE_FIXED, 40), 10);
}

static void test_a_percentage_is_rounded_down(void **state)
{
    assert_int_equal(killed(*state, MODE_FIXED_PERCENT, 39), 3);
}

static const char *first_killed(struct rig *rig)
{
    const struct cluster *cluster;
    struct timeline_entry *e = fixture_at(&rig->f, 10 * NS_PER_S, VERB_KILL);

    e->target = (struct target_spec){
        .ns = "default", .selector = rig->f.workloads[0].selector, .mode = MODE_ONE};
    rig->f.workloads[0].replicas = 10;
    cluster = run(rig, 11 * NS_PER_S);
    return cluster_pod_name(cluster, rig->f.states.items[0].pod);
}

static void test_the_choice_is_the_same_with_other_pods_elsewhere(void **state)
{
    struct rig *rig = *state;
    static struct rig other;

    fixture_init(&other.f);
    other.count = 0;
    fixture_add_other(&other.f, 7);
    assert_string_equal(first_killed(rig), first_killed(&other));
    fixture_deinit(&other.f);
}

static void test_the_choice_depends_on_the_seed(void **state)
{
    struct rig *rig = *state;
    const char *first = arena_strdup(&rig->f.heard, first_killed(rig));
    bool differs = false;

    for (uint32_t seed = 1; seed <= 5 && !differs; seed++) {
        static struct rig other;

        fixture_init(&other.f);
        other.count = 0;
        other.f.spec.seed = seed;
        differs = strcmp(first_killed(&other), first) != 0;
        fixture_deinit(&other.f);
    }
    assert_true(differs);
}

static void test_a_kill_with_grace_overrides_the_pods_own(void **state)
{
    struct rig *rig = *state;
    struct timeline_entry *e = fixture_at(&rig->f, 10 * NS_PER_S, VERB_KILL);
    sim_ns stopped_ns = NS_NEVER;

    rig->f.app.on_sigterm = ON_SIGTERM_IGNORE;
    e->target = (struct target_spec){
        .ns = "default", .selector = rig->f.workloads[0].selector, .mode = MODE_ONE};
    e->has_grace = true;
    e->grace_ns = 7 * NS_PER_S;
    (void)run(rig, NS_PER_MIN);
    stopped_ns = fixture_reached_ns(&rig->f, rig->f.states.items[0].pod, POD_STATE_STOPPED);
    assert_int_equal(stopped_ns, 17 * NS_PER_S);
}

static void test_a_forced_kill_removes_the_object_at_once(void **state)
{
    struct rig *rig = *state;
    struct timeline_entry *e = fixture_at(&rig->f, 10 * NS_PER_S, VERB_KILL);

    e->target = (struct target_spec){
        .ns = "default", .selector = rig->f.workloads[0].selector, .mode = MODE_ONE};
    e->is_forced = true;
    (void)run(rig, 10 * NS_PER_S);
    assert_int_equal(rig->f.versions.items[0].verb, WRITE_UPDATE); /* a grace of 0 */
    assert_int_equal(rig->f.versions.items[1].verb, WRITE_DELETE);
}

static void test_the_pods_of_a_deployment_can_be_named_by_it(void **state)
{
    struct rig *rig = *state;
    struct label *label = ARENA_NEW(&rig->f.arena, struct label);
    struct timeline_entry *e = fixture_at(&rig->f, 10 * NS_PER_S, VERB_LABEL);
    const struct cluster *cluster;
    uint32_t labelled = 0;

    *label = (struct label){"colour", "blue"};
    fixture_add_other(&rig->f, 2);
    e->set_labels = (struct label_set){label, 1};
    cluster = run(rig, 11 * NS_PER_S);
    for (uint32_t pod = 0; pod < cluster_pod_count(cluster); pod++) {
        bool is_blue = labels_get(cluster_pod_labels(cluster, pod), "colour") != NULL;
        assert_int_equal(is_blue, pod < 3);
        labelled += is_blue;
    }
    assert_int_equal(labelled, 3);
}

static void test_a_pod_can_be_named(void **state)
{
    struct rig *rig = *state;
    struct timeline_entry *e = fixture_at(&rig->f, 10 * NS_PER_S, VERB_KILL);
    struct pod_spec pod = rig->f.workloads[0].pod_template;

    pod.meta.name = "solo";
    rig->f.spec.cluster.pods = &pod;
    rig->f.spec.cluster.pod_count = 1;
    e->target = (struct target_spec){.ns = "default", .kind = "pod", .name = "solo"};
    (void)run(rig, 11 * NS_PER_S);
    assert_int_equal(rig->f.states.items[0].pod, 3);
    assert_int_equal(rig->f.states.items[0].state, POD_STATE_TERMINATING);
    for (uint32_t i = 0; i < rig->f.states.count; i++)
        assert_int_equal(rig->f.states.items[i].pod, 3);
}

static void test_choosing_pods_again_and_again_asks_for_no_memory_of_its_own(void **state)
{
    struct rig *rig = *state;
    struct timeline_entry *e = every(&rig->f, 10 * NS_PER_MS, NS_PER_S, NS_PER_HOUR);
    struct world *world;
    size_t bytes;

    rig->f.workloads[0].replicas = 300;
    e->verb = VERB_KILL;
    e->target = (struct target_spec){
        .ns = "default", .selector = {.is_null = true}, .mode = MODE_ALL}; /* nobody */
    world = fixture_world(&rig->f);
    assert_true(world_run(world, 2 * NS_PER_S, NULL));
    bytes = rig->f.arena.total_bytes;
    assert_true(world_run(world, 5 * NS_PER_MIN, NULL));
    assert_int_equal(rig->f.arena.total_bytes, bytes);
}

static void test_verbs_reach_their_commands(void **state)
{
    struct rig *rig = *state;
    const struct cluster *cluster;

    fixture_at(&rig->f, 10 * NS_PER_S, VERB_SET_IMAGE)->image = "kubia:v2";
    fixture_at(&rig->f, NS_PER_MIN, VERB_SPAWN)->count = 2;
    (void)fixture_at(&rig->f, 2 * NS_PER_MIN, VERB_ROLLOUT_RESTART);
    cluster = run(rig, 5 * NS_PER_MIN);
    assert_int_equal(cluster_pod_count(cluster), 3 + 3 + 2 + 3);
    assert_string_equal(cluster_pod_image(cluster, 3), "kubia:v2");
    assert_int_equal(cluster_pod_created_cause(cluster, 6), CAUSE_SPAWN);
    assert_int_equal(cluster_pod_created_cause(cluster, 8), CAUSE_ROLLOUT);
    assert_int_equal(count_live(cluster), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_entries_run_at_their_instants),
        TEST(test_entries_of_one_instant_run_in_file_order),
        TEST(test_entries_run_before_all_else_of_their_instant),
        TEST(test_every_runs_from_until_inclusive),
        TEST(test_jitter_delays_each_run_from_its_nominal_instant),
        TEST(test_after_waits_for_the_first_run_of_another_entry),
        TEST(test_an_entry_of_the_last_instant_runs_and_later_ones_do_not),
        TEST(test_a_kill_takes_one),
        TEST(test_a_kill_takes_all),
        TEST(test_a_kill_takes_a_fixed_number),
        TEST(test_a_kill_takes_no_more_than_there_are),
        TEST(test_a_percentage_is_rounded_down),
        TEST(test_the_choice_is_the_same_with_other_pods_elsewhere),
        TEST(test_the_choice_depends_on_the_seed),
        TEST(test_a_kill_with_grace_overrides_the_pods_own),
        TEST(test_a_forced_kill_removes_the_object_at_once),
        TEST(test_the_pods_of_a_deployment_can_be_named_by_it),
        TEST(test_a_pod_can_be_named),
        TEST(test_choosing_pods_again_and_again_asks_for_no_memory_of_its_own),
        TEST(test_verbs_reach_their_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
