/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How evenly a load is spread.
 */
#ifndef EPSIM_STATS_FAIRNESS_H
#define EPSIM_STATS_FAIRNESS_H

#include "base/units.h"

/* Jain's index (sum x)^2 / (n * sum x^2): 1 if all are equal, 1/n if one has all. 1 where there is no load. */
double fairness_jain(const uint64_t *loads, uint32_t count);

/* The greatest load over the mean: 1 if all are equal. 1 where there is no load. */
double fairness_max_over_mean(const uint64_t *loads, uint32_t count);

#endif
