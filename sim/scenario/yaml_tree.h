/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML (and so JSON) as a tree of items that know their places. YAML 1.2 core types, anchors, merge keys; duplicate
 * keys, keys that are no scalars, foreign tags, too much depth and too many aliases are errors.
 * Items are shared where the text has aliases: never change one in place; see yaml_tree_with.
 */
#ifndef EPSIM_SCENARIO_YAML_TREE_H
#define EPSIM_SCENARIO_YAML_TREE_H

#include "scenario/diagnostics.h"

enum item_kind {
    ITEM_NULL,
    ITEM_BOOL,
    ITEM_INT,
    ITEM_FLOAT,
    ITEM_STRING,
    ITEM_LIST,
    ITEM_MAP
};

struct item;

struct item_entry {
    const struct item *key; /* a scalar; its text is the key. NULL in lists */
    const struct item *value;
};

struct item {
    uint8_t kind; /* enum item_kind */
    bool
        is_default; /* put in by epsim, not written by anybody; a null: stands for what was refused */
    uint16_t source;
    uint32_t line;
    uint32_t column;
    uint32_t count; /* entries; of a scalar: bytes of its text */
    union {
        const char *text;                 /* scalars: as written, escapes resolved */
        const struct item_entry *entries; /* lists and maps, in the order of the text */
    };
};

/* The documents of one or more sources, in order. */
struct yaml_documents {
    const struct item **items;
    uint32_t count;
    uint32_t capacity;
};

#define YAML_TREE_DEPTH_MAX 100
#define YAML_TREE_ALIAS_NODES_MAX 1000000u

/*
 * Adds the documents of a source; empty ones (only comments) are left out. Errors go to diagnostics. False if one of
 * them ended the reading, so that what follows it is missing.
 */
bool yaml_tree_parse(struct arena *arena, struct diagnostics *diagnostics, uint32_t source,
                     struct yaml_documents *documents);

struct place yaml_tree_place(const struct item *item);

/* The value of a map's key, NULL if absent or `map` is no map. */
const struct item *yaml_tree_get(const struct item *map, const char *key);

/* The entry of a key, for the key's own place; NULL if absent. */
const struct item_entry *yaml_tree_entry(const struct item *map, const char *key);

/* A copy of the map with key set to value (at its old place, or at the end). Nothing else is copied. */
const struct item *yaml_tree_with(struct arena *arena, const struct item *map,
                                  const struct item *key, const struct item *value);

/* A copy of the list with element `index` (<= count: appended) in its place. */
const struct item *yaml_tree_with_element(struct arena *arena, const struct item *list,
                                          uint32_t index, const struct item *value);

/* A scalar made by epsim: its kind is what YAML makes of the plain text, or a string. */
const struct item *yaml_tree_scalar(struct arena *arena, struct place place, const char *text);
const struct item *yaml_tree_string(struct arena *arena, struct place place, const char *text);

/* An empty list or map made by epsim. */
const struct item *yaml_tree_empty(struct arena *arena, struct place place, enum item_kind kind);

/* "a string", "a list", ... */
const char *yaml_tree_kind_name(const struct item *item);

/* What YAML 1.2's core schema makes of a plain scalar. */
enum item_kind yaml_tree_resolve(const char *text, size_t length);

/* A hash of the content, not of its order within maps, places or way of writing. */
uint64_t yaml_tree_hash(const struct item *item);

#endif
