/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/node/kubelet.h"
#include "cluster/node/status_manager.h"
#include "support/fixture.h"

#define ASKED_NS (10 * NS_PER_S)
#define SYNC_NS (2 * NS_PER_MS)
#define WATCH_NS (3 * NS_PER_MS)
#define STOPPING_NS (ASKED_NS + WATCH_NS + SYNC_NS) /* the kubelet begins to stop the pod */

static int set_up(void **state)
{
    static struct fixture f;

    fixture_init(&f);
    fixture_nodes(&f, 1);
    fixture_hop(&f, HOP_WATCH_NODE, WATCH_NS);
    fixture_hop(&f, HOP_KUBELET_SYNC, SYNC_NS);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* Deletes pod 0 at ASKED_NS and runs on. */
static void delete_one(struct fixture *f, sim_ns grace_ns, bool is_forced)
{
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    cluster_delete_pod(f->cluster, 0, grace_ns, is_forced, CAUSE_KILL);
    fixture_run(f, 3 * NS_PER_MIN);
}

static void test_sigterm_comes_after_watch_and_sync(void **state)
{
    struct fixture *f = *state;

    delete_one(f, -1, false);
    assert_int_equal(f->sigterms.items[0].at_ns, STOPPING_NS);
    assert_int_equal(f->sigkills.count, 0);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_TERMINATING), ASKED_NS);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_STOPPED), STOPPING_NS);
}

static void test_sigterm_waits_for_the_pre_stop_hook(void **state)
{
    struct fixture *f = *state;

    f->containers[0].pre_stop_ns = 5 * NS_PER_S;
    delete_one(f, -1, false);
    assert_int_equal(f->sigterms.items[0].at_ns, STOPPING_NS + 5 * NS_PER_S);
}

static void test_a_program_that_ignores_sigterm_is_killed_at_the_end_of_the_grace(void **state)
{
    struct fixture *f = *state;

    f->on_sigterm = FIXTURE_IGNORE;
    delete_one(f, -1, false);
    assert_int_equal(f->sigkills.count, 1);
    assert_int_equal(f->sigkills.items[0].at_ns, STOPPING_NS + 30 * NS_PER_S);
    assert_int_equal(fixture_reached_ns(f, 0, POD_STATE_STOPPED), STOPPING_NS + 30 * NS_PER_S);
}

static void test_the_hook_counts_against_the_grace_in_whole_seconds(void **state)
{
    struct fixture *f = *state;

    f->on_sigterm = FIXTURE_IGNORE;
    f->containers[0].pre_stop_ns = 2700 * NS_PER_MS; /* counts as 2 s */
    delete_one(f, -1, false);
    assert_int_equal(f->sigkills.items[0].at_ns, STOPPING_NS + 2700 * NS_PER_MS + 28 * NS_PER_S);
}

static void test_a_hook_that_uses_up_the_grace_leaves_two_seconds_more(void **state)
{
    struct fixture *f = *state;

    f->on_sigterm = FIXTURE_IGNORE;
    f->containers[0].pre_stop_ns = NS_PER_HOUR;
    delete_one(f, 10 * NS_PER_S, false);
    assert_int_equal(f->sigterms.items[0].at_ns, STOPPING_NS + 10 * NS_PER_S);
    assert_int_equal(f->sigkills.items[0].at_ns, STOPPING_NS + 12 * NS_PER_S);
}

static void test_a_grace_below_two_seconds_still_gives_two(void **state)
{
    struct fixture *f = *state;

    f->on_sigterm = FIXTURE_IGNORE;
    delete_one(f, NS_PER_S, false);
    assert_int_equal(f->sigkills.items[0].at_ns, STOPPING_NS + 2 * NS_PER_S);
}

static void test_the_address_goes_with_the_sandbox(void **state)
{
    struct fixture *f = *state;
    const sim_ns gone_ns = STOPPING_NS + 100 * NS_PER_MS + NS_PER_S;

    fixture_hop(f, HOP_CONTAINER_STOP, 100 * NS_PER_MS);
    fixture_hop(f, HOP_SANDBOX_TEARDOWN, NS_PER_S);
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, gone_ns - 1);
    assert_int_equal(cluster_pod_state(f->cluster, 0), POD_STATE_STOPPED);
    assert_true(cluster_pod_has_address(f->cluster, 0));
    fixture_run(f, gone_ns);
    assert_int_equal(cluster_pod_state(f->cluster, 0), POD_STATE_GONE);
    assert_false(cluster_pod_has_address(f->cluster, 0));
}

/* The versions of a pod that were stored: at which instant, and whether they are the last. */
static uint32_t pod_versions(const struct fixture *f, uint32_t pod, sim_ns *at_ns,
                             enum write_verb *verbs)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < f->versions.count; i++) {
        const struct stored_version *v = &f->versions.items[i];
        if (v->kind != OBJECT_POD || v->name_hash != cluster_pod_hash(f->cluster, pod))
            continue;
        at_ns[count] = v->at_ns;
        verbs[count++] = v->verb;
    }
    return count;
}

static void test_from_1_27_a_terminal_phase_takes_the_pod_out_of_the_slice(void **state)
{
    struct fixture *f = *state;
    sim_ns at_ns[8];
    enum write_verb verbs[8];

    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    delete_one(f, -1, false);
    assert_int_equal(pod_versions(f, 0, at_ns, verbs), 4);
    assert_int_equal(at_ns[0], ASKED_NS); /* deletionTimestamp */
    assert_int_equal(at_ns[1], STOPPING_NS + 4 * NS_PER_MS);
    assert_int_equal(verbs[1], WRITE_UPDATE);
    assert_int_equal(f->cluster->pods[0]->stored.phase, PHASE_FAILED);
    assert_int_equal(at_ns[2], STOPPING_NS + 8 * NS_PER_MS); /* one after another */
    assert_int_equal(verbs[2], WRITE_UPDATE); /* a grace of 0 */
    assert_int_equal(at_ns[3], at_ns[2]);
    assert_int_equal(verbs[3], WRITE_DELETE);
    assert_int_equal(fixture_change(f, 0, CHANGE_REMOVE)->t_status_ns, at_ns[1]);
    assert_int_equal(fixture_change(f, 0, CHANGE_REMOVE)->t_stored_ns, at_ns[1] + 4 * NS_PER_MS);
}

static void test_before_1_27_the_pod_leaves_the_slice_with_its_object(void **state)
{
    struct fixture *f = *state;
    sim_ns at_ns[8];
    enum write_verb verbs[8];

    f->spec.cluster.version_minor = 26;
    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    delete_one(f, -1, false);
    assert_int_equal(pod_versions(f, 0, at_ns, verbs), 4);
    assert_int_equal(verbs[2], WRITE_UPDATE); /* a grace of 0 */
    assert_int_equal(verbs[3], WRITE_DELETE);
    assert_int_equal(f->cluster->pods[0]->stored.phase, PHASE_RUNNING);
    assert_int_equal(fixture_change(f, 0, CHANGE_REMOVE)->t_status_ns, at_ns[2]);
}

static void test_a_forced_delete_removes_the_object_at_once_and_the_process_later(void **state)
{
    struct fixture *f = *state;
    sim_ns at_ns[8];
    enum write_verb verbs[8];

    delete_one(f, 0, true);
    assert_int_equal(pod_versions(f, 0, at_ns, verbs), 2);
    assert_int_equal(verbs[0], WRITE_UPDATE); /* a grace of 0 */
    assert_int_equal(verbs[1], WRITE_DELETE);
    assert_int_equal(at_ns[1], ASKED_NS);
    assert_int_equal(f->sigterms.items[0].at_ns, STOPPING_NS);
    assert_int_equal(cluster_pod_state(f->cluster, 0), POD_STATE_GONE);
}

static void test_a_pod_deleted_before_it_runs_never_listens(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_CONTAINER_START, 5 * NS_PER_S);
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, ASKED_NS + NS_PER_S);
    assert_int_equal(f->cluster->pods[3]->kubelet_state, KUBELET_STARTING);
    cluster_delete_pod(f->cluster, 3, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(fixture_reached_ns(f, 3, POD_STATE_STARTING), NS_NEVER);
    assert_false(f->cluster->pods[3]->stored.exists);
    assert_null(fixture_change(f, 3, CHANGE_ADD));
    assert_int_equal(f->sigterms.count, 0);
}

static void test_containers_and_init_containers_start_one_after_another(void **state)
{
    struct fixture *f = *state;
    const struct container_spec init[2] = {{.name = "a", .image = "init"},
                                           {.name = "b", .image = "init"}};
    sim_ns expected_ns = ASKED_NS + WATCH_NS + SYNC_NS + 3 * NS_PER_S; /* image.pull */

    f->workloads[0].pod_template.init_containers = init;
    f->workloads[0].pod_template.init_container_count = 2;
    fixture_hop(f, HOP_IMAGE_PULL, 3 * NS_PER_S);
    fixture_hop(f, HOP_CONTAINER_START, 700 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    commands_scale_deployment(f->cluster, 0, 4);
    fixture_run(f, NS_PER_MIN);
    expected_ns += 2 * (700 + 100) * NS_PER_MS + 700 * NS_PER_MS;
    assert_int_equal(fixture_reached_ns(f, 3, POD_STATE_STARTING), expected_ns);
}

static void test_a_relist_sees_only_what_happened_before_it_began(void **state)
{
    struct fixture *f = *state;
    sim_ns start_ns;

    fixture_hop(f, HOP_KUBELET_PLEG, 50 * NS_PER_MS);
    fixture_start(f);
    start_ns = f->cluster->nodes[0].relist_start_ns;
    assert_in_range(start_ns, 0, NS_PER_S - 1);
    assert_int_equal(kubelet_relist_end_ns(f->cluster, 0, start_ns), start_ns + 50 * NS_PER_MS);
    start_ns += 1050 * NS_PER_MS;
    assert_int_equal(kubelet_relist_end_ns(f->cluster, 0, start_ns - 1050 * NS_PER_MS + 1),
                     start_ns + 50 * NS_PER_MS);
    start_ns += 5 * 1050 * NS_PER_MS;
    assert_int_equal(kubelet_relist_end_ns(f->cluster, 0, start_ns), start_ns + 50 * NS_PER_MS);
}

static void test_statuses_of_a_node_are_written_one_after_another(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 8;
    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    for (uint32_t pod = 0; pod < 8; pod++)
        status_manager_update(f->cluster, pod);
    fixture_run(f, 11 * NS_PER_S);
    assert_int_equal(f->versions.count, 8);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(f->versions.items[i].at_ns, ASKED_NS + (sim_ns)(i + 1) * 4 * NS_PER_MS);
}

static void test_a_status_that_changes_while_it_waits_is_written_once(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_API_WRITE, 4 * NS_PER_MS);
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    status_manager_update(f->cluster, 0); /* on its way at once */
    for (uint32_t i = 0; i < 5; i++)
        status_manager_update(f->cluster, 1);
    f->cluster->pods[1]->is_kubelet_ready = false;
    fixture_run(f, 11 * NS_PER_S);
    assert_int_equal(fixture_count_versions(f, OBJECT_POD, WRITE_UPDATE), 2);
    assert_false(f->cluster->pods[1]->stored.is_ready); /* as it is when its turn comes */
}

/* When the last of `count` statuses due at once is stored. */
static sim_ns last_status_ns(struct fixture *f, uint32_t minor, uint32_t count)
{
    f->spec.cluster.version_minor = minor;
    f->workloads[0].replicas = count;
    f->nodes[0].pod_capacity = count;
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    for (uint32_t pod = 0; pod < count; pod++)
        status_manager_update(f->cluster, pod);
    fixture_run(f, 5 * NS_PER_MIN);
    assert_int_equal(f->versions.items[count - 1].kind, OBJECT_POD);
    return f->versions.items[count - 1].at_ns - ASKED_NS;
}

static void test_before_1_27_a_kubelet_writes_five_a_second_after_ten(void **state)
{
    assert_int_equal(last_status_ns(*state, 26, 40), 30 * NS_PER_S / 5);
}

static void test_from_1_27_a_kubelet_writes_fifty_a_second_after_a_hundred(void **state)
{
    assert_int_equal(last_status_ns(*state, 27, 125), 25 * NS_PER_S / 50);
}

static void test_a_ready_transition_is_dated_in_whole_seconds_of_the_transition(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_API_WRITE, 3 * NS_PER_S);   /* the write waits for another one's answer */
    fixture_hop(f, HOP_KUBELET_SYNC, NS_PER_HOUR); /* which would find the pod ready */
    fixture_start(f);
    fixture_run(f, ASKED_NS);
    status_manager_update(f->cluster, 0);
    fixture_run(f, ASKED_NS + 700 * NS_PER_MS);
    kubelet_probe_flipped(f->cluster, 1, false);
    fixture_run(f, NS_PER_MIN);
    assert_false(f->cluster->pods[1]->stored.is_ready);
    assert_int_equal(f->cluster->pods[1]->stored.ready_since_ns, ASKED_NS);
}

static void test_a_cut_off_kubelet_hears_of_a_deletion_when_its_watch_is_back(void **state)
{
    struct fixture *f = *state;

    fixture_start(f);
    fixture_run(f, ASKED_NS);
    cluster_partition_node(f->cluster, 0, ASKED_NS, NS_PER_MIN);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, 2 * NS_PER_MIN);
    assert_int_equal(f->sigterms.items[0].at_ns, NS_PER_MIN + SYNC_NS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sigterm_comes_after_watch_and_sync),
        TEST(test_sigterm_waits_for_the_pre_stop_hook),
        TEST(test_a_program_that_ignores_sigterm_is_killed_at_the_end_of_the_grace),
        TEST(test_the_hook_counts_against_the_grace_in_whole_seconds),
        TEST(test_a_hook_that_uses_up_the_grace_leaves_two_seconds_more),
        TEST(test_a_grace_below_two_seconds_still_gives_two),
        TEST(test_the_address_goes_with_the_sandbox),
        TEST(test_from_1_27_a_terminal_phase_takes_the_pod_out_of_the_slice),
        TEST(test_before_1_27_the_pod_leaves_the_slice_with_its_object),
        TEST(test_a_forced_delete_removes_the_object_at_once_and_the_process_later),
        TEST(test_a_pod_deleted_before_it_runs_never_listens),
        TEST(test_containers_and_init_containers_start_one_after_another),
        TEST(test_a_relist_sees_only_what_happened_before_it_began),
        TEST(test_statuses_of_a_node_are_written_one_after_another),
        TEST(test_a_status_that_changes_while_it_waits_is_written_once),
        TEST(test_before_1_27_a_kubelet_writes_five_a_second_after_ten),
        TEST(test_from_1_27_a_kubelet_writes_fifty_a_second_after_a_hundred),
        TEST(test_a_ready_transition_is_dated_in_whole_seconds_of_the_transition),
        TEST(test_a_cut_off_kubelet_hears_of_a_deletion_when_its_watch_is_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
