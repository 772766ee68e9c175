/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes items of what a parser meets, in the order of the text. Keeps a stack of open lists and maps; their entries wait
 * on one shared stack and are copied out when the list or map ends, so that every item is as large as it must be.
 * Two parsers feed it: yaml_parse.c (libyaml) and json_parse.c.
 */
#ifndef EPSIM_SCENARIO_TREE_BUILDER_H
#define EPSIM_SCENARIO_TREE_BUILDER_H

#include "scenario/name_map.h"
#include "scenario/yaml_tree.h"

/* A value with a name for aliases. Aliases share the item of their anchor; how many nodes and levels it stands for is kept,
 * so that a chain of aliases is refused by arithmetic, before anybody walks it. */
struct anchor {
    const struct item *item; /* NULL while it is still open */
    uint64_t node_count;     /* itself and all below, aliases written out */
    uint32_t height;
};

struct frame {
    bool is_map;
    bool has_key; /* a map whose next item is a value */
    bool has_merge;
    uint32_t first_entry; /* on the shared stack */
    uint32_t anchor;      /* ID_NONE: none */
    struct place place;
    uint64_t node_count;
    uint32_t height;
};

/* A key that was met: in a cluster's dump they repeat by the thousand, and nearly always in the same order. */
struct word {
    const char *text;
    uint32_t length;
    uint32_t next; /* the word that came after it last time; ID_NONE: none yet */
    bool
        is_literal; /* in JSON it stands as it is: no quote, no backslash, characters from the space to the tilde only */
};

struct tree_builder {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct yaml_documents *documents;
    uint32_t source;
    struct frame frames[YAML_TREE_DEPTH_MAX];
    uint32_t depth;
    struct item_entry *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
    struct name_map
        word_names; /* to index of words: each text is kept once, so that equal keys are equal pointers */
    struct word *words;
    uint32_t word_count;
    uint32_t word_capacity;
    uint32_t last_word; /* ID_NONE: none yet */
    struct anchor *anchors;
    uint32_t anchor_count;
    uint32_t anchor_capacity;
    bool is_stopped; /* no use to go on reading this source */
};

/* A scalar as a parser has read it. */
struct scalar {
    struct place place;
    const char *text; /* `length` bytes without a NUL; copied */
    size_t length;
    enum item_kind kind;
    bool is_plain; /* not in quotes */
    bool
        is_refused; /* an error has been reported: it will stand as a null that nobody complains about again */
    uint32_t anchor; /* ID_NONE: none */
};

/* Items go to `arena` and, once a document is whole, to `documents`; errors to `diagnostics`. */
void tree_builder_init(struct tree_builder *builder, struct arena *arena,
                       struct diagnostics *diagnostics, struct yaml_documents *documents,
                       uint32_t source);

/* Reports an error after which reading on is no use. */
void tree_builder_stop(struct tree_builder *builder, struct place place, const char *message);

/* Whether the next item is a key of a map. */
bool tree_builder_wants_key(const struct tree_builder *builder);

/* The word that is likely the next key; NULL: no idea, or the next item is no key. */
const struct word *tree_builder_likely_key(const struct tree_builder *builder);

/* Adds the key that tree_builder_likely_key has told. */
void tree_builder_add_likely_key(struct tree_builder *builder, struct place place);

/* Forgets the document that is under way, what it was said to be at fault with excepted. */
void tree_builder_abandon(struct tree_builder *builder);

/* A number for an anchor whose item comes next. */
uint32_t tree_builder_new_anchor(struct tree_builder *builder);

void tree_builder_scalar(struct tree_builder *builder, const struct scalar *scalar);
void tree_builder_alias(struct tree_builder *builder, uint32_t anchor);

/* A null in the place of what was refused. */
void tree_builder_refused(struct tree_builder *builder, struct place place);

/* Begins and ends a list or map. More than YAML_TREE_DEPTH_MAX levels stop the builder. */
void tree_builder_open(struct tree_builder *builder, struct place place, bool is_map,
                       uint32_t anchor);
void tree_builder_close(struct tree_builder *builder);

#endif
