/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "epsim/epsim.h"

static const char scenario_text[] = "apiVersion: epsim/v1\n"
                                    "kind: Scenario\n"
                                    "metadata: {name: embedded}\n"
                                    "spec:\n"
                                    "  until: 5s\n"
                                    "  clients:\n"
                                    "    - {name: load, target: \"http://web\", rate: 200}\n"
                                    "%s"
                                    "---\n"
                                    "apiVersion: v1\n"
                                    "kind: Service\n"
                                    "metadata: {name: web}\n"
                                    "spec: {selector: {app: web}, ports: [{port: 80}]}\n"
                                    "---\n"
                                    "apiVersion: apps/v1\n"
                                    "kind: Deployment\n"
                                    "metadata: {name: web}\n"
                                    "spec:\n"
                                    "  replicas: 2\n"
                                    "  selector: {matchLabels: {app: web}}\n"
                                    "  template:\n"
                                    "    metadata: {labels: {app: web}}\n"
                                    "    spec: {containers: [{name: web, image: \"web:v1\"}]}\n";

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/epsim-embedded-XXXXXX");

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    *state = folder;
    return 0;
}

static int leave_folder(void **state)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
    free(*state);
    return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

/* web.yaml with more lines in its spec. */
static void write_scenario(const char *more)
{
    FILE *file = fopen("web.yaml", "w");

    assert_non_null(file);
    assert_true(fprintf(file, scenario_text, more) > 0);
    assert_int_equal(fclose(file), 0);
}

static bool is_there(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

static void test_a_run_gives_figures_and_a_folder(void **state)
{
    const struct epsim_options options = {.folder = "out"};
    struct epsim_result result;
    char message[1024];

    (void)state;
    write_scenario("");
    if (epsim_run("web.yaml", &options, &result, message, sizeof(message)) != EPSIM_OK)
        fail_msg("%s", message);
    assert_string_equal(message, "");
    assert_true(result.requests > 800 && result.requests < 1200);
    assert_true(result.failed <= 0);
    assert_true(result.latency_p99_s > 0.01 && result.latency_p99_s < 0.2);
    assert_string_equal(result.folder, "out");
    assert_true(is_there("out/manifest.json"));
}

static void test_equal_runs_have_equal_fingerprints(void **state)
{
    struct epsim_options options = {.has_no_folder = 1, .has_seed = 1, .seed = 5};
    struct epsim_result results[3];
    char message[1024];

    (void)state;
    write_scenario("");
    for (uint32_t i = 0; i < 3; i++) {
        options.seed = i == 2 ? 6 : 5;
        assert_int_equal(epsim_run("web.yaml", &options, &results[i], message, sizeof(message)),
                         EPSIM_OK);
        assert_string_equal(results[i].folder, "");
    }
    assert_true(results[0].fingerprint == results[1].fingerprint);
    assert_true(results[0].fingerprint != results[2].fingerprint);
    assert_false(is_there("results"));
}

static void test_a_failed_threshold_is_told(void **state)
{
    const struct epsim_options options = {.has_no_folder = 1};
    struct epsim_result result;
    char message[1024];

    (void)state;
    write_scenario("  thresholds: {http_reqs: [\"count>1000000\"]}\n");
    assert_int_equal(epsim_run("web.yaml", &options, &result, message, sizeof(message)),
                     EPSIM_THRESHOLD);
    assert_true(result.requests > 800);
}

static void test_an_invalid_scenario_is_told_with_its_place(void **state)
{
    struct epsim_result result;
    char message[1024];

    (void)state;
    write_scenario("  untill: 5s\n");
    assert_int_equal(epsim_run("web.yaml", NULL, &result, message, sizeof(message)), EPSIM_INVALID);
    assert_non_null(strstr(message, "web.yaml:8:"));
    assert_false(is_there("results"));
}

static void test_a_missing_file_is_told(void **state)
{
    struct epsim_result result;
    char message[1024];

    (void)state;
    assert_true(epsim_run("nowhere.yaml", NULL, &result, message, sizeof(message)) != EPSIM_OK);
    assert_non_null(strstr(message, "nowhere.yaml"));
}

static void test_the_version_is_known(void **state)
{
    (void)state;
    assert_true(strlen(epsim_version()) > 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_a_run_gives_figures_and_a_folder),
        IN_FOLDER(test_equal_runs_have_equal_fingerprints),
        IN_FOLDER(test_a_failed_threshold_is_told),
        IN_FOLDER(test_an_invalid_scenario_is_told_with_its_place),
        IN_FOLDER(test_a_missing_file_is_told),
        cmocka_unit_test(test_the_version_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
