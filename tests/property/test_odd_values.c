/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every scenario and every file of tests/bad, with one value of it taken away or replaced by something that nobody would
 * expect there (nothing, an empty list, a list of nothing, a map, an empty text, a negative number, ...): it loads, or it
 * is refused with an error that says where; what loads resolves to a text that loads again and resolves to itself.
 * Each run tries one replacement in ODD_VALUES (default 48), chosen by a hash; ODD_VALUES=1 tries all of them.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "scenario/scenario.h"
#include "scenario/source.h"
#include "scenario/yaml_tree.h"

#define ABSENT 0u /* the value and its key are left out */

static const char *const odd_values[] = {
    "",
    "null",
    "[]",
    "{}",
    "[null]",
    "[[1]]",
    "{\"a\": null}",
    "\"\"",
    "\"~\"",
    "-1",
    "0",
    "1.5e300",
    "true",
    "99999999999999999999",
    "[\"a\", \"a\"]",
    "\"-1s\"",
};

/* A document written anew with one value replaced. */
struct rewrite {
    struct out *out;
    uint32_t at;     /* values seen so far */
    uint32_t victim; /* the one that is replaced */
    uint32_t odd;    /* by which of odd_values */
};

static void write_text(struct out *out, const char *text)
{
    out_str(out, "\"");
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            out_printf(out, "\\%c", *c);
        else if (*c < 0x20)
            out_printf(out, "\\u%04x", *c);
        else
            out_printf(out, "%c", *c);
    }
    out_str(out, "\"");
}

static void write_value(struct rewrite *rewrite, const struct item *item);

/* True if the value is to be left out with its key; it counts as seen then. */
static bool skips(struct rewrite *rewrite)
{
    if (rewrite->odd != ABSENT || rewrite->at != rewrite->victim)
        return false;
    rewrite->at++;
    return true;
}

static void write_entries(struct rewrite *rewrite, const struct item *item)
{
    bool is_first = true;

    for (uint32_t i = 0; i < item->count; i++) {
        if (skips(rewrite))
            continue;
        out_str(rewrite->out, is_first ? "" : ", ");
        is_first = false;
        if (item->kind == ITEM_MAP) {
            write_text(rewrite->out, item->entries[i].key->text);
            out_str(rewrite->out, ": ");
        }
        write_value(rewrite, item->entries[i].value);
    }
}

static void write_value(struct rewrite *rewrite, const struct item *item)
{
    if (rewrite->at++ == rewrite->victim) {
        out_str(rewrite->out, rewrite->odd == ABSENT ? "null" : odd_values[rewrite->odd]);
        return;
    }
    switch ((enum item_kind)item->kind) {
    case ITEM_LIST:
    case ITEM_MAP:
        out_str(rewrite->out, item->kind == ITEM_LIST ? "[" : "{");
        write_entries(rewrite, item);
        out_str(rewrite->out, item->kind == ITEM_LIST ? "]" : "}");
        break;
    case ITEM_NULL:
        out_str(rewrite->out, "null");
        break;
    case ITEM_STRING:
        write_text(rewrite->out, item->text);
        break;
    default:
        out_str(rewrite->out, item->text);
    }
}

static uint32_t count_values(const struct item *item)
{
    uint32_t count = 1;

    for (uint32_t i = 0; (item->kind == ITEM_LIST || item->kind == ITEM_MAP) && i < item->count;
         i++)
        count += count_values(item->entries[i].value);
    return count;
}

/* --- loading --- */

static char path[64];
static uint32_t failures;

static void store(const char *text, size_t length)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* The resolved text, NULL if the file was refused with errors that have a place. Free it. */
static char *load(void)
{
    static const struct scenario_options options = {.wants_report = true};
    struct scenario scenario;
    struct out messages;
    struct error err;
    char *resolved = NULL;

    out_open_memory(&messages);

    const enum status status = scenario_load(&scenario, path, &options, &messages, &err);

    if (status == STATUS_OK) {
        resolved = strdup(scenario.resolved);
        assert_int_equal(scenario.input_count, 1);
        /* every manifest has its lines in the report */
        assert_int_equal(strstr(resolved, "\n---\n") != NULL, scenario.report[0] != '\0');
    } else {
        char *text = malloc(messages.used + 1);

        assert_int_equal(status, STATUS_INVALID);
        assert_non_null(text);
        memcpy(text, messages.buffer, messages.used);
        text[messages.used] = '\0';
        if (messages.used == 0 || strstr(text, ": ") == NULL)
            fail_msg("no message: %s", err.text);
        if (strstr(text, "(null)") != NULL || strstr(text, "name=]") != NULL)
            fail_msg("a message that says nothing:\n%s", text);
        free(text);
    }
    scenario_free(&scenario);
    out_discard(&messages);
    return resolved;
}

/* Counts it, and shows the first line that differs. */
static void say_difference(const char *name, const struct rewrite *rewrite, const char *once,
                           const char *twice)
{
    const char *line = once;

    failures++;
    for (const char *a = once, *b = twice; *a != '\0' && *a == *b; a++, b++) {
        if (*a == '\n')
            line = a + 1;
    }
    if (failures > 20)
        return;
    print_error(
        "%s: value %u as \"%s\": the resolved text does not resolve to itself: %.*s | %.*s\n", name,
        rewrite->victim, odd_values[rewrite->odd], (int)strcspn(line, "\n"), line,
        (int)strcspn(twice + (line - once), "\n"), twice + (line - once));
}

static void check_replaced(const char *name, const struct yaml_documents *documents,
                           const struct rewrite *which)
{
    struct out out;
    struct rewrite rewrite = *which;
    char *resolved;

    out_open_memory(&out);
    rewrite.out = &out;
    for (uint32_t i = 0; i < documents->count; i++) {
        out_str(&out, "---\n");
        write_value(&rewrite, documents->items[i]);
        out_str(&out, "\n");
    }
    store(out.buffer, out.used);
    resolved = load();
    if (resolved != NULL) {
        char *again;

        store(resolved, strlen(resolved));
        again = load();
        if (again == NULL || strcmp(resolved, again) != 0)
            say_difference(name, &rewrite, resolved, again != NULL ? again : "refused");
        free(again);
    }
    free(resolved);
    out_discard(&out);
}

static bool is_chosen(const char *name, uint32_t victim, uint32_t odd, uint32_t one_in)
{
    const uint64_t key = hash_bytes(name, strlen(name)) + victim * 64u + odd;

    return hash_bytes(&key, sizeof key) % one_in == 0;
}

/* Returns how many replacements were tried. */
static uint32_t check_file(const char *name, uint32_t one_in)
{
    struct arena arena;
    struct source_list sources;
    struct diagnostics diagnostics;
    struct yaml_documents documents = {0};
    struct error err;
    uint32_t values = 0;
    uint32_t tried = 0;
    uint32_t index;

    arena_init(&arena);
    source_list_init(&sources, &arena);
    diagnostics_init(&diagnostics, &arena, &sources);
    assert_int_equal(source_read(&sources, name, &index, &err), STATUS_OK);
    (void)yaml_tree_parse(&arena, &diagnostics, index, &documents);
    for (uint32_t i = 0; i < documents.count; i++)
        values += count_values(documents.items[i]);
    for (uint32_t victim = 0; victim < values; victim++) {
        for (uint32_t odd = 0; odd < EP_COUNT_OF(odd_values); odd++) {
            const struct rewrite which = {.victim = victim, .odd = odd};

            if (!is_chosen(name, victim, odd, one_in))
                continue;
            check_replaced(name, &documents, &which);
            tried++;
        }
    }
    arena_deinit(&arena);
    return tried;
}

static void check_pattern(const char *pattern)
{
    const char *wish = getenv("ODD_VALUES");
    const uint32_t one_in = wish != NULL && atoi(wish) > 0 ? (uint32_t)atoi(wish) : 48;
    uint32_t tried = 0;
    glob_t files;

    failures = 0;
    snprintf(path, sizeof path, "/tmp/epsim-odd-%ld.yaml", (long)getpid());
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        tried += check_file(files.gl_pathv[i], one_in);
    globfree(&files);
    (void)unlink(path);
    print_message("%s: %u replacements\n", pattern, tried);
    assert_true(tried > 0);
    assert_int_equal(failures, 0);
}

static void test_scenarios(void **state)
{
    (void)state;
    check_pattern("scenarios/*.yaml");
}

static void test_myths(void **state)
{
    (void)state;
    check_pattern("scenarios/myths/*.yaml");
}

static void test_bad_files(void **state)
{
    (void)state;
    check_pattern("tests/bad/*.yaml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_myths),
        cmocka_unit_test(test_bad_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
