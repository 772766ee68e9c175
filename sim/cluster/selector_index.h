/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which services may select a pod: each service is filed under one of the labels that its selector asks for, so that a
 * pod meets only those that ask for a label of its own. Which label: that under which the fewest are filed so far.
 */
#ifndef EPSIM_CLUSTER_SELECTOR_INDEX_H
#define EPSIM_CLUSTER_SELECTOR_INDEX_H

#include "base/index_table.h"
#include "cluster/blocks.h"
#include "cluster/labels.h"

/* Services under one label of one namespace. */
struct selector_bucket {
    const char *ns;
    const char *key; /* NULL: those that ask for no label in particular */
    const char *value;
    uint32_t *services;
    uint32_t count;
    uint32_t capacity;
};

struct selector_index {
    struct arena *arena;
    struct blocks *blocks;
    struct index_table table; /* of buckets */
    struct selector_bucket *buckets;
    uint32_t bucket_count;
    uint32_t bucket_capacity;
    uint32_t *homes; /* by service: its bucket + 1, 0: none */
    uint32_t home_capacity;
    const struct selector **selectors; /* by service, as it was filed */
    uint32_t selector_capacity;
    uint64_t generation; /* counts what has been filed */
};

/* What was found for a pod last; zeroed: nothing yet. Good while its labels and the index are the same. */
struct selector_memo {
    const struct label_set *labels;
    uint64_t generation;
    uint32_t service; /* the only one that may select it, ID_NONE: none may */
    bool is_selected; /* by that one */
};

/* Empty; it grows in the arena, what selector_index_find returns comes from the blocks. */
void selector_index_init(struct selector_index *index, struct arena *arena, struct blocks *blocks);

/* The service's selector is this from now on; NULL or a null selector: it selects nothing. It is not copied. */
void selector_index_set(struct selector_index *index, uint32_t service, const char *ns,
                        const struct selector *selector);

/* Services that may select pods of the namespace with the labels `a` or `b` (either may be NULL), ascending, each once.
 * Which of them do, labels_match says. Give it back with selector_index_release. */
struct service_set {
    uint32_t *services;
    uint32_t count;
    uint32_t capacity;
};
struct service_set selector_index_find(const struct selector_index *index, const char *ns,
                                       const struct label_set *a, const struct label_set *b);

/* The same for the labels of a pod that are as they were, out of its memo if that is still good and one service at most
 * was found. */
struct service_set selector_index_find_again(const struct selector_index *index,
                                             struct selector_memo *memo, const char *ns,
                                             const struct label_set *labels);
/* Whether the service, as it is filed, selects those labels: labels_match, out of the memo where that knows. */
bool selector_index_selects(const struct selector_index *index, const struct selector_memo *memo,
                            uint32_t service, const struct label_set *labels);
void selector_index_release(const struct selector_index *index, struct service_set *set);

#endif
