/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "cluster/snapshot.h"
#include "support/fixture.h"

static const struct snapshot_query all = {.node = ID_NONE};

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

static const struct snapshot_endpoints *endpoints(struct fixture *f, const char *name,
                                                  uint32_t node)
{
    const struct snapshot_query query = {.name = name, .node = node};
    uint32_t count;
    const struct snapshot_endpoints *list =
        snapshot_endpoints(&f->arena, f->cluster, &query, &count);

    assert_int_equal(count, 1);
    return list;
}

static void test_objects_come_ordered_by_name(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_pod *pods;
    uint32_t count;

    f->workloads[0].replicas = 8;
    fixture_start(f);
    pods = snapshot_pods(&f->arena, f->cluster, &all, &count);
    assert_int_equal(count, 8);
    for (uint32_t i = 1; i < count; i++)
        assert_true(strcmp(pods[i - 1].meta.name, pods[i].meta.name) < 0);
}

static void test_pod_is_owned_by_its_replica_set(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_replica_set *sets;
    const struct snapshot_pod *pods;
    uint32_t count;

    fixture_start(f);
    sets = snapshot_replica_sets(&f->arena, f->cluster, &all, &count);
    assert_int_equal(count, 1);
    pods = snapshot_pods(&f->arena, f->cluster, &all, &count);
    assert_int_equal(count, 3);
    assert_string_equal(pods[0].meta.owner_kind, "ReplicaSet");
    assert_string_equal(pods[0].meta.owner_name, sets[0].meta.name);
    assert_string_equal(pods[0].meta.owner_uid, sets[0].meta.uid);
    assert_string_not_equal(pods[0].meta.uid, pods[1].meta.uid);
}

static void test_what_was_there_at_the_start_is_an_hour_old(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_slice *slices;
    const struct snapshot_deployment *deployments;
    uint32_t count;

    fixture_start(f);
    slices = snapshot_slices(&f->arena, f->cluster, &all, &count);
    assert_int_equal(slices[0].meta.created_ns, -NS_PER_HOUR);
    deployments = snapshot_deployments(&f->arena, f->cluster, &all, &count);
    assert_int_equal(deployments[0].meta.created_ns, -NS_PER_HOUR);
}

static void test_later_objects_are_as_old_as_they_are(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_replica_set *sets;
    uint32_t count;

    fixture_start(f);
    fixture_run(f, 10 * NS_PER_S + 1);
    commands_restart(f->cluster, 0);
    fixture_run(f, 11 * NS_PER_S);
    sets = snapshot_replica_sets(&f->arena, f->cluster, &all, &count);
    assert_int_equal(count, 2);
    assert_true(sets[0].meta.created_ns == 10 * NS_PER_S ||
                sets[1].meta.created_ns == 10 * NS_PER_S);
}

static void test_deleted_pod_is_found_by_its_hash_only(void **state)
{
    struct fixture *f = *state;
    struct snapshot_query query = {.node = ID_NONE};
    uint32_t count;

    fixture_start(f);
    cluster_delete_pod(f->cluster, 0, 0, true, CAUSE_KILL);
    query.name = f->cluster->pods[0]->bare_name;
    (void)snapshot_pods(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 0);
    query.hash = f->cluster->pods[0]->hash;
    (void)snapshot_pods(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 1);
}

static void test_terminating_pod_has_the_time_at_which_its_grace_ends(void **state)
{
    struct fixture *f = *state;
    struct snapshot_query query = {.node = ID_NONE};
    const struct snapshot_pod *pod;
    uint32_t count;

    fixture_start(f);
    fixture_run(f, 5 * NS_PER_S);
    cluster_delete_pod(f->cluster, 0, 20 * NS_PER_S, false, CAUSE_KILL);
    query.name = f->cluster->pods[0]->bare_name;
    pod = snapshot_pods(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 1);
    assert_true(pod->meta.is_deleting);
    assert_int_equal(pod->meta.deletion_ns, 25 * NS_PER_S);
}

static void test_addresses_of_endpoints_are_sorted_as_strings(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_subset *subset;

    f->workloads[0].replicas = 30; /* 10.244.0.10 stands before 10.244.0.2 */
    fixture_start(f);
    subset = endpoints(f, "kubia", ID_NONE)->subsets;
    assert_int_equal(subset->ready_count, 30);
    assert_string_equal(subset->addresses[0].ip, "10.244.0.10");
    for (uint32_t i = 1; i < subset->count; i++)
        assert_true(strcmp(subset->addresses[i - 1].ip, subset->addresses[i].ip) < 0);
}

static void test_pod_that_is_not_ready_stands_behind(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_subset *subset;

    fixture_start(f);
    fixture_close(f, 0);
    fixture_run(f, 10 * NS_PER_S);
    subset = endpoints(f, "kubia", ID_NONE)->subsets;
    assert_int_equal(subset->count, 3);
    assert_int_equal(subset->ready_count, 2);
    assert_string_equal(subset->addresses[2].pod, f->cluster->pods[0]->bare_name);
}

static void test_endpoints_drop_what_is_terminating_and_slices_keep_it(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_query query = {.ns = "default", .node = ID_NONE};
    const struct snapshot_subset *subset;
    const struct snapshot_slice *slices;
    uint32_t terminating = 0;
    uint32_t count;

    f->on_sigterm = FIXTURE_IGNORE;
    fixture_start(f);
    cluster_delete_pod(f->cluster, 0, -1, false, CAUSE_KILL);
    fixture_run(f, NS_PER_S / 2);
    subset = endpoints(f, "kubia", ID_NONE)->subsets;
    for (uint32_t i = 0; i < subset->count; i++)
        assert_string_not_equal(subset->addresses[i].pod, f->cluster->pods[0]->bare_name);
    slices = snapshot_slices(&f->arena, f->cluster, &query, &count);
    for (uint32_t i = 0; i < slices[0].address_count; i++)
        terminating += slices[0].addresses[i].is_terminating;
    assert_int_equal(terminating, 1);
}

static void test_service_without_pods_has_endpoints_without_subsets(void **state)
{
    struct fixture *f = *state;

    f->workloads[0].replicas = 0;
    fixture_start(f);
    assert_int_equal(endpoints(f, "kubia", ID_NONE)->subset_count, 0);
}

static void test_a_cut_off_node_keeps_its_endpoints(void **state)
{
    struct fixture *f = *state;

    f->startup_ns = NS_PER_HOUR; /* of the successor */
    fixture_start(f);
    cluster_partition_node(f->cluster, 1, 0, NS_NEVER);
    cluster_delete_pod(f->cluster, 0, 0, true, CAUSE_KILL);
    fixture_run(f, 5 * NS_PER_S);
    assert_int_equal(endpoints(f, "kubia", 0)->subsets->ready_count, 2);
    assert_int_equal(endpoints(f, "kubia", 1)->subsets->ready_count, 3);
}

static void test_the_api_servers_own_service_is_there(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_query query = {.ns = "default", .name = "kubernetes", .node = ID_NONE};
    const struct snapshot_service *services;
    const struct snapshot_subset *subset;
    uint32_t count;

    f->spec.cluster.has_api_service = true;
    fixture_start(f);
    services = snapshot_services(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 1);
    assert_string_equal(services[0].cluster_ip, "10.96.0.1");
    subset = endpoints(f, "kubernetes", ID_NONE)->subsets;
    assert_string_equal(subset->addresses[0].ip, "192.168.99.103");
    assert_int_equal(subset->ports[0].number, 8443);
    (void)snapshot_slices(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 1);
}

static void test_namespace_and_selector_choose(void **state)
{
    struct fixture *f = *state;
    const struct label app[] = {{"app", "other"}};
    const struct label_set labels = {app, 1};
    struct selector selector;
    struct snapshot_query query = {.node = ID_NONE};
    uint32_t count;

    fixture_add_other(f, 2);
    fixture_start(f);
    selector = labels_selector(&f->arena, &labels);
    query.selector = &selector;
    (void)snapshot_pods(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 2);
    query.ns = "elsewhere";
    (void)snapshot_pods(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 0);
}

static void test_cluster_ips_differ_and_a_manifests_own_holds(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_query query = {.ns = "default", .node = ID_NONE};
    const struct snapshot_service *services;
    uint32_t count;

    fixture_add_other(f, 1);
    f->services[1].cluster_ip = "10.110.84.76";
    fixture_start(f);
    services = snapshot_services(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 2);
    assert_int_equal(strncmp(services[0].cluster_ip, "10.", 3), 0);
    assert_string_equal(services[1].cluster_ip, "10.110.84.76");
}

static void test_endpoints_by_hand_are_as_they_were_written(void **state)
{
    struct fixture *f = *state;
    static const struct address_spec addresses[] = {{.ip = "22.22.22.22", .is_ready = true},
                                                    {.ip = "11.11.11.11", .is_ready = true}};
    static const struct endpoint_port_spec port = {.number = 80};
    static const struct subset_spec subset = {addresses, 2, &port, 1};
    static const struct endpoints_spec external = {
        .meta = {.name = "external-service", .ns = "default"},
        .subsets = &subset,
        .subset_count = 1};
    const struct snapshot_subset *seen;

    fixture_start(f);
    commands_apply_endpoints(f->cluster, &external, CAUSE_APPLY);
    seen = endpoints(f, "external-service", ID_NONE)->subsets;
    assert_int_equal(seen->ready_count, 2);
    assert_string_equal(seen->addresses[0].ip, "22.22.22.22"); /* nobody sorts them */
    assert_null(seen->addresses[0].pod);
    assert_int_equal(seen->ports[0].number, 80);
}

static void test_a_deleted_service_is_gone_though_a_cut_off_node_keeps_it(void **state)
{
    struct fixture *f = *state;
    struct snapshot_query query = {.name = "kubia", .node = ID_NONE};
    uint32_t count;

    fixture_start(f);
    cluster_partition_node(f->cluster, 1, 0, NS_NEVER);
    commands_delete_service(f->cluster, "default", "kubia");
    fixture_run(f, 5 * NS_PER_S);
    (void)snapshot_services(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 0);
    query.node = 0;
    (void)snapshot_services(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 0);
    query.node = 1;
    (void)snapshot_services(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 1);
}

static void test_a_replication_controller_is_no_replica_set(void **state)
{
    struct fixture *f = *state;
    const struct snapshot_query query = {.name = "other", .node = ID_NONE};
    uint32_t count;

    fixture_add_other(f, 1);
    f->workloads[1].kind = WORKLOAD_REPLICATION_CONTROLLER;
    fixture_start(f);
    (void)snapshot_replica_sets(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 0);
    (void)snapshot_replication_controllers(&f->arena, f->cluster, &query, &count);
    assert_int_equal(count, 1);
}

static void test_uids_are_uuids_of_version_4(void **state)
{
    struct fixture *f = *state;
    const char *uid = snapshot_uid(&f->arena, 7);

    assert_int_equal(strlen(uid), 36);
    assert_int_equal(uid[14], '4');
    assert_non_null(strchr("89ab", uid[19]));
    assert_string_equal(uid, snapshot_uid(&f->arena, 7));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_objects_come_ordered_by_name),
        TEST(test_pod_is_owned_by_its_replica_set),
        TEST(test_what_was_there_at_the_start_is_an_hour_old),
        TEST(test_later_objects_are_as_old_as_they_are),
        TEST(test_deleted_pod_is_found_by_its_hash_only),
        TEST(test_terminating_pod_has_the_time_at_which_its_grace_ends),
        TEST(test_addresses_of_endpoints_are_sorted_as_strings),
        TEST(test_pod_that_is_not_ready_stands_behind),
        TEST(test_endpoints_drop_what_is_terminating_and_slices_keep_it),
        TEST(test_service_without_pods_has_endpoints_without_subsets),
        TEST(test_a_cut_off_node_keeps_its_endpoints),
        TEST(test_the_api_servers_own_service_is_there),
        TEST(test_namespace_and_selector_choose),
        TEST(test_cluster_ips_differ_and_a_manifests_own_holds),
        TEST(test_endpoints_by_hand_are_as_they_were_written),
        TEST(test_a_deleted_service_is_gone_though_a_cut_off_node_keeps_it),
        TEST(test_a_replication_controller_is_no_replica_set),
        TEST(test_uids_are_uuids_of_version_4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
