/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json_out.h"

/* The same document through a writer of either kind. */
static void write_document(struct json_out *json)
{
    json_out_begin_object(json, NULL);
    json_out_string(json, "name", "ku\"bia");
    json_out_string(json, "nothing", NULL);
    json_out_u64(json, "big", UINT64_MAX);
    json_out_i64(json, "small", INT64_MIN);
    json_out_number(json, "third", 1.0 / 3);
    json_out_number(json, "nan", NAN);
    json_out_seconds(json, "t_s", 1500 * NS_PER_MS);
    json_out_bool(json, "yes", true);
    json_out_bool(json, "no", false);
    json_out_null(json, "null");
    json_out_begin_array(json, "list");
    json_out_u64(json, NULL, 1);
    json_out_begin_object(json, NULL);
    json_out_end_object(json);
    json_out_begin_array(json, NULL);
    json_out_end_array(json);
    json_out_end_array(json);
    json_out_end_object(json);
}

static void test_a_document_is_indented_by_two(void **state)
{
    struct json_out json;
    struct out out;

    (void)state;
    out_open_memory(&out);
    json_out_init(&json, &out, false);
    write_document(&json);
    assert_string_equal(out_text(&out), "{\n"
                                        "  \"name\": \"ku\\\"bia\",\n"
                                        "  \"nothing\": null,\n"
                                        "  \"big\": 18446744073709551615,\n"
                                        "  \"small\": -9223372036854775808,\n"
                                        "  \"third\": 0.333333333,\n"
                                        "  \"nan\": null,\n"
                                        "  \"t_s\": 1.5,\n"
                                        "  \"yes\": true,\n"
                                        "  \"no\": false,\n"
                                        "  \"null\": null,\n"
                                        "  \"list\": [\n"
                                        "    1,\n"
                                        "    {},\n"
                                        "    []\n"
                                        "  ]\n"
                                        "}\n");
    out_discard(&out);
}

static void test_a_compact_document_is_one_line_without_spaces(void **state)
{
    struct json_out json;
    struct out out;

    (void)state;
    out_open_memory(&out);
    json_out_init(&json, &out, true);
    write_document(&json);
    assert_string_equal(
        out_text(&out),
        "{\"name\":\"ku\\\"bia\",\"nothing\":null,\"big\":18446744073709551615,"
        "\"small\":-9223372036854775808,\"third\":0.333333333,\"nan\":null,\"t_s\":1.5,"
        "\"yes\":true,\"no\":false,\"null\":null,\"list\":[1,{},[]]}\n");
    out_discard(&out);
}

static void test_documents_follow_each_other_as_lines(void **state)
{
    struct json_out json;
    struct out out;

    (void)state;
    out_open_memory(&out);
    json_out_init(&json, &out, true);
    for (uint64_t i = 0; i < 2; i++) {
        json_out_begin_object(&json, NULL);
        json_out_u64(&json, "i", i);
        json_out_end_object(&json);
    }
    assert_string_equal(out_text(&out), "{\"i\":0}\n{\"i\":1}\n");
    out_discard(&out);
}

static void test_depth_goes_up_to_its_limit(void **state)
{
    struct json_out json;
    struct out out;

    (void)state;
    out_open_memory(&out);
    json_out_init(&json, &out, true);
    for (int i = 0; i < JSON_OUT_DEPTH_MAX; i++)
        json_out_begin_array(&json, NULL);
    for (int i = 0; i < JSON_OUT_DEPTH_MAX; i++)
        json_out_end_array(&json);
    assert_int_equal(out.used, 2 * JSON_OUT_DEPTH_MAX + 1);
    out_discard(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_is_indented_by_two),
        cmocka_unit_test(test_a_compact_document_is_one_line_without_spaces),
        cmocka_unit_test(test_documents_follow_each_other_as_lines),
        cmocka_unit_test(test_depth_goes_up_to_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
