/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * changes.csv and propagation.csv, from a finished change log.
 */
#ifndef EPSIM_RECORD_CHANGE_FILES_H
#define EPSIM_RECORD_CHANGE_FILES_H

#include "base/out.h"
#include "record/change_log.h"

/* A row a change, in the order of storing. Cells are empty where the instant has not come. */
void change_files_put_changes(const struct change_log *log, struct out *out);

/* A row a kept pair, by change and then by the node's name. Sorts the pairs in place. */
void change_files_put_propagation(struct change_log *log, struct out *out);

#endif
