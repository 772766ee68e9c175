/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * manifest.json: what a result folder was made of and what is in it; and timing.json, the one file besides images that
 * may differ between equal runs.
 */
#ifndef EPSIM_RECORD_MANIFEST_H
#define EPSIM_RECORD_MANIFEST_H

#include "record/summary.h"
#include "scenario/scenario.h"

#define MANIFEST_SCHEMA_VERSION 1

struct manifest {
    const struct scenario *scenario;
    const struct summary *summary;
    const char *version; /* the program's */
    uint32_t digest;
};

struct manifest_timing {
    double wall_s;
    double cpu_s;
    uint64_t peak_memory_bytes;
    uint64_t event_count;
};

/* Writes `folder`/manifest.json with the hashes of all other files in it, in the order of their names; itself,
 * timing.json and rendered images aside. */
enum status manifest_write(const struct manifest *manifest, const char *folder,
                           struct error *err) EP_MUST_CHECK;

enum status manifest_write_timing(const struct manifest_timing *timing, const char *folder,
                                  struct error *err) EP_MUST_CHECK;

/* The folder holds a manifest.json of this program and schema. */
bool manifest_is_in(const char *folder);

#endif
