/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder of a result: written beside its place under a hidden name and moved there when it is complete, so that a
 * crash, an interrupt or a full disk leaves no half result and never harms an earlier one.
 */
#ifndef EPSIM_RECORD_RESULT_FOLDER_H
#define EPSIM_RECORD_RESULT_FOLDER_H

#include "base/error.h"

#include <stdbool.h>

#define RESULT_FOLDER_PATH_MAX 900u /* leaves room for file names within a path of 1024 */

struct result_folder {
    char final_path[RESULT_FOLDER_PATH_MAX];
    char work_path[RESULT_FOLDER_PATH_MAX];   /* "" when there is nothing to remove */
    char latest_path[RESULT_FOLDER_PATH_MAX]; /* the link to set; "": none */
    char made_path[RESULT_FOLDER_PATH_MAX]; /* the topmost parent that was made for it; "": none */
    bool is_in_place; /* the folder itself must stay: its entries are replaced one by one */
};

/* Where a result without -o belongs: root/<scenario>/<seed>-<digest>. */
struct result_place {
    const char *root; /* "results" */
    const char *scenario;
    uint64_t seed;
    uint32_t digest;
};

/*
 * A folder given by -o that cannot be renamed (the working directory, a mount point, one in a read-only parent) is
 * filled instead: the work folder is inside it, and its files are moved up at the end, manifest.json last.
 */

/*
 * Makes an empty work folder for a result that will go to `out_path` (-o), or to `place` if that is NULL.
 * STATUS_INVALID if out_path is neither absent, empty nor an earlier result; STATUS_IO if nothing can be written there.
 */
enum status result_folder_open(struct result_folder *folder, const char *out_path,
                               const struct result_place *place, struct error *err) EP_MUST_CHECK;

/* Moves the work folder into place, replacing an earlier result, and sets the link to the newest. */
enum status result_folder_commit(struct result_folder *folder, struct error *err) EP_MUST_CHECK;

/* Removes what was not committed, and parents made for it. Safe after commit and on a zeroed struct. */
void result_folder_discard(struct result_folder *folder);

/* `name` with what file systems do not like replaced by '_', never empty nor hidden; at most 100 bytes. */
void result_folder_safe_name(const char *name, char safe[101]);

#endif
