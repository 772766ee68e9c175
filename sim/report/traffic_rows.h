/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * traffic.csv in memory, summed over clients: requests of each service to each of its pods.
 */
#ifndef EPSIM_REPORT_TRAFFIC_ROWS_H
#define EPSIM_REPORT_TRAFFIC_ROWS_H

#include "base/arena.h"
#include "base/error.h"

struct traffic_row {
    uint32_t service; /* index */
    const char *pod;  /* or address; "" where no endpoint was chosen */
    uint64_t requests;
    uint64_t ok;
};

struct traffic_service {
    const char *name;
    uint64_t requests;
    uint64_t ok;
    uint32_t first; /* of its rows */
    uint32_t count;
};

struct traffic_rows {
    struct traffic_row *rows; /* by service, then by pod */
    uint32_t count;
    uint32_t capacity;
    struct traffic_service *services; /* most requests first */
    uint32_t service_count;
};

/* From `folder` into the arena. A missing file is an empty one. */
enum status traffic_rows_load(struct traffic_rows *traffic, struct arena *arena, const char *folder,
                              struct error *err) EP_MUST_CHECK;

/* How evenly values are spread: Jain's index (1: all equal, 1/n: one has all) and Gini's
 * coefficient (0: all equal). The values are sorted. Of nothing: 1 and 0. */
struct traffic_evenness {
    double jain;
    double gini;
};
struct traffic_evenness traffic_rows_evenness(double *values, uint32_t count);

#endif
