/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * summary.txt: one page of at most 80 columns. Its first line answers the question: how many requests were lost, how,
 * and to nodes how stale. Below: what was run, latency, where the news spent its time, who got the traffic, why
 * requests were lost, thresholds.
 */
#ifndef EPSIM_RECORD_SUMMARY_TEXT_H
#define EPSIM_RECORD_SUMMARY_TEXT_H

#include "base/out.h"
#include "record/summary.h"

/* The whole page, of a finished summary. */
void summary_text_put(const struct summary *summary, struct out *out);

/* The answer alone, unwrapped. */
void summary_text_put_answer(const struct summary *summary, struct out *out);

#endif
