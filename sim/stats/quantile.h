/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact quantiles of small arrays: the nearest rank, ceil(count * q), so that every quantile is one of the values.
 */
#ifndef EPSIM_STATS_QUANTILE_H
#define EPSIM_STATS_QUANTILE_H

#include "base/units.h"

#define QUANTILE_P50 500000u /* millionths: integers, since 0.07 * 100 is not 7 in binary */
#define QUANTILE_P90 900000u
#define QUANTILE_P99 990000u

/* Rank from 0 of a quantile among `count` >= 1 values; millionths 0..10^6. */
uint32_t quantile_rank(uint32_t count, uint32_t millionths);

/*
 * The value of rank `rank` < count from 0. Rearranges: the values before it are not greater, those behind it not less,
 * so that a lower rank may be looked for in the first `rank` values alone. Linear time on average.
 */
sim_ns quantile_select_ns(sim_ns *values_ns, uint32_t count, uint32_t rank);

#endif
