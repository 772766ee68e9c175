/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario_rig.h"

#define DEPLOYMENT(pod_spec)                    \
    "---\n"                                     \
    "apiVersion: apps/v1\n"                     \
    "kind: Deployment\n"                        \
    "metadata: {name: kubia}\n"                 \
    "spec:\n"                                   \
    "  selector: {matchLabels: {app: kubia}}\n" \
    "  template:\n"                             \
    "    metadata: {labels: {app: kubia}}\n"    \
    "    spec: {" pod_spec "}\n"
#define CONTAINER(more)                                                                          \
    "containers: [{name: nodejs, image: \"luksa/kubia:v1\", ports: [{containerPort: 8080}]" more \
    "}]"
#define SERVICE(selector, target) \
    "---\n"                       \
    "apiVersion: v1\n"            \
    "kind: Service\n"             \
    "metadata: {name: kubia}\n"   \
    "spec: {selector: {" selector "}, ports: [{port: 80, targetPort: " target "}]}\n"
#define ENDPOINTS(name)            \
    "---\n"                        \
    "apiVersion: v1\n"             \
    "kind: Endpoints\n"            \
    "metadata: {name: " name "}\n" \
    "subsets: [{addresses: [{ip: 11.11.11.11}], ports: [{port: 80}]}]\n"
#define SPEC(text) SCENARIO_HEAD "spec:\n" text
#define ROLLING \
    "  timeline: [{at: 60s, set: {target: deployment/kubia, image: \"luksa/kubia:v2\"}}]\n"
#define READY ", readinessProbe: {tcpSocket: {port: 8080}}"

static struct rig rig;

static int free_scenario(void **state)
{
    (void)state;
    scenario_free(&rig.scenario);
    return 0;
}

static uint32_t count_warnings(const char *text)
{
    uint32_t count = 0;

    scenario_free(&rig.scenario); /* of the text before */
    rig_load(&rig, text);
    if (rig.status != STATUS_OK)
        print_message("%s%s\n", rig.messages, rig.err.text);
    assert_int_equal(rig.status, STATUS_OK);
    for (uint32_t i = 0; i < rig.scenario.warning_count; i++)
        count += strstr(rig.scenario.warnings[i], "is not modelled") == NULL;
    return count;
}

/* The only warning of the text (beside unmodelled kinds) is this. */
static void assert_warns(const char *text, const char *warning)
{
    const uint32_t count = count_warnings(text);

    for (uint32_t i = 0; i < rig.scenario.warning_count && !rig_warns(&rig, warning); i++)
        print_message("%s\n", rig.scenario.warnings[i]);
    assert_true(rig_warns(&rig, warning));
    assert_int_equal(count, 1);
}

static void assert_silent(const char *text)
{
    if (count_warnings(text) > 0)
        print_message("%s\n", rig.scenario.warnings[0]);
    assert_int_equal(count_warnings(text), 0);
}

static void test_what_is_right_is_not_warned_of(void **state)
{
    (void)state;
    assert_silent(SPEC(ROLLING) SERVICE("app: kubia", "8080") DEPLOYMENT(CONTAINER(READY)));
}

static void test_endpoints_without_a_service_of_their_name(void **state)
{
    (void)state;
    assert_warns(
        SCENARIO_HEAD SERVICE("app: kubia", "8080") DEPLOYMENT(CONTAINER("")) ENDPOINTS("kubai"),
        "metadata.name: no Service kubai in namespace default, so nothing uses these addresses; did you "
        "mean kubia?");
}

static void test_endpoints_of_a_service_are_not_warned_of(void **state)
{
    rig_load(&rig, SCENARIO_HEAD SERVICE("app: kubia", "8080") DEPLOYMENT(CONTAINER(""))
                       ENDPOINTS("kubia"));
    (void)state;
    assert_int_equal(rig.status, STATUS_OK);
    assert_false(rig_warns(&rig, "no Service kubia"));
}

static void test_a_selector_that_matches_nothing(void **state)
{
    (void)state;
    assert_warns(
        SCENARIO_HEAD SERVICE("app: kubai", "8080") DEPLOYMENT(CONTAINER("")),
        "s.yaml:7:18: service/kubia: spec.selector: selects no pod: no template and no Pod in "
        "namespace default has app=kubai; did you mean app=kubia?");
}

static void test_a_selector_that_a_label_of_the_timeline_matches_later(void **state)
{
    (void)state;
    assert_silent(
        SPEC("  timeline: [{at: 1s, label: {selector: app=kubia, set: {app: quarantine}}}]\n")
            SERVICE("app: quarantine", "8080") DEPLOYMENT(CONTAINER("")));
}

static void test_a_selector_of_pods_in_another_namespace(void **state)
{
    static const char text[] = SCENARIO_HEAD SERVICE(
        "app: kubia",
        "8080") "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {app: kubia}}\n"
                "spec: {" CONTAINER("") "}\n";

    (void)state;
    assert_warns(text, "pod/p is in namespace shop");
}

static void test_a_selector_of_a_kind_that_is_not_modelled(void **state)
{
    static const char text[] = SCENARIO_HEAD SERVICE(
        "app: kubia", "8080") "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n"
                              "spec: {template: {metadata: {labels: {app: kubia}}}}\n";

    (void)state;
    (void)count_warnings(text);
    assert_true(rig_warns(&rig, "selects only the pods of statefulset/db, which is not modelled"));
}

static void test_a_target_port_that_no_container_declares(void **state)
{
    (void)state;
    assert_warns(SCENARIO_HEAD SERVICE("app: kubia", "8081") DEPLOYMENT(CONTAINER("")),
                 "spec.ports[0].targetPort: nothing in deployment/kubia listens on port 8081; "
                 "declared: 8080");
    assert_warns(SCENARIO_HEAD SERVICE("app: kubia", "http") DEPLOYMENT(CONTAINER("")),
                 "no container of deployment/kubia has a port named \"http\"");
}

static void test_a_target_port_where_no_port_is_declared(void **state)
{
    (void)state;
    assert_silent(SCENARIO_HEAD SERVICE("app: kubia", "8081")
                      DEPLOYMENT("containers: [{name: nodejs, image: a}]"));
}

static void test_a_target_port_that_the_app_listens_on(void **state)
{
    (void)state;
    assert_silent(SPEC("  apps: [{listen: [8081]}]\n") SERVICE("app: kubia", "8081")
                      DEPLOYMENT(CONTAINER("")));
}

static void test_a_readiness_probe_of_a_port_that_nobody_declares(void **state)
{
    (void)state;
    assert_warns(SCENARIO_HEAD SERVICE("app: kubia", "8080")
                     DEPLOYMENT(CONTAINER(", readinessProbe: {httpGet: {port: 9090}}")),
                 "spec.template.spec.containers[name=nodejs].readinessProbe.httpGet.port: nothing "
                 "listens on port 9090 (declared: 8080), so the pod never becomes ready");
}

static void test_a_pre_stop_as_long_as_the_grace(void **state)
{
    (void)state;
    assert_warns(SCENARIO_HEAD SERVICE("app: kubia", "8080") DEPLOYMENT(
                     CONTAINER(", lifecycle: {preStop: {exec: {command: [sleep, \"30\"]}}}")),
                 "lifecycle.preStop: takes 30s, and terminationGracePeriodSeconds is 30s");
    assert_silent(SCENARIO_HEAD SERVICE("app: kubia", "8080") DEPLOYMENT(
        CONTAINER(", lifecycle: {preStop: {exec: {command: [sleep, \"29\"]}}}")));
}

static void test_a_rollout_without_a_readiness_probe(void **state)
{
    (void)state;
    assert_warns(
        SPEC(ROLLING) SERVICE("app: kubia", "8080") DEPLOYMENT(CONTAINER("")),
        "readinessProbe: missing: new pods of the rollout (s.yaml:4) count as Ready before "
        "they listen");
    assert_silent(SCENARIO_HEAD SERVICE("app: kubia", "8080") DEPLOYMENT(CONTAINER("")));
}

static void test_a_timeout_below_the_mean_service_time(void **state)
{
    (void)state;
    assert_warns(
        SPEC("  clients: [{name: a, target: \"http://kubia\", rate: 1, timeout: 9ms}]\n")
            SERVICE("app: kubia", "8080") DEPLOYMENT(CONTAINER("")),
        "spec.clients[name=a].timeout: 9ms is shorter than the mean serviceTime of deployment/kubia");
    assert_silent(SPEC("  clients: [{name: a, target: \"http://kubia\", rate: 1, timeout: 10ms}]\n")
                      SERVICE("app: kubia", "8080") DEPLOYMENT(CONTAINER("")));
}

static void test_pods_that_are_alike_are_warned_of_once(void **state)
{
    static const char text[] = SCENARIO_HEAD SERVICE(
        "app: kubia",
        "8080") "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: kubia}}\n"
                "spec: {" CONTAINER(
                    ", readinessProbe: {httpGet: {port: 9090}}") "}\n"
                                                                 "---\napiVersion: v1\nkind: Pod\nmetadata: {name: q, labels: {app: kubia}}\n"
                                                                 "spec: {" CONTAINER(
                                                                     ", readinessProbe: {httpGet: {port: 9090}}") "}\n";

    (void)state;
    assert_warns(text, "pod/p: spec.containers[name=nodejs].readinessProbe.httpGet.port");
}

#define TEST(name) cmocka_unit_test_teardown(name, free_scenario)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_right_is_not_warned_of),
        TEST(test_endpoints_without_a_service_of_their_name),
        TEST(test_endpoints_of_a_service_are_not_warned_of),
        TEST(test_a_selector_that_matches_nothing),
        TEST(test_a_selector_that_a_label_of_the_timeline_matches_later),
        TEST(test_a_selector_of_pods_in_another_namespace),
        TEST(test_a_selector_of_a_kind_that_is_not_modelled),
        TEST(test_a_target_port_that_no_container_declares),
        TEST(test_a_target_port_where_no_port_is_declared),
        TEST(test_a_target_port_that_the_app_listens_on),
        TEST(test_a_readiness_probe_of_a_port_that_nobody_declares),
        TEST(test_a_pre_stop_as_long_as_the_grace),
        TEST(test_a_rollout_without_a_readiness_probe),
        TEST(test_a_timeout_below_the_mean_service_time),
        TEST(test_pods_that_are_alike_are_warned_of_once),
    };

    return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
