/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report's tables: losses, changes, traffic, thresholds.
 */
#ifndef EPSIM_REPORT_PAGE_TABLES_H
#define EPSIM_REPORT_PAGE_TABLES_H

#include <jansson.h>

#include "base/out.h"
#include "report/run_data.h"

/* Each with its heading. `summary` is summary.json. */
void page_tables_put_losses(struct out *out, const json_t *summary);
void page_tables_put_changes(struct out *out, const struct run_data *data, struct arena *arena);
void page_tables_put_traffic(struct out *out, const struct run_data *data, const json_t *summary,
                             struct arena *arena);
void page_tables_put_thresholds(struct out *out, const json_t *summary, struct arena *arena);

/* A number, or of several replications its mean and interval, in words. "" if it is neither. */
const char *page_tables_figure(struct arena *arena, const json_t *value, bool is_span);

#endif
