/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/yaml_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct source_list sources;
    struct diagnostics diagnostics;
    struct yaml_documents documents;
    bool is_whole;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    arena_init(&fixture.arena);
    source_list_init(&fixture.sources, &fixture.arena);
    diagnostics_init(&fixture.diagnostics, &fixture.arena, &fixture.sources);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_deinit(&f->arena);
    return 0;
}

static const struct item *parse_bytes(struct fixture *f, const char *text, size_t length)
{
    const uint32_t source = source_add_text(&f->sources, "t.yaml", text, length);

    f->is_whole = yaml_tree_parse(&f->arena, &f->diagnostics, source, &f->documents);
    return f->documents.count > 0 ? f->documents.items[0] : NULL;
}

static const struct item *parse(void **state, const char *text)
{
    return parse_bytes(*state, text, strlen(text));
}

static enum item_kind kind_of(const char *text)
{
    return yaml_tree_resolve(text, strlen(text));
}

static void test_core_schema_of_yaml_1_2(void **state)
{
    (void)state;
    assert_int_equal(kind_of(""), ITEM_NULL);
    assert_int_equal(kind_of("~"), ITEM_NULL);
    assert_int_equal(kind_of("Null"), ITEM_NULL);
    assert_int_equal(kind_of("true"), ITEM_BOOL);
    assert_int_equal(kind_of("FALSE"), ITEM_BOOL);
    assert_int_equal(kind_of("yes"), ITEM_STRING); /* YAML 1.1 */
    assert_int_equal(kind_of("on"), ITEM_STRING);
    assert_int_equal(kind_of("0"), ITEM_INT);
    assert_int_equal(kind_of("-12"), ITEM_INT);
    assert_int_equal(kind_of("0o17"), ITEM_INT);
    assert_int_equal(kind_of("0x1F"), ITEM_INT);
    assert_int_equal(kind_of("0x"), ITEM_STRING);
    assert_int_equal(kind_of("1_000"), ITEM_STRING);
    assert_int_equal(kind_of("1.5"), ITEM_FLOAT);
    assert_int_equal(kind_of(".5"), ITEM_FLOAT);
    assert_int_equal(kind_of("1."), ITEM_FLOAT);
    assert_int_equal(kind_of("."), ITEM_STRING);
    assert_int_equal(kind_of("1e3"), ITEM_FLOAT);
    assert_int_equal(kind_of("1e"), ITEM_STRING);
    assert_int_equal(kind_of("-.inf"), ITEM_FLOAT);
    assert_int_equal(kind_of("12:30"), ITEM_STRING);
    assert_int_equal(kind_of("1m"), ITEM_STRING);
}

static void test_items_know_their_places(void **state)
{
    const struct item *map = parse(state, "a:\n  - x\n  - {b: \xC3\xA4, c: y}\n");
    const struct item *inner = yaml_tree_get(map, "a")->entries[1].value;

    assert_int_equal(inner->line, 3);
    assert_int_equal(inner->column, 5);
    assert_int_equal(yaml_tree_get(inner, "c")->column, 15); /* characters, not bytes */
}

static void test_quotes_make_strings(void **state)
{
    const struct item *map = parse(state, "{a: \"5\", b: '~', c: !!str 5, d: 5}");

    assert_int_equal(yaml_tree_get(map, "a")->kind, ITEM_STRING);
    assert_int_equal(yaml_tree_get(map, "b")->kind, ITEM_STRING);
    assert_int_equal(yaml_tree_get(map, "c")->kind, ITEM_STRING);
    assert_int_equal(yaml_tree_get(map, "d")->kind, ITEM_INT);
}

static void test_aliases_are_shared_and_merged(void **state)
{
    const struct item *map = parse(state, "base: &b {x: 1, y: 2}\n"
                                          "one: *b\n"
                                          "two: {y: 3, <<: *b}\n"
                                          "three: {<<: [{x: 7}, *b]}\n");
    const struct item *two = yaml_tree_get(map, "two");
    const struct item *three = yaml_tree_get(map, "three");

    assert_ptr_equal(yaml_tree_get(map, "one"), yaml_tree_get(map, "base"));
    assert_int_equal(two->count, 2);
    assert_string_equal(yaml_tree_get(two, "y")->text, "3"); /* its own wins */
    assert_string_equal(yaml_tree_get(two, "x")->text, "1");
    assert_string_equal(yaml_tree_get(three, "x")->text, "7"); /* the earlier wins */
    assert_string_equal(yaml_tree_get(three, "y")->text, "2");
}

static void test_an_alias_as_a_key_is_that_key(void **state)
{
    struct fixture *f = *state;

    (void)parse(state, "x: &a name\n? *a\n: 1\nname: 2\n");
    assert_int_equal(f->diagnostics.error_count, 1);
    assert_non_null(strstr(f->diagnostics.items[0].text, "duplicate key \"name\""));
}

static void test_a_quoted_merge_sign_is_a_key(void **state)
{
    const struct item *map = parse(state, "{\"<<\": 1, a: 2}");

    assert_int_equal(map->count, 2);
    assert_string_equal(yaml_tree_get(map, "<<")->text, "1");
}

static void test_empty_documents_are_left_out(void **state)
{
    struct fixture *f = *state;

    (void)parse(state, "---\n# nothing\n---\na: 1\n---\n...\n---\nb: 2\n");
    assert_int_equal(f->documents.count, 2);
}

static void test_a_duplicate_key_is_found_in_large_maps_too(void **state)
{
    struct fixture *f = *state;
    char text[2000] = "";

    for (int i = 0; i < 50; i++)
        snprintf(text + strlen(text), 40, "k%d: %d\n", i, i);
    strcat(text, "k7: 1\n");
    (void)parse(state, text);
    assert_int_equal(f->diagnostics.error_count, 1);
    assert_true(f->is_whole);
    assert_int_equal(f->diagnostics.items[0].place.line, 51);
    assert_non_null(strstr(f->diagnostics.items[0].text, "line 8"));
}

/* `levels` lists in each other, the innermost holds `text`. */
static void append_nested(char *to, int levels, const char *text)
{
    for (int i = 0; i < levels; i++)
        strcat(to, "[");
    strcat(to, text);
    for (int i = 0; i < levels; i++)
        strcat(to, "]");
}

static void test_depth_counts_written_out_aliases(void **state)
{
    struct fixture *f = *state;
    char fits[400] = "a: &a ";
    char is_too_deep[400] = "a: &a ";

    append_nested(fits, 49, "");
    strcat(fits, "\nb: ");
    append_nested(fits, 50, "*a"); /* the map, 50 and 49: a hundred */
    append_nested(is_too_deep, 49, "");
    strcat(is_too_deep, "\nb: ");
    append_nested(is_too_deep, 51, "*a");
    (void)parse(state, fits);
    assert_int_equal(f->diagnostics.error_count, 0);
    (void)parse(state, is_too_deep);
    assert_int_equal(f->diagnostics.error_count, 1);
}

static void test_nul_and_broken_utf8_are_found_where_they_are(void **state)
{
    struct fixture *f = *state;

    (void)parse_bytes(f, "a: 1\nb: x\0y\n", 12);
    assert_false(f->is_whole);
    assert_int_equal(f->diagnostics.items[0].place.line, 2);
    assert_int_equal(f->diagnostics.items[0].place.column, 5);
    (void)parse_bytes(f, "a: \xC0\x80", 5); /* overlong */
    assert_int_equal(f->diagnostics.error_count, 2);
    (void)parse_bytes(f, "a: \xED\xA0\x80", 6); /* a surrogate */
    assert_int_equal(f->diagnostics.error_count, 3);
    (void)parse_bytes(f, "a: \xF0\x9F\x98\x80", 7); /* fine */
    assert_int_equal(f->diagnostics.error_count, 3);
}

static void test_copies_leave_the_original(void **state)
{
    struct fixture *f = *state;
    const struct item *map = parse(state, "{a: 1, b: 2}");
    const struct place place = {0};
    const struct item *three = yaml_tree_scalar(&f->arena, place, "3");
    const struct item *other =
        yaml_tree_with(&f->arena, map, yaml_tree_string(&f->arena, place, "a"), three);
    const struct item *more =
        yaml_tree_with(&f->arena, map, yaml_tree_string(&f->arena, place, "c"), three);

    assert_string_equal(yaml_tree_get(map, "a")->text, "1");
    assert_string_equal(yaml_tree_get(other, "a")->text, "3");
    assert_int_equal(other->count, 2);
    assert_int_equal(more->count, 3);
    assert_string_equal(more->entries[2].key->text, "c");
}

static void test_surrogate_pairs_of_json_are_joined(void **state)
{
    struct fixture *f = *state;

    (void)parse(state,
                "[\"a\\uD83D\\uDE00b\", \"\\ud83d\\ude00\", \"\\u00e9\", \"\\\\uD83D\\\\uDE00\"]");
    assert_true(f->is_whole);
    assert_string_equal(f->documents.items[0]->entries[0].value->text, "a\xF0\x9F\x98\x80"
                                                                       "b");
    assert_string_equal(f->documents.items[0]->entries[1].value->text, "\xF0\x9F\x98\x80");
    assert_string_equal(f->documents.items[0]->entries[2].value->text, "\xC3\xA9");
    assert_string_equal(f->documents.items[0]->entries[3].value->text, "\\uD83D\\uDE00");
}

static void test_half_a_surrogate_pair_is_an_error(void **state)
{
    struct fixture *f = *state;

    (void)parse(state, "[\"\\uD83D\"]");
    assert_false(f->is_whole);
    assert_int_equal(f->diagnostics.error_count, 1);
}

static void test_hash_is_of_content_not_of_order_or_style(void **state)
{
    struct fixture *f = *state;

    (void)parse(state,
                "{a: 1, b: [x, y]}\n---\nb:\n  - x\n  - \"y\"\na: 1\n---\n{a: 1, b: [y, x]}\n---\n"
                "{a: \"1\", b: [x, y]}\n");
    assert_int_equal(f->documents.count, 4);
    assert_true(yaml_tree_hash(f->documents.items[0]) == yaml_tree_hash(f->documents.items[1]));
    assert_false(yaml_tree_hash(f->documents.items[0]) == yaml_tree_hash(f->documents.items[2]));
    assert_false(yaml_tree_hash(f->documents.items[0]) == yaml_tree_hash(f->documents.items[3]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_core_schema_of_yaml_1_2),
        TEST(test_items_know_their_places),
        TEST(test_quotes_make_strings),
        TEST(test_aliases_are_shared_and_merged),
        TEST(test_an_alias_as_a_key_is_that_key),
        TEST(test_a_quoted_merge_sign_is_a_key),
        TEST(test_empty_documents_are_left_out),
        TEST(test_a_duplicate_key_is_found_in_large_maps_too),
        TEST(test_depth_counts_written_out_aliases),
        TEST(test_nul_and_broken_utf8_are_found_where_they_are),
        TEST(test_copies_leave_the_original),
        TEST(test_surrogate_pairs_of_json_are_joined),
        TEST(test_half_a_surrogate_pair_is_an_error),
        TEST(test_hash_is_of_content_not_of_order_or_style),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
