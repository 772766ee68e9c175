/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verbs for what happens to nodes and programs, and expect.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/load_entry.h"

#define EXPECT_EXPECTED "KIND/NAME FIELD OP NUMBER such as \"deployment/kubia available == 3\""

/* --- nodes --- */

static void read_node(struct entry_reader *reader, enum verb verb, const char *word)
{
    reader->entry->verb = verb;
    reader->entry->is_on = true;
    reader->entry->target.selector.is_null = true;
    if (load_entry_require(reader, "target", "a node such as node/node-1"))
        load_entry_target(reader, "target", "node");
    load_entry_label(reader, word, load_entry_target_text(reader));
}

void load_verb_cordon(struct entry_reader *reader)
{
    read_node(reader, VERB_CORDON, "cordon");
}

void load_verb_uncordon(struct entry_reader *reader)
{
    read_node(reader, VERB_UNCORDON, "uncordon");
}

void load_verb_partition(struct entry_reader *reader)
{
    reader->entry->verb = VERB_PARTITION;
    reader->entry->is_on = true;
    if (!load_entry_component(reader, "partition"))
        read_node(reader, VERB_PARTITION, "partition");
}

void load_verb_drain(struct entry_reader *reader)
{
    read_node(reader, VERB_DRAIN, "drain");
    reader->entry->has_grace = yaml_tree_get(reader->map, "grace") != NULL;
    reader->entry->grace_ns = load_get_span(reader->map, "grace");
    reader->entry->is_forced = load_get_bool(reader->map, "force");
}

/* --- programs --- */

void load_verb_crash(struct entry_reader *reader)
{
    reader->entry->verb = VERB_CRASH;
    load_entry_pods(reader, "pod", "value");
    load_entry_label(reader, "crash", load_entry_pods_text(reader));
}

void load_verb_ready(struct entry_reader *reader)
{
    reader->entry->verb = VERB_READY;
    load_entry_pods(reader, "pod", "count");
    reader->entry->is_on = load_get_bool(reader->map, "value");
    load_entry_label(reader, reader->entry->is_on ? "ready" : "not ready",
                     load_entry_pods_text(reader));
}

void load_verb_fail(struct entry_reader *reader)
{
    reader->entry->verb = VERB_FAIL;
    reader->entry->is_on = load_get_bool(reader->map, "value");
    if (load_entry_component(reader, reader->entry->is_on ? "fail" : "end of failure of"))
        return;
    load_entry_pods(reader, "node pod", "count");
    load_entry_label(reader, reader->entry->is_on ? "fail" : "end of failure of",
                     load_entry_pods_text(reader));
}

void load_verb_slow(struct entry_reader *reader)
{
    reader->entry->verb = VERB_SLOW;
    reader->entry->is_on = true;
    reader->entry->factor = load_get_number(reader->map, "factor");
    if (load_entry_component(reader, "slow"))
        return;
    load_entry_pods(reader, "node pod", "value");
    load_entry_label(reader, "slow", load_entry_pods_text(reader));
}

/* --- expect --- */

static const struct {
    const char *name;
    const char *kinds;
} expect_fields[] = {
    [EXPECT_REPLICAS] = {"replicas", "deployment replicaset replicationcontroller"},
    [EXPECT_READY] = {"ready", "deployment replicaset replicationcontroller pod"},
    [EXPECT_AVAILABLE] = {"available", "deployment replicaset replicationcontroller"},
    [EXPECT_UPDATED] = {"updated", "deployment"},
    [EXPECT_ENDPOINTS] = {"endpoints", "service endpoints"},
};

static const struct {
    const char *text;
    enum comparison comparison;
} comparisons[] = {{"<=", COMPARE_LE}, {">=", COMPARE_GE}, {"==", COMPARE_EQ},
                   {"!=", COMPARE_NE}, {"<", COMPARE_LT},  {">", COMPARE_GT}};

/* What stands between blanks, or up to a character of `end`. */
static const char *next_word(struct arena *arena, const char **at, const char *end)
{
    const char *start = *at + strspn(*at, " \t");
    const size_t length = strcspn(start, end);

    *at = start + length;
    return arena_strndup(arena, start, length);
}

static void refuse_text(struct entry_reader *reader)
{
    check_refuse(&reader->load->checker, reader->map, &reader->path, EXPECT_EXPECTED);
}

/* The kinds of the field that the word names; NULL and reported if there is none. */
static const char *read_field(struct entry_reader *reader, const char *word)
{
    static const struct field fields = {.type = FIELD_ENUM,
                                        .values = "replicas ready available updated endpoints"};
    char buffer[160];

    for (size_t i = 0; i < EP_COUNT_OF(expect_fields); i++) {
        if (strcmp(word, expect_fields[i].name) == 0) {
            reader->entry->expect_field = (enum expect_field)i;
            return expect_fields[i].kinds;
        }
    }
    diagnostics_error(&reader->load->diagnostics, yaml_tree_place(reader->map), &reader->path,
                      "no field \"%.40s\"; expected %s", word, fields_expected(&fields, buffer));
    return NULL;
}

/* "== 3" */
static bool read_comparison(struct entry_reader *reader, const char *at)
{
    size_t i = 0;
    char *end = NULL;

    at += strspn(at, " \t");
    while (i < EP_COUNT_OF(comparisons) &&
           strncmp(at, comparisons[i].text, strlen(comparisons[i].text)) != 0)
        i++;
    if (i == EP_COUNT_OF(comparisons))
        return false;
    at += strlen(comparisons[i].text);
    at += strspn(at, " \t");
    reader->entry->expect_comparison = comparisons[i].comparison;
    if (at[0] < '0' || at[0] > '9' || strspn(at, "0123456789") > 9)
        return false;
    reader->entry->expect_value = strtoll(at, &end, 10);
    return end[strspn(end, " \t")] == '\0';
}

void load_verb_expect(struct entry_reader *reader)
{
    struct load *load = reader->load;
    const struct item *text = reader->map;
    const char *at = text->text;
    const char *object = next_word(load->scratch, &at, " \t");
    const char *kinds;

    reader->entry->verb = VERB_EXPECT;
    reader->entry->target.selector.is_null = true;
    reader->entry->expect_text = load_text(load, text->text);
    load_entry_label(reader, "expect", text->text);
    if (strchr(object, '/') == NULL || at[0] == '\0') {
        refuse_text(reader);
        return;
    }
    kinds = read_field(reader, next_word(load->scratch, &at, " \t<>=!"));
    if (kinds == NULL)
        return;
    if (!read_comparison(reader, at)) {
        refuse_text(reader);
        return;
    }
    load_entry_object(reader, NULL, object, kinds);
}
