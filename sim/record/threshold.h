/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Thresholds, judged on the pooled observations of all replications.
 *
 * http_req_failed: rate is failed / (ok + failed), count is failed. http_req_duration: latency of ok requests.
 * http_reqs: count of settled requests, rate a second of simulated time after the warm-up. propagation: latency over
 * pairs of effective change and node. As in k6, a threshold without a single observation holds.
 */
#ifndef EPSIM_RECORD_THRESHOLD_H
#define EPSIM_RECORD_THRESHOLD_H

#include "record/summary.h"

struct threshold_result {
    bool has_value; /* false: nothing was observed */
    double value;   /* seconds where the metric is a time */
    bool is_ok;
};

struct threshold_result threshold_judge(const struct summary *summary,
                                        const struct threshold_spec *threshold);

/* All thresholds of the scenario hold. */
bool threshold_all_ok(const struct summary *summary);

#endif
