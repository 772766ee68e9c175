/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `epsim why DIR failures`: losses grouped by outcome, state of the pod, stage and cause, largest first, each with its
 * arithmetic and an example; then what would have saved them.
 */
#ifndef EPSIM_REPORT_WHY_FAILURES_H
#define EPSIM_REPORT_WHY_FAILURES_H

#include "report/why_words.h"

/* Losses alike. */
struct why_group {
    uint32_t *indices; /* of data->requests, by staleness */
    uint32_t count;
    uint32_t capacity;
    uint8_t outcome;
    uint8_t pod_state;
    uint8_t stage;
    uint8_t cause;
};

struct why_groups {
    struct why_group *rows; /* largest first */
    uint32_t count;
    uint32_t capacity;
};

/* Groups of all lost requests; the counts add up to data->request_count. Memory is the result's. */
void why_failures_group(const struct why_data *data, struct why_groups *groups);

/* The page, at most 80 columns wide. */
void why_failures_put(const struct why_page *page, const struct why_data *data);

/* The same as JSON. */
void why_failures_put_json(struct out *out, const struct why_data *data);

#endif
