/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Losses in words: "31 refused by pods that had stopped listening while node-2 was up to 0.81 s stale".
 */
#ifndef EPSIM_RECORD_LOSS_WORDS_H
#define EPSIM_RECORD_LOSS_WORDS_H

#include "record/summary.h"

#define LOSS_WORDS_MAX 32

/* Losses that are told in the same words. */
struct loss_words {
    const char *one;  /* "refused by a pod that had stopped listening" */
    const char *many; /* "refused by pods that had stopped listening" */
    double count;     /* a replication */
    sim_ns max_stale_ns;
    const char *node; /* NULL: several */
};

/* Gathers the losses into at most LOSS_WORDS_MAX groups, most first; returns how many. */
uint32_t loss_words_gather(const struct summary *summary, struct loss_words groups[LOSS_WORDS_MAX]);

#endif
