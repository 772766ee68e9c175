/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the benches measure with: CPU time of this process, and medians.
 */
#ifndef EPSIM_TESTS_BENCH_TIMING_H
#define EPSIM_TESTS_BENCH_TIMING_H

#include <stdlib.h>
#include <time.h>

static inline double timing_cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static inline int timing_compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts the values. */
static inline double timing_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, timing_compare);
    return values[count / 2];
}

#endif
