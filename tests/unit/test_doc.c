/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/doc.h"

static int set_up(void **state)
{
    static struct arena arena;

    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(*state);
    return 0;
}

static void assert_written(const struct doc *doc, const char *json, const char *yaml)
{
    struct out out;

    out_open_memory(&out);
    doc_write_json(&out, doc);
    assert_string_equal(out_text(&out), json);
    out_discard(&out);
    out_open_memory(&out);
    doc_write_yaml(&out, doc);
    assert_string_equal(out_text(&out), yaml);
    out_discard(&out);
}

static void test_keys_are_sorted(void **state)
{
    struct doc *doc = doc_new_map(*state);

    doc_add_text(doc, "name", "kubia");
    doc_add_i64(doc, "count", 3);
    doc_add_bool(doc, "ready", true);
    doc_add_null(doc, "ports");
    assert_written(doc,
                   "{\n    \"count\": 3,\n    \"name\": \"kubia\",\n    \"ports\": null,\n"
                   "    \"ready\": true\n}\n",
                   "count: 3\nname: kubia\nports: null\nready: true\n");
}

static void test_lists_keep_their_order_and_stand_flush_with_their_key(void **state)
{
    struct doc *doc = doc_new_map(*state);
    struct doc *list = doc_add_list(doc, "list");
    struct doc *first = doc_add_map(list, NULL);

    doc_add_text(first, "b", "2");
    doc_add_text(first, "a", "x");
    doc_add_text(doc_add_list(doc_add_map(list, NULL), "in"), NULL, "y");
    assert_written(doc,
                   "{\n    \"list\": [\n        {\n            \"a\": \"x\",\n"
                   "            \"b\": \"2\"\n        },\n        {\n            \"in\": [\n"
                   "                \"y\"\n            ]\n        }\n    ]\n}\n",
                   "list:\n- a: x\n  b: \"2\"\n- in:\n  - \"y\"\n");
}

static void test_what_is_empty_is_left_out_unless_kept(void **state)
{
    struct doc *doc = doc_new_map(*state);

    (void)doc_add_map(doc_add_map(doc, "outer"), "inner");
    doc_add_text(doc, "absent", NULL);
    doc_keep(doc_add_map(doc, "kept"));
    doc_keep(doc_add_list(doc, "list"));
    assert_written(doc, "{\n    \"kept\": {},\n    \"list\": []\n}\n", "kept: {}\nlist: []\n");
}

static void test_times_are_quoted_in_yaml_and_uuids_are_not(void **state)
{
    struct doc *doc = doc_new_list(*state);

    doc_add_text(doc, NULL, "2026-01-01T00:00:00Z");
    doc_add_text(doc, NULL, "59fb5519-7f5e-486c-b0a0-f35ec335a217");
    assert_written(doc,
                   "[\n    \"2026-01-01T00:00:00Z\",\n"
                   "    \"59fb5519-7f5e-486c-b0a0-f35ec335a217\"\n]\n",
                   "- \"2026-01-01T00:00:00Z\"\n- 59fb5519-7f5e-486c-b0a0-f35ec335a217\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_keys_are_sorted),
        TEST(test_lists_keep_their_order_and_stand_flush_with_their_key),
        TEST(test_what_is_empty_is_left_out_unless_kept),
        TEST(test_times_are_quoted_in_yaml_and_uuids_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
