/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "traffic/app.h"
#include "unit/traffic_rig.h"

static void globs_match_as_shells_do(void **state)
{
    (void)state;
    assert_true(app_glob_matches("luksa/kubia:v2", "luksa/kubia:v2"));
    assert_false(app_glob_matches("luksa/kubia:v2", "luksa/kubia:v22"));
    assert_true(app_glob_matches("*", ""));
    assert_true(app_glob_matches("*kubia*", "luksa/kubia:v2"));
    assert_true(app_glob_matches("luksa/kubia:v?", "luksa/kubia:v2"));
    assert_false(app_glob_matches("luksa/kubia:v?", "luksa/kubia:v"));
    assert_true(app_glob_matches("*ab*abc", "abababc"));
    assert_false(app_glob_matches("*ab*abd", "abababc"));
    assert_false(app_glob_matches("", "a"));
}

static void the_first_app_that_fits_is_taken(void **state)
{
    struct rig rig;
    struct app_spec apps[4] = {{.match_image = "web:v2"},
                               {.match_deployment = "web", .match_image = "web:v1"},
                               {.match_image = "web:*"},
                               {0}};

    (void)state;
    rig_init(&rig, 1, 1);
    rig.spec = (struct traffic_spec){.apps = apps, .app_count = 4};
    assert_ptr_equal(app_find(&rig.arena, &rig.spec, &rig.cluster, 0), &apps[2]);
    rig.cluster.pods[0].deployment = "web";
    assert_ptr_equal(app_find(&rig.arena, &rig.spec, &rig.cluster, 0), &apps[1]);
    rig.container.image = "other";
    assert_ptr_equal(app_find(&rig.arena, &rig.spec, &rig.cluster, 0), &apps[3]);
    rig_deinit(&rig);
}

static void a_selector_is_matched_against_the_pods_labels(void **state)
{
    const struct label labels[] = {{"app", "web"}};
    struct rig rig;
    struct app_spec apps[2] = {{.has_match_selector = true}, {0}};

    (void)state;
    rig_init(&rig, 1, 2);
    rig.cluster.pods[1].labels = labels_from(&rig.arena, labels, 1);
    apps[0].match_selector = labels_selector(&rig.arena, &rig.cluster.pods[1].labels);
    rig.spec = (struct traffic_spec){.apps = apps, .app_count = 2};
    assert_ptr_equal(app_find(&rig.arena, &rig.spec, &rig.cluster, 0), &apps[1]);
    assert_ptr_equal(app_find(&rig.arena, &rig.spec, &rig.cluster, 1), &apps[0]);
    rig_deinit(&rig);
}

/* Whether a program of `app` in a pod with these declared ports accepts `port`. */
static bool listens(struct rig *rig, const struct app_spec *app, uint32_t declared_count,
                    uint16_t port)
{
    struct server server = {.state = SERVER_LISTENING};

    rig->container.port_count = declared_count;
    app_set_ports(&rig->arena, &server, app, &rig->pod);
    return server_listens(&server, port);
}

static void a_container_listens_on_its_declared_ports_or_on_any(void **state)
{
    static const uint16_t other[] = {9090};
    const struct app_spec plain = {0};
    const struct app_spec with_listen = {.listen = other, .listen_count = 1};
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 1);
    assert_true(listens(&rig, &plain, 1, 8080));
    assert_false(listens(&rig, &plain, 1, 9090));
    assert_true(listens(&rig, &plain, 0, 1234));
    assert_false(listens(&rig, &with_listen, 1, 8080));
    assert_true(listens(&rig, &with_listen, 1, 9090));
    assert_false(listens(&rig, &with_listen, 0, 1234));
    rig_deinit(&rig);
}

static void probes_pass_by_port_while_it_listens_and_exec_while_it_runs(void **state)
{
    const struct probe_spec http = {.kind = PROBE_HTTP, .port = {.name = "http"}};
    const struct probe_spec tcp = {.kind = PROBE_TCP, .port = {.number = 81}};
    const struct probe_spec unknown = {.kind = PROBE_GRPC, .port = {.name = "admin"}};
    const struct probe_spec exec = {.kind = PROBE_EXEC};
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 1);
    rig.traffic = traffic_new(&rig.setup);
    assert_false(traffic_app_ops.probe(rig.traffic, 0, &exec));
    assert_int_equal(traffic_app_ops.startup_ns(rig.traffic, 0), NS_PER_S);
    assert_false(traffic_app_ops.probe(rig.traffic, 0, &http));
    assert_true(traffic_app_ops.probe(rig.traffic, 0, &exec));
    traffic_app_ops.on_listen(rig.traffic, 0);
    assert_true(traffic_app_ops.probe(rig.traffic, 0, &http));
    assert_false(traffic_app_ops.probe(rig.traffic, 0, &tcp));
    assert_false(traffic_app_ops.probe(rig.traffic, 0, &unknown));
    traffic_app_ops.on_kill(rig.traffic, 0);
    assert_false(traffic_app_ops.probe(rig.traffic, 0, &http));
    assert_false(traffic_app_ops.probe(rig.traffic, 0, &exec));
    rig_deinit(&rig);
}

static void each_start_draws_its_own_startup_time(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 2);
    rig.app.startup = distribution_exponential(NS_PER_S);
    rig.traffic = traffic_new(&rig.setup);

    const sim_ns first_ns = traffic_app_ops.startup_ns(rig.traffic, 0);
    const sim_ns other_ns = traffic_app_ops.startup_ns(rig.traffic, 1);

    traffic_app_ops.on_kill(rig.traffic, 0);

    const sim_ns second_ns = traffic_app_ops.startup_ns(rig.traffic, 0);

    assert_int_not_equal(first_ns, second_ns);
    assert_int_not_equal(first_ns, other_ns);
    rig_deinit(&rig);
}

static bool answers(struct rig *rig)
{
    const struct probe_spec http = {.kind = PROBE_HTTP, .port = {.number = 8080}};

    return traffic_app_ops.answer_probe(rig->traffic, 0, &http);
}

/* kubia's v3: four good answers, then 500 for ever, until it is started anew. */
static void from_its_fifth_request_on_a_process_fails_and_http_probes_are_requests(void **state)
{
    const struct probe_spec tcp = {.kind = PROBE_TCP, .port = {.number = 8080}};
    struct rig rig;

    (void)state;
    rig_init(&rig, 1, 1);
    rig.app.error_from = 5;
    rig.app.error_time = distribution_constant(NS_PER_MS);
    rig_start(&rig);
    assert_true(answers(&rig));
    rig_run(&rig, 2 * NS_PER_S + NS_PER_S / 2); /* two requests */
    assert_true(answers(&rig));
    assert_true(traffic_app_ops.answer_probe(rig.traffic, 0, &tcp)); /* no request */
    assert_false(answers(&rig));
    assert_true(traffic_app_ops.probe(rig.traffic, 0, &tcp));
    rig_run(&rig, 3 * NS_PER_S + NS_PER_S / 2);
    assert_int_equal(rig_result(&rig, 0, 2)->outcome, OUTCOME_OK);
    assert_int_equal(rig_result(&rig, 0, 2)->t_end_ns, 2 * NS_PER_S + 10 * NS_PER_MS);
    assert_int_equal(rig_result(&rig, 0, 3)->outcome, OUTCOME_ERROR);
    assert_int_equal(rig_result(&rig, 0, 3)->t_end_ns, 3 * NS_PER_S + NS_PER_MS);
    traffic_app_ops.on_kill(rig.traffic, 0);
    (void)traffic_app_ops.startup_ns(rig.traffic, 0);
    traffic_app_ops.on_listen(rig.traffic, 0);
    assert_true(answers(&rig));
    rig_deinit(&rig);
}

static void the_share_of_errors_follows_its_steps(void **state)
{
    static const struct error_step steps[] = {{100 * NS_PER_S, 1}, {200 * NS_PER_S, 0.5}};
    struct rig rig;
    uint32_t failed[4] = {0};

    (void)state;
    rig_init(&rig, 1, 1);
    rig.app.error_steps = steps;
    rig.app.error_step_count = 2;
    rig.clients[0].rate_per_s = 10;
    rig.setup.until_ns = 400 * NS_PER_S;
    rig_start(&rig);
    assert_true(answers(&rig));
    rig_run(&rig, 150 * NS_PER_S);
    assert_false(answers(&rig));
    rig_run(&rig, 400 * NS_PER_S);
    for (uint32_t i = 0; i < rig.result_count; i++)
        failed[rig.results[i].t_start_ns / (100 * NS_PER_S)] +=
            rig.results[i].outcome == OUTCOME_ERROR;
    assert_int_equal(failed[0], 0);
    assert_int_equal(failed[1], 1000);
    assert_in_range(failed[2] + failed[3], 910, 1090); /* four standard deviations */
    rig_deinit(&rig);
}

/* A crowded server and one that is not draw the same luck: the same requests fail. */
static void errors_do_not_depend_on_how_full_the_server_is(void **state)
{
    struct rig rigs[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        rig_init(&rigs[i], 1, 1);
        rigs[i].app.error_ratio = 0.3;
        rigs[i].app.concurrency = i == 0 ? 100 : 1;
        rigs[i].app.service_time = distribution_constant(5 * NS_PER_MS);
        rigs[i].clients[0].rate_per_s = 200;
        rigs[i].setup.until_ns = 10 * NS_PER_S;
        rig_start(&rigs[i]);
        rig_run(&rigs[i], 100 * NS_PER_S);
    }
    for (uint64_t number = 1; number < 1900; number++)
        assert_int_equal(rig_result(&rigs[0], 0, number)->outcome == OUTCOME_ERROR,
                         rig_result(&rigs[1], 0, number)->outcome == OUTCOME_ERROR);
    rig_deinit(&rigs[0]);
    rig_deinit(&rigs[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_match_as_shells_do),
        cmocka_unit_test(the_first_app_that_fits_is_taken),
        cmocka_unit_test(a_selector_is_matched_against_the_pods_labels),
        cmocka_unit_test(a_container_listens_on_its_declared_ports_or_on_any),
        cmocka_unit_test(probes_pass_by_port_while_it_listens_and_exec_while_it_runs),
        cmocka_unit_test(from_its_fifth_request_on_a_process_fails_and_http_probes_are_requests),
        cmocka_unit_test(the_share_of_errors_follows_its_steps),
        cmocka_unit_test(errors_do_not_depend_on_how_full_the_server_is),
        cmocka_unit_test(each_start_draws_its_own_startup_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
