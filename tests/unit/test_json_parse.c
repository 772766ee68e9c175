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
    const uint32_t source = source_add_text(&f->sources, "t.json", text, strlen(text));

    tree_builder_init(builder, &f->arena, &f->diagnostics, documents, source);
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

static struct place place_of(const struct fixture *f, const struct item *item)
{
    return source_place(&f->sources, yaml_tree_place(item));
}

static void expect_same(const struct fixture *f, const struct item *a, const struct item *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(place_of(f, a).line, place_of(f, b).line);
    assert_int_equal(place_of(f, a).column, place_of(f, b).column);
    assert_int_equal(a->count, b->count);
    if (a->kind != ITEM_MAP && a->kind != ITEM_LIST) {
        assert_int_equal(a->is_default, b->is_default);
        assert_string_equal(a->text, b->text);
        return;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->kind == ITEM_MAP)
            expect_same(f, a->entries[i].key, b->entries[i].key);
        expect_same(f, a->entries[i].value, b->entries[i].value);
    }
}

static void expect_both_ways(void **state, const char *text)
{
    const struct item *item = read_json(*state, text);

    assert_non_null(item);
    expect_same(*state, item, read_yaml(*state, text));
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

/* Marks of lines and columns stand every 4,096 bytes: on, before and behind them, within characters and line ends. */
static void test_places_far_into_a_text(void **state)
{
    struct fixture *f = *state;

    for (uint32_t shift = 0; shift < 24; shift++) {
        struct out out;

        out_open_memory(&out);
        out_printf(&out, "{\"%.*s\": [", (int)shift, "abcdefghijklmnopqrstuvwxyz");
        for (uint32_t i = 0; i < 2000; i++)
            out_printf(&out, "%u, \"\xC3\xA4\xE2\x82\xAC\",%s", i,
                       i % 3 == 0   ? "\r\n  "
                       : i % 7 == 0 ? "\n"
                                    : " ");
        out_str(&out, "0]}");
        expect_both_ways(state, arena_strdup(&f->arena, out_text(&out)));
        out_discard(&out);
    }
}

/* Strings of all lengths, each with something odd at every place in it. */
static void test_strings_of_all_lengths(void **state)
{
    static const char *const odd[] = {"\\\"",    "\\\\", "\xC3\xA4", "\xF0\x9F\x90\x99",
                                      "\\u0041", "x"};
    struct fixture *f = *state;

    for (int length = 0; length < 20; length++) {
        for (int at = 0; at <= length; at++) {
            for (size_t i = 0; i < EP_COUNT_OF(odd); i++)
                expect_both_ways(state, arena_printf(&f->arena, "{\"%.*s%s%.*s\":%*s\"%.*s\"}", at,
                                                     "abcdefghijklmnopqrstuvwxyz", odd[i],
                                                     length - at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                                     length, "", at, "{[:,]}{[:,]}{[:,]}{[:,]}"));
        }
    }
}

/* The next key is guessed from what came after the last one before: wrong guesses change nothing. */
static void test_keys_in_changing_order(void **state)
{
    expect_both_ways(
        state,
        "[{\"a\": 1, \"b\": 2, \"c\": 3}, {\"a\": 1, \"c\": 2}, {\"a\": {\"c\": {\"b\": 1}, \"ca\": 1},"
        " \"b\": 2}, {\"\": 1, \"a\": 1, \"\\u0062\": 2}, {\"a\" : 1 , \"b\"  :\n2}, {\"a\": \"b\"}]");
    expect_both_ways(
        state, "[{\"a\": 1, \"b\\\"\": 2}, {\"a\": 1, \"b\\\"\": 2}, {\"a\": 1, \"b\\u0022\": 2}]");
    expect_not_json(state, "[{\"a\": 1, \"b\": 2}, {\"a\": 1, \"b");
    expect_not_json(state, "[{\"a\": 1, \"b\": 2}, {\"a\": 1, \"b\"");
    expect_not_json(state, "[{\"a\": 1, \"b\\\"\": 2}, {\"a\": 1, \"b\"\": 2}]");
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
        "[\"a\tb\"]",
        "[\"a\x7F\"]",
        "[\"\xC2\x80\"]",
        "[\"\xFF\"]",
        "[\"\xC3\"]",
        "[\"\xED\xA0\x80\"]",
        "[\"1234567\xE4 is Latin-1\"]",
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

    assert_non_null(read_json(f, "{\"a\": 1, \"b\": 2,\n  \"a\": 3}"));
    assert_int_equal(f->diagnostics.error_count, 1);
    assert_int_equal(f->diagnostics.items[0].place.line, 2);
    assert_int_equal(f->diagnostics.items[0].place.column, 3);
    assert_non_null(strstr(f->diagnostics.items[0].text, "line 1"));
}

static void test_what_was_reported_before_the_text_broke_is_taken_back(void **state)
{
    struct fixture *f = *state;

    diagnostics_warning(&f->diagnostics, (struct place){0}, NULL, "kept");
    expect_not_json(state, "{\"a\": 1, \"a\": 2, b: 3}");
    assert_int_equal(f->diagnostics.count, 1);
    assert_int_equal(f->diagnostics.warning_count, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_of_all_kinds),
        TEST(test_places_over_lines),
        TEST(test_places_far_into_a_text),
        TEST(test_strings_of_all_lengths),
        TEST(test_keys_in_changing_order),
        TEST(test_escapes),
        TEST(test_what_is_no_json_is_left_to_yaml),
        TEST(test_depth_of_100_and_no_more),
        TEST(test_duplicate_keys_are_reported),
        TEST(test_what_was_reported_before_the_text_broke_is_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
