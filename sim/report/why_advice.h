/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What would have saved lost requests: settings, each with how much of it each loss needed. Only what the recorded
 * instants support.
 */
#ifndef EPSIM_REPORT_WHY_ADVICE_H
#define EPSIM_REPORT_WHY_ADVICE_H

#include "report/why_words.h"

/* One piece of advice over a set of losses. */
struct why_advice {
    const char *name;    /* "preStop sleep" */
    uint32_t count;      /* of losses that it would have saved */
    bool is_upper_bound; /* the files do not tell whether each of them */
    sim_ns most_ns;      /* the largest need of them; 0 where there is none */
    sim_ns median_ns;
    sim_ns whole_ns;     /* settings of whole seconds: the least that suffices for all; 0 */
    uint32_t less_count; /* saved by a second less */
    uint32_t first;      /* of the losses saved, index into data->requests */
};

#define WHY_ADVICE_MAX 16u

/* Advice for the losses `indices[0..count)` of data->requests, most saved first; returns how many pieces. */
uint32_t why_advice_gather(const struct why_data *data, const uint32_t *indices, uint32_t count,
                           struct why_advice advice[WHY_ADVICE_MAX]);

/* "a preStop sleep of 2 s would have saved all 176: the last needs 1.37 s, 1 s saves 170". No end of line. */
void why_advice_put(struct out *out, const struct why_data *data, const struct why_advice *advice,
                    uint32_t lost_count);

#endif
