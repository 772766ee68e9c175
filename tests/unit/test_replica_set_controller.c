/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/object_commands.h"
#include "support/fixture.h"

#define SCALED_NS (10 * NS_PER_S)
#define WRITE_NS (4 * NS_PER_MS)

/* A Deployment of no pods; API writes take 4 ms, their number is not limited. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    f.workloads[0].replicas = 0;
    f.spec.cluster.controller_manager.api_qps = 1e6;
    f.spec.cluster.controller_manager.api_burst = 100000;
    fixture_hop(&f, HOP_API_WRITE, WRITE_NS);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* When the pods were stored that came after SCALED_NS, from the first one on. */
static uint32_t created_at(const struct fixture *f, sim_ns *at_ns, uint32_t room)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->versions.count; i++) {
        if (f->versions.items[i].kind == OBJECT_POD && f->versions.items[i].verb == WRITE_CREATE &&
            count < room)
            at_ns[count++] = f->versions.items[i].at_ns;
    }
    return count;
}

static void test_pods_are_created_in_batches_of_one_two_four_and_so_on(void **state)
{
    const uint32_t batches[] = {1, 2, 4, 8, 5};
    struct fixture *f = *state;
    sim_ns at_ns[32];
    uint32_t next = 0;

    fixture_start(f);
    fixture_run(f, SCALED_NS);
    commands_scale_deployment(f->cluster, 0, 20);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(created_at(f, at_ns, 32), 20);
    for (uint32_t batch = 0; batch < EP_COUNT_OF(batches); batch++) {
        for (uint32_t i = 0; i < batches[batch]; i++) /* after the replica set's own write */
            assert_int_equal(at_ns[next++], SCALED_NS + (sim_ns)(batch + 2) * WRITE_NS);
    }
}

static void test_one_sync_makes_at_most_five_hundred(void **state)
{
    struct fixture *f = *state;

    fixture_nodes(f, 10);
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    fixture_hop(f, HOP_WATCH_CONTROLLER, NS_PER_S);
    commands_scale_deployment(f->cluster, 0, 700);
    fixture_run(f, SCALED_NS + 2 * NS_PER_S +
                       900 * NS_PER_MS); /* the first 500 are not in the informer yet */
    assert_int_equal(fixture_count_pods(f, 0), 500);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(fixture_count_pods(f, 0), 700);
}

static void test_writes_wait_for_the_clients_twenty_a_second_after_thirty(void **state)
{
    struct fixture *f = *state;
    sim_ns at_ns[64];
    sim_ns started_ns;

    f->spec.cluster.controller_manager.api_qps = 20;
    f->spec.cluster.controller_manager.api_burst = 30;
    fixture_hop(f, HOP_API_WRITE, 0);
    fixture_start(f);
    started_ns = SCALED_NS;
    fixture_run(f, started_ns);
    commands_scale_deployment(f->cluster, 0, 60);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(created_at(f, at_ns, 64), 60);
    assert_int_equal(at_ns[29], started_ns);
    assert_int_equal(at_ns[59], started_ns + 30 * NS_PER_S / 20);
}

static void test_a_set_waits_for_its_informer_before_it_makes_more(void **state)
{
    struct fixture *f = *state;

    f->spec.cluster.latency[HOP_WATCH_CONTROLLER] = distribution_exponential(300 * NS_PER_MS);
    fixture_start(f);
    for (uint32_t i = 0; i < 30; i++) { /* whatever it sees late, it never overshoots */
        fixture_run(f, (sim_ns)(10 + 10 * i) * NS_PER_S);
        commands_scale_deployment(f->cluster, 0, 3 + 4 * (i % 2));
        for (sim_ns ms = 0; ms < 9000; ms += 50) {
            fixture_run(f, (sim_ns)(10 + 10 * i) * NS_PER_S + ms * NS_PER_MS);
            assert_true(f->cluster->replica_set_count == 0 || fixture_count_pods(f, 0) <= 7);
        }
        assert_int_equal(fixture_count_pods(f, 0), 3 + 4 * (i % 2));
    }
}

static void test_a_terminating_pod_is_replaced_at_once(void **state)
{
    struct fixture *f = *state;
    sim_ns at_ns[4];

    f->workloads[0].replicas = 3;
    f->on_sigterm = FIXTURE_DRAIN;
    f->drain_ns = 20 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    cluster_delete_pod(f->cluster, 1, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(created_at(f, at_ns, 4), 1);
    assert_int_equal(at_ns[0], SCALED_NS + WRITE_NS);
    assert_int_equal(fixture_reached_ns(f, 1, POD_STATE_STOPPED), SCALED_NS + 20 * NS_PER_S);
}

static void test_scaling_down_deletes_unready_pods_first(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 6;
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    fixture_close(f, 4);
    fixture_run(f, 20 * NS_PER_S);
    assert_false(f->cluster->pods[4]->stored.is_ready);
    commands_scale_deployment(f->cluster, 0, 5);
    fixture_run(f, NS_PER_MIN);
    assert_false(f->cluster->pods[4]->stored.exists);
    assert_int_equal(cluster_pod_deleted_cause(f->cluster, 4), CAUSE_SCALE);
}

static void test_deletes_all_go_out_together(void **state)
{
    struct fixture *f = *state;
    uint32_t together = 0;

    f->workloads[0].replicas = 8;
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    commands_scale_deployment(f->cluster, 0, 0);
    fixture_run(f, NS_PER_MIN);
    for (uint32_t i = 0; i < f->versions.count; i++)
        together += f->versions.items[i].kind == OBJECT_POD &&
                    f->versions.items[i].verb == WRITE_UPDATE &&
                    f->versions.items[i].at_ns == SCALED_NS + 2 * WRITE_NS;
    assert_int_equal(together, 8);
}

static void test_a_relabelled_pod_is_released_and_replaced(void **state)
{
    struct fixture *f = *state;
    struct label label = {"app", "quarantine"};
    struct label_set labels = {&label, 1};

    f->workloads[0].replicas = 3;
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    commands_label_pod(f->cluster, 1, &labels, NULL, 0);
    fixture_run(f, NS_PER_MIN);
    assert_true(f->cluster->pods[1]->stored.exists);
    assert_false(f->cluster->pods[1]->stored.is_deleting);
    assert_int_equal(f->cluster->pods[1]->stored.owner, ID_NONE);
    assert_int_equal(fixture_count_pods(f, 0), 3);
    assert_int_equal(cluster_pod_created_cause(f->cluster, 3), CAUSE_START);
    commands_scale_deployment(f->cluster, 0, 0); /* it is nobody's any more */
    fixture_run(f, 2 * NS_PER_MIN);
    assert_true(f->cluster->pods[1]->stored.exists);
}

static uint32_t count_owned(const struct fixture *f, uint32_t replica_set)
{
    uint32_t count = 0;

    for (uint32_t pod = 0; pod < f->cluster->pod_count; pod++) {
        const struct pod_view *view = &f->cluster->pods[pod]->stored;
        count += view->exists && !view->is_deleting && view->owner == replica_set;
    }
    return count;
}

static void relabel(struct fixture *f, uint32_t pod, const char *value)
{
    const struct label label = {"app", value};
    const struct label_set labels = {&label, 1};

    commands_label_pod(f->cluster, pod, &labels, NULL, 0);
}

static void test_a_pod_that_matches_again_is_adopted_and_one_too_many_goes(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 3;
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    for (uint32_t round = 0; round < 3; round++) { /* released and adopted more than once */
        relabel(f, 1, "quarantine");
        fixture_run(f, SCALED_NS + (2 * round + 1) * NS_PER_MIN);
        assert_int_equal(f->cluster->pods[1]->stored.owner, ID_NONE);
        assert_int_equal(count_owned(f, 0), 3);
        relabel(f, 1, "kubia");
        fixture_run(f, SCALED_NS + (2 * round + 2) * NS_PER_MIN);
        assert_int_equal(count_owned(f, 0), 3);
        if (!f->cluster->pods[1]->stored.exists)
            return; /* it was the one too many */
        assert_int_equal(f->cluster->pods[1]->stored.owner, 0);
    }
}

static void test_orphans_are_there_before_their_replica_set(void **state)
{
    static const struct label label = {"app", "other"};
    struct pod_spec specs[3];
    struct fixture *f = *state;

    fixture_add_other(f, 2);
    f->spec.cluster.workload_count = 1; /* it comes later */
    fixture_start(f);
    for (uint32_t i = 0; i < 3; i++) {
        static const char *const names[] = {"one", "two", "three"};
        specs[i] = f->workloads[1].pod_template;
        specs[i].meta =
            (struct object_meta){.name = names[i], .ns = "default", .labels = {&label, 1}};
        commands_apply_pod(f->cluster, &specs[i], CAUSE_APPLY);
    }
    fixture_run(f, SCALED_NS);
    assert_int_equal(f->cluster->pods[0]->stored.owner, ID_NONE);
    object_commands_apply_workload(f->cluster, &f->workloads[1], 0);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(f->cluster->pod_count, 3); /* none is made */
    assert_int_equal(count_owned(f, f->cluster->replica_set_count - 1), 2);
    assert_int_equal(fixture_count_pods(f, f->cluster->replica_set_count - 1), 2);
}

static void test_a_deleted_deployments_pods_go_at_the_collectors_pace(void **state)
{
    struct fixture *f = *state;
    sim_ns last_ns = 0;

    fixture_nodes(f, 4);
    f->workloads[0].replicas = 100;
    f->spec.cluster.controller_manager.api_qps = 20;
    f->spec.cluster.controller_manager.api_burst = 30;
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    object_commands_delete_deployment(f->cluster, 0);
    assert_true(f->cluster->replica_sets[0]->stored.exists);
    assert_int_equal(count_owned(f, 0), 100);
    fixture_run(f, SCALED_NS + 20 * NS_PER_MS);
    assert_false(f->cluster->replica_sets[0]->stored.exists); /* read, deleted */
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(count_owned(f, 0), 0);
    for (uint32_t pod = 0; pod < 100; pod++) {
        if (f->cluster->pods[pod]->deleted_ns > last_ns)
            last_ns = f->cluster->pods[pod]->deleted_ns;
    }
    /* 202 requests of 2 a dependant, 30 at once and the rest at 40 a second */
    assert_true(last_ns > SCALED_NS + 4200 * NS_PER_MS && last_ns < SCALED_NS + 4400 * NS_PER_MS);
}

static void test_the_status_counts_replicas_ready_and_available_ones(void **state)
{
    struct fixture *f = *state;
    const struct replica_set_view *view;

    f->workloads[0].replicas = 4;
    f->workloads[0].min_ready_ns = 5 * NS_PER_S;
    fixture_start(f);
    fixture_run(f, SCALED_NS);
    view = &f->cluster->replica_sets[0]->stored;
    assert_int_equal(view->status_available, 4);
    fixture_close(f, 0);
    cluster_delete_pod(f->cluster, 1, -1, false, CAUSE_KILL);
    f->startup_ns = 2 * NS_PER_S;
    fixture_run(f, SCALED_NS + 6 * NS_PER_S);
    assert_int_equal(view->status_replicas, 4);
    assert_int_equal(view->status_ready, 3);
    assert_int_equal(view->status_available,
                     2); /* the new one has not been ready for long enough */
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(view->status_available, 3);
}

static void test_a_bare_replica_set_keeps_its_count_too(void **state)
{
    struct fixture *f = *state;
    uint32_t replica_set;

    fixture_add_other(f, 4);
    fixture_start(f);
    replica_set = cluster_find_replica_set(f->cluster, "default", "other");
    fixture_run(f, SCALED_NS);
    commands_scale_replica_set(f->cluster, replica_set, 6);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(fixture_count_pods(f, replica_set), 6);
    commands_scale_replica_set(f->cluster, replica_set, 2);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(fixture_count_pods(f, replica_set), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pods_are_created_in_batches_of_one_two_four_and_so_on),
        TEST(test_one_sync_makes_at_most_five_hundred),
        TEST(test_writes_wait_for_the_clients_twenty_a_second_after_thirty),
        TEST(test_a_set_waits_for_its_informer_before_it_makes_more),
        TEST(test_a_terminating_pod_is_replaced_at_once),
        TEST(test_scaling_down_deletes_unready_pods_first),
        TEST(test_deletes_all_go_out_together),
        TEST(test_a_relabelled_pod_is_released_and_replaced),
        TEST(test_a_pod_that_matches_again_is_adopted_and_one_too_many_goes),
        TEST(test_orphans_are_there_before_their_replica_set),
        TEST(test_a_deleted_deployments_pods_go_at_the_collectors_pace),
        TEST(test_the_status_counts_replicas_ready_and_available_ones),
        TEST(test_a_bare_replica_set_keeps_its_count_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
