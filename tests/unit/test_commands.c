/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "cluster/commands.h"
#include "support/fixture.h"

#define AT_NS (10 * NS_PER_S)

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

static void start(struct fixture *f)
{
    fixture_start(f);
    fixture_run(f, AT_NS);
}

static const char *image_of(const struct fixture *f, uint32_t container)
{
    return f->cluster->deployments[0].stored.pod_template->containers[container].image;
}

static void use_two_containers(struct fixture *f)
{
    f->containers[1] = (struct container_spec){.name = "sidecar", .image = "proxy:v1"};
    f->workloads[0].pod_template.container_count = 2;
}

static void test_set_image_without_a_name_changes_the_first_container(void **state)
{
    struct fixture *f = *state;

    use_two_containers(f);
    start(f);
    assert_true(commands_set_image(f->cluster, 0, NULL, "kubia:v2"));
    assert_string_equal(image_of(f, 0), "kubia:v2");
    assert_string_equal(image_of(f, 1), "proxy:v1");
}

static void test_set_image_by_name_changes_that_container(void **state)
{
    struct fixture *f = *state;

    use_two_containers(f);
    start(f);
    assert_true(commands_set_image(f->cluster, 0, "sidecar", "proxy:v2"));
    assert_string_equal(image_of(f, 0), "kubia:v1");
    assert_string_equal(image_of(f, 1), "proxy:v2");
}

static void test_set_image_with_a_star_changes_all_containers(void **state)
{
    struct fixture *f = *state;

    use_two_containers(f);
    start(f);
    assert_true(commands_set_image(f->cluster, 0, "*", "all:v2"));
    assert_string_equal(image_of(f, 0), "all:v2");
    assert_string_equal(image_of(f, 1), "all:v2");
}

static void test_set_image_of_no_such_container_changes_nothing(void **state)
{
    struct fixture *f = *state;

    start(f);
    assert_false(commands_set_image(f->cluster, 0, "nobody", "kubia:v2"));
    assert_string_equal(image_of(f, 0), "kubia:v1");
    assert_int_equal(f->versions.count, 0);
}

static void test_a_write_that_changes_nothing_is_dropped(void **state)
{
    struct fixture *f = *state;
    struct label label = {"app", "kubia"};
    struct label_set labels = {&label, 1};

    start(f);
    assert_true(commands_set_image(f->cluster, 0, NULL, "kubia:v1"));
    commands_scale_deployment(f->cluster, 0, 3);
    commands_scale_replica_set(f->cluster, 0, 3);
    commands_label_pod(f->cluster, 0, &labels, NULL, 0);
    assert_int_equal(f->versions.count, 0);
}

static void test_a_command_is_stored_at_its_instant(void **state)
{
    struct fixture *f = *state;

    fixture_hop(f, HOP_API_WRITE, NS_PER_S);
    start(f);
    commands_scale_deployment(f->cluster, 0, 4);
    assert_int_equal(f->versions.count, 1);
    assert_int_equal(f->versions.items[0].kind, OBJECT_DEPLOYMENT);
    assert_int_equal(f->versions.items[0].at_ns, AT_NS);
}

static void test_a_restart_makes_a_new_template_every_time(void **state)
{
    struct fixture *f = *state;
    uint64_t first;

    start(f);
    first = f->cluster->deployments[0].stored.template_key;
    commands_restart(f->cluster, 0);
    assert_int_not_equal(f->cluster->deployments[0].stored.template_key, first);
    first = f->cluster->deployments[0].stored.template_key;
    commands_restart(f->cluster, 0);
    assert_int_not_equal(f->cluster->deployments[0].stored.template_key, first);
    assert_int_equal(f->versions.count, 2);
}

static void test_a_pod_is_labelled_and_its_labels_removed(void **state)
{
    struct fixture *f = *state;
    struct label label = {"tier", "front"};
    struct label_set labels = {&label, 1};
    const char *const removed[] = {"app", "nobody"};

    start(f);
    commands_label_pod(f->cluster, 1, &labels, removed, 2);
    assert_string_equal(labels_get(cluster_pod_labels(f->cluster, 1), "tier"), "front");
    assert_null(labels_get(cluster_pod_labels(f->cluster, 1), "app"));
    assert_non_null(labels_get(cluster_pod_labels(f->cluster, 1), "pod-template-hash"));
    assert_non_null(labels_get(cluster_pod_labels(f->cluster, 0), "app")); /* nobody else's */
}

static void test_spawned_pods_have_the_templates_labels_but_not_its_hash(void **state)
{
    struct fixture *f = *state;

    start(f);
    commands_spawn(f->cluster, 0, 2);
    for (uint32_t pod = 3; pod < 5; pod++) {
        assert_string_equal(labels_get(cluster_pod_labels(f->cluster, pod), "app"), "kubia");
        assert_null(labels_get(cluster_pod_labels(f->cluster, pod), "pod-template-hash"));
        assert_string_equal(cluster_pod_owner(f->cluster, pod), "");
    }
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(cluster_pod_count(f->cluster), 5);
    assert_int_equal(fixture_count_pods(f, 0), 3); /* the Deployment keeps its own */
    assert_true(fixture_listed(f, 0, 3)->is_ready && fixture_listed(f, 0, 4)->is_ready);
}

static void test_a_spawned_spec_keeps_its_name_only_if_it_is_alone(void **state)
{
    struct fixture *f = *state;
    struct pod_spec spec;

    start(f);
    spec = f->workloads[0].pod_template;
    spec.meta.name = "solo";
    commands_spawn_spec(f->cluster, &spec, 1);
    assert_string_equal(cluster_pod_name(f->cluster, 3), "solo");
    commands_spawn_spec(f->cluster, &spec, 1); /* the name is taken */
    commands_spawn_spec(f->cluster, &spec, 2);
    assert_int_equal(cluster_pod_count(f->cluster), 7);
    for (uint32_t pod = 4; pod < 7; pod++) {
        assert_int_equal(strncmp(cluster_pod_name(f->cluster, pod), "solo-", 5), 0);
        for (uint32_t other = 3; other < pod; other++)
            assert_string_not_equal(cluster_pod_name(f->cluster, pod),
                                    cluster_pod_name(f->cluster, other));
    }
}

static void test_a_pod_with_a_node_name_goes_there_unscheduled(void **state)
{
    struct fixture *f = *state;
    struct pod_spec spec;

    start(f);
    spec = f->workloads[0].pod_template;
    spec.meta.name = "solo";
    spec.node_name = "node-2";
    commands_apply_pod(f->cluster, &spec, CAUSE_APPLY);
    assert_int_equal(cluster_pod_node(f->cluster, 3), 1);
    fixture_run(f, NS_PER_MIN);
    assert_int_equal(cluster_pod_state(f->cluster, 3), POD_STATE_READY);
}

static void test_a_pod_is_deleted_once(void **state)
{
    struct fixture *f = *state;

    f->on_sigterm = FIXTURE_DRAIN;
    f->drain_ns = 5 * NS_PER_S;
    start(f);
    cluster_delete_pod(f->cluster, 0, 20 * NS_PER_S, false, CAUSE_KILL);
    cluster_delete_pod(f->cluster, 0, 1 * NS_PER_S, false, CAUSE_DELETE);
    assert_int_equal(f->versions.count, 1);
    assert_int_equal(cluster_pod_deleted_cause(f->cluster, 0), CAUSE_KILL);
    assert_int_equal(f->cluster->pods[0]->grace_ns, 20 * NS_PER_S);
    assert_false(cluster_pod_is_live(f->cluster, 0));
}

static void test_lookups_find_by_namespace_and_name(void **state)
{
    struct dns_question question = {.port = 80};
    struct fixture *f = *state;

    fixture_add_other(f, 1);
    start(f);
    assert_int_equal(cluster_find_deployment(f->cluster, "default", "kubia"), 0);
    assert_int_equal(cluster_find_deployment(f->cluster, "shop", "kubia"), ID_NONE);
    assert_int_equal(cluster_find_replica_set(f->cluster, "default", "other"), 1);
    assert_int_equal(cluster_name_service(f->cluster, "default", "other"), 1);
    question.service = 1;
    assert_int_equal(cluster_resolve(f->cluster, &question).kind, DNS_SERVICE);
    question.service = cluster_name_service(f->cluster, "shop", "kubia");
    assert_int_equal(cluster_resolve(f->cluster, &question).kind, DNS_NONE);
    assert_int_equal(cluster_find_node(f->cluster, "node-3"), 2);
    assert_int_equal(cluster_find_node(f->cluster, "node-4"), ID_NONE);
    assert_int_equal(cluster_find_pod(f->cluster, "default", cluster_pod_name(f->cluster, 2)), 2);
}

/* An annotation, a condition that nobody here reads: a version more, which 1.20 to 1.23 see in targetRef. */
static void test_a_patch_of_what_is_not_modelled_makes_a_version(void **state)
{
    struct fixture *f = *state;
    struct label note = {"note", "x"};
    struct pod_spec spec;
    uint64_t before;

    start(f);
    spec = *f->cluster->pods[0]->spec;
    spec.meta.labels = *f->cluster->pods[0]->stored.labels;
    before = f->cluster->pods[0]->stored.resource_version;
    commands_patch_pod(f->cluster, 0, &spec, false, false);
    assert_int_equal(f->cluster->pods[0]->stored.resource_version, before);
    spec.meta.annotations = (struct label_set){&note, 1};
    commands_patch_pod(f->cluster, 0, &spec, false, true);
    assert_true(f->cluster->pods[0]->stored.resource_version > before);
    assert_string_equal(labels_get(f->cluster->pods[0]->annotations, "note"), "x");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_set_image_without_a_name_changes_the_first_container),
        TEST(test_set_image_by_name_changes_that_container),
        TEST(test_set_image_with_a_star_changes_all_containers),
        TEST(test_set_image_of_no_such_container_changes_nothing),
        TEST(test_a_write_that_changes_nothing_is_dropped),
        TEST(test_a_command_is_stored_at_its_instant),
        TEST(test_a_restart_makes_a_new_template_every_time),
        TEST(test_a_pod_is_labelled_and_its_labels_removed),
        TEST(test_spawned_pods_have_the_templates_labels_but_not_its_hash),
        TEST(test_a_spawned_spec_keeps_its_name_only_if_it_is_alone),
        TEST(test_a_pod_with_a_node_name_goes_there_unscheduled),
        TEST(test_a_pod_is_deleted_once),
        TEST(test_a_patch_of_what_is_not_modelled_makes_a_version),
        TEST(test_lookups_find_by_namespace_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
