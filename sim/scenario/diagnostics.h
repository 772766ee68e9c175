/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is wrong with a scenario, all of it, each with its place: errors refuse the scenario, warnings do not.
 */
#ifndef EPSIM_SCENARIO_DIAGNOSTICS_H
#define EPSIM_SCENARIO_DIAGNOSTICS_H

#include "base/out.h"
#include "scenario/source.h"

/*
 * The way to a value, kept on the C stack while a tree is walked and only written out when something is wrong:
 * an object ("deployment/kubia"), then keys and list indices. The Scenario's root is NULL.
 */
struct path {
    const struct path *parent;
    const char *key;  /* NULL: a list's element */
    const char *name; /* of a list's element: shown as [name=...]; NULL or "": as its index */
    uint32_t index;
    bool is_object; /* key is "kind/name" */
};

struct diagnostic {
    struct place place;
    uint32_t order;
    bool is_error;
    const char *text; /* "path: what is wrong; what was expected" */
};

struct diagnostics {
    struct arena *arena;
    const struct source_list *sources;
    struct diagnostic *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t error_count;
    uint32_t warning_count;
    uint32_t dropped_error_count; /* past the first few hundred */
    bool
        is_repeating; /* something is looked at once more: what is said already is not said again */
};

void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena,
                      const struct source_list *sources);

/* `path` may be NULL: none is shown. */
void diagnostics_error(struct diagnostics *diagnostics, struct place place, const struct path *path,
                       const char *format, ...) EP_PRINTF(4, 5);
void diagnostics_warning(struct diagnostics *diagnostics, struct place place,
                         const struct path *path, const char *format, ...) EP_PRINTF(4, 5);

/* True if so much is wrong already that more is only counted: no use in thinking of suggestions. */
bool diagnostics_is_full(const struct diagnostics *diagnostics);

/* True if one of the errors kept so far is about this very place. */
bool diagnostics_has_error_at(const struct diagnostics *diagnostics, struct place place);

/* Writes all errors, sorted by place, each with its source line and a caret. */
void diagnostics_write_errors(struct diagnostics *diagnostics, struct out *out);

/* The warnings sorted by place, one line each, in memory of `arena`. */
const char *const *diagnostics_warnings(struct diagnostics *diagnostics, struct arena *arena);

/* "spec.clients[name=shoppers].rate" in the arena; "" for NULL. */
const char *diagnostics_path_text(struct arena *arena, const struct path *path);

/* "rolling-update.yaml:31:9", without a position where the source has none. */
const char *diagnostics_place_text(const struct diagnostics *diagnostics, struct place place);

#endif
