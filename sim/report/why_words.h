/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sentences about lost requests: tables by outcome, state of the pod, kind of change, stage and cause, so that a
 * combination that nobody thought of still gets a true one.
 */
#ifndef EPSIM_REPORT_WHY_WORDS_H
#define EPSIM_REPORT_WHY_WORDS_H

#include "base/out.h"
#include "report/why_data.h"

/* How a page is written. */
struct why_page {
    struct out *out;
    bool has_color;
};

/* A heading line, bold in colour. */
void why_words_heading(const struct why_page *page, const char *text);

/* Text filled into lines of 80 columns, each indented; a number and its unit stay together. */
void why_words_put_wrapped(const struct why_page *page, const char *text, uint32_t indent);

/* The same behind a head that takes exactly `indent` columns. */
void why_words_put_behind(const struct why_page *page, const char *head, const char *text,
                          uint32_t indent);

/* What had become of the pod: "had stopped listening"; of many: "of pods that had stopped listening". "" where no pod
 * was chosen. */
const char *why_words_pod_clause(enum outcome outcome, uint32_t pod_state);

/* What went wrong where no pod matters: "the name did not resolve". */
const char *why_words_outcome(enum outcome outcome);

/* "that kubia-x is terminating", "the removal of kubia-x". */
void why_words_put_change(struct out *out, const struct why_data *data,
                          const struct why_change *change);

/* "by a rollout"; "" without cause. */
const char *why_words_cause(enum cause cause);

/* What a stage is: "waiting for kube-proxy's next sync". */
const char *why_words_stage(enum stage stage);

/* An instant to the millisecond: "61.204 s"; a length in three digits: "0.81 s". */
void why_words_put_instant(struct out *out, sim_ns at_ns);
void why_words_put_span(struct out *out, sim_ns span_ns);

/* When its node got an endpoint of the service after a request that found none: "; the next came 0.3 s later (...)". */
void why_words_put_next_endpoint(struct out *out, const struct why_data *data,
                                 const struct why_request *request);

/* When the change was in `stage` on its way to the node: from the end of the stages before. NS_NEVER if not known. */
sim_ns why_words_stage_begin_ns(const struct why_data *data, const struct why_change *change,
                                uint32_t node, enum stage stage);

#endif
