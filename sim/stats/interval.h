/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mean and Student's confidence interval of independent replications.
 *
 * Mean and squared deviations are kept as each value comes (Welford 1962), so memory does not grow with the number
 * of replications; values must be added in replication order for equal bits. The quantile of Student's distribution
 * is GSL's: this follows a run and is printed to 9 significant digits.
 */
#ifndef EPSIM_STATS_INTERVAL_H
#define EPSIM_STATS_INTERVAL_H

#include "base/units.h"

struct moments {
    uint64_t count;
    double mean;
    double squares; /* sum of squared deviations from the mean */
};

struct interval {
    double low;
    double high;
};

/* Adds a value; a zeroed struct is empty. */
void interval_add(struct moments *moments, double value);

/* Sample standard deviation; 0 for fewer than two values. */
double interval_deviation(const struct moments *moments);

/* mean -+ t(0.975, count - 1) * deviation / sqrt(count). NaN at both ends for fewer than two values: not known. */
struct interval interval_student95(const struct moments *moments);

#endif
