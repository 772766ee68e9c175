/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The summary as files: summary.json, traffic.csv, and replications.csv row by row. The page for people is
 * record/summary_text.h.
 */
#ifndef EPSIM_RECORD_SUMMARY_FILES_H
#define EPSIM_RECORD_SUMMARY_FILES_H

#include "base/out.h"
#include "record/summary.h"

/* All from a finished summary. */
void summary_files_put_json(const struct summary *summary, struct out *out);
void summary_files_put_traffic(const struct summary *summary, struct out *out);

/* replications.csv: a header, then a row after each summary_add. */
void summary_files_put_replication_header(struct out *out);
void summary_files_put_replication(const struct summary *summary, uint64_t fingerprint,
                                   struct out *out);

#endif
