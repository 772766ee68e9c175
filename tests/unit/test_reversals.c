/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/model.h"
#include "support/fixture.h"

#define AT_NS (10 * NS_PER_S)
#define FOR_NS (20 * NS_PER_S)

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

/* The next entry, at AT_NS and taken back FOR_NS later. */
static struct timeline_entry *entry(struct fixture *f, enum verb verb)
{
    struct timeline_entry *e = fixture_at(f, AT_NS, verb);

    e->for_ns = FOR_NS;
    return e;
}

static struct timeline_entry *on_pods(struct fixture *f, enum verb verb)
{
    struct timeline_entry *e = entry(f, verb);

    e->target = (struct target_spec){
        .ns = "default", .selector = f->workloads[0].selector, .mode = MODE_ALL};
    return e;
}

static struct timeline_entry *on_node(struct fixture *f, enum verb verb)
{
    struct timeline_entry *e = entry(f, verb);

    e->target = (struct target_spec){.ns = "default", .kind = "node", .name = "node-2"};
    return e;
}

static const struct cluster *run(struct world *world, sim_ns until_ns)
{
    assert_true(world_run(world, until_ns, NULL));
    return world_cluster(world);
}

static void test_a_scale_is_taken_back_at_its_instant(void **state)
{
    struct fixture *f = *state;
    struct world *world;
    const struct cluster *cluster;

    entry(f, VERB_SCALE)->count = 7;
    world = fixture_world(f);
    cluster = run(world, AT_NS + FOR_NS - 1);
    assert_int_equal(cluster->deployments[0].stored.replicas, 7);
    cluster = run(world, AT_NS + FOR_NS);
    assert_int_equal(cluster->deployments[0].stored.replicas, 3);
}

static void test_a_set_image_goes_back_to_the_template_before(void **state)
{
    struct fixture *f = *state;
    struct world *world;
    const struct cluster *cluster;
    uint64_t key;

    entry(f, VERB_SET_IMAGE)->image = "kubia:v2";
    world = fixture_world(f);
    key = run(world, 0)->deployments[0].stored.template_key;
    cluster = run(world, AT_NS);
    assert_true(cluster->deployments[0].stored.template_key != key);
    cluster = run(world, AT_NS + FOR_NS);
    assert_true(cluster->deployments[0].stored.template_key == key);
}

static void test_of_labels_only_what_was_touched_goes_back(void **state)
{
    static const struct label set[] = {{"app", "gone"}, {"extra", "1"}};
    static const struct label later[] = {{"later", "2"}};
    struct fixture *f = *state;
    struct world *world;
    const struct label_set *labels;
    struct timeline_entry *e = on_pods(f, VERB_LABEL);

    e->set_labels = (struct label_set){set, 2};
    e = fixture_at(f, AT_NS + NS_PER_S, VERB_LABEL);
    e->target = (struct target_spec){.ns = "default", .kind = "deployment", .name = "kubia"};
    e->set_labels = (struct label_set){later, 1};
    world = fixture_world(f);
    labels = run(world, AT_NS)->pods[0]->stored.labels;
    assert_string_equal(labels_get(labels, "app"), "gone");
    labels = run(world, AT_NS + FOR_NS)->pods[0]->stored.labels;
    assert_string_equal(labels_get(labels, "app"), "kubia");
    assert_null(labels_get(labels, "extra"));
}

static void test_programs_pass_their_probes_again(void **state)
{
    struct fixture *f = *state;
    struct world *world;

    on_pods(f, VERB_READY)->is_on = false;
    world = fixture_world(f);
    assert_true(run(world, AT_NS)->pods[1]->is_refusing_probes);
    assert_false(run(world, AT_NS + 5 * NS_PER_S)->pods[1]->stored.is_ready);
    assert_false(run(world, AT_NS + FOR_NS - 1)->pods[1]->stored.is_ready);
    assert_true(run(world, AT_NS + FOR_NS + NS_PER_S)->pods[1]->stored.is_ready);
}

static void test_the_causes_of_ready_are_probe(void **state)
{
    struct fixture *f = *state;

    on_pods(f, VERB_READY)->is_on = false;
    (void)run(fixture_world(f), NS_PER_MIN);
    assert_int_equal(fixture_change(f, 1, CHANGE_UNREADY)->cause, CAUSE_PROBE);
    assert_int_equal(fixture_change(f, 1, CHANGE_UNREADY)->t_cause_ns, AT_NS);
    assert_int_equal(fixture_change(f, 1, CHANGE_READY)->cause, CAUSE_PROBE);
    assert_int_equal(fixture_change(f, 1, CHANGE_READY)->t_cause_ns, AT_NS + FOR_NS);
}

/* Period 1 s, three failures: not noticed within two seconds, so nothing has changed. */
static void test_what_is_undone_before_it_is_noticed_is_no_change(void **state)
{
    struct fixture *f = *state;
    struct timeline_entry *e = on_pods(f, VERB_READY);

    e->is_on = false;
    e->for_ns = NS_PER_S;
    (void)run(fixture_world(f), NS_PER_MIN);
    assert_int_equal(f->changes.count, 0);
    assert_int_equal(f->dropped.count, 3);
    assert_true(f->dropped.items[0].is_undone);
}

static void test_a_program_that_hung_goes_on(void **state)
{
    struct fixture *f = *state;
    struct world *world;

    on_pods(f, VERB_FAIL)->is_on = true;
    world = fixture_world(f);
    assert_true(run(world, AT_NS)->pods[1]->is_hung);
    assert_false(run(world, AT_NS + 5 * NS_PER_S)->pods[1]->stored.is_ready);
    assert_false(run(world, AT_NS + FOR_NS)->pods[1]->is_hung);
    assert_true(run(world, AT_NS + FOR_NS + NS_PER_S)->pods[1]->stored.is_ready);
}

static void test_slowness_ends(void **state)
{
    struct fixture *f = *state;
    struct world *world;

    on_pods(f, VERB_SLOW)->factor = 3;
    on_node(f, VERB_SLOW)->factor = 5;
    world = fixture_world(f);
    assert_true(run(world, AT_NS)->pods[0]->slowness > 2.9);
    assert_true(run(world, AT_NS)->nodes[1].proxy.slowness > 4.9);
    assert_true(run(world, AT_NS + FOR_NS)->pods[0]->slowness < 1.1);
    assert_true(run(world, AT_NS + FOR_NS)->nodes[1].proxy.slowness < 1.1);
}

static void test_a_slow_proxy_takes_so_many_times_as_long_for_its_syncs(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_PROXY_SYNC, 100 * NS_PER_MS);
    on_node(f, VERB_SLOW)->factor = 5;
    fixture_at(f, AT_NS + NS_PER_S, VERB_SCALE)->count = 2;
    (void)run(fixture_world(f), AT_NS + FOR_NS - 1);
    assert_true(f->applied.count > 0);
    for (uint32_t i = 0; i < f->applied.count; i++) {
        const struct applied_change *a = &f->applied.items[i].applied;
        assert_int_equal(a->t_sync_end_ns - a->t_sync_start_ns,
                         (a->node == 1 ? 500 : 100) * NS_PER_MS);
    }
}

static void test_a_cordon_is_lifted_unless_it_was_there(void **state)
{
    struct fixture *f = *state;
    struct world *world;
    struct timeline_entry *e;

    (void)on_node(f, VERB_CORDON);
    e = on_node(f, VERB_CORDON);
    e->at_ns = AT_NS + NS_PER_S;
    e->for_ns = 5 * NS_PER_S;
    world = fixture_world(f);
    assert_true(run(world, AT_NS + 10 * NS_PER_S)->nodes[1].is_cordoned);
    assert_false(run(world, AT_NS + FOR_NS)->nodes[1].is_cordoned);
}

static void test_a_drained_nodes_cordon_is_lifted(void **state)
{
    struct fixture *f = *state;
    struct world *world;

    (void)on_node(f, VERB_DRAIN);
    world = fixture_world(f);
    assert_true(run(world, AT_NS)->nodes[1].is_cordoned);
    assert_false(run(world, AT_NS + FOR_NS)->nodes[1].is_cordoned);
}

static void test_a_pause_is_resumed(void **state)
{
    struct fixture *f = *state;
    struct world *world;

    (void)entry(f, VERB_ROLLOUT_PAUSE);
    world = fixture_world(f);
    assert_true(run(world, AT_NS)->deployments[0].stored.is_paused);
    assert_false(run(world, AT_NS + FOR_NS)->deployments[0].stored.is_paused);
}

/* Each execution is taken back in its turn. */
static void test_every_and_for_go_together(void **state)
{
    struct fixture *f = *state;
    struct world *world;
    struct timeline_entry *e = on_node(f, VERB_CORDON);

    e->clock = CLOCK_EVERY;
    e->every_ns = 10 * NS_PER_S;
    e->from_ns = 10 * NS_PER_S;
    e->until_ns = 40 * NS_PER_S;
    e->for_ns = 4 * NS_PER_S;
    world = fixture_world(f);
    for (sim_ns at_ns = 10 * NS_PER_S; at_ns <= 40 * NS_PER_S; at_ns += 10 * NS_PER_S) {
        assert_true(run(world, at_ns + 3 * NS_PER_S)->nodes[1].is_cordoned);
        assert_false(run(world, at_ns + 4 * NS_PER_S)->nodes[1].is_cordoned);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_a_scale_is_taken_back_at_its_instant),
        T(test_a_set_image_goes_back_to_the_template_before),
        T(test_of_labels_only_what_was_touched_goes_back),
        T(test_programs_pass_their_probes_again),
        T(test_the_causes_of_ready_are_probe),
        T(test_what_is_undone_before_it_is_noticed_is_no_change),
        T(test_a_program_that_hung_goes_on),
        T(test_slowness_ends),
        T(test_a_slow_proxy_takes_so_many_times_as_long_for_its_syncs),
        T(test_a_cordon_is_lifted_unless_it_was_there),
        T(test_a_drained_nodes_cordon_is_lifted),
        T(test_a_pause_is_resumed),
        T(test_every_and_for_go_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
