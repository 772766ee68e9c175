/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files that `epsim why` reads, row by row, for report/why_data.c.
 */
#ifndef EPSIM_REPORT_WHY_FILES_H
#define EPSIM_REPORT_WHY_FILES_H

#include "report/why_data.h"

enum status why_files_load_events(struct why_data *data, struct error *err) EP_MUST_CHECK;
enum status why_files_load_changes(struct why_data *data, struct error *err) EP_MUST_CHECK;
enum status why_files_load_pairs(struct why_data *data, struct error *err) EP_MUST_CHECK;
enum status why_files_load_requests(struct why_data *data, const char *asked_id,
                                    struct error *err) EP_MUST_CHECK;

/* Number of a name; a new one if it was not met before. */
uint32_t why_files_name(struct why_names *names, struct arena *arena, const char *name);

/* The same for a pod; ID_NONE for "". */
uint32_t why_files_pod(struct why_data *data, const char *name);

#endif
