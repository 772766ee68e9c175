/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Labels and label selectors. Sets are immutable and sorted by key; a change makes a new set.
 * Source: apimachinery labels.Selector: requirements are ANDed; NotIn and DoesNotExist match an absent key.
 */
#ifndef EPSIM_CLUSTER_LABELS_H
#define EPSIM_CLUSTER_LABELS_H

#include "base/arena.h"

#include <stdbool.h>

struct label {
    const char *key;
    const char *value;
};

struct label_set {
    const struct label *items; /* ascending by key (strcmp), keys unique */
    uint32_t count;
};

enum selector_operator {
    SELECTOR_IN,
    SELECTOR_NOT_IN,
    SELECTOR_EXISTS,
    SELECTOR_ABSENT
};

struct selector_requirement {
    const char *key;
    enum selector_operator operator_;
    const char *const *values;
    uint32_t value_count;
};

struct selector {
    const struct selector_requirement *items;
    uint32_t count;
    bool
        is_null; /* no selector at all: a Service without one has hand-written endpoints; matches nothing */
};

/* The value of `key`, NULL if absent. */
const char *labels_get(const struct label_set *labels, const char *key);

bool labels_equal(const struct label_set *a, const struct label_set *b);

/* A copy of `labels` with `key` set to `value`, or without it where value is NULL. Strings are not copied. */
struct label_set labels_with(struct arena *arena, const struct label_set *labels, const char *key,
                             const char *value);

/* Sorted copy; a later duplicate key wins. Strings are not copied. */
struct label_set labels_from(struct arena *arena, const struct label *items, uint32_t count);

/* A selector that asks for each of `labels`. */
struct selector labels_selector(struct arena *arena, const struct label_set *labels);

/* An empty selector that is not null matches everything; a null one nothing. */
bool labels_match(const struct selector *selector, const struct label_set *labels);

/* "app=kubia,tier!=db,env in (a,b),!x" as kubectl -l has it. False and a reason if it is not one. */
bool labels_parse_selector(struct arena *arena, const char *text, struct selector *selector,
                           const char **reason);

/* Could `text` be a label's key ("app", "example.com/tier"), or its value (which may be empty)? As the API server has it. */
bool labels_is_key(const char *text);
bool labels_is_value(const char *text);

#endif
