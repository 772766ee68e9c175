/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/version_lines.h"
#include "support/fixture.h"

struct rig {
    struct fixture f;
    struct version_lines lines;
    char path[200];
};

static int set_up(void **state)
{
    static struct rig rig;
    const char *folder = getenv("TMPDIR");

    fixture_init(&rig.f);
    snprintf(rig.path, sizeof rig.path, "%s/version-lines-%ld", folder != NULL ? folder : "/tmp",
             (long)getpid());
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    (void)remove(rig->path);
    fixture_deinit(&rig->f);
    return 0;
}

/* Runs for a minute and returns the lines as an array; `bytes_max` 0: the usual limit. */
static json_t *run(struct rig *rig, uint64_t bytes_max)
{
    struct world *world = fixture_world(&rig->f);
    json_t *array = json_array();
    char *line = NULL;
    size_t size = 0;
    struct error err;
    FILE *in;

    assert_int_equal(version_lines_start(&rig->lines, world, rig->path, &err), STATUS_OK);
    if (bytes_max > 0)
        rig->lines.bytes_max = bytes_max;
    assert_true(world_run(world, NS_PER_MIN, NULL));
    assert_int_equal(version_lines_finish(&rig->lines, &err), STATUS_OK);
    in = fopen(rig->path, "r");
    assert_non_null(in);
    while (getline(&line, &size, in) > 0) {
        json_t *json = json_loads(line, 0, NULL);

        assert_non_null(json);
        json_array_append_new(array, json);
    }
    free(line);
    fclose(in);
    return array;
}

static const char *text_at(const json_t *lines, size_t index, const char *key)
{
    return json_string_value(json_object_get(json_array_get(lines, index), key));
}

static const json_t *object_at(const json_t *lines, size_t index)
{
    return json_object_get(json_array_get(lines, index), "object");
}

static void test_each_stored_version_is_a_line_in_order(void **state)
{
    struct rig *rig = *state;
    json_t *lines;
    double last_s = 0;

    fixture_at(&rig->f, 10 * NS_PER_S, VERB_SCALE)->count = 5;
    lines = run(rig, 0);
    assert_true(json_array_size(lines) > 3);
    assert_int_equal(json_array_size(lines),
                     fixture_count_versions(&rig->f, OBJECT_SLICE, WRITE_CREATE) +
                         fixture_count_versions(&rig->f, OBJECT_SLICE, WRITE_UPDATE) +
                         fixture_count_versions(&rig->f, OBJECT_ENDPOINTS, WRITE_UPDATE));
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const double t_s = json_number_value(json_object_get(json_array_get(lines, i), "t_s"));

        assert_true(t_s >= last_s);
        last_s = t_s;
        assert_string_equal(text_at(lines, i, "type"), "MODIFIED");
    }
    json_decref(lines);
}

static void test_the_object_is_as_it_was_stored_then(void **state)
{
    struct rig *rig = *state;
    json_t *lines;
    size_t endpoint_count = 3;

    fixture_at(&rig->f, 10 * NS_PER_S, VERB_SCALE)->count = 5;
    lines = run(rig, 0);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *object = object_at(lines, i);
        const json_t *endpoints = json_object_get(object, "endpoints");

        if (endpoints == NULL)
            continue; /* of Endpoints */
        assert_true(json_array_size(endpoints) >= endpoint_count);
        endpoint_count = json_array_size(endpoints);
        assert_string_equal(json_string_value(json_object_get(object, "addressType")), "IPv4");
    }
    assert_int_equal(endpoint_count, 5);
    json_decref(lines);
}

static void test_deleted_objects_are_marked_and_have_metadata(void **state)
{
    struct rig *rig = *state;
    struct timeline_entry *entry = fixture_at(&rig->f, 10 * NS_PER_S, VERB_DELETE);
    json_t *lines;
    bool is_found = false;

    entry->target.kind = "service";
    lines = run(rig, 0);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *meta = json_object_get(object_at(lines, i), "metadata");

        if (strcmp(text_at(lines, i, "type"), "DELETED") != 0)
            continue;
        is_found = true;
        assert_non_null(json_object_get(meta, "name"));
        assert_null(json_object_get(object_at(lines, i), "subsets"));
    }
    assert_true(is_found);
    json_decref(lines);
}

static void test_past_the_limit_versions_are_counted_only(void **state)
{
    struct rig *rig = *state;
    json_t *lines;
    json_t *last;

    fixture_at(&rig->f, 10 * NS_PER_S, VERB_SCALE)->count = 5;
    lines = run(rig, 1);
    assert_int_equal(json_array_size(lines), 2);
    last = json_array_get(lines, 1);
    assert_string_equal(text_at(lines, 1, "type"), "OMITTED");
    assert_int_equal(json_integer_value(json_object_get(last, "versions")),
                     fixture_count_versions(&rig->f, OBJECT_SLICE, WRITE_UPDATE) +
                         fixture_count_versions(&rig->f, OBJECT_ENDPOINTS, WRITE_UPDATE) - 1);
    json_decref(lines);
}

static void test_a_file_that_cannot_be_made_is_reported(void **state)
{
    struct rig *rig = *state;
    struct world *world = fixture_world(&rig->f);
    struct error err;

    assert_int_equal(version_lines_start(&rig->lines, world, "/nowhere/at/all", &err), STATUS_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_stored_version_is_a_line_in_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_object_is_as_it_was_stored_then, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_deleted_objects_are_marked_and_have_metadata, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_past_the_limit_versions_are_counted_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_that_cannot_be_made_is_reported, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
