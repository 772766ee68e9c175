/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plain JSON read the short way gives the items that libyaml's way gives: the same text with a comment behind it is YAML.
 */
#include "scenario/json_parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct source_list sources;
    struct diagnostics diagnostics;
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

/* The item of a text if it is taken as JSON, else NULL. */
static const struct item *read_json(struct fixture *f, const char *text)
{
    struct tree_builder *builder = ARENA_NEW(&f->arena, struct tree_builder);
    struct yaml_documents *documents = ARENA_NEW(&f->arena, struct yaml_documents);

    tree_builder_init(builder, &f->arena, &f->diagnostics, documents, 0);
    if (!json_parse(builder, text, strlen(text))) {
        assert_int_equal(documents->count, 0);
        return NULL;
    }
    assert_int_equal(documents->count, 1);
    return documents->items[0];
}

static const struct item *read_yaml(struct fixture *f, const char *text)
{
    struct yaml_documents *documents = ARENA_NEW(&f->arena, struct yaml_documents);
    const char *yaml = arena_printf(&f->arena, "%s\n# not JSON\n", text);
    const uint32_t source = source_add_text(&f->sources, "t.yaml", yaml, strlen(yaml));

    assert_true(yaml_tree_parse(&f->arena, &f->diagnostics, source, documents));
    assert_int_equal(documents->count, 1);
    return documents->items[0];
}

static void expect_same(const struct item *a, const struct item *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->column, b->column);
    assert_int_equal(a->count, b->count);
    if (a->kind != ITEM_MAP && a->kind != ITEM_LIST) {
        assert_int_equal(a->is_default, b->is_default);
        assert_string_equal(a->text, b->text);
        return;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->kind == ITEM_MAP)
            expect_same(a->entries[i].key, b->entries[i].key);
        expect_same(a->entries[i].value, b->entries[i].value);
    }
}

static void expect_both_ways(void **state, const char *text)
{
    const struct item *item = read_json(*state, text);

    assert_non_null(item);
    expect_same(item, read_yaml(*state, text));
}

static void expect_not_json(void **state, const char *text)
{
    struct fixture *f = *state;

    assert_null(read_json(f, text));
    assert_int_equal(f->diagnostics.error_count, 0);
}

static void test_values_of_all_kinds(void **state)
{
    expect_both_ways(state, "{}");
    expect_both_ways(state, "[]");
    expect_both_ways(state,
                     "{\"a\": 1, \"b\": -2.5, \"c\": 1e3, \"d\": true, \"e\": false, \"f\": null}");
    expect_both_ways(state, "[0, -0, 0.5, 1E+2, \"\", \"x\", [[]], {\"a\": {}}]");
    expect_both_ways(state, "{\"<<\": {\"a\": 1}, \"~\": \"null\", \"no\": \"1\"}");
}

static void test_places_over_lines(void **state)
{
    expect_both_ways(
        state, "{\n    \"kind\": \"List\",\n    \"items\": [\n        {\"a\": 1},\n\n  2 ]\n}\n");
    expect_both_ways(state, "{\r\n  \"kind\" : \"List\" ,\r\n  \"n\": 3\r\n}");
    expect_both_ways(state, "  [ \"gr\xC3\xBC\xC3\x9F\" , 1, \"\xF0\x9F\x90\x99 octopus\", 2 ]");
}

static void test_escapes(void **state)
{
    expect_both_ways(state, "[\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\", \"\\u0041\\u00e9\\u20AC\"]");
    /* a joined pair is shorter than it was: what follows in its line stands elsewhere for libyaml */
    expect_both_ways(state,
                     "{\"k\\u0065y\": \"\\\\ud83d\", \"b\": \"\\\\\", \"c\": \"\\ud83d\\udc19\"}");
}

static void test_what_is_no_json_is_left_to_yaml(void **state)
{
    static const char *const texts[] = {
        "a: 1",
        "\"text\"",
        "{a: 1}",
        "{'a': 1}",
        "[1,]",
        "[1",
        "{\"a\": 1} x",
        "{\"a\" 1}",
        "[01]",
        "[1.]",
        "[.5]",
        "[1e]",
        "[+1]",
        "[\"a]",
        "[\"\\x41\"]",
        "[\"\\ud83d\"]",
        "[\"\\udc19\"]",
        "[\"\\u00\"]",
        "[\"\\u0000\"]",
        "[tru]",
        "[\"a\nb\"]",
        "{\"a\": 1}{}",
        "",
        "[\"\xC2\x85\"]",
        "[\"\xE2\x80\xA8\"]",
        "[\"\xEF\xBB\xBF\"]",
        "[\"\\",
        "[\"\\u12",
        "{1: 2}",
        "{\"a\": 1 # comment\n}",
        "[&a 1, *a]",
        "---\n{}",
        "[-]",
        "[nul",
    };

    for (size_t i = 0; i < EP_COUNT_OF(texts); i++)
        expect_not_json(state, texts[i]);
}

static void test_depth_of_100_and_no_more(void **state)
{
    char text[2 * 101 + 1];

    memset(text, '[', 100);
    memset(text + 100, ']', 100);
    text[200] = '\0';
    expect_both_ways(state, text);
    memset(text, '[', 101);
    memset(text + 101, ']', 101);
    text[202] = '\0';
    expect_not_json(state, text);
}

static void test_duplicate_keys_are_reported(void **state)
{
    struct fixture *f = *state;

    assert_non_null(read_json(f, "{\"a\": 1, \"b\": 2, \"a\": 3}"));
    assert_int_equal(f->diagnostics.error_count, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_of_all_kinds),
        TEST(test_places_over_lines),
        TEST(test_escapes),
        TEST(test_what_is_no_json_is_left_to_yaml),
        TEST(test_depth_of_100_and_no_more),
        TEST(test_duplicate_keys_are_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
