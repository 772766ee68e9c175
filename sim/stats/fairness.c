/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/fairness.h"

double fairness_jain(const uint64_t *loads, uint32_t count)
{
    double sum = 0;
    double squares = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += (double)loads[i];
        squares += (double)loads[i] * (double)loads[i];
    }
    return squares > 0 ? sum * sum / ((double)count * squares) : 1.0;
}

double fairness_max_over_mean(const uint64_t *loads, uint32_t count)
{
    uint64_t sum = 0;
    uint64_t max = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += loads[i];
        if (loads[i] > max)
            max = loads[i];
    }
    return sum > 0 ? (double)max * (double)count / (double)sum : 1.0;
}
