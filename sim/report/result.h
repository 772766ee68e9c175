/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opens a result folder for the commands that read one (why, plot, report): is it a result, is it of a schema that this
 * program knows, is it whole, does it hold what the run wrote? Nothing on disk is changed.
 *
 * Files that are made from the others (plots/ and report.html) are not compared: they may have been made again.
 */
#ifndef EPSIM_REPORT_RESULT_H
#define EPSIM_REPORT_RESULT_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

struct result {
    struct arena arena;
    const char *folder;      /* as given, without a slash at its end */
    const char *said_folder; /* what texts call it: the same, or DIR while it is being written */
    const char *version;     /* of the program that made it */
    const char *scenario;    /* its name */
    const char *digest;      /* 8 hexadecimal digits */
    const char *fingerprint; /* 16 hexadecimal digits */
    uint64_t seed;
    uint64_t replication_count;
    double until_s;     /* simulated, of a run that was interrupted: when */
    bool is_partial;    /* the run was interrupted: it covers the time up to then */
    const char **files; /* that the manifest lists, relative to the folder, in its order */
    uint32_t file_count;
    uint32_t file_capacity;
};

/*
 * STATUS_INVALID with a message that names the file and says what to do, if the folder is no result, of a newer schema,
 * or if a file is missing, cut off or changed. Free with result_close, whatever the status.
 */
enum status result_open(struct result *result, const char *folder, struct error *err) EP_MUST_CHECK;

/* The same for a folder that its run is still writing: files that are there count as whole, nothing is checked. Name and
 * number of replications are the run's. Free with result_close. */
void result_open_unfinished(struct result *result, const char *folder, const char *scenario,
                            uint64_t replication_count);

void result_close(struct result *result);

/* The manifest lists the file, which is then there and as it was written. */
bool result_has(const struct result *result, const char *name);

/* Path of a file in the folder; the result's memory. */
const char *result_path(struct result *result, const char *name);

/* A file that is made from the others and so not compared. */
bool result_is_derived(const char *name);

#endif
